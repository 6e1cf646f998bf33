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
        let answers: Vec<Value> = run.stdout.lines().map(super::schemas::parsed).collect();
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
    Allow permissionsBoundary[0], statement 0, at case.json:5: does not match
            Action ec2:* does not match s3:GetObject
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
    let answers: Vec<Value> = run.stdout.lines().map(super::schemas::parsed).collect();
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
fn statements_that_do_not_match_say_why() {
    let folder = Folder::new();
    folder.write(
        "case.json",
        r#"{"name": "why", "request": {"principal": "arn:aws:iam::111122223333:user/anna",
          "action": "s3:GetObject", "resource": "arn:aws:s3:::data/x", "resourceAccount": "111122223333",
          "context": {"aws:RequestedRegion": "us-east-1"}},
          "policies": {"identity": [{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:username}/*",
             "Condition": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-west-2"], "aws:SourceVpc": "vpc-1"}}},
            {"Effect": "Deny", "NotAction": ["s3:Get*", "a:1", "a:2", "a:3", "a:4", "a:5"], "Resource": "*"}]}],
          "serviceControl": [{"target": "r-ab12", "policies": [
            {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}]}],
          "resource": {"Version": "2012-10-17", "Statement": [
            {"Sid": "Anna", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/anna"}, "Action": "s3:GetObject", "Resource": "*"},
            {"Effect": "Deny", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "*", "Resource": "*"}]}}}"#,
    );
    let run = folder.run(&["simulate", "case.json"]);
    let expected = "\
why: Allow
  request   s3:GetObject on arn:aws:s3:::data/x
  by        arn:aws:iam::111122223333:user/anna
  identity policy: does not allow
    Allow identity[0], statement 0, at case.json:5: does not match
            Resource arn:aws:s3:::home/${aws:username}/* (= arn:aws:s3:::home/anna/*) does not match arn:aws:s3:::data/x
            StringEquals aws:RequestedRegion eu-west-1, eu-west-2: the request has us-east-1
            StringEquals aws:SourceVpc vpc-1: the request lacks the key
    Deny  identity[0], statement 1, at case.json:7: does not match
            NotAction s3:Get*, a:1, a:2, a:3, 2 more excludes s3:GetObject
  service control policy at r-ab12: allows
    Allow serviceControl[0].policies[0], statement 0, at case.json:9
  resource policy: allows
    Allow resource, statement 0 (Sid Anna), at case.json:11, by this user
    Deny  resource, statement 1, at case.json:12: does not match
            Principal ec2.amazonaws.com does not match arn:aws:iam::111122223333:user/anna
";
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, expected, ""));
    // JSON has the same under `trace`, and only if asked.
    let plain = folder.run(&["simulate", "case.json", "-o", "json"]);
    assert!(!plain.stdout.contains("trace"), "{}", plain.stdout);
    let traced = folder.run(&["simulate", "case.json", "-o", "json", "--trace"]);
    let answer: Value = super::schemas::parsed(&traced.stdout);
    let mut without = answer.as_object().unwrap().clone();
    without.remove("trace");
    assert_eq!(Value::Object(without), serde_json::from_str::<Value>(&plain.stdout).unwrap());
    let layers = answer["trace"]["layers"].as_array().unwrap();
    let types: Vec<&str> = layers.iter().map(|layer| layer["policyType"].as_str().unwrap()).collect();
    assert_eq!(types, ["identity", "serviceControl", "resource"]);
    let mismatches = &layers[0]["statements"][0]["mismatches"];
    assert_eq!(mismatches[0]["element"], "Resource");
    assert_eq!(mismatches[0]["values"][0]["replaced"], "arn:aws:s3:::home/anna/*");
    assert_eq!(mismatches[1]["key"], "aws:RequestedRegion");
    assert_eq!(mismatches[1]["request"], serde_json::json!(["us-east-1"]));
    assert_eq!(mismatches[2]["request"], Value::Null);
    assert_eq!(layers[2]["statements"][0]["namedAs"], "this user");
    assert_eq!(layers[2]["statements"][0]["matches"], true);
}

#[test]
fn a_call_that_passes_tags_shows_its_other_check() {
    let folder = Folder::new();
    folder.write(
        "case.json",
        r#"{"name": "tags", "request": {"principal": "arn:aws:iam::111122223333:user/anna",
          "action": "sts:AssumeRole", "resource": "arn:aws:iam::111122223333:role/deploy",
          "context": {"aws:TagKeys": ["team"], "aws:RequestTag/team": "blue"}},
          "policies": {"resource": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/anna"}, "Action": "sts:AssumeRole"}]}}}"#,
    );
    let run = folder.run(&["simulate", "case.json"]);
    assert!(run.stdout.starts_with("tags: Allow\n"), "{}", run.stdout);
    let also = "  also      sts:TagSession on the same resource, a check of the same call: ImplicitDeny\n";
    assert!(run.stdout.contains(also), "{}", run.stdout);
    let traced = folder.run(&["simulate", "case.json", "-o", "json", "--trace"]);
    let answer: Value = super::schemas::parsed(&traced.stdout);
    assert_eq!(
        answer["trace"]["furtherChecks"],
        serde_json::json!([{"action": "sts:TagSession", "decision": "ImplicitDeny"}])
    );
}

#[test]
fn every_type_of_policy_can_be_given_by_options() {
    let folder = Folder::new();
    let statement = |name: &str, text: &str| {
        folder.write(name, &format!(r#"{{"Version": "2012-10-17", "Statement": {{{text}}}}}"#));
    };
    statement("full.json", r#""Effect": "Allow", "Action": "*", "Resource": "*""#);
    statement("ec2.json", r#""Effect": "Allow", "Action": "ec2:*", "Resource": "*""#);
    statement("open.json", r#""Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*""#);
    statement(
        "partner.json",
        r#""Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "s3:GetObject", "Resource": "*""#,
    );
    statement(
        "account.json",
        r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "*", "Resource": "*""#,
    );
    statement("control.json", r#""Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*""#);
    statement(
        "trust.json",
        r#""Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/anna"}, "Action": "sts:AssumeRole""#,
    );
    let anna = "arn:aws:iam::111122223333:user/anna";
    let decided = |caller: &str, more: &str| {
        let mut arguments = vec!["simulate", "-o", "json", "--caller-arn", caller];
        if !more.contains("--action-names") {
            arguments.extend(["--action-names", "s3:GetObject", "--resource-arns", "arn:aws:s3:::data/x"]);
            arguments.extend(["--resource-owner", "111122223333"]);
        }
        arguments.extend(more.split_whitespace());
        let run = folder.run(&arguments);
        assert_eq!(run.code, 0, "{more}: {}", run.stderr);
        let answer: Value = super::schemas::parsed(run.stdout.lines().next().unwrap());
        answer["decision"].as_str().unwrap().to_owned()
    };
    let partner = "arn:aws:iam::444455556666:user/p";
    for (caller, more, expected) in [
        (anna, "--policy-input-list full.json", "Allow"),
        (
            anna,
            "--policy-input-list full.json --permissions-boundary-policy-input-list ec2.json",
            "ImplicitDeny",
        ),
        (anna, "--policy-input-list full.json --session-policy-input-list ec2.json", "ImplicitDeny"),
        (anna, "--policy-input-list full.json --service-control full.json ec2.json", "ImplicitDeny"),
        (anna, "--policy-input-list full.json --resource-control control.json", "ExplicitDeny"),
        (anna, "--resource-policy open.json", "Allow"),
        (anna, "--resource-policy partner.json", "ImplicitDeny"),
        (partner, "--policy-input-list full.json --resource-policy partner.json", "Allow"),
        (partner, "--resource-policy partner.json", "ImplicitDeny"),
        (partner, "--policy-input-list full.json --resource-policy open.json", "Allow"),
        (
            partner,
            "--policy-input-list full.json --resource-policy open.json --block-public-access",
            "ImplicitDeny",
        ),
        ("anonymous", "--resource-policy open.json", "Allow"),
        ("s3.amazonaws.com", "--resource-policy partner.json", "ImplicitDeny"),
        (anna, "--policy-input-list full.json --vpc-endpoint-policy open.json", "Allow"),
        (anna, "--policy-input-list full.json --vpc-endpoint-policy account.json", "ImplicitDeny"),
        (
            anna,
            "--policy-input-list full.json --vpc-endpoint-policy account.json --vpc-endpoint-type interface",
            "Allow",
        ),
        (
            anna,
            "--action-names sts:AssumeRole --resource-arns arn:aws:iam::111122223333:role/r --resource-policy trust.json",
            "Allow",
        ),
    ] {
        assert_eq!(decided(caller, more), expected, "{caller} {more}");
    }
    let mixed = [
        "simulate",
        "--caller-arn",
        anna,
        "--action-names",
        "sts:AssumeRole",
        "iam:GetRole",
        "--resource-arns",
        "arn:aws:iam::111122223333:role/r",
        "--resource-policy",
        "trust.json",
    ];
    folder.run(&mixed).refused(&["cannot be a trust policy"]);
}

#[test]
fn a_role_without_its_trust_policy_has_no_decision() {
    let folder = Folder::new();
    let text = CASE
        .replace("s3:GetObject", "sts:AssumeRole")
        .replace("arn:aws:s3:::data/x", "arn:aws:iam::111122223333:role/r");
    folder.write("case.json", &text);
    let run = folder.run(&["simulate", "case.json"]);
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("the decision depends on the role's trust policy, which is not given"),
        "{}",
        run.stdout
    );
}

#[test]
fn members_that_say_nothing_are_named_at_every_level() {
    let folder = Folder::new();
    let case = r#"{"request": {"principal": "arn:aws:iam::111122223333:user/anna", "action": "s3:GetObject",
  "resource": "arn:aws:s3:::data/x", "resourceacount": "444455556666"},
  "policies": {"serviceControl": [{"target": "r-ab12", "policies": [], "Policies": []}]},
  "settings": {"s3BlockPublicAcces": true}, "why": "x"}"#;
    folder.write("case.json", case);
    let run = folder.run(&["simulate", "case.json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for (text, place) in [
        ("`resourceacount` of `request`", "case.json:2:"),
        ("`Policies` of `serviceControl[0]`", "case.json:3:"),
        ("`s3BlockPublicAcces` of `settings`", "case.json:4:"),
        ("the member `why` says nothing", "case.json:4:"),
    ] {
        assert!(run.stderr.contains(text) && run.stderr.contains(place), "{text}: {}", run.stderr);
    }
    assert_eq!(run.stderr.matches("says nothing to the simulation").count(), 4, "{}", run.stderr);
    assert_eq!(run.stderr.matches("the members are").count(), 3, "{}", run.stderr);
    let right = case.replace("resourceacount", "resourceAccount").replace("Acces\"", "Access\"");
    let right = right.replace(", \"Policies\": []", "").replace(", \"why\": \"x\"", "");
    folder.write("case.json", &right);
    assert_eq!(folder.run(&["simulate", "case.json"]).stderr, "");
}

#[test]
fn an_action_that_nobody_knows_is_named_with_the_nearest() {
    let folder = Folder::new();
    let case = CASE.replace('\n', " ");
    let wrong = case.replace("s3:GetObject", "s3:GetObjcet");
    folder.write("cases.jsonl", &format!("{case}\n{wrong}\n{wrong}\n"));
    let run = folder.run(&["simulate", "--batch", "cases.jsonl"]);
    assert_eq!((run.code, run.stdout.lines().count()), (0, 3));
    assert_eq!(run.stderr.matches("the catalogue has no action `s3:GetObjcet`").count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("cases.jsonl:2:") && run.stderr.contains("`s3:GetObject`"), "{}", run.stderr);
    let options = ["simulate", "--caller-arn", "arn:aws:iam::111122223333:user/anna", "--action-names"];
    let run = folder.run(&[&options[..], &["s3:GetObjcet", "S3:getobject"]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stderr.matches("no action").count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("the nearest is `s3:GetObject`"), "{}", run.stderr);
}
