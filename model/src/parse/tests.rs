//! Tests of the policy reader: documents that are accepted and refused, in pairs.

use std::sync::Arc;

use super::{parse_template, policy_text};
use crate::condition::SetOperator;
use crate::policy::{PolicyDocument, PolicyType, PrincipalPattern, Version};
use crate::template::Piece;

const BUCKET: PolicyType = PolicyType::Resource;

fn file() -> Arc<str> {
    Arc::from("p.json")
}

fn accepted(text: &str, policy_type: PolicyType) -> (PolicyDocument, Vec<String>) {
    let (document, warnings) = policy_text(text, policy_type, &file()).expect("an accepted document");
    (document, warnings.iter().map(ToString::to_string).collect())
}

fn refused(text: &str, policy_type: PolicyType) -> Vec<String> {
    let errors = policy_text(text, policy_type, &file()).expect_err("a refused document");
    assert!(errors.iter().all(|error| error.help.is_some()), "{errors:?}");
    errors.iter().map(ToString::to_string).collect()
}

/// A document of one statement that allows s3:GetObject, with `more` added to the statement.
fn statement(more: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"{more}}}}}"#
    )
}

#[test]
fn a_full_document_is_read_whole() {
    let text = r#"{
  "Version": "2012-10-17",
  "Id": "x",
  "Statement": [
    {
      "Sid": "One",
      "Effect": "Deny",
      "NotAction": ["s3:*", "iam:Get?ser"],
      "NotResource": "arn:aws:s3:::b/${aws:username, 'none'}/*",
      "Condition": {
        "ForAllValues:StringLikeIfExists": {"aws:TagKeys": ["a*", 7, true]},
        "Null": {"aws:PrincipalTag/Team": "false"}
      }
    }
  ]
}"#;
    let (document, warnings) = accepted(text, PolicyType::Identity);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!((document.version, document.id.as_deref()), (Version::V2012, Some("x")));
    let statement = &document.statements[0];
    assert_eq!((statement.location.line, statement.location.column), (5, 5));
    assert!(statement.action.negated);
    assert_eq!(statement.action.values[1].0, "iam:Get?ser");
    let resource = statement.resource.as_ref().expect("a resource");
    assert!(resource.negated && resource.values[0].has_variable());
    let [first, second] = &statement.conditions[..] else { panic!("two conditions") };
    assert_eq!(first.operator.set, Some(SetOperator::ForAllValues));
    assert!(first.operator.if_exists && !first.operator.other_case);
    let values: Vec<&str> = first.values.iter().map(|value| value.raw.as_str()).collect();
    assert_eq!(values, ["a*", "7", "true"]);
    assert_eq!(second.key.canonical(), "aws:principaltag/team");
    assert_eq!(second.location.line, 12);
}

#[test]
fn every_error_of_a_document_is_reported_with_statement_and_sid() {
    let text = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "A", "Effect": "allow", "Action": "s3:*", "Resource": "*"},
    {"Sid": "B", "Effect": "Deny", "Actions": "s3:*", "Resource": ["*", 1]},
    {"Effect": "Deny", "Action": "s3:*", "NotAction": "s3:*", "Resource": "*"}
  ]
}"#;
    let errors = policy_text(text, PolicyType::Identity, &file()).expect_err("refused");
    let places: Vec<(u32, Option<usize>)> =
        errors.iter().map(|error| (error.location.line, error.statement)).collect();
    assert_eq!(places, [(4, Some(0)), (5, Some(1)), (5, Some(1)), (5, Some(1)), (6, Some(2))]);
    assert!(errors[0].message.contains("not `allow`") && errors[0].message.contains("Sid `A`"));
    assert_eq!(errors[1].help.as_deref(), Some("it is spelled `Action`"));
}

#[test]
fn documents_of_the_wrong_shape_are_refused() {
    for text in [
        "[]",
        "null",
        "\"x\"",
        "{}",
        r#"{"Statement": "x"}"#,
        r#"{"Statement": [[]]}"#,
        r#"{"Statement": [null]}"#,
        r#"{"statement": []}"#,
        r#"{"Version": "2012-10-18", "Statement": []}"#,
        r#"{"Version": 2012, "Statement": []}"#,
        r#"{"Id": 1, "Statement": []}"#,
        r#"{"Comment": "x", "Statement": []}"#,
        r#"{"Statement": [], "Statement": []}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Resource": "*"}}"#,
        r#"{"Statement": {"Action": "*", "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": {}, "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": null, "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "NotResource": "*"}}"#,
    ] {
        refused(text, PolicyType::Identity);
    }
    let (empty, warnings) = accepted(r#"{"Statement": []}"#, PolicyType::Identity);
    assert_eq!((empty.version, empty.statements.len(), warnings.len()), (Version::V2008, 0, 1));
}

#[test]
fn conditions_of_the_wrong_shape_are_refused() {
    for block in [
        "[]",
        "null",
        r#"{"StringEquals": []}"#,
        r#"{"StringEquals": {"aws:x": null}}"#,
        r#"{"StringEquals": {"aws:x": {}}}"#,
        r#"{"StringEquals": {"aws:x": ["a", ["b"]]}}"#,
        r#"{"StringEquals": {"": "a"}}"#,
        r#"{"StringEquals": {"aws:x": "a", "AWS:X": "b"}}"#,
        r#"{"StringEqual": {"aws:x": "a"}}"#,
        r#"{"NullIfExists": {"aws:x": "true"}}"#,
        r#"{"ForSomeValues:StringEquals": {"aws:x": "a"}}"#,
        r#"{"ForAnyValue:ForAllValues:StringEquals": {"aws:x": "a"}}"#,
        r#"{"IfExists": {"aws:x": "a"}}"#,
        r#"{"": {"aws:x": "a"}}"#,
    ] {
        refused(&statement(&format!(r#", "Condition": {block}"#)), PolicyType::Identity);
    }
    let help = policy_text(
        &statement(r#", "Condition": {"StringEqual": {"aws:x": "a"}}"#),
        PolicyType::Identity,
        &file(),
    )
    .expect_err("refused")[0]
        .help
        .clone();
    assert_eq!(help.as_deref(), Some("the nearest known operator is `StringEquals`"));
    let (document, warnings) = accepted(
        &statement(r#", "Condition": {"StringEquals": {"aws:x": []}, "stringlikeifexists": {"aws:x": "a"}}"#),
        PolicyType::Identity,
    );
    let [empty, lower] = &document.statements[0].conditions[..] else { panic!("two conditions") };
    assert!(empty.values.is_empty() && !empty.operator.other_case);
    assert!(lower.operator.other_case && lower.operator.if_exists);
    assert_eq!(warnings.len(), 2);
}

#[test]
fn principals_stand_only_where_they_may() {
    let with = statement(r#", "Principal": {"AWS": "123456789012"}"#);
    let without = statement("");
    for policy_type in [
        PolicyType::Identity,
        PolicyType::PermissionsBoundary,
        PolicyType::Session,
        PolicyType::ServiceControl,
    ] {
        refused(&with, policy_type);
        accepted(&without, policy_type);
    }
    for policy_type in [PolicyType::Resource, PolicyType::VpcEndpoint] {
        accepted(&with, policy_type);
        refused(&without, policy_type);
    }
    refused(&with, PolicyType::Trust);
    let trust = r#"{"Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}}"#;
    accepted(trust, PolicyType::Trust);
    refused(&trust.replace("Principal", "NotPrincipal"), PolicyType::Trust);
    accepted(&trust.replace("Principal", "NotPrincipal"), BUCKET);
    refused(trust, PolicyType::Identity);
}

#[test]
fn principals_are_whole_values() {
    for value in [
        r#""*""#,
        r#"{"AWS": "*"}"#,
        r#"{"AWS": ["123456789012", "arn:aws:iam::123456789012:root", "arn:aws-cn:iam::123456789012:role/a/b"]}"#,
        r#"{"AWS": "AIDACKCEVSQ6C2EXAMPLE"}"#,
        r#"{"AWS": "arn:aws:sts::123456789012:assumed-role/r/s"}"#,
        r#"{"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}"#,
        r#"{"Federated": "cognito-identity.amazonaws.com", "Service": ["a.amazonaws.com"], "CanonicalUser": "ff"}"#,
    ] {
        accepted(&statement(&format!(r#", "Principal": {value}"#)), BUCKET);
    }
    for value in [
        r#""arn:aws:iam::123456789012:root""#,
        r#"["*"]"#,
        r#"{"AWS": "arn:aws:iam::123456789012:role/*"}"#,
        r#"{"AWS": "arn:aws:iam::123456789012:group/g"}"#,
        r#"{"AWS": "arn:aws:s3:::b"}"#,
        r#"{"AWS": "1234"}"#,
        r#"{"AWS": 123456789012}"#,
        r#"{"aws": "*"}"#,
        r#"{"User": "*"}"#,
        r#"{"Service": ""}"#,
    ] {
        refused(&statement(&format!(r#", "Principal": {value}"#)), BUCKET);
    }
    let (document, warnings) = accepted(&statement(r#", "Principal": {}"#), BUCKET);
    let principal = document.statements[0].principal.as_ref().expect("a principal");
    assert!(principal.values.is_empty() && warnings.len() == 1);
    let (document, _) = accepted(&statement(r#", "Principal": {"AWS": "*"}"#), BUCKET);
    let principal = document.statements[0].principal.as_ref().expect("a principal");
    assert_eq!(principal.values, [PrincipalPattern::Everyone]);
}

#[test]
fn resource_control_policies_may_only_deny() {
    let full = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}"#;
    accepted(full, PolicyType::ResourceControl);
    let deny = full.replace("Allow", "Deny").replace("\"Action\": \"*\"", "\"Action\": \"s3:*\"");
    accepted(&deny, PolicyType::ResourceControl);
    refused(&deny.replace("Deny", "Allow"), PolicyType::ResourceControl);
    refused(&deny.replace("\"s3:*\"", "\"*\""), PolicyType::ResourceControl);
    refused(&deny.replace("\"Action\"", "\"NotAction\""), PolicyType::ResourceControl);
    refused(&deny.replace("2012-10-17", "2008-10-17"), PolicyType::ResourceControl);
    refused(
        &deny.replace("\"*\", \"Action\"", "{\"AWS\": \"123456789012\"}, \"Action\""),
        PolicyType::ResourceControl,
    );
}

#[test]
fn empty_lists_are_accepted_with_a_warning() {
    let text =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotAction": [], "Resource": []}}"#;
    let (document, warnings) = accepted(text, PolicyType::Identity);
    assert!(document.statements[0].action.values.is_empty());
    assert_eq!(warnings.len(), 2);
}

#[test]
fn what_iam_stores_but_would_refuse_today_is_a_warning() {
    let text = r#"{"Statement": [
  {"Sid": "a b", "Effect": "Allow", "Action": "s3", "Resource": "x", "Condition": {"Bool": {"aws:x": ["true", "false"]}}},
  {"Sid": "a b", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::“"}
]}"#;
    let (_, warnings) = accepted(text, PolicyType::Identity);
    assert_eq!(warnings.len(), 7, "{warnings:#?}");
    let long = statement("").replace("s3:GetObject", &"s3:GetObject".repeat(1000));
    let (_, warnings) = accepted(&long, PolicyType::PermissionsBoundary);
    assert!(warnings[0].contains("more than the 6144"), "{warnings:?}");
}

#[test]
fn variables_are_split_under_version_2012_only() {
    let (template, malformed) =
        parse_template("a/${aws:username}/${*}${s3:x,'d e'}${aws:y, ''}", Version::V2012);
    assert!(malformed.is_empty());
    let shown: Vec<String> = template
        .pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => format!("text {text}"),
            Piece::Literal(text) => format!("literal {text}"),
            Piece::Variable { key, default } => format!("variable {key} {default:?}"),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "text a/",
            "variable aws:username None",
            "text /",
            "literal *",
            "variable s3:x Some(\"d e\")",
            "variable aws:y Some(\"\")",
        ]
    );
    let (template, malformed) = parse_template("${aws:username}${*}", Version::V2008);
    assert!(malformed.is_empty());
    assert_eq!(template.pieces, [Piece::Text("${aws:username}${*}".to_owned())]);
    assert!(parse_template("", Version::V2012).0.pieces.is_empty());
}

#[test]
fn malformed_variables_are_text() {
    for text in ["a${", "${}", "${aws:user name}", "${a", "${a,b}", "${a,'b}", "${${a", "$${", "${**}"] {
        let (template, malformed) = parse_template(text, Version::V2012);
        assert_eq!(template.pieces, [Piece::Text(text.to_owned())], "{text}");
        assert!(!malformed.is_empty(), "{text}");
    }
    let (template, malformed) = parse_template("${bad ${aws:userid}$", Version::V2012);
    assert_eq!((template.pieces.len(), malformed.len()), (3, 1));
    for text in ["$", "{}", "$}", "a$b"] {
        assert!(parse_template(text, Version::V2012).1.is_empty(), "{text}");
    }
}

#[test]
fn hostile_documents_are_answered() {
    let statements =
        vec![r#"{"Effect":"Deny","Action":"*a*a*a*a*b","Resource":"*a????????????"}"#; 10_000].join(",");
    let (document, warnings) = accepted(&format!(r#"{{"Statement":[{statements}]}}"#), PolicyType::Identity);
    assert_eq!(document.statements.len(), 10_000);
    assert!(!warnings.is_empty());
    let many = format!("[{}]", vec![r#""arn:aws:s3:::bucket/some/long/key/name*""#; 250_000].join(","));
    let text = format!(r#"{{"Statement": {{"Effect": "Deny", "Action": "s3:*", "Resource": {many}}}}}"#);
    assert!(text.len() > 10_000_000);
    let (document, _) = accepted(&text, PolicyType::ServiceControl);
    assert_eq!(document.statements[0].resource.as_ref().map(|element| element.values.len()), Some(250_000));
    for end in 0..statement("").len() {
        refused(statement("").get(..end).expect("ASCII"), PolicyType::Identity);
    }
}

#[test]
fn every_embedded_managed_policy_is_accepted() {
    let mut count = 0;
    for record in crate::managed::all().expect("the embedded table") {
        let name: Arc<str> = Arc::from(record.name.as_str());
        let parsed = policy_text(&record.text, PolicyType::Identity, &name);
        let (_, warnings) = parsed.unwrap_or_else(|errors| panic!("{}: {errors:#?}", record.name));
        let other: Vec<&String> = warnings
            .iter()
            .map(|warning| &warning.message)
            .filter(|message| !message.contains("more than the 10240") && !message.contains("Sid"))
            .collect();
        assert!(other.is_empty(), "{}: {other:#?}", record.name);
        count += 1;
    }
    assert_eq!(count, 1582);
}
