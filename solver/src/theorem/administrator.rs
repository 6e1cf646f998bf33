//! Who is an administrator: never known by a name, only by what its identity policies allow.

use std::sync::Arc;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::policy_set::PolicySet;

use super::{Answers, targets_of};
use crate::query::{Goal, Query};
use crate::subject::Subject;
use crate::verdict::Verdict;

/// The actions by which a principal can become any other.
const ACTIONS: [&str; 4] =
    ["iam:AttachRolePolicy", "iam:CreatePolicyVersion", "iam:PassRole", "sts:AssumeRole"];

/// True exactly if the subject has no boundary and its identity policies alone allow all four actions on every
/// resource in every context, under every reading of the open points, and such a request of it is shown.
pub fn is_administrator(answers: &mut impl Answers, catalogue: &Catalogue, subject: &Subject) -> bool {
    if subject.policies.permissions_boundary.is_some() || subject.policies.identity.is_empty() {
        return false;
    }
    let targets: Vec<_> = ACTIONS.iter().flat_map(|name| targets_of(catalogue, name, &[])).collect();
    if targets.len() < ACTIONS.len() {
        return false;
    }
    let alone = Subject {
        policies: PolicySet { identity: subject.policies.identity.clone(), ..PolicySet::default() },
        resources: Arc::default(),
        ..subject.clone()
    };
    let query = |goal| Query { targets: targets.clone(), goal, context: None, as_of: None };
    // Who can make no request at all, such as a role that nobody can assume, is no administrator: a request is shown, since that no proof of the
    // contrary is there says nothing.
    answers.is_impossible(&query(Goal::NotGranted), &alone)
        && matches!(answers.answer(&query(Goal::Allowed), &alone), Verdict::Refuted(_))
}
