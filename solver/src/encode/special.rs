//! Checks and resources with rules of their own (semantics:B5).

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::service_rules::{ASSUME_ROLE_ACTIONS, BEDROCK_RESOURCE_POLICY_TYPES, SESSION_ACTIONS};

use super::Encoder;
use super::check::Check;
use crate::query::TargetResource;
use crate::term::Term;
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
    if check.target.of_aws {
        return PolicyRule::Absent;
    }
    if check.target.action.id().is_none() {
        return rule_to_come(check);
    }
    match check.service.as_str() {
        "kms" if check.resource_type == "key" || is_one(check, "kms", &["key/"]) => PolicyRule::MustAllow,
        "kms" | "iam" | "sts" => PolicyRule::Absent,
        _ if check.target.resource.is_none() || is_owned_by_aws(check) => PolicyRule::Absent,
        "bedrock" => {
            let carries = BEDROCK_RESOURCE_POLICY_TYPES
                .iter()
                .any(|kind| kind.trim_end_matches('/') == check.resource_type);
            let carries = carries || is_one(check, "bedrock", &BEDROCK_RESOURCE_POLICY_TYPES);
            if carries { PolicyRule::OneOrganization } else { PolicyRule::Absent }
        }
        _ => PolicyRule::MayAllow,
    }
}

/// The check is about one resource, of this service and with one of these beginnings, whether or not the action takes
/// resources of its type.
pub(super) fn is_one(check: &Check, service: &str, beginnings: &[&str]) -> bool {
    let named = one_resource(check);
    named.as_deref().and_then(Arn::parse).is_some_and(|arn| {
        arn.service == service && beginnings.iter().any(|beginning| arn.resource.starts_with(beginning))
    })
}

/// The rule for an action to come, by the resource where it is known; else that of the resources of its service that
/// have one: see [`Encoder::ruled`].
fn rule_to_come(check: &Check) -> PolicyRule {
    let service = check.service.as_str();
    if matches!(service, "iam" | "sts") || check.target.resource.is_none() {
        return PolicyRule::Absent;
    }
    let Some(named) = one_resource(check) else {
        return match service {
            "kms" => PolicyRule::MustAllow,
            "bedrock" => PolicyRule::OneOrganization,
            _ => PolicyRule::MayAllow,
        };
    };
    let arn = Arn::parse(&named);
    if arn.is_none() || is_owned_by_aws(check) {
        return PolicyRule::Absent;
    }
    match service {
        "kms" if is_one(check, "kms", &["key/"]) => PolicyRule::MustAllow,
        "bedrock" if is_one(check, "bedrock", &BEDROCK_RESOURCE_POLICY_TYPES) => PolicyRule::OneOrganization,
        "kms" | "bedrock" => PolicyRule::Absent,
        _ => PolicyRule::MayAllow,
    }
}

/// Without the resource's own policy there is no decision to make: it must allow.
pub(crate) fn needs_resource_policy(check: &Check) -> bool {
    policy_rule(check) == PolicyRule::MustAllow
}

/// A call that makes a session of a role, or a check that such a call makes besides.
pub(crate) fn takes_on_role(check: &Check) -> bool {
    let one_of = |names: &[&str]| names.iter().any(|name| check.name.eq_ignore_ascii_case(name));
    let on_role = || check.resource_type == "role" || is_one(check, "iam", &["role/"]);
    check.service == "sts" && (one_of(&ASSUME_ROLE_ACTIONS) || (one_of(&SESSION_ACTIONS) && on_role()))
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
    let is_model = |arn: Arn<'_>| {
        arn.service == "bedrock" && arn.account.is_empty() && arn.resource.starts_with("foundation-model/")
    };
    of_aws
        || check.target.of_aws
        || check.is_foundation_model
        || named.as_deref().and_then(Arn::parse).is_some_and(is_model)
}

/// Nothing says who owns the one resource of the check (F47).
pub(super) fn is_ownerless(check: &Check) -> bool {
    let Some(named) = one_resource(check) else { return false };
    let account = Arn::parse(&named).and_then(|arn| AccountId::parse(arn.account));
    check.target.owner.is_none() && account.is_none() && !is_owned_by_aws(check)
}

impl Encoder<'_> {
    /// Where the check is one whose resource has a rule that is `wanted`. Of an action to come the target does not say on
    /// which resources: of KMS keys have one, of Bedrock some types, of other services all.
    pub(super) fn ruled(&mut self, wanted: impl Fn(PolicyRule) -> bool) -> Term {
        let to_come = |check: &Check| {
            let any = matches!(check.target.resource, TargetResource::Anything);
            check.target.action.id().is_none() && any && one_resource(check).is_none()
        };
        let mut parts = vec![self.check_among(|check| !to_come(check) && wanted(policy_rule(check)))];
        let resource = self.part.resource;
        for (index, check) in (0..).zip(self.part.checks.clone()) {
            if !to_come(&check) || !wanted(policy_rule(&check)) {
                continue;
            }
            let chosen = self.formula.chosen(self.part.check, index);
            let paths: Vec<&str> = match check.service.as_str() {
                "kms" => vec!["key/"],
                "bedrock" => BEDROCK_RESOURCE_POLICY_TYPES.to_vec(),
                _ => Vec::new(),
            };
            let place = if paths.is_empty() {
                let none = self.formula.matches(resource, Language::exactly("*"));
                self.formula.terms.not(none)
            } else {
                let places = paths
                    .into_iter()
                    .map(|path| self.formula.matches(resource, resources_under(&check.service, "", path)));
                let places: Vec<Term> = places.collect();
                self.formula.terms.or(places)
            };
            parts.push(self.formula.terms.and([chosen, place]));
        }
        self.formula.terms.or(parts)
    }
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
