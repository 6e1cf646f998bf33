//! What one call changes in a world, as data, and what the world is afterwards.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::edit::{
    attach, author, create, create_group, detach, join, leave, provision, rename, rewrite,
    set_resource_policy,
};
use super::organization::OrganizationChange;
use crate::arn::{AccountId, Arn};
use crate::managed;
use crate::parse::policy_text;
use crate::policy::{NamedPolicy, PolicyDocument, PolicyType, PrincipalPattern, Statement};
use crate::world::{Account, Group, IamPrincipal, Role, User, World};

/// How somebody comes to make requests as a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// By sts:AssumeRole, or by a sign-in through an identity provider.
    Assume,
    /// By credentials that were made for a user: keys, a password, a credential of a service.
    Credentials,
    /// By a service that runs with the role: its trust policy must let the service in.
    Service {
        /// The service, such as `lambda.amazonaws.com`.
        name: String,
        /// For which resource of it the service asks, if that is to be told: the ARN in aws:SourceArn.
        source: Option<String>,
    },
    /// By what a resource that runs with the role lets in, whatever the trust policy says.
    Resource,
    /// By the mail that AWS sends to the address which whoever makes an account names for its root user.
    Mailbox,
}

/// What a call changes. Principals, groups and policies are named by their ARNs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The holder, a user, role or group, has this inline policy, in place of one of its name.
    PutPolicy {
        /// The holder.
        holder: Arc<str>,
        /// The name of the inline policy.
        name: String,
        /// What it says.
        document: Arc<PolicyDocument>,
    },
    /// The holder no longer has the inline policy that answers call this: `<holder>#<name>`.
    DeletePolicy {
        /// The holder.
        holder: Arc<str>,
        /// The policy, as in answers.
        policy: Arc<str>,
    },
    /// The managed policy is attached to the holder.
    Attach {
        /// The holder.
        holder: Arc<str>,
        /// The managed policy.
        policy: Arc<str>,
    },
    /// It is no longer.
    Detach {
        /// The holder.
        holder: Arc<str>,
        /// The managed policy.
        policy: Arc<str>,
    },
    /// The user is in the group.
    Join {
        /// The user.
        user: Arc<str>,
        /// The group.
        group: Arc<str>,
    },
    /// The user is no longer.
    Leave {
        /// The user.
        user: Arc<str>,
        /// The group.
        group: Arc<str>,
    },
    /// The default version of the managed policy is a new one that says this.
    Rewrite {
        /// The managed policy.
        policy: Arc<str>,
        /// What it says.
        document: Arc<PolicyDocument>,
    },
    /// The default version of the managed policy is another that is stored.
    ChooseVersion {
        /// The managed policy.
        policy: Arc<str>,
        /// The version.
        version: String,
    },
    /// There is a new managed policy.
    Author {
        /// The managed policy.
        policy: Arc<str>,
        /// What it says.
        document: Arc<PolicyDocument>,
    },
    /// The boundary of the principal is this managed policy.
    SetBoundary {
        /// The user or role.
        principal: Arc<str>,
        /// The managed policy.
        policy: Arc<str>,
    },
    /// The principal has no boundary.
    DeleteBoundary {
        /// The user or role.
        principal: Arc<str>,
    },
    /// There is a new user or role without policies.
    Create {
        /// The user or role.
        principal: Arc<str>,
        /// Its boundary.
        boundary: Option<Arc<str>>,
        /// The trust policy of a role; none for a user.
        trust: Option<Arc<PolicyDocument>>,
        /// Its tags.
        tags: BTreeMap<String, String>,
    },
    /// There is a new group without policies and members.
    CreateGroup {
        /// The group.
        group: Arc<str>,
    },
    /// The user or role is gone.
    Delete {
        /// The user or role.
        principal: Arc<str>,
    },
    /// The trust policy of the role says this.
    SetTrust {
        /// The role.
        role: Arc<str>,
        /// What it says.
        document: Arc<PolicyDocument>,
    },
    /// The principal has this tag, or none of this key.
    Tag {
        /// The user or role.
        principal: Arc<str>,
        /// The key.
        key: String,
        /// The value; none where the tag is taken away.
        value: Option<String>,
    },
    /// The resource of an inventory has this tag, or none of this key.
    TagResource {
        /// Its ARN.
        resource: Arc<str>,
        /// The key.
        key: String,
        /// The value; none where the tag is taken away.
        value: Option<String>,
    },
    /// The user or group has another name or path.
    Rename {
        /// The user or group.
        entity: Arc<str>,
        /// Its ARN from now on.
        to: Arc<str>,
    },
    /// The policy of the resource says this, or there is none.
    SetResourcePolicy {
        /// The account that owns the resource.
        account: AccountId,
        /// Its ARN.
        resource: Arc<str>,
        /// What the policy says; none where it is deleted.
        document: Option<Arc<PolicyDocument>>,
    },
    /// Whoever makes the run can sign in through the identity provider, as it says.
    OpenProvider {
        /// Its ARN.
        provider: Arc<str>,
    },
    /// The model runs under the ARN of the capacity that is provisioned for it.
    Provision {
        /// The ARN of the capacity.
        capacity: Arc<str>,
        /// That of the model.
        model: Arc<str>,
    },
    /// What binds the accounts of the organisation is another, or an account is elsewhere.
    Organization(OrganizationChange),
    /// Whoever makes the run can make requests as the principal.
    Obtain {
        /// The user, role or root user.
        principal: Arc<str>,
        /// How.
        means: Means,
        /// Patterns of the actions of these requests; none for all.
        limits: Option<Vec<String>>,
    },
}

/// Why a change cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The world has no such user, role, group or policy.
    #[error("there is no `{arn}`")]
    Absent {
        /// As named.
        arn: String,
    },
    /// It would be there twice.
    #[error("there is `{arn}` already")]
    Present {
        /// As named.
        arn: String,
    },
    /// The document is not known.
    #[error("what `{policy}` says is not known")]
    Unknown {
        /// The policy.
        policy: String,
    },
    /// IAM gives nobody such a name.
    #[error("`{arn}` is no name that IAM gives")]
    Name {
        /// As named.
        arn: String,
    },
    /// AWS detaches no SCP that is the last of its target.
    #[error("`{policy}` is the last SCP of `{target}`")]
    Last {
        /// The policy.
        policy: String,
        /// The root, unit or account.
        target: String,
    },
    /// IAM deletes nobody who has policies, is in a group or, as a role, in an instance profile.
    #[error("`{arn}` has policies, or is in a group or an instance profile")]
    InUse {
        /// As named.
        arn: String,
    },
    /// AWS lets nobody change it.
    #[error("`{arn}` is of AWS, which lets nobody change it")]
    OfAws {
        /// As named.
        arn: String,
    },
}

impl Change {
    /// Makes the change. [`Change::Obtain`] and [`Change::OpenProvider`] change nothing in the world.
    ///
    /// # Errors
    /// When the world does not hold what the change is about. The world is then as it was.
    pub fn apply(&self, world: &mut World) -> Result<(), ChangeError> {
        match self {
            Self::PutPolicy { holder, name, document } => {
                let name: Arc<str> = Arc::from(format!("{holder}#{name}"));
                with_policies(world, holder, &name, Some(document))
            }
            Self::DeletePolicy { holder, policy } => with_policies(world, holder, policy, None),
            Self::Attach { holder, policy } => attach(world, holder, policy),
            Self::Detach { holder, policy } => detach(world, holder, policy),
            Self::Join { user, group } => join(world, user, group),
            Self::Leave { user, group } => leave(world, user, group),
            Self::Rewrite { policy, document } => rewrite(world, policy, document),
            Self::ChooseVersion { policy, version } => {
                let known =
                    account_of(world, policy)?.managed_policies.get(policy).ok_or_else(|| absent(policy))?;
                let chosen = known.versions.iter().find(|known| known.id == *version);
                let chosen = chosen.ok_or_else(|| absent(policy))?;
                let document = chosen.document.clone();
                let document = document.ok_or_else(|| ChangeError::Unknown { policy: policy.to_string() })?;
                rewrite(world, policy, &document)
            }
            Self::Author { policy, document } => author(world, policy, document),
            Self::SetBoundary { principal, policy } => {
                let boundary = managed_policy(world, principal, policy)?;
                *boundary_of(world, principal)? = Some(boundary);
                Ok(())
            }
            Self::DeleteBoundary { principal } => {
                *boundary_of(world, principal)? = None;
                Ok(())
            }
            Self::Create { principal, boundary, trust, tags } => {
                create(world, principal, boundary.as_ref(), trust.as_ref(), tags)
            }
            Self::CreateGroup { group } => create_group(world, group),
            Self::Delete { principal } => {
                let is_used = world.principal(principal).is_some_and(|(_, found)| match found {
                    IamPrincipal::User(user) => !user.identity.is_empty() || !user.groups.is_empty(),
                    IamPrincipal::Role(role) => {
                        let profiles = role.instance_profiles.iter().flatten();
                        !role.identity.is_empty() || profiles.count() > 0
                    }
                });
                if is_used {
                    return Err(ChangeError::InUse { arn: principal.to_string() });
                }
                pin_to_old_id(world, principal);
                let account = account_of_mut(world, principal)?;
                let before = account.users.len() + account.roles.len();
                account.users.retain(|user| user.arn != *principal);
                account.roles.retain(|role| role.arn != *principal);
                if account.users.len() + account.roles.len() == before {
                    Err(absent(principal))
                } else {
                    Ok(())
                }
            }
            Self::SetTrust { role, document } => {
                let found = role_mut(world, role)?;
                found.trust =
                    NamedPolicy { name: Arc::clone(&found.trust.name), document: Arc::clone(document) };
                Ok(())
            }
            Self::Tag { principal, key, value } => {
                let tags = tags_of(world, principal)?;
                tags.retain(|known, _| !known.eq_ignore_ascii_case(key));
                if let Some(value) = value {
                    tags.insert(key.clone(), value.clone());
                }
                Ok(())
            }
            Self::TagResource { resource, key, value } => {
                let tags = world.resource_tags_mut(resource).ok_or_else(|| absent(resource))?;
                tags.retain(|known, _| known != key);
                if let Some(value) = value {
                    tags.insert(key.clone(), value.clone());
                }
                Ok(())
            }
            Self::Rename { entity, to } => rename(world, entity, to),
            Self::SetResourcePolicy { account, resource, document } => {
                set_resource_policy(world, *account, resource, document.as_ref())
            }
            Self::Provision { capacity, model } => provision(world, capacity, model),
            Self::Organization(change) => change.apply(world),
            Self::OpenProvider { .. } | Self::Obtain { .. } => Ok(()),
        }
    }
}

/// AWS keeps the unique id of a user or role that a Principal element names: whoever has the name later is somebody else.
fn pin_to_old_id(world: &mut World, principal: &Arc<str>) {
    let id = match world.principal(principal) {
        Some((_, found)) if !found.id().is_empty() => found.id().to_owned(),
        Some(_) | None => "AIDAGONE".to_owned(),
    };
    name_in_principals(world, principal, &id);
}

/// Principal elements that name the user or role call it so.
pub(super) fn name_in_principals(world: &mut World, principal: &Arc<str>, id: &str) {
    let is_named =
        |value: &PrincipalPattern| matches!(value, PrincipalPattern::Aws(text) if *text == **principal);
    let pin = |policy: &mut NamedPolicy| {
        let names = |statement: &Statement| {
            statement.principal.iter().flat_map(|element| &element.values).any(is_named)
        };
        if !policy.document.statements.iter().any(names) {
            return;
        }
        let mut document = policy.document.as_ref().clone();
        let elements = document.statements.iter_mut().filter_map(|statement| statement.principal.as_mut());
        for value in elements.flat_map(|element| &mut element.values).filter(|value| is_named(value)) {
            *value = PrincipalPattern::Aws(id.to_owned());
        }
        policy.document = Arc::new(document);
    };
    for account in world.accounts.values_mut() {
        for role in &mut account.roles {
            pin(&mut role.trust);
        }
        for policy in account.resource_policies.iter_mut().flat_map(BTreeMap::values_mut) {
            pin(policy);
        }
    }
}

pub(super) fn absent(arn: &str) -> ChangeError {
    ChangeError::Absent { arn: arn.to_owned() }
}

fn account_id(arn: &str) -> Option<AccountId> {
    AccountId::parse(Arn::parse(arn)?.account)
}

fn account_of<'w>(world: &'w World, arn: &str) -> Result<&'w Account, ChangeError> {
    account_id(arn).and_then(|id| world.accounts.get(&id)).ok_or_else(|| absent(arn))
}

pub(super) fn account_of_mut<'w>(world: &'w mut World, arn: &str) -> Result<&'w mut Account, ChangeError> {
    account_id(arn).and_then(|id| world.accounts.get_mut(&id)).ok_or_else(|| absent(arn))
}

pub(super) fn user_mut<'w>(world: &'w mut World, arn: &str) -> Result<&'w mut User, ChangeError> {
    let account = account_of_mut(world, arn)?;
    account.users.iter_mut().find(|user| user.arn.as_ref() == arn).ok_or_else(|| absent(arn))
}

fn role_mut<'w>(world: &'w mut World, arn: &str) -> Result<&'w mut Role, ChangeError> {
    let account = account_of_mut(world, arn)?;
    let role = account.roles.iter_mut().find(|role| role.arn.as_ref() == arn).ok_or_else(|| absent(arn))?;
    if role.service_linked {
        return Err(ChangeError::OfAws { arn: arn.to_owned() });
    }
    Ok(role)
}

/// Both are users, roles, groups or policies of one name: that is unique in an account, whatever the path and letter case.
pub(super) fn is_same_name(left: &str, right: &str) -> bool {
    let of = |arn: &str| {
        let arn = Arn::parse(arn)?;
        let (kind, rest) = arn.resource.split_once('/')?;
        let name = rest.rsplit('/').next().unwrap_or(rest).to_ascii_lowercase();
        Some((kind.to_owned(), name))
    };
    of(left).is_some_and(|left| Some(left) == of(right))
}

pub(super) fn is_kind(arn: &str, kind: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.resource.split('/').next() == Some(kind))
}

fn boundary_of<'w>(world: &'w mut World, arn: &str) -> Result<&'w mut Option<NamedPolicy>, ChangeError> {
    if is_kind(arn, "user") {
        user_mut(world, arn).map(|user| &mut user.boundary)
    } else {
        role_mut(world, arn).map(|role| &mut role.boundary)
    }
}

fn tags_of<'w>(world: &'w mut World, arn: &str) -> Result<&'w mut BTreeMap<String, String>, ChangeError> {
    if is_kind(arn, "user") {
        user_mut(world, arn).map(|user| &mut user.tags)
    } else {
        role_mut(world, arn).map(|role| &mut role.tags)
    }
}

/// The managed policy that `holder`, of whatever account, may be given: of the account, or of AWS.
pub(super) fn managed_policy(world: &World, holder: &str, policy: &str) -> Result<NamedPolicy, ChangeError> {
    let account = account_of(world, holder)?;
    if let Some(known) = account.managed_policies.get(policy) {
        return Ok(known.policy.clone());
    }
    let record = managed::document(policy).ok().flatten().ok_or_else(|| absent(policy))?;
    let file: Arc<str> = Arc::from(format!("<managed {}>", record.name));
    let parsed = policy_text(&record.text, PolicyType::Identity, &file);
    let (document, _) = parsed.map_err(|_| ChangeError::Unknown { policy: policy.to_owned() })?;
    Ok(NamedPolicy { name: Arc::from(policy), document: Arc::new(document) })
}

/// Puts `document` as the policy called `name` in place of what has that name; takes that away where there is none.
pub(super) fn put(
    policies: &mut Vec<NamedPolicy>,
    name: &Arc<str>,
    document: Option<&Arc<PolicyDocument>>,
) -> bool {
    let before = policies.len();
    policies.retain(|policy| policy.name != *name);
    let was_there = policies.len() < before;
    if let Some(document) = document {
        policies.push(NamedPolicy { name: Arc::clone(name), document: Arc::clone(document) });
    }
    was_there
}

/// Does the same for a user, a role, or a group and all its members.
pub(super) fn with_policies(
    world: &mut World,
    holder: &str,
    name: &Arc<str>,
    document: Option<&Arc<PolicyDocument>>,
) -> Result<(), ChangeError> {
    let was_there = if is_kind(holder, "group") {
        let account = account_of_mut(world, holder)?;
        let (group, members) = group_and_members(account, holder)?;
        let was_there = put(&mut group.identity, name, document);
        for member in members {
            put(&mut member.identity, name, document);
        }
        was_there
    } else if is_kind(holder, "user") {
        put(&mut user_mut(world, holder)?.identity, name, document)
    } else {
        put(&mut role_mut(world, holder)?.identity, name, document)
    };
    if document.is_none() && !was_there { Err(absent(name)) } else { Ok(()) }
}

fn group_and_members<'a>(
    account: &'a mut Account,
    arn: &str,
) -> Result<(&'a mut Group, Vec<&'a mut User>), ChangeError> {
    let Account { groups, users, .. } = account;
    let group = groups.iter_mut().find(|group| group.arn.as_ref() == arn).ok_or_else(|| absent(arn))?;
    let members = users.iter_mut().filter(|user| user.groups.contains(&group.name)).collect();
    Ok((group, members))
}
