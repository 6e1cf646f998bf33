//! Walks a path: finds a request for each of its steps in the world as the steps before it left it, and replays them one after the
//! other with the state really changed.

mod besides;
mod changes;
mod empty;
mod order;
mod provider;
mod shown;
mod source;
mod through_stack;
mod together;

use self::order::in_order;
use self::shown::{evidence, tags_of_resources};
use self::together::Found;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::condition::Condition;
use ringfence_model::context::ContextKey;
use ringfence_model::evaluate::Pins;
use ringfence_model::policy_set::ControlLevel;
use ringfence_model::request::Request;
use ringfence_model::steps::{Change, Decided, Failure, Means, Run, SESSION, Step};
use ringfence_model::world::World;

use super::cast::{Member, MemberId, MemberKind};
use super::closure::{Cause, Closure, Event, Mode};
use super::guard::{Binding, Guards};
use super::primitive::{Asked, Effect, On, Primitive, Primitives};
use super::state::{Actor, Cap, Fact, Tags, Text};
use super::tags::{NO_TAGS, TagCell};
use crate::constraint::{condition, where_holds};
use crate::decimal::Decimal;
use crate::encode::statement::{all_statements, keys_of};
use crate::principals;
use crate::resource_side::ResourceSides;
use crate::subject::{Federation, SessionTags, Subject, SubjectKind};
use crate::text::parse_instant;
use crate::theorem::asking::unbound;
use crate::theorem::{Answers, allowed};
use crate::verdict::Verdict;
use crate::witness::Witness;

/// What a step rests on beside its requests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// An input shows it.
    Shown(String),
    /// Nothing shows it: it is assumed.
    Assumed(String),
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathStep {
    /// The id of the primitive.
    pub primitive: String,
    /// Its row of the catalogue.
    pub catalogue: String,
    /// What it does, in words.
    pub summary: String,
    /// Who makes the requests: the ARNs.
    pub actors: Vec<String>,
    /// The requests as they were decided, in order.
    pub requests: Vec<Decided>,
    /// What they change.
    pub changes: Vec<Change>,
    /// Requests that the credentials which the step gives must be good for.
    pub itself: Vec<Decided>,
    /// What it rests on besides.
    pub evidence: Vec<Evidence>,
}

/// Where a walk ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The event that could not be made.
    pub event: usize,
    /// Why.
    pub reason: String,
}

/// What a walk needs besides the path.
pub struct Walker<'s, 'w, 'c, A> {
    /// The guards, for words and cast.
    pub guards: &'s Guards<'w>,
    /// The solver.
    pub answers: &'s mut A,
    /// The primitives.
    pub primitives: &'s Primitives,
    /// The catalogue.
    pub catalogue: &'c Catalogue,
    /// Pinned points.
    pub pins: &'s Pins,
    /// Who begins.
    pub start: MemberId,
    /// Tags that sessions of roles are to be given.
    pub wanted: BTreeMap<MemberId, BTreeMap<String, String>>,
}

impl<A> std::fmt::Debug for Walker<'_, '_, '_, A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Walker").field("start", &self.start).finish_non_exhaustive()
    }
}

/// A walk so far.
#[derive(Debug)]
pub struct Walk<'c> {
    /// The run, with the world as it is now.
    pub run: Run<'c>,
    /// The steps.
    pub steps: Vec<PathStep>,
    /// What could not be made.
    pub broken: Vec<Broken>,
    /// The names of sessions of roles that were assumed.
    sessions: BTreeMap<Arc<str>, (String, BTreeMap<String, String>)>,
    sides: Arc<ResourceSides>,
    /// What users and groups are called that were renamed, by what they were called before the run.
    names: BTreeMap<Arc<str>, Arc<str>>,
}

impl Walk<'_> {
    /// The earliest instant of what comes next: time does not go back in a run.
    pub(super) fn as_of(&self, guards: &Guards<'_>) -> Option<Decimal> {
        let now = self.run.now().and_then(parse_instant);
        guards.as_of.clone().max(now)
    }

    /// What the user, role or group that had this ARN before the run is called now.
    pub fn now<'a>(&'a self, arn: &'a str) -> &'a str {
        self.names.get(arn).map_or(arn, AsRef::as_ref)
    }

    fn rename(&mut self, entity: &Arc<str>, to: &Arc<str>) {
        let known = self.names.iter().find(|(_, name)| *name == entity).map(|(before, _)| Arc::clone(before));
        self.names.insert(known.unwrap_or_else(|| Arc::clone(entity)), Arc::clone(to));
    }

    /// The principal as it is now, in a session of which the run can tell how it came about, calling by itself.
    pub fn subject(&self, member: &Member, start: bool) -> Option<Subject> {
        let mut subject = self.subject_through(member, start)?;
        by_itself(&mut subject);
        Some(subject)
    }

    /// As [`Self::subject`], where a service may make the call for it.
    fn subject_through(&self, member: &Member, start: bool) -> Option<Subject> {
        let world = self.run.world();
        if member.kind == MemberKind::Root {
            let account = world.accounts.get(&member.account())?;
            return Some(principals::root(world, &self.sides, account));
        }
        let (account, principal) = world.principal(self.now(member.arn()))?;
        let mut subject = principals::subject(world, &self.sides, account, principal);
        subject.federation = Federation::Never;
        if !start {
            self.in_session(&mut subject);
        }
        Some(subject)
    }

    /// The role as it is now, whether or not the world had it before, in a session that the run began.
    pub fn session_of(&self, role: &str) -> Option<Subject> {
        let (account, principal) = self.run.world().principal(role)?;
        let mut subject = principals::subject(self.run.world(), &self.sides, account, principal);
        self.in_session(&mut subject);
        Some(subject)
    }

    /// The root user of the account as it is now, whether or not the world had it before.
    pub fn root_of(&self, account: AccountId) -> Option<Subject> {
        let known = self.run.world().accounts.get(&account)?;
        Some(principals::root(self.run.world(), &self.sides, known))
    }

    fn in_session(&self, subject: &mut Subject) {
        let arn = subject.arn.clone();
        if let SubjectKind::Role { session_tags, federated, trust, .. } = &mut subject.kind {
            *session_tags = SessionTags::Never;
            *federated = false;
            *trust = None;
            let (name, tags) = self
                .sessions
                .get(arn.as_str())
                .cloned()
                .unwrap_or_else(|| (SESSION.to_owned(), BTreeMap::new()));
            subject.session_name = Some(name);
            for (key, value) in tags {
                subject.tags.retain(|known, _| !known.eq_ignore_ascii_case(&key));
                subject.tags.insert(key, value);
            }
        }
        without(subject, &["aws:MultiFactorAuthPresent", "aws:SourceIdentity", "aws:FederatedProvider"]);
    }
}

/// Leaves out requests that have one of the keys, where some policy asks for it.
fn without(subject: &mut Subject, keys: &[&str]) {
    let asked = |key: &&&str| {
        all_statements(&subject.policies)
            .flat_map(|statement| &statement.conditions)
            .any(|condition| condition.key.canonical().eq_ignore_ascii_case(key))
    };
    let conditions: Vec<_> = keys
        .iter()
        .filter(asked)
        .map(|key| condition(ringfence_model::condition::BaseOperator::Null, key, &["true".to_owned()]))
        .collect();
    if conditions.is_empty() {
        return;
    }
    subject.policies.demanded.push(demanding("a session of the run", conditions));
}

/// Requests count that the subject makes itself: none that a service makes for it.
fn by_itself(subject: &mut Subject) {
    without(subject, &["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"]);
    let key = ContextKey::new("aws:ViaAWSService");
    if all_statements(&subject.policies).flat_map(keys_of).any(|asked| asked.canonical() == key.canonical()) {
        let base = ringfence_model::condition::BaseOperator::Bool;
        let itself = condition(base, "aws:ViaAWSService", &["false".to_owned()]);
        subject.policies.demanded.push(demanding("a call of its own", vec![itself]));
    }
}

/// Requests count only where the conditions hold.
pub fn demanding(name: &str, conditions: Vec<Condition>) -> ControlLevel {
    let name: Arc<str> = Arc::from(name);
    let mut policy = crate::constraint::allows_everything(&name);
    let mut document = policy.document.as_ref().clone();
    document.statements = vec![where_holds(conditions)];
    policy.document = Arc::new(document);
    ControlLevel { target: name, policies: vec![policy] }
}

impl<'w: 'c, 'c, A: Answers> Walker<'_, 'w, 'c, A> {
    /// Walks the events in order. An event that cannot be made is left out: the state of its actor may hold more than the
    /// goal takes.
    pub fn walk(&mut self, closure: &Closure, order: &[usize]) -> Walk<'c> {
        let cast = self.guards.cast;
        let start = cast.member(self.start).map(|member| member.arn().to_owned()).unwrap_or_default();
        let sides =
            cast.member(self.start).map(|member| Arc::clone(&member.subject.resources)).unwrap_or_default();
        let run = Run::new(Cow::Borrowed(cast.world), &start, self.catalogue, self.pins);
        let mut walk = Walk {
            run,
            steps: Vec::new(),
            sessions: BTreeMap::new(),
            sides,
            broken: Vec::new(),
            names: BTreeMap::new(),
        };
        for place in order {
            let Some(event) = closure.events.get(*place) else { continue };
            let made = match event.cause {
                Cause::Primitive(primitive) => match self.primitives.primitives.get(primitive) {
                    Some(primitive) => self.primitive(primitive, event, &mut walk),
                    None => Ok(()),
                },
                Cause::Let => self.let_in(closure, event, &mut walk),
                Cause::Carried | Cause::Said => Ok(()),
                Cause::Passed => Err("no catalogued call passes the role".to_owned()),
                // Proofs alone count these.
                Cause::Taken | Cause::Deleted => Err("no call does that".to_owned()),
            };
            if let Err(reason) = made {
                walk.broken.push(Broken { event: *place, reason });
            }
        }
        walk
    }

    fn primitive(&mut self, primitive: &Primitive, event: &Event, walk: &mut Walk<'c>) -> Result<(), String> {
        if primitive.effect == Effect::Recreate {
            self.empty(event, walk)?;
        }
        let Found { requests, actors, changes, assumed } = self.found(primitive, event, walk)?;
        let mut evidence =
            evidence(primitive, &event.binding, &requests, self.guards.cast, walk.run.world())?;
        evidence.extend(assumed.into_iter().map(Evidence::Assumed));
        evidence.extend(tags_of_resources(&requests, walk.run.world())?);
        make(walk, primitive, Step { requests, changes }, actors, evidence)?;
        for asked in &primitive.as_x {
            self.itself(asked, &event.binding, walk)?;
        }
        if primitive.effect == Effect::OpenProvider {
            self.sign_in(&event.binding, walk)?;
        }
        Ok(())
    }

    /// X itself, whose credentials are held now, makes the request without which they are good for nothing.
    fn itself(&mut self, asked: &Asked, binding: &Binding, walk: &mut Walk<'c>) -> Result<(), String> {
        let member = binding.member.and_then(|id| self.guards.cast.member(id)).ok_or("nobody is there")?;
        let subject = walk.subject(member, false).ok_or_else(|| format!("{} is gone", member.arn()))?;
        let targets = self.guards.targets(asked, &Binding::default(), &NO_TAGS, &subject, Mode::Exact);
        let query = allowed(targets, walk.as_of(self.guards).as_ref());
        let Verdict::Refuted(witness) = unbound(self.answers, &subject, query) else {
            return Err(format!("{} is not allowed to {}", asked.action, member.arn()));
        };
        let requests: Vec<Request> =
            witness.requests().iter().map(|replayed| replayed.request.clone()).collect();
        let step = Step { requests, changes: Vec::new() };
        let decided = walk.run.make(&step).map_err(|failure| failure.to_string())?;
        if let Some(step) = walk.steps.last_mut() {
            step.itself = decided;
        }
        Ok(())
    }

    fn arn(&self, member: MemberId) -> String {
        self.guards.cast.member(member).map(|member| member.arn().to_owned()).unwrap_or_default()
    }

    /// Notes the session tags with which the actor could make the request, if there are any.
    fn lack(&mut self, actor: &Actor, asked: &Asked, binding: &Binding) {
        if actor.member == self.start || self.wanted.contains_key(&actor.member) {
            return;
        }
        let Some(subject) = actor.subject(self.guards.cast) else { return };
        let targets = self.guards.targets(asked, binding, &NO_TAGS, &subject, Mode::Exact);
        let query = allowed(targets, self.guards.as_of.as_ref());
        if let Verdict::Refuted(witness) = unbound(self.answers, &subject, query) {
            let tags = session_tags(&witness, &subject);
            if !tags.is_empty() {
                self.wanted.insert(actor.member, tags);
            }
        }
    }

    /// The binding with the boundary that X carries now.
    fn as_it_is(&self, binding: &Binding, walk: &Walk<'c>) -> Binding {
        let member = binding.member.and_then(|id| self.guards.cast.member(id));
        let now = member.and_then(|member| walk.run.world().principal(walk.now(member.arn())));
        // A step is about whoever it is, whatever that is called by then.
        let before = binding.arn.as_deref().or(member.map(Member::arn));
        let called = before.and_then(|before| walk.names.get(before)).cloned();
        let boundary = now.and_then(|(_, principal)| principal.boundary());
        let cap = binding.cap.as_ref().map(|_| match boundary {
            Some(boundary) => Cap::Policy(Arc::clone(&boundary.name), Text::Initial),
            None => Cap::None,
        });
        // The tags that it has now are all that it has.
        let mut tags: Tags = Tags::new();
        if let (Some(member), Some((_, principal))) = (member, now) {
            tags.extend(member.subject.tags.keys().map(|key| (key.clone(), None)));
            tags.extend(principal.tags().iter().map(|(key, value)| (key.clone(), Some(value.clone()))));
        }
        let mut resource_tags = Tags::new();
        if let Some(arn) = &binding.resource {
            let of = |world: &World| world.resource_tags(arn).cloned().unwrap_or_default();
            resource_tags.extend(of(self.guards.cast.world).into_keys().map(|key| (key, None)));
            let now = of(walk.run.world());
            resource_tags.extend(now.into_iter().map(|(key, value)| (key, Some(value))));
        }
        let wanted = binding.member.and_then(|member| self.wanted.get(&member)).cloned();
        Binding {
            cap,
            called,
            tags,
            resource_tags,
            session_tags: wanted.unwrap_or_default(),
            ..binding.clone()
        }
    }

    /// The role whose trust policy the run wrote is assumed by whoever wrote it.
    fn let_in(&mut self, closure: &Closure, event: &Event, walk: &mut Walk<'c>) -> Result<(), String> {
        let role = event.binding.member.ok_or("nobody is let in")?;
        let opened = closure.origin.get(&Fact::Trusting(role)).and_then(|place| closure.events.get(*place));
        let opener = opened.and_then(|event| event.made.last()).ok_or("nobody opened it")?;
        let primitive = self
            .primitives
            .primitives
            .iter()
            .find(|known| {
                known.requests.iter().any(|asked| asked.action == "sts:AssumeRole" && asked.on == On::Target)
            })
            .ok_or("no primitive assumes a role")?;
        let asked =
            primitive.requests.iter().find(|asked| asked.action == "sts:AssumeRole").ok_or("no request")?;
        let binding = Binding { member: Some(role), ..Binding::default() };
        let actor = opener.actor.clone();
        // The trust policy names one session.
        let member = self.guards.cast.member(actor.member).ok_or("nobody asks")?;
        let mut subject = walk.subject(member, false).ok_or("whoever opened it is gone")?;
        subject.session_name = subject.session_name.or_else(|| Some(SESSION.to_owned()));
        let any = BTreeSet::from([TagCell::Any]);
        let targets = self.guards.targets(asked, &binding, &any, &subject, Mode::Exact);
        let query = allowed(targets, walk.as_of(self.guards).as_ref());
        let requests: Vec<Request> = match unbound(self.answers, &subject, query) {
            Verdict::Refuted(witness) => {
                witness.requests().iter().map(|replayed| replayed.request.clone()).collect()
            }
            Verdict::Proved(_) | Verdict::NotApplicable | Verdict::Inconclusive(_) => {
                return Err(format!("{} may not assume {}", member.arn(), self.arn(role)));
            }
        };
        let principal: Arc<str> = Arc::from(self.arn(role));
        let changes = vec![Change::Obtain { principal, means: Means::Assume, limits: None }];
        let actors = BTreeSet::from([walk.now(&self.arn(actor.member)).to_owned()]);
        make(walk, primitive, Step { requests, changes }, actors, Vec::new())
    }
}

/// Makes the step, and notes it.
fn make(
    walk: &mut Walk<'_>,
    primitive: &Primitive,
    step: Step,
    actors: BTreeSet<String>,
    evidence: Vec<Evidence>,
) -> Result<(), String> {
    let step = Step { requests: in_order(step.requests), ..step };
    // A step of one change fails as a whole, and leaves the run as it was.
    let decided = if step.changes.len() < 2 {
        walk.run.make(&step).map_err(|failure: Failure| failure.to_string())?
    } else {
        let mut run = walk.run.clone();
        let decided = run.make(&step).map_err(|failure: Failure| failure.to_string())?;
        walk.run = run;
        decided
    };
    for change in &step.changes {
        if let Change::Rename { entity, to } = change {
            walk.rename(entity, to);
        }
        if let Change::Obtain { principal, means: Means::Assume, .. } = change {
            walk.sessions.insert(Arc::clone(principal), begun(&step.requests, principal));
        }
    }
    if step.changes.iter().any(|change| !matches!(change, Change::Obtain { .. })) {
        walk.sides = Arc::new(ResourceSides::of(walk.run.world()));
    }
    walk.steps.push(PathStep {
        primitive: primitive.id.clone(),
        catalogue: primitive.catalogue.clone(),
        summary: primitive.summary.clone(),
        actors: actors.into_iter().collect(),
        requests: decided,
        changes: step.changes,
        itself: Vec::new(),
        evidence,
    });
    Ok(())
}

/// The name and tags of the session that the requests begin.
fn begun(requests: &[Request], role: &Arc<str>) -> (String, BTreeMap<String, String>) {
    let found = requests.iter().find(|request| {
        request.action.eq_ignore_ascii_case("sts:AssumeRole") && request.resource == role.as_ref()
    });
    let mut tags = BTreeMap::new();
    let Some(request) = found else { return (SESSION.to_owned(), tags) };
    for (key, value) in request.context.iter() {
        if let (Some(("aws:requesttag", _)), Some((_, tag)), Some(value)) =
            (key.family(), key.as_written().split_once('/'), value.values().first())
        {
            tags.insert(tag.to_owned(), value.clone());
        }
    }
    let name =
        request.context.get(&ContextKey::new("sts:RoleSessionName")).and_then(|value| value.values().first());
    (name.cloned().unwrap_or_else(|| SESSION.to_owned()), tags)
}

/// The tags of the caller in a witness that are not its own: those of its session.
pub fn session_tags(witness: &Witness, subject: &Subject) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    for replayed in witness.requests() {
        for (key, value) in replayed.request.context.iter() {
            let (Some(("aws:principaltag", _)), Some((_, tag)), [value]) =
                (key.family(), key.as_written().split_once('/'), value.values())
            else {
                continue;
            };
            let own = subject.tags.iter().find(|(known, _)| known.eq_ignore_ascii_case(tag));
            if own.is_none_or(|(_, own)| own != value) {
                tags.insert(tag.to_owned(), value.clone());
            }
        }
    }
    tags
}
