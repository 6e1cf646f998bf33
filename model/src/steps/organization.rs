//! Changes of an organisation: what binds its accounts, and where they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change::ChangeError;
use super::documents::{everything_allowed, trusting};
use crate::arn::AccountId;
use crate::context::ContextKey;
use crate::policy::{NamedPolicy, PolicyDocument, PrincipalPattern};
use crate::request::Request;
use crate::world::{Account, ControlType, MemberAccount, Organization, Role, ServiceControlPolicy, World};

/// One change of an organisation. Policies are named as in the world, roots, units and accounts by their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrganizationChange {
    /// The SCP or RCP is attached there no longer.
    Detach {
        /// The policy.
        policy: Arc<str>,
        /// The root, unit or account.
        target: Arc<str>,
    },
    /// The SCP of AWS that allows everything is attached there.
    Allow {
        /// The root, unit or account.
        target: Arc<str>,
    },
    /// The SCP allows everything, or the RCP denies nothing.
    Rewrite {
        /// The policy, one of the customer.
        policy: Arc<str>,
    },
    /// No policy of this type binds anybody.
    Disable {
        /// The type.
        controls: ControlType,
    },
    /// The account is under another node.
    Move {
        /// The account.
        account: AccountId,
        /// The root or unit.
        parent: Arc<str>,
    },
    /// The account is in no organisation.
    Leave {
        /// The account.
        account: AccountId,
    },
    /// There is a new account, with a role for the management account ([`administration_role`]).
    CreateAccount {
        /// The account.
        account: AccountId,
    },
}

/// The role that Organizations makes in a new account, an administrator that trusts the management account
/// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access-cross-account-role.html>).
const ADMINISTRATION_ROLE: &str = "OrganizationAccountAccessRole";
/// Where what a run makes is read from.
const IN_THE_RUN: &str = "<written in the run>";

/// The ARN of the role of a new account that lets the management account in.
pub fn administration_role(partition: &str, account: AccountId) -> String {
    format!("arn:{partition}:iam::{account}:role/{ADMINISTRATION_ROLE}")
}

/// The account came to be in the run.
pub(super) fn is_new(world: &World, account: AccountId) -> bool {
    world.accounts.get(&account).is_some_and(|known| *known.file == *IN_THE_RUN)
}

impl OrganizationChange {
    /// True if `requests`, all of them allowed in `world`, make the change.
    pub(super) fn is_made_by(&self, requests: &[Request], world: &World) -> bool {
        let Some(organization) = &world.organization else { return false };
        let of = |action: &str| {
            let full = format!("organizations:{action}");
            requests.iter().filter(move |request| request.action.eq_ignore_ascii_case(&full))
        };
        let made = |action: &str, resource: Option<String>| {
            resource.is_some_and(|resource| of(action).any(|request| request.resource == resource))
        };
        match self {
            Self::Detach { policy, target } => {
                made("DetachPolicy", organization.policy_arn(policy))
                    && made("DetachPolicy", Some(organization.target_arn(target)))
            }
            Self::Allow { target } => {
                made("AttachPolicy", Some(organization.full_access_arn()))
                    && made("AttachPolicy", Some(organization.target_arn(target)))
            }
            Self::Rewrite { policy } => made("UpdatePolicy", organization.policy_arn(policy)),
            Self::Disable { controls } => {
                let root = organization.target_arn(&organization.root);
                let key = ContextKey::new("organizations:PolicyType");
                of("DisablePolicyType").any(|request| {
                    let said = request.context.get(&key).and_then(|value| value.values().first());
                    request.resource == root && said.is_some_and(|said| said == controls.name())
                })
            }
            Self::Move { account, parent } => {
                let known = organization.accounts.get(account);
                let source = known.map(|known| organization.target_arn(&known.parent));
                made("MoveAccount", Some(organization.target_arn(&account.to_string())))
                    && made("MoveAccount", source)
                    && made("MoveAccount", Some(organization.target_arn(parent)))
            }
            Self::Leave { account } => {
                let arn = organization.target_arn(&account.to_string());
                made("RemoveAccountFromOrganization", Some(arn))
                    || of("LeaveOrganization").any(|request| request.principal.account() == Some(*account))
            }
            Self::CreateAccount { .. } => of("CreateAccount").any(|request| {
                request.principal.account().is_some_and(|account| organization.is_management(account))
            }),
        }
    }

    /// Makes the change.
    ///
    /// # Errors
    /// When the organisation does not hold what the change is about, or AWS refuses it: the last SCP of a target stays, and the
    /// management account leaves nothing.
    pub(super) fn apply(&self, world: &mut World) -> Result<(), ChangeError> {
        let absent = |arn: &str| ChangeError::Absent { arn: arn.to_owned() };
        let organization = world.organization.as_mut().ok_or_else(|| absent("organization"))?;
        match self {
            Self::Detach { policy, target } => detach(organization, policy, target),
            Self::Allow { target } => {
                allow(organization, target);
                Ok(())
            }
            Self::Rewrite { policy } => rewrite(organization, policy),
            Self::Disable { controls: ControlType::ServiceControl } => {
                organization.service_control_enabled = false;
                Ok(())
            }
            Self::Disable { controls: ControlType::ResourceControl } => {
                organization.resource_control_enabled = false;
                Ok(())
            }
            Self::Move { account, parent } => {
                if !organization.nodes.contains_key(parent) {
                    return Err(absent(parent));
                }
                let known = organization.accounts.get_mut(account);
                let known = known.ok_or_else(|| absent(&account.to_string()))?;
                known.parent = Arc::clone(parent);
                Ok(())
            }
            Self::Leave { account } => {
                if organization.is_management(*account) {
                    return Err(ChangeError::OfAws { arn: account.to_string() });
                }
                let gone = organization.accounts.remove(account);
                gone.map(|_| ()).ok_or_else(|| absent(&account.to_string()))
            }
            Self::CreateAccount { account } => create_account(world, *account),
        }
    }
}

/// It is under the root, SCPs of AWS and of that alone bind it, and nothing is in it but the role.
fn create_account(world: &mut World, id: AccountId) -> Result<(), ChangeError> {
    let absent = || ChangeError::Absent { arn: "organization".to_owned() };
    let organization = world.organization.as_mut().ok_or_else(absent)?;
    if organization.accounts.contains_key(&id) || world.accounts.contains_key(&id) {
        return Err(ChangeError::Present { arn: id.to_string() });
    }
    let member = MemberAccount {
        name: "ringfence".to_owned(),
        parent: Arc::clone(&organization.root),
        status: Some("ACTIVE".to_owned()),
        tags: BTreeMap::new(),
        tags_are_known: true,
    };
    organization.accounts.insert(id, member);
    allow(organization, &Arc::from(id.to_string()));
    let management = organization.management_account;
    let partition = organization
        .partition
        .clone()
        .or_else(|| world.accounts.get(&management).map(|known| known.partition.clone()))
        .unwrap_or_else(|| "aws".to_owned());
    let arn: Arc<str> = Arc::from(administration_role(&partition, id));
    let administrator: Arc<str> = Arc::from(format!("arn:{partition}:iam::aws:policy/AdministratorAccess"));
    let trusted = PrincipalPattern::Aws(format!("arn:{partition}:iam::{management}:root"));
    let role = Role {
        name: ADMINISTRATION_ROLE.to_owned(),
        path: "/".to_owned(),
        id: String::new(),
        tags: BTreeMap::new(),
        boundary: None,
        identity: vec![NamedPolicy { name: administrator, document: everything_allowed() }],
        trust: NamedPolicy {
            name: Arc::from(format!("{arn} (trust policy)")),
            document: trusting(vec![trusted]),
        },
        created: None,
        last_used: None,
        use_is_tracked: false,
        instance_profiles: Some(Vec::new()),
        service_linked: false,
        reserved: false,
        arn,
    };
    let account = Account {
        id,
        partition,
        users: Vec::new(),
        groups: Vec::new(),
        roles: vec![role],
        managed_policies: BTreeMap::new(),
        resource_policies: Some(BTreeMap::new()),
        inference_profiles: None,
        resources: Some(Vec::new()),
        credentials: Some(Vec::new()),
        file: Arc::from(IN_THE_RUN),
    };
    world.accounts.insert(id, account);
    Ok(())
}

fn detach(organization: &mut Organization, policy: &Arc<str>, target: &Arc<str>) -> Result<(), ChangeError> {
    let absent = || ChangeError::Absent { arn: policy.to_string() };
    let resource =
        organization.resource_control_policies.iter_mut().find(|known| known.policy.name == *policy);
    if let Some(known) = resource {
        known.targets.retain(|attached| attached != target);
        return Ok(());
    }
    let attached =
        organization.service_control_policies.iter().filter(|known| known.targets.contains(target));
    if attached.count() < 2 {
        return Err(ChangeError::Last { policy: policy.to_string(), target: target.to_string() });
    }
    let mut service = organization.service_control_policies.iter_mut();
    let known = service.find(|known| known.policy.name == *policy).ok_or_else(absent)?;
    known.targets.retain(|attached| attached != target);
    Ok(())
}

/// A policy of AWS that the file does not list comes to it.
fn allow(organization: &mut Organization, target: &Arc<str>) {
    let arn = organization.full_access_arn();
    let mut known = organization.service_control_policies.iter_mut();
    if let Some(found) = known.find(|known| *known.policy.name == *arn) {
        if !found.targets.contains(target) {
            found.targets.push(Arc::clone(target));
        }
        return;
    }
    organization.service_control_policies.push(ServiceControlPolicy {
        id: "p-FullAWSAccess".to_owned(),
        display_name: "FullAWSAccess".to_owned(),
        policy: NamedPolicy { name: Arc::from(arn), document: everything_allowed() },
        targets: vec![Arc::clone(target)],
    });
}

fn rewrite(organization: &mut Organization, policy: &Arc<str>) -> Result<(), ChangeError> {
    if organization.is_of_aws(policy) {
        return Err(ChangeError::OfAws { arn: policy.to_string() });
    }
    let service = organization.service_control_policies.iter_mut().map(|known| &mut known.policy);
    if let Some(known) = service.into_iter().find(|known| known.name == *policy) {
        known.document = everything_allowed();
        return Ok(());
    }
    let mut resource = organization.resource_control_policies.iter_mut().map(|known| &mut known.policy);
    let known = resource.find(|known| known.name == *policy);
    let known = known.ok_or_else(|| ChangeError::Absent { arn: policy.to_string() })?;
    known.document = Arc::new(PolicyDocument { statements: Vec::new(), ..known.document.as_ref().clone() });
    Ok(())
}
