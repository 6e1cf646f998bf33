//! Whether somebody acts outside the boundary with which a run began.

use std::sync::Arc;

use ringfence_model::catalogue::Action;
use ringfence_model::policy::{Effect, NamedPolicy, PolicyDocument, PrincipalPattern, Statement};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::world::Account;

use super::lacked::Lacking;
use super::{FIRSTS, Stepping};
use crate::query::{Goal as QueryGoal, Query, Target};
use crate::steps::cast::MemberId;
use crate::steps::closure::Closure;
use crate::steps::state::{Actor, Cap, Fact, Text};
use crate::subject::Subject;
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
        let granted = self.granted_past(answers, subject, std::slice::from_ref(&boundary));
        // The same document caps both, but for what policies of resources grant.
        let same = actor.cap == Cap::Policy(Arc::clone(&boundary.name), Text::Initial);
        if same || matches!(granted, Verdict::Refuted(_)) {
            return granted;
        }
        // What policies of resources grant was asked about: the rest is what identity policies do.
        let policies = PolicySet { identity: vec![boundary], ..PolicySet::default() };
        let more = beyond(answers, self.plan.catalogue, subject, policies, self.plan.as_of.as_ref());
        joined(vec![granted, more])
    }

    /// Whether the policy of a resource lets the subject make a request that these policies do not allow. What policies that nobody has
    /// shown let it do is open.
    pub(super) fn granted_past<A: Answers>(
        &mut self,
        answers: &mut A,
        subject: &Subject,
        begun_with: &[NamedPolicy],
    ) -> Verdict {
        let targets = self.grantable();
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
            question.ask(answers, subject, targets.to_vec(), as_of)
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

    /// An action of somebody held that writes the policy of a resource, of a service that the boundary does not allow wholly anyway.
    pub(super) fn writes_policy_beyond<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        actors: &[Actor],
    ) -> Option<String> {
        let member = self.member(start)?;
        let document = self.guards.cast.document(member.account(), member.boundary.as_ref()?)?;
        for actor in actors {
            let Some(place) = self.guards.place(actor) else { continue };
            if !self.may_write.contains_key(&place) {
                let mut open = self.guards.open_actions(answers, place, &self.writers);
                if let Some(subject) = self.guards.subject(place) {
                    open.retain(|id| {
                        let name = self.plan.catalogue.action(*id).map(Action::full_name).unwrap_or_default();
                        let targets = targets_of(self.plan.catalogue, &name, &[]);
                        let verdict = unbound(answers, &subject, allowed(targets, self.plan.as_of.as_ref()));
                        // What the policy of a resource that nobody knows might grant is among what is missing.
                        let unknown = matches!(&verdict, Verdict::Inconclusive(reason) if reason.code() == "resource-policies");
                        !unknown && !matches!(verdict, Verdict::Proved(_))
                    });
                }
                self.may_write.insert(place, open);
            }
            let Some(may) = self.may_write.get(&place) else { continue };
            let rows = may.iter().filter_map(|id| self.plan.catalogue.action(*id));
            let beyond = rows.filter(|row| !allows_wholly(&document, &row.service));
            if let Some(row) = beyond.into_iter().next() {
                return Some(row.full_name());
            }
        }
        None
    }

    /// A primitive by which the run opens the policies of resources that the boundary does not allow wholly anyway.
    pub(super) fn opened_beyond(&self, start: MemberId, closed: &Closure) -> Option<String> {
        let member = self.member(start)?;
        let document = self.guards.cast.document(member.account(), member.boundary.as_ref()?)?;
        let beyond = |id: &str| {
            let Some(primitive) = self.primitives.find(id) else { return true };
            primitive.all_requests().any(|asked| {
                let service = asked.action.split(':').next().unwrap_or_default();
                !allows_wholly(&document, service)
            })
        };
        closed
            .facts
            .all()
            .find_map(|fact| if let Fact::Opened(id) = fact { beyond(id).then(|| id.clone()) } else { None })
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

/// The document allows every request of the service.
pub(super) fn allows_wholly(document: &PolicyDocument, service: &str) -> bool {
    let own = |pattern: &str| {
        pattern == "*"
            || pattern == "*:*"
            || pattern.strip_suffix(":*").is_some_and(|prefix| prefix.eq_ignore_ascii_case(service))
    };
    let may_be_of = |pattern: &str| {
        let prefix = pattern.split(':').next().unwrap_or_default();
        prefix.contains(['*', '?']) || prefix.eq_ignore_ascii_case(service)
    };
    let allows = |statement: &Statement| {
        statement.effect == Effect::Allow
            && statement.conditions.is_empty()
            && if statement.action.negated {
                // What names nothing of the service leaves nothing of it out.
                !statement.action.values.iter().any(|action| may_be_of(&action.0))
            } else {
                statement.action.values.iter().any(|action| own(&action.0))
            }
            && statement.resource.as_ref().is_some_and(|element| {
                !element.negated && element.values.iter().any(|value| value.raw == "*")
            })
    };
    let may_deny = |statement: &Statement| {
        statement.effect == Effect::Deny
            && (statement.action.negated || statement.action.values.iter().any(|action| may_be_of(&action.0)))
    };
    document.statements.iter().any(allows) && !document.statements.iter().any(may_deny)
}

/// Requests that the identity policies of the subject may allow: some first, then all.
pub(super) fn targets_of_identity(
    catalogue: &ringfence_model::catalogue::Catalogue,
    subject: &Subject,
    firsts: bool,
) -> Vec<Target> {
    let may = |policies: &[NamedPolicy], service: &str, name: &str| {
        let all = policies.iter().flat_map(|policy| &policy.document.statements);
        all.filter(|statement| statement.effect == Effect::Allow)
            .any(|statement| crate::encode::action::may_match(statement, service, name))
    };
    let bounded = subject.policies.permissions_boundary.as_deref();
    let (mut targets, mut services, mut found) = (Vec::new(), "", 0);
    for action in catalogue.actions() {
        if firsts && (found == FIRSTS || services == action.service.as_ref()) {
            continue;
        }
        let (service, name) = (action.service.to_ascii_lowercase(), action.name.to_ascii_lowercase());
        if !may(&subject.policies.identity, &service, &name) {
            continue;
        }
        if firsts && bounded.is_some_and(|boundary| !may(boundary, &service, &name)) {
            continue;
        }
        services = action.service.as_ref();
        found += 1;
        let own = targets_of(catalogue, &action.full_name(), &[]);
        let wanted = if firsts { 1 } else { own.len() };
        targets.extend(own.into_iter().take(wanted));
    }
    targets
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
