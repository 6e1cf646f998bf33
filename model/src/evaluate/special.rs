//! Actions and resources with rules of their own (semantics:B5).

use crate::arn::{AccountId, Arn};

/// The action asked for, and the resource.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    service: &'a str,
    name: &'a str,
    resource: &'a str,
    arn: Option<Arn<'a>>,
}

impl<'a> Target<'a> {
    pub(super) fn new(action: &'a str, resource: &'a str) -> Self {
        let (service, name) = action.split_once(':').unwrap_or((action, ""));
        Self { service, name, resource, arn: Arn::parse(resource) }
    }

    /// True for `service:Name` with one of `names`.
    pub(super) fn is(&self, service: &str, names: &[&str]) -> bool {
        self.service.eq_ignore_ascii_case(service)
            && names.iter().any(|name| self.name.eq_ignore_ascii_case(name))
    }

    /// True if the resource is an ARN of `service` whose last part starts with `prefix`.
    fn resource_starts(&self, service: &str, prefix: &str) -> bool {
        self.arn.is_some_and(|arn| arn.service == service && arn.resource.starts_with(prefix))
    }

    /// The account that owns the resource: as the request says, else as its ARN says, else the caller's. None stands
    /// for the caller's own account, also for what AWS owns and shares with nobody by a policy (semantics:A1).
    pub(super) fn owner(&self, stated: Option<AccountId>) -> Option<AccountId> {
        let aws_owned = self.resource == "*"
            || self.arn.is_some_and(|arn| arn.account == "aws")
            || (self.resource_starts("bedrock", "foundation-model/")
                && self.arn.is_some_and(|arn| arn.account.is_empty()));
        if aws_owned {
            return None;
        }
        stated.or_else(|| self.arn.and_then(|arn| AccountId::parse(arn.account)))
    }

    /// True for actions that need a policy of the resource, in the same account too: on a role its trust policy, on
    /// a key its key policy.
    pub(super) fn needs_resource_policy(&self) -> Option<&'static str> {
        let assume = ["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"];
        let with_it = ["TagSession", "SetSourceIdentity", "SetContext"];
        if self.is("sts", &assume) || (self.is("sts", &with_it) && self.resource_starts("iam", "role/")) {
            return Some("the role's trust policy");
        }
        let key = self.service.eq_ignore_ascii_case("kms") && self.resource_starts("kms", "key/");
        key.then_some("the key's policy")
    }

    /// True if the resource is AWS's own and no customer may do this to it.
    pub(super) fn is_refused(&self) -> bool {
        let role_change = [
            "CreateRole",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "PutRolePolicy",
            "DeleteRolePolicy",
            "PutRolePermissionsBoundary",
            "DeleteRolePermissionsBoundary",
            "UpdateAssumeRolePolicy",
            "UpdateRole",
            "UpdateRoleDescription",
            "TagRole",
            "UntagRole",
            "DeleteRole",
            "PassRole",
        ];
        let policy_change = [
            "CreatePolicy",
            "CreatePolicyVersion",
            "DeletePolicy",
            "DeletePolicyVersion",
            "SetDefaultPolicyVersion",
            "TagPolicy",
            "UntagPolicy",
        ];
        let managed_policy =
            self.resource_starts("iam", "policy/") && self.arn.is_some_and(|arn| arn.account == "aws");
        let reserved_role = self.resource_starts("iam", "role/aws-reserved/")
            || self.resource_starts("iam", "role/aws-service-role/");
        (self.is("iam", &policy_change) && managed_policy)
            || (self.is("iam", &role_change) && reserved_role)
            || (self.is("kms", &["CreateAlias", "UpdateAlias", "DeleteAlias"])
                && self.resource_starts("kms", "alias/aws/"))
    }

    /// True for actions behind which a model may run with the caller's own rights (F29).
    pub(super) fn may_invoke_for_caller(&self) -> bool {
        self.is(
            "bedrock",
            &["InvokeAgent", "InvokeInlineAgent", "RetrieveAndGenerate", "InvokeFlow", "StartFlowExecution"],
        )
    }

    /// A foundation model that no policy names, in the partition and Region of this resource.
    pub(super) fn some_model(&self, requested_region: Option<&str>) -> String {
        let partition = self.arn.map_or("aws", |arn| arn.partition);
        let region = self
            .arn
            .map(|arn| arn.region)
            .filter(|region| !region.is_empty())
            .or(requested_region)
            .unwrap_or("us-east-1");
        format!("arn:{partition}:bedrock:{region}::foundation-model/example.model-of-no-policy-v1:0")
    }
}
