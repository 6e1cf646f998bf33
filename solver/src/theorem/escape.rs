//! T2 in one step: a single request by which a bounded principal leaves its boundary.

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::ContextKey;

use super::{Answers, allowed};
use crate::decimal::Decimal;
use crate::encode::form::session_name_characters;
use crate::query::{KeyDemand, Target, TargetResource};
use crate::subject::{Subject, SubjectKind};
use crate::verdict::Verdict;
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};
use crate::witness::Witness;

/// The actions that T2 asks about.
pub const ACTIONS: [&str; 9] = [
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:CreatePolicy",
    "iam:CreateRole",
    "iam:CreateUser",
];

/// The boundaries that count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApprovedBoundaries {
    /// ARNs of policies that exist now, ascending.
    pub arns: Vec<String>,
    /// The patterns that approved them, if the configuration has any; a new policy may match one.
    pub patterns: Vec<String>,
    /// ARNs of all customer-managed policies, ascending.
    pub existing: Vec<String>,
}

impl ApprovedBoundaries {
    /// Those that principals of `account` can carry: the account's own and AWS managed ones.
    fn in_account(&self, account: AccountId) -> impl Iterator<Item = &String> {
        let wanted = account.to_string();
        self.arns.iter().filter(move |arn| {
            Arn::parse(arn).is_some_and(|arn| arn.account == wanted || arn.account == "aws")
        })
    }
}

/// T2 in its one-step form. Not applicable without a boundary; refuted by a fact if the boundary is not approved.
pub fn verdict(
    answers: &mut impl Answers,
    catalogue: &Catalogue,
    subject: &Subject,
    approved: &ApprovedBoundaries,
    as_of: Option<&Decimal>,
) -> Verdict {
    let Some(boundary) = subject.policies.permissions_boundary.as_ref().and_then(|found| found.first())
    else {
        return Verdict::NotApplicable;
    };
    let boundary = boundary.name.to_string();
    if !approved.arns.contains(&boundary) {
        let fact = format!("its permissions boundary {boundary} is not an approved one");
        return Verdict::Refuted(Box::new(Witness::new(Vec::new(), vec![fact])));
    }
    let query = allowed(targets(catalogue, subject, &boundary, approved), as_of);
    answers.answer(&query, subject)
}

/// Every single request that breaks the integrity of the boundary (escalation:E1–E6, F1, F2).
fn targets(
    catalogue: &Catalogue,
    subject: &Subject,
    boundary: &str,
    approved: &ApprovedBoundaries,
) -> Vec<Target> {
    let key = ContextKey::new("iam:PermissionsBoundary");
    let (policies, malformed) = policy_arns(subject);
    // INVARIANT: the query does not grow with the number of approved boundaries: they are one language each time.
    let approved_here: Vec<String> = approved.in_account(subject.account).cloned().collect();
    let approved_arns = vec![Language::one_of(approved_here.iter().cloned()), malformed.clone()];
    let unapproved = KeyDemand::ValueOutside(policies.clone(), approved_arns.clone());
    let other = KeyDemand::ValueOutside(policies.clone(), vec![Language::exactly(boundary), malformed]);
    let current = KeyDemand::Value(Language::exactly(boundary));
    let absent_or_unapproved = KeyDemand::AbsentOrOutside(policies, approved_arns);
    let mut targets = Vec::new();
    let mut add = |name: &str, resource: Option<TargetResource>, demand: Option<&KeyDemand>| {
        if let (Some(action), Some(resource)) = (catalogue.find_action(name), resource) {
            let keys = demand.map(|demand| (key.clone(), demand.clone())).into_iter().collect();
            targets.push(Target::new(action, resource, keys));
        }
    };
    let resource_type = |name: &str| catalogue.find_resource_type("iam", name);
    let own = |name: &str| {
        resource_type(name)
            .map(|resource_type| TargetResource::Exactly { resource_type, arn: subject.arn.clone() })
    };
    let any = |name: &str| {
        resource_type(name).map(|resource_type| TargetResource::Type { resource_type, names: Vec::new() })
    };
    match subject.kind {
        SubjectKind::User { .. } => {
            add("iam:DeleteUserPermissionsBoundary", own("user"), Some(&current));
            add("iam:PutUserPermissionsBoundary", own("user"), Some(&other));
        }
        SubjectKind::Role { .. } => {
            add("iam:DeleteRolePermissionsBoundary", own("role"), Some(&current));
            add("iam:PutRolePermissionsBoundary", own("role"), Some(&other));
        }
        SubjectKind::Root
        | SubjectKind::Service { .. }
        | SubjectKind::Provider { .. }
        | SubjectKind::Anonymous => {}
    }
    for name in ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"] {
        let resource = resource_type("policy")
            .map(|resource_type| TargetResource::OneOf { resource_type, arns: approved_here.clone() });
        add(name, resource, None);
    }
    add("iam:CreateRole", any("role"), Some(&absent_or_unapproved));
    add("iam:CreateUser", any("user"), Some(&absent_or_unapproved));
    add("iam:PutRolePermissionsBoundary", any("role"), Some(&unapproved));
    add("iam:PutUserPermissionsBoundary", any("user"), Some(&unapproved));
    for pattern in &approved.patterns {
        let resource = resource_type("policy").map(|resource_type| TargetResource::Within {
            resource_type,
            language: Language::arn_pattern(pattern),
            excluded: vec![Language::one_of(approved.existing.iter().cloned())],
        });
        add("iam:CreatePolicy", resource, None);
    }
    targets
}

/// ARNs that can be named as a boundary: customer-managed policies of the account and AWS managed ones, by a name and
/// perhaps a path of any printable ASCII before it. They are those of the first language that are not in the second.
fn policy_arns(subject: &Subject) -> (Language, Language) {
    let mut start = LanguageBuilder::new();
    start
        .text(&format!("arn:{}:iam::", subject.partition))
        .alternatives([subject.account.to_string(), "aws".to_owned()])
        .text(":policy");
    let mut arns = start.clone();
    arns.star(CharacterSet::from_ranges(vec![('!', '~')])).text("/").some(session_name_characters());
    start.one(CharacterSet::except('/')).star(CharacterSet::any());
    (arns.build(), start.build())
}
