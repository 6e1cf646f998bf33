//! Why a request is decided as it is: what each statement said, and what kept it from matching.
//!
//! Apart from [`super::evaluate`], which has no time for it. It asks the same functions about each element alone, so that
//! it cannot tell another story than the decision.

mod mismatch;

use super::caller::CallerOfRequest;
use super::complete::completed;
use super::error::EvaluationError;
use super::policy_type::Sides;
use super::principal::{Caller, Matched, PrincipalForm, principal_element};
use super::readings::Readings;
use super::scope::Scope;
use super::special::Target;
use super::statement::matches;
use super::trace::LayerTrace;
use super::truth::Truth;
use super::{Evaluation, Facts, evaluate};
use crate::policy::{Effect, NamedPolicy, PolicyType, Statement, StatementReference};
use crate::policy_set::PolicySet;
use crate::request::Request;
use std::sync::Arc;

pub use mismatch::{Mismatch, Replaced, Shown};

/// An evaluation with what every statement had to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The evaluation, the same as that of [`evaluate`].
    pub evaluation: Evaluation,
    /// The layers of the evaluation's trace, in its order. Policies that do not bear on the request are not among
    /// them; a rule then says so.
    pub layers: Vec<LayerExplanation>,
}

/// One layer of policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerExplanation {
    /// Which type of policy.
    pub policy_type: PolicyType,
    /// For an SCP or RCP the level.
    pub target: Option<Arc<str>>,
    /// Some Allow statement matches; always true for RCPs, since RCPFullAWSAccess is attached everywhere.
    pub allows: bool,
    /// Some Deny statement matches and counts.
    pub denies: bool,
    /// Every statement of its policies, in order.
    pub statements: Vec<StatementExplanation>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementExplanation {
    /// Which one.
    pub reference: StatementReference,
    /// What it does where it matches.
    pub effect: Effect,
    /// It matches, under the readings in force.
    pub matches: bool,
    /// How its Principal element names the caller, if it does. Where it does in several forms, the one that grants most.
    pub form: Option<PrincipalForm>,
    /// What keeps it from matching: each element and each condition that does not. Empty exactly if it matches.
    pub mismatches: Vec<Mismatch>,
}

/// Decides `request` and explains the decision.
///
/// # Errors
/// As [`evaluate`].
pub fn explain(
    request: &Request,
    policies: &PolicySet,
    facts: &dyn Facts,
    readings: &dyn Readings,
) -> Result<Explanation, EvaluationError> {
    let evaluation = evaluate(request, policies, facts, readings)?;
    let context = completed(&request.principal, &request.context);
    let target = Target::new(&request.action, &request.resource);
    let sides = CallerOfRequest::new(request, &context, target, policies, facts).sides();
    let mut scope = Scope::new(&request.action, &request.resource, &context, facts, readings);
    let (mut service_control, mut resource_control) =
        (policies.service_control.iter(), policies.resource_control.iter());
    let layers = evaluation.trace.layers.iter().map(|trace| {
        let documents: &[NamedPolicy] = match trace.policy_type {
            PolicyType::Identity => &policies.identity,
            PolicyType::PermissionsBoundary => policies.permissions_boundary.as_deref().unwrap_or_default(),
            PolicyType::Session => policies.session.as_deref().unwrap_or_default(),
            PolicyType::ServiceControl => service_control.next().map_or(&[], |level| &level.policies),
            PolicyType::ResourceControl => resource_control.next().map_or(&[], |level| &level.policies),
            PolicyType::Resource | PolicyType::Trust => policies.resource.as_slice(),
            PolicyType::VpcEndpoint => policies.vpc_endpoint.as_deref().unwrap_or_default(),
        };
        layer(&mut scope, trace, documents, &sides)
    });
    let layers = layers.collect();
    Ok(Explanation { evaluation, layers })
}

fn layer(
    scope: &mut Scope<'_>,
    trace: &LayerTrace,
    policies: &[NamedPolicy],
    sides: &Sides<'_>,
) -> LayerExplanation {
    let caller = match trace.policy_type {
        PolicyType::Identity
        | PolicyType::PermissionsBoundary
        | PolicyType::Session
        | PolicyType::ServiceControl => None,
        PolicyType::ResourceControl => Some(sides.caller),
        PolicyType::Resource | PolicyType::Trust => sides.resource.map(|side| side.caller),
        PolicyType::VpcEndpoint => sides.vpc_endpoint,
    };
    let mut statements = Vec::new();
    for policy in policies {
        for each in &policy.document.statements {
            let reference = StatementReference::new(policy, trace.policy_type, each);
            statements.push(statement(scope, each, reference, caller));
        }
    }
    LayerExplanation {
        policy_type: trace.policy_type,
        target: trace.target.clone(),
        allows: trace.allows,
        denies: trace.denies,
        statements,
    }
}

fn statement(
    scope: &mut Scope<'_>,
    statement: &Statement,
    reference: StatementReference,
    caller: Option<Caller<'_>>,
) -> StatementExplanation {
    let named = match (&statement.principal, caller) {
        (Some(element), Some(caller)) => principal_element(scope, element, statement.effect, caller),
        (Some(_) | None, _) => Matched::by(PrincipalForm::Everyone, Truth::TRUE),
    };
    let rest = matches(scope, statement, reference.policy_type);
    let matches = named.any().and(rest).value;
    let form = caller.and_then(|_| named.strongest());
    let mismatches = if matches {
        Vec::new()
    } else {
        mismatch::mismatches(scope, statement, reference.policy_type, named.any().value)
    };
    StatementExplanation { reference, effect: statement.effect, matches, form, mismatches }
}

#[cfg(test)]
mod tests;
