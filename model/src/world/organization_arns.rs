//! The ARNs of what is in an organisation.

use super::organization::Organization;
use crate::arn::Arn;

/// A type of policies that bind accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControlType {
    /// SCPs.
    ServiceControl,
    /// RCPs.
    ResourceControl,
}

impl ControlType {
    /// The value of `organizations:PolicyType`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ServiceControl => "SERVICE_CONTROL_POLICY",
            Self::ResourceControl => "RESOURCE_CONTROL_POLICY",
        }
    }
}

impl Organization {
    /// The ARN of the root, unit or account with this id, which need not be there.
    pub fn target_arn(&self, id: &str) -> String {
        let kind = match id.get(..2) {
            Some("r-") => "root",
            Some("ou") => "ou",
            Some(_) | None => "account",
        };
        self.arn(&format!("{kind}/{}/{id}", self.id))
    }

    /// The ARN of the SCP or RCP that has this name in the world; none if there is no such policy.
    pub fn policy_arn(&self, name: &str) -> Option<String> {
        let service = self.service_control_policies.iter();
        let service = service.map(|known| (&known.policy.name, &known.id, "service_control_policy"));
        let resource = self.resource_control_policies.iter();
        let resource = resource.map(|known| (&known.policy.name, &known.id, "resource_control_policy"));
        let (_, id, kind) = service.chain(resource).find(|(known, ..)| known.as_ref() == name)?;
        if Arn::parse(name).is_some() {
            return Some(name.to_owned());
        }
        Some(self.arn(&format!("policy/{}/{kind}/{id}", self.id)))
    }

    /// The ARN of the SCP of AWS that allows everything.
    pub fn full_access_arn(&self) -> String {
        let partition = self.partition.as_deref().unwrap_or("aws");
        format!("arn:{partition}:organizations::aws:policy/service_control_policy/p-FullAWSAccess")
    }

    /// The policy is one of AWS, which nobody changes.
    pub fn is_of_aws(&self, name: &str) -> bool {
        name == "p-FullAWSAccess" || Arn::parse(name).is_some_and(|arn| arn.account == "aws")
    }

    fn arn(&self, resource: &str) -> String {
        let partition = self.partition.as_deref().unwrap_or("aws");
        format!("arn:{partition}:organizations::{}:{resource}", self.management_account)
    }
}
