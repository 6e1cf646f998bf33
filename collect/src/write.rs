//! Files of the world directory: each appears whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{path} could not be written: {problem}")]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub problem: std::io::Error,
}

/// Writes `text` as `root`/`path`, in place of what is there.
pub(crate) fn write(root: &Path, path: &str, text: &str) -> Result<(), WriteError> {
    let path = root.join(path);
    let whole = || {
        let folder = path.parent().unwrap_or(root);
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    };
    whole().map_err(|problem| WriteError { path: path.clone(), problem })
}

/// Takes `root`/`path` away, if it is there: what it says may be old. A folder that is empty then goes too.
pub(crate) fn remove(root: &Path, path: &str) -> Result<(), WriteError> {
    let path = root.join(path);
    match std::fs::remove_file(&path) {
        Ok(()) => {
            if let Some(folder) = path.parent().filter(|folder| *folder != root) {
                // One that is not empty stays.
                let _ = std::fs::remove_dir(folder);
            }
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(problem) => Err(WriteError { path, problem }),
    }
}
