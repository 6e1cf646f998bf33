//! Random queries of many statements: can anything be reached, and what does one policy allow beyond another.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::location::InputError;
use ringfence_model::parse::policy_text;
use ringfence_model::policy::{NamedPolicy, PolicyType};
use ringfence_model::policy_set::PolicySet;
use ringfence_solver::query::{Goal, Query, Target};
use ringfence_solver::subject::{Federation, OpenTags, OrganizationFacts, SessionTags, Subject, SubjectKind};
use ringfence_solver::theorem::targets_of;
use serde_json::{Value, json};

use super::random::Random;

/// Services among which a query chooses.
const SERVICES: [&str; 24] = [
    "apigateway",
    "athena",
    "bedrock",
    "cloudformation",
    "cloudtrail",
    "codebuild",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "events",
    "glue",
    "iam",
    "kinesis",
    "kms",
    "lambda",
    "logs",
    "rds",
    "s3",
    "sagemaker",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
];
/// What action patterns begin with.
const VERBS: [&str; 12] = [
    "Get*",
    "List*",
    "Describe*",
    "Create*",
    "Delete*",
    "Update*",
    "Put*",
    "Tag*",
    "Start*",
    "*Policy*",
    "*Role*",
    "*",
];
const NAMES: [&str; 10] =
    ["app", "audit", "billing", "core", "data", "edge", "orders", "reports", "staging", "training"];
const REGIONS: [&str; 5] = ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2", "ap-south-1"];
/// The account of every subject.
const ACCOUNT: &str = "100200300411";

/// What a query asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Is anything allowed?
    Reach,
    /// Does one policy allow anything that an unrelated one does not?
    Unrelated,
    /// Does a policy allow anything that the same policy with one Allow statement less does not?
    Wider,
    /// Does a policy with one more Deny statement allow anything that it does not allow without it? It never does.
    Narrower,
}

/// A query with the subject that it is about.
#[derive(Clone, Debug)]
pub struct RandomQuery {
    /// What it asks.
    pub kind: Kind,
    /// The query.
    pub query: Query,
    /// The subject.
    pub subject: Subject,
}

/// The query `index` of those that `seed` gives: a role with one policy of `statements` statements over ten services
/// (1–5 action and 1–3 resource patterns a statement, conditions on 30 %, 15 % Deny), asked about all actions of those
/// services on resources of every type that they take.
///
/// # Errors
/// What the reader of policies says about the random policy. It says nothing: that would be a defect here.
pub fn random_query(
    catalogue: &Catalogue,
    seed: u64,
    index: u64,
    statements: usize,
    kind: Kind,
) -> Result<RandomQuery, Vec<InputError>> {
    let mut random = Random::new(seed).part(index);
    let services = random.pick_some(&SERVICES, 10);
    let actions = ActionNames::of(catalogue, &services);
    let drawn: Vec<Value> = (0..statements).map(|_| statement(&mut random, &services, &actions)).collect();
    let goal = match kind {
        Kind::Reach => Goal::Allowed,
        Kind::Unrelated => {
            let other: Vec<Value> =
                (0..statements).map(|_| statement(&mut random, &services, &actions)).collect();
            Goal::AllowedBeyond(Box::new(policies("other", &other)?))
        }
        Kind::Wider => {
            let mut fewer = drawn.clone();
            let place = fewer.iter().rposition(|statement| statement["Effect"] == "Allow").unwrap_or(0);
            fewer.remove(place);
            Goal::AllowedBeyond(Box::new(policies("other", &fewer)?))
        }
        Kind::Narrower => {
            let mut fewer = drawn.clone();
            let place = fewer.iter().rposition(|statement| statement["Effect"] == "Deny").unwrap_or(0);
            fewer.remove(place);
            Goal::AllowedBeyond(Box::new(policies("other", &fewer)?))
        }
    };
    let mut targets: Vec<Target> = Vec::new();
    for service in &services {
        for (_, action) in catalogue.actions_of(service) {
            targets.extend(targets_of(catalogue, &action.full_name(), &[]));
        }
    }
    Ok(RandomQuery {
        kind,
        query: Query { targets, goal, context: None, as_of: None },
        subject: role("subject", policies("policy", &drawn)?),
    })
}

/// A role of an account of which nothing else is known, with these policies.
#[expect(clippy::expect_used, reason = "twelve digits are an account id")]
fn role(name: &str, policies: PolicySet) -> Subject {
    Subject {
        kind: SubjectKind::Role {
            path: "/".to_owned(),
            name: name.to_owned(),
            session_tags: SessionTags::Never,
            federated: false,
            trust: None,
        },
        arn: format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
        partition: "aws".to_owned(),
        account: AccountId::parse(ACCOUNT).expect("an account id"),
        unique_id: None,
        tags: BTreeMap::new(),
        organization: OrganizationFacts::Unknown,
        policies,
        federation: Federation::Never,
        session_name: None,
        resources: Arc::default(),
        any_name: None,
        open_tags: OpenTags::default(),
        given_tags: None,
    }
}

fn policies(name: &str, statements: &[Value]) -> Result<PolicySet, Vec<InputError>> {
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    let (document, _) = policy_text(&text, PolicyType::Identity, &Arc::from(name))?;
    let policy = NamedPolicy { name: Arc::from(name), document: Arc::new(document) };
    Ok(PolicySet { identity: vec![policy], ..PolicySet::default() })
}

/// The names of the actions of each service.
struct ActionNames<'a>(BTreeMap<&'a str, Vec<&'a str>>);

impl<'a> ActionNames<'a> {
    fn of(catalogue: &'a Catalogue, services: &[&'a str]) -> Self {
        let names =
            |service: &str| catalogue.actions_of(service).map(|(_, action)| action.name.as_str()).collect();
        Self(services.iter().map(|service| (*service, names(service))).collect())
    }

    fn pick(&self, random: &mut Random, service: &str) -> &'a str {
        self.0.get(service).map(|names| random.pick(names)).unwrap_or_default()
    }
}

fn statement(random: &mut Random, services: &[&str], actions: &ActionNames<'_>) -> Value {
    let service = random.pick(services);
    let count = random.between(1, 5);
    let action: Vec<String> = (0..count).map(|_| action_pattern(random, service, actions)).collect();
    let count = random.between(1, 3);
    let resource: Vec<String> = (0..count).map(|_| resource_pattern(random, service)).collect();
    let effect = if random.chance(15) { "Deny" } else { "Allow" };
    let mut statement = json!({ "Effect": effect, "Action": action, "Resource": resource });
    if random.chance(30)
        && let Some(object) = statement.as_object_mut()
    {
        object.insert("Condition".to_owned(), condition(random));
    }
    statement
}

fn action_pattern(random: &mut Random, service: &str, actions: &ActionNames<'_>) -> String {
    if random.chance(60) {
        return format!("{service}:{}", actions.pick(random, service));
    }
    format!("{service}:{}", random.pick(&VERBS))
}

/// A literal, a pattern with a tail, or one with a star inside.
fn resource_pattern(random: &mut Random, service: &str) -> String {
    let region = random.pick(&REGIONS);
    let name = random.pick(&NAMES);
    let number = random.below(20);
    let (literal, prefix) = match service {
        "s3" => (format!("arn:aws:s3:::{name}-{number}/inbox"), "arn:aws:s3:::".to_owned()),
        "iam" => {
            (format!("arn:aws:iam::{ACCOUNT}:role/{name}-{number}"), format!("arn:aws:iam::{ACCOUNT}:role/"))
        }
        "apigateway" => (
            format!("arn:aws:apigateway:{region}::/restapis/{name}{number}"),
            format!("arn:aws:apigateway:{region}::/"),
        ),
        _ => {
            let kind = match service {
                "bedrock" => "foundation-model/",
                "dynamodb" => "table/",
                "lambda" => "function:",
                "kms" => "key/",
                "logs" => "log-group:",
                "rds" => "db:",
                "secretsmanager" => "secret:",
                "ssm" => "parameter/",
                "ec2" => "instance/",
                "ecr" => "repository/",
                "ecs" => "cluster/",
                "sns" | "sqs" => "",
                _ => "project/",
            };
            let account = if service == "bedrock" { "" } else { ACCOUNT };
            let prefix = format!("arn:aws:{service}:{region}:{account}:{kind}");
            (format!("{prefix}{name}-{number}"), prefix)
        }
    };
    match random.below(10) {
        0..=3 => literal,
        4..=6 => format!("{prefix}{name}-*"),
        7 | 8 => format!("{prefix}*{name}*-{number}*"),
        _ => "*".to_owned(),
    }
}

fn condition(random: &mut Random) -> Value {
    let name = random.pick(&NAMES);
    match random.below(7) {
        0 => json!({ "StringEquals": { "aws:RequestedRegion": random.pick_some(&REGIONS, 2) } }),
        1 => json!({ "StringLike": { "aws:ResourceTag/team": [format!("{name}*"), format!("*-{name}")] } }),
        2 => json!({ "StringNotEquals": { "aws:ResourceTag/stage": name } }),
        3 => json!({ "IpAddress": { "aws:SourceIp": format!("10.{}.0.0/16", random.below(250)) } }),
        4 => json!({ "Bool": { "aws:SecureTransport": "true" } }),
        5 => json!({ "ForAllValues:StringEquals": { "aws:TagKeys": [name, "owner"] } }),
        _ => json!({ "ArnLike": { "aws:SourceArn": format!("arn:aws:s3:::{name}-*") } }),
    }
}
