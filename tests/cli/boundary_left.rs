//! What a design leaves, what is new of it, and what it takes away.

use serde_json::{Value, json};

use super::boundary::{ARN, DELETE, allow_all, verdict};
use super::harness::{ACCOUNT, Folder, corpus, details, policy, reader, role};

#[test]
fn what_is_left_is_left_to_somebody() {
    let leaves = |condition: &Value, more: &[&str]| -> (usize, usize, bool) {
        let folder = Folder::new();
        let actions = [
            "bedrock:*",
            "bedrock-mantle:*",
            "bedrock-agentcore:*",
            "aws-external-anthropic:*",
            "sagemaker:*",
        ];
        let mut deny = json!({ "Effect": "Deny", "Action": actions, "Resource": "*" });
        if condition != &json!({}) {
            deny["Condition"] = condition.clone();
        }
        folder.write("d.json", &policy(&[allow_all(), deny]).to_string());
        folder.write("g.toml", DELETE);
        let arguments = ["boundary", "d.json", "--config", "g.toml", "-o", "json"];
        let report = folder.run(&[&arguments[..], more].concat()).json();
        let leaves = &report["leaves"];
        let count = |name: &str| leaves[name].as_array().unwrap().len();
        let commits = leaves["sensitive"].to_string().contains("bedrock:CreateProvisionedModelThroughput");
        (count("models"), count("openModels"), commits)
    };
    assert_eq!(leaves(&json!({}), &[]), (0, 0, false));
    for (condition, more) in [
        (json!({ "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/ml-admin*" } }), vec![]),
        (json!({ "StringNotEquals": { "aws:PrincipalAccount": "111122223333" } }), vec![]),
        (json!({ "StringNotEquals": { "aws:PrincipalType": "User" } }), vec![]),
        (json!({ "StringNotEquals": { "aws:PrincipalTag/team": "ml" } }), vec![]),
        (json!({ "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:root" } }), vec!["--scp"]),
    ] {
        let (models, _, commits) = leaves(&condition, &more);
        assert!(models > 100 && commits, "{models} models under {condition}");
    }
    // Models that nobody knows yet, for somebody alone; and everybody's Regions where one role has few.
    let report = |statements: &[Value]| {
        let folder = Folder::new();
        folder.write("d.json", &policy(statements).to_string());
        folder.write("g.toml", DELETE);
        let arguments = ["boundary", "d.json", "--config", "g.toml", "-o", "json", "--no-resource-policies"];
        folder.run(&arguments).json()["leaves"].clone()
    };
    let invoke = |resource: &str, condition: &Value| json!({ "Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": resource, "Condition": condition });
    let admin = json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/ml-admin" } });
    let unknown = report(&[invoke("arn:aws:bedrock:*::foundation-model/newvendor.*", &admin)]);
    assert_eq!((&unknown["models"], &unknown["unknownModels"]), (&json!([]), &json!(true)), "{unknown}");
    let user = json!({ "StringEquals": { "aws:PrincipalType": "User" } });
    let role =
        json!({ "StringEquals": { "aws:PrincipalType": "AssumedRole", "aws:RequestedRegion": "eu-west-1" } });
    let regions = report(&[
        invoke("arn:aws:bedrock:*::foundation-model/*", &user),
        invoke("arn:aws:bedrock:*::foundation-model/*", &role),
    ]);
    assert!(regions["regions"].as_array().unwrap().len() > 10, "{}", regions["regions"]);
    // Which accounts there are is not told apart: nothing is out of reach.
    let (models, open, _) = leaves(&json!({ "StringNotLike": { "aws:PrincipalAccount": "1111*" } }), &[]);
    assert!(models + open > 180, "{models} and {open}");
}

#[test]
fn what_is_open_for_some_is_asked_of_others() {
    let folder = Folder::new();
    let statements = [
        json!({ "Effect": "Allow", "Action": "bedrock:InvokeAgent", "Resource": "*" }),
        json!({
            "Effect": "Allow", "Action": "bedrock:InvokeModel*", "Resource": "*",
            "Condition": { "StringLike": { "aws:username": "*" } }
        }),
    ];
    folder.write("d.json", &policy(&statements).to_string());
    folder.write("g.toml", DELETE);
    let arguments = ["boundary", "d.json", "--config", "g.toml", "--since", "2026-10-01", "-o", "json"];
    let report = folder.run(&arguments).json();
    let count = |pointer: &str| report.pointer(pointer).and_then(Value::as_array).unwrap().len();
    assert!(count("/leaves/models") > 100 && count("/leaves/regions") > 10, "{}", report["leaves"]);
    assert!(count("/since/models") > 10, "{}", report["since"]);
    assert_eq!(report["leaves"]["unknownModels"], true);
    // A unique id follows from no ARN.
    let must = "[[guardrail]]\nid = \"g\"\nkind = \"must-be-able\"\naction = \"ec2:DeleteVpc\"\n\
                principals = { include = [\"arn:aws:iam::111122223333:user/b\"] }\n";
    let by_id = json!({
        "Effect": "Allow", "Action": "ec2:*", "Resource": "*",
        "Condition": { "StringEquals": { "aws:userid": "AIDAEXAMPLEOFSOMEBODY" } }
    });
    assert_eq!(verdict(&[by_id], must, &["--arn", ARN]), "inconclusive");
}

#[test]
fn what_principals_of_a_world_lose_is_shown() {
    let buckets = json!({
        "Effect": "Allow", "Action": ["s3:DeleteBucket", "s3:ListAllMyBuckets", "ec2:DeleteVpc"], "Resource": "*"
    });
    let mut bounded = role("bounded", &policy(std::slice::from_ref(&buckets)));
    bounded["PermissionsBoundary"] =
        json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": ARN });
    let mut account = details(&[bounded, role("free", &policy(&[buckets])), reader()]);
    account["Policies"] = json!([{
        "PolicyName": "tier", "PolicyId": "ANPAEXAMPLETIER", "Arn": ARN, "Path": "/boundary/",
        "DefaultVersionId": "v1", "IsAttachable": true,
        "PolicyVersionList": [{
            "Document": policy(&[json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" })]),
            "VersionId": "v1", "IsDefaultVersion": true
        }]
    }]);
    let folder = Folder::new();
    folder.write(&format!("world/accounts/{ACCOUNT}/authorization-details.json"), &account.to_string());
    let read = json!({ "Effect": "Allow", "Action": ["s3:Get*", "s3:List*", "ec2:*"], "Resource": "*" });
    folder.write("new.json", &policy(&[read]).to_string());
    let run = |more: &[&str]| {
        let arguments = ["boundary", "new.json", "--world", "world", "-o", "json"];
        folder.run(&[&arguments, more].concat())
    };
    let lost = |more: &[&str]| -> Vec<(String, Vec<String>)> {
        let report = run(more).json();
        let strings = |value: &Value| -> Vec<String> { serde_json::from_value(value.clone()).unwrap() };
        let losses = report["losses"].as_array().cloned().unwrap_or_default();
        assert!(losses.iter().all(|one| one["open"] == json!([])), "{losses:?}");
        losses
            .iter()
            .map(|one| {
                let name = one["principal"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
                (name, strings(&one["lost"]))
            })
            .collect()
    };
    let entry = |name: &str, lost: &[&str]| {
        (name.to_owned(), lost.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>())
    };
    // Of who carries it today: ec2 it could not use before either.
    assert_eq!(lost(&["--arn", ARN]), [entry("bounded", &["s3:DeleteBucket"])]);
    assert_eq!(
        lost(&["--for", "*:role/free", "--for", "*:role/reader"]),
        [entry("free", &["s3:DeleteBucket"]), entry("reader", &[])]
    );
    // A service control policy binds all.
    let deny_vpc = json!({ "Effect": "Deny", "Action": "ec2:*", "Resource": "*" });
    folder.write("new.json", &policy(&[deny_vpc]).to_string());
    assert_eq!(
        lost(&["--scp"]),
        [entry("bounded", &[]), entry("free", &["ec2:DeleteVpc"]), entry("reader", &[])]
    );
    let text = folder.run(&["boundary", "new.json", "--scp", "--world", "world"]).stdout;
    for line in [
        "What it breaks",
        "  1 of 3 principals that it would bind can make no request any more of some action that they may use now",
        "     1 of 3 actions that identity policies name",
        "             ec2: DeleteVpc",
    ] {
        assert!(text.contains(line), "no `{line}` in:\n{text}");
    }
    // Nobody carries it: that is said, and so is a pattern that matches nobody.
    let other = "arn:aws:iam::111122223333:policy/boundary/other";
    let report = run(&["--arn", other]).json();
    assert_eq!(report.get("losses"), None);
    assert!(report["notes"].to_string().contains("nobody in the world carries"), "{}", report["notes"]);
    run(&["--for", "*:role/nobody"]).refused(&["matches `*:role/nobody`"]);
    folder.run(&["boundary", "new.json", "--for", "*"]).refused(&["no world shows any"]);
}

#[test]
fn what_is_new_is_shown_and_what_cannot_be_judged_refused() {
    let folder = Folder::new();
    let file = folder.write(
        "design.json",
        &policy(&[json!({
            "Effect": "Allow", "Action": "bedrock-mantle:*", "Resource": "*"
        })])
        .to_string(),
    );
    let file = file.to_str().unwrap();
    let run =
        folder.run(&["boundary", file, "--since", "2025-12-01", "--no-resource-policies", "-o", "json"]);
    let report = run.json();
    let names: Vec<&str> = report["since"]["actions"]
        .as_array()
        .unwrap()
        .iter()
        // Each key of KMS has a policy, which nobody knows.
        .filter(|one| one["decided"] == true)
        .map(|one| one["action"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"bedrock-mantle:CreateInference"), "{names:?}");
    assert!(
        names.iter().all(|name| name.starts_with("bedrock-mantle:") || name.starts_with("sts:")),
        "{names:?}"
    );
    folder.run(&["boundary"]).refused(&["nothing to judge"]);
    folder.run(&["boundary", "nobody"]).refused(&["`nobody` is no file"]);
    folder.run(&["boundary", file, "--arn", "x"]).refused(&["not the ARN of a policy"]);
    folder.run(&["boundary", file, "--since", "yesterday"]);
    let acme = corpus("organizations/acme");
    let world = acme.to_str().unwrap();
    folder
        .run(&["boundary", "--world", world, "--under", "ou-none-none"])
        .refused(&["has no `ou-none-none`"]);
}
