//! Special actions, resources and credentials (semantics:A2, B4, B5).

use super::{
    ALICE, FULL, ROOT, SESSION, decision, evaluated, identity, lacks_a_policy, outcome, request, with,
};
use crate::arn::AccountId;
use crate::evaluate::SpecialRule;
use crate::policy_set::PolicySet;
use crate::request::Decision::{Allow, ExplicitDeny, ImplicitDeny};

const DENY_ALL: &str = r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#;

#[test]
fn calls_that_need_no_permission() {
    let identify = |principal: &str| request(principal, "sts:GetCallerIdentity", "*");
    for principal in
        [ALICE, SESSION, ROOT, "arn:aws:sts::111122223333:federated-user/bob", "ec2.amazonaws.com"]
    {
        assert_eq!(decision(&identify(principal), &identity(DENY_ALL)), Allow, "{principal}");
    }
    assert_eq!(decision(&identify("anonymous"), &PolicySet::default()), ImplicitDeny);
    let session_token = request(ALICE, "sts:GetSessionToken", "*");
    assert_eq!(outcome(&session_token, &PolicySet::default()), "Allow");
    assert_eq!(outcome(&session_token, &identity(DENY_ALL)), "Allow F27");
    assert_eq!(decision(&request(SESSION, "sts:GetSessionToken", "*"), &identity(FULL)), ExplicitDeny);
}

#[test]
fn limits_of_temporary_credentials() {
    let get_user = request(ALICE, "iam:GetUser", ALICE);
    assert_eq!(decision(&get_user, &identity(FULL)), Allow);
    let without_mfa = with(get_user.clone(), &[("aws:MultiFactorAuthPresent", "false")]);
    assert_eq!(decision(&without_mfa, &identity(FULL)), ExplicitDeny);
    let issued = with(get_user.clone(), &[("aws:TokenIssueTime", "2026-05-04T09:00:00Z")]);
    let evaluation = evaluated(&issued, &identity(FULL)).expect("a decision");
    assert_eq!((evaluation.decision, evaluation.deciding.len()), (ExplicitDeny, 0));
    assert_eq!(evaluation.trace.rules, [SpecialRule::CredentialLimit]);
    let with_mfa = with(get_user, &[("aws:MultiFactorAuthPresent", "true")]);
    assert_eq!(decision(&with_mfa, &identity(FULL)), Allow);
}

#[test]
fn another_accounts_resource_needs_its_own_policy() {
    let mut read = request(ALICE, "s3:GetObject", "arn:aws:s3:::example/a");
    read.resource_account = AccountId::parse("444455556666");
    assert_eq!(decision(&read, &identity(FULL)), ImplicitDeny);
    assert_eq!(decision(&read, &identity(DENY_ALL)), ExplicitDeny);
    let queue = request(ALICE, "sqs:SendMessage", "arn:aws:sqs:us-east-1:444455556666:orders");
    assert_eq!(decision(&queue, &identity(FULL)), ImplicitDeny);
    let member = request(SESSION, "sts:AssumeRoot", "arn:aws:iam::444455556666:root");
    assert_eq!(decision(&member, &identity(FULL)), Allow);
    let pass = request(ALICE, "iam:PassRole", "arn:aws:iam::444455556666:role/app");
    assert_eq!(decision(&pass, &identity(FULL)), ImplicitDeny);
}

#[test]
fn what_aws_owns_counts_as_the_callers() {
    let model = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0";
    let mut invoke = request(ALICE, "bedrock:InvokeModel", model);
    invoke.resource_account = AccountId::parse("444455556666");
    assert_eq!(decision(&invoke, &identity(FULL)), Allow);
    let read = request(ALICE, "iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess");
    assert_eq!(decision(&read, &identity(FULL)), Allow);
    let mut list = request(ALICE, "s3:ListAllMyBuckets", "*");
    list.resource_account = AccountId::parse("444455556666");
    assert_eq!(decision(&list, &identity(FULL)), Allow);
}

#[test]
fn what_aws_owns_cannot_be_changed() {
    for (action, resource) in [
        ("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("iam:DeletePolicy", "arn:aws:iam::aws:policy/job-function/Billing"),
        ("iam:AttachRolePolicy", "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/R"),
        ("iam:passrole", "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/R"),
        ("iam:DeleteRole", "arn:aws:iam::111122223333:role/aws-service-role/a.amazonaws.com/R"),
        ("kms:UpdateAlias", "arn:aws:kms:us-east-1:111122223333:alias/aws/ebs"),
    ] {
        assert_eq!(decision(&request(ALICE, action, resource), &identity(FULL)), ImplicitDeny, "{action}");
        assert_eq!(
            decision(&request(ROOT, action, resource), &PolicySet::default()),
            ImplicitDeny,
            "{action}"
        );
        assert_eq!(
            decision(&request(ALICE, action, resource), &identity(DENY_ALL)),
            ExplicitDeny,
            "{action}"
        );
    }
    for (action, resource) in [
        ("iam:CreatePolicyVersion", "arn:aws:iam::111122223333:policy/mine"),
        ("iam:GetRole", "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/R"),
        ("iam:AttachRolePolicy", "arn:aws:iam::111122223333:role/app"),
        ("kms:UpdateAlias", "arn:aws:kms:us-east-1:111122223333:alias/mine"),
    ] {
        assert_eq!(decision(&request(ALICE, action, resource), &identity(FULL)), Allow, "{action}");
    }
}

#[test]
fn roles_and_keys_need_their_own_policies() {
    for (action, resource) in [
        ("sts:AssumeRole", "arn:aws:iam::111122223333:role/app"),
        ("sts:TagSession", "arn:aws:iam::111122223333:role/app"),
        ("sts:SetSourceIdentity", "arn:aws:iam::111122223333:role/app"),
        ("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/1234"),
    ] {
        assert!(lacks_a_policy(&request(ALICE, action, resource), &identity(FULL)), "{action}");
        assert_eq!(
            decision(&request(ALICE, action, resource), &identity(DENY_ALL)),
            ExplicitDeny,
            "{action}"
        );
    }
    for (action, resource) in [("kms:ListKeys", "*"), ("sts:GetAccessKeyInfo", "*")] {
        assert_eq!(decision(&request(ALICE, action, resource), &identity(FULL)), Allow, "{action}");
    }
}

#[test]
fn onward_model_calls_are_open() {
    let agent =
        request(ALICE, "bedrock:InvokeAgent", "arn:aws:bedrock:us-east-1:111122223333:agent-alias/A/B");
    let deny = r#"{"Effect": "Deny", "Action": "bedrock:InvokeModel", "Resource": "*"}"#;
    let only_agents = r#"{"Effect": "Allow", "Action": "bedrock:InvokeAgent", "Resource": "*"}"#;
    assert_eq!(outcome(&agent, &identity(FULL)), "Allow");
    assert_eq!(outcome(&agent, &identity(&format!("{FULL}, {deny}"))), "Allow F29");
    assert_eq!(outcome(&agent, &identity(only_agents)), "Allow F29");
    assert_eq!(outcome(&agent, &identity(deny)), "ImplicitDeny");
}
