//! What is expected of answers, and what a question ends with.

use std::collections::BTreeSet;

use ringfence_solver::inquiry::answer::Answer;
use ringfence_solver::inquiry::run::Candidate;
use ringfence_solver::verdict::Reason;

use crate::exit::ExitStatus;

/// What is expected of the answers to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expectation {
    /// Nothing.
    None,
    /// Everybody asked is allowed.
    Allowed,
    /// Nobody asked is allowed.
    Denied,
    /// Exactly these are allowed.
    Exactly(BTreeSet<String>),
}

/// How the answers differ from what is expected. Those that are unknown are no difference, and no agreement either.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// Allowed, and should not be.
    pub(crate) unexpected: Vec<String>,
    /// Should be allowed, and are denied, or are not in the world.
    pub(crate) lacking: Vec<String>,
}

impl Expectation {
    /// The differences; none if nothing is expected.
    pub(crate) fn compare(&self, results: &[(&Candidate, &Answer)]) -> Option<Mismatch> {
        let arns = |wanted: fn(&Answer) -> bool| -> Vec<String> {
            results
                .iter()
                .filter(|(_, answer)| wanted(answer))
                .map(|(candidate, _)| candidate.subject.arn.clone())
                .collect()
        };
        let allowed = || arns(|answer| matches!(answer, Answer::Allowed(_)));
        let denied = || arns(|answer| matches!(answer, Answer::Denied(_) | Answer::NoSuchRequest(_)));
        match self {
            Self::None => None,
            Self::Allowed => Some(Mismatch { unexpected: Vec::new(), lacking: denied() }),
            Self::Denied => Some(Mismatch { unexpected: allowed(), lacking: Vec::new() }),
            Self::Exactly(expected) => {
                let asked: BTreeSet<&str> =
                    results.iter().map(|(candidate, _)| candidate.subject.arn.as_str()).collect();
                let absent = expected.iter().filter(|arn| !asked.contains(arn.as_str())).cloned();
                let mut lacking: Vec<String> =
                    denied().into_iter().filter(|arn| expected.contains(arn)).chain(absent).collect();
                lacking.sort_unstable();
                Some(Mismatch {
                    unexpected: allowed().into_iter().filter(|arn| !expected.contains(arn)).collect(),
                    lacking,
                })
            }
        }
    }
}

impl Mismatch {
    /// There is no difference.
    pub(crate) fn is_empty(&self) -> bool {
        self.unexpected.is_empty() && self.lacking.is_empty()
    }
}

/// What a question ends with: an error if the engines contradict each other, a mismatch, what is unknown, or the
/// answer. A question that no request of anybody can be about is not applicable.
pub(super) fn status(
    results: &[(&Candidate, &Answer)],
    mismatch: Option<&Mismatch>,
    lacks_principals: bool,
) -> ExitStatus {
    let any = |wanted: fn(&Answer) -> bool| results.iter().any(|(_, answer)| wanted(answer));
    if any(|answer| matches!(answer, Answer::Unknown(Reason::Disagreement(_)))) {
        ExitStatus::Error
    } else if mismatch.is_some_and(|mismatch| !mismatch.is_empty()) {
        ExitStatus::Refuted
    } else if lacks_principals
        || any(|answer| matches!(answer, Answer::Unknown(_)))
        || !any(|answer| !matches!(answer, Answer::NoSuchRequest(_)))
    {
        ExitStatus::Inconclusive
    } else {
        ExitStatus::AsExpected
    }
}
