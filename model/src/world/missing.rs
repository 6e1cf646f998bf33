//! What a world does not hold, and what that does to the answers.
//!
//! A missing restriction leaves proofs intact and makes refutations conditional; a missing grant or principal makes
//! the proofs that depend on it inconclusive. The table below is the only place that says which is which.

use super::{Account, OptionalInput, World};
use crate::arn::AccountId;

/// What a missing input does to a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MissingEffect {
    /// Refutations hold only if nothing in the missing input stops the request; proofs hold as they are.
    Conditional,
    /// Proofs do not hold; refutations hold as they are.
    Inconclusive,
    /// Proofs count all that it may hold, so that each verdict that hangs on it is inconclusive by itself; refutations hold as they are.
    Counted,
}

/// Which questions an input matters to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MissingScope {
    /// Every question.
    Every,
    /// Questions over all principals of the organisation, one request or several.
    AllPrincipals,
    /// Questions about resources that can carry a policy of their own, which can grant access.
    ResourcePolicies,
    /// Questions about long-lived credentials.
    StandingKeys,
    /// Questions over several requests.
    Steps,
    /// The question whether somebody acts outside the boundary with which a run began.
    OutsideBoundary,
}

/// An input that the world does not hold, or holds and does not use yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingInput {
    /// Its name: `organization.json`, `accounts/*/resource-policies.json`, …
    pub input: String,
    /// What that does.
    pub effect: MissingEffect,
    /// To which questions.
    pub scope: MissingScope,
    /// Why, in one sentence without a full stop.
    pub reason: String,
    /// The accounts for which it is missing; empty when it belongs to the whole world.
    pub accounts: Vec<AccountId>,
}

/// The inputs of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    Organization,
    OtherAccounts,
    PerAccount(OptionalInput),
}

struct Row {
    input: Input,
    name: &'static str,
    effect: MissingEffect,
    scope: MissingScope,
    reason: &'static str,
}

/// Input by direction.
const TABLE: [Row; 8] = [
    Row {
        input: Input::Organization,
        name: "organization.json",
        effect: MissingEffect::Conditional,
        scope: MissingScope::Every,
        reason: "service control and resource control policies may deny what is shown as allowed",
    },
    Row {
        input: Input::OtherAccounts,
        name: "accounts/*/authorization-details.json",
        effect: MissingEffect::Inconclusive,
        scope: MissingScope::AllPrincipals,
        reason: "users and roles of these accounts are not checked",
    },
    Row {
        input: Input::PerAccount(OptionalInput::ResourcePolicies),
        name: "accounts/*/resource-policies.json",
        effect: MissingEffect::Inconclusive,
        scope: MissingScope::ResourcePolicies,
        reason: "a policy of a resource may allow what identity policies do not",
    },
    Row {
        input: Input::PerAccount(OptionalInput::ResourcePolicies),
        name: "accounts/*/resource-policies.json",
        effect: MissingEffect::Inconclusive,
        scope: MissingScope::OutsideBoundary,
        reason: "a policy of a resource may let a session in past its boundary",
    },
    Row {
        input: Input::PerAccount(OptionalInput::ResourcePolicies),
        name: "accounts/*/resource-policies.json",
        effect: MissingEffect::Counted,
        scope: MissingScope::Steps,
        reason: "a policy of a resource may allow a step that identity policies do not",
    },
    Row {
        input: Input::PerAccount(OptionalInput::InferenceProfiles),
        name: "accounts/*/inference-profiles.json",
        effect: MissingEffect::Counted,
        scope: MissingScope::Steps,
        reason: "the models and Regions behind application inference profiles are unknown",
    },
    Row {
        input: Input::PerAccount(OptionalInput::Resources),
        name: "accounts/*/resources.json",
        effect: MissingEffect::Counted,
        scope: MissingScope::Steps,
        reason: "agents, functions and model deployments, and the roles they run with, are unknown",
    },
    Row {
        input: Input::PerAccount(OptionalInput::Credentials),
        name: "accounts/*/credentials.json",
        effect: MissingEffect::Conditional,
        scope: MissingScope::StandingKeys,
        reason: "whether users have access keys or API keys is assumed",
    },
];

impl World {
    /// What this world lacks, in the order of the table.
    pub fn missing(&self) -> Vec<MissingInput> {
        TABLE
            .iter()
            .filter_map(|row| {
                Some(MissingInput {
                    input: row.name.to_owned(),
                    effect: row.effect,
                    scope: row.scope,
                    reason: row.reason.to_owned(),
                    accounts: self.lacking(row.input)?,
                })
            })
            .collect()
    }

    /// None when the input is there; else the accounts that lack it.
    fn lacking(&self, input: Input) -> Option<Vec<AccountId>> {
        match input {
            Input::Organization => self.organization.is_none().then(Vec::new),
            Input::OtherAccounts => {
                // One account given by itself is a question about that account.
                let organization = self.organization.as_ref().filter(|_| self.whole_organization)?;
                let absent = organization.accounts.keys().filter(|id| !self.accounts.contains_key(id));
                Some(absent.copied().collect::<Vec<_>>()).filter(|absent| !absent.is_empty())
            }
            Input::PerAccount(input) => {
                let lacks = |account: &&Account| !input.is_in(account);
                let lacking: Vec<AccountId> =
                    self.accounts.values().filter(lacks).map(|account| account.id).collect();
                Some(lacking).filter(|lacking| !lacking.is_empty())
            }
        }
    }
}
