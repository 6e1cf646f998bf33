//! The concrete evaluator: decides one request by the policies that apply to it (docs/semantics.md, B11).
//!
//! It shares no code with the encoder beyond the parsed policies and the names of uncertain predicates, so that a
//! replay by it is evidence. Every element is evaluated to a truth value with bounds: what the undocumented points
//! (F1–F51) leave open stays visible, and only predicates that could change the decision are reported.
//!
//! Reading order: [`evaluate`] here, `authorize` (order), `caller` (who asks, on whose side), `policy_type` (layers),
//! `resource_policy` (what the resource's side grants), `statement`, then `principal`, `action`, `resource`, `condition`.
//! Trusted: an error here can hide a violation or show one that is none, unless the encoder errs in the same way.

mod action;
mod authorize;
mod call;
mod caller;
mod complete;
mod conclude;
mod condition;
mod credential;
mod decide;
mod error;
mod explain;
mod facts;
mod glob;
mod known_key;
mod policy_type;
mod principal;
mod public_access;
mod readings;
mod resource;
mod resource_control;
mod resource_policy;
mod scope;
mod special;
mod statement;
mod trace;
mod truth;
mod variable;
mod vpc_endpoint;

use crate::condition::Condition;
use crate::context::RequestContext;
use crate::policy::StatementReference;
use crate::policy_set::PolicySet;
use crate::request::{Decision, Request};

pub use call::further_checks;
pub use complete::complete_context;
pub(crate) use condition::wanted_type;
pub(crate) use condition::{Instant, instant};
pub use decide::{Decided, ROBUST_PREDICATES, Robustness, decide, robust};
pub use error::EvaluationError;
pub use explain::{Explanation, LayerExplanation, Mismatch, Replaced, Shown, StatementExplanation, explain};
pub use facts::Facts;
pub use principal::PrincipalForm;
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

/// Whether `condition` holds where `context` has all keys that it and its variables look at; none where that hangs on what AWS leaves
/// undocumented and no pin settles.
pub fn condition_holds(
    condition: &Condition,
    context: &RequestContext,
    facts: &dyn Facts,
    pins: &Pins,
) -> Option<bool> {
    let readings = ChosenReadings { pins: pins.clone(), ..ChosenReadings::default() };
    let mut scope = scope::Scope::new("", "", context, facts, &readings);
    let truth = condition::condition(&mut scope, condition);
    truth.is_certain().then_some(truth.value)
}

/// Decides `request`. Keys that the principal determines are added first (see [`complete_context`]).
///
/// # Errors
/// [`EvaluationError::MissingPolicy`] where the decision hangs on the trust policy of a role or the policy of a KMS key, and
/// the set has none: each has one. What is certain without it is answered: an explicit deny in another policy, a limit
/// of the credentials. The other errors are about statements in policies of a type that they cannot stand in.
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
