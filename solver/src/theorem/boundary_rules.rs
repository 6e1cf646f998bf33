//! Guardrails about boundaries that hold for principals without one too: they are required of what is made, and nobody takes
//! or changes an approved one (escalation:E1–E7, F1, F2).

use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::ContextKey;

use super::Answers;
use super::approved_boundaries::ApprovedBoundaries;
use super::asking::Asking;
use super::escape::{Named, by_what_exists};
use crate::query::{KeyDemand, Target, TargetResource};
use crate::subject::Subject;
use crate::verdict::Verdict;

/// The actions about which [`creation`] asks.
pub const CREATION: [&str; 2] = ["iam:CreateRole", "iam:CreateUser"];
/// The actions about which [`protection`] asks.
pub const PROTECTION: [&str; 8] = [
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:DeletePolicy",
    "iam:CreatePolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
];

const BOUNDARY: &str = "iam:PermissionsBoundary";

struct Maker<'a> {
    catalogue: &'a Catalogue,
    targets: Vec<Target>,
}

impl Maker<'_> {
    fn add(&mut self, name: &str, resource: Option<TargetResource>, demand: Option<&KeyDemand>) {
        if let (Some(action), Some(resource)) = (self.catalogue.find_action(name), resource) {
            let keys = demand.map(|demand| (ContextKey::new(BOUNDARY), demand.clone())).into_iter().collect();
            self.targets.push(Target::new(action, resource, keys));
        }
    }

    fn any(&self, name: &str) -> Option<TargetResource> {
        let resource_type = self.catalogue.find_resource_type("iam", name)?;
        Some(TargetResource::Type { resource_type, names: Vec::new() })
    }
}

/// Whether `subject` may make a user or a role without an approved boundary.
pub fn creation(
    answers: &mut impl Answers,
    subject: &Subject,
    approved: &ApprovedBoundaries,
    asking: Asking<'_>,
) -> Verdict {
    by_what_exists(answers, subject, asking, |named| {
        creation_targets(asking.catalogue, subject, approved, named)
    })
}

/// Whether `subject` may change an approved boundary, or take one from somebody. Not applicable where nothing is approved in its
/// account.
pub fn protection(
    answers: &mut impl Answers,
    subject: &Subject,
    approved: &ApprovedBoundaries,
    asking: Asking<'_>,
) -> Verdict {
    if approved.in_account(subject.account).is_empty() && approved.patterns().is_empty() {
        return Verdict::NotApplicable;
    }
    by_what_exists(answers, subject, asking, |named| {
        protection_targets(asking.catalogue, subject, approved, named)
    })
}

/// Making a user or a role without an approved boundary.
fn creation_targets(
    catalogue: &Catalogue,
    subject: &Subject,
    approved: &ApprovedBoundaries,
    named: Named,
) -> Vec<Target> {
    let mut maker = Maker { catalogue, targets: Vec::new() };
    for demand in approved.others(subject, named, true) {
        maker.add("iam:CreateRole", maker.any("role"), Some(&demand));
        maker.add("iam:CreateUser", maker.any("user"), Some(&demand));
    }
    maker.targets
}

/// Taking an approved boundary from a principal, giving one that is not approved in its place, and changing, deleting or
/// making approved policies.
fn protection_targets(
    catalogue: &Catalogue,
    subject: &Subject,
    approved: &ApprovedBoundaries,
    named: Named,
) -> Vec<Target> {
    let own = approved.in_account(subject.account);
    let current = KeyDemand::Value(own.language().clone());
    let mut maker = Maker { catalogue, targets: Vec::new() };
    let policy = catalogue.find_resource_type("iam", "policy");
    if !own.is_empty() {
        for name in ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy"] {
            let resource =
                policy.map(|resource_type| TargetResource::OneOf { resource_type, arns: own.clone() });
            maker.add(name, resource, None);
        }
        maker.add("iam:DeleteRolePermissionsBoundary", maker.any("role"), Some(&current));
        maker.add("iam:DeleteUserPermissionsBoundary", maker.any("user"), Some(&current));
    }
    for pattern in approved.unknown_ones() {
        for name in ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy"] {
            let resource = policy.map(|resource_type| TargetResource::Within {
                resource_type,
                language: pattern.clone(),
                excluded: Vec::new(),
            });
            maker.add(name, resource, None);
        }
        let current = KeyDemand::Value(pattern.clone());
        maker.add("iam:DeleteRolePermissionsBoundary", maker.any("role"), Some(&current));
        maker.add("iam:DeleteUserPermissionsBoundary", maker.any("user"), Some(&current));
    }
    for demand in approved.others(subject, named, false) {
        maker.add("iam:PutRolePermissionsBoundary", maker.any("role"), Some(&demand));
        maker.add("iam:PutUserPermissionsBoundary", maker.any("user"), Some(&demand));
    }
    for pattern in approved.patterns() {
        let resource = policy.map(|resource_type| TargetResource::Within {
            resource_type,
            language: pattern.clone(),
            excluded: vec![approved.existing()],
        });
        maker.add("iam:CreatePolicy", resource, None);
    }
    maker.targets
}
