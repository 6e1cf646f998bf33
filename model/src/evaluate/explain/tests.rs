//! Explanations: every statement, and what kept it from matching.

use super::super::tests::DocumentedFacts;
use super::super::tests::{ALICE, FULL, SESSION, identity, policy, request, with, with_list};
use super::super::{EvaluatorReadings, SpecialRule};
use super::{Explanation, Mismatch, PrincipalForm, Replaced, Shown, explain};
use crate::arn::AccountId;
use crate::policy::PolicyType;
use crate::policy_set::PolicySet;
use crate::request::{Decision, Request};

fn explained(request: &Request, policies: &PolicySet) -> Explanation {
    explain(request, policies, &DocumentedFacts, &EvaluatorReadings).expect("a decision")
}

fn plain(text: &str) -> Shown {
    Shown { raw: text.to_owned(), replaced: Replaced::NoVariable }
}

#[test]
fn each_element_that_does_not_match_is_named() {
    let statements = r#"
        {"Sid": "Yes", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Sid": "Action", "Effect": "Deny", "Action": ["s3:Put*", "ec2:*"], "Resource": "*"},
        {"Sid": "Not", "Effect": "Allow", "NotAction": "s3:Get*", "NotResource": "arn:aws:s3:::b/*"},
        {"Sid": "Resource", "Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::home/${aws:username}/*"},
        {"Sid": "Empty", "Effect": "Deny", "Action": [], "Resource": "*"}"#;
    let read = request(ALICE, "s3:GetObject", "arn:aws:s3:::b/x");
    let explanation = explained(&read, &identity(statements));
    assert_eq!(explanation.evaluation.decision, Decision::Allow);
    let layer = &explanation.layers[0];
    assert_eq!((explanation.layers.len(), layer.allows, layer.denies), (1, true, false));
    let matching: Vec<bool> = layer.statements.iter().map(|statement| statement.matches).collect();
    assert_eq!(matching, [true, false, false, false, false]);
    let mismatches = |index: usize| layer.statements[index].mismatches.clone();
    let element = |name, values: &[&str]| Mismatch::Element {
        name,
        values: values.iter().map(|text| plain(text)).collect(),
    };
    assert_eq!(mismatches(0), []);
    assert_eq!(mismatches(1), [element("Action", &["s3:Put*", "ec2:*"])]);
    assert_eq!(
        mismatches(2),
        [element("NotAction", &["s3:Get*"]), element("NotResource", &["arn:aws:s3:::b/*"])]
    );
    let replaced = Shown {
        raw: "arn:aws:s3:::home/${aws:username}/*".to_owned(),
        replaced: Replaced::Text("arn:aws:s3:::home/alice/*".to_owned()),
    };
    assert_eq!(mismatches(3), [Mismatch::Element { name: "Resource", values: vec![replaced] }]);
    assert_eq!(mismatches(4), [element("Action", &[])]);
    // A session has no user name.
    let session = explained(&request(SESSION, "s3:GetObject", "arn:aws:s3:::b/x"), &identity(statements));
    let Mismatch::Element { values, .. } = &session.layers[0].statements[3].mismatches[0] else {
        panic!("an element")
    };
    assert_eq!(values[0].replaced, Replaced::NoValue);
}

#[test]
fn each_condition_that_does_not_hold_is_named() {
    let statements = r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
        "StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-west-2"], "aws:PrincipalType": "User"},
        "ForAnyValue:StringLike": {"aws:TagKeys": "a*"},
        "BoolIfExists": {"aws:SecureTransport": "true"},
        "Null": {"aws:SourceVpce": "false"}}}"#;
    let call = with(request(ALICE, "ec2:RunInstances", "*"), &[("aws:RequestedRegion", "us-east-1")]);
    let call = with_list(call, "aws:TagKeys", &["b", "c"]);
    let explanation = explained(&call, &identity(statements));
    let told: Vec<String> = explanation.layers[0].statements[0]
        .mismatches
        .iter()
        .map(|mismatch| match mismatch {
            Mismatch::Condition { operator, key, values, request } => {
                let values: Vec<&str> = values.iter().map(|value| value.raw.as_str()).collect();
                format!("{operator} {key} {values:?} {request:?}")
            }
            Mismatch::Element { name, .. } => (*name).to_owned(),
        })
        .collect();
    assert_eq!(
        told,
        [
            r#"StringEquals aws:RequestedRegion ["eu-west-1", "eu-west-2"] Some(["us-east-1"])"#,
            r#"ForAnyValue:StringLike aws:TagKeys ["a*"] Some(["b", "c"])"#,
            r#"Null aws:SourceVpce ["false"] None"#,
        ]
    );
}

#[test]
fn the_form_of_the_principal_is_named() {
    let statements = r#"
        {"Effect": "Allow", "Principal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:user/alice"]}, "Action": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:Put*", "Resource": "*"},
        {"Effect": "Deny", "NotPrincipal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:user/alice"]}, "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "*", "Resource": "*"}"#;
    let policies =
        PolicySet { resource: Some(policy(PolicyType::Resource, statements)), ..PolicySet::default() };
    let mut read = request(ALICE, "s3:GetObject", "arn:aws:s3:::b/x");
    read.resource_account = AccountId::parse("111122223333");
    let explanation = explained(&read, &policies);
    let layer = explanation.layers.last().expect("a layer");
    assert_eq!(layer.policy_type, PolicyType::Resource);
    let forms: Vec<_> = layer.statements.iter().map(|statement| statement.form).collect();
    assert_eq!(forms, [Some(PrincipalForm::User), Some(PrincipalForm::Account), None, None]);
    let first = |index: usize| layer.statements[index].mismatches.first().cloned();
    assert!(matches!(first(2), Some(Mismatch::Element { name: "NotPrincipal", .. })));
    assert_eq!(
        first(3),
        Some(Mismatch::Element { name: "Principal", values: vec![plain("ec2.amazonaws.com")] })
    );
}

#[test]
fn an_explanation_has_the_layers_and_the_decision_of_the_evaluation() {
    let everyone = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}"#;
    let level = |policy_type| crate::policy_set::ControlLevel {
        target: "r".into(),
        policies: vec![policy(
            policy_type,
            if policy_type == PolicyType::ServiceControl { FULL } else { everyone },
        )],
    };
    let policies = PolicySet {
        service_control: vec![level(PolicyType::ServiceControl); 2],
        resource_control: vec![level(PolicyType::ResourceControl)],
        resource: Some(policy(PolicyType::Resource, everyone)),
        vpc_endpoint: Some(vec![policy(PolicyType::VpcEndpoint, &everyone.replace("Deny", "Allow"))]),
        ..identity(FULL)
    };
    let explanation = explained(&request(ALICE, "s3:GetObject", "arn:aws:s3:::b/x"), &policies);
    let types: Vec<_> = explanation.layers.iter().map(|layer| (layer.policy_type, layer.denies)).collect();
    assert_eq!(
        types,
        [
            (PolicyType::Identity, false),
            (PolicyType::ServiceControl, false),
            (PolicyType::ServiceControl, false),
            (PolicyType::ResourceControl, true),
            (PolicyType::Resource, true),
            (PolicyType::VpcEndpoint, false),
        ]
    );
    assert!(explanation.layers.iter().all(|layer| layer.statements.len() == 1));
    // What a rule decides has no layers.
    let identify = explained(&request(ALICE, "sts:GetCallerIdentity", "*"), &identity(FULL));
    assert_eq!(
        (identify.layers.len(), identify.evaluation.trace.rules),
        (0, vec![SpecialRule::NoPermissionNeeded])
    );
}
