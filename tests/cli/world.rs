//! The files of a world besides the authorization details: errors with a place, and what an answer says about them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::harness::{ACCOUNT, Folder, corpus, finish, invoker, policy, program, reader, role};

/// Far above what any of these takes, and below a hang.
const LIMIT: Duration = Duration::from_mins(10);

fn folder_file(name: &str) -> String {
    format!("accounts/{ACCOUNT}/{name}")
}

fn bucket_policy() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*" }
    ] })
}

#[test]
fn garbage_in_any_file_is_refused_with_a_place() {
    let bucket = bucket_policy().to_string();
    let twice = format!("{{\"arn:aws:s3:::a\": {bucket},\n \"arn:aws:s3:::a\": {bucket}}}");
    let encoded = "{\"arn:aws:s3:::a\": \"%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%7D%7D\"}";
    let cases: [(&str, &str, &[&str]); 21] = [
        ("resource-policies.json", "", &["the file is empty", "<resource ARN>"]),
        ("resource-policies.json", "{\"arn:aws:s3:::a\": {", &[":1:", "ends in the middle"]),
        ("resource-policies.json", "[]", &[":1:1", "not an object of resource policies"]),
        ("resource-policies.json", "{\"arn:aws:s3:::a\": 3}", &[":1:20", "must be an object"]),
        ("resource-policies.json", &twice, &[":2:2", "stands twice"]),
        ("resource-policies.json", encoded, &[":1:", "has no Principal", "statement 0", "arn:aws:s3:::a"]),
        ("resource-policies.json", "{\"arn:aws:s3:::a\": \"%7B%2\"}", &["hexadecimal"]),
        ("resource-policies.json", "{\"a\": {}}", &["`a` is no ARN", "no Statement"]),
        ("inference-profiles.json", "[]", &[":1:1", "aws bedrock list-inference-profiles"]),
        ("inference-profiles.json", "{\"inferenceProfileSummaries\": [3]}", &[":1:32", "must be an object"]),
        (
            "inference-profiles.json",
            "{\"inferenceProfileSummaries\": [], \"nextToken\": \"x\"}",
            &["incomplete"],
        ),
        ("inference-profiles.json", "An error occurred (x)", &["an error message of the AWS CLI"]),
        ("resources.json", "{}", &[":1:1", "must hold a list"]),
        (
            "resources.json",
            "[{\"arn\": \"arn:aws:bedrock:us-east-1:111122223333:provisioned-models/a\", \"type\": \"provisioned-model\"}]",
            &["the type is `provisioned-model`", "the ARN of `provisioned-models`"],
        ),
        (
            "resources.json",
            "[{\"arn\": \"arn:aws:bedrock:us-east-1:111122223333:agent/a\", \"type\": \"flow\"}]",
            &["the type is `flow`", "the ARN of `agent`"],
        ),
        (
            "resources.json",
            "[{\"arn\": \"arn:aws:bedrock:us-east-1:111122223333:agent/a\", \"type\": \"agent\", \
             \"modelArn\": \"arn:aws:bedrock:us-east-1::foundation-model/Amazon.Nova\"}]",
            &["modelArn `arn:aws:bedrock:us-east-1::foundation-model/Amazon.Nova` is not"],
        ),
        ("resources.json", "[{\"ARN\": 1}]", &["unknown member `ARN`", "`arn` is missing"]),
        ("credentials.json", "[{}", &["ends in the middle"]),
        ("credentials.json", "[[]]", &[":1:2", "must be an object"]),
        (
            "credentials.json",
            "[{\"user\": \"none\", \"kind\": 1}]",
            &["`none` is not the name", "`kind` must be a string"],
        ),
        (
            "credentials.json",
            "user,arn,user_creation_time\n",
            &["a credential report (CSV)", "the file is a list"],
        ),
    ];
    for (name, text, messages) in cases {
        let folder = Folder::world(&[reader()]);
        let file = folder_file(name);
        folder.write(&file, text);
        let run = folder.run(&["check"]);
        run.refused(messages);
        assert!(run.stderr.contains(&file), "{}", run.stderr);
    }
}

#[test]
fn errors_of_all_files_come_in_one_run() {
    let folder = Folder::world(&[reader()]);
    folder.write(&folder_file("resource-policies.json"), "{\"arn:aws:iam::111122223333:role/reader\": {}}");
    folder.write(&folder_file("inference-profiles.json"), "{}");
    folder.write(&folder_file("resources.json"), "7");
    folder.write(&folder_file("credentials.json"), "[{}]");
    folder.run(&["check"]).refused(&[
        "is a role, whose trust policy does not belong into resource-policies.json",
        "AssumeRolePolicyDocument",
        "inference-profiles.json:1:1",
        "resources.json:1:1",
        "credentials.json:1:2",
    ]);
}

#[test]
fn a_file_that_is_named_nearly_right_is_said() {
    let folder = Folder::world(&[reader()]);
    folder.write(&folder_file("resources.json"), "[]");
    folder.write(&folder_file("credentials.json"), "[]");
    folder.write(&folder_file("credential.json"), "[");
    let run = folder.run(&["check"]);
    assert!(run.stdout.contains("`credentials.json`"), "a misnamed file: {}", run.stdout);
    let without = Folder::world(&[reader()]).run(&["check"]);
    assert_eq!(run.code, without.code);
    assert!(!without.stdout.contains("`credentials.json`"), "{}", without.stdout);
}

#[test]
fn ten_megabytes_of_resource_policies_are_read() {
    let started = Instant::now();
    let policies: serde_json::Map<String, Value> = (0..60_000)
        .map(|number| {
            (format!("arn:aws:sqs:eu-central-1:{ACCOUNT}:{}-{number}", "q".repeat(40)), bucket_policy())
        })
        .collect();
    let text = Value::Object(policies).to_string();
    assert!(text.len() > 10_000_000, "{}", text.len());
    let folder = Folder::world(&[invoker()]);
    folder.write(&folder_file("resource-policies.json"), &text);
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
}

#[test]
fn a_model_that_only_a_pattern_knows_is_named_as_such() {
    let world = corpus("worlds/model-that-nobody-knows");
    let run =
        |arguments: &[&str]| finish(&program().arg("check").arg(&world).args(arguments).output().unwrap());
    let text = run(&[]);
    assert_eq!(text.code, 1, "{}", text.stderr);
    assert_eq!(
        text.stdout.matches("output      not known: no such model is known").count(),
        1,
        "{}",
        text.stdout
    );
    let json = run(&["-o", "json"]).json();
    let violations = json.pointer("/guardrails/0/violations").and_then(Value::as_array).unwrap();
    let known: Vec<(&str, bool, bool)> = violations
        .iter()
        .map(|violation| {
            let model = violation.pointer("/witness/requests/0/model").unwrap();
            let says = model["text"].as_str().is_some_and(|text| text.contains("no such model is known"));
            let name = violation["principal"].as_str().unwrap().rsplit('/').next().unwrap();
            (name, model["known"].as_bool().unwrap(), says)
        })
        .collect();
    // `any` could also be shown a model that nobody knows; `listed` has one that resources.json names.
    assert_eq!(known, [("any", true, false), ("later", false, true), ("listed", true, false)]);
}

#[test]
fn any_model_at_all_is_shown_by_one_that_exists() {
    let statement = json!({ "Effect": "Allow", "Action": "bedrock:*", "Resource": "*" });
    let folder = Folder::world(&[role("trainer", &policy(&[statement]))]);
    let json = folder.run(&["check", "-o", "json"]).json();
    let guardrails = json.pointer("/guardrails").and_then(Value::as_array).unwrap();
    let duties = guardrails.iter().find(|guardrail| guardrail["id"] == "modify-and-invoke").unwrap();
    let violations = duties["violations"].as_array().unwrap();
    let of_role = violations.iter().find(|violation| violation["group"] == "finding").unwrap();
    let requests = of_role.pointer("/witness/requests").and_then(Value::as_array).unwrap();
    let models: Vec<&Value> = requests.iter().filter_map(|request| request.get("model")).collect();
    assert_eq!(models.len(), 1, "{requests:?}");
    assert_eq!(models[0]["known"], true, "{requests:?}");
}

/// The role with its path below that of service-linked roles, and `trusted` in its trust policy.
fn as_if_linked(mut role: Value, trusted: &Value) -> Value {
    let name = role.get("RoleName").and_then(Value::as_str).unwrap().to_owned();
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/aws-service-role/lambda.amazonaws.com/{name}");
    *role.get_mut("Path").unwrap() = json!("/aws-service-role/lambda.amazonaws.com/");
    *role.get_mut("Arn").unwrap() = json!(arn);
    *role.pointer_mut("/AssumeRolePolicyDocument/Statement/0/Principal").unwrap() = trusted.clone();
    role
}

#[test]
fn a_role_that_only_looks_service_linked_is_checked() {
    let anybody = json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:root") });
    let run = Folder::world(&[as_if_linked(invoker(), &anybody), reader()]).run(&["check"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stdout.contains("role/aws-service-role/lambda.amazonaws.com/invoker"), "{}", run.stdout);
    assert!(run.stdout.contains("names others than services"), "{}", run.stdout);
    let linked = as_if_linked(invoker(), &json!({ "Service": "lambda.amazonaws.com" }));
    let run = Folder::world(&[linked, reader()]).run(&["check"]);
    assert!(!run.stdout.contains("lambda.amazonaws.com/invoker"), "{}", run.stdout);
    assert!(!run.stdout.contains("names others than services"), "{}", run.stdout);
}

#[test]
fn lists_that_are_not_there_are_refused() {
    for list in ["RolePolicyList", "AttachedManagedPolicies"] {
        let mut role = invoker();
        role.as_object_mut().unwrap().remove(list);
        Folder::world(&[role, reader()])
            .run(&["check"])
            .refused(&["authorization-details.json:1:", &format!("role/invoker` has no `{list}`")]);
    }
}
