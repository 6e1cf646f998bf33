//! Which policies must allow, and which statements decide (semantics:B2, B3, B6, B8, B9, B10).

use super::{
    ALICE, FULL, ROOT, SESSION, decision, evaluated, identity, levels, outcome, policy, request, with,
};
use crate::evaluate::{EvaluationError, SpecialRule, complete_context};
use crate::policy::PolicyType;
use crate::policy_set::{ControlLevel, PolicySet};
use crate::request::Decision::{Allow, ExplicitDeny, ImplicitDeny};

const OBJECT: &str = "arn:aws:s3:::example-data/a.txt";
const S3: &str = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
const EC2: &str = r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}"#;
const DENY_S3: &str = r#"{"Sid": "NoS3", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#;

fn bounded(boundary: &str) -> PolicySet {
    PolicySet {
        permissions_boundary: Some(vec![policy(PolicyType::PermissionsBoundary, boundary)]),
        ..identity(FULL)
    }
}

#[test]
fn identity_boundary_and_session_intersect() {
    let read = request(SESSION, "s3:GetObject", OBJECT);
    assert_eq!(decision(&read, &PolicySet::default()), ImplicitDeny);
    assert_eq!(decision(&read, &identity(FULL)), Allow);
    assert_eq!(decision(&read, &bounded(S3)), Allow);
    assert_eq!(decision(&read, &bounded(EC2)), ImplicitDeny);
    let session = |policies: &[&str]| PolicySet {
        session: Some(policies.iter().map(|text| policy(PolicyType::Session, text)).collect()),
        ..bounded(S3)
    };
    assert_eq!(decision(&read, &session(&[EC2])), ImplicitDeny);
    assert_eq!(decision(&read, &session(&[EC2, S3])), Allow);
    assert_eq!(decision(&read, &session(&[])), ImplicitDeny);
    let empty = PolicySet { permissions_boundary: Some(Vec::new()), ..identity(FULL) };
    assert_eq!(decision(&read, &empty), ImplicitDeny);
}

#[test]
fn every_level_of_scps_must_allow() {
    let read = request(ALICE, "s3:GetObject", OBJECT);
    let under = |policies: &[&str]| PolicySet { service_control: levels(policies), ..identity(FULL) };
    assert_eq!(decision(&read, &under(&[FULL, S3])), Allow);
    assert_eq!(decision(&read, &under(&[S3, EC2])), ImplicitDeny);
    assert_eq!(decision(&read, &under(&[FULL, DENY_S3, FULL])), ExplicitDeny);
    let mut two = under(&[EC2]);
    two.service_control[0].policies.push(policy(PolicyType::ServiceControl, S3));
    assert_eq!(decision(&read, &two), Allow);
    let bare = PolicySet { service_control: vec![ControlLevel::default()], ..identity(FULL) };
    assert_eq!(decision(&read, &bare), ImplicitDeny);
}

#[test]
fn service_linked_roles_are_not_subject_to_scps() {
    let arn = "arn:aws:iam::111122223333:role/aws-service-role/a.amazonaws.com/AWSServiceRoleForA";
    let session = "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForA/x";
    let policies = PolicySet { service_control: levels(&[DENY_S3]), ..identity(FULL) };
    let call = request(session, "s3:GetObject", OBJECT);
    assert_eq!(decision(&call, &policies), ExplicitDeny);
    let linked = with(call, &[("aws:PrincipalArn", arn)]);
    assert_eq!(decision(&linked, &policies), Allow);
    let evaluation = evaluated(&linked, &policies).expect("a decision");
    assert!(evaluation.trace.rules.contains(&SpecialRule::ServiceLinkedRole));
    let controlled = PolicySet { resource_control: vec![ControlLevel::default()], ..policies };
    assert_eq!(decision(&linked, &controlled), Allow);
}

#[test]
fn explicit_denies_of_every_layer_are_collected() {
    let mut policies = bounded(&[S3, DENY_S3].join(","));
    policies.identity.push(policy(PolicyType::Identity, DENY_S3));
    policies.service_control = levels(&[FULL, DENY_S3]);
    let evaluation = evaluated(&request(ALICE, "s3:GetObject", OBJECT), &policies).expect("a decision");
    assert_eq!(evaluation.decision, ExplicitDeny);
    let deciding: Vec<(PolicyType, usize)> =
        evaluation.deciding.iter().map(|reference| (reference.policy_type, reference.statement)).collect();
    assert_eq!(
        deciding,
        [(PolicyType::Identity, 0), (PolicyType::PermissionsBoundary, 1), (PolicyType::ServiceControl, 0)]
    );
    assert_eq!(evaluation.deciding[0].sid.as_deref(), Some("NoS3"));
    assert_eq!(evaluation.deciding[0].location.line, 1);
}

#[test]
fn an_allow_cites_the_allowing_statements_of_every_layer() {
    let policies = PolicySet { service_control: levels(&[FULL, S3]), ..bounded(&[EC2, S3].join(",")) };
    let evaluation = evaluated(&request(ALICE, "s3:GetObject", OBJECT), &policies).expect("a decision");
    let deciding: Vec<(PolicyType, usize)> =
        evaluation.deciding.iter().map(|reference| (reference.policy_type, reference.statement)).collect();
    assert_eq!(
        deciding,
        [
            (PolicyType::Identity, 0),
            (PolicyType::PermissionsBoundary, 1),
            (PolicyType::ServiceControl, 0),
            (PolicyType::ServiceControl, 0),
        ]
    );
    let refused = evaluated(&request(ALICE, "sqs:SendMessage", "*"), &policies).expect("a decision");
    assert_eq!((refused.decision, refused.deciding.len()), (ImplicitDeny, 0));
    let allows: Vec<bool> = refused.trace.layers.iter().map(|layer| layer.allows).collect();
    assert_eq!(allows, [true, false, true, false]);
    assert_eq!(refused.trace.layers[3].target.as_deref(), Some("level-1"));
}

#[test]
fn a_root_user_needs_no_identity_policy() {
    let read = request(ROOT, "s3:GetObject", OBJECT);
    assert_eq!(decision(&read, &PolicySet::default()), Allow);
    let limited = PolicySet { service_control: levels(&[EC2]), ..PolicySet::default() };
    assert_eq!(decision(&read, &limited), ImplicitDeny);
    let task = with(read.clone(), &[("aws:AssumedRoot", "true")]);
    assert_eq!(decision(&task, &PolicySet::default()), ImplicitDeny);
    let policies = PolicySet { session: Some(vec![policy(PolicyType::Session, S3)]), ..PolicySet::default() };
    assert_eq!(decision(&task, &policies), Allow);
    assert_eq!(decision(&request(ROOT, "sts:AssumeRoot", ROOT), &PolicySet::default()), ExplicitDeny);
}

#[test]
fn a_federated_user_without_session_policy_is_open() {
    let read = request("arn:aws:sts::111122223333:federated-user/bob", "s3:GetObject", OBJECT);
    assert_eq!(outcome(&read, &identity(S3)), "ImplicitDeny F12");
    assert_eq!(outcome(&read, &identity(EC2)), "ImplicitDeny");
    let session = PolicySet { session: Some(vec![policy(PolicyType::Session, FULL)]), ..identity(S3) };
    assert_eq!(outcome(&read, &session), "Allow");
}

#[test]
fn restrictions_of_an_scp_allow_are_open() {
    let conditional = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}"#;
    let narrow = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::other/*"}"#;
    let except = r#"{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}"#;
    let read = request(ALICE, "s3:GetObject", OBJECT);
    let under = |scp: &str| PolicySet { service_control: levels(&[scp]), ..identity(FULL) };
    for scp in [conditional, narrow, except] {
        assert_eq!(outcome(&read, &under(scp)), "ImplicitDeny F24", "{scp}");
        assert_eq!(outcome(&read, &under(&format!("{scp}, {S3}"))), "Allow");
        assert_eq!(outcome(&read, &under(&format!("{scp}, {DENY_S3}"))), "ExplicitDeny");
    }
    assert_eq!(
        outcome(&with(read.clone(), &[("aws:RequestedRegion", "eu-west-1")]), &under(conditional)),
        "Allow"
    );
    let other = request(ALICE, "ec2:StopInstances", "*");
    assert_eq!(outcome(&other, &under(narrow)), "ImplicitDeny");
    assert_eq!(outcome(&read, &identity(&conditional.replace("eu-", "us-"))), "ImplicitDeny");
}

#[test]
fn principals_stand_only_where_they_belong() {
    let read = request(ALICE, "s3:GetObject", OBJECT);
    let bucket =
        policy(PolicyType::Resource, &DENY_S3.replace("\"Effect\"", "\"Principal\": \"*\", \"Effect\""));
    let misplaced = PolicySet { identity: vec![bucket.clone()], ..PolicySet::default() };
    assert!(matches!(evaluated(&read, &misplaced), Err(EvaluationError::UnexpectedPrincipal { .. })));
    let missing = PolicySet { resource: Some(policy(PolicyType::Identity, S3)), ..PolicySet::default() };
    assert!(matches!(evaluated(&read, &missing), Err(EvaluationError::MissingPrincipal { .. })));
    assert_eq!(decision(&read, &PolicySet { resource: Some(bucket), ..identity(FULL) }), ExplicitDeny);
}

#[test]
fn keys_of_the_principal_are_filled_in() {
    let shown = |principal: &str| {
        let context = complete_context(&request(principal, "s3:GetObject", OBJECT)).context;
        let pairs: Vec<String> =
            context.iter().map(|(key, value)| format!("{key}={}", value.values().join(","))).collect();
        pairs.join(" ")
    };
    assert_eq!(
        shown(ALICE),
        "aws:PrincipalAccount=111122223333 aws:PrincipalArn=arn:aws:iam::111122223333:user/alice \
         aws:PrincipalIsAWSService=false aws:PrincipalType=User aws:username=alice"
    );
    assert_eq!(
        shown(SESSION),
        "aws:PrincipalAccount=111122223333 aws:PrincipalArn=arn:aws:iam::111122223333:role/app \
         aws:PrincipalIsAWSService=false aws:PrincipalType=AssumedRole"
    );
    assert!(shown(ROOT).contains("aws:PrincipalType=Account aws:userid=111122223333"));
    assert!(shown("arn:aws:sts::111122223333:federated-user/bob").contains("aws:userid=111122223333:bob"));
    assert_eq!(
        shown("anonymous"),
        "aws:PrincipalAccount=anonymous aws:PrincipalType=Anonymous aws:userid=anonymous"
    );
    assert_eq!(
        shown("sns.amazonaws.com"),
        "aws:PrincipalIsAWSService=true aws:PrincipalServiceName=sns.amazonaws.com"
    );
    let given = with(request(ALICE, "s3:GetObject", OBJECT), &[("AWS:PRINCIPALARN", "x")]);
    let completed = complete_context(&given);
    assert_eq!(completed.context.iter().filter(|(_, value)| value.values() == ["x"]).count(), 1);
    assert_eq!(complete_context(&completed), completed);
}
