//! The types of policies of AWS Organizations, and which of them are enabled at the root.

use std::collections::BTreeSet;

use super::export::Export;
use super::recognize::ORGANIZATION_COMMAND;
use crate::catalogue::distance;
use crate::json::Json;

/// What a policy of an organisation is to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OrganizationPolicyType {
    ServiceControl,
    ResourceControl,
    /// It decides no request.
    Other,
    /// AWS may have added it since: see [`warn_of_unknown`].
    Unknown,
}

/// Those that decide no request, as of November 2026.
const OTHERS: [&str; 11] = [
    "TAG_POLICY",
    "BACKUP_POLICY",
    "AISERVICES_OPT_OUT_POLICY",
    "CHATBOT_POLICY",
    "DECLARATIVE_POLICY_EC2",
    "SECURITYHUB_POLICY",
    "INSPECTOR_POLICY",
    "UPGRADE_ROLLOUT_POLICY",
    "BEDROCK_POLICY",
    "S3_POLICY",
    "NETWORK_SECURITY_DIRECTOR_POLICY",
];

/// Those that decide requests, with what only they begin with.
const DECIDING: [(&str, &str); 2] =
    [("SERVICE_CONTROL_POLICY", "SERVICE_CONTROL"), ("RESOURCE_CONTROL_POLICY", "RESOURCE_CONTROL")];

/// The type that AWS calls `name`; none after an error, for a name that is probably a slip of a type that decides
/// requests.
pub(super) fn policy_type(
    name: &str,
    place: &Json,
    export: &mut Export<'_>,
) -> Option<OrganizationPolicyType> {
    match name {
        "SERVICE_CONTROL_POLICY" => return Some(OrganizationPolicyType::ServiceControl),
        "RESOURCE_CONTROL_POLICY" => return Some(OrganizationPolicyType::ResourceControl),
        _ if OTHERS.contains(&name) => return Some(OrganizationPolicyType::Other),
        _ => {}
    }
    let folded = name.to_ascii_uppercase().replace(['-', ' '], "_");
    let slip = DECIDING.iter().find(|(known, start)| {
        folded.starts_with(start) || (folded.len() <= 64 && distance(&folded, known) <= 4)
    });
    if let Some((known, _)) = slip {
        export.error(
            place,
            &format!("unknown policy type `{name}`"),
            &format!(
                "it is spelled `{known}`; docs/organization-export.sh writes the answers of AWS unchanged"
            ),
        );
        return None;
    }
    Some(OrganizationPolicyType::Unknown)
}

/// Warns of the type `name`, which is not known. No error, since AWS adds types.
pub(super) fn warn_of_unknown(name: &str, place: &Json, export: &mut Export<'_>) {
    export.warning(
        place,
        &format!("the policy type `{name}` is not known; policies of this type are left out"),
        "AWS may have added it; if it can deny requests, some that are shown as allowed are denied",
    );
}

/// The types that decide requests and are enabled at the root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct EnabledTypes {
    pub(super) service_control: bool,
    pub(super) resource_control: bool,
}

impl EnabledTypes {
    /// Those under `PolicyTypes` of `root`.
    pub(super) fn read<'a>(root: &'a Json, export: &mut Export<'a>) -> Self {
        let mut enabled = Self::default();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for listed in export.list(root, "PolicyTypes") {
            export.refuse_misspelled_members(listed, &["Type", "Status"]);
            let name = export.text(listed, "Type");
            let status = export.text(listed, "Status");
            if let Some(status) =
                status.filter(|status| !["ENABLED", "PENDING_ENABLE", "PENDING_DISABLE"].contains(status))
            {
                export.error(
                    listed,
                    &format!("unknown status `{status}` of a policy type"),
                    "`ENABLED`, `PENDING_ENABLE` and `PENDING_DISABLE` are known",
                );
            }
            let Some(name) = name else { continue };
            if !seen.insert(name) {
                let message = format!("the policy type `{name}` is listed twice at the root");
                export.error(listed, &message, ORGANIZATION_COMMAND);
            }
            let is_enabled = status == Some("ENABLED");
            match policy_type(name, listed, export) {
                Some(OrganizationPolicyType::ServiceControl) => enabled.service_control = is_enabled,
                Some(OrganizationPolicyType::ResourceControl) => enabled.resource_control = is_enabled,
                Some(OrganizationPolicyType::Unknown) => warn_of_unknown(name, listed, export),
                Some(OrganizationPolicyType::Other) | None => {}
            }
        }
        enabled
    }
}
