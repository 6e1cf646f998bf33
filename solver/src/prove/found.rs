//! Whom a question about any name could not be proved for: principals to ask about by name.

use std::collections::BTreeMap;

use super::Prover;

/// Somebody for whom a question about any name could not be proved: the ARN, if it matters, and the tags that matter.
pub type Found = (Option<String>, BTreeMap<String, String>);

impl Prover<'_> {
    /// Who was found by questions about subjects that stand for anybody, since this was asked last, each once.
    pub fn take_found(&mut self) -> Vec<Found> {
        let mut found = std::mem::take(&mut self.found);
        let mut seen = Vec::new();
        found.retain(|who| {
            let new = !seen.contains(who);
            seen.push(who.clone());
            new
        });
        found
    }
}
