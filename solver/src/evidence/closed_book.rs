//! A book that a run goes by, in which nothing is searched.

use std::collections::BTreeSet;

use super::answers::{Answer, Answers};
use crate::certify::{NoProof, Proof, claim_of};
use crate::prove::{Ledger, Question, Solved};

/// A book that a run goes by. Its answers are hints: that a formula cannot hold is believed if the claim that is made anew of it is among
/// those that were `accepted`; interpretations are believed as far as a replay confirms their request.
#[derive(Debug)]
pub struct ClosedBook {
    answers: Answers,
    accepted: BTreeSet<String>,
}

impl ClosedBook {
    /// The book with these answers. `accepted` are the claims, by SHA-256, of which the kernel accepted a proof.
    pub fn new(answers: Answers, accepted: BTreeSet<String>) -> Self {
        Self { answers, accepted }
    }
}

impl Ledger for ClosedBook {
    fn is_closed(&self) -> bool {
        true
    }

    fn answer(&self, question: &Question) -> Option<Solved> {
        let answer = self.answers.get(question.digest())?;
        let formula = &question.encoded().formula;
        match answer {
            Answer::Unsatisfiable { core, .. } => {
                let ascends = core.iter().zip(core.iter().skip(1)).all(|(left, right)| left < right);
                let is_of_formula = core.last().is_none_or(|last| *last < formula.restrictions.len());
                (ascends && is_of_formula && self.accepted.contains(&claim_of(formula, core)))
                    .then(|| answer.solved())
            }
            Answer::Satisfiable { candidates, .. } => {
                candidates.iter().all(|found| found.answers(formula)).then(|| answer.solved())
            }
        }
    }

    fn note(&self, _: &Question, _: &Solved, _: &mut dyn FnMut() -> Result<Proof, NoProof>) {}

    fn claim(&self, question: &Question, core: &[usize]) -> Option<String> {
        Some(claim_of(&question.encoded().formula, core))
    }
}
