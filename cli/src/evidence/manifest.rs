//! The two lists that hold evidence together: what a run went by, and the digests of all files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::archive::Package;
use super::material::TableDigest;
use super::statement::STATEMENT;
use crate::input::digest;
use crate::output::json::pretty;

/// The form of evidence.
pub(crate) const FORMAT: &str = "ringfence-evidence-1";
/// The list of all files.
pub(crate) const MANIFEST: &str = "manifest.json";
/// What the run went by.
pub(crate) const BASIS: &str = "basis.json";

/// What a run went by.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BasisFile<'a> {
    /// The program.
    pub(crate) tool: &'static str,
    /// Its version.
    pub(crate) version: &'static str,
    /// What was asked.
    pub(crate) question: &'a Value,
    /// The day with which days were compared.
    pub(crate) today: String,
    /// The earliest instant of a request.
    pub(crate) as_of: Option<&'a str>,
    /// The tables about AWS.
    pub(crate) tables: &'a [TableDigest],
    /// SHA-256 of the list of inputs.
    pub(crate) inputs: String,
}

/// What is read of it before the run is made again, which makes all of it anew.
#[derive(Debug, Deserialize)]
pub(crate) struct BasisRead {
    /// The program.
    pub(crate) tool: String,
    /// Its version.
    pub(crate) version: String,
    /// What was asked.
    pub(crate) question: Value,
    /// The day.
    pub(crate) today: String,
}

/// The list of all files but itself and what is said about it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// The form: [`FORMAT`].
    pub(crate) format: String,
    /// SHA-256 of each file.
    pub(crate) files: BTreeMap<String, String>,
}

impl Manifest {
    /// That of `package`.
    pub(crate) fn of(package: &Package) -> Self {
        let files =
            package.iter().filter(|(name, _)| name.as_str() != MANIFEST && name.as_str() != STATEMENT);
        let files = files.map(|(name, bytes)| (name.clone(), digest(bytes)));
        Self { format: FORMAT.to_owned(), files: files.collect() }
    }

    /// The list as a file.
    pub(crate) fn file(&self) -> Vec<u8> {
        pretty(self).into_bytes()
    }
}
