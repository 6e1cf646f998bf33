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
