//! The check of IAM Access Analyzer for new access, by its name and with AWS's answers.

use serde_json::{Value, json};

use super::harness::{Folder, Run, policy};

fn allow(action: &str, resource: &str) -> Value {
    json!({ "Sid": "Allow", "Effect": "Allow", "Action": action, "Resource": resource })
}

fn deny(action: &str) -> Value {
    json!({ "Effect": "Deny", "Action": action, "Resource": "*" })
}

const IDENTITY: [&str; 2] = ["--policy-type", "IDENTITY_POLICY"];

fn no_new_access(old: &[&Value], new: &[&Value], more: &[&str]) -> Run {
    let policy =
        |statements: &[&Value]| policy(&statements.iter().map(|one| (*one).clone()).collect::<Vec<Value>>());
    let folder = Folder::new();
    folder.write("old.json", &policy(old).to_string());
    let new = policy(new).to_string();
    let arguments = [
        "check-no-new-access",
        "--existing-policy-document",
        "file://old.json",
        "--new-policy-document",
        &new,
    ];
    folder.run(&[&arguments[..], &IDENTITY, more].concat())
}

#[test]
fn a_policy_that_allows_nothing_new_passes() {
    let (all, some) = (allow("s3:*", "*"), allow("s3:Get*", "arn:aws:s3:::box/*"));
    let run = no_new_access(&[&all], &[&some], &[]);
    let answer = run.json();
    assert_eq!((answer["result"].as_str(), &answer["reasons"], run.code), (Some("PASS"), &json!([]), 0));
    let run = no_new_access(&[&some], &[&deny("sqs:*"), &all], &[]);
    let answer = run.json();
    assert_eq!((answer["result"].as_str(), run.code), (Some("FAIL"), 1));
    assert_eq!(answer["reasons"][0]["statementIndex"], 1, "{answer}");
    assert_eq!(answer["reasons"][0]["statementId"], "Allow");
    // What a Deny kept from whoever has another policy beside this one is new too; no statement of it allows that.
    let run = no_new_access(&[&some, &deny("sqs:*")], &[&some], &[]);
    let answer = run.json();
    assert_eq!((answer["result"].as_str(), &answer["reasons"], run.code), (Some("FAIL"), &json!([]), 1));
    let text = no_new_access(&[&some], &[&all], &["-o", "text"]);
    assert!(
        text.stdout.starts_with("FAIL: the new policy allows") && text.stdout.contains("request     s3:"),
        "{}",
        text.stdout
    );
}

#[test]
fn what_is_no_policy_is_refused() {
    let folder = Folder::new();
    let check = |old: &str, new: &str, of: &str| {
        folder.run(&[
            "check-no-new-access",
            "--existing-policy-document",
            old,
            "--new-policy-document",
            new,
            "--policy-type",
            of,
        ])
    };
    check("none.json", "{", "IDENTITY_POLICY").refused(&["none.json", "--new-policy-document:1:"]);
    check("{}", "{}", "RESOURCE_POLICY").refused(&["IDENTITY_POLICY"]);
}
