//! Cases on which evaluator and encoder once differed, each found by the random suites and made small.

use ringfence_model::catalogue::Catalogue;
use ringfence_solver::wildcard::Theory;
use serde_json::{Value, json};

use crate::differential::{Reach, compare_formula, compare_solver, scenario};

const USER: &str = "arn:aws:iam::111122223333:user/alice";
const OBJECT: &str = "arn:aws:s3:::data/blue/x";

/// A request for an object under these identity policies' statements.
fn case(context: &Value, statements: &Value) -> Value {
    json!({
        "request": {
            "principal": USER, "action": "s3:GetObject", "resource": OBJECT, "resourceAccount": "111122223333",
            "context": context
        },
        "policies": { "identity": [{ "Version": "2012-10-17", "Statement": statements }] }
    })
}

fn allow_all() -> Value {
    json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })
}

/// Both engines must say that the request is allowed, or that it is not, as stated.
fn check(name: &str, case: &Value, allowed: bool, reached: Reach) {
    let catalogue = Catalogue::embedded().unwrap();
    let mut theory = Theory::new(60_000);
    let scenario = scenario(case, catalogue).unwrap().unwrap();
    assert_eq!(compare_formula(&scenario, catalogue, &mut theory), Ok(allowed), "{name}: constant keys");
    for resource in [scenario.exactly(catalogue), scenario.of_type(catalogue)] {
        let reach = compare_solver(&scenario, resource, catalogue, &mut theory);
        assert_eq!(reach, Ok(reached), "{name}: free keys");
    }
}

#[test]
fn an_operator_in_another_case_reads_its_list_as_the_operator_does() {
    let condition = json!({ "stringlikeIfExists": { "aws:TagKeys": ["t*"] } });
    let statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition });
    let context = json!({ "aws:TagKeys": ["team"], "aws:RequestTag/team": "blue" });
    check("F39 around F17", &case(&context, &json!([statement])), false, Reach::Decided);
}

#[test]
fn wildcards_of_an_arn_operand_cross_no_colon_before_a_variable() {
    let operand = "arn:aws:iam::*:role/${custom:team}";
    let condition = json!({ "ArnLike": { "custom:arn": operand } });
    let deny = json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition });
    for (arn, allowed) in [("arn:aws:iam::1:a:role/blue", true), ("arn:aws:iam::1:role/blue", false)] {
        let context = json!({ "custom:team": "blue", "custom:arn": arn });
        check(arn, &case(&context, &json!([allow_all(), deny])), allowed, Reach::Decided);
    }
}

#[test]
fn a_variable_may_hold_the_colons_of_an_arn_operand() {
    let condition = json!({ "ArnNotEquals": { "aws:PrincipalArn": "arn:${custom:key}:role/app" } });
    let allow = json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition });
    for (value, allowed) in [("blue", false), ("aws:iam::444455556666", true), ("a:b:c", false)] {
        check(value, &case(&json!({ "custom:key": value }), &json!([allow])), allowed, Reach::Decided);
    }
}

#[test]
fn a_free_variable_leaves_the_readings_of_the_front_alone() {
    for (resource, allowed) in [
        ("arn:AWS:S3:::data/${custom:key}/*", true),
        ("arn:*:s3:::data/${custom:key}/*", true),
        ("arn:aws:s3:::data/${custom:key}", false),
    ] {
        let allow = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": resource });
        check(resource, &case(&json!({ "custom:key": "blue" }), &json!([allow])), allowed, Reach::Decided);
    }
}

#[test]
fn a_session_without_mfa_makes_no_iam_calls() {
    for (mfa, allowed) in [("false", false), ("true", true)] {
        let context =
            json!({ "aws:TokenIssueTime": "2026-05-04T09:00:00Z", "aws:MultiFactorAuthPresent": mfa });
        let mut case = case(&context, &json!([allow_all()]));
        case["request"]["action"] = json!("iam:GetUser");
        case["request"]["resource"] = json!(USER);
        check(mfa, &case, allowed, Reach::Decided);
    }
}

#[test]
fn a_demanded_instant_is_the_one_that_is_compared() {
    let condition = json!({ "DateEquals": { "aws:TokenIssueTime": [] } });
    let allow = json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition });
    let context =
        json!({ "aws:TokenIssueTime": "2026-05-04T09:00:00Z", "aws:MultiFactorAuthPresent": "true" });
    check("F20", &case(&context, &json!([allow])), false, Reach::Decided);
}

/// A lemma of the case that a text is no number was once taken for one of all cases.
#[test]
fn a_text_that_compares_is_not_excluded_by_the_case_that_it_does_not() {
    for (value, allowed) in [("10", false), ("-10", true), ("x", true)] {
        let condition = json!({ "NumericGreaterThan": { "custom:key": ["-5"] } });
        let deny = json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition });
        let context = json!({ "custom:key": value });
        check(value, &case(&context, &json!([deny, allow_all()])), allowed, Reach::Decided);
    }
    for (value, allowed) in [("192.0.2.9", false), ("192.0.2.1", true), ("x", false)] {
        let condition = json!({ "IpAddress": { "custom:key": ["192.0.2.1"] } });
        let allow = json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition });
        let context = json!({ "custom:key": value });
        check(value, &case(&context, &json!([allow])), allowed, Reach::Decided);
    }
}
