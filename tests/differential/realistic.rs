//! Which random requests could be made to AWS: written from docs/semantics.md A4 and A5 alone, so that what the encoder
//! takes for impossible is checked by something else.

use ringfence_model::arn::Arn;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::{ContextKey, ContextValue};
use ringfence_model::principal::Principal;

use crate::engines::Scenario;

/// True if the request surely could be made. False leaves it open.
pub(crate) fn is_realistic(scenario: &Scenario, catalogue: &Catalogue) -> bool {
    Keys { scenario, catalogue }.all_hold()
}

struct Keys<'a> {
    scenario: &'a Scenario,
    catalogue: &'a Catalogue,
}

impl Keys<'_> {
    fn values(&self, name: &str) -> Option<&[String]> {
        self.scenario.request.context.get(&ContextKey::new(name)).map(ContextValue::values)
    }

    fn one(&self, name: &str) -> Option<&str> {
        match self.values(name) {
            Some([value]) => Some(value),
            _ => None,
        }
    }

    fn present(&self, name: &str) -> bool {
        self.values(name).is_some()
    }

    fn all_hold(&self) -> bool {
        self.values_are_of_their_type()
            && self.network_holds()
            && self.tags_hold()
            && self.session_holds()
            && self.clock_holds()
            && self.region_holds()
    }

    fn values_are_of_their_type(&self) -> bool {
        let lists_have_values = self.scenario.mentioned_keys().iter().all(|key| {
            let multivalued = self.catalogue.key(key).is_none_or(|info| info.multivalued);
            match self.scenario.request.context.get(key) {
                None | Some(ContextValue::Single(_)) => true,
                // More values than slots are no loss for a verdict (C11), but cannot be demanded.
                Some(ContextValue::List(values)) => multivalued && values.len() == 1,
            }
        });
        let good = |name: &str, bad: &str| self.one(name) != Some(bad);
        lists_have_values
            && good("s3:max-keys", "many")
            && good("iam:PermissionsBoundary", "p")
            && good("aws:SourceIp", "hidden")
            && good("aws:VpcSourceIp", "hidden")
    }

    /// I1, I2, I10.
    fn network_holds(&self) -> bool {
        let endpoint = self.present("aws:SourceVpce");
        let same = ["aws:SourceVpc", "aws:VpcSourceIp"].iter().all(|name| self.present(name) == endpoint);
        match self.one("aws:ViaAWSService") {
            Some("false") => {
                same && self.present("aws:SourceIp") != endpoint && !self.present("aws:CalledVia")
            }
            Some("true") => {
                let chain = self.values("aws:CalledVia").unwrap_or_default();
                !endpoint
                    && same
                    && chain.first().map(String::as_str) == self.one("aws:CalledViaFirst")
                    && chain.last().map(String::as_str) == self.one("aws:CalledViaLast")
            }
            _ => false,
        }
    }

    /// I5: the keys of the tags that are passed are listed.
    fn tags_hold(&self) -> bool {
        let listed = self.values("aws:TagKeys").unwrap_or_default();
        let passed = self.present("aws:RequestTag/team");
        listed.iter().all(|key| key == "team" || key == "owner")
            && passed == listed.iter().any(|key| key == "team")
    }

    /// A2, I4.
    fn session_holds(&self) -> bool {
        let mfa = self.one("aws:MultiFactorAuthPresent");
        let aged = self.present("aws:MultiFactorAuthAge");
        let token = self.present("aws:TokenIssueTime");
        match self.scenario.request.principal {
            Principal::Root { .. } => !token && mfa.is_none() && !aged,
            Principal::User { .. } => token == mfa.is_some() && (!aged || mfa == Some("true")),
            Principal::RoleSession { .. } | Principal::FederatedUser { .. } => {
                token && mfa.is_none() && !aged
            }
            _ => false,
        }
    }

    fn clock_holds(&self) -> bool {
        self.present("aws:CurrentTime")
            && self.present("aws:EpochTime")
            && matches!(self.one("aws:SecureTransport"), Some("true" | "false"))
    }

    /// The Region of the resource's ARN, or for global services one of their home Regions (F40). A target of a type
    /// means resources of the caller's account, not those of AWS's own.
    fn region_holds(&self) -> bool {
        let Some(region) = self.one("aws:RequestedRegion") else { return false };
        let request = &self.scenario.request;
        let front = |arn: Arn<'_>| format!("{}{}{}", arn.partition, arn.service, arn.region);
        let odd = |arn: Arn<'_>| arn.account == "aws" || front(arn).contains(|c: char| c.is_uppercase());
        if Arn::parse(&request.resource).is_some_and(odd) {
            return false;
        }
        if request.action.to_ascii_lowercase().starts_with("iam:") {
            return matches!(region, "us-east-1" | "us-west-2");
        }
        Arn::parse(&request.resource).is_none_or(|arn| arn.region.is_empty() || arn.region == region)
    }
}
