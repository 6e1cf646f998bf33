//! One account: its users, groups, roles and managed policies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::inventory::{AccountInferenceProfile, InventoryResource, UserCredential};
use crate::arn::AccountId;
use crate::policy::{NamedPolicy, PolicyDocument};

/// An account whose authorization details were read. The lists are in the order of their ARNs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its partition: `aws`, `aws-cn`, `aws-us-gov`, … Empty where no ARN of its export, of its organisation or of
    /// another account of the organisation tells it.
    pub partition: String,
    /// Users, the root user not among them.
    pub users: Vec<User>,
    /// Groups.
    pub groups: Vec<Group>,
    /// Roles, service-linked ones included.
    pub roles: Vec<Role>,
    /// The managed policies that are attached, used as a boundary, or the account's own, by ARN.
    pub managed_policies: BTreeMap<Arc<str>, ManagedPolicy>,
    /// The policies of its resources by the ARN of the resource, from resource-policies.json. None when there is no
    /// such file: then nothing is known about them. Empty when no resource carries a policy. Trust policies are not
    /// among them: [`Role::trust`].
    pub resource_policies: Option<BTreeMap<Arc<str>, NamedPolicy>>,
    /// The inference profiles in the order of their ARNs, from inference-profiles.json; none when there is no such file.
    pub inference_profiles: Option<Vec<AccountInferenceProfile>>,
    /// What resources.json lists, in the order of the ARNs; none when there is no such file.
    pub resources: Option<Vec<InventoryResource>>,
    /// What credentials.json lists, in the order of the file; none when there is no such file.
    pub credentials: Option<Vec<UserCredential>>,
    /// The file it was read from, as named in locations.
    pub file: Arc<str>,
}

impl Account {
    /// Users, then roles, each in the order of their ARNs.
    pub fn principals(&self) -> impl Iterator<Item = IamPrincipal<'_>> {
        self.users.iter().map(IamPrincipal::User).chain(self.roles.iter().map(IamPrincipal::Role))
    }

    /// The ARN of its root user.
    pub fn root_arn(&self) -> String {
        format!("arn:{}:iam::{}:root", self.partition, self.id)
    }
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// ARN with path.
    pub arn: Arc<str>,
    /// Name.
    pub name: String,
    /// Path with both slashes.
    pub path: String,
    /// Unique id, `AIDA…`; empty when the export leaves it out.
    pub id: String,
    /// Tags by key as written.
    pub tags: BTreeMap<String, String>,
    /// The permissions boundary.
    pub boundary: Option<NamedPolicy>,
    /// Every identity policy that counts for the user (semantics:A2): own inline, own attached, inline and attached
    /// of the groups. A managed policy is there once.
    pub identity: Vec<NamedPolicy>,
    /// Names of the groups.
    pub groups: Vec<String>,
    /// The ARNs of the managed policies that are attached to the user itself, whether or not to a group of its as well.
    pub attached: BTreeSet<Arc<str>>,
    /// When it was created.
    pub created: Option<Timestamp>,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// ARN with path.
    pub arn: Arc<str>,
    /// Name.
    pub name: String,
    /// Path with both slashes.
    pub path: String,
    /// Unique id, `AGPA…`; empty when the export leaves it out.
    pub id: String,
    /// Inline and attached policies.
    pub identity: Vec<NamedPolicy>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// ARN with path.
    pub arn: Arc<str>,
    /// Name.
    pub name: String,
    /// Path with both slashes.
    pub path: String,
    /// Unique id, `AROA…`; empty when the export leaves it out.
    pub id: String,
    /// Tags by key as written.
    pub tags: BTreeMap<String, String>,
    /// The permissions boundary.
    pub boundary: Option<NamedPolicy>,
    /// Inline and attached policies, a managed policy once.
    pub identity: Vec<NamedPolicy>,
    /// The trust policy.
    pub trust: NamedPolicy,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When it was last used, as far as AWS tracks it.
    pub last_used: Option<RoleLastUsed>,
    /// The export has `RoleLastUsed`, so that a role without a date was not used while AWS tracked it.
    pub use_is_tracked: bool,
    /// Its path is below `/aws-service-role/` and its trust policy names services alone: only AWS can use it.
    pub service_linked: bool,
    /// Its path is below `/aws-reserved/`: customers cannot change it.
    pub reserved: bool,
    /// The ARNs of the instance profiles that hold it; none where the export leaves the list out.
    pub instance_profiles: Option<Vec<Arc<str>>>,
}

/// The last use of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleLastUsed {
    /// When.
    pub date: Timestamp,
    /// In which Region, if AWS says so.
    pub region: Option<String>,
}

/// A managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// ARN.
    pub arn: Arc<str>,
    /// Name.
    pub name: String,
    /// The version in force.
    pub default_version: String,
    /// All versions of the policy that the export holds, the default among them, in its order.
    pub versions: Vec<PolicyVersion>,
    /// The document in force, named by the ARN.
    pub policy: NamedPolicy,
    /// It belongs to AWS (`arn:aws:iam::aws:policy/…`).
    pub aws_managed: bool,
}

/// A version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyVersion {
    /// `v1`, `v2`, …
    pub id: String,
    /// What it says; none where the export does not say it in a way that can be read, which is so of no default version, and
    /// for versions of AWS's policies that are not in force.
    pub document: Option<Arc<PolicyDocument>>,
}

/// A user or role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IamPrincipal<'a> {
    /// A user.
    User(&'a User),
    /// A role.
    Role(&'a Role),
}

impl<'a> IamPrincipal<'a> {
    /// ARN with path: the value of `aws:PrincipalArn`.
    pub fn arn(self) -> &'a Arc<str> {
        match self {
            Self::User(user) => &user.arn,
            Self::Role(role) => &role.arn,
        }
    }

    /// Name without path.
    pub fn name(self) -> &'a str {
        match self {
            Self::User(user) => &user.name,
            Self::Role(role) => &role.name,
        }
    }

    /// Path with both slashes.
    pub fn path(self) -> &'a str {
        match self {
            Self::User(user) => &user.path,
            Self::Role(role) => &role.path,
        }
    }

    /// Unique id.
    pub fn id(self) -> &'a str {
        match self {
            Self::User(user) => &user.id,
            Self::Role(role) => &role.id,
        }
    }

    /// Its own tags.
    pub fn tags(self) -> &'a BTreeMap<String, String> {
        match self {
            Self::User(user) => &user.tags,
            Self::Role(role) => &role.tags,
        }
    }

    /// Its permissions boundary.
    pub fn boundary(self) -> Option<&'a NamedPolicy> {
        match self {
            Self::User(user) => user.boundary.as_ref(),
            Self::Role(role) => role.boundary.as_ref(),
        }
    }

    /// Its identity policies, those of groups included.
    pub fn identity(self) -> &'a [NamedPolicy] {
        match self {
            Self::User(user) => &user.identity,
            Self::Role(role) => &role.identity,
        }
    }

    /// True for a service-linked role: counted, not checked, and exempt from SCPs.
    pub fn is_service_linked(self) -> bool {
        match self {
            Self::User(_) => false,
            Self::Role(role) => role.service_linked,
        }
    }
}
