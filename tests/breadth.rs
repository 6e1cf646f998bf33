//! A question about more is answered at least as widely: what is allowed on one resource is not denied without a
//! resource, and what is unknown on one is not denied either.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use ringfence_model::catalogue::{Catalogue, ResourceTypeId};
use ringfence_model::models::ModelTable;
use ringfence_model::resource_policy_types::can_carry_policy;
use ringfence_model::world::World;
use ringfence_solver::backend::Encoding;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::inquiry::answer::Answer;
use ringfence_solver::inquiry::run::{AskOptions, Candidate, Posed, answer_all, candidates};
use ringfence_solver::inquiry::{Inquiry, Prepared, Wildcards};
use ringfence_solver::search::Limits;
use ringfence_solver::wildcard::Theory;
use serde_json::{Value, json};

use crate::proofs::say;

/// Committed: the suite fails if it compares fewer.
const ACTIONS: usize = 1_000;
const COMPARED: usize = 20_000;

const OWN: &str = "111122223333";

fn catalogue() -> &'static Catalogue {
    Catalogue::embedded().unwrap()
}

fn document(statements: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn allow(action: &str) -> Value {
    json!([{ "Effect": "Allow", "Action": action, "Resource": "*" }])
}

fn user(name: &str, statements: Option<Value>, bounded: bool) -> Value {
    let policies: Vec<Value> = statements
        .into_iter()
        .map(|statements| json!({ "PolicyName": "own", "PolicyDocument": document(&statements) }))
        .collect();
    let mut user = json!({
        "Path": "/", "UserName": name, "UserId": format!("AIDA{}", name.to_uppercase()),
        "Arn": format!("arn:aws:iam::{OWN}:user/{name}"),
        "CreateDate": "2026-01-01T00:00:00Z", "UserPolicyList": policies, "GroupList": [],
        "AttachedManagedPolicies": [], "Tags": []
    });
    if bounded {
        user["PermissionsBoundary"] = json!({
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": format!("arn:aws:iam::{OWN}:policy/nothing")
        });
    }
    user
}

/// A world of one account: users without rights, with all, and with all behind a boundary that allows nothing of them.
fn world(resource_policies: Option<&Value>) -> World {
    let folder = tempfile::tempdir().unwrap();
    let account = folder.path().join("accounts").join(OWN);
    std::fs::create_dir_all(&account).unwrap();
    let details = json!({
        "UserDetailList": [
            user("bounded", Some(allow("*")), true), user("none", None, false)
        ],
        "GroupDetailList": [], "RoleDetailList": [],
        "Policies": [{
            "PolicyName": "nothing", "PolicyId": "ANPAEXAMPLE",
            "Arn": format!("arn:aws:iam::{OWN}:policy/nothing"), "Path": "/", "DefaultVersionId": "v1",
            "AttachmentCount": 1, "PermissionsBoundaryUsageCount": 1, "IsAttachable": true,
            "CreateDate": "2026-01-01T00:00:00Z", "UpdateDate": "2026-01-01T00:00:00Z",
            "PolicyVersionList": [{
                "Document": document(&allow("sts:GetCallerIdentity")), "VersionId": "v1",
                "IsDefaultVersion": true, "CreateDate": "2026-01-01T00:00:00Z"
            }]
        }]
    });
    std::fs::write(account.join("authorization-details.json"), details.to_string()).unwrap();
    if let Some(policies) = resource_policies {
        std::fs::write(account.join("resource-policies.json"), policies.to_string()).unwrap();
    }
    World::read_directory(folder.path()).unwrap()
}

/// A resource of the type in the account; none where the format is not one of an ARN.
fn example(resource_type: ResourceTypeId) -> Option<String> {
    let format = catalogue().resource_type(resource_type)?.arn_formats.first()?;
    let mut arn = String::new();
    let mut rest = format.as_str();
    while let Some((before, after)) = rest.split_once("${") {
        let (placeholder, after) = after.split_once('}')?;
        arn.push_str(before);
        arn.push_str(match placeholder {
            "Partition" => "aws",
            "Region" => "us-east-1",
            "Account" => OWN,
            _ => "x1",
        });
        rest = after;
    }
    arn.push_str(rest);
    Some(arn.replace('*', "x1"))
}

/// Policies that allow the users everything on one resource of each type that can carry a policy and is not the first
/// of the action.
fn policies(types: &[Vec<ResourceTypeId>]) -> Value {
    let first: Vec<ResourceTypeId> = types.iter().filter_map(|types| types.first().copied()).collect();
    let mut found = serde_json::Map::new();
    for resource_type in types.iter().flatten().filter(|found| !first.contains(found)) {
        let known = catalogue().resource_type(*resource_type).unwrap();
        let Some(arn) = example(*resource_type) else { continue };
        let parts: Vec<&str> = arn.split(':').collect();
        if parts[4] != OWN || !can_carry_policy(parts[2], Some(&known.name)) || parts[2] == "iam" {
            continue;
        }
        let principals = ["bounded", "none"].map(|name| format!("arn:aws:iam::{OWN}:user/{name}"));
        let statement = json!([{
            "Effect": "Allow", "Principal": { "AWS": principals }, "Action": "*", "Resource": "*"
        }]);
        found.insert(arn, document(&statement));
    }
    Value::Object(found)
}

fn prepared(action: &str, resource: Option<&str>) -> Option<Prepared> {
    let inquiry = Inquiry {
        action: action.to_owned(),
        resource: resource.map(str::to_owned),
        wildcards: Wildcards::default(),
        context: Vec::new(),
    };
    inquiry.prepare(catalogue(), &mut Theory::new(Limits::default().states)).ok()
}

fn ask(candidates: &[Candidate], questions: &[Prepared]) -> Vec<Vec<(usize, Answer)>> {
    let posed: Vec<Posed<'_>> = questions.iter().map(|question| Posed { question, to: None }).collect();
    let options = AskOptions {
        threads: NonZeroUsize::new(2).unwrap(),
        as_of: Some("2026-11-01T00:00:00Z".to_owned()),
        encoding: Encoding::Theory,
    };
    let tables = (catalogue(), ModelTable::embedded().unwrap());
    answer_all(tables, &Assumptions::new(), candidates, &posed, &options, None).answers
}

/// Denied, unknown, allowed.
fn width(answer: &Answer) -> usize {
    match answer {
        Answer::Denied(_) | Answer::NoSuchRequest(_) => 0,
        Answer::Unknown(_) => 1,
        Answer::Allowed(_) => 2,
    }
}

#[test]
fn an_action_is_answered_as_widely_as_on_each_type_of_its_resources() {
    // One action for each service and list of types: nothing else of it has a say with these policies.
    let mut actions: BTreeMap<(String, Vec<ResourceTypeId>), String> = BTreeMap::new();
    for action in catalogue().actions() {
        let types: Vec<ResourceTypeId> =
            action.resource_types.iter().map(|taken| taken.resource_type).collect();
        if types.len() > 1 {
            actions.entry((action.service.to_string(), types)).or_insert_with(|| action.full_name());
        }
    }
    let lists: Vec<Vec<ResourceTypeId>> = actions.keys().map(|(_, types)| types.clone()).collect();
    let mut questions = Vec::new();
    let mut places = Vec::new();
    for ((_, types), action) in &actions {
        let whole = questions.len();
        questions.push(prepared(action, None).unwrap());
        for arn in types.iter().filter_map(|id| example(*id)) {
            if let Some(question) = prepared(action, Some(&arn)) {
                places.push((whole, questions.len(), format!("{action} on {arn}")));
                questions.push(question);
            }
        }
    }
    let mut compared = 0;
    let mut wrong = Vec::new();
    for policies in [None, Some(json!({})), Some(policies(&lists))] {
        let world = world(policies.as_ref());
        let candidates = candidates(&world);
        let answers = ask(&candidates, &questions);
        for (whole, one, name) in &places {
            for ((index, wide), (_, narrow)) in answers[*whole].iter().zip(&answers[*one]) {
                compared += 1;
                if width(wide) < width(narrow) {
                    let known = policies.as_ref().map(|all| all.as_object().unwrap().len());
                    let who = &candidates[*index].subject.arn;
                    wrong.push(format!("{who} {name}, {known:?} policies: {wide:?} but {narrow:?}"));
                }
            }
        }
    }
    say(&format!("{} lists of types, {compared} answers compared", actions.len()));
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(actions.len() >= ACTIONS && compared >= COMPARED, "{} {compared}", actions.len());
}
