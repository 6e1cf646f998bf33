//! Actions and resources with rules of their own (semantics:B5).

use crate::arn::{AccountId, Arn};
use crate::principal::Principal;
use crate::service_rules::{
    ALIAS_CHANGES, ASSUME_ROLE_ACTIONS, BEDROCK_RESOURCE_POLICY_TYPES, BUCKET_POLICY_ACTIONS,
    SERVICE_ROLE_CALLS, SESSION_ACTIONS, stays_in_account,
};

/// The action asked for, and the resource.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    service: &'a str,
    name: &'a str,
    resource: &'a str,
    arn: Option<Arn<'a>>,
}

/// The part of the resource's own policy in a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResourcePolicyRule {
    /// The resource has none that bears on the action.
    None,
    /// It may allow beside the caller's own policies (semantics:B3).
    MayAllow,
    /// The same, but only callers of the resource's organisation, and whether there are such policies is open (F32).
    OneOrganization,
    /// It must allow, whatever the caller's own policies say (semantics:B5).
    MustAllow {
        /// What it is called.
        what: &'static str,
    },
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
        if !self.has_resource() || self.is_owned_by_aws() {
            return None;
        }
        stated.or_else(|| self.arn.and_then(|arn| AccountId::parse(arn.account)))
    }

    /// Whether the resource's own policy has a part in the decision.
    pub(super) fn resource_policy(&self) -> ResourcePolicyRule {
        if self.is_role_assumption() {
            return ResourcePolicyRule::MustAllow { what: "the role's trust policy" };
        }
        if self.service.eq_ignore_ascii_case("kms") && self.resource_starts("kms", "key/") {
            return ResourcePolicyRule::MustAllow { what: "the key's policy" };
        }
        // IAM's own actions, AssumeRoot included, and changes to aliases ask no policy of the resource.
        let alone = ["iam", "sts", "kms"].iter().any(|service| self.service.eq_ignore_ascii_case(service));
        if alone || !self.has_resource() || self.is_owned_by_aws() {
            return ResourcePolicyRule::None;
        }
        if !self.service.eq_ignore_ascii_case("bedrock") {
            return ResourcePolicyRule::MayAllow;
        }
        let has = BEDROCK_RESOURCE_POLICY_TYPES.iter().any(|kind| self.resource_starts("bedrock", kind));
        if has { ResourcePolicyRule::OneOrganization } else { ResourcePolicyRule::None }
    }

    /// True for calls that make a session of a role, and for the checks that they make besides.
    pub(super) fn is_role_assumption(&self) -> bool {
        self.is("sts", &ASSUME_ROLE_ACTIONS)
            || (self.is("sts", &SESSION_ACTIONS) && self.resource_starts("iam", "role/"))
    }

    /// True for calls that users of identity providers make, unsigned.
    pub(super) fn is_assumption_by_provider(&self) -> bool {
        self.is("sts", &["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"])
    }

    /// The session belongs to the very role that it asks for.
    pub(super) fn is_own_role(&self, principal: &Principal) -> bool {
        let Principal::RoleSession { partition, account, role, .. } = principal else { return false };
        self.is("sts", &["AssumeRole"])
            && self.resource_starts("iam", "role/")
            && self.arn.is_some_and(|arn| {
                arn.partition == partition
                    && AccountId::parse(arn.account) == Some(*account)
                    && arn.resource.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(role))
            })
    }

    /// True for a bucket's policy as the object of an action of its owner's root user (semantics:B5).
    pub(super) fn is_bucket_policy(&self) -> bool {
        self.is("s3", &BUCKET_POLICY_ACTIONS)
    }

    /// True for the aliases of keys that AWS manages.
    pub(super) fn is_managed_key(&self) -> bool {
        self.resource_starts("kms", "alias/aws/")
    }

    /// True for making sessions of a role that a service owns.
    pub(super) fn is_trust_of_service_linked_role(&self) -> bool {
        self.is_role_assumption() && self.resource_starts("iam", "role/aws-service-role/")
    }

    /// The service prefix of the action.
    pub(super) fn service(&self) -> &'a str {
        self.service
    }

    /// The action has a resource.
    pub(super) fn has_resource(&self) -> bool {
        self.resource != "*"
    }

    /// What AWS owns and shares with nobody by a policy (semantics:A1).
    fn is_owned_by_aws(&self) -> bool {
        self.arn.is_some_and(|arn| arn.account == "aws")
            || (self.resource_starts("bedrock", "foundation-model/")
                && self.arn.is_some_and(|arn| arn.account.is_empty()))
    }

    /// Nothing says who owns the resource (F47).
    pub(super) fn is_ownerless(&self, stated: Option<AccountId>) -> bool {
        self.has_resource() && !self.is_owned_by_aws() && self.owner(stated).is_none()
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
            "DeleteRole",
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
            || (self.is("iam", &SERVICE_ROLE_CALLS) && self.resource_starts("iam", "role/aws-reserved/"))
            || (self.is("kms", &ALIAS_CHANGES) && self.resource_starts("kms", "alias/aws/"))
    }

    /// True for what AWS admits on some of the roles that its services own, and not on others (F51).
    pub(super) fn is_open_on_service_linked_role(&self) -> bool {
        self.is("iam", &SERVICE_ROLE_CALLS) && self.resource_starts("iam", "role/aws-service-role/")
    }

    /// True for calls that AWS admits to nobody from another account than the resource's.
    pub(super) fn stays_in_account(&self) -> bool {
        stays_in_account(&self.service.to_ascii_lowercase(), &self.name.to_ascii_lowercase())
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
