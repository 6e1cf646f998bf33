//! Guards: whether somebody in a run may make a request of a primitive. Each is decided once, by the solver.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::catalogue::{AccessLevel, Action, ActionId, Catalogue, ResourceTypeId};
use ringfence_model::context::ContextKey;
use rustc_hash::FxHashMap;

use super::cast::{Cast, MemberId, tags_in_conditions};
use super::primitive::{Asked, On, Primitive, Primitives, Said};
use super::state::{Actor, Cap, Tags, with_tags};
use crate::decimal::Decimal;
use crate::formula::Restriction;
use crate::query::{KeyDemand, Target, TargetAction, TargetResource};
use crate::subject::Subject;
use crate::theorem::approved_boundaries::offered;
use crate::theorem::asking::unbound;
use crate::theorem::{Answers, allowed, targets_of};
use crate::verdict::{Reason, Verdict};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};
use crate::witness::Witness;
use crate::wrong::takes_shortcuts;

/// Services that may leave iam:PassedToService out (escalation: part 0, fact 5).
const MAY_LEAVE_OUT: [&str; 2] = ["codebuild.amazonaws.com", "codecommit.amazonaws.com"];

/// A policy that is put somewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chosen {
    /// This one.
    Policy(Arc<str>),
    /// Some managed policy of AWS that is none of the candidates.
    OfAws,
    /// One that the run writes.
    Authored,
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
    /// What carries a Deny, or the version that is chosen, or a tag: `key=value`, or the key of one that goes.
    pub name: Option<Arc<str>>,
    /// The name of X may be any.
    pub renamed: bool,
    /// The tags that X was given or lost.
    pub tags: Tags,
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

/// What is known of a guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// No such request is allowed, by these restrictions.
    Blocked(Arc<Vec<Restriction>>),
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
    tagged: bool,
}

/// A question of which the place among all questions is known.
#[derive(Clone, Copy, Debug)]
pub struct Posed<'q> {
    asked: &'q Asked,
    binding: &'q Binding,
    tagged: bool,
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
    /// The places in `actions` of the actions of primitives that the catalogue knows.
    named: FxHashMap<String, usize>,
    trusting: FxHashMap<(MemberId, MemberId, TrustCall), bool>,
    trusted: FxHashMap<(MemberId, TrustCall), Option<Arc<BTreeSet<AccountId>>>>,
    able: FxHashMap<usize, Arc<[bool]>>,
    uses: FxHashMap<(usize, String), bool>,
    /// The actions of all primitives that the catalogue knows.
    actions: Arc<[ActionId]>,
    /// Managed policies that AWS offers, by partition.
    of_aws: RefCell<BTreeMap<String, Language>>,
}

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
        Self {
            cast,
            catalogue,
            as_of,
            actors: BTreeMap::new(),
            subjects: Vec::new(),
            questions: FxHashMap::default(),
            known: FxHashMap::default(),
            named,
            trusting: FxHashMap::default(),
            trusted: FxHashMap::default(),
            able: FxHashMap::default(),
            uses: FxHashMap::default(),
            actions: actions.into(),
            of_aws: RefCell::default(),
        }
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
        let mut found = Vec::new();
        for (index, place) in actors {
            if !self.able.contains_key(&place) {
                let actions = Arc::clone(&self.actions);
                let open = self.open_actions(answers, place, &actions);
                let able: Vec<bool> = actions.iter().map(|action| open.contains(action)).collect();
                self.able.insert(place, able.into());
            }
            if self.able.get(&place).and_then(|able| able.get(named)) == Some(&true) {
                found.push(index);
            }
        }
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
        let names = actions.iter().filter_map(|id| self.catalogue.action(*id)).map(Action::full_name);
        let targets = names.flat_map(|name| targets_of(self.catalogue, &name, &[])).collect();
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
    pub fn pose<'q>(&mut self, asked: &'q Asked, binding: &'q Binding, tagged: bool) -> Posed<'q> {
        let question = Question { asked: asked.number, binding: self.relevant(asked, binding), tagged };
        let next = self.questions.len();
        let place = *self.questions.entry(question).or_insert(next);
        Posed { asked, binding, tagged, place }
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
        // Whoever has no name that is known is any resource that the action takes.
        let is_named = |id: &MemberId| {
            binding.renamed
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
            resource: binding.resource.clone().filter(|_| asked.on == On::Resource),
            name: binding.name.clone().filter(|_| is_tagging(&asked.action)),
            renamed: of_target && binding.renamed,
            tags: if of_target { binding.tags.clone() } else { Tags::new() },
            session_tags: binding.session_tags.clone(),
        }
    }

    /// Decides whether the actor at `place` may make the request.
    pub fn decide(&mut self, answers: &mut impl Answers, place: usize, posed: Posed<'_>) -> Guard {
        let key = (place, posed.place);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let guard = match self.subject(place) {
            Some(subject) => {
                let targets = self.targets(posed.asked, posed.binding, posed.tagged, &subject);
                let query = allowed(targets, self.as_of.as_ref());
                match unbound(answers, &subject, query) {
                    Verdict::Proved(certificate) => Guard::Blocked(Arc::new(certificate.core.clone())),
                    Verdict::Refuted(witness) => Guard::Allowed(Arc::new(*witness)),
                    Verdict::Inconclusive(reason) => Guard::Open(Arc::new(reason)),
                    Verdict::NotApplicable => undecided(),
                }
            }
            None => undecided(),
        };
        self.known.insert(key, guard.clone());
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

    /// The requests that the words stand for.
    pub fn targets(&self, asked: &Asked, binding: &Binding, tagged: bool, actor: &Subject) -> Vec<Target> {
        let Some(action) = self.catalogue.find_action(&asked.action) else {
            let named = TargetAction::Named(asked.action.clone());
            return vec![Target::new(named, TargetResource::Anything, Vec::new())];
        };
        let exact = match asked.on {
            On::Target => self.target_arn(binding),
            On::Resource => binding.resource.clone(),
            On::Policy => match &binding.policy {
                Some(Chosen::Policy(arn)) => Some(Arc::clone(arn)),
                Some(Chosen::OfAws | Chosen::Authored | Chosen::None) | None => None,
            },
            On::Any | On::New => None,
        };
        let targets = match exact {
            Some(arn) => {
                let types = self.types_of(&asked.action, &arn);
                let exactly = |resource_type| TargetResource::Exactly { resource_type, arn: arn.to_string() };
                let targets = types.into_iter().map(|found| Target::new(action, exactly(found), Vec::new()));
                let found: Vec<Target> = targets.collect();
                // An ARN of a form that the catalogue does not know may be any resource of the action.
                if found.is_empty() { targets_of(self.catalogue, &asked.action, &[]) } else { found }
            }
            None => targets_of(self.catalogue, &asked.action, &[]),
        };
        let mut keys = self.keys(asked, binding, actor);
        if is_tagging(&asked.action)
            && let Some(name) = &binding.name
        {
            match name.split_once('=') {
                Some((key, value)) => {
                    keys.extend(passed_tags(&BTreeMap::from([(key.to_owned(), value.to_owned())]), &[]));
                }
                None => keys.extend(passed_tags(&BTreeMap::new(), &[name.to_string()])),
            }
        }
        if asked.action == "sts:AssumeRole" && !binding.session_tags.is_empty() {
            keys.extend(passed_tags(&binding.session_tags, &[]));
        }
        let tags = if asked.on == On::Target && !tagged { self.tags(binding, actor) } else { Vec::new() };
        targets
            .into_iter()
            .map(|mut target| {
                let offered =
                    |key: &ContextKey| self.catalogue.offers(action, target.resource.resource_type(), key);
                let all = keys.iter().chain(&tags).filter(|(key, _)| offered(key)).cloned().collect();
                target.keys = all;
                target
            })
            .collect()
    }

    /// The action on the resources whose ARN is `pattern`, which may end with a wildcard.
    pub fn on_arns(&self, action: ActionId, pattern: &str) -> Vec<Target> {
        let Some(row) = self.catalogue.action(action) else { return Vec::new() };
        let exact = !pattern.contains('*');
        self.types_of(&row.full_name(), pattern)
            .into_iter()
            .map(|resource_type| {
                let resource = if exact {
                    TargetResource::Exactly { resource_type, arn: pattern.to_owned() }
                } else {
                    let language = Language::glob(pattern);
                    TargetResource::Within { resource_type, language, excluded: Vec::new() }
                };
                Target::new(action, resource, Vec::new())
            })
            .collect()
    }

    /// The ARN of X, if it has one that is known.
    fn target_arn(&self, binding: &Binding) -> Option<Arc<str>> {
        if binding.renamed {
            return None;
        }
        if let Some(arn) = &binding.arn {
            return Some(Arc::clone(arn));
        }
        let member = self.cast.member(binding.member?)?;
        member.subject.any_name.is_none().then(|| Arc::from(member.arn()))
    }

    /// The types of resources of the action that such an ARN may be of.
    fn types_of(&self, action: &str, arn: &str) -> Vec<ResourceTypeId> {
        let Some(row) = self.catalogue.find_action(action).and_then(|id| self.catalogue.action(id)) else {
            return Vec::new();
        };
        let fits = |resource_type: &ResourceTypeId| {
            self.catalogue
                .resource_type(*resource_type)
                .is_some_and(|known| known.arn_formats.iter().any(|format| fits_format(format, arn)))
        };
        row.resource_types.iter().map(|taken| taken.resource_type).filter(fits).collect()
    }

    fn keys(&self, asked: &Asked, binding: &Binding, actor: &Subject) -> Vec<(ContextKey, KeyDemand)> {
        let partition = actor.partition.as_str();
        asked
            .keys
            .iter()
            .filter_map(|(key, said)| {
                let demand = match said {
                    Said::Current => match binding.cap.as_ref()? {
                        Cap::None => KeyDemand::Absent,
                        Cap::Policy(arn, _) => KeyDemand::Value(Language::exactly(arn)),
                        Cap::Other => return None,
                    },
                    Said::Requested => {
                        self.chosen(binding.requested.as_ref()?, partition, actor.account, true)
                    }
                    Said::Policy => self.chosen(binding.policy.as_ref()?, partition, actor.account, false),
                    // Which services a pattern names is left open.
                    Said::Service
                        if binding.services.is_empty()
                            || binding.services.iter().any(|service| service.contains(['*', '?'])) =>
                    {
                        return None;
                    }
                    Said::Service => {
                        let services = Language::one_of(binding.services.iter().cloned());
                        let left_out =
                            binding.services.iter().any(|service| MAY_LEAVE_OUT.contains(&service.as_str()));
                        if left_out {
                            KeyDemand::AbsentOrOutside(services, Vec::new())
                        } else {
                            KeyDemand::Value(services)
                        }
                    }
                    Said::Text(text) => KeyDemand::Value(Language::exactly(text)),
                };
                Some((key.clone(), demand))
            })
            .collect()
    }

    fn chosen(&self, chosen: &Chosen, partition: &str, account: AccountId, as_boundary: bool) -> KeyDemand {
        // Those that are asked about by name.
        let candidates = || {
            let known = self.cast.accounts.get(&account);
            let all = known
                .into_iter()
                .flat_map(|known| if as_boundary { &known.boundaries } else { &known.attachable });
            Language::one_of(all.map(ToString::to_string))
        };
        match chosen {
            Chosen::None => KeyDemand::Absent,
            Chosen::Policy(arn) => KeyDemand::Value(Language::exactly(arn)),
            Chosen::OfAws => {
                let mut known = self.of_aws.borrow_mut();
                let all = known.entry(partition.to_owned()).or_insert_with(|| offered(partition));
                KeyDemand::ValueOutside(all.clone(), vec![candidates()])
            }
            Chosen::Authored => {
                let mut own = LanguageBuilder::new();
                own.text(&format!("arn:{partition}:iam::{account}:policy/"));
                own.some(CharacterSet::from_ranges(vec![('!', '~')]));
                KeyDemand::ValueOutside(own.build(), vec![candidates()])
            }
        }
    }

    /// The tags of X, as far as the actor's policies ask for them.
    fn tags(&self, binding: &Binding, actor: &Subject) -> Vec<(ContextKey, KeyDemand)> {
        const FAMILIES: [&str; 2] = ["aws:ResourceTag", "iam:ResourceTag"];
        let Some(member) = binding.member.and_then(|id| self.cast.member(id)) else { return Vec::new() };
        if binding.arn.is_some() || member.origin != super::cast::Origin::World {
            return Vec::new();
        }
        let mut tags = tags_in_conditions(&actor.policies, &FAMILIES);
        let trust = member.subject.kind.trust().map(|trust| &trust.document.statements);
        let of_trust = trust.into_iter().flatten().flat_map(|statement| &statement.conditions);
        tags.extend(
            of_trust
                .filter_map(|condition| condition.key.as_written().split_once('/'))
                .filter(|(family, _)| FAMILIES.iter().any(|known| family.eq_ignore_ascii_case(known)))
                .map(|(_, tag)| tag.to_owned()),
        );
        let mut own = member.subject.tags.clone();
        with_tags(&mut own, &binding.tags);
        tags.iter()
            .flat_map(|tag| FAMILIES.map(|family| (family, tag)))
            .map(|(family, tag)| {
                let value = own.iter().find(|(key, _)| key.eq_ignore_ascii_case(tag)).map(|(_, value)| value);
                let demand = value.map_or(KeyDemand::Absent, |value| {
                    KeyDemand::AbsentOrOutside(Language::exactly(value), Vec::new())
                });
                (ContextKey::new(&format!("{family}/{tag}")), demand)
            })
            .collect()
    }
}

/// What was not asked is not blocked.
fn undecided() -> Guard {
    let text = "a request of a step was not decided".to_owned();
    Guard::Open(Arc::new(Reason::NotCovered { code: "undecided", text }))
}

/// The action may change something.
pub fn changes(action: &Action) -> bool {
    [AccessLevel::Write, AccessLevel::PermissionsManagement, AccessLevel::Tagging]
        .into_iter()
        .any(|level| action.access_levels.contains(level))
}

fn is_tagging(action: &str) -> bool {
    ["iam:TagUser", "iam:TagRole", "iam:UntagUser", "iam:UntagRole"].contains(&action)
}

/// What a request says that passes these tags, or takes these keys away.
fn passed_tags(tags: &BTreeMap<String, String>, keys: &[String]) -> Vec<(ContextKey, KeyDemand)> {
    let mut all: Vec<(ContextKey, KeyDemand)> = tags
        .iter()
        .map(|(key, value)| {
            let demand = KeyDemand::Value(Language::exactly(value));
            (ContextKey::new(&format!("aws:RequestTag/{key}")), demand)
        })
        .collect();
    let names: Vec<String> = tags.keys().chain(keys).cloned().collect();
    if !names.is_empty() {
        all.push((ContextKey::new("aws:TagKeys"), KeyDemand::List(names)));
    }
    all
}

/// Whether the ARN may be of a type whose ARNs have this format, as far as service and type tell.
pub fn fits_format(format: &str, arn: &str) -> bool {
    let (Some(format), Some(arn)) = (Arn::parse(format), Arn::parse(arn)) else { return false };
    let kind = |resource: &str| resource.split(['/', ':', '$']).next().unwrap_or("").to_owned();
    let wanted = kind(format.resource);
    format.service == arn.service && (wanted.is_empty() || wanted == kind(arn.resource))
}
