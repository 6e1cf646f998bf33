//! The inputs of a run as evidence holds them: copies of the files, and a list that says what each was called.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::archive::Package;
use crate::command::CommandError;
use crate::files::{Kind, Record};
use crate::input::digest;
use crate::output::json::pretty;

/// The list of the inputs.
pub(crate) const LIST: &str = "inputs.json";

/// What is said of the inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Inputs {
    /// The directory of the world; none where single files were named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) world: Option<String>,
    /// The files that were read, by the path by which they were asked for.
    pub(crate) files: BTreeMap<String, InputCopy>,
    /// The names in the folders that were listed.
    pub(crate) folders: BTreeMap<String, Vec<String>>,
    /// What was at the paths that were looked at.
    pub(crate) looked_at: BTreeMap<String, Kind>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InputCopy {
    /// Where the copy is in the evidence.
    pub(crate) copy: String,
    /// SHA-256 of its bytes.
    pub(crate) sha256: String,
}

/// The list of what `record` holds, and the copies. `world` is the directory of the world.
///
/// # Errors
/// When a path is not UTF-8.
pub(crate) fn written(record: &Record, world: Option<&Path>) -> Result<(Inputs, Package), CommandError> {
    let text = |path: &Path| {
        path.to_str().map(str::to_owned).ok_or_else(|| {
            CommandError::usage(
                &format!("{} cannot be named in evidence", path.display()),
                "evidence names files by their paths, which must be UTF-8",
            )
        })
    };
    let mut inputs = Inputs { world: world.map(text).transpose()?, ..Inputs::default() };
    let mut copies = Package::new();
    let mut taken = BTreeSet::new();
    for (path, bytes) in &record.files {
        let copy = copy_of(path, world, &mut taken);
        copies.insert(copy.clone(), bytes.clone());
        inputs.files.insert(text(path)?, InputCopy { copy, sha256: digest(bytes) });
    }
    for (path, names) in &record.folders {
        inputs.folders.insert(text(path)?, names.clone());
    }
    for (path, kind) in &record.kinds {
        inputs.looked_at.insert(text(path)?, *kind);
    }
    Ok((inputs, copies))
}

/// Where the copy of the file at `path` goes: below `inputs/world/` as it lies in the world, else into `inputs/other/`.
fn copy_of(path: &Path, world: Option<&Path>, taken: &mut BTreeSet<String>) -> String {
    let plain = |part: &str| {
        let kept = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        let text: String = part.chars().map(|letter| if kept(letter) { letter } else { '_' }).collect();
        if text.chars().all(|letter| letter == '.') { "_".to_owned() } else { text }
    };
    let below = world.and_then(|world| path.strip_prefix(world).ok());
    let stem = match below {
        Some(below) => {
            let parts: Vec<String> = below.iter().map(|part| plain(&part.to_string_lossy())).collect();
            format!("inputs/world/{}", parts.join("/"))
        }
        None if path == Path::new("-") => "inputs/other/stdin".to_owned(),
        None => {
            // Short enough for a name in an archive.
            let name = path.file_name().map(|name| plain(&name.to_string_lossy())).unwrap_or_default();
            let name: String = name.chars().take(60).collect();
            format!("inputs/other/{name}")
        }
    };
    let mut copy = stem.clone();
    let mut number = 2_usize;
    while !taken.insert(copy.clone()) {
        copy = format!("{stem}-{number}");
        number += 1;
    }
    copy
}

impl Inputs {
    /// The list as a file.
    pub(crate) fn file(&self) -> Vec<u8> {
        pretty(self).into_bytes()
    }

    /// The record of a run that read these inputs, whose copies are in `package`.
    ///
    /// # Errors
    /// What the package lacks.
    pub(crate) fn record(&self, package: &Package) -> Result<Record, String> {
        let mut record = Record::default();
        for (path, input) in &self.files {
            let bytes = package.get(&input.copy).ok_or_else(|| format!("{} is not there", input.copy))?;
            record.files.insert(PathBuf::from(path), bytes.clone());
        }
        record.folders =
            self.folders.iter().map(|(path, names)| (PathBuf::from(path), names.clone())).collect();
        record.kinds = self.looked_at.iter().map(|(path, kind)| (PathBuf::from(path), *kind)).collect();
        Ok(record)
    }
}
