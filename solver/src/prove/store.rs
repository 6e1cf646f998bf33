//! Answers that are kept from one run to the next.
//!
//! Nothing that a store says is believed. A proof is kept with its evidence, and counts when the kernel accepts that evidence for the
//! claim that is made anew of today's formula; a refutation is kept as interpretations, and counts when each makes today's
//! formula true and the evaluator allows the request that one of them describes. What is neither is never kept, and what fails is solved as if nothing had been
//! kept. So entries that are old, damaged or forged make a run slower, and never wrong.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Prover, Question, Solved};
use crate::certify::{Evidence, ProofLimits, evidence, recheck};
use crate::formula::Formula;
use crate::interpretation::Interpretation;
use crate::query::Query;
use crate::subject::Subject;
use crate::term::Atom;
use crate::verdict::{Reason, Verdict};

/// By what an answer is found: a digest of the formula, and of the version of this program.
pub type Key = [u8; 32];

/// Keeps answers by key. Any thread may ask.
pub trait Store: fmt::Debug + Sync {
    /// What was kept for the key.
    fn find(&self, key: &Key) -> Option<Vec<u8>>;
    /// Keeps it.
    fn keep(&self, key: &Key, entry: Vec<u8>);
    /// What was found for the key was checked, and counts.
    fn confirm(&self, key: &Key);
    /// What was found for the key did not pass its check.
    fn reject(&self, key: &Key);
}

impl Interpretation {
    /// Whether it is one that a search may find: it is about what is asked, under all that the answer may rest on, with
    /// every open point as the evaluator reads it. A replay alone does not show that: any request that is allowed passes it.
    pub(crate) fn answers(&self, formula: &Formula) -> bool {
        let flags =
            formula.restrictions.iter().map(|entry| entry.0).chain(formula.pins.iter().map(|entry| entry.1));
        self.is_within(formula)
            && self.all(formula, &formula.assertions)
            && flags.into_iter().all(|flag| self.atom(formula, &Atom::Flag(flag)))
    }
}

/// Names how formulas, entries and what a search prefers are made. To be changed with each of them: answers of two programs
/// with the same name must be the same bytes.
const FORMAT: &str = concat!("ringfence-answers-1 ", env!("CARGO_PKG_VERSION"));

#[derive(Debug, Serialize, Deserialize)]
enum Entry {
    Proved { core: Vec<usize>, evidence: Evidence },
    Refuted { candidates: Vec<Interpretation> },
}

fn key(question: &Question) -> Key {
    let mut hasher = Sha256::new();
    hasher.update(FORMAT);
    hasher.update(question.digest());
    hasher.finalize().into()
}

impl<'a> Prover<'a> {
    /// The same, which asks `store` first and tells it what was found.
    #[must_use]
    pub fn storing(self, store: Option<&'a dyn Store>) -> Self {
        Self { store, ..self }
    }

    /// How many answers of the store counted so far.
    pub fn kept_used(&self) -> usize {
        self.kept_used
    }

    /// Whether the store is neither asked nor told from now on; what was so before.
    pub fn pause_store(&mut self, paused: bool) -> bool {
        std::mem::replace(&mut self.store_paused, paused)
    }

    /// The verdict on a question, kept from another run and checked, or solved now; and what it was concluded from, if that
    /// holds for everybody whose formula is equal.
    pub fn decide(
        &mut self,
        question: &Question,
        query: &Query,
        subject: &Subject,
    ) -> (Option<Solved>, Verdict) {
        if let Some(found) = self.kept(question, query, subject) {
            return found;
        }
        let solved = self.solve(question);
        let verdict = self.conclude(question, &solved, query, subject);
        if let Some(store) = self.store_for(subject)
            && let Some(entry) = self.entry_of(question, &solved, &verdict)
        {
            store.keep(&key(question), entry);
        }
        (Some(solved), verdict)
    }

    /// What is asked about whoever it may be is not answered by a request: nothing of it is kept.
    fn store_for(&self, subject: &Subject) -> Option<&'a dyn Store> {
        // What a book is to hold is found by this run.
        self.store.filter(|_| subject.any_name.is_none() && !self.store_paused && self.ledger.is_none())
    }

    /// As [`Self::decide`], where an answer was kept and passes its check.
    pub(super) fn kept(
        &mut self,
        question: &Question,
        query: &Query,
        subject: &Subject,
    ) -> Option<(Option<Solved>, Verdict)> {
        let store = self.store_for(subject)?;
        let key = key(question);
        let entry = store.find(&key)?;
        if let Some(solved) = self.recalled(question, &entry) {
            let verdict = self.conclude(question, &solved, query, subject);
            if matches!(verdict, Verdict::Proved(_) | Verdict::Refuted(_)) {
                store.confirm(&key);
                self.kept_used += 1;
                // Of a refutation only what confirmed this one is known: others are asked for again.
                let shared = matches!(solved, Solved::Unsatisfiable { .. }).then_some(solved);
                return Some((shared, verdict));
            }
        }
        store.reject(&key);
        None
    }

    /// What an entry says, if the kernel accepts it; a refutation is for the replay to confirm.
    fn recalled(&self, question: &Question, entry: &[u8]) -> Option<Solved> {
        let formula = &question.encoded.formula;
        match postcard::from_bytes(entry).ok()? {
            Entry::Proved { core, evidence } => {
                let ascends = core.iter().zip(core.iter().skip(1)).all(|(left, right)| left < right);
                if !ascends || core.last().is_some_and(|last| *last >= formula.restrictions.len()) {
                    return None;
                }
                recheck(formula, &core, &evidence).ok()?;
                self.observe(formula, &core, false);
                Some(Solved::Unsatisfiable { core, used_strings: false })
            }
            Entry::Refuted { candidates } => (!candidates.is_empty()
                && candidates.iter().all(|found| found.answers(formula)))
            .then(|| Solved::Satisfiable {
                candidates,
                only_first_phase: false,
                otherwise: Reason::Limit("what was kept does not hold".to_owned()),
            }),
        }
    }

    /// The entry of an answer that others can check; none of any other.
    fn entry_of(&mut self, question: &Question, solved: &Solved, verdict: &Verdict) -> Option<Vec<u8>> {
        let entry = match (solved, verdict) {
            (Solved::Unsatisfiable { core, used_strings: false }, Verdict::Proved(_)) => {
                let formula = &question.encoded.formula;
                let evidence = evidence(formula, core, &mut self.theory, ProofLimits::default()).ok()?;
                Entry::Proved { core: core.clone(), evidence }
            }
            (Solved::Satisfiable { candidates, .. }, Verdict::Refuted(_)) => {
                Entry::Refuted { candidates: candidates.clone() }
            }
            _ => return None,
        };
        postcard::to_allocvec(&entry).ok()
    }
}
