//! Where in an input file something stands.

use std::fmt;
use std::sync::Arc;

/// A place in an input file. Lines and columns count from 1; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file as the user named it, or a short name such as `<managed>` for embedded data.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Location {
    /// A location in `file`.
    pub fn new(file: &Arc<str>, line: u32, column: u32) -> Self {
        Self { file: Arc::clone(file), line, column }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A problem in an input: what is wrong, where, and what to do.
///
/// The message is lower case, one line, without a full stop, with user text in backticks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{location}: {message}")]
pub struct InputError {
    /// Where it stands.
    pub location: Location,
    /// The statement it stands in, counted from 0, when it is inside one.
    pub statement: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// A remark about an input that is accepted all the same, in the form of an [`InputError`].
pub type InputWarning = InputError;
