//! Policies of resources, what runs models, and inference profiles of an account.

use serde_json::{Map, Value, json};

use super::super::random::Random;
use super::{FIRST, SECOND, conditions, document};

const MODELS: &[&str] = &["anthropic.claude-opus-4-7", "amazon.nova-lite-v1:0"];

/// resource-policies.json: some of a bucket, a key, a queue, a secret and a function.
pub(super) fn policies(random: &mut Random, account: &str) -> Value {
    let bucket = match account {
        FIRST => "arn:aws:s3:::data",
        SECOND => "arn:aws:s3:::home",
        _ => "arn:aws:s3:::logs",
    };
    let regional = |service: &str, rest: &str| format!("arn:aws:{service}:eu-central-1:{account}:{rest}");
    let resources: [(String, &[&str]); 5] = [
        (bucket.to_owned(), &["s3:GetObject", "s3:*", "s3:PutObject"]),
        (regional("kms", "key/11111111-2222-3333-4444-555555555555"), &["kms:*", "kms:Decrypt"]),
        (regional("sqs", "q1"), &["sqs:SendMessage", "sqs:*"]),
        (regional("secretsmanager", "secret:red-abcdef"), &["secretsmanager:GetSecretValue"]),
        (regional("lambda", "function:f1"), &["lambda:InvokeFunction"]),
    ];
    let mut written = Map::new();
    for (arn, actions) in resources {
        if random.chance(50) {
            let policy = policy(random, &arn, actions);
            written.insert(arn, policy);
        }
    }
    Value::Object(written)
}

fn policy(random: &mut Random, arn: &str, actions: &[&str]) -> Value {
    let count = random.between(1, 2);
    let statements: Vec<Value> = (0..count).map(|_| statement(random, arn, actions)).collect();
    document(&statements)
}

fn statement(random: &mut Random, arn: &str, actions: &[&str]) -> Value {
    let denies = random.chance(35);
    let resource = match arn {
        bucket if bucket.starts_with("arn:aws:s3:::") => json!([bucket, format!("{bucket}/*")]),
        own if own.contains(":kms:") || own.contains(":secretsmanager:") => json!("*"),
        other => json!(other),
    };
    let root = format!("arn:aws:iam::{FIRST}:root");
    let role = format!("arn:aws:iam::{FIRST}:role/r0");
    let (element, principal) = if denies && random.chance(30) {
        ("NotPrincipal", json!({ "AWS": [root, role] }))
    } else {
        let principal = match random.below(6) {
            0 => json!("*"),
            1 => json!({ "AWS": root }),
            2 => json!({ "AWS": role }),
            3 => json!({ "AWS": [FIRST, format!("arn:aws:iam::{SECOND}:role/r1")] }),
            4 => json!({ "Service": "cloudtrail.amazonaws.com" }),
            _ => json!({ "AWS": format!("arn:aws:iam::{FIRST}:user/u0") }),
        };
        ("Principal", principal)
    };
    let mut statement = json!({
        "Effect": if denies { "Deny" } else { "Allow" }, element: principal,
        "Action": random.pick(actions), "Resource": resource,
    });
    if let (Some(condition), Some(members)) = (conditions::some(random), statement.as_object_mut()) {
        members.insert("Condition".to_owned(), condition);
    }
    statement
}

/// resources.json: an agent, a deployment and a bucket, or some of them.
pub(super) fn inventory(random: &mut Random, account: &str) -> Value {
    let model = random.pick(MODELS);
    let model = format!("arn:aws:bedrock:eu-central-1::foundation-model/{model}");
    let tags = if random.chance(50) { json!({ "team": "red" }) } else { json!({}) };
    let regional = |rest: &str| format!("arn:aws:bedrock:eu-central-1:{account}:{rest}");
    let mut all = vec![
        json!({
            "arn": regional("agent/AGENT00001"), "type": "agent", "roleArn": format!("arn:aws:iam::{account}:role/r0"),
            "modelArn": model, "tags": tags,
        }),
        json!({ "arn": regional("provisioned-model/prov00000001"), "type": "provisioned-model", "modelArn": model }),
        json!({ "arn": format!("arn:aws:s3:::listed-{account}"), "type": "bucket", "tags": tags }),
    ];
    all.retain(|_| random.chance(50));
    Value::Array(all)
}

/// inference-profiles.json: at most one profile, which leads to one model in two Regions.
pub(super) fn profiles(random: &mut Random, account: &str) -> Value {
    let model = random.pick(MODELS);
    let arn =
        |region: &str| json!({ "modelArn": format!("arn:aws:bedrock:{region}::foundation-model/{model}") });
    let mut all = vec![json!({
        "inferenceProfileName": "p", "inferenceProfileId": format!("eu.{model}"),
        "inferenceProfileArn": format!("arn:aws:bedrock:eu-central-1:{account}:inference-profile/eu.{model}"),
        "models": [arn("eu-central-1"), arn("eu-west-1")], "status": "ACTIVE", "type": "SYSTEM_DEFINED",
    })];
    all.retain(|_| random.chance(70));
    json!({ "inferenceProfileSummaries": all })
}
