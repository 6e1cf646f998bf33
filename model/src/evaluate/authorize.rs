//! The order in which layers and special rules decide (semantics:B2, B3, B10, B11).

use super::complete::completed;
use super::credential::{Credential, single};
use super::error::EvaluationError;
use super::known_key::REQUESTED_REGION;
use super::policy_type::Layers;
use super::readings::{Readings, TouchedPredicate};
use super::scope::Scope;
use super::special::Target;
use super::trace::{SpecialRule, Trace};
use super::truth::Truth;
use super::{Evaluation, Facts};
use crate::context::RequestContext;
use crate::open_point::{OpenPoint, UncertainPredicate};
use crate::policy::StatementReference;
use crate::policy_set::PolicySet;
use crate::principal::Principal;
use crate::request::{Decision, Request};

pub(super) fn authorize(
    request: &Request,
    policies: &PolicySet,
    facts: &dyn Facts,
    readings: &dyn Readings,
) -> Result<Evaluation, EvaluationError> {
    let context = completed(&request.principal, &request.context);
    let target = Target::new(&request.action, &request.resource);
    let mut scope = Scope::new(&request.action, &request.resource, &context, facts, readings);
    let credential = Credential::of(&request.principal, &context);
    let signed = !matches!(request.principal, Principal::Anonymous | Principal::FederatedProvider(_));
    if signed && target.is("sts", &["GetCallerIdentity"]) {
        return Ok(by_rule(Decision::Allow, SpecialRule::NoPermissionNeeded));
    }
    let Some(credential) = credential else {
        return Err(EvaluationError::not_covered(match request.principal {
            Principal::Service(_) => "the policies of a resource that a service principal asks for",
            Principal::FederatedProvider(_) => "the trust policy that lets an identity provider's users in",
            Principal::Root { .. }
            | Principal::User { .. }
            | Principal::RoleSession { .. }
            | Principal::FederatedUser { .. }
            | Principal::Anonymous => "the policies of a resource that an anonymous caller asks for",
        }));
    };
    if credential.cannot_call(&request.action) {
        return Ok(by_rule(Decision::ExplicitDeny, SpecialRule::CredentialLimit));
    }
    let caller = Caller { credential, target, policies };
    let layers = Layers::evaluate(&mut scope, policies, caller.subject_to_service_control())?;
    let deny = layers.iter().fold(Truth::FALSE, |any, layer| any.or(layer.deny));
    if target.is("sts", &["GetSessionToken"]) {
        return Ok(session_token(&mut scope, deny, layers));
    }
    let foreign = target
        .owner(request.resource_account)
        .is_some_and(|owner| Some(owner) != request.principal.account());
    let mut rules = Vec::new();
    let mark = scope.mark();
    let allowed = caller.allowed(&mut scope, &layers, foreign, &mut rules);
    let allowed = caller.further_calls(&mut scope, allowed, &context, &mut rules)?;
    let choices = scope.take(mark);
    if !deny.value
        && let Some(what) = caller.not_covered()
    {
        return Err(EvaluationError::not_covered(what));
    }
    Ok(conclude(deny, allowed, choices, layers, rules))
}

/// What is fixed while one request is decided.
struct Caller<'a> {
    credential: Credential,
    target: Target<'a>,
    policies: &'a PolicySet,
}

impl Caller<'_> {
    fn is_service_linked(&self) -> bool {
        self.credential == Credential::AssumedRole { service_linked: true }
    }

    /// Everyone is but service-linked roles (semantics:B6). For a management account's principals the policy set
    /// holds no SCP.
    fn subject_to_service_control(&self) -> bool {
        !self.is_service_linked()
    }

    /// Whether every layer that must allow does, explicit denies apart.
    fn allowed(
        &self,
        scope: &mut Scope<'_>,
        layers: &Layers,
        foreign: bool,
        rules: &mut Vec<SpecialRule>,
    ) -> Truth {
        let mut allowed = self.core(scope, layers, rules);
        for level in &layers.service_control {
            allowed = allowed.and(level.allow);
        }
        if self.is_service_linked() && !self.policies.service_control.is_empty() {
            rules.push(SpecialRule::ServiceLinkedRole);
        }
        if foreign && !self.target.is("sts", &["AssumeRoot"]) {
            rules.push(SpecialRule::AnotherAccount);
            return Truth::FALSE;
        }
        if self.target.is_refused() {
            rules.push(SpecialRule::OwnedByAws);
            return Truth::FALSE;
        }
        allowed
    }

    /// The caller's side within one account: identity policies within boundary and session policy; for root users
    /// the rules of semantics:B10.
    fn core(&self, scope: &mut Scope<'_>, layers: &Layers, rules: &mut Vec<SpecialRule>) -> Truth {
        let session = layers.session.as_ref().map(|layer| layer.allow);
        match self.credential {
            Credential::Root => {
                rules.push(SpecialRule::RootUser);
                return Truth::TRUE;
            }
            Credential::AssumedRoot => {
                rules.push(SpecialRule::AssumedRoot);
                return session.unwrap_or(Truth::FALSE);
            }
            Credential::LongTerm
            | Credential::SessionToken { .. }
            | Credential::AssumedRole { .. }
            | Credential::FederationToken => {}
        }
        let boundary = layers.permissions_boundary.as_ref().map_or(Truth::TRUE, |layer| layer.allow);
        let session = match session {
            Some(session) => session,
            None if self.credential == Credential::FederationToken => {
                rules.push(SpecialRule::NoSessionPolicy);
                scope.uncertain(false, false, true, || UncertainPredicate::choice(OpenPoint(12)))
            }
            None => Truth::TRUE,
        };
        layers.identity.allow.and(boundary).and(session)
    }

    /// F29: an agent, a flow or a knowledge base runs its model with a role of its own; in the other reading the
    /// caller needs bedrock:InvokeModel too, here on a model that no policy names.
    fn further_calls(
        &self,
        scope: &mut Scope<'_>,
        allowed: Truth,
        context: &RequestContext,
        rules: &mut Vec<SpecialRule>,
    ) -> Result<Truth, EvaluationError> {
        if !self.target.may_invoke_for_caller() || !allowed.upper {
            return Ok(allowed);
        }
        rules.push(SpecialRule::FurtherCalls);
        let model = self.target.some_model(single(context, &REQUESTED_REGION));
        let mut inner = scope.with_target("bedrock:InvokeModel", &model);
        let layers = Layers::evaluate(&mut inner, self.policies, self.subject_to_service_control())?;
        let denied = layers.iter().any(|layer| layer.deny.value);
        let invokes = self.allowed(&mut inner, &layers, false, &mut Vec::new()).value && !denied;
        let truth = scope.uncertain(true, invokes, true, || UncertainPredicate::choice(OpenPoint(29)));
        Ok(allowed.and(truth))
    }

    /// What the decision depends on beside the layers that are evaluated.
    fn not_covered(&self) -> Option<&'static str> {
        if self.policies.vpc_endpoint.is_some() {
            return Some("the policy of a VPC endpoint");
        }
        if !self.policies.resource_control.is_empty() && !self.is_service_linked() {
            return Some("resource control policies");
        }
        if self.policies.resource.is_some() {
            return Some("the resource's own policy");
        }
        self.target.needs_resource_policy()
    }
}

/// sts:GetSessionToken needs no permission and no policy stops it; in the other reading a Deny does (F27).
fn session_token(scope: &mut Scope<'_>, deny: Truth, layers: Layers) -> Evaluation {
    let mark = scope.mark();
    let allowed = scope.uncertain(true, !deny.upper, true, || UncertainPredicate::choice(OpenPoint(27)));
    let touched = scope.take(mark);
    if allowed.value {
        let mut evaluation = by_rule(Decision::Allow, SpecialRule::NoPermissionNeeded);
        evaluation.touched = touched;
        return evaluation;
    }
    let mut evaluation = conclude(Truth::TRUE, Truth::FALSE, Vec::new(), layers, Vec::new());
    evaluation.touched = touched;
    evaluation
}

/// A decision that no policy has a part in.
fn by_rule(decision: Decision, rule: SpecialRule) -> Evaluation {
    let trace = Trace { layers: Vec::new(), rules: vec![rule] };
    Evaluation { decision, deciding: Vec::new(), touched: Vec::new(), trace }
}

/// The decision, with the predicates that could change it: none where the bounds of `deny` or of both settle it.
fn conclude(
    deny: Truth,
    allowed: Truth,
    choices: Vec<TouchedPredicate>,
    layers: Layers,
    rules: Vec<SpecialRule>,
) -> Evaluation {
    let decision = match (deny.value, allowed.value) {
        (true, _) => Decision::ExplicitDeny,
        (false, true) => Decision::Allow,
        (false, false) => Decision::ImplicitDeny,
    };
    let allow_matters = !deny.lower && !allowed.is_certain();
    let mut touched = if allow_matters { choices } else { Vec::new() };
    let mut deciding: Vec<StatementReference> = Vec::new();
    let mut traces = Vec::new();
    for layer in layers.into_iter() {
        if !deny.lower {
            touched.extend(layer.deny_touched);
        }
        if allow_matters {
            touched.extend(layer.allow_touched);
        }
        match decision {
            Decision::ExplicitDeny => deciding.extend(layer.trace.denying.iter().cloned()),
            Decision::Allow => deciding.extend(layer.trace.allowing.iter().cloned()),
            Decision::ImplicitDeny => {}
        }
        traces.push(layer.trace);
    }
    touched.sort_unstable();
    touched.dedup();
    Evaluation { decision, deciding, touched, trace: Trace { layers: traces, rules } }
}
