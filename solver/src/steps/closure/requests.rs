//! Who makes the requests of a primitive.

use super::super::cast::{MemberId, MemberKind, Origin};
use super::super::guard::{Binding, Guard};
use super::super::primitive::{Asked, Effect, On, Primitive};
use super::super::state::{Actor, Fact};
use super::{Cause, Event, Made, Mode, Searching};
use crate::theorem::Answers;

impl<A: Answers> Searching<'_, '_, A> {
    /// The requests of the first way that can be made; none if there is none.
    pub(super) fn ways(
        &mut self,
        place: usize,
        primitive: &Primitive,
        binding: &Binding,
    ) -> Option<Vec<Made>> {
        if !primitive.as_x.iter().all(|asked| self.may_itself(asked, binding)) {
            return None;
        }
        if primitive.passes_role() {
            // AWS checks iam:PassRole on whoever makes the call that passes the role.
            let all = self.actors.clone();
            for entry in &all {
                if !self.guards.may(self.answers, entry.1, "iam:PassRole") {
                    continue;
                }
                self.passer = Some(entry.clone());
                let found = self.way(place, primitive, binding);
                self.passer = None;
                if found.is_some() {
                    return found;
                }
            }
            return None;
        }
        self.way(place, primitive, binding)
    }

    pub(super) fn way(
        &mut self,
        place: usize,
        primitive: &Primitive,
        binding: &Binding,
    ) -> Option<Vec<Made>> {
        let mut made = Vec::new();
        // The call that passes the role is among the requests, or else in the first choice; what starts it may be another's.
        self.by_passer = true;
        let in_choice = primitive.requests.iter().all(|asked| asked.action == "iam:PassRole");
        for asked in &primitive.requests {
            made.push(self.by_somebody(place, primitive, asked, binding)?);
        }
        for (index, choice) in primitive.choices.iter().enumerate() {
            self.by_passer = in_choice && index == 0;
            let mut found = None;
            for way in choice {
                let mut all = Vec::new();
                for asked in way {
                    match self.by_somebody(place, primitive, asked, binding) {
                        Some(one) => all.push(one),
                        None => break,
                    }
                }
                if all.len() == way.len() {
                    found = Some(all);
                    break;
                }
            }
            made.extend(found?);
        }
        Some(made)
    }

    /// Whether X itself may make the request at some node.
    pub(super) fn may_itself(&mut self, asked: &Asked, binding: &Binding) -> bool {
        let Some(member) = binding.member else { return true };
        self.closure.facts.states(member).into_iter().any(|actor| {
            let Some(place) = self.guards.place(&actor) else { return true };
            let guard = self.guards.decide(self.answers, place, asked, &Binding::default(), false);
            match self.mode {
                Mode::May => !guard.is_blocked(),
                Mode::Exact => matches!(guard, Guard::Allowed(_)),
            }
        })
    }

    /// The request by somebody who is held; what stops everybody is noted.
    pub(super) fn by_somebody(
        &mut self,
        place: usize,
        primitive: &Primitive,
        asked: &Asked,
        binding: &Binding,
    ) -> Option<Made> {
        let account = binding
            .member
            .and_then(|member| self.cast().member(member))
            .map(super::super::cast::Member::account)
            .filter(|_| !crosses_accounts(&asked.action) && !primitive.is_of_organization())
            // A resource may let principals of other accounts in.
            .filter(|_| asked.on != On::Resource || binding.resource.is_none());
        let tagged = binding.member.is_some_and(|member| self.closure.facts.tagged.contains(&member));
        let facts = &self.closure.facts;
        let renamed = match (&binding.arn, binding.member) {
            (Some(arn), _) => facts.renamed_groups.contains(arn),
            (None, Some(member)) => facts.renamed.contains(&member),
            (None, None) => false,
        };
        let as_named = Binding { renamed, ..binding.clone() };
        let asked_about = &as_named;
        let actors: Vec<(Actor, usize)> = match account.and_then(|account| self.leaders.get(&account)) {
            Some(leader) if self.mode == Mode::Exact => {
                self.guards.place(leader).map(|place| (leader.clone(), place)).into_iter().collect()
            }
            Some(_) | None => match &self.passer {
                Some(passer) if self.by_passer || asked.action == "iam:PassRole" => vec![passer.clone()],
                // Who passes the role is asked first.
                Some(passer) => std::iter::once(passer.clone()).chain(self.actors.iter().cloned()).collect(),
                None => self.actors.clone(),
            },
        };
        let trusted = binding.member.filter(|_| asked.on == On::Target && asked.action == "sts:AssumeRole");
        for (actor, at) in actors {
            if trusted.is_some_and(|role| !actor.renamed && !self.guards.cast.may_trust(role, actor.member)) {
                continue;
            }
            if account.is_some_and(|account| {
                self.cast().member(actor.member).is_some_and(|member| member.account() != account)
            }) {
                continue;
            }
            if asked.action.eq_ignore_ascii_case("sts:AssumeRole") && binding.member == Some(actor.member) {
                continue;
            }
            if self.refused.contains(&(primitive.id.clone(), binding.clone(), actor.member)) {
                continue;
            }
            if !self.guards.may(self.answers, at, &asked.action) {
                continue;
            }
            let guard = self.guards.decide(self.answers, at, asked, asked_about, tagged);
            let fires = match (&guard, self.mode) {
                (Guard::Blocked(core), _) => {
                    self.closure.blocked.entry(place).or_default().extend(core.iter().cloned());
                    false
                }
                // What policies that nobody knows might grant of a resource is among what is missing.
                (Guard::Open(reason), Mode::May)
                    if primitive.effect == Effect::OpenResource && reason.code() == "resource-policies" =>
                {
                    false
                }
                (Guard::Allowed(_), _) | (Guard::Open(_), Mode::May) => true,
                (Guard::Open(_), Mode::Exact) => false,
            };
            if fires {
                return Some(Made { actor, place: at, asked: asked.clone(), guard });
            }
        }
        None
    }

    /// Roles that may be passed to a service which they trust, and of which somebody may do something: proofs count no more than that.
    pub(super) fn pass_roles(&mut self, found: &mut Vec<Event>) {
        let roles: Vec<MemberId> = self.cast().ids().collect();
        if !self.anybody_may("iam:PassRole") {
            return;
        }
        for role in roles {
            let Some(member) = self.cast().member(role) else { continue };
            let fact = Fact::Held(role, None);
            if member.kind != MemberKind::Role
                || member.origin != Origin::World
                || self.closure.facts.holds(&fact)
            {
                continue;
            }
            let services: Vec<String> = member.services.iter().cloned().collect();
            for service in services {
                let binding =
                    Binding { member: Some(role), services: vec![service.clone()], ..Binding::default() };
                let key = ringfence_model::context::ContextKey::new("iam:PassedToService");
                let asked = Asked {
                    action: "iam:PassRole".to_owned(),
                    uncatalogued: false,
                    on: On::Target,
                    keys: vec![(key, super::super::primitive::Said::Service)],
                };
                let Some(made) = self.by_role_passer(&asked, &binding, &service) else { continue };
                let round = self.closure.rounds;
                let gains = vec![fact.clone()];
                found.push(Event {
                    cause: Cause::Passed,
                    binding,
                    made: vec![made],
                    needs: Vec::new(),
                    gains,
                    round,
                });
                break;
            }
        }
    }

    /// Who may pass the role, where somebody may do anything with the service besides.
    pub(super) fn by_role_passer(&mut self, asked: &Asked, binding: &Binding, service: &str) -> Option<Made> {
        let role = binding.member?;
        let account = self.cast().member(role)?.account();
        let here: Vec<(Actor, usize)> = self
            .actors
            .iter()
            .filter(|(actor, _)| {
                self.cast().member(actor.member).is_some_and(|member| member.account() == account)
            })
            .cloned()
            .collect();
        let known = self.primitives.services.get(service).cloned();
        for (actor, place) in here {
            if !self.guards.may(self.answers, place, "iam:PassRole") {
                continue;
            }
            let guard = self.guards.decide(self.answers, place, asked, binding, false);
            if !guard.is_blocked() {
                // Of a service of which it is not known how it is used nothing can be told.
                let uses = known.as_ref().is_none_or(|prefixes| self.may_use(place, prefixes));
                if !uses {
                    let arn =
                        self.cast().member(role).map(|member| member.arn().to_owned()).unwrap_or_default();
                    self.closure.not_used.insert((arn, service.to_owned()));
                    continue;
                }
                return Some(Made { actor, place, asked: asked.clone(), guard });
            }
        }
        None
    }

    pub(super) fn may_use(&mut self, place: usize, prefixes: &[String]) -> bool {
        prefixes.iter().any(|prefix| self.guards.may_change(self.answers, place, prefix))
    }
}

/// Calls that principals of one account make about another.
pub(super) fn crosses_accounts(action: &str) -> bool {
    ["sts:", "sso:", "organizations:", "identitystore:", "sso-directory:"]
        .iter()
        .any(|service| action.get(..service.len()).is_some_and(|front| front.eq_ignore_ascii_case(service)))
}
