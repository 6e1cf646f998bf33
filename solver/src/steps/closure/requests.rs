//! Who makes the requests of a primitive.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use ringfence_model::arn::AccountId;
use ringfence_model::policy::{Effect as StatementEffect, NamedPolicy};
use ringfence_model::steps::{takes_policy_off, writes_policy};

use super::super::cast::{MemberKind, Origin};
use super::super::guard::{
    Binding, Chosen, Guard, Posed, TrustCall, is_tagging_resources, name_of, takes_tags_off,
};
use super::super::primitive::{Asked, Effect, On, Primitive};
use super::super::state::{Cap, Fact};
use super::super::tags::{NO_TAGS, TagCell};
use super::trace::{self, Hindrance};
use super::{Able, Cause, Event, Made, Mode, Searching, Standing};
use crate::encode::action::may_match;
use crate::formula::{Layer, Restriction};
use crate::subject::SubjectKind;
use crate::theorem::Answers;
use crate::wrong::takes_shortcuts;

/// The call by which an account leaves its organisation.
const LEAVE_ORGANIZATION: &str = "organizations:LeaveOrganization";
/// The call that puts a role into an instance profile.
pub(super) const ADD_TO_INSTANCE_PROFILE: &str = "iam:AddRoleToInstanceProfile";

impl<A: Answers> Searching<'_, '_, A> {
    /// The requests of the first way that can be made; none if there is none.
    pub(super) fn ways(
        &mut self,
        place: usize,
        primitive: &Primitive,
        binding: &Binding,
    ) -> Option<Vec<Made>> {
        self.posed = Some(Vec::new());
        let found = self.first_way(place, primitive, binding);
        self.posed = None;
        found
    }

    fn first_way(&mut self, place: usize, primitive: &Primitive, binding: &Binding) -> Option<Vec<Made>> {
        if !primitive.as_x.iter().all(|asked| self.may_itself(place, asked, binding)) {
            return None;
        }
        if primitive.in_instance_profile && !self.may_be_in_instance_profile(binding) {
            self.trace_none(ADD_TO_INSTANCE_PROFILE, trace::INSTANCE_PROFILE);
            return None;
        }
        if primitive.passes_role() {
            // AWS checks iam:PassRole on whoever makes the call that passes the role; he is of its account.
            let able = self.able("iam:PassRole");
            let mut passing = primitive.requests.iter().filter(|asked| asked.action == "iam:PassRole");
            let passing = passing.next().filter(|_| takes_shortcuts());
            let account = passing.and_then(|asked| self.account_of(primitive, asked, binding));
            let passers: &[usize] = match account {
                Some(account) => able.of_account.get(&account).map_or(&[], |(who, _)| who.as_slice()),
                None => &able.who,
            };
            if passers.is_empty() {
                self.note_nobody(place, "iam:PassRole", account);
                self.trace_nobody((passing.unwrap_or(&self.primitives.pass_role), true), account, false);
            }
            for entry in passers {
                self.passer = Some(*entry);
                let found = self.way(place, primitive, binding);
                self.passer = None;
                if found.is_some() {
                    return found;
                }
            }
            return None;
        }
        self.way(place, primitive, binding)
    }

    /// False only if the export shows that the role is in no instance profile, and nobody held may put it into one. A path takes steps
    /// that do so.
    pub(super) fn may_be_in_instance_profile(&mut self, binding: &Binding) -> bool {
        let Some(role) = binding.member.and_then(|id| self.cast().member(id)) else { return true };
        if !role.is_in_no_instance_profile(self.cast().world) {
            return true;
        }
        let account = role.account();
        self.fixpoint.mode == Mode::May
            && self.able(ADD_TO_INSTANCE_PROFILE).of_account.contains_key(&account)
    }

    /// The places in `actors` of those who may make a request of the action, as far as their statements tell without their conditions.
    pub(super) fn who_may(&mut self, action: &str) -> Rc<[usize]> {
        self.able(action).who
    }

    pub(super) fn able(&mut self, action: &str) -> Able {
        if let Some(known) = self.able.get(action) {
            return known.clone();
        }
        let actors = Rc::clone(&self.fixpoint.actors);
        let who: Vec<usize> = match self.guards.number_of(action) {
            Some(number) => {
                let open = self.open.iter().enumerate();
                let may = open.filter(|(_, openness)| openness.get(number) == Some(&None));
                may.map(|(index, _)| index).collect()
            }
            None => (0..actors.len()).collect(),
        };
        let mut of_account: BTreeMap<AccountId, (Vec<usize>, usize)> = BTreeMap::new();
        for (index, standing) in who.iter().filter_map(|index| Some((*index, actors.get(*index)?))) {
            let (here, newest) = of_account.entry(standing.account).or_default();
            here.push(index);
            *newest = standing.since.max(*newest);
        }
        let newest = of_account.values().map(|(_, newest)| *newest).max().unwrap_or(0);
        let able = Able { who: who.into(), newest, of_account: Rc::new(of_account) };
        self.able.insert(action.to_owned(), able.clone());
        able
    }

    pub(super) fn way(
        &mut self,
        place: usize,
        primitive: &Primitive,
        binding: &Binding,
    ) -> Option<Vec<Made>> {
        let mut made = Vec::new();
        // The call that passes the role is among the requests, or else in the first choice; what starts it may be another's.
        self.by_passer = true;
        let in_choice = primitive.requests.iter().all(|asked| asked.action == "iam:PassRole");
        for asked in &primitive.requests {
            made.push(self.by_somebody(place, primitive, asked, binding)?);
        }
        for (index, choice) in primitive.choices.iter().enumerate() {
            self.by_passer = in_choice && index == 0;
            let mut found = None;
            for way in choice {
                let mut all = Vec::new();
                for asked in way {
                    match self.by_somebody(place, primitive, asked, binding) {
                        Some(one) => all.push(one),
                        None => break,
                    }
                }
                if all.len() == way.len() {
                    found = Some(all);
                    break;
                }
            }
            made.extend(found?);
        }
        Some(made)
    }

    /// Whether X itself may make the request at some node.
    pub(super) fn may_itself(&mut self, place: usize, asked: &Asked, binding: &Binding) -> bool {
        let Some(member) = binding.member else { return true };
        let mode = self.fixpoint.mode;
        for actor in self.fixpoint.closure.facts.states(member) {
            let Some(own) = self.guards.place(&actor) else { return true };
            let nobody = Binding::default();
            let posed = self.guards.pose(asked, &nobody, &NO_TAGS, mode);
            match (self.guards.decide(self.answers, own, posed), mode) {
                (Guard::Allowed(_), _) | (Guard::Open(_), Mode::May) => return true,
                (Guard::Blocked(shown), _) => {
                    self.fixpoint.closure.stops.note(place, &asked.action, shown.core.iter().cloned());
                    self.trace_asked(&actor, || Hindrance::of(&shown));
                }
                (Guard::Open(_), Mode::Exact) => {}
            }
        }
        self.trace_itself(asked);
        false
    }

    /// The account whose principals alone make the request; none if others may.
    fn account_of(&self, primitive: &Primitive, asked: &Asked, binding: &Binding) -> Option<AccountId> {
        binding
            .member
            .and_then(|member| self.cast().member(member))
            .map(super::super::cast::Member::account)
            .filter(|_| !crosses_accounts(&asked.action) && !primitive.is_of_organization())
            // A resource may let principals of other accounts in.
            .filter(|_| asked.on != On::Resource || binding.resource.is_none() && binding.owner.is_none())
            .filter(|_| asked.on != On::Any || binding.owner.is_none())
            // An account leaves by principals of its own.
            .or_else(|| binding.owner.filter(|_| asked.action == LEAVE_ORGANIZATION))
    }

    /// The request by somebody who is held; what stops everybody is noted.
    pub(super) fn by_somebody(
        &mut self,
        place: usize,
        primitive: &Primitive,
        asked: &Asked,
        binding: &Binding,
    ) -> Option<Made> {
        let made = self.by_anybody(place, primitive, asked, binding);
        if made.is_none() && self.fixpoint.tracing.is_some() {
            let is_meant = self.is_meant(primitive, asked, binding);
            let within = self.account_of(primitive, asked, binding).or(self.within);
            self.trace_nobody((asked, is_meant), within, self.only_passer(asked));
        }
        made
    }

    /// Only who passes the role comes into question.
    fn only_passer(&self, asked: &Asked) -> bool {
        self.passer.is_some() && (self.by_passer || asked.action == "iam:PassRole")
    }

    fn by_anybody(
        &mut self,
        place: usize,
        primitive: &Primitive,
        asked: &Asked,
        binding: &Binding,
    ) -> Option<Made> {
        if !self.is_meant(primitive, asked, binding) {
            return None;
        }
        let account = self.account_of(primitive, asked, binding);
        let within = account.or(self.within);
        let leader = account.and_then(|account| self.fixpoint.leaders.get(&account));
        let leader = leader.filter(|_| self.fixpoint.mode == Mode::Exact).cloned();
        let able = self.able(&asked.action);
        if leader.is_none()
            && takes_shortcuts()
            && within.is_some_and(|account| !able.of_account.contains_key(&account))
        {
            self.note_nobody(place, &asked.action, within);
            return None;
        }
        let known = &self.fixpoint.closure.facts;
        let tagged = match asked.on {
            On::Target => binding.member.and_then(|member| known.tagged.get(&member)),
            On::Resource => {
                binding.resource.as_ref().and_then(|resource| known.resources_tagged.get(resource))
            }
            On::Any | On::New | On::Policy | On::TestAlias => None,
        };
        let tagged = tagged.cloned().unwrap_or_default();
        let facts = &self.fixpoint.closure.facts;
        let renamed = match (&binding.arn, binding.member) {
            (Some(arn), _) => facts.renamed_groups.contains(arn),
            (None, Some(member)) => facts.renamed.contains(&member),
            (None, None) => false,
        };
        let as_named = if renamed == binding.renamed {
            Cow::Borrowed(binding)
        } else {
            Cow::Owned(Binding { renamed, ..binding.clone() })
        };
        let posed = self.posed(asked, &as_named, &tagged);
        if let Some(leader) = leader {
            return self.by_one(place, primitive, posed, (&leader, asked, binding));
        }
        let actors = Rc::clone(&self.fixpoint.actors);
        let passer = self.passer.filter(|passer| able.who.contains(passer));
        let only = self.only_passer(asked);
        // Nobody assumes itself: whoever was left out for that may be asked about somebody else.
        let itself = binding.member.filter(|_| asked.action.eq_ignore_ascii_case("sts:AssumeRole"));
        let key = (place, posed.place, within, itself);
        let call = TrustCall::named(&asked.action).filter(|_| asked.on == On::Target);
        let trusted = call.zip(binding.member).filter(|_| takes_shortcuts());
        let trusted = trusted.and_then(|(call, role)| self.guards.trusted_accounts(role, call));
        // Whoever could not make the request in an earlier round cannot make it now: only who is new is asked.
        let tried = if only || !self.fixpoint.refused.is_empty() || !takes_shortcuts() {
            0
        } else {
            self.fixpoint.tried.get(&key).copied().unwrap_or(0)
        };
        let mut others: Vec<&[usize]> = Vec::new();
        match (within, &trusted) {
            _ if only => {}
            (Some(account), trusted) => {
                let is_trusted = trusted.as_ref().is_none_or(|trusted| trusted.contains(&account));
                let here = able.of_account.get(&account).filter(|(_, newest)| is_trusted && *newest >= tried);
                others.extend(here.map(|(who, _)| who.as_slice()));
            }
            (None, Some(trusted)) => {
                let here = trusted.iter().filter_map(|account| able.of_account.get(account));
                others.extend(here.filter(|(_, newest)| *newest >= tried).map(|(who, _)| who.as_slice()));
            }
            (None, None) if able.newest >= tried => others.push(&able.who),
            (None, None) => {}
        }
        let others = others.into_iter().flatten().copied();
        // Who passes the role is asked first.
        for index in passer.into_iter().chain(others.filter(|index| Some(*index) != passer)) {
            let Some(standing) = actors.get(index) else { continue };
            if standing.since < tried || within.is_some_and(|account| standing.account != account) {
                continue;
            }
            let made = self.by_one(place, primitive, posed, (standing, asked, binding));
            if made.is_some() {
                return made;
            }
        }
        if !only {
            self.fixpoint.tried.insert(key, self.fixpoint.closure.rounds + 1);
        }
        if trusted.is_some_and(|trusted| able.of_account.keys().any(|account| !trusted.contains(account))) {
            self.fixpoint.closure.stops.note(place, &asked.action, [Restriction::Layer(Layer::Resource)]);
        }
        self.note_nobody(place, &asked.action, within);
        None
    }

    /// The request does to the resource what the binding says: others of the primitive do something else.
    fn is_meant(&self, primitive: &Primitive, asked: &Asked, binding: &Binding) -> bool {
        // A tag is put on the resource itself, by an action that takes it, and taken off by another.
        let tags_resource = primitive.effect == Effect::Tag && is_tagging_resources(asked);
        if tags_resource
            && !(self.guards.is_about_resource(asked, binding) && writes_as_wanted(asked, binding))
        {
            return false;
        }
        // A policy is written by a call that may let anybody in, and deleted by another.
        if primitive.effect == Effect::OpenResource && self.fixpoint.mode == Mode::Exact {
            let deletes = binding.requested == Some(Chosen::None);
            let is_such =
                if deletes { takes_policy_off(&asked.action) } else { writes_policy(&asked.action) };
            if !is_such {
                return false;
            }
        }
        true
    }

    /// The question whether somebody makes the request, asked for its place once for all who may.
    fn posed<'q>(
        &mut self,
        asked: &'q Asked,
        binding: &'q Binding,
        tagged: &'q BTreeSet<TagCell>,
    ) -> Posed<'q> {
        let mode = self.fixpoint.mode;
        let known = self.posed.iter().flatten().find(|(number, _)| *number == asked.number);
        if let Some((_, place)) = known {
            return Posed { asked, binding, tagged, mode, place: *place };
        }
        let posed = self.guards.pose(asked, binding, tagged, mode);
        if let Some(known) = &mut self.posed {
            known.push((asked.number, posed.place));
        }
        posed
    }

    /// Notes that nobody makes the request, which only principals of the account `within` may; what refuses it to those whose statements alone do
    /// is told at the end.
    fn note_nobody(&mut self, place: usize, action: &str, within: Option<AccountId>) {
        let stops = &mut self.fixpoint.closure.stops;
        if within.is_some_and(|account| !self.accounts.contains(&account)) {
            stops.elsewhere.insert(place);
        } else {
            stops.note(place, action, []);
        }
    }

    /// The request by this one.
    fn by_one(
        &mut self,
        place: usize,
        primitive: &Primitive,
        posed: Posed<'_>,
        (standing, asked, binding): (&Standing, &Asked, &Binding),
    ) -> Option<Made> {
        let actor = &standing.actor;
        if asked.on == On::Target
            && let Some(role) = binding.member
            && let Some(call) = TrustCall::named(&asked.action)
            && !actor.renamed
            && actor.called.is_none()
            && takes_shortcuts()
            && !self.guards.may_trust(role, actor.member, call)
        {
            self.fixpoint.closure.stops.note(place, &asked.action, [Restriction::Layer(Layer::Resource)]);
            return None;
        }
        // Who assumes itself gains nothing but the tags of the new session.
        let itself = asked.action == "sts:AssumeRole" && binding.member == Some(actor.member);
        if itself && primitive.effect != Effect::Tag {
            self.trace_asked(actor, || Hindrance::Shown(trace::SAME));
            return None;
        }
        if !self.fixpoint.refused.is_empty()
            && self.fixpoint.refused.contains(&(primitive.id.clone(), binding.clone(), actor.member))
        {
            return None;
        }
        if self.fixpoint.mode == Mode::Exact && !self.guards.is_about_resource(asked, binding) {
            return None;
        }
        let guard = self.guards.decide(self.answers, standing.place, posed);
        let fires = match (&guard, self.fixpoint.mode) {
            (Guard::Blocked(shown), _) => {
                self.fixpoint.closure.stops.note(place, &asked.action, shown.core.iter().cloned());
                self.trace_asked(actor, || Hindrance::of(shown));
                false
            }
            // What policies that nobody knows might grant of a resource is among what is missing. What its own policies grant to whoever asks
            // is not: a key that no file names mostly leaves it to them.
            (Guard::Open(reason), Mode::May)
                if primitive.effect == Effect::OpenResource
                    && reason.code() == "resource-policies"
                    && !self.by_own_policies(standing, &asked.action) =>
            {
                // Why something is open is only told: that nothing else grants it is proved.
                match self.guards.decide_by_what_is_shown(self.answers, standing.place, posed) {
                    Guard::Blocked(shown) => {
                        self.fixpoint.closure.stops.not_known.insert(place);
                        self.trace_asked(actor, || Hindrance::of(&shown));
                        false
                    }
                    Guard::Allowed(_) | Guard::Open(_) => true,
                }
            }
            (Guard::Allowed(_), _) | (Guard::Open(_), Mode::May) => true,
            (Guard::Open(_), Mode::Exact) => false,
        };
        if fires {
            self.fixpoint.closure.stops.note_made(place, &asked.action);
        }
        fires.then(|| Made { actor: actor.clone(), place: standing.place, asked: asked.clone(), guard })
    }

    /// The identity policies of the actor, and its boundary, may allow the action, as far as their statements tell without resources and
    /// conditions, where every account shows policies of resources.
    fn by_own_policies(&mut self, standing: &Standing, action: &str) -> bool {
        if self.cast().world.accounts.values().any(|known| known.resource_policies.is_none()) {
            return false;
        }
        let Some(subject) = self.guards.subject(standing.place) else { return true };
        let Some((service, name)) = action.split_once(':') else { return true };
        let may = |policies: &[NamedPolicy]| {
            let mut all = policies.iter().flat_map(|policy| &policy.document.statements);
            all.any(|statement| {
                statement.effect == StatementEffect::Allow && may_match(statement, service, name)
            })
        };
        let policies = &subject.policies;
        // A root user needs no identity policy.
        (subject.kind == SubjectKind::Root || may(&policies.identity))
            && policies.permissions_boundary.as_deref().is_none_or(may)
    }

    /// Who may be deleted: its name may be another's then.
    pub(super) fn free_names(&mut self, found: &mut Vec<Event>) {
        for (id, kind) in [("recreate-user", MemberKind::User), ("recreate-role", MemberKind::Role)] {
            let all = &self.primitives.primitives;
            let Some(place) = all.iter().position(|primitive| primitive.id == id) else { continue };
            let Some(primitive) = all.get(place) else { continue };
            let Some(deletes) = primitive.requests.iter().find(|asked| name_of(asked).starts_with("Delete"))
            else {
                continue;
            };
            let able = self.able(&deletes.action);
            for member in self.cast().ids().collect::<Vec<_>>() {
                let Some(known) = self.cast().member(member) else { continue };
                let gain = Fact::Freed(member);
                if known.kind != kind
                    || known.origin != Origin::World
                    || !able.of_account.contains_key(&known.account())
                    || self.fixpoint.closure.facts.holds(&gain)
                {
                    continue;
                }
                let nodes = self.fixpoint.closure.facts.nodes.get(&member);
                let caps: Vec<Cap> = nodes.into_iter().flatten().map(|(cap, _)| cap.clone()).collect();
                for cap in caps {
                    let needs = vec![Fact::At(member, cap.clone())];
                    let binding = Binding { member: Some(member), cap: Some(cap), ..Binding::default() };
                    self.trace_step("free a name", Some(std::slice::from_ref(&gain)));
                    let Some(made) = self.by_somebody(place, primitive, deletes, &binding) else { continue };
                    let (gains, round) = (vec![gain], self.fixpoint.closure.rounds);
                    found.push(Event {
                        cause: Cause::Deleted,
                        binding,
                        made: vec![made],
                        needs,
                        gains,
                        round,
                    });
                    break;
                }
            }
        }
    }

    pub(super) fn may_use(&mut self, place: usize, prefixes: &[String]) -> bool {
        prefixes.iter().any(|prefix| self.guards.may_change(self.answers, place, prefix))
    }
}

/// The call may make of the tags of a resource what the binding says.
fn writes_as_wanted(asked: &Asked, binding: &Binding) -> bool {
    let writes_all = ["Put", "Set", "Replicate"].iter().any(|front| name_of(asked).starts_with(front));
    match (&binding.tag, &binding.name) {
        (Some(TagCell::Gone(_)), _) => takes_tags_off(asked) || writes_all,
        (Some(_), _) => !takes_tags_off(asked),
        (None, Some(name)) => takes_tags_off(asked) != name.contains('='),
        (None, None) => true,
    }
}

/// Calls that principals of one account make about another.
pub(super) fn crosses_accounts(action: &str) -> bool {
    ["sts:", "sso:", "organizations:", "identitystore:", "sso-directory:"]
        .iter()
        .any(|service| action.get(..service.len()).is_some_and(|front| front.eq_ignore_ascii_case(service)))
}
