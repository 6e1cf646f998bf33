//! One goal of one principal over any number of steps: proved by a set of facts that is closed and misses the goal, refuted by a
//! path that was replayed (docs/steps.md).

mod arrival;
mod both;
mod closed_set;
mod denying;
mod goals;
mod lacked;
mod new_account;
mod one_model;
mod outside;
mod partial;
mod presence;
mod provisioned;
mod role_to_make;
mod search;
mod shown;
mod stopped;
mod written;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use ringfence_model::catalogue::ActionId;
use ringfence_model::evaluate::Pins;
use ringfence_model::steps::{Decided, Run};
use ringfence_model::world::{MissingEffect, MissingScope};
use rustc_hash::FxHashMap;

use super::Plan;
use super::question::Question;
use crate::certificate::Certificate;
use crate::query::Target;
use crate::steps::cast::{Cast, Member, MemberId, MemberKind, Origin};
use crate::steps::closure::{Cause, Closure, Event, Fixpoint, Mode, Refused};
use crate::steps::guard::{Guard, Guards};
use crate::steps::primitive::{Effect, Primitive, Primitives};
use crate::steps::slice::slice;
use crate::steps::state::{Actor, Fact, Facts};
use crate::steps::verdict::{ClosedSet, Goal, GoalVerdict, Path, PathStatus};
use crate::surroundings::Surroundings;
use crate::theorem::roles_by_set::RolesBySet;
use crate::theorem::{Answers, administrator};
use crate::verdict::{Reason, Verdict};
use crate::witness::Witness;
use crate::wrong::takes_shortcuts;

/// Of so many services one action each is asked about first.
const FIRSTS: usize = 8;

/// Answers questions over steps on one thread.
pub(super) struct Stepping<'p, 'w> {
    pub(super) plan: &'p Plan<'p>,
    pub(super) primitives: &'p Primitives,
    pub(super) guards: Guards<'w>,
    pub(super) pins: &'p Pins,
    /// What was decided about actors, by goal, question and place.
    known: BTreeMap<(Goal, usize, usize, Around), Verdict>,
    around: Around,
    /// The places of the questions about models that an inventory shows.
    on_models: BTreeMap<one_model::Key, usize>,
    without_inventory: Surroundings,
    /// Whether actors, by their places, make any request at all, as far as that was asked.
    able_to_anything: FxHashMap<usize, Verdict>,
    /// Requests that the policies of resources may grant; none until they are asked for.
    grantable: Option<Arc<[Target]>>,
    /// What may hold at the end of this start's runs, by whether they stop at declared exits.
    may: BTreeMap<bool, Rc<Fixpoint>>,
    /// What is replayed of this start's runs, as far as it was searched.
    exact: BTreeMap<bool, Fixpoint>,
    /// Closures of earlier starts.
    earlier: Vec<Earlier>,
    /// Actions that no primitive covers, and those of them that each actor, by its place, may ask for: in the world as it is, or whatever
    /// policies of resources say.
    uncovered: Vec<ActionId>,
    may_uncovered: FxHashMap<(usize, bool), BTreeSet<ActionId>>,
    /// Actions that write policies of resources and that no primitive has, and those of them that each actor may ask for.
    writers: Vec<ActionId>,
    open_writers: FxHashMap<usize, BTreeSet<ActionId>>,
    may_write: FxHashMap<(usize, ActionId), bool>,
    /// The accounts that the world lacks and of which each actor may assume a role.
    may_leave: FxHashMap<usize, BTreeSet<ringfence_model::arn::AccountId>>,
    /// Why nobody reaches the goals that were shown, of this start.
    told: BTreeMap<(Goal, usize), BTreeMap<Actor, crate::steps::closure::Hindrance>>,
    /// Closures of this start that were looked at once more, by whether they stop at declared exits; none where one was not complete.
    traced: BTreeMap<bool, Option<shown::Traced>>,
    /// What whoever began is called at the end of the walk that is looked at; none where the world is as it was.
    called: Option<Arc<str>>,
}

/// A closure in which much holds, that other starts may share.
struct Earlier {
    fixpoint: Rc<Fixpoint>,
    stops: BTreeSet<MemberId>,
    /// Starts of which it is the closure: they reach each other.
    starts: BTreeSet<MemberId>,
}

/// With so many facts that no other has a closure is worth to be kept.
const WORTH_KEEPING: usize = 32;
/// So many closures are kept.
const KEPT: usize = 16;

/// What a run may have changed around everybody. Nothing where a world is asked about as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Around {
    /// Models may run under names that no inventory lists.
    aliased: bool,
    /// The services of whose resources the policies may say anything.
    opened: BTreeSet<String>,
    /// A run may make roles, or let services in to them: any may be passed to any.
    any_role: bool,
    /// In a proof: S3 may replicate buckets with every role that may let it in.
    served: bool,
    /// In a path: capacity that it provisioned, with the model that runs there.
    provisioned: BTreeSet<(Arc<str>, Arc<str>)>,
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
            on_models: BTreeMap::new(),
            without_inventory: plan.surroundings.without_inventory(),
            able_to_anything: FxHashMap::default(),
            grantable: None,
            may: BTreeMap::new(),
            exact: BTreeMap::new(),
            earlier: Vec::new(),
            uncovered: primitives.unclassified(plan.catalogue),
            may_uncovered: FxHashMap::default(),
            writers: primitives.policy_writers(plan.catalogue),
            open_writers: FxHashMap::default(),
            may_write: FxHashMap::default(),
            may_leave: FxHashMap::default(),
            told: BTreeMap::new(),
            traced: BTreeMap::new(),
            called: None,
        }
    }

    /// Forgets what only hangs on where a run starts.
    pub(super) fn next_start(&mut self) {
        self.may.clear();
        self.exact.clear();
        self.told.clear();
        self.traced.clear();
    }

    /// Forgets closures of earlier starts: whose were shared shows in what a proof says of causes, which must not hang on threads.
    pub(super) fn next_piece(&mut self) {
        self.earlier.clear();
        if self.guards.forget_if_many() {
            // Known by places that are forgotten.
            self.known.clear();
            self.may_uncovered.clear();
            self.open_writers.clear();
            self.may_write.clear();
            self.may_leave.clear();
            self.able_to_anything.clear();
        }
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
                    // Whoever stands for all that a run may make is no exit by the name that it has here.
                    member.subject.any_name.is_none()
                        && exits
                            .iter()
                            .any(|exit| crate::guardrail::pattern_matches(&exit.principal, member.arn()))
                })
            })
            .collect()
    }

    /// What may hold at the end of runs by `start`.
    fn closed<A: Answers>(&mut self, answers: &mut A, start: MemberId, goal: Goal) -> Rc<Fixpoint> {
        let stops = self.stops(start, goal);
        let key = !stops.is_empty();
        if let Some(known) = self.may.get(&key) {
            return Rc::clone(known);
        }
        let found = self.complete(answers, start, &stops);
        self.may.insert(key, Rc::clone(&found));
        found
    }

    fn complete<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        stops: &BTreeSet<MemberId>,
    ) -> Rc<Fixpoint> {
        let mut fixpoint = Fixpoint::new(self.guards.cast, start, Mode::May, stops.clone(), Refused::new());
        let mut joined = BTreeSet::new();
        let mut shared = 0;
        while !fixpoint.is_done() {
            fixpoint.advance(&mut self.guards, answers, self.primitives);
            let met = self.earlier.iter_mut().enumerate().find(|(place, earlier)| {
                earlier.stops == *stops
                    && earlier.fixpoint.is_like(&fixpoint)
                    && !joined.contains(place)
                    && earlier.starts.iter().any(|other| fixpoint.is_held(*other))
            });
            let Some((place, earlier)) = met else { continue };
            if earlier.fixpoint.is_held(start) {
                earlier.starts.insert(start);
                return Rc::clone(&earlier.fixpoint);
            }
            shared = shared.max(earlier.fixpoint.closure.facts.all().count());
            fixpoint = fixpoint.joined(&earlier.fixpoint);
            joined.insert(place);
        }
        let own = fixpoint.closure.facts.all().count().saturating_sub(shared);
        let found = Rc::new(fixpoint);
        if own >= WORTH_KEEPING && self.earlier.len() < KEPT && takes_shortcuts() {
            let (fixpoint, stops) = (Rc::clone(&found), stops.clone());
            self.earlier.push(Earlier { fixpoint, stops, starts: BTreeSet::from([start]) });
        }
        found
    }

    /// The verdict on the goal of `start`. A path is conditional on inputs that may hold what stops it, where those are missing.
    pub(super) fn verdict<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        asked: GoalQuestion<'_>,
    ) -> GoalVerdict {
        let missing = self.guards.cast.world.missing().into_iter();
        let may_stop = missing.filter(|missing| {
            missing.effect == MissingEffect::Conditional && missing.scope == MissingScope::Every
        });
        let assumed = may_stop.map(|missing| {
            format!("nothing that {} would hold stops a request: it is missing", missing.input)
        });
        match self.decided(answers, start, asked) {
            GoalVerdict::Refuted(path) => GoalVerdict::Refuted(Box::new(path.assuming(assumed))),
            GoalVerdict::Inconclusive(reason, path) => {
                GoalVerdict::Inconclusive(reason, path.map(|path| Box::new(path.assuming(assumed))))
            }
            verdict @ (GoalVerdict::Proved | GoalVerdict::NotApplicable) => verdict,
        }
    }

    fn decided<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        asked: GoalQuestion<'_>,
    ) -> GoalVerdict {
        if let Some(verdict) = self.beforehand(answers, start, asked) {
            return verdict;
        }
        if let Some(path) = self.at_once(answers, start, asked) {
            return GoalVerdict::Refuted(Box::new(self.on_one_model(answers, start, asked, path)));
        }
        let may = self.closed(answers, start, asked.goal);
        self.around = self.around(&may.closure);
        let missed = self.missed(answers, start, &may.closure, asked);
        if missed.is_ok() && !may.closure.cut_off {
            self.note_goal(answers, start, &may.closure, asked);
        }
        let opens = !std::mem::take(&mut self.around).opened.is_empty();
        let proved = missed.is_ok() && !may.closure.cut_off;
        let unreplayed = match self.path(answers, start, asked) {
            // A path that was replayed is one, whatever the closure holds. That a proof missed it is for the suites to see.
            Ok(path) if proved && cfg!(feature = "wrong-encoders") => {
                let text = "a path was replayed to what the closure does not hold".to_owned();
                let reason = Reason::NotCovered { code: "contradiction", text };
                return GoalVerdict::Inconclusive(reason, Some(path));
            }
            Ok(path) => {
                return GoalVerdict::Refuted(Box::new(self.on_one_model(answers, start, asked, *path)));
            }
            Err(unreplayed) => unreplayed,
        };
        match missed {
            Ok(()) if proved => GoalVerdict::Proved,
            Ok(()) => {
                GoalVerdict::Inconclusive(Reason::Limit("too many rounds of steps".to_owned()), unreplayed)
            }
            Err(reason) if opens && reason.code() == "resource-policies" => {
                let reason = possible_steps("open the policy of a resource");
                GoalVerdict::Inconclusive(reason, unreplayed)
            }
            Err(reason) => GoalVerdict::Inconclusive(reason, unreplayed),
        }
    }

    /// The worst of the verdicts on `goals`, as that of a guardrail: a proof with what may hold at most, a path as a witness.
    pub(super) fn worst<'g, A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        goals: &[Goal],
        asked: impl Fn(Goal) -> GoalQuestion<'g>,
    ) -> Verdict {
        let mut worst = Verdict::NotApplicable;
        let mut proved = Vec::new();
        for goal in goals {
            let verdict = match self.verdict(answers, start, asked(*goal)) {
                GoalVerdict::Proved => {
                    proved.push((*goal, asked(*goal).place));
                    match self.shown(answers, start, &proved) {
                        Ok(shown) => {
                            let closed = ClosedSet { shown, ..self.closed_set(answers, start, *goal) };
                            Verdict::Proved(Box::new(Certificate::joined(Vec::new()).over_steps(closed)))
                        }
                        Err(reason) => Verdict::Inconclusive(reason),
                    }
                }
                GoalVerdict::Refuted(path) => return Verdict::Refuted(Box::new(Witness::along(*path))),
                GoalVerdict::Inconclusive(reason, _) => Verdict::Inconclusive(reason),
                GoalVerdict::NotApplicable => Verdict::NotApplicable,
            };
            // The last proof tells of those before it.
            if verdict.word() > worst.word()
                || matches!((&verdict, &worst), (Verdict::Proved(_), Verdict::Proved(_)))
            {
                worst = verdict;
            }
        }
        worst
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
        around.any_role = self.makes_roles(closed);
        around.served = true;
        around
    }

    /// A run may make roles, or let services in to them.
    fn makes_roles(&self, closed: &Closure) -> bool {
        let is_such = |fact: &Fact| {
            let new = |id: &MemberId| self.member(*id).is_none_or(|member| member.origin != Origin::World);
            matches!(fact, Fact::Trusting(_)) || matches!(fact, Fact::At(id, _) if new(id))
        };
        let makes = |event: &Event| match event.cause {
            Cause::Primitive(place) => self.primitives.primitives.get(place).is_none_or(|primitive| {
                matches!(primitive.effect, Effect::Create | Effect::Recreate | Effect::OpenTrust)
            }),
            Cause::Taken | Cause::Deleted => true,
            Cause::Passed | Cause::Carried | Cause::Said | Cause::Let => false,
        };
        closed.facts.all().any(is_such) || closed.events.iter().any(makes)
    }

    /// The path of no steps: the principal reaches the goal as it is.
    fn at_once<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        asked: GoalQuestion<'_>,
    ) -> Option<Path> {
        let actor = Facts::at_start(self.guards.cast, start, true).actors().into_iter().next()?;
        let verdict = if asked.goal == Goal::ModifyAndInvoke {
            self.both(answers, vec![actor.clone()], asked)?.1
        } else {
            self.of_actor(answers, start, &actor, asked)
        };
        let Verdict::Refuted(witness) = verdict else { return None };
        let requests = witness.requests().iter();
        let mut reached_by: Vec<Decided> = requests
            .map(|replayed| Decided {
                request: replayed.request.clone(),
                allowed_by: replayed.deciding.clone(),
            })
            .collect();
        let world = self.guards.cast.world;
        let mut assumed = BTreeSet::new();
        if asked.goal == Goal::Integrity {
            let began = self.member(start)?.arn();
            let mut run = Run::new(Cow::Borrowed(world), began, self.plan.catalogue, self.pins);
            for decided in &mut reached_by {
                let found = presence::with_those_there(&mut run, &decided.request, &self.plan.approved);
                *decided = found.unwrap_or_else(|| decided.clone());
            }
            assumed = presence::taken_to_be_there(world, world, &reached_by).unwrap_or_default();
        }
        let path = Path {
            goal: asked.goal,
            status: PathStatus::Confirmed,
            steps: Vec::new(),
            reached_by,
            reached: witness.facts().join("; "),
            assumed: assumed.into_iter().collect(),
            unreplayed: None,
        };
        Some(path.replayed())
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
                        assumed: Vec::new(),
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
        let mut actors: Vec<Actor> = closed.at_the_end();
        // Those who can do most come first: where the goal may be reached, the first of them mostly show it.
        actors.sort_by_key(Actor::strength);
        if let Some(Fact::Made(id)) = closed.facts.all().find(|fact| matches!(fact, Fact::Made(_))) {
            return Err(possible_steps(match id.as_str() {
                "stack-set-organization" => "have StackSets make roles that nothing binds in member accounts",
                "control-tower-disable" => "have Control Tower take off SCPs",
                "organization-delegation" => "let another account administer the organisation",
                _ => "create an account, with a role that nothing binds",
            }));
        }
        if asked.goal == Goal::ModifyAndInvoke {
            return self.not_both(answers, &actors, asked, closed);
        }
        if asked.goal == Goal::Integrity
            && let Some(broken) = self.broken_integrity(start, closed).into_iter().next()
        {
            let what = "make or edit a principal without an approved boundary, or change a boundary";
            return Err(possible(closed, &[broken], what));
        }
        if asked.goal == Goal::Outside
            && let Some(by) = self.written_beyond(answers, start, closed, &actors)
        {
            return Err(possible_steps(&format!("let itself in to a resource past its boundary ({by})")));
        }
        for actor in &actors {
            match self.of_actor(answers, start, actor, asked) {
                Verdict::Proved(_) | Verdict::NotApplicable => {}
                Verdict::Refuted(_) => {
                    let who =
                        self.member(actor.member).map(|member| member.arn().to_owned()).unwrap_or_default();
                    return Err(possible(closed, &actor.facts(), &format!("reach the goal as {who}")));
                }
                Verdict::Inconclusive(reason) => return Err(reason),
            }
        }
        Ok(())
    }
}

/// A run may come to these facts, and so do what is said: by the policy of a resource that nobody has shown, if it hangs on one.
fn possible(closed: &Closure, facts: &[Fact], what: &str) -> Reason {
    let events = slice(closed, facts).into_iter().filter_map(|place| closed.events.get(place));
    let mut made = events.flat_map(|event| &event.made);
    let unknown =
        made.find(|made| matches!(&made.guard, Guard::Open(reason) if reason.code() == "resource-policies"));
    match unknown {
        Some(made) => Reason::NotCovered {
            code: "resource-policies",
            text: format!(
                "a policy of a resource, which the world does not show, may allow {}, by which a run may {what}",
                made.asked.action
            ),
        },
        None => possible_steps(what),
    }
}

fn possible_steps(what: &str) -> Reason {
    Reason::NotCovered {
        code: "possible-steps",
        text: format!("a run that could not be replayed may {what}"),
    }
}
