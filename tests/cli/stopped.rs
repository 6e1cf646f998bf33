//! What stops the primitives that do not fire: each is told once, with the statements that stop it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use ringfence_model::catalogue::{Action, Catalogue};
use ringfence_solver::steps::primitive::Primitives;
use serde_json::{Value, json};

use super::harness::{ACCOUNT, Folder, corpus, finish, policy, program, role};

/// Committed: so many closed sets are looked at.
const CLOSED_SETS: usize = 40;

fn paths(world: &str, principal: &[&str]) -> Value {
    let world: PathBuf = corpus(&format!("escalation/{world}"));
    let mut run = program();
    run.arg("paths").args(principal).args(["--world", world.to_str().unwrap(), "-o", "json", "--quiet"]);
    let run = finish(&run.output().unwrap());
    assert!(run.code != 2, "{}: {}", world.display(), run.stderr);
    run.json()
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap())
}

/// The group of what stops the primitive.
fn stop<'v>(report: &'v Value, primitive: &str) -> &'v Value {
    let groups = report["results"][0]["closed"]["stopped"].as_array().unwrap();
    let mut those = groups.iter().filter(|group| group["primitives"].get(primitive).is_some());
    let found = those.next().unwrap_or_else(|| panic!("{primitive} is not stopped"));
    assert!(those.next().is_none(), "{primitive} is stopped twice");
    found
}

/// Layers by their words, and Deny statements by their Sids.
fn by(group: &Value) -> BTreeSet<&str> {
    let word = |one: &'_ Value| one.get("layer").is_some();
    let all = group["by"].as_array().unwrap().iter();
    all.map(|one| if word(one) { one["layer"].as_str() } else { one["sid"].as_str() }.unwrap()).collect()
}

#[test]
fn every_primitive_fires_or_is_told_why_not() {
    let table = Primitives::embedded().unwrap();
    let searched: BTreeSet<&str> = table
        .primitives
        .iter()
        .filter(|primitive| primitive.is_searched())
        .map(|primitive| primitive.id.as_str())
        .collect();
    let mut closed_sets = 0;
    for folder in ["designs", "chains"] {
        let entries = std::fs::read_dir(corpus(&format!("escalation/{folder}"))).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        for name in names.iter().step_by(6) {
            let worlds = std::fs::read_dir(corpus(&format!("escalation/{folder}/{name}"))).unwrap();
            let worlds = worlds.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
            for world in worlds {
                let world = world.file_name().unwrap().to_string_lossy().into_owned();
                let report = paths(&format!("{folder}/{name}/{world}"), &[]);
                for result in report["results"].as_array().unwrap() {
                    let closed = &result["closed"];
                    if closed["held"].as_array().unwrap().is_empty() {
                        continue;
                    }
                    closed_sets += 1;
                    let groups = closed["stopped"].as_array().unwrap();
                    assert!(groups.iter().all(|group| !group["by"].as_array().unwrap().is_empty()), "{name}");
                    let stopped =
                        groups.iter().flat_map(|group| group["primitives"].as_object().unwrap().keys());
                    let others = ["fired", "otherAccounts", "notKnown", "nothingThere", "nothingGained"];
                    let told: Vec<&str> = stopped
                        .map(String::as_str)
                        .chain(others.iter().flat_map(|list| texts(&closed[*list])))
                        .collect();
                    let once: BTreeSet<&str> = told.iter().copied().collect();
                    assert_eq!(once.len(), told.len(), "{name}/{world}: {}", result["principal"]);
                    assert_eq!(once, searched, "{name}/{world}: {}", result["principal"]);
                }
            }
        }
    }
    assert!(closed_sets >= CLOSED_SETS, "{closed_sets}");
}

/// The statement by which AWS's example keeps delegates to the users that they are to manage, and what is left without it.
#[test]
fn the_statements_are_those_of_the_boundary() {
    let design = "designs/01-aws-delegated-administration";
    let [fixed, broken] = ["fixed", "broken"].map(|twin| paths(&format!("{design}/{twin}"), &["user/Zhang"]));
    let attach = stop(&fixed, "attach-user-policy");
    assert!(by(attach).contains("OnlyDelegatedUsers"), "{attach}");
    assert_eq!(attach["primitives"]["attach-user-policy"], "iam:AttachUserPolicy");
    assert!(!by(stop(&broken, "attach-user-policy")).contains("OnlyDelegatedUsers"));
    // Users may manage their own keys, which is too narrow for those of others.
    let keys = stop(&fixed, "replace-access-key");
    assert_eq!(by(keys), BTreeSet::from(["permissionsBoundary"]));
    let near = keys["near"].as_array().unwrap().iter().filter_map(|statement| statement["sid"].as_str());
    assert_eq!(near.collect::<Vec<_>>(), ["AllowManageOwnPasswordAndAccessKeys"]);
    // Nobody is allowed that at all, and the boundary names no such action.
    let lambda = stop(&fixed, "lambda-new");
    assert_eq!(by(lambda), BTreeSet::from(["permissionsBoundary"]));
    assert_eq!(lambda["near"], Value::Array(Vec::new()));
}

/// A permission that is missing is told apart from a boundary that denies, and neither where it fires.
#[test]
fn what_is_missing_is_told_from_what_denies() {
    let report = |world: &str| paths(&format!("primitives/delete-user-boundary/{world}"), &["user/anna"]);
    let missing = report("missing");
    assert_eq!(by(stop(&missing, "delete-user-boundary")), BTreeSet::from(["identity"]));
    let bounded = report("bounded");
    let group = stop(&bounded, "delete-user-boundary");
    let [deny] = group["by"].as_array().unwrap().as_slice() else { panic!("{group}") };
    assert!(deny["policy"].as_str().unwrap().ends_with("policy/bnd"), "{deny}");
    assert!(deny["line"].as_u64().is_some(), "{deny}");
    let fires = report("fires");
    let steps = fires["results"][0]["paths"].as_array().unwrap();
    let steps = steps.iter().flat_map(|path| path["steps"].as_array().unwrap());
    assert!(steps.into_iter().any(|step| step["primitive"] == "delete-user-boundary"), "{fires}");
}

/// A call that no primitive covers is taken for harmless only in proofs about those who may make it: policies of resources let nobody
/// make it here.
#[test]
fn what_is_taken_for_harmless_is_what_somebody_may_do() {
    let table = Primitives::embedded().unwrap();
    let catalogue = Catalogue::embedded().unwrap();
    let names = table.unclassified(catalogue).into_iter().filter_map(|id| catalogue.action(id));
    let names: Vec<String> = names.map(Action::full_name).collect();
    assert!(names.iter().any(|name| name == "sts:SetContext"), "{names:?}");
    let unclassified = |action: &str| {
        let allow = policy(&[json!({ "Effect": "Allow", "Action": action, "Resource": "*" })]);
        let world = Folder::world(&[role("app", &allow)]).with_empty_lists();
        let run = world.run(&["paths", "role/app", "--world", ".", "-o", "json", "--quiet"]);
        let report = run.json();
        texts(&report["results"][0]["closed"]["unclassified"]).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(unclassified("s3:GetObject"), Vec::<String>::new());
    assert_eq!(unclassified("sts:SetContext"), ["sts:SetContext"]);
    // Who writes trust policies may let himself be allowed that.
    assert_eq!(unclassified("iam:UpdateAssumeRolePolicy"), ["sts:SetContext"]);
    let other = names.iter().find(|name| name.starts_with("bedrock")).unwrap();
    assert_eq!(unclassified(other), [other.as_str()]);
}

/// Whoever passes a role makes the call that passes it: where two in one account each may do one of the two, the statements of both are
/// told, and not that nobody is there.
#[test]
fn nobody_of_an_account_is_not_nobody_who_may() {
    let allow =
        |actions: &[&str]| policy(&[json!({ "Effect": "Allow", "Action": actions, "Resource": "*" })]);
    let trusting = |name: &str, policy: &Value| {
        let mut role = role(name, policy);
        role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] =
            json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:root") });
        role
    };
    let passing = trusting("passing", &allow(&["iam:PassRole", "sts:AssumeRole"]));
    let calling = trusting("calling", &allow(&["lambda:CreateFunction", "lambda:InvokeFunction"]));
    let closed = |roles: &[Value]| {
        let world = Folder::world(roles).with_empty_lists();
        let run = world.run(&["paths", "role/passing", "--world", ".", "-o", "json", "--quiet"]);
        run.json()["results"][0]["closed"].clone()
    };
    let worker = role("worker", &allow(&["bedrock:InvokeModel"]));
    let split = closed(&[passing.clone(), calling, worker]);
    assert_eq!(split["held"].as_array().unwrap().len(), 2, "{split}");
    assert!(!texts(&split["otherAccounts"]).any(|id| id == "lambda-new"), "{split}");
    let report = json!({ "results": [{ "closed": split }] });
    let group = stop(&report, "lambda-new");
    assert_eq!(by(group), BTreeSet::from(["identity"]), "{group}");
    let actions = group["primitives"]["lambda-new"].as_str().unwrap();
    assert!(actions.contains("lambda:CreateFunction"), "{actions}");
}
