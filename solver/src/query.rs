//! Queries: questions as data.

use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::{ActionId, ResourceTypeId};
use ringfence_model::context::{ContextKey, RequestContext};
use ringfence_model::policy_set::PolicySet;
use serde::Serialize;

use crate::decimal::Decimal;
use crate::named_arns::NamedArns;
use crate::subject::Subject;
use crate::wildcard::Language;

/// The action of a target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum TargetAction {
    /// An action of the catalogue.
    Catalogued(ActionId),
    /// This action, `service:Name`, which the catalogue does not know.
    Named(String),
    /// Some action that this service does not have yet.
    FutureOf(String),
    /// Some action of a service that neither the catalogue nor a policy names.
    FutureElsewhere,
}

impl TargetAction {
    /// The catalogued action.
    pub fn id(&self) -> Option<ActionId> {
        match self {
            Self::Catalogued(id) => Some(*id),
            Self::Named(_) | Self::FutureOf(_) | Self::FutureElsewhere => None,
        }
    }
}

impl From<ActionId> for TargetAction {
    fn from(id: ActionId) -> Self {
        Self::Catalogued(id)
    }
}

/// What a target asks of the resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum TargetResource {
    /// Any resource of the type; each entry fills placeholders of the ARN format, none leaves them all free.
    Type {
        /// The type.
        resource_type: ResourceTypeId,
        /// What the placeholder that names the resource may be; empty leaves it free.
        names: Vec<Language>,
    },
    /// Exactly this ARN, a resource of the type.
    Exactly {
        /// The type.
        resource_type: ResourceTypeId,
        /// The ARN.
        arn: String,
    },
    /// One of these ARNs, resources of the type.
    OneOf {
        /// The type.
        resource_type: ResourceTypeId,
        /// The ARNs.
        arns: NamedArns,
    },
    /// Any resource of the type whose ARN is in the language and in none of those excluded.
    Within {
        /// The type.
        resource_type: ResourceTypeId,
        /// The ARNs.
        language: Language,
        /// ARNs that do not count.
        excluded: Vec<Language>,
    },
    /// As [`TargetResource::Type`], the Region asked for being any: through an inference profile it need not be that
    /// of the model's ARN (F30).
    AnyRegion {
        /// The type.
        resource_type: ResourceTypeId,
        /// As in [`TargetResource::Type`].
        names: Vec<Language>,
    },
    /// As [`TargetResource::Within`] without exclusions, the Region asked for being any, as in
    /// [`TargetResource::AnyRegion`].
    AnyRegionWithin {
        /// The type.
        resource_type: ResourceTypeId,
        /// The ARNs.
        language: Language,
    },
    /// Resources of the type whose ARN is in the language, whoever owns them and whatever form it has: wider than what AWS has, for
    /// further checks of which a proof must leave none out.
    AnyOwner {
        /// The type.
        resource_type: ResourceTypeId,
        /// The ARNs.
        language: Language,
    },
    /// A foundation model as the target of a global inference profile: its ARN names no Region, and the Region asked
    /// for is a word instead (semantics:D4, F30).
    GlobalModel {
        /// The type.
        resource_type: ResourceTypeId,
        /// The ARNs.
        language: Language,
    },
    /// `*`, for an action without resource types.
    Wildcard,
    /// `*`, where it is open whether AWS checks the action on it: the resource is optional as far as its reference tells, or
    /// AWS is known to check an ARN.
    LeftOut,
    /// An ARN on which AWS is known to check an action, though its reference lists no resource type.
    Unlisted,
    /// Any text: for an action that the catalogue does not know.
    Anything,
}

impl TargetResource {
    /// The type, where there is one.
    pub fn resource_type(&self) -> Option<ResourceTypeId> {
        match self {
            Self::Type { resource_type, .. }
            | Self::Exactly { resource_type, .. }
            | Self::OneOf { resource_type, .. }
            | Self::Within { resource_type, .. }
            | Self::AnyRegion { resource_type, .. }
            | Self::AnyRegionWithin { resource_type, .. }
            | Self::AnyOwner { resource_type, .. }
            | Self::GlobalModel { resource_type, .. } => Some(*resource_type),
            Self::Wildcard | Self::LeftOut | Self::Unlisted | Self::Anything => None,
        }
    }

    /// It is no resource that somebody owns: it has no policy of its own.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Wildcard | Self::LeftOut | Self::Unlisted)
    }
}

/// What a target asks of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum KeyDemand {
    /// Absent.
    Absent,
    /// Present with one value in the language.
    Value(Language),
    /// Present with one value that reads as this text does by the type of the key: as the same number, instant or
    /// address, however it is spelt; as this very text where the type is none of these.
    Reading(String),
    /// Present with exactly these values as a list, in this order.
    List(Vec<String>),
    /// Present as a list in which this text is, in any letter case, whatever else it holds.
    Listing(String),
    /// Present with one value in the first language and in none of the others.
    ValueOutside(Language, Vec<Language>),
    /// Absent, or as [`KeyDemand::ValueOutside`].
    AbsentOrOutside(Language, Vec<Language>),
}

/// One kind of request that the query is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Target {
    /// The action.
    pub action: TargetAction,
    /// The resource.
    pub resource: TargetResource,
    /// The keys.
    pub keys: Vec<(ContextKey, KeyDemand)>,
    /// The checks that the same call makes besides, all of which must be allowed too (semantics:A1), such as
    /// iam:PassRole. They have no further checks of their own.
    pub further: Vec<Target>,
    /// The account that owns the resource; none means the subject's own.
    pub owner: Option<AccountId>,
    /// The resource is in one of these languages; empty for no such demand.
    pub covered: Vec<Language>,
    /// The resource is one of AWS's own: of a type whose ARNs name the account that owns them, and its ARN does not.
    pub of_aws: bool,
}

impl Target {
    /// The one ARN that it is about; none where it may be about several.
    pub fn exact_arn(&self) -> Option<&str> {
        if let TargetResource::Exactly { arn, .. } = &self.resource { Some(arn) } else { None }
    }

    /// The target of a call that makes this check alone.
    pub fn new(
        action: impl Into<TargetAction>,
        resource: TargetResource,
        keys: Vec<(ContextKey, KeyDemand)>,
    ) -> Self {
        Self {
            action: action.into(),
            resource,
            keys,
            further: Vec::new(),
            owner: None,
            covered: Vec::new(),
            of_aws: false,
        }
    }
}

/// What is asked of the decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The request is allowed.
    Allowed,
    /// The policies do not allow the request. What credentials cannot do and what AWS refuses does not count.
    NotGranted,
    /// The request is allowed, and would not be under these policies.
    AllowedBeyond(Box<PolicySet>),
    /// The request is allowed, and the same request is not to this subject: the same principal in another world, with the policies, the
    /// resources, the tags and the organisation that are there. How a session begins is asked here alone.
    AllowedUnlike(Arc<Subject>),
}

/// Is there a request for one of the targets with the goal?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The requests asked about; earlier ones are preferred for witnesses.
    pub targets: Vec<Target>,
    /// What is asked of the decision.
    pub goal: Goal,
    /// The context, if it is pinned: exactly these keys besides those that the principal determines.
    pub context: Option<RequestContext>,
    /// The earliest instant of a request, in seconds since 1970 (design: `--as-of`).
    pub as_of: Option<Decimal>,
}
