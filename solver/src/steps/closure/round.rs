//! One round of a fixpoint: who can act, and what that leads to.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use ringfence_model::arn::AccountId;

use super::super::cast::{Member, MemberKind, Origin};
use super::super::guard::Binding;
use super::super::primitive::Effect;
use super::super::state::{Cap, Fact};
use super::super::tags::TagCell;
use super::{Cause, Event, Mode, ROUNDS, Searching, Standing};
use crate::theorem::Answers;
use crate::wrong::{WrongEngine, is_engine_on};

impl<A: Answers> Searching<'_, '_, A> {
    pub(super) fn round(&mut self) {
        self.fixpoint.closure.rounds += 1;
        self.fixpoint.made += 1;
        self.gather();
        let before = self.fixpoint.closure.events.len();
        self.take_accounts();
        self.make_round(false);
        // Who is made anew has lost its policies: a path takes that only where nothing else leads on.
        if self.fixpoint.mode == Mode::Exact && self.fixpoint.closure.events.len() == before {
            self.make_round(true);
        }
        if self.fixpoint.mode == Mode::May {
            let mut found = Vec::new();
            self.pass_roles(&mut found);
            self.free_names(&mut found);
            for event in found {
                self.take(event);
            }
        }
        self.consequences();
        if self.fixpoint.closure.events.len() == before || is_engine_on(WrongEngine::OneRound) {
            self.fixpoint.done = true;
        } else if self.fixpoint.made >= ROUNDS {
            self.fixpoint.closure.cut_off = true;
            self.fixpoint.done = true;
        }
    }

    /// Fires every primitive; in paths those that make somebody anew, or all others. What a path would take for granted comes last there: what
    /// it leads to may hold without that.
    fn make_round(&mut self, anew: bool) {
        let mut assuming = Vec::new();
        for place in 0..self.primitives.primitives.len() {
            let recreates = self
                .primitives
                .primitives
                .get(place)
                .is_some_and(|primitive| primitive.effect == Effect::Recreate);
            if self.fixpoint.mode == Mode::Exact && recreates != anew {
                continue;
            }
            let mut found = Vec::new();
            self.fire_all(place, &mut found);
            let primitive = self.primitives.primitives.get(place);
            for event in found {
                if self.fixpoint.mode == Mode::Exact
                    && primitive.is_some_and(|known| known.assumes(event.binding.resource.is_some()))
                {
                    assuming.push(event);
                } else {
                    self.take(event);
                }
            }
        }
        for event in assuming {
            self.take(event);
        }
    }

    /// Who can act now: those first who can do most.
    fn gather(&mut self) {
        let mut actors = Vec::new();
        for actor in self.fixpoint.closure.facts.actors() {
            if self.fixpoint.stops.contains(&actor.member) {
                continue;
            }
            if self.fixpoint.seen.insert(actor.clone()) {
                self.fixpoint.closure.actors.push((self.fixpoint.closure.rounds - 1, actor.clone()));
            }
            let account = self.cast().member(actor.member).map(Member::account);
            match self.guards.place(&actor).zip(account) {
                Some((place, account)) => {
                    let since = *self.fixpoint.since.entry(place).or_insert(self.fixpoint.closure.rounds);
                    actors.push(Standing { actor, place, account, since });
                }
                // Nothing may be proved without somebody who acts.
                None => self.fixpoint.closure.cut_off = true,
            }
        }
        actors.sort_by_key(|standing| standing.actor.strength());
        self.accounts = actors.iter().map(|standing| standing.account).collect();
        self.open =
            actors.iter().map(|standing| self.guards.openness(self.answers, standing.place)).collect();
        self.fixpoint.actors = Rc::from(actors);
        self.able.clear();
    }

    /// Where somebody may do everything that no SCP stops, everybody may be made to: proofs take it that everybody is.
    fn take_accounts(&mut self) {
        let mut taken: BTreeMap<AccountId, Standing> = BTreeMap::new();
        for standing in self.fixpoint.actors.iter() {
            let Some(subject) = self.guards.subject(standing.place) else { continue };
            if !self.fixpoint.closure.facts.taken.contains(&standing.account)
                && standing.actor.is_unlimited(&subject)
            {
                taken.entry(standing.account).or_insert_with(|| standing.clone());
            }
        }
        // Who can act was told already, unless more is held now.
        if taken.is_empty() {
            return;
        }
        for (account, standing) in taken {
            let actor = standing.actor.clone();
            self.fixpoint.closure.facts.taken.insert(account);
            self.fixpoint.leaders.insert(account, standing);
            if self.fixpoint.mode == Mode::Exact {
                continue;
            }
            let members =
                self.cast().accounts.get(&account).map(|known| known.members.clone()).unwrap_or_default();
            let mut gains = vec![Fact::SessionTagged(TagCell::Any)];
            for id in members {
                let Some(member) = self.cast().member(id) else { continue };
                if member.origin == Origin::New || member.kind == MemberKind::Root {
                    continue;
                }
                gains.push(Fact::At(id, Cap::None));
                gains.push(Fact::Held(id, None));
                gains.push(Fact::Everything(id, Cap::None));
                gains.push(Fact::Tagged(id, TagCell::Any));
                gains.push(if member.kind == MemberKind::User {
                    Fact::Renamed(id)
                } else {
                    Fact::Trusting(id)
                });
                gains.push(Fact::Freed(id));
                let denies =
                    member.denies.iter().map(|(policy, _)| Fact::Without(id, Cap::None, Arc::clone(policy)));
                gains.extend(denies);
            }
            let round = self.fixpoint.closure.rounds;
            let (needs, binding) = (actor.facts(), Binding::default());
            self.take(Event { cause: Cause::Taken, binding, made: Vec::new(), needs, gains, round });
        }
        self.gather();
    }
}
