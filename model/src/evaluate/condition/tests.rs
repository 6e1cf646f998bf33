//! Conditions: presence, arity, operators, and the open points of each (semantics:C6–C8).

use crate::context::{ContextKey, ContextValue};
use crate::evaluate::tests::{ALICE, SESSION, identity, outcome, request};
use crate::json::{Json, JsonValue};
use std::sync::Arc;

/// What an Allow under `condition` comes to, `{ operator: { key: values } }`, for a request with `context`: `+` or
/// `-`, and the points that could change it.
fn holds(condition: &str, context: &str) -> String {
    holds_for(ALICE, condition, context)
}

fn holds_for(principal: &str, condition: &str, context: &str) -> String {
    let mut call = request(principal, "s3:ListBucket", "arn:aws:s3:::example-data");
    let json = Json::parse(context, &Arc::from("context")).expect("a context");
    for member in json.as_object().expect("an object") {
        let text = |json: &Json| json.scalar_text().expect("a scalar").to_owned();
        let value = if let JsonValue::Array(values) = &member.value.value {
            ContextValue::List(values.iter().map(text).collect())
        } else {
            ContextValue::Single(text(&member.value))
        };
        call.context.insert(ContextKey::new(&member.key), value);
    }
    let statement =
        format!(r#"{{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {condition}}}"#);
    outcome(&call, &identity(&statement)).replace("ImplicitDeny", "-").replace("Allow", "+")
}

/// Each row: operator, policy values, the key's value (empty for an absent key), what comes out.
fn check(key: &str, rows: &[(&str, &str, &str, &str)]) {
    for (operator, values, value, expected) in rows {
        let condition = format!(r#"{{"{operator}": {{"{key}": {values}}}}}"#);
        let context = if value.is_empty() { "{}".to_owned() } else { format!(r#"{{"{key}": {value}}}"#) };
        assert_eq!(holds(&condition, &context), *expected, "{condition} {context}");
    }
}

#[test]
fn presence_and_single_values() {
    check(
        "s3:prefix",
        &[
            ("StringEquals", r#""a""#, r#""a""#, "+"),
            ("StringEquals", r#""a""#, r#""A""#, "-"),
            ("StringEquals", r#"["b", "a"]"#, r#""a""#, "+"),
            ("StringEquals", r#""a""#, "", "-"),
            ("StringNotEquals", r#"["b", "a"]"#, r#""a""#, "-"),
            ("StringNotEquals", r#"["b", "c"]"#, r#""a""#, "+"),
            ("StringNotEquals", r#""a""#, "", "+"),
            ("StringEqualsIfExists", r#""a""#, "", "+"),
            ("StringEqualsIfExists", r#""a""#, r#""b""#, "-"),
            ("StringNotEqualsIfExists", r#""a""#, "", "+"),
            ("StringNotEqualsIfExists", r#""a""#, r#""a""#, "-"),
            ("ForAllValues:StringEquals", r#""a""#, "", "+"),
            ("ForAllValues:StringEquals", r#""a""#, r#""b""#, "-"),
            ("ForAllValues:StringNotEquals", r#""a""#, "", "+ F16"),
            ("ForAllValues:StringNotEqualsIfExists", r#""a""#, "", "+"),
            ("ForAnyValue:StringEquals", r#""a""#, "", "-"),
            ("ForAnyValue:StringNotEquals", r#""a""#, "", "-"),
            ("ForAnyValue:StringEqualsIfExists", r#""a""#, "", "+ F18"),
            ("ForAnyValue:StringEquals", r#""a""#, r#""a""#, "+"),
            ("Null", r#""true""#, "", "+"),
            ("Null", r#""true""#, r#""a""#, "-"),
            ("Null", "false", r#""a""#, "+"),
            ("Null", r#""False""#, "", "-"),
            ("Null", r#"["true", "false"]"#, "", "+"),
            ("Null", r#""maybe""#, "", "-"),
            ("ForAllValues:Null", r#""true""#, r#""a""#, "+ F19"),
            ("ForAllValues:Null", r#""true""#, "", "+"),
            ("ForAnyValue:Null", r#""false""#, r#""a""#, "- F19"),
            ("ForAnyValue:Null", r#""true""#, r#""a""#, "-"),
        ],
    );
}

#[test]
fn lists() {
    check(
        "aws:TagKeys",
        &[
            ("ForAllValues:StringEquals", r#"["a", "b"]"#, r#"["a", "b"]"#, "+"),
            ("ForAllValues:StringEquals", r#"["a"]"#, r#"["a", "b"]"#, "-"),
            ("ForAnyValue:StringEquals", r#"["a"]"#, r#"["a", "b"]"#, "+"),
            ("ForAnyValue:StringEquals", r#"["c"]"#, r#"["a", "b"]"#, "-"),
            ("ForAnyValue:StringNotEquals", r#"["a"]"#, r#"["a", "b"]"#, "+"),
            ("ForAllValues:StringNotEquals", r#"["a"]"#, r#"["a", "b"]"#, "-"),
            ("ForAllValues:StringNotEquals", r#"["c"]"#, r#"["a", "b"]"#, "+"),
            // Without values a list behaves as an absent key, but for Null.
            ("ForAllValues:StringEquals", r#"["a"]"#, "[]", "+"),
            ("ForAnyValue:StringEquals", r#"["a"]"#, "[]", "-"),
            ("Null", r#""true""#, "[]", "-"),
            // The empty text is an empty set for ForAllValues.
            ("ForAllValues:StringEquals", r#"["a"]"#, r#"[""]"#, "+"),
            ("ForAllValues:StringEquals", r#"["a"]"#, r#""""#, "+"),
            ("ForAllValues:StringEquals", r#"["a"]"#, r#"["", "b"]"#, "-"),
            ("ForAnyValue:StringEquals", r#"["a"]"#, r#"[""]"#, "-"),
            // Without a set operator (F17), also where the context gives one bare value of a multivalued key.
            ("StringEquals", r#""a""#, r#"["a"]"#, "- F17"),
            ("StringEquals", r#""a""#, r#""a""#, "- F17"),
            ("StringEquals", r#""c""#, r#"["a"]"#, "-"),
            ("StringNotEquals", r#""a""#, r#"["a"]"#, "- F17"),
            ("StringEqualsIfExists", r#""a""#, r#"["a"]"#, "- F17"),
            ("StringEquals", r#""a""#, "", "-"),
            ("StringNotEquals", r#""a""#, "", "+"),
        ],
    );
    check("s3:prefix", &[("StringEquals", r#""a""#, r#"["a"]"#, "- F17")]);
}

#[test]
fn empty_lists_of_values() {
    check(
        "s3:prefix",
        &[
            ("StringEquals", "[]", r#""a""#, "-"),
            ("StringNotEquals", "[]", r#""a""#, "- F20"),
            ("StringNotEquals", "[]", "", "- F20"),
            ("StringEqualsIfExists", "[]", "", "+"),
            ("StringNotEqualsIfExists", "[]", "", "+"),
            ("StringEqualsIfExists", "[]", r#""a""#, "-"),
            ("StringNotEqualsIfExists", "[]", r#""a""#, "- F20"),
            ("ForAllValues:StringEquals", "[]", "", "+"),
            ("ForAllValues:StringEquals", "[]", r#""a""#, "-"),
            ("ForAllValues:StringNotEquals", "[]", r#""a""#, "- F20"),
            ("ForAnyValue:StringEquals", "[]", r#""a""#, "-"),
            ("ForAnyValue:StringNotEquals", "[]", r#""a""#, "- F20"),
            ("ForAnyValue:StringNotEquals", "[]", "", "-"),
            ("Null", "[]", r#""a""#, "-"),
        ],
    );
}

#[test]
fn operators_in_another_letter_case_are_open() {
    check(
        "s3:prefix",
        &[
            ("stringequals", r#""a""#, r#""a""#, "- F39"),
            ("stringequals", r#""a""#, r#""b""#, "-"),
            ("forallvalues:STRINGNOTEQUALS", r#""a""#, "", "- F39"),
        ],
    );
}

#[test]
fn strings() {
    check(
        "s3:prefix",
        &[
            ("StringEquals", r#""a*""#, r#""ab""#, "-"),
            ("StringEqualsIgnoreCase", r#""ABC""#, r#""abc""#, "+"),
            ("StringNotEqualsIgnoreCase", r#""ABC""#, r#""abc""#, "-"),
            ("StringLike", r#""a*c?""#, r#""abbcd""#, "+"),
            ("StringLike", r#""a*""#, r#""A""#, "-"),
            ("StringNotLike", r#""a*""#, r#""ab""#, "-"),
            ("StringNotLike", r#""a*""#, r#""b""#, "+"),
            ("StringLike", r#""""#, r#""""#, "+"),
        ],
    );
}

#[test]
fn numbers() {
    check(
        "s3:max-keys",
        &[
            ("NumericEquals", r#""10.0""#, r#""10""#, "+"),
            ("NumericNotEquals", "10", r#""10""#, "-"),
            ("NumericLessThan", "10", r#""9""#, "+"),
            ("NumericLessThan", "10", r#""10""#, "-"),
            ("NumericLessThanEquals", "10", r#""10""#, "+"),
            ("NumericGreaterThan", "10", r#""10.5""#, "+"),
            ("NumericGreaterThanEquals", "-3", r#""-4""#, "-"),
            ("NumericLessThan", "10", r#""many""#, "-"),
            ("NumericLessThan", r#"["x", 10]"#, r#""9""#, "+"),
            ("NumericNotEquals", "10", r#""many""#, "- F23"),
            ("NumericNotEquals", r#"["x", 10]"#, r#""9""#, "- F23"),
            ("NumericNotEquals", r#"["x", 10]"#, r#""10""#, "-"),
            ("NumericNotEquals", "10", "", "+"),
        ],
    );
}

#[test]
fn dates() {
    check(
        "aws:CurrentTime",
        &[
            ("DateLessThan", r#""2026-05-05""#, r#""2026-05-04T09:30:00Z""#, "+"),
            ("DateLessThan", r#""2026-05-04T10:00:00+02:00""#, r#""2026-05-04T09:30:00Z""#, "-"),
            ("DateGreaterThanEquals", r#""2026-05-04T09:30:00Z""#, r#""2026-05-04T09:30:00.000Z""#, "+"),
            ("DateEquals", r#""2026-05-04T11:30:00+02:00""#, r#""2026-05-04T09:30:00Z""#, "+"),
            ("DateNotEquals", r#""soon""#, r#""2026-05-04T09:30:00Z""#, "- F23"),
            ("DateGreaterThan", r#""soon""#, r#""2026-05-04T09:30:00Z""#, "-"),
            ("DateLessThan", "1798761600", r#""2026-05-04T09:30:00Z""#, "+ F23"),
            ("DateGreaterThan", "1798761600", r#""2026-05-04T09:30:00Z""#, "- F23"),
            ("DateGreaterThan", "1000000000", r#""2026-05-04T09:30:00Z""#, "+"),
            ("DateNotEquals", "1777887000", r#""2026-05-04T09:30:00Z""#, "- F23"),
            ("DateGreaterThan", "5", r#""2026-05-04T09:30:00Z""#, "+"),
        ],
    );
}

#[test]
fn booleans_and_binaries() {
    check(
        "aws:SecureTransport",
        &[
            ("Bool", "true", r#""True""#, "+"),
            ("Bool", r#""FALSE""#, r#""false""#, "+"),
            ("Bool", r#""false""#, r#""true""#, "-"),
            ("Bool", r#""yes""#, r#""yes""#, "-"),
            ("BoolIfExists", "false", "", "+"),
            ("Bool", "false", "", "-"),
            ("BinaryEquals", r#""UmluZw==""#, r#""UmluZw==""#, "+"),
            ("BinaryEquals", r#""UmluZw==""#, r#""UmluZx==""#, "+"),
            ("BinaryEquals", r#""Ring""#, r#""UmluZw==""#, "-"),
            ("BinaryEquals", r#""x""#, r#""x""#, "-"),
        ],
    );
}

#[test]
fn addresses() {
    check(
        "aws:SourceIp",
        &[
            ("IpAddress", r#""203.0.113.0/24""#, r#""203.0.113.9""#, "+"),
            ("NotIpAddress", r#""203.0.113.0/24""#, r#""203.0.113.9""#, "-"),
            ("IpAddress", r#""203.0.113.0/24""#, r#""2001:db8::1""#, "-"),
            ("NotIpAddress", r#""203.0.113.0/24""#, r#""2001:db8::1""#, "+"),
            ("IpAddress", r#""2001:db8::1""#, r#""2001:db8::2""#, "- F25"),
            ("NotIpAddress", r#""2001:db8::1""#, r#""2001:db8::2""#, "+ F25"),
            ("IpAddress", r#""2001:db8::1""#, r#""2001:DB8:0::1""#, "+"),
            ("IpAddress", r#""2001:db8::/64""#, r#""2001:db8:0:1::1""#, "-"),
            ("IpAddress", r#""home""#, r#""203.0.113.9""#, "-"),
            ("NotIpAddress", r#""home""#, r#""203.0.113.9""#, "- F23"),
            ("NotIpAddress", r#""203.0.113.0/24""#, "", "+"),
        ],
    );
}

#[test]
fn arns() {
    check(
        "aws:SourceArn",
        &[
            ("ArnLike", r#""arn:aws:sns:*:*:order-*""#, r#""arn:aws:sns:us-east-1:1:order-x""#, "+"),
            ("ArnEquals", r#""arn:aws:sns:*:*:order-*""#, r#""arn:aws:sns:us-east-1:1:order-x""#, "+"),
            ("ArnNotLike", r#""arn:aws:sns:*:*:order-*""#, r#""arn:aws:sns:us-east-1:1:order-x""#, "-"),
            ("ArnNotEquals", r#""arn:aws:sns:*:*:x""#, r#""arn:aws:sns:us-east-1:1:order-x""#, "+"),
            ("ArnLike", r#""arn:aws:sns:*""#, r#""arn:aws:sns:us-east-1:1:order-x""#, "-"),
            ("ArnNotLike", r#""arn:aws:sns:*""#, r#""arn:aws:sns:us-east-1:1:order-x""#, "- F23"),
            ("ArnNotLike", r#""arn:aws:sns:*:*:x""#, r#""topic""#, "- F23"),
            ("ArnLike", r#""arn:aws:s3:::a*""#, r#""arn:aws:s3:::a/b:c""#, "+"),
        ],
    );
}

#[test]
fn variables_in_conditions() {
    let check = |condition: &str, context: &str, expected: &str| {
        assert_eq!(holds_for(SESSION, condition, context), expected, "{condition} {context}");
    };
    let like = r#"{"StringLike": {"s3:prefix": "${aws:PrincipalTag/team}/*"}}"#;
    check(like, r#"{"s3:prefix": "blue/x", "aws:PrincipalTag/team": "blue"}"#, "+");
    check(like, r#"{"s3:prefix": "blue/x", "aws:PrincipalTag/team": "*"}"#, "-");
    check(like, r#"{"s3:prefix": "blue/x"}"#, "-");
    check(like, r#"{"s3:prefix": "blue/x", "aws:PrincipalTag/team": ["blue"]}"#, "-");
    let with_default = r#"{"StringLike": {"s3:prefix": "${aws:PrincipalTag/team, 'a*'}"}}"#;
    check(with_default, r#"{"s3:prefix": "a*"}"#, "+");
    check(with_default, r#"{"s3:prefix": "ab"}"#, "-");
    check(r#"{"StringLike": {"s3:prefix": "a${*}*"}}"#, r#"{"s3:prefix": "a*b"}"#, "+");
    check(r#"{"StringLike": {"s3:prefix": "a${*}*"}}"#, r#"{"s3:prefix": "abb"}"#, "-");
    let negated = r#"{"StringNotEquals": {"s3:prefix": ["${aws:username}", "x"]}}"#;
    check(negated, r#"{"s3:prefix": "bob"}"#, "+ F21");
    check(negated, r#"{"s3:prefix": "x"}"#, "-");
    check(negated, "{}", "+");
    let any = r#"{"ForAnyValue:StringNotEquals": {"aws:TagKeys": "${aws:username}"}}"#;
    check(any, r#"{"aws:TagKeys": ["a", "b"]}"#, "+ F21");
    let bool = r#"{"Bool": {"aws:SecureTransport": "${aws:PrincipalTag/tls}"}}"#;
    check(bool, r#"{"aws:SecureTransport": "true", "aws:PrincipalTag/tls": "TRUE"}"#, "+ F11");
    check(bool, r#"{"aws:SecureTransport": "true", "aws:PrincipalTag/tls": "false"}"#, "-");
    check(bool, r#"{"aws:SecureTransport": "true"}"#, "-");
    let number = r#"{"NumericEquals": {"s3:max-keys": "${aws:PrincipalTag/max}"}}"#;
    check(number, r#"{"s3:max-keys": "1", "aws:PrincipalTag/max": "1"}"#, "-");
    let arn = r#"{"ArnLike": {"aws:SourceArn": "${aws:PrincipalTag/arn}"}}"#;
    let tag = r#""aws:PrincipalTag/arn": "arn:aws:s3:::a*""#;
    check(arn, &format!(r#"{{"aws:SourceArn": "arn:aws:s3:::a*", {tag}}}"#), "+");
    check(arn, &format!(r#"{{"aws:SourceArn": "arn:aws:s3:::ab", {tag}}}"#), "-");
}

#[test]
fn all_keys_of_all_operators_must_hold() {
    let condition =
        r#"{"StringEquals": {"s3:prefix": "a", "AWS:PRINCIPALTAG/Team": "x"}, "Bool": {"s3:b": "true"}}"#;
    let full = r#"{"s3:prefix": "a", "aws:PrincipalTag/team": "x", "s3:b": "true"}"#;
    assert_eq!(holds(condition, full), "+");
    for wrong in
        [full.replace("\"a\"", "\"b\""), full.replace("\"x\"", "\"y\""), full.replace("true", "false")]
    {
        assert_eq!(holds(condition, &wrong), "-", "{wrong}");
    }
}
