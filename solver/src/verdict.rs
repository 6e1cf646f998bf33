//! Verdicts: the answer to a query, and nothing else.

use serde::Serialize;

use crate::certificate::Certificate;
use crate::formula::Openness;
use crate::witness::Witness;

/// The answer to a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No request fits, under any reading of the open points.
    Proved(Box<Certificate>),
    /// This request fits, whatever AWS does at the open points.
    Refuted(Box<Witness>),
    /// Not decided, with the reason. Never to be taken for a proof.
    Inconclusive(Reason),
    /// The query does not apply to the subject.
    NotApplicable,
}

/// Why a query was not decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The answer hangs on open matters: a smallest set of them that must be read the lenient way.
    OpenMatters(Vec<Openness>),
    /// A limit was reached, with what it says.
    Limit(String),
    /// Something that is not covered yet may allow it; the text says what.
    NotCovered {
        /// A word for machines: `through-a-profile`, `other-resource-type`, `resource-policies`, …
        code: &'static str,
        /// The same for people.
        text: String,
    },
    /// It hangs on values that a plan does not know yet; the text says how it may come out.
    UnknownValues(String),
    /// The evaluator and the encoder disagree: an internal defect, reported as such.
    Disagreement(String),
}

impl Reason {
    /// Requests were found, and nobody in particular makes them.
    pub fn by_nobody() -> Self {
        let text = "somebody of a name that is not fixed may make such a request".to_owned();
        Self::NotCovered { code: "anybody", text }
    }

    /// A word for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OpenMatters(matters) if *matters == [Openness::ResourcePolicies] => "resource-policies",
            Self::OpenMatters(_) => "open-points",
            Self::Limit(_) => "limit",
            Self::NotCovered { code, .. } => code,
            Self::UnknownValues(_) => "unknown-values",
            Self::Disagreement(_) => "internal-disagreement",
        }
    }

    /// The points that it names, as `F17`, and other open matters in words.
    pub fn points(&self) -> Vec<String> {
        match self {
            Self::OpenMatters(matters) => matters.iter().map(ToString::to_string).collect(),
            Self::Limit(_) | Self::NotCovered { .. } | Self::UnknownValues(_) | Self::Disagreement(_) => {
                Vec::new()
            }
        }
    }

    /// One sentence without a full stop.
    pub fn text(&self) -> String {
        match self {
            Self::OpenMatters(matters) if *matters == [Openness::ResourcePolicies] => {
                "a policy of the resource, which the world does not show, may allow it".to_owned()
            }
            Self::OpenMatters(matters) => open_matters(matters),
            Self::Limit(text) => format!("a limit was reached: {text}"),
            Self::NotCovered { text, .. } | Self::UnknownValues(text) => text.clone(),
            Self::Disagreement(text) => format!("internal defect: {text}"),
        }
    }
}

/// On what an answer hangs: points that AWS leaves undocumented, and what nothing in the world tells.
fn open_matters(matters: &[Openness]) -> String {
    let (points, others): (Vec<&Openness>, Vec<&Openness>) =
        matters.iter().partition(|matter| matches!(matter, Openness::Point(_)));
    let names: Vec<String> = points.iter().map(ToString::to_string).collect();
    let untold: Vec<&str> = others.iter().filter_map(|matter| matter.untold()).collect();
    let untold = untold.join(", and on ");
    match (names.is_empty(), untold.is_empty()) {
        (false, true) => format!("the answer depends on what AWS leaves undocumented: {}", names.join(", ")),
        (true, false) => format!("the answer depends on {untold}"),
        (false, false) => format!(
            "the answer depends on what AWS leaves undocumented ({}), and on {untold}",
            names.join(", ")
        ),
        (true, true) => "the answer depends on open matters that could not be told apart".to_owned(),
    }
}

/// The four words, for outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictWord {
    /// See [`Verdict::NotApplicable`].
    NotApplicable,
    /// See [`Verdict::Proved`].
    Proved,
    /// See [`Verdict::Inconclusive`].
    Inconclusive,
    /// See [`Verdict::Refuted`]. The greatest, so that the greatest of several is the verdict on all of them.
    Refuted,
}

impl VerdictWord {
    /// A word for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotApplicable => "not-applicable",
            Self::Proved => "proved",
            Self::Inconclusive => "inconclusive",
            Self::Refuted => "refuted",
        }
    }
}

impl Verdict {
    /// Which of the four it is.
    pub fn word(&self) -> VerdictWord {
        match self {
            Self::Proved(_) => VerdictWord::Proved,
            Self::Refuted(_) => VerdictWord::Refuted,
            Self::Inconclusive(_) => VerdictWord::Inconclusive,
            Self::NotApplicable => VerdictWord::NotApplicable,
        }
    }
}
