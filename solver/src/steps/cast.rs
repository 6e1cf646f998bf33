//! Everybody whom a run may involve: the users, roles and root users of a world, and those that may come to be.

mod conditions;
mod resources;
mod trust;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use ringfence_model::arn::{AccountId, path_and_name};
use ringfence_model::managed;
use ringfence_model::parse::policy_text;
use ringfence_model::policy::{Effect, NamedPolicy, PolicyDocument, PolicyType, PrincipalPattern};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::steps::SESSION;
use ringfence_model::world::{Account, IamPrincipal, World};

use self::conditions::{
    boundaries_in_conditions, filled, is_of_partition, names_to_get, new_names, of_aws_in_conditions,
    wanted_tags,
};
use self::resources::openable;
pub use self::resources::{SOME_REGION, listed_in};
pub use self::trust::services_of;
use super::lift::{AskedFor, Bound, Lift};
use super::new_policy::PolicyPatterns;
use super::state::Opened;
use super::tags::{ListedTags, statements_of};
use crate::encode::action::glob_ignoring_case;
use crate::encode::statement::all_statements;
use crate::encode::statement::keys_of;
use crate::resource_side::ResourceSides;
use crate::subject::{AnyName, Federation, OpenTags, SessionTags, Subject, SubjectKind};

/// A member of the cast, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(pub usize);

/// What kind of principal a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberKind {
    /// A user.
    User,
    /// A role.
    Role,
    /// A root user.
    Root,
}

/// Where a member comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The world has it.
    World,
    /// A run may create it, under this name.
    New,
    /// It stands for all that a run may create, under whatever name.
    Anybody,
}

/// By what a policy reaches a principal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carried {
    /// It is the principal's own inline policy.
    Inline,
    /// It is attached to the principal.
    Attached,
    /// It is an inline policy of a group.
    GroupInline(Arc<str>),
    /// It is attached to a group.
    GroupAttached(Arc<str>),
}

/// A principal that a run may involve.
#[derive(Clone, Debug)]
pub struct Member {
    /// The principal as it is before the run; one to be created has no policies.
    pub subject: Subject,
    /// Its kind.
    pub kind: MemberKind,
    /// Where it comes from.
    pub origin: Origin,
    /// The ARN of its boundary.
    pub boundary: Option<Arc<str>>,
    /// The ARNs of its groups.
    pub groups: Vec<Arc<str>>,
    /// The identity policies that hold a Deny, by name, and what carries each.
    pub denies: Vec<(Arc<str>, Vec<Carried>)>,
    /// The services, and the providers of identities, that its trust policy may let in, as written.
    pub services: BTreeSet<String>,
    /// A role of Identity Center, which IAM lets nobody change.
    pub reserved: bool,
}

impl Member {
    /// Its sessions may carry tags of their own.
    pub fn has_tagged_sessions(&self) -> bool {
        self.subject.kind.session_tags() != SessionTags::Never
    }

    /// It is there, and goes by calls of IAM for users and roles alone: roles that services keep go with those.
    pub fn keeps_its_name(&self) -> bool {
        let of_service = [":role/aws-service-role/", ":role/aws-reserved/"];
        self.origin == Origin::World && !of_service.iter().any(|path| self.arn().contains(path))
    }

    /// True only if it is a role that the export shows to be in no instance profile.
    pub fn is_in_no_instance_profile(&self, world: &World) -> bool {
        match world.principal(self.arn()) {
            Some((_, IamPrincipal::Role(role))) => {
                self.origin == Origin::World && role.instance_profiles.as_ref().is_some_and(Vec::is_empty)
            }
            Some((_, IamPrincipal::User(_))) | None => false,
        }
    }

    /// Its ARN; one that it could have where it stands for many.
    pub fn arn(&self) -> &str {
        &self.subject.arn
    }

    /// How the policy of a resource names it so that its boundary does not bind what the policy grants: a role by its session.
    pub fn in_policies(&self) -> PrincipalPattern {
        PrincipalPattern::Aws(match &self.subject.kind {
            SubjectKind::Role { name, .. } => format!(
                "arn:{}:sts::{}:assumed-role/{name}/{SESSION}",
                self.subject.partition,
                self.account()
            ),
            SubjectKind::User { .. }
            | SubjectKind::Root
            | SubjectKind::Service { .. }
            | SubjectKind::Provider { .. }
            | SubjectKind::Anonymous => self.arn().to_owned(),
        })
    }

    /// Its account.
    pub fn account(&self) -> AccountId {
        self.subject.account
    }
}

/// A group.
#[derive(Clone, Debug)]
pub struct CastGroup {
    /// Its ARN.
    pub arn: Arc<str>,
    /// Its policies.
    pub identity: Vec<NamedPolicy>,
}

/// What an account has besides principals.
#[derive(Clone, Debug, Default)]
pub struct CastAccount {
    /// Members of the world, and those that may be created.
    pub members: Vec<MemberId>,
    /// Its groups.
    pub groups: Vec<CastGroup>,
    /// The ARNs of its customer-managed policies.
    pub policies: Vec<Arc<str>>,
    /// The policies that a boundary may be set to: carried by somebody, or named in a condition.
    pub boundaries: BTreeSet<Arc<str>>,
    /// The policies whose attachment may matter.
    pub attachable: BTreeSet<Arc<str>>,
    /// What tells new policies apart.
    pub patterns: PolicyPatterns,
    /// The ARNs that a run may give to a policy that it writes.
    pub authorable: BTreeSet<Arc<str>>,
    /// The ARNs that a path may give to users and groups that it renames.
    pub names: BTreeSet<Arc<str>>,
    /// Resources whose policies a path may write: those that an input lists, and some that policies name.
    pub openable: BTreeSet<Arc<str>>,
}

/// What a run makes of what surrounds its resources: what is lifted, whose policies it writes, and which user is called otherwise.
type Around = (BTreeSet<Lift>, BTreeSet<Opened>, Option<(MemberId, Arc<str>)>);

/// The cast of a world.
#[derive(Debug)]
pub struct Cast<'w> {
    /// The world.
    pub world: &'w World,
    /// All members.
    pub members: Vec<Member>,
    by_arn: BTreeMap<String, MemberId>,
    /// What the policies of resources are, and after some lifts.
    resources: Arc<ResourceSides>,
    sides: Mutex<BTreeMap<Around, Arc<ResourceSides>>>,
    /// Tags of principals of which conditions are.
    pub listed_tags: ListedTags,
    /// Accounts may have managed policies that the world does not show.
    pub has_other_policies: bool,
    /// The names of users, and those of roles, that are there, in small letters.
    names: BTreeMap<(AccountId, MemberKind), Arc<BTreeSet<String>>>,
    /// Their ARNs, in small letters.
    arns: BTreeMap<(AccountId, MemberKind), Arc<BTreeSet<String>>>,
    /// What binds the accounts of members.
    pub bound: Arc<Bound>,
    /// Those that stand for principals of any name.
    pub of_any_name: Arc<BTreeSet<MemberId>>,
    /// By role the users whom its trust policy names, where it, or an RCP, also asks what callers are called.
    pub by_name: Arc<BTreeMap<MemberId, BTreeSet<MemberId>>>,
    /// The roles whose sessions may be given tags, by callers alone.
    pub taggable: Arc<BTreeSet<MemberId>>,
    /// Tags of principals that conditions ask for, with the values.
    pub wanted_tags: BTreeMap<String, BTreeSet<String>>,
    /// By account.
    pub accounts: BTreeMap<AccountId, CastAccount>,
}

/// Keys that say in which organisation a resource is.
const OF_RESOURCES: [&str; 2] = ["aws:resourceorgid", "aws:resourceorgpaths"];

/// The same of callers, and of whatever makes a service call.
const OF_CALLERS: [&str; 4] =
    ["aws:principalorgid", "aws:principalorgpaths", "aws:sourceorgid", "aws:sourceorgpaths"];

/// What a path calls the role of a new permission set.
const OF_PERMISSION_SET: &str =
    "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_ringfence_0123456789abcdef";

/// Managed policies of AWS that a run may attach, the one that allows everything first.
const OF_AWS: [&str; 5] = [
    "AdministratorAccess",
    "PowerUserAccess",
    "IAMFullAccess",
    "AmazonBedrockFullAccess",
    "AmazonBedrockLimitedAccess",
];

impl<'w> Cast<'w> {
    /// The cast of `world`, whose principals are `subjects`.
    pub fn of(world: &'w World, subjects: &[Subject]) -> Self {
        let mut cast = Self {
            world,
            members: Vec::new(),
            by_arn: BTreeMap::new(),
            resources: subjects.first().map(|subject| Arc::clone(&subject.resources)).unwrap_or_default(),
            sides: Mutex::default(),
            listed_tags: ListedTags::of(statements_of(world)),
            has_other_policies: false,
            names: BTreeMap::new(),
            arns: BTreeMap::new(),
            bound: Arc::default(),
            of_any_name: Arc::default(),
            by_name: Arc::default(),
            taggable: Arc::default(),
            wanted_tags: wanted_tags(world),
            accounts: BTreeMap::new(),
        };
        for subject in subjects {
            cast.add(member(world, subject));
        }
        let named = boundaries_in_conditions(world);
        let of_aws_named = of_aws_in_conditions(&named);
        for (id, account) in &world.accounts {
            for kind in [MemberKind::Role, MemberKind::User] {
                cast.add(to_be_created(world, account, subjects, kind, None));
            }
            let names = new_names(account);
            for arn in names {
                // A name that is taken is not made again.
                let taken = |known: &Arc<str>| {
                    known.split('/').next() == arn.split('/').next() && last_name(known) == last_name(&arn)
                };
                if account.principals().map(IamPrincipal::arn).any(taken) {
                    continue;
                }
                let kind = if arn.contains(":user/") { MemberKind::User } else { MemberKind::Role };
                if cast.find(&arn).is_none() {
                    cast.add(to_be_created(world, account, subjects, kind, Some(&arn)));
                }
            }
            // A role of a new permission set, which Identity Center makes.
            if world.organization.is_some() {
                let arn = format!("arn:{}:iam::{id}:{OF_PERMISSION_SET}", account.partition);
                if cast.find(&arn).is_none() {
                    let role = to_be_created(world, account, subjects, MemberKind::Role, Some(&arn));
                    cast.add(Member { reserved: true, ..role });
                }
            }
            let entry = cast.accounts.entry(*id).or_default();
            entry.groups = account
                .groups
                .iter()
                .map(|group| CastGroup { arn: Arc::clone(&group.arn), identity: group.identity.clone() })
                .collect();
            let own = |aws_managed: bool| {
                account.managed_policies.values().filter(move |policy| policy.aws_managed == aws_managed)
            };
            entry.policies = own(false).map(|policy| Arc::clone(&policy.arn)).collect();
            let carried = account.principals().filter_map(IamPrincipal::boundary);
            let carried = carried.map(|boundary| Arc::clone(&boundary.name));
            let of_aws = OF_AWS.map(|name| Arc::from(aws_policy(&account.partition, name)));
            entry.boundaries = carried.chain(of_aws.first().cloned()).collect();
            let fits = |policy: &Arc<str>| named.iter().any(|pattern| glob_ignoring_case(pattern, policy));
            let own_and_of_aws = account.managed_policies.keys().filter(|policy| fits(policy)).cloned();
            entry.boundaries.extend(own_and_of_aws);
            entry
                .boundaries
                .extend(of_aws_named.iter().filter(|arn| is_of_partition(arn, &account.partition)).cloned());
            let front = format!("arn:{}:iam::{id}:policy/", account.partition);
            let fitting = named.iter().map(|pattern| filled(pattern));
            let new = fitting.filter(|arn| arn.starts_with(&front)).chain([format!("{front}ringfence")]);
            let exists = |arn: &str| account.managed_policies.contains_key(arn);
            entry.openable = openable(account);
            entry.names = names_to_get(account);
            entry.patterns = PolicyPatterns::of(named.iter(), &account.partition, *id, exists);
            entry.authorable = new
                .map(|arn| Arc::from(arn.as_str()))
                .filter(|arn: &Arc<str>| own(false).all(|known| last_name(&known.arn) != last_name(arn)))
                .collect();
            let named = of_aws_named.iter().filter(|arn| is_of_partition(arn, &account.partition)).cloned();
            entry.attachable = entry.policies.iter().cloned().chain(of_aws).chain(named).collect();
        }
        cast.taggable = Arc::new(cast.tagged_by_callers());
        cast.names = cast.of_those_there(last_name);
        cast.arns = cast.of_those_there(str::to_owned);
        let any = |id: &MemberId| cast.member(*id).is_some_and(|member| member.subject.any_name.is_some());
        cast.of_any_name = Arc::new(cast.ids().filter(any).collect());
        cast.by_name = Arc::new(cast.trusted_by_name());
        let accounts = cast.members.iter().map(Member::account).collect();
        let asked: BTreeSet<&str> = statements_of(world)
            .flat_map(keys_of)
            .map(ringfence_model::context::ContextKey::canonical)
            .collect();
        let asked_for = AskedFor {
            membership: OF_RESOURCES.iter().chain(&OF_CALLERS).any(|key| asked.contains(key)),
            of_resources: OF_RESOURCES.iter().any(|key| asked.contains(key)),
        };
        cast.bound = Arc::new(Bound::new(world.organization.as_ref(), accounts, asked_for));
        cast
    }

    fn add(&mut self, member: Member) {
        let id = MemberId(self.members.len());
        self.by_arn.insert(member.subject.arn.clone(), id);
        self.accounts.entry(member.account()).or_default().members.push(id);
        self.members.push(member);
    }

    /// The member.
    pub fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.get(id.0)
    }

    /// The member whose ARN is `arn`.
    pub fn find(&self, arn: &str) -> Option<MemberId> {
        self.by_arn.get(arn).copied()
    }

    /// The names, in small letters, that the member has not, whatever it is called: IAM makes no two users, or roles, of one name in an
    /// account. Names of those who are `freed` are to be had, and so is its own.
    pub fn taken(&self, member: &Member, freed: &BTreeSet<MemberId>) -> Arc<BTreeSet<String>> {
        let all = self.accounts.get(&member.account()).into_iter().flat_map(|account| &account.members);
        let is_of = |id: &MemberId| self.member(*id).is_some_and(|one| one.account() == member.account());
        if member.origin != Origin::World && !freed.iter().any(is_of) {
            return self.names.get(&(member.account(), member.kind)).cloned().unwrap_or_default();
        }
        let others = all.filter(|id| !freed.contains(id)).filter_map(|id| self.member(*id));
        let others = others
            .filter(|other| other.kind == member.kind && other.keeps_its_name())
            .filter(|other| other.arn() != member.arn());
        Arc::new(others.map(|other| last_name(other.arn()).to_ascii_lowercase()).collect())
    }

    /// What `of` makes of the ARNs of those who are there, in small letters, by account and kind.
    fn of_those_there(
        &self,
        of: impl Fn(&str) -> String,
    ) -> BTreeMap<(AccountId, MemberKind), Arc<BTreeSet<String>>> {
        let mut all: BTreeMap<(AccountId, MemberKind), BTreeSet<String>> = BTreeMap::new();
        for member in self.members.iter().filter(|member| member.keeps_its_name()) {
            let text = of(member.arn()).to_ascii_lowercase();
            all.entry((member.account(), member.kind)).or_default().insert(text);
        }
        all.into_iter().map(|(key, texts)| (key, Arc::new(texts))).collect()
    }

    /// The ARNs, in small letters, by which Principal elements mean others than the member.
    pub fn named_before(&self, member: &Member) -> Arc<BTreeSet<String>> {
        let key = (member.account(), member.kind);
        let all = self.arns.get(&key).cloned().unwrap_or_default();
        if member.origin != Origin::World {
            return all;
        }
        let own = member.arn().to_ascii_lowercase();
        Arc::new(all.iter().filter(|arn| **arn != own).cloned().collect())
    }

    /// The places of all members.
    pub fn ids(&self) -> impl Iterator<Item = MemberId> + use<> {
        (0..self.members.len()).map(MemberId)
    }

    /// What the managed policy `arn` says now, for principals of `account`; none where that is not known.
    pub fn document(&self, account: AccountId, arn: &str) -> Option<Arc<PolicyDocument>> {
        let known = self.world.accounts.get(&account).and_then(|account| account.managed_policies.get(arn));
        if let Some(known) = known {
            return Some(Arc::clone(&known.policy.document));
        }
        let record = managed::document(arn).ok().flatten()?;
        let file: Arc<str> = Arc::from(format!("<managed {}>", record.name));
        policy_text(&record.text, PolicyType::Identity, &file).ok().map(|(document, _)| Arc::new(document))
    }
}

/// The name at the end of an ARN, in small letters.
pub(super) fn last_name(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or_default().to_ascii_lowercase()
}

/// The ARN of a managed policy of AWS.
pub fn aws_policy(partition: &str, name: &str) -> String {
    format!("arn:{partition}:iam::aws:policy/{name}")
}

fn member(world: &World, subject: &Subject) -> Member {
    let found = world.principal(&subject.arn);
    let kind = match subject.kind {
        SubjectKind::User { .. } => MemberKind::User,
        SubjectKind::Role { .. } => MemberKind::Role,
        SubjectKind::Root
        | SubjectKind::Service { .. }
        | SubjectKind::Provider { .. }
        | SubjectKind::Anonymous => MemberKind::Root,
    };
    let groups = match found {
        Some((account, IamPrincipal::User(user))) => account
            .groups
            .iter()
            .filter(|group| user.groups.contains(&group.name))
            .map(|group| Arc::clone(&group.arn))
            .collect(),
        Some((_, IamPrincipal::Role(_))) | None => Vec::new(),
    };
    let services =
        subject.kind.trust().map(|trust| services_of(&trust.document.statements)).unwrap_or_default();
    Member {
        kind,
        origin: Origin::World,
        boundary: found
            .and_then(|(_, principal)| principal.boundary())
            .map(|boundary| Arc::clone(&boundary.name)),
        denies: found.map(|(account, principal)| denies(account, principal)).unwrap_or_default(),
        reserved: matches!(&subject.kind, SubjectKind::Role { path, .. } if path.starts_with("/aws-reserved/")),
        subject: subject.clone(),
        groups,
        services,
    }
}

/// The identity policies that hold a Deny, and what carries them.
fn denies(account: &Account, principal: IamPrincipal<'_>) -> Vec<(Arc<str>, Vec<Carried>)> {
    let arn = principal.arn();
    let has_deny = |policy: &&NamedPolicy| {
        policy.document.statements.iter().any(|statement| statement.effect == Effect::Deny)
    };
    let carried = |policy: &NamedPolicy| {
        let name = &policy.name;
        if name.strip_prefix(arn.as_ref()).is_some_and(|rest| rest.starts_with('#')) {
            return vec![Carried::Inline];
        }
        let IamPrincipal::User(user) = principal else { return vec![Carried::Attached] };
        let mut all = Vec::new();
        if user.attached.contains(name) {
            all.push(Carried::Attached);
        }
        for group in account.groups.iter().filter(|group| user.groups.contains(&group.name)) {
            if group.identity.iter().any(|known| known.name == *name) {
                let inline = name.starts_with(&format!("{}#", group.arn));
                let group = Arc::clone(&group.arn);
                all.push(if inline { Carried::GroupInline(group) } else { Carried::GroupAttached(group) });
            }
        }
        all
    };
    principal
        .identity()
        .iter()
        .filter(has_deny)
        .map(|policy| (Arc::clone(&policy.name), carried(policy)))
        .collect()
}

/// A user or role of the account that a run creates: under the name `arn`, or any.
fn to_be_created(
    world: &World,
    account: &Account,
    subjects: &[Subject],
    kind: MemberKind,
    arn: Option<&str>,
) -> Member {
    let beside = subjects.iter().find(|subject| subject.account == account.id);
    let word = if kind == MemberKind::User { "user" } else { "role" };
    let own = arn.map_or_else(
        || format!("arn:{}:iam::{}:{word}/anybody", account.partition, account.id),
        str::to_owned,
    );
    let (path, name) = path_and_name(&own);
    let subject_kind = if kind == MemberKind::User {
        SubjectKind::User { path, name }
    } else {
        SubjectKind::Role { path, name, session_tags: SessionTags::Free, federated: true, trust: None }
    };
    let service_control = world
        .organization
        .as_ref()
        .map(|organization| organization.service_control_levels(account.id))
        .unwrap_or_default();
    Member {
        subject: Subject {
            kind: subject_kind,
            arn: own,
            partition: account.partition.clone(),
            account: account.id,
            unique_id: None,
            tags: BTreeMap::new(),
            organization: beside
                .map_or(crate::subject::OrganizationFacts::Unknown, |known| known.organization.clone()),
            policies: PolicySet { service_control, ..PolicySet::default() },
            federation: if kind == MemberKind::User { Federation::Unknown } else { Federation::Never },
            session_name: None,
            resources: beside.map(|known| Arc::clone(&known.resources)).unwrap_or_default(),
            any_name: arn.is_none().then(|| AnyName { silent: true, ..AnyName::default() }),
            open_tags: OpenTags::default(),
            given_tags: None,
        },
        kind,
        origin: if arn.is_none() { Origin::Anybody } else { Origin::New },
        boundary: None,
        groups: Vec::new(),
        denies: Vec::new(),
        services: BTreeSet::new(),
        reserved: false,
    }
}

/// The keys of tags that conditions of the subject's policies are about: of the caller, or of what it asks about.
pub fn tags_in_conditions(policies: &PolicySet, families: &[&str]) -> BTreeSet<String> {
    all_statements(policies)
        .flat_map(|statement| &statement.conditions)
        .filter_map(|condition| condition.key.as_written().split_once('/'))
        .filter(|(family, _)| families.iter().any(|known| family.eq_ignore_ascii_case(known)))
        .map(|(_, tag)| tag.to_owned())
        .collect()
}
