//! Exceptions and baselines: what they accept, until when, and that every output lists them with what has become of them.

use serde_json::{Value, json};

use super::harness::{ACCOUNT, Folder, Run, details, policy, reader, role};

const FORBID: &str = "[[guardrail]]\nid = \"no-writes\"\nkind = \"forbid\"\n\
     actions = [\"s3:DeleteBucket\", \"s3:PutObject\"]\nprincipals = { include = [\"*role/*\"] }\n";
const WRITE: [&str; 8] = [
    "--write-baseline",
    "baseline.json",
    "--baseline-reason",
    "known since the audit",
    "--baseline-owner",
    "anna",
    "--baseline-expires",
    "2026-12-31",
];

/// A role that may do this.
fn writer(name: &str, action: &str) -> Value {
    role(name, &policy(&[json!({ "Sid": "Write", "Effect": "Allow", "Action": action, "Resource": "*" })]))
}

fn world(roles: &[Value]) -> Folder {
    let folder = Folder::world(roles).with_empty_lists();
    folder.write("ringfence.toml", FORBID);
    folder
}

fn replace_roles(folder: &Folder, roles: &[Value]) {
    let file = format!("accounts/{ACCOUNT}/authorization-details.json");
    folder.write(&file, &format!("\n\n{}", details(roles)));
}

fn check(folder: &Folder, today: &str, further: &[&str]) -> Run {
    let mut arguments = vec!["check", "--today", today];
    arguments.extend(further);
    folder.run(&arguments)
}

#[test]
fn a_baseline_accepts_the_same_violations_and_no_others() {
    let folder = world(&[reader(), writer("old", "s3:DeleteBucket")]);
    let run = check(&folder, "2026-11-30", &WRITE);
    assert_eq!(run.code, 1, "what is written accepts nothing in the same run: {}", run.stderr);
    let written = super::schemas::parsed(&folder.read("baseline.json"));
    assert_eq!(written["entries"].as_array().unwrap().len(), 1);
    assert_eq!(written["entries"][0]["route"], "s3:DeleteBucket");

    let with = ["--baseline", "baseline.json"];
    let run = check(&folder, "2026-11-30", &["--baseline", "baseline.json", "-o", "json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let report = run.json();
    let guardrail = &report["guardrails"][0];
    assert_eq!((&guardrail["verdict"], &guardrail["violations"]), (&json!("refuted"), &json!([])));
    assert_eq!(guardrail["accepted"][0]["by"], "baseline");
    assert_eq!(guardrail["accepted"][0]["expires"], "2026-12-31");
    let suppression = &report["suppressions"][0];
    assert_eq!((&suppression["state"], &suppression["violations"]), (&json!("accepts"), &json!(1)));
    let files = report["inputs"].as_array().unwrap().iter().map(|input| input["file"].as_str().unwrap());
    assert!(files.into_iter().any(|file| file == "baseline.json"), "its digest is in the report");
    let run = check(&folder, "2026-11-30", &with);
    assert!(run.stdout.contains("every violation accepted"), "{}", run.stdout);

    // Lines that moved and a principal that violates nothing are no news.
    replace_roles(&folder, &[writer("old", "s3:DeleteBucket"), reader()]);
    assert_eq!(check(&folder, "2026-11-30", &with).code, 0);
    // Another principal, and another way of the same principal, are.
    replace_roles(&folder, &[reader(), writer("old", "s3:DeleteBucket"), writer("new", "s3:DeleteBucket")]);
    let run = check(&folder, "2026-11-30", &with);
    assert_eq!(run.code, 1, "{}", run.stdout);
    replace_roles(&folder, &[reader(), writer("old", "s3:PutObject")]);
    let run = check(&folder, "2026-11-30", &with);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stderr.contains("accepts nothing: there is no such violation"), "{}", run.stderr);
}

#[test]
fn a_baseline_holds_to_the_end_of_its_day() {
    let folder = world(&[reader(), writer("old", "s3:DeleteBucket")]);
    assert_eq!(check(&folder, "2026-11-30", &WRITE).code, 1);
    let with = ["--baseline", "baseline.json"];
    assert_eq!(check(&folder, "2026-12-31", &with).code, 0);
    let run = check(&folder, "2027-01-01", &with);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stderr.contains("expired on 2026-12-31"), "{}", run.stderr);
    assert!(run.stdout.contains("expired on 2026-12-31"), "{}", run.stdout);
    let malformed = folder.read("baseline.json").replace("2026-12-31", "31.12.2026");
    folder.write("baseline.json", &malformed);
    let run = check(&folder, "2026-11-30", &with);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stderr.contains("counts as expired, since `31.12.2026` is no day"), "{}", run.stderr);
    assert!(run.stderr.contains("baseline.json:4"), "{}", run.stderr);
}

#[test]
fn a_baseline_written_anew_keeps_who_answers_for_what() {
    let folder = world(&[reader(), writer("old", "s3:DeleteBucket")]);
    assert_eq!(check(&folder, "2026-11-30", &WRITE).code, 1);
    replace_roles(&folder, &[reader(), writer("old", "s3:DeleteBucket"), writer("new", "s3:DeleteBucket")]);
    let again: Vec<&str> = WRITE
        .iter()
        .map(|text| match *text {
            "known since the audit" => "came later",
            "anna" => "ben",
            other => other,
        })
        .chain(["--baseline", "baseline.json"])
        .collect();
    assert_eq!(check(&folder, "2026-11-30", &again).code, 1, "the new one is not accepted yet");
    let written = super::schemas::parsed(&folder.read("baseline.json"));
    let owners: Vec<&Value> =
        written["entries"].as_array().unwrap().iter().map(|entry| &entry["owner"]).collect();
    assert_eq!(owners, ["ben", "anna"], "in the order of principals: new, old");
    assert_eq!(check(&folder, "2026-11-30", &["--baseline", "baseline.json"]).code, 0);
}

#[test]
fn a_baseline_that_says_something_else_is_refused_at_its_line() {
    let folder = world(&[reader(), writer("old", "s3:DeleteBucket")]);
    assert_eq!(check(&folder, "2026-11-30", &WRITE).code, 1);
    let whole = folder.read("baseline.json");
    let refused = |text: &str, says: &[&str]| {
        folder.write("baseline.json", text);
        check(&folder, "2026-11-30", &["--baseline", "baseline.json"]).refused(says);
    };
    refused(&whole.replace("role/old", "role/*"), &["baseline.json:4", "the fingerprint is not that of"]);
    refused(
        &whole.replace("\"owner\": \"anna\"", "\"owner\": \"\""),
        &["baseline.json:4", "`owner` is missing"],
    );
    refused(
        &whole.replace("\"reason\"", "\"because\""),
        &["unknown member `because`", "`reason` is missing"],
    );
    refused(&whole.replace("\"schemaVersion\": 1", "\"schemaVersion\": 2"), &["`schemaVersion` is not 1"]);
    let mut twice: Value = serde_json::from_str(&whole).unwrap();
    let entry = twice["entries"][0].clone();
    twice["entries"].as_array_mut().unwrap().push(entry);
    refused(&twice.to_string(), &["accepted twice"]);
    refused("[]", &["there is no list `entries`"]);
    refused("{", &["baseline.json"]);
    // Errors of all files are told.
    folder.write("ringfence.toml", "nonsense = 1\n");
    check(&folder, "2026-11-30", &["--baseline", "baseline.json"])
        .refused(&["baseline.json", "ringfence.toml"]);
    check(&folder, "2026-11-30", &["--baseline", "not-there.json"]).refused(&["not-there.json"]);
}

#[test]
fn a_baseline_is_not_written_by_half_or_over_something_else() {
    let folder = world(&[reader(), writer("old", "s3:DeleteBucket")]);
    check(&folder, "2026-11-30", &["--write-baseline", "baseline.json"]).refused(&["--baseline-reason"]);
    check(&folder, "2026-11-30", &["--baseline-owner", "anna"]).refused(&["--write-baseline"]);
    let with =
        |further: &[&'static str]| WRITE.iter().copied().chain(further.iter().copied()).collect::<Vec<_>>();
    check(&folder, "2026-11-30", &with(&["-o", "json=baseline.json"])).refused(&["which is a baseline"]);
    check(&folder, "2026-11-30", &with(&["--cache", "c", "--shard", "1/2"]))
        .refused(&["part of the principals"]);
    check(&folder, "2026-11-30", &with(&["--cache", "baseline.json"])).refused(&["holds answers"]);
    assert!(!folder.path().join("baseline.json").exists());
}

#[test]
fn every_output_lists_what_accepts_and_what_does_not_any_more() {
    let folder = world(&[reader(), writer("old", "s3:DeleteBucket")]);
    let exception = |principal: &str, reason: &str, expires: &str| {
        format!(
            "[[exception]]\nguardrail = \"no-writes\"\nprincipal = \"{principal}\"\nreason = \"{reason}\"\n\
             owner = \"anna\"\nexpires = \"{expires}\"\n"
        )
    };
    let toml = [
        FORBID.to_owned(),
        exception("*role/old", "that holds", "2026-12-31"),
        exception("*role/old", "that expired", "2026-11-29"),
        exception("*role/old", "that is malformed", "soon"),
        exception("*role/reader", "that is unused", "2026-12-31"),
    ];
    let administrators = "[administrators]\naccepted = [ { principal = \"*role/reader\", reason = \"unused as well\", owner = \"ben\" } ]\n";
    folder.write("ringfence.toml", &(toml.concat() + administrators));
    let formats = ["text", "json", "sarif", "junit", "markdown", "github", "html"];
    let targets: Vec<String> = formats.iter().map(|format| format!("{format}={format}")).collect();
    let arguments: Vec<&str> = targets.iter().flat_map(|target| ["-o", target]).collect();
    let run = check(&folder, "2026-11-30", &arguments);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for format in formats {
        let text = folder.read(format);
        for reason in ["that holds", "that expired", "that is malformed", "that is unused"] {
            assert!(text.contains(reason), "{format} does not list the exception {reason}");
        }
        assert!(text.contains("refuted"), "{format}: the verdict stays");
    }
    for (reason, line) in [("that expired", 12), ("that is malformed", 18), ("that is unused", 24)] {
        assert!(run.stderr.contains(reason), "{}", run.stderr);
        assert!(run.stderr.contains(&format!("ringfence.toml:{line}:")), "{}", run.stderr);
    }
    assert!(!run.stderr.contains("that holds"), "{}", run.stderr);
    assert!(
        !run.stderr.contains("unused as well"),
        "a list of administrators may serve several worlds: {}",
        run.stderr
    );
}
