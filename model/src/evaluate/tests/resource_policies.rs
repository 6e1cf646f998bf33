//! How the Principal matched, and what that lets pass (semantics:B3, C4; rows E52–E70, E99–E107, E136).

use super::{ALICE, FULL, ROOT, SESSION, decision, outcome, policy, request, with};
use crate::arn::AccountId;
use crate::evaluate::SpecialRule;
use crate::evaluate::tests::evaluated;
use crate::policy::PolicyType;
use crate::policy_set::PolicySet;
use crate::request::Decision::{Allow, ExplicitDeny, ImplicitDeny};
use crate::request::Request;

const OBJECT: &str = "arn:aws:s3:::example-data/a.txt";
const S3: &str = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
const EC2: &str = r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}"#;
const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/bob";

/// An Allow of s3:GetObject for `principal`, JSON.
fn grant(principal: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "s3:GetObject", "Resource": "*"}}"#)
}

fn aws(text: &str) -> String {
    format!(r#"{{"AWS": "{text}"}}"#)
}

/// A Deny of everything for all but `principals`, a JSON list.
fn except(principals: &str) -> String {
    format!(
        r#"{{"Effect": "Deny", "NotPrincipal": {{"AWS": {principals}}}, "Action": "*", "Resource": "*"}}"#
    )
}

fn resource(statements: &str) -> PolicySet {
    PolicySet { resource: Some(policy(PolicyType::Resource, statements)), ..PolicySet::default() }
}

fn with_identity(policies: PolicySet, statements: &str) -> PolicySet {
    PolicySet { identity: vec![policy(PolicyType::Identity, statements)], ..policies }
}

fn with_boundary(policies: PolicySet, statements: &str) -> PolicySet {
    let boundary = vec![policy(PolicyType::PermissionsBoundary, statements)];
    PolicySet { permissions_boundary: Some(boundary), ..policies }
}

fn with_session(policies: PolicySet, statements: &str) -> PolicySet {
    PolicySet { session: Some(vec![policy(PolicyType::Session, statements)]), ..policies }
}

/// A read of an object in a bucket of account 111122223333.
fn read(principal: &str) -> Request {
    let mut read = request(principal, "s3:GetObject", OBJECT);
    read.resource_account = AccountId::parse("111122223333");
    read
}

/// The table of semantics:B3: what an implicit deny of identity policies, boundary and session policy does where a
/// statement of the resource allows.
#[test]
fn rows_of_the_table() {
    let role = aws("arn:aws:iam::111122223333:role/app");
    let session = aws(SESSION);
    let user = aws(ALICE);
    let federated = aws(FEDERATED);
    let maker = aws("arn:aws:iam::111122223333:user/bob");
    let account = aws("111122223333");
    let root = aws(ROOT);
    let everyone = aws("*");
    // principal, caller; without identity policies; with a boundary, with a session policy that does not allow.
    for (principal, caller, alone, boundary, in_session) in [
        (role.as_str(), SESSION, "Allow", "ImplicitDeny", "ImplicitDeny"),
        (&session, SESSION, "Allow", "Allow", "Allow F1"),
        (&user, ALICE, "Allow", "Allow", "Allow"),
        (&maker, FEDERATED, "ImplicitDeny F12", "ImplicitDeny", "ImplicitDeny"),
        (&federated, FEDERATED, "Allow", "Allow", "Allow"),
        ("\"*\"", SESSION, "Allow", "Allow", "Allow"),
        (&everyone, ALICE, "Allow", "Allow", "Allow"),
        (&account, ALICE, "ImplicitDeny", "ImplicitDeny", "ImplicitDeny"),
        (&root, SESSION, "ImplicitDeny", "ImplicitDeny", "ImplicitDeny"),
        (&root, FEDERATED, "ImplicitDeny", "ImplicitDeny", "ImplicitDeny"),
    ] {
        let granted = || resource(&grant(principal));
        assert_eq!(outcome(&read(caller), &granted()), alone, "{principal} {caller}");
        let bounded = with_boundary(granted(), EC2);
        let bounded = if caller == FEDERATED { with_session(bounded, FULL) } else { bounded };
        assert_eq!(outcome(&read(caller), &bounded), boundary, "{principal} {caller}, boundary");
        let limited = with_session(granted(), EC2);
        assert_eq!(outcome(&read(caller), &limited), in_session, "{principal} {caller}, session policy");
        // Explicit denies block in every row.
        let denied = with_boundary(granted(), &format!("{FULL}, {}", S3.replace("Allow", "Deny")));
        assert_eq!(outcome(&read(caller), &denied), "ExplicitDeny", "{principal} {caller}, Deny");
    }
    // Within boundary and session policy the limited forms grant without an identity policy.
    let within = with_session(with_boundary(resource(&grant(&role)), S3), S3);
    assert_eq!(outcome(&read(SESSION), &within), "Allow");
    let within = with_session(with_boundary(resource(&grant(&maker)), S3), S3);
    assert_eq!(outcome(&read(FEDERATED), &within), "Allow");
    // Identity policies suffice beside a resource policy that names others, and the account form then changes nothing.
    for principal in [&account, &aws("arn:aws:iam::111122223333:role/other")] {
        assert_eq!(outcome(&read(ALICE), &with_identity(resource(&grant(principal)), S3)), "Allow");
    }
    assert_eq!(outcome(&read(ROOT), &resource(&grant(&user))), "Allow");
}

#[test]
fn forms_that_name_somebody_else() {
    for (principal, caller) in [
        (aws("arn:aws:iam::111122223333:user/alic"), ALICE),
        (aws("arn:aws:iam::111122223333:user/team/alice"), ALICE),
        (aws("arn:aws:iam::444455556666:user/alice"), ALICE),
        (aws("arn:aws-cn:iam::111122223333:user/alice"), ALICE),
        (aws("arn:aws:iam::111122223333:role/alice"), ALICE),
        (aws("arn:aws:iam::111122223333:role/app2"), SESSION),
        (aws("arn:aws:iam::111122223333:user/app"), SESSION),
        (aws("arn:aws:sts::111122223333:assumed-role/app/web-2"), SESSION),
        (aws("arn:aws:sts::111122223333:assumed-role/app/WEB-1"), SESSION),
        (aws("arn:aws:sts::111122223333:assumed-role/other/web-1"), SESSION),
        (aws("arn:aws:sts::111122223333:federated-user/bobby"), FEDERATED),
        (aws("AROAOLDROLEEXAMPLE01"), SESSION),
        (aws("444455556666"), ALICE),
        (r#"{"Service": "alice.amazonaws.com"}"#.to_owned(), ALICE),
        (
            r#"{"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}"#
                .to_owned(),
            ALICE,
        ),
    ] {
        assert_eq!(outcome(&read(caller), &resource(&grant(&principal))), "ImplicitDeny", "{principal}");
        let deny = grant(&principal).replace("Allow", "Deny");
        let full = with_session(with_identity(resource(&deny), FULL), FULL);
        assert_eq!(outcome(&read(caller), &full), "Allow", "{principal}");
    }
    // The path of a role is not in its session; the path of a user is in its ARN.
    assert_eq!(
        outcome(&read(SESSION), &resource(&grant(&aws("arn:aws:iam::111122223333:role/team/app")))),
        "Allow"
    );
    let in_path = "arn:aws:iam::111122223333:user/team/alice";
    assert_eq!(outcome(&read(in_path), &resource(&grant(&aws(in_path)))), "Allow");
    assert_eq!(outcome(&read(in_path), &resource(&grant(&aws(ALICE)))), "ImplicitDeny");
}

#[test]
fn letter_case_of_role_names_is_open() {
    for principal in
        ["arn:aws:iam::111122223333:role/App", "arn:aws:sts::111122223333:assumed-role/APP/web-1"]
    {
        let granted = resource(&grant(&aws(principal)));
        assert_eq!(outcome(&read(SESSION), &granted), "Allow F9", "{principal}");
        let both = format!("{}, {}", grant(&aws(principal)), grant(&aws(SESSION)));
        assert_eq!(outcome(&read(SESSION), &resource(&both)), "Allow", "{principal}");
        let denied = with_identity(resource(&grant(&aws(principal)).replace("Allow", "Deny")), FULL);
        assert_eq!(outcome(&read(SESSION), &denied), "ExplicitDeny F9", "{principal}");
    }
    // By account the caller matches for sure, by role perhaps: only the role grants without an identity policy.
    let list = format!(r#"{{"AWS": ["{ROOT}", "arn:aws:iam::111122223333:role/APP"]}}"#);
    assert_eq!(outcome(&read(SESSION), &resource(&grant(&list))), "Allow F9");
    assert_eq!(outcome(&read(SESSION), &with_identity(resource(&grant(&list)), S3)), "Allow");
}

#[test]
fn a_statement_takes_the_strongest_of_its_forms() {
    let both = format!(r#"{{"AWS": ["arn:aws:iam::111122223333:role/app", "{SESSION}"]}}"#);
    assert_eq!(outcome(&read(SESSION), &with_boundary(resource(&grant(&both)), EC2)), "Allow");
    let both = format!(r#"{{"AWS": ["{ROOT}", "{ALICE}"]}}"#);
    assert_eq!(outcome(&read(ALICE), &resource(&grant(&both))), "Allow");
    // Forms of different statements do not make one: the role's statement is about another action.
    let other = grant(&aws(SESSION)).replace("GetObject", "PutObject");
    let apart = format!("{}, {other}", grant(&aws("arn:aws:iam::111122223333:role/app")));
    assert_eq!(outcome(&read(SESSION), &with_boundary(resource(&apart), EC2)), "ImplicitDeny");
}

#[test]
fn not_principal_exempts_who_is_listed_in_every_form() {
    let full = |deny: &str| with_identity(resource(deny), FULL);
    let role = "arn:aws:iam::111122223333:role/app";
    for (caller, list, expected) in [
        (ALICE, format!(r#"["{ALICE}", "{ROOT}"]"#), "Allow"),
        (ALICE, format!(r#"["{ALICE}", "111122223333"]"#), "Allow"),
        (ALICE, format!(r#"["{ALICE}"]"#), "ExplicitDeny F8"),
        (ALICE, format!(r#"["{ROOT}"]"#), "ExplicitDeny F8"),
        (ALICE, r#"["444455556666"]"#.to_owned(), "ExplicitDeny"),
        (ALICE, r#"["*"]"#.to_owned(), "Allow"),
        (ALICE, "[]".to_owned(), "Allow"),
        (SESSION, format!(r#"["{SESSION}", "{role}", "{ROOT}"]"#), "Allow"),
        (SESSION, format!(r#"["{role}", "{ROOT}"]"#), "ExplicitDeny F8"),
        (SESSION, format!(r#"["{SESSION}", "{ROOT}"]"#), "ExplicitDeny F8"),
        (SESSION, r#"["arn:aws:iam::111122223333:role/other"]"#.to_owned(), "ExplicitDeny"),
        (SESSION, format!(r#"["{SESSION}", "arn:aws:iam::111122223333:role/App", "{ROOT}"]"#), "Allow F9"),
        (ROOT, format!(r#"["{ROOT}"]"#), "Allow"),
        (ROOT, format!(r#"["{ALICE}"]"#), "ExplicitDeny"),
    ] {
        assert_eq!(outcome(&read(caller), &full(&except(&list))), expected, "{caller} {list}");
    }
    // With an Allow a match is everyone's.
    let allow = except(&format!(r#"["{ALICE}"]"#)).replace("Deny", "Allow");
    assert_eq!(outcome(&read(SESSION), &with_boundary(resource(&allow), EC2)), "Allow");
    assert_eq!(outcome(&read(ALICE), &resource(&allow)), "Allow F8");
}

/// E63: whoever has a boundary is hit, whatever is listed.
#[test]
fn not_principal_hits_whoever_has_a_boundary() {
    let all = format!(r#"["{SESSION}", "arn:aws:iam::111122223333:role/app", "{ALICE}", "{ROOT}"]"#);
    for caller in [ALICE, SESSION] {
        let free = with_identity(resource(&except(&all)), FULL);
        assert_eq!(outcome(&read(caller), &free), "Allow", "{caller}");
        let bounded = with_boundary(free, FULL);
        assert_eq!(outcome(&read(caller), &bounded), "ExplicitDeny", "{caller}");
        let rules = evaluated(&read(caller), &bounded).expect("a decision").trace.rules;
        assert_eq!(rules, [SpecialRule::NotPrincipalAndBoundary]);
    }
    // Not by an Allow, not by a statement on something else, not in an endpoint's policy.
    let allow = except(&all).replace("Deny", "Allow");
    assert_eq!(outcome(&read(ALICE), &with_boundary(resource(&allow), EC2)), "ImplicitDeny");
    let other = except(&all).replace(r#""Action": "*""#, r#""Action": "s3:PutObject""#);
    let bounded = with_boundary(with_identity(resource(&other), FULL), FULL);
    assert_eq!(outcome(&read(ALICE), &bounded), "Allow");
    let endpoint = format!("{}, {}", grant("\"*\""), except(&all));
    let bounded = with_boundary(with_identity(PolicySet::default(), FULL), FULL);
    let interface = PolicySet {
        vpc_endpoint: Some(vec![policy(PolicyType::VpcEndpoint, &endpoint)]),
        settings: crate::policy_set::Settings { interface_endpoint: Some(true), ..Default::default() },
        ..bounded
    };
    assert_eq!(outcome(&read(ALICE), &interface), "Allow");
}

#[test]
fn conditions_and_elements_of_a_grant_count() {
    let conditional = grant("\"*\"").replace(
        r#""Resource": "*""#,
        r#""Resource": "*", "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app"}}"#,
    );
    assert_eq!(outcome(&read(SESSION), &with_boundary(resource(&conditional), EC2)), "Allow");
    assert_eq!(outcome(&read(ALICE), &resource(&conditional)), "ImplicitDeny");
    let with_path = with(read(SESSION), &[("aws:PrincipalArn", "arn:aws:iam::111122223333:role/dev/app")]);
    assert_eq!(outcome(&with_path, &resource(&conditional)), "ImplicitDeny");
    let other = grant(&aws(ALICE)).replace(r#""Resource": "*""#, r#""Resource": "arn:aws:s3:::other/*""#);
    assert_eq!(outcome(&read(ALICE), &resource(&other)), "ImplicitDeny");
    // E106: only services carry aws:SourceArn.
    let by_source = grant("\"*\"").replace(
        r#""Resource": "*""#,
        r#""Resource": "*", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}"#,
    );
    assert_eq!(outcome(&read(ALICE), &resource(&by_source)), "ImplicitDeny");
    let service = with(read("sns.amazonaws.com"), &[("aws:SourceAccount", "111122223333")]);
    assert_eq!(outcome(&service, &resource(&by_source)), "Allow");
}

#[test]
fn resource_policies_do_not_pass_scps() {
    let levels = super::levels(&[EC2]);
    for principal in [aws(ALICE), "\"*\"".to_owned()] {
        let under = PolicySet { service_control: levels.clone(), ..resource(&grant(&principal)) };
        assert_eq!(outcome(&read(ALICE), &under), "ImplicitDeny");
    }
}

#[test]
fn both_accounts_must_allow() {
    let partner = "arn:aws:sts::444455556666:assumed-role/partner/x";
    let role = aws("arn:aws:iam::444455556666:role/partner");
    for principal in [role.as_str(), &aws("444455556666"), &aws(partner), "\"*\""] {
        let granted = || resource(&grant(principal));
        assert_eq!(outcome(&read(partner), &granted()), "ImplicitDeny", "{principal}");
        assert_eq!(outcome(&read(partner), &with_identity(granted(), S3)), "Allow", "{principal}");
        let bounded = with_boundary(with_identity(granted(), S3), EC2);
        let open = if principal == "\"*\"" || principal.contains(":sts:") { " F2" } else { "" };
        assert_eq!(outcome(&read(partner), &bounded), format!("ImplicitDeny{open}"), "{principal}");
        let limited = with_session(with_identity(granted(), S3), EC2);
        assert_eq!(outcome(&read(partner), &limited), format!("ImplicitDeny{open}"), "{principal}");
    }
    // The owner's account is not the caller's.
    assert_eq!(
        outcome(&read(partner), &with_identity(resource(&grant(&aws("111122223333"))), S3)),
        "ImplicitDeny"
    );
    assert_eq!(outcome(&read(partner), &with_identity(PolicySet::default(), S3)), "ImplicitDeny");
    let root = "arn:aws:iam::444455556666:root";
    assert_eq!(outcome(&read(root), &resource(&grant(&aws("444455556666")))), "Allow");
    assert_eq!(outcome(&read(root), &resource(&grant(&role))), "ImplicitDeny");
    let federated = "arn:aws:sts::444455556666:federated-user/bob";
    let full = with_identity(resource(&grant(&aws(federated))), S3);
    assert_eq!(outcome(&read(federated), &full), "ImplicitDeny F2 F12");
    assert_eq!(outcome(&read(federated), &with_session(full, S3)), "Allow");
    let evaluation =
        evaluated(&read(partner), &with_identity(resource(&grant(&role)), S3)).expect("a decision");
    assert_eq!(evaluation.trace.rules, [SpecialRule::AcrossAccounts]);
    assert_eq!(evaluation.deciding.len(), 2);
}

/// F47: nothing says whose bucket it is.
#[test]
fn the_owner_of_a_bucket_is_open_where_nothing_says_it() {
    let unsaid = request(ALICE, "s3:GetObject", OBJECT);
    assert_eq!(outcome(&unsaid, &resource(&grant(&aws(ALICE)))), "Allow F47");
    assert_eq!(outcome(&unsaid, &with_identity(resource(&grant(&aws(ALICE))), S3)), "Allow");
    let other = resource(&grant(&aws("arn:aws:iam::111122223333:user/bob")));
    assert_eq!(outcome(&unsaid, &with_identity(other, S3)), "Allow F47");
    assert_eq!(outcome(&unsaid, &with_identity(PolicySet::default(), S3)), "Allow");
    assert_eq!(outcome(&unsaid, &resource(&grant(&aws("111122223333")))), "ImplicitDeny");
}

/// F32: resource policies of Bedrock.
#[test]
fn bedrock_resources_have_policies_perhaps() {
    let granted = |principal: &str| resource(&grant(principal).replace("s3:GetObject", "bedrock:*"));
    let guardrail = "arn:aws:bedrock:us-east-1:111122223333:guardrail/g1";
    let apply = request(ALICE, "bedrock:ApplyGuardrail", guardrail);
    assert_eq!(outcome(&apply, &granted(&aws(ALICE))), "Allow F32");
    assert_eq!(outcome(&apply, &with_identity(granted(&aws(ALICE)), FULL)), "Allow");
    let denied =
        with_identity(resource(&grant("\"*\"").replace("Allow", "Deny").replace("s3:GetObject", "*")), FULL);
    assert_eq!(outcome(&apply, &denied), "ExplicitDeny F32");
    // Agents have none.
    let agent = request(ALICE, "bedrock:GetAgent", "arn:aws:bedrock:us-east-1:111122223333:agent/a1");
    assert_eq!(outcome(&agent, &granted(&aws(ALICE))), "ImplicitDeny");
    // No further than the organisation.
    let partner = "arn:aws:iam::444455556666:user/p";
    let policies = with_identity(granted(&aws(partner)), FULL);
    let outside = request(partner, "bedrock:ApplyGuardrail", guardrail);
    assert_eq!(outcome(&outside, &policies), "ImplicitDeny");
    let organization = [("aws:PrincipalOrgID", "o-1"), ("aws:ResourceOrgID", "o-1")];
    assert_eq!(outcome(&with(outside.clone(), &organization), &policies), "Allow F32");
    let organization = [("aws:PrincipalOrgID", "o-1"), ("aws:ResourceOrgID", "o-2")];
    assert_eq!(outcome(&with(outside, &organization), &policies), "ImplicitDeny");
}

#[test]
fn what_has_no_resource_policy_ignores_one() {
    let everyone = r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#;
    let nobody = everyone.replace("Allow", "Deny");
    for (action, target) in [
        ("iam:PassRole", "arn:aws:iam::111122223333:role/app"),
        ("iam:GetRole", "arn:aws:iam::111122223333:role/app"),
        ("s3:ListAllMyBuckets", "*"),
        ("kms:CreateAlias", "arn:aws:kms:us-east-1:111122223333:alias/mine"),
        ("sts:GetFederationToken", "arn:aws:sts::111122223333:federated-user/bob"),
    ] {
        let asked = request(ALICE, action, target);
        assert_eq!(decision(&asked, &resource(everyone)), ImplicitDeny, "{action}");
        let evaluation = evaluated(&asked, &with_identity(resource(&nobody), FULL)).expect("a decision");
        assert_eq!(evaluation.decision, Allow, "{action}");
        assert_eq!(evaluation.trace.rules, [SpecialRule::NoResourcePolicy]);
    }
    let queue = request(ALICE, "sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q");
    assert_eq!(decision(&queue, &resource(everyone)), Allow);
    assert_eq!(decision(&queue, &with_identity(resource(&nobody), FULL)), ExplicitDeny);
}
