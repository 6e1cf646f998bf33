//! What the policies of each type say about a request (semantics:B2, B3, B6, B8, B9).
//!
//! Identity policies, boundary, session policies and SCP levels are here. RCPs, endpoint policies and resource
//! policies have their place in [`Layers`] when they come.

use std::sync::Arc;

use super::error::EvaluationError;
use super::readings::TouchedPredicate;
use super::scope::Scope;
use super::statement::matches;
use super::trace::LayerTrace;
use super::truth::Truth;
use crate::policy::{Effect, NamedPolicy, PolicyType, Statement, StatementReference};
use crate::policy_set::PolicySet;

/// A union of policies: whether one of its statements allows, whether one denies.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) allow: Truth,
    pub(super) deny: Truth,
    pub(super) allow_touched: Vec<TouchedPredicate>,
    pub(super) deny_touched: Vec<TouchedPredicate>,
    pub(super) trace: LayerTrace,
}

/// The layers of a policy set.
#[derive(Debug)]
pub(super) struct Layers {
    pub(super) identity: Layer,
    pub(super) permissions_boundary: Option<Layer>,
    pub(super) session: Option<Layer>,
    /// From the root down. Empty if the principal is not subject to SCPs.
    pub(super) service_control: Vec<Layer>,
}

impl Layers {
    /// Evaluates every layer.
    pub(super) fn evaluate(
        scope: &mut Scope<'_>,
        policies: &PolicySet,
        subject_to_service_control: bool,
    ) -> Result<Self, EvaluationError> {
        let optional = |scope: &mut Scope<'_>, policy_type, policies: &Option<Vec<NamedPolicy>>| {
            policies.as_ref().map(|policies| layer(scope, policy_type, None, policies)).transpose()
        };
        let identity = layer(scope, PolicyType::Identity, None, &policies.identity)?;
        let permissions_boundary =
            optional(scope, PolicyType::PermissionsBoundary, &policies.permissions_boundary)?;
        let session = optional(scope, PolicyType::Session, &policies.session)?;
        let mut service_control = Vec::new();
        if subject_to_service_control {
            for level in &policies.service_control {
                let target = Some(&level.target);
                service_control.push(layer(scope, PolicyType::ServiceControl, target, &level.policies)?);
            }
        }
        Ok(Self { identity, permissions_boundary, session, service_control })
    }

    /// All layers, in the order of [`super::trace::Trace::layers`].
    pub(super) fn iter(&self) -> impl Iterator<Item = &Layer> {
        std::iter::once(&self.identity)
            .chain(&self.permissions_boundary)
            .chain(&self.session)
            .chain(&self.service_control)
    }

    /// As [`Layers::iter`], giving the layers away.
    pub(super) fn into_iter(self) -> impl Iterator<Item = Layer> {
        std::iter::once(self.identity)
            .chain(self.permissions_boundary)
            .chain(self.session)
            .chain(self.service_control)
    }
}

fn layer(
    scope: &mut Scope<'_>,
    policy_type: PolicyType,
    target: Option<&Arc<str>>,
    policies: &[NamedPolicy],
) -> Result<Layer, EvaluationError> {
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
    for policy in policies {
        for (index, statement) in policy.document.statements.iter().enumerate() {
            if statement.principal.is_some() {
                return Err(EvaluationError::UnexpectedPrincipal { location: statement.location.clone() });
            }
            let mark = scope.mark();
            let truth = matches(scope, statement, policy_type);
            let touched = scope.take(mark);
            let (side, noted, matching) = match statement.effect {
                Effect::Allow => (&mut layer.allow, &mut layer.allow_touched, &mut layer.trace.allowing),
                Effect::Deny => (&mut layer.deny, &mut layer.deny_touched, &mut layer.trace.denying),
            };
            *side = side.or(truth);
            noted.extend(touched);
            if truth.value {
                matching.push(reference(policy, policy_type, index, statement));
            }
        }
    }
    if layer.allow.is_certain() {
        layer.allow_touched.clear();
    }
    if layer.deny.is_certain() {
        layer.deny_touched.clear();
    }
    layer.trace.allows = layer.allow.value;
    layer.trace.denies = layer.deny.value;
    Ok(layer)
}

fn reference(
    policy: &NamedPolicy,
    policy_type: PolicyType,
    index: usize,
    statement: &Statement,
) -> StatementReference {
    StatementReference {
        policy: Arc::clone(&policy.name),
        policy_type,
        statement: index,
        sid: statement.sid.clone(),
        location: statement.location.clone(),
    }
}
