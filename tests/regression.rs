//! Cases on which evaluator and encoder once differed, each found by the random suites and made small.

use ringfence_model::catalogue::Catalogue;
use ringfence_solver::wildcard::Theory;
use serde_json::{Value, json};

use crate::differential::{Reach, compare_formula, compare_simulation, compare_solver, scenario};

const USER: &str = "arn:aws:iam::111122223333:user/alice";
const OBJECT: &str = "arn:aws:s3:::data/blue/x";

/// A request for an object under these identity policies' statements.
fn case(context: &Value, statements: &Value) -> Value {
    json!({
        "request": {
            "principal": USER, "action": "s3:GetObject", "resource": OBJECT, "resourceAccount": "111122223333",
            "context": context
        },
        "policies": { "identity": [{ "Version": "2012-10-17", "Statement": statements }] }
    })
}

fn allow_all() -> Value {
    json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })
}

/// Both engines must say that the request is allowed, or that it is not, as stated.
fn check(name: &str, case: &Value, allowed: bool, reached: Reach) {
    let catalogue = Catalogue::embedded().unwrap();
    let mut theory = Theory::new(60_000);
    let scenario = scenario(case, catalogue).unwrap().unwrap();
    assert_eq!(compare_formula(&scenario, catalogue, &mut theory), Ok(allowed), "{name}: constant keys");
    for resource in [scenario.exactly(catalogue), scenario.of_type(catalogue)] {
        let reach = compare_solver(&scenario, resource, catalogue, &mut theory);
        assert_eq!(reach, Ok(reached), "{name}: free keys");
    }
}

#[test]
fn an_operator_in_another_case_reads_its_list_as_the_operator_does() {
    let condition = json!({ "stringlikeIfExists": { "aws:TagKeys": ["t*"] } });
    let statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition });
    let context = json!({ "aws:TagKeys": ["team"], "aws:RequestTag/team": "blue" });
    check("F39 around F17", &case(&context, &json!([statement])), false, Reach::Decided);
}

#[test]
fn wildcards_of_an_arn_operand_cross_no_colon_before_a_variable() {
    let operand = "arn:aws:iam::*:role/${custom:team}";
    let condition = json!({ "ArnLike": { "custom:arn": operand } });
    let deny = json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition });
    for (arn, allowed) in [("arn:aws:iam::1:a:role/blue", true), ("arn:aws:iam::1:role/blue", false)] {
        let context = json!({ "custom:team": "blue", "custom:arn": arn });
        check(arn, &case(&context, &json!([allow_all(), deny])), allowed, Reach::Decided);
    }
}

#[test]
fn a_variable_may_hold_the_colons_of_an_arn_operand() {
    let condition = json!({ "ArnNotEquals": { "aws:PrincipalArn": "arn:${custom:key}:role/app" } });
    let allow = json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition });
    for (value, allowed) in [("blue", false), ("aws:iam::444455556666", true), ("a:b:c", false)] {
        check(value, &case(&json!({ "custom:key": value }), &json!([allow])), allowed, Reach::Decided);
    }
}

#[test]
fn a_free_variable_leaves_the_readings_of_the_front_alone() {
    for (resource, allowed) in [
        ("arn:AWS:S3:::data/${custom:key}/*", true),
        ("arn:*:s3:::data/${custom:key}/*", true),
        ("arn:aws:s3:::data/${custom:key}", false),
    ] {
        let allow = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": resource });
        check(resource, &case(&json!({ "custom:key": "blue" }), &json!([allow])), allowed, Reach::Decided);
    }
}

#[test]
fn a_session_without_mfa_makes_no_iam_calls() {
    for (mfa, allowed) in [("false", false), ("true", true)] {
        let context =
            json!({ "aws:TokenIssueTime": "2026-05-04T09:00:00Z", "aws:MultiFactorAuthPresent": mfa });
        let mut case = case(&context, &json!([allow_all()]));
        case["request"]["action"] = json!("iam:GetUser");
        case["request"]["resource"] = json!(USER);
        check(mfa, &case, allowed, Reach::Decided);
    }
}

#[test]
fn a_demanded_instant_is_the_one_that_is_compared() {
    let condition = json!({ "DateEquals": { "aws:TokenIssueTime": [] } });
    let allow = json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition });
    let context =
        json!({ "aws:TokenIssueTime": "2026-05-04T09:00:00Z", "aws:MultiFactorAuthPresent": "true" });
    check("F20", &case(&context, &json!([allow])), false, Reach::Decided);
}

/// A lemma of the case that a text is no number was once taken for one of all cases.
#[test]
fn a_text_that_compares_is_not_excluded_by_the_case_that_it_does_not() {
    for (value, allowed) in [("10", false), ("-10", true), ("x", true)] {
        let condition = json!({ "NumericGreaterThan": { "custom:key": ["-5"] } });
        let deny = json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition });
        let context = json!({ "custom:key": value });
        check(value, &case(&context, &json!([deny, allow_all()])), allowed, Reach::Decided);
    }
    for (value, allowed) in [("192.0.2.9", false), ("192.0.2.1", true), ("x", false)] {
        let condition = json!({ "IpAddress": { "custom:key": ["192.0.2.1"] } });
        let allow = json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition });
        let context = json!({ "custom:key": value });
        check(value, &case(&context, &json!([allow])), allowed, Reach::Decided);
    }
}

/// A request under policies given whole; both engines must decide it so and name these open points.
fn decided(name: &str, request: &Value, policies: &Value, settings: &Value, expected: &str) {
    let catalogue = Catalogue::embedded().unwrap();
    let case = json!({ "request": request, "policies": policies, "settings": settings });
    let scenario = scenario(&case, catalogue).unwrap().unwrap();
    let both = compare_simulation(&scenario.request, &scenario.policies, catalogue)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let (decision, points) = both.unwrap_or_else(|| panic!("{name}: a policy is missing"));
    let mut text = decision.to_string();
    for point in points {
        text.push(' ');
        text.push_str(&point.to_string());
    }
    assert_eq!(text, expected, "{name}");
    compare_formula(&scenario, catalogue, &mut Theory::new(60_000)).unwrap();
}

fn policy(statements: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn for_whom(effect: &str, element: &str, principals: &Value) -> Value {
    let mut statement = json!({ "Effect": effect, "Action": "*", "Resource": "*" });
    statement[element] = principals.clone();
    statement
}

fn asks(principal: &str, action: &str, resource: &str) -> Value {
    let owner = resource.split(':').nth(4).filter(|account| account.len() == 12).unwrap_or("111122223333");
    json!({
        "principal": principal, "action": action, "resource": resource, "resourceAccount": owner, "context": {}
    })
}

const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/x1";
const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/blue";
const ROOT: &str = "arn:aws:iam::111122223333:root";
const ROLE: &str = "arn:aws:iam::111122223333:role/app";

#[test]
fn a_principal_names_whom_both_engines_say() {
    let none = json!({});
    for (caller, principals, expected) in [
        (USER, json!({ "AWS": "arn:aws:iam::111122223333:user/alice" }), "Allow"),
        (USER, json!({ "AWS": "arn:aws:iam::111122223333:user/Alice" }), "Allow F9"),
        (USER, json!({ "AWS": "arn:aws:iam::111122223333:user/dev/alice" }), "ImplicitDeny"),
        (SESSION, json!({ "AWS": "arn:aws:iam::111122223333:role/APP" }), "Allow F9"),
        (SESSION, json!({ "AWS": "arn:aws:sts::111122223333:assumed-role/app/X1" }), "ImplicitDeny"),
        (FEDERATED, json!({ "AWS": "arn:aws:sts::111122223333:federated-user/Blue" }), "ImplicitDeny"),
        ("events.amazonaws.com", json!({ "Service": "events.amazonaws.com" }), "Allow"),
        ("events.amazonaws.com", json!({ "Service": "Events.amazonaws.com" }), "ImplicitDeny"),
        (
            USER,
            json!({ "CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be" }),
            "ImplicitDeny",
        ),
    ] {
        let own = policy(&json!([for_whom("Allow", "Principal", &principals)]));
        let policies = json!({ "identity": [], "resource": own });
        let name = format!("{caller} {principals}");
        decided(&name, &asks(caller, "s3:GetObject", OBJECT), &policies, &none, expected);
    }
    // The user's ARN names its federated-user sessions, within boundary and session policy.
    let own = policy(&json!([for_whom(
        "Allow",
        "Principal",
        &json!({ "AWS": "arn:aws:iam::111122223333:user/blue" })
    )]));
    let all = policy(&json!([allow_all()]));
    let policies = json!({ "identity": [], "session": [all], "resource": own });
    decided("user of a session", &asks(FEDERATED, "s3:GetObject", OBJECT), &policies, &none, "Allow");
    // A boundary that is attached to nobody matches nobody in NotPrincipal.
    let listed = json!({ "AWS": ROOT });
    let own = policy(&json!([for_whom("Deny", "NotPrincipal", &listed)]));
    let policies = json!({ "identity": [], "permissionsBoundary": [all], "resource": own });
    decided("root user", &asks(ROOT, "s3:GetObject", OBJECT), &policies, &none, "Allow");
    decided("user", &asks(USER, "s3:GetObject", OBJECT), &policies, &none, "ExplicitDeny");
}

#[test]
fn a_policy_of_an_endpoint_that_is_given_is_asked() {
    let all = policy(&json!([allow_all()]));
    let none = json!({});
    let through = |endpoint: Value| json!({ "identity": [all], "vpcEndpoint": [policy(&json!([endpoint]))] });
    let nobody = through(for_whom("Allow", "Principal", &json!({ "AWS": "444455556666" })));
    decided("nobody passes", &asks(USER, "s3:GetObject", OBJECT), &nobody, &none, "ImplicitDeny");
    // On a gateway endpoint the account is its root user alone: the other forms exempt.
    let forms = through(for_whom("Allow", "NotPrincipal", &json!({ "AWS": [USER] })));
    decided("all forms are listed", &asks(USER, "s3:GetObject", OBJECT), &forms, &none, "ImplicitDeny");
    decided(
        "but the account",
        &asks(USER, "sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q"),
        &forms,
        &none,
        "Allow F8",
    );
    decided("F36", &asks(USER, "sts:GetCallerIdentity", "*"), &nobody, &none, "Allow F36");
    decided("F27", &asks(USER, "sts:GetSessionToken", "*"), &nobody, &none, "Allow F27");
    decided("unsigned", &asks("anonymous", "sts:GetCallerIdentity", "*"), &json!({}), &none, "ImplicitDeny");
}

#[test]
fn roles_let_in_by_name_alone_whoever_has_no_account() {
    let none = json!({});
    let trust = |principals: &Value| {
        let statement = json!({ "Effect": "Allow", "Principal": principals, "Action": "sts:*" });
        json!({ "identity": [policy(&json!([allow_all()]))], "resource": policy(&json!([statement])) })
    };
    let everyone = trust(&json!("*"));
    let saml = "arn:aws:iam::111122223333:saml-provider/Corp";
    let provider = trust(&json!({ "Federated": saml }));
    for (name, caller, action, policies, expected) in [
        ("anonymous", "anonymous", "sts:AssumeRole", &everyone, "ImplicitDeny"),
        ("service", "events.amazonaws.com", "sts:AssumeRole", &everyone, "ImplicitDeny"),
        ("user", USER, "sts:AssumeRole", &everyone, "Allow"),
        ("user by SAML", USER, "sts:AssumeRoleWithSAML", &everyone, "ImplicitDeny"),
        ("provider", saml, "sts:AssumeRoleWithSAML", &provider, "Allow"),
        ("provider without SAML", saml, "sts:AssumeRole", &provider, "ImplicitDeny"),
    ] {
        decided(name, &asks(caller, action, ROLE), policies, &none, expected);
    }
    // F26: the same role is meant in another path or letter case.
    let others = trust(&json!({ "AWS": "444455556666" }));
    for role in [ROLE, "arn:aws:iam::111122223333:role/team/App"] {
        decided(role, &asks(SESSION, "sts:AssumeRole", role), &others, &none, "ImplicitDeny F26");
    }
    decided(
        "another role",
        &asks(SESSION, "sts:AssumeRole", &format!("{ROLE}s")),
        &others,
        &none,
        "ImplicitDeny",
    );
}

#[test]
fn what_aws_owns_has_no_policy_and_no_owner() {
    let none = json!({});
    let everyone = policy(&json!([for_whom("Allow", "Principal", &json!("*"))]));
    let alone = json!({ "identity": [], "resource": everyone });
    let both = json!({ "identity": [policy(&json!([allow_all()]))], "resource": everyone });
    decided("no resource", &asks(USER, "s3:ListAllMyBuckets", "*"), &alone, &none, "ImplicitDeny");
    decided("IAM", &asks(USER, "iam:GetUser", USER), &alone, &none, "ImplicitDeny");
    let mut model = asks(USER, "bedrock:InvokeModel", "arn:aws:bedrock:us-east-1::foundation-model/a.b-v1:0");
    model["resourceAccount"] = json!("444455556666");
    let own = json!({ "identity": [policy(&json!([allow_all()]))] });
    decided("model", &model, &own, &none, "Allow");
    let guardrail = "arn:aws:bedrock:us-east-1:444455556666:guardrail/g1";
    let mut apply = asks(USER, "bedrock:ApplyGuardrail", guardrail);
    decided("another organisation", &apply, &both, &none, "ImplicitDeny");
    apply["context"] = json!({ "aws:PrincipalOrgID": "o-1", "aws:ResourceOrgID": "o-1" });
    decided("one organisation", &apply, &both, &none, "Allow F32");
    // F47: a bucket of which nobody says whose it is.
    let account = policy(&json!([for_whom("Allow", "Principal", &json!({ "AWS": USER }))]));
    let alone = json!({ "identity": [], "resource": account });
    let mut ownerless = asks(USER, "s3:GetObject", OBJECT);
    ownerless.as_object_mut().unwrap().remove("resourceAccount");
    decided("F47", &ownerless, &alone, &none, "Allow F47");
    decided("its owner is said", &asks(USER, "s3:GetObject", OBJECT), &alone, &none, "Allow");
    // F2 is about sessions and everyone: a user's ARN never passes the boundary of another account's user.
    let mut foreign = asks(USER, "s3:GetObject", OBJECT);
    foreign["resourceAccount"] = json!("444455556666");
    let bounded = |own: &Value| {
        json!({ "identity": [policy(&json!([allow_all()]))],
                "permissionsBoundary": [policy(&json!([{ "Effect": "Allow", "Action": "ec2:*", "Resource": "*" }]))],
                "resource": own })
    };
    decided("user across accounts", &foreign, &bounded(&account), &none, "ImplicitDeny");
    decided("everyone across accounts", &foreign, &bounded(&everyone), &none, "ImplicitDeny F2");
}

#[test]
fn resource_control_policies_spare_what_belongs_to_aws() {
    let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": ["sts:*", "kms:*"], "Resource": "*" });
    let level = json!([{ "target": "root", "policies": [policy(&json!([deny]))] }]);
    let trust = policy(
        &json!([{ "Effect": "Allow", "Principal": { "Service": "events.amazonaws.com" }, "Action": "sts:*" }]),
    );
    let policies = json!({ "resource": trust, "resourceControl": level });
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/events.amazonaws.com/app";
    decided(
        "of a service",
        &asks("events.amazonaws.com", "sts:AssumeRole", linked),
        &policies,
        &json!({}),
        "Allow",
    );
    decided(
        "of a customer",
        &asks("events.amazonaws.com", "sts:AssumeRole", ROLE),
        &policies,
        &json!({}),
        "ExplicitDeny",
    );
}

#[test]
fn a_bucket_is_public_by_the_same_rules() {
    let blocked = json!({ "s3BlockPublicAccess": true });
    let bucket = |operator: &str, key: &str, value: &str| {
        let mut statement = for_whom("Allow", "Principal", &json!("*"));
        statement["Condition"] = json!({ operator: { key: value } });
        json!({ "resource": policy(&json!([statement, for_whom("Allow", "NotPrincipal", &json!({ "AWS": [] }))])) })
    };
    for (operator, key, value, expected) in [
        ("IpAddress", "aws:SourceIp", "192.0.2.0/24", "Allow"),
        ("IpAddress", "aws:SourceIp", "192.0.2.0/7", "ImplicitDeny"),
        ("StringEquals", "aws:SourceIp", "192.0.2.1", "ImplicitDeny"),
        ("StringLike", "aws:SourceVpce", "${*}", "ImplicitDeny"),
        ("StringEquals", "aws:SourceVpce", "vpce-1", "Allow"),
        ("stringEquals", "aws:SourceVpce", "vpce-1", "ImplicitDeny"),
    ] {
        let mut request = asks("anonymous", "s3:GetObject", OBJECT);
        request["context"] = json!({ "aws:SourceIp": "192.0.2.1", "aws:SourceVpce": if value == "${*}" { "*" } else { "vpce-1" } });
        decided(
            &format!("{operator} {key} {value}"),
            &request,
            &bucket(operator, key, value),
            &blocked,
            expected,
        );
    }
}

#[test]
fn a_model_that_may_run_with_the_callers_rights_is_no_explicit_deny() {
    let deny = json!({ "Effect": "Deny", "Action": "bedrock:InvokeModel", "Resource": "*" });
    let agent = "arn:aws:bedrock:us-east-1:111122223333:agent-alias/A/B";
    let alone = json!({ "identity": [policy(&json!([deny]))] });
    decided("not allowed", &asks(USER, "bedrock:InvokeAgent", agent), &alone, &json!({}), "ImplicitDeny");
    let both = json!({ "identity": [policy(&json!([deny, allow_all()]))] });
    decided("allowed", &asks(USER, "bedrock:InvokeAgent", agent), &both, &json!({}), "Allow F29");
}

#[test]
fn only_points_that_matter_are_named() {
    for (resource, expected) in
        [("arn:*:data/*", "ImplicitDeny F6"), ("arn:*", "Allow F4 F7"), ("arn:aws:s3:::data/*", "Allow")]
    {
        let allow = json!({ "Effect": "Allow", "Action": "*", "Resource": resource });
        let policies = json!({ "identity": [policy(&json!([allow]))] });
        decided(resource, &asks(USER, "s3:GetObject", OBJECT), &policies, &json!({}), expected);
    }
}

#[test]
fn a_text_that_must_be_an_address_is_one() {
    // The search once took for impossible what held only for texts that are no addresses.
    for operator in ["NotIpAddress", "IpAddress"] {
        let deny = json!({ "Effect": "Deny", "Action": "*", "Resource": "*",
                           "Condition": { operator: { "custom:key": ["192.0.2.0/24"] } } });
        let context = json!({ "custom:key": "2001:db8:1::5" });
        check(
            operator,
            &case(&context, &json!([allow_all(), deny])),
            operator == "IpAddress",
            Reach::Decided,
        );
    }
}

#[test]
fn the_calls_that_a_flow_makes_name_no_statements() {
    let flow = "arn:aws:bedrock:us-east-1:111122223333:flow/F/alias/A";
    let request = json!({
        "principal": USER, "action": "bedrock:InvokeFlow", "resource": flow, "resourceAccount": "111122223333",
        "context": {}
    });
    let others = json!({ "Effect": "Allow", "Action": "*", "NotResource": flow });
    for (boundary, expected) in [(json!([others, allow_all()]), "Allow"), (json!([others]), "ImplicitDeny")] {
        let policies = json!({
            "identity": [policy(&json!([allow_all()]))], "permissionsBoundary": [policy(&boundary)]
        });
        decided("F29 under NotResource", &request, &policies, &json!({}), expected);
    }
}

#[test]
fn an_anonymous_caller_has_an_id() {
    let request = json!({
        "principal": "anonymous", "action": "s3:GetObject", "resource": OBJECT, "resourceAccount": "111122223333",
        "context": {}
    });
    for (id, expected) in [("anonymous", "Allow"), ("AIDAEXAMPLE", "ImplicitDeny")] {
        let statement = json!({
            "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": { "StringEquals": { "aws:userid": id } }
        });
        let policies = json!({ "resource": policy(&json!([statement])) });
        decided(id, &request, &policies, &json!({}), expected);
    }
}
