//! What a run read: enough to make the run again without the files.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ringfence_model::files::{FileKind, Files};
use serde::{Deserialize, Serialize};

use crate::output::are_one_place;

/// What was read and looked at, by the paths that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// The bytes of files.
    pub(crate) files: BTreeMap<PathBuf, Vec<u8>>,
    /// The names in folders.
    pub(crate) folders: BTreeMap<PathBuf, Vec<String>>,
    /// What was at paths.
    pub(crate) kinds: BTreeMap<PathBuf, Kind>,
}

/// [`FileKind`], as it is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Nothing.
    Absent,
    /// A file.
    File,
    /// A folder.
    Folder,
    /// Something else.
    Other,
}

impl From<FileKind> for Kind {
    fn from(kind: FileKind) -> Self {
        match kind {
            FileKind::Absent => Self::Absent,
            FileKind::File => Self::File,
            FileKind::Folder => Self::Folder,
            FileKind::Other => Self::Other,
        }
    }
}

impl From<Kind> for FileKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Absent => Self::Absent,
            Kind::File => Self::File,
            Kind::Folder => Self::Folder,
            Kind::Other => Self::Other,
        }
    }
}

/// Files that are written down as they are read. What could not be read is not: such a run gives no answer.
#[derive(Debug)]
pub(crate) struct Recorder<'f> {
    files: &'f dyn Files,
    /// Where what is recorded goes: no part of what is read, wherever it lies.
    target: Option<&'f Path>,
    record: Mutex<Record>,
}

impl<'f> Recorder<'f> {
    /// Reads from `files`, in which `target` counts as not there.
    pub(crate) fn new(files: &'f dyn Files, target: Option<&'f Path>) -> Self {
        Self { files, target, record: Mutex::default() }
    }

    /// What was read.
    pub(crate) fn into_record(self) -> Record {
        self.record.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, write: impl FnOnce(&mut Record)) {
        write(&mut self.record.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Files for Recorder<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = self.files.read(path)?;
        self.note(|record| drop(record.files.insert(path.to_owned(), bytes.clone())));
        Ok(bytes)
    }

    fn entries(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let mut entries = self.files.entries(path)?;
        entries.retain(|entry| !self.target.is_some_and(|target| are_one_place(entry, target)));
        let name = |entry: &PathBuf| Some(entry.file_name()?.to_string_lossy().into_owned());
        let names = entries.iter().filter_map(name).collect();
        self.note(|record| drop(record.folders.insert(path.to_owned(), names)));
        Ok(entries)
    }

    fn kind(&self, path: &Path) -> FileKind {
        let kind = self.files.kind(path);
        self.note(|record| {
            record.kinds.insert(path.to_owned(), kind.into());
        });
        kind
    }
}

/// Files as a record has them, and no others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recorded<'r>(pub(crate) &'r Record);

impl Recorded<'_> {
    fn missing(path: &Path) -> io::Error {
        io::Error::other(format!("the evidence does not hold {}", path.display()))
    }
}

impl Files for Recorded<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.files.get(path).cloned().ok_or_else(|| Self::missing(path))
    }

    fn entries(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let names = self.0.folders.get(path).ok_or_else(|| Self::missing(path))?;
        Ok(names.iter().map(|name| path.join(name)).collect())
    }

    fn kind(&self, path: &Path) -> FileKind {
        // What was never looked at is asked for by no run that the record is of.
        self.0.kinds.get(path).copied().map_or(FileKind::Absent, FileKind::from)
    }
}
