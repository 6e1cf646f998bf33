//! Which services authorise by rules of their own, as data (semantics:B5, D8).
//!
//! Sources: the IAM User Guide on policy evaluation, the KMS Developer Guide on key policies, the PrivateLink Guide on
//! gateway endpoints, the S3 User Guide on blocking public access, and the Service Authorization Reference for resource
//! policies of Bedrock; as read in November 2026.

/// Services that are reached through gateway endpoints, where the endpoint's type is not known.
pub const GATEWAY_ENDPOINT_SERVICES: [&str; 3] = ["dynamodb", "s3", "s3express"];

/// Resource types of Bedrock to which a resource policy can be attached (F32), as the ARN's last part starts.
pub const BEDROCK_RESOURCE_POLICY_TYPES: [&str; 4] =
    ["custom-model/", "guardrail/", "guardrail-profile/", "knowledge-base/"];

/// The actions that a role's trust policy decides: calls that make a session of the role.
pub const ASSUME_ROLE_ACTIONS: [&str; 3] = ["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"];

/// The checks that those calls make besides, when they pass tags, a source identity or a context.
pub const SESSION_ACTIONS: [&str; 3] = ["TagSession", "SetSourceIdentity", "SetContext"];

/// Changes to aliases of KMS keys, which are checked on the alias (and on the key, as a check of its own).
pub const ALIAS_CHANGES: [&str; 3] = ["CreateAlias", "UpdateAlias", "DeleteAlias"];

/// Actions on its bucket's policy from which no Deny in that policy keeps the root user of the bucket's account.
pub const BUCKET_POLICY_ACTIONS: [&str; 3] = ["GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"];

/// What AWS admits on some service-linked roles (F51): their description, tags, and passing, as to Auto Scaling.
pub const SERVICE_ROLE_CALLS: [&str; 5] =
    ["UpdateRole", "UpdateRoleDescription", "TagRole", "UntagRole", "PassRole"];

/// The operations of KMS that do not work on a key of another account, in lower case (KMS Developer Guide, "KMS permissions").
const KMS_WITHIN_ACCOUNT: [&str; 22] = [
    "cancelkeydeletion",
    "createalias",
    "deletealias",
    "deleteimportedkeymaterial",
    "disablekey",
    "disablekeyrotation",
    "enablekey",
    "enablekeyrotation",
    "getkeypolicy",
    "getparametersforimport",
    "importkeymaterial",
    "listkeypolicies",
    "listkeyrotations",
    "listresourcetags",
    "putkeypolicy",
    "replicatekey",
    "rotatekeyondemand",
    "schedulekeydeletion",
    "tagresource",
    "untagresource",
    "updatealias",
    "updatekeydescription",
];

/// The operations of SQS that do not work across accounts, in lower case (SQS Developer Guide, "Limitations of Amazon SQS
/// custom policies").
const SQS_WITHIN_ACCOUNT: [&str; 12] = [
    "addpermission",
    "cancelmessagemovetask",
    "createqueue",
    "deletequeue",
    "listmessagemovetasks",
    "listqueues",
    "listqueuetags",
    "removepermission",
    "setqueueattributes",
    "startmessagemovetask",
    "tagqueue",
    "untagqueue",
];

/// True if nobody from another account than the resource's can call `service:name`, both in lower case, whatever policies
/// say: some operations of KMS and of SQS, and a bucket's own policy (S3 API
/// Reference: the caller must belong to the bucket owner's account).
pub fn stays_in_account(service: &str, name: &str) -> bool {
    match service {
        "kms" => KMS_WITHIN_ACCOUNT.contains(&name),
        "sqs" => SQS_WITHIN_ACCOUNT.contains(&name),
        "s3" => BUCKET_POLICY_ACTIONS.iter().any(|action| action.eq_ignore_ascii_case(name)),
        _ => false,
    }
}

/// Condition keys, in lower case, that make an Allow of a bucket policy not public, if a positive operator without
/// IfExists compares them with fixed values: texts without wildcards and variables. aws:SourceIp counts if every range
/// has at least 8 bits of prefix, or 32 for IPv6.
pub const NOT_PUBLIC_KEYS: [&str; 13] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];
