//! `ringfence collect`: an organisation in moto's server from collection to comparison, and what moto cannot do from a server that replays answers.

mod moto;
mod replay;

use std::collections::BTreeSet;
use std::process::Command;

use ringfence_collect::OPERATIONS;
use serde_json::{Value, json};

use super::harness::{Folder, Run, finish, role};

/// A run in `folder` that asks the server at `url`, with keys that are none of anybody.
fn collected(folder: &Folder, url: &str, arguments: &[&str]) -> Run {
    let mut command = folder.command(&[&["collect"], arguments, &["--endpoint-url", url]].concat());
    finish(&with_keys(&mut command).output().unwrap())
}

fn with_keys(command: &mut Command) -> &mut Command {
    without_keys(command)
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .env("AWS_REGION", "us-east-1")
}

/// Nothing of whoever runs the suite.
fn without_keys(command: &mut Command) -> &mut Command {
    for name in
        ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"]
    {
        command.env_remove(name);
    }
    command
        .env("AWS_CONFIG_FILE", "/nonexistent/config")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials")
        .env("AWS_EC2_METADATA_DISABLED", "true")
}

/// What the record says of each file.
fn states(folder: &Folder, world: &str) -> Vec<(String, String)> {
    let record: Value = serde_json::from_str(&folder.read(&format!("{world}/collection.json"))).unwrap();
    let parts = record["parts"].as_object().unwrap().iter();
    parts.map(|(path, part)| (path.clone(), part["state"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn nothing_is_collected_without_credentials_or_into_what_is_something_else() {
    let folder = Folder::new();
    let mut command = folder.command(&["collect", "world"]);
    let run = finish(&without_keys(&mut command).output().unwrap());
    run.refused(&["AWS cannot be asked", "--profile"]);
    assert!(!folder.path().join("world").exists());

    folder.write("world/notes.txt", "mine");
    folder.run(&["collect", "world"]).refused(&["world is not empty", "nothing was changed"]);
    folder.write("other/collection.json", "{}");
    folder.run(&["collect", "other"]).refused(&["other/collection.json cannot be read"]);
    folder.write(
        "later/collection.json",
        r#"{"format":"ringfence-collection-9","version":"","caller":"","regions":[],"parts":{}}"#,
    );
    folder.run(&["collect", "later"]).refused(&["ringfence-collection-9", "does not know"]);
    for arguments in [
        &["collect"][..],
        &["collect", "new", "--role", "arn:aws:iam::111122223333:role/x"],
        &["collect", "new", "--accounts", "1111"],
        &["collect", "new", "--regions", "everywhere"],
        &["collect", "new", "--external-id", "x"],
    ] {
        let run = folder.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(!folder.path().join("new").exists());
    }
}

/// The policy is asked about by the tool itself: each call of a collection is allowed, and no other action of any service.
#[test]
fn the_printed_policy_allows_what_a_collection_calls_and_nothing_else() {
    let printer = Folder::new();
    let run = printer.run(&["collect", "--print-policy", "--role", "audit/Reader", "--regions", "us-east-1"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let printed: Value = serde_json::from_str(&run.stdout).unwrap();
    let folder = Folder::world(&[role("collector", &printed)]).with_empty_lists();

    let catalogue = ringfence_model::catalogue::Catalogue::embedded().unwrap();
    let listed: BTreeSet<&str> = OPERATIONS.iter().map(|(action, _)| *action).collect();
    let services: BTreeSet<&str> = listed.iter().map(|action| action.split(':').next().unwrap()).collect();
    let mut questions = BTreeSet::new();
    for action in catalogue.actions() {
        let name = action.full_name();
        let service = name.split(':').next().unwrap();
        questions.insert(if services.contains(service) { name.clone() } else { format!("{service}:*") });
    }
    // AWS lets everybody ask who he is, whatever policies say. Which role may be assumed is asked below.
    questions.remove("sts:GetCallerIdentity");
    questions.remove("sts:AssumeRole");
    assert!(questions.len() > 900, "{}", questions.len());
    let lines: Vec<String> = questions
        .iter()
        .map(|action| json!({ "name": action, "principal": "role/collector", "action": action }).to_string())
        .collect();
    folder.write("questions.jsonl", &lines.join("\n"));
    let run = folder.run(&["can", "--batch", "questions.jsonl", "-o", "json", "--quiet"]);
    assert_eq!(run.stdout.lines().count(), questions.len(), "{}", run.stderr);
    for line in run.stdout.lines() {
        let answer: Value = serde_json::from_str(line).unwrap();
        let name = answer["name"].as_str().unwrap();
        let expected = match name {
            // Some key may have a policy that grants it: keys are in no file of this world.
            "kms:*" => "unknown",
            listed_action if listed.contains(listed_action) => "allowed",
            _ => "denied",
        };
        assert_eq!(answer["results"][0]["answer"], expected, "{line}");
    }

    // Only that role, in whatever account: whether it lets the caller in is for its own account to say.
    for (resource, code) in [
        ("arn:aws:iam::444455556666:role/audit/Reader", 3),
        ("arn:aws:iam::444455556666:role/Reader", 0),
        ("arn:aws:iam::444455556666:role/admin", 0),
    ] {
        let run = folder.run(&[
            "can",
            "role/collector",
            "sts:AssumeRole",
            resource,
            "--expect",
            "denied",
            "--quiet",
        ]);
        assert_eq!(run.code, code, "{resource}: {}{}", run.stdout, run.stderr);
    }
}
