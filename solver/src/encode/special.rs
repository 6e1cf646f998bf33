//! Checks and resources with rules of their own (semantics:B5).

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::service_rules::BEDROCK_RESOURCE_POLICY_TYPES;

use super::check::Check;
use crate::query::TargetResource;
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// The part of the resource's own policy in a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PolicyRule {
    /// It has none that bears on the check; one that is given has no effect.
    Absent,
    /// It may allow beside the caller's own policies.
    MayAllow,
    /// The same, for callers of the resource's organisation; whether there are such policies is open (F32).
    OneOrganization,
    /// It must allow, whatever the caller's own policies say: KMS keys and role trust policies.
    MustAllow,
}

/// The rule for a check.
pub(super) fn policy_rule(check: &Check) -> PolicyRule {
    if takes_on_role(check) {
        return PolicyRule::MustAllow;
    }
    if check.target.action.id().is_none() {
        return rule_to_come(check);
    }
    match check.service.as_str() {
        "kms" if check.resource_type == "key" => PolicyRule::MustAllow,
        "kms" | "iam" | "sts" => PolicyRule::Absent,
        _ if matches!(check.target.resource, TargetResource::Wildcard) || is_owned_by_aws(check) => {
            PolicyRule::Absent
        }
        "bedrock" => {
            let carries = BEDROCK_RESOURCE_POLICY_TYPES
                .iter()
                .any(|kind| kind.trim_end_matches('/') == check.resource_type);
            if carries { PolicyRule::OneOrganization } else { PolicyRule::Absent }
        }
        _ => PolicyRule::MayAllow,
    }
}

/// The rule for an action to come: by the resource where it is known; else what holds it back least, since a proof
/// must not rest on what a service asks one day.
fn rule_to_come(check: &Check) -> PolicyRule {
    let service = check.service.as_str();
    if matches!(service, "iam" | "sts") || matches!(check.target.resource, TargetResource::Wildcard) {
        return PolicyRule::Absent;
    }
    let Some(named) = one_resource(check) else { return PolicyRule::MayAllow };
    let arn = Arn::parse(&named);
    if arn.is_none() || is_owned_by_aws(check) {
        return PolicyRule::Absent;
    }
    let carries = |arn: &Arn<'_>| {
        arn.service == "bedrock"
            && BEDROCK_RESOURCE_POLICY_TYPES.iter().any(|kind| arn.resource.starts_with(kind))
    };
    match service {
        "kms" => PolicyRule::MustAllow,
        "bedrock" if arn.as_ref().is_some_and(carries) => PolicyRule::OneOrganization,
        "bedrock" => PolicyRule::Absent,
        _ => PolicyRule::MayAllow,
    }
}

/// Without the resource's own policy there is no decision to make: it must allow.
pub(crate) fn needs_resource_policy(check: &Check) -> bool {
    policy_rule(check) == PolicyRule::MustAllow
}

/// A call that makes a session of a role, or a check that such a call makes besides.
pub(super) fn takes_on_role(check: &Check) -> bool {
    check.service == "sts" && check.resource_type == "role"
}

/// The object of the check is a bucket's own policy, which its owner's root user may always edit.
pub(super) fn edits_bucket_policy(check: &Check) -> bool {
    matches!(
        check.full_name().as_str(),
        "s3:getbucketpolicy" | "s3:putbucketpolicy" | "s3:deletebucketpolicy"
    )
}

/// A call that only users of identity providers make, unsigned.
pub(super) fn is_by_provider(check: &Check) -> bool {
    matches!(check.full_name().as_str(), "sts:assumerolewithsaml" | "sts:assumerolewithwebidentity")
}

/// The one resource of the check, where it is one.
pub(super) fn one_resource(check: &Check) -> Option<String> {
    match (&check.target.resource, check.target.covered.as_slice()) {
        (TargetResource::Exactly { arn, .. }, _) => Some(arn.clone()),
        (_, [covered]) => covered.single_text(),
        (_, _) => None,
    }
}

/// What AWS owns and shares with nobody by a policy (semantics:A1).
pub(super) fn is_owned_by_aws(check: &Check) -> bool {
    let named = one_resource(check);
    let of_aws = named.as_deref().and_then(Arn::parse).is_some_and(|arn| arn.account == "aws");
    of_aws || check.is_foundation_model
}

/// Nothing says who owns the one resource of the check (F47).
pub(super) fn is_ownerless(check: &Check) -> bool {
    let Some(named) = one_resource(check) else { return false };
    let account = Arn::parse(&named).and_then(|arn| AccountId::parse(arn.account));
    check.target.owner.is_none() && account.is_none() && !is_owned_by_aws(check)
}

/// ARNs of `service` whose last part starts with `path`, of `account` if it is not empty.
pub(super) fn resources_under(service: &str, account: &str, path: &str) -> Language {
    let mut builder = LanguageBuilder::new();
    let segment = CharacterSet::except(':');
    builder.text("arn:").star(segment.clone()).text(":").text(service).text(":");
    builder.star(segment.clone()).text(":");
    if account.is_empty() {
        builder.star(segment);
    } else {
        builder.text(account);
    }
    builder.text(":").text(path).star(CharacterSet::any());
    builder.build()
}
