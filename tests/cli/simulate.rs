//! `ringfence simulate`.

use std::fs;

use serde_json::Value;

use super::harness::{Folder, corpus, finish, program};

const CASE: &str = r#"{"name": "one", "request": {"principal": "arn:aws:iam::111122223333:user/anna",
  "action": "s3:GetObject", "resource": "arn:aws:s3:::data/x"},
  "policies": {"identity": [{"Version": "2012-10-17", "Statement": [
    {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}],
  "permissionsBoundary": [{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}}]}}"#;

#[test]
fn the_corpus_gets_its_expected_answers_in_its_order() {
    let mut compared = 0;
    let mut files: Vec<_> =
        fs::read_dir(corpus("simulate")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let run = finish(&program().args(["simulate", "--batch", file.to_str().unwrap()]).output().unwrap());
        let text = fs::read_to_string(&file).unwrap();
        let answers: Vec<Value> =
            run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(answers.len(), cases.len(), "{}", file.display());
        for (case, answer) in cases.iter().zip(&answers) {
            assert_eq!(case.get("name"), answer.get("name"));
            assert_eq!(case.get("expected"), answer.get("decision"), "{answer}");
            let open = case.get("open").cloned().unwrap_or_else(|| Value::Array(Vec::new()));
            assert_eq!(Some(&open), answer.get("uncertain"), "{answer}");
            compared += 1;
        }
        assert_eq!(run.code, 0, "{}", file.display());
    }
    assert!(compared >= 310, "{compared}");
}

#[test]
fn one_case_is_explained_layer_by_layer() {
    let folder = Folder::new();
    folder.write("case.json", CASE);
    let expected = "\
one: ImplicitDeny
  request   s3:GetObject on arn:aws:s3:::data/x
  by        arn:aws:iam::111122223333:user/anna
  identity policy: allows
    Allow identity[0], statement 0 (Sid Read), at case.json:4
  permissions boundary: does not allow, so nothing else can
";
    let run = folder.run(&["simulate", "case.json"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, expected, ""));
    assert_eq!(
        folder.run_with_input(&["simulate", "-"], CASE).stdout,
        expected.replace("case.json", "<stdin>")
    );
    let json = folder.run(&["simulate", "case.json", "-o", "json"]);
    assert_eq!(
        json.stdout,
        "{\"name\":\"one\",\"decision\":\"ImplicitDeny\",\"deciding\":[],\"uncertain\":[]}\n"
    );
}

#[test]
fn an_unexpected_decision_is_one() {
    let folder = Folder::new();
    folder.write("case.json", CASE);
    assert_eq!(folder.run(&["simulate", "case.json", "--expect", "ImplicitDeny"]).code, 0);
    let run = folder.run(&["simulate", "case.json", "--expect", "allow"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("expected  Allow"), "{}", run.stdout);
    folder.run(&["simulate", "case.json", "--expect", "Maybe"]).refused(&["no decision"]);
}

#[test]
fn a_case_that_cannot_be_read_does_not_stop_the_others() {
    let folder = Folder::new();
    let good = CASE.replace('\n', "");
    let lines = format!("{good}\n{{\"name\": \"bad\"}}\nnot json\n\n{good}");
    let run = folder.run_with_input(&["simulate", "--batch", "-"], &lines);
    assert_eq!(run.code, 2);
    let answers: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 4);
    let decisions: Vec<bool> = answers.iter().map(|answer| answer.get("decision").is_some()).collect();
    assert_eq!(decisions, [true, false, false, true]);
    let error = |index: usize| answers.get(index).and_then(|answer| answer.get("error")?.as_str()).unwrap();
    assert!(error(1).contains("<stdin>:2:1"), "{}", error(1));
    assert!(error(2).contains("<stdin>:3:1"), "{}", error(2));
    assert_eq!(answers.get(1).and_then(|answer| answer.get("name")), Some(&Value::from("bad")));
    // An error is worse than an unexpected decision.
    let run = folder.run_with_input(&["simulate", "--batch", "-", "--expect", "Allow"], &lines);
    assert_eq!(run.code, 2);
    folder.run_with_input(&["simulate", "--batch", "-"], "\n").refused(&["there is no case"]);
    folder.write("all.jsonl", &format!("{good}\n{good}\n"));
    folder.run(&["simulate", "all.jsonl"]).refused(&["--batch"]);
}

#[test]
fn options_ask_every_action_on_every_resource() {
    let folder = Folder::new();
    folder.write(
        "policy.json",
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*",
            "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}]}"#,
    );
    let run = folder.run(&[
        "simulate",
        "--caller-arn",
        "arn:aws:iam::111122223333:user/anna",
        "--policy-input-list",
        "file://policy.json",
        "--action-names",
        "s3:GetObject",
        "s3:PutObject",
        "--resource-arns",
        "arn:aws:s3:::a/x",
        "arn:aws:s3:::b/x",
        "--context-entries",
        "aws:SourceIp=192.0.2.7",
        "-o",
        "json",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let decisions: Vec<String> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["decision"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(decisions, ["Allow", "ImplicitDeny", "ImplicitDeny", "ImplicitDeny"]);
}

#[test]
fn options_that_do_not_make_a_request_are_refused() {
    let folder = Folder::new();
    folder.run(&["simulate"]).refused(&["nobody makes the request", "--caller-arn"]);
    let caller = ["simulate", "--caller-arn", "arn:aws:iam::111122223333:user/anna"];
    folder.run(&caller).refused(&["no action is named"]);
    let with = |more: &[&str]| folder.run(&[&caller[..], more].concat());
    with(&["--action-names", "s3:*"]).refused(&["not one action"]);
    with(&["--action-names", "s3:GetObject", "--resource-arns", "bucket"]).refused(&["no ARN"]);
    with(&["--action-names", "s3:GetObject", "--policy-input-list", "a.json", "b.json"])
        .refused(&["a.json:1:1", "b.json:1:1"]);
    with(&["--action-names", "s3:GetObject", "--context-entries", "SourceIp"]).refused(&["KEY=VALUE"]);
    let role =
        ["simulate", "--caller-arn", "arn:aws:iam::111122223333:role/app", "--action-names", "s3:GetObject"];
    folder.run(&role).refused(&["a role acts by a session"]);
    let both = ["simulate", "case.json", "--caller-arn", "x"];
    assert_eq!(folder.run(&both).code, 2);
}

#[test]
fn policies_of_a_type_that_comes_later_are_an_error_that_says_so() {
    let folder = Folder::new();
    let endpoint = r#""policies": {"vpcEndpoint": [{"Version": "2012-10-17", "Statement":
        {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}], "#;
    let text = CASE.replace("\"policies\": {", endpoint).replace("ec2:*", "s3:*");
    folder.write("case.json", &text);
    let run = folder.run(&["simulate", "case.json"]);
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
    assert!(
        format!("{}{}", run.stdout, run.stderr).contains("not evaluated yet"),
        "{}{}",
        run.stdout,
        run.stderr
    );
}
