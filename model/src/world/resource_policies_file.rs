//! resource-policies.json: the policies of one account's resources, by ARN.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::OptionalInput;
use super::export::Export;
use super::optional_files::{Owner, form};
use super::recognize::recognize;
use super::resource_policy::{governed_arn, key_problem, policy_name};
use crate::arn::Arn;
use crate::json::{Json, Member};
use crate::location::Location;
use crate::policy::{NamedPolicy, PolicyType};
use crate::resource_policy_types::is_known_carrier;
use crate::service_rules::BEDROCK_RESOURCE_POLICY_TYPES;

/// The policies in `json`, the file of `owner`, by the ARN of the resource; none where the file is not of this
/// form. A policy that could not be read is left out, and its errors are in `export`. `ownerless` are the keys of all files so far that name no account, with their places: such a
/// resource belongs to one account all the same.
pub(super) fn read_resource_policies<'a>(
    json: &'a Json,
    owner: Owner<'_>,
    ownerless: &mut BTreeMap<Arc<str>, Location>,
    export: &mut Export<'a>,
) -> Option<BTreeMap<Arc<str>, NamedPolicy>> {
    let found = recognize(json);
    let members = json.as_object().unwrap_or_default();
    let no_arns = members.iter().all(|member| Arn::parse(&member.key).is_none());
    if json.as_object().is_none() || (no_arns && found.is_known()) {
        export.error(
            json,
            &format!("this is not an object of resource policies by ARN{}", found.in_words()),
            form(OptionalInput::ResourcePolicies),
        );
        return None;
    }
    let mut policies = BTreeMap::new();
    for member in members {
        let problem = key_problem(&member.key, owner.id, owner.partition())
            .or_else(|| claimed_already(member, ownerless, export.file));
        if let Some((message, help)) = &problem {
            export.error_at_key(member, message, help);
        } else {
            warn_of_unknown_carrier(member, export);
        }
        let name = policy_name(&member.key);
        // The document of a refused key is read too, so that its errors are among those of the run.
        let document = export.policy(&member.value, PolicyType::Resource, &name);
        if let (None, Some(document)) = (problem, document) {
            let governed = governed_arn(&member.key, owner.id);
            if policies.contains_key(&governed) {
                export.error_at_key(
                    member,
                    &format!("`{governed}` has a policy already"),
                    "the policy of an API stands once, under the ARN of the API or under that of API Gateway",
                );
                continue;
            }
            policies.insert(governed, NamedPolicy { name, document });
        }
    }
    Some(policies)
}

/// Warns of the policy of a resource that is not known to carry one: AWS may ask no such policy, and for some services
/// the engines do not either.
fn warn_of_unknown_carrier(member: &Member, export: &mut Export<'_>) {
    let key = &member.key;
    let Some(arn) = Arn::parse(key).filter(|arn| !is_known_carrier(arn)) else { return };
    let left_out = match arn.service {
        "bedrock" => !BEDROCK_RESOURCE_POLICY_TYPES.iter().any(|kind| arn.resource.starts_with(kind)),
        "kms" => !arn.resource.starts_with("key/"),
        _ => false,
    };
    if left_out {
        let known = if arn.service == "kms" {
            "keys alone"
        } else {
            "custom models, guardrails, guardrail profiles and knowledge bases"
        };
        export.warning_at_key(
            member,
            &format!(
                "the policy of `{key}` is not looked at: resources of this type are not known to carry one"
            ),
            &format!("in this service {known} do, as of November 2026; check the ARN, or remove the policy"),
        );
    } else {
        export.warning_at_key(
            member,
            &format!("resources of the type of `{key}` are not known to carry a policy; this one is asked all the same"),
            "check the ARN, and remove the policy if AWS has none there: proofs rest on its Deny statements too",
        );
    }
}

/// The problem of a resource that another account's file has too.
fn claimed_already(
    member: &Member,
    ownerless: &mut BTreeMap<Arc<str>, Location>,
    file: &Arc<str>,
) -> Option<(String, &'static str)> {
    if Arn::parse(&member.key).is_none_or(|arn| !arn.account.is_empty()) {
        return None;
    }
    if let Some(place) = ownerless.get(member.key.as_str()) {
        return Some((
            format!("`{}` has a policy in another account's file too, at {place}", member.key),
            "it belongs to one account; remove it from the other's file",
        ));
    }
    let place = Location::new(file, member.line, member.column);
    ownerless.insert(Arc::from(member.key.as_str()), place);
    None
}
