//! What the words of a primitive may stand for in a state, and what holds once it is done.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::catalogue::Catalogue;
use ringfence_model::policy::PrincipalPattern;
use ringfence_model::world::InventoryResource;

use super::cast::{Carried, Cast, CastAccount, Member, MemberId, MemberKind, Origin, aws_policy};
use super::closure::Mode;
use super::guard::{Binding, Chosen, fits_format};
use super::primitive::{About, Carrier, Effect, Primitive};
use super::state::{Cap, Fact, Facts, Text};
use crate::encode::action::glob_ignoring_case;

/// One thing that the primitive may be about: the words, what must hold, and what holds afterwards.
pub type Bound = (Binding, Vec<Fact>, Vec<Fact>);

/// All that `primitive` may be about when principals of `accounts` act.
pub fn bindings(
    primitive: &Primitive,
    cast: &Cast<'_>,
    catalogue: &Catalogue,
    facts: &Facts,
    accounts: &BTreeSet<AccountId>,
    mode: Mode,
) -> Vec<Bound> {
    let maker = Maker { primitive, cast, catalogue, facts, accounts, mode };
    match primitive.about {
        About::User => maker.principals(MemberKind::User, false),
        About::Role => maker.principals(MemberKind::Role, false),
        About::SsoRole => maker.principals(MemberKind::Role, true),
        About::Root => maker.roots(),
        About::NewUser => maker.created(MemberKind::User),
        About::NewRole => maker.created(MemberKind::Role),
        About::Group => maker.groups(),
        About::Policy | About::Boundary => maker.policies(),
        About::Provider => maker.providers(),
        About::Resource | About::Account | About::Organization | About::Nothing => maker.others(),
    }
}

/// The services that whoever writes a trust policy in a path lets in beside itself.
pub const WRITTEN: [&str; 6] = [
    "bedrock-agentcore.amazonaws.com",
    "cloudformation.amazonaws.com",
    "codebuild.amazonaws.com",
    "ec2.amazonaws.com",
    "glue.amazonaws.com",
    "lambda.amazonaws.com",
];

struct Maker<'m> {
    primitive: &'m Primitive,
    cast: &'m Cast<'m>,
    catalogue: &'m Catalogue,
    facts: &'m Facts,
    accounts: &'m BTreeSet<AccountId>,
    mode: Mode,
}

impl<'m> Maker<'m> {
    /// Calls of STS and of the organisation's services are made from any account.
    fn is_anywhere(&self) -> bool {
        // The policy of a resource may let principals of other accounts in.
        !self.primitive.resources.is_empty()
            || self.primitive.requests.iter().chain(self.primitive.choices.iter().flatten().flatten()).any(
                |asked| {
                    ["sts:", "sso:", "organizations:", "identitystore:"]
                        .iter()
                        .any(|front| asked.action.starts_with(front))
                },
            )
    }

    fn accounts(&self) -> impl Iterator<Item = (AccountId, &'m CastAccount)> {
        let anywhere = self.is_anywhere();
        self.cast
            .accounts
            .iter()
            .map(|(id, account)| (*id, account))
            .filter(move |(id, _)| anywhere || self.accounts.contains(id))
    }

    /// The members of a kind that are there already.
    fn members(&self, kind: MemberKind) -> Vec<(MemberId, &'m Member)> {
        self.accounts()
            .flat_map(|(_, account)| &account.members)
            .filter_map(|id| Some((*id, self.cast.member(*id)?)))
            .filter(|(id, member)| member.kind == kind && self.facts.nodes.contains_key(id))
            .filter(|(id, member)| self.is_of_sessions() || !self.facts.is_full(*id, member))
            .filter(|(_, member)| self.is_worth_it(member.account()))
            .collect()
    }

    /// In an account where somebody may do everything, plain takeovers are all that a path needs.
    fn is_worth_it(&self, account: AccountId) -> bool {
        self.mode == Mode::May || !self.facts.taken.contains(&account) || self.primitive.is_plain_takeover()
    }

    /// It changes what sessions of somebody carry, which may help whoever may do everything as well.
    fn is_of_sessions(&self) -> bool {
        self.mode == Mode::May
            && matches!(self.primitive.effect, Effect::Tag | Effect::Rename | Effect::OpenTrust)
    }

    fn binding(&self, member: MemberId) -> Binding {
        Binding { member: Some(member), services: self.primitive.services.clone(), ..Binding::default() }
    }

    fn principals(&self, kind: MemberKind, of_identity_center: bool) -> Vec<Bound> {
        let mut all = Vec::new();
        for (id, member) in self.members(kind) {
            let by_iam = self
                .primitive
                .all_requests()
                .any(|asked| asked.action.starts_with("iam:") && asked.action != "iam:PassRole");
            if (of_identity_center || by_iam) && member.reserved != of_identity_center {
                continue;
            }
            let written = || {
                self.facts.trusting.contains(&id)
                    && self.primitive.services.iter().any(|service| WRITTEN.contains(&service.as_str()))
            };
            if !self.primitive.services.is_empty() && !self.trusts_a_service(member) && !written() {
                continue;
            }
            self.about(id, member, None, &mut all);
        }
        all
    }

    /// The trust policy may let one of the services in.
    fn trusts_a_service(&self, member: &Member) -> bool {
        let may = |service: &String| {
            member
                .services
                .iter()
                .any(|named| glob_ignoring_case(named, service) || glob_ignoring_case(service, named))
        };
        self.primitive.services.iter().any(may)
    }

    /// What the primitive does to a principal, directly or, with `group`, to a group that it is in.
    fn about(&self, id: MemberId, member: &Member, group: Option<&Arc<str>>, all: &mut Vec<Bound>) {
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
                        if policy == Chosen::Authored {
                            needs.push(Fact::Authored(member.account()));
                        }
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
            Effect::Tag => self.tagged(id, base, all),
            Effect::RemoveBoundary => {
                for (cap, _) in nodes().filter(|(cap, _)| **cap != Cap::None) {
                    let binding = Binding { cap: Some(cap.clone()), ..base.clone() };
                    let moved = Fact::Moved(id, Some(cap.clone()), Cap::None);
                    all.push((binding, at(cap), vec![Fact::At(id, Cap::None), moved]));
                }
            }
            Effect::ReplaceBoundary => {
                for (chosen, cap) in self.boundaries(member) {
                    let binding = Binding { requested: Some(chosen), ..base.clone() };
                    let moved = Fact::Moved(id, None, cap.clone());
                    all.push((binding, Vec::new(), vec![Fact::At(id, cap), moved]));
                }
            }
            // Who is held already need not be let in.
            Effect::OpenTrust | Effect::Recreate if self.mode == Mode::Exact && self.is_held(id) => {}
            Effect::Recreate => {
                let none = (Chosen::None, Cap::None);
                for (chosen, cap) in self.boundaries(member).into_iter().chain([none]) {
                    for (current, _) in nodes() {
                        let binding = Binding {
                            requested: Some(chosen.clone()),
                            cap: Some(current.clone()),
                            ..base.clone()
                        };
                        let mut gains = vec![Fact::At(id, cap.clone())];
                        if member.kind == MemberKind::Role {
                            gains.push(Fact::Trusting(id));
                        }
                        all.push((binding, at(current), gains));
                    }
                }
            }
            Effect::OpenTrust => {
                for (cap, _) in nodes() {
                    let binding = Binding { cap: Some(cap.clone()), ..base.clone() };
                    all.push((binding, at(cap), vec![Fact::Trusting(id)]));
                }
            }
            Effect::Rename if self.mode == Mode::May => {
                all.push((base, Vec::new(), vec![Fact::Renamed(id)]));
            }
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

    fn is_held(&self, id: MemberId) -> bool {
        self.facts.held.get(&id).is_some_and(Option::is_none)
    }

    /// Requests can be made as the principal; by a resource that runs with it where the primitive takes one.
    fn becomes(&self, id: MemberId, member: &Member, base: Binding, all: &mut Vec<Bound>) {
        if self.facts.held.get(&id).is_some_and(Option::is_none) {
            return;
        }
        // What an agent or flow runs is told by its model, which single requests take into account.
        if self.mode == Mode::Exact && ["B24", "B25"].contains(&self.primitive.catalogue.as_str()) {
            return;
        }
        if self.is_assume() && self.mode == Mode::May && self.facts.trusting.contains(&id) {
            return;
        }
        let gain = || vec![Fact::Held(id, self.primitive.limits.clone())];
        if self.primitive.resources.is_empty() {
            all.push((base, Vec::new(), gain()));
            return;
        }
        let inventory =
            self.cast.world.accounts.get(&member.account()).and_then(|account| account.resources.as_ref());
        let is_of = |resource: &InventoryResource| {
            self.primitive.resources.iter().any(|kind| self.is_of_type(&resource.arn, kind))
        };
        // The list counts as whole for the types of which it has one, for all where it is empty, and for those of Bedrock.
        let of_bedrock = self.primitive.resources.iter().all(|kind| kind.starts_with("bedrock:"));
        let whole = inventory.is_some_and(|all| of_bedrock || all.is_empty() || all.iter().any(is_of));
        let Some(inventory) = inventory.filter(|_| whole) else {
            // Of what nobody lists in other accounts nothing is known; that its policies are missing is told.
            if self.accounts.contains(&member.account()) {
                all.push((base, Vec::new(), gain()));
            }
            return;
        };
        for resource in inventory {
            let runs = match resource.role.as_deref() {
                Some(role) => role.eq_ignore_ascii_case(member.arn()),
                // It is not told with which role it runs.
                None => self.mode == Mode::May,
            };
            if runs && self.primitive.resources.iter().any(|kind| self.is_of_type(&resource.arn, kind)) {
                let binding = Binding { resource: Some(Arc::clone(&resource.arn)), ..base.clone() };
                all.push((binding, Vec::new(), gain()));
            }
        }
    }

    fn is_assume(&self) -> bool {
        self.primitive.requests.iter().any(|asked| asked.action.eq_ignore_ascii_case("sts:AssumeRole"))
    }

    fn is_of_type(&self, arn: &str, kind: &str) -> bool {
        let known =
            kind.split_once(':').and_then(|(service, name)| self.catalogue.find_resource_type(service, name));
        let Some(known) = known.and_then(|id| self.catalogue.resource_type(id)) else { return true };
        known.arn_formats.iter().any(|format| fits_format(format, arn))
    }

    /// The policies whose attachment may give the principal something, with what it has then.
    fn attachable(&self, id: MemberId, member: &Member, cap: &Cap) -> Vec<(Chosen, Fact)> {
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
            if self.facts.authored.contains(&member.account()) {
                all.push((Chosen::Authored, everything));
            }
        }
        all
    }

    /// The boundaries that may be put on the principal, with the nodes that they lead to.
    fn boundaries(&self, member: &Member) -> Vec<(Chosen, Cap)> {
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
            all.push((Chosen::Authored, Cap::Other));
        }
        all
    }

    fn removed(
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
                let is_carried = carriers.iter().any(|carried| match (self.primitive.carrier, carried) {
                    (Some(Carrier::Inline), Carried::Inline)
                    | (Some(Carrier::Attached), Carried::Attached) => group.is_none(),
                    (Some(Carrier::GroupInline), Carried::GroupInline(of))
                    | (Some(Carrier::GroupAttached), Carried::GroupAttached(of)) => group == Some(of),
                    (Some(Carrier::Membership), Carried::GroupInline(_) | Carried::GroupAttached(_)) => {
                        group.is_none()
                    }
                    (Some(_) | None, _) => false,
                });
                // Where two carriers hold it, a path takes away both, which is not searched for.
                if is_carried && (self.mode == Mode::May || carriers.len() == 1) {
                    let of = carriers.iter().find_map(|carried| match carried {
                        Carried::GroupInline(of) | Carried::GroupAttached(of) => Some(Arc::clone(of)),
                        Carried::Inline | Carried::Attached => None,
                    });
                    let left = of.filter(|_| self.primitive.carrier == Some(Carrier::Membership));
                    let binding = Binding {
                        arn: base.arn.clone().or(left),
                        cap: Some(cap.clone()),
                        name: Some(Arc::clone(policy)),
                        policy: Some(Chosen::Policy(Arc::clone(policy))),
                        ..base.clone()
                    };
                    let gain = Fact::Without(id, cap.clone(), Arc::clone(policy));
                    all.push((binding, vec![Fact::At(id, cap.clone())], vec![gain]));
                }
            }
        }
    }

    fn tagged(&self, id: MemberId, base: Binding, all: &mut Vec<Bound>) {
        if self.mode == Mode::May {
            all.push((base, Vec::new(), vec![Fact::Tagged(id)]));
            return;
        }
        if self.primitive.catalogue != "D12" || self.is_assume() {
            return;
        }
        let removes = self.primitive.requests.iter().any(|asked| asked.action.starts_with("iam:Untag"));
        let Some(member) = self.cast.member(id) else { return };
        for (key, values) in &self.cast.wanted_tags {
            let own = member.subject.tags.iter().find(|(known, _)| known.eq_ignore_ascii_case(key));
            if removes {
                if own.is_some() {
                    let binding = Binding { name: Some(Arc::from(key.as_str())), ..base.clone() };
                    all.push((binding, Vec::new(), vec![Fact::TaggedWith(id, key.clone(), None)]));
                }
                continue;
            }
            for value in values.iter().filter(|value| own.is_none_or(|(_, own)| own != *value)) {
                let name: Arc<str> = Arc::from(format!("{key}={value}"));
                let binding = Binding { name: Some(name), ..base.clone() };
                all.push((binding, Vec::new(), vec![Fact::TaggedWith(id, key.clone(), Some(value.clone()))]));
            }
        }
    }

    fn roots(&self) -> Vec<Bound> {
        let management =
            self.cast.world.organization.as_ref().map(|organization| organization.management_account);
        self.cast
            .ids()
            .filter_map(|id| Some((id, self.cast.member(id)?)))
            .filter(|(_, member)| member.kind == MemberKind::Root && Some(member.account()) != management)
            .map(|(id, _)| {
                (self.binding(id), Vec::new(), vec![Fact::Held(id, self.primitive.limits.clone())])
            })
            .collect()
    }

    /// Users or roles to be created, under each boundary that may be asked for, or none.
    fn created(&self, kind: MemberKind) -> Vec<Bound> {
        let wanted = if self.mode == Mode::May { Origin::Anybody } else { Origin::New };
        let mut all = Vec::new();
        for (account_id, account) in self.accounts() {
            if !self.is_worth_it(account_id) {
                continue;
            }
            let new = || {
                account
                    .members
                    .iter()
                    .filter_map(|id| Some((*id, self.cast.member(*id)?)))
                    .filter(|(_, member)| member.kind == kind && member.origin == wanted)
            };
            // Another one gives nothing more.
            if new().any(|(id, member)| self.facts.is_full(id, member)) {
                continue;
            }
            for (id, member) in new() {
                let id = &id;
                let none = (Chosen::None, Cap::None);
                let named = self.primitive.names_boundary();
                let boundaries = if named { self.boundaries(member) } else { Vec::new() };
                for (chosen, cap) in boundaries.into_iter().chain([none]) {
                    let binding = Binding { requested: Some(chosen), ..self.binding(*id) };
                    let mut gains = vec![Fact::At(*id, cap)];
                    if kind == MemberKind::Role {
                        gains.push(Fact::Trusting(*id));
                    }
                    all.push((binding, Vec::new(), gains));
                }
            }
        }
        all
    }

    fn groups(&self) -> Vec<Bound> {
        if self.primitive.effect == Effect::Rename {
            let named =
                self.accounts().flat_map(|(_, account)| &account.groups).filter(|_| self.mode == Mode::May);
            return named
                .map(|group| {
                    let binding = Binding { arn: Some(Arc::clone(&group.arn)), ..Binding::default() };
                    (binding, Vec::new(), vec![Fact::RenamedGroup(Arc::clone(&group.arn))])
                })
                .collect();
        }
        let mut all = Vec::new();
        for (id, member) in self.members(MemberKind::User) {
            for group in &member.groups {
                self.about(id, member, Some(group), &mut all);
            }
            // Groups that somebody came to be in.
            let account = self.cast.accounts.get(&member.account());
            let joined = self.facts.nodes.get(&id).into_iter().flatten().flat_map(|(_, edits)| &edits.with);
            for (name, _) in joined {
                let is_group =
                    account.is_some_and(|account| account.groups.iter().any(|group| group.arn == *name));
                if is_group && !member.groups.contains(name) {
                    self.about(id, member, Some(name), &mut all);
                }
            }
        }
        all
    }

    fn policies(&self) -> Vec<Bound> {
        let mut all = Vec::new();
        for (id, account) in self.accounts() {
            if !self.is_worth_it(id) {
                continue;
            }
            let recreates = self.primitive.all_requests().any(|asked| asked.action == "iam:DeletePolicy");
            for policy in &account.policies {
                // IAM deletes no policy that somebody has.
                if recreates && self.mode == Mode::Exact && self.is_used(id, policy) {
                    continue;
                }
                // What is a boundary is rewritten as one.
                if account.boundaries.contains(policy) && self.primitive.about == About::Policy {
                    continue;
                }
                let base = Binding { arn: Some(Arc::clone(policy)), ..Binding::default() };
                match self.primitive.effect {
                    Effect::Rewrite => {
                        all.push((base, Vec::new(), vec![Fact::Says(Arc::clone(policy), Text::Anything)]));
                    }
                    Effect::ChooseVersion => {
                        let known = self
                            .cast
                            .world
                            .accounts
                            .get(&id)
                            .and_then(|found| found.managed_policies.get(policy));
                        for version in known.into_iter().flat_map(|known| &known.versions) {
                            if known.is_some_and(|known| known.default_version == version.id) {
                                continue;
                            }
                            let text = match &version.document {
                                Some(_) => Text::Version(version.id.clone()),
                                None if self.mode == Mode::May => Text::Anything,
                                None => continue,
                            };
                            let binding =
                                Binding { name: Some(Arc::from(version.id.as_str())), ..base.clone() };
                            all.push((binding, Vec::new(), vec![Fact::Says(Arc::clone(policy), text)]));
                        }
                    }
                    Effect::Become
                    | Effect::Edit
                    | Effect::Attach
                    | Effect::Join
                    | Effect::RemoveDenies
                    | Effect::Tag
                    | Effect::Rename
                    | Effect::RemoveBoundary
                    | Effect::ReplaceBoundary
                    | Effect::Create
                    | Effect::Recreate
                    | Effect::OpenTrust
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
            if self.primitive.effect == Effect::Author {
                self.authored(id, account, &mut all);
            }
        }
        all
    }

    /// Somebody has the policy.
    fn is_used(&self, id: AccountId, policy: &Arc<str>) -> bool {
        self.cast.world.accounts.get(&id).is_some_and(|account| {
            account.principals().any(|principal| {
                let boundary = principal.boundary();
                principal.identity().iter().chain(boundary).any(|known| known.name == *policy)
            }) || account.groups.iter().any(|group| group.identity.iter().any(|known| known.name == *policy))
        })
    }

    /// A new policy: of whatever name, or in a path of one that conditions name.
    fn authored(&self, id: AccountId, account: &CastAccount, all: &mut Vec<Bound>) {
        if self.mode == Mode::May {
            all.push((Binding::default(), Vec::new(), vec![Fact::Authored(id)]));
            return;
        }
        for policy in &account.authorable {
            let binding = Binding { arn: Some(Arc::clone(policy)), ..Binding::default() };
            all.push((binding, Vec::new(), vec![Fact::Says(Arc::clone(policy), Text::Anything)]));
        }
    }

    /// The policies that the run wrote in the account.
    fn written(&self, account: AccountId) -> Vec<Arc<str>> {
        let known = self.cast.accounts.get(&account);
        known
            .into_iter()
            .flat_map(|known| &known.authorable)
            .filter(|policy| self.facts.says.contains_key(*policy))
            .cloned()
            .collect()
    }

    /// Whoever opens a provider is let in by the roles that trust it.
    fn providers(&self) -> Vec<Bound> {
        let mut all = Vec::new();
        for (id, member) in self.members(MemberKind::Role) {
            let trust = member.subject.kind.trust().map(|trust| &trust.document.statements);
            let named = trust.into_iter().flatten().filter_map(|statement| statement.principal.as_ref());
            for value in named.flat_map(|element| &element.values) {
                if let PrincipalPattern::Federated(provider) = value
                    && Arn::parse(provider).is_some()
                    && self.mode == Mode::May
                {
                    let binding = Binding {
                        member: Some(id),
                        arn: Some(Arc::from(provider.as_str())),
                        ..Binding::default()
                    };
                    all.push((binding, Vec::new(), vec![Fact::Held(id, None)]));
                }
            }
        }
        all
    }

    fn others(&self) -> Vec<Bound> {
        match self.primitive.effect {
            Effect::LiftControl if self.cast.world.organization.is_some() && !self.facts.unbound => {
                vec![(Binding::default(), Vec::new(), vec![Fact::Unbound])]
            }
            Effect::Create if self.mode == Mode::May => {
                vec![(Binding::default(), Vec::new(), vec![Fact::Made(self.primitive.id.clone())])]
            }
            Effect::Author => self
                .accounts
                .iter()
                .map(|account| (Binding::default(), Vec::new(), vec![Fact::Authored(*account)]))
                .collect(),
            Effect::Model if self.mode == Mode::May && self.primitive.makes_alias() => {
                vec![(Binding::default(), Vec::new(), vec![Fact::Aliased(self.primitive.id.clone())])]
            }
            Effect::OpenResource if self.mode == Mode::May => {
                let opened = Fact::Opened(self.primitive.id.clone());
                vec![(Binding::default(), Vec::new(), vec![opened])]
            }
            Effect::LiftControl
            | Effect::Become
            | Effect::Edit
            | Effect::Attach
            | Effect::Join
            | Effect::RemoveDenies
            | Effect::Tag
            | Effect::Rename
            | Effect::RemoveBoundary
            | Effect::ReplaceBoundary
            | Effect::Create
            | Effect::Recreate
            | Effect::OpenTrust
            | Effect::OpenProvider
            | Effect::OpenResource
            | Effect::Rewrite
            | Effect::ChooseVersion
            | Effect::Enable
            | Effect::Weaken
            | Effect::Model
            | Effect::Declared => Vec::new(),
        }
    }
}
