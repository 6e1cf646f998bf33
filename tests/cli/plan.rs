//! `ringfence plan`: plans that a real Terraform made become worlds that every other command reads.

use super::harness::{ACCOUNT, Folder, corpus, details, role};

fn plan(name: &str) -> String {
    corpus(&format!("plans/{name}/plan.json")).to_str().unwrap().to_owned()
}

/// Nobody may do anything to queues, which a policy of the plan with a hole may allow.
const GUARDRAILS: &str = "[[guardrail]]\nid = \"queues\"\nkind = \"forbid\"\nactions = [\"sqs:DeleteQueue\"]\n\n\
    [[guardrail]]\nid = \"keys\"\nkind = \"forbid\"\nactions = [\"kms:ScheduleKeyDeletion\"]\n";

#[test]
fn a_plan_is_compared_with_what_was_there_before() {
    let folder = Folder::new();
    let plan = plan("update-and-delete");
    let before = folder.run(&["plan", &plan, "--before", "--nothing-else", "--write", "before"]);
    assert_eq!(before.code, 0, "{}", before.stderr);
    let after = folder.run(&["plan", &plan, "--nothing-else", "--write", "after"]);
    assert_eq!(after.code, 0, "{}", after.stderr);
    assert!(
        after.stdout.contains("after/widest") && after.stdout.contains("after/narrowest"),
        "{}",
        after.stdout
    );
    let whole = folder.run(&["plan", &plan, "--world", "before/widest", "--write", "whole"]);
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    let compare = |new: &str| {
        let found = folder.run(&["compare", "before/widest", new, "--one-step", "-o", "json"]).json();
        let principals = found["principals"].as_array().unwrap().clone();
        ["role/bounded", "role/forgotten", "role/same", "role/moved"].map(|name| {
            let of =
                principals.iter().find(|one| one["principal"].as_str().unwrap().ends_with(name)).unwrap();
            of["relation"].as_str().unwrap().to_owned()
        })
    };
    // What the policy `app` allows became more, and the others are as they were. The boundary of one went with an administrator's policy: what
    // policies of other accounts give it, of which nothing is known, it may use now.
    for world in ["after/widest", "after/narrowest", "whole/widest", "whole/narrowest"] {
        assert_eq!(compare(world), ["undecided", "broader", "equivalent", "equivalent"], "{world}");
    }
}

#[test]
fn what_is_unknown_is_bounded_by_two_worlds() {
    let folder = Folder::new();
    let written = folder.run(&[
        "plan",
        &plan("jsonencode-holes"),
        "--nothing-else",
        "--write",
        "planned",
        "--account",
        ACCOUNT,
    ]);
    assert_eq!(written.code, 0, "{}", written.stderr);
    let may = |world: &str, action: &str| {
        let world = format!("planned/{world}");
        let found = folder.run(&["can", "role/worker", action, "--world", &world, "-o", "json"]).json();
        found["results"][0]["answer"].as_str().unwrap().to_owned()
    };
    // Nothing is known of what its policy says.
    assert_eq!(
        [may("widest", "sqs:DeleteQueue"), may("narrowest", "sqs:DeleteQueue")],
        ["allowed", "denied"]
    );
    assert_eq!(
        [may("widest", "sts:GetCallerIdentity"), may("narrowest", "sts:GetCallerIdentity")],
        ["allowed", "allowed"]
    );
    // Of a statement with a hole in its resources the actions are known.
    let written = folder.run(&[
        "plan",
        &plan("bedrock-agent"),
        "--nothing-else",
        "--write",
        "agent",
        "--account",
        ACCOUNT,
    ]);
    assert_eq!(written.code, 0, "{}", written.stderr);
    let may = |world: &str, action: &str, model: &str| {
        let (world, model) =
            (format!("agent/{world}"), format!("arn:aws:bedrock:eu-central-1::foundation-model/{model}"));
        let found =
            folder.run(&["can", "role/agent", action, &model, "--world", &world, "-o", "json"]).json();
        found["results"][0]["answer"].as_str().unwrap().to_owned()
    };
    let known = "anthropic.claude-3-5-sonnet-20240620-v1:0";
    assert_eq!(
        ["widest", "narrowest"].map(|world| may(world, "bedrock:InvokeModel", known)),
        ["allowed", "allowed"]
    );
    let other = "anthropic.claude-opus-4-7";
    assert_eq!(
        ["widest", "narrowest"].map(|world| may(world, "bedrock:InvokeModel", other)),
        ["allowed", "denied"]
    );
    let stream = "bedrock:InvokeModelWithResponseStream";
    assert_eq!(["widest", "narrowest"].map(|world| may(world, stream, known)), ["denied", "denied"]);
}

#[test]
fn what_a_plan_does_not_change_stays() {
    let folder = Folder::new();
    let mut existing = role("existing-role", &super::harness::policy(&[]));
    existing["RolePolicyList"] = serde_json::json!([]);
    let path = format!("accounts/{ACCOUNT}/authorization-details.json");
    folder.write(&format!("world/{path}"), &details(&[existing, super::harness::reader()]).to_string());
    folder.write(&format!("world/accounts/{ACCOUNT}/resources.json"), "[]");
    folder.write("world/ringfence.toml", GUARDRAILS);
    let run = folder.run(&["plan", &plan("known-create"), "--world", "world", "--write", "planned"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let planned: serde_json::Value = serde_json::from_str(&folder.read(&format!("planned/{path}"))).unwrap();
    let names: Vec<&str> = planned["RoleDetailList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| role["RoleName"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["existing-role", "reader", "app", "audit"]);
    assert_eq!(folder.read("planned/ringfence.toml"), GUARDRAILS);
    // Whoever asks about that world is told what was taken for granted of it.
    let told = "taken for granted of the world: aws_iam_role.app.permissions_boundary is what aws_iam_policy.boundary has";
    let can = folder.run(&["can", "role/app", "s3:GetObject", "--world", "planned"]);
    assert!(can.stderr.contains(told), "{}", can.stderr);
    for arguments in [vec!["check", "planned"], vec!["check", "world", "--plan", &plan("known-create")]] {
        let check = folder.run(&arguments);
        assert!(check.stdout.contains("aws_iam_role.app.permissions_boundary is what"), "{}", check.stdout);
    }
    assert_eq!(folder.read(&format!("planned/accounts/{ACCOUNT}/resources.json")), "[]");
    folder
        .run(&["plan", &plan("known-create"), "--nothing-else", "--write", "planned"])
        .refused(&["planned is not empty"]);
}

#[test]
fn a_plan_that_proves_nothing_is_refused() {
    let folder = Folder::new();
    let refused = |name: &str, texts: &[&str]| {
        folder
            .run(&["plan", &plan(name), "--nothing-else", "--write", "planned", "--account", ACCOUNT])
            .refused(texts);
        assert!(!folder.path().join("planned").exists());
    };
    refused("nothing-of-iam", &["nothing in the plan has to do with permissions"]);
    refused("organizations", &["the world has no organization.json"]);
    refused("name-prefix", &["the user `somebody` is neither in the account", "existing-role"]);
    folder.write("broken.json", "{\"format_version\":\"1.2\",\"errored\":true}");
    folder
        .run(&["plan", "broken.json", "--nothing-else", "--write", "planned"])
        .refused(&["the plan failed and is not whole"]);
}
