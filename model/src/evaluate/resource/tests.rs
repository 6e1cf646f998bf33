//! Resource and Action elements: matching, and the open points of each (semantics:C3, C5).

use std::sync::Arc;

use crate::evaluate::tests::{
    ALICE, DocumentedFacts, FULL, SESSION, evaluated, identity, outcome, policy, policy_of_version, request,
    with,
};
use crate::evaluate::{Pins, decide};
use crate::open_point::{OpenPoint, Reading};
use crate::policy::PolicyType;
use crate::policy_set::{ControlLevel, PolicySet};

const QUEUE: &str = "arn:aws:sqs:us-east-1:111122223333:orders";
const USER: &str = "arn:aws:iam::111122223333:user/dev/Bob";

/// What an Allow on `value` comes to for `resource`.
fn allowed(value: &str, resource: &str) -> String {
    let statement = format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "{value}"}}"#);
    outcome(&request(ALICE, "x:Y", resource), &identity(&statement))
        .replace("ImplicitDeny", "-")
        .replace("Allow", "+")
}

#[test]
fn values_of_six_parts() {
    for (value, resource, expected) in [
        ("*", QUEUE, "+"),
        ("*", "*", "+"),
        (QUEUE, "*", "-"),
        ("arn:aws:*:*:*:*", "*", "-"),
        (QUEUE, QUEUE, "+"),
        ("arn:aws:sqs:*:*:orders", QUEUE, "+"),
        ("arn:aws:sqs:us-east-?:111122223333:ord*", QUEUE, "+"),
        ("arn:aws:sqs:us-east-1:111122223333:Orders", QUEUE, "-"),
        ("arn:aws:sns:us-east-1:111122223333:orders", QUEUE, "-"),
        // A segment may be empty.
        (
            "arn:aws:bedrock:*:*:foundation-model/*",
            "arn:aws:bedrock:us-east-1::foundation-model/a.b-v1:0",
            "+",
        ),
        ("arn:aws:s3:::b*", "arn:aws:s3:::b/x:y/z", "+"),
        // F4: a wildcard before the fifth colon may cross it.
        ("arn:aws:sqs:*:orders", "arn:aws:sqs:us-east-1:111122223333:orders", "+ F4"),
        ("arn:aws:sqs:*:*:*:x", "arn:aws:sqs:us-east-1:111122223333:a:b:x", "+"),
        ("arn:aws:s3:*::x", "arn:aws:s3:us-east-1:111122223333:a::x", "+ F4"),
        ("arn:aws:iam::*:role/a", "arn:aws:iam::111122223333:role/a", "+"),
        ("arn:*:x", QUEUE, "-"),
        // F6: a wildcard in the service or in the resource type.
        ("arn:aws:s*:us-east-1:111122223333:orders", QUEUE, "- F6"),
        ("arn:aws:iam::111122223333:u*/dev/Bob", USER, "- F6"),
        ("arn:aws:iam::111122223333:u*", USER, "- F6"),
        ("arn:aws:iam::111122223333:*/Bob", USER, "- F6"),
        ("arn:aws:iam::111122223333:*", USER, "+"),
        ("arn:aws:iam::111122223333:user/*", USER, "+"),
        ("arn:aws:sqs:us-east-1:111122223333:o*/x", "arn:aws:sqs:us-east-1:111122223333:o1/x", "+"),
        // F10: letter case.
        ("arn:aws:SQS:US-east-1:111122223333:orders", QUEUE, "+ F10"),
        ("ARN:aws:sqs:us-east-1:111122223333:orders", QUEUE, "-"),
        ("arn:aws:iam::111122223333:user/dev/bob", USER, "- F10"),
        ("arn:aws:iam::111122223333:user/dev/alice", USER, "-"),
        ("arn:aws:iam::111122223333:User/dev/Bob", USER, "-"),
    ] {
        assert_eq!(allowed(value, resource), expected, "{value} {resource}");
    }
}

#[test]
fn short_values_are_read_by_policy_type() {
    let bob = "arn:aws:iam::111122223333:user/Bob";
    for (value, expected) in [
        ("arn:aws:iam::111122223333", "+ F7"),
        ("arn:aws:iam", "+ F7"),
        ("arn:aws:iam:*", "+ F4 F7"),
        ("arn:*", "+ F4 F7"),
        ("arn:aws:s3", "-"),
        ("arn:aws:*", "- F6"),
        ("user", "-"),
        ("", "-"),
    ] {
        assert_eq!(allowed(value, bob), expected, "{value}");
    }
    let under_scp = |value: &str| {
        let statement = format!(r#"{{"Effect": "Deny", "Action": "*", "Resource": "{value}"}}, {FULL}"#);
        let level = ControlLevel {
            target: Arc::from("r"),
            policies: vec![policy(PolicyType::ServiceControl, &statement)],
        };
        outcome(&request(ALICE, "x:Y", bob), &PolicySet { service_control: vec![level], ..identity(FULL) })
    };
    assert_eq!(under_scp("arn:aws:iam::111122223333"), "Allow F7");
    assert_eq!(under_scp("arn:aws:iam::*"), "ExplicitDeny F4 F7");
    assert_eq!(under_scp("arn:aws:iam:*:111122223333"), "Allow F7");
}

#[test]
fn the_policy_type_is_in_the_name_of_short_values_only() {
    let name = |value: &str| {
        let statement = format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "{value}"}}"#);
        let evaluation = evaluated(&request(ALICE, "x:Y", USER), &identity(&statement)).expect("a decision");
        let [touched] = &evaluation.touched[..] else { panic!("one predicate") };
        (touched.predicate.clone(), touched.points.clone())
    };
    let (short, points) = name("arn:aws:iam:*");
    assert_eq!((short.policy_type, short.operand.as_str()), (Some(PolicyType::Identity), "arn:aws:iam:*"));
    assert_eq!(short.points, [OpenPoint(4), OpenPoint(7), OpenPoint(10)]);
    assert_eq!(points, [OpenPoint(4), OpenPoint(7)]);
    let (full, points) = name("arn:aws:IAM::*:u*");
    assert_eq!((full.policy_type, full.attribute.as_str()), (None, "resource"));
    assert_eq!(full.points, [OpenPoint(4), OpenPoint(6), OpenPoint(10)]);
    assert_eq!(points, [OpenPoint(6)]);
}

#[test]
fn not_resource_is_the_complement() {
    let deny = |values: &str| {
        identity(&format!(r#"{FULL}, {{"Effect": "Deny", "Action": "*", "NotResource": {values}}}"#))
    };
    let other = format!(r#"["{USER}", "arn:aws:sqs:*:*:x*"]"#);
    let listed = format!(r#"["{USER}", "arn:aws:sqs:*:*:o*"]"#);
    let call = |resource: &str| request(ALICE, "x:Y", resource);
    assert_eq!(outcome(&call(QUEUE), &deny(&other)), "ExplicitDeny");
    assert_eq!(outcome(&call(QUEUE), &deny(&listed)), "Allow");
    assert_eq!(outcome(&call("*"), &deny(&listed)), "ExplicitDeny");
    assert_eq!(outcome(&call("*"), &deny(r#"["*"]"#)), "Allow");
    assert_eq!(outcome(&call(QUEUE), &deny("[]")), "Allow");
    assert_eq!(outcome(&call(USER), &deny(r#""arn:aws:iam::111122223333:u*""#)), "ExplicitDeny F6");
    // F13: one value has no meaning for this caller.
    let unresolved = r#"["arn:aws:sqs:*:*:${aws:PrincipalTag/team}", "arn:aws:sqs:*:*:x*"]"#;
    assert_eq!(outcome(&call(QUEUE), &deny(unresolved)), "ExplicitDeny F13");
    assert_eq!(outcome(&call(QUEUE), &deny(&unresolved.replace(":x*", ":o*"))), "Allow");
    let tagged = with(call(QUEUE), &[("aws:PrincipalTag/team", "orders")]);
    assert_eq!(outcome(&tagged, &deny(unresolved)), "Allow");
}

#[test]
fn variables_stand_in_the_resource_part_only() {
    let check = |value: &str, resource: &str, expected: &str| {
        assert_eq!(allowed(value, resource), expected, "{value} {resource}");
    };
    check("arn:aws:s3:::home/${aws:username}/*", "arn:aws:s3:::home/alice/x", "+");
    check("arn:aws:s3:::home/${aws:username}/*", "arn:aws:s3:::home/bob/x", "-");
    check("arn:aws:s3:::home/${s3:x, 'a}b'}/*", "arn:aws:s3:::home/a}b/x", "+");
    check("arn:aws:s3:::home/${s3:x,  '*'}/*", "arn:aws:s3:::home/y/x", "-");
    check("arn:aws:s3:::home/${*}/*", "arn:aws:s3:::home/*/x", "+");
    check("arn:aws:s3:::home/${*}/*", "arn:aws:s3:::home/a/x", "-");
    check("arn:aws:sqs:us-east-1:${aws:PrincipalAccount}:orders", QUEUE, "-");
    check(
        "arn:aws:iam::111122223333:user/dev/${aws:username}",
        "arn:aws:iam::111122223333:user/dev/alice",
        "+",
    );
    check(
        "arn:aws:iam::111122223333:user/DEV/${aws:username}",
        "arn:aws:iam::111122223333:user/dev/alice",
        "- F10",
    );
    check("arn:aws:iam::111122223333:${aws:username}/x*", "arn:aws:iam::111122223333:alice/xy", "+");
    check("${aws:PrincipalArn}", "arn:aws:iam::111122223333:user/alice", "-");
    let statement =
        r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::home/${aws:username}/*"}"#;
    let home = "arn:aws:s3:::home/${aws:username}/x";
    let old = PolicySet {
        identity: vec![policy_of_version("2008-10-17", PolicyType::Identity, statement)],
        ..PolicySet::default()
    };
    assert_eq!(outcome(&request(ALICE, "x:Y", home), &old), "Allow");
    assert_eq!(outcome(&request(SESSION, "x:Y", home), &identity(statement)), "ImplicitDeny");
}

#[test]
fn one_raw_text_under_two_versions_has_two_names() {
    let statement = r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:iam:*:a:u*/${aws:x}"}"#;
    let call = with(request(ALICE, "x:Y", "arn:aws:iam::a:user/${aws:x}"), &[("aws:x", "${aws:x}")]);
    let names: Vec<String> = ["2008-10-17", "2012-10-17"]
        .iter()
        .map(|version| {
            let policies = PolicySet {
                identity: vec![policy_of_version(version, PolicyType::Identity, statement)],
                ..PolicySet::default()
            };
            let evaluation = evaluated(&call, &policies).expect("a decision");
            evaluation.touched[0].predicate.operand.clone()
        })
        .collect();
    assert_eq!(names, ["arn:aws:iam:*:a:u*/${aws:x} [as text]", "arn:aws:iam:*:a:u*/${aws:x}"]);
}

#[test]
fn actions() {
    let check = |element: &str, action: &str, expected: &str| {
        let statement = format!(r#"{{"Effect": "Allow", {element}, "Resource": "*"}}"#);
        let text = outcome(&request(ALICE, action, "*"), &identity(&statement))
            .replace("ImplicitDeny", "-")
            .replace("Allow", "+");
        assert_eq!(text, expected, "{element} {action}");
    };
    for (pattern, expected) in [
        ("*", "+"),
        ("*:*", "+"),
        ("s3:*", "+"),
        ("S3:get?bject", "+"),
        ("s3:*Object", "+"),
        ("s3:Get", "-"),
        ("ec2:*", "-"),
        ("s*:GetObject", "- F5"),
        ("s*:PutObject", "-"),
        ("?3:*", "- F5"),
        ("e*:*", "-"),
        ("s3:* ", "-"),
        ("s3:*,s3:GetObject", "-"),
        ("s3", "-"),
        ("", "-"),
        ("**", "-"),
    ] {
        check(&format!(r#""Action": "{pattern}""#), "s3:GetObject", expected);
    }
    check(r#""NotAction": "ec2:*""#, "s3:GetObject", "+");
    check(r#""NotAction": ["ec2:*", "s3:*"]"#, "s3:GetObject", "-");
    check(r#""NotAction": "s*:GetObject""#, "s3:GetObject", "+ F5");
    check(r#""NotAction": "s3:* ""#, "s3:GetObject", "+");
    check(r#""NotAction": []"#, "s3:GetObject", "-");
    check(r#""Action": []"#, "s3:GetObject", "-");
}

#[test]
fn pinning_one_point_of_a_value_leaves_the_others() {
    let statement =
        r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:SQS:us-east-1:111122223333:orders"}"#;
    let call = request(ALICE, "x:Y", QUEUE);
    let decided = |point: u8| {
        let pins = Pins::from([(OpenPoint(point), Reading::Lower)]);
        let decided = decide(&call, &identity(statement), &DocumentedFacts, &pins).expect("a decision");
        decided.evaluation.decision.to_string()
    };
    assert_eq!((decided(4).as_str(), decided(10).as_str()), ("Allow", "ImplicitDeny"));
}

#[test]
fn pinning_one_point_may_leave_the_other_to_decide() {
    let statement = r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:iam:*"}"#;
    let decided = |pins: &[(u8, Reading)]| {
        let pins: Pins = pins.iter().map(|(point, reading)| (OpenPoint(*point), *reading)).collect();
        let call = request(ALICE, "x:Y", USER);
        let decided = decide(&call, &identity(statement), &DocumentedFacts, &pins).expect("a decision");
        (decided.evaluation.decision.to_string(), decided.uncertain)
    };
    let allow = "Allow".to_owned();
    assert_eq!(decided(&[]), (allow.clone(), vec![OpenPoint(4), OpenPoint(7)]));
    assert_eq!(decided(&[(4, Reading::Lower)]), (allow.clone(), vec![OpenPoint(7)]));
    assert_eq!(decided(&[(7, Reading::Upper)]), (allow, vec![]));
    assert_eq!(decided(&[(7, Reading::Lower)]), ("ImplicitDeny".to_owned(), vec![]));
}
