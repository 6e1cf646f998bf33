//! Points that AWS leaves undocumented (docs/semantics.md, F1–F50), and the choice between their readings.
//!
//! Both engines name an uncertain predicate by the same [`UncertainPredicate`], so that a choice of readings means
//! the same to both. Nothing else about the points is shared.

use std::fmt;

use crate::policy::PolicyType;

/// The number of an open point: `F4` is `OpenPoint(4)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpenPoint(pub u8);

impl fmt::Display for OpenPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "F{}", self.0)
    }
}

/// One uncertain predicate of one request: a Boolean that lies between `lower` (true under both readings) and
/// `upper` (true under one of them), the same for every occurrence with this same name (design: three-valued by
/// construction).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UncertainPredicate {
    /// The points that leave it open, ascending.
    pub points: Vec<OpenPoint>,
    /// The element or operator: `Action`, `Resource`, `NotResource`, `ForAnyValue:StringLike`.
    pub operator: String,
    /// The operands as written. Several are joined by a line feed.
    pub operand: String,
    /// The policy type, only where the rule depends on it (F7, F24).
    pub policy_type: Option<PolicyType>,
    /// The attribute of the request: `action`, `resource`, or a key's canonical name.
    pub attribute: String,
    /// The index of the value of a multivalued key, where the predicate is about one value.
    pub slot: Option<usize>,
}

/// How a reader of a policy settles an uncertain predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reading {
    /// The evaluator's documented choice.
    Evaluator,
    /// True only where both readings are.
    Lower,
    /// True where one of them is.
    Upper,
}
