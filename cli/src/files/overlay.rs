//! Files that a run makes itself, seen as files below a folder that is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use ringfence_model::files::{FileKind, Files};

/// The files below `root`, and whatever else others have.
#[derive(Debug)]
pub(crate) struct Overlay<'f> {
    /// The folder. Whatever lies there otherwise is not seen.
    pub(crate) root: PathBuf,
    /// What is in it, by the path below it.
    pub(crate) written: BTreeMap<PathBuf, Vec<u8>>,
    /// All other files.
    pub(crate) others: &'f dyn Files,
}

impl Files for Overlay<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match path.strip_prefix(&self.root) {
            Ok(below) => self.written.get(below).cloned().ok_or_else(|| io::ErrorKind::NotFound.into()),
            Err(_) => self.others.read(path),
        }
    }

    fn entries(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let Ok(below) = path.strip_prefix(&self.root) else { return self.others.entries(path) };
        let first = |file: &PathBuf| {
            let rest = file.strip_prefix(below).ok()?;
            Some(path.join(rest.components().next()?))
        };
        let entries: BTreeSet<PathBuf> = self.written.keys().filter_map(first).collect();
        if entries.is_empty() {
            Err(io::ErrorKind::NotFound.into())
        } else {
            Ok(entries.into_iter().collect())
        }
    }

    fn kind(&self, path: &Path) -> FileKind {
        let Ok(below) = path.strip_prefix(&self.root) else { return self.others.kind(path) };
        if self.written.contains_key(below) {
            FileKind::File
        } else if self.written.keys().any(|file| file.starts_with(below)) {
            FileKind::Folder
        } else {
            FileKind::Absent
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    use ringfence_model::files::{Disk, FileKind, Files as _};

    use super::Overlay;

    #[test]
    fn what_was_made_is_below_the_root_alone() {
        let written = BTreeMap::from(
            [("a/1/x.json", "1"), ("a/2/x.json", "2"), ("y.json", "3")]
                .map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec())),
        );
        let files = Overlay { root: PathBuf::from("plan.json"), written, others: &Disk };
        let entries = |path: &str| files.entries(Path::new(path)).unwrap();
        assert_eq!(entries("plan.json"), [Path::new("plan.json/a"), Path::new("plan.json/y.json")]);
        assert_eq!(entries("plan.json/a"), [Path::new("plan.json/a/1"), Path::new("plan.json/a/2")]);
        assert!(files.entries(Path::new("plan.json/b")).is_err());
        assert_eq!(files.read(Path::new("plan.json/a/2/x.json")).unwrap(), b"2");
        assert!(files.read(Path::new("plan.json/a/3/x.json")).is_err());
        let kind = |path: &str| files.kind(Path::new(path));
        assert_eq!(
            [kind("plan.json/y.json"), kind("plan.json/a/1"), kind("plan.json/z")],
            [FileKind::File, FileKind::Folder, FileKind::Absent]
        );
        assert_eq!(kind("Cargo.toml"), FileKind::File);
    }
}
