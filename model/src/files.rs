//! From where input files are read. Everything that a run reads goes through here, so that a run can be made again from a
//! record of what another one read.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What is at a path. Links are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// Nothing.
    Absent,
    /// A file.
    File,
    /// A folder.
    Folder,
    /// Something else, such as a link that leads nowhere.
    Other,
}

/// A source of files. Any thread may read.
pub trait Files: fmt::Debug + Sync {
    /// The bytes of the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The paths of what is in the folder at `path`, sorted.
    ///
    /// # Errors
    /// When it cannot be listed.
    fn entries(&self, path: &Path) -> io::Result<Vec<PathBuf>>;

    /// What is at `path`.
    fn kind(&self, path: &Path) -> FileKind;
}

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn entries(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let mut entries = fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<Vec<PathBuf>>>()?;
        entries.sort();
        Ok(entries)
    }

    fn kind(&self, path: &Path) -> FileKind {
        if path.symlink_metadata().is_err() {
            FileKind::Absent
        } else if path.is_dir() {
            FileKind::Folder
        } else if path.is_file() {
            FileKind::File
        } else {
            FileKind::Other
        }
    }
}
