//! What resources of a type have to do with who may do what.
//!
//! Sources: the pages of the types in the documentation of the provider hashicorp/aws, and the attributes of all 1,583 of them in version 6.25.

use ringfence_model::world::OptionalInput;
use serde_json::Value;

/// What a change to a resource does to a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It is read.
    Read,
    /// Nothing that a world has.
    Nothing,
    /// What these files say is no more what is there afterwards.
    Outdates(&'static [OptionalInput]),
    /// It runs code at apply, which may do whatever it is allowed to.
    Runs,
    /// It may make principals or change their policies, in a way that a plan does not show.
    Anything,
}

/// Types that are read.
const READ: [&str; 24] = [
    "aws_iam_group",
    "aws_iam_group_membership",
    "aws_iam_group_policies_exclusive",
    "aws_iam_group_policy",
    "aws_iam_group_policy_attachment",
    "aws_iam_group_policy_attachments_exclusive",
    "aws_iam_instance_profile",
    "aws_iam_policy",
    "aws_iam_policy_attachment",
    "aws_iam_role",
    "aws_iam_role_policies_exclusive",
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_iam_role_policy_attachments_exclusive",
    "aws_iam_user",
    "aws_iam_user_group_membership",
    "aws_iam_user_policies_exclusive",
    "aws_iam_user_policy",
    "aws_iam_user_policy_attachment",
    "aws_iam_user_policy_attachments_exclusive",
    "aws_organizations_account",
    "aws_organizations_organizational_unit",
    "aws_organizations_policy",
    "aws_organizations_policy_attachment",
];

/// Types whose name or attributes look as if they mattered, and that a world has nothing of: names, passwords, tokens; whom outside of AWS a
/// provider lets in, of which worlds say nothing; and policies of networks, which reports list as not covered.
const NOTHING: [&str; 22] = [
    "aws_iam_account_alias",
    "aws_iam_account_password_policy",
    "aws_iam_openid_connect_provider",
    "aws_iam_saml_provider",
    "aws_iam_security_token_service_preferences",
    "aws_iam_server_certificate",
    "aws_iam_service_linked_role",
    "aws_iam_virtual_mfa_device",
    "aws_identitystore_group",
    "aws_identitystore_group_membership",
    "aws_identitystore_user",
    "aws_kms_grant",
    "aws_s3_account_public_access_block",
    "aws_s3_bucket_acl",
    "aws_s3_bucket_public_access_block",
    "aws_secretsmanager_secret_version",
    "aws_sqs_queue_redrive_allow_policy",
    "aws_sqs_queue_redrive_policy",
    "aws_vpc_endpoint",
    "aws_vpc_endpoint_policy",
    "aws_autoscaling_policy",
    "aws_route53_record",
];

/// Types that begin so may make or change principals, policies or accounts.
const ANYTHING: [&str; 11] = [
    "aws_budgets_budget_action",
    "aws_cloudcontrolapi_",
    "aws_cloudformation_stack",
    "aws_controltower_",
    "aws_iam_",
    "aws_organizations_",
    "aws_serverlessapplicationrepository_",
    "aws_servicecatalog_provisioned_product",
    "aws_ssoadmin_",
    "awscc_",
    "awsutils_",
];

const CREDENTIALS: [&str; 5] = [
    "aws_iam_access_key",
    "aws_iam_service_specific_credential",
    "aws_iam_signing_certificate",
    "aws_iam_user_login_profile",
    "aws_iam_user_ssh_key",
];

/// Types that begin so are among what an inventory lists.
const INVENTORY: [&str; 6] = [
    "aws_bedrock",
    "aws_instance",
    "aws_lambda_function",
    "aws_sagemaker_",
    "aws_spot_",
    "aws_launch_template",
];

/// Types that begin so give others rights on resources, other than by an attribute that shows it.
const GRANTS: [&str; 4] = ["aws_kms_", "aws_ram_", "aws_s3control_", "aws_lakeformation_"];

/// What a change to the resource does: of types that are not listed, by what attributes there are.
pub(super) fn effect(kind: &str, before: &Value, after: &Value) -> Effect {
    let begins = |all: &[&str]| all.iter().any(|start| kind.starts_with(start));
    if READ.contains(&kind) || super::apply::has_policy_of_resource(kind) {
        return Effect::Read;
    }
    if NOTHING.contains(&kind) || !kind.starts_with("aws") {
        return Effect::Nothing;
    }
    if kind == "aws_lambda_invocation" {
        return Effect::Runs;
    }
    if CREDENTIALS.contains(&kind) {
        return Effect::Outdates(&[OptionalInput::Credentials]);
    }
    if kind == "aws_bedrock_inference_profile" {
        return Effect::Outdates(&[OptionalInput::InferenceProfiles, OptionalInput::Resources]);
    }
    // Tags of something that an inventory may list.
    if kind.ends_with("_tag") || kind.ends_with("_tags") {
        return Effect::Outdates(&[OptionalInput::Resources]);
    }
    if begins(&ANYTHING) {
        return Effect::Anything;
    }
    let found = |is: fn(&str) -> bool| names(before, is) || names(after, is);
    let grants =
        begins(&GRANTS) || kind.ends_with("_policy") || kind.contains("permission") || found(is_grant);
    match (grants, begins(&INVENTORY) || found(is_role)) {
        (true, true) => Effect::Outdates(&[OptionalInput::ResourcePolicies, OptionalInput::Resources]),
        (true, false) => Effect::Outdates(&[OptionalInput::ResourcePolicies]),
        (false, true) => Effect::Outdates(&[OptionalInput::Resources]),
        (false, false) => Effect::Nothing,
    }
}

/// An attribute of this name may hold a policy, or say who may use the resource.
fn is_grant(name: &str) -> bool {
    name == "policy"
        || name == "grant"
        || [
            "access_policy",
            "access_policies",
            "policy_document",
            "policy_body",
            "resource_policy",
            "principal",
            "principals",
            "permissions",
        ]
        .iter()
        .any(|end| name.ends_with(end))
}

/// An attribute of this name may say which role something has.
fn is_role(name: &str) -> bool {
    name.split('_').any(|word| matches!(word, "role" | "roles" | "iam"))
}

/// Some attribute that has a value, at any depth, has a name of which `is` holds.
fn names(attributes: &Value, is: fn(&str) -> bool) -> bool {
    match attributes {
        Value::Object(members) => {
            members.iter().any(|(name, value)| is(name) && has_value(value) || names(value, is))
        }
        Value::Array(elements) => elements.iter().any(|element| names(element, is)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn has_value(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => !elements.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use ringfence_model::world::OptionalInput;
    use serde_json::json;

    use super::{Effect, effect};

    #[test]
    fn types_that_are_not_listed_are_told_by_their_attributes() {
        let of = |kind: &str, after: serde_json::Value| effect(kind, &json!(null), &after);
        let policies = Effect::Outdates(&[OptionalInput::ResourcePolicies]);
        let resources = Effect::Outdates(&[OptionalInput::Resources]);
        assert_eq!(of("aws_vpc", json!({ "cidr_block": "10.0.0.0/16" })), Effect::Nothing);
        assert_eq!(of("aws_ecr_repository_policy", json!({ "policy": "{}" })), policies);
        assert_eq!(of("aws_glacier_vault", json!({ "access_policy": "{}" })), policies);
        assert_eq!(of("aws_glacier_vault", json!({ "access_policy": null })), Effect::Nothing);
        assert_eq!(of("aws_sfn_state_machine", json!({ "role_arn": "arn" })), resources);
        assert_eq!(of("aws_ecs_service", json!({ "a": [{ "role_arn": "arn" }] })), resources);
        assert_eq!(of("aws_ssoadmin_permission_set", json!({})), Effect::Anything);
        assert_eq!(of("awscc_iam_role", json!({})), Effect::Anything);
        assert_eq!(
            of("aws_serverlessapplicationrepository_cloudformation_stack", json!({})),
            Effect::Anything
        );
        assert_eq!(of("aws_lambda_invocation", json!({ "input": "{}" })), Effect::Runs);
        assert_eq!(of("random_id", json!({ "policy": "x" })), Effect::Nothing);
        assert_eq!(of("aws_iam_access_key", json!({})), Effect::Outdates(&[OptionalInput::Credentials]));
        assert_eq!(of("aws_iam_role", json!({})), Effect::Read);
        assert_eq!(of("aws_iam_something_new", json!({})), Effect::Anything);
    }
}
