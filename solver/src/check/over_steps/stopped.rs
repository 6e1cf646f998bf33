//! What stops the primitives that do not fire.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Stepping;
use crate::formula::Restriction;
use crate::steps::cast::{Member, MemberId};
use crate::steps::closure::Closure;
use crate::steps::guard::{Refusal, too_narrow};
use crate::steps::primitive::{Asked, Primitive};
use crate::steps::verdict::{Goal, Stopped, StoppedBy};
use crate::theorem::Answers;

impl Stepping<'_, '_> {
    /// Each primitive that is searched and does not fire in runs of `start`, with why.
    pub(in crate::check) fn stopped<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        goal: Goal,
    ) -> Vec<Stopped> {
        let closed = self.closed(answers, start, goal);
        let closed = &closed.closure;
        let fired: BTreeSet<usize> =
            closed.events.iter().filter_map(|event| event.cause.primitive()).collect();
        let places: Vec<(MemberId, usize)> = closed
            .at_the_end()
            .iter()
            .filter_map(|actor| Some((actor.member, self.guards.place(actor)?)))
            .collect();
        let primitives = self.primitives;
        let mut same: BTreeMap<Reason, Vec<(String, Vec<String>)>> = BTreeMap::new();
        for (place, primitive) in primitives.primitives.iter().enumerate() {
            if primitive.is_searched() && !fired.contains(&place) {
                let (reason, actions) = self.stop(answers, (place, primitive), closed, &places);
                same.entry(reason).or_default().push((primitive.id.clone(), actions));
            }
        }
        let mut stopped: BTreeMap<StoppedBy, Vec<(String, Vec<String>)>> = BTreeMap::new();
        for (reason, primitives) in same {
            let by = match reason {
                Reason::Statements(refusals) => {
                    StoppedBy::Policies(Arc::new(self.guards.joined_refusal(&refusals)))
                }
                Reason::Other(by) => by,
            };
            stopped.entry(by).or_default().extend(primitives);
        }
        stopped.into_iter().map(|(by, primitives)| Stopped { by, primitives }).collect()
    }

    fn stop<A: Answers>(
        &mut self,
        answers: &mut A,
        (place, primitive): (usize, &Primitive),
        closed: &Closure,
        held: &[(MemberId, usize)],
    ) -> (Reason, Vec<String>) {
        let because = |by| (Reason::Other(by), Vec::new());
        let mut who: Vec<usize> = held.iter().map(|(_, place)| *place).collect();
        if primitive.is_of_organization() && !primitive.is_delegated_unseen() {
            let organization = self.guards.cast.world.organization.as_ref();
            let Some(management) = organization.map(|known| known.management_account) else {
                return because(StoppedBy::NothingThere);
            };
            let is_of_it = |id: MemberId| self.member(id).map(Member::account) == Some(management);
            who = held.iter().filter(|(id, _)| is_of_it(*id)).map(|(_, place)| *place).collect();
            if who.is_empty() {
                return because(StoppedBy::Accounts);
            }
        }
        if let Some(actions) = self.impossible(answers, primitive, &who) {
            let refusals = actions.iter().flat_map(|action| self.guards.refusals(answers, &who, action));
            return (Reason::Statements(refusals.collect()), actions);
        }
        if let Some(stops) = closed.stops.blocked.get(&place) {
            // A request that somebody may make is not what stops it, unless there is none but such.
            let all_made = stops.values().all(|stop| stop.made);
            let those: BTreeMap<&String, &BTreeSet<Restriction>> = stops
                .iter()
                .filter(|(_, stop)| all_made || !stop.made)
                .map(|(action, stop)| (action, &stop.by))
                .collect();
            let refusal = self.noted(answers, &those, &who);
            // Nothing refuses to assume oneself, which is no step.
            if !refusal.by.is_empty() {
                let by = StoppedBy::Policies(Arc::new(refusal));
                return (Reason::Other(by), those.into_keys().cloned().collect());
            }
        }
        because(match closed.stops.looked_at.get(&place) {
            Some(true) => StoppedBy::NothingGained,
            Some(false) if closed.stops.not_known.contains(&place) => StoppedBy::NotKnown,
            Some(false) if closed.stops.elsewhere.contains(&place) => StoppedBy::Accounts,
            // What there is cannot be used, such as a role that is in no instance profile.
            Some(false) | None => StoppedBy::NothingThere,
        })
    }

    /// The first request of the primitive that nobody may make, as far as their statements tell without their conditions; one of each
    /// alternative, where the primitive leaves a choice.
    fn impossible<A: Answers>(
        &mut self,
        answers: &mut A,
        primitive: &Primitive,
        who: &[usize],
    ) -> Option<Vec<String>> {
        let mut nobody_may = |asked: &&Asked| {
            let able = self.guards.able(answers, &asked.action, who.iter().map(|place| (*place, *place)));
            able.is_empty()
        };
        if let Some(asked) = primitive.requests.iter().find(&mut nobody_may) {
            return Some(vec![asked.action.clone()]);
        }
        primitive.choices.iter().find_map(|choice| {
            let of_each = choice.iter().map(|way| way.iter().find(&mut nobody_may));
            let actions = of_each.collect::<Option<BTreeSet<&Asked>>>()?;
            Some(actions.into_iter().map(|asked| asked.action.clone()).collect())
        })
    }

    /// What refuses the actions to those who are held: what was noted, and what their statements alone tell.
    fn noted<A: Answers>(
        &mut self,
        answers: &mut A,
        noted: &BTreeMap<&String, &BTreeSet<Restriction>>,
        who: &[usize],
    ) -> Refusal {
        let mut all = Refusal::default();
        for (action, by) in noted {
            let by_statements = self.guards.refusals(answers, who, action);
            let by_statements = self.guards.joined_refusal(&by_statements);
            all.by.extend(by.iter().cloned().chain(by_statements.by));
            all.near.extend(by_statements.near);
            if by.iter().any(|restriction| matches!(restriction, Restriction::Layer(_))) {
                for subject in who.iter().filter_map(|place| self.guards.subject(*place)) {
                    all.near.extend(too_narrow(&subject, action, by));
                }
            }
        }
        all
    }
}

/// Why a primitive does not fire.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    /// A request that it needs is refused by statements alone: the places of the refusals.
    Statements(BTreeSet<usize>),
    /// Otherwise.
    Other(StoppedBy),
}
