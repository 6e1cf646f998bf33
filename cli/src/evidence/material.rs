//! What a command's answer gives for evidence of it.

use serde::Serialize;

use super::certificate::Finding;

/// What a run found, as evidence shows it.
#[derive(Debug)]
pub(crate) struct Material {
    /// The report as JSON, for programs.
    pub(crate) report: String,
    /// The earliest instant of a request.
    pub(crate) as_of: Option<String>,
    /// The tables about AWS that were used.
    pub(crate) tables: Vec<TableDigest>,
    /// What was found, by classes of principals of whom the same holds for the same reasons.
    pub(crate) findings: Vec<Finding>,
}

/// A table about AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct TableDigest {
    /// Its name.
    pub(crate) table: &'static str,
    /// Its day.
    pub(crate) date: String,
    /// SHA-256 of its bytes.
    pub(crate) sha256: String,
}
