//! The files of this machine, and records of what a run read of them.

mod record;

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ringfence_model::files::{Disk, FileKind, Files};

pub(crate) use record::{Kind, Record, Recorded, Recorder};

/// What a path means on the command line: a file of this machine, or `-` for standard input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct System;

impl Files for System {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == Path::new("-") {
            let mut bytes = Vec::new();
            return io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes);
        }
        Disk.read(path)
    }

    fn entries(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        Disk.entries(path)
    }

    fn kind(&self, path: &Path) -> FileKind {
        Disk.kind(path)
    }
}
