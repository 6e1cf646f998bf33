//! What a denial rests on: the minimal core of the proof, with the statements of each layer that come into question.

use std::collections::BTreeSet;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::policy::{Effect, NamedPolicy, PolicyType, Statement, StatementReference};

use super::Targets;
use crate::encode::action::{ActionMatch, action_match};
use crate::formula::{Layer, Restriction};
use crate::subject::Subject;

/// The calls by which the session of a role begins, and the checks that they make besides.
const SESSION_CALLS: [&str; 5] =
    ["assumerole", "assumerolewithsaml", "assumerolewithwebidentity", "tagsession", "setsourceidentity"];

/// One of the grounds of a denial; together they stop every request of the question, and none of them is superfluous.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// This Deny statement.
    Deny(StatementReference),
    /// This layer must allow and does not.
    Layer {
        /// The layer.
        layer: Layer,
        /// The layer's Allow statements that name an action of the question: what they allow is not enough. Empty if
        /// none does.
        statements: Vec<StatementReference>,
    },
    /// Only in a session that this call makes would the principal get past the other grounds, and it cannot make one.
    NoSession {
        /// The call.
        call: &'static str,
        /// What stops that call.
        because: Vec<Ground>,
    },
}

/// The grounds that the core of a proof stands for.
pub(super) fn grounds(
    core: &BTreeSet<Restriction>,
    targets: &Targets,
    subject: &Subject,
    catalogue: &Catalogue,
) -> Vec<Ground> {
    core.iter()
        .map(|restriction| match restriction {
            Restriction::Statement(statement) => Ground::Deny(statement.clone()),
            Restriction::Layer(layer) => Ground::Layer {
                layer: layer.clone(),
                statements: allowing(layer, targets, subject, catalogue),
            },
        })
        .collect()
}

fn allowing(
    layer: &Layer,
    targets: &Targets,
    subject: &Subject,
    catalogue: &Catalogue,
) -> Vec<StatementReference> {
    let mut names: Vec<(String, String)> = targets
        .all()
        .filter_map(|target| catalogue.action(target.action.id()?))
        .map(|action| (action.service.to_ascii_lowercase(), action.name.to_ascii_lowercase()))
        .collect();
    names.dedup();
    if *layer == Layer::Trust {
        // Whatever the question, sessions begin by one of these.
        names = SESSION_CALLS.iter().map(|name| ("sts".to_owned(), (*name).to_owned())).collect();
    }
    let (policy_type, policies) = policies(layer, subject);
    let mut found = Vec::new();
    for policy in policies {
        for statement in &policy.document.statements {
            if statement.effect == Effect::Allow
                && names.iter().any(|(service, name)| may_name(statement, service, name))
            {
                found.push(StatementReference::new(policy, policy_type, statement));
            }
        }
    }
    found
}

/// Whether the statement's actions may include `service:name`, under some reading.
fn may_name(statement: &Statement, service: &str, name: &str) -> bool {
    let best = statement
        .action
        .values
        .iter()
        .map(|pattern| action_match(pattern, service, name))
        .max()
        .unwrap_or(ActionMatch::No);
    if statement.action.negated { best != ActionMatch::Yes } else { best != ActionMatch::No }
}

/// The policies of a layer.
fn policies<'s>(layer: &Layer, subject: &'s Subject) -> (PolicyType, &'s [NamedPolicy]) {
    let set = &subject.policies;
    match layer {
        Layer::Identity => (PolicyType::Identity, &set.identity),
        Layer::PermissionsBoundary => {
            (PolicyType::PermissionsBoundary, set.permissions_boundary.as_deref().unwrap_or_default())
        }
        Layer::Session => (PolicyType::Session, set.session.as_deref().unwrap_or_default()),
        Layer::ServiceControl(target) => {
            let level = set.service_control.iter().find(|level| *level.target == **target);
            (PolicyType::ServiceControl, level.map_or(&[], |level| level.policies.as_slice()))
        }
        Layer::Demanded(_) => (PolicyType::ServiceControl, &[]),
        Layer::Resource => (PolicyType::Resource, &[]),
        Layer::VpcEndpoint => (PolicyType::VpcEndpoint, &[]),
        Layer::CredentialLimits | Layer::Refusals => (PolicyType::Identity, &[]),
        Layer::Trust => (PolicyType::Trust, subject.kind.trust().map_or(&[], std::slice::from_ref)),
    }
}
