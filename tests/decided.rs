//! Questions that need texts of several kinds at once, each in a pair that is decided one way and the other.

use ringfence_model::catalogue::Catalogue;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::prove::Prover;
use ringfence_solver::verdict::Verdict;
use serde_json::{Value, json};

use crate::differential::scenario;
use crate::soundness::reach;

/// The verdict on whether any request for an object is allowed by these statements.
pub(crate) fn verdict(principal: &str, statements: &Value) -> Verdict {
    let case = json!({
        "request": {
            "principal": principal, "action": "s3:GetObject", "resource": "arn:aws:s3:::data/x",
            "resourceAccount": "111122223333", "context": { "aws:userid": "AROAEXAMPLE:x1" }
        },
        "policies": { "identity": [{ "Version": "2012-10-17", "Statement": statements }] }
    });
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let scenario = scenario(&case, catalogue).unwrap().unwrap();
    Prover::new(catalogue, &assumptions).answer(&reach(&scenario, catalogue), &scenario.subject)
}

const USER: &str = "arn:aws:iam::111122223333:user/alice";

fn allow(condition: &Value) -> Value {
    json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition })
}

fn deny(condition: &Value) -> Value {
    json!({ "Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition })
}

/// Proved, refuted, or the reason why neither.
pub(crate) fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Proved(_) => "proved".to_owned(),
        Verdict::Refuted(_) => "refuted".to_owned(),
        Verdict::Inconclusive(reason) => reason.text(),
        Verdict::NotApplicable => "not applicable".to_owned(),
    }
}

fn all_decided(cases: &[(&str, Value, &str)]) {
    let mut wrong = Vec::new();
    for (name, statements, expected) in cases {
        let found = word(&verdict(USER, statements));
        if found != *expected {
            wrong.push(format!("{name}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_text_that_is_read_by_a_pattern_and_as_a_number() {
    let like = |pattern: &str, operator: &str, number: &str| {
        json!([allow(
            &json!({ "StringLike": { "aws:UserAgent": pattern }, operator: { "aws:UserAgent": number } })
        )])
    };
    all_decided(&[
        ("a letter", like("x*", "NumericLessThan", "5"), "proved"),
        ("three digits", like("9[5]7", "NumericLessThan", "100"), "proved"),
        ("exactly", like("957", "NumericLessThan", "100"), "proved"),
        ("an exponent makes it small", like("9??", "NumericLessThan", "100"), "refuted"),
        ("a fraction at the end", like("*.5", "NumericEquals", "3"), "proved"),
        ("zeros at the end", like("*.500", "NumericEquals", "-3.5"), "refuted"),
        ("negative", like("-*", "NumericGreaterThan", "0"), "proved"),
        ("negative zero", like("-*", "NumericGreaterThanEquals", "0"), "refuted"),
        ("no number at all", like("*e*e*", "NumericLessThan", "5"), "proved"),
        ("any number", like("*e*", "NumericLessThan", "5"), "refuted"),
    ]);
}

#[test]
fn a_text_that_is_read_by_a_pattern_and_as_an_instant() {
    let like = |key: &str, pattern: &str, operator: &str, instant: &str| {
        json!([allow(&json!({ "StringLike": { key: pattern }, operator: { key: instant } }))])
    };
    let now = "aws:CurrentTime";
    all_decided(&[
        ("the next year", like(now, "2027-*", "DateLessThan", "2026-06-01"), "proved"),
        ("the same year", like(now, "2027-*", "DateLessThan", "2027-06-01"), "refuted"),
        ("the offset reaches back", like(now, "2026-06-01T*", "DateLessThan", "2026-06-01"), "refuted"),
        ("not so far", like(now, "2026-06-02T*", "DateLessThan", "2026-06-01"), "proved"),
        ("no instant", like("aws:UserAgent", "*pm", "DateGreaterThan", "2026-06-01"), "proved"),
        ("an instant", like("aws:UserAgent", "*Z", "DateGreaterThan", "2026-06-01"), "refuted"),
        (
            "a number of seconds",
            like("aws:UserAgent", "17*", "DateEquals", "2026-05-04T09:30:00Z"),
            "refuted",
        ),
        ("another one", like("aws:UserAgent", "18*", "DateEquals", "2026-05-04T09:30:00Z"), "proved"),
    ]);
}

#[test]
fn a_text_that_is_read_by_a_pattern_and_as_an_address() {
    let like = |pattern: &str, operator: &str, range: &str| {
        json!([allow(
            &json!({ "StringLike": { "aws:SourceIp": pattern }, operator: { "aws:SourceIp": range } })
        )])
    };
    let outside = |range: &str| {
        json!([
            allow(&json!({ "IpAddress": { "aws:SourceIp": range } })),
            deny(&json!({ "StringNotLike": { "aws:SourceIp": ["192.0.2.*", "*:abcd:*"] } }))
        ])
    };
    all_decided(&[
        ("the same network", like("10.*", "IpAddress", "10.0.0.0/8"), "refuted"),
        ("another network", like("10.*", "IpAddress", "192.0.2.0/24"), "proved"),
        ("not an address", like("10.*.*.*.*", "IpAddress", "0.0.0.0/0"), "proved"),
        ("all but one network", like("10.1.2.*", "NotIpAddress", "10.1.2.0/25"), "refuted"),
        ("within that network", like("10.1.2.1?", "NotIpAddress", "10.1.2.0/25"), "proved"),
        ("long groups", like("2001:0DB8:*", "IpAddress", "2001:db8::/32"), "refuted"),
        ("other groups", like("2001:0DB9:*", "IpAddress", "2001:db8::/32"), "proved"),
        ("denied unless it matches", outside("198.51.100.0/24"), "proved"),
        ("a part of it matches", outside("192.0.0.0/22"), "refuted"),
        ("a part of the address", outside("2001:db8::/32"), "refuted"),
        ("another part", outside("2001:db8:1:2:3:4:5:6/128"), "proved"),
    ]);
}

#[test]
fn a_text_that_is_read_in_three_ways() {
    let all = |pattern: &str| {
        json!([allow(&json!({
            "StringLike": { "aws:UserAgent": pattern }, "NumericLessThan": { "aws:UserAgent": "100" },
            "DateGreaterThan": { "aws:UserAgent": "10" }
        }))])
    };
    all_decided(&[
        ("digits", all("5*"), "refuted"),
        ("a point is in no instant", all("*.*"), "proved"),
        ("a colon is in no number", all("*:*"), "proved"),
        ("too late", all("7???"), "proved"),
    ]);
    let either = |pattern: &str| {
        json!([
            allow(&json!({ "StringLike": { "aws:UserAgent": pattern } })),
            deny(&json!({ "NumericLessThan": { "aws:UserAgent": "100" } })),
            deny(&json!({ "DateGreaterThan": { "aws:UserAgent": "10" } }))
        ])
    };
    all_decided(&[
        ("neither", either("x*"), "refuted"),
        ("a small number and an early instant", either("5?"), "refuted"),
        ("one of them", either("57"), "proved"),
    ]);
}

/// An open point that would undo a request is no matter where another request does without it; whichever of the
/// statements comes first.
#[test]
fn another_request_is_found_where_the_first_hangs_on_open_points() {
    // F17: a list without a set operator matches nothing, or is read the lenient way.
    let open = json!({ "Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {
        "StringEquals": { "aws:TagKeys": "x" }
    } });
    let sure = |pattern: &str| json!({ "Effect": "Allow", "Action": "s3:*", "Resource": pattern });
    let front = |resource: &str| json!({ "Effect": "Deny", "Action": "s3:*", "Resource": resource });
    let rotations = |statements: Vec<Value>| {
        (0..statements.len()).map(move |count| {
            let mut statements = statements.clone();
            statements.rotate_left(count);
            Value::from(statements)
        })
    };
    let short = front("arn:aws:s3");
    for (name, statements, expected) in [
        ("F17 alone", vec![sure("*"), open.clone()], "refuted"),
        ("F7 on everything", vec![sure("*"), short.clone()], "open-points F7"),
        ("F7 and F17", vec![sure("*"), open.clone(), short], "open-points F7"),
        (
            "F10 on one bucket",
            vec![sure("arn:aws:s3:::a*"), sure("arn:aws:s3:::b*"), front("arn:aws:S3:::a*")],
            "refuted",
        ),
        (
            "F10 on both buckets",
            vec![
                sure("arn:aws:s3:::a*"),
                sure("arn:aws:s3:::b*"),
                front("arn:aws:S3:::a*"),
                front("arn:aws:S3:::b*"),
            ],
            "open-points F10",
        ),
        (
            "allowed by open values only",
            vec![
                sure("arn:aws:S3:::a*"),
                sure("arn:aws:S3:::b*"),
                sure("arn:aws:s3:::c*"),
                front("arn:*:s3:*c*"),
            ],
            "open-points F10",
        ),
    ] {
        for statements in rotations(statements) {
            let found = verdict(USER, &statements);
            assert_eq!(short_word(&found), expected, "{name}: {statements} {found:?}");
        }
    }
}

/// Of several points that a value of Resource raises, those are named that matter.
#[test]
fn the_points_that_are_named_are_those_that_matter() {
    let allow = |resource: &str| json!([{ "Effect": "Allow", "Action": "*", "Resource": resource }]);
    let deny = |resource: &str| {
        json!([
            { "Effect": "Allow", "Action": "*", "Resource": "*" }, { "Effect": "Deny", "Action": "*", "Resource": resource }
        ])
    };
    let user = ("iam:GetUser", "arn:aws:iam::111122223333:user/Alice");
    let queue = ("sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:orders");
    let object = ("s3:GetObject", "arn:aws:s3:::data/x");
    for ((action, resource), statements, expected) in [
        (user, allow("arn:aws:iam::*:user/alice"), "open-points F10"),
        (user, deny("arn:aws:iam::*:user/alice"), "open-points F10"),
        (user, allow("arn:aws:iam::*:user/Alice"), "refuted"),
        (user, allow("arn:aws:iam:*:user/Alice"), "open-points F4"),
        (user, allow("arn:aws:iam::1*3:user/alice"), "open-points F10"),
        (user, allow("arn:aws:iam::*:us*/alice"), "proved"),
        (user, allow("arn:aws:iam::*:us*/Alice"), "open-points F6"),
        (queue, allow("arn:aws:sqs:*:orders"), "open-points F4"),
        (queue, allow("arn:aws:SQS:*:*:orders"), "open-points F10"),
        (queue, deny("arn:aws:SQS:*:*:orders"), "open-points F10"),
        (queue, allow("arn:aws:s?s:*:*:orders"), "open-points F6"),
        (queue, deny("arn:aws:s?s:*:orders"), "open-points F6"),
        (queue, allow("arn:aws:s?s:*:*:Orders"), "proved"),
        (object, allow("arn:*:data/x"), "open-points F4"),
        (object, allow("arn:aws:S*:::data/x"), "open-points F6"),
    ] {
        let catalogue = Catalogue::embedded().unwrap();
        let assumptions = Assumptions::new();
        let case = json!({
            "request": {
                "principal": USER, "action": action, "resource": resource, "resourceAccount": "111122223333",
                "context": { "aws:userid": "AIDAEXAMPLE" }
            },
            "policies": { "identity": [{ "Version": "2012-10-17", "Statement": statements }] }
        });
        let scenario = scenario(&case, catalogue).unwrap().unwrap();
        let mut query = reach(&scenario, catalogue);
        query.targets.truncate(1);
        query.targets[0].resource = scenario.exactly(catalogue);
        let found = Prover::new(catalogue, &assumptions).answer(&query, &scenario.subject);
        assert_eq!(short_word(&found), expected, "{statements}: {found:?}");
    }
}

/// Proved, refuted, or the points on which it hangs.
fn short_word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Inconclusive(reason) => format!("{} {}", reason.code(), reason.points().join(" ")),
        Verdict::Proved(_) | Verdict::Refuted(_) | Verdict::NotApplicable => word(verdict),
    }
}
