//! Resource policies, and what each covers.

use super::{ACCOUNT, Scratch, export, role};
use crate::arn::AccountId;
use crate::world::{CoveredResources, ResourcePolicyLookup, World, covers};

const FILE: &str = "accounts/111111111111/resource-policies.json";

const OPEN: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}"#;

fn with(policies: &str) -> Scratch {
    Scratch::new().with(ACCOUNT, &export("", "", &role("r", ""), "")).with(FILE, policies)
}

fn id(text: &str) -> AccountId {
    AccountId::parse(text).expect("an account id")
}

/// The name of the policy that is asked about `arn`, or `absent` or `unknown`.
fn asked(world: &World, arn: &str) -> String {
    match world.resource_policy(arn) {
        ResourcePolicyLookup::Policy(found) => {
            assert!(found.is_asked_about(arn));
            found.policy.name.to_string()
        }
        ResourcePolicyLookup::Absent { account } => format!("absent {account}"),
        ResourcePolicyLookup::Unknown { account } => {
            format!("unknown {}", account.map_or_else(String::new, |id| id.to_string()))
        }
    }
}

#[test]
fn documents_are_read_in_every_form() {
    let escaped = OPEN.replace('"', "\\\"");
    let encoded = OPEN.replace('"', "%22").replace('{', "%7B").replace(' ', "%20");
    let text = format!(
        "{{\"arn:aws:s3:::b\": {OPEN},\n \"arn:aws:sqs:eu-west-1:111111111111:q\": \"{escaped}\",\n \
         \"arn:aws:kms:eu-west-1:111111111111:key/k\": \"{encoded}\"}}"
    );
    let world = with(&text).world();
    assert!(world.warnings.is_empty(), "{:?}", world.warnings);
    let policies = world.accounts[&id("111111111111")].resource_policies.as_ref().expect("policies");
    assert_eq!(policies.len(), 3);
    for (arn, policy) in policies {
        assert_eq!(policy.name.as_ref(), format!("resource policy of {arn}"));
    }
    let lines: Vec<u32> =
        policies.values().map(|policy| policy.document.statements[0].location.line).collect();
    assert_eq!(lines, [3, 1, 2], "in the order of the ARNs");
    assert_eq!(world.inputs.len(), 2);
}

#[test]
fn an_absent_file_is_unknown_and_an_empty_one_says_that_there_is_none() {
    let bucket = "arn:aws:s3:::b";
    let queue = "arn:aws:sqs:eu-west-1:111111111111:q";
    let without = Scratch::new().with(ACCOUNT, &export("", "", &role("r", ""), "")).world();
    assert_eq!(without.accounts[&id("111111111111")].resource_policies, None);
    assert_eq!(asked(&without, queue), "unknown 111111111111");
    let empty = with("{}").world();
    let policies = empty.accounts[&id("111111111111")].resource_policies.as_ref();
    assert_eq!(policies.map(std::collections::BTreeMap::len), Some(0));
    assert_eq!(asked(&empty, queue), "absent 111111111111");
    assert_eq!(asked(&empty, "arn:aws:sqs:eu-west-1:222222222222:q"), "unknown 222222222222");
    assert_eq!(asked(&empty, bucket), "unknown ", "a bucket's ARN does not tell its owner");
}

#[test]
fn each_policy_is_asked_about_its_resource_and_what_is_inside() {
    let bucket = "arn:aws:s3:::b";
    let point = "arn:aws:s3:eu-west-1:111111111111:accesspoint/p";
    let function = "arn:aws:lambda:eu-west-1:111111111111:function:f";
    let queue = "arn:aws:sqs:eu-west-1:111111111111:q";
    for (policy, resource, expected) in [
        (bucket, "arn:aws:s3:::b", true),
        (bucket, "arn:aws:s3:::b/a/key", true),
        (bucket, "arn:aws:s3:::bb", false),
        (bucket, "arn:aws:s3:::bb/key", false),
        (bucket, "arn:aws:s3:::B/key", false),
        (point, "arn:aws:s3:eu-west-1:111111111111:accesspoint/p", true),
        (point, "arn:aws:s3:eu-west-1:111111111111:accesspoint/p/object/key", true),
        (point, "arn:aws:s3:eu-west-1:111111111111:accesspoint/p2/object/key", false),
        (point, "arn:aws:s3:::p/key", false),
        (function, "arn:aws:lambda:eu-west-1:111111111111:function:f:live", true),
        (function, "arn:aws:lambda:eu-west-1:111111111111:function:f2", false),
        ("arn:aws:lambda:eu-west-1:111111111111:function:f:live", function, false),
        (queue, queue, true),
        (queue, "arn:aws:sqs:eu-west-1:111111111111:q/x", false),
        (
            "arn:aws:dynamodb:us-east-1:111111111111:table/t",
            "arn:aws:dynamodb:us-east-1:111111111111:table/t/index/i",
            true,
        ),
        (
            "arn:aws:dynamodb:us-east-1:111111111111:table/t",
            "arn:aws:dynamodb:us-east-1:111111111111:table/t/stream/s",
            false,
        ),
        (
            "arn:aws:glue:us-east-1:111111111111:catalog",
            "arn:aws:glue:us-east-1:111111111111:table/d/t",
            true,
        ),
        (
            "arn:aws:glue:us-east-1:111111111111:catalog",
            "arn:aws:glue:us-east-2:111111111111:table/d/t",
            false,
        ),
    ] {
        assert_eq!(covers(policy, resource), expected, "{policy} {resource}");
        let by_pattern =
            CoveredResources::of(policy).patterns().any(|pattern| match pattern.strip_suffix('*') {
                Some(start) => resource.starts_with(start),
                None => resource == pattern,
            });
        assert_eq!(by_pattern, expected, "{policy} {resource}: the patterns mean another set");
    }
}

#[test]
fn a_version_with_a_policy_of_its_own_is_asked_by_that_one() {
    let function = "arn:aws:lambda:eu-west-1:111111111111:function:f";
    let world = with(&format!("{{\"{function}\": {OPEN}, \"{function}:live\": {OPEN}}}")).world();
    assert_eq!(asked(&world, function), format!("resource policy of {function}"));
    assert_eq!(asked(&world, &format!("{function}:1")), format!("resource policy of {function}"));
    assert_eq!(asked(&world, &format!("{function}:live")), format!("resource policy of {function}:live"));
    for resource in [function.to_owned(), format!("{function}:1"), format!("{function}:live")] {
        let asked = world.resource_policies().filter(|policy| policy.is_asked_about(&resource)).count();
        assert_eq!(asked, 1, "{resource}");
    }
}

#[test]
fn keys_that_no_policy_can_have_are_errors() {
    let whole = |key: &str| format!("{{\n\"{key}\": {OPEN}}}");
    for (key, words) in [
        ("b", "the key `b` is no ARN"),
        ("arn:aws:s3:::", "is no ARN"),
        ("arn:aws:s3:::a b", "is no ARN"),
        ("arn:aws:s3:::b*", "holds a wildcard"),
        ("arn:aws:s3:::b/key", "is an object"),
        ("arn:aws:s3:eu-west-1:111111111111:accesspoint/p/object/k", "is an object"),
        ("arn:aws:kms:eu-west-1:111111111111:alias/a", "is an alias"),
        ("arn:aws:sqs:eu-west-1:222222222222:q", "is not of account 111111111111"),
        ("arn:aws:sqs:eu-west-1:aws:q", "is not of account 111111111111"),
        ("arn:aws:sqs:eu-west-1::q", "names no account"),
        ("arn:aws:s3::111111111111:b", "is no bucket"),
        ("arn:aws:s3:eu-west-1::b", "is no bucket"),
        ("arn:aws:sqs::111111111111:q", "names no Region"),
        ("arn:aws-cn:s3:::b", "is not in the partition aws"),
        ("arn:aws:iam::111111111111:role/r", "is a role, whose trust policy"),
        ("arn:aws:iam::111111111111:user/u", "can carry no resource policy"),
    ] {
        let errors = with(&whole(key)).errors();
        assert_eq!(errors.len(), 1, "{key}: {errors:#?}");
        assert!(errors[0].starts_with(&format!("{FILE}:2:1: ")), "{errors:#?}");
        assert!(errors[0].contains(words), "{key}: {errors:#?}");
    }
    for key in [
        "arn:aws:s3:::b",
        "arn:aws:s3:eu-west-1:111111111111:accesspoint/p",
        "arn:aws:secretsmanager:eu-west-1:111111111111:secret:s-AbCdEf",
        "arn:aws:apigateway:eu-west-1::/restapis/a1",
    ] {
        with(&whole(key)).world();
    }
}

#[test]
fn policies_of_resources_that_are_not_known_to_carry_one_are_warnings() {
    for (key, words) in [
        ("arn:aws:bedrock:eu-west-1:111111111111:provisioned-model/m", "is not looked at"),
        ("arn:aws:bedrock:eu-west-1:111111111111:imported-model/m", "is not looked at"),
        ("arn:aws:kms:eu-west-1:111111111111:store/x", "is not looked at"),
        ("arn:aws:foo:eu-west-1:111111111111:bar/b", "this one is asked all the same"),
        ("arn:aws:ec2:eu-west-1:111111111111:instance/i-1", "this one is asked all the same"),
    ] {
        let world = with(&format!("{{\n\"{key}\": {OPEN}}}")).world();
        assert_eq!(world.warnings.len(), 1, "{:?}", world.warnings);
        let warning = &world.warnings[0];
        assert!(warning.message.contains(key) && warning.message.contains(words), "{warning:?}");
        assert_eq!((warning.location.line, warning.location.column), (2, 1));
    }
    for key in [
        "arn:aws:bedrock:eu-west-1:111111111111:custom-model/m",
        "arn:aws:bedrock:eu-west-1:111111111111:guardrail/g",
        "arn:aws:kms:eu-west-1:111111111111:key/k",
        "arn:aws:dynamodb:eu-west-1:111111111111:table/t",
    ] {
        assert!(with(&format!("{{\"{key}\": {OPEN}}}")).world().warnings.is_empty(), "{key}");
    }
}

#[test]
fn every_error_of_every_document_is_reported_with_its_place() {
    let text = r#"{"arn:aws:s3:::a": {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]},
 "arn:aws:s3:::b": "%7B%22Statement%22:%5B%7B%22Effect%22:%22Alow%22,%22Principal%22:%22*%22,%22Action%22:%22s3:*%22,%22Resource%22:%22*%22%7D%5D%7D",
 "arn:aws:s3:::c": 7,
 "arn:aws:s3:::d": "%7B%2",
 "arn:aws:s3:::e": null,
 "arn:aws:iam::111111111111:role/r": {"Statement": {}}}"#;
    let errors = with(text).errors();
    for (line, words) in [
        (
            1,
            "the statement has no Principal, which a resource policy needs (resource policy of arn:aws:s3:::a)",
        ),
        (2, "Effect must be \"Allow\" or \"Deny\", not `Alow`"),
        (3, "a policy document must be an object, not a number"),
        (4, "`%` is not followed by two hexadecimal digits"),
        (5, "a policy document must be an object, not null"),
        (6, "is a role, whose trust policy does not belong into resource-policies.json"),
        (6, "the statement has no Effect"),
    ] {
        let place = format!("{FILE}:{line}:");
        assert!(
            errors.iter().any(|error| error.starts_with(&place) && error.contains(words)),
            "{words}: {errors:#?}"
        );
    }
}

#[test]
fn files_of_another_form_are_errors() {
    for (text, words) in [
        ("[]", "this is not an object of resource policies by ARN"),
        ("null", "this is not an object of resource policies by ARN"),
        ("{\"Policy\": \"{}\"}", "a get-policy or describe-policy command"),
        ("{\"arn:aws:s3:::b\": {", "the text ends in the middle"),
        ("", "the file is empty"),
    ] {
        let errors = with(text).errors();
        assert_eq!(errors.len(), 1, "{errors:#?}");
        assert!(errors[0].contains(words), "{errors:#?}");
    }
    let twice = with(&format!("{{\"arn:aws:s3:::b\": {OPEN},\n\"arn:aws:s3:::b\": {OPEN}}}")).errors();
    assert!(twice[0].starts_with(&format!("{FILE}:2:1: the key `arn:aws:s3:::b` stands twice")), "{twice:?}");
}

#[test]
fn a_bucket_belongs_to_one_account() {
    let other =
        export("", "", &role("r", ""), "").replace("111111111111", "222222222222").replace("AROAr", "AROAs");
    let errors = with(&format!("{{\"arn:aws:s3:::b\": {OPEN}}}"))
        .with("accounts/222222222222/authorization-details.json", &other)
        .with("accounts/222222222222/resource-policies.json", &format!("{{\"arn:aws:s3:::b\": {OPEN}}}"))
        .errors();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].contains("has a policy in another account's file too, at "), "{errors:#?}");
    let world = with(&format!("{{\"arn:aws:s3:::b\": {OPEN}}}"))
        .with("accounts/222222222222/authorization-details.json", &other)
        .with("accounts/222222222222/resource-policies.json", &format!("{{\"arn:aws:s3:::c\": {OPEN}}}"))
        .world();
    let ResourcePolicyLookup::Policy(found) = world.resource_policy("arn:aws:s3:::c/x") else {
        panic!("the policy of the other account");
    };
    assert_eq!(found.account.id, id("222222222222"));
    assert_eq!(world.resource_policies().count(), 2);
}

#[test]
fn ten_megabytes_of_policies_are_read() {
    let policies: Vec<String> =
        (0..80_000).map(|number| format!("\"arn:aws:s3:::b{number}\": {OPEN}")).collect();
    let text = format!("{{{}}}", policies.join(","));
    assert!(text.len() > 10_000_000);
    let world = with(&text).world();
    assert_eq!(world.resource_policies().filter(|policy| policy.except.is_empty()).count(), 80_000);
    assert_eq!(asked(&world, "arn:aws:s3:::b79999/k"), "resource policy of arn:aws:s3:::b79999");
}
