//! What guardrails ask (docs/guardrails.md).

use ringfence_model::arn::AccountId;
use ringfence_model::condition::Condition;
use ringfence_model::location::Location;

/// The tiers of model-changing actions (design: T3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Customisation, custom and imported models, copies, training.
    Weights,
    /// Deployments, provisioned throughput, routers, endpoints, profiles.
    Serving,
    /// Guardrails, prompts, agents, flows, knowledge bases.
    Behaviour,
}

impl Tier {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Weights, Self::Serving, Self::Behaviour];

    /// As ringfence.toml names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Weights => "weights",
            Self::Serving => "serving",
            Self::Behaviour => "behaviour",
        }
    }
}

/// A block of conditions, all of which must hold, as under `Condition` of a statement.
pub type ConditionBlock = Vec<Condition>;

/// Which models `cannot-invoke` is about, by the name of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelChoice {
    /// Those of the set.
    In(String),
    /// All others, those included that nobody knows yet.
    Outside(String),
}

/// Calls that must not be allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Actions and patterns of actions.
    pub actions: Vec<String>,
    /// ARNs and patterns of ARNs; empty for any resource that the actions take.
    pub resources: Vec<String>,
    /// Only requests that meet one of these blocks count; empty for all.
    pub when: Vec<ConditionBlock>,
    /// Requests that meet one of these blocks do not count.
    pub unless: Vec<ConditionBlock>,
}

/// Where requests may come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Ids of VPC endpoints.
    pub vpc_endpoints: Vec<String>,
    /// Ids of VPCs.
    pub vpcs: Vec<String>,
    /// Address ranges.
    pub ip_ranges: Vec<String>,
    /// Requests that an AWS service makes on behalf of the principal (aws:ViaAWSService) may come from anywhere.
    pub aws_services: bool,
}

/// A kind of spending commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Commitment {
    /// Capacity that is paid by the hour or for months.
    ProvisionedThroughput,
    /// Training, import and customisation of models.
    Customization,
    /// Subscriptions and agreements with sellers of models.
    Subscription,
    /// Increases of quotas.
    Quota,
    /// Endpoints and instances that run models by the hour.
    Hosting,
}

impl Commitment {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::ProvisionedThroughput, Self::Customization, Self::Subscription, Self::Quota, Self::Hosting];

    /// As ringfence.toml and the table of actions name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ProvisionedThroughput => "provisioned-throughput",
            Self::Customization => "customization",
            Self::Subscription => "subscription",
            Self::Quota => "quota",
            Self::Hosting => "hosting",
        }
    }
}

/// How a key of a call that must be possible is pinned: absent where there are no values.
pub type PinnedKey = (String, Option<Vec<String>>);

/// What a guardrail asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuardrailKind {
    /// T1: no route to these models, and no subscription to products but the approved.
    CannotInvoke {
        /// The models; none where the guardrail is about products alone.
        models: Option<ModelChoice>,
        /// Ids of the AWS Marketplace products that may be subscribed to; none where products do not count.
        approved_products: Option<Vec<String>>,
    },
    /// T2.
    CannotEscapeBoundary,
    /// T3: not both modify models of these tiers and invoke a model.
    SeparationOfDuties {
        /// The tiers.
        tiers: Vec<Tier>,
        /// Invocation counts only of models of this set; none means any model.
        models: Option<String>,
    },
    /// None of these calls is allowed.
    Forbid(Calls),
    /// No call in another Region, nor one that sends data there.
    ApprovedRegions {
        /// The Regions.
        regions: Vec<String>,
        /// Patterns of the actions that count; empty for those on models.
        actions: Vec<String>,
    },
    /// No call on a resource of another account but these.
    ApprovedAccounts {
        /// The accounts, beside the principal's own.
        accounts: Vec<AccountId>,
        /// Patterns of the actions that count; empty for those on models.
        actions: Vec<String>,
    },
    /// No invocation without one of these guardrails of Bedrock.
    GuardrailRequired {
        /// Patterns over the values of bedrock:GuardrailIdentifier.
        guardrails: Vec<String>,
        /// Only models of this set count; none means any model.
        models: Option<String>,
    },
    /// No invocation, or none of these calls, from elsewhere.
    NetworkRequired {
        /// From where calls may come.
        network: Network,
        /// Patterns of the actions that count; empty for every route to a model.
        actions: Vec<String>,
    },
    /// Who may call Bedrock at all carries an approved boundary.
    MustBeBounded,
    /// No user or role is made without an approved boundary.
    BoundaryRequiredOnCreate,
    /// No approved boundary is changed, and none taken from anybody.
    BoundaryProtected,
    /// No invocation with long-lived credentials.
    NoStandingAccess {
        /// Only models of this set count; none means any model.
        models: Option<String>,
    },
    /// Who can invoke a model carries tags that say who answers for it.
    Owned {
        /// Keys of tags of the user or role.
        tags: Vec<String>,
        /// Keys of tags of its account.
        account_tags: Vec<String>,
        /// Only models of this set count; none means any model.
        models: Option<String>,
    },
    /// No right to invoke on roles that nobody uses.
    Unused {
        /// Days since the last use.
        days: u32,
        /// Only models of this set count; none means any model.
        models: Option<String>,
    },
    /// None of the calls that commit to spending.
    CannotCommitSpend {
        /// Which kinds count.
        commitments: Vec<Commitment>,
    },
    /// This call must be possible.
    MustBeAble {
        /// The action.
        action: String,
        /// The resource; none for any that the action takes.
        resource: Option<String>,
        /// Keys that are pinned.
        context: Vec<PinnedKey>,
    },
}

impl GuardrailKind {
    /// The name of every kind, in the order of the documentation.
    pub const NAMES: [&'static str; 16] = [
        "cannot-invoke",
        "cannot-escape-boundary",
        "separation-of-duties",
        "forbid",
        "approved-regions",
        "approved-accounts",
        "guardrail-required",
        "network-required",
        "must-be-bounded",
        "boundary-required-on-create",
        "boundary-protected",
        "no-standing-access",
        "owned",
        "unused",
        "cannot-commit-spend",
        "must-be-able",
    ];

    /// As ringfence.toml names it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CannotInvoke { .. } => "cannot-invoke",
            Self::CannotEscapeBoundary => "cannot-escape-boundary",
            Self::SeparationOfDuties { .. } => "separation-of-duties",
            Self::Forbid(_) => "forbid",
            Self::ApprovedRegions { .. } => "approved-regions",
            Self::ApprovedAccounts { .. } => "approved-accounts",
            Self::GuardrailRequired { .. } => "guardrail-required",
            Self::NetworkRequired { .. } => "network-required",
            Self::MustBeBounded => "must-be-bounded",
            Self::BoundaryRequiredOnCreate => "boundary-required-on-create",
            Self::BoundaryProtected => "boundary-protected",
            Self::NoStandingAccess { .. } => "no-standing-access",
            Self::Owned { .. } => "owned",
            Self::Unused { .. } => "unused",
            Self::CannotCommitSpend { .. } => "cannot-commit-spend",
            Self::MustBeAble { .. } => "must-be-able",
        }
    }

    /// The sets of models that it names.
    pub fn models(&self) -> Option<&str> {
        match self {
            Self::CannotInvoke {
                models: Some(ModelChoice::In(name) | ModelChoice::Outside(name)), ..
            } => Some(name),
            Self::SeparationOfDuties { models, .. }
            | Self::GuardrailRequired { models, .. }
            | Self::NoStandingAccess { models }
            | Self::Owned { models, .. }
            | Self::Unused { models, .. } => models.as_deref(),
            Self::CannotInvoke { models: None, .. }
            | Self::CannotEscapeBoundary
            | Self::Forbid(_)
            | Self::ApprovedRegions { .. }
            | Self::ApprovedAccounts { .. }
            | Self::NetworkRequired { .. }
            | Self::MustBeBounded
            | Self::BoundaryRequiredOnCreate
            | Self::BoundaryProtected
            | Self::CannotCommitSpend { .. }
            | Self::MustBeAble { .. } => None,
        }
    }

    /// True where a route to a model decides.
    pub fn is_about_routes(&self) -> bool {
        match self {
            Self::CannotInvoke { models, .. } => models.is_some(),
            Self::NetworkRequired { actions, .. } | Self::ApprovedRegions { actions, .. } => {
                actions.is_empty()
            }
            Self::SeparationOfDuties { .. }
            | Self::GuardrailRequired { .. }
            | Self::NoStandingAccess { .. }
            | Self::Owned { .. }
            | Self::Unused { .. } => true,
            Self::CannotEscapeBoundary
            | Self::Forbid(_)
            | Self::ApprovedAccounts { .. }
            | Self::MustBeBounded
            | Self::BoundaryRequiredOnCreate
            | Self::BoundaryProtected
            | Self::CannotCommitSpend { .. }
            | Self::MustBeAble { .. } => false,
        }
    }
}

/// One guardrail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guardrail {
    /// Its id in every output.
    pub id: String,
    /// What it asks.
    pub kind: GuardrailKind,
    /// Whom it is about.
    pub principals: super::PrincipalScope,
    /// Where it stands; none for those that always exist.
    pub location: Option<Location>,
}
