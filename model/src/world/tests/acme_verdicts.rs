//! The verdicts written down for the sample organisation, against concrete requests.
//!
//! A grid of requests is put to the evaluator for every principal. A principal that is refuted must be allowed one of
//! the bad requests, a proved one none. The grid cannot prove anything; it keeps expected.json honest.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::context::RequestContext;
use crate::evaluate::{EvaluatorReadings, evaluate};
use crate::json::Json;
use crate::policy::{Effect, Element};
use crate::principal::Principal;
use crate::request::{Decision, Request};
use crate::world::{Account, IamPrincipal, World};

/// Expensive by name, by price, or for want of a price.
const EXPENSIVE: [&str; 7] = [
    "anthropic.claude-opus-5",
    "anthropic.claude-3-opus-20240229-v1:0",
    "anthropic.claude-sonnet-4-6",
    "anthropic.claude-mythos-5-2",
    "openai.gpt-6-astra",
    "amazon.nova-2-pro-preview-20251202-v1:0",
    "amazon.nova-canvas-v1:0",
];
const CHEAP: &str = "amazon.nova-lite-v1:0";
const REGIONS: [&str; 3] = ["us-east-1", "eu-central-1", "ap-southeast-2"];
const INVOKE: [&str; 2] = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];

/// One check: action, resource, and the keys that the request brings.
type Check = (&'static str, String, Vec<(&'static str, String)>);

fn model(region: &str, id: &str) -> String {
    format!("arn:aws:bedrock:{region}::foundation-model/{id}")
}

fn invocations(account: &Account, models: &[&str]) -> Vec<Check> {
    let mut checks = Vec::new();
    for region in REGIONS {
        let requested = ("aws:RequestedRegion", region.to_owned());
        for id in models {
            for action in INVOKE {
                checks.push((action, model(region, id), vec![requested.clone()]));
            }
            let project = format!("arn:aws:bedrock-mantle:{region}:{}:project/p", account.id);
            let keys = vec![requested.clone(), ("bedrock-mantle:Model", (*id).to_owned())];
            checks.push(("bedrock-mantle:CreateInference", project, keys));
        }
        // The call names the model, one of Anthropic, which no policy sees.
        let workspace = format!("arn:aws:aws-external-anthropic:{region}:{}:workspace/w", account.id);
        checks.push(("aws-external-anthropic:CreateInference", workspace, vec![requested]));
    }
    checks
}

/// The checks of a call through the profile that inference-profiles.json of the production account lists.
fn through_the_profile(account: &Account) -> Vec<Check> {
    let (source, id) = ("eu-central-1", "anthropic.claude-sonnet-4-6");
    let profile = format!("arn:aws:bedrock:{source}:{}:inference-profile/eu.{id}", account.id);
    let mut checks = vec![(INVOKE[0], profile.clone(), vec![("aws:RequestedRegion", source.to_owned())])];
    for region in [source, "eu-west-1"] {
        let keys = vec![
            ("aws:RequestedRegion", region.to_owned()),
            ("bedrock:InferenceProfileArn", profile.clone()),
        ];
        checks.push((INVOKE[0], model(region, id), keys));
    }
    checks
}

/// What makes a verdict inconclusive: a route through a profile, an ARN that does not name its model, or a model that may run
/// with the caller's rights or not (F29).
fn open_invocations(account: &Account) -> Vec<Check> {
    let region = "eu-central-1";
    let id = "anthropic.claude-sonnet-4-6";
    let profile = format!("arn:aws:bedrock:{region}:{}:inference-profile/eu.{id}", account.id);
    let provisioned = format!("arn:aws:bedrock:{region}:{}:provisioned-model/abcdef012345", account.id);
    let requested = ("aws:RequestedRegion", region.to_owned());
    let through = vec![requested.clone(), ("bedrock:InferenceProfileArn", profile)];
    let mut checks =
        vec![(INVOKE[0], model(region, id), through), (INVOKE[0], provisioned, vec![requested.clone()])];
    let for_caller =
        ["bedrock:InvokeInlineAgent", "bedrock:RetrieveAndGenerate", "bedrock:AgenticRetrieveStream"];
    checks.extend(for_caller.map(|action| (action, "*".to_owned(), vec![requested.clone()])));
    checks
}

fn escapes(account: &Account, principal: IamPrincipal<'_>) -> Vec<Check> {
    let own = principal.arn().to_string();
    let current = ("iam:PermissionsBoundary", principal.boundary().expect("a boundary").name.to_string());
    let unapproved = ("iam:PermissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess".to_owned());
    let (remove, replace) = match principal {
        IamPrincipal::User(_) => ("iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"),
        IamPrincipal::Role(_) => ("iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"),
    };
    let mut checks = vec![(remove, own.clone(), vec![current]), (replace, own, vec![unapproved.clone()])];
    let approved = account.managed_policies.keys().filter(|arn| arn.contains(":policy/boundary/"));
    for arn in approved {
        checks.push(("iam:CreatePolicyVersion", arn.to_string(), Vec::new()));
        checks.push(("iam:SetDefaultPolicyVersion", arn.to_string(), Vec::new()));
    }
    let new = |kind: &str| format!("arn:aws:iam::{}:{kind}", account.id);
    checks.push(("iam:CreatePolicy", new("policy/boundary/New"), Vec::new()));
    for path in ["role/app/new", "role/ml/new", "role/new"] {
        checks.push(("iam:CreateRole", new(path), Vec::new()));
        checks.push(("iam:CreateRole", new(path), vec![unapproved.clone()]));
    }
    checks.push(("iam:CreateUser", new("user/new"), Vec::new()));
    checks
}

fn changes(account: &Account) -> Vec<Check> {
    let requested = || vec![("aws:RequestedRegion", "eu-central-1".to_owned())];
    let own = |kind: &str| format!("arn:aws:bedrock:eu-central-1:{}:{kind}/abc", account.id);
    vec![
        ("bedrock:CreateModelCustomizationJob", model("eu-central-1", CHEAP), requested()),
        ("bedrock:CreateModelCustomizationJob", own("custom-model"), requested()),
        ("bedrock:CreateCustomModel", own("custom-model"), requested()),
        ("bedrock:CreateModelImportJob", own("model-import-job"), requested()),
        ("bedrock:CreateModelCopyJob", own("custom-model"), requested()),
    ]
}

/// The sessions and keys with which a principal may act: MFA, dates, its tags, and session tags where its trust
/// policy lets a caller set them.
fn sessions(account: &Account, principal: IamPrincipal<'_>) -> Vec<(Principal, RequestContext)> {
    let mut contexts = Vec::new();
    for now in ["2026-11-22T12:00:00Z", "2027-06-01T12:00:00Z"] {
        let mut plain = RequestContext::new();
        plain.set("aws:CurrentTime", now);
        plain.set("aws:SourceIp", "192.0.2.1");
        for (key, value) in principal.tags() {
            plain.set(&format!("aws:PrincipalTag/{key}"), value);
        }
        match principal {
            IamPrincipal::User(user) => {
                let caller = Principal::parse(&user.arn).expect("a user");
                let mut with_mfa = plain.clone();
                with_mfa.set("aws:TokenIssueTime", now);
                with_mfa.set("aws:MultiFactorAuthPresent", "true");
                contexts.extend([(caller.clone(), plain), (caller, with_mfa)]);
            }
            IamPrincipal::Role(role) => {
                let caller = Principal::RoleSession {
                    partition: account.partition.clone(),
                    account: account.id,
                    path: Some(role.path.clone()),
                    role: role.name.clone(),
                    session: "session".to_owned(),
                };
                let may_tag = role.trust.document.statements.iter().any(|statement| {
                    let Element { negated, values } = &statement.action;
                    statement.effect == Effect::Allow
                        && !negated
                        && values.iter().any(|action| action.0 == "sts:TagSession")
                });
                if may_tag {
                    let mut tagged = plain.clone();
                    tagged.set("aws:PrincipalTag/ai-tier", "premium");
                    contexts.push((caller.clone(), tagged));
                }
                contexts.push((caller, plain));
            }
        }
    }
    contexts
}

/// The first of `checks` that is allowed in one of the sessions.
fn first_allowed(
    world: &World,
    account: &Account,
    principal: IamPrincipal<'_>,
    checks: &[Check],
) -> Option<String> {
    let facts = Catalogue::embedded().expect("the embedded catalogue");
    let policies = world.policy_set(account, principal);
    for (caller, context) in sessions(account, principal) {
        for (action, resource, keys) in checks {
            let mut context = context.clone();
            for (key, value) in keys {
                context.set(key, value);
            }
            let request = Request {
                principal: caller.clone(),
                action: (*action).to_owned(),
                resource: resource.clone(),
                resource_account: Some(account.id),
                context,
            };
            let evaluation = evaluate(&request, &policies, facts, &EvaluatorReadings).expect("a decision");
            if evaluation.decision == Decision::Allow {
                return Some(format!("{action} on {resource} with {keys:?}"));
            }
        }
    }
    None
}

#[test]
fn the_expected_verdicts_agree_with_concrete_requests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/organizations/acme");
    let world = World::read_directory(&root).expect("the sample organisation");
    let text = fs::read_to_string(root.join("expected.json")).expect("the expected verdicts");
    let expected = Json::parse(&text, &Arc::from("expected.json")).expect("JSON");
    let mut disagreements = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in expected.get("principals").and_then(Json::as_array).expect("a list") {
        let field = |key| entry.get(key).and_then(Json::as_str).expect("a text");
        let (account, principal) = world.principal(field("principal")).expect("a principal of the world");
        let mut compare = |guardrail, found: &str, because: Option<String>| {
            *counts.entry(guardrail).or_default() += 1;
            if field(guardrail) != found {
                disagreements.push(format!("{guardrail} {}: {found} {because:?}", field("principal")));
            }
        };
        if principal.is_service_linked() {
            compare("expensive-models", "not-checked", None);
            continue;
        }
        let allowed = |checks: &[Check]| first_allowed(&world, account, principal, checks);
        let expensive = allowed(&invocations(account, &EXPENSIVE));
        let route = through_the_profile(account);
        let every: Option<Vec<String>> =
            route.iter().map(|check| allowed(std::slice::from_ref(check))).collect();
        let lists = account.inference_profiles.is_some();
        let expensive = expensive.or(every.filter(|_| lists).map(|every| every.join(", and ")));
        let open = allowed(&open_invocations(account));
        let verdict = if expensive.is_some() {
            "refuted"
        } else if open.is_some() {
            "inconclusive"
        } else {
            "proved"
        };
        compare("expensive-models", verdict, expensive.or(open));
        if principal.boundary().is_some() {
            let escape = allowed(&escapes(account, principal));
            compare("boundary-escape", if escape.is_some() { "refuted" } else { "proved" }, escape);
        } else {
            compare("boundary-escape", "not-applicable", None);
        }
        let change = allowed(&changes(account));
        let mut any_model = EXPENSIVE.to_vec();
        any_model.push(CHEAP);
        let both = change.filter(|_| allowed(&invocations(account, &any_model)).is_some());
        compare("modify-and-invoke", if both.is_some() { "refuted" } else { "proved" }, both);
    }
    assert!(disagreements.is_empty(), "{disagreements:#?}");
    assert_eq!((counts["expensive-models"], counts["boundary-escape"]), (93, 73));
}
