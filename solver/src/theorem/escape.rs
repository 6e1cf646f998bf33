//! T2 in one step: a single request by which a bounded principal leaves its boundary.

use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::ContextKey;

use super::approved_boundaries::ApprovedBoundaries;
use super::asking::{Asking, unbound};
use super::{Answers, allowed};
use crate::certificate::Certificate;
use crate::decimal::Decimal;
use crate::encode::form::session_name_characters;
use crate::query::{KeyDemand, Target, TargetResource};
use crate::subject::{Subject, SubjectKind};
use crate::verdict::{Reason, Verdict};
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
    if !approved.contains(&boundary) {
        let fact = format!("its permissions boundary {boundary} is not an approved one");
        return Verdict::Refuted(Box::new(Witness::new(Vec::new(), vec![fact])));
    }
    let asking = Asking { catalogue, constraint: None, as_of, besides: &[] };
    let kept = Kept {
        arn: subject.any_name.is_none().then_some(subject.arn.as_str()),
        is_user: matches!(subject.kind, SubjectKind::User { .. }),
        boundary: &boundary,
        taken: [&[], &[]],
    };
    by_what_exists(answers, subject, asking, |named| targets(catalogue, subject, kept, approved, named))
}

/// Whose boundary must stay as it is.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'k> {
    /// Its ARN; none where the subject stands for many, and each keeps its own.
    pub arn: Option<&'k str>,
    /// It is a user, not a role.
    pub is_user: bool,
    /// The boundary.
    pub boundary: &'k str,
    /// The ARNs of users, then of roles, that cannot be created, since the names are taken.
    pub taken: [&'k [Language]; 2],
}

/// The integrity of boundaries as far as one request of `subject` breaks it: somebody whose boundary must be `kept` sheds it or gets
/// another, a boundary that is not approved is put on anybody, a principal is created without an approved one, or an approved one
/// changes.
pub fn integrity(
    answers: &mut impl Answers,
    subject: &Subject,
    kept: Kept<'_>,
    approved: &ApprovedBoundaries,
    asking: Asking<'_>,
) -> Verdict {
    by_what_exists(answers, subject, asking, |named| {
        targets(asking.catalogue, subject, kept, approved, named)
    })
}

/// The verdict on targets that name policies as boundaries: refuted by a policy that may exist, inconclusive where only one that
/// AWS does not offer today could be named.
pub(super) fn by_what_exists(
    answers: &mut impl Answers,
    subject: &Subject,
    asking: Asking<'_>,
    targets: impl Fn(Named) -> Vec<Target>,
) -> Verdict {
    let today = unbound(answers, subject, allowed(targets(Named::Existing), asking.as_of));
    let Verdict::Proved(first) = today else { return today };
    match unbound(answers, subject, allowed(targets(Named::OfAwsToCome), asking.as_of)) {
        Verdict::Proved(second) => Verdict::Proved(Box::new(Certificate::joined(vec![*first, *second]))),
        Verdict::NotApplicable => Verdict::Proved(first),
        Verdict::Refuted(_) | Verdict::Inconclusive(_) => Verdict::Inconclusive(Reason::NotCovered {
            code: "policy-to-come",
            text: "no policy that exists could be named as the boundary, but a managed policy that AWS may add could".to_owned(),
        }),
    }
}

/// Every single request that breaks the integrity of the boundary (escalation:E1–E6, F1, F2).
fn targets(
    catalogue: &Catalogue,
    subject: &Subject,
    kept: Kept<'_>,
    approved: &ApprovedBoundaries,
    named: Named,
) -> Vec<Target> {
    let boundary = kept.boundary;
    let key = ContextKey::new("iam:PermissionsBoundary");
    // INVARIANT: the query does not grow with the number of approved boundaries: they are one language each time.
    let approved_here = approved.in_account(subject.account);
    let unapproved = approved.others(subject, named, false);
    let absent_or_unapproved = approved.others(subject, named, true);
    let current = KeyDemand::Value(Language::exactly(boundary));
    let other = others_than(subject, boundary, approved, named);
    let mut targets = Vec::new();
    let mut add = |name: &str, resource: Option<TargetResource>, demand: Option<&KeyDemand>| {
        if let (Some(action), Some(resource)) = (catalogue.find_action(name), resource) {
            let keys = demand.map(|demand| (key.clone(), demand.clone())).into_iter().collect();
            targets.push(Target::new(action, resource, keys));
        }
    };
    let resource_type = |name: &str| catalogue.find_resource_type("iam", name);
    let own = |name: &str| {
        let Some(arn) = kept.arn else {
            // Whoever it is, it is one of all.
            let any = |resource_type| TargetResource::Type { resource_type, names: Vec::new() };
            return resource_type(name).map(any);
        };
        resource_type(name)
            .map(|resource_type| TargetResource::Exactly { resource_type, arn: arn.to_owned() })
    };
    let any = |name: &str| {
        resource_type(name).map(|resource_type| TargetResource::Type { resource_type, names: Vec::new() })
    };
    if kept.is_user {
        add("iam:DeleteUserPermissionsBoundary", own("user"), Some(&current));
        for demand in &other {
            add("iam:PutUserPermissionsBoundary", own("user"), Some(demand));
        }
    } else {
        add("iam:DeleteRolePermissionsBoundary", own("role"), Some(&current));
        for demand in &other {
            add("iam:PutRolePermissionsBoundary", own("role"), Some(demand));
        }
    }
    for name in ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"] {
        let resource = resource_type("policy")
            .map(|resource_type| TargetResource::OneOf { resource_type, arns: approved_here.clone() });
        add(name, resource, None);
    }
    for pattern in approved.unknown_ones() {
        for name in ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"] {
            let resource = resource_type("policy").map(|resource_type| TargetResource::Within {
                resource_type,
                language: pattern.clone(),
                excluded: Vec::new(),
            });
            add(name, resource, None);
        }
    }
    let [users, roles] = kept.taken;
    let new = |name: &str, taken: &[Language]| {
        if taken.is_empty() {
            return any(name);
        }
        let front = format!("arn:{}:iam::{}:{name}/*", subject.partition, subject.account);
        let (language, excluded) = (Language::glob(&front), taken.to_vec());
        resource_type(name).map(|resource_type| TargetResource::Within { resource_type, language, excluded })
    };
    for demand in &absent_or_unapproved {
        add("iam:CreateRole", new("role", roles), Some(demand));
        add("iam:CreateUser", new("user", users), Some(demand));
    }
    for demand in &unapproved {
        add("iam:PutRolePermissionsBoundary", any("role"), Some(demand));
        add("iam:PutUserPermissionsBoundary", any("user"), Some(demand));
    }
    for pattern in approved.patterns() {
        let resource = resource_type("policy").map(|resource_type| TargetResource::Within {
            resource_type,
            language: pattern.clone(),
            excluded: vec![approved.existing()],
        });
        add("iam:CreatePolicy", resource, None);
    }
    targets
}

/// Which policies are named as a boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// Policies of the account, and those that AWS offers.
    Existing,
    /// Managed policies that AWS does not offer yet.
    OfAwsToCome,
}

/// Any boundary but `boundary`.
fn others_than(
    subject: &Subject,
    boundary: &str,
    approved: &ApprovedBoundaries,
    named: Named,
) -> Vec<KeyDemand> {
    let but = |(policies, malformed)| {
        KeyDemand::ValueOutside(policies, vec![Language::exactly(boundary), malformed])
    };
    match named {
        Named::Existing => vec![
            but(policy_arns(subject, &subject.account.to_string())),
            KeyDemand::ValueOutside(
                approved.of_aws_today(&subject.partition),
                vec![Language::exactly(boundary)],
            ),
        ],
        Named::OfAwsToCome => vec![but(policy_arns(subject, "aws"))],
    }
}

impl ApprovedBoundaries {
    /// What iam:PermissionsBoundary may be where no approved boundary is named: an ARN of a policy that is not approved; with `absent`
    /// also absent. A policy of the account whose ARN an approved pattern matches is approved if it exists, and cannot be named if
    /// it does not: IAM answers that it does not exist (IAM API Reference, NoSuchEntity).
    pub(super) fn others(&self, subject: &Subject, named: Named, absent: bool) -> Vec<KeyDemand> {
        let here = || self.in_account(subject.account).language().clone();
        match named {
            Named::Existing => {
                let (own, malformed) = policy_arns(subject, &subject.account.to_string());
                let mut excluded = vec![here(), malformed];
                excluded.extend(self.patterns().iter().cloned());
                let own = if absent {
                    KeyDemand::AbsentOrOutside(own, excluded)
                } else {
                    KeyDemand::ValueOutside(own, excluded)
                };
                vec![own, KeyDemand::ValueOutside(self.of_aws_today(&subject.partition), vec![here()])]
            }
            Named::OfAwsToCome => {
                let (of_aws, malformed) = policy_arns(subject, "aws");
                vec![KeyDemand::ValueOutside(of_aws, vec![here(), malformed])]
            }
        }
    }
}

/// ARNs that can be named as a boundary: policies of `account`, by a name and perhaps a path of any printable ASCII before
/// it. They are those of the first language that are not in the second.
fn policy_arns(subject: &Subject, account: &str) -> (Language, Language) {
    let mut start = LanguageBuilder::new();
    start.text(&format!("arn:{}:iam::{account}:policy", subject.partition));
    let mut arns = start.clone();
    arns.star(CharacterSet::from_ranges(vec![('!', '~')])).text("/").some(session_name_characters());
    start.one(CharacterSet::except('/')).star(CharacterSet::any());
    (arns.build(), start.build())
}

/// The verdict, but none that a request refutes which creates a user, role or policy that `exists` says is there: IAM refuses it
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>).
pub fn unless_it_exists(verdict: Verdict, exists: impl Fn(&str) -> bool) -> Verdict {
    let Verdict::Refuted(witness) = &verdict else { return verdict };
    let there = witness.requests().iter().map(|replayed| &replayed.request).find(|request| {
        ["iam:CreateRole", "iam:CreateUser", "iam:CreatePolicy"].contains(&request.action.as_str())
            && exists(&request.resource)
    });
    match there {
        Some(request) => Verdict::Inconclusive(Reason::NotCovered {
            code: "name-exists",
            text: format!("{} exists; whether another name may be created was not decided", request.resource),
        }),
        None => verdict,
    }
}
