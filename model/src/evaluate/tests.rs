//! The decision procedure: layers, credentials, special rules, readings.

use super::Facts;
use crate::context::ContextKey;

/// The multivalued global keys that AWS documents, and services whose ARNs carry no type token.
pub(crate) struct DocumentedFacts;

impl Facts for DocumentedFacts {
    fn is_multivalued(&self, key: &ContextKey) -> bool {
        [
            "aws:tagkeys",
            "aws:calledvia",
            "aws:principalorgpaths",
            "aws:resourceorgpaths",
            "aws:sourceorgpaths",
            "aws:vpceorgpaths",
            "aws:principalservicenameslist",
        ]
        .contains(&key.canonical())
    }

    fn has_typeless_resource(&self, service: &str) -> bool {
        ["s3", "sqs", "sns"].contains(&service)
    }
}
