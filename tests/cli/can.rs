//! `can` and `who-can` as a program: answers, expectations, batches, and questions that cannot be asked.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::harness::{ACCOUNT, Folder, Run, corpus, details, finish, invoker, policy, program, reader, role};

fn arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// A role that may start instances of one team, in a boundary for another.
fn torn() -> Value {
    let allow = |team: &str| {
        json!({ "Sid": team, "Effect": "Allow", "Action": "ec2:*", "Resource": "*",
                "Condition": { "StringEquals": { "aws:ResourceTag/team": team } } })
    };
    let mut role = role("torn", &policy(&[allow("red")]));
    let boundary = format!("arn:aws:iam::{ACCOUNT}:policy/Blue");
    let value = json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary });
    role.as_object_mut().unwrap().insert("PermissionsBoundary".to_owned(), value);
    role
}

/// Three roles, and a boundary.
fn world() -> Folder {
    let folder = Folder::new();
    let mut details = details(&[invoker(), reader(), torn()]);
    let statement = json!({ "Sid": "Blue", "Effect": "Allow", "Action": "ec2:*", "Resource": "*",
        "Condition": { "StringEquals": { "aws:ResourceTag/team": "blue" } } });
    let policies = json!([{
        "PolicyName": "Blue", "PolicyId": "ANPAEXAMPLE", "Arn": format!("arn:aws:iam::{ACCOUNT}:policy/Blue"),
        "Path": "/", "DefaultVersionId": "v1", "AttachmentCount": 0, "IsAttachable": true,
        "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true, "Document": policy(&[statement]) }]
    }]);
    details.as_object_mut().unwrap().insert("Policies".to_owned(), policies);
    folder.write(&format!("accounts/{ACCOUNT}/authorization-details.json"), &details.to_string());
    folder
}

fn answers(value: &Value) -> BTreeMap<&str, &str> {
    value["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| (result["principal"].as_str().unwrap(), result["answer"].as_str().unwrap()))
        .collect()
}

fn lines(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(super::schemas::parsed).collect()
}

#[test]
fn allowed_comes_with_a_request_and_denied_with_its_grounds() {
    let folder = world();
    let run = folder.run(&["can", "role/invoker", "bedrock:InvokeModel"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    for text in [
        "allowed\n",
        "request     bedrock:InvokeModel",
        "(Sid Invoke)",
        "exit code 0",
        "Not covered",
        "organization.json",
    ] {
        assert!(run.stdout.contains(text), "no `{text}` in:\n{}", run.stdout);
    }
    let run = folder.run(&["can", &arn("torn"), "ec2:StartInstances"]);
    assert_eq!(run.code, 0);
    for text in [
        "denied for single requests",
        "(Sid red)",
        "(Sid Blue)",
        "permissions boundary",
        "authorization-details.json:1",
    ] {
        assert!(run.stdout.contains(text), "no `{text}` in:\n{}", run.stdout);
    }
    let run = folder.run(&["can", "role/torn", "ec2:StartInstances", "-o", "json"]);
    let value = run.json();
    assert_eq!(value["schemaVersion"], 1);
    let result = &value["results"][0];
    assert_eq!((&result["principal"], &result["answer"]), (&json!(arn("torn")), &json!("denied")));
    assert_eq!(result["reason"]["code"], "not-allowed");
    let grounds = result["reason"]["grounds"].as_array().unwrap();
    assert_eq!(
        (&grounds[0]["layer"], &grounds[1]["layer"]),
        (&json!("identity"), &json!("permissionsBoundary"))
    );
    assert_eq!(grounds[1]["statements"][0]["sid"], "Blue");
    assert!(result.get("witness").is_none());
    let run = folder.run(&["can", "role/invoker", "bedrock:InvokeModel", "-o", "json"]);
    let result = &run.json()["results"][0];
    assert_eq!(result["witness"]["requests"][0]["allowedBy"][0]["sid"], "Invoke");
    assert!(result.get("reason").is_none());
}

#[test]
fn an_expected_answer_decides_the_exit_code() {
    let folder = world();
    for (principal, expected, code) in [
        ("role/invoker", "allowed", 0),
        ("role/invoker", "denied", 1),
        ("role/reader", "denied", 0),
        ("role/reader", "allowed", 1),
    ] {
        let run = folder.run(&["can", principal, "bedrock:InvokeModel", "--expect", expected]);
        assert_eq!(run.code, code, "{principal} {expected}: {}", run.stdout);
        assert_eq!(run.stdout.contains("expected to be allowed"), code == 1);
    }
    // A bucket policy may allow it: neither answer, whatever is expected.
    for extra in [&[][..], &["--expect", "denied"], &["--expect", "allowed"]] {
        let mut arguments = vec!["can", "role/invoker", "s3:GetObject"];
        arguments.extend(extra);
        let run = folder.run(&arguments);
        assert_eq!(run.code, 3, "{}", run.stdout);
        assert!(
            run.stdout.starts_with("unknown") && run.stdout.contains("a policy of the resource"),
            "{}",
            run.stdout
        );
    }
    assert_eq!(folder.run(&["can", "role/reader", "s3:GetObject", "--expect", "allowed"]).code, 0);
    // No request is before the newest date of the world: an expectation of nothing is not fulfilled.
    let run = folder.run(&[
        "can",
        "role/reader",
        "bedrock:InvokeModel",
        "--context",
        "aws:CurrentTime=2026-01-01",
        "--context",
        "aws:PrincipalTag/x=y",
        "--expect",
        "denied",
    ]);
    assert_eq!(run.code, 0, "no policy names the action: {}", run.stdout);
    let run = folder.run(&[
        "can",
        "role/invoker",
        "bedrock:InvokeModel",
        "--context",
        "aws:CurrentTime=2026-01-01",
        "--expect",
        "denied",
    ]);
    assert_eq!(run.code, 3);
    assert!(run.stdout.starts_with("not applicable"), "{}", run.stdout);
}

#[test]
fn who_can_lists_those_who_can_first() {
    let folder = world();
    let run = folder.run(&["who-can", "bedrock:InvokeModel*"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.starts_with("Who can bedrock:InvokeModel*\n"), "{}", run.stdout);
    assert!(run.stdout.contains("4 principals: 2 allowed, 2 denied for single requests, 0 unknown"));
    let run = folder.run(&["who-can", "bedrock:InvokeModel", "-o", "json"]);
    let value = run.json();
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let (invoker, reader, torn) = (arn("invoker"), arn("reader"), arn("torn"));
    let expected = BTreeMap::from([
        (invoker.as_str(), "allowed"),
        (reader.as_str(), "denied"),
        (torn.as_str(), "denied"),
        (root.as_str(), "allowed"),
    ]);
    assert_eq!(answers(&value), expected);
    assert!(value["notCovered"].as_array().unwrap().len() > 2);
    assert_eq!(value["missing"][0]["input"], "organization.json");

    folder.write("two", &format!("# those who may\n\n{root}\n{invoker}\n"));
    folder.write("one", &format!("{invoker}\n"));
    folder.write("three", &format!("{invoker}\n{root}\n{reader}\n"));
    folder.write("gone", &format!("{invoker}\n{root}\n{}\n", arn("gone")));
    for (file, code, text) in [
        ("two", 0, ""),
        ("one", 1, "not expected to be allowed: arn:aws:iam::111122223333:root"),
        ("three", 1, "expected to be allowed: arn:aws:iam::111122223333:role/reader"),
        ("gone", 1, "expected to be allowed: arn:aws:iam::111122223333:role/gone"),
    ] {
        let run = folder.run(&["who-can", "bedrock:InvokeModel", "--expect", file]);
        assert_eq!(run.code, code, "{}", run.stdout);
        assert!(run.stdout.contains(text), "{}", run.stdout);
    }
    assert_eq!(folder.run(&["who-can", "bedrock:InvokeModel", "--expect-none"]).code, 1);
    let pinned = format!("aws:PrincipalArn={}", arn("reader"));
    assert_eq!(
        folder.run(&["who-can", "bedrock:InvokeModel", "--context", &pinned, "--expect-none"]).code,
        0
    );
    folder.write("words", "invoker\n");
    folder
        .run(&["who-can", "bedrock:InvokeModel", "--expect", "words"])
        .refused(&["`invoker` is no ARN", "words:1:1"]);
}

#[test]
fn pins_are_one_value_a_list_or_absent() {
    let allow = json!({ "Sid": "Tagged", "Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": "*",
        "Condition": { "ForAnyValue:StringEquals": { "aws:TagKeys": "cost" }, "StringEquals": { "aws:RequestTag/cost": "" } } });
    let folder = Folder::world(&[role("app", &policy(&[allow]))]);
    folder.write(&format!("accounts/{ACCOUNT}/resource-policies.json"), "{}");
    for (pins, code) in [
        (vec![], 0),
        (vec!["--context", "aws:TagKeys=team", "--context", "aws:TagKeys=cost"], 0),
        (vec!["--context", "aws:TagKeys=team"], 1),
        (vec!["--context-absent", "aws:TagKeys"], 1),
        // Empty is a value, and not absent.
        (vec!["--context", "aws:RequestTag/cost="], 0),
        (vec!["--context", "aws:RequestTag/cost=x"], 1),
        (vec!["--context-absent", "aws:RequestTag/cost"], 1),
    ] {
        let mut arguments = vec!["can", "role/app", "sqs:CreateQueue", "--expect", "allowed"];
        arguments.extend(&pins);
        let run = folder.run(&arguments);
        assert_eq!(run.code, code, "{pins:?}: {}", run.stdout);
    }
    let run = folder.run(&["can", "role/app", "sqs:CreateQueue", "--context", "aws:TagKey=x"]);
    assert!(
        run.stderr
            .contains("the key `aws:TagKey` is not one that AWS documents; the nearest are aws:TagKeys")
    );
    let quiet = folder.run(&["can", "role/app", "sqs:CreateQueue", "--context", "aws:TagKey=x", "-q"]);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn a_batch_answers_the_good_lines_and_names_the_bad_ones() {
    let folder = world();
    folder.write(
        "questions.jsonl",
        concat!(
            r#"{"name":"a","action":"bedrock:InvokeModel"}"#,
            "\n\n",
            r#"{"name":"b","action":"bedrock:UpdateModel"}"#,
            "\n",
            r#"{"name":"c","acti"#,
            "\n",
            r#"{"name":"d","action":"ec2:StartInstances","context":{"aws:ResourceTag/team":"red","aws:SourceVpce":null}}"#,
            "\n",
            r#"{"name":"e"}"#,
            "\n",
        ),
    );
    let run = folder.run(&["who-can", "--batch", "questions.jsonl"]);
    assert_eq!(run.code, 2);
    let found = lines(&run);
    let names: Vec<&Value> = found.iter().map(|line| &line["name"]).collect();
    assert_eq!(names, [&json!("a"), &json!("b"), &Value::Null, &json!("d"), &json!("e")]);
    assert_eq!(answers(&found[0]).values().filter(|answer| **answer == "allowed").count(), 2);
    assert!(
        found[1]["error"]
            .as_str()
            .unwrap()
            .contains("no such action: `bedrock:UpdateModel` (the nearest are ")
    );
    assert!(found[2]["error"].as_str().unwrap().contains("questions.jsonl:4:"));
    assert_eq!(answers(&found[3])[arn("torn").as_str()], "denied");
    assert!(found[4]["error"].as_str().unwrap().contains("the question has no `action`"));

    folder.write(
        "can.jsonl",
        concat!(
            r#"{"name":"a","principal":"role/invoker","action":"bedrock:InvokeModel"}"#,
            "\n",
            r#"{"name":"b","principal":"role/reader","action":"bedrock:InvokeModel","expected":"denied"}"#,
        ),
    );
    let run = folder.run(&["can", "--batch", "can.jsonl"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("the member `expected` says nothing to a question"));
    let found: Vec<String> =
        lines(&run).iter().map(|line| line["results"][0]["answer"].as_str().unwrap().to_owned()).collect();
    assert_eq!(found, ["allowed", "denied"]);
    assert_eq!(folder.run(&["can", "--batch", "can.jsonl", "--expect", "denied"]).code, 1);
    assert_eq!(lines(&folder.run(&["can", "--batch", "questions.jsonl"])).len(), 5);
    let text = folder.run(&["can", "--batch", "can.jsonl", "-o", "text"]);
    assert!(
        text.stdout.starts_with("a: allowed\n") && text.stdout.contains("\nb: denied for single requests\n")
    );

    folder.write("empty.jsonl", "\n");
    folder.run(&["who-can", "--batch", "empty.jsonl"]).refused(&["there is no question in it"]);
    folder.run(&["who-can", "--batch", "missing.jsonl"]).refused(&["this file does not exist"]);
    let run = folder.run_with_input(&["who-can", "--batch", "-"], r#"{"action":"bedrock:InvokeModel"}"#);
    assert_eq!((run.code, &lines(&run)[0]["name"]), (0, &json!("")));
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let folder = world();
    for (arguments, texts) in [
        (
            vec!["can", "role/nobody", "bedrock:InvokeModel"],
            vec!["no principal `role/nobody`", "role/invoker"],
        ),
        (vec!["can", "role/invoker", "bedrock:UpdateModel"], vec!["no such action", "bedrock:Update"]),
        (vec!["who-can", "bedrock:UpdateModel"], vec!["no such action"]),
        (
            vec!["who-can", "bedrock:InvokeModel", "arn:aws:s3:::x"],
            vec!["cannot be asked about", "foundation-model/${ResourceId}"],
        ),
        (vec!["who-can", "s3:ListAllMyBuckets", "arn:aws:s3:::x"], vec!["`*` only"]),
        (
            vec![
                "who-can",
                "s3:GetObject",
                "--context",
                "aws:SourceIp=x",
                "--context",
                "aws:SecureTransport=x",
            ],
            vec!["aws:SourceIp", "aws:SecureTransport"],
        ),
        (vec!["who-can", "s3:GetObject", "--context", "aws:SourceIp"], vec!["KEY=VALUE"]),
        (vec!["who-can", "s3:GetObject", "--as-of", "2126-01-01"], vec!["later than this machine's clock"]),
        (vec!["who-can", "s3:GetObject", "--world", "nowhere"], vec!["nowhere"]),
        (vec!["who-can"], vec!["ACTION"]),
        (vec!["can", "role/invoker"], vec!["ACTION"]),
        (vec!["who-can", "s3:GetObject", "--expect-none", "--expect", "f"], vec!["cannot be used with"]),
    ] {
        folder.run(&arguments).refused(&texts);
    }
}

#[test]
fn the_sample_organisation_answers_on_one_screen() {
    let world = corpus("organizations/acme");
    let run = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(["--world", world.to_str().unwrap()]);
        finish(&program().args(&all).output().unwrap())
    };
    for action in ["iam:PassRole", "bedrock:InvokeModel", "s3:Get*"] {
        let text = run(&["who-can", action]).stdout;
        let details = text.lines().position(|line| line == "Allowed").unwrap();
        assert!(details <= 24, "the details start at line {details}");
        assert!(text.lines().take(details).any(|line| line.contains("Exit code")));
        let bare = text.replace("denied for single requests", "").replace("denied by", "");
        assert!(!bare.lines().take(2).any(|line| line.contains("denied")), "{bare}");
    }
    let arguments = ["who-can", "iam:PassRole", "-o", "json", "--threads"];
    let threads = |count| run(&[&arguments[..], &[count]].concat()).stdout;
    assert_eq!(threads("1"), threads("4"));
}

#[test]
fn the_documentation_shows_real_answers() {
    let documentation = std::fs::read_to_string(corpus("../docs/cli.md")).unwrap();
    let run = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(["--world", "corpus/organizations/acme"]);
        finish(&program().current_dir(corpus("..")).args(&all).output().unwrap()).stdout
    };
    let shown = |line: &str| assert!(documentation.contains(line), "docs/cli.md does not show:\n{line}");
    let opus = "arn:aws:bedrock:*::foundation-model/anthropic.claude-opus-*";
    let single = run(&["can", "role/report-writer", "bedrock:InvokeModel", opus]);
    let list = run(&["who-can", "bedrock:InvokeModelWithResponseStream", opus]);
    let answer = single.lines().take_while(|line| !line.starts_with("Not covered"));
    let screen = list.lines().take_while(|line| !line.starts_with("Allowed"));
    let kept = |line: &&str| {
        ["Who can", "100 principals", "denied  ", "and 3 more"].iter().any(|part| line.contains(part))
    };
    let lines: Vec<&str> = answer.chain(screen.filter(kept)).filter(|line| !line.is_empty()).collect();
    assert!(lines.len() > 10, "{lines:?}");
    for line in lines {
        shown(&format!("    {line}"));
    }
}

fn ask(world: &str, arguments: &[&str]) -> Run {
    let folder = corpus("worlds").join(world);
    let mut all = arguments.to_vec();
    all.extend(["--world", folder.to_str().unwrap(), "--quiet"]);
    finish(&program().args(all).output().unwrap())
}

#[test]
fn what_a_policy_of_the_resource_allows_is_said_to_be_allowed_by_it() {
    let domain = "arn:aws:es:us-east-1:111122223333:domain/d";
    let run = ask("grants-of-one-type-among-several", &["who-can", "es:ListTags", domain]);
    let by_domain = format!("allowed by resource policy of {domain}, statement 0");
    assert!(run.stdout.contains(&by_domain), "{}", run.stdout);
    // The root user needs none, and is alone in that.
    let needs_none = "1 principal: no policy: none is needed";
    assert!(run.stdout.contains(needs_none), "{}", run.stdout);
    let queue = "arn:aws:sqs:us-east-1:111122223333:jobs";
    let run = ask("policies-of-resources", &["who-can", "sqs:SendMessage", queue]);
    assert!(run.stdout.contains(&format!("allowed by resource policy of {queue}")), "{}", run.stdout);
}

#[test]
fn words_are_not_doubled_and_only_points_are_undocumented() {
    let all = "arn:aws:iam::111122223333:role/all";
    let deleting = ["can", all, "s3:DeleteObject", "arn:aws:s3:::reports-of-one/x"];
    let text = ask("policies-of-resources", &deleting);
    let object = ask("policies-of-resources", &[&deleting[..], &["-o", "json"]].concat()).json();
    let reason = object["results"][0]["reason"]["text"].as_str().unwrap().to_owned();
    for text in [text.stdout, reason] {
        assert!(text.contains("denied by resource policy of arn:aws:s3:::reports-of-one"), "{text}");
        assert!(!text.contains("resource policy resource policy"), "{text}");
    }
    let root = "arn:aws:iam::111122223333:root";
    for (world, principal, action, words, undocumented) in [
        (
            "sessions-of-member-root-users",
            root,
            "iam:DeleteAccessKey",
            "makes a session of the root user",
            false,
        ),
        (
            "root-sessions-of-unknown-accounts",
            "user/one",
            "sts:AssumeRoot",
            "the organisation of the account",
            false,
        ),
        ("owner-of-a-resource", "user/of-two", "s3:GetObject", "what AWS leaves undocumented: F47", true),
    ] {
        let run = ask(world, &["can", principal, action]);
        assert!(run.stdout.starts_with("unknown") && run.stdout.contains(words), "{}", run.stdout);
        assert_eq!(run.stdout.contains("undocumented"), undocumented, "{}", run.stdout);
    }
}
