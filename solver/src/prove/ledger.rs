//! What a run writes down for others to check, and a run that goes by what was written down alone.

use std::fmt;

use super::{Prover, Question, Solved};
use crate::certificate::Level;
use crate::certify::{NoProof, Proof, ProofLimits, certify};
use crate::evidence::exhaust::Claimed;
use crate::formula::Formula;
use crate::query::Query;
use crate::search::Outcome;
use crate::subject::Subject;
use crate::verdict::Reason;
use crate::wildcard::Theory;

/// A book of answers, each with what shows it. Any thread may ask and write.
pub trait Ledger: fmt::Debug + Sync {
    /// Nothing is searched: only what the book holds counts.
    fn is_closed(&self) -> bool;
    /// What the book holds for the question; of what it holds to be unsatisfiable the claim is one that the kernel accepted.
    fn answer(&self, question: &Question) -> Option<Solved>;
    /// Writes down what was found; `prove` makes the proof where that is a new one.
    fn note(&self, question: &Question, solved: &Solved, prove: &mut dyn FnMut() -> Result<Proof, NoProof>);
    /// The targets of the question, by their places, that were each asked about alone, in this order, before it was asked itself.
    fn asked_alone(&self, _: &Question) -> Option<Vec<u32>> {
        None
    }
    /// Writes that down.
    fn note_asked_alone(&self, _: &Question, _: &[u32]) {}
    /// SHA-256 of the claim that the question's formula cannot hold under the restrictions `core`, if the book has it.
    fn claim(&self, question: &Question, core: &[usize]) -> Option<String>;
    /// A claim of it is gone by.
    fn gone_by(&self, _: &Claimed<'_>, _: &mut Theory) {}
    /// How much of all that it holds others can check: proofs of the run may rest on any of it.
    fn level(&self) -> Level;
}

impl<'a> Prover<'a> {
    /// The same, which writes down what it finds, or goes by what is written down.
    #[must_use]
    pub fn led_by(self, ledger: Option<&'a dyn Ledger>) -> Self {
        Self { ledger, ..self }
    }

    /// What is found is written down, or read from there: proofs name their claims.
    pub fn keeps_claims(&self) -> bool {
        self.ledger.is_some()
    }

    /// The book, if nothing is searched.
    pub(super) fn closed_ledger(&self) -> Option<&'a dyn Ledger> {
        self.ledger.filter(|ledger| ledger.is_closed())
    }

    /// What a closed book says of the question.
    pub(super) fn as_written(&self, question: &Question) -> Option<Solved> {
        let ledger = self.closed_ledger()?;
        Some(ledger.answer(question).unwrap_or_else(|| Solved::Satisfiable {
            candidates: Vec::new(),
            only_first_phase: false,
            otherwise: Reason::Limit("the evidence does not hold the answer".to_owned()),
        }))
    }

    /// Tells a closed book which claim counts, and of what it was made.
    pub(super) fn go_by(&mut self, question: &Question, core: &[usize], query: &Query, subject: &Subject) {
        let Some(ledger) = self.closed_ledger() else { return };
        let (catalogue, assumptions) = (self.catalogue, self.assumptions);
        let claimed = Claimed { question, core, query, subject, catalogue, assumptions };
        ledger.gone_by(&claimed, &mut self.theory);
    }

    /// Writes down what a search found.
    pub(super) fn write_down(&mut self, question: &Question, solved: &Solved) {
        let Some(ledger) = self.ledger.filter(|ledger| !ledger.is_closed()) else { return };
        let formula: &Formula = &question.encoded.formula;
        let theory = &mut self.theory;
        let core: &[usize] = match solved {
            Solved::Unsatisfiable { core, .. } => core,
            Solved::Satisfiable { .. } => &[],
        };
        ledger.note(question, solved, &mut || certify(formula, core, theory, ProofLimits::default()));
    }

    /// One check of the question's formula with all its restrictions, every reading free.
    pub(super) fn check_question(&mut self, question: &Question) -> Outcome {
        match self.as_written(question) {
            Some(Solved::Unsatisfiable { .. }) => return Outcome::Unsat(Vec::new()),
            Some(Solved::Satisfiable { .. }) => return Outcome::Unknown("not searched".to_owned()),
            None => {}
        }
        let outcome = self.check_once(&question.encoded.formula);
        if matches!(outcome, Outcome::Unsat(_)) {
            let core = (0..question.encoded.formula.restrictions.len()).collect();
            self.write_down(question, &Solved::Unsatisfiable { core, used_strings: false });
        }
        outcome
    }
}
