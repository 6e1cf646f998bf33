//! RCPs, VPC endpoint policies, Block Public Access, and callers without policies of their own (semantics:B5, B7, B10;
//! rows E10, E11, E66, E79–E81, E92, E99, E100, E107, E136).

use super::{ALICE, FULL, ROOT, SESSION, decision, evaluated, identity, outcome, policy, request, with};
use crate::arn::AccountId;
use crate::evaluate::SpecialRule;
use crate::policy::PolicyType;
use crate::policy_set::{ControlLevel, PolicySet, Settings};
use crate::request::Decision::{Allow, ExplicitDeny, ImplicitDeny};
use crate::request::Request;

const OBJECT: &str = "arn:aws:s3:::example-data/a.txt";
const EVERYONE: &str = r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#;
const LINKED: &str = "arn:aws:iam::111122223333:role/aws-service-role/a.amazonaws.com/AWSServiceRoleForA";
const PARTNER: &str = "arn:aws:iam::444455556666:user/p";

fn owned(principal: &str, action: &str, resource: &str) -> Request {
    let mut request = request(principal, action, resource);
    request.resource_account = AccountId::parse("111122223333");
    request
}

fn resource(statements: &str) -> PolicySet {
    PolicySet { resource: Some(policy(PolicyType::Resource, statements)), ..PolicySet::default() }
}

fn open_bucket() -> PolicySet {
    PolicySet { identity: vec![policy(PolicyType::Identity, FULL)], ..resource(EVERYONE) }
}

/// RCPs that deny `action`.
fn controlled(policies: PolicySet, action: &str, more: &str) -> PolicySet {
    let deny =
        format!(r#"{{"Effect": "Deny", "Principal": "*", "Action": "{action}", "Resource": "*"{more}}}"#);
    let level = |statements: &str| ControlLevel {
        target: "r-ab12".into(),
        policies: vec![policy(PolicyType::ResourceControl, statements)],
    };
    PolicySet { resource_control: vec![level(EVERYONE), level(&deny)], ..policies }
}

fn endpoint(statements: &str, interface: Option<bool>) -> PolicySet {
    PolicySet {
        vpc_endpoint: Some(vec![policy(PolicyType::VpcEndpoint, statements)]),
        settings: Settings { interface_endpoint: interface, ..Settings::default() },
        ..identity(FULL)
    }
}

#[test]
fn resource_control_policies_bind_whoever_calls() {
    for principal in [ALICE, SESSION, ROOT, PARTNER, "anonymous", "cloudtrail.amazonaws.com"] {
        let read = owned(principal, "s3:GetObject", OBJECT);
        let granted = || {
            let service = r#"{"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "*", "Resource": "*"}"#;
            PolicySet {
                identity: vec![policy(PolicyType::Identity, FULL)],
                ..resource(&format!("{EVERYONE}, {service}"))
            }
        };
        assert_eq!(outcome(&read, &granted()), "Allow", "{principal}");
        assert_eq!(outcome(&read, &controlled(granted(), "s3:*", "")), "ExplicitDeny", "{principal}");
        assert_eq!(outcome(&read, &controlled(granted(), "s3:PutObject", "")), "Allow", "{principal}");
    }
    let evaluation = evaluated(&owned(ALICE, "s3:GetObject", OBJECT), &controlled(open_bucket(), "s3:*", ""));
    let deciding = evaluation.expect("a decision").deciding;
    assert_eq!(deciding.len(), 1);
    assert_eq!((deciding[0].policy_type, deciding[0].statement), (PolicyType::ResourceControl, 0));
    // A level without a policy still has RCPFullAWSAccess.
    let bare = PolicySet { resource_control: vec![ControlLevel::default()], ..open_bucket() };
    assert_eq!(outcome(&owned(ALICE, "s3:GetObject", OBJECT), &bare), "Allow");
    let condition = r#", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}"#;
    let limited = controlled(open_bucket(), "s3:*", condition);
    assert_eq!(outcome(&owned(PARTNER, "s3:GetObject", OBJECT), &limited), "ExplicitDeny");
    let member = with(owned(PARTNER, "s3:GetObject", OBJECT), &[("aws:PrincipalOrgID", "o-1")]);
    assert_eq!(outcome(&member, &limited), "Allow");
}

#[test]
fn what_resource_control_policies_do_not_reach() {
    let rules = |request: &Request, policies: &PolicySet| {
        let evaluation = evaluated(request, policies).expect("a decision");
        (evaluation.decision, evaluation.trace.rules.contains(&SpecialRule::OutsideResourceControl))
    };
    let model = "arn:aws:bedrock:us-east-1::foundation-model/x.y-v1:0";
    let key = "arn:aws:kms:us-east-1:111122223333:key/1234";
    for (request, action) in [
        (owned(ALICE, "bedrock:InvokeModel", model), "bedrock:*"),
        (
            owned(ALICE, "lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111122223333:function:f"),
            "lambda:*",
        ),
        (owned(ALICE, "kms:RetireGrant", key), "kms:*"),
        (owned(ALICE, "kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:alias/aws/s3"), "kms:*"),
        (
            with(
                owned("arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForA/x", "s3:GetObject", OBJECT),
                &[("aws:PrincipalArn", LINKED)],
            ),
            "s3:*",
        ),
    ] {
        assert_eq!(rules(&request, &controlled(open_bucket(), action, "")), (Allow, true), "{request:?}");
    }
    let decrypt = owned(ALICE, "kms:Decrypt", key);
    assert_eq!(rules(&decrypt, &controlled(open_bucket(), "kms:*", "")), (ExplicitDeny, false));
    // The trust policy of a service-linked role is out of reach, that of another role is not.
    let trusts = |role: &str| {
        let statement =
            r#"{"Effect": "Allow", "Principal": {"Service": "a.amazonaws.com"}, "Action": "sts:AssumeRole"}"#;
        let trust =
            PolicySet { resource: Some(policy(PolicyType::Trust, statement)), ..PolicySet::default() };
        rules(&owned("a.amazonaws.com", "sts:AssumeRole", role), &controlled(trust, "sts:*", ""))
    };
    assert_eq!(trusts(LINKED), (Allow, true));
    assert_eq!(trusts("arn:aws:iam::111122223333:role/a"), (ExplicitDeny, false));
}

/// F15.
#[test]
fn resource_control_policies_and_actions_without_a_resource() {
    let list = request(ALICE, "s3:ListAllMyBuckets", "*");
    assert_eq!(outcome(&list, &controlled(identity(FULL), "s3:*", "")), "ExplicitDeny F15");
    assert_eq!(outcome(&list, &controlled(identity(FULL), "sqs:*", "")), "Allow");
    assert_eq!(outcome(&list, &controlled(PolicySet::default(), "s3:*", "")), "ExplicitDeny F15");
}

/// E99, E100.
#[test]
fn endpoint_policies_filter() {
    let read = owned(ALICE, "s3:GetObject", OBJECT);
    let send = owned(ALICE, "sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q");
    assert_eq!(decision(&read, &endpoint(EVERYONE, None)), Allow);
    assert_eq!(
        decision(&read, &PolicySet { identity: Vec::new(), ..endpoint(EVERYONE, None) }),
        ImplicitDeny
    );
    assert_eq!(
        decision(
            &read,
            &endpoint(&EVERYONE.replace(r#""Action": "*""#, r#""Action": "s3:PutObject""#), None)
        ),
        ImplicitDeny
    );
    assert_eq!(
        decision(&read, &endpoint(&format!("{EVERYONE}, {}", EVERYONE.replace("Allow", "Deny")), None)),
        ExplicitDeny
    );
    for account in ["111122223333", ROOT] {
        let named = EVERYONE.replace("\"*\", \"Action\"", &format!("{{\"AWS\": \"{account}\"}}, \"Action\""));
        // A gateway endpoint means the root user alone.
        for (request, interface, expected) in [
            (&read, None, ImplicitDeny),
            (&read, Some(false), ImplicitDeny),
            (&read, Some(true), Allow),
            (&send, None, Allow),
            (&send, Some(false), ImplicitDeny),
        ] {
            assert_eq!(decision(request, &endpoint(&named, interface)), expected, "{account} {interface:?}");
        }
        assert_eq!(decision(&owned(ROOT, "s3:GetObject", OBJECT), &endpoint(&named, Some(false))), Allow);
        let deny = format!("{EVERYONE}, {}", named.replace("Allow", "Deny"));
        assert_eq!(decision(&read, &endpoint(&deny, Some(false))), Allow);
        assert_eq!(decision(&read, &endpoint(&deny, Some(true))), ExplicitDeny);
    }
    // Also for callers whom the resource alone lets in.
    let public = PolicySet {
        vpc_endpoint: Some(vec![policy(PolicyType::VpcEndpoint, EVERYONE)]),
        ..resource(EVERYONE)
    };
    assert_eq!(decision(&owned("anonymous", "s3:GetObject", OBJECT), &public), Allow);
    let closed = PolicySet {
        vpc_endpoint: Some(vec![policy(PolicyType::VpcEndpoint, &EVERYONE.replace("Allow", "Deny"))]),
        ..resource(EVERYONE)
    };
    assert_eq!(decision(&owned("anonymous", "s3:GetObject", OBJECT), &closed), ExplicitDeny);
}

/// F36 and F27: calls that need no permission, through an endpoint.
#[test]
fn endpoints_and_calls_that_need_no_permission() {
    let identify = request(ALICE, "sts:GetCallerIdentity", "*");
    let token = request(ALICE, "sts:GetSessionToken", "*");
    let other = EVERYONE.replace(r#""Action": "*""#, r#""Action": "s3:*""#);
    for statements in [EVERYONE.replace("Allow", "Deny"), other] {
        assert_eq!(outcome(&identify, &endpoint(&statements, None)), "Allow F36", "{statements}");
        assert_eq!(outcome(&token, &endpoint(&statements, None)), "Allow F27", "{statements}");
    }
    assert_eq!(outcome(&identify, &endpoint(EVERYONE, None)), "Allow");
    assert_eq!(outcome(&token, &endpoint(EVERYONE, None)), "Allow");
}

#[test]
fn callers_without_policies_of_their_own() {
    let grant = |principal: &str| {
        resource(&format!(
            r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "*", "Resource": "*"}}"#
        ))
    };
    let trail =
        |policies: &PolicySet| outcome(&owned("cloudtrail.amazonaws.com", "s3:PutObject", OBJECT), policies);
    let nobody = |policies: &PolicySet| outcome(&owned("anonymous", "s3:PutObject", OBJECT), policies);
    assert_eq!(trail(&grant(r#"{"Service": "cloudtrail.amazonaws.com"}"#)), "Allow");
    assert_eq!(trail(&grant(r#"{"Service": "cloudtrail.amazonaws.com.cn"}"#)), "ImplicitDeny");
    assert_eq!(nobody(&grant(r#"{"Service": "cloudtrail.amazonaws.com"}"#)), "ImplicitDeny");
    for policies in [grant("\"*\""), grant(r#"{"AWS": "*"}"#)] {
        assert_eq!((trail(&policies), nobody(&policies)), ("Allow".into(), "Allow".into()));
    }
    for policies in [grant(r#"{"AWS": "111122223333"}"#), PolicySet::default(), identity(FULL)] {
        assert_eq!((trail(&policies), nobody(&policies)), ("ImplicitDeny".into(), "ImplicitDeny".into()));
    }
    // What the caller's side would say is not theirs.
    let deny = r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#;
    let other_side = PolicySet {
        identity: vec![policy(PolicyType::Identity, deny)],
        permissions_boundary: Some(vec![policy(PolicyType::PermissionsBoundary, deny)]),
        session: Some(vec![policy(PolicyType::Session, deny)]),
        service_control: super::levels(&[deny]),
        ..grant("\"*\"")
    };
    assert_eq!((trail(&other_side), nobody(&other_side)), ("Allow".into(), "Allow".into()));
    // E66: NotPrincipal.
    let except = |list: &str| {
        resource(&format!(
            r#"{EVERYONE}, {{"Effect": "Deny", "NotPrincipal": {list}, "Action": "*", "Resource": "*"}}"#
        ))
    };
    let accounts = except(r#"{"AWS": "111122223333"}"#);
    assert_eq!((trail(&accounts), nobody(&accounts)), ("ExplicitDeny".into(), "ExplicitDeny".into()));
    let service = except(r#"{"Service": "cloudtrail.amazonaws.com"}"#);
    assert_eq!((trail(&service), nobody(&service)), ("Allow".into(), "ExplicitDeny".into()));
    let everyone = except(r#"{"AWS": "*"}"#);
    assert_eq!((trail(&everyone), nobody(&everyone)), ("Allow".into(), "Allow".into()));
    // E136: without aws:PrincipalArn a negated condition holds.
    let guarded = resource(&format!(
        r#"{EVERYONE}, {{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": {{"ArnNotLike": {{"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app"}}}}}}"#
    ));
    assert_eq!((trail(&guarded), nobody(&guarded)), ("ExplicitDeny".into(), "ExplicitDeny".into()));
    assert_eq!(outcome(&owned(SESSION, "s3:PutObject", OBJECT), &guarded), "Allow");
}

#[test]
fn block_public_access() {
    let blocked = |statements: &str| PolicySet {
        settings: Settings { s3_block_public_access: true, ..Settings::default() },
        identity: vec![policy(PolicyType::Identity, FULL)],
        ..resource(statements)
    };
    let trail = r#"{"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "*", "Resource": "*"}"#;
    let public = format!("{EVERYONE}, {trail}");
    for (principal, expected) in [
        (PARTNER, ImplicitDeny),
        ("anonymous", ImplicitDeny),
        (ALICE, Allow),
        (ROOT, Allow),
        ("cloudtrail.amazonaws.com", Allow),
    ] {
        assert_eq!(
            decision(&owned(principal, "s3:GetObject", OBJECT), &blocked(&public)),
            expected,
            "{principal}"
        );
    }
    let denied = format!("{EVERYONE}, {}", EVERYONE.replace("Allow", "Deny"));
    assert_eq!(decision(&owned(PARTNER, "s3:GetObject", OBJECT), &blocked(&denied)), ExplicitDeny);
    // A public statement closes the bucket for accounts that another one names.
    let named = EVERYONE.replace(r#""*", "Action""#, r#"{"AWS": "444455556666"}, "Action""#);
    assert_eq!(decision(&owned(PARTNER, "s3:GetObject", OBJECT), &blocked(&named)), Allow);
    assert_eq!(
        decision(&owned(PARTNER, "s3:GetObject", OBJECT), &blocked(&format!("{named}, {EVERYONE}"))),
        ImplicitDeny
    );
    // Other services know no such setting.
    let queue = owned(PARTNER, "sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q");
    assert_eq!(decision(&queue, &blocked(EVERYONE)), Allow);
    // Conditions on fixed values make a policy not public.
    let member = with(
        owned(PARTNER, "s3:GetObject", OBJECT),
        &[("aws:PrincipalOrgID", "o-1"), ("aws:SourceIp", "192.0.2.7"), ("aws:SourceVpce", "vpce-1")],
    );
    for (condition, expected) in [
        (r#"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#, Allow),
        (r#"{"StringLike": {"aws:PrincipalOrgID": "o-*"}}"#, ImplicitDeny),
        (r#"{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}"#, ImplicitDeny),
        (r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-2"}}"#, ImplicitDeny),
        (r#"{"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}"#, Allow),
        (r#"{"StringLike": {"aws:SourceVpce": ["vpce-1", "vpce-*"]}}"#, ImplicitDeny),
        (r#"{"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}"#, Allow),
        (r#"{"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "0.0.0.0/1"]}}"#, ImplicitDeny),
        (r#"{"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#, ImplicitDeny),
        (r#"{"Bool": {"aws:SecureTransport": "true"}}"#, ImplicitDeny),
        (
            r#"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}, "StringNotEquals": {"aws:SourceVpce": "x"}}"#,
            Allow,
        ),
    ] {
        let statement =
            EVERYONE.replace(r#""Resource": "*""#, &format!(r#""Resource": "*", "Condition": {condition}"#));
        let member = with(member.clone(), &[("aws:SecureTransport", "true")]);
        assert_eq!(decision(&member, &blocked(&statement)), expected, "{condition}");
    }
}

/// E92.
#[test]
fn a_buckets_policy_does_not_lock_its_owner_out() {
    let locked = || resource(&EVERYONE.replace("Allow", "Deny"));
    let bucket = "arn:aws:s3:::example-data";
    for action in ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"] {
        let evaluation = evaluated(&owned(ROOT, action, bucket), &locked()).expect("a decision");
        assert_eq!((evaluation.decision, evaluation.deciding.len()), (Allow, 0), "{action}");
        assert!(evaluation.trace.rules.contains(&SpecialRule::BucketOwnersRootUser));
        assert_eq!(decision(&owned(ALICE, action, bucket), &locked()), ExplicitDeny, "{action}");
        let other = "arn:aws:iam::444455556666:root";
        assert_eq!(decision(&owned(other, action, bucket), &locked()), ExplicitDeny, "{action}");
        let unlocking = PolicySet { session: Some(vec![policy(PolicyType::Session, FULL)]), ..locked() };
        let task = with(owned(ROOT, action, bucket), &[("aws:AssumedRoot", "true")]);
        assert_eq!(decision(&task, &unlocking), Allow, "{action}");
        assert_eq!(decision(&task, &locked()), ImplicitDeny, "{action}");
        // Other policies still stop it.
        assert_eq!(decision(&owned(ROOT, action, bucket), &controlled(locked(), "s3:*", "")), ExplicitDeny);
        let limited = PolicySet {
            service_control: super::levels(&[r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}"#]),
            ..locked()
        };
        assert_eq!(decision(&owned(ROOT, action, bucket), &limited), ImplicitDeny, "{action}");
        let closed = PolicySet { vpc_endpoint: Some(Vec::new()), ..locked() };
        assert_eq!(decision(&owned(ROOT, action, bucket), &closed), ImplicitDeny, "{action}");
    }
    assert_eq!(decision(&owned(ROOT, "s3:GetBucketAcl", bucket), &locked()), ExplicitDeny);
}

/// semantics:B11: more filters only shrink what is allowed, more grants only let it grow.
#[test]
fn decisions_are_monotone() {
    let allow = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
    let other = r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}"#;
    let deny = r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#;
    let named = |principal: &str, statement: &str| {
        statement.replace("{\"Effect\"", &format!("{{\"Principal\": {principal}, \"Effect\""))
    };
    let principals = [
        "\"*\"",
        r#"{"AWS": "111122223333"}"#,
        r#"{"AWS": "arn:aws:iam::111122223333:role/app"}"#,
        r#"{"AWS": "arn:aws:iam::444455556666:root"}"#,
        r#"{"Service": "sns.amazonaws.com"}"#,
    ];
    let mut bases = vec![PolicySet::default(), identity(allow), identity(other)];
    for base in bases.clone() {
        for principal in principals {
            bases.push(PolicySet {
                resource: Some(policy(PolicyType::Resource, &named(principal, allow))),
                ..base.clone()
            });
        }
    }
    let filters = |base: &PolicySet| {
        let mut all = Vec::new();
        for statements in [allow.to_owned(), other.to_owned(), format!("{allow}, {deny}")] {
            let one = |policy_type| Some(vec![policy(policy_type, &statements)]);
            let everyone = named("\"*\"", &statements);
            all.push(PolicySet {
                permissions_boundary: one(PolicyType::PermissionsBoundary),
                ..base.clone()
            });
            all.push(PolicySet { session: one(PolicyType::Session), ..base.clone() });
            all.push(PolicySet { service_control: super::levels(&[&statements]), ..base.clone() });
            all.push(PolicySet {
                vpc_endpoint: Some(vec![policy(PolicyType::VpcEndpoint, &everyone)]),
                ..base.clone()
            });
        }
        all.push(controlled(base.clone(), "s3:*", ""));
        all
    };
    let mut allowed = 0;
    for caller in [ALICE, SESSION, ROOT, PARTNER, "anonymous", "sns.amazonaws.com"] {
        let read = owned(caller, "s3:GetObject", OBJECT);
        for base in &bases {
            let before = decision(&read, base) == Allow;
            allowed += usize::from(before);
            for filtered in filters(base) {
                assert!(before || decision(&read, &filtered) != Allow, "{caller} {filtered:?}");
            }
            let granted = PolicySet { identity: vec![policy(PolicyType::Identity, allow)], ..base.clone() };
            assert!(!before || decision(&read, &granted) == Allow, "{caller} {base:?}");
        }
    }
    assert!(allowed >= 30, "{allowed}");
}
