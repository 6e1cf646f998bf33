//! The least set of facts that is closed under the primitives, in rounds (docs/steps.md).
//!
//! [`Mode::May`] fires whatever is not proved to be blocked: what it does not reach, no run reaches. [`Mode::Exact`] fires only what
//! a replayed request shows: what it reaches is worth a path, which a replay of the whole run confirms or not.

mod consequences;
mod passing;
mod refused;
mod requests;
mod round;
mod stops;
mod trace;

pub use self::refused::{Refused, is_not_let_in, not_let_in};
pub use self::stops::{Stop, Stops};
pub use self::trace::{Hindrance, Step, Stopped, Trace};

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use ringfence_model::arn::AccountId;
use rustc_hash::FxHashMap;

use self::trace::Tracing;
use super::bindings::bindings;
use super::cast::{Cast, MemberId};
use super::guard::{Binding, Chosen, Guard, Guards, Openness};
use super::primitive::{Asked, Primitive, Primitives};
use super::state::{Actor, Fact, Facts, Tags, Text};
use crate::theorem::Answers;
use crate::wrong::{WrongEngine, is_engine_on, takes_shortcuts};

/// Which steps count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Those that were not shown to be impossible.
    May,
    /// Those whose requests were replayed.
    Exact,
}

/// What makes an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The primitive at this place of the table.
    Primitive(usize),
    /// A role is passed to a service that it trusts, whatever the service then does: proofs count it, paths do not.
    Passed,
    /// What holds of a principal at one node holds at the next.
    Carried,
    /// A policy says something else, which holds for all who have it.
    Said,
    /// The trust policy lets in whoever makes the run.
    Let,
    /// Somebody may be deleted, so that others may have the name.
    Deleted,
    /// Somebody may do everything in an account: proofs count everybody there.
    Taken,
}

impl Cause {
    /// The place of the primitive; none of what follows by itself.
    pub fn primitive(&self) -> Option<usize> {
        match self {
            Self::Primitive(place) => Some(*place),
            Self::Passed | Self::Carried | Self::Said | Self::Let | Self::Deleted | Self::Taken => None,
        }
    }
}

/// A request of an event.
#[derive(Clone, Debug)]
pub struct Made {
    /// Who makes it.
    pub actor: Actor,
    /// Its place among the guards.
    pub place: usize,
    /// The request.
    pub asked: Asked,
    /// What is known of it.
    pub guard: Guard,
}

/// One step, or a consequence of one.
#[derive(Clone, Debug)]
pub struct Event {
    /// By what.
    pub cause: Cause,
    /// About whom.
    pub binding: Binding,
    /// Its requests.
    pub made: Vec<Made>,
    /// What must hold besides what its actors hang on.
    pub needs: Vec<Fact>,
    /// What holds then.
    pub gains: Vec<Fact>,
    /// In which round, from 1.
    pub round: usize,
}

impl Event {
    /// All that must hold before it.
    pub fn before(&self) -> Vec<Fact> {
        let mut all = self.needs.clone();
        all.extend(self.made.iter().flat_map(|made| made.actor.facts()));
        all
    }
}

/// What is closed.
#[derive(Clone, Debug)]
pub struct Closure {
    /// What may hold.
    pub facts: Facts,
    /// In order.
    pub events: Vec<Event>,
    /// The event by which each fact first came to hold; those of the beginning are not there.
    pub origin: BTreeMap<Fact, usize>,
    /// Everybody who could act, in every state, with the round from which on: 0 at the beginning.
    pub actors: Vec<(usize, Actor)>,
    /// How many rounds it took.
    pub rounds: usize,
    /// What stopped the primitives that did not fire.
    pub stops: Stops,
    /// Roles that may be passed to a service, of which nobody may change anything.
    pub not_used: BTreeSet<(String, String)>,
    /// A limit was reached: more may hold.
    pub cut_off: bool,
}

impl Closure {
    /// Everybody who can act once all holds.
    pub fn at_the_end(&self) -> Vec<Actor> {
        let able: BTreeSet<MemberId> = self.actors.iter().map(|(_, actor)| actor.member).collect();
        self.facts.actors().into_iter().filter(|actor| able.contains(&actor.member)).collect()
    }
}

/// So many rounds are made at most.
const ROUNDS: usize = 256;

/// A closure that is being made, round by round.
#[derive(Clone, Debug)]
pub struct Fixpoint {
    /// What holds so far.
    pub closure: Closure,
    start: MemberId,
    mode: Mode,
    stops: BTreeSet<MemberId>,
    refused: Refused,
    /// Nothing else of the principals of the world is changed or held; none if that is not known.
    among: Option<Rc<BTreeSet<MemberId>>>,
    /// Everybody who can act.
    actors: Rc<[Standing]>,
    /// The round in which each place among the guards could act first.
    since: FxHashMap<usize, usize>,
    /// Requests, by primitive, question, account and who is left out, that nobody could make who could act before the round.
    tried: FxHashMap<(usize, usize, Option<AccountId>, Option<MemberId>), usize>,
    /// What was known when each primitive was last looked at.
    looked: FxHashMap<usize, Looked>,
    /// Everybody who could act so far.
    seen: BTreeSet<Actor>,
    /// In each account where there is one somebody who may do everything: nobody else need be asked there.
    leaders: BTreeMap<AccountId, Standing>,
    /// Nothing more comes to hold.
    done: bool,
    /// Rounds that were made here, and not taken over.
    made: usize,
    /// What is written down of what is looked at, if anything is.
    tracing: Option<Box<Tracing>>,
}

impl Fixpoint {
    /// What holds when `start` begins. `stops` are not gone through: nothing is asked as them. Nobody takes a step that was `refused`.
    pub fn new(
        cast: &Cast<'_>,
        start: MemberId,
        mode: Mode,
        stops: BTreeSet<MemberId>,
        refused: Refused,
    ) -> Self {
        let closure = Closure {
            facts: Facts::at_start(cast, start, mode == Mode::Exact),
            events: Vec::new(),
            origin: BTreeMap::new(),
            actors: Vec::new(),
            rounds: 0,
            stops: Stops::default(),
            not_used: BTreeSet::new(),
            cut_off: false,
        };
        Self {
            closure,
            start,
            mode,
            stops,
            refused,
            among: None,
            actors: Rc::default(),
            since: FxHashMap::default(),
            tried: FxHashMap::default(),
            looked: FxHashMap::default(),
            seen: BTreeSet::new(),
            leaders: BTreeMap::new(),
            done: false,
            made: 0,
            tracing: None,
        }
    }

    /// The same, which looks at those principals of the world alone of which something may hold in `may`, a closure of the same run that proofs
    /// use: whatever a path does is among that.
    #[must_use]
    pub fn within(mut self, may: &Closure) -> Self {
        if !may.cut_off && takes_shortcuts() {
            let named = may.facts.all().filter_map(Fact::member).chain(may.facts.held.keys().copied());
            self.among = Some(Rc::new(named.collect()));
        }
        self
    }

    /// Nothing more comes to hold, or a limit was reached.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// True if all that a run by `member` reaches is reached here: it is held for everything, and nobody stops there.
    pub fn is_held(&self, member: MemberId) -> bool {
        !self.stops.contains(&member) && self.closure.facts.held.get(&member).is_some_and(Option::is_none)
    }

    /// Whether closures of the two runs may be shared: sessions of roles carry the same tags in both.
    pub fn is_like(&self, other: &Self) -> bool {
        self.closure.facts.free_sessions == other.closure.facts.free_sessions
    }

    /// One more round.
    pub fn advance<A: Answers>(&mut self, guards: &mut Guards<'_>, answers: &mut A, primitives: &Primitives) {
        if self.done {
            return;
        }
        let mut search = Searching {
            guards,
            answers,
            primitives,
            fixpoint: self,
            accounts: BTreeSet::new(),
            open: Vec::new(),
            able: FxHashMap::default(),
            within: None,
            passer: None,
            by_passer: false,
            posed: None,
        };
        search.round();
    }

    /// What holds here as well as what holds in `known`, which somebody reached whom this run holds: the closure goes on from both, and ends
    /// with the facts with which it would have ended. For proofs: the rounds and causes of `known` are those of another start.
    #[must_use]
    pub fn joined(&self, known: &Self) -> Self {
        let mut joined = known.clone();
        joined.start = self.start;
        joined.stops.clone_from(&self.stops);
        joined.done = false;
        joined.made = self.made;
        joined.closure.facts.begin_with(self.start, known.start);
        for fact in self.closure.facts.all() {
            joined.closure.facts.add(fact.clone());
        }
        joined.closure.facts.taken.extend(self.closure.facts.taken.iter().copied());
        joined.closure.events.extend(self.closure.events.iter().cloned());
        joined.closure.cut_off |= self.closure.cut_off;
        joined.closure.not_used.extend(self.closure.not_used.iter().cloned());
        joined.closure.stops.join(&self.closure.stops);
        joined.closure.rounds = known.closure.rounds.max(self.closure.rounds);
        joined
    }
}

struct Searching<'s, 'w, A> {
    guards: &'s mut Guards<'w>,
    answers: &'s mut A,
    primitives: &'s Primitives,
    fixpoint: &'s mut Fixpoint,
    /// The accounts in which somebody acts, in this round.
    accounts: BTreeSet<AccountId>,
    /// What the statements of each actor tell of actions of primitives.
    open: Vec<Rc<[Openness]>>,
    /// Those who may make requests of an action, in this round.
    able: FxHashMap<String, Able>,
    /// Only who is of this account counts.
    within: Option<AccountId>,
    /// Who passes the role of the primitive that is looked at, by its place in the actors of the fixpoint.
    passer: Option<usize>,
    /// Only who passes the role counts for the next request.
    by_passer: bool,
    /// While ways are sought for a binding: the places of the questions about it, by the number of the request.
    posed: Option<Vec<(usize, usize)>>,
}

/// Somebody who can act.
#[derive(Clone, Debug)]
struct Standing {
    actor: Actor,
    /// Its place among the guards.
    place: usize,
    account: AccountId,
    /// The round in which it could act first.
    since: usize,
}

/// What is known when a primitive is looked at: if none of it changed, looking again finds nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Looked {
    /// Facts from which it is told what the primitive may be about.
    changes: usize,
    /// The accounts in which somebody acts.
    accounts: usize,
    /// The round in which the last of those who may make one of its requests could act first.
    newest: usize,
}

/// Those who may make requests of an action.
#[derive(Clone, Debug, Default)]
struct Able {
    /// Their places in the actors of the fixpoint.
    who: Rc<[usize]>,
    /// The round in which the last of them could act first.
    newest: usize,
    /// The same for each account in which there is somebody.
    of_account: Rc<BTreeMap<AccountId, (Vec<usize>, usize)>>,
}

impl<A: Answers> Searching<'_, '_, A> {
    fn cast(&self) -> &Cast<'_> {
        self.guards.cast
    }

    /// Fires the primitive for all that it may be about.
    fn fire_all(&mut self, place: usize, found: &mut Vec<Event>) {
        let Some(primitive) = self.primitives.primitives.get(place) else { return };
        if primitive.is_of_organization() {
            // Which accounts administer such services for the organisation is not in the exports: the management account does.
            // Without organization.json no account is taken for it: that it is missing is told.
            let known = self.cast().world.organization.as_ref();
            let Some(management) = known.map(|known| known.management_account) else {
                self.trace_step(&primitive.id, None);
                self.trace_none(&primitive.id, trace::ORGANIZATION);
                return;
            };
            // To which account root access and account settings are delegated no input tells: proofs take any for one.
            if self.fixpoint.mode == Mode::Exact || !primitive.is_delegated_unseen() {
                self.within = Some(management);
            }
        }
        self.fire_by_actors(place, primitive, found);
        self.within = None;
    }

    fn fire_by_actors(&mut self, place: usize, primitive: &Primitive, found: &mut Vec<Event>) {
        if !primitive.is_searched() || !self.may_at_all(primitive) {
            return;
        }
        let of_those = |account: &AccountId| self.within.is_none_or(|within| within == *account);
        let accounts: BTreeSet<AccountId> = self.accounts.iter().copied().filter(of_those).collect();
        let actions = primitive.all_requests().map(|asked| asked.action.as_str());
        let profile = primitive.in_instance_profile.then_some(requests::ADD_TO_INSTANCE_PROFILE);
        let newest = actions.chain(profile).map(|action| self.able(action).newest).max().unwrap_or(0);
        let looked =
            Looked { changes: self.fixpoint.closure.facts.changes, accounts: accounts.len(), newest };
        let is_known = self.fixpoint.looked.insert(place, looked) == Some(looked);
        if is_known && self.fixpoint.refused.is_empty() && takes_shortcuts() {
            return;
        }
        for (mut binding, needs, gains) in bindings(
            primitive,
            self.guards.cast,
            self.guards.catalogue,
            &self.fixpoint.closure.facts,
            &accounts,
            (self.fixpoint.mode, self.fixpoint.among.as_deref()),
        ) {
            let gained = gains.iter().all(|gain| self.fixpoint.closure.facts.holds(gain));
            self.fixpoint.closure.stops.note_look(place, gained);
            if gained {
                continue;
            }
            let facts = &self.fixpoint.closure.facts;
            let cells = binding.member.map_or_else(|| vec![Tags::new()], |member| facts.tag_cells(member));
            let of_resource = facts.resource_cells(binding.resource.as_ref());
            let both = cells
                .iter()
                .flat_map(|tags| of_resource.iter().map(move |resource_tags| (tags, resource_tags)));
            // Whoever gets a name is asked about as it was called before.
            let names = if binding.new_name.is_some() {
                vec![None]
            } else {
                facts.names_of(binding.arn.as_ref(), binding.member)
            };
            let all = both.flat_map(|both| names.iter().map(move |called| (both, called)));
            for ((tags, resource_tags), called) in all {
                binding.tags.clone_from(tags);
                binding.resource_tags.clone_from(resource_tags);
                binding.called.clone_from(called);
                self.trace_step(&primitive.id, Some(&gains));
                let Some(made) = self.ways(place, primitive, &binding) else { continue };
                let mut needs = needs.clone();
                for chosen in [&binding.policy, &binding.requested].into_iter().flatten() {
                    let says = |policy: &Arc<str>| {
                        let texts = self.fixpoint.closure.facts.says.get(policy);
                        texts.is_some_and(|texts| texts.contains(&Text::Anything))
                    };
                    if let Chosen::Policy(policy) = chosen
                        && says(policy)
                    {
                        needs.push(Fact::Says(Arc::clone(policy), Text::Anything));
                    }
                }
                if let Some(member) = binding.member {
                    let tags = binding.tags.iter();
                    needs.extend(
                        tags.map(|(key, value)| Fact::TaggedWith(member, key.clone(), value.clone())),
                    );
                }
                needs.extend(binding.called.iter().filter_map(|name| match (&binding.arn, binding.member) {
                    (Some(group), _) => Some(Fact::GroupCalled(Arc::clone(group), Arc::clone(name))),
                    (None, Some(member)) => Some(Fact::Called(member, Arc::clone(name))),
                    (None, None) => None,
                }));
                if let Some(resource) = &binding.resource {
                    let tags = binding.resource_tags.iter();
                    needs.extend(tags.map(|(key, value)| {
                        Fact::ResourceTaggedWith(Arc::clone(resource), key.clone(), value.clone())
                    }));
                }
                let cause = Cause::Primitive(place);
                let round = self.fixpoint.closure.rounds;
                found.push(Event { cause, binding, made, needs, gains, round });
                break;
            }
        }
    }

    /// Whether somebody may make each request of some way at all.
    fn may_at_all(&mut self, primitive: &Primitive) -> bool {
        let mut stopping: Vec<&Asked> = Vec::new();
        if let Some(asked) = primitive.requests.iter().find(|asked| !self.anybody_may(&asked.action)) {
            stopping.push(asked);
        }
        for choice in primitive.choices.iter().filter(|_| stopping.is_empty()) {
            let of_way = |way: &Vec<Asked>| way.iter().position(|asked| !self.anybody_may(&asked.action));
            let missing: Vec<Option<usize>> = choice.iter().map(of_way).collect();
            if missing.iter().all(Option::is_some) {
                let named = choice.iter().zip(missing);
                stopping.extend(named.filter_map(|(way, place)| way.get(place?)));
                break;
            }
        }
        if stopping.is_empty() {
            return true;
        }
        self.trace_step(&primitive.id, None);
        for asked in stopping {
            self.trace_nobody((asked, true), self.within, false);
        }
        false
    }

    fn anybody_may(&mut self, action: &str) -> bool {
        let able = self.who_may(action);
        let is_within = |index: &usize| {
            self.within.is_none_or(|within| {
                self.fixpoint.actors.get(*index).is_some_and(|standing| standing.account == within)
            })
        };
        able.iter().any(is_within)
    }

    /// Adds what the event gains.
    fn take(&mut self, event: Event) {
        if is_engine_on(WrongEngine::DenyStays)
            && event.gains.iter().any(|gain| matches!(gain, Fact::Without(..)))
        {
            return;
        }
        let fresh: Vec<Fact> =
            event.gains.iter().filter(|gain| !self.fixpoint.closure.facts.holds(gain)).cloned().collect();
        if fresh.is_empty() {
            return;
        }
        let place = self.fixpoint.closure.events.len();
        for fact in fresh {
            if self.fixpoint.closure.facts.add(fact.clone()) {
                self.fixpoint.closure.origin.insert(fact, place);
            }
        }
        self.fixpoint.closure.events.push(event);
    }
}
