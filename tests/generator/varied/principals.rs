//! Users, roles, a group and a boundary of an account.

use serde_json::{Value, json};

use super::super::random::Random;
use super::statements::{Place, policy};
use super::{FIRST, SECOND, conditions, document};

const DATE: &str = "2026-03-01T08:00:00+00:00";
const MANAGED: &[&str] =
    &["PowerUserAccess", "AmazonS3ReadOnlyAccess", "AmazonBedrockFullAccess", "ReadOnlyAccess"];

/// The account's authorization details, and the ARNs of its principals.
pub(super) fn details(random: &mut Random, account: &str) -> (Value, Vec<String>) {
    let mut arns = vec![format!("arn:aws:iam::{account}:root")];
    let roles: Vec<Value> =
        (0..random.between(1, 3)).map(|number| role(random, account, number, &mut arns)).collect();
    let users: Vec<Value> =
        (0..random.between(0, 2)).map(|number| user(random, account, number, &mut arns)).collect();
    let group = json!({
        "Path": "/", "GroupName": "g", "GroupId": format!("AGPA{account}GROUP"), "Arn": format!("arn:aws:iam::{account}:group/g"),
        "CreateDate": DATE, "AttachedManagedPolicies": [],
        "GroupPolicyList": [{ "PolicyName": "gp", "PolicyDocument": policy(random, Place::Identity, (1, 3), 30) }],
    });
    let mut versions = vec![json!({
        "VersionId": "v2", "IsDefaultVersion": true, "CreateDate": DATE, "Document": policy(random, Place::Identity, (2, 4), 40),
    })];
    if random.chance(30) {
        versions.push(json!({
            "VersionId": "v1", "IsDefaultVersion": false, "CreateDate": DATE,
            "Document": policy(random, Place::Identity, (1, 3), 30),
        }));
    }
    let boundary = json!({
        "PolicyName": "bd", "PolicyId": format!("ANPA{account}BOUND"), "Arn": boundary_arn(account), "Path": "/",
        "DefaultVersionId": "v2", "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 1, "IsAttachable": true,
        "CreateDate": DATE, "UpdateDate": DATE, "PolicyVersionList": versions,
    });
    let details = json!({
        "UserDetailList": users, "GroupDetailList": [group], "RoleDetailList": roles, "Policies": [boundary]
    });
    (details, arns)
}

fn boundary_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:policy/bd")
}

/// What users and roles have alike.
fn common(
    random: &mut Random,
    account: &str,
    kind: &str,
    (name, id): (&str, &str),
    arns: &mut Vec<String>,
) -> Value {
    let path = if random.chance(25) { "/app/" } else { "/" };
    let word = kind.to_ascii_lowercase();
    let arn = format!("arn:aws:iam::{account}:{word}{path}{name}");
    arns.push(arn.clone());
    let tags = match random.below(4) {
        0 => json!([{ "Key": "team", "Value": "red" }]),
        1 => json!([{ "Key": "team", "Value": "blue" }, { "Key": "cost", "Value": "red" }]),
        _ => json!([]),
    };
    let attached: Vec<Value> = if random.chance(15) {
        let name = random.pick(MANAGED);
        vec![json!({ "PolicyName": name, "PolicyArn": format!("arn:aws:iam::aws:policy/{name}") })]
    } else {
        Vec::new()
    };
    let mut written = json!({
        "Path": path, "Arn": arn, "CreateDate": DATE, "Tags": tags, "AttachedManagedPolicies": attached,
        format!("{kind}Name"): name, format!("{kind}Id"): id,
        format!("{kind}PolicyList"): [{ "PolicyName": "own", "PolicyDocument": policy(random, Place::Identity, (1, 3), 30) }],
    });
    if let (true, Some(members)) = (random.chance(40), written.as_object_mut()) {
        let boundary =
            json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary_arn(account) });
        members.insert("PermissionsBoundary".to_owned(), boundary);
    }
    written
}

fn user(random: &mut Random, account: &str, number: usize, arns: &mut Vec<String>) -> Value {
    let names = (format!("u{number}"), format!("AIDA{account}USER{number}"));
    let mut written = common(random, account, "User", (&names.0, &names.1), arns);
    let groups = if random.chance(40) { json!(["g"]) } else { json!([]) };
    if let Some(members) = written.as_object_mut() {
        members.insert("GroupList".to_owned(), groups);
    }
    written
}

fn role(random: &mut Random, account: &str, number: usize, arns: &mut Vec<String>) -> Value {
    let names = (format!("r{number}"), format!("AROA{account}ROLE{number}"));
    let mut written = common(random, account, "Role", (&names.0, &names.1), arns);
    let trust = trust(random, account);
    if let Some(members) = written.as_object_mut() {
        members.insert("AssumeRolePolicyDocument".to_owned(), trust);
        members.insert("InstanceProfileList".to_owned(), json!([]));
    }
    written
}

fn trust(random: &mut Random, account: &str) -> Value {
    let mut statements = Vec::new();
    for _ in 0..random.between(1, 2) {
        let service = random.pick(&["lambda.amazonaws.com", "ec2.amazonaws.com", "bedrock.amazonaws.com"]);
        let (principal, action) = match random.below(8) {
            0 | 1 => (json!({ "Service": service }), "sts:AssumeRole"),
            2 => (json!({ "AWS": format!("arn:aws:iam::{account}:root") }), "sts:AssumeRole"),
            3 => (json!({ "AWS": "*" }), "sts:AssumeRole"),
            4 => (
                json!({ "AWS": [format!("arn:aws:iam::{FIRST}:role/r1"), format!("arn:aws:iam::{SECOND}:user/u0")] }),
                "sts:AssumeRole",
            ),
            5 => (
                json!({ "Federated": format!("arn:aws:iam::{account}:saml-provider/idp") }),
                "sts:AssumeRoleWithSAML",
            ),
            6 => (
                json!({ "Federated": format!("arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com") }),
                "sts:AssumeRoleWithWebIdentity",
            ),
            _ => (json!({ "AWS": SECOND }), "sts:AssumeRole"),
        };
        let mut actions = vec![action];
        if random.chance(40) {
            actions.push("sts:TagSession");
        }
        if random.chance(30) {
            actions.push("sts:SetSourceIdentity");
        }
        let mut statement = json!({ "Effect": "Allow", "Principal": principal, "Action": actions });
        if let (true, Some(members)) = (random.chance(40), statement.as_object_mut()) {
            members.insert("Condition".to_owned(), conditions::of_trust(random));
        }
        statements.push(statement);
    }
    if random.chance(20) {
        let action = random.pick(&["sts:TagSession", "sts:AssumeRole"]);
        let condition = conditions::one(random);
        statements.push(json!({ "Effect": "Deny", "Principal": { "AWS": "*" }, "Action": action, "Condition": condition }));
    }
    document(&statements)
}
