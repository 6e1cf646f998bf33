//! What changes for one principal.

use std::sync::Arc;

use ringfence_model::catalogue::Catalogue;

use super::{Compared, Pair, Presence};
use crate::certificate::Certificate;
use crate::check::federation;
use crate::decimal::Decimal;
use crate::encode::action::future_targets;
use crate::encode::policy_type::needs_no_allow;
use crate::encode::statement::{all_statements, keys_of};
use crate::prove::difference::Surplus;
use crate::query::{Goal, Query, Target};
use crate::subject::{Subject, SubjectKind};
use crate::theorem::asking::unbound;
use crate::theorem::{Answers, allowed, targets_of};
use crate::verdict::{Reason, Verdict};

/// Services about which is asked first, so that what is shown is what matters most.
const FIRST: [&str; 4] = ["bedrock", "bedrock-mantle", "iam", "sts"];

/// Every action on each resource type that it takes, of what matters most first.
pub(super) fn all_targets(catalogue: &Catalogue) -> Vec<Target> {
    let rank = |service: &str| FIRST.iter().position(|first| *first == service).unwrap_or(FIRST.len());
    let mut actions: Vec<_> = catalogue.actions().iter().collect();
    // A stable sort: within a service the order stays.
    actions.sort_by_key(|action| rank(&action.service));
    actions.iter().flat_map(|action| targets_of(catalogue, &action.full_name(), &[])).collect()
}

/// What is asked of everybody.
pub(super) struct Asking<'a> {
    catalogue: &'a Catalogue,
    as_of: Option<&'a Decimal>,
    /// Every action on each resource type that it takes.
    targets: Vec<Target>,
}

impl<'a> Asking<'a> {
    pub(super) fn new(catalogue: &'a Catalogue, as_of: Option<&'a Decimal>) -> Self {
        Self { catalogue, as_of, targets: all_targets(catalogue) }
    }

    /// Whether `first` may do something that `second`, the same principal in another world, may not: refuted by a request for it.
    fn beyond(&self, answers: &mut impl Answers, first: &Subject, second: &Subject) -> Verdict {
        let surplus = Surplus::between(first, second);
        if surplus.is_nothing() {
            return Verdict::Proved(Box::new(Certificate::joined(Vec::new())));
        }
        if first.unique_id != second.unique_id && (asks_for_id(first) || asks_for_id(second)) {
            let text = "the principal was made anew, and a policy looks at its unique id".to_owned();
            return Verdict::Inconclusive(Reason::NotCovered { code: "unique-id", text });
        }
        let to_come = future_targets(&[&first.policies, &second.policies]);
        let all = self.targets.iter().chain(&to_come);
        let targets: Vec<Target> = all.flat_map(|target| surplus.narrowed(target, self.catalogue)).collect();
        if targets.is_empty() {
            return Verdict::Proved(Box::new(Certificate::joined(Vec::new())));
        }
        let other = Arc::new(elsewhere(first, second));
        let query = Query { goal: Goal::AllowedUnlike(other), ..allowed(targets, self.as_of) };
        unbound(answers, first, query)
    }

    /// Whether the subject may do anything for which it needs a permission: refuted by a request for it.
    fn anything(&self, answers: &mut impl Answers, subject: &Subject) -> Verdict {
        let needs = |target: &&Target| {
            let action = target.action.id().and_then(|id| self.catalogue.action(id));
            action.is_none_or(|action| {
                !needs_no_allow(&action.service.to_ascii_lowercase(), &action.name.to_ascii_lowercase())
            })
        };
        let to_come = future_targets(&[&subject.policies]);
        let targets: Vec<Target> = self.targets.iter().chain(&to_come).filter(needs).cloned().collect();
        unbound(answers, subject, allowed(targets, self.as_of))
    }
}

/// `second` as the same principal with the same session as `first`: how that comes about is asked where the request is allowed.
fn elsewhere(first: &Subject, second: &Subject) -> Subject {
    Subject {
        kind: first.kind.clone(),
        unique_id: first.unique_id.clone(),
        federation: first.federation,
        ..second.clone()
    }
}

/// Some statement that may bear on the subject looks at the unique id of the caller.
fn asks_for_id(subject: &Subject) -> bool {
    let all = all_statements(&subject.policies).chain(subject.resources.all_statements());
    all.flat_map(keys_of).any(|key| key.canonical() == "aws:userid")
}

impl Pair {
    /// What changes for the principal.
    pub(super) fn compared(&self, answers: &mut impl Answers, asking: &Asking<'_>) -> Compared {
        let subject = match self {
            Self::Both { new, .. } => new,
            Self::Added(subject) | Self::Removed(subject) => subject,
        };
        let (presence, gained, lost) = match self {
            Self::Both { old, new } => {
                let old = with_sessions(answers, asking.catalogue, old);
                let new = with_sessions(answers, asking.catalogue, new);
                let gained = asking.beyond(answers, &new, &old);
                (Presence::Both, gained, asking.beyond(answers, &old, &new))
            }
            Self::Added(new) => {
                let new = with_sessions(answers, asking.catalogue, new);
                (Presence::Added, asking.anything(answers, &new), Verdict::NotApplicable)
            }
            Self::Removed(old) => {
                let old = with_sessions(answers, asking.catalogue, old);
                (Presence::Removed, Verdict::NotApplicable, asking.anything(answers, &old))
            }
        };
        Compared { principal: subject.arn.clone(), account: subject.account, presence, gained, lost }
    }
}

/// The subject with what its federated sessions may be.
fn with_sessions(answers: &mut impl Answers, catalogue: &Catalogue, subject: &Subject) -> Subject {
    let mut subject = subject.clone();
    if matches!(subject.kind, SubjectKind::User { .. }) {
        subject.federation = federation(answers, catalogue, &subject);
    }
    subject
}
