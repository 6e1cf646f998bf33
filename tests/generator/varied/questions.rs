//! Guardrails, and questions about single requests.

use serde_json::{Value, json};

use super::super::random::Random;

/// Every kind of guardrail.
const GUARDRAILS: &[&str] = &[
    "kind = \"cannot-invoke\"\nmodels = \"expensive\"",
    "kind = \"cannot-escape-boundary\"",
    "kind = \"separation-of-duties\"\ntiers = [\"weights\", \"serving\"]",
    "kind = \"forbid\"\nactions = [\"s3:GetObject\", \"kms:Decrypt\"]",
    "kind = \"forbid\"\nactions = [\"iam:PassRole\"]\nresources = [\"arn:aws:iam::*:role/r*\"]",
    "kind = \"forbid\"\nactions = [\"sts:*\"]\nwhen = [{ Bool = { \"aws:SecureTransport\" = \"true\" } }]",
    "kind = \"forbid\"\nactions = [\"secretsmanager:GetSecretValue\", \"sqs:*\"]\nunless = [{ StringEquals = { \"aws:PrincipalTag/team\" = \"red\" } }]",
    "kind = \"approved-regions\"\nregions = [\"eu-central-1\"]",
    "kind = \"approved-accounts\"\naccounts = [\"111122223333\"]\nactions = [\"s3:*\"]",
    "kind = \"guardrail-required\"\nguardrails = [\"*\"]",
    "kind = \"network-required\"\nvpc_endpoints = [\"vpce-1\"]\nactions = [\"s3:GetObject\"]",
    "kind = \"must-be-bounded\"",
    "kind = \"boundary-required-on-create\"",
    "kind = \"boundary-protected\"",
    "kind = \"no-standing-access\"",
    "kind = \"owned\"\ntags = [\"team\"]",
    "kind = \"unused\"\ndays = 90",
    "kind = \"cannot-commit-spend\"",
    "kind = \"must-be-able\"\naction = \"s3:GetObject\"",
    "kind = \"must-be-able\"\naction = \"bedrock:InvokeModel\"\ncontext = { \"aws:RequestedRegion\" = \"eu-central-1\" }",
];

/// ringfence.toml with five of them.
pub(super) fn guardrails(random: &mut Random) -> String {
    let chosen = random.pick_some(GUARDRAILS, 5);
    let written: Vec<String> = chosen
        .iter()
        .enumerate()
        .map(|(id, text)| format!("[[guardrail]]\nid = \"g{id}\"\n{text}\n"))
        .collect();
    written.join("\n")
}

/// Actions, with a resource that may be named with each; `ACCOUNT` stands for an account of the world.
const ACTIONS: &[(&str, &str)] = &[
    ("s3:GetObject", "arn:aws:s3:::data/x"),
    ("s3:*", "arn:aws:s3:::data/*"),
    ("kms:Decrypt", "arn:aws:kms:eu-central-1:ACCOUNT:key/11111111-2222-3333-4444-555555555555"),
    ("sts:AssumeRole", "arn:aws:iam::ACCOUNT:role/r0"),
    ("sts:AssumeRoot", "*"),
    ("sts:GetFederationToken", "*"),
    ("sqs:SendMessage", "arn:aws:sqs:eu-central-1:ACCOUNT:q1"),
    ("bedrock:InvokeModel", "arn:aws:bedrock:*::foundation-model/anthropic.claude-opus-4-7"),
    ("iam:PassRole", "arn:aws:iam::ACCOUNT:role/*"),
    ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-central-1:ACCOUNT:secret:red-abcdef"),
    ("ec2:RunInstances", "arn:aws:ec2:*:ACCOUNT:instance/*"),
    ("lambda:InvokeFunction", "arn:aws:lambda:eu-central-1:ACCOUNT:function:f1"),
];

/// Ten questions, one a line.
pub(super) fn batch(random: &mut Random, accounts: &[&str], callers: &[String]) -> String {
    let mut lines = String::new();
    for number in 0..10 {
        let place = random.below(callers.len());
        let (action, resource) = random.pick(ACTIONS);
        let mut question = json!({
            "name": format!("q{number}"), "principal": callers.get(place), "action": action,
        });
        let mut put = |member: &str, value: Value| {
            if let Some(members) = question.as_object_mut() {
                members.insert(member.to_owned(), value);
            }
        };
        let account = random.pick(accounts);
        if random.chance(40) {
            put("resource", json!(resource.replace("ACCOUNT", account)));
        }
        if random.chance(40) {
            let context = match random.below(6) {
                0 => json!({ "aws:SourceIp": "192.0.2.4" }),
                1 => json!({ "aws:PrincipalTag/team": "red" }),
                2 => json!({ "aws:MultiFactorAuthPresent": null }),
                3 => json!({ "aws:CurrentTime": "2026-12-24T00:00:00Z" }),
                4 => json!({ "aws:TagKeys": ["team", "cost"] }),
                _ => json!({ "aws:AssumedRoot": "true" }),
            };
            put("context", context);
        }
        lines.push_str(&question.to_string());
        lines.push('\n');
    }
    lines
}
