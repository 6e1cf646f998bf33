//! Random policies of the shapes that accounts hold.

use serde_json::{Value, json};

use super::random::Random;

const REGIONS: [&str; 5] = ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2", "ap-south-1"];
const WORDS: [&str; 12] = [
    "audit", "billing", "cart", "catalog", "edge", "forecast", "ledger", "orders", "pricing", "reports",
    "search", "training",
];
const MODELS: [&str; 8] = [
    "amazon.nova-lite-v1:0",
    "amazon.nova-*",
    "amazon.titan-embed-*",
    "anthropic.claude-3-haiku-*",
    "anthropic.claude-*",
    "anthropic.claude-opus-*",
    "meta.llama3-*",
    "mistral.*",
];

/// What a policy is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Buckets and keys.
    #[default]
    Storage,
    /// Tables, queues and topics.
    Messages,
    /// Functions and their logs.
    Functions,
    /// Invocation of models.
    Models,
    /// Training and customisation of models.
    Training,
    /// Roles and policies below a path, boundary required.
    Roles,
    /// Reading of everything.
    Reading,
}

/// How often each shape occurs, of 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mixture(pub [(Shape, usize); 7]);

impl Default for Mixture {
    fn default() -> Self {
        Self([
            (Shape::Storage, 20),
            (Shape::Messages, 15),
            (Shape::Functions, 20),
            (Shape::Models, 20),
            (Shape::Training, 8),
            (Shape::Roles, 10),
            (Shape::Reading, 7),
        ])
    }
}

/// The names of the shapes, in the order of [`Mixture::default`].
const NAMES: [(&str, Shape); 7] = [
    ("storage", Shape::Storage),
    ("messages", Shape::Messages),
    ("functions", Shape::Functions),
    ("models", Shape::Models),
    ("training", Shape::Training),
    ("roles", Shape::Roles),
    ("reading", Shape::Reading),
];

impl std::str::FromStr for Mixture {
    type Err = String;

    /// `models=80,reading=20`: shares of any sum; shapes that are not named do not occur.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut mixture = NAMES.map(|(_, shape)| (shape, 0));
        for entry in text.split(',') {
            let (name, share) =
                entry.split_once('=').ok_or_else(|| format!("`{entry}` is no share: write models=80"))?;
            let place = NAMES.iter().position(|(known, _)| *known == name);
            let slot = place.and_then(|place| mixture.get_mut(place));
            let known = || NAMES.map(|(known, _)| known).join(", ");
            let slot = slot.ok_or_else(|| format!("`{name}` is no shape; there are {}", known()))?;
            slot.1 = share.parse().map_err(|_| format!("`{share}` is no number"))?;
        }
        let sum = mixture.iter().try_fold(0_usize, |sum, (_, share)| sum.checked_add(*share));
        match sum {
            None => return Err("the shares are too large".to_owned()),
            Some(0) => return Err("no shape has a share".to_owned()),
            Some(_) => {}
        }
        Ok(Self(mixture))
    }
}

impl Mixture {
    /// A shape, as often as its share says.
    pub fn draw(&self, random: &mut Random) -> Shape {
        let mut left = random.below(self.0.iter().map(|entry| entry.1).sum());
        for (shape, share) in self.0 {
            if left < share {
                return shape;
            }
            left -= share;
        }
        Shape::default()
    }
}

/// An identity policy of a shape for resources of `account` that begin with `name`.
pub fn identity(random: &mut Random, shape: Shape, account: &str, name: &str) -> Value {
    let word = random.pick(&WORDS);
    let region = random.pick(&REGIONS);
    let mut statements = match shape {
        Shape::Storage => vec![
            allow(&["s3:GetObject*", "s3:PutObject"], &[format!("arn:aws:s3:::{name}-{word}/*")]),
            allow(&["s3:ListBucket"], &[format!("arn:aws:s3:::{name}-*")]),
            when(
                allow(&["kms:Decrypt", "kms:GenerateDataKey*"], &[format!("arn:aws:kms:*:{account}:key/*")]),
                &json!({ "StringEquals": { "kms:ViaService": format!("s3.{region}.amazonaws.com") } }),
            ),
        ],
        Shape::Messages => vec![
            allow(
                &["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:BatchWriteItem"],
                &[
                    format!("arn:aws:dynamodb:{region}:{account}:table/{name}-{word}"),
                    format!("arn:aws:dynamodb:{region}:{account}:table/{name}-{word}/index/*"),
                ],
            ),
            allow(&["sqs:SendMessage", "sqs:ReceiveMessage"], &[format!("arn:aws:sqs:*:{account}:{name}-*")]),
            allow(&["sns:Publish"], &[format!("arn:aws:sns:{region}:{account}:*-{word}-*")]),
        ],
        Shape::Functions => vec![
            allow(
                &["lambda:InvokeFunction", "lambda:Get*", "lambda:UpdateFunctionCode"],
                &[format!("arn:aws:lambda:{region}:{account}:function:{name}-*")],
            ),
            allow(
                &["logs:CreateLogStream", "logs:PutLogEvents"],
                &[format!("arn:aws:logs:{region}:{account}:log-group:/aws/lambda/{name}-*:*")],
            ),
            allow(
                &["secretsmanager:GetSecretValue"],
                &[format!("arn:aws:secretsmanager:*:{account}:secret:{name}/*")],
            ),
        ],
        Shape::Models => models(random, name),
        Shape::Training => training(account, name, word),
        Shape::Roles => roles(account, name),
        Shape::Reading => vec![
            allow(
                &[
                    "ec2:Describe*",
                    "s3:List*",
                    "s3:GetBucket*",
                    "iam:Get*",
                    "iam:List*",
                    "bedrock:List*",
                    "bedrock:Get*",
                ],
                &["*".to_owned()],
            ),
            deny(&["s3:GetObject"], &[format!("arn:aws:s3:::{name}-secret-*/*")]),
        ],
    };
    if random.chance(25) {
        statements.push(when(
            json!({ "Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*" }),
            &json!({ "StringNotEquals": { "aws:RequestedRegion": random.pick_some(&REGIONS, 3) } }),
        ));
    }
    document(&statements)
}

fn models(random: &mut Random, name: &str) -> Vec<Value> {
    let both = random.chance(70);
    let actions: &[&str] = if both {
        &["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    } else {
        &["bedrock:InvokeModel"]
    };
    let count = random.between(1, 3);
    let resources: Vec<String> = random
        .pick_some(&MODELS, count)
        .into_iter()
        .map(|model| {
            format!("arn:aws:bedrock:{}::foundation-model/{model}", random.pick(&["*", "eu-*", "us-east-1"]))
        })
        .collect();
    let mut granting = allow(actions, &resources);
    if random.chance(30) {
        granting = when(granting, &json!({ "StringEquals": { "aws:PrincipalTag/team": name } }));
    }
    let mut statements = vec![granting];
    if random.chance(50) {
        statements.push(deny(
            if random.chance(60) { &["bedrock:InvokeModel*"] } else { &["bedrock:InvokeModel"] },
            &["arn:aws:bedrock:*::foundation-model/*opus*".to_owned()],
        ));
    }
    if random.chance(20) {
        statements.push(when(
            allow(&["bedrock-mantle:CreateInference"], &["*".to_owned()]),
            &json!({ "StringLike": { "bedrock-mantle:Model": "amazon.*" } }),
        ));
    }
    statements
}

fn training(account: &str, name: &str, word: &str) -> Vec<Value> {
    vec![
        allow(
            &[
                "bedrock:CreateModelCustomizationJob",
                "bedrock:GetModelCustomizationJob",
                "bedrock:TagResource",
            ],
            &[
                "arn:aws:bedrock:*::foundation-model/amazon.*".to_owned(),
                format!("arn:aws:bedrock:*:{account}:custom-model/*"),
                format!("arn:aws:bedrock:*:{account}:model-customization-job/*"),
            ],
        ),
        allow(
            &["sagemaker:CreateTrainingJob", "sagemaker:Describe*"],
            &[format!("arn:aws:sagemaker:*:{account}:training-job/{name}-{word}-*")],
        ),
        when(
            allow(&["iam:PassRole"], &[format!("arn:aws:iam::{account}:role/{name}/*")]),
            &json!({ "StringEquals": { "iam:PassedToService": ["bedrock.amazonaws.com", "sagemaker.amazonaws.com"] } }),
        ),
    ]
}

fn roles(account: &str, name: &str) -> Vec<Value> {
    let approved = json!({ "StringLike": {
        "iam:PermissionsBoundary": format!("arn:aws:iam::{account}:policy/boundary/*")
    } });
    vec![
        when(
            allow(
                &["iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:DetachRolePolicy"],
                &[format!("arn:aws:iam::{account}:role/{name}/*")],
            ),
            &approved,
        ),
        allow(
            &["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicyVersion"],
            &[format!("arn:aws:iam::{account}:policy/{name}/*")],
        ),
        allow(&["iam:PassRole"], &[format!("arn:aws:iam::{account}:role/{name}/*")]),
    ]
}

/// A boundary of `account` for resources that begin with `name`.
pub fn boundary(random: &mut Random, account: &str, name: &str) -> Value {
    let mut statements = vec![
        allow(
            &[
                "s3:*",
                "kms:*",
                "dynamodb:*",
                "sqs:*",
                "sns:*",
                "lambda:*",
                "logs:*",
                "secretsmanager:GetSecretValue",
            ],
            &["*".to_owned()],
        ),
        allow(
            &["ec2:Describe*", "bedrock:*", "bedrock-mantle:*", "sagemaker:*", "iam:Get*", "iam:List*"],
            &["*".to_owned()],
        ),
        when(
            allow(
                &["iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:DetachRolePolicy"],
                &[format!("arn:aws:iam::{account}:role/{name}/*")],
            ),
            &json!({ "StringLike": { "iam:PermissionsBoundary": format!("arn:aws:iam::{account}:policy/boundary/*") } }),
        ),
        allow(&["iam:PassRole"], &[format!("arn:aws:iam::{account}:role/{name}/*")]),
        deny(
            &[
                "iam:DeleteRolePermissionsBoundary",
                "iam:PutRolePermissionsBoundary",
                "iam:*UserPermissionsBoundary",
            ],
            &["*".to_owned()],
        ),
    ];
    if random.chance(85) {
        statements.push(deny(
            &["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy*"],
            &[format!("arn:aws:iam::{account}:policy/boundary/*")],
        ));
    }
    if random.chance(70) {
        statements.push(deny(
            &["bedrock:InvokeModel*"],
            &["arn:aws:bedrock:*::foundation-model/anthropic.claude-opus-*".to_owned()],
        ));
    }
    if random.chance(40) {
        statements.push(allow(
            &["iam:CreatePolicy", "iam:CreatePolicyVersion"],
            &[format!("arn:aws:iam::{account}:policy/{name}/*")],
        ));
    }
    document(&statements)
}

/// An SCP beside FullAWSAccess for the node called `name`; the root's is about Regions, the others' about models.
pub fn service_control(random: &mut Random, name: &str, is_root: bool) -> Value {
    let exempt =
        json!({ "ArnNotLike": { "aws:PrincipalArn": format!("arn:aws:iam::*:role/{name}-break-glass") } });
    if is_root {
        return document(&[
            when(
                json!({ "Effect": "Deny", "NotAction": ["iam:*", "sts:*", "organizations:*", "support:*"], "Resource": "*" }),
                &json!({ "StringNotEquals": { "aws:RequestedRegion": REGIONS } }),
            ),
            deny(&["organizations:LeaveOrganization", "cloudtrail:StopLogging"], &["*".to_owned()]),
        ]);
    }
    let model = random.pick(&["anthropic.claude-opus-*", "*opus*", "meta.*"]);
    document(&[
        when(
            deny(&["bedrock:InvokeModel*"], &[format!("arn:aws:bedrock:*::foundation-model/{model}")]),
            &exempt,
        ),
        when(deny(&["iam:CreateUser", "iam:CreateAccessKey"], &["*".to_owned()]), &exempt),
    ])
}

/// The trust policy of a role for a service, or for roles of `account`.
pub fn trust(random: &mut Random, account: &str) -> Value {
    let principal = if random.chance(60) {
        json!({ "Service": random.pick(&["lambda.amazonaws.com", "ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]) })
    } else {
        json!({ "AWS": format!("arn:aws:iam::{account}:root") })
    };
    document(&[json!({ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" })])
}

fn document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn allow(actions: &[&str], resources: &[String]) -> Value {
    json!({ "Effect": "Allow", "Action": actions, "Resource": resources })
}

fn deny(actions: &[&str], resources: &[String]) -> Value {
    json!({ "Effect": "Deny", "Action": actions, "Resource": resources })
}

fn when(mut statement: Value, condition: &Value) -> Value {
    if let Some(object) = statement.as_object_mut() {
        object.insert("Condition".to_owned(), condition.clone());
    }
    statement
}
