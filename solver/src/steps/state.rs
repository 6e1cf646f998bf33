//! The state of a run as facts that may hold: a local automaton for each principal, whose nodes are the boundaries that it may carry.
//!
//! Facts only ever come to hold (docs/steps.md): what a principal may do at a node grows along the edges, and what is allowed under fewer
//! facts is allowed under more. The node is kept apart from what was edited there, so that "edited while B was on, used while B
//! was off" takes an edge from the one node to the other.

mod actor;

pub use self::actor::{Actor, Beginning, for_these_actions};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::AccountId;

use super::cast::{Carried, Cast, Member, MemberId};
use super::lift::{Bound, Lift};
use super::new_policy::NewPolicy;
use super::tags::TagCell;
use crate::theorem::duties::REPLICATE;
use crate::wrong::{WrongEngine, is_engine_on};

/// What a managed policy says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Text {
    /// What it says in the world.
    Initial,
    /// What the stored version of this id says.
    Version(String),
    /// What a run wrote.
    Anything,
}

/// Which boundary a principal carries: a node of its automaton.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cap {
    /// None.
    None,
    /// This policy.
    Policy(Arc<str>, Text),
    /// Some policy that the search does not tell from others: it is taken for one that caps nothing.
    Other,
}

impl Cap {
    /// The boundary called `arn` as it is before the run.
    pub fn initial(arn: Option<&Arc<str>>) -> Self {
        arn.map_or(Self::None, |arn| Self::Policy(Arc::clone(arn), Text::Initial))
    }
}

/// What a run makes of the policy of a resource: its ARN, whose it is, and whom the policy lets in; nobody where it is deleted.
pub type Opened = (Arc<str>, AccountId, Option<MemberId>);

/// What may hold in a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// Requests can be made as the principal; of actions that some pattern matches, or of all.
    Held(MemberId, Option<Vec<String>>),
    /// It carries this boundary.
    At(MemberId, Cap),
    /// Its boundary can be changed so: from the one node, or from any, to the other. What was edited there goes along.
    Moved(MemberId, Option<Cap>, Cap),
    /// It has, there, an identity policy that allows everything.
    Everything(MemberId, Cap),
    /// An identity policy of its is without effect there as far as it denies.
    Without(MemberId, Cap, Arc<str>),
    /// One of several ways by which it has that policy there is gone.
    WithoutBy(MemberId, Cap, Arc<str>, Carried),
    /// It has, there, the managed policy, or all those of the group, besides its own.
    With(MemberId, Cap, Arc<str>, Text),
    /// Its trust policy may say anything.
    Trusting(MemberId),
    /// Its tags may be so.
    Tagged(MemberId, TagCell),
    /// The tags of the resource of an inventory may be so.
    ResourceTagged(Arc<str>, TagCell),
    /// Its tag of this key has this value, or none.
    ResourceTaggedWith(Arc<str>, String, Option<String>),
    /// Sessions of roles that let themselves be tagged may carry such tags.
    SessionTagged(TagCell),
    /// Its name and path may be any.
    Renamed(MemberId),
    /// The name and path of the group may be any.
    RenamedGroup(Arc<str>),
    /// In a path: the user has this ARN.
    Called(MemberId, Arc<str>),
    /// In a path: the group has this ARN, instead of the first.
    GroupCalled(Arc<str>, Arc<str>),
    /// The tag of this key has this value, or none.
    TaggedWith(MemberId, String, Option<String>),
    /// The managed policy may say this by default.
    Says(Arc<str>, Text),
    /// There may be a new managed policy that says anything, under a name of this kind that `iam:CreatePolicy` is allowed for.
    Authored(AccountId, NewPolicy),
    /// Nobody may have its name: others may get it.
    Freed(MemberId),
    /// SCPs or RCPs bind less.
    Lifted(Lift),
    /// In a path: the policy of the resource lets this member in, whatever it said before, or there is none.
    ResourceSays(Arc<str>, AccountId, Option<MemberId>),
    /// By this primitive the policy of some resource may say anything: whoever makes the run may be let in past its boundary.
    Opened(String),
    /// By this primitive there may be deployments, endpoints and profiles of models that no inventory lists.
    Aliased(String),
    /// By this primitive there may be an account with a role that nothing binds.
    Made(String),
}

impl Fact {
    /// S3 may replicate buckets with the rights of the principal, among what it may be used for.
    pub fn replicates(&self) -> bool {
        matches!(self, Self::Held(_, Some(limits)) if limits.iter().any(|limit| limit == REPLICATE))
    }

    /// The principal of which it tells something.
    pub fn member(&self) -> Option<MemberId> {
        match self {
            Self::Held(id, _)
            | Self::At(id, _)
            | Self::Moved(id, ..)
            | Self::Everything(id, _)
            | Self::Without(id, ..)
            | Self::WithoutBy(id, ..)
            | Self::With(id, ..)
            | Self::Trusting(id)
            | Self::Tagged(id, _)
            | Self::Renamed(id)
            | Self::Called(id, _)
            | Self::TaggedWith(id, ..)
            | Self::Freed(id) => Some(*id),
            Self::ResourceTagged(..)
            | Self::ResourceTaggedWith(..)
            | Self::SessionTagged(_)
            | Self::RenamedGroup(_)
            | Self::GroupCalled(..)
            | Self::Says(..)
            | Self::Authored(..)
            | Self::Lifted(_)
            | Self::ResourceSays(..)
            | Self::Opened(_)
            | Self::Aliased(_)
            | Self::Made(_) => None,
        }
    }
}

/// What holds of one member at one node.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edits {
    /// See [`Fact::Everything`].
    pub everything: bool,
    /// See [`Fact::Without`].
    pub without: BTreeSet<Arc<str>>,
    /// See [`Fact::With`].
    pub with: BTreeSet<(Arc<str>, Text)>,
}

/// All that holds so far, as it is asked for.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Who began the run.
    pub start: Option<MemberId>,
    /// Who is held, and for what: none for everything.
    pub held: BTreeMap<MemberId, Option<BTreeSet<String>>>,
    /// With whose rights S3 replicates buckets: whoever is held for everything makes no such request.
    pub replicating: BTreeSet<MemberId>,
    /// Which nodes are reached, and what was edited there.
    pub nodes: BTreeMap<MemberId, BTreeMap<Cap, Edits>>,
    /// See [`Fact::Moved`].
    pub moves: BTreeMap<MemberId, BTreeSet<(Option<Cap>, Cap)>>,
    /// See [`Fact::WithoutBy`].
    pub dropped: BTreeMap<MemberId, BTreeSet<(Cap, Arc<str>, Carried)>>,
    /// See [`Fact::Trusting`].
    pub trusting: BTreeSet<MemberId>,
    /// See [`Fact::Tagged`].
    pub tagged: BTreeMap<MemberId, BTreeSet<TagCell>>,
    /// See [`Fact::ResourceTagged`].
    pub resources_tagged: BTreeMap<Arc<str>, BTreeSet<TagCell>>,
    /// See [`Fact::ResourceTaggedWith`].
    pub resource_tags: BTreeMap<Arc<str>, BTreeSet<(String, Option<String>)>>,
    /// See [`Fact::SessionTagged`].
    pub session_tagged: BTreeSet<TagCell>,
    /// Sessions of roles may carry any tags that their trust policies admit.
    pub free_sessions: bool,
    taggable: Arc<BTreeSet<MemberId>>,
    of_any_name: Arc<BTreeSet<MemberId>>,
    by_name: Arc<BTreeMap<MemberId, BTreeSet<MemberId>>>,
    /// See [`Fact::Renamed`].
    pub renamed: BTreeSet<MemberId>,
    /// See [`Fact::RenamedGroup`].
    pub renamed_groups: BTreeSet<Arc<str>>,
    /// See [`Fact::Called`].
    pub called: BTreeMap<MemberId, BTreeSet<Arc<str>>>,
    /// See [`Fact::GroupCalled`].
    pub groups_called: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
    /// See [`Fact::TaggedWith`].
    pub tags: BTreeMap<MemberId, BTreeSet<(String, Option<String>)>>,
    /// See [`Fact::Says`].
    pub says: BTreeMap<Arc<str>, BTreeSet<Text>>,
    /// See [`Fact::Authored`].
    pub authored: BTreeMap<AccountId, BTreeSet<NewPolicy>>,
    /// See [`Fact::Freed`]; who may be renamed counts as well.
    pub freed: Arc<BTreeSet<MemberId>>,
    /// See [`Fact::Lifted`].
    pub lifted: BTreeSet<Lift>,
    lifted_for: BTreeMap<AccountId, Arc<BTreeSet<Lift>>>,
    bound: Arc<Bound>,
    /// See [`Fact::ResourceSays`].
    pub opened: BTreeSet<Opened>,
    /// Accounts in which everybody may do everything.
    pub taken: BTreeSet<AccountId>,
    /// How many facts came to hold other than that somebody is held.
    pub changes: usize,
    all: BTreeSet<Fact>,
}

impl Facts {
    /// Those at the beginning of a run by `start`: everybody carries the boundary that the world shows. For a path, or where the
    /// session that begins the run may carry tags and pass them on, sessions are free.
    pub fn at_start(cast: &Cast<'_>, start: MemberId, for_a_path: bool) -> Self {
        let free_sessions = for_a_path || cast.member(start).is_none_or(Member::has_tagged_sessions);
        let (taggable, bound) = (Arc::clone(&cast.taggable), Arc::clone(&cast.bound));
        let (of_any_name, by_name) = (Arc::clone(&cast.of_any_name), Arc::clone(&cast.by_name));
        let mut facts = Self {
            start: Some(start),
            free_sessions,
            taggable,
            of_any_name,
            by_name,
            bound,
            ..Self::default()
        };
        for id in cast.ids() {
            let Some(member) = cast.member(id) else { continue };
            if member.origin == super::cast::Origin::World {
                facts
                    .nodes
                    .entry(id)
                    .or_default()
                    .insert(Cap::initial(member.boundary.as_ref()), Edits::default());
            }
        }
        facts.held.insert(start, None);
        if is_engine_on(WrongEngine::CapOfTheStart) {
            let cap = cast.member(start).map_or(Cap::None, |member| Cap::initial(member.boundary.as_ref()));
            for (_, nodes) in facts.nodes.iter_mut().filter(|(id, _)| **id != start) {
                *nodes = BTreeMap::from([(cap.clone(), Edits::default())]);
            }
        }
        facts
    }

    /// These, where `start` begins instead of `before`.
    pub fn begin_with(&mut self, start: MemberId, before: MemberId) {
        self.start = Some(start);
        if start != before {
            self.all.remove(&Fact::Held(start, None));
            self.all.insert(Fact::Held(before, None));
            self.held.insert(start, None);
        }
    }

    /// Adds a fact; false if it held already, or one that includes it.
    pub fn add(&mut self, fact: Fact) -> bool {
        if self.holds(&fact) {
            return false;
        }
        self.changes += usize::from(!matches!(fact, Fact::Held(..)));
        self.replicating.extend(fact.member().filter(|_| fact.replicates()));
        match &fact {
            Fact::Held(member, limits) => match (self.held.get_mut(member), limits) {
                (Some(known), None) => *known = None,
                (Some(known), Some(limits)) => {
                    if let Some(known) = known {
                        known.extend(limits.iter().cloned());
                    }
                }
                (None, limits) => {
                    let limits = limits.as_ref().map(|limits| limits.iter().cloned().collect());
                    self.held.insert(*member, limits);
                }
            },
            Fact::At(member, cap) => {
                self.nodes.entry(*member).or_default().entry(cap.clone()).or_default();
            }
            Fact::Moved(member, from, to) => {
                self.moves.entry(*member).or_default().insert((from.clone(), to.clone()));
            }
            Fact::Everything(member, cap) => self.edits(*member, cap).everything = true,
            Fact::Without(member, cap, policy) => {
                self.edits(*member, cap).without.insert(Arc::clone(policy));
            }
            Fact::WithoutBy(member, cap, policy, carried) => {
                let way = (cap.clone(), Arc::clone(policy), carried.clone());
                self.dropped.entry(*member).or_default().insert(way);
            }
            Fact::With(member, cap, policy, text) => {
                self.edits(*member, cap).with.insert((Arc::clone(policy), text.clone()));
            }
            Fact::Trusting(member) => {
                self.trusting.insert(*member);
            }
            Fact::Tagged(member, cell) => {
                // What includes others is all that is said: which came first must not show.
                if *cell == TagCell::Any {
                    self.tagged.remove(member);
                    self.all.retain(|known| !matches!(known, Fact::Tagged(of, _) if of == member));
                }
                self.tagged.entry(*member).or_default().insert(cell.clone());
            }
            Fact::ResourceTagged(resource, cell) => {
                self.resources_tagged.entry(Arc::clone(resource)).or_default().insert(cell.clone());
            }
            Fact::ResourceTaggedWith(resource, key, value) => {
                self.resource_tags
                    .entry(Arc::clone(resource))
                    .or_default()
                    .insert((key.clone(), value.clone()));
            }
            Fact::SessionTagged(cell) => {
                if *cell == TagCell::Any {
                    self.session_tagged.clear();
                    self.all.retain(|known| !matches!(known, Fact::SessionTagged(_)));
                }
                self.session_tagged.insert(cell.clone());
            }
            Fact::Renamed(member) => {
                self.renamed.insert(*member);
                Arc::make_mut(&mut self.freed).insert(*member);
            }
            Fact::RenamedGroup(group) => {
                self.renamed_groups.insert(Arc::clone(group));
            }
            Fact::Called(member, name) => {
                self.called.entry(*member).or_default().insert(Arc::clone(name));
            }
            Fact::GroupCalled(group, name) => {
                self.groups_called.entry(Arc::clone(group)).or_default().insert(Arc::clone(name));
            }
            Fact::TaggedWith(member, key, value) => {
                self.tags.entry(*member).or_default().insert((key.clone(), value.clone()));
            }
            Fact::Says(policy, text) => {
                self.says.entry(Arc::clone(policy)).or_default().insert(text.clone());
            }
            Fact::Authored(account, kind) => {
                self.authored.entry(*account).or_default().insert(kind.clone());
            }
            Fact::Freed(member) => {
                Arc::make_mut(&mut self.freed).insert(*member);
            }
            Fact::Lifted(lift) => {
                self.lifted.insert(lift.clone());
                self.lifted_for = self.bound.after(&self.lifted);
            }
            Fact::ResourceSays(resource, owner, whom) => {
                self.opened.insert((Arc::clone(resource), *owner, *whom));
            }
            Fact::Opened(..) | Fact::Aliased(_) | Fact::Made(_) => {}
        }
        self.all.insert(fact);
        true
    }

    fn edits(&mut self, member: MemberId, cap: &Cap) -> &mut Edits {
        self.nodes.entry(member).or_default().entry(cap.clone()).or_default()
    }

    /// The fact holds, or one that includes it.
    pub fn holds(&self, fact: &Fact) -> bool {
        if self.all.contains(fact) {
            return true;
        }
        match fact {
            Fact::Held(member, _) if fact.replicates() && !self.replicating.contains(member) => false,
            Fact::Held(member, limits) => match (self.held.get(member), limits) {
                (Some(None), _) => true,
                (None, _) | (Some(Some(_)), None) => false,
                (Some(Some(known)), Some(limits)) => limits.iter().all(|limit| known.contains(limit)),
            },
            Fact::At(member, cap) => self.nodes.get(member).is_some_and(|nodes| nodes.contains_key(cap)),
            Fact::Everything(member, cap) => self.edited(*member, cap).is_some_and(|edits| edits.everything),
            Fact::Tagged(member, _) => {
                self.tagged.get(member).is_some_and(|cells| cells.contains(&TagCell::Any))
            }
            Fact::SessionTagged(_) => self.session_tagged.contains(&TagCell::Any),
            Fact::Moved(..)
            | Fact::Without(..)
            | Fact::WithoutBy(..)
            | Fact::With(..)
            | Fact::Trusting(_)
            | Fact::ResourceTagged(..)
            | Fact::ResourceTaggedWith(..)
            | Fact::Renamed(_)
            | Fact::RenamedGroup(_)
            | Fact::Called(..)
            | Fact::GroupCalled(..)
            | Fact::TaggedWith(..)
            | Fact::Says(..)
            | Fact::Authored(..)
            | Fact::Freed(_)
            | Fact::Lifted(_)
            | Fact::ResourceSays(..)
            | Fact::Opened(..)
            | Fact::Aliased(_)
            | Fact::Made(_) => false,
        }
    }

    /// Nothing that is done to the member gives it more.
    pub fn is_full(&self, id: MemberId, member: &Member) -> bool {
        let held = self.held.get(&id).is_some_and(Option::is_none);
        let node = self.edited(id, &Cap::None).or_else(|| self.edited(id, &Cap::Other));
        held && node.is_some_and(|edits| {
            edits.everything && member.denies.iter().all(|(policy, _)| edits.without.contains(policy))
        })
    }

    /// What was edited at a node; none where the node is not reached.
    pub fn edited(&self, member: MemberId, cap: &Cap) -> Option<&Edits> {
        self.nodes.get(&member)?.get(cap)
    }

    /// All facts that came to hold, in order.
    pub fn all(&self) -> impl Iterator<Item = &Fact> {
        self.all.iter()
    }
}

/// Tags that somebody was given, and those that it lost.
pub type Tags = BTreeMap<String, Option<String>>;

/// `tags` as they are after these changes.
pub fn with_tags(tags: &mut BTreeMap<String, String>, changes: &Tags) {
    for (key, value) in changes {
        tags.retain(|known, _| !known.eq_ignore_ascii_case(key));
        if let Some(value) = value {
            tags.insert(key.clone(), value.clone());
        }
    }
}

impl Facts {
    /// Everybody who is held, at every node.
    pub fn actors(&self) -> Vec<Actor> {
        let held = self.held.iter();
        let held = held.flat_map(|(member, limits)| self.states_for(*member, limits.as_ref()));
        let replicates = BTreeSet::from([REPLICATE.to_owned()]);
        held.chain(self.replicating.iter().flat_map(|member| self.states_for(*member, Some(&replicates))))
            .collect()
    }

    /// The member at every node, whether or not it is held.
    pub fn states(&self, member: MemberId) -> Vec<Actor> {
        self.states_for(member, None)
    }

    /// The ways in which the tags of the member may be: as they are, or with one that was given or taken.
    pub fn tag_cells(&self, member: MemberId) -> Vec<Tags> {
        let changed = self.tags.get(&member).into_iter().flatten();
        let cells = changed.map(|(key, value)| Tags::from([(key.clone(), value.clone())]));
        std::iter::once(Tags::new()).chain(cells).collect()
    }

    /// What the group, or else the member, may be called: as it is, or otherwise.
    pub fn names_of(&self, group: Option<&Arc<str>>, member: Option<MemberId>) -> Vec<Option<Arc<str>>> {
        let others = match (group, member) {
            (Some(group), _) => self.groups_called.get(group),
            (None, Some(member)) => self.called.get(&member),
            (None, None) => None,
        };
        std::iter::once(None).chain(others.into_iter().flatten().cloned().map(Some)).collect()
    }

    /// The same for a resource of an inventory.
    pub fn resource_cells(&self, resource: Option<&Arc<str>>) -> Vec<Tags> {
        let changed = resource.and_then(|arn| self.resource_tags.get(arn)).into_iter().flatten();
        let cells = changed.map(|(key, value)| Tags::from([(key.clone(), value.clone())]));
        std::iter::once(Tags::new()).chain(cells).collect()
    }

    /// What the run makes of policies of resources, as far as it counts for the member: a policy that lets it in is not deleted besides.
    fn opened_for(&self, id: MemberId) -> Arc<BTreeSet<Opened>> {
        if self.opened.is_empty() {
            return Arc::default();
        }
        let lets_in: BTreeSet<&Arc<str>> =
            self.opened.iter().filter(|(_, _, whom)| *whom == Some(id)).map(|(arn, ..)| arn).collect();
        let counts = |(arn, _, whom): &&Opened| match whom {
            Some(whom) => *whom == id,
            None => !lets_in.contains(arn),
        };
        Arc::new(self.opened.iter().filter(counts).cloned().collect())
    }

    fn states_for(&self, id: MemberId, limits: Option<&BTreeSet<String>>) -> Vec<Actor> {
        let mut all = Vec::new();
        let opened = self.opened_for(id);
        let lifted = self.bound.account(id).and_then(|account| self.lifted_for.get(&account));
        let lifted = lifted.cloned().unwrap_or_default();
        // Of whoever has a name of its own nothing hangs on the names of others.
        let any_name = self.of_any_name.contains(&id) || self.renamed.contains(&id);
        let freed = if any_name { Arc::clone(&self.freed) } else { Arc::default() };
        // Of most roles nothing hangs on who may tag sessions.
        let limited = !self.free_sessions && self.taggable.contains(&id) && !self.trusting.contains(&id);
        // A user whom the trust policy names, and who is called otherwise by then, begins a session as nobody does before.
        let named = self.by_name.get(&id).into_iter().flatten();
        let is_renamed = |user: &MemberId| self.renamed.contains(user) || self.called.contains_key(user);
        let beginning = if self.trusting.contains(&id) {
            Beginning::Anyhow
        } else if named.into_iter().any(is_renamed) {
            Beginning::ByRenamed
        } else {
            Beginning::AsTrusted
        };
        let names = self.names_of(None, Some(id));
        let cells = self.tag_cells(id);
        for (tags, called) in cells.iter().flat_map(|tags| names.iter().map(move |called| (tags, called))) {
            for (cap, edits) in self.nodes.get(&id).into_iter().flatten() {
                all.push(Actor {
                    member: id,
                    cap: cap.clone(),
                    edits: edits.clone(),
                    tagged: self.tagged.get(&id).cloned().unwrap_or_default(),
                    session_tagged: if limited { self.session_tagged.clone() } else { BTreeSet::new() },
                    free_session: !limited,
                    beginning,
                    renamed: self.renamed.contains(&id),
                    called: called.clone(),
                    tags: tags.clone(),
                    lifted: lifted.clone(),
                    opened: Arc::clone(&opened),
                    freed: freed.clone(),
                    limits: limits.cloned(),
                });
            }
        }
        all
    }
}
