//! Why a request has no decision.

use crate::location::Location;

/// Why a request has no decision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// The decision hangs on something that this version does not evaluate.
    #[error("the decision depends on {what}, which is not evaluated yet")]
    NotCovered {
        /// A noun phrase.
        what: String,
    },
    /// A statement with a Principal stands in a policy of a type that has none.
    #[error("{location}: a Principal stands in a policy that is not attached to a resource")]
    UnexpectedPrincipal {
        /// The statement.
        location: Location,
    },
}

impl EvaluationError {
    pub(super) fn not_covered(what: &str) -> Self {
        Self::NotCovered { what: what.to_owned() }
    }
}
