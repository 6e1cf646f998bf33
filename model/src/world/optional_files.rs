//! The files that an account's folder may hold besides its authorization details.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::OptionalInput;
use super::account::Account;
use super::export::Export;
use super::inference_profiles_file::read_inference_profiles;
use super::inventory::{AccountInferenceProfile, InventoryResource, UserCredential};
use super::inventory_files::{read_credentials, read_resources};
use super::resource_policies_file::read_resource_policies;
use crate::arn::{AccountId, Arn};
use crate::json::Json;
use crate::location::Location;
use crate::policy::NamedPolicy;

/// The account whose folder holds a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner<'w> {
    pub(super) id: AccountId,
    /// Its details, if they were read without an error: what is not in them does not exist.
    pub(super) account: Option<&'w Account>,
}

impl Owner<'_> {
    /// The partition, if it is known.
    pub(super) fn partition(&self) -> Option<&str> {
        self.account.map(|account| account.partition.as_str()).filter(|partition| !partition.is_empty())
    }

    /// `parts` are those of an ARN in the account's partition, as far as that is known.
    pub(super) fn is_in_partition(&self, parts: &Arn<'_>) -> bool {
        self.partition().is_none_or(|partition| partition == parts.partition)
    }
}

/// What a file holds; none where it is not of the form that its name stands for.
pub(super) enum OptionalFile {
    ResourcePolicies(Option<BTreeMap<Arc<str>, NamedPolicy>>),
    InferenceProfiles(Option<Vec<AccountInferenceProfile>>),
    Resources(Option<Vec<InventoryResource>>),
    Credentials(Option<Vec<UserCredential>>),
}

impl OptionalFile {
    /// Reads `json` as the file `input` of `owner`; `ownerless` as [`read_resource_policies`] says.
    pub(super) fn read<'a>(
        input: OptionalInput,
        json: &'a Json,
        owner: Owner<'_>,
        ownerless: &mut BTreeMap<Arc<str>, Location>,
        export: &mut Export<'a>,
    ) -> Self {
        match input {
            OptionalInput::ResourcePolicies => {
                Self::ResourcePolicies(read_resource_policies(json, owner, ownerless, export))
            }
            OptionalInput::InferenceProfiles => {
                Self::InferenceProfiles(read_inference_profiles(json, owner, export))
            }
            OptionalInput::Resources => Self::Resources(read_resources(json, owner, export)),
            OptionalInput::Credentials => Self::Credentials(read_credentials(json, owner, export)),
        }
    }

    pub(super) fn put_into(self, account: &mut Account) {
        match self {
            Self::ResourcePolicies(policies) => account.resource_policies = policies,
            Self::InferenceProfiles(profiles) => account.inference_profiles = profiles,
            Self::Resources(resources) => account.resources = resources,
            Self::Credentials(credentials) => account.credentials = credentials,
        }
    }
}

/// What a file of this name holds, or how it is made.
pub(super) fn form(input: OptionalInput) -> &'static str {
    match input {
        OptionalInput::ResourcePolicies => {
            "write `{ \"<resource ARN>\": <policy document>, … }`; `{}` says that no resource carries a policy"
        }
        OptionalInput::InferenceProfiles => {
            "run `aws bedrock list-inference-profiles > inference-profiles.json`; for several Regions put the \
             elements of every answer into one list"
        }
        OptionalInput::Resources => {
            "the file is a list of `{ \"arn\", \"type\", \"roleArn\"?, \"modelArn\"?, \"tags\"? }`; `[]` says that \
             there are none"
        }
        OptionalInput::Credentials => {
            "the file is a list of `{ \"user\", \"kind\", \"id\", \"status\", \"created\", \"expires\"? }`; `[]` \
             says that there are none"
        }
    }
}
