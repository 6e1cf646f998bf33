//! Policy documents, read strictly from JSON (semantics:C1–C10).
//!
//! Whatever IAM refuses when a policy is written is an error here, at its line, since a statement left out or misread
//! would make a proof wrong. What IAM stores although its validator would refuse it today is a warning (F49). All
//! errors of a document are collected. Trusted: an error here makes a proof wrong.

mod condition;
mod document;
mod finding;
mod limit;
mod names;
mod principal;
mod statement;
mod template;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::json::{Json, JsonValue, parse_embedded};
use crate::location::{InputError, InputWarning};
use crate::policy::{PolicyDocument, PolicyType};

use finding::Findings;
pub use names::NameCheck;
pub(crate) use names::glob;
pub use template::parse_template;

/// A document with the warnings about it, or all its errors.
pub type Parsed = Result<(PolicyDocument, Vec<InputWarning>), Vec<InputError>>;

/// The policy document that `json`, an object, holds for use as `policy_type`.
///
/// # Errors
/// All places where the document leaves the grammar, or holds what this type of policy may not hold. No document is
/// returned then, not even in part.
pub fn policy_document(json: &Json, policy_type: PolicyType, file: &Arc<str>) -> Parsed {
    let mut findings = Findings::new(file);
    let document = document::parse_document(json, policy_type, &mut findings);
    let (errors, warnings) = findings.into_parts();
    match document {
        Some(document) if errors.is_empty() => Ok((document, warnings)),
        Some(_) | None => Err(errors),
    }
}

/// The policy document that the text `text` holds: [`policy_document`] after [`Json::parse`].
///
/// # Errors
/// As for both.
pub fn policy_text(text: &str, policy_type: PolicyType, file: &Arc<str>) -> Parsed {
    policy_document(&Json::parse(text, file)?, policy_type, file)
}

/// The policy document at `json` in an export: an object, or a string that holds one as plain or percent-encoded
/// text. `source` is the text that `json` was read from; locations point into it.
///
/// # Errors
/// As [`policy_document`] and [`parse_embedded`].
pub fn exported_policy(json: &Json, source: &str, policy_type: PolicyType, file: &Arc<str>) -> Parsed {
    if let JsonValue::String(_) = json.value {
        policy_document(&parse_embedded(json, source, file)?, policy_type, file)
    } else {
        policy_document(json, policy_type, file)
    }
}
