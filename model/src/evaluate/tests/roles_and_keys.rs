//! Resources whose own policy must allow: roles and KMS keys (semantics:B5; rows E85–E90, E138, E139).

use super::{
    ALICE, FULL, ROOT, SESSION, decision, evaluated, identity, lacks_a_policy, outcome, policy, request, with,
};
use crate::evaluate::SpecialRule;
use crate::policy::PolicyType;
use crate::policy_set::PolicySet;
use crate::request::Decision::{Allow, ExplicitDeny, ImplicitDeny};
use crate::request::Request;

const ROLE: &str = "arn:aws:iam::111122223333:role/deploy";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const STS: &str = r#"{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}"#;
const EC2: &str = r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}"#;
const DENY_ALL: &str = r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#;

fn assume(principal: &str) -> Request {
    request(principal, "sts:AssumeRole", ROLE)
}

fn trust(principal: &str, action: &str) -> PolicySet {
    let statement = format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": {action}}}"#);
    PolicySet { resource: Some(policy(PolicyType::Trust, &statement)), ..PolicySet::default() }
}

fn trusting(principal: &str) -> PolicySet {
    trust(&format!(r#"{{"AWS": "{principal}"}}"#), r#""sts:AssumeRole""#)
}

fn key(principal: &str) -> PolicySet {
    let statement = format!(
        r#"{{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": "kms:*", "Resource": "*"}}"#
    );
    PolicySet { resource: Some(policy(PolicyType::Resource, &statement)), ..PolicySet::default() }
}

fn with_identity(policies: PolicySet, statements: &str) -> PolicySet {
    PolicySet { identity: vec![policy(PolicyType::Identity, statements)], ..policies }
}

fn with_boundary(policies: PolicySet, statements: &str) -> PolicySet {
    let boundary = vec![policy(PolicyType::PermissionsBoundary, statements)];
    PolicySet { permissions_boundary: Some(boundary), ..policies }
}

#[test]
fn a_role_that_trusts_within_its_account() {
    let app = "arn:aws:iam::111122223333:role/app";
    for (principal, caller) in [(ALICE, ALICE), (app, SESSION), (SESSION, SESSION), ("*", ALICE)] {
        assert_eq!(outcome(&assume(caller), &trusting(principal)), "Allow", "{principal}");
        let denied = with_identity(trusting(principal), DENY_ALL);
        assert_eq!(decision(&assume(caller), &denied), ExplicitDeny, "{principal}");
        let bounded = with_boundary(trusting(principal), EC2);
        let expected = if principal == app { ImplicitDeny } else { Allow };
        assert_eq!(decision(&assume(caller), &bounded), expected, "{principal}");
    }
    for account in [ROOT, "111122223333"] {
        assert_eq!(outcome(&assume(ALICE), &trusting(account)), "ImplicitDeny", "{account}");
        assert_eq!(outcome(&assume(ALICE), &with_identity(trusting(account), STS)), "Allow", "{account}");
        let bounded = with_boundary(with_identity(trusting(account), STS), EC2);
        assert_eq!(outcome(&assume(ALICE), &bounded), "ImplicitDeny", "{account}");
    }
    let other = with_identity(trusting("arn:aws:iam::111122223333:user/bob"), FULL);
    let evaluation = evaluated(&assume(ALICE), &other).expect("a decision");
    assert_eq!(
        (evaluation.decision, evaluation.trace.rules),
        (ImplicitDeny, vec![SpecialRule::ResourceMustAllow])
    );
}

#[test]
fn a_role_that_trusts_another_account() {
    let partner = "arn:aws:iam::444455556666:user/p";
    for principal in [partner, "444455556666", "*"] {
        assert_eq!(outcome(&assume(partner), &trusting(principal)), "ImplicitDeny", "{principal}");
        assert_eq!(
            outcome(&assume(partner), &with_identity(trusting(principal), STS)),
            "Allow",
            "{principal}"
        );
    }
    assert_eq!(outcome(&assume(partner), &with_identity(trusting(ROOT), STS)), "ImplicitDeny");
}

/// A role or key without a policy does not exist: where the decision hangs on it, it is missing from the set.
#[test]
fn a_missing_policy_is_an_error_where_it_matters() {
    for (action, resource) in [
        ("sts:AssumeRole", ROLE),
        ("sts:TagSession", ROLE),
        ("sts:SetSourceIdentity", ROLE),
        ("kms:Decrypt", KEY),
        ("kms:CreateAlias", KEY),
    ] {
        // A root user cannot assume roles at all.
        let root = if action == "sts:AssumeRole" { ALICE } else { ROOT };
        for principal in [ALICE, root, "ec2.amazonaws.com"] {
            assert!(lacks_a_policy(&request(principal, action, resource), &identity(FULL)), "{action}");
        }
        assert_eq!(
            decision(&request(ALICE, action, resource), &identity(DENY_ALL)),
            ExplicitDeny,
            "{action}"
        );
    }
    // Where no policy of the role could help, the decision does not hang on it.
    let certain = |principal: &str, policies: &PolicySet| decision(&assume(principal), policies);
    let limited = PolicySet { service_control: super::levels(&[EC2]), ..identity(FULL) };
    assert_eq!(certain(ALICE, &limited), ImplicitDeny);
    let partner = "arn:aws:iam::444455556666:user/p";
    assert_eq!(certain(partner, &PolicySet::default()), ImplicitDeny);
    assert!(lacks_a_policy(&assume(partner), &identity(FULL)));
    assert!(lacks_a_policy(&assume(partner), &with_boundary(identity(FULL), EC2)), "F2");
    assert!(lacks_a_policy(&assume(ALICE), &PolicySet::default()), "it may name the user");
    assert_eq!(certain("anonymous", &PolicySet::default()), ImplicitDeny);
    let by_saml = request(ALICE, "sts:AssumeRoleWithSAML", ROLE);
    assert_eq!(decision(&by_saml, &identity(FULL)), ImplicitDeny);
    let endpoint = PolicySet { vpc_endpoint: Some(Vec::new()), ..identity(FULL) };
    assert_eq!(certain(ALICE, &endpoint), ImplicitDeny);
    for (action, resource) in [
        ("kms:ListKeys", "*"),
        ("kms:CreateKey", "*"),
        ("kms:CreateAlias", "arn:aws:kms:us-east-1:111122223333:alias/mine"),
        ("sts:GetAccessKeyInfo", "*"),
        ("sts:GetFederationToken", "arn:aws:sts::111122223333:federated-user/bob"),
    ] {
        assert_eq!(decision(&request(ALICE, action, resource), &identity(FULL)), Allow, "{action}");
        assert_eq!(
            decision(&request(ALICE, action, resource), &PolicySet::default()),
            ImplicitDeny,
            "{action}"
        );
    }
}

/// E90: tags and a source identity are checks of their own, on the same role.
#[test]
fn tags_and_source_identities_need_the_trust_policy_too() {
    for action in ["sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"] {
        let check = request(ALICE, action, ROLE);
        assert_eq!(outcome(&check, &with_identity(trusting(ALICE), FULL)), "ImplicitDeny", "{action}");
        let names = format!(r#"["sts:AssumeRole", "{action}"]"#);
        let both = trust(&format!(r#"{{"AWS": "{ALICE}"}}"#), &names);
        assert_eq!(outcome(&check, &both), "Allow", "{action}");
        let account = trust(r#"{"AWS": "111122223333"}"#, &names);
        assert_eq!(outcome(&check, &account), "ImplicitDeny", "{action}");
        assert_eq!(outcome(&check, &with_identity(account, STS)), "Allow", "{action}");
    }
}

#[test]
fn users_of_identity_providers() {
    let provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    let web = |principal: &str| request(principal, "sts:AssumeRoleWithWebIdentity", ROLE);
    let names = r#"["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]"#;
    let trusted = trust(&format!(r#"{{"Federated": "{provider}"}}"#), names);
    assert_eq!(outcome(&web(provider), &trusted), "Allow");
    assert_eq!(outcome(&request(provider, "sts:TagSession", ROLE), &trusted), "Allow");
    assert_eq!(outcome(&request(provider, "sts:SetSourceIdentity", ROLE), &trusted), "ImplicitDeny");
    let other = trust(r#"{"Federated": "arn:aws:iam::111122223333:oidc-provider/other.example.com"}"#, names);
    assert_eq!(outcome(&web(provider), &other), "ImplicitDeny");
    let host = trust(r#"{"Federated": "cognito-identity.amazonaws.com"}"#, names);
    assert_eq!(outcome(&web("cognito-identity.amazonaws.com"), &host), "Allow");
    assert_eq!(outcome(&web("accounts.google.com"), &host), "ImplicitDeny");
    // Everyone is no provider, and an identity of an account does not make this call.
    let everyone = trust("\"*\"", names);
    assert_eq!(outcome(&web(provider), &everyone), "ImplicitDeny");
    for principal in [ALICE, ROOT, "lambda.amazonaws.com", "anonymous"] {
        assert_eq!(
            outcome(&web(principal), &with_identity(everyone.clone(), FULL)),
            "ImplicitDeny",
            "{principal}"
        );
    }
    // Nor do providers' users make others.
    let assumable = trust(&format!(r#"{{"Federated": "{provider}"}}"#), r#""sts:AssumeRole""#);
    assert_eq!(outcome(&assume(provider), &assumable), "ImplicitDeny");
    let bucket = r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#;
    let open = PolicySet { resource: Some(policy(PolicyType::Resource, bucket)), ..PolicySet::default() };
    assert_eq!(outcome(&request(provider, "s3:GetObject", "arn:aws:s3:::b/k"), &open), "ImplicitDeny");
    let denied = PolicySet {
        resource: Some(policy(
            PolicyType::Trust,
            &format!(
                r#"{{"Effect": "Allow", "Principal": {{"Federated": "{provider}"}}, "Action": "*"}},
                   {{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity"}}"#
            ),
        )),
        ..PolicySet::default()
    };
    assert_eq!(outcome(&web(provider), &denied), "ExplicitDeny");
}

#[test]
fn services_take_on_roles_by_name() {
    let service = |name: &str| trust(&format!(r#"{{"Service": "{name}"}}"#), r#""sts:AssumeRole""#);
    let lambda = assume("lambda.amazonaws.com");
    assert_eq!(outcome(&lambda, &service("lambda.amazonaws.com")), "Allow");
    assert_eq!(outcome(&lambda, &service("ec2.amazonaws.com")), "ImplicitDeny");
    assert_eq!(outcome(&lambda, &trusting("*")), "ImplicitDeny");
    assert_eq!(outcome(&assume("anonymous"), &trusting("*")), "ImplicitDeny");
    assert_eq!(
        outcome(&assume(ALICE), &with_identity(service("lambda.amazonaws.com"), FULL)),
        "ImplicitDeny"
    );
}

/// F26, E139.
#[test]
fn a_role_on_itself() {
    let own = "arn:aws:sts::111122223333:assumed-role/deploy/self";
    let by_service = || trust(r#"{"Service": "ec2.amazonaws.com"}"#, r#""sts:AssumeRole""#);
    assert_eq!(outcome(&assume(own), &with_identity(by_service(), STS)), "ImplicitDeny F26");
    assert_eq!(outcome(&assume(own), &by_service()), "ImplicitDeny");
    assert_eq!(outcome(&assume(SESSION), &with_identity(by_service(), STS)), "ImplicitDeny");
    let foreign = "arn:aws:sts::444455556666:assumed-role/deploy/self";
    assert_eq!(outcome(&assume(foreign), &with_identity(by_service(), STS)), "ImplicitDeny");
    assert_eq!(outcome(&assume(own), &with_identity(trusting(ROOT), STS)), "Allow");
    assert_eq!(outcome(&assume(own), &trusting(ROLE)), "Allow");
    let bounded = with_boundary(with_identity(by_service(), STS), EC2);
    assert_eq!(outcome(&assume(own), &bounded), "ImplicitDeny");
}

#[test]
fn assume_root_asks_no_policy_of_the_member() {
    let member = "arn:aws:iam::444455556666:root";
    let call = request(SESSION, "sts:AssumeRoot", member);
    let everyone = r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#;
    assert_eq!(decision(&call, &identity(STS)), Allow);
    assert_eq!(decision(&call, &key("*")), ImplicitDeny);
    let open = PolicySet { resource: Some(policy(PolicyType::Resource, everyone)), ..PolicySet::default() };
    assert_eq!(decision(&call, &open), ImplicitDeny);
    assert_eq!(decision(&request(ROOT, "sts:AssumeRoot", member), &PolicySet::default()), ExplicitDeny);
    assert_eq!(decision(&request("ec2.amazonaws.com", "sts:AssumeRoot", member), &open), ImplicitDeny);
}

#[test]
fn key_policies() {
    let decrypt = |principal: &str| request(principal, "kms:Decrypt", KEY);
    let admin = "arn:aws:iam::111122223333:role/key-admin";
    assert_eq!(outcome(&decrypt(ALICE), &with_identity(key(admin), FULL)), "ImplicitDeny");
    assert_eq!(outcome(&decrypt(ALICE), &with_identity(key(ROOT), FULL)), "Allow");
    assert_eq!(outcome(&decrypt(ALICE), &key(ROOT)), "ImplicitDeny");
    assert_eq!(outcome(&decrypt(ALICE), &key(ALICE)), "Allow");
    assert_eq!(outcome(&decrypt(ALICE), &with_identity(key(ALICE), DENY_ALL)), "ExplicitDeny");
    assert_eq!(
        outcome(&decrypt(SESSION), &with_boundary(key("arn:aws:iam::111122223333:role/app"), EC2)),
        "ImplicitDeny"
    );
    assert_eq!(outcome(&decrypt(SESSION), &with_boundary(key(SESSION), EC2)), "Allow");
    assert_eq!(outcome(&decrypt(ROOT), &key(ROOT)), "Allow");
    assert_eq!(outcome(&decrypt(ROOT), &key("*")), "Allow");
    assert_eq!(outcome(&decrypt(ROOT), &key(admin)), "ImplicitDeny");
    let partner = "arn:aws:iam::444455556666:user/p";
    assert_eq!(outcome(&decrypt(partner), &key("444455556666")), "ImplicitDeny");
    assert_eq!(outcome(&decrypt(partner), &with_identity(key("444455556666"), FULL)), "Allow");
    assert_eq!(outcome(&decrypt(partner), &with_identity(key(ROOT), FULL)), "ImplicitDeny");
}

/// A session of AssumeRoot has the rights of its task policy alone, also where the resource's policy lets everyone in.
#[test]
fn assume_root_sessions_at_keys() {
    let decrypt = with(request(ROOT, "kms:Decrypt", KEY), &[("aws:AssumedRoot", "true")]);
    let task = |policies: PolicySet, statements: &str| PolicySet {
        session: Some(vec![policy(PolicyType::Session, statements)]),
        ..policies
    };
    for principal in [ROOT, "*"] {
        assert_eq!(outcome(&decrypt, &task(key(principal), FULL)), "Allow", "{principal}");
        assert_eq!(outcome(&decrypt, &task(key(principal), EC2)), "ImplicitDeny", "{principal}");
        assert_eq!(outcome(&decrypt, &key(principal)), "ImplicitDeny", "{principal}");
    }
    assert_eq!(outcome(&decrypt, &task(key(ALICE), FULL)), "ImplicitDeny");
}
