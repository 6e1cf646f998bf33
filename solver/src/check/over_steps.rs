//! One goal of one principal over any number of steps: proved by a set of facts that is closed and misses the goal, refuted by a
//! path that was replayed (docs/steps.md).

mod arrival;
mod closed_set;
mod goals;
mod outside;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::evaluate::Pins;
use ringfence_model::steps::Decided;

use super::Plan;
use super::question::Question;
use crate::query::Target;
use crate::steps::cast::{Cast, Member, MemberId, MemberKind};
use crate::steps::closure::{Closure, Mode, Refused, closure};
use crate::steps::guard::Guards;
use crate::steps::primitive::{Primitive, Primitives};
use crate::steps::state::{Actor, Fact, Facts};
use crate::steps::verdict::{Goal, GoalVerdict, Path, PathStatus};
use crate::surroundings::Surroundings;
use crate::theorem::roles_by_set::RolesBySet;
use crate::theorem::{Answers, administrator};
use crate::verdict::{Reason, Verdict};

/// Of so many services one action each is asked about first.
const FIRSTS: usize = 8;
/// So many paths to a goal are walked before it is left open.
const WALKS: usize = 12;

/// Where a path ends.
#[derive(Clone, Debug)]
enum End {
    /// With requests by these.
    Requests(Vec<Actor>),
    /// With what its last step makes.
    Fact(Fact),
}

/// Answers questions over steps on one thread.
pub(super) struct Stepping<'p, 'w> {
    pub(super) plan: &'p Plan<'p>,
    pub(super) primitives: &'p Primitives,
    pub(super) guards: Guards<'w>,
    pub(super) pins: &'p Pins,
    /// What was decided about actors, by goal, question and place.
    known: BTreeMap<(Goal, usize, usize, Around), Verdict>,
    around: Around,
    without_inventory: Surroundings,
    /// Requests that the policies of resources may grant; none until they are asked for.
    grantable: Option<Arc<[Target]>>,
    /// Those of this start, by mode and by whether its run stops at declared exits.
    closures: BTreeMap<(MemberId, Mode, bool), Arc<Closure>>,
}

/// What a run may have changed around everybody. Nothing where a world is asked about as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Around {
    /// Models may run under names that no inventory lists.
    aliased: bool,
    /// The services of whose resources the policies may say anything.
    opened: BTreeSet<String>,
}

/// What is asked, and where it is known by.
#[derive(Clone, Copy)]
pub(super) struct GoalQuestion<'q> {
    pub(super) goal: Goal,
    pub(super) question: &'q Question,
    /// The place of its guardrail.
    pub(super) place: usize,
    pub(super) service_roles: &'q BTreeMap<ringfence_model::arn::AccountId, RolesBySet>,
}

impl<'p, 'w> Stepping<'p, 'w> {
    pub(super) fn new(
        plan: &'p Plan<'p>,
        primitives: &'p Primitives,
        cast: &'w Cast<'w>,
        pins: &'p Pins,
    ) -> Self
    where
        'p: 'w,
    {
        let guards = Guards::new(cast, plan.catalogue, primitives, plan.as_of.clone());
        Self {
            plan,
            primitives,
            guards,
            pins,
            known: BTreeMap::new(),
            around: Around::default(),
            without_inventory: plan.surroundings.without_inventory(),
            grantable: None,
            closures: BTreeMap::new(),
        }
    }

    /// Forgets what only hangs on where a run starts.
    pub(super) fn next_start(&mut self) {
        self.closures.clear();
    }

    fn member(&self, id: MemberId) -> Option<&Member> {
        self.guards.cast.member(id)
    }

    /// Whom a run does not go through: declared exits, where the goal is to leave a boundary.
    fn stops(&self, start: MemberId, goal: Goal) -> BTreeSet<MemberId> {
        if !matches!(goal, Goal::Integrity | Goal::Outside) {
            return BTreeSet::new();
        }
        let exits = &self.plan.configuration.exits;
        self.guards
            .cast
            .ids()
            .filter(|id| *id != start)
            .filter(|id| {
                self.member(*id).is_some_and(|member| {
                    exits.iter().any(|exit| crate::guardrail::pattern_matches(&exit.principal, member.arn()))
                })
            })
            .collect()
    }

    fn closed<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        mode: Mode,
        goal: Goal,
    ) -> Arc<Closure> {
        let stops = self.stops(start, goal);
        let key = (start, mode, !stops.is_empty());
        if let Some(known) = self.closures.get(&key) {
            return Arc::clone(known);
        }
        let found = closure(&mut self.guards, answers, self.primitives, start, mode, &stops, &Refused::new());
        let found = Arc::new(found);
        self.closures.insert(key, Arc::clone(&found));
        found
    }

    /// The verdict on the goal of `start`.
    pub(super) fn verdict<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        asked: GoalQuestion<'_>,
    ) -> GoalVerdict {
        if let Some(verdict) = self.beforehand(answers, start, asked) {
            return verdict;
        }
        if let Some(path) = self.at_once(answers, start, asked) {
            return GoalVerdict::Refuted(Box::new(path));
        }
        let mut unreplayed: Option<Path> = None;
        let mut refused = Refused::new();
        let mut exact = self.closed(answers, start, Mode::Exact, asked.goal);
        for _ in 0..WALKS {
            let Some(end) = self.reached(answers, start, &exact, asked) else { break };
            match self.walk(answers, start, &exact, &end, asked) {
                Ok(path) => return GoalVerdict::Refuted(Box::new(path)),
                Err(failed) => {
                    let (path, broken) = *failed;
                    unreplayed.get_or_insert(path);
                    let before = refused.len();
                    refused.extend(broken);
                    if refused.len() == before {
                        break;
                    }
                    let stops = self.stops(start, asked.goal);
                    exact = Arc::new(closure(
                        &mut self.guards,
                        answers,
                        self.primitives,
                        start,
                        Mode::Exact,
                        &stops,
                        &refused,
                    ));
                }
            }
        }
        let may = self.closed(answers, start, Mode::May, asked.goal);
        self.around = self.around(&may);
        let missed = self.missed(answers, start, &may, asked);
        let opens = !std::mem::take(&mut self.around).opened.is_empty();
        match missed {
            Ok(()) if !may.cut_off => GoalVerdict::Proved,
            Ok(()) => GoalVerdict::Inconclusive(
                Reason::Limit("too many rounds of steps".to_owned()),
                unreplayed.map(Box::new),
            ),
            Err(reason) if opens && reason.code() == "resource-policies" => {
                let reason = possible_steps("open the policy of a resource");
                GoalVerdict::Inconclusive(reason, unreplayed.map(Box::new))
            }
            Err(reason) => GoalVerdict::Inconclusive(reason, unreplayed.map(Box::new)),
        }
    }

    fn around(&self, closed: &Closure) -> Around {
        let mut around = Around::default();
        for fact in closed.facts.all() {
            if let Fact::Opened(id) = fact {
                let requests = self.primitives.find(id).into_iter().flat_map(Primitive::all_requests);
                let services = requests.filter_map(|asked| asked.action.split(':').next());
                around.opened.extend(services.map(str::to_owned));
            }
            around.aliased |= matches!(fact, Fact::Aliased(_));
        }
        around
    }

    /// The path of no steps: the principal reaches the goal as it is.
    fn at_once<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        asked: GoalQuestion<'_>,
    ) -> Option<Path> {
        let actor = Facts::at_start(self.guards.cast, start).actors().into_iter().next()?;
        let verdict = if asked.goal == Goal::ModifyAndInvoke {
            self.both(answers, vec![actor.clone()], asked)?.1
        } else {
            self.of_actor(answers, start, &actor, asked)
        };
        let Verdict::Refuted(witness) = verdict else { return None };
        let requests = witness.requests().iter();
        let reached_by = requests
            .map(|replayed| Decided {
                request: replayed.request.clone(),
                allowed_by: replayed.deciding.clone(),
            })
            .collect();
        Some(Path {
            goal: asked.goal,
            status: PathStatus::Confirmed,
            steps: Vec::new(),
            reached_by,
            reached: witness.facts().join("; "),
            unreplayed: None,
        })
    }

    /// What needs no search.
    fn beforehand<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        asked: GoalQuestion<'_>,
    ) -> Option<GoalVerdict> {
        let member = self.member(start)?;
        let bounded = member.boundary.is_some();
        match asked.goal {
            Goal::Integrity | Goal::Outside if !bounded => Some(GoalVerdict::NotApplicable),
            Goal::Integrity => {
                let boundary = member.boundary.clone()?;
                (!self.plan.approved.contains(&boundary)).then(|| {
                    GoalVerdict::Refuted(Box::new(Path {
                        goal: Goal::Integrity,
                        status: PathStatus::Confirmed,
                        steps: Vec::new(),
                        reached_by: Vec::new(),
                        reached: format!("its permissions boundary {boundary} is not an approved one"),
                        unreplayed: None,
                    }))
                })
            }
            Goal::Administrator | Goal::Credentials if bounded || member.kind == MemberKind::Root => {
                Some(GoalVerdict::NotApplicable)
            }
            Goal::Administrator | Goal::Credentials => {
                let subject = member.subject.clone();
                let already = administrator::is_administrator(answers, self.plan.catalogue, &subject);
                already.then_some(GoalVerdict::NotApplicable)
            }
            Goal::Outside | Goal::ExpensiveModel | Goal::ModifyAndInvoke => {
                if let Question::Unanswerable(reason) = asked.question {
                    return Some(GoalVerdict::Inconclusive(reason.clone(), None));
                }
                None
            }
        }
    }

    /// Those who reach the goal in an exact closure, in the fewest rounds, with what shows it.
    fn reached<A: Answers>(
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
            return self.both(answers, actors, asked).map(|(actors, _)| End::Requests(actors));
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

    /// True if nobody in the closure reaches the goal.
    ///
    /// # Errors
    /// Why somebody may.
    fn missed<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        closed: &Closure,
        asked: GoalQuestion<'_>,
    ) -> Result<(), Reason> {
        // What somebody may do in the end includes what it might before.
        let actors: Vec<Actor> = closed.at_the_end();
        if closed.facts.all().any(|fact| matches!(fact, Fact::Made(_))) {
            return Err(possible_steps("create an account, with a role that nothing binds"));
        }
        if asked.goal == Goal::ModifyAndInvoke {
            return self.not_both(answers, &actors, asked, &possible_steps("modify a model and invoke one"));
        }
        if asked.goal == Goal::Integrity && !self.broken_integrity(start, closed).is_empty() {
            return Err(possible_steps(
                "make or edit a principal without an approved boundary, or change a boundary",
            ));
        }
        if asked.goal == Goal::Outside
            && let Some(primitive) = self.opened_beyond(start, closed)
        {
            return Err(possible_steps(&format!(
                "let itself in to a resource past its boundary ({primitive})"
            )));
        }
        for actor in &actors {
            match self.of_actor(answers, start, actor, asked) {
                Verdict::Proved(_) | Verdict::NotApplicable => {}
                Verdict::Refuted(_) => {
                    let who =
                        self.member(actor.member).map(|member| member.arn().to_owned()).unwrap_or_default();
                    return Err(possible_steps(&format!("reach the goal as {who}")));
                }
                Verdict::Inconclusive(reason) => return Err(reason),
            }
        }
        Ok(())
    }

    fn not_both<A: Answers>(
        &mut self,
        answers: &mut A,
        actors: &[Actor],
        asked: GoalQuestion<'_>,
        possible: &Reason,
    ) -> Result<(), Reason> {
        let mut modify: BTreeMap<_, Option<Reason>> = BTreeMap::new();
        let mut invoke: BTreeMap<_, Option<Reason>> = BTreeMap::new();
        for actor in actors {
            let Some(account) = self.member(actor.member).map(Member::account) else { continue };
            let Some((modifies, invokes)) = self.duties(answers, actor, asked) else {
                return Err(possible.clone());
            };
            for (verdict, may) in [(modifies, &mut modify), (invokes, &mut invoke)] {
                match verdict {
                    Verdict::Proved(_) | Verdict::NotApplicable => {}
                    Verdict::Refuted(_) => {
                        may.entry(account).or_default();
                    }
                    Verdict::Inconclusive(reason) => {
                        may.entry(account).or_insert(Some(reason));
                    }
                }
            }
        }
        for (account, first) in &modify {
            if let Some(second) = invoke.get(account) {
                return Err(first.clone().or_else(|| second.clone()).unwrap_or_else(|| possible.clone()));
            }
        }
        Ok(())
    }
}

fn possible_steps(what: &str) -> Reason {
    Reason::NotCovered {
        code: "possible-steps",
        text: format!("a run that could not be replayed may {what}"),
    }
}
