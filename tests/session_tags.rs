//! A role whose session tags are free, and policies that compare the tags with the resource, its tags or each other: in
//! pairs of what some session may do and what none may.

use ringfence_model::catalogue::Catalogue;
use ringfence_model::simulation::Case;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::prove::Prover;
use ringfence_solver::query::TargetResource;
use ringfence_solver::verdict::Verdict;
use ringfence_solver::wildcard::Language;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::decided::word;
use crate::engines::Scenario;
use crate::soundness::reach;

const TEAM: &str = "arn:aws:s3:::${aws:PrincipalTag/team}-data/*";

struct Question {
    statements: Value,
    /// What the permissions boundary allows; everything if null.
    boundary: Value,
    /// Only objects whose ARN this pattern matches are asked about.
    object: &'static str,
}

impl Question {
    fn verdict(&self) -> Verdict {
        let document = |statements: &Value| json!({ "Version": "2012-10-17", "Statement": statements });
        let mut policies = json!({ "identity": [document(&self.statements)] });
        if !self.boundary.is_null() {
            policies["permissionsBoundary"] = json!([document(&self.boundary)]);
        }
        let case = json!({
            "request": {
                "principal": "arn:aws:sts::111122223333:assumed-role/app/x1", "action": "s3:GetObject",
                "resource": "arn:aws:s3:::data/x", "resourceAccount": "111122223333",
                "context": { "aws:userid": "AROAEXAMPLE:x1" }
            },
            "policies": policies
        });
        let catalogue = Catalogue::embedded().unwrap();
        let assumptions = Assumptions::new();
        let case = Case::read(&case.to_string(), &Arc::from("case"), 1).unwrap();
        let scenario = Scenario::new(&case.request, &case.policies, catalogue).unwrap();
        let mut query = reach(&scenario, catalogue);
        for target in &mut query.targets {
            if let TargetResource::Type { resource_type, .. } = target.resource {
                let language = Language::glob(self.object);
                target.resource = TargetResource::Within { resource_type, language, excluded: Vec::new() };
            }
        }
        Prover::new(catalogue, &assumptions).answer(&query, &scenario.subject)
    }
}

fn allow(resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": "s3:*", "Resource": resource })
}

fn allow_if(condition: &Value) -> Value {
    json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition })
}

fn deny_if(condition: &Value) -> Value {
    json!({ "Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition })
}

fn deny_elsewhere(resource: &str) -> Value {
    json!({ "Effect": "Deny", "Action": "s3:*", "NotResource": resource })
}

fn tag(operator: &str, pattern: &str) -> Value {
    json!({ operator: { "aws:PrincipalTag/team": pattern } })
}

fn all_decided(cases: Vec<(&'static str, Value, Value, &'static str, &'static str)>) {
    let mut wrong = Vec::new();
    for (name, statements, boundary, object, expected) in cases {
        let verdict = Question { statements, boundary, object }.verdict();
        if word(&verdict) != expected {
            wrong.push(format!("{name}: {}, not {expected}", word(&verdict)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_resource_holds_a_tag() {
    let pinned = |operator: &str, pattern: &str| json!([allow_if(&tag(operator, pattern))]);
    all_decided(vec![
        ("any tag", json!([allow(TEAM)]), Value::Null, "arn:aws:s3:::red-data/*", "refuted"),
        ("no bucket of that form", json!([allow(TEAM)]), Value::Null, "arn:aws:s3:::red-logs/x", "proved"),
        (
            "the tag is another",
            json!([allow(TEAM)]),
            pinned("StringEquals", "blue"),
            "arn:aws:s3:::red-data/*",
            "proved",
        ),
        (
            "the tag is that",
            json!([allow(TEAM)]),
            pinned("StringEquals", "red"),
            "arn:aws:s3:::red-data/*",
            "refuted",
        ),
        (
            "the tag starts so",
            json!([allow(TEAM)]),
            pinned("StringLike", "r*"),
            "arn:aws:s3:::red-data/*",
            "refuted",
        ),
        (
            "the tag starts otherwise",
            json!([allow(TEAM)]),
            pinned("StringLike", "b*"),
            "arn:aws:s3:::red-data/*",
            "proved",
        ),
        (
            "the tag ends so",
            json!([allow("arn:aws:s3:::data-${aws:PrincipalTag/team}/*")]),
            pinned("StringLike", "*-red"),
            "arn:aws:s3:::data-*red/x",
            "refuted",
        ),
        (
            "the tag ends otherwise",
            json!([allow("arn:aws:s3:::data-${aws:PrincipalTag/team}/*")]),
            pinned("StringNotLike", "*r*"),
            "arn:aws:s3:::data-red/x",
            "proved",
        ),
        (
            "the tag holds a slash",
            json!([allow("arn:aws:s3:::${aws:PrincipalTag/team}")]),
            pinned("StringNotLike", "data/*"),
            "arn:aws:s3:::data/x",
            "proved",
        ),
        (
            "the tag may be longer",
            json!([allow("arn:aws:s3:::${aws:PrincipalTag/team}*")]),
            pinned("StringNotLike", "data/*"),
            "arn:aws:s3:::data/x",
            "refuted",
        ),
        (
            "in the middle",
            json!([allow("arn:aws:s3:::*${aws:PrincipalTag/team}*")]),
            pinned("StringLike", "??z"),
            "arn:aws:s3:::data/xyz",
            "refuted",
        ),
        (
            "not in the middle",
            json!([allow("arn:aws:s3:::*${aws:PrincipalTag/team}*")]),
            pinned("StringLike", "?z?"),
            "arn:aws:s3:::data/xyz",
            "proved",
        ),
    ]);
}

#[test]
fn everything_else_is_denied() {
    let everywhere = || json!([allow("*"), deny_elsewhere(TEAM)]);
    let pinned = |pattern: &str| json!([allow_if(&tag("StringLike", pattern))]);
    all_decided(vec![
        ("any tag", everywhere(), Value::Null, "arn:aws:s3:::red-data/x", "refuted"),
        ("of another form", everywhere(), pinned("*"), "arn:aws:s3:::red-logs/x", "proved"),
        ("another tag", everywhere(), pinned("b*"), "arn:aws:s3:::red-data/x", "proved"),
        ("that tag", everywhere(), pinned("r?d"), "arn:aws:s3:::red-data/x", "refuted"),
        (
            "two denials that no tag satisfies",
            json!([
                allow("*"),
                deny_elsewhere(TEAM),
                deny_elsewhere("arn:aws:s3:::data-${aws:PrincipalTag/team}/*")
            ]),
            pinned("r*"),
            "arn:aws:s3:::*/x",
            "proved",
        ),
        (
            "two denials that one tag satisfies",
            json!([
                allow("*"),
                deny_elsewhere(TEAM),
                deny_elsewhere("arn:aws:s3:::*-${aws:PrincipalTag/team}/*")
            ]),
            pinned("d*"),
            "arn:aws:s3:::*/x",
            "refuted",
        ),
        (
            "allowed and denied alike",
            json!([allow(TEAM), { "Effect": "Deny", "Action": "s3:*", "Resource": TEAM }]),
            Value::Null,
            "arn:aws:s3:::*",
            "proved",
        ),
        (
            "allowed and a part of it denied",
            json!([
                allow(TEAM),
                { "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:PrincipalTag/team}-data/a*" }
            ]),
            Value::Null,
            "arn:aws:s3:::*",
            "refuted",
        ),
    ]);
}

#[test]
fn one_tag_is_compared_with_another() {
    let own = "${s3:ExistingObjectTag/team}";
    let equal =
        |value: &str| json!([allow_if(&json!({ "StringEquals": { "aws:PrincipalTag/team": value } }))]);
    let object = |operator: &str, pattern: &str| {
        json!([allow_if(&json!({ operator: { "s3:ExistingObjectTag/team": pattern } }))])
    };
    all_decided(vec![
        ("the same", equal(own), object("StringLike", "r*"), "*", "refuted"),
        (
            "the same, and both pinned",
            json!([allow_if(&json!({
                "StringEquals": { "aws:PrincipalTag/team": own }, "StringLike": { "aws:PrincipalTag/team": "b*" }
            }))]),
            object("StringLike", "r*"),
            "*",
            "proved",
        ),
        (
            "with something before it",
            json!([allow_if(&json!({
                "StringEquals": { "aws:PrincipalTag/team": format!("team-{own}") },
                "StringLike": { "aws:PrincipalTag/team": "*-blue" }
            }))]),
            object("StringLike", "b*"),
            "*",
            "refuted",
        ),
        (
            "with something else before it",
            json!([allow_if(&json!({
                "StringEquals": { "aws:PrincipalTag/team": format!("team-{own}") },
                "StringLike": { "aws:PrincipalTag/team": "*-blue" }
            }))]),
            object("StringNotLike", "*blue"),
            "*",
            "proved",
        ),
        (
            "unless equal",
            json!([
                allow_if(&json!({ "StringEquals": { "aws:PrincipalTag/team": "blue" } })),
                deny_if(&json!({ "StringNotEquals": { "aws:PrincipalTag/team": format!("{own}e") } }))
            ]),
            object("StringLike", "r*"),
            "*",
            "proved",
        ),
        (
            "unless equal, and it can be",
            json!([
                allow_if(&json!({ "StringEquals": { "aws:PrincipalTag/team": "blue" } })),
                deny_if(&json!({ "StringNotEquals": { "aws:PrincipalTag/team": format!("{own}e") } }))
            ]),
            object("StringLike", "b*"),
            "*",
            "refuted",
        ),
        (
            "each is the other with a letter more",
            json!([allow_if(&json!({
                "StringEquals": {
                    "aws:PrincipalTag/team": format!("{own}x"), "s3:ExistingObjectTag/team": "${aws:PrincipalTag/team}x"
                }
            }))]),
            Value::Null,
            "*",
            "proved",
        ),
    ]);
}

#[test]
fn letter_case_does_not_count() {
    let own = "${s3:ExistingObjectTag/team}";
    let equal = |value: &str, pattern: &str| {
        json!([allow_if(&json!({
            "StringEqualsIgnoreCase": { "aws:PrincipalTag/team": value }, "StringLike": { "aws:PrincipalTag/team": pattern }
        }))])
    };
    let object = |operator: &str, pattern: &str| {
        json!([allow_if(&json!({ operator: { "s3:ExistingObjectTag/team": pattern } }))])
    };
    all_decided(vec![
        ("another case", equal(own, "B*"), object("StringLike", "b*"), "*", "refuted"),
        ("another letter", equal(own, "B*"), object("StringLike", "r*"), "*", "proved"),
        ("another length", equal(&format!("x{own}"), "X??"), object("StringLike", "???*"), "*", "proved"),
        ("that length", equal(&format!("x{own}"), "X??"), object("StringLike", "??*"), "*", "refuted"),
    ]);
}

#[test]
fn a_proof_says_whether_strings_were_used() {
    let strings = |statements: Value, boundary: Value, object: &'static str| {
        let verdict = Question { statements, boundary, object }.verdict();
        let Verdict::Proved(certificate) = &verdict else { panic!("{verdict:?}") };
        certificate.used_strings
    };
    let pinned = || json!([allow_if(&tag("StringLike", "b*"))]);
    // The theory sees that no text which starts so is in the template.
    assert!(!strings(json!([allow(TEAM)]), pinned(), "arn:aws:s3:::red-data/x"));
    let each_is_longer = json!([allow_if(&json!({
        "StringEquals": {
            "aws:PrincipalTag/team": "${s3:ExistingObjectTag/team}x", "s3:ExistingObjectTag/team": "${aws:PrincipalTag/team}x"
        }
    }))]);
    assert!(strings(each_is_longer, Value::Null, "*"));
}
