//! Statements whose resources are of other services than a target's: they match none of them, under every reading, which
//! takes no formula to see.

use ringfence_model::catalogue::Catalogue;
use ringfence_model::policy::Statement;

use super::format::may_be_of_service;
use crate::query::{Target, TargetResource};

/// Whether each value of the statement's Resource begins with `arn:PARTITION:SERVICE`, without wildcards or variables, and no
/// ARN that the target's resource may have is of one of these services. What a value writes before its first wildcard
/// stands in every ARN that it matches, letter case apart, whatever wildcards cross (F4) and however short values are
/// read (F7). False where that is not so, or not plain to see.
pub(crate) fn is_apart(statement: &Statement, target: &Target, catalogue: &Catalogue) -> bool {
    let Some(element) = &statement.resource else { return false };
    if element.negated {
        return false;
    }
    let known = match &target.resource {
        // Such a value is not `*`.
        TargetResource::Wildcard | TargetResource::LeftOut => None,
        TargetResource::Type { resource_type, .. }
        | TargetResource::AnyRegion { resource_type, .. }
        | TargetResource::AnyRegionWithin { resource_type, .. } => {
            let Some(known) = catalogue.resource_type(*resource_type) else { return false };
            Some(known)
        }
        TargetResource::Exactly { .. }
        | TargetResource::OneOf { .. }
        | TargetResource::Within { .. }
        | TargetResource::GlobalModel { .. }
        | TargetResource::AnyOwner { .. }
        | TargetResource::Unlisted
        | TargetResource::Anything => return false,
    };
    element.values.iter().all(|value| {
        let service = written_service(&value.raw);
        service.is_some_and(|service| known.is_none_or(|known| !may_be_of_service(known, service)))
    })
}

/// The service of an ARN that a value writes out.
fn written_service(value: &str) -> Option<&str> {
    let mut segments = value.split(':');
    let written = |segment: Option<&&str>| segment.is_some_and(|text| !text.contains(['*', '?', '$']));
    let front: Vec<&str> = segments.by_ref().take(3).collect();
    let all = front.first() == Some(&"arn") && written(front.get(1).as_ref().copied());
    front.get(2).filter(|service| all && written(Some(service))).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theorem::targets_of;
    use ringfence_model::parse::policy_text;
    use ringfence_model::policy::PolicyType;
    use std::sync::Arc;

    fn apart(resources: &str, action: &str) -> Vec<bool> {
        let catalogue = Catalogue::embedded().unwrap();
        let text = format!(
            "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"*\",{resources}}}]}}"
        );
        let (document, _) = policy_text(&text, PolicyType::Identity, &Arc::from("policy.json")).unwrap();
        let statement = document.statements.first().unwrap();
        targets_of(catalogue, action, &[])
            .iter()
            .map(|target| is_apart(statement, target, catalogue))
            .collect()
    }

    #[test]
    fn values_of_other_services_are_apart() {
        let bucket = r#""Resource":["arn:aws:s3:::b","arn:aws:S3:::b/*"]"#;
        assert_eq!(apart(bucket, "ec2:DeleteVpc"), [true]);
        assert_eq!(apart(bucket, "s3:DeleteBucket"), [false]);
        assert_eq!(apart(bucket, "ec2:DescribeInstances"), [true]);
        assert_eq!(apart(r#""Resource":"arn:aws:s3""#, "ec2:DeleteVpc"), [true]);
        // A recovery point's ARN is of whatever service made it.
        assert!(apart(bucket, "backup:DeleteRecoveryPoint").contains(&false));
        // AWS checks some lists on an ARN that their reference lacks.
        assert_eq!(apart(bucket, "s3:ListAllMyBuckets"), [false, true]);
    }

    #[test]
    fn what_may_reach_further_is_not() {
        for resources in [
            r#""Resource":"*""#,
            r#""NotResource":"arn:aws:s3:::b""#,
            r#""Resource":["arn:aws:s3:::b","arn:aws:*:::b"]"#,
            r#""Resource":"arn:*:s3:::b""#,
            r#""Resource":"arn:aws:s?:::b""#,
            r#""Resource":"arn:aws:${aws:PrincipalTag/a}:::b""#,
            r#""Resource":"a*""#,
        ] {
            assert_eq!(apart(resources, "ec2:DeleteVpc"), [false], "{resources}");
        }
    }
}
