//! Where a data table comes from, and how a table file is unpacked.

use std::io::Read;
use std::sync::Arc;

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use crate::location::{InputError, Location};

/// The largest table, unpacked, that is read: a compressed file can otherwise grow without bound.
const MAXIMUM_BYTES: u64 = 256 * 1024 * 1024;

/// The package that a table was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSource {
    /// The package's name.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The day that its data speaks for, `YYYY-MM-DD`.
    pub date: String,
    /// The licence of the package, as an SPDX identifier.
    pub licence: String,
    /// SHA-256 of the package file, in hexadecimal.
    pub sha256: String,
    /// What was taken from it; empty when that is everything.
    pub purpose: String,
}

impl DataSource {
    /// The source that the fields of a `source` line name: package, version, date, licence, SHA-256 and, if there
    /// is one, purpose. None for any other number of fields, or a date that is not one.
    pub(crate) fn from_fields(fields: &[&str]) -> Option<Self> {
        let (first, purpose) = match fields {
            [first @ .., purpose] if fields.len() == 6 => (first, *purpose),
            _ => (fields, ""),
        };
        let [package, version, date, licence, sha256] = first else { return None };
        date.parse::<jiff::civil::Date>().ok()?;
        Some(Self {
            package: (*package).to_owned(),
            version: (*version).to_owned(),
            date: (*date).to_owned(),
            licence: (*licence).to_owned(),
            sha256: (*sha256).to_owned(),
            purpose: purpose.to_owned(),
        })
    }
}

/// Why a data table could not be read: everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct TableError(pub Vec<InputError>);

/// Collects what is wrong with a table.
#[derive(Debug, Default)]
pub(crate) struct TableErrors {
    file: Arc<str>,
    errors: Vec<InputError>,
}

impl TableErrors {
    /// Nothing wrong yet with `file`.
    pub(crate) fn new(file: &str) -> Self {
        Self { file: Arc::from(file), errors: Vec::new() }
    }

    /// Adds `message` about line `line`.
    pub(crate) fn add(&mut self, line: u32, message: impl Into<String>) {
        self.errors.push(InputError {
            location: Location::new(&self.file, line, 1),
            statement: None,
            message: message.into(),
            help: Some("docs/data.md describes the format; scripts/generate_data.py writes it".to_owned()),
        });
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.errors.len()
    }

    /// `value` if nothing is wrong and it is there. A caller has added an error wherever it gives none.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, TableError> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(TableError(self.errors)),
        }
    }
}

/// SHA-256 of `bytes` in lower-case hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The text of a table file, plain or gzip.
///
/// # Errors
/// When the file is damaged, too large or not UTF-8; the error names `file`, line 1.
pub(crate) fn unpack(bytes: &[u8], file: &str) -> Result<String, TableError> {
    let fail = |message: String| {
        let mut errors = TableErrors::new(file);
        errors.add(1, message);
        TableError(errors.errors)
    };
    let mut plain = Vec::new();
    let content = if bytes.starts_with(&[0x1f, 0x8b]) {
        plain.reserve(bytes.len().saturating_mul(6));
        GzDecoder::new(bytes)
            .take(MAXIMUM_BYTES + 1)
            .read_to_end(&mut plain)
            .map_err(|error| fail(format!("the compressed table is damaged: {error}")))?;
        plain
    } else {
        bytes.to_vec()
    };
    if u64::try_from(content.len()).unwrap_or(u64::MAX) > MAXIMUM_BYTES {
        return Err(fail(format!("the table is larger than {MAXIMUM_BYTES} bytes")));
    }
    String::from_utf8(content).map_err(|error| fail(format!("the table is not UTF-8: {error}")))
}
