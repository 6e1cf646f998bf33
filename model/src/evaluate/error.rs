//! Why a request has no decision.

use crate::location::Location;

/// Why a request has no decision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// The decision hangs on a policy that every such resource has and that is not in the set.
    #[error("the decision depends on {what}, which is not given")]
    MissingPolicy {
        /// A noun phrase.
        what: &'static str,
    },
    /// A statement with a Principal stands in a policy of a type that has none.
    #[error("{location}: a Principal stands in a policy that is not attached to a resource")]
    UnexpectedPrincipal {
        /// The statement.
        location: Location,
    },
    /// A statement without a Principal stands in a policy of a type that needs one.
    #[error("{location}: the statement has no Principal")]
    MissingPrincipal {
        /// The statement.
        location: Location,
    },
}
