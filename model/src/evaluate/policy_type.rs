//! What the policies of each type say about a request (semantics:B1, B2, B6–B9).

use std::sync::Arc;

use super::error::EvaluationError;
use super::principal::{Caller, Matched, PrincipalForm, principal_element};
use super::readings::TouchedPredicate;
use super::resource_control::Reach;
use super::scope::Scope;
use super::statement::matches;
use super::trace::LayerTrace;
use super::truth::Truth;
use crate::open_point::{OpenPoint, UncertainPredicate};
use crate::policy::{Effect, NamedPolicy, PolicyType, Statement, StatementReference};
use crate::policy_set::{ControlLevel, PolicySet};

/// A union of policies: whether one of its statements allows, whether one denies.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) allow: Truth,
    pub(super) deny: Truth,
    pub(super) allow_touched: Vec<TouchedPredicate>,
    pub(super) deny_touched: Vec<TouchedPredicate>,
    pub(super) trace: LayerTrace,
}

/// Which policies of a set bear on the request, and how they read the caller.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sides<'a> {
    /// The caller is an identity of an account, with policies of its own.
    pub(super) has_identity: bool,
    /// The caller is subject to SCPs.
    pub(super) service_control: bool,
    /// RCPs.
    pub(super) resource_control: Reach,
    /// The resource's policy; none where the action or the resource has none.
    pub(super) resource: Option<ResourceSide<'a>>,
    /// The caller as the endpoint's policy reads it.
    pub(super) vpc_endpoint: Option<Caller<'a>>,
    /// The caller as RCPs read it.
    pub(super) caller: Caller<'a>,
}

/// How the resource's own policy is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct ResourceSide<'a> {
    /// A trust policy or another.
    pub(super) policy_type: PolicyType,
    /// The caller.
    pub(super) caller: Caller<'a>,
    /// Its Deny statements do not hold (semantics:B5, the bucket owner's root user).
    pub(super) without_denies: bool,
    /// Whether such resources have policies at all is open (F32).
    pub(super) open: bool,
}

/// The layers of a policy set. What does not bear on the request is left out.
#[derive(Debug)]
pub(super) struct Layers {
    pub(super) identity: Option<Layer>,
    pub(super) permissions_boundary: Option<Layer>,
    pub(super) session: Option<Layer>,
    /// From the root down.
    pub(super) service_control: Vec<Layer>,
    /// From the root down.
    pub(super) resource_control: Vec<Layer>,
    pub(super) resource: Option<Layer>,
    /// How the resource's policy named the caller where it allows.
    pub(super) grants: Matched,
    pub(super) vpc_endpoint: Option<Layer>,
}

impl Layers {
    /// Evaluates every layer that bears on the request.
    pub(super) fn evaluate(
        scope: &mut Scope<'_>,
        policies: &PolicySet,
        sides: &Sides<'_>,
    ) -> Result<Self, EvaluationError> {
        let optional = |scope: &mut Scope<'_>, policy_type, policies: &Option<Vec<NamedPolicy>>| {
            let policies = policies.as_ref().filter(|_| sides.has_identity);
            policies.map(|policies| layer(scope, policy_type, None, policies)).transpose()
        };
        let identity = sides
            .has_identity
            .then(|| layer(scope, PolicyType::Identity, None, &policies.identity))
            .transpose()?;
        let permissions_boundary =
            optional(scope, PolicyType::PermissionsBoundary, &policies.permissions_boundary)?;
        let session = optional(scope, PolicyType::Session, &policies.session)?;
        let mut service_control = Vec::new();
        if sides.service_control {
            for level in &policies.service_control {
                let target = Some(&level.target);
                service_control.push(layer(scope, PolicyType::ServiceControl, target, &level.policies)?);
            }
        }
        let resource_control = resource_control(scope, policies, sides)?;
        let (resource, grants) = resource(scope, policies, sides)?;
        let vpc_endpoint = match (&policies.vpc_endpoint, sides.vpc_endpoint) {
            (Some(policies), Some(caller)) => Some(endpoint(scope, policies, caller)?),
            (Some(_) | None, _) => None,
        };
        Ok(Self {
            identity,
            permissions_boundary,
            session,
            service_control,
            resource_control,
            resource,
            grants,
            vpc_endpoint,
        })
    }

    /// The policies of an endpoint alone.
    pub(super) fn of_endpoint(layer: Layer) -> Self {
        Self {
            identity: None,
            permissions_boundary: None,
            session: None,
            service_control: Vec::new(),
            resource_control: Vec::new(),
            resource: None,
            grants: Matched::NONE,
            vpc_endpoint: Some(layer),
        }
    }

    /// All layers, in the order of [`super::trace::Trace::layers`].
    pub(super) fn iter(&self) -> impl Iterator<Item = &Layer> {
        self.identity
            .iter()
            .chain(&self.permissions_boundary)
            .chain(&self.session)
            .chain(&self.service_control)
            .chain(&self.resource_control)
            .chain(&self.resource)
            .chain(&self.vpc_endpoint)
    }

    /// As [`Layers::iter`], giving the layers away.
    pub(super) fn into_iter(self) -> impl Iterator<Item = Layer> {
        self.identity
            .into_iter()
            .chain(self.permissions_boundary)
            .chain(self.session)
            .chain(self.service_control)
            .chain(self.resource_control)
            .chain(self.resource)
            .chain(self.vpc_endpoint)
    }

    /// Some layer denies.
    pub(super) fn deny(&self) -> Truth {
        self.iter().fold(Truth::FALSE, |any, layer| any.or(layer.deny))
    }
}

impl Layer {
    /// The layer where it counts only if `truth` holds, which `touched` leaves open.
    fn restrict_deny(&mut self, truth: Truth, touched: Vec<TouchedPredicate>) {
        self.deny = self.deny.and(truth);
        if self.deny.is_certain() {
            self.deny_touched.clear();
        } else {
            self.deny_touched.extend(touched);
        }
        if !self.deny.value {
            self.trace.denying.clear();
        }
        self.trace.denies = self.deny.value;
    }
}

/// RCPs only deny: RCPFullAWSAccess, which allows everything, is attached at every level and cannot be detached
/// (semantics:B7).
fn resource_control(
    scope: &mut Scope<'_>,
    policies: &PolicySet,
    sides: &Sides<'_>,
) -> Result<Vec<Layer>, EvaluationError> {
    let mut layers = Vec::new();
    if sides.resource_control == Reach::Never {
        return Ok(layers);
    }
    for level in &policies.resource_control {
        let target = Some(&level.target);
        let (mut layer, _) =
            named_layer(scope, PolicyType::ResourceControl, target, &level.policies, Some(sides.caller))?;
        layer.allow = Truth::TRUE;
        layer.allow_touched.clear();
        layer.trace.allows = true;
        if sides.resource_control == Reach::Open && layer.deny.upper {
            let mark = scope.mark();
            let applies = scope.uncertain(true, false, true, || UncertainPredicate::choice(OpenPoint(15)));
            let touched = scope.take(mark);
            layer.restrict_deny(applies, touched);
        }
        layers.push(layer);
    }
    Ok(layers)
}

/// The resource's own policy.
fn resource(
    scope: &mut Scope<'_>,
    policies: &PolicySet,
    sides: &Sides<'_>,
) -> Result<(Option<Layer>, Matched), EvaluationError> {
    let (Some(policy), Some(side)) = (&policies.resource, sides.resource) else {
        return Ok((None, Matched::NONE));
    };
    let policy = std::slice::from_ref(policy);
    let (mut layer, mut grants) = named_layer(scope, side.policy_type, None, policy, Some(side.caller))?;
    if side.without_denies {
        layer.restrict_deny(Truth::FALSE, Vec::new());
    }
    if side.open && (layer.allow.upper || layer.deny.upper) {
        let mark = scope.mark();
        let has_policy = scope.uncertain(true, false, true, || UncertainPredicate::choice(OpenPoint(32)));
        let touched = scope.take(mark);
        layer.restrict_deny(has_policy, touched.clone());
        grants = grants.and(has_policy);
        layer.allow = layer.allow.and(has_policy);
        layer.trace.allows = layer.allow.value;
        layer.allow_touched.extend(touched);
        if !layer.allow.value {
            layer.trace.allowing.clear();
        }
    }
    Ok((Some(layer), grants))
}

/// The policies of a VPC endpoint.
pub(super) fn endpoint(
    scope: &mut Scope<'_>,
    policies: &[NamedPolicy],
    caller: Caller<'_>,
) -> Result<Layer, EvaluationError> {
    named_layer(scope, PolicyType::VpcEndpoint, None, policies, Some(caller)).map(|(layer, _)| layer)
}

/// What a question demands besides.
pub(super) fn demanded(scope: &mut Scope<'_>, level: &ControlLevel) -> Result<Layer, EvaluationError> {
    layer(scope, PolicyType::ServiceControl, Some(&level.target), &level.policies)
}

fn layer(
    scope: &mut Scope<'_>,
    policy_type: PolicyType,
    target: Option<&Arc<str>>,
    policies: &[NamedPolicy],
) -> Result<Layer, EvaluationError> {
    named_layer(scope, policy_type, target, policies, None).map(|(layer, _)| layer)
}

/// The union of `policies`, and by which forms its Allow statements name `caller`; policies without principals
/// concern everyone.
fn named_layer(
    scope: &mut Scope<'_>,
    policy_type: PolicyType,
    target: Option<&Arc<str>>,
    policies: &[NamedPolicy],
    caller: Option<Caller<'_>>,
) -> Result<(Layer, Matched), EvaluationError> {
    let mut layer = Layer {
        allow: Truth::FALSE,
        deny: Truth::FALSE,
        allow_touched: Vec::new(),
        deny_touched: Vec::new(),
        trace: LayerTrace {
            policy_type,
            target: target.cloned(),
            allows: false,
            denies: false,
            allowing: Vec::new(),
            denying: Vec::new(),
        },
    };
    let mut grants = Matched::NONE;
    for policy in policies {
        for statement in &policy.document.statements {
            let mark = scope.mark();
            let named = named(scope, statement, caller)?;
            let rest = if named.any().upper { matches(scope, statement, policy_type) } else { Truth::FALSE };
            let matched = named.and(rest);
            let touched = scope.take(mark);
            let truth = matched.any();
            let (noted, matching) = match statement.effect {
                Effect::Allow => {
                    layer.allow = layer.allow.or(truth);
                    grants = grants.or(&matched);
                    (&mut layer.allow_touched, &mut layer.trace.allowing)
                }
                Effect::Deny => {
                    layer.deny = layer.deny.or(truth);
                    (&mut layer.deny_touched, &mut layer.trace.denying)
                }
            };
            if !matched.is_certain() {
                noted.extend(touched);
            }
            if truth.value {
                matching.push(StatementReference::new(policy, policy_type, statement));
            }
        }
    }
    if grants.is_certain() {
        layer.allow_touched.clear();
    }
    if layer.deny.is_certain() {
        layer.deny_touched.clear();
    }
    layer.trace.allows = layer.allow.value;
    layer.trace.denies = layer.deny.value;
    Ok((layer, grants))
}

/// By which forms `statement` names `caller`.
fn named(
    scope: &mut Scope<'_>,
    statement: &Statement,
    caller: Option<Caller<'_>>,
) -> Result<Matched, EvaluationError> {
    match (&statement.principal, caller) {
        (None, None) => Ok(Matched::by(PrincipalForm::Everyone, Truth::TRUE)),
        (Some(element), Some(caller)) => Ok(principal_element(scope, element, statement.effect, caller)),
        (Some(_), None) => Err(EvaluationError::UnexpectedPrincipal { location: statement.location.clone() }),
        (None, Some(_)) => Err(EvaluationError::MissingPrincipal { location: statement.location.clone() }),
    }
}
