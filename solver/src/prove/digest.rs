//! The digest by which equal formulas are known.

use std::fmt;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::encode::{Encoded, Symbols};
use crate::formula::Formula;

/// SHA-256 over everything in the formula that an answer can depend on: terms, languages, attributes with their
/// domains, choices, restrictions' flags, pins and readings, and what a request is read out of. Names of policies are
/// left out: principals with equal formulas share an answer whatever their statements are called.
///
/// Everything is written by its type, member by member; a member that is added to a formula has to be named here too.
pub(super) fn digest(encoded: &Encoded) -> String {
    let Formula {
        terms,
        languages,
        attributes,
        choices,
        flags,
        assertions,
        restrictions,
        uncertain,
        pins,
        agreement,
    } = &encoded.formula;
    // The other symbols are attributes and choices whose place in the formula follows from what is written.
    let Symbols { checks, credentials, further, .. } = &encoded.symbols;
    let mut hasher = Written(Sha256::new());
    hasher.add(&(terms, languages, attributes, choices, flags));
    let restrictions: Vec<_> = restrictions.iter().map(|entry| entry.0).collect();
    hasher.add(&(assertions, restrictions, uncertain, pins, agreement));
    let further: Vec<_> = further.iter().map(|further| &further.checks).collect();
    hasher.add(&(checks, credentials, further));
    format!("{:x}", hasher.0.finalize())
}

struct Written(Sha256);

impl Written {
    fn add(&mut self, value: &(impl Serialize + fmt::Debug)) {
        match postcard::to_allocvec(value) {
            Ok(bytes) => self.0.update(bytes),
            // Never: there is nothing in a formula that the format lacks.
            Err(_) => self.0.update(format!("{value:?}")),
        }
    }
}
