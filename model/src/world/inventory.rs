//! What an account holds beside its principals: inference profiles, resources that run with a role, credentials.
//!
//! Routes to a model depend on the first two, guardrails about long-lived credentials on the last.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::location::Location;

/// An inference profile of `aws bedrock list-inference-profiles`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountInferenceProfile {
    /// Its ARN.
    pub arn: Arc<str>,
    /// Its id, the part of the ARN after the last slash.
    pub id: String,
    /// Who made it.
    pub kind: InferenceProfileKind,
    /// `ACTIVE`, or another status as given.
    pub status: String,
    /// The ARNs of the models behind it, one for each Region to which it may send a request. At least one.
    pub models: Vec<String>,
    /// Where it stands.
    pub location: Location,
}

/// Who made an inference profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InferenceProfileKind {
    /// AWS: `inference-profile/us.anthropic.…`.
    SystemDefined,
    /// The account: `application-inference-profile/…`.
    Application,
}

/// A resource of resources.json: an agent, a flow, a function, an instance, a notebook, a model, …
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryResource {
    /// Its ARN.
    pub arn: Arc<str>,
    /// What it is, as given.
    pub kind: String,
    /// The ARN of the role that it runs with. Always a role of the same account.
    pub role: Option<String>,
    /// The ARN of the model behind it.
    pub model: Option<String>,
    /// Tags by key as written; none where the entry has no `tags`, so that it may carry any.
    pub tags: Option<BTreeMap<String, String>>,
    /// Where it stands.
    pub location: Location,
}

impl InventoryResource {
    /// Capacity that a run provisions for a model, under this ARN.
    pub fn provisioned(arn: &Arc<str>, model: &str) -> Self {
        Self {
            arn: Arc::clone(arn),
            kind: "provisioned-model".to_owned(),
            role: None,
            model: Some(model.to_owned()),
            tags: Some(BTreeMap::new()),
            location: Location::new(&Arc::from("<written in the run>"), 1, 1),
        }
    }
}

/// A credential of credentials.json.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCredential {
    /// Whose it is.
    pub owner: CredentialOwner,
    /// Its kind.
    pub kind: CredentialKind,
    /// Its id, such as `AKIA…`.
    pub id: String,
    /// Whether it can be used.
    pub status: CredentialStatus,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends; none if it does not end by itself.
    pub expires: Option<Timestamp>,
    /// Where it stands.
    pub location: Location,
}

/// Whose a credential is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CredentialOwner {
    /// The root user, written `<root_account>` as in a credential report.
    Root,
    /// The user of this name, one of the account's export.
    User(String),
}

/// The kind of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// `access-key`
    AccessKey,
    /// `password`, for the console.
    Password,
    /// `bedrock-api-key`, long-term.
    BedrockApiKey,
    /// `service-specific-credential`, other than for Bedrock.
    ServiceSpecificCredential,
    /// `signing-certificate`
    SigningCertificate,
    /// `ssh-public-key`
    SshPublicKey,
}

impl CredentialKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::AccessKey,
        Self::Password,
        Self::BedrockApiKey,
        Self::ServiceSpecificCredential,
        Self::SigningCertificate,
        Self::SshPublicKey,
    ];

    /// How credentials.json writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessKey => "access-key",
            Self::Password => "password",
            Self::BedrockApiKey => "bedrock-api-key",
            Self::ServiceSpecificCredential => "service-specific-credential",
            Self::SigningCertificate => "signing-certificate",
            Self::SshPublicKey => "ssh-public-key",
        }
    }
}

/// Whether a credential can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CredentialStatus {
    /// `Active`
    Active,
    /// `Inactive`: its owner, or whoever may manage it, can make it active again.
    Inactive,
    /// `Expired`
    Expired,
}

impl CredentialStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Active, Self::Inactive, Self::Expired];

    /// How AWS and credentials.json write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
            Self::Expired => "Expired",
        }
    }
}
