//! What a proof over steps says.

use std::collections::BTreeSet;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::policy::{Effect, PrincipalPattern};

use super::Stepping;
use crate::encode::owner::Naming;
use crate::query::{Target, TargetResource};
use crate::steps::cast::MemberId;
use crate::steps::closure::Closure;
use crate::steps::state::Fact;
use crate::steps::verdict::{ClosedSet, Goal};
use crate::subject::Subject;
use crate::theorem::asking::unbound;
use crate::theorem::{Answers, allowed};
use crate::verdict::Verdict;
use crate::wildcard::Language;

impl Stepping<'_, '_> {
    /// What a proof that the goal is not reached says, but for what stops each primitive: see [`Stepping::stopped`].
    pub(in crate::check) fn closed_set<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        goal: Goal,
    ) -> ClosedSet {
        let closed = self.closed(answers, start, goal);
        let closed = &closed.closure;
        let held = closed
            .facts
            .held
            .keys()
            .filter_map(|member| self.member(*member))
            .map(|member| member.arn().to_owned())
            .collect();
        let id = |place: &usize| self.primitives.primitives.get(*place).map(|known| known.id.clone());
        let fired: BTreeSet<usize> =
            closed.events.iter().filter_map(|event| event.cause.primitive()).collect();
        ClosedSet {
            held,
            facts: closed.facts.all().count(),
            rounds: closed.rounds,
            fired: fired.iter().filter_map(id).collect(),
            stopped: Vec::new(),
            unclassified: self.unclassified(answers, closed),
            not_used: closed.not_used.iter().cloned().collect(),
            beyond: self.beyond(answers, closed),
            shown: None,
        }
    }

    /// Who of those held may assume a role of an account that the world lacks, and that a trust policy or one of its own statements names.
    fn beyond<A: Answers>(&mut self, answers: &mut A, closed: &Closure) -> Vec<(String, String)> {
        let world = self.guards.cast.world;
        let trusts =
            world.accounts.values().flat_map(|account| &account.roles).map(|role| &role.trust.document);
        let admitting = trusts
            .flat_map(|trust| &trust.statements)
            .filter(|statement| statement.effect == Effect::Allow)
            .filter_map(|statement| statement.principal.as_ref())
            .flat_map(|element| &element.values);
        let named: BTreeSet<AccountId> = admitting
            .filter_map(|value| match value {
                PrincipalPattern::Aws(text) => {
                    AccountId::parse(Arn::parse(text).map_or(text.as_str(), |arn| arn.account))
                }
                PrincipalPattern::Everyone
                | PrincipalPattern::Service(_)
                | PrincipalPattern::Federated(_)
                | PrincipalPattern::CanonicalUser(_) => None,
            })
            .collect();
        let mut found = BTreeSet::new();
        for actor in closed.at_the_end() {
            let Some(place) = self.guards.place(&actor) else { continue };
            let Some(subject) = self.guards.subject(place) else { continue };
            let mut accounts = named.clone();
            accounts.extend(Naming::of(&subject).all());
            accounts.retain(|account| !world.accounts.contains_key(account));
            if accounts.is_empty() {
                continue;
            }
            let known = self.may_leave.entry(place).or_insert_with(|| {
                let targets = |account: &AccountId| roles_of(self.plan.catalogue, &subject, *account);
                let as_of = self.plan.as_of.as_ref();
                accounts.retain(|account| {
                    let verdict = unbound(answers, &subject, allowed(targets(account), as_of));
                    !matches!(verdict, Verdict::Proved(_) | Verdict::NotApplicable)
                });
                accounts
            });
            found.extend(known.iter().map(|account| (subject.arn.clone(), account.to_string())));
        }
        found.into_iter().collect()
    }

    /// Actions that change IAM, the organisation, Identity Center or Bedrock, that somebody held may ask for, and that neither a primitive
    /// nor the list of what is harmless names.
    pub(super) fn unclassified<A: Answers>(&mut self, answers: &mut A, closed: &Closure) -> Vec<String> {
        let mut found = BTreeSet::new();
        // What is proved of the world as it is does not hold once a run writes policies of roles and other resources.
        let as_it_is =
            !self.makes_roles(closed) && !closed.facts.all().any(|fact| matches!(fact, Fact::Opened(_)));
        for actor in closed.at_the_end() {
            let Some(place) = self.guards.place(&actor) else { continue };
            let may = self.may_uncovered.entry((place, as_it_is)).or_insert_with(|| {
                if as_it_is {
                    self.guards.possible_actions(answers, place, &self.uncovered)
                } else {
                    self.guards.open_actions(answers, place, &self.uncovered)
                }
            });
            found.extend(may.iter().copied());
        }
        let names = found.iter().filter_map(|id| self.plan.catalogue.action(*id));
        names.map(ringfence_model::catalogue::Action::full_name).collect()
    }
}

/// To assume some role of the account.
fn roles_of(
    catalogue: &ringfence_model::catalogue::Catalogue,
    subject: &Subject,
    account: AccountId,
) -> Vec<Target> {
    let (Some(action), Some(resource_type)) =
        (catalogue.find_action("sts:AssumeRole"), catalogue.find_resource_type("iam", "role"))
    else {
        return Vec::new();
    };
    let language = Language::glob(&format!("arn:{}:iam::{account}:role/*", subject.partition));
    let resource = TargetResource::Within { resource_type, language, excluded: Vec::new() };
    vec![Target { owner: Some(account), ..Target::new(action, resource, Vec::new()) }]
}
