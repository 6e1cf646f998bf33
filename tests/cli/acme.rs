//! The sample organisation through the program.

use std::collections::BTreeMap;
use std::fs;
use std::sync::OnceLock;

use serde_json::Value;

use super::harness::{Folder, corpus, finish, program};

/// Text and JSON of one run, at the root of the repository as `make demo` does it, on a fixed day.
fn acme() -> &'static (String, Value) {
    static REPORT: OnceLock<(String, Value)> = OnceLock::new();
    REPORT.get_or_init(|| {
        let folder = Folder::new();
        let report = folder.path().join("report.json");
        let target = format!("json={}", report.to_str().unwrap());
        let arguments =
            ["check", "corpus/organizations/acme", "--today", "2026-11-22", "-o", "text", "-o", &target];
        let run = finish(&program().current_dir(corpus("..")).args(arguments).output().unwrap());
        assert_eq!((run.code, run.stderr.as_str()), (1, ""));
        (run.stdout, super::schemas::parsed(&fs::read_to_string(report).unwrap()))
    })
}

/// The same, in which single requests are judged.
fn one_step() -> Value {
    let world = corpus("organizations/acme");
    let arguments = ["check", world.to_str().unwrap(), "--today", "2026-11-22", "--one-step", "-o", "json"];
    finish(&program().args(arguments).output().unwrap()).json()
}

/// By principal and guardrail the verdict over steps, where that is not the one on single requests.
fn over_steps() -> BTreeMap<(String, String), String> {
    let text = fs::read_to_string(corpus("organizations/acme/over-steps.json")).unwrap();
    let all: Vec<Value> = serde_json::from_str(&text).unwrap();
    let word = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
    all.iter()
        .map(|entry| ((word(entry, "principal"), word(entry, "guardrail")), word(entry, "verdict")))
        .collect()
}

fn texts<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

#[test]
fn the_json_report_holds_the_verdicts_that_people_worked_out() {
    let (_, report) = acme();
    assert_eq!(report.get("schemaVersion"), Some(&Value::from(1)));
    let over_steps = over_steps();
    assert_eq!(over_steps.len(), STEPS);
    compare(report, &over_steps);
    compare(&one_step(), &BTreeMap::new());
}

/// Committed: so many verdicts are others over steps.
const STEPS: usize = 31;

fn compare(report: &Value, over_steps: &BTreeMap<(String, String), String>) {
    let expected: Value =
        serde_json::from_str(&fs::read_to_string(corpus("organizations/acme/expected.json")).unwrap())
            .unwrap();

    let mut compared = 0;
    for guardrail in list(report, "guardrails") {
        let id = texts(guardrail, "/id");
        let mut found: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
        for (key, verdict) in
            [("violations", "refuted"), ("accepted", "refuted"), ("inconclusive", "inconclusive")]
        {
            for entry in list(guardrail, key) {
                let previous = found.insert(texts(entry, "/principal"), (verdict, texts(entry, "/group")));
                assert_eq!(previous, None, "{id}: listed twice");
            }
        }
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for entry in list(&expected, "principals").iter().chain(list(&expected, "roots")) {
            let principal = texts(entry, "/principal");
            let by_steps = over_steps.get(&(principal.to_owned(), id.to_owned()));
            let verdict =
                by_steps.map_or_else(|| entry.get(id).and_then(Value::as_str).unwrap(), String::as_str);
            match verdict {
                "refuted" | "inconclusive" => {
                    assert_eq!(
                        found.remove(principal),
                        Some((verdict, texts(entry, "/group"))),
                        "{id}: {principal}"
                    );
                    compared += 1;
                }
                _ => *counts.entry(verdict).or_default() += 1,
            }
        }
        assert!(found.is_empty(), "{id}: nobody expected {found:?}");
        let count = |key: &str| guardrail.get(key).and_then(Value::as_u64).unwrap();
        assert_eq!(count("proved"), counts.get("proved").copied().unwrap_or(0), "{id}");
        assert_eq!(count("notApplicable"), counts.get("not-applicable").copied().unwrap_or(0), "{id}");
    }
    assert!(compared > 40, "{compared}");
}

#[test]
fn every_violation_names_a_request_and_the_statements_that_allow_it() {
    let (_, report) = acme();
    for guardrail in list(report, "guardrails") {
        for violation in list(guardrail, "violations").iter().chain(list(guardrail, "accepted")) {
            let requests = list(violation.get("witness").unwrap(), "requests");
            let steps = list(violation.get("witness").unwrap(), "steps");
            // A path may end with what its last step makes.
            assert!(!requests.is_empty() || !steps.is_empty());
            for step in steps {
                assert!(!list(step, "effect").is_empty() && !list(step, "requests").is_empty(), "{step}");
            }
            let of_steps = steps.iter().flat_map(|step| list(step, "requests"));
            for request in requests.iter().chain(of_steps) {
                assert!(texts(request, "/action").contains(':'));
                let root = texts(request, "/principal").ends_with(":root");
                assert!(root || !list(request, "allowedBy").is_empty(), "{request}");
                for statement in list(request, "allowedBy") {
                    assert!(statement.get("line").and_then(Value::as_u64).unwrap() >= 1);
                    assert_ne!(texts(statement, "/file"), "");
                }
            }
        }
    }
}

#[test]
fn the_first_screen_is_a_summary_of_24_lines() {
    let (text, _) = acme();
    let details = text.lines().position(|line| line.starts_with("Findings under")).unwrap();
    assert!(details <= 24, "the details start at line {details}");
    let first: Vec<&str> = text.lines().take(details).collect();
    for line in &first {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for expected in
        ["expensive-models", "boundary-escape", "modify-and-invoke", "administrators", "root users"]
    {
        assert!(first.iter().any(|line| line.contains(expected)), "{expected}");
    }
    // Never a bare "proved".
    let bare = text.replace("proved over all steps", "").replace("neither proved nor refuted", "");
    assert!(!bare.contains("proved"), "{bare}");
}

#[test]
fn threads_do_not_change_a_byte() {
    let world = corpus("organizations/acme");
    let run = |threads: &str| {
        let arguments = ["check", world.to_str().unwrap(), "-o", "json", "--threads", threads];
        finish(&program().args(arguments).output().unwrap()).stdout
    };
    assert_eq!(run("1"), run("4"));
}

#[test]
fn the_readme_shows_the_real_first_screen() {
    let (text, _) = acme();
    let details = text.lines().position(|line| line.starts_with("Findings under")).unwrap();
    let screen: Vec<String> = text
        .lines()
        .take(details)
        .map(|line| if line.is_empty() { String::new() } else { format!("    {line}") })
        .collect();
    let readme = fs::read_to_string(corpus("../README.md")).unwrap();
    assert!(readme.contains(screen.join("\n").trim_end()), "README.md does not show:\n{}", screen.join("\n"));
}

#[test]
fn the_holes_that_were_planted_are_named() {
    let (text, _) = acme();
    for hole in [
        // A stream action forgotten.
        "bedrock:ConverseStream, which leaves bedrock:InvokeModelWithResponseStream out",
        // A missing key.
        "but for its condition StringEquals aws:PrincipalTag/ai-tier standard: the key is absent",
        // A session tag that overrides the role's tag.
        "given       a session tag",
        // A typo in NotResource, and one in the path of a protected policy.
        "NotResource arn:aws:bedrock:*::foundation-models/",
        "policy/boundry/*",
        // Actions that do not exist.
        "`bedrock:UpdateModel` matches no action that AWS has",
    ] {
        assert!(text.contains(hole), "{hole}");
    }
}
