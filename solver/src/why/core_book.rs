//! A book that keeps of each claim only what it rests on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::certificate::Level;
use crate::certify::{NoProof, Proof};
use crate::formula::Restriction;
use crate::prove::{Ledger, Question, Solved};

/// What each claim rests on, by its name in this book.
#[derive(Debug, Default)]
pub(super) struct CoreBook(Mutex<BTreeMap<String, BTreeSet<Restriction>>>);

impl CoreBook {
    /// What the claim of this name rests on.
    pub(super) fn core(&self, claim: &str) -> BTreeSet<Restriction> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(claim).cloned().unwrap_or_default()
    }
}

impl Ledger for CoreBook {
    fn is_closed(&self) -> bool {
        false
    }

    fn answer(&self, _: &Question) -> Option<Solved> {
        None
    }

    fn note(&self, _: &Question, _: &Solved, _: &mut dyn FnMut() -> Result<Proof, NoProof>) {}

    fn claim(&self, question: &Question, core: &[usize]) -> Option<String> {
        let restrictions = &question.encoded().formula.restrictions;
        let named: BTreeSet<Restriction> =
            core.iter().filter_map(|index| restrictions.get(*index)).map(|entry| entry.1.clone()).collect();
        // Equal formulas may rest on different statements: those of whoever is asked.
        let name = format!("{:x}", Sha256::digest(format!("{} {named:?}", question.digest())));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), named);
        Some(name)
    }

    fn level(&self) -> Level {
        Level::OneSolver
    }
}
