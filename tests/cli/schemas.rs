//! The published schemas of JSON answers, which every answer in these suites is held against.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::harness::{Folder, corpus, invoker};

const NAMES: [&str; 14] = [
    "policy-check",
    "compare",
    "verify",
    "certificate",
    "check",
    "boundary",
    "paths",
    "blast-radius",
    "why",
    "question",
    "simulate",
    "explain",
    "data",
    "baseline",
];

fn validators() -> &'static BTreeMap<&'static str, jsonschema::Validator> {
    static VALIDATORS: OnceLock<BTreeMap<&'static str, jsonschema::Validator>> = OnceLock::new();
    VALIDATORS.get_or_init(|| {
        let validator = |name: &'static str| {
            let file = corpus(&format!("../docs/schemas/{name}.schema.json"));
            let schema: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
            (name, jsonschema::validator_for(&schema).unwrap())
        };
        NAMES.into_iter().map(validator).collect()
    })
}

/// The schema for `answer`, by the members that one command alone writes.
fn schema_of(answer: &Value) -> &'static str {
    let has = |name: &str| answer.get(name).is_some();
    if has("result") && has("reasons") {
        "policy-check"
    } else if has("accepted") && has("rejections") {
        "verify"
    } else if answer["format"] == "ringfence-certificate-1" {
        "certificate"
    } else if has("relation") && has("old") {
        "compare"
    } else if has("guardrails") && has("summary") {
        "check"
    } else if has("guardrails") && has("subject") {
        "boundary"
    } else if has("guardrail") && has("limit") {
        "why"
    } else if has("primitivesOf") {
        "paths"
    } else if has("modelSet") {
        "blast-radius"
    } else if has("topics") || has("title") {
        "explain"
    } else if has("entries") {
        "baseline"
    } else if has("tables") || has("rows") {
        "data"
    } else if has("question") || (has("error") && answer["name"].is_null()) {
        "question"
    } else {
        "simulate"
    }
}

/// `answer`, which is what its schema says.
pub(super) fn valid(answer: Value) -> Value {
    let name = schema_of(&answer);
    let errors: Vec<String> = validators()[name]
        .iter_errors(&answer)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new(), "no `{name}` answer");
    answer
}

/// Every line or the whole of what was written.
pub(super) fn parsed(text: &str) -> Value {
    valid(serde_json::from_str(text).unwrap())
}

#[test]
fn every_command_writes_what_its_schema_says_and_nothing_besides() {
    let folder = Folder::world(&[invoker()]);
    let case = folder.write(
        "case.json",
        &json!({ "name": "one", "request": { "principal": "arn:aws:iam::111122223333:user/anna",
            "action": "s3:GetObject", "resource": "arn:aws:s3:::a/b" }, "policies": {} })
        .to_string(),
    );
    let boundary = corpus("../tests/cli/outputs/boundary.json");
    let (case, boundary) = (case.to_str().unwrap(), boundary.to_str().unwrap());
    let runs: [(&str, &[&str]); 13] = [
        ("check", &["check"]),
        ("boundary", &["boundary", boundary, "--since", "2026-06-01", "--one-step"]),
        ("paths", &["paths"]),
        ("blast-radius", &["blast-radius"]),
        ("why", &["why", "boundary-escape", "role/invoker"]),
        ("why", &["why", "modify-and-invoke", "--one-step"]),
        ("question", &["can", "role/invoker", "bedrock:InvokeModel"]),
        ("question", &["who-can", "iam:PassRole"]),
        ("simulate", &["simulate", case]),
        ("simulate", &["simulate", case, "--trace"]),
        ("explain", &["explain"]),
        ("explain", &["explain", "F17"]),
        ("data", &["data"]),
    ];
    for (name, arguments) in runs {
        let mut all = arguments.to_vec();
        all.extend(["-o", "json"]);
        let run = folder.run(&all);
        assert_ne!(run.code, 2, "{arguments:?}: {}", run.stderr);
        let answer: Value = serde_json::from_str(run.stdout.trim()).unwrap();
        assert_eq!(schema_of(&answer), name);
        let mut answer = valid(answer);
        answer.as_object_mut().unwrap().insert("somethingElse".to_owned(), json!(1));
        assert!(!validators()[name].is_valid(&answer), "{name} takes a member that no answer has");
    }
    let run = folder.run(&["data", "models", "opus", "-o", "json"]);
    assert_eq!(schema_of(&parsed(&run.stdout)), "data");
}
