//! What the evaluator says of the request of a combination.

use std::collections::BTreeSet;

use ringfence_model::evaluate::{
    ChosenReadings, Evaluation, EvaluationError, SpecialRule, complete_context, evaluate, further_checks,
};
use ringfence_model::policy::{PolicyType, StatementReference};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::request::{Decision, Request};

use super::Claimed;
use crate::decode::Decoded;
use crate::formula::Layer;

/// What the evaluator says of a call.
#[derive(Debug)]
pub(super) struct Decided {
    /// All its checks are allowed, and the session can have begun.
    pub(super) allowed: bool,
    /// All checks were decided by the layers of policies.
    pub(super) by_layers: bool,
    /// What AWS refuses besides policies, or what no policy in the world says, had a say.
    pub(super) by_rule: bool,
    /// The Deny statements that match, of any check.
    pub(super) denying: BTreeSet<StatementReference>,
    /// Layers of the caller's side without an Allow that matches, of some check.
    pub(super) silent: BTreeSet<Layer>,
}

/// By what a call is decided.
#[derive(Clone, Copy, Debug)]
pub(super) enum By<'p> {
    /// The policies that decide it.
    Own,
    /// These in place of the caller's own.
    Others(&'p PolicySet),
    /// Those of the other world that the query is about.
    Elsewhere,
}

/// What the evaluator says of the call.
pub(super) fn call(
    claimed: &Claimed<'_>,
    decoded: &Decoded,
    readings: &ChosenReadings,
    by: By<'_>,
) -> Result<Decided, EvaluationError> {
    let mut decided = Decided {
        allowed: true,
        by_layers: true,
        by_rule: false,
        denying: BTreeSet::new(),
        silent: BTreeSet::new(),
    };
    let elsewhere = decoded.elsewhere.as_ref().map(|elsewhere| &elsewhere.checks);
    let checks = match by {
        By::Own | By::Others(_) => &decoded.checks,
        By::Elsewhere => elsewhere.unwrap_or(&decoded.checks),
    };
    for (request, policies) in checks {
        let policies = match by {
            By::Own | By::Elsewhere => policies.clone(),
            By::Others(other) => PolicySet {
                session: policies.session.clone(),
                resource: policies.resource.clone(),
                resource_control: policies.resource_control.clone(),
                ..other.clone()
            },
        };
        for request in std::iter::once(request.clone()).chain(further_checks(request)) {
            let evaluation = said(claimed, &request, &policies, readings)?;
            decided.add(evaluation);
        }
    }
    let Some(ways) = decoded.beginnings.as_ref().filter(|_| decided.allowed && matches!(by, By::Own)) else {
        return Ok(decided);
    };
    let mut begins = false;
    for checks in ways {
        if checks.first().is_none_or(|(request, _)| !is_by_maker(request, decoded)) {
            continue;
        }
        let mut all = true;
        for (request, policies) in checks {
            all = all && said(claimed, request, policies, readings)?.decision == Decision::Allow;
        }
        begins = begins || all;
    }
    decided.allowed = begins;
    // Which makers there are to try is not told by what is asked.
    decided.by_rule |= !begins;
    Ok(decided)
}

/// The call that begins the session is made by somebody of whom all is so that the combination says.
fn is_by_maker(request: &Request, decoded: &Decoded) -> bool {
    let whole = complete_context(request);
    decoded.maker.iter().all(|(key, value)| whole.context.get(key) == value.as_ref())
}

fn said(
    claimed: &Claimed<'_>,
    request: &Request,
    policies: &PolicySet,
    readings: &ChosenReadings,
) -> Result<Evaluation, EvaluationError> {
    evaluate(&complete_context(request), policies, claimed.catalogue, readings)
}

impl Decided {
    fn add(&mut self, evaluation: Evaluation) {
        self.allowed &= evaluation.decision == Decision::Allow;
        self.by_layers &= !evaluation.trace.layers.is_empty();
        self.by_rule |= evaluation.trace.rules.iter().any(|rule| is_beside_policies(*rule));
        // A session of sts:AssumeRoot has the rights of its session policy; where none is known the trace has no layer to show.
        let has_session_policy =
            evaluation.trace.layers.iter().any(|layer| layer.policy_type == PolicyType::Session);
        if evaluation.trace.rules.contains(&SpecialRule::AssumedRoot) && !has_session_policy {
            self.silent.insert(Layer::Session);
        }
        for layer in evaluation.trace.layers {
            if !layer.allows {
                let target = layer.target.as_deref().unwrap_or_default();
                self.silent.extend(match layer.policy_type {
                    PolicyType::Identity => Some(Layer::Identity),
                    PolicyType::PermissionsBoundary => Some(Layer::PermissionsBoundary),
                    PolicyType::Session => Some(Layer::Session),
                    PolicyType::ServiceControl => Some(Layer::ServiceControl(target.to_owned())),
                    PolicyType::ResourceControl
                    | PolicyType::Resource
                    | PolicyType::Trust
                    | PolicyType::VpcEndpoint => None,
                });
            }
            self.denying.extend(layer.denying);
        }
    }
}

/// Rules by which the evaluator denies what no policy of the caller does.
fn is_beside_policies(rule: SpecialRule) -> bool {
    match rule {
        SpecialRule::CredentialLimit
        | SpecialRule::AssumedRoot
        | SpecialRule::ResourceMustAllow
        | SpecialRule::PublicAccessBlocked
        | SpecialRule::ProvidersOnly
        | SpecialRule::NoSessionPolicy
        | SpecialRule::AnotherAccount
        | SpecialRule::OwnAccountOnly
        | SpecialRule::OwnedByAws
        | SpecialRule::FurtherCalls => true,
        SpecialRule::NoPermissionNeeded
        | SpecialRule::RootUser
        | SpecialRule::ServiceLinkedRole
        | SpecialRule::OutsideResourceControl
        | SpecialRule::NoResourcePolicy
        | SpecialRule::ResourceAlone
        | SpecialRule::AcrossAccounts
        | SpecialRule::BucketOwnersRootUser
        | SpecialRule::NotPrincipalAndBoundary
        | SpecialRule::OwnRole => false,
    }
}
