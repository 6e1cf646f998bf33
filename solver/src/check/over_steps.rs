//! One goal of one principal over any number of steps: proved by a set of facts that is closed and misses the goal, refuted by a
//! path that was replayed (docs/steps.md).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::evaluate::Pins;
use ringfence_model::policy::{Effect, NamedPolicy, PolicyDocument, PrincipalPattern, Statement};
use ringfence_model::policy_set::{ControlLevel, PolicySet};
use ringfence_model::steps::{Decided, Run, Step};

use super::Plan;
use super::ask::Asked;
use super::question::Question;
use crate::query::{Goal as QueryGoal, Query, Target};
use crate::steps::cast::{Cast, Member, MemberId, MemberKind, Origin};
use crate::steps::closure::{Cause, Closure, Mode, Refused, closure};
use crate::steps::guard::Guards;
use crate::steps::primitive::Effect::Recreate;
use crate::steps::primitive::Primitives;
use crate::steps::slice::slice;
use crate::steps::state::{Actor, Cap, Fact, Facts, Text};
use crate::steps::verdict::{ClosedSet, Goal, GoalVerdict, Path, PathStatus};
use crate::steps::walk::{Evidence, Walk, Walker, session_tags};
use crate::subject::Subject;
use crate::surroundings::Surroundings;
use crate::theorem::asking::{Asking, joined, unbound};
use crate::theorem::roles_by_set::RolesBySet;
use crate::theorem::{Answers, administrator, allowed, duties, escape, targets_of};
use crate::verdict::{Reason, Verdict};
use crate::witness::Witness;

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
    known: BTreeMap<(Goal, usize, usize, bool), Verdict>,
    /// Models may run under names that no inventory lists.
    aliased: bool,
    without_inventory: Surroundings,
    /// What of each action can be asked for.
    closures: BTreeMap<(MemberId, Mode, bool), Arc<Closure>>,
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
            aliased: false,
            without_inventory: plan.surroundings.without_inventory(),
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

    /// Whom a run of T2 does not go through: declared exits.
    fn exits(&self, start: MemberId) -> BTreeSet<MemberId> {
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
        let with_exits = matches!(goal, Goal::Integrity | Goal::Outside);
        let stops = if with_exits { self.exits(start) } else { BTreeSet::new() };
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
                    let stops = self.exits(start);
                    let stops = if matches!(asked.goal, Goal::Integrity | Goal::Outside) {
                        stops
                    } else {
                        BTreeSet::new()
                    };
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
        self.aliased = may.facts.all().any(|fact| matches!(fact, Fact::Aliased(_)));
        let missed = self.missed(answers, start, &may, asked);
        self.aliased = false;
        match missed {
            Ok(()) if !may.cut_off => GoalVerdict::Proved,
            Ok(()) => GoalVerdict::Inconclusive(
                Reason::Limit("too many rounds of steps".to_owned()),
                unreplayed.map(Box::new),
            ),
            Err(reason) => GoalVerdict::Inconclusive(reason, unreplayed.map(Box::new)),
        }
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

    /// What breaks the integrity of boundaries by itself: a principal without an approved boundary is made or edited, or gets a boundary
    /// that is not approved; the principal itself gets another, or none; an approved boundary says something else.
    fn broken_integrity(&self, start: MemberId, closed: &Closure) -> Vec<Fact> {
        let unapproved = |cap: &Cap| match cap {
            Cap::None | Cap::Other => true,
            Cap::Policy(arn, text) => *text != Text::Initial || !self.plan.approved.contains(arn),
        };
        let initial = |id: MemberId| self.member(id).map(|member| Cap::initial(member.boundary.as_ref()));
        let is_new = |id: MemberId| self.member(id).is_some_and(|member| member.origin != Origin::World);
        let breaks = |fact: &Fact| match fact {
            Fact::Everything(_, cap) | Fact::With(_, cap, ..) => unapproved(cap),
            Fact::At(id, cap) if *id == start => initial(*id).as_ref() != Some(cap),
            Fact::At(id, cap) => unapproved(cap) && (is_new(*id) || *cap != Cap::None),
            Fact::Says(policy, text) => *text != Text::Initial && self.plan.approved.contains(policy),
            Fact::Held(..)
            | Fact::Moved(..)
            | Fact::Without(..)
            | Fact::Trusting(_)
            | Fact::Tagged(_)
            | Fact::Renamed(_)
            | Fact::RenamedGroup(_)
            | Fact::TaggedWith(..)
            | Fact::Authored(_)
            | Fact::Unbound
            | Fact::Opened(_)
            | Fact::Aliased(_)
            | Fact::Provider(_)
            | Fact::Made(_) => false,
        };
        closed.facts.all().filter(|fact| breaks(fact)).cloned().collect()
    }

    /// Whoever modifies a model and whoever invokes one in the same account: one session if it can.
    fn both<A: Answers>(
        &mut self,
        answers: &mut A,
        actors: Vec<Actor>,
        asked: GoalQuestion<'_>,
    ) -> Option<(Vec<Actor>, Verdict)> {
        let mut modifies: Vec<(Actor, Verdict)> = Vec::new();
        let mut invokes: Vec<(Actor, Verdict)> = Vec::new();
        for actor in actors {
            let (modify, invoke) = self.duties(answers, &actor, asked)?;
            let (can_modify, can_invoke) =
                (matches!(modify, Verdict::Refuted(_)), matches!(invoke, Verdict::Refuted(_)));
            if can_modify && can_invoke {
                return Some((vec![actor], joined_witness(modify, invoke)));
            }
            if can_modify {
                modifies.push((actor, modify));
            } else if can_invoke {
                invokes.push((actor, invoke));
            }
        }
        for (first, modify) in &modifies {
            for (second, invoke) in &invokes {
                let account = |actor: &Actor| self.member(actor.member).map(Member::account);
                if account(first) == account(second) {
                    let verdict = joined_witness(modify.clone(), invoke.clone());
                    return Some((vec![first.clone(), second.clone()], verdict));
                }
            }
        }
        None
    }

    /// Whether the actor modifies, and whether it invokes.
    fn duties<A: Answers>(
        &mut self,
        answers: &mut A,
        actor: &Actor,
        asked: GoalQuestion<'_>,
    ) -> Option<(Verdict, Verdict)> {
        let place = self.guards.place(actor)?;
        let Question::Duties(modify, invoke) = asked.question else { return None };
        let subject = self.guards.subject(place)?;
        let key = |part: usize| (Goal::ModifyAndInvoke, asked.place * 2 + part, place, self.aliased);
        let modifies = if let Some(known) = self.known.get(&key(0)) {
            known.clone()
        } else {
            let found = duties::modifies(answers, &subject, modify, self.plan.as_of.as_ref());
            self.known.insert(key(0), found.clone());
            found
        };
        let invokes = if let Some(known) = self.known.get(&key(1)) {
            known.clone()
        } else {
            let found =
                self.routes(answers, &subject, asked, |asked, answers| asked.routes(answers, invoke, None));
            self.known.insert(key(1), found.clone());
            found
        };
        Some((modifies, invokes))
    }

    fn routes<A: Answers>(
        &self,
        answers: &mut A,
        subject: &Subject,
        asked: GoalQuestion<'_>,
        ask: impl FnOnce(&Asked<'_>, &mut A) -> Verdict,
    ) -> Verdict {
        let none = RolesBySet::default();
        let service_roles = asked.service_roles.get(&subject.account).unwrap_or(&none);
        let surroundings = if self.aliased { &self.without_inventory } else { &self.plan.surroundings };
        let asked = Asked { plan: self.plan, subject, surroundings, service_roles };
        ask(&asked, answers)
    }

    /// Whether the actor reaches the goal.
    fn of_actor<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        actor: &Actor,
        asked: GoalQuestion<'_>,
    ) -> Verdict {
        let Some(place) = self.guards.place(actor) else { return Verdict::NotApplicable };
        // What is outside, or lacked, hangs on who began.
        let by_start = matches!(asked.goal, Goal::Integrity | Goal::Outside | Goal::Credentials);
        let key = (asked.goal, if by_start { start.0 } else { asked.place }, place, self.aliased);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let Some(subject) = self.guards.subject(place) else { return Verdict::NotApplicable };
        let verdict = self.decide(answers, start, actor, &subject, asked);
        self.known.insert(key, verdict.clone());
        verdict
    }

    fn decide<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        actor: &Actor,
        subject: &Subject,
        asked: GoalQuestion<'_>,
    ) -> Verdict {
        match asked.goal {
            Goal::ExpensiveModel => {
                self.routes(answers, subject, asked, |own, answers| own.verdict(answers, asked.question))
            }
            Goal::Integrity => {
                let Some(began) = self.member(start) else { return Verdict::NotApplicable };
                let Some(boundary) = began.boundary.clone() else { return Verdict::NotApplicable };
                let kept = escape::Kept {
                    arn: Some(began.arn()),
                    is_user: began.kind == MemberKind::User,
                    boundary: &boundary,
                };
                let asking = Asking {
                    catalogue: self.plan.catalogue,
                    constraint: None,
                    as_of: self.plan.as_of.as_ref(),
                    besides: &[],
                };
                let verdict = escape::integrity(answers, subject, kept, &self.plan.approved, asking);
                self.unless_it_exists(verdict)
            }
            Goal::Outside => self.outside(answers, start, actor, subject),
            Goal::Administrator => {
                let able = if actor.member == start {
                    actor.edits.everything
                } else {
                    self.is_administrator(answers, actor, subject)
                };
                if able && actor.cap == Cap::None && actor.limits.is_none() {
                    let fact = format!("{} can become anybody in its account", subject.arn);
                    return Verdict::Refuted(Box::new(Witness::new(Vec::new(), vec![fact])));
                }
                Verdict::NotApplicable
            }
            Goal::Credentials => {
                if actor.member == start || self.is_act(actor) {
                    return Verdict::NotApplicable;
                }
                let Some(own) = self.member(start).map(|member| member.subject.policies.clone()) else {
                    return Verdict::NotApplicable;
                };
                beyond(answers, self.plan.catalogue, subject, own, self.plan.as_of.as_ref())
            }
            Goal::ModifyAndInvoke => Verdict::NotApplicable,
        }
    }

    /// A user or role of a name that exists cannot be created.
    fn unless_it_exists(&self, verdict: Verdict) -> Verdict {
        let Verdict::Refuted(witness) = &verdict else { return verdict };
        let exists = witness.requests().iter().find(|replayed| {
            let request = &replayed.request;
            ["iam:CreateRole", "iam:CreateUser"].contains(&request.action.as_str())
                && self.guards.cast.world.principal(&request.resource).is_some()
        });
        match exists {
            Some(replayed) => Verdict::Inconclusive(Reason::NotCovered {
                code: "name-exists",
                text: format!(
                    "{} exists; whether another name may be created was not decided",
                    replayed.request.resource
                ),
            }),
            None => verdict,
        }
    }

    /// What a service does with a role of its own is no request with credentials that are held.
    fn is_act(&self, actor: &Actor) -> bool {
        actor.limits.is_some()
            && self.member(actor.member).is_some_and(|member| member.kind == MemberKind::Role)
    }

    fn is_administrator<A: Answers>(&self, answers: &mut A, actor: &Actor, subject: &Subject) -> bool {
        actor.edits.everything || administrator::is_administrator(answers, self.plan.catalogue, subject)
    }

    /// Whether the actor makes a request that the document of the boundary with which the run began does not allow.
    fn outside<A: Answers>(
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
        if actor.cap == Cap::Policy(Arc::clone(&boundary), Text::Initial) {
            // The same document caps both, but for what policies of resources grant.
            return self.granted_beyond(answers, subject, &boundary);
        }
        let Some(document) = self.guards.cast.document(member.account(), &boundary) else {
            return Verdict::NotApplicable;
        };
        let granted = self.granted_beyond(answers, subject, &boundary);
        if matches!(granted, Verdict::Refuted(_)) {
            return granted;
        }
        // What policies of resources grant was asked about: the rest is what identity policies do.
        let policies =
            PolicySet { identity: vec![NamedPolicy { name: boundary, document }], ..PolicySet::default() };
        let more = beyond(answers, self.plan.catalogue, subject, policies, self.plan.as_of.as_ref());
        joined(vec![granted, more])
    }

    /// Whether the policy of a resource that is known lets the subject make a request that its boundary does not allow.
    fn granted_beyond<A: Answers>(&self, answers: &mut A, subject: &Subject, boundary: &Arc<str>) -> Verdict {
        let Some(document) = self.guards.cast.document(subject.account, boundary) else {
            return Verdict::NotApplicable;
        };
        let mut targets: Vec<Target> = Vec::new();
        for found in self.guards.cast.world.resource_policies() {
            let allows = found
                .policy
                .document
                .statements
                .iter()
                .filter(|statement| statement.effect == Effect::Allow && may_name_somebody(statement));
            let allows: Vec<&Statement> = allows.collect();
            if allows.is_empty() {
                continue;
            }
            let service = found.covered.arn.split(':').nth(2).unwrap_or_default();
            for (id, action) in self.plan.catalogue.actions_of(service) {
                let name = action.name.to_ascii_lowercase();
                if !allows.iter().any(|statement| crate::encode::action::may_match(statement, service, &name))
                {
                    continue;
                }
                for pattern in found.covered.patterns() {
                    targets.extend(self.guards.on_arns(id, &pattern));
                }
            }
        }
        if targets.is_empty() {
            return Verdict::NotApplicable;
        }
        let boundary = NamedPolicy { name: Arc::clone(boundary), document };
        not_by(answers, subject, &boundary, targets, self.plan.as_of.as_ref())
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
        let possible = |what: &str| Reason::NotCovered {
            code: "possible-steps",
            text: format!("a run that could not be replayed may {what}"),
        };
        if asked.goal == Goal::ModifyAndInvoke {
            return self.not_both(answers, &actors, asked, &possible("modify a model and invoke one"));
        }
        if closed.facts.all().any(|fact| matches!(fact, Fact::Made(_))) {
            return Err(possible("create an account, with a role that nothing binds"));
        }
        if asked.goal == Goal::Integrity && !self.broken_integrity(start, closed).is_empty() {
            return Err(possible(
                "make or edit a principal without an approved boundary, or change a boundary",
            ));
        }
        if asked.goal == Goal::Outside
            && let Some(primitive) = self.opened_beyond(start, closed)
        {
            return Err(possible(&format!("let itself in to a resource past its boundary ({primitive})")));
        }
        for actor in &actors {
            match self.of_actor(answers, start, actor, asked) {
                Verdict::Proved(_) | Verdict::NotApplicable => {}
                Verdict::Refuted(_) => {
                    let who =
                        self.member(actor.member).map(|member| member.arn().to_owned()).unwrap_or_default();
                    return Err(possible(&format!("reach the goal as {who}")));
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
            let Some((modifies, invokes)) = self.duties(answers, actor, asked) else { continue };
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

    /// Walks the path by which the actors come to be held, and shows the goal at its end.
    ///
    /// # Errors
    /// The path as far as it goes, and what must not be tried again.
    fn walk<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        closed: &Closure,
        end: &End,
        asked: GoalQuestion<'_>,
    ) -> Result<Path, Box<(Path, Refused)>> {
        let facts: Vec<Fact> = match end {
            End::Requests(actors) => actors.iter().flat_map(Actor::facts).collect(),
            End::Fact(fact) => vec![fact.clone()],
        };
        let order = slice(closed, &facts);
        let mut path = Path {
            goal: asked.goal,
            status: PathStatus::Possible,
            steps: Vec::new(),
            reached_by: Vec::new(),
            reached: String::new(),
            unreplayed: None,
        };
        let mut wanted = self.wanted(end, asked, start);
        let walk = loop {
            let mut walker = Walker {
                guards: &self.guards,
                answers,
                primitives: self.primitives,
                catalogue: self.plan.catalogue,
                pins: self.pins,
                start,
                wanted: wanted.clone(),
            };
            let walk = walker.walk(closed, &order);
            // What a session lacked is passed to it from the beginning.
            if walk.broken.is_empty() || walker.wanted.len() == wanted.len() {
                break walk;
            }
            wanted = walker.wanted;
        };
        let broken = walk.broken.first().cloned();
        path.steps.clone_from(&walk.steps);
        let arrived = match end {
            End::Requests(actors) => self.arrived(answers, start, walk, actors, asked),
            End::Fact(fact) => self.made(&walk, start, fact),
        };
        match arrived {
            Ok((requests, text)) => {
                path.reached_by = requests;
                path.reached = text;
                self.minimise(start, &mut path);
                let assumed = path
                    .steps
                    .iter()
                    .flat_map(|step| &step.evidence)
                    .any(|evidence| matches!(evidence, Evidence::Assumed(_)));
                path.status = if assumed { PathStatus::Conditional } else { PathStatus::Confirmed };
                Ok(path)
            }
            Err(text) => {
                if let Some(broken) = broken {
                    path.unreplayed = Some(broken.reason);
                    let mut refused = self.refusal(closed, broken.event);
                    // What was made anew may be why.
                    let anew = order.iter().filter(|place| self.recreates(closed, **place));
                    refused.extend(anew.flat_map(|place| self.refusal(closed, *place)));
                    return Err(Box::new((path, refused)));
                }
                path.unreplayed = Some(text);
                let last = order.iter().rev().find(|place| {
                    closed.events.get(**place).is_some_and(|event| matches!(event.cause, Cause::Primitive(_)))
                });
                let refused = last.map(|place| self.refusal(closed, *place)).unwrap_or_default();
                Err(Box::new((path, refused)))
            }
        }
    }

    /// Leaves out every step without which the others and the end can be made as well, the last first.
    fn minimise(&self, start: MemberId, path: &mut Path) {
        // Without a request at the end it is the last step itself that is wrong.
        let mut index = path.steps.len() - usize::from(path.reached_by.is_empty() && !path.steps.is_empty());
        while index > 0 {
            index -= 1;
            let mut fewer = path.clone();
            fewer.steps.remove(index);
            if self.replays(start, &fewer) {
                *path = fewer;
            }
        }
    }

    /// Whether the steps and the requests at the end can all be made, one after the other.
    fn replays(&self, start: MemberId, path: &Path) -> bool {
        let Some(member) = self.member(start) else { return false };
        let mut run = Run::new(self.guards.cast.world.clone(), member.arn(), self.plan.catalogue, self.pins);
        let requests = |all: &[Decided]| all.iter().map(|decided| decided.request.clone()).collect();
        let made = path.steps.iter().all(|step| {
            run.make(&Step { requests: requests(&step.requests), changes: step.changes.clone() }).is_ok()
                && run.make(&Step { requests: requests(&step.itself), changes: Vec::new() }).is_ok()
        });
        made && run.make(&Step { requests: requests(&path.reached_by), changes: Vec::new() }).is_ok()
    }

    /// The session tags with which the actors at the end reach the goal, where they are not their own.
    fn wanted(
        &mut self,
        end: &End,
        asked: GoalQuestion<'_>,
        start: MemberId,
    ) -> BTreeMap<MemberId, BTreeMap<String, String>> {
        let mut wanted = BTreeMap::new();
        let End::Requests(actors) = end else { return wanted };
        for actor in actors.iter().filter(|actor| actor.member != start) {
            let Some(place) = self.guards.place(actor) else { continue };
            let Some(subject) = self.guards.subject(place) else { continue };
            let of_place =
                self.known.iter().filter(|((goal, _, at, _), _)| *goal == asked.goal && *at == place);
            for (_, verdict) in of_place {
                if let Verdict::Refuted(witness) = verdict {
                    let tags = session_tags(witness, &subject);
                    if !tags.is_empty() {
                        wanted.insert(actor.member, tags);
                    }
                }
            }
        }
        wanted
    }

    /// A primitive by which the run opens the policies of resources that the boundary does not allow wholly anyway.
    fn opened_beyond(&self, start: MemberId, closed: &Closure) -> Option<String> {
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

    fn recreates(&self, closed: &Closure, place: usize) -> bool {
        closed.events.get(place).is_some_and(|event| match event.cause {
            Cause::Primitive(primitive) => {
                self.primitives.primitives.get(primitive).is_some_and(|known| known.effect == Recreate)
            }
            Cause::Passed | Cause::Carried | Cause::Said | Cause::Let | Cause::Taken => false,
        })
    }

    /// What must not be tried again since the event could not be made.
    fn refusal(&self, closed: &Closure, place: usize) -> Refused {
        let Some(event) = closed.events.get(place) else { return Refused::new() };
        let Cause::Primitive(primitive) = event.cause else {
            // The one who opened the trust policy is another next time.
            let opened = event.binding.member.and_then(|member| closed.origin.get(&Fact::Trusting(member)));
            return match opened {
                Some(before) if *before != place => self.refusal(closed, *before),
                Some(_) | None => Refused::new(),
            };
        };
        let id = self.primitives.primitives.get(primitive).map(|known| known.id.clone()).unwrap_or_default();
        event.made.iter().map(|made| (id.clone(), event.binding.clone(), made.actor.member)).collect()
    }

    /// What is wrong in the world as the last step left it.
    fn made(&self, walk: &Walk<'_>, start: MemberId, fact: &Fact) -> Result<(Vec<Decided>, String), String> {
        if walk.steps.is_empty() {
            return Err("no step was made".to_owned());
        }
        let world = walk.run.world();
        let text = match fact {
            Fact::Everything(id, _) | Fact::With(id, ..) | Fact::At(id, _) => {
                let member = self.member(*id).ok_or("nobody is changed")?;
                let arn = member.arn();
                let (_, principal) = world.principal(arn).ok_or_else(|| format!("{arn} is gone"))?;
                let carried = principal.boundary();
                let approved = carried.is_some_and(|boundary| self.plan.approved.contains(&boundary.name));
                let same = carried.map(|boundary| &boundary.name) == member.boundary.as_ref();
                if approved && (*id != start || same) {
                    return Err(format!("{arn} carries an approved boundary"));
                }
                match carried {
                    Some(boundary) => format!("{arn} carries the boundary {}", boundary.name),
                    None => format!("{arn} carries no boundary"),
                }
            }
            Fact::Says(policy, _) => format!("the approved boundary {policy} says something else"),
            Fact::Held(..)
            | Fact::Moved(..)
            | Fact::Without(..)
            | Fact::Trusting(_)
            | Fact::Tagged(_)
            | Fact::Renamed(_)
            | Fact::RenamedGroup(_)
            | Fact::TaggedWith(..)
            | Fact::Authored(_)
            | Fact::Unbound
            | Fact::Opened(_)
            | Fact::Aliased(_)
            | Fact::Provider(_)
            | Fact::Made(_) => return Err("nothing is wrong".to_owned()),
        };
        Ok((Vec::new(), text))
    }

    /// The goal in the world as the path left it.
    fn arrived<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        mut walk: Walk<'_>,
        actors: &[Actor],
        asked: GoalQuestion<'_>,
    ) -> Result<(Vec<Decided>, String), String> {
        let mut requests = Vec::new();
        for (place, actor) in actors.iter().enumerate() {
            let member = self.member(actor.member).ok_or("nobody is there")?;
            let mut subject = walk
                .subject(member, actor.member == start)
                .ok_or_else(|| format!("{} is gone", member.arn()))?;
            if actor.member == start && walk.steps.is_empty() {
                // One request: as it was decided, in any session.
                subject = member.subject.clone();
            }
            if let Some(limits) = &actor.limits {
                subject.policies.demanded.push(crate::steps::state::for_these_actions(limits));
            }
            let found =
                if asked.goal == Goal::ModifyAndInvoke {
                    let Question::Duties(modify, invoke) = asked.question else {
                        return Err("no question".to_owned());
                    };
                    let modifies = || actors.len() == 1 || place == 0;
                    let invokes = || actors.len() == 1 || place == 1;
                    let mut all = Vec::new();
                    if modifies() {
                        all.push(duties::modifies(answers, &subject, modify, self.plan.as_of.as_ref()));
                    }
                    if invokes() {
                        all.push(self.routes(answers, &subject, asked, |own, answers| {
                            own.routes(answers, invoke, None)
                        }));
                    }
                    all.into_iter().reduce(joined_witness).unwrap_or(Verdict::NotApplicable)
                } else {
                    let now = Actor {
                        cap: match &subject.policies.permissions_boundary {
                            Some(boundary) => boundary.first().map_or(Cap::None, |policy| {
                                Cap::Policy(
                                    Arc::clone(&policy.name),
                                    crate::steps::state::Text::Version(String::new()),
                                )
                            }),
                            None => Cap::None,
                        },
                        ..actor.clone()
                    };
                    self.decide(answers, start, &now, &subject, asked)
                };
            match found {
                Verdict::Refuted(witness) => requests.push(*witness),
                Verdict::Proved(_) | Verdict::NotApplicable => {
                    return Err(format!("{} does not reach the goal at the end", subject.arn));
                }
                Verdict::Inconclusive(reason) => return Err(reason.text()),
            }
        }
        let text = requests.iter().flat_map(Witness::facts).cloned().collect::<Vec<_>>().join("; ");
        let mut decided = Vec::new();
        for witness in &requests {
            for replayed in witness.requests() {
                let step = ringfence_model::steps::Step {
                    requests: vec![replayed.request.clone()],
                    changes: Vec::new(),
                };
                let own = actors.iter().filter_map(|actor| self.member(actor.member)).any(|member| {
                    replayed.request.principal.principal_arn().as_deref() == Some(member.arn())
                });
                let fresh =
                    own && (!walk.steps.is_empty() || actors.iter().any(|actor| actor.member != start));
                if fresh {
                    decided.extend(walk.run.make(&step).map_err(|failure| failure.to_string())?);
                } else {
                    decided.push(Decided {
                        request: replayed.request.clone(),
                        allowed_by: replayed.deciding.clone(),
                    });
                }
            }
        }
        Ok((decided, text))
    }

    /// What a proof says.
    pub(super) fn closed_set<A: Answers>(&mut self, answers: &mut A, start: MemberId) -> ClosedSet {
        let closed = self.closed(answers, start, Mode::May, Goal::ExpensiveModel);
        let held = closed
            .facts
            .held
            .keys()
            .filter_map(|member| self.member(*member))
            .map(|member| member.arn().to_owned())
            .collect();
        let id = |place: &usize| self.primitives.primitives.get(*place).map(|known| known.id.clone());
        let fired: BTreeSet<usize> = closed
            .events
            .iter()
            .filter_map(|event| match event.cause {
                Cause::Primitive(place) => Some(place),
                Cause::Passed | Cause::Carried | Cause::Said | Cause::Let | Cause::Taken => None,
            })
            .collect();
        let blocked = closed
            .blocked
            .iter()
            .filter(|(place, _)| !fired.contains(place))
            .filter_map(|(place, core)| Some((id(place)?, core.iter().cloned().collect())))
            .collect();
        ClosedSet {
            held,
            facts: closed.facts.all().count(),
            rounds: closed.rounds,
            fired: fired.iter().filter_map(id).collect(),
            blocked,
            unclassified: self.unclassified(answers, &closed),
            not_used: closed.not_used.iter().cloned().collect(),
        }
    }

    /// Actions that change IAM, the organisation, Identity Center or Bedrock, that somebody held may ask for, and that neither a primitive
    /// nor the list of what is harmless names.
    fn unclassified<A: Answers>(&mut self, answers: &mut A, closed: &Closure) -> Vec<String> {
        let open = self.primitives.unclassified(self.plan.catalogue);
        let mut found = BTreeSet::new();
        for actor in closed.at_the_end() {
            if let Some(place) = self.guards.place(&actor) {
                found.extend(self.guards.open_actions(answers, place, &open));
            }
        }
        let names = found.iter().filter_map(|id| self.plan.catalogue.action(*id));
        names.map(ringfence_model::catalogue::Action::full_name).collect()
    }
}

/// One refutation of two.
fn joined_witness(first: Verdict, second: Verdict) -> Verdict {
    match (first, second) {
        (Verdict::Refuted(first), Verdict::Refuted(second)) => {
            Verdict::Refuted(Box::new(first.join(*second)))
        }
        (first, second) => joined(vec![first, second]),
    }
}

/// The statement names principals of accounts, or everybody.
fn may_name_somebody(statement: &Statement) -> bool {
    statement.principal.as_ref().is_some_and(|element| {
        element.negated
            || element
                .values
                .iter()
                .any(|value| matches!(value, PrincipalPattern::Everyone | PrincipalPattern::Aws(_)))
    })
}

/// The document allows every request of the service.
fn allows_wholly(document: &PolicyDocument, service: &str) -> bool {
    let own = |pattern: &str| {
        pattern == "*"
            || pattern == "*:*"
            || pattern.strip_suffix(":*").is_some_and(|prefix| prefix.eq_ignore_ascii_case(service))
    };
    let allows = |statement: &Statement| {
        statement.effect == Effect::Allow
            && statement.conditions.is_empty()
            && !statement.action.negated
            && statement.action.values.iter().any(|action| own(&action.0))
            && statement.resource.as_ref().is_some_and(|element| {
                !element.negated && element.values.iter().any(|value| value.raw == "*")
            })
    };
    let may_deny = |statement: &Statement| {
        statement.effect == Effect::Deny
            && (statement.action.negated
                || statement.action.values.iter().any(|action| {
                    let prefix = action.0.split(':').next().unwrap_or_default();
                    prefix.contains(['*', '?']) || prefix.eq_ignore_ascii_case(service)
                }))
    };
    document.statements.iter().any(allows) && !document.statements.iter().any(may_deny)
}

/// Whether the subject makes one of the requests, and the document, whose statements are those of a boundary, does not allow it.
fn not_by(
    answers: &mut impl Answers,
    subject: &Subject,
    boundary: &NamedPolicy,
    targets: Vec<Target>,
    as_of: Option<&crate::decimal::Decimal>,
) -> Verdict {
    let level = |effect: Effect| {
        let statements: Vec<Statement> = boundary
            .document
            .statements
            .iter()
            .filter(|statement| statement.effect == effect)
            .map(|statement| Statement { effect: Effect::Allow, ..statement.clone() })
            .collect();
        let document = PolicyDocument { statements, ..boundary.document.as_ref().clone() };
        let policy = NamedPolicy { name: Arc::clone(&boundary.name), document: Arc::new(document) };
        ControlLevel { target: Arc::from("the boundary of whoever began"), policies: vec![policy] }
    };
    let denies = level(Effect::Deny);
    let denied = denies.policies.iter().any(|policy| !policy.document.statements.is_empty());
    let mut verdicts = Vec::new();
    if denied {
        let mut denying = subject.clone();
        denying.policies.demanded.push(denies);
        verdicts.push(unbound(answers, &denying, allowed(targets.clone(), as_of)));
    }
    let mut allowing = subject.policies.clone();
    allowing.demanded.push(level(Effect::Allow));
    let goal = QueryGoal::AllowedBeyond(Box::new(allowing));
    verdicts.push(unbound(answers, subject, Query { goal, ..allowed(targets, as_of) }));
    joined(verdicts)
}

/// Requests that the identity policies of the subject may allow: some first, then all.
fn targets_of_identity(
    catalogue: &ringfence_model::catalogue::Catalogue,
    subject: &Subject,
) -> (Vec<Target>, Vec<Target>) {
    let may = |service: &str, name: &str| {
        let identity = subject.policies.identity.iter().flat_map(|policy| &policy.document.statements);
        identity
            .filter(|statement| statement.effect == Effect::Allow)
            .any(|statement| crate::encode::action::may_match(statement, service, name))
    };
    let (mut targets, mut firsts): (Vec<Target>, Vec<Target>) = (Vec::new(), Vec::new());
    let mut service = "";
    for action in catalogue.actions() {
        if may(&action.service.to_ascii_lowercase(), &action.name.to_ascii_lowercase()) {
            let own = targets_of(catalogue, &action.full_name(), &[]);
            if service != action.service.as_ref() && firsts.len() < FIRSTS {
                service = action.service.as_ref();
                firsts.extend(own.first().cloned());
            }
            targets.extend(own);
        }
    }
    (firsts, targets)
}

/// Whether the subject makes a request that these policies do not allow.
fn beyond(
    answers: &mut impl Answers,
    catalogue: &ringfence_model::catalogue::Catalogue,
    subject: &Subject,
    policies: PolicySet,
    as_of: Option<&crate::decimal::Decimal>,
) -> Verdict {
    let (firsts, targets) = targets_of_identity(catalogue, subject);
    let goal = QueryGoal::AllowedBeyond(Box::new(policies));
    // Most who can do more can do something more of most services.
    for target in firsts {
        let query = Query { goal: goal.clone(), ..allowed(vec![target], as_of) };
        let verdict = unbound(answers, subject, query);
        if matches!(verdict, Verdict::Refuted(_)) {
            return verdict;
        }
    }
    unbound(answers, subject, Query { goal, ..allowed(targets, as_of) })
}
