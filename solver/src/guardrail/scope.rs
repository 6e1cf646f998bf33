//! Whom a guardrail is about.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::world::World;

use crate::subject::{Subject, SubjectKind};
use crate::wildcard::Language;

/// A kind of principal, as a scope names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrincipalKind {
    /// An IAM user.
    User,
    /// A role.
    Role,
    /// The root user of an account.
    Root,
}

impl PrincipalKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::User, Self::Role, Self::Root];

    /// As ringfence.toml names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Root => "root",
        }
    }
}

/// Which principals a guardrail is about: those that each member that is not empty admits, but for `exclude`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrincipalScope {
    /// Wildcard patterns over ARNs; an account id stands for all principals of the account.
    pub include: Vec<String>,
    /// As `include`, and stronger.
    pub exclude: Vec<String>,
    /// Accounts.
    pub accounts: Vec<AccountId>,
    /// Ids of OUs, or of the organisation's root: the accounts below them, at any depth.
    pub organizational_units: Vec<String>,
    /// Wildcard patterns over IAM paths, such as `/app/*`. A root user has none.
    pub paths: Vec<String>,
    /// Tags that the principal must all carry: the key, and wildcard patterns of which one matches its value.
    pub tags: Vec<(String, Vec<String>)>,
    /// Kinds of principals.
    pub kinds: Vec<PrincipalKind>,
}

impl PrincipalScope {
    /// True if the subject is in the scope. `above` are the ids of the OUs and the root above its account.
    pub fn holds(&self, subject: &Subject, above: &BTreeSet<Arc<str>>) -> bool {
        let named = |patterns: &[String]| patterns.iter().any(|pattern| names(pattern, subject));
        let any = |empty: bool, holds: bool| empty || holds;
        let (kind, path) = match &subject.kind {
            SubjectKind::User { path, .. } => (Some(PrincipalKind::User), Some(path)),
            SubjectKind::Role { path, .. } => (Some(PrincipalKind::Role), Some(path)),
            SubjectKind::Root => (Some(PrincipalKind::Root), None),
            SubjectKind::Service { .. } | SubjectKind::Provider { .. } | SubjectKind::Anonymous => {
                (None, None)
            }
        };
        let on_path = || {
            path.is_some_and(|path| self.paths.iter().any(|pattern| Language::glob(pattern).accepts(path)))
        };
        let below = || self.organizational_units.iter().any(|unit| above.contains(unit.as_str()));
        any(self.include.is_empty(), named(&self.include))
            && !named(&self.exclude)
            && any(self.accounts.is_empty(), self.accounts.contains(&subject.account))
            && any(self.organizational_units.is_empty(), below())
            && any(self.paths.is_empty(), on_path())
            && any(self.kinds.is_empty(), kind.is_some_and(|kind| self.kinds.contains(&kind)))
            && self.tags.iter().all(|(key, patterns)| carries(subject, key, patterns))
    }
}

/// The subject carries the tag `key`, in any letter case as IAM has it, with a value that one of the patterns matches.
fn carries(subject: &Subject, key: &str, patterns: &[String]) -> bool {
    let matches = |value: &String| patterns.iter().any(|pattern| Language::glob(pattern).accepts(value));
    subject.tags.iter().any(|(own, value)| own.eq_ignore_ascii_case(key) && matches(value))
}

/// The ids of the OUs and the root above `account`.
pub fn above(world: &World, account: AccountId) -> BTreeSet<Arc<str>> {
    let organization = world.organization.as_ref();
    organization.map(|organization| organization.path(account).into_iter().collect()).unwrap_or_default()
}

/// An account id stands for the whole account; everything else is a wildcard pattern over the ARN.
fn names(pattern: &str, subject: &Subject) -> bool {
    pattern == subject.account.to_string() || pattern_matches(pattern, &subject.arn)
}

/// Whether the wildcard pattern matches all of `text`, an ARN, part by part; letter case counts.
pub fn pattern_matches(pattern: &str, text: &str) -> bool {
    Language::arn_pattern(pattern).accepts(text)
}
