//! Sessions of sts:AssumeRoot on the root user of a member account (semantics:A2, B10): who may be in one, and what its
//! task policy allows at most.
//!
//! Which task policy a session has is the choice of whoever makes it: one of five that AWS owns. Whether somebody makes such
//! a session is not asked, so that it is open: free for proofs, absent from refutations.

use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::ContextKey;

use super::Encoder;
use super::key::{Credential, KeyValue, Text};
use crate::formula::{Domain, Openness};
use crate::query::{Goal, Query};
use crate::subject::{Subject, SubjectKind};
use crate::term::{Term, Terms};

/// What some task policy does not deny altogether: everything else is denied in each of them.
const TASK_ACTIONS: [&str; 21] = [
    "iam:createloginprofile",
    "iam:deactivatemfadevice",
    "iam:deleteaccesskey",
    "iam:deleteloginprofile",
    "iam:deletesigningcertificate",
    "iam:deletevirtualmfadevice",
    "iam:getaccesskeylastused",
    "iam:getaccountsummary",
    "iam:getloginprofile",
    "iam:getuser",
    "iam:listaccesskeys",
    "iam:listmfadevices",
    "iam:listsigningcertificates",
    "s3:deletebucketpolicy",
    "s3:getbucketpolicy",
    "s3:listallmybuckets",
    "s3:putbucketpolicy",
    "sqs:getqueueattributes",
    "sqs:getqueueurl",
    "sqs:listqueues",
    "sqs:setqueueattributes",
];

/// Whether the query about the subject is also about a session of sts:AssumeRoot: of a root user that may have one, with a
/// task policy that may allow a target, or asked for by name.
pub(super) fn is_asked_about(query: &Query, subject: &Subject, catalogue: &Catalogue) -> bool {
    let asked = match query.goal {
        Goal::Allowed | Goal::AllowedBeyond(_) | Goal::AllowedUnlike(_) => true,
        Goal::NotGranted => false,
    };
    let named = ContextKey::new("aws:AssumedRoot");
    asked
        && subject.kind == SubjectKind::Root
        && subject.resources.may_be_member(subject.account)
        && query.targets.iter().any(|target| {
            let action = target.action.id().and_then(|id| catalogue.action(id));
            action.is_some_and(|action| is_task(&action.full_name().to_ascii_lowercase()))
                || target.keys.iter().any(|(key, _)| *key == named)
        })
}

fn is_task(action: &str) -> bool {
    TASK_ACTIONS.contains(&action)
}

impl Encoder<'_> {
    /// What must hold of a session of sts:AssumeRoot; none where there is none to ask about.
    pub(super) fn within_task(&mut self) -> Option<Term> {
        let assumed = self.credential(Credential::AssumedRoot);
        if assumed == Terms::FALSE || self.query.context.is_some() {
            return None;
        }
        let task = self.check_among(|check| is_task(&check.full_name()));
        Some(self.formula.terms.implies(assumed, task))
    }

    /// Where AWS refuses sts:AssumeRoot: its session is of the root user of a member account. Without organization.json
    /// nothing tells which accounts those are.
    pub(super) fn root_session_refused(&mut self) -> Term {
        if self.query.context.is_some() {
            return Terms::FALSE;
        }
        let resources = std::sync::Arc::clone(&self.subject.resources);
        let mut refused = Vec::new();
        for (index, check) in (0..).zip(self.part.checks.clone()) {
            if check.full_name() != "sts:assumeroot" {
                continue;
            }
            let account = check.target.owner.unwrap_or(self.subject.account);
            let chosen = self.formula.chosen(self.part.check, index);
            match resources.is_fellow_member(self.subject.account, account) {
                Some(true) => {}
                Some(false) => refused.push(chosen),
                None => {
                    let pinned = self.formula.pin(Openness::Organization);
                    refused.push(self.formula.terms.and([chosen, pinned]));
                }
            }
        }
        self.formula.terms.or(refused)
    }

    /// Nothing is refuted by a session of sts:AssumeRoot.
    pub(super) fn assert_root_session(&mut self) {
        let assumed = self.credential(Credential::AssumedRoot);
        if assumed == Terms::FALSE || self.query.context.is_some() {
            return;
        }
        let pinned = self.formula.pin(Openness::AssumedRootSession);
        let both = self.formula.terms.and([assumed, pinned]);
        let never = self.formula.terms.not(both);
        self.formula.assert(never);
    }

    /// aws:AssumedRoot: true in a session of sts:AssumeRoot, absent elsewhere.
    pub(super) fn assumed_root(&mut self) -> KeyValue {
        let assumed = self.credential(Credential::AssumedRoot);
        let value = KeyValue::Single(Text::Constant("true".to_owned()));
        self.choose(assumed, value, KeyValue::Absent)
    }

    /// aws:SourceIdentity of a root user: only whoever calls sts:AssumeRoot may have one, which the session then carries.
    pub(super) fn source_identity_of_root(&mut self) -> KeyValue {
        let assumed = self.credential(Credential::AssumedRoot);
        if assumed == Terms::FALSE {
            return KeyValue::Absent;
        }
        let (_, given) = self.formula.flag("aws:sourceidentity is present");
        let given = self.formula.terms.and([assumed, given]);
        let value = self.free_attribute("aws:sourceidentity", Domain::Text(None));
        self.choose(given, KeyValue::Single(Text::Attribute(value)), KeyValue::Absent)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::TASK_ACTIONS;

    /// Each task policy denies everything but the actions that its `NotAction` lists; together they are the table.
    #[test]
    fn the_embedded_task_policies_deny_everything_else() {
        let mut spared = BTreeSet::new();
        let mut policies = 0;
        for record in ringfence_model::managed::all().unwrap() {
            if !record.arn.contains(":policy/root-task/") {
                continue;
            }
            policies += 1;
            let document: serde_json::Value = serde_json::from_str(&record.text).unwrap();
            let all_others: Vec<&serde_json::Value> = document["Statement"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|one| {
                    one["Effect"] == "Deny" && one["Resource"] == "*" && one.get("Condition").is_none()
                })
                .filter_map(|one| one.get("NotAction"))
                .collect();
            let [list] = all_others.as_slice() else { panic!("{}", record.text) };
            spared.extend(list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_lowercase()));
        }
        assert_eq!(policies, 5);
        assert_eq!(spared, TASK_ACTIONS.iter().map(|name| (*name).to_owned()).collect());
    }
}
