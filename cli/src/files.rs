//! The files of this machine, and records of what a run read of them.

mod overlay;
mod record;
mod remembered;

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ringfence_model::files::{Disk, FileKind, Files};

pub(crate) use overlay::Overlay;
pub(crate) use record::{Kind, Record, Recorded, Recorder};
pub(crate) use remembered::Remembered;

/// What a path means on the command line: a file of this machine, or `-` for standard input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct System;

/// The files that were read, by device and number: an answer never takes the place of what it is about.
static READ: Mutex<BTreeSet<(u64, u64)>> = Mutex::new(BTreeSet::new());

/// Whether this run has read the file at `path`, by whatever name.
pub(crate) fn was_read(path: &Path) -> bool {
    let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    path.metadata().is_ok_and(|found| read.contains(&(found.dev(), found.ino())))
}

/// Notes that this run reads the file at `path`.
pub(crate) fn note_read(path: &Path) {
    if let Ok(found) = path.metadata() {
        READ.lock().unwrap_or_else(PoisonError::into_inner).insert((found.dev(), found.ino()));
    }
}

impl Files for System {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == Path::new("-") {
            let mut bytes = Vec::new();
            return io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes);
        }
        note_read(path);
        Disk.read(path)
    }

    fn entries(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        Disk.entries(path)
    }

    fn kind(&self, path: &Path) -> FileKind {
        Disk.kind(path)
    }
}
