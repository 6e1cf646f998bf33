//! What the words of a primitive may stand for in a state, and what holds once it is done.

mod names;
mod principal;
mod providers;
mod resources;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;

use super::cast::{Cast, CastAccount, Member, MemberId, MemberKind, Origin};
use super::closure::Mode;
use super::guard::{Binding, Chosen, is_tagging_resources};
use super::lift::{Lift, lifts};
use super::primitive::{About, Effect, On, Primitive};
use super::state::{Cap, Fact, Facts, Text};
use crate::encode::action::glob_ignoring_case;

/// One thing that the primitive may be about: the words, what must hold, and what holds afterwards.
pub type Bound = (Binding, Vec<Fact>, Vec<Fact>);

/// All that `primitive` may be about when principals of `accounts` act; of the principals of the world those `among` which it is to be, if these
/// are given.
pub fn bindings(
    primitive: &Primitive,
    cast: &Cast<'_>,
    catalogue: &Catalogue,
    facts: &Facts,
    accounts: &BTreeSet<AccountId>,
    (mode, among): (Mode, Option<&BTreeSet<MemberId>>),
) -> Vec<Bound> {
    if mode == Mode::Exact && !primitive.replayed {
        return Vec::new();
    }
    let maker = Maker { primitive, cast, catalogue, facts, accounts, mode, among };
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

/// The tags that conditions ask for and that are not there, and those that can go: as a binding names them, with key and value.
fn tag_changes(
    wanted: &BTreeMap<String, BTreeSet<String>>,
    own: &BTreeMap<String, String>,
) -> impl Iterator<Item = (Arc<str>, String, Option<String>)> {
    wanted.iter().flat_map(|(key, values)| {
        let has = own.iter().find(|(known, _)| known.eq_ignore_ascii_case(key));
        let others = values.iter().filter(move |value| has.is_none_or(|(_, own)| own != *value));
        let put =
            others.map(move |value| (Arc::from(format!("{key}={value}")), key.clone(), Some(value.clone())));
        put.chain(has.map(|(key, _)| (Arc::from(key.as_str()), key.clone(), None)))
    })
}

struct Maker<'m> {
    primitive: &'m Primitive,
    cast: &'m Cast<'m>,
    catalogue: &'m Catalogue,
    facts: &'m Facts,
    accounts: &'m BTreeSet<AccountId>,
    mode: Mode,
    among: Option<&'m BTreeSet<MemberId>>,
}

impl<'m> Maker<'m> {
    /// Calls of STS and of the organisation's services are made from any account.
    fn is_anywhere(&self) -> bool {
        // The policy of a resource may let principals of other accounts in.
        !self.primitive.resources.is_empty()
            || self.primitive.requests.iter().chain(self.primitive.choices.iter().flatten().flatten()).any(
                |asked| {
                    ["sts:", "sso:", "organizations:", "identitystore:", "cognito-identity:", "cognito-idp:"]
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

    /// The members of a kind that are there already, among those that count.
    fn members(
        &self,
        kind: MemberKind,
        counts: impl Fn(MemberId, &'m Member) -> bool,
    ) -> impl Iterator<Item = (MemberId, &'m Member)> {
        let of_sessions = self.is_of_sessions();
        self.accounts()
            .filter(|(account, _)| self.is_worth_it(*account))
            .flat_map(|(_, account)| &account.members)
            .filter_map(|id| Some((*id, self.cast.member(*id)?)))
            .filter(|(id, member)| {
                let is_new = member.origin != Origin::World;
                is_new || self.among.is_none_or(|among| among.contains(id))
            })
            .filter(move |(id, member)| member.kind == kind && counts(*id, member))
            .filter(move |(id, member)| {
                self.facts.nodes.contains_key(id) && (of_sessions || !self.facts.is_full(*id, member))
            })
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
        let known = self.cast.member(member);
        // Whoever assigns a permission set does so in the account of its role: a path asks about that one.
        let assigned = known.filter(|known| {
            known.reserved && self.mode == Mode::Exact && self.primitive.is_of_organization()
        });
        let assigned =
            assigned.filter(|_| self.primitive.all_requests().any(|asked| asked.on == On::Resource));
        let resource = assigned.map(|known| {
            Arc::from(format!("arn:{}:sso:::account/{}", known.subject.partition, known.account()))
        });
        let known = known.filter(|known| known.subject.any_name.is_some());
        let taken = known.map(|known| self.cast.taken(known, &self.facts.freed)).unwrap_or_default();
        Binding {
            member: Some(member),
            services: Arc::clone(&self.primitive.services),
            resource,
            taken,
            ..Binding::default()
        }
    }

    fn principals(&self, kind: MemberKind, of_identity_center: bool) -> Vec<Bound> {
        let mut all = Vec::new();
        let by_iam = self
            .primitive
            .all_requests()
            .any(|asked| asked.action.starts_with("iam:") && asked.action != "iam:PassRole");
        let may_write = self.primitive.services.iter().any(|service| WRITTEN.contains(&service.as_str()));
        let trusted = |member: &Member| self.primitive.services.is_empty() || self.trusts_a_service(member);
        let counts = |id: MemberId, member: &'m Member| {
            ((!of_identity_center && !by_iam) || member.reserved == of_identity_center)
                && (trusted(member) || may_write && self.facts.trusting.contains(&id))
        };
        for (id, member) in self.members(kind, counts) {
            let before = all.len();
            self.about(id, member, None, &mut all);
            if !trusted(member) {
                // The trust policy that the run wrote lets the service in.
                all.iter_mut().skip(before).for_each(|(_, needs, _)| needs.push(Fact::Trusting(id)));
            }
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
                    // Identity Center makes roles of its own, and nobody else makes those.
                    .filter(|(_, member)| {
                        self.mode == Mode::May || member.reserved == self.primitive.is_of_organization()
                    })
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
                    let needs = self.written_first(account_id, &chosen, true);
                    let binding = Binding { requested: Some(chosen), ..self.binding(*id) };
                    let mut gains = vec![Fact::At(*id, cap.clone())];
                    // What a service makes, such as the role of a permission set, comes with policies.
                    if self.mode == Mode::May && self.primitive.is_made_by_service() {
                        gains.push(Fact::Everything(*id, cap));
                    }
                    // In a path whoever makes a role by a call of its own lets itself in.
                    let lets_in = self.mode == Mode::May || !self.primitive.is_made_by_service();
                    if kind == MemberKind::Role && lets_in {
                        gains.push(Fact::Trusting(*id));
                    }
                    all.push((binding, needs, gains));
                }
            }
        }
        all
    }

    fn groups(&self) -> Vec<Bound> {
        if self.primitive.effect == Effect::Rename {
            let named = self.accounts().flat_map(|(_, account)| &account.groups);
            if self.mode == Mode::Exact {
                return self.groups_called();
            }
            return named
                .map(|group| {
                    let own = Some(Arc::clone(&group.arn));
                    let binding = Binding { arn: own.clone(), new_name: own, ..Binding::default() };
                    (binding, Vec::new(), vec![Fact::RenamedGroup(Arc::clone(&group.arn))])
                })
                .collect();
        }
        let mut all = Vec::new();
        for (id, member) in self.members(MemberKind::User, |_, _| true) {
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
            for kind in account.patterns.kinds() {
                let binding = Binding { new_policy: Some(kind.clone()), ..Binding::default() };
                all.push((binding, Vec::new(), vec![Fact::Authored(id, kind)]));
            }
            return;
        }
        for policy in &account.authorable {
            let binding = Binding { arn: Some(Arc::clone(policy)), ..Binding::default() };
            all.push((binding, Vec::new(), vec![Fact::Says(Arc::clone(policy), Text::Anything)]));
        }
    }

    /// What must hold so that the policy is there.
    fn written_first(&self, account: AccountId, chosen: &Chosen, as_boundary: bool) -> Vec<Fact> {
        match chosen {
            Chosen::Authored(_) if as_boundary && self.cast.has_other_policies => Vec::new(),
            Chosen::Authored(kind) => vec![Fact::Authored(account, kind.clone())],
            Chosen::Policy(_) | Chosen::OfAws | Chosen::OfAccount | Chosen::None => Vec::new(),
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

    /// Resources of inventories that show their tags, or accounts of which organization.json does.
    fn with_tags(&self) -> Vec<(Arc<str>, &'m BTreeMap<String, String>)> {
        if self.primitive.is_of_organization() {
            let known = self.cast.world.organization.iter();
            let accounts = known.flat_map(|known| known.accounts.iter().map(move |account| (known, account)));
            return accounts
                .filter(|(_, (_, account))| account.tags_are_known)
                .map(|(known, (id, account))| (Arc::from(known.target_arn(&id.to_string())), &account.tags))
                .collect();
        }
        let listed = self.accounts().filter_map(|(id, _)| self.cast.world.accounts.get(&id));
        let resources = listed.flat_map(|account| account.resources.iter().flatten());
        resources.filter_map(|resource| Some((Arc::clone(&resource.arn), resource.tags.as_ref()?))).collect()
    }

    /// What the step makes of the tags of these.
    fn tagged_resources(&self) -> Vec<Bound> {
        let mut all = Vec::new();
        for (arn, own) in self.with_tags() {
            let base = Binding { resource: Some(Arc::clone(&arn)), ..Binding::default() };
            if self.mode == Mode::May {
                for cell in self.cast.listed_tags.cells_of_resources() {
                    let gain = Fact::ResourceTagged(Arc::clone(&arn), cell.clone());
                    all.push((Binding { tag: Some(cell), ..base.clone() }, Vec::new(), vec![gain]));
                }
                continue;
            }
            for (name, key, value) in tag_changes(&self.cast.wanted_tags, own) {
                let gain = Fact::ResourceTaggedWith(Arc::clone(&arn), key, value);
                all.push((Binding { name: Some(name), ..base.clone() }, Vec::new(), vec![gain]));
            }
        }
        all
    }

    /// What may be lifted of what binds accounts.
    fn lifted(&self) -> Vec<Bound> {
        let Some(organization) = &self.cast.world.organization else { return Vec::new() };
        let by_management = self.primitive.is_of_organization();
        // RCPs bind resources of accounts of which nothing else is known, and policies ask where those are.
        let asked_for = self.cast.bound.asked_for;
        let resources = organization.resource_control_enabled || asked_for.of_resources;
        let of_members: BTreeSet<AccountId> = if by_management && resources {
            organization.accounts.keys().copied().collect()
        } else {
            self.accounts().map(|(id, _)| id).collect()
        };
        let (Some(lifting), held) = (self.primitive.lifting, &self.facts.lifted) else { return Vec::new() };
        let bound = |lift: Lift| {
            let (resource, further) = lift.resources(organization, self.mode);
            let gain = Fact::Lifted(lift.clone());
            let binding = if by_management {
                let further = further.into_iter().map(Arc::from).collect();
                Binding {
                    resource: Some(Arc::from(resource)),
                    further,
                    lift: Some(lift),
                    ..Binding::default()
                }
            } else {
                let owner = if let Lift::Left(account) = &lift { Some(*account) } else { None };
                Binding { owner, lift: Some(lift), ..Binding::default() }
            };
            (binding, Vec::new(), vec![gain])
        };
        lifts(lifting, organization, &of_members, held, (asked_for, self.mode))
            .into_iter()
            .map(bound)
            .collect()
    }

    fn others(&self) -> Vec<Bound> {
        match self.primitive.effect {
            Effect::LiftControl => self.lifted(),
            Effect::Create if self.mode == Mode::May => {
                vec![(Binding::default(), Vec::new(), vec![Fact::Made(self.primitive.id.clone())])]
            }
            Effect::Author => self
                .accounts()
                .map(|(id, account)| {
                    let gains = account.patterns.kinds().map(|kind| Fact::Authored(id, kind)).collect();
                    (Binding::default(), Vec::new(), gains)
                })
                .collect(),
            Effect::Model if self.mode == Mode::May && self.primitive.makes_alias() => {
                vec![(Binding::default(), Vec::new(), vec![Fact::Aliased(self.primitive.id.clone())])]
            }
            Effect::Tag if self.primitive.all_requests().all(is_tagging_resources) => self.tagged_resources(),
            Effect::OpenResource if self.mode == Mode::May => {
                let opened = Fact::Opened(self.primitive.id.clone());
                vec![(Binding::default(), Vec::new(), vec![opened])]
            }
            Effect::OpenResource => self.opened(),
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
            | Effect::Rewrite
            | Effect::ChooseVersion
            | Effect::Enable
            | Effect::Weaken
            | Effect::Model
            | Effect::Declared => Vec::new(),
        }
    }
}
