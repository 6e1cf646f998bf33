//! The walk to a goal, and whether it gets there.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::Arn;
use ringfence_model::condition::BaseOperator;
use ringfence_model::steps::{Change, Decided, Run, Step};
use ringfence_model::world::World;

use super::super::question::Question;
use super::goals::joined_witness;
use super::presence::taken_to_be_there;
use super::provisioned::{asks_for_tags, provisioned_in};
use super::search::End;
use super::{GoalQuestion, Stepping};
use crate::constraint::condition;
use crate::principals;
use crate::resource_side::ResourceSides;
use crate::steps::cast::{MemberId, MemberKind, Origin};
use crate::steps::closure::{Cause, Closure, Event, Refused, not_let_in};
use crate::steps::primitive::Effect::Recreate;
use crate::steps::slice::slice;
use crate::steps::state::{Actor, Cap, Fact};
use crate::steps::verdict::{Goal, Path, PathStatus};
use crate::steps::walk::{PathStep, Walk, Walker, demanding, session_tags};
use crate::subject::Subject;
use crate::theorem::passable::Passable;
use crate::theorem::{Answers, administrator, duties};
use crate::verdict::Verdict;
use crate::witness::Witness;

impl<'p, 'w> Stepping<'p, 'w> {
    /// Walks the path by which the actors come to be held, and shows the goal at its end.
    ///
    /// # Errors
    /// The path as far as it goes, and what must not be tried again.
    pub(super) fn walk<A: Answers>(
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
            End::Provisioned(both) => [&both.0, &both.1].into_iter().flat_map(Actor::facts).collect(),
        };
        let order = self.anew_first(closed, slice(closed, &facts));
        let mut path = Path {
            goal: asked.goal,
            status: PathStatus::Possible,
            steps: Vec::new(),
            reached_by: Vec::new(),
            reached: String::new(),
            assumed: Vec::new(),
            unreplayed: None,
        };
        let mut wanted = self.wanted(end, asked, start);
        let mut provisioned = Ok(());
        let walk = loop {
            let mut walker = self.walker(answers, start, wanted.clone());
            let mut walk = walker.walk(closed, &order);
            if let End::Provisioned(both) = end {
                provisioned = self.provision(&mut walker, &both.0, asked, &mut walk);
            }
            // What a session lacked is passed to it from the beginning.
            if walk.broken.is_empty() || walker.wanted.len() == wanted.len() {
                break walk;
            }
            wanted = walker.wanted;
        };
        let broken = walk.broken.first().cloned();
        path.steps.clone_from(&walk.steps);
        let arrived = match end {
            End::Requests(actors) => self.arrived(answers, start, walk, actors, (asked, Some(closed))),
            End::Fact(_) if walk.steps.is_empty() => Err("no step was made".to_owned()),
            End::Fact(fact) => {
                self.made(walk.run.world(), start, fact).map(|text| (Vec::new(), text, Vec::new()))
            }
            End::Provisioned(both) => provisioned.and_then(|()| {
                self.around.provisioned = provisioned_in(&walk.steps);
                let arrived =
                    self.arrived(answers, start, walk, std::slice::from_ref(&both.1), (asked, None));
                let provisioned = std::mem::take(&mut self.around.provisioned);
                match arrived {
                    Ok((requests, ..)) if asks_for_tags(&requests, &provisioned) => {
                        Err("what is provisioned has no tags".to_owned())
                    }
                    arrived => arrived,
                }
            }),
        };
        match arrived {
            Ok((requests, text, assumed)) => {
                path.reached_by = requests;
                path.reached = text;
                path.assumed = assumed;
                self.minimise(answers, start, end, &mut path);
                Ok(path.replayed())
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
                // What denies something may be why, and the goal hangs on it less than on what comes last.
                let denying = order.iter().filter(|place| self.brings_denies(closed, **place));
                let denying: Refused = denying.flat_map(|place| self.refusal(closed, *place)).collect();
                if !denying.is_empty() {
                    return Err(Box::new((path, denying)));
                }
                let last = order.iter().rev().find(|place| {
                    closed.events.get(**place).is_some_and(|event| matches!(event.cause, Cause::Primitive(_)))
                });
                let refused = last.map(|place| self.refusal(closed, *place)).unwrap_or_default();
                Err(Box::new((path, refused)))
            }
        }
    }

    /// Whoever walks the paths of `start`, whose sessions of roles are to be given these tags.
    pub(super) fn walker<'s, A: Answers>(
        &'s self,
        answers: &'s mut A,
        start: MemberId,
        wanted: BTreeMap<MemberId, BTreeMap<String, String>>,
    ) -> Walker<'s, 'w, 'p, A> {
        Walker {
            guards: &self.guards,
            answers,
            primitives: self.primitives,
            catalogue: self.plan.catalogue,
            pins: self.pins,
            start,
            wanted,
        }
    }

    /// Leaves out every step without which the others and the end can be made as well, the last first.
    pub(super) fn minimise<A: Answers>(&self, answers: &mut A, start: MemberId, end: &End, path: &mut Path) {
        // What is wrong in the world at the end may hold before the last step, but not at the beginning.
        let mut index = path.steps.len();
        let tells = path
            .steps
            .iter()
            .flat_map(|step| &step.changes)
            .any(|change| matches!(change, Change::Organization(_)));
        while index > 0 {
            index -= 1;
            let mut fewer = path.clone();
            fewer.steps.remove(index);
            if fewer.steps.is_empty() && fewer.reached_by.is_empty() {
                continue;
            }
            let Some(run) = self.replayed(start, &mut fewer, tells) else { continue };
            let ends = match end {
                // Nobody shows by a request that he administers an account.
                End::Requests(actors) if path.goal == Goal::Administrator => {
                    actors.iter().all(|actor| self.administers(answers, &run, actor.member))
                }
                End::Requests(_) => true,
                // What is asked for at the end is there since it was provisioned.
                End::Provisioned(..) => {
                    let there = provisioned_in(&fewer.steps);
                    let names = |decided: &Decided| {
                        there.iter().any(|(capacity, _)| decided.request.resource == **capacity)
                    };
                    fewer.reached_by.iter().any(names)
                }
                End::Fact(fact) => self.made(run.world(), start, fact).is_ok(),
            };
            if ends {
                *path = fewer;
            }
        }
    }

    /// Its credentials are held in the run, and it administers its account by the policies that it has there.
    fn administers<A: Answers>(&self, answers: &mut A, run: &Run<'_>, id: MemberId) -> bool {
        let Some(member) = self.member(id) else { return false };
        let Some((account, principal)) = run.world().principal(member.arn()) else { return false };
        let sides = Arc::new(ResourceSides::of(run.world()));
        let subject = principals::subject(run.world(), &sides, account, principal);
        run.holds(member.arn())
            && subject.policies.permissions_boundary.is_none()
            && administrator::is_administrator(answers, self.plan.catalogue, &subject)
    }

    /// The run once the steps and the requests at the end were all made, one after the other, each by the statements that allow it now; none
    /// if they cannot be.
    fn replayed(&self, start: MemberId, path: &mut Path, tells_organization: bool) -> Option<Run<'_>> {
        let member = self.member(start)?;
        let mut run =
            Run::new(Cow::Borrowed(self.guards.cast.world), member.arn(), self.plan.catalogue, self.pins);
        if tells_organization {
            run = run.telling_organization();
        }
        let requests = |all: &[Decided]| all.iter().map(|decided| decided.request.clone()).collect();
        for step in &mut path.steps {
            let made = Step { requests: requests(&step.requests), changes: step.changes.clone() };
            step.requests = run.make(&made).ok()?;
            step.itself = run.make(&Step { requests: requests(&step.itself), changes: Vec::new() }).ok()?;
        }
        let reached = Step { requests: requests(&path.reached_by), changes: Vec::new() };
        path.reached_by = run.make(&reached).ok()?;
        Some(run)
    }

    /// The session tags with which the actors at the end reach the goal, where they are not their own.
    pub(super) fn wanted(
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

    pub(super) fn recreates(&self, closed: &Closure, place: usize) -> bool {
        closed.events.get(place).is_some_and(|event| match event.cause {
            Cause::Primitive(primitive) => {
                self.primitives.primitives.get(primitive).is_some_and(|known| known.effect == Recreate)
            }
            Cause::Passed | Cause::Carried | Cause::Said | Cause::Let | Cause::Taken | Cause::Deleted => {
                false
            }
        })
    }

    /// The events, those that make somebody anew first, with what they hang on: whoever is made anew has lost what was done to it before.
    fn anew_first(&self, closed: &Closure, order: Vec<usize>) -> Vec<usize> {
        let mut first = Vec::new();
        for place in order.iter().filter(|place| self.recreates(closed, **place)) {
            let before = closed.events.get(*place).map(Event::before).unwrap_or_default();
            for event in slice(closed, &before).into_iter().chain([*place]) {
                if !first.contains(&event) {
                    first.push(event);
                }
            }
        }
        let rest: Vec<usize> = order.into_iter().filter(|place| !first.contains(place)).collect();
        first.into_iter().chain(rest).collect()
    }

    /// What must not be tried again since the event could not be made.
    pub(super) fn refusal(&self, closed: &Closure, place: usize) -> Refused {
        let Some(event) = closed.events.get(place) else { return Refused::new() };
        let Cause::Primitive(primitive) = event.cause else {
            // The one who opened the trust policy is another next time, or else a service lets him in.
            let Some(member) = event.binding.member else { return Refused::new() };
            let mut refused = match closed.origin.get(&Fact::Trusting(member)) {
                Some(before) if *before != place => self.refusal(closed, *before),
                Some(_) | None => Refused::new(),
            };
            refused.extend((event.cause == Cause::Let).then(|| not_let_in(member)));
            return refused;
        };
        let id = self.primitives.primitives.get(primitive).map(|known| known.id.clone()).unwrap_or_default();
        event.made.iter().map(|made| (id.clone(), event.binding.clone(), made.actor.member)).collect()
    }

    /// What is wrong in the world as the last step left it.
    fn made(&self, world: &World, start: MemberId, fact: &Fact) -> Result<String, String> {
        let text = match fact {
            Fact::Everything(id, _)
            | Fact::With(id, ..)
            | Fact::Without(id, ..)
            | Fact::WithoutBy(id, ..)
            | Fact::At(id, _) => {
                let member = self.member(*id).ok_or("nobody is changed")?;
                let arn = member.arn();
                let (_, principal) = world.principal(arn).ok_or_else(|| format!("{arn} is gone"))?;
                // Whoever was there before, such as a role that AWS keeps, is nobody whom the run made.
                if member.origin != Origin::World && self.guards.cast.world.principal(arn).is_some() {
                    return Err(format!("{arn} is not one that the run made"));
                }
                let is_edit = !matches!(fact, Fact::At(..));
                let before = &member.subject.policies.identity;
                let now = principal.identity();
                let edited = now.len() != before.len() || now.iter().any(|policy| !before.contains(policy));
                // Whoever only lost its boundary is nobody whose policies the run edits.
                if is_edit && member.origin == Origin::World && !edited {
                    return Err(format!("no policy of {arn} was edited"));
                }
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
            | Fact::Trusting(_)
            | Fact::Tagged(..)
            | Fact::SessionTagged(_)
            | Fact::ResourceTagged(..)
            | Fact::ResourceTaggedWith(..)
            | Fact::Renamed(_)
            | Fact::RenamedGroup(_)
            | Fact::Called(..)
            | Fact::GroupCalled(..)
            | Fact::TaggedWith(..)
            | Fact::Authored(..)
            | Fact::Freed(_)
            | Fact::Lifted(_)
            | Fact::ResourceSays(..)
            | Fact::Opened(_)
            | Fact::Aliased(_)
            | Fact::Made(_) => return Err("nothing is wrong".to_owned()),
        };
        Ok(text)
    }

    /// What the actor at `place`, now `subject`, does of the two duties in the world as the path left it, and what that takes for granted.
    fn duties_at_the_end<A: Answers>(
        &mut self,
        answers: &mut A,
        (start, subject): (MemberId, &Subject),
        (actors, place): (&[Actor], usize),
        (asked, closed, walk): (GoalQuestion<'_>, Option<&Closure>, &Walk<'_>),
    ) -> Result<(Verdict, Option<String>), String> {
        let Question::Duties(modify, invoke) = asked.question else {
            return Err("no question".to_owned());
        };
        let replicates = actors.get(place).is_some_and(Actor::replicates);
        let modify = modify.by(replicates);
        // Of two accounts one writes what a model of the other may be trained from.
        let accounts: BTreeSet<_> =
            actors.iter().filter_map(|actor| Some(self.member(actor.member)?.account())).collect();
        let data = (accounts.len() > 1).then(|| modify.of_training_data());
        let modify = data.as_ref().unwrap_or(&modify);
        let mut taken_for_granted = None;
        let mut all = Vec::new();
        if actors.len() == 1 || place == 0 {
            let account = walk.run.world().accounts.get(&subject.account);
            let passable = account.map(Passable::of);
            let as_of = self.plan.as_of.as_ref();
            let mut found = duties::modifies(answers, subject, modify, as_of, passable.as_ref());
            if !matches!(found, Verdict::Refuted(_))
                && let Some(closed) = closed
                && let Some((with_a_role, taken)) =
                    self.modifies_with_a_role(answers, (subject, modify), (closed, walk), start)
            {
                found = with_a_role;
                taken_for_granted = Some(taken);
            }
            all.push(found);
        }
        if actors.len() == 1 || place == 1 {
            all.push(self.routes(answers, subject, asked, |own, answers| own.routes(answers, invoke, None)));
        }
        let found = all.into_iter().reduce(joined_witness).unwrap_or(Verdict::NotApplicable);
        Ok((found, taken_for_granted))
    }

    /// The goal in the world as the path left it.
    pub(super) fn arrived<A: Answers>(
        &mut self,
        answers: &mut A,
        start: MemberId,
        mut walk: Walk<'_>,
        actors: &[Actor],
        (asked, closed): (GoalQuestion<'_>, Option<&Closure>),
    ) -> Result<Arrival, String> {
        let mut requests = Vec::new();
        let mut assumed = Vec::new();
        for (place, actor) in actors.iter().enumerate() {
            let member = self.member(actor.member).ok_or("nobody is there")?;
            let mut subject = walk
                .subject(member, actor.member == start)
                .ok_or_else(|| format!("{} is gone", member.arn()))?;
            if actor.member == start && walk.steps.is_empty() {
                // One request: as it was decided, in any session.
                subject = member.subject.clone();
            }
            if asked.goal == Goal::Administrator && !walk.run.holds(walk.now(member.arn())) {
                return Err(format!("credentials of {} are not held at the end", subject.arn));
            }
            if let Some(limits) = &actor.limits {
                subject.policies.demanded.push(crate::steps::state::for_these_actions(limits));
                // What a service does with the role it does where the resource is that it runs.
                let region = region_of_act(&walk, member.arn()).filter(|_| member.kind == MemberKind::Role);
                subject.policies.demanded.extend(region.map(|region| {
                    let asked = condition(BaseOperator::StringEquals, "aws:RequestedRegion", &[region]);
                    demanding("a service in the Region of its resource", vec![asked])
                }));
            }
            let found = if asked.goal == Goal::ModifyAndInvoke {
                let (found, taken) = self.duties_at_the_end(
                    answers,
                    (start, &subject),
                    (actors, place),
                    (asked, closed, &walk),
                )?;
                assumed.extend(taken);
                found
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
                let began = self.member(start).map(|member| Arc::from(walk.now(member.arn())));
                self.called = began;
                let found = self.decide(answers, start, (&now, None), &subject, asked);
                self.called = None;
                found
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
                    replayed.request.principal.principal_arn().as_deref() == Some(walk.now(member.arn()))
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
        if asked.goal == Goal::Integrity {
            assumed.extend(taken_to_be_there(self.guards.cast.world, walk.run.world(), &decided)?);
        }
        Ok((decided, text, assumed))
    }
}

/// The requests at the end, what is reached in words, and what that takes for granted.
type Arrival = (Vec<Decided>, String, Vec<String>);

/// The Region in which the last step by which the role acts for somebody has a resource.
fn region_of_act(walk: &Walk<'_>, role: &str) -> Option<String> {
    let obtains = |step: &&PathStep| {
        let of_role =
            |change: &Change| matches!(change, Change::Obtain { principal, .. } if **principal == *role);
        step.changes.iter().any(of_role)
    };
    let step = walk.steps.iter().rev().find(obtains)?;
    let regions = step.requests.iter().filter_map(|decided| Arn::parse(&decided.request.resource));
    regions.map(|arn| arn.region).find(|region| !region.is_empty() && *region != "*").map(str::to_owned)
}
