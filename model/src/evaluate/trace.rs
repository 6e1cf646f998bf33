//! What an evaluation went through, for explanations.

use std::fmt;
use std::sync::Arc;

use crate::policy::{PolicyType, StatementReference};

/// What each layer and each special rule had to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The layers that bear on the request, in the order identity, boundary, session, SCP levels from the root down, RCP
    /// levels likewise, the resource's policy, the endpoint's. Empty where a rule decides before any policy is read.
    pub layers: Vec<LayerTrace>,
    /// The special rules that had a say.
    pub rules: Vec<SpecialRule>,
}

/// One layer of policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerTrace {
    /// Which type of policy.
    pub policy_type: PolicyType,
    /// For an SCP or RCP the level: root, OU or account id.
    pub target: Option<Arc<str>>,
    /// Some Allow statement matches.
    pub allows: bool,
    /// Some Deny statement matches.
    pub denies: bool,
    /// The Allow statements that match.
    pub allowing: Vec<StatementReference>,
    /// The Deny statements that match.
    pub denying: Vec<StatementReference>,
}

/// A rule that is not in any policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpecialRule {
    /// The action needs no permission (semantics:B5).
    NoPermissionNeeded,
    /// The credentials may not make this call (semantics:A2).
    CredentialLimit,
    /// A root user needs no identity policy (semantics:B10).
    RootUser,
    /// A session of sts:AssumeRoot has the rights of its task policy alone (semantics:B10).
    AssumedRoot,
    /// A service-linked role is not subject to SCPs (semantics:B6).
    ServiceLinkedRole,
    /// Resource control policies do not reach this action, resource or caller (semantics:B7).
    OutsideResourceControl,
    /// The action asks no policy of the resource, or the resource cannot have one (semantics:B4, B5).
    NoResourcePolicy,
    /// The resource's own policy must allow; the caller's policies alone do not suffice (semantics:B5).
    ResourceMustAllow,
    /// The caller has no policies of its own: the resource's policy decides (semantics:B10).
    ResourceAlone,
    /// The resource is another account's, so both sides must allow (semantics:B4).
    AcrossAccounts,
    /// No Deny of a bucket's policy keeps its owner's root user from that policy (semantics:B5).
    BucketOwnersRootUser,
    /// A Deny with NotPrincipal matches whoever has a boundary, listed or not (semantics:B3).
    NotPrincipalAndBoundary,
    /// S3 Block Public Access stops callers from outside the account at a public bucket (semantics:B5).
    PublicAccessBlocked,
    /// Only users of identity providers make this call (semantics:B5).
    ProvidersOnly,
    /// A role takes on itself without being trusted (F26).
    OwnRole,
    /// A federated-user session without a session policy has no rights of its own (F12).
    NoSessionPolicy,
    /// The resource is another account's and has no policy that could let the caller in (semantics:B4).
    AnotherAccount,
    /// The resource is AWS's own, and customers cannot change it (semantics:B5, F51).
    OwnedByAws,
    /// Nobody from another account can make this call (semantics:B5).
    OwnAccountOnly,
    /// The action makes further calls with the caller's rights, or not (F29).
    FurtherCalls,
}

impl fmt::Display for SpecialRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPermissionNeeded => "the action needs no permission",
            Self::CredentialLimit => "these credentials may not make this call",
            Self::RootUser => "a root user needs no identity policy",
            Self::AssumedRoot => "a session of AssumeRoot has the rights of its task policy alone",
            Self::ServiceLinkedRole => "a service-linked role is not subject to SCPs",
            Self::OutsideResourceControl => {
                "resource control policies do not reach this action, resource or caller"
            }
            Self::NoResourcePolicy => "no policy of the resource bears on this action",
            Self::ResourceMustAllow => {
                "the resource's own policy must allow; the caller's policies alone do not suffice"
            }
            Self::ResourceAlone => "the caller has no policies of its own: the resource's policy decides",
            Self::AcrossAccounts => "the resource is another account's, so both sides must allow",
            Self::BucketOwnersRootUser => {
                "no Deny of a bucket's policy keeps its owner's root user from that policy"
            }
            Self::NotPrincipalAndBoundary => {
                "a Deny with NotPrincipal matches whoever has a permissions boundary, listed or not"
            }
            Self::PublicAccessBlocked => {
                "S3 Block Public Access stops callers from outside the account at a public bucket"
            }
            Self::ProvidersOnly => "only users of identity providers make this call",
            Self::OwnRole => "a role takes on itself without being trusted, which only some old roles may",
            Self::NoSessionPolicy => {
                "a federated-user session without a session policy has no rights of its own"
            }
            Self::AnotherAccount => {
                "the resource is another account's and no policy of its own lets the caller in"
            }
            Self::OwnAccountOnly => "nobody from another account can make this call",
            Self::OwnedByAws => "the resource is AWS's own and customers cannot change it",
            Self::FurtherCalls => {
                "the calls that this action makes onwards are not checked with the caller's rights"
            }
        })
    }
}
