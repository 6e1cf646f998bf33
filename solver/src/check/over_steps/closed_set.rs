//! What a proof over steps says.

use std::collections::BTreeSet;

use super::Stepping;
use crate::steps::cast::MemberId;
use crate::steps::closure::Closure;
use crate::steps::state::Fact;
use crate::steps::verdict::{ClosedSet, Goal};
use crate::theorem::Answers;

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
        }
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
