//! What a closure rests on, written down for others to check: who can act, each step that was looked at, and what stops it.
//!
//! A closure that is complete is looked at once more with nothing left out ([`Fixpoint::traced`]). Of each step that does not fire one request
//! is noted that nobody makes, with the reason for each who can act; what the others would need is not told: without it more is said.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use ringfence_model::arn::AccountId;

use super::super::cast::Cast;
use super::super::guard::Guards;
use super::super::primitive::{Asked, Primitives};
use super::super::state::{Actor, Fact, Facts};
use super::{Cause, Fixpoint, Searching};
use crate::certificate::Certificate;
use crate::theorem::Answers;

/// Why somebody does not make a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hindrance {
    /// Proofs of these claims show it.
    Claims(BTreeSet<String>),
    /// The inputs show it without a question: in words.
    Shown(&'static str),
}

impl Hindrance {
    /// What a proof rests on: its claims, or that it took no question.
    pub fn of(certificate: &Certificate) -> Self {
        if certificate.claims.is_empty() {
            Self::Shown(NO_QUESTION)
        } else {
            Self::Claims(certificate.claims.clone())
        }
    }

    /// The claims that show it; none where the inputs do.
    pub fn claims(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::Claims(claims) => Some(claims),
            Self::Shown(_) => None,
        }
        .into_iter()
        .flatten()
        .map(String::as_str)
    }
}

/// A layer refuses all that is asked by its actions alone.
const NO_QUESTION: &str = "it takes no question: a layer of the principal's policies allows no such request, whatever its resources and conditions";
/// No statement of theirs allows the action, whatever its resources and conditions.
const STATEMENTS: &str = "no layer of the principal's policies has a statement that allows the action";
/// Principals of another account make the request.
const ACCOUNT: &str = "principals of another account make the request";
/// The role is passed by somebody else.
const PASSER: &str = "it is not the one who passes the role here";
/// The trust policy names nobody of the account.
const TRUST: &str =
    "the trust policy of the role admits nobody of the principal's account, or not the principal";
/// The request is not one that does this.
const OTHER_CALL: &str = "the call does something else than the step";
/// The step needs requests by X itself.
const ITSELF: &str = "the step needs the request of another principal";
/// EC2 takes a role on through an instance profile.
pub(super) const INSTANCE_PROFILE: &str =
    "the export shows the role in no instance profile, and nobody held may put it into one";
/// Whoever assumes itself gains nothing.
pub(super) const SAME: &str = "it would assume itself, which leads to nothing but the tags of a session";
/// No organization.json.
pub(super) const ORGANIZATION: &str = "the world shows no organisation, which is told as missing input";
/// Passed to a service that nobody uses.
pub(super) const NOT_USED: &str = "it may change nothing of the service to which the role would be passed";

/// A request that nobody makes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stopped {
    /// The action.
    pub asked: String,
    /// Everybody who can act, by place in [`Trace::actors`], with the reason.
    pub by: BTreeMap<Hindrance, Vec<usize>>,
}

/// A step that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// By which primitive.
    pub by: String,
    /// What would hold then; of a primitive of which nobody makes some request at all only that it leads somewhere.
    pub gains: Vec<String>,
    /// The request that nobody makes, by place in [`Trace::stopped`]; none if the step fires.
    pub stopped: Option<usize>,
}

/// A closure as others check it. Facts name principals by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// What may hold at the end, as far as steps and actors name it.
    pub holds: BTreeSet<String>,
    /// Who can act at the end: on which facts that hangs.
    pub actors: Vec<Vec<String>>,
    /// Requests that nobody makes.
    pub stopped: Vec<Stopped>,
    /// The steps.
    pub steps: Vec<Step>,
    /// The ARNs of principals that facts name, by their numbers.
    pub principals: BTreeMap<usize, String>,
}

/// A trace that is being made.
#[derive(Clone, Debug, Default)]
pub(super) struct Tracing {
    places: BTreeMap<Stopped, usize>,
    steps: BTreeSet<(String, Option<Vec<Fact>>, usize)>,
    /// The step that is looked at.
    step: Option<(String, Option<Vec<Fact>>)>,
    /// Who was asked for the request that is looked at, with what came of it.
    asked: Vec<(Actor, Hindrance)>,
}

impl Fixpoint {
    /// The closure, which is complete, as others check it, with who can act in the order of the trace; none if more comes to hold when it is
    /// looked at again.
    pub fn traced<A: Answers>(
        &self,
        guards: &mut Guards<'_>,
        answers: &mut A,
        primitives: &Primitives,
    ) -> Option<(Trace, Vec<Actor>)> {
        let mut again = self.clone();
        again.done = false;
        again.looked.clear();
        again.tried.clear();
        again.made = 0;
        again.tracing = Some(Box::default());
        again.advance(guards, answers, primitives);
        if again.closure.events.len() != self.closure.events.len() || again.closure.cut_off {
            return None;
        }
        let tracing = *again.tracing.take()?;
        let id =
            |place: usize| primitives.primitives.get(place).map_or("", |primitive| primitive.id.as_str());
        let mut trace = Trace::default();
        for one in again.actors.iter() {
            let facts = one.actor.facts();
            let facts =
                facts.iter().map(|fact| trace.named(fact, &self.closure.facts, guards.cast)).collect();
            trace.actors.push(facts);
        }
        for event in &self.closure.events {
            let by = match event.cause {
                Cause::Primitive(place) => id(place),
                Cause::Passed => "a role is passed to a service",
                Cause::Carried => "what holds at one boundary holds at the next",
                Cause::Said => "a policy says something else",
                Cause::Let => "a trust policy lets in",
                Cause::Deleted => "a name is freed",
                Cause::Taken => "somebody may do everything in an account",
            };
            let gains = event.gains.iter();
            let gains = gains.map(|fact| trace.named(fact, &self.closure.facts, guards.cast)).collect();
            trace.steps.push(Step { by: by.to_owned(), gains, stopped: None });
        }
        for (by, gains, place) in tracing.steps {
            let gains = match gains {
                Some(gains) => {
                    let gains = gains.iter();
                    gains.map(|fact| trace.named(fact, &self.closure.facts, guards.cast)).collect()
                }
                None => vec![format!("whatever {by} leads to")],
            };
            trace.steps.push(Step { by, gains, stopped: Some(place) });
        }
        trace.steps.sort_unstable();
        trace.steps.dedup();
        let mut stopped: Vec<(usize, Stopped)> =
            tracing.places.into_iter().map(|(stopped, place)| (place, stopped)).collect();
        stopped.sort_unstable_by_key(|(place, _)| *place);
        trace.stopped = stopped.into_iter().map(|(_, stopped)| stopped).collect();
        Some((trace, again.actors.iter().map(|one| one.actor.clone()).collect()))
    }
}

impl Trace {
    /// The fact in words, noted if it may hold: different facts are written differently.
    fn named(&mut self, fact: &Fact, facts: &Facts, cast: &Cast<'_>) -> String {
        let text = fact.in_words();
        if facts.holds(fact) {
            self.holds.insert(text.clone());
        }
        if let Some((id, member)) = fact.member().and_then(|id| Some((id, cast.member(id)?))) {
            self.principals.insert(id.0, member.arn().to_owned());
        }
        text
    }
}

impl Fact {
    /// The fact in words, with principals by their numbers: different facts are written differently.
    pub fn in_words(&self) -> String {
        format!("{self:?}")
    }
}

impl<A: Answers> Searching<'_, '_, A> {
    /// A step is looked at; one of which it is not told what it gains stands for all of its primitive.
    pub(super) fn trace_step(&mut self, by: &str, gains: Option<&[Fact]>) {
        if let Some(tracing) = &mut self.fixpoint.tracing {
            tracing.step = Some((by.to_owned(), gains.map(<[Fact]>::to_vec)));
        }
    }

    /// Somebody was asked for a request, and does not make it.
    pub(super) fn trace_asked(&mut self, actor: &Actor, hindrance: impl FnOnce() -> Hindrance) {
        if let Some(tracing) = &mut self.fixpoint.tracing {
            tracing.asked.push((actor.clone(), hindrance()));
        }
    }

    /// Nobody makes the request, of those of the account `within` if it names one: `only` whoever passes the role was asked.
    pub(super) fn trace_nobody(
        &mut self,
        (asked, is_meant): (&Asked, bool),
        within: Option<AccountId>,
        only: bool,
    ) {
        if self.fixpoint.tracing.is_none() {
            return;
        }
        let able: BTreeSet<usize> = self.able(&asked.action).who.iter().copied().collect();
        let reason = |index: usize, account: AccountId| match index {
            _ if !is_meant => OTHER_CALL,
            index if !able.contains(&index) => STATEMENTS,
            _ if within.is_some_and(|within| within != account) => ACCOUNT,
            _ if only => PASSER,
            _ => TRUST,
        };
        self.trace_groups(&asked.action, reason);
    }

    /// X itself does not make the request.
    pub(super) fn trace_itself(&mut self, asked: &Asked) {
        self.trace_groups(&asked.action, |_, _| ITSELF);
    }

    /// Nobody makes any request of the step, for this reason.
    pub(super) fn trace_none(&mut self, asked: &str, reason: &'static str) {
        self.trace_groups(asked, |_, _| reason);
    }

    fn trace_groups(&mut self, asked: &str, reason: impl Fn(usize, AccountId) -> &'static str) {
        let actors = Rc::clone(&self.fixpoint.actors);
        let Some(tracing) = &mut self.fixpoint.tracing else { return };
        let mut by: BTreeMap<Hindrance, Vec<usize>> = BTreeMap::new();
        for (index, standing) in actors.iter().enumerate() {
            let told = tracing.asked.iter().find(|(actor, _)| *actor == standing.actor);
            let hindrance = told.map_or_else(
                || Hindrance::Shown(reason(index, standing.account)),
                |(_, hindrance)| hindrance.clone(),
            );
            by.entry(hindrance).or_default().push(index);
        }
        tracing.asked.clear();
        let next = tracing.places.len();
        let place = *tracing.places.entry(Stopped { asked: asked.to_owned(), by }).or_insert(next);
        if let Some((by, gains)) = tracing.step.clone() {
            tracing.steps.insert((by, gains, place));
        }
    }
}
