//! The organisation: its tree, its accounts and its control policies (semantics:B6, B7).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::arn::AccountId;
use crate::policy::NamedPolicy;
use crate::policy_set::ControlLevel;

/// An organisation of AWS Organizations. Its nodes form one tree below [`Organization::root`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its id, `o-…`.
    pub id: String,
    /// Its partition, from the ARN of the organisation or of something in it; none if the file gives no ARN.
    pub partition: Option<String>,
    /// The management account, whose principals are not subject to SCPs.
    pub management_account: AccountId,
    /// The id of the root, `r-…`.
    pub root: Arc<str>,
    /// SCPs are enabled: all features are on and the root has the policy type enabled. If not, no SCP counts.
    pub service_control_enabled: bool,
    /// Root and organizational units by id.
    pub nodes: BTreeMap<Arc<str>, OrganizationNode>,
    /// All accounts of the organisation, whether their details were read or not.
    pub accounts: BTreeMap<AccountId, MemberAccount>,
    /// Every SCP of the file, attached or not, in the order of the file.
    pub service_control_policies: Vec<ServiceControlPolicy>,
    /// RCPs are enabled, as for SCPs. If not, no RCP counts.
    pub resource_control_enabled: bool,
    /// Every RCP that the customer made, attached or not, in the order of the file. `RCPFullAWSAccess` is not among
    /// them: it is attached everywhere, whether listed or not, and denies nothing (semantics:B7).
    pub resource_control_policies: Vec<ResourceControlPolicy>,
    /// The file it was read from, as named in locations.
    pub file: Arc<str>,
}

/// The root or an organizational unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationNode {
    /// Its name.
    pub name: String,
    /// The node above; none for the root.
    pub parent: Option<Arc<str>>,
}

/// An account as the organisation knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberAccount {
    /// Its name.
    pub name: String,
    /// The root or OU that it is in.
    pub parent: Arc<str>,
    /// `ACTIVE`, `SUSPENDED`, … as given; none if the file leaves it out.
    pub status: Option<String>,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
    /// The file says which tags the account has.
    pub tags_are_known: bool,
}

/// A service control policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceControlPolicy {
    /// Its id, `p-…`.
    pub id: String,
    /// Its name for people.
    pub display_name: String,
    /// Its document, named by its ARN, or its id where the file gives no ARN.
    pub policy: NamedPolicy,
    /// The roots, OUs and accounts that it is attached to.
    pub targets: Vec<Arc<str>>,
}

/// A resource control policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceControlPolicy {
    /// Its id, `p-…`.
    pub id: String,
    /// Its name for people.
    pub display_name: String,
    /// Its document, named by its ARN, or its id where the file gives no ARN. It only denies.
    pub policy: NamedPolicy,
    /// The roots, OUs and accounts that it is attached to.
    pub targets: Vec<Arc<str>>,
}

impl Organization {
    /// The SCPs that limit the principals of `account`, one level for the root, each OU on the path and the account,
    /// from the root down. Empty where no SCP applies: policy type not enabled, management account, or an account
    /// that is not in the organisation. A level without any SCP allows nothing (semantics:B6).
    pub fn service_control_levels(&self, account: AccountId) -> Vec<ControlLevel> {
        if !self.service_control_enabled || self.is_management(account) {
            return Vec::new();
        }
        let mut targets = self.path(account);
        if targets.is_empty() {
            return Vec::new();
        }
        targets.push(Arc::from(account.to_string()));
        targets.into_iter().map(|target| self.level(target)).collect()
    }

    /// The SCP levels of a node, from the root down to the node itself: those of an account that would be in it.
    pub fn service_control_levels_of_node(&self, node: &str) -> Vec<ControlLevel> {
        if !self.service_control_enabled {
            return Vec::new();
        }
        self.path_of_node(node).into_iter().map(|target| self.level(target)).collect()
    }

    /// What is attached at `target` itself.
    pub fn level(&self, target: Arc<str>) -> ControlLevel {
        let attached = self.service_control_policies.iter().filter(|policy| policy.targets.contains(&target));
        ControlLevel { policies: attached.map(|policy| policy.policy.clone()).collect(), target }
    }

    /// The RCPs that bind resources of `account`, whoever calls, one level for the root, each OU on the path and the
    /// account, from the root down (semantics:B7). Only levels to which the customer attached one are listed: every
    /// level also has `RCPFullAWSAccess`, which allows everything, so an RCP can only deny. Empty where no RCP
    /// applies: policy type not enabled, management account, or an account that is not in the organisation.
    pub fn resource_control_levels(&self, account: AccountId) -> Vec<ControlLevel> {
        if !self.resource_control_enabled || self.is_management(account) {
            return Vec::new();
        }
        let mut targets = self.path(account);
        if targets.is_empty() {
            return Vec::new();
        }
        targets.push(Arc::from(account.to_string()));
        let levels = targets.into_iter().map(|target| {
            let attached =
                self.resource_control_policies.iter().filter(|policy| policy.targets.contains(&target));
            ControlLevel { policies: attached.map(|policy| policy.policy.clone()).collect(), target }
        });
        levels.filter(|level| !level.policies.is_empty()).collect()
    }

    /// True for the management account.
    pub fn is_management(&self, account: AccountId) -> bool {
        self.management_account == account
    }

    /// The value of `aws:PrincipalOrgID` for principals of its accounts.
    pub fn principal_org_id(&self) -> &str {
        &self.id
    }

    /// The one value of `aws:PrincipalOrgPaths` for principals of `account`: `o-…/r-…/ou-…/`, with the slash at the
    /// end; none if the account is not in the organisation.
    pub fn org_path(&self, account: AccountId) -> Option<String> {
        self.org_path_under(&self.accounts.get(&account)?.parent)
    }

    /// The same for principals of an account directly under `node`; none if there is no such node.
    pub fn org_path_under(&self, node: &str) -> Option<String> {
        let path = self.path_of_node(node);
        (!path.is_empty()).then(|| format!("{}/{}/", self.id, path.join("/")))
    }

    /// The ids of the root and the OUs above `account`, from the root down; empty if it is not in the organisation.
    pub fn path(&self, account: AccountId) -> Vec<Arc<str>> {
        self.accounts.get(&account).map(|member| self.path_of_node(&member.parent)).unwrap_or_default()
    }

    /// The ids from the root down to `node`, itself included; empty if there is no such node.
    pub fn path_of_node(&self, node: &str) -> Vec<Arc<str>> {
        let mut path = Vec::new();
        let mut next = self.nodes.get_key_value(node);
        while let Some((id, found)) = next {
            path.push(Arc::clone(id));
            // INVARIANT: the reader refuses cycles; the length check keeps a hand-made value from looping.
            if path.len() > self.nodes.len() {
                return Vec::new();
            }
            next = found.parent.as_ref().and_then(|parent| self.nodes.get_key_value(parent));
        }
        path.reverse();
        path
    }
}
