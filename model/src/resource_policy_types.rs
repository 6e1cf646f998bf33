//! Which resources can carry a policy of their own (semantics:B3): a dated table.
//!
//! Trusted: where a type is missing here, a proof does not ask whether an unknown policy of such a resource grants.

const TABLE: &str = include_str!("../data/resource-policy-types.tsv");

/// True if resources of `resource_type` of `service`, the service segment of their ARN, can carry a policy; for no type,
/// if any of the service's can. Role trust policies are not meant.
pub fn can_carry_policy(service: &str, resource_type: Option<&str>) -> bool {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .filter(|(listed, _)| listed.eq_ignore_ascii_case(service))
        .any(|(_, types)| {
            types == "*" || resource_type.is_none_or(|wanted| types.split(',').any(|listed| listed == wanted))
        })
}

#[cfg(test)]
mod tests {
    use super::{TABLE, can_carry_policy};
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
