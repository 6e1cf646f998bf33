//! The concrete evaluator: decides one request by the policies that apply to it (docs/semantics.md, B11).
//!
//! It shares no code with the encoder beyond the parsed policies and the names of uncertain predicates, so that a
//! replay by it is evidence. Every element is evaluated to a truth value with bounds: what the undocumented points
//! (F1–F50) leave open stays visible, and only predicates that could change the decision are reported.
//!
//! Reading order: [`evaluate`] here, `policy_type` (layers), `statement`, then `action`, `resource`, `condition`.
//! Trusted: an error here can hide a violation or show one that is none, unless the encoder errs in the same way.

mod action;
mod authorize;
mod complete;
mod condition;
mod credential;
mod decide;
mod error;
mod facts;
mod glob;
mod known_key;
mod policy_type;
mod readings;
mod resource;
mod scope;
mod special;
mod statement;
mod trace;
mod truth;
mod variable;

use crate::policy::StatementReference;
use crate::policy_set::PolicySet;
use crate::request::{Decision, Request};

pub use complete::complete_context;
pub use decide::{Decided, ROBUST_PREDICATES, Robustness, decide, robust};
pub use error::EvaluationError;
pub use facts::Facts;
pub use readings::{ChosenReadings, EvaluatorReadings, Pins, Readings, TouchedPredicate};
pub use trace::{LayerTrace, SpecialRule, Trace};

/// The evaluator's answer to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The decision under the readings in force.
    pub decision: Decision,
    /// The statements that decide: for an explicit deny every Deny that matches, for an Allow every Allow that
    /// matches, in the order of the layers. Empty for an implicit deny and where a special rule decides.
    pub deciding: Vec<StatementReference>,
    /// The uncertain predicates that could change the decision, ascending, each once. They do not depend on the
    /// readings in force.
    pub touched: Vec<TouchedPredicate>,
    /// What led to the decision.
    pub trace: Trace,
}

/// Decides `request`. Keys that the principal determines are added first (see [`complete_context`]).
///
/// # Errors
/// [`EvaluationError::NotCovered`] where the decision depends on a resource policy, an RCP, an endpoint policy, or a
/// principal that is no identity of an account. What is certain without them is answered: a call that needs no
/// permission, a limit of the credentials, an explicit deny in another policy.
pub fn evaluate(
    request: &Request,
    policies: &PolicySet,
    facts: &dyn Facts,
    readings: &dyn Readings,
) -> Result<Evaluation, EvaluationError> {
    authorize::authorize(request, policies, facts, readings)
}

#[cfg(test)]
pub(crate) mod tests;
