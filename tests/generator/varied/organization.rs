//! organization.json: accounts in one OU, SCPs and RCPs at any level.

use serde_json::{Value, json};

use super::super::random::Random;
use super::statements::{Place, policy};
use super::{FIRST, MANAGEMENT, ORGANIZATION, ROOT, UNIT, conditions, document};

const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

fn arn(rest: &str) -> String {
    format!("arn:aws:organizations::{MANAGEMENT}:{rest}")
}

/// The organisation of the accounts, all but the management account in the OU.
pub(super) fn file(random: &mut Random, accounts: &[&str]) -> Value {
    let resources_too = random.chance(60);
    let mut types = vec![json!({ "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" })];
    if resources_too {
        types.push(json!({ "Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED" }));
    }
    let mut members = vec![member(MANAGEMENT, ROOT)];
    members.extend(accounts.iter().filter(|id| **id != MANAGEMENT).map(|id| member(id, UNIT)));
    let mut everywhere = vec![ROOT, UNIT, MANAGEMENT];
    everywhere.extend(accounts.iter().filter(|id| **id != MANAGEMENT));
    let mut policies = vec![attached("p-FullAWSAccess", "SERVICE", EVERYTHING, &everywhere)];
    for number in 0..random.between(0, 2) {
        let target = random.pick(&[ROOT, UNIT, FIRST]);
        let document = policy(random, Place::Control, (1, 3), 80).to_string();
        policies.push(attached(&format!("p-scp0000{number}"), "SERVICE", &document, &[target]));
    }
    if resources_too {
        policies.push(attached("p-RCPFullAWSAccess", "RESOURCE", &everything_of_resources(), &everywhere));
        let target = random.pick(&[ROOT, UNIT]);
        policies.push(attached("p-rcp00001", "RESOURCE", &of_resources(random).to_string(), &[target]));
    }
    json!({
        "Organization": {
            "Id": ORGANIZATION, "Arn": arn(&format!("organization/{ORGANIZATION}")), "FeatureSet": "ALL", "MasterAccountId": MANAGEMENT,
        },
        "Roots": [{ "Id": ROOT, "Arn": arn(&format!("root/{ORGANIZATION}/{ROOT}")), "Name": "Root", "PolicyTypes": types }],
        "OrganizationalUnits": [{
            "Id": UNIT, "Arn": arn(&format!("ou/{ORGANIZATION}/{UNIT}")), "Name": "dev", "ParentId": ROOT,
        }],
        "Accounts": members,
        "Policies": policies,
    })
}

fn member(id: &str, parent: &str) -> Value {
    json!({
        "Id": id, "Arn": arn(&format!("account/{ORGANIZATION}/{id}")), "Name": id, "Status": "ACTIVE", "ParentId": parent,
    })
}

fn attached(id: &str, of: &str, content: &str, targets: &[&str]) -> Value {
    let kind = |target: &str| match target.get(..2) {
        Some("r-") => "ROOT",
        Some("ou") => "ORGANIZATIONAL_UNIT",
        _ => "ACCOUNT",
    };
    let targets: Vec<Value> =
        targets.iter().map(|target| json!({ "TargetId": target, "Type": kind(target) })).collect();
    let aws_managed = id.ends_with("FullAWSAccess");
    let kind = format!("{of}_CONTROL_POLICY");
    let owner = if aws_managed { "aws" } else { ORGANIZATION };
    let arn = match owner {
        "aws" => format!("arn:aws:organizations::aws:policy/{}/{id}", kind.to_ascii_lowercase()),
        _ => arn(&format!("policy/{ORGANIZATION}/{}/{id}", kind.to_ascii_lowercase())),
    };
    json!({
        "PolicySummary": { "Id": id, "Arn": arn, "Name": id, "Type": kind, "AwsManaged": aws_managed },
        "Content": content, "Targets": targets,
    })
}

fn everything_of_resources() -> String {
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#
        .to_owned()
}

fn of_resources(random: &mut Random) -> Value {
    let services = ["s3:*", "sts:AssumeRole", "kms:*", "sqs:*", "secretsmanager:*"];
    let count = random.between(1, 2);
    let statements: Vec<Value> = (0..count)
        .map(|_| {
            json!({
                "Effect": "Deny", "Principal": "*", "Action": random.pick_some(&services, 2),
                "Resource": random.pick(&["*", "arn:aws:s3:::data/*"]), "Condition": conditions::one(random),
            })
        })
        .collect();
    document(&statements)
}
