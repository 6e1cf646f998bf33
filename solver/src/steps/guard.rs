//! Guards: whether somebody in a run may make a request of a primitive. Each is decided once, by the solver.

mod further;
mod general;
mod refusals;
mod request;

pub use self::further::{RUN_COMMANDS, of_aws_in_paths};
pub use self::refusals::{Refusal, too_narrow};
pub use self::request::of_names;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use ringfence_model::arn::{AccountId, kind_of};
use ringfence_model::catalogue::{AccessLevel, Action, ActionId, Catalogue};
use ringfence_model::context::ContextKey;
use ringfence_model::steps;
use rustc_hash::FxHashMap;

use self::refusals::Refusals;
use super::cast::{Cast, MemberId};
use super::closure::Mode;
use super::lift::Lift;
use super::new_policy::NewPolicy;
use super::primitive::{Asked, On, Primitive, Primitives, Said};
use super::state::{Actor, Cap, Tags};
use super::tags::TagCell;
use crate::certificate::Certificate;
use crate::decimal::Decimal;
use crate::formula::{Layer, Restriction};
use crate::query::{Query, Target};
use crate::subject::Subject;
use crate::theorem::asking::unbound;
use crate::theorem::{Answers, allowed, targets_of};
use crate::verdict::{Reason, Verdict};
use crate::wildcard::Language;
use crate::witness::Witness;
use crate::wrong::takes_shortcuts;

/// A policy that is put somewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chosen {
    /// This one.
    Policy(Arc<str>),
    /// Some managed policy of AWS that is none of the candidates.
    OfAws,
    /// Some managed policy of the account that is none of the candidates.
    OfAccount,
    /// One that the run writes.
    Authored(NewPolicy),
    /// None at all.
    None,
}

/// What the words of a request stand for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Binding {
    /// X, if it is a principal.
    pub member: Option<MemberId>,
    /// The ARN of X, if it is something else, or of the group or policy that X is about.
    pub arn: Option<Arc<str>>,
    /// The node of X.
    pub cap: Option<Cap>,
    /// The boundary that is put on X.
    pub requested: Option<Chosen>,
    /// The policy that is chosen.
    pub policy: Option<Chosen>,
    /// The services to which X may be passed.
    pub services: Arc<[String]>,
    /// The resource that runs with X, where one is known.
    pub resource: Option<Arc<str>>,
    /// Where no resource is known, though one of some types would be: those of which it may be. Any where there are none.
    pub of_types: Arc<[Arc<str>]>,
    /// The account of X and of the resource, where nothing lists that and others are to make requests on it.
    pub owner: Option<AccountId>,
    /// What carries a Deny, or the version that is chosen, or a tag: `key=value`, or the key of one that goes.
    pub name: Option<Arc<str>>,
    /// The name of X may be any.
    pub renamed: bool,
    /// What X, or the group that X is about, is called, if not as before.
    pub called: Option<Arc<str>>,
    /// What the step calls it; where a proof asks, what it is called before, which the new name is not.
    pub new_name: Option<Arc<str>>,
    /// The tags that X was given or lost.
    pub tags: Tags,
    /// The tags that the resource was given or lost.
    pub resource_tags: Tags,
    /// The name of the policy that the request makes, where proofs ask about kinds of names.
    pub new_policy: Option<NewPolicy>,
    /// Names, in small letters, that X has not, where it may have any other.
    pub taken: Arc<BTreeSet<String>>,
    /// What is lifted of what binds accounts.
    pub lift: Option<Lift>,
    /// What else the step is about, on which AWS checks some calls as well.
    pub further: Arc<[Arc<str>]>,
    /// What the request writes, or takes off, where proofs ask about kinds of tags.
    pub tag: Option<TagCell>,
    /// The tags that a session of X is given.
    pub session_tags: BTreeMap<String, String>,
}

/// A call that the trust policy of a role must allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrustCall {
    /// Assuming the role.
    Assume,
    /// Giving the session tags.
    Tag,
    /// Giving it a source identity.
    SourceIdentity,
}

impl TrustCall {
    /// The one that has this name.
    pub fn named(action: &str) -> Option<Self> {
        let name = action.strip_prefix("sts:")?;
        let mut all = [Self::Assume, Self::Tag, Self::SourceIdentity].into_iter();
        all.find(|call| call.name().eq_ignore_ascii_case(name))
    }

    /// Its name, in small letters.
    fn name(self) -> &'static str {
        match self {
            Self::Assume => "assumerole",
            Self::Tag => "tagsession",
            Self::SourceIdentity => "setsourceidentity",
        }
    }
}

/// So many guards are remembered at most from one piece of work to the next.
const REMEMBERED: usize = 1_000_000;

/// What is known of a guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// No such request is allowed, as this shows.
    Blocked(Arc<Certificate>),
    /// This one is.
    Allowed(Arc<Witness>),
    /// Neither was shown.
    Open(Arc<Reason>),
}

impl Guard {
    /// No such request is allowed.
    pub fn is_blocked(&self) -> bool {
        matches!(self, Self::Blocked(_))
    }
}

/// What a guard hangs on, beside who asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    /// The number of the request.
    asked: usize,
    binding: Binding,
    tagged: BTreeSet<TagCell>,
    /// See [`Posed::mode`], where the request hangs on it.
    whole: bool,
}

/// A question of which the place among all questions is known.
#[derive(Clone, Copy, Debug)]
pub struct Posed<'q> {
    /// The request.
    pub asked: &'q Asked,
    /// What its words stand for.
    pub binding: &'q Binding,
    /// The kinds of tags that somebody may have written by then.
    pub tagged: &'q BTreeSet<TagCell>,
    /// For a path the call has to be allowed on all resources on which AWS mostly checks it.
    pub mode: Mode,
    /// Its place: equal for questions that are equal.
    pub place: usize,
}

/// All guards that were decided so far, and what they were decided with.
#[derive(Debug)]
pub struct Guards<'w> {
    /// The cast.
    pub cast: &'w Cast<'w>,
    /// The catalogue.
    pub catalogue: &'w Catalogue,
    /// The earliest instant of a request.
    pub as_of: Option<Decimal>,
    actors: BTreeMap<Actor, usize>,
    subjects: Vec<Arc<Subject>>,
    questions: FxHashMap<Question, usize>,
    known: FxHashMap<(usize, usize), Guard>,
    /// The same of [`Self::decide_by_what_is_shown`].
    known_by_what_is_shown: FxHashMap<(usize, usize), Guard>,
    /// The places in `actions` of the actions of primitives that the catalogue knows.
    named: FxHashMap<String, usize>,
    trusting: FxHashMap<(MemberId, MemberId, TrustCall), bool>,
    trusted: FxHashMap<(MemberId, TrustCall), Option<Arc<BTreeSet<AccountId>>>>,
    /// By actor what its statements alone tell of each action in `actions`.
    able: FxHashMap<usize, Rc<[Openness]>>,
    uses: FxHashMap<(usize, String), bool>,
    refusals: Refusals,
    /// The actions of all primitives that the catalogue knows.
    actions: Arc<[ActionId]>,
    /// All requests of them, action by action, with how many there are of each.
    plain: Query,
    of_each: Vec<usize>,
    /// Kinds of resources, by service and word of their ARNs, whose tags nothing changes but calls of primitives.
    tagged_by_calls: BTreeSet<(String, String)>,
    /// Managed policies that AWS offers, by partition.
    of_aws: RefCell<BTreeMap<String, Language>>,
}

/// The layers that refuse all requests of an action by their statements alone; none where some request is left.
pub type Openness = Option<Rc<BTreeSet<Restriction>>>;

impl<'w> Guards<'w> {
    /// None yet.
    pub fn new(
        cast: &'w Cast<'w>,
        catalogue: &'w Catalogue,
        primitives: &Primitives,
        as_of: Option<Decimal>,
    ) -> Self {
        let all = primitives.primitives.iter().flat_map(Primitive::all_requests);
        let names = all.map(|asked| asked.action.as_str()).chain(["iam:PassRole"]);
        let known: BTreeMap<&str, ActionId> =
            names.filter_map(|name| Some((name, catalogue.find_action(name)?))).collect();
        let actions: BTreeSet<ActionId> = known.values().copied().collect();
        let actions: Vec<ActionId> = actions.into_iter().collect();
        let place = |id: &ActionId| actions.binary_search(id).ok();
        let named = known.iter().filter_map(|(name, id)| Some(((*name).to_owned(), place(id)?))).collect();
        let plain: Vec<Vec<Target>> =
            actions.iter().map(|action| plain_targets(catalogue, *action)).collect();
        let of_each = plain.iter().map(Vec::len).collect();
        let plain = allowed(plain.into_iter().flatten().collect(), as_of.as_ref());
        Self {
            cast,
            catalogue,
            as_of,
            actors: BTreeMap::new(),
            subjects: Vec::new(),
            questions: FxHashMap::default(),
            known: FxHashMap::default(),
            known_by_what_is_shown: FxHashMap::default(),
            named,
            trusting: FxHashMap::default(),
            trusted: FxHashMap::default(),
            able: FxHashMap::default(),
            uses: FxHashMap::default(),
            refusals: Refusals::default(),
            actions: actions.into(),
            plain,
            of_each,
            tagged_by_calls: tagged_by_calls(catalogue, primitives),
            of_aws: RefCell::default(),
        }
    }

    /// Forgets all, where it is much: what is asked next is mostly about others.
    pub fn forget_if_many(&mut self) -> bool {
        let many = self.known.len() > REMEMBERED;
        if many {
            self.actors = BTreeMap::new();
            self.subjects = Vec::new();
            self.questions = FxHashMap::default();
            self.known = FxHashMap::default();
            self.known_by_what_is_shown = FxHashMap::default();
            self.able = FxHashMap::default();
            self.uses = FxHashMap::default();
            self.refusals = Refusals::default();
        }
        many
    }

    /// The place of the actor, by which its guards are known.
    pub fn place(&mut self, actor: &Actor) -> Option<usize> {
        if let Some(place) = self.actors.get(actor) {
            return Some(*place);
        }
        let subject = actor.subject(self.cast)?;
        let place = self.subjects.len();
        self.subjects.push(Arc::new(subject));
        self.actors.insert(actor.clone(), place);
        Some(place)
    }

    /// The actor as the principal of queries.
    pub fn subject(&self, place: usize) -> Option<Arc<Subject>> {
        self.subjects.get(place).map(Arc::clone)
    }

    /// Those of the actors who may make a request of the action, one of a primitive, at all, as far as their statements tell
    /// without their conditions.
    pub fn able(
        &mut self,
        answers: &mut impl Answers,
        action: &str,
        actors: impl Iterator<Item = (usize, usize)>,
    ) -> Vec<usize> {
        // Of an action that the catalogue does not know nothing can be told in advance.
        let Some(named) = self.named.get(action).copied() else {
            return actors.map(|(index, _)| index).collect();
        };
        actors
            .filter(|(_, place)| self.openness(answers, *place).get(named) == Some(&None))
            .map(|(index, _)| index)
            .collect()
    }

    /// The place of the action in [`Self::openness`]; none of what the catalogue does not know: nothing can be told of it in advance.
    pub fn number_of(&self, action: &str) -> Option<usize> {
        self.named.get(action).copied()
    }

    /// What the statements of the actor alone tell of each action of primitives; of nobody who is not known anything.
    pub fn openness(&mut self, answers: &mut impl Answers, place: usize) -> Rc<[Openness]> {
        if let Some(known) = self.able.get(&place) {
            return Rc::clone(known);
        }
        let Some(subject) = self.subject(place) else { return Rc::default() };
        let mut layers = answers.refusing(&self.plain, &subject).into_iter();
        let mut known: BTreeMap<BTreeSet<Restriction>, Rc<BTreeSet<Restriction>>> = BTreeMap::new();
        let of_action = |count: &usize| {
            let layers: Vec<Option<Layer>> = layers.by_ref().take(*count).collect();
            if layers.iter().any(Option::is_none) {
                return None;
            }
            let by: BTreeSet<Restriction> = layers.into_iter().flatten().map(Restriction::Layer).collect();
            let shared = known.entry(by).or_insert_with_key(|by| Rc::new(by.clone()));
            Some(Rc::clone(shared))
        };
        let found: Rc<[Openness]> = self.of_each.iter().map(of_action).collect();
        self.able.insert(place, Rc::clone(&found));
        found
    }

    /// Those of the actions that no layer refuses by its statements alone.
    pub fn open_actions(
        &mut self,
        answers: &mut impl Answers,
        place: usize,
        actions: &[ActionId],
    ) -> BTreeSet<ActionId> {
        let Some(subject) = self.subject(place) else { return BTreeSet::new() };
        let targets = actions.iter().flat_map(|action| plain_targets(self.catalogue, *action)).collect();
        let query = allowed(targets, self.as_of.as_ref());
        answers.unrefused(&query, &subject).0.iter().filter_map(|target| target.action.id()).collect()
    }

    /// Whether the actor may make some request that changes something of the service whose actions have this prefix, as far as its
    /// statements tell without their conditions.
    pub fn may_change(&mut self, answers: &mut impl Answers, place: usize, prefix: &str) -> bool {
        let key = (place, prefix.to_owned());
        if let Some(known) = self.uses.get(&key) {
            return *known;
        }
        let actions: Vec<ActionId> = self
            .catalogue
            .actions_of(prefix)
            .filter(|(_, action)| changes(action))
            .map(|(id, _)| id)
            .collect();
        // Of a service that the catalogue does not know nothing can be told in advance.
        let may = actions.is_empty() || !self.open_actions(answers, place, &actions).is_empty();
        self.uses.insert(key, may);
        may
    }

    /// The question whether somebody may make the request.
    pub fn pose<'q>(
        &mut self,
        asked: &'q Asked,
        binding: &'q Binding,
        tagged: &'q BTreeSet<TagCell>,
        mode: Mode,
    ) -> Posed<'q> {
        let whole = mode == Mode::Exact && !asked.usually.is_empty();
        let about = matches!(asked.on, On::Target | On::Resource);
        let cells = if about { tagged.clone() } else { BTreeSet::new() };
        let question =
            Question { asked: asked.number, binding: self.relevant(asked, binding), tagged: cells, whole };
        let next = self.questions.len();
        let place = *self.questions.entry(question).or_insert(next);
        Posed { asked, binding, tagged, mode, place }
    }

    /// The accounts of all whom the role's trust policy may let make the call; none where that may be any.
    pub fn trusted_accounts(&mut self, role: MemberId, call: TrustCall) -> Option<Arc<BTreeSet<AccountId>>> {
        let cast = self.cast;
        let known = self.trusted.entry((role, call));
        known.or_insert_with(|| cast.trusted_accounts(role, call.name()).map(Arc::new)).clone()
    }

    /// What of the binding the request says something about: guards that differ in nothing else are one.
    fn relevant(&self, asked: &Asked, binding: &Binding) -> Binding {
        let says = |wanted: &Said| asked.keys.iter().any(|(_, said)| said == wanted);
        let of_target = asked.on == On::Target;
        // Whoever has no name that is known is any resource that the action takes, but for those whose names are taken.
        let is_named = |id: &MemberId| {
            binding.renamed
                || !binding.taken.is_empty()
                || !takes_shortcuts()
                || self.cast.member(*id).is_some_and(|member| member.subject.any_name.is_none())
        };
        Binding {
            member: binding.member.filter(|id| of_target && is_named(id)),
            arn: binding.arn.clone().filter(|_| of_target),
            cap: binding.cap.clone().filter(|_| says(&Said::Current)),
            requested: binding.requested.clone().filter(|_| says(&Said::Requested)),
            policy: binding.policy.clone().filter(|_| says(&Said::Policy) || asked.on == On::Policy),
            services: if says(&Said::Service) { Arc::clone(&binding.services) } else { Arc::default() },
            resource: binding.resource.clone().filter(|_| matches!(asked.on, On::Resource | On::TestAlias)),
            of_types: if asked.on == On::Resource { Arc::clone(&binding.of_types) } else { Arc::default() },
            owner: binding.owner.filter(|_| asked.on == On::Resource),
            name: binding.name.clone().filter(|_| is_tagging(asked)),
            renamed: of_target && binding.renamed,
            called: binding.called.clone().filter(|_| of_target),
            new_name: binding.new_name.clone().filter(|_| asked.on == On::New),
            tags: if of_target { binding.tags.clone() } else { Tags::new() },
            resource_tags: if asked.on == On::Resource { binding.resource_tags.clone() } else { Tags::new() },
            new_policy: binding.new_policy.clone().filter(|_| of_target),
            tag: binding.tag.clone().filter(|_| is_tagging(asked) || asked.action == "sts:TagSession"),
            session_tags: binding.session_tags.clone(),
            lift: None,
            taken: if of_target { Arc::clone(&binding.taken) } else { Arc::default() },
            further: if asked.further { Arc::clone(&binding.further) } else { Arc::default() },
        }
    }

    /// Decides whether the actor at `place` may make the request.
    pub fn decide(&mut self, answers: &mut impl Answers, place: usize, posed: Posed<'_>) -> Guard {
        let key = (place, posed.place);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        if let Some(guard) = self.by_general_questions(answers, place, posed) {
            self.known.insert(key, guard.clone());
            return guard;
        }
        self.decide_alone(answers, place, posed)
    }

    /// As [`Self::decide`], where policies of resources that nobody has shown grant nothing.
    pub fn decide_by_what_is_shown(
        &mut self,
        answers: &mut impl Answers,
        place: usize,
        posed: Posed<'_>,
    ) -> Guard {
        let key = (place, posed.place);
        if let Some(known) = self.known_by_what_is_shown.get(&key) {
            return known.clone();
        }
        let guard = match self.subject(place) {
            Some(subject) => {
                let resources = Arc::new(subject.resources.shown_alone());
                let subject = Subject { resources, ..subject.as_ref().clone() };
                self.ask(answers, &subject, posed)
            }
            None => undecided(),
        };
        self.known_by_what_is_shown.insert(key, guard.clone());
        guard
    }

    fn ask(&mut self, answers: &mut impl Answers, subject: &Subject, posed: Posed<'_>) -> Guard {
        let targets = self.targets(posed.asked, posed.binding, posed.tagged, subject, posed.mode);
        let query = allowed(targets, self.as_of.as_ref());
        match unbound(answers, subject, query) {
            Verdict::Proved(certificate) => Guard::Blocked(Arc::from(certificate)),
            Verdict::Refuted(witness) => Guard::Allowed(Arc::new(*witness)),
            Verdict::Inconclusive(reason) => Guard::Open(Arc::new(reason)),
            Verdict::NotApplicable => undecided(),
        }
    }

    fn decide_alone(&mut self, answers: &mut impl Answers, place: usize, posed: Posed<'_>) -> Guard {
        let guard = match self.subject(place) {
            Some(subject) => self.ask(answers, &subject, posed),
            None => undecided(),
        };
        self.known.insert((place, posed.place), guard.clone());
        guard
    }

    /// False only if no statement of the role's trust policy may let the caller make the call, whatever its conditions say.
    pub fn may_trust(&mut self, role: MemberId, caller: MemberId, call: TrustCall) -> bool {
        let cast = self.cast;
        *self
            .trusting
            .entry((role, caller, call))
            .or_insert_with(|| cast.may_trust(role, caller, call.name()))
    }
}

/// The requests of the action on all that it takes.
fn plain_targets(catalogue: &Catalogue, action: ActionId) -> Vec<Target> {
    let name = catalogue.action(action).map(Action::full_name).unwrap_or_default();
    targets_of(catalogue, &name, &[])
}

/// What was not asked is not blocked.
fn undecided() -> Guard {
    let text = "a request of a step was not decided".to_owned();
    Guard::Open(Arc::new(Reason::NotCovered { code: "undecided", text }))
}

/// Kinds of resources that some call of the table tags, and of which no other call of the catalogue may write tags, but for those that
/// make something and tag that.
fn tagged_by_calls(catalogue: &Catalogue, primitives: &Primitives) -> BTreeSet<(String, String)> {
    const MAKE: [&str; 12] = [
        "Create", "Run", "Request", "Register", "Import", "Allocate", "Restore", "Copy", "Start", "Submit",
        "Invoke", "Invite",
    ];
    let all = primitives.primitives.iter().flat_map(Primitive::all_requests);
    let calls: BTreeSet<ActionId> = all
        .filter(|asked| is_tagging_resources(asked))
        .filter_map(|asked| catalogue.find_action(&asked.action))
        .collect();
    let (mut tagged, mut unclear) = (BTreeSet::new(), BTreeSet::new());
    let keys = ["aws:TagKeys", "aws:RequestTag/key"].map(|key| catalogue.key_id(&ContextKey::new(key)));
    for (id, action) in catalogue.numbered_actions() {
        let makes = MAKE.iter().any(|front| action.name.starts_with(front));
        for taken in &action.resource_types {
            let formats = catalogue.resource_type(taken.resource_type).map(|known| known.arn_formats.iter());
            let kinds = formats.into_iter().flatten().filter_map(|format| kind_of(format));
            let kinds = kinds.map(|(service, word)| (service.to_owned(), word.to_owned()));
            if calls.contains(&id) {
                tagged.extend(kinds);
            } else if !makes
                && changes(action)
                // The keys of the type are those of every call that takes it.
                && keys.iter().flatten().any(|key| [&action.condition_keys, &taken.condition_keys].iter().any(|known| known.contains(key)))
            {
                unclear.extend(kinds);
            }
        }
    }
    tagged.difference(&unclear).cloned().collect()
}

/// The action may change something.
pub fn changes(action: &Action) -> bool {
    [AccessLevel::Write, AccessLevel::PermissionsManagement, AccessLevel::Tagging]
        .into_iter()
        .any(|level| action.access_levels.contains(level))
}

/// It writes or takes off tags of a user or role.
pub fn is_tagging(asked: &Asked) -> bool {
    let of_iam = ["iam:TagUser", "iam:TagRole", "iam:UntagUser", "iam:UntagRole"];
    of_iam.contains(&asked.action.as_str()) || is_tagging_resources(asked)
}

/// It does so for a resource of an inventory.
pub fn is_tagging_resources(asked: &Asked) -> bool {
    asked.on == On::Resource && steps::writes_tags(name_of(asked))
}

/// The name of the action, without its service.
pub fn name_of(asked: &Asked) -> &str {
    asked.action.split_once(':').map_or("", |(_, name)| name)
}

/// The call takes tags off.
pub fn takes_tags_off(asked: &Asked) -> bool {
    steps::takes_tags_off(name_of(asked))
}
