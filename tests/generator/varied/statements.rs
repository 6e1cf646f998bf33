//! Statements of identity policies, boundaries and SCPs.

use serde_json::{Value, json};

use super::super::random::Random;
use super::{conditions, document};

const ACTIONS: &[&str] = &[
    "*",
    "s3:GetObject",
    "s3:PutObject",
    "s3:PutBucketPolicy",
    "s3:*",
    "bedrock:InvokeModel",
    "bedrock:Invoke*",
    "bedrock:InvokeAgent",
    "bedrock:CreateModelCustomizationJob",
    "bedrock:*",
    "bedrock-mantle:*",
    "iam:PassRole",
    "iam:CreateRole",
    "iam:CreatePolicyVersion",
    "iam:PutRolePermissionsBoundary",
    "iam:*",
    "sts:AssumeRole",
    "sts:TagSession",
    "sts:GetFederationToken",
    "sts:*",
    "lambda:InvokeFunction",
    "lambda:*",
    "kms:Decrypt",
    "kms:*",
    "sqs:SendMessage",
    "sns:Publish",
    "secretsmanager:GetSecretValue",
    "ec2:RunInstances",
    "ec2:CreateTags",
    "dynamodb:GetItem",
];

const RESOURCES: &[&str] = &[
    "*",
    "*",
    "*",
    "arn:aws:s3:::data/*",
    "arn:aws:s3:::data",
    "arn:aws:bedrock:*::foundation-model/anthropic.claude-opus-*",
    "arn:aws:bedrock:*::foundation-model/*",
    "arn:aws:bedrock:us-*:*:inference-profile/*",
    "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0",
    "arn:aws:iam::111122223333:role/*",
    "arn:aws:iam::*:role/r1",
    "arn:aws:kms:eu-central-1:111122223333:key/*",
    "arn:aws:sqs:*:*:q?",
    "arn:aws:lambda:*:*:function:f*",
    "arn:aws:dynamodb:*:*:table/*",
];

/// With variables, which old SCPs could not have.
const VARIABLES: &[&str] = &[
    "arn:aws:s3:::${aws:PrincipalTag/team}/*",
    "arn:aws:s3:::home/${aws:username}/*",
    "arn:aws:s3:::b${*}x/*",
    "arn:aws:s3:::data/${aws:userid}",
    "arn:*:s3:::*${$}*",
    "arn:aws:secretsmanager:*:*:secret:${aws:PrincipalTag/team, 'none'}-*",
];

/// What a statement stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// An identity policy or a boundary.
    Identity,
    /// An SCP.
    Control,
}

/// A document of so many statements, of 100 of which `denies` deny.
pub(super) fn policy(random: &mut Random, place: Place, (low, high): (usize, usize), denies: usize) -> Value {
    let count = random.between(low, high);
    let statements: Vec<Value> = (0..count).map(|number| one(random, place, denies, number)).collect();
    let mut written = document(&statements);
    let old = place == Place::Identity && random.chance(8);
    if let (true, Some(version)) = (old, written.get_mut("Version")) {
        *version = json!("2008-10-17");
    }
    written
}

fn one(random: &mut Random, place: Place, denies: usize, number: usize) -> Value {
    let deny = random.chance(denies);
    let mut statement = serde_json::Map::new();
    let mut put = |member: &str, value: Value| {
        statement.insert(member.to_owned(), value);
    };
    put("Effect", json!(if deny { "Deny" } else { "Allow" }));
    if random.chance(40) {
        put("Sid", json!(format!("Sid{number}")));
    }
    let not = |random: &mut Random, percent: usize, element: &str| {
        if random.chance(percent) { format!("Not{element}") } else { element.to_owned() }
    };
    let some = random.between(1, 3);
    let actions = random.pick_some(ACTIONS, some);
    put(&not(random, 12, "Action"), json!(actions));
    let some = random.between(1, 2);
    let resources =
        if random.chance(25) { random.pick_some(VARIABLES, some) } else { random.pick_some(RESOURCES, some) };
    match place {
        Place::Identity => put(&not(random, 10, "Resource"), json!(resources)),
        Place::Control => put("Resource", json!(resources)),
    }
    if let Some(condition) = conditions::some(random) {
        put("Condition", condition);
    }
    Value::Object(statement)
}
