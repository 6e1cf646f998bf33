//! The search for a path: who reaches the goal in the fewest rounds, and whether the way there can be walked.

use super::new_account::CREATE_ACCOUNT;
use super::provisioned::PROVISION;
use super::{GoalQuestion, Stepping};
use crate::steps::cast::MemberId;
use crate::steps::closure::{Closure, Fixpoint, Mode, Refused, is_not_let_in};
use crate::steps::state::{Actor, Fact};
use crate::steps::verdict::{Goal, Path};
use crate::theorem::Answers;
use crate::verdict::Verdict;

/// So many paths to a goal are walked before it is left open.
const WALKS: usize = 12;

/// Where a path ends.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// With requests by these.
    Requests(Vec<Actor>),
    /// With what its last step makes.
    Fact(Fact),
    /// With a request on capacity that the first provisions, by the second.
    Provisioned(Box<(Actor, Actor)>),
}

impl Stepping<'_, '_> {
    /// A path to the goal that was replayed.
    ///
    /// # Errors
    /// One that could not be replayed, if there is any.
    pub(super) fn path<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        asked: GoalQuestion<'_>,
    ) -> Result<Box<Path>, Option<Box<Path>>> {
        let stops = self.stops(start, asked.goal);
        let key = !stops.is_empty();
        let cast = self.guards.cast;
        let may = self.closed(answers, start, asked.goal);
        let new = |refused: &Refused| {
            Fixpoint::new(cast, start, Mode::Exact, stops.clone(), refused.clone()).within(&may.closure)
        };
        let mut refused = Refused::new();
        let mut exact = self.exact.remove(&key).unwrap_or_else(|| new(&refused));
        let mut unreplayed: Option<Box<Path>> = None;
        let mut found = None;
        let (mut not_let_in, mut by_services) = (Refused::new(), false);
        for _ in 0..WALKS {
            let Some(end) = self.next_end(answers, start, &mut exact, asked) else {
                // Where nobody who opens a trust policy may assume the role himself, a service may still take it on.
                if by_services || not_let_in.is_empty() {
                    break;
                }
                by_services = true;
                refused.clone_from(&not_let_in);
                exact = new(&refused);
                continue;
            };
            match self.walk(answers, start, &exact.closure, &end, asked) {
                Ok(path) => {
                    found = Some(Box::new(path));
                    break;
                }
                Err(failed) => {
                    let (path, broken) = *failed;
                    unreplayed.get_or_insert(Box::new(path));
                    let before = refused.len();
                    let (lets, broken): (Refused, Refused) = broken.into_iter().partition(is_not_let_in);
                    not_let_in.extend(lets);
                    refused.extend(broken);
                    if refused.len() == before {
                        break;
                    }
                    let next = new(&refused);
                    let searched = std::mem::replace(&mut exact, next);
                    if before == 0 {
                        self.exact.insert(key, searched);
                    }
                }
            }
        }
        // What no further step hangs on is looked at last.
        let may = |fact: Fact| may.closure.facts.holds(&fact);
        if found.is_none()
            && may(Fact::Aliased(PROVISION.to_owned()))
            && let Some(end) = self.provisioning(answers, start, &exact.closure, asked)
            && let Ok(path) = self.walk(answers, start, &exact.closure, &end, asked)
        {
            found = Some(Box::new(path));
        }
        if found.is_none() && may(Fact::Made(CREATE_ACCOUNT.to_owned())) {
            found = self.in_new_account(answers, start, &exact.closure, asked).map(Box::new);
        }
        if refused.is_empty() {
            self.exact.insert(key, exact);
        }
        found.ok_or(unreplayed)
    }

    /// Those who reach the goal in the fewest rounds, which are made as far as it takes.
    fn next_end<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        exact: &mut Fixpoint,
        asked: GoalQuestion<'_>,
    ) -> Option<End> {
        loop {
            if let Some(end) = self.reached(answers, start, &exact.closure, asked) {
                return Some(end);
            }
            if exact.is_done() {
                return self.reached_with_a_role(answers, start, &exact.closure, asked);
            }
            exact.advance(&mut self.guards, answers, self.primitives);
        }
    }

    /// Those who modify and invoke a model with a role that somebody may make, or let the service in to, and no step does. Proofs tell more
    /// of what may be made than paths look for: of a role that is held nobody writes the trust policy.
    fn reached_with_a_role<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        closed: &Closure,
        asked: GoalQuestion<'_>,
    ) -> Option<End> {
        if asked.goal != Goal::ModifyAndInvoke {
            return None;
        }
        let may = self.closed(answers, start, asked.goal);
        if !self.makes_roles(&may.closure) {
            return None;
        }
        self.around.any_role = true;
        let end = self.reached(answers, start, closed, asked);
        self.around.any_role = false;
        end
    }

    /// Those who reach the goal in an exact closure, in the fewest rounds, with what shows it.
    pub(super) fn reached<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        closed: &Closure,
        asked: GoalQuestion<'_>,
    ) -> Option<End> {
        let mut actors = closed.actors.clone();
        actors.sort_by_key(|(round, actor)| (*round, actor.member != start, actor.member));
        if asked.goal == Goal::ModifyAndInvoke {
            let actors = actors.into_iter().map(|(_, actor)| actor).collect();
            let both = self.both(answers, actors, asked);
            return both.map(|(actors, _)| End::Requests(actors));
        }
        for (_, actor) in actors {
            let verdict = self.of_actor(answers, start, &actor, asked);
            if matches!(verdict, Verdict::Refuted(_)) {
                return Some(End::Requests(vec![actor]));
            }
        }
        if asked.goal == Goal::Integrity {
            let mut broken = self.broken_integrity(start, closed);
            broken.sort_by_key(|fact| closed.origin.get(fact).copied());
            return broken.into_iter().next().map(End::Fact);
        }
        None
    }
}
