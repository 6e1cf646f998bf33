"""What schemas.json cannot say about the real provider, kept by hand.

For each resource type:

  framework       built on terraform-plugin-framework (otherwise on SDKv2, whose
                  plans terraform accepts under looser rules)
  defaults        value planned when the configuration leaves the attribute out
  replace         attributes whose change replaces the resource
  computed_blocks blocks that are optional *and* computed: unknown as a whole
                  on create when left out, kept as they are on update
  json            policy documents the provider normalises before planning
                  (sorted keys, no white space; a document equal to the prior
                  one in meaning is no change)
  json_same       documents compared by meaning but planned as written
  stable          (framework only) computed attributes that stay on update
  emptied         attributes that AWS gives back as "" when left out
  sensitive, write_only   as named

The facts are those of hashicorp/aws 6.x as far as its documentation, its
published plans and its sources are remembered; where the real provider does
something at plan time that needs AWS, nothing is done here.
"""

NAMES = ["name", "name_prefix"]

RESOURCES = {
    "aws_iam_policy": {
        "defaults": {"path": "/"},
        "replace": [*NAMES, "path", "description"],
        "json": ["policy"],
        "emptied": ["description"],
        "prefixed": True,
    },
    "aws_iam_role": {
        "defaults": {
            "path": "/",
            "max_session_duration": 3600,
            "force_detach_policies": False,
        },
        "replace": [*NAMES, "path"],
        "computed_blocks": ["inline_policy"],
        "json": ["assume_role_policy"],
        "emptied": ["description", "permissions_boundary"],
        "prefixed": True,
    },
    # Neither a user nor a group is replaced when renamed or moved to another
    # path: IAM's UpdateUser and UpdateGroup do it in place.
    "aws_iam_user": {
        "defaults": {"path": "/", "force_destroy": False},
        "emptied": ["permissions_boundary"],
    },
    "aws_iam_group": {"defaults": {"path": "/"}},
    "aws_iam_role_policy": {
        "replace": [*NAMES, "role"],
        "json": ["policy"],
        "prefixed": True,
    },
    "aws_iam_user_policy": {
        "replace": [*NAMES, "user"],
        "json": ["policy"],
        "prefixed": True,
    },
    "aws_iam_group_policy": {
        "replace": [*NAMES, "group"],
        "json": ["policy"],
        "prefixed": True,
    },
    "aws_iam_role_policy_attachment": {"replace": ["role", "policy_arn"]},
    "aws_iam_user_policy_attachment": {"replace": ["user", "policy_arn"]},
    "aws_iam_group_policy_attachment": {"replace": ["group", "policy_arn"]},
    "aws_iam_policy_attachment": {"replace": ["name", "policy_arn"]},
    "aws_iam_user_group_membership": {"replace": ["user"]},
    "aws_iam_group_membership": {"replace": ["name", "group"]},
    "aws_iam_role_policies_exclusive": {"framework": True, "replace": ["role_name"]},
    "aws_iam_role_policy_attachments_exclusive": {
        "framework": True,
        "replace": ["role_name"],
    },
    "aws_iam_instance_profile": {
        "defaults": {"path": "/"},
        "replace": [*NAMES, "path"],
        "prefixed": True,
    },
    "aws_iam_service_linked_role": {
        "replace": ["aws_service_name", "custom_suffix"],
        "emptied": ["description"],
    },
    "aws_organizations_organization": {"defaults": {"feature_set": "ALL"}},
    "aws_organizations_organizational_unit": {"replace": ["parent_id"]},
    "aws_organizations_account": {
        "defaults": {"close_on_deletion": False, "create_govcloud": False},
        "replace": ["email", "name", "role_name", "create_govcloud"],
    },
    "aws_organizations_policy": {
        "defaults": {"type": "SERVICE_CONTROL_POLICY"},
        "replace": ["type"],
        "json_same": ["content"],
        "emptied": ["description"],
    },
    "aws_organizations_policy_attachment": {"replace": ["policy_id", "target_id"]},
    "aws_s3_bucket": {
        "defaults": {"force_destroy": False},
        "replace": ["bucket", "bucket_prefix", "object_lock_enabled"],
        "computed_blocks": [
            "cors_rule",
            "grant",
            "lifecycle_rule",
            "logging",
            "object_lock_configuration",
            "replication_configuration",
            "server_side_encryption_configuration",
            "versioning",
            "website",
        ],
        "json": ["policy"],
    },
    "aws_s3_bucket_policy": {"replace": ["bucket"], "json": ["policy"]},
    "aws_sqs_queue": {
        "defaults": {
            "content_based_deduplication": False,
            "delay_seconds": 0,
            "fifo_queue": False,
            "max_message_size": 262144,
            "message_retention_seconds": 345600,
            "receive_wait_time_seconds": 0,
            "visibility_timeout_seconds": 30,
        },
        "replace": [*NAMES, "fifo_queue"],
        "json": ["policy", "redrive_policy", "redrive_allow_policy"],
        "prefixed": True,
    },
    "aws_sqs_queue_policy": {"replace": ["queue_url"], "json": ["policy"]},
    "aws_sns_topic": {
        "defaults": {"content_based_deduplication": False, "fifo_topic": False},
        "replace": [*NAMES, "fifo_topic"],
        "json": ["policy", "delivery_policy", "archive_policy"],
        "prefixed": True,
    },
    "aws_sns_topic_policy": {"replace": ["arn"], "json": ["policy"]},
    "aws_kms_key": {
        "defaults": {
            "bypass_policy_lockout_safety_check": False,
            "customer_master_key_spec": "SYMMETRIC_DEFAULT",
            "enable_key_rotation": False,
            "is_enabled": True,
            "key_usage": "ENCRYPT_DECRYPT",
        },
        "replace": [
            "customer_master_key_spec",
            "custom_key_store_id",
            "key_usage",
            "multi_region",
            "xks_key_id",
        ],
        "json": ["policy"],
    },
    "aws_kms_key_policy": {
        "defaults": {"bypass_policy_lockout_safety_check": False},
        "replace": ["key_id"],
        "json": ["policy"],
    },
    "aws_secretsmanager_secret": {
        "defaults": {
            "force_overwrite_replica_secret": False,
            "recovery_window_in_days": 30,
        },
        "replace": NAMES,
        "computed_blocks": ["replica"],
        "json": ["policy"],
        "emptied": ["description", "kms_key_id"],
        "prefixed": True,
    },
    "aws_secretsmanager_secret_policy": {"replace": ["secret_arn"], "json": ["policy"]},
    "aws_secretsmanager_secret_version": {
        "replace": ["secret_id"],
        "sensitive": ["secret_string", "secret_binary", "secret_string_wo"],
        "write_only": ["secret_string_wo"],
    },
    "aws_lambda_function": {
        "defaults": {
            "memory_size": 128,
            "package_type": "Zip",
            "publish": False,
            "reserved_concurrent_executions": -1,
            "skip_destroy": False,
            "timeout": 3,
        },
        "replace": ["function_name", "package_type"],
        "computed_blocks": ["ephemeral_storage", "logging_config", "tracing_config"],
    },
    "aws_lambda_permission": {
        "replace": [
            "action",
            "event_source_token",
            "function_name",
            "function_url_auth_type",
            "principal",
            "principal_org_id",
            "qualifier",
            "source_account",
            "source_arn",
            "statement_id",
            "statement_id_prefix",
        ],
    },
    "aws_bedrockagent_agent": {
        "framework": True,
        "defaults": {
            "agent_collaboration": "DISABLED",
            "prepare_agent": True,
            "skip_resource_in_use_check": False,
        },
        "stable": ["agent_arn", "agent_id", "id"],
        "sensitive": [],
    },
    "aws_bedrock_inference_profile": {
        "framework": True,
        "replace": ["name", "description", "model_source"],
        "stable": ["arn", "id", "created_at", "type"],
    },
    "aws_bedrock_provisioned_model_throughput": {
        "framework": True,
        "replace": [
            "commitment_duration",
            "model_arn",
            "model_units",
            "provisioned_model_name",
        ],
        "stable": ["id", "provisioned_model_arn"],
    },
    "aws_iam_access_key": {
        "defaults": {"status": "Active"},
        "replace": ["user", "pgp_key"],
        "sensitive": ["secret", "ses_smtp_password_v4"],
    },
    "aws_sfn_state_machine": {
        "defaults": {"publish": False, "type": "STANDARD"},
        "replace": [*NAMES, "type"],
        "computed_blocks": [
            "encryption_configuration",
            "logging_configuration",
            "tracing_configuration",
        ],
        "prefixed": True,
    },
    "aws_ssoadmin_permission_set": {
        "defaults": {"session_duration": "PT1H"},
        "replace": ["instance_arn", "name"],
    },
    "aws_cloudformation_stack": {
        "replace": ["disable_rollback", "name", "on_failure", "timeout_in_minutes"],
        "json": ["template_body", "policy_body"],
    },
}

PROVIDER_SENSITIVE = ["access_key", "secret_key", "token"]
