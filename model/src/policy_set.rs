//! The policies that decide one request (semantics:B1).

use crate::policy::NamedPolicy;
use std::sync::Arc;

/// The SCPs or RCPs attached at one node of the organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ControlLevel {
    /// Root, OU or account id.
    pub target: Arc<str>,
    /// What is attached there. Their union must allow.
    pub policies: Vec<NamedPolicy>,
}

impl ControlLevel {
    /// True if the policies of the same node say the same, one by one, whatever they are called.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.target == other.target
            && self.policies.len() == other.policies.len()
            && self
                .policies
                .iter()
                .zip(&other.policies)
                .all(|(left, right)| left.document.says_the_same(&right.document))
    }
}

/// Settings that are no policies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// S3 Block Public Access (RestrictPublicBuckets) is on for the bucket.
    pub s3_block_public_access: bool,
    /// The endpoint is known to be of the interface type (`Some(true)`) or the gateway type (`Some(false)`).
    pub interface_endpoint: Option<bool>,
}

/// All policies that apply to one request. `None` means there is no policy of that type, which filters nothing;
/// `Some(vec![])` is a type that is in force and allows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicySet {
    /// Identity policies of the principal, its groups included.
    pub identity: Vec<NamedPolicy>,
    /// The permissions boundary.
    pub permissions_boundary: Option<Vec<NamedPolicy>>,
    /// Session policies; their union is the session policy.
    pub session: Option<Vec<NamedPolicy>>,
    /// SCPs from the root down to the account. Empty for principals that are not subject to SCPs.
    pub service_control: Vec<ControlLevel>,
    /// RCPs on the resource's side, from the root down.
    pub resource_control: Vec<ControlLevel>,
    /// What a question demands of a request besides: each level must allow it, whatever AWS itself exempts. Empty for what AWS
    /// decides.
    pub demanded: Vec<ControlLevel>,
    /// The resource's own policy; for `sts:AssumeRole…` the trust policy. Roles and KMS keys always have one: none means
    /// for them that it is not known.
    pub resource: Option<NamedPolicy>,
    /// The policies of the VPC endpoint that the request uses.
    pub vpc_endpoint: Option<Vec<NamedPolicy>>,
    /// Settings.
    pub settings: Settings,
}
