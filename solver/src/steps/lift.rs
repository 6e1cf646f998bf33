//! Changes of an organisation by which SCPs and RCPs bind less.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::policy::{Effect, NamedPolicy, PolicyDocument};
use ringfence_model::policy_set::ControlLevel;
use ringfence_model::steps::OrganizationChange;
use ringfence_model::world::{ControlType, Organization};

use super::cast::MemberId;
use super::closure::Mode;
use super::primitive::Lifting;
use crate::constraint::allows_everything;

/// Something that a run may change in the organisation, as [`OrganizationChange`] has it. For proofs [`Lift::Moved`] names no node: the
/// account may be anywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lift {
    /// The policy is attached to the target no longer.
    Detached(Arc<str>, Arc<str>),
    /// The target has an SCP that allows everything.
    Allowed(Arc<str>),
    /// The policy denies nothing, and an SCP allows everything.
    Rewritten(Arc<str>),
    /// Policies of the type bind nobody.
    Disabled(ControlType),
    /// The account is under another node.
    Moved(AccountId, Option<Arc<str>>),
    /// The account is in no organisation.
    Left(AccountId),
}

impl Lift {
    /// The change that it is; none where it is not told.
    pub fn change(&self) -> Option<OrganizationChange> {
        Some(match self {
            Self::Detached(policy, target) => {
                OrganizationChange::Detach { policy: Arc::clone(policy), target: Arc::clone(target) }
            }
            Self::Allowed(target) => OrganizationChange::Allow { target: Arc::clone(target) },
            Self::Rewritten(policy) => OrganizationChange::Rewrite { policy: Arc::clone(policy) },
            Self::Disabled(controls) => OrganizationChange::Disable { controls: *controls },
            Self::Moved(account, parent) => {
                OrganizationChange::Move { account: *account, parent: Arc::clone(parent.as_ref()?) }
            }
            Self::Left(account) => OrganizationChange::Leave { account: *account },
        })
    }

    /// The ARN that its request is about, and those that it is checked on besides. For proofs any policy may be the one that allows more.
    pub fn resources(&self, organization: &Organization, mode: Mode) -> (String, Vec<String>) {
        let policy = |name: &Arc<str>| organization.policy_arn(name).into_iter();
        match self {
            Self::Detached(name, target) => (organization.target_arn(target), policy(name).collect()),
            Self::Allowed(target) => {
                let policy = (mode == Mode::Exact).then(|| organization.full_access_arn());
                (organization.target_arn(target), policy.into_iter().collect())
            }
            Self::Rewritten(name) => (policy(name).next().unwrap_or_default(), Vec::new()),
            Self::Disabled(_) => (organization.target_arn(&organization.root), Vec::new()),
            Self::Moved(account, parent) => {
                let known = organization.accounts.get(account).map(|known| &known.parent);
                let nodes = known.into_iter().chain(parent).map(|node| organization.target_arn(node));
                (organization.target_arn(&account.to_string()), nodes.collect())
            }
            Self::Left(account) => (organization.target_arn(&account.to_string()), Vec::new()),
        }
    }
}

/// What policies of a world ask for of where an account is, so that moving it gives rights as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AskedFor {
    /// In which organisation, or under which units, somebody or something is.
    pub membership: bool,
    /// The same of resources.
    pub of_resources: bool,
}

/// What a primitive of this kind may lift for accounts of `accounts`, as far as that may let somebody do more.
pub fn lifts(
    lifting: Lifting,
    organization: &Organization,
    accounts: &BTreeSet<AccountId>,
    held: &BTreeSet<Lift>,
    (asked_for, mode): (AskedFor, Mode),
) -> Vec<Lift> {
    let is_off = |controls| held.contains(&Lift::Disabled(controls));
    let service_off = !organization.service_control_enabled || is_off(ControlType::ServiceControl);
    let resource_off = !organization.resource_control_enabled || is_off(ControlType::ResourceControl);
    let bound = accounts
        .iter()
        .filter(|account| {
            organization.accounts.contains_key(account) && !organization.is_management(**account)
        })
        .filter(|account| !held.contains(&Lift::Left(**account)));
    let targets: BTreeSet<Arc<str>> =
        bound.clone().flat_map(|account| above(organization, *account)).collect();
    let denies = |policy: &NamedPolicy| {
        policy.document.statements.iter().any(|statement| statement.effect == Effect::Deny)
    };
    let service = organization.service_control_policies.iter().filter(|_| !service_off);
    let service = service.map(|known| (&known.policy, &known.targets));
    let resource = organization.resource_control_policies.iter().filter(|_| !resource_off);
    let resource = resource.map(|known| (&known.policy, &known.targets)).filter(|(policy, _)| denies(policy));
    let on_targets = |attached: &[Arc<str>]| -> Vec<Arc<str>> {
        attached.iter().filter(|target| targets.contains(*target)).cloned().collect()
    };
    match lifting {
        Lifting::Detach => service
            .filter(|(policy, _)| denies(policy))
            .chain(resource)
            .filter(|(policy, _)| !held.contains(&Lift::Rewritten(Arc::clone(&policy.name))))
            .flat_map(|(policy, attached)| {
                on_targets(attached)
                    .into_iter()
                    .map(|target| Lift::Detached(Arc::clone(&policy.name), target))
            })
            .collect(),
        Lifting::Rewrite => service
            .filter(|(policy, _)| !organization.is_of_aws(&policy.name) && !allows_all(policy))
            .chain(resource)
            .filter(|(_, attached)| !on_targets(attached).is_empty())
            .map(|(policy, _)| Lift::Rewritten(Arc::clone(&policy.name)))
            .collect(),
        Lifting::Allow if !service_off => {
            let narrow = |target: &&Arc<str>| {
                let level = organization.level(Arc::clone(target));
                !level.policies.iter().any(allows_something_of_all)
            };
            targets.iter().filter(narrow).cloned().map(Lift::Allowed).collect()
        }
        Lifting::DisableServiceControl if !service_off => vec![Lift::Disabled(ControlType::ServiceControl)],
        Lifting::DisableResourceControl if !resource_off => {
            vec![Lift::Disabled(ControlType::ResourceControl)]
        }
        Lifting::Move => bound
            .filter(|account| asked_for.membership || is_bound_by_units(organization, **account))
            .flat_map(|account| {
                let nodes: Vec<Option<Arc<str>>> = match mode {
                    Mode::May => vec![None],
                    // A path takes one move of an account.
                    Mode::Exact
                        if held
                            .iter()
                            .any(|lift| matches!(lift, Lift::Moved(moved, _) if moved == account)) =>
                    {
                        Vec::new()
                    }
                    Mode::Exact => {
                        let nodes = nodes_to_move_to(organization, *account, asked_for.membership);
                        nodes.into_iter().map(Some).collect()
                    }
                };
                nodes.into_iter().map(|node| Lift::Moved(*account, node))
            })
            .collect(),
        // Whatever else is lifted: outside it is in no organisation and under no unit either.
        Lifting::Leave
            if organization.service_control_enabled
                || organization.resource_control_enabled
                || asked_for.membership =>
        {
            bound.map(|account| Lift::Left(*account)).collect()
        }
        Lifting::Allow
        | Lifting::DisableServiceControl
        | Lifting::DisableResourceControl
        | Lifting::Leave => Vec::new(),
    }
}

/// The root, the units above the account, and the account.
fn above(organization: &Organization, account: AccountId) -> Vec<Arc<str>> {
    let mut path = organization.path(account);
    if !path.is_empty() {
        path.push(Arc::from(account.to_string()));
    }
    path
}

/// The policy allows everything, and denies nothing.
fn allows_all(policy: &NamedPolicy) -> bool {
    let statements = &policy.document.statements;
    allows_something_of_all(policy) && statements.iter().all(|statement| statement.effect == Effect::Allow)
}

/// Some statement of it allows everything.
fn allows_something_of_all(policy: &NamedPolicy) -> bool {
    policy.document.statements.iter().any(|statement| statement.allows_all(&["*"]))
}

/// A unit above the account binds it.
fn is_bound_by_units(organization: &Organization, account: AccountId) -> bool {
    organization.path(account).iter().skip(1).any(|unit| binds(organization, unit))
}

/// What is attached at the node itself keeps somebody from something.
fn binds(organization: &Organization, node: &Arc<str>) -> bool {
    let service = organization.service_control_enabled
        && !organization.level(Arc::clone(node)).policies.iter().all(allows_all);
    let resource = organization.resource_control_policies.iter().any(|known| known.targets.contains(node));
    service || organization.resource_control_enabled && resource
}

/// The nodes under which no unit binds an account, or all where there is none, or where policies ask under which one it is; those near the
/// root first.
fn nodes_to_move_to(organization: &Organization, account: AccountId, asked_for: bool) -> Vec<Arc<str>> {
    let own = organization.accounts.get(&account).map(|known| &known.parent);
    let others = organization.nodes.keys().filter(|node| Some(*node) != own);
    let mut all: Vec<(usize, Arc<str>)> =
        others.map(|node| (organization.path_of_node(node).len(), Arc::clone(node))).collect();
    all.sort();
    let free = |(_, node): &&(usize, Arc<str>)| {
        !organization.path_of_node(node).iter().skip(1).any(|unit| binds(organization, unit))
    };
    let chosen: Vec<&(usize, Arc<str>)> = all.iter().filter(free).collect();
    let chosen = if chosen.is_empty() || asked_for { all.iter().collect() } else { chosen };
    chosen.into_iter().map(|(_, node)| Arc::clone(node)).collect()
}

/// Those of the lifts by which principals of `account`, or resources of any, are bound less.
fn for_account(
    organization: &Organization,
    account: AccountId,
    lifts: &BTreeSet<Lift>,
    resources_asked_for: bool,
) -> BTreeSet<Lift> {
    let path = above(organization, account);
    let of_resources = |policy: &Arc<str>| {
        organization.resource_control_policies.iter().any(|known| known.policy.name == *policy)
    };
    let attached = |policy: &Arc<str>| {
        let mut service = organization.service_control_policies.iter();
        service.any(|known| {
            known.policy.name == *policy && known.targets.iter().any(|target| path.contains(target))
        })
    };
    let resources_bound = resources_asked_for
        || organization.resource_control_enabled && !organization.resource_control_policies.is_empty();
    let matters = |lift: &&Lift| match lift {
        Lift::Detached(policy, target) => path.contains(target) || of_resources(policy),
        Lift::Allowed(target) => path.contains(target),
        Lift::Rewritten(policy) => attached(policy) || of_resources(policy),
        Lift::Disabled(ControlType::ServiceControl) => !organization.is_management(account),
        Lift::Disabled(ControlType::ResourceControl) => true,
        Lift::Moved(moved, _) | Lift::Left(moved) => *moved == account || resources_bound,
    };
    lifts.iter().filter(matters).cloned().collect()
}

/// The policies of this type that bind principals of `account`, or its resources, at least: after these changes and whichever of them
/// were made.
pub fn controls(
    organization: &Organization,
    account: AccountId,
    lifts: &BTreeSet<Lift>,
    controls: ControlType,
) -> Vec<ControlLevel> {
    if [Lift::Disabled(controls), Lift::Left(account)].iter().any(|lift| lifts.contains(lift)) {
        return Vec::new();
    }
    let levels = match controls {
        ControlType::ServiceControl => organization.service_control_levels(account),
        ControlType::ResourceControl => organization.resource_control_levels(account),
    };
    kept(organization, account, levels, lifts)
}

/// Of the levels what stays whichever of the changes were made: what is allowed before or after them, and what is denied in both.
fn kept(
    organization: &Organization,
    account: AccountId,
    levels: Vec<ControlLevel>,
    lifts: &BTreeSet<Lift>,
) -> Vec<ControlLevel> {
    let moved = lifts.iter().any(|lift| matches!(lift, Lift::Moved(moved, _) if *moved == account));
    let own: Arc<str> = Arc::from(account.to_string());
    // A unit above an account that may be anywhere need not bind it.
    let stays = |level: &ControlLevel| !moved || level.target == own || level.target == organization.root;
    let read = |level: ControlLevel| {
        let target = &level.target;
        let mut policies = Vec::new();
        let mut opened = lifts.contains(&Lift::Allowed(Arc::clone(target)));
        for policy in &level.policies {
            let rewritten = lifts.contains(&Lift::Rewritten(Arc::clone(&policy.name)));
            let detached = lifts.contains(&Lift::Detached(Arc::clone(&policy.name), Arc::clone(target)));
            opened |= rewritten;
            policies.push(if rewritten || detached { without_denies(policy) } else { policy.clone() });
        }
        if opened {
            policies.push(allows_everything(target));
        }
        ControlLevel { policies, ..level }
    };
    levels.into_iter().filter(stays).map(read).collect()
}

fn without_denies(policy: &NamedPolicy) -> NamedPolicy {
    let allows = policy.document.statements.iter();
    let allows = allows.filter(|statement| statement.effect == Effect::Allow);
    let document =
        PolicyDocument { statements: allows.cloned().collect(), ..policy.document.as_ref().clone() };
    NamedPolicy { name: Arc::clone(&policy.name), document: Arc::new(document) }
}

/// What binds the accounts of the members of a cast.
#[derive(Debug, Default)]
pub struct Bound {
    organization: Option<Organization>,
    /// What policies ask for of where an account is.
    pub(super) asked_for: AskedFor,
    /// The account of each member, by its place.
    accounts: Vec<AccountId>,
}

impl Bound {
    /// The accounts of the members, by place, in this organisation.
    pub fn new(organization: Option<&Organization>, accounts: Vec<AccountId>, asked_for: AskedFor) -> Self {
        Self { organization: organization.cloned(), asked_for, accounts }
    }

    /// The account of the member.
    pub fn account(&self, member: MemberId) -> Option<AccountId> {
        self.accounts.get(member.0).copied()
    }

    /// By account those of the lifts that matter to it.
    pub fn after(&self, lifts: &BTreeSet<Lift>) -> BTreeMap<AccountId, Arc<BTreeSet<Lift>>> {
        let Some(organization) = &self.organization else { return BTreeMap::new() };
        let accounts: BTreeSet<AccountId> = self.accounts.iter().copied().collect();
        let of = |account| {
            (account, Arc::new(for_account(organization, account, lifts, self.asked_for.of_resources)))
        };
        accounts.into_iter().map(of).collect()
    }
}
