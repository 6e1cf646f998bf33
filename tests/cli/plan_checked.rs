//! `ringfence check --plan`: what is proved of a plan holds for every value of what is unknown in it.

use serde_json::Value;

use super::harness::{ACCOUNT, Folder, Run, corpus};

/// Nobody but root users may delete queues or run expensive models, and everybody can say who they are and read objects.
const GUARDRAILS: &str = r#"
[[guardrail]]
id = "queues"
kind = "forbid"
actions = ["sqs:DeleteQueue"]
principals = { kinds = ["role", "user"] }

[[guardrail]]
id = "models"
kind = "cannot-invoke"
models = "expensive"
principals = { kinds = ["role", "user"] }

[[guardrail]]
id = "objects"
kind = "must-be-able"
action = "s3:ListAllMyBuckets"
principals = { kinds = ["role", "user"] }
"#;

fn check(folder: &Folder, name: &str, more: &[&str]) -> Run {
    let plan = std::fs::read_to_string(corpus(&format!("plans/{name}/plan.json"))).unwrap();
    folder.write("plan.json", &plan);
    folder.write("g.toml", GUARDRAILS);
    let mut arguments = vec!["check", "--plan", "plan.json", "--config", "g.toml", "--account", ACCOUNT];
    arguments.extend(more);
    folder.run(&arguments)
}

/// The verdict on a principal under a guardrail, with the reason where there is none.
fn verdict(report: &Value, guardrail: &str, principal: &str) -> (String, String) {
    let guardrails = report["guardrails"].as_array().unwrap();
    let guardrail = guardrails.iter().find(|found| found["id"] == guardrail).unwrap();
    let of = |list: &str| {
        let all = guardrail[list].as_array().unwrap().iter();
        all.clone().find(|found| found["principal"].as_str().unwrap().ends_with(principal)).cloned()
    };
    if let Some(open) = of("inconclusive") {
        let reason = &open["reason"];
        return (reason["code"].as_str().unwrap().to_owned(), reason["text"].as_str().unwrap().to_owned());
    }
    let word = if of("violations").is_some() { "refuted" } else { "proved" };
    (word.to_owned(), String::new())
}

#[test]
fn what_hangs_on_unknown_values_is_told_with_values_that_refute_it() {
    let folder = Folder::new();
    let run = check(&folder, "jsonencode-holes", &["--nothing-else", "-o", "json"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    let report = run.json();
    let (code, text) = verdict(&report, "queues", "role/worker");
    assert_eq!(code, "unknown-values");
    let (_, value) = text.split_once("refuted if aws_iam_role_policy.by_local.policy is ").unwrap();
    let value = value.strip_suffix(", whatever else is unknown").unwrap();
    assert!(value.contains("sqs:DeleteQueue"), "{value}");
    // Who says so gets that, and a request.
    let assumed = format!("aws_iam_role_policy.by_local.policy={value}");
    let run = check(&folder, "jsonencode-holes", &["--nothing-else", "--assume", &assumed, "-o", "json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let report = run.json();
    assert_eq!(verdict(&report, "queues", "role/worker").0, "refuted");
    assert_eq!(verdict(&report, "models", "role/worker").0, "proved");
    // A role of which it is unknown what is attached may get a Deny as well: no value refutes it whatever else is unknown.
    let (code, text) = verdict(&report, "queues", "role/inline");
    assert_eq!(code, "unknown-values");
    assert!(text.contains("refuted where that allows the most, as by sqs:DeleteQueue"), "{text}");
    // What somebody must be able to do is the other way round.
    let (code, text) = verdict(&report, "objects", "role/inline");
    assert_eq!(code, "unknown-values");
    assert!(text.contains("refuted if aws_iam_role.inline.inline_policy"), "{text}");
    assert!(text.contains("\"Effect\":\"Deny\""), "{text}");
}

#[test]
fn what_holds_for_every_value_is_proved_or_refuted() {
    let folder = Folder::new();
    let report = check(&folder, "known-create", &["--nothing-else", "-o", "json"]).json();
    assert_eq!(verdict(&report, "queues", "role/audit").0, "proved");
    assert_eq!(verdict(&report, "models", "role/audit").0, "proved");
    // One of two resources is unknown, the other a model.
    let run = check(&folder, "bedrock-agent", &["--nothing-else"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let place = "at plan.json/narrowest/accounts/111122223333/authorization-details.json:";
    for text in ["models   refuted", place, "for every value of what is unknown in it"] {
        assert!(run.stdout.contains(text), "no `{text}` in:\n{}", run.stdout);
    }
}

#[test]
fn a_plan_changes_the_world_that_is_named_and_goes_by_its_guardrails() {
    let folder = Folder::new();
    let path = format!("accounts/{ACCOUNT}/authorization-details.json");
    let existing = super::harness::role(
        "existing-role",
        &super::harness::policy(&[
            serde_json::json!({ "Effect": "Allow", "Action": "sqs:DeleteQueue", "Resource": "*" }),
        ]),
    );
    let details = super::harness::details(&[existing, super::harness::reader()]).to_string();
    folder.write(&format!("world/{path}"), &details);
    folder.write("world/ringfence.toml", GUARDRAILS);
    let plan = std::fs::read_to_string(corpus("plans/known-create/plan.json")).unwrap();
    folder.write("plan.json", &plan);
    let run = folder.run(&["check", "world", "--plan", "plan.json", "-o", "json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let report = run.json();
    assert_eq!(verdict(&report, "queues", "role/existing-role").0, "refuted");
    let principals = report["summary"]["principals"].as_u64().unwrap();
    assert_eq!(principals, 5);
    // All files that were read, and no other.
    let inputs: Vec<&str> =
        report["inputs"].as_array().unwrap().iter().map(|input| input["file"].as_str().unwrap()).collect();
    let details = format!("world/{path}");
    assert!(inputs.contains(&"plan.json") && inputs.contains(&details.as_str()), "{inputs:?}");
    assert!(inputs.contains(&"world/ringfence.toml"), "{inputs:?}");
    assert!(!inputs.iter().any(|input| input.starts_with("plan.json/")), "{inputs:?}");
}

#[test]
fn evidence_of_a_plan_is_checked_without_a_solver() {
    let folder = Folder::new();
    let run = check(&folder, "jsonencode-holes", &["--nothing-else", "--evidence", "evidence"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    let verified = folder.run(&["verify", "evidence", "--inputs", "."]);
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    assert!(verified.stdout.starts_with("accepted"), "{}", verified.stdout);
    // Another plan is another input.
    let plan = folder.read("plan.json");
    let other = plan.replace("s3:ListAllMyBuckets", "s3:ListBuckets");
    assert!(other != plan, "it says what may be listed");
    folder.write("plan.json", &other);
    let verified = folder.run(&["verify", "evidence", "--inputs", "."]);
    assert_eq!(verified.code, 1, "{}{}", verified.stdout, verified.stderr);
}

#[test]
fn what_does_not_go_with_a_plan_is_refused() {
    let folder = Folder::new();
    let refused = |more: &[&str], text: &str| check(&folder, "jsonencode-holes", more).refused(&[text]);
    refused(
        &["--nothing-else", "--assume", "aws_iam_role.none.arn=x"],
        "is no value that the plan leaves unknown",
    );
    refused(&["--nothing-else", "--assume", "F4=lower"], "F4 cannot be read as `lower`");
    refused(&["--nothing-else", "--world", "."], "cannot be used with");
    refused(&["--nothing-else", "--shard", "1/2", "--cache", "c"], "cannot be used with");
    folder
        .run(&["check", "--config", "g.toml", "--assume", "aws_iam_role.a.arn=x"])
        .refused(&["there is no plan that has it"]);
    folder.run(&["check", "--nothing-else"]).refused(&["--plan"]);
}

#[test]
fn a_world_is_compared_with_what_a_plan_makes_of_it() {
    let folder = Folder::new();
    let update = corpus("plans/update-and-delete/plan.json").to_str().unwrap().to_owned();
    let before = folder.run(&["plan", &update, "--before", "--nothing-else", "--write", "world"]);
    assert_eq!(before.code, 0, "{}", before.stderr);
    let compare = |more: &[&str]| {
        let mut arguments = vec!["compare", "world/widest", update.as_str(), "--one-step", "-o", "json"];
        arguments.extend(more);
        let run = folder.run(&arguments);
        assert_eq!(run.code, 1, "{}", run.stderr);
        run.json()
    };
    let found = compare(&[]);
    let relation = |name: &str| {
        let all = found["principals"].as_array().unwrap();
        let one = all.iter().find(|one| one["principal"].as_str().unwrap().ends_with(name)).unwrap();
        one["relation"].as_str().unwrap().to_owned()
    };
    // What both bounds say is said, as in the test of the worlds that are written.
    assert_eq!(
        ["role/forgotten", "role/same", "role/moved"].map(relation),
        ["broader", "equivalent", "equivalent"]
    );
    let files: Vec<&String> = found["new"]["files"].as_object().unwrap().keys().collect();
    assert!(files.iter().any(|file| file.ends_with("update-and-delete/plan.json")), "{files:?}");
    let notes = found["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note.as_str().unwrap().contains("for every value of what is unknown")));
    folder.run(&["compare", &update, "world/widest"]).refused(&["OLD is a plan"]);
    folder
        .run(&["compare", "world/widest", "world/narrowest", "--assume", "aws_iam_role.a.arn=x"])
        .refused(&["NEW is no plan that has it"]);
}

#[test]
fn what_a_plan_may_add_is_undecided() {
    let folder = Folder::new();
    let details = super::harness::details(&[super::harness::reader()]).to_string();
    folder.write(&format!("world/accounts/{ACCOUNT}/authorization-details.json"), &details);
    let plan = corpus("plans/jsonencode-holes/plan.json").to_str().unwrap().to_owned();
    let run = folder.run(&["compare", "world", &plan, "--account", ACCOUNT, "--one-step", "-o", "json"]);
    let found = run.json();
    let of = |name: &str| {
        let all = found["principals"].as_array().unwrap();
        all.iter().find(|one| one["principal"].as_str().unwrap().ends_with(name)).unwrap().clone()
    };
    assert_eq!((of("role/reader")["relation"].as_str(), run.code), (Some("equivalent"), 3), "{found}");
    // Of a role whose policy is unknown nothing is said that a value of it may refute.
    assert_eq!(of("role/worker")["relation"], "undecided", "{}", of("role/worker"));
    assert_eq!(of("role/worker")["gained"]["reason"]["code"], "unknown-values", "{}", of("role/worker"));
}

/// What is read from a pipe is read once, and a plan asks twice.
#[test]
fn guardrails_of_a_plan_may_come_from_a_pipe() {
    let folder = Folder::new();
    let plan = corpus("plans/known-create/plan.json").to_str().unwrap().to_owned();
    let run = folder.run_with_input(
        &["check", "--nothing-else", "--plan", &plan, "--config", "-", "-o", "json"],
        GUARDRAILS,
    );
    let ids: Vec<String> = run.json()["guardrails"]
        .as_array()
        .unwrap()
        .iter()
        .map(|guardrail| guardrail["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, ["queues", "models", "objects"]);
    let plan = std::fs::read_to_string(corpus("plans/jsonencode-holes/plan.json")).unwrap();
    folder.write("g.toml", GUARDRAILS);
    let arguments =
        ["check", "--nothing-else", "--plan", "-", "--config", "g.toml", "--account", ACCOUNT, "-o", "json"];
    let (code, text) = verdict(&folder.run_with_input(&arguments, &plan).json(), "queues", "role/worker");
    assert!(code == "unknown-values" && text.contains("refuted if "), "{text}");
}
