//! Condition keys that the decision procedure itself looks at or fills in.

use std::sync::LazyLock;

use crate::context::ContextKey;

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub(super) static $name: LazyLock<ContextKey> = LazyLock::new(|| ContextKey::new($text));)*
    };
}

keys! {
    PRINCIPAL_ARN = "aws:PrincipalArn";
    PRINCIPAL_ACCOUNT = "aws:PrincipalAccount";
    PRINCIPAL_TYPE = "aws:PrincipalType";
    PRINCIPAL_IS_AWS_SERVICE = "aws:PrincipalIsAWSService";
    PRINCIPAL_SERVICE_NAME = "aws:PrincipalServiceName";
    USER_NAME = "aws:username";
    USER_ID = "aws:userid";
    TOKEN_ISSUE_TIME = "aws:TokenIssueTime";
    MFA_PRESENT = "aws:MultiFactorAuthPresent";
    ASSUMED_ROOT = "aws:AssumedRoot";
    PRINCIPAL_ORG_ID = "aws:PrincipalOrgID";
    RESOURCE_ORG_ID = "aws:ResourceOrgID";
    REQUESTED_REGION = "aws:RequestedRegion";
}
