//! Which resources can carry a policy of their own (semantics:B3): a dated table.
//!
//! Trusted: where a type is missing here, a proof does not ask whether an unknown policy of such a resource grants.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::arn::Arn;
use crate::catalogue::Catalogue;
use crate::parse::glob;

const TABLE: &str = include_str!("../data/resource-policy-types.tsv");

/// True if resources of `resource_type` of `service`, the service segment of their ARN, can carry a policy; for no type,
/// if any of the service's can. Role trust policies are not meant.
pub fn can_carry_policy(service: &str, resource_type: Option<&str>) -> bool {
    types_of(service).any(|types| {
        types == "*" || resource_type.is_none_or(|wanted| types.split(',').any(|listed| listed == wanted))
    })
}

/// True if the resource `arn` is of a type that can carry a policy: the type of the embedded catalogue whose ARN format
/// fits it most closely. True also if that catalogue cannot be read.
pub fn is_known_carrier(arn: &Arn<'_>) -> bool {
    if types_of(arn.service).any(|types| types == "*") {
        return true;
    }
    if types_of(arn.service).next().is_none() {
        return false;
    }
    let Some(formats) = formats() else { return true };
    let fitting = || {
        let of_service = formats.get(arn.service).into_iter().flatten();
        of_service.filter(|format| glob(format.pattern.as_bytes(), arn.resource.as_bytes()))
    };
    let closest = fitting().map(|format| format.fixed).max();
    fitting()
        .filter(|format| Some(format.fixed) == closest)
        .any(|format| can_carry_policy(arn.service, Some(&format.resource_type)))
}

/// The resource part of the ARNs of a type.
#[derive(Debug)]
struct ResourceFormat {
    resource_type: String,
    /// With `?*` for each placeholder, which stands for one character or more.
    pattern: String,
    /// How many characters are no placeholder.
    fixed: usize,
}

/// All of the embedded catalogue by the service segment of the ARN; none if it cannot be read.
fn formats() -> Option<&'static BTreeMap<String, Vec<ResourceFormat>>> {
    static FORMATS: OnceLock<Option<BTreeMap<String, Vec<ResourceFormat>>>> = OnceLock::new();
    let read = || {
        let mut formats: BTreeMap<String, Vec<ResourceFormat>> = BTreeMap::new();
        for known in Catalogue::embedded().ok()?.resource_types() {
            for format in known.arn_formats.iter().filter_map(|format| Arn::parse(format)) {
                let of_type = ResourceFormat::new(&known.name, format.resource);
                formats.entry(format.service.to_owned()).or_default().push(of_type);
            }
        }
        Some(formats)
    };
    FORMATS.get_or_init(read).as_ref()
}

impl ResourceFormat {
    fn new(resource_type: &str, format: &str) -> Self {
        let (mut pattern, mut fixed, mut rest) = (String::new(), 0, format);
        while let Some((before, (_, after))) =
            rest.split_once("${").and_then(|(before, inside)| Some((before, inside.split_once('}')?)))
        {
            pattern.push_str(before);
            pattern.push_str("?*");
            fixed += before.len();
            rest = after;
        }
        pattern.push_str(rest);
        Self { resource_type: resource_type.to_owned(), pattern, fixed: fixed + rest.len() }
    }
}

/// The lists of types under `service`.
fn types_of(service: &str) -> impl Iterator<Item = &'static str> {
    static BY_SERVICE: OnceLock<BTreeMap<String, Vec<&'static str>>> = OnceLock::new();
    let table = BY_SERVICE.get_or_init(|| {
        let mut table: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
        let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
        for (listed, types) in rows.filter_map(|line| line.split_once('\t')) {
            table.entry(listed.to_ascii_lowercase()).or_default().push(types);
        }
        table
    });
    let found = if service.bytes().any(|byte| byte.is_ascii_uppercase()) {
        table.get(&service.to_ascii_lowercase())
    } else {
        table.get(service)
    };
    found.into_iter().flatten().copied()
}

#[cfg(test)]
mod tests {
    use super::{TABLE, can_carry_policy, is_known_carrier};
    use crate::arn::Arn;
    use crate::catalogue::Catalogue;

    #[test]
    fn types_are_told_apart() {
        for (service, resource_type, expected) in [
            ("s3", Some("object"), true),
            ("S3", None, true),
            ("kms", Some("key"), true),
            ("kms", Some("alias"), false),
            ("bedrock", Some("custom-model"), true),
            ("bedrock", Some("foundation-model"), false),
            ("bedrock", None, true),
            ("ec2", Some("instance"), false),
            ("iam", None, false),
        ] {
            assert_eq!(can_carry_policy(service, resource_type), expected, "{service} {resource_type:?}");
        }
    }

    #[test]
    fn arns_are_told_apart_by_the_closest_format() {
        for (arn, expected) in [
            ("arn:aws:s3:::b", true),
            ("arn:aws:kms:eu-west-1:111122223333:key/k", true),
            ("arn:aws:kms:eu-west-1:111122223333:alias/a", false),
            ("arn:aws:bedrock:eu-west-1:111122223333:custom-model/m", true),
            ("arn:aws:bedrock:eu-west-1:111122223333:custom-model-deployment/m", false),
            ("arn:aws:bedrock:eu-west-1:111122223333:provisioned-model/m", false),
            ("arn:aws:bedrock:eu-west-1:111122223333:imported-model/m", false),
            ("arn:aws:dynamodb:eu-west-1:111122223333:table/t", true),
            ("arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i", true),
            ("arn:aws:dynamodb:eu-west-1:111122223333:table/t/backup/b", false),
            ("arn:aws:backup:eu-west-1:111122223333:backup-vault:v", true),
            ("arn:aws:ecr:eu-west-1:111122223333:repository/team/app", true),
            ("arn:aws:wafv2:eu-west-1:111122223333:regional/rulegroup/n/i", true),
            ("arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/n/i", false),
            ("arn:aws:ec2:eu-west-1:111122223333:instance/i-1", false),
            ("arn:aws:foo:eu-west-1:111122223333:bar/b", false),
        ] {
            assert_eq!(is_known_carrier(&Arn::parse(arn).unwrap()), expected, "{arn}");
        }
    }

    /// Actions whose names say so, and that put something else than a resource's own policy.
    const OTHERS: [&str; 20] = [
        "application-autoscaling:PutScalingPolicy",
        "autoscaling:PutScalingPolicy",
        "cloudformation:SetStackPolicy",
        // What AWS RAM writes for shares with other accounts: grants outside policies (F45).
        "ec2:PutResourcePolicy",
        "elasticmapreduce:PutAutoScalingPolicy",
        "elasticmapreduce:PutAutoTerminationPolicy",
        "elasticmapreduce:PutManagedScalingPolicy",
        "fms:PutPolicy",
        "gamelift:PutScalingPolicy",
        "iam:PutGroupPolicy",
        "iam:PutRolePolicy",
        "iam:PutUserPolicy",
        "mediaconvert:PutPolicy",
        "opsworks:SetPermission",
        // Named without a type, and of types that are listed, or of a whole registry.
        "ecr:PutRegistryPolicy",
        "sagemaker:PutLineageGroupPolicy",
        "sagemaker:PutResourcePolicy",
        // As that of EC2.
        "resource-groups:PutGroupPolicy",
        "sso:PutPermissionsPolicy",
        "workmail:PutRetentionPolicy",
    ];

    #[test]
    fn what_can_be_given_a_policy_is_listed() {
        let catalogue = Catalogue::embedded().unwrap();
        let (mut checked, mut others) = (0, Vec::new());
        for action in catalogue.actions() {
            let name = action.name.as_str();
            let puts = name.starts_with("Put") || name.starts_with("Set") || name.starts_with("Add");
            if !puts || !["Policy", "Permission"].iter().any(|end| name.ends_with(end)) {
                continue;
            }
            let full_name = action.full_name();
            if OTHERS.contains(&full_name.as_str()) {
                others.push(full_name);
                continue;
            }
            checked += 1;
            if action.resource_types.is_empty() {
                assert!(can_carry_policy(&action.service, None), "{full_name}");
            }
            for taken in &action.resource_types {
                let known = catalogue.resource_type(taken.resource_type).unwrap();
                for format in &known.arn_formats {
                    let service = format.split(':').nth(2).unwrap();
                    assert!(
                        can_carry_policy(service, Some(&known.name)),
                        "{full_name} on {service} {}",
                        known.name
                    );
                }
            }
        }
        assert!(checked >= 80, "{checked} actions");
        assert_eq!(others.len(), OTHERS.len(), "{others:?}");
    }

    #[test]
    fn every_row_names_what_the_catalogue_knows() {
        let catalogue = Catalogue::embedded().unwrap();
        let mut rows = 0;
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let (service, types) = line.split_once('\t').unwrap();
            rows += 1;
            for name in types.split(',').filter(|name| *name != "*") {
                assert!(catalogue.find_resource_type(service, name).is_some(), "{service} {name}");
            }
        }
        assert!(rows >= 50, "{rows} rows");
    }
}
