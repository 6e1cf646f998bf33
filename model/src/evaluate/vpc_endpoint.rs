//! How the policy of a VPC endpoint reads account principals (semantics:B5).

use super::principal::AccountReading;
use super::special::Target;
use crate::policy_set::Settings;
use crate::service_rules::GATEWAY_ENDPOINT_SERVICES;

/// A gateway endpoint takes an account's id or root ARN for the root user alone; an interface endpoint for everybody
/// of the account. Where the type is not known, it follows from the service.
pub(super) fn account_reading(settings: Settings, target: &Target<'_>) -> AccountReading {
    let interface = settings.interface_endpoint.unwrap_or_else(|| {
        !GATEWAY_ENDPOINT_SERVICES.iter().any(|service| service.eq_ignore_ascii_case(target.service()))
    });
    if interface { AccountReading::WholeAccount } else { AccountReading::RootUserOnly }
}
