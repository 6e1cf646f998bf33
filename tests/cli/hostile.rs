//! Input that is broken, hostile or huge: a clear error or an answer, never a crash, a hang, or "proved".

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::harness::{ACCOUNT, Folder, details, policy, reader, role};

const DETAILS: &str = "accounts/111122223333/authorization-details.json";
/// Far above what any of these takes, and below a hang.
const LIMIT: Duration = Duration::from_mins(10);

#[test]
fn files_that_are_no_export_are_refused_with_a_place() {
    let whole = details(&[reader()]).to_string();
    let truncated = whole.get(..whole.len() / 2).unwrap();
    let duplicate = whole.replace("\"Sid\":\"Read\"", "\"Sid\":\"Read\",\"Sid\":\"Read\"");
    let cases: [(&str, &[&str]); 14] = [
        ("", &["the file is empty", "get-account-authorization-details"]),
        (truncated, &["authorization-details.json:1:"]),
        (&duplicate, &["the key `Sid` stands twice"]),
        ("[]", &["this is not the answer of get-account-authorization-details"]),
        ("3", &["this is not the answer"]),
        ("null", &["this is not the answer"]),
        ("{\"Users\": []}", &["aws iam list-users", "get-account-authorization-details"]),
        ("{\"RoleDetailList\": 3}", &["RoleDetailList"]),
        ("{\"RoleDetailList\": [3]}", &["authorization-details.json:1"]),
        ("{\"RoleDetailList\": [], \"IsTruncated\": true}", &["incomplete"]),
        ("user,arn,user_creation_time\n", &["credential report"]),
        ("<html></html>", &["XML or HTML"]),
        (
            "{\"UserDetailList\": [], \"GroupDetailList\": [], \"RoleDetailList\": [], \"Policies\": []}",
            &["nothing to check"],
        ),
        ("{\"a\": \"\\ud800\"}", &["authorization-details.json:1"]),
    ];
    let folder = Folder::new();
    for (text, messages) in cases {
        folder.write(DETAILS, text);
        folder.run(&["check"]).refused(messages);
    }
    std::fs::write(folder.path().join(DETAILS), [0xff, 0xfe, b'{']).unwrap();
    folder.run(&["check"]).refused(&["authorization-details.json"]);
    folder.write(DETAILS, &"[".repeat(200_000));
    folder.run(&["check"]).refused(&["authorization-details.json:1"]);
}

#[test]
fn places_that_hold_no_world_are_refused() {
    let folder = Folder::new();
    folder.run(&["check"]).refused(&["accounts", "--authorization-details"]);
    folder.run(&["check", "nowhere"]).refused(&["there is no such folder"]);
    folder
        .run(&["check", "--authorization-details", "none.json"])
        .refused(&["none.json:1:1", "does not exist"]);
    folder.run(&["check", "--authorization-details", "."]).refused(&["a folder"]);
    std::fs::create_dir(folder.path().join("accounts")).unwrap();
    folder.run(&["check"]).refused(&["holds no account"]);
}

#[test]
fn what_a_policy_may_not_hold_is_refused_at_its_statement() {
    let statements: [(Value, &[&str]); 6] = [
        (json!({ "Effect": "Maybe", "Action": "*", "Resource": "*" }), &["Effect", "statement 0"]),
        (json!({ "Effect": "Allow", "Action": 3, "Resource": "*" }), &["Action", "statement 0"]),
        (json!({ "Effect": "Allow", "Actions": "*", "Resource": "*" }), &["`Actions`", "statement 0"]),
        (
            json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "StringSounds": { "aws:username": "a" } } }),
            &["StringSounds"],
        ),
        (json!({ "Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*" }), &["NotAction"]),
        (json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*" }), &["Principal"]),
    ];
    for (statement, messages) in statements {
        let folder = Folder::world(&[role("app", &policy(&[statement]))]);
        folder.run(&["check"]).refused(messages);
    }
}

#[test]
fn a_policy_that_is_named_and_absent_is_an_error() {
    let mut broken = reader();
    let arn = format!("arn:aws:iam::{ACCOUNT}:policy/gone");
    broken["PermissionsBoundary"] =
        json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn });
    let folder = Folder::world(&[broken]);
    folder.run(&["check"]).refused(&[&format!("`{arn}`"), "not in the export"]);
}

#[test]
fn wildcards_that_blow_up_naive_matchers_are_decided() {
    let started = Instant::now();
    let deny = json!({
        "Effect": "Deny", "Action": "bedrock:*",
        "Resource": ["*a????????????", "*a*a*a*a*a*b", "*?*?*?*?*?*?*?*?*?*?*?*?*zz"]
    });
    let allow = json!({ "Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*a*a*a*a*a*b*" });
    let all = json!({ "Effect": "Allow", "Action": "bedrock:*", "Resource": "*" });
    let folder =
        Folder::world(&[role("stars", &policy(&[deny.clone(), allow])), role("all", &policy(&[deny, all]))]);
    let run = folder.run(&["check"]);
    // Most models end otherwise, so `all` can invoke an expensive one.
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
}

#[test]
fn ten_thousand_statements_are_decided() {
    let started = Instant::now();
    let mut statements: Vec<Value> = (0..10_000)
        .map(|number| {
            json!({
                "Effect": if number % 7 == 0 { "Deny" } else { "Allow" },
                "Action": "s3:Get*",
                "Resource": format!("arn:aws:s3:::bucket-{number}/*")
            })
        })
        .collect();
    statements.push(json!({ "Effect": "Allow", "Action": "bedrock:Invoke*", "Resource": "*" }));
    let folder = Folder::world(&[role("many", &policy(&statements))]);
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
}

#[test]
fn ten_thousand_statements_about_one_question_are_decided() {
    let on = |model: String| {
        json!({
            "Effect": "Allow",
            "Action": "bedrock:InvokeModel",
            "Resource": format!("arn:aws:bedrock:*::foundation-model/{model}")
        })
    };
    let mut statements: Vec<Value> = (0..10_000).map(|number| on(format!("x{number}*"))).collect();
    let none = role("none", &policy(&statements));
    statements.insert(7_000, on("anthropic.claude-*".to_owned()));
    let folder = Folder::world(&[none, role("one", &policy(&statements))]).with_empty_lists();
    let run = folder.run(&["check"]);
    // The root user and one role may, by statement 7000 (counted from 0); the other may not.
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("expensive-models   refuted: 2 violating, 1 proved"), "{}", run.stdout);
    assert!(run.stdout.contains("statement 7000,"), "{}", run.stdout);
}

#[test]
fn a_policy_of_ten_megabytes_is_decided() {
    let started = Instant::now();
    let resources: Vec<String> =
        (0..100_000).map(|number| format!("arn:aws:s3:::{}-{number}/*", "b".repeat(80))).collect();
    let statement = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": resources });
    let invoke = json!({ "Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*" });
    let folder = Folder::world(&[role("large", &policy(&[statement, invoke]))]);
    assert!(std::fs::metadata(folder.path().join(DETAILS)).unwrap().len() > 10_000_000);
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
}

#[test]
fn a_large_file_with_an_error_shows_only_the_place() {
    let text = details(&[reader()])
        .to_string()
        .replace("s3:GetObject", &format!("s3:{}\",3,\"", "x".repeat(3_000_000)));
    let folder = Folder::world(&[reader()]);
    folder.write(DETAILS, &text);
    let run = folder.run(&["check"]);
    run.refused(&["authorization-details.json:1:"]);
    assert!(run.stderr.len() < 100_000, "{} bytes", run.stderr.len());
}

fn organization(units: &Value, account_parent: &str) -> String {
    json!({
        "Organization": {
            "Id": "o-exampleorg", "Arn": "arn:aws:organizations::999988887777:organization/o-exampleorg",
            "FeatureSet": "ALL", "MasterAccountId": "999988887777"
        },
        "Roots": [{ "Id": "r-ab12", "Name": "Root", "PolicyTypes": [{ "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" }] }],
        "OrganizationalUnits": units,
        "Accounts": [
            { "Id": ACCOUNT, "Name": "app", "Status": "ACTIVE", "ParentId": account_parent },
            { "Id": "999988887777", "Name": "management", "Status": "ACTIVE", "ParentId": "r-ab12" }
        ],
        "Policies": []
    })
    .to_string()
}

#[test]
fn an_organisation_must_be_a_tree() {
    let folder = Folder::world(&[reader()]);
    let cycle = json!([
        { "Id": "ou-ab12-aaaaaaaa", "Name": "A", "ParentId": "ou-ab12-bbbbbbbb" },
        { "Id": "ou-ab12-bbbbbbbb", "Name": "B", "ParentId": "ou-ab12-aaaaaaaa" }
    ]);
    folder.write("organization.json", &organization(&cycle, "ou-ab12-aaaaaaaa"));
    folder.run(&["check"]).refused(&["organization.json", "cycle"]);
    let orphan = json!([{ "Id": "ou-ab12-aaaaaaaa", "Name": "A", "ParentId": "ou-ab12-cccccccc" }]);
    folder.write("organization.json", &organization(&orphan, "ou-ab12-aaaaaaaa"));
    folder.run(&["check"]).refused(&["organization.json", "ou-ab12-cccccccc"]);
}

#[test]
fn text_from_files_cannot_steer_the_terminal() {
    let sid = "\u{1b}[2J\u{7}";
    let statement =
        json!({ "Sid": sid, "Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*" });
    let folder = Folder::world(&[role("invoker", &policy(&[statement]))]);
    let run = folder.run(&["check"]);
    assert!(!run.stdout.contains(['\u{1b}', '\u{7}']) && !run.stderr.contains(['\u{1b}', '\u{7}']));
    folder.write(DETAILS, "{\"\u{9b}2J\": \u{1b}[2J");
    let run = folder.run(&["check"]);
    run.refused(&[]);
    assert!(!run.stderr.contains(['\u{1b}', '\u{9b}']), "{}", run.stderr);
}
