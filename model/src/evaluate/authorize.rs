//! The order in which layers and special rules decide (semantics:B2, B10, B11).

use super::caller::CallerOfRequest;
use super::complete::completed;
use super::conclude::{by_rule, conclude};
use super::error::EvaluationError;
use super::policy_type::{Layers, demanded, endpoint};
use super::principal::Matched;
use super::readings::Readings;
use super::scope::Scope;
use super::special::{ResourcePolicyRule, Target};
use super::trace::SpecialRule;
use super::truth::Truth;
use super::{Evaluation, Facts};
use crate::open_point::{OpenPoint, UncertainPredicate};
use crate::policy_set::PolicySet;
use crate::request::{Decision, Request};

/// The decision of AWS, and what a question demands besides.
pub(super) fn authorize(
    request: &Request,
    policies: &PolicySet,
    facts: &dyn Facts,
    readings: &dyn Readings,
) -> Result<Evaluation, EvaluationError> {
    let mut evaluation = by_aws(request, policies, facts, readings)?;
    if evaluation.decision != Decision::Allow && evaluation.touched.is_empty() {
        return Ok(evaluation);
    }
    let context = completed(&request.principal, &request.context);
    for level in &policies.demanded {
        let mut scope = Scope::new(&request.action, &request.resource, &context, facts, readings);
        let layer = demanded(&mut scope, level)?;
        evaluation.touched.extend(layer.allow_touched);
        if !layer.allow.value && evaluation.decision == Decision::Allow {
            evaluation.decision = Decision::ImplicitDeny;
            evaluation.deciding.clear();
        }
    }
    evaluation.touched.sort_unstable();
    evaluation.touched.dedup();
    Ok(evaluation)
}

fn by_aws(
    request: &Request,
    policies: &PolicySet,
    facts: &dyn Facts,
    readings: &dyn Readings,
) -> Result<Evaluation, EvaluationError> {
    let context = completed(&request.principal, &request.context);
    let target = Target::new(&request.action, &request.resource);
    let mut scope = Scope::new(&request.action, &request.resource, &context, facts, readings);
    let caller = CallerOfRequest::new(request, &context, target, policies, facts);
    if caller.is_signed() && target.is("sts", &["GetCallerIdentity"]) {
        return caller_identity(&mut scope, &caller);
    }
    if caller.credential.is_some_and(|credential| credential.cannot_call(&request.action)) {
        return Ok(by_rule(Decision::ExplicitDeny, SpecialRule::CredentialLimit));
    }
    let layers = Layers::evaluate(&mut scope, policies, &caller.sides())?;
    let deny = layers.deny();
    if caller.credential.is_some() && target.is("sts", &["GetSessionToken"]) {
        return Ok(session_token(&mut scope, deny, layers));
    }
    if !deny.value
        && policies.resource.is_none()
        && let ResourcePolicyRule::MustAllow { what } = target.resource_policy()
    {
        return without_its_policy(&mut scope, &caller, layers, what);
    }
    let mut rules = Vec::new();
    let mark = scope.mark();
    let allowed = caller.allowed(&mut scope, &layers, &mut rules);
    let allowed = caller.further_calls(&mut scope, allowed, &mut rules)?;
    let choices = scope.take(mark);
    Ok(conclude(deny, allowed, choices, layers, rules))
}

/// The policy of a role or key is not given. If even one that names the caller in every form would not let the request
/// pass, under no reading, that is the decision; else there is none.
fn without_its_policy(
    scope: &mut Scope<'_>,
    caller: &CallerOfRequest<'_>,
    mut layers: Layers,
    what: &'static str,
) -> Result<Evaluation, EvaluationError> {
    let deny = layers.deny();
    layers.grants = Matched::EVERY;
    let mut rules = Vec::new();
    let mark = scope.mark();
    let at_most = caller.allowed(scope, &layers, &mut rules);
    scope.take(mark);
    if at_most.upper {
        return Err(EvaluationError::MissingPolicy { what });
    }
    Ok(conclude(deny, Truth::FALSE, Vec::new(), layers, rules))
}

/// sts:GetCallerIdentity needs no permission and no policy stops it; in the other reading that of a VPC endpoint does
/// (F36).
fn caller_identity(
    scope: &mut Scope<'_>,
    caller: &CallerOfRequest<'_>,
) -> Result<Evaluation, EvaluationError> {
    let evaluation = by_rule(Decision::Allow, SpecialRule::NoPermissionNeeded);
    let Some(policies) = &caller.policies.vpc_endpoint else { return Ok(evaluation) };
    let layer = endpoint(scope, policies, caller.at_endpoint())?;
    let passes = layer.allow.and(layer.deny.not());
    Ok(unless_stopped(scope, 36, passes, Layers::of_endpoint(layer)))
}

/// sts:GetSessionToken needs no permission and no policy stops it; in the other reading a Deny does, or an endpoint's
/// policy that does not allow it (F27).
fn session_token(scope: &mut Scope<'_>, deny: Truth, layers: Layers) -> Evaluation {
    let passes = layers.vpc_endpoint.as_ref().map_or(Truth::TRUE, |layer| layer.allow).and(deny.not());
    unless_stopped(scope, 27, passes, layers)
}

/// A call that needs no permission: allowed, or in the other reading of the point only where it `passes`.
fn unless_stopped(scope: &mut Scope<'_>, point: u8, passes: Truth, layers: Layers) -> Evaluation {
    let free = by_rule(Decision::Allow, SpecialRule::NoPermissionNeeded);
    if passes.lower {
        return free;
    }
    let mark = scope.mark();
    let spared = scope.uncertain(true, false, true, || UncertainPredicate::choice(OpenPoint(point)));
    let mut touched = scope.take(mark);
    for layer in layers.iter() {
        touched.extend(layer.allow_touched.iter().chain(&layer.deny_touched).cloned());
    }
    touched.sort_unstable();
    touched.dedup();
    if spared.value || passes.value {
        return Evaluation { touched, ..free };
    }
    let evaluation = conclude(layers.deny(), Truth::FALSE, Vec::new(), layers, Vec::new());
    Evaluation { touched, ..evaluation }
}
