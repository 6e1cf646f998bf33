//! The accounts and the organisation that a question is about, as read from files.
//!
//! [`World::read_directory`] and [`World::read_files`] (or a [`WorldReader`]) read the exports of AWS, collect every error of every file, and
//! resolve what the exports name: groups into their members, managed policies into their default versions, boundaries
//! into documents. Nothing is guessed: a policy that is named but absent is an error. What a world does not hold is
//! listed by [`World::missing`]. Trusted: an error here makes a proof wrong.

mod account;
mod authorization_details;
mod entity;
mod export;
mod identity_policies;
mod inference_profiles_file;
mod inventory;
mod inventory_files;
mod missing;
mod optional_files;
mod organization;
mod organization_arns;
mod organization_file;
mod organization_ids;
mod organization_policies;
mod organization_policy_types;
mod policies;
mod read;
mod recognize;
mod resource_policies_file;
mod resource_policy;
mod wholeness;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::arn::{AccountId, Arn};
use crate::catalogue::Catalogue;
use crate::location::InputWarning;
use crate::parse::NameCheck;
use crate::policy::NamedPolicy;
use crate::policy_set::PolicySet;

pub use account::{Account, Group, IamPrincipal, ManagedPolicy, PolicyVersion, Role, RoleLastUsed, User};
pub use inventory::{
    AccountInferenceProfile, CredentialKind, CredentialOwner, CredentialStatus, InferenceProfileKind,
    InventoryResource, UserCredential,
};
pub use missing::{MissingEffect, MissingInput, MissingScope};
pub use organization::{
    MemberAccount, Organization, OrganizationNode, ResourceControlPolicy, ServiceControlPolicy,
};
pub use organization_arns::ControlType;
pub use read::{ASSUMPTIONS_FILE, WorldReader, meant};
pub(crate) use resource_policy::policy_name;
pub use resource_policy::{CoveredResources, ResourcePolicy, ResourcePolicyLookup, covers};

/// Everything that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    /// The organisation; none when organization.json was not given.
    pub organization: Option<Organization>,
    /// The accounts whose authorization details were given, by id. At least one user or role is in one of them.
    pub accounts: BTreeMap<AccountId, Account>,
    /// Every file that was read, in the order of reading.
    pub inputs: Vec<InputFile>,
    /// Remarks about what was accepted.
    pub warnings: Vec<InputWarning>,
    /// Facts about the world that a reader of a verdict should know, one sentence each, without a full stop.
    pub notes: Vec<String>,
    /// What is taken for granted of the world by whoever made it, as a plan that is not applied yet: one sentence each, without a full stop.
    pub assumptions: Vec<String>,
    /// The world was given as a directory, which should hold every account of the organisation.
    pub whole_organization: bool,
    /// The newest date in the authorization details: creation, update, use of a password or role.
    pub newest_timestamp: Option<Timestamp>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InputFile {
    /// Its path: as given, or below the directory as given.
    pub path: String,
    /// SHA-256 of its bytes in lower-case hexadecimal.
    pub sha256: String,
}

/// A file that an account's folder may hold besides its authorization details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OptionalInput {
    /// `resource-policies.json`
    ResourcePolicies,
    /// `inference-profiles.json`
    InferenceProfiles,
    /// `resources.json`
    Resources,
    /// `credentials.json`
    Credentials,
}

impl OptionalInput {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::ResourcePolicies, Self::InferenceProfiles, Self::Resources, Self::Credentials];

    /// The file's name.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::ResourcePolicies => "resource-policies.json",
            Self::InferenceProfiles => "inference-profiles.json",
            Self::Resources => "resources.json",
            Self::Credentials => "credentials.json",
        }
    }

    /// True when the file of `account` was read.
    pub fn is_in(self, account: &Account) -> bool {
        match self {
            Self::ResourcePolicies => account.resource_policies.is_some(),
            Self::InferenceProfiles => account.inference_profiles.is_some(),
            Self::Resources => account.resources.is_some(),
            Self::Credentials => account.credentials.is_some(),
        }
    }
}

impl World {
    /// The tags of a resource that an inventory lists with them, or of an account whose tags organization.json has; none where it is
    /// not known what they are.
    pub fn resource_tags(&self, arn: &str) -> Option<&BTreeMap<String, String>> {
        let parts = Arn::parse(arn)?;
        if parts.service == "organizations" {
            let (_, account) = parts.resource.strip_prefix("account/")?.split_once('/')?;
            let known = self.organization.as_ref()?.accounts.get(&AccountId::parse(account)?)?;
            return known.tags_are_known.then_some(&known.tags);
        }
        let owner = AccountId::parse(parts.account)?;
        let listed = self.accounts.get(&owner)?.resources.iter().flatten();
        listed.into_iter().find(|resource| *resource.arn == *arn)?.tags.as_ref()
    }

    /// The same, to be changed.
    pub(crate) fn resource_tags_mut(&mut self, arn: &str) -> Option<&mut BTreeMap<String, String>> {
        self.resource_tags(arn)?;
        let parts = Arn::parse(arn)?;
        if parts.service == "organizations" {
            let (_, account) = parts.resource.strip_prefix("account/")?.split_once('/')?;
            let accounts = &mut self.organization.as_mut()?.accounts;
            return accounts.get_mut(&AccountId::parse(account)?).map(|known| &mut known.tags);
        }
        let owner = AccountId::parse(parts.account)?;
        let listed = self.accounts.get_mut(&owner)?.resources.iter_mut().flatten();
        listed.into_iter().find(|resource| *resource.arn == *arn)?.tags.as_mut()
    }

    /// All users and roles of all accounts, by account and then by ARN. Root users are not among them.
    pub fn principals(&self) -> impl Iterator<Item = (&Account, IamPrincipal<'_>)> {
        self.accounts
            .values()
            .flat_map(|account| account.principals().map(move |principal| (account, principal)))
    }

    /// The user or role whose ARN is `arn`.
    pub fn principal(&self, arn: &str) -> Option<(&Account, IamPrincipal<'_>)> {
        let account = AccountId::parse(crate::arn::Arn::parse(arn)?.account)?;
        let account = self.accounts.get(&account)?;
        account
            .principals()
            .find(|principal| principal.arn().as_ref() == arn)
            .map(|principal| (account, principal))
    }

    /// The ARNs of models that the inventories of the accounts name: behind inference profiles, in resources.json. Some
    /// of them several times.
    pub fn model_arns(&self) -> impl Iterator<Item = &str> {
        self.accounts.values().flat_map(|account| {
            let profiles = account.inference_profiles.iter().flatten().flat_map(|profile| &profile.models);
            let resources = account.resources.iter().flatten().filter_map(|resource| resource.model.as_ref());
            profiles.chain(resources).map(String::as_str)
        })
    }

    /// The policies of this world that decide what `principal` may do: identity policies, boundary, and the service
    /// control policies of its account unless it is exempt (semantics:B6: management account, service-linked roles,
    /// policy type not enabled). Resource policies and session policies are left empty.
    pub fn policy_set(&self, account: &Account, principal: IamPrincipal<'_>) -> PolicySet {
        let service_control = match &self.organization {
            Some(organization) if !principal.is_service_linked() => {
                organization.service_control_levels(account.id)
            }
            Some(_) | None => Vec::new(),
        };
        PolicySet {
            identity: principal.identity().to_vec(),
            permissions_boundary: principal.boundary().map(|boundary| vec![boundary.clone()]),
            service_control,
            ..PolicySet::default()
        }
    }

    /// A warning for each action and condition key that AWS does not know, in the customers' own policies: identity,
    /// boundary, trust, resource, service and resource control policies, each once. Such a name has no effect, so a Deny on it is a hole.
    pub fn check_names(&self, catalogue: &Catalogue) -> Vec<InputWarning> {
        let mut check = NameCheck::new(catalogue);
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for policy in self.customer_policies() {
            if seen.insert(&policy.name) {
                check.document(&policy.document);
            }
        }
        check.into_warnings()
    }

    /// All policies but those of AWS, some of them several times.
    fn customer_policies(&self) -> impl Iterator<Item = &NamedPolicy> {
        let control = self.organization.iter().flat_map(|organization| {
            let resource_control = organization.resource_control_policies.iter().map(|policy| &policy.policy);
            organization.service_control_policies.iter().map(|policy| &policy.policy).chain(resource_control)
        });
        let accounts = self.accounts.values().flat_map(|account| {
            let managed = account.managed_policies.values().map(|managed| &managed.policy);
            let groups = account.groups.iter().flat_map(|group| &group.identity);
            let principals = account.principals().flat_map(IamPrincipal::identity);
            let trust = account.roles.iter().map(|role| &role.trust);
            let resource = account.resource_policies.iter().flat_map(BTreeMap::values);
            managed.chain(groups).chain(principals).chain(trust).chain(resource)
        });
        control.chain(accounts).filter(|policy| !policies::is_aws_managed(&policy.name))
    }
}
