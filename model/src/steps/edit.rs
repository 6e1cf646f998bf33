//! Edits of users, roles, groups and managed policies in a world.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::change::{
    ChangeError, absent, account_of_mut, is_kind, is_same_name, managed_policy, name_in_principals, put,
    user_mut, with_policies,
};
use crate::arn::{AccountId, Arn, path_and_name};
use crate::policy::{NamedPolicy, PolicyDocument};
use crate::world::{Account, Group, InventoryResource, ManagedPolicy, Role, User, World, policy_name};

pub(super) fn attach(world: &mut World, holder: &Arc<str>, policy: &Arc<str>) -> Result<(), ChangeError> {
    let managed = managed_policy(world, holder, policy)?;
    let document = Some(&managed.document);
    if is_kind(holder, "user") {
        let user = user_mut(world, holder)?;
        user.attached.insert(Arc::clone(policy));
        put(&mut user.identity, policy, document);
        return Ok(());
    }
    with_policies(world, holder, policy, document)
}

pub(super) fn detach(world: &mut World, holder: &Arc<str>, policy: &Arc<str>) -> Result<(), ChangeError> {
    if is_kind(holder, "role") {
        return with_policies(world, holder, policy, None);
    }
    let account = account_of_mut(world, holder)?;
    if is_kind(holder, "user") {
        let of_groups = policies_of_groups(account);
        let user = account.users.iter_mut().find(|user| user.arn == *holder).ok_or_else(|| absent(holder))?;
        if !user.attached.remove(policy) {
            return Err(absent(policy));
        }
        remove_unless_carried(user, policy, &of_groups);
        return Ok(());
    }
    let group = account.groups.iter_mut().find(|group| group.arn == *holder).ok_or_else(|| absent(holder))?;
    if !put(&mut group.identity, policy, None) {
        return Err(absent(policy));
    }
    let name = group.name.clone();
    let of_groups = policies_of_groups(account);
    for user in account.users.iter_mut().filter(|user| user.groups.contains(&name)) {
        remove_unless_carried(user, policy, &of_groups);
    }
    Ok(())
}

/// The names of the policies of each group, by the group's name.
fn policies_of_groups(account: &Account) -> BTreeMap<String, BTreeSet<Arc<str>>> {
    let names = |group: &Group| group.identity.iter().map(|policy| Arc::clone(&policy.name)).collect();
    account.groups.iter().map(|group| (group.name.clone(), names(group))).collect()
}

/// Takes a policy from a user, unless it is attached to the user itself or one of its groups still carries it.
fn remove_unless_carried(
    user: &mut User,
    policy: &Arc<str>,
    of_groups: &BTreeMap<String, BTreeSet<Arc<str>>>,
) {
    let carried = user.attached.contains(policy)
        || user.groups.iter().any(|group| of_groups.get(group).is_some_and(|names| names.contains(policy)));
    if !carried {
        user.identity.retain(|known| known.name != *policy);
    }
}

pub(super) fn join(world: &mut World, user: &Arc<str>, group: &Arc<str>) -> Result<(), ChangeError> {
    let account = account_of_mut(world, user)?;
    let found = account.groups.iter().find(|known| known.arn == *group).ok_or_else(|| absent(group))?.clone();
    let user = account.users.iter_mut().find(|known| known.arn == *user).ok_or_else(|| absent(user))?;
    if !user.groups.contains(&found.name) {
        user.groups.push(found.name);
    }
    for policy in found.identity {
        if !user.identity.iter().any(|known| known.name == policy.name) {
            user.identity.push(policy);
        }
    }
    Ok(())
}

pub(super) fn leave(world: &mut World, user: &Arc<str>, group: &Arc<str>) -> Result<(), ChangeError> {
    let account = account_of_mut(world, user)?;
    let left = account.groups.iter().find(|known| known.arn == *group).ok_or_else(|| absent(group))?.clone();
    let of_groups = policies_of_groups(account);
    let user = account.users.iter_mut().find(|known| known.arn == *user).ok_or_else(|| absent(user))?;
    if !user.groups.contains(&left.name) {
        return Err(absent(group));
    }
    user.groups.retain(|name| *name != left.name);
    for policy in left.identity {
        remove_unless_carried(user, &policy.name, &of_groups);
    }
    Ok(())
}

/// Everybody who has the policy, attached or as a boundary, has what it says now.
pub(super) fn rewrite(
    world: &mut World,
    policy: &Arc<str>,
    document: &Arc<PolicyDocument>,
) -> Result<(), ChangeError> {
    let account = account_of_mut(world, policy)?;
    let known = account.managed_policies.get_mut(policy).ok_or_else(|| absent(policy))?;
    known.policy.document = Arc::clone(document);
    let set = |policies: &mut Vec<NamedPolicy>| {
        for known in policies.iter_mut().filter(|known| known.name == *policy) {
            known.document = Arc::clone(document);
        }
    };
    let bound = |boundary: &mut Option<NamedPolicy>| {
        if let Some(known) = boundary.as_mut().filter(|known| known.name == *policy) {
            known.document = Arc::clone(document);
        }
    };
    for group in &mut account.groups {
        set(&mut group.identity);
    }
    for user in &mut account.users {
        set(&mut user.identity);
        bound(&mut user.boundary);
    }
    for role in &mut account.roles {
        set(&mut role.identity);
        bound(&mut role.boundary);
    }
    Ok(())
}

pub(super) fn author(
    world: &mut World,
    policy: &Arc<str>,
    document: &Arc<PolicyDocument>,
) -> Result<(), ChangeError> {
    let account = account_of_mut(world, policy)?;
    // Names of policies are unique in the account, whatever the path and letter case.
    if account.managed_policies.keys().any(|known| is_same_name(known, policy)) {
        return Err(ChangeError::Present { arn: policy.to_string() });
    }
    let named = NamedPolicy { name: Arc::clone(policy), document: Arc::clone(document) };
    account.managed_policies.insert(
        Arc::clone(policy),
        ManagedPolicy {
            arn: Arc::clone(policy),
            name: policy.rsplit('/').next().unwrap_or_default().to_owned(),
            default_version: "v1".to_owned(),
            versions: Vec::new(),
            policy: named,
            aws_managed: false,
        },
    );
    Ok(())
}

/// Gives the user or group another name or path. Principal elements go on meaning the user; its inline policies keep the labels by
/// which answers call them.
pub(super) fn rename(world: &mut World, entity: &Arc<str>, to: &Arc<str>) -> Result<(), ChangeError> {
    let kind = if is_kind(entity, "group") { "group" } else { "user" };
    let account = account_of_mut(world, entity)?;
    let (path, name) = path_and_name(to);
    let stays = Arn::parse(entity).zip(Arn::parse(to)).is_some_and(|(before, after)| {
        (before.partition, before.service, before.account) == (after.partition, after.service, after.account)
    });
    if !is_kind(to, kind) || !stays {
        return Err(absent(to));
    }
    check_name(to, &name)?;
    let taken = |arn: &Arc<str>| arn != entity && is_same_name(arn, to);
    let present = || ChangeError::Present { arn: to.to_string() };
    if kind == "group" {
        if account.groups.iter().any(|group| taken(&group.arn)) {
            return Err(present());
        }
        let Account { groups, users, .. } = account;
        let group = groups.iter_mut().find(|group| group.arn == *entity).ok_or_else(|| absent(entity))?;
        let before = std::mem::replace(&mut group.name, name.clone());
        group.arn = Arc::clone(to);
        group.path = path;
        for of_user in users.iter_mut().flat_map(|user| &mut user.groups).filter(|of| **of == before) {
            of_user.clone_from(&name);
        }
        return Ok(());
    }
    if account.users.iter().any(|user| taken(&user.arn)) {
        return Err(present());
    }
    let user = account.users.iter_mut().find(|user| user.arn == *entity).ok_or_else(|| absent(entity))?;
    (user.arn, user.name, user.path) = (Arc::clone(to), name, path);
    account.users.sort_by(|left, right| left.arn.cmp(&right.arn));
    name_in_principals(world, entity, to);
    Ok(())
}

pub(super) fn create_group(world: &mut World, group: &Arc<str>) -> Result<(), ChangeError> {
    let account = account_of_mut(world, group)?;
    let (path, name) = path_and_name(group);
    if !is_kind(group, "group") {
        return Err(absent(group));
    }
    check_name(group, &name)?;
    if account.groups.iter().any(|known| is_same_name(&known.arn, group)) {
        return Err(ChangeError::Present { arn: group.to_string() });
    }
    let (arn, id, identity) = (Arc::clone(group), String::new(), Vec::new());
    account.groups.push(Group { arn, name, path, id, identity });
    Ok(())
}

/// So long may the names of users and roles be, and those of groups.
const LONGEST: [usize; 2] = [64, 128];

/// IAM gives names of letters, digits and a few other characters alone.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
fn check_name(arn: &Arc<str>, name: &str) -> Result<(), ChangeError> {
    let [of_principals, of_groups] = LONGEST;
    let longest = if is_kind(arn, "group") { of_groups } else { of_principals };
    let is_fine = |character: char| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character);
    if name.is_empty() || name.len() > longest || !name.chars().all(is_fine) {
        return Err(ChangeError::Name { arn: arn.to_string() });
    }
    Ok(())
}

/// Puts the policy of the resource into place of what it has, or takes that away.
pub(super) fn set_resource_policy(
    world: &mut World,
    account: AccountId,
    resource: &Arc<str>,
    document: Option<&Arc<PolicyDocument>>,
) -> Result<(), ChangeError> {
    // Whoever else's it is would be asked as well: no two accounts own one resource.
    let of_another = |known: &Account| {
        known.id != account && known.resource_policies.iter().any(|all| all.contains_key(resource))
    };
    if world.accounts.values().any(of_another) {
        return Err(ChangeError::Present { arn: resource.to_string() });
    }
    let known = world.accounts.get_mut(&account).ok_or_else(|| absent(&account.to_string()))?;
    // Where the file is missing, what other policies say is not known, and neither is what this one would have in its place.
    let unknown = || ChangeError::Unknown { policy: format!("policy of {resource}") };
    let policies = known.resource_policies.as_mut().ok_or_else(unknown)?;
    match document {
        Some(document) => {
            let policy = NamedPolicy { name: policy_name(resource), document: Arc::clone(document) };
            policies.insert(Arc::clone(resource), policy);
            Ok(())
        }
        None => policies.remove(resource).map(drop).ok_or_else(|| absent(resource)),
    }
}

pub(super) fn create(
    world: &mut World,
    principal: &Arc<str>,
    boundary: Option<&Arc<str>>,
    trust: Option<&Arc<PolicyDocument>>,
    tags: &BTreeMap<String, String>,
) -> Result<(), ChangeError> {
    let boundary = boundary.map(|policy| managed_policy(world, principal, policy)).transpose()?;
    let account = account_of_mut(world, principal)?;
    if account
        .users
        .iter()
        .map(|user| &user.arn)
        .chain(account.roles.iter().map(|role| &role.arn))
        .any(|arn| arn == principal || is_same_name(arn, principal))
    {
        return Err(ChangeError::Present { arn: principal.to_string() });
    }
    let (path, name) = path_and_name(principal);
    check_name(principal, &name)?;
    if let Some(trust) = trust {
        account.roles.push(Role {
            arn: Arc::clone(principal),
            name,
            path,
            id: String::new(),
            tags: tags.clone(),
            boundary,
            identity: Vec::new(),
            trust: NamedPolicy {
                name: Arc::from(format!("{principal} (trust policy)")),
                document: Arc::clone(trust),
            },
            created: None,
            last_used: None,
            use_is_tracked: false,
            instance_profiles: None,
            service_linked: false,
            reserved: false,
        });
        account.roles.sort_by(|left, right| left.arn.cmp(&right.arn));
    } else {
        account.users.push(User {
            arn: Arc::clone(principal),
            name,
            path,
            id: String::new(),
            tags: tags.clone(),
            boundary,
            identity: Vec::new(),
            groups: Vec::new(),
            attached: BTreeSet::new(),
            created: None,
        });
        account.users.sort_by(|left, right| left.arn.cmp(&right.arn));
    }
    Ok(())
}

/// An account whose inventory is not known has more than is known of it before and after.
pub(super) fn provision(world: &mut World, capacity: &Arc<str>, model: &str) -> Result<(), ChangeError> {
    let account = account_of_mut(world, capacity)?;
    let Some(listed) = &mut account.resources else { return Ok(()) };
    if listed.iter().any(|known| known.arn == *capacity) {
        return Err(ChangeError::Present { arn: capacity.to_string() });
    }
    listed.push(InventoryResource::provisioned(capacity, model));
    Ok(())
}
