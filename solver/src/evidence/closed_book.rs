//! A book that a run goes by, in which nothing is searched.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ringfence_model::catalogue::Catalogue;

use super::answers::{Answer, Answers, alone};
use super::exhaust::{Bounds, Claimed, Comparison, Tally};
use crate::certificate::Level;
use crate::certify::{NoProof, Proof, claim_of};
use crate::prove::{Ledger, Question, Solved};
use crate::wildcard::Theory;

/// A book that a run goes by. Its answers are hints: that a formula cannot hold is believed if the claim that is made anew of it is among
/// those that were `accepted`; interpretations are believed as far as a replay confirms their request.
#[derive(Debug)]
pub struct ClosedBook {
    answers: Answers,
    accepted: BTreeSet<String>,
    believed: BTreeMap<String, String>,
    used: Mutex<Used>,
    tally: Option<Tally>,
}

/// What a run asked the book for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// The digests of the questions whose answers counted.
    pub questions: BTreeSet<String>,
    /// The claims on which they rest.
    pub claims: BTreeSet<String>,
}

impl ClosedBook {
    /// The book with these answers. `accepted` are the claims, by SHA-256, of which the kernel accepted a proof; `believed` those that have
    /// none, with why: that they hold is only what the run says that wrote the book.
    pub fn new(answers: Answers, accepted: BTreeSet<String>, believed: BTreeMap<String, String>) -> Self {
        Self { answers, accepted, believed, used: Mutex::default(), tally: None }
    }

    /// The same, which compares the claims that count with the evaluator as they come.
    #[must_use]
    pub fn comparing(self, bounds: Bounds) -> Self {
        Self { tally: Some(Tally::new(bounds)), ..self }
    }

    /// Compares what was put off, and says what came of all claims that counted; nothing if none are compared.
    pub fn compared(&self, catalogue: &Catalogue, threads: Option<NonZeroUsize>) -> Option<Comparison> {
        let tally = self.tally.as_ref()?;
        tally.finish(catalogue, threads);
        Some(tally.comparison(&self.used().claims))
    }

    /// What was asked for so far.
    pub fn used(&self) -> Used {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for ClosedBook {
    fn is_closed(&self) -> bool {
        true
    }

    fn answer(&self, question: &Question) -> Option<Solved> {
        let answer = self.answers.get(question.digest())?;
        let formula = &question.encoded().formula;
        let claim = match answer {
            Answer::Unsatisfiable { core, claim, .. } => {
                let ascends = core.iter().zip(core.iter().skip(1)).all(|(left, right)| left < right);
                let is_of_formula = core.last().is_none_or(|last| *last < formula.restrictions.len());
                if !ascends || !is_of_formula {
                    return None;
                }
                let made = claim_of(formula, core);
                let holds = self.accepted.contains(&made) || self.believed.contains_key(&made);
                if !holds || made != *claim {
                    return None;
                }
                Some(made)
            }
            Answer::AskedAlone { .. } => return None,
            Answer::Satisfiable { candidates, .. } => {
                if !candidates.iter().all(|found| found.answers(formula)) {
                    return None;
                }
                None
            }
        };
        let mut used = self.lock();
        used.questions.insert(question.digest().to_owned());
        used.claims.extend(claim);
        answer.solved()
    }

    fn asked_alone(&self, question: &Question) -> Option<Vec<u32>> {
        let name = alone(question.digest());
        let Some(Answer::AskedAlone { targets }) = self.answers.get(&name) else { return None };
        self.lock().questions.insert(name);
        Some(targets.clone())
    }

    fn gone_by(&self, claimed: &Claimed<'_>, theory: &mut Theory) {
        let claim = self.answers.get(claimed.question.digest()).and_then(Answer::claim);
        if let (Some(tally), Some(claim)) = (&self.tally, claim) {
            tally.compare(claimed, claim, theory);
        }
    }

    fn note(&self, _: &Question, _: &Solved, _: &mut dyn FnMut() -> Result<Proof, NoProof>) {}

    fn claim(&self, question: &Question, core: &[usize]) -> Option<String> {
        Some(claim_of(&question.encoded().formula, core))
    }

    fn level(&self) -> Level {
        if self.believed.is_empty() { Level::Checked } else { Level::OneSolver }
    }
}
