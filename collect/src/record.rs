//! What a collection read, and what it could not read: `collection.json` in the world directory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The file, in the world directory.
pub const RECORD: &str = "collection.json";
/// The form of it.
pub const FORMAT: &str = "ringfence-collection-1";

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Record {
    /// [`FORMAT`].
    pub format: String,
    /// The version of the program.
    pub version: String,
    /// Who collected, by ARN.
    pub caller: String,
    /// The Regions that were asked about.
    pub regions: Vec<String>,
    /// By the path of the file in the world directory.
    pub parts: BTreeMap<String, Part>,
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Part {
    /// Whether it was read.
    pub state: State,
    /// When, in UTC.
    pub at: String,
    /// Why it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Whether a file was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It holds all that AWS answered.
    Read,
    /// It is not there, for the credentials may not read it.
    Denied,
    /// It is not there: AWS answered with an error, or not at all.
    Failed,
}
