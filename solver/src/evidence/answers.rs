//! What was found for each question, as a book keeps it. None of it is believed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::formula::Openness;
use crate::interpretation::Interpretation;
use crate::prove::Solved;
use crate::verdict::Reason;

/// By the digest of the question's formula; what was asked before it, by a name of its own.
pub type Answers = BTreeMap<String, Answer>;

/// Where it is written which targets of a question were asked about alone.
pub(super) fn alone(digest: &str) -> String {
    format!("{digest}-alone")
}

/// What was found for one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Answer {
    /// The formula cannot hold.
    Unsatisfiable {
        /// The numbers of the restrictions on which that rests.
        core: Vec<usize>,
        /// SHA-256 of the claim.
        claim: String,
        /// Z3's strings had a part in finding it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        used_strings: bool,
    },
    /// These interpretations are to be replayed.
    Satisfiable {
        /// In this order.
        candidates: Vec<Interpretation>,
        /// See [`Solved::Satisfiable`].
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        only_first_phase: bool,
        /// Why the query is inconclusive otherwise.
        otherwise: Otherwise,
    },
    /// Before the question itself these of its targets were asked about alone, by their places, in this order.
    AskedAlone {
        /// Their places.
        targets: Vec<u32>,
    },
}

/// Why a query that no replay confirms is inconclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Otherwise {
    /// The answer hangs on these.
    Open(Vec<Openness>),
    /// A limit was reached.
    Limit(String),
    /// An internal defect.
    Disagreement(String),
}

impl Answer {
    /// What a search found, with the claim where it is a proof.
    pub(super) fn of(solved: &Solved, claim: impl FnOnce() -> String) -> Self {
        match solved {
            Solved::Unsatisfiable { core, used_strings } => {
                Self::Unsatisfiable { core: core.clone(), claim: claim(), used_strings: *used_strings }
            }
            Solved::Satisfiable { candidates, only_first_phase, otherwise } => Self::Satisfiable {
                candidates: candidates.clone(),
                only_first_phase: *only_first_phase,
                otherwise: match otherwise {
                    Reason::OpenMatters(matters) => Otherwise::Open(matters.clone()),
                    Reason::Limit(text) => Otherwise::Limit(text.clone()),
                    // No search gives such a reason.
                    Reason::NotCovered { text, .. }
                    | Reason::UnknownValues(text)
                    | Reason::Disagreement(text) => Otherwise::Disagreement(text.clone()),
                },
            },
        }
    }

    /// The same as a search says it; none if it says what to ask.
    pub(super) fn solved(&self) -> Option<Solved> {
        Some(match self {
            Self::AskedAlone { .. } => return None,
            Self::Unsatisfiable { core, used_strings, .. } => {
                Solved::Unsatisfiable { core: core.clone(), used_strings: *used_strings }
            }
            Self::Satisfiable { candidates, only_first_phase, otherwise } => Solved::Satisfiable {
                candidates: candidates.clone(),
                only_first_phase: *only_first_phase,
                otherwise: match otherwise {
                    Otherwise::Open(matters) => Reason::OpenMatters(matters.clone()),
                    Otherwise::Limit(text) => Reason::Limit(text.clone()),
                    Otherwise::Disagreement(text) => Reason::Disagreement(text.clone()),
                },
            },
        })
    }

    /// The claim of a proof, by SHA-256.
    pub(super) fn claim(&self) -> Option<&String> {
        match self {
            Self::Unsatisfiable { claim, .. } => Some(claim),
            Self::Satisfiable { .. } | Self::AskedAlone { .. } => None,
        }
    }

    /// On how many restrictions a proof rests: the fewer, the more it says, and of two with as many that which tells of strings. What is no
    /// proof says less, and least where only the first phase of a search was needed.
    pub(super) fn rank(&self) -> (usize, bool) {
        match self {
            Self::Unsatisfiable { core, used_strings, .. } => (core.len(), !used_strings),
            Self::Satisfiable { only_first_phase, .. } => (usize::MAX, *only_first_phase),
            Self::AskedAlone { .. } => (usize::MAX, true),
        }
    }
}
