//! Files of which each is read once: a pipe gives its text to the first reader alone, and what is read twice should be the same.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ringfence_model::files::{FileKind, Files};

/// The files of others, which are read once.
#[derive(Debug)]
pub(crate) struct Remembered<'f> {
    files: &'f dyn Files,
    read: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
}

impl<'f> Remembered<'f> {
    /// Nothing is read yet.
    pub(crate) fn new(files: &'f dyn Files) -> Self {
        Self { files, read: Mutex::default() }
    }
}

impl Files for Remembered<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = read.get(path) {
            return Ok(bytes.clone());
        }
        let bytes = self.files.read(path)?;
        read.insert(path.to_owned(), bytes.clone());
        Ok(bytes)
    }

    fn entries(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        self.files.entries(path)
    }

    fn kind(&self, path: &Path) -> FileKind {
        self.files.kind(path)
    }
}
