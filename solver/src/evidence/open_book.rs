//! A book that a run writes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ringfence_kernel as kernel;

use super::answers::{Answer, Answers, alone};
use crate::certificate::Level;
use crate::certify::{NoProof, Proof, claim_line, claim_of};
use crate::prove::{Ledger, Question, Solved};

/// What a book holds at the end.
#[derive(Debug, Default)]
pub struct Written {
    /// What was found for each question.
    pub answers: Answers,
    /// The proof of each claim, a file of two lines, by SHA-256 of the claim: all of them accepted by the kernel.
    pub proofs: BTreeMap<String, Vec<u8>>,
    /// Claims that have no proof, with why.
    pub unproved: BTreeMap<String, String>,
    /// These claims themselves, by SHA-256.
    pub claims: BTreeMap<String, Vec<u8>>,
}

impl Written {
    /// The claims that answers name.
    fn named(&self) -> impl Iterator<Item = &String> {
        self.answers.values().filter_map(Answer::claim)
    }
}

/// A book that a run writes. What it holds depends on which questions were asked, and not on the order or the threads.
#[derive(Debug, Default)]
pub struct OpenBook(Mutex<Written>);

impl OpenBook {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was written. Of claims that gave way to better ones nothing stays.
    pub fn close(self) -> Written {
        let mut written = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let named: BTreeSet<String> = written.named().cloned().collect();
        written.proofs.retain(|claim, _| named.contains(claim));
        written.unproved.retain(|claim, _| named.contains(claim));
        written.claims.retain(|claim, _| named.contains(claim));
        written
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for OpenBook {
    fn is_closed(&self) -> bool {
        false
    }

    fn answer(&self, question: &Question) -> Option<Solved> {
        self.lock().answers.get(question.digest()).and_then(Answer::solved)
    }

    fn asked_alone(&self, question: &Question) -> Option<Vec<u32>> {
        match self.lock().answers.get(&alone(question.digest())) {
            Some(Answer::AskedAlone { targets }) => Some(targets.clone()),
            Some(Answer::Unsatisfiable { .. } | Answer::Satisfiable { .. }) | None => None,
        }
    }

    fn note_asked_alone(&self, question: &Question, targets: &[u32]) {
        let answer = Answer::AskedAlone { targets: targets.to_vec() };
        self.lock().answers.entry(alone(question.digest())).or_insert(answer);
    }

    fn note(&self, question: &Question, solved: &Solved, prove: &mut dyn FnMut() -> Result<Proof, NoProof>) {
        let (claim, line) = match solved {
            Solved::Unsatisfiable { core, .. } => {
                let line = claim_line(&question.encoded().formula, core);
                (kernel::digest(&line), line)
            }
            Solved::Satisfiable { .. } => (String::new(), Vec::new()),
        };
        let answer = Answer::of(solved, || claim.clone());
        {
            let mut written = self.lock();
            let known = written.answers.get(question.digest()).map(Answer::rank);
            if known.is_none_or(|known| answer.rank() < known) {
                written.answers.insert(question.digest().to_owned(), answer);
            }
            if claim.is_empty()
                || written.proofs.contains_key(&claim)
                || written.unproved.contains_key(&claim)
            {
                return;
            }
        }
        // Made without holding the book: two threads may make the same proof, which is the same bytes.
        let proof = prove().map_err(|why| why.to_string()).and_then(|proof| {
            kernel::check(&proof.bytes)
                .map(|_| proof.bytes)
                .map_err(|why| format!("the kernel rejects it: {why}"))
        });
        let mut written = self.lock();
        match proof {
            Ok(bytes) => drop(written.proofs.insert(claim, bytes)),
            Err(why) => {
                written.claims.insert(claim.clone(), line);
                written.unproved.insert(claim, why);
            }
        }
    }

    fn claim(&self, question: &Question, core: &[usize]) -> Option<String> {
        Some(claim_of(&question.encoded().formula, core))
    }

    fn level(&self) -> Level {
        let written = self.lock();
        // A claim that gave way to a better one counts no more: what is said of a run is said of what stays.
        let believed = written.named().any(|claim| written.unproved.contains_key(claim));
        if believed { Level::OneSolver } else { Level::Checked }
    }
}
