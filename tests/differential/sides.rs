//! Random callers of every kind, and what the side of the resource says to them: its own policy, RCPs, the policy of a
//! VPC endpoint, settings.
//!
//! Principal elements hold place-holders such as `@self`, which [`name_caller`] replaces by a form of the caller, so that
//! policies name it often.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Just, Strategy};
use proptest::{bool, prop_oneof};
use serde_json::{Map, Value, json};

use super::generator::{Keys, add_conditions, condition, entry};
use super::pools::{ACTIONS, RESOURCES};

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const OTHER: &str = "444455556666";

/// A caller with the keys that it always carries.
pub(super) fn caller() -> BoxedStrategy<(String, Keys)> {
    let session = select(vec![None, Some("true"), Some("false")]);
    let user = (bool::weighted(0.3), session).prop_map(move |(path, session)| {
        let path = if path { "dev/" } else { "" };
        let mut keys = vec![entry("aws:userid", "AIDAEXAMPLE")];
        if let Some(mfa) = session {
            keys.push(entry("aws:TokenIssueTime", "2026-05-04T09:00:00Z"));
            keys.push(entry("aws:MultiFactorAuthPresent", mfa));
        }
        (format!("arn:aws:iam::{ACCOUNT}:user/{path}alice"), keys)
    });
    let paths: &[&str] = &["", "", "", "", "team/", "aws-service-role/x.amazonaws.com/"];
    let role = (select(paths), select(vec!["x1", "blue", "alice"])).prop_map(move |(path, session)| {
        let mut keys = vec![
            entry("aws:userid", format!("AROAEXAMPLE:{session}")),
            entry("aws:TokenIssueTime", "2026-05-04T09:30:00Z"),
        ];
        if !path.is_empty() {
            keys.push(entry("aws:PrincipalArn", format!("arn:aws:iam::{ACCOUNT}:role/{path}app")));
        }
        (format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/{session}"), keys)
    });
    let root = bool::weighted(0.4).prop_map(|assumed| {
        let mut keys = Vec::new();
        if assumed {
            keys.push(entry("aws:AssumedRoot", "true"));
            keys.push(entry("aws:TokenIssueTime", "2026-05-04T09:00:00Z"));
        }
        (format!("arn:aws:iam::{ACCOUNT}:root"), keys)
    });
    let federated = Just((
        format!("arn:aws:sts::{ACCOUNT}:federated-user/blue"),
        vec![entry("aws:TokenIssueTime", "2026-05-04T09:00:00Z")],
    ));
    let service =
        (bool::ANY, select(vec!["events.amazonaws.com", "s3.amazonaws.com"])).prop_map(|(source, name)| {
            let source = source.then(|| entry("aws:SourceAccount", ACCOUNT));
            (name.to_owned(), source.into_iter().collect())
        });
    let providers = vec![
        format!("arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com"),
        format!("arn:aws:iam::{ACCOUNT}:saml-provider/Corp"),
        "accounts.google.com".to_owned(),
    ];
    let provider = select(providers).prop_map(|name| (name, Vec::new()));
    let anonymous = Just(("anonymous".to_owned(), Vec::new()));
    prop_oneof![10 => user, 9 => role, 3 => root, 2 => federated, 2 => service, 1 => provider, 1 => anonymous]
        .boxed()
}

/// The caller is a user of an identity provider.
pub(super) fn is_provider(principal: &str) -> bool {
    principal.contains("-provider/") || principal == "accounts.google.com"
}

/// The call by which a user of the provider takes on a role, and the role.
pub(super) fn provider_call(principal: &str) -> (String, String) {
    let saml = principal.contains(":saml-provider/");
    let action = if saml { "sts:AssumeRoleWithSAML" } else { "sts:AssumeRoleWithWebIdentity" };
    (action.to_owned(), ROLES[0].to_owned())
}

/// One more statement that names the provider.
pub(super) fn let_provider_in(trust: &mut Value, principal: &str) {
    let statement = json!({ "Effect": "Allow", "Principal": { "Federated": principal }, "Action": "sts:*" });
    trust["Statement"].as_array_mut().unwrap().push(statement);
}

/// Actions with resources of their own rules, asked by callers of any kind.
pub(super) const TARGETS: [(&str, &[&str]); 22] = [
    ("s3:PutBucketPolicy", &["arn:aws:s3:::data"]),
    ("s3:DeleteBucketPolicy", &["arn:aws:s3:::blue"]),
    ("s3:GetObject", &["arn:aws:s3:::data/blue/x", "arn:aws:s3:::data/alice/a"]),
    ("sts:AssumeRole", &ROLES),
    ("sts:AssumeRole", &ROLES),
    ("sts:AssumeRoleWithWebIdentity", &ROLES),
    ("sts:AssumeRoleWithSAML", &ROLES),
    ("sts:TagSession", &ROLES),
    ("sts:SetSourceIdentity", &ROLES),
    ("sts:TagSession", &["arn:aws:sts::111122223333:federated-user/bob"]),
    ("sts:AssumeRoot", &["arn:aws:iam::444455556666:root"]),
    ("kms:Decrypt", &KEYS),
    ("kms:RetireGrant", &KEYS),
    ("kms:UpdateAlias", &["arn:aws:kms:us-east-1:111122223333:alias/aws/s3", KEYS[0], KEYS[1]]),
    ("kms:ListKeys", &["*"]),
    ("sqs:ListQueues", &["*"]),
    ("secretsmanager:ListSecrets", &["*"]),
    (
        "sqs:SendMessage",
        &["arn:aws:sqs:us-east-1:444455556666:queue", "arn:aws:sqs:us-east-1:111122223333:blue"],
    ),
    (
        "secretsmanager:GetSecretValue",
        &[
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:blue-AbCdEf",
            "arn:aws:secretsmanager:eu-west-1:444455556666:secret:blue-AbCdEf",
        ],
    ),
    ("dynamodb:GetItem", &["arn:aws:dynamodb:us-east-1:444455556666:table/t"]),
    (
        "bedrock:ApplyGuardrail",
        &[
            "arn:aws:bedrock:us-east-1:111122223333:guardrail/g1",
            "arn:aws:bedrock:us-east-1:444455556666:guardrail/g1",
        ],
    ),
    ("bedrock:InvokeFlow", &["arn:aws:bedrock:us-east-1:111122223333:flow/F/alias/A"]),
];

const ROLES: [&str; 6] = [
    "arn:aws:iam::111122223333:role/app",
    "arn:aws:iam::111122223333:role/App",
    "arn:aws:iam::111122223333:role/team/app",
    "arn:aws:iam::111122223333:role/deploy",
    "arn:aws:iam::444455556666:role/app",
    "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/app",
];

const KEYS: [&str; 2] = [
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
];

/// Values under `AWS` that are nobody's place-holder.
const AWS_PRINCIPALS: [&str; 22] = [
    "*",
    "111122223333",
    "444455556666",
    "arn:aws:iam::111122223333:root",
    "arn:aws-cn:iam::111122223333:root",
    "arn:aws:iam::444455556666:root",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/Alice",
    "arn:aws:iam::111122223333:user/dev/alice",
    "arn:aws:iam::444455556666:user/alice",
    "arn:aws:iam::111122223333:user/blue",
    "arn:aws:iam::111122223333:user/BLUE",
    "arn:aws:iam::111122223333:role/app",
    "arn:aws:iam::111122223333:role/APP",
    "arn:aws:iam::111122223333:role/other/app",
    "arn:aws:sts::111122223333:assumed-role/app/x1",
    "arn:aws:sts::111122223333:assumed-role/App/blue",
    "arn:aws:sts::111122223333:assumed-role/app/X1",
    "arn:aws:sts::111122223333:federated-user/blue",
    "arn:aws:sts::111122223333:federated-user/Blue",
    "AIDAEXAMPLEEXAMPLE12",
    "AROAEXAMPLEEXAMPLE12",
];

/// The value of Principal or NotPrincipal.
pub(super) fn principals() -> BoxedStrategy<Value> {
    let own = select(vec!["@self", "@self", "@role", "@account", "@root", "@other-case"]);
    let aws = vec(prop_oneof![3 => own, 2 => select(&AWS_PRINCIPALS[..])], 1..4)
        .prop_map(|values| json!({ "AWS": values }));
    let all_forms = Just(json!({ "AWS": ["@self", "@role", "@account"] }));
    let service = select(vec!["events.amazonaws.com", "s3.amazonaws.com", "Events.amazonaws.com"])
        .prop_map(|name| json!({ "Service": name }));
    let federated = select(vec![
        "arn:aws:iam::111122223333:oidc-provider/id.example.com",
        "arn:aws:iam::111122223333:saml-provider/Corp",
        "arn:aws:iam::111122223333:saml-provider/corp",
        "accounts.google.com",
    ])
    .prop_map(|name| json!({ "Federated": [name] }));
    let mixed = (select(&AWS_PRINCIPALS[..]), select(vec!["events.amazonaws.com", "s3.amazonaws.com"]))
        .prop_map(|(aws, service)| json!({ "AWS": aws, "Service": [service] }));
    prop_oneof![
        3 => Just(json!("*")),
        1 => Just(json!({ "AWS": "*" })),
        9 => aws,
        2 => all_forms,
        2 => service,
        2 => federated,
        1 => mixed,
        1 => Just(json!({ "CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be" })),
        1 => Just(json!({ "AWS": [] })),
    ]
    .boxed()
}

/// A document with principals.
pub(super) fn document() -> impl Strategy<Value = Value> {
    let actions = prop_oneof![5 => Just(vec!["*"]), 4 => vec(select(&ACTIONS[..]), 1..3)];
    let resources = prop_oneof![
        4 => Just(Some(vec!["*"])), 2 => Just(Some(vec!["@resource"])), 2 => Just(None),
        2 => vec(select(&RESOURCES[..]), 1..3).prop_map(Some)
    ];
    let forms = (bool::weighted(0.3), bool::weighted(0.2), bool::weighted(0.1), bool::weighted(0.15));
    let conditions = prop_oneof![3 => Just(Vec::new()), 2 => vec(condition(), 1..3)];
    let statement = (forms, principals(), actions, resources, conditions).prop_map(
        |((deny, not_principal, not_action, not_resource), principals, actions, resources, conditions)| {
            let mut statement = json!({ "Effect": if deny { "Deny" } else { "Allow" } });
            statement[if not_principal { "NotPrincipal" } else { "Principal" }] = principals;
            statement[if not_action { "NotAction" } else { "Action" }] = Value::from(actions);
            if let Some(resources) = resources {
                let name = if not_resource { "NotResource" } else { "Resource" };
                statement[name] = Value::from(resources);
            }
            add_conditions(&mut statement, conditions);
            statement
        },
    );
    let version = prop_oneof![7 => Just("2012-10-17"), 1 => Just("2008-10-17")];
    (version, vec(statement, 1..4))
        .prop_map(|(version, statements)| json!({ "Version": version, "Statement": statements }))
}

/// The policy of an endpoint: mostly one that lets everything pass.
fn endpoint() -> impl Strategy<Value = Value> {
    let open = Just(json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" }]
    }));
    vec(prop_oneof![1 => open, 2 => document()], 1..3).prop_map(|mut documents| {
        for document in &mut documents {
            for statement in document["Statement"].as_array_mut().unwrap() {
                if statement.get("Resource").is_none() && statement.get("NotResource").is_none() {
                    statement["Resource"] = json!("*");
                }
            }
        }
        Value::from(documents)
    })
}

/// RCPs of one to two levels.
fn resource_control() -> impl Strategy<Value = Value> {
    let actions: &[&str] = &[
        "s3:*",
        "sts:*",
        "kms:*",
        "sqs:*",
        "sqs:SendMessage",
        "kms:RetireGrant",
        "secretsmanager:*",
        "dynamodb:*",
    ];
    let resources = prop_oneof![3 => Just("*"), 1 => Just("@resource"), 2 => select(&RESOURCES[..])];
    let statement = (vec(select(actions), 1..4), resources, bool::weighted(0.2), vec(condition(), 0..3));
    let statement = statement.prop_map(|(actions, resource, negated, conditions)| {
        let mut statement = json!({ "Effect": "Deny", "Principal": "*", "Action": actions });
        statement[if negated { "NotResource" } else { "Resource" }] = json!(resource);
        add_conditions(&mut statement, conditions);
        json!({ "Version": "2012-10-17", "Statement": [statement] })
    });
    let full = Just(json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" }]
    }));
    let level = vec(prop_oneof![1 => full, 2 => statement], 1..3)
        .prop_map(|policies| json!({ "target": "root", "policies": policies }));
    vec(level, 1..3).prop_map(Value::from)
}

/// What is said on the resource's side: members of `policies`, and `settings`.
pub(super) fn resource_side() -> impl Strategy<Value = (Value, bool, Map<String, Value>, Value)> {
    let settings = (bool::weighted(0.3), select(vec![None, None, Some("interface"), Some("gateway")]))
        .prop_map(|(block, endpoint)| {
            let mut settings = json!({ "s3BlockPublicAccess": block });
            if let Some(endpoint) = endpoint {
                settings["vpcEndpointType"] = json!(endpoint);
            }
            settings
        });
    let others =
        (weighted(0.25, resource_control()), weighted(0.25, endpoint())).prop_map(|(control, endpoint)| {
            let mut policies = Map::new();
            policies.extend(control.map(|control| ("resourceControl".to_owned(), control)));
            policies.extend(endpoint.map(|endpoint| ("vpcEndpoint".to_owned(), endpoint)));
            policies
        });
    (document(), bool::weighted(0.6), others, settings)
}

/// The forms of `caller` in the place of the place-holders, and `resource` in its.
pub(super) fn name_caller(value: &mut Value, caller: &str, resource: &str) {
    match value {
        Value::String(text) if text.starts_with('@') => *text = form(text, caller, resource),
        Value::Array(values) => values.iter_mut().for_each(|value| name_caller(value, caller, resource)),
        Value::Object(members) => {
            members.values_mut().for_each(|value| name_caller(value, caller, resource));
        }
        _ => {}
    }
}

fn form(place_holder: &str, caller: &str, resource: &str) -> String {
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let own = if caller.contains("-provider/") || !caller.starts_with("arn:") { &root } else { caller };
    let role = own.split_once("assumed-role/").and_then(|(_, rest)| rest.split_once('/'));
    let user = own.split_once("federated-user/").map(|(_, name)| name);
    let behind = match (role, user) {
        (Some((role, _)), _) => format!("arn:aws:iam::{ACCOUNT}:role/{role}"),
        (None, Some(user)) => format!("arn:aws:iam::{ACCOUNT}:user/{user}"),
        (None, None) => own.to_owned(),
    };
    match place_holder {
        "@self" => own.to_owned(),
        "@role" => behind,
        "@account" => ACCOUNT.to_owned(),
        "@other-case" => behind.replace("app", "APP").replace("alice", "ALICE").replace("blue", "BLUE"),
        "@root" => root,
        _ => resource.to_owned(),
    }
}

/// A trust policy has neither Resource nor NotPrincipal.
pub(super) fn as_trust_policy(document: &mut Value) {
    for statement in document["Statement"].as_array_mut().unwrap() {
        let members = statement.as_object_mut().unwrap();
        members.remove("Resource");
        members.remove("NotResource");
        if let Some(principals) = members.remove("NotPrincipal") {
            members.insert("Principal".to_owned(), principals);
        }
    }
}
