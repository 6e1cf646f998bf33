//! The inputs of evidence held together with those of whoever checks it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use ringfence_model::files::{FileKind, Files};
use ringfence_model::world::meant;

use super::archive::Package;
use super::inputs::{self, Inputs};
use super::replay::{Against, Checked, json};
use crate::files::Kind;
use crate::input::digest;

/// The folder of a world that holds one for each account.
const ACCOUNTS: &str = "accounts";

/// Each input is the same in `against`, and what was not there is not there. Inputs of which nothing that was named is the same are told of.
pub(super) fn compare_inputs(package: &Package, against: Against<'_>, checked: &mut Checked) {
    let Ok(inputs) = json::<Inputs>(package, inputs::LIST) else { return };
    let Against { files, world, others } = against;
    let mut unused: BTreeMap<&Path, String> = BTreeMap::new();
    for path in others {
        match read(files, path) {
            Ok(bytes) => drop(unused.insert(path, digest(&bytes))),
            Err(error) => checked.rejections.push(format!("{}: {error}", path.display())),
        }
    }
    let others = unused.clone();
    for (path, input) in &inputs.files {
        let is_named = others.values().any(|sha256| *sha256 == input.sha256);
        unused.retain(|_, sha256| *sha256 != input.sha256);
        // Without a world directory files have no place in the folder that is named but their names: what was named by hand goes before.
        let place = world
            .and_then(|root| place(&inputs, root, path))
            .filter(|_| !(is_named && inputs.world.is_none()));
        if let Some(place) = place {
            match read(files, &place) {
                Ok(bytes) if digest(&bytes) == input.sha256 => checked.inputs_compared += 1,
                Ok(_) => checked
                    .rejections
                    .push(format!("{} is not the file that the evidence is about", place.display())),
                Err(error) => checked.rejections.push(format!("{}: {error}", place.display())),
            }
        } else if is_named {
            checked.inputs_compared += 1;
        } else {
            checked.not_compared.push(path.clone());
        }
    }
    for path in unused.keys() {
        checked.rejections.push(format!("{} is none of the inputs of the evidence", path.display()));
    }
    if let Some(root) = world {
        compare_places(&inputs, root, files, checked);
    }
}

/// What lies where the run looked. What else lies in a world is told of and not read: which accounts there are is what one folder lists. Of
/// files that are not read those count that a run warns of, since they may be misnamed ones.
fn compare_places(inputs: &Inputs, root: &Path, files: &dyn Files, checked: &mut Checked) {
    let Some(world) = inputs.world.as_deref() else { return };
    let accounts = |path: &str| below(world, path).is_some_and(|below| below == Path::new(ACCOUNTS));
    for (path, names) in inputs.folders.iter().filter(|(path, _)| accounts(path)) {
        let Some(place) = place(inputs, root, path) else { continue };
        let there: Option<Vec<String>> = files.entries(&place).ok().map(|entries| {
            let name = |entry: &PathBuf| Some(entry.file_name()?.to_string_lossy().into_owned());
            entries.iter().filter_map(name).collect()
        });
        if there.is_none_or(|there| !seen(&there).eq(seen(names))) {
            let message =
                format!("{} does not hold what it held when the evidence was made", place.display());
            checked.rejections.push(message);
        }
    }
    for (path, names) in inputs.folders.iter().filter(|(path, _)| !accounts(path)) {
        let (Some(place), Some(below)) = (place(inputs, root, path), below(world, path)) else { continue };
        let is_of_account = below.starts_with(ACCOUNTS);
        let entries = files.entries(&place).unwrap_or_default();
        let there = entries.iter().filter_map(|entry| entry.file_name()?.to_str());
        for name in there.filter(|name| meant(name, is_of_account).is_some()) {
            if !names.iter().any(|known| known == name) {
                let message = format!(
                    "{} was not there when the evidence was made, and may be a misnamed file",
                    place.join(name).display()
                );
                checked.rejections.push(message);
            }
        }
    }
    for (path, kind) in &inputs.looked_at {
        let Some(place) = place(inputs, root, path) else { continue };
        let there: FileKind = files.kind(&place);
        if Kind::from(there) != *kind {
            let message = format!("{} is not what it was when the evidence was made", place.display());
            checked.rejections.push(message);
        }
    }
}

/// The names that a reader of accounts looks at: not those of hidden files.
fn seen(names: &[String]) -> impl Iterator<Item = &String> {
    names.iter().filter(|name| !name.starts_with('.'))
}

/// Where what the run asked for by `path` is below `root`; none if it is no part of the world.
fn place(inputs: &Inputs, root: &Path, path: &str) -> Option<PathBuf> {
    // What came from standard input lies nowhere.
    if path == "-" {
        return None;
    }
    match &inputs.world {
        Some(world) => below(world, path).map(|below| root.join(below)),
        None => Path::new(path).file_name().map(|name| root.join(name)),
    }
}

/// What `path` is below `world`; none if it is not below. `./` at the start says nothing.
fn below(world: &str, path: &str) -> Option<PathBuf> {
    let plain = |path: &str| -> PathBuf {
        Path::new(path).components().filter(|part| *part != Component::CurDir).collect()
    };
    let path = plain(path);
    let below = path.strip_prefix(plain(world)).ok()?;
    // From the current folder everything is below that does not leave it.
    let inside = below.components().all(|part| matches!(part, Component::Normal(_)));
    inside.then(|| below.to_owned())
}

/// The bytes of a file: what is none may have no end.
fn read(files: &dyn Files, path: &Path) -> io::Result<Vec<u8>> {
    match files.kind(path) {
        FileKind::File => files.read(path),
        FileKind::Absent => Err(io::Error::from(io::ErrorKind::NotFound)),
        FileKind::Folder | FileKind::Other => Err(io::Error::other("this is no file")),
    }
}
