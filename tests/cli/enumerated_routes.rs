//! Random roles, service roles and SCPs: no route of which `can` allows every check by itself is one that T1 proves closed.
//!
//! The routes are written down here once more, check by check, with every key pinned that a statement asks about; so the
//! proof over all routes at once is held against single requests.

use std::cell::Cell;
use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::option::of;
use proptest::sample::select;
use proptest::strategy::Strategy;
use serde_json::{Value, json};

use super::designs::organization;
use super::harness::{ACCOUNT, Folder, policy, role};
use crate::random;

/// So many worlds of as many roles are drawn; of them at least so many verdicts must be ones that could be wrong, and so
/// many refuted.
const CASES: u32 = 24;
const ROLES: usize = 10;
const PROVED: usize = 60;
const REFUTED: usize = 80;

const MODEL: &str = "anthropic.claude-opus-4-7";
const ANY_REGION: &str = "arn:aws:bedrock:*::foundation-model/anthropic.claude-opus-4-7";
/// The Region of the calls, and those that a profile sends them to.
const REGIONS: [&str; 3] = ["eu-central-1", "eu-west-1", "eu-north-1"];
const ELSEWHERE: &str = "us-east-1";
const APPLICATION: &str =
    "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abcdef123456";
const GEOGRAPHIC: &str =
    "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude-opus-4-7";
const DEPLOYMENT: &str = "arn:aws:bedrock:eu-central-1:111122223333:provisioned-model/prov00000001";
const AGENT: &str = "arn:aws:bedrock:eu-central-1:111122223333:agent-alias/AGENTDEAR1/TSTALIASID";
const FLOW: &str = "arn:aws:bedrock:eu-central-1:111122223333:flow/FLOWDEAR01/alias/TSTALIASID";
const KNOWLEDGE_BASE: &str = "arn:aws:bedrock:eu-central-1:111122223333:knowledge-base/KBDEAR0001";
const JOB: &str = "arn:aws:bedrock:eu-central-1:111122223333:model-invocation-job/abcdefghij12";
const SERVICE_ROLE: &str = "arn:aws:iam::111122223333:role/service";

const ACTIONS: [&str; 16] = [
    "*",
    "bedrock:*",
    "bedrock:InvokeModel",
    "bedrock:InvokeModel*",
    "bedrock:InvokeModelWithResponseStream",
    "bedrock:Invoke*",
    "bedrock:InvokeAgent",
    "bedrock:InvokeFlow",
    "bedrock:Start*",
    "bedrock:CreateModelInvocationJob",
    "bedrock:StartIngestionJob",
    "bedrock-mantle:*",
    "bedrock-mantle:CreateInference",
    "iam:PassRole",
    "iam:*",
    "s3:*",
];

const RESOURCES: [&str; 15] = [
    "*",
    "*",
    "arn:aws:bedrock:*::foundation-model/*",
    "arn:aws:bedrock:*::foundation-model/anthropic.*",
    "arn:aws:bedrock:eu-*::foundation-model/*",
    "arn:aws:bedrock:eu-west-1::foundation-model/*",
    "arn:aws:bedrock:*:*:*",
    "arn:aws:bedrock:*:*:inference-profile/*",
    "arn:aws:bedrock:*:*:application-inference-profile/*",
    "arn:aws:bedrock:*:*:provisioned-model/*",
    "arn:aws:bedrock:*:*:agent-alias/*",
    "arn:aws:bedrock:*:*:flow/*",
    "arn:aws:bedrock-mantle:*:111122223333:project/*",
    "arn:aws:iam::*:role/*",
    SERVICE_ROLE,
];

const CONDITIONS: [(&str, &str, &str); 16] = [
    ("StringEquals", "aws:RequestedRegion", "eu-central-1"),
    ("StringNotEquals", "aws:RequestedRegion", "eu-central-1"),
    ("StringEquals", "aws:RequestedRegion", ELSEWHERE),
    ("Null", "bedrock:InferenceProfileArn", "true"),
    ("Null", "bedrock:InferenceProfileArn", "false"),
    ("ArnLike", "bedrock:InferenceProfileArn", APPLICATION),
    ("ArnNotLike", "bedrock:InferenceProfileArn", GEOGRAPHIC),
    ("StringLike", "bedrock:InferenceProfileArn", "*:inference-profile/*"),
    ("StringEquals", "iam:PassedToService", "bedrock.amazonaws.com"),
    ("StringNotEquals", "iam:PassedToService", "bedrock.amazonaws.com"),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/service"),
    ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/service"),
    ("StringLike", "bedrock-mantle:Model", "*opus*"),
    ("StringNotLike", "bedrock-mantle:Model", "anthropic.*"),
    ("StringEquals", "aws:ResourceAccount", ACCOUNT),
    ("StringNotEqualsIfExists", "aws:ResourceAccount", ACCOUNT),
];

/// Actions, resources and perhaps operator and value of a condition on the inference profile.
type Opening = (&'static str, &'static str, Option<(&'static str, &'static str)>);

/// The statements that open one route each.
const OPENINGS: [&[Opening]; 11] = [
    &[("bedrock:InvokeModel", ANY_REGION, None)],
    &[
        ("bedrock:InvokeModel*", GEOGRAPHIC, None),
        ("bedrock:InvokeModel*", ANY_REGION, Some(("StringLike", "*"))),
    ],
    &[
        ("bedrock:InvokeModel*", GEOGRAPHIC, None),
        ("bedrock:InvokeModel*", ANY_REGION, Some(("ArnLike", APPLICATION))),
    ],
    &[
        ("bedrock:InvokeModel*", APPLICATION, None),
        ("bedrock:InvokeModel*", ANY_REGION, Some(("ArnLike", APPLICATION))),
    ],
    &[("bedrock:CreateModelInvocationJob", "*", None), ("iam:PassRole", SERVICE_ROLE, None)],
    &[("bedrock:InvokeAgent", "*", None)],
    &[("bedrock:InvokeFlow", "arn:aws:bedrock:*:*:flow/*", None)],
    &[("bedrock:StartIngestionJob", "*", None)],
    &[("bedrock-mantle:CreateInference", "*", None)],
    &[("bedrock:InvokeModel", "arn:aws:bedrock:*:*:provisioned-model/*", None)],
    &[("*", "*", None)],
];

/// Whose check, the action, the resource and the keys that are pinned.
type Check = (Caller, &'static str, String, Value);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Role,
    ServiceRole,
}

#[derive(Clone, Debug)]
struct Case {
    roles: Vec<Vec<Value>>,
    service_role: Vec<Value>,
    service_control: Option<Vec<Value>>,
}

fn statement(effect: &'static str) -> impl Strategy<Value = Value> {
    let condition = of(select(&CONDITIONS[..]));
    (vec(select(&ACTIONS[..]), 1..3), vec(select(&RESOURCES[..]), 1..3), condition, 0..8_u8, 0..8_u8)
        .prop_map(move |(actions, resources, condition, not_action, not_resource)| {
            // What is negated must leave something.
            let negates = |list: &[&str], drawn: u8| drawn == 0 && !list.contains(&"*");
            let action = if negates(&actions, not_action) { "NotAction" } else { "Action" };
            let resource = if negates(&resources, not_resource) { "NotResource" } else { "Resource" };
            let mut statement = json!({ "Effect": effect, action: actions, resource: resources });
            if let Some((operator, key, value)) = condition {
                statement["Condition"] = json!({ operator: { key: value } });
            }
            statement
        })
}

/// A role with one route open, and what is denied of it.
fn statements() -> impl Strategy<Value = Vec<Value>> {
    let more = (vec(statement("Allow"), 0..2), vec(statement("Deny"), 2..10));
    (select(&OPENINGS[..]), more).prop_map(|(opening, (allowed, denied))| {
        let opened = opening.iter().map(|(action, resource, condition)| {
            let mut statement = json!({ "Effect": "Allow", "Action": action, "Resource": resource });
            if let Some((operator, value)) = condition {
                statement["Condition"] = json!({ *operator: { "bedrock:InferenceProfileArn": value } });
            }
            statement
        });
        opened.chain(allowed).chain(denied).collect()
    })
}

fn case() -> impl Strategy<Value = Case> {
    let serving = vec(statement("Deny"), 0..2).prop_map(|denied| {
        let may = json!({ "Effect": "Allow", "Action": "bedrock:InvokeModel*", "Resource": ANY_REGION });
        std::iter::once(may).chain(denied).collect()
    });
    (vec(statements(), ROLES), serving, of(vec(statement("Deny"), 1..3)))
        .prop_map(|(roles, service_role, service_control)| Case { roles, service_role, service_control })
}

fn model_in(region: &str) -> String {
    format!("arn:aws:bedrock:{region}::foundation-model/{MODEL}")
}

/// Each route with all its checks, under both readings where the guides leave open what a check asks (F30).
fn routes() -> Vec<(&'static str, Vec<Check>)> {
    let here = REGIONS[0];
    let keys = |region: &str, profile: Option<&str>| json!({ "aws:RequestedRegion": region, "bedrock:InferenceProfileArn": profile });
    let mut routes = Vec::new();
    for action in ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"] {
        for region in REGIONS.into_iter().chain([ELSEWHERE]) {
            routes.push(("direct", vec![(Caller::Role, action, model_in(region), keys(region, None))]));
        }
        for (name, profile, regions) in [
            ("application profile", APPLICATION, &REGIONS[..1]),
            ("geographic profile", GEOGRAPHIC, &REGIONS[..]),
        ] {
            let own =
                [None, Some(profile)].map(|key| (Caller::Role, action, profile.to_owned(), keys(here, key)));
            let models = regions.iter().flat_map(|region| {
                [*region, here]
                    .map(|asked| (Caller::Role, action, model_in(region), keys(asked, Some(profile))))
            });
            routes.push((name, own.into_iter().chain(models).collect()));
        }
        routes.push(("deployment", vec![(Caller::Role, action, DEPLOYMENT.to_owned(), keys(here, None))]));
    }
    let called = |action, resource: &str| {
        (Caller::Role, action, resource.to_owned(), json!({ "aws:RequestedRegion": here }))
    };
    let serves = |action| (Caller::ServiceRole, action, model_in(here), keys(here, None));
    let invokes = serves("bedrock:InvokeModel");
    for (name, action, resource) in [
        ("agent", "bedrock:InvokeAgent", AGENT),
        ("flow", "bedrock:InvokeFlow", FLOW),
        ("knowledge base", "bedrock:StartIngestionJob", KNOWLEDGE_BASE),
    ] {
        routes.push((name, vec![called(action, resource), invokes.clone()]));
    }
    let passes = [here, ELSEWHERE].map(|region| {
        let keys = json!({ "aws:RequestedRegion": region, "iam:PassedToService": "bedrock.amazonaws.com" });
        (Caller::Role, "iam:PassRole", SERVICE_ROLE.to_owned(), keys)
    });
    let job =
        [model_in(here).as_str(), JOB].map(|resource| called("bedrock:CreateModelInvocationJob", resource));
    let run = [invokes, serves("bedrock:InvokeModelWithResponseStream")];
    routes.push(("job", job.into_iter().chain(passes).chain(run).collect()));
    let project = format!("arn:aws:bedrock-mantle:{here}:{ACCOUNT}:project/default");
    let keys = json!({ "aws:RequestedRegion": here, "bedrock-mantle:Model": MODEL });
    routes.push(("bedrock-mantle", vec![(Caller::Role, "bedrock-mantle:CreateInference", project, keys)]));
    routes
}

fn world(case: &Case) -> Folder {
    let mut roles: Vec<Value> = case
        .roles
        .iter()
        .enumerate()
        .map(|(index, statements)| role(&format!("r{index}"), &policy(statements)))
        .collect();
    let mut service = role("service", &policy(&case.service_role));
    service["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] =
        json!({ "Service": "bedrock.amazonaws.com" });
    roles.push(service);
    let folder = Folder::new();
    let account = |file: &str| format!("world/accounts/{ACCOUNT}/{file}");
    folder.write(&account("authorization-details.json"), &super::harness::details(&roles).to_string());
    let served = |arn: &str, kind: &str| json!({ "arn": arn, "type": kind, "roleArn": SERVICE_ROLE, "modelArn": model_in(REGIONS[0]) });
    let listed = json!([
        served(AGENT, "agent-alias"),
        served(FLOW, "flow-alias"),
        served(KNOWLEDGE_BASE, "knowledge-base"),
        { "arn": DEPLOYMENT, "type": "provisioned-model", "modelArn": model_in(REGIONS[0]) },
    ]);
    folder.write(&account("resources.json"), &listed.to_string());
    folder.write(&account("resource-policies.json"), "{}");
    let profile = |arn: &str, kind: &str, regions: &[&str]| {
        let id = arn.rsplit('/').next();
        let models: Vec<Value> =
            regions.iter().map(|region| json!({ "modelArn": model_in(region) })).collect();
        json!({
            "inferenceProfileName": id, "inferenceProfileArn": arn, "inferenceProfileId": id, "models": models,
            "status": "ACTIVE", "type": kind
        })
    };
    let profiles = json!({ "inferenceProfileSummaries": [
        profile(APPLICATION, "APPLICATION", &REGIONS[..1]),
        profile(GEOGRAPHIC, "SYSTEM_DEFINED", &REGIONS),
    ]});
    folder.write(&account("inference-profiles.json"), &profiles.to_string());
    if let Some(statements) = &case.service_control {
        folder.write("world/organization.json", &organization(statements).to_string());
        let nobody = super::harness::details(&[]).to_string();
        let management = super::designs::MANAGEMENT;
        folder.write(&format!("world/accounts/{management}/authorization-details.json"), &nobody);
    }
    let guardrail = "[models]\ndear = { ids = [\"anthropic.claude-opus-*\"] }\n\n\
                     [[guardrail]]\nid = \"closed\"\nkind = \"cannot-invoke\"\nmodels = \"dear\"\n";
    folder.write("world/ringfence.toml", guardrail);
    folder
}

/// How many of the roles are proved and how many refuted; a route that is open although it is proved closed is told.
fn proved_and_refuted(case: &Case) -> Result<[usize; 2], String> {
    let folder = world(case);
    let run = folder.run(&["check", "world", "-q", "-o", "json"]);
    if run.code == 2 || run.stdout.contains("\"internal\"") {
        return Err(format!("{}{}", run.stderr, run.stdout));
    }
    let report = run.json();
    let guardrail = report.pointer("/guardrails/0").cloned().unwrap_or_default();
    let names = |member: &str| -> Vec<String> {
        let list = guardrail.get(member).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        list.iter().filter_map(|one| one.get("principal")?.as_str().map(str::to_owned)).collect()
    };
    let (refuted, open) = (names("violations"), names("inconclusive"));
    let proved: Vec<String> = (0..case.roles.len())
        .map(|index| format!("arn:aws:iam::{ACCOUNT}:role/r{index}"))
        .filter(|arn| !refuted.contains(arn) && !open.contains(arn))
        .collect();
    let routes = routes();
    let mut questions = String::new();
    for arn in &proved {
        for (caller, action, resource, context) in routes.iter().flat_map(|(_, checks)| checks) {
            let principal = if *caller == Caller::Role { arn.as_str() } else { SERVICE_ROLE };
            let question =
                json!({ "principal": principal, "action": action, "resource": resource, "context": context });
            writeln!(questions, "{question}").unwrap();
        }
    }
    folder.write("questions.jsonl", &questions);
    let run = folder.run(&["can", "--world", "world", "--batch", "questions.jsonl", "-q"]);
    let mut answers = run.stdout.lines().map(super::schemas::parsed);
    for arn in &proved {
        for (name, checks) in &routes {
            let mut open = true;
            for check in checks {
                let Some(answer) = answers.next() else { return Err(format!("no answer: {}", run.stderr)) };
                let Some(word) = answer.pointer("/results/0/answer").and_then(Value::as_str) else {
                    return Err(format!("{check:?}: {answer}"));
                };
                open &= word == "allowed";
            }
            if open {
                return Err(format!("{arn} is proved, and each check of a call by {name} is allowed"));
            }
        }
    }
    Ok([proved.len(), refuted.len()])
}

#[test]
fn no_route_that_is_proved_closed_is_open_check_by_check() {
    let counts = Cell::new([0, 0]);
    random::run(
        "enumerated routes",
        CASES,
        &case(),
        |case| format!("{case:#?}"),
        |case| {
            let found = proved_and_refuted(&case)?;
            counts.set([0, 1].map(|index| counts.get()[index] + found[index]));
            Ok(())
        },
    );
    let [proved, refuted] = counts.get();
    assert!(proved >= PROVED && refuted >= REFUTED, "{proved} are proved and {refuted} refuted");
}
