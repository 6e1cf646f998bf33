//! What a primitive does to one principal.

use std::sync::Arc;

use ringfence_model::arn::{Arn, fits_format};
use ringfence_model::resource_policy_types::can_carry_policy;
use ringfence_model::world::InventoryResource;

use super::super::cast::{Carried, CastAccount, Member, MemberId, MemberKind, aws_policy};
use super::super::closure::Mode;
use super::super::guard::{Binding, Chosen, is_tagging};
use super::super::primitive::{About, Carrier, Effect, RunsWith};
use super::super::state::{Cap, Fact, Text};
use super::super::tags::TagCell;
use super::{Bound, Maker, tag_changes};

impl Maker<'_> {
    /// What the primitive does to a principal, directly or, with `group`, to a group that it is in.
    pub(super) fn about(
        &self,
        id: MemberId,
        member: &Member,
        group: Option<&Arc<str>>,
        all: &mut Vec<Bound>,
    ) {
        let base = Binding { arn: group.cloned(), ..self.binding(id) };
        let nodes = || self.facts.nodes.get(&id).into_iter().flatten();
        let at = |cap: &Cap| vec![Fact::At(id, cap.clone())];
        match self.primitive.effect {
            Effect::Become => self.becomes(id, member, base, all),
            Effect::Edit => {
                for (cap, _) in nodes() {
                    let binding = Binding { cap: Some(cap.clone()), ..base.clone() };
                    all.push((binding, at(cap), vec![Fact::Everything(id, cap.clone())]));
                }
            }
            Effect::Attach => {
                for (cap, edits) in nodes().filter(|(_, edits)| !edits.everything) {
                    for (policy, gain) in self.attachable(id, member, cap) {
                        if edits.everything {
                            continue;
                        }
                        let mut needs = at(cap);
                        needs.extend(self.written_first(member.account(), &policy, false));
                        let binding =
                            Binding { cap: Some(cap.clone()), policy: Some(policy), ..base.clone() };
                        all.push((binding, needs, vec![gain]));
                    }
                }
            }
            Effect::Join => {
                let account = self.cast.accounts.get(&member.account());
                for joined in account.into_iter().flat_map(|account| &account.groups) {
                    if member.groups.contains(&joined.arn) {
                        continue;
                    }
                    for (cap, _) in nodes() {
                        let binding = Binding {
                            arn: Some(Arc::clone(&joined.arn)),
                            name: Some(Arc::clone(&joined.arn)),
                            ..base.clone()
                        };
                        let gain = Fact::With(id, cap.clone(), Arc::clone(&joined.arn), Text::Initial);
                        all.push((binding, at(cap), vec![gain]));
                    }
                }
            }
            Effect::RemoveDenies => self.removed(id, member, &base, group, all),
            Effect::Tag => self.tagged(id, &base, all),
            Effect::RemoveBoundary => {
                for (cap, _) in nodes().filter(|(cap, _)| **cap != Cap::None) {
                    let binding = Binding { cap: Some(cap.clone()), ..base.clone() };
                    let moved = Fact::Moved(id, Some(cap.clone()), Cap::None);
                    all.push((binding, at(cap), vec![Fact::At(id, Cap::None), moved]));
                }
            }
            Effect::ReplaceBoundary => {
                for (chosen, cap) in self.boundaries(member) {
                    let needs = self.written_first(member.account(), &chosen, true);
                    let binding = Binding { requested: Some(chosen), ..base.clone() };
                    let moved = Fact::Moved(id, None, cap.clone());
                    all.push((binding, needs, vec![Fact::At(id, cap), moved]));
                }
            }
            // Who is held already need not be let in.
            Effect::OpenTrust if self.mode == Mode::Exact && self.is_held(id) => {}
            Effect::Recreate
                if self.mode == Mode::Exact && self.is_held(id) && self.keeps_all(id, member) => {}
            Effect::Recreate => self.recreated(id, member, &base, all),
            Effect::OpenTrust => {
                for (cap, _) in nodes() {
                    let binding = Binding { cap: Some(cap.clone()), ..base.clone() };
                    all.push((binding, at(cap), vec![Fact::Trusting(id)]));
                }
            }
            Effect::Rename if self.mode == Mode::May => {
                let own = member.subject.any_name.is_none().then(|| Arc::from(member.arn()));
                let binding = Binding { new_name: own, ..base };
                all.push((binding, Vec::new(), vec![Fact::Renamed(id)]));
            }
            Effect::Rename if self.primitive.about == About::User => self.called(id, member, &base, all),
            Effect::Rename
            | Effect::Rewrite
            | Effect::ChooseVersion
            | Effect::Create
            | Effect::OpenProvider
            | Effect::OpenResource
            | Effect::LiftControl
            | Effect::Author
            | Effect::Enable
            | Effect::Weaken
            | Effect::Model
            | Effect::Declared => {}
        }
    }

    /// It is deleted and made again, under each boundary that may be asked for, or none. Proofs take it for another one then, of a name
    /// that is free: it has none of the policies.
    fn recreated(&self, id: MemberId, member: &Member, base: &Binding, all: &mut Vec<Bound>) {
        let none = (Chosen::None, Cap::None);
        for (chosen, cap) in self.boundaries(member).into_iter().chain([none]) {
            for current in self.facts.nodes.get(&id).into_iter().flatten().map(|(cap, _)| cap) {
                let mut needs = vec![Fact::At(id, current.clone())];
                needs.extend(self.written_first(member.account(), &chosen, true));
                let binding =
                    Binding { requested: Some(chosen.clone()), cap: Some(current.clone()), ..base.clone() };
                if self.mode == Mode::May {
                    all.push((binding, needs, vec![Fact::Freed(id)]));
                    continue;
                }
                let mut gains = vec![Fact::At(id, cap.clone())];
                if member.kind == MemberKind::Role {
                    gains.push(Fact::Trusting(id));
                }
                gains.extend(self.tags_lost(id, member));
                all.push((binding, needs, gains));
            }
        }
    }

    /// Whoever is held gains nothing by being made anew: no boundary and no tag of it is lost.
    fn keeps_all(&self, id: MemberId, member: &Member) -> bool {
        let bound = self.facts.nodes.get(&id).is_some_and(|nodes| !nodes.contains_key(&Cap::None));
        !bound && self.tags_lost(id, member).is_empty()
    }

    /// Whoever is made anew has none of its tags.
    fn tags_lost(&self, id: MemberId, member: &Member) -> Vec<Fact> {
        let own: Vec<String> = member.subject.tags.keys().map(|key| key.to_ascii_lowercase()).collect();
        let wanted = self.cast.wanted_tags.keys().filter(|key| own.contains(&key.to_ascii_lowercase()));
        wanted.map(|key| Fact::TaggedWith(id, key.clone(), None)).collect()
    }

    pub(super) fn is_held(&self, id: MemberId) -> bool {
        self.facts.held.get(&id).is_some_and(Option::is_none)
    }

    /// Requests can be made as the principal; by a resource that runs with it where the primitive takes one.
    pub(super) fn becomes(&self, id: MemberId, member: &Member, base: Binding, all: &mut Vec<Bound>) {
        let gain = || vec![Fact::Held(id, self.primitive.limits.clone())];
        if self.is_held(id) && gain().iter().all(|fact| self.facts.holds(fact)) {
            return;
        }
        if self.is_assume() && self.mode == Mode::May && self.facts.trusting.contains(&id) {
            return;
        }
        if self.primitive.resources.is_empty() {
            all.push((base, Vec::new(), gain()));
            return;
        }
        let inventory =
            self.cast.world.accounts.get(&member.account()).and_then(|account| account.resources.as_ref());
        let is_of = |resource: &InventoryResource, kind: &str| self.is_of_kind(&resource.arn, kind);
        // The list counts as whole for the types of which it has one, for all where it is empty, and for those of Bedrock.
        let is_whole = |kind: &String| {
            inventory.is_some_and(|all| {
                all.is_empty() || kind.starts_with("bedrock:") || all.iter().any(|one| is_of(one, kind))
            })
        };
        let (listed, unlisted): (Vec<&String>, Vec<&String>) =
            self.primitive.resources.iter().partition(|kind| is_whole(kind));
        if !unlisted.is_empty() {
            let of_types = if listed.is_empty() {
                Arc::default()
            } else {
                unlisted.iter().flat_map(|kind| kind.split('|')).map(Arc::from).collect()
            };
            let base = Binding { of_types, ..base.clone() };
            if self.accounts.contains(&member.account()) {
                all.push((base.clone(), Vec::new(), gain()));
            }
            // A policy of what nobody lists may let others in; a path has to name it.
            if self.mode == Mode::May && self.may_let_others_in(member, &unlisted) {
                all.push((Binding { owner: Some(member.account()), ..base }, Vec::new(), gain()));
            }
        }
        let listed_here = |resource: &InventoryResource| listed.iter().any(|kind| is_of(resource, kind));
        let inventory: Vec<&InventoryResource> =
            inventory.into_iter().flatten().filter(|resource| listed_here(resource)).collect();
        let apart = self.primitive.runs_with == RunsWith::OtherRoles;
        if apart
            && self.mode == Mode::Exact
            && self.accounts.contains(&member.account())
            && !inventory.is_empty()
        {
            all.push((base.clone(), Vec::new(), gain()));
        }
        for resource in inventory {
            let runs = match resource.role.as_deref() {
                Some(role) if !apart => role.eq_ignore_ascii_case(member.arn()),
                // It is not told with which role it runs.
                Some(_) | None => self.mode == Mode::May,
            };
            if runs {
                let binding = Binding { resource: Some(Arc::clone(&resource.arn)), ..base.clone() };
                let gain = match (&self.primitive.limits, &resource.model) {
                    (Some(limits), Some(_)) if !self.primitive.by_model.is_empty() => {
                        let further = limits.iter().filter(|limit| !self.primitive.by_model.contains(limit));
                        vec![Fact::Held(id, Some(further.cloned().collect()))]
                    }
                    (Some(_) | None, _) => gain(),
                };
                all.push((binding, Vec::new(), gain));
            }
        }
    }

    /// Some resource of these types that the member's account owns may carry a policy of its own.
    fn may_let_others_in(&self, member: &Member, kinds: &[&String]) -> bool {
        let known = self.cast.world.accounts.get(&member.account());
        let known = known.and_then(|account| account.resource_policies.as_ref());
        kinds.iter().flat_map(|kind| kind.split('|')).any(|kind| {
            let Some((service, name)) = kind.split_once(':') else { return true };
            let is_of = |arn: &Arc<str>| Arn::parse(arn).is_none_or(|arn| arn.service == service);
            can_carry_policy(service, Some(name)) && known.is_none_or(|known| known.keys().any(is_of))
        })
    }

    pub(super) fn is_assume(&self) -> bool {
        self.primitive.requests.iter().any(|asked| asked.action.eq_ignore_ascii_case("sts:AssumeRole"))
    }

    /// It is of the types of an entry of the table that are names of one thing.
    fn is_of_kind(&self, arn: &str, kind: &str) -> bool {
        kind.split('|').any(|kind| self.is_of_type(arn, kind))
    }

    pub(super) fn is_of_type(&self, arn: &str, kind: &str) -> bool {
        let known =
            kind.split_once(':').and_then(|(service, name)| self.catalogue.find_resource_type(service, name));
        let Some(known) = known.and_then(|id| self.catalogue.resource_type(id)) else { return true };
        known.arn_formats.iter().any(|format| fits_format(format, arn))
    }

    /// The policies whose attachment may give the principal something, with what it has then.
    pub(super) fn attachable(&self, id: MemberId, member: &Member, cap: &Cap) -> Vec<(Chosen, Fact)> {
        let everything = Fact::Everything(id, cap.clone());
        let administrator = aws_policy(&member.subject.partition, "AdministratorAccess");
        let mut all = vec![(Chosen::Policy(Arc::from(administrator.as_str())), everything.clone())];
        let account = self.cast.accounts.get(&member.account());
        for policy in account.into_iter().flat_map(|account| &account.attachable) {
            let has = member.subject.policies.identity.iter().any(|known| known.name == *policy);
            if has || policy.as_ref() == administrator {
                continue;
            }
            let gain = Fact::With(id, cap.clone(), Arc::clone(policy), Text::Initial);
            all.push((Chosen::Policy(Arc::clone(policy)), gain));
        }
        for policy in self.written(member.account()) {
            all.push((Chosen::Policy(policy), everything.clone()));
        }
        if self.mode == Mode::May {
            all.push((Chosen::OfAws, everything.clone()));
            let written = self.facts.authored.get(&member.account()).into_iter().flatten();
            all.extend(written.map(|kind| (Chosen::Authored(kind.clone()), everything.clone())));
        }
        all
    }

    /// The boundaries that may be put on the principal, with the nodes that they lead to.
    pub(super) fn boundaries(&self, member: &Member) -> Vec<(Chosen, Cap)> {
        let account = self.cast.accounts.get(&member.account());
        let mut all: Vec<(Chosen, Cap)> = account
            .into_iter()
            .flat_map(|account| &account.boundaries)
            .map(|policy| {
                (Chosen::Policy(Arc::clone(policy)), Cap::Policy(Arc::clone(policy), Text::Initial))
            })
            .collect();
        for policy in self.written(member.account()) {
            let cap = Cap::Policy(Arc::clone(&policy), Text::Anything);
            all.push((Chosen::Policy(policy), cap));
        }
        if self.mode == Mode::May {
            all.push((Chosen::OfAws, Cap::Other));
            let has_no_others = |account: &CastAccount| {
                account.policies.iter().all(|policy| account.boundaries.contains(policy))
            };
            if account.is_some_and(|account| !has_no_others(account)) {
                all.push((Chosen::OfAccount, Cap::Other));
            }
            // IAM puts no boundary on anybody that is not there.
            let written = self.facts.authored.get(&member.account());
            let kinds = account.into_iter().flat_map(|account| account.patterns.kinds());
            let there = kinds.filter(|kind| {
                self.cast.has_other_policies || written.is_some_and(|written| written.contains(kind))
            });
            all.extend(there.map(|kind| (Chosen::Authored(kind), Cap::Other)));
        }
        all
    }

    pub(super) fn removed(
        &self,
        id: MemberId,
        member: &Member,
        base: &Binding,
        group: Option<&Arc<str>>,
        all: &mut Vec<Bound>,
    ) {
        for (cap, edits) in self.facts.nodes.get(&id).into_iter().flatten() {
            for (policy, carriers) in &member.denies {
                if edits.without.contains(policy) {
                    continue;
                }
                // A membership goes with all that the group carries.
                let goes = |carried: &&Carried| match (self.primitive.carrier, *carried) {
                    (Some(Carrier::Inline), Carried::Inline)
                    | (Some(Carrier::Attached), Carried::Attached) => group.is_none(),
                    (Some(Carrier::GroupInline), Carried::GroupInline(of))
                    | (Some(Carrier::GroupAttached), Carried::GroupAttached(of)) => group == Some(of),
                    (Some(Carrier::Membership), Carried::GroupInline(_) | Carried::GroupAttached(_)) => {
                        group.is_none()
                    }
                    (Some(_) | None, _) => false,
                };
                for carried in carriers.iter().filter(goes) {
                    let left = match carried {
                        Carried::GroupInline(of) | Carried::GroupAttached(of) => Some(Arc::clone(of)),
                        Carried::Inline | Carried::Attached => None,
                    };
                    let left = left.filter(|_| self.primitive.carrier == Some(Carrier::Membership));
                    let binding = Binding {
                        arn: base.arn.clone().or(left),
                        cap: Some(cap.clone()),
                        name: Some(Arc::clone(policy)),
                        policy: Some(Chosen::Policy(Arc::clone(policy))),
                        ..base.clone()
                    };
                    let gain = if carriers.len() == 1 {
                        Fact::Without(id, cap.clone(), Arc::clone(policy))
                    } else {
                        Fact::WithoutBy(id, cap.clone(), Arc::clone(policy), carried.clone())
                    };
                    all.push((binding, vec![Fact::At(id, cap.clone())], vec![gain]));
                }
            }
        }
    }

    /// Every kind of tags that the primitive may write, or take off.
    fn tagged_by_kinds(&self, id: MemberId, base: &Binding, all: &mut Vec<Bound>) {
        let Some(member) = self.cast.member(id) else { return };
        let direct = self.primitive.all_requests().all(is_tagging);
        if !direct && !self.is_assume() {
            all.push((base.clone(), Vec::new(), vec![Fact::Tagged(id, TagCell::Any)]));
            return;
        }
        // Which tags sessions are given is asked of those roles alone for which it counts.
        if !direct && (self.facts.free_sessions || !self.cast.taggable.contains(&id)) {
            return;
        }
        let removes = self.primitive.requests.iter().any(|asked| asked.action.starts_with("iam:Untag"));
        let own = |key: &str| member.subject.tags.iter().find(|(known, _)| known.eq_ignore_ascii_case(key));
        for cell in self.cast.listed_tags.cells(removes) {
            // What is there already is no change, and what is not there cannot go.
            let changes = match &cell {
                TagCell::Like(key, value) => {
                    value.contains(['*', '?']) || own(key).is_none_or(|(_, own)| **own != **value)
                }
                TagCell::Gone(key) => own(key).is_some(),
                TagCell::Any | TagCell::Unlisted | TagCell::Other(_) => true,
            };
            if direct && !changes {
                continue;
            }
            let gain =
                if direct { Fact::Tagged(id, cell.clone()) } else { Fact::SessionTagged(cell.clone()) };
            all.push((Binding { tag: Some(cell), ..base.clone() }, Vec::new(), vec![gain]));
        }
    }

    pub(super) fn tagged(&self, id: MemberId, base: &Binding, all: &mut Vec<Bound>) {
        if self.mode == Mode::May {
            self.tagged_by_kinds(id, base, all);
            return;
        }
        if self.primitive.catalogue != "D12" || self.is_assume() {
            return;
        }
        let removes = self.primitive.requests.iter().any(|asked| asked.action.starts_with("iam:Untag"));
        let Some(member) = self.cast.member(id) else { return };
        let changes = tag_changes(&self.cast.wanted_tags, &member.subject.tags);
        for (name, key, value) in changes.filter(|(_, _, value)| value.is_none() == removes) {
            let binding = Binding { name: Some(name), ..base.clone() };
            all.push((binding, Vec::new(), vec![Fact::TaggedWith(id, key, value)]));
        }
    }
}
