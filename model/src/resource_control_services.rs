//! The services whose actions resource control policies can reach (semantics:B7).
//!
//! Source: AWS Organizations User Guide, "Resource control policies (RCPs)", list of supported services, as of
//! September 2026. `ringfence data` does not print it. An RCP that names another service has no effect on it; Bedrock and
//! SageMaker are not on the list.

/// Service prefixes of actions, ascending.
pub const RESOURCE_CONTROL_SERVICES: [&str; 62] = [
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
];

/// True if resource control policies apply to actions with this service prefix, in any letter case.
pub fn supports_resource_control(service: &str) -> bool {
    RESOURCE_CONTROL_SERVICES.iter().any(|known| known.eq_ignore_ascii_case(service))
}

#[cfg(test)]
mod tests {
    use super::{RESOURCE_CONTROL_SERVICES, supports_resource_control};

    #[test]
    fn the_list_is_ascending_and_leaves_bedrock_out() {
        assert!(RESOURCE_CONTROL_SERVICES.windows(2).all(|pair| pair[0] < pair[1]));
        for service in ["s3", "STS", "kms", "secretsmanager", "sqs", "dynamodb", "logs"] {
            assert!(supports_resource_control(service), "{service}");
        }
        for service in ["bedrock", "bedrock-mantle", "sagemaker", "iam", "ec2", "lambda", "s3express", ""] {
            assert!(!supports_resource_control(service), "{service}");
        }
    }
}
