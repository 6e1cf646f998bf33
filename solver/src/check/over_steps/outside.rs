//! Whether somebody acts outside the boundary with which a run began.

use std::sync::Arc;

use ringfence_model::policy::{Effect, NamedPolicy, PrincipalPattern, Statement};
use ringfence_model::policy_set::{ControlLevel, PolicySet};
use ringfence_model::world::Account;

use super::lacked::Lacking;
use super::{FIRSTS, Stepping};
use crate::encode::action::{concerns, may_match};
use crate::query::{Goal as QueryGoal, Query, Target};
use crate::steps::cast::{MemberId, listed_in};
use crate::steps::state::{Actor, Cap, Opened, Text};
use crate::subject::{Subject, SubjectKind};
use crate::theorem::asking::{joined, unbound};
use crate::theorem::{Answers, allowed, targets_of};
use crate::verdict::{Reason, Verdict};

impl Stepping<'_, '_> {
    /// Whether the actor makes a request that the document of the boundary with which the run began does not allow.
    pub(super) fn outside<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        actor: &Actor,
        subject: &Subject,
    ) -> Verdict {
        if self.is_act(actor) {
            return Verdict::NotApplicable;
        }
        let Some(member) = self.member(start) else { return Verdict::NotApplicable };
        let Some(boundary) = member.boundary.clone() else { return Verdict::NotApplicable };
        let Some(document) = self.guards.cast.document(member.account(), &boundary) else {
            let text = format!("the boundary {boundary} is not known");
            return Verdict::Inconclusive(Reason::NotCovered { code: "undecided", text });
        };
        let boundary = NamedPolicy { name: boundary, document };
        let begun_with = std::slice::from_ref(&boundary);
        // What an input lists is asked about first: a path through it takes nothing for granted.
        let world = self.guards.cast.world;
        let (listed, others): (Vec<&Opened>, Vec<&Opened>) =
            actor.opened.iter().partition(|(resource, ..)| listed_in(world, resource).is_some());
        let mut targets = self.grantable().to_vec();
        targets.extend(self.opened_targets(&listed));
        let mut granted = self.granted_past(answers, subject, begun_with, targets);
        if !others.is_empty() && !matches!(granted, Verdict::Refuted(_)) {
            let targets = self.opened_targets(&others);
            let more = self.granted_past(answers, subject, begun_with, targets);
            granted = joined(vec![granted, more]);
        }
        // The same document caps both, but for what policies of resources grant.
        let same = actor.cap == Cap::Policy(Arc::clone(&boundary.name), Text::Initial);
        if same || matches!(granted, Verdict::Refuted(_)) {
            return granted;
        }
        // What policies of resources grant was asked about: the rest is what identity policies do.
        let policies = if subject.kind == SubjectKind::Root {
            // Identity policies bind no root user: as an SCP the document allows the same to it.
            let target = Arc::clone(&boundary.name);
            let level = ControlLevel { target, policies: vec![boundary] };
            PolicySet { service_control: vec![level], ..PolicySet::default() }
        } else {
            PolicySet { identity: vec![boundary], ..PolicySet::default() }
        };
        let more = beyond(answers, self.plan.catalogue, subject, policies, self.plan.as_of.as_ref());
        joined(vec![granted, more])
    }

    /// Whether the policy of a resource lets the subject make one of the requests that these policies do not allow. What policies that nobody has
    /// shown let it do is open.
    pub(super) fn granted_past<A: Answers>(
        &mut self,
        answers: &mut A,
        subject: &Subject,
        begun_with: &[NamedPolicy],
        targets: Vec<Target>,
    ) -> Verdict {
        let as_of = self.plan.as_of.as_ref();
        let known = if targets.is_empty() {
            Verdict::NotApplicable
        } else {
            let of_effect = |effect: Effect| {
                let all = begun_with.iter().flat_map(|policy| &policy.document.statements);
                all.filter(move |statement| statement.effect == effect)
                    .map(|statement| Statement { effect: Effect::Allow, ..statement.clone() })
                    .collect::<Vec<_>>()
            };
            let question =
                Lacking { allows: vec![of_effect(Effect::Allow)], denies: of_effect(Effect::Deny) };
            question.ask(answers, subject, targets, as_of)
        };
        self.unless_unknown(known)
    }

    /// The verdict where all policies of resources are known; what is not refuted is open where some are not.
    pub(super) fn unless_unknown(&self, verdict: Verdict) -> Verdict {
        let is_unknown = |account: &Account| account.resource_policies.is_none();
        if !matches!(verdict, Verdict::Refuted(_) | Verdict::Inconclusive(_))
            && self.guards.cast.world.accounts.values().any(is_unknown)
        {
            let text = "a policy of a resource, which nothing shows, may let a session in".to_owned();
            return Verdict::Inconclusive(Reason::NotCovered { code: "resource-policies", text });
        }
        verdict
    }
}

/// The statement names principals of accounts, or everybody.
pub(super) fn may_name_somebody(statement: &Statement) -> bool {
    statement.principal.as_ref().is_some_and(|element| {
        element.negated
            || element
                .values
                .iter()
                .any(|value| matches!(value, PrincipalPattern::Everyone | PrincipalPattern::Aws(_)))
    })
}

/// Requests that the identity policies of the subject may allow, or that a root user may make: some first, then all.
pub(super) fn targets_of_identity(
    catalogue: &ringfence_model::catalogue::Catalogue,
    subject: &Subject,
    firsts: bool,
) -> Vec<Target> {
    let may = |statements: &[&Statement], service: &str, name: &str| {
        statements.iter().any(|statement| may_match(statement, service, name))
    };
    // A root user needs no identity policy.
    let mut levels: Vec<Vec<&Statement>> = if subject.kind == SubjectKind::Root {
        subject.policies.demanded.iter().map(|level| allows(&level.policies)).collect()
    } else {
        vec![allows(&subject.policies.identity)]
    };
    let bounded = subject.policies.permissions_boundary.as_deref().filter(|_| firsts).map(allows);
    levels.extend(bounded);
    let (mut targets, mut found) = (Vec::new(), 0);
    for actions in catalogue.actions().chunk_by(|left, right| left.service == right.service) {
        if firsts && found == FIRSTS {
            break;
        }
        let service = actions.first().map(|action| action.service.to_ascii_lowercase()).unwrap_or_default();
        let of_service: Vec<Vec<&Statement>> = levels
            .iter()
            .map(|level| level.iter().copied().filter(|one| concerns(&one.action, &[&service])).collect())
            .collect();
        if of_service.iter().any(Vec::is_empty) {
            continue;
        }
        let open = actions.iter().filter(|action| {
            let name = action.name.to_ascii_lowercase();
            of_service.iter().all(|level| may(level, &service, &name))
        });
        for action in open.take(if firsts { 1 } else { actions.len() }) {
            found += 1;
            let own = targets_of(catalogue, &action.full_name(), &[]);
            let wanted = if firsts { 1 } else { own.len() };
            targets.extend(own.into_iter().take(wanted));
        }
    }
    targets
}

/// The Allow statements of the policies.
fn allows(policies: &[NamedPolicy]) -> Vec<&Statement> {
    let all = policies.iter().flat_map(|policy| &policy.document.statements);
    all.filter(|statement| statement.effect == Effect::Allow).collect()
}

/// Whether the subject makes a request that these policies do not allow.
pub(super) fn beyond(
    answers: &mut impl Answers,
    catalogue: &ringfence_model::catalogue::Catalogue,
    subject: &Subject,
    policies: PolicySet,
    as_of: Option<&crate::decimal::Decimal>,
) -> Verdict {
    let goal = QueryGoal::AllowedBeyond(Box::new(policies));
    // Most who can do more can do something more of most services.
    for target in targets_of_identity(catalogue, subject, true) {
        let query = Query { goal: goal.clone(), ..allowed(vec![target], as_of) };
        let verdict = unbound(answers, subject, query);
        // Of somebody of any name nothing is ever refuted: what is open is as much as can be said.
        let open = matches!(verdict, Verdict::Inconclusive(_)) && subject.any_name.is_some();
        if open || matches!(verdict, Verdict::Refuted(_)) {
            return verdict;
        }
    }
    let targets = targets_of_identity(catalogue, subject, false);
    unbound(answers, subject, Query { goal, ..allowed(targets, as_of) })
}
