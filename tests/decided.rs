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

fn allow(condition: Value) -> Value {
    json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition })
}

fn deny(condition: Value) -> Value {
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
        json!([allow(json!({ "StringLike": { "aws:UserAgent": pattern }, operator: { "aws:UserAgent": number } }))])
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
fn a_key_of_numbers_that_is_also_matched_by_patterns() {
    let key = |like: &str, operator: &str, number: &str| {
        let list = |mut statement: Value| {
            statement["Action"] = json!("s3:*");
            statement
        };
        json!([list(allow(json!({
            "StringLike": { "aws:EpochTime": like }, operator: { "aws:EpochTime": number }
        })))])
    };
    all_decided(&[
        ("a late second", key("18*", "DateLessThan", "1700000000"), "refuted"),
        ("all later", key("1800000???", "DateLessThan", "1700000000"), "proved"),
        ("some earlier", key("1???000000", "DateLessThan", "1700000000"), "refuted"),
    ]);
}

#[test]
fn a_text_that_is_read_by_a_pattern_and_as_an_instant() {
    let like = |key: &str, pattern: &str, operator: &str, instant: &str| {
        json!([allow(json!({ "StringLike": { key: pattern }, operator: { key: instant } }))])
    };
    let now = "aws:CurrentTime";
    all_decided(&[
        ("the next year", like(now, "2027-*", "DateLessThan", "2026-06-01"), "proved"),
        ("the same year", like(now, "2027-*", "DateLessThan", "2027-06-01"), "refuted"),
        ("the offset reaches back", like(now, "2026-06-01T*", "DateLessThan", "2026-06-01"), "refuted"),
        ("not so far", like(now, "2026-06-02T*", "DateLessThan", "2026-06-01"), "proved"),
        ("no instant", like("aws:UserAgent", "*pm", "DateGreaterThan", "2026-06-01"), "proved"),
        ("an instant", like("aws:UserAgent", "*Z", "DateGreaterThan", "2026-06-01"), "refuted"),
        ("a number of seconds", like("aws:UserAgent", "17*", "DateEquals", "2026-05-04T09:30:00Z"), "refuted"),
        ("another one", like("aws:UserAgent", "18*", "DateEquals", "2026-05-04T09:30:00Z"), "proved"),
    ]);
}

#[test]
fn a_text_that_is_read_by_a_pattern_and_as_an_address() {
    let like = |pattern: &str, operator: &str, range: &str| {
        json!([allow(json!({ "StringLike": { "aws:SourceIp": pattern }, operator: { "aws:SourceIp": range } }))])
    };
    let outside = |range: &str| {
        json!([
            allow(json!({ "IpAddress": { "aws:SourceIp": range } })),
            deny(json!({ "StringNotLike": { "aws:SourceIp": ["192.0.2.*", "*:abcd:*"] } }))
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
        json!([allow(json!({
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
            allow(json!({ "StringLike": { "aws:UserAgent": pattern } })),
            deny(json!({ "NumericLessThan": { "aws:UserAgent": "100" } })),
            deny(json!({ "DateGreaterThan": { "aws:UserAgent": "10" } }))
        ])
    };
    all_decided(&[
        ("neither", either("x*"), "refuted"),
        ("a small number and an early instant", either("5?"), "refuted"),
        ("one of them", either("57"), "proved"),
    ]);
}
