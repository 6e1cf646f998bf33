//! The worlds of corpus/guardrails, one for each kind of guardrail, by both ways of deciding texts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ringfence_solver::guardrail::GuardrailKind;
use ringfence_solver::theorem::route::Route;
use serde_json::Value;

use super::harness::{Run, finish, program};

/// Committed: the suite fails if it compares fewer verdicts, or finds fewer of a kind.
const VERDICTS: usize = 876;
const REFUTED: usize = 310;
const PROVED: usize = 385;
/// The worlds that Z3's own strings decide in seconds, and the verdicts that they must reach there as well.
const BY_STRINGS: [&str; 3] = ["exceptions", "must-be-able", "scopes"];
const ALIKE: usize = 40;

fn folders() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/guardrails");
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    all.sort();
    all
}

fn check(folder: &Path, more: &[&str]) -> Value {
    let mut command = program();
    command.args(["check", folder.to_str().unwrap(), "--today", "2026-11-26"]);
    command.args(["--as-of", "2026-11-01T00:00:00Z", "-o", "json", "--quiet"]).args(more);
    let run: Run = finish(&command.output().unwrap());
    assert!(run.code != 2, "{}: {}", folder.display(), run.stderr);
    super::schemas::parsed(&run.stdout)
}

/// The verdicts that a report names, by guardrail and principal. Whoever is in no list is proved or the guardrail does not apply.
fn named(report: &Value) -> BTreeMap<(String, String), (&'static str, bool)> {
    let mut found = BTreeMap::new();
    for guardrail in report["guardrails"].as_array().unwrap() {
        let id = guardrail["id"].as_str().unwrap();
        for (list, verdict, accepted) in [
            ("violations", "refuted", false),
            ("accepted", "refuted", true),
            ("inconclusive", "inconclusive", false),
            ("shown", "proved", false),
        ] {
            for entry in guardrail[list].as_array().into_iter().flatten() {
                let principal = entry["principal"].as_str().unwrap().to_owned();
                found.insert((id.to_owned(), principal), (verdict, accepted));
            }
        }
    }
    found
}

#[test]
fn every_kind_has_a_world() {
    let names: Vec<String> =
        folders().iter().map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned()).collect();
    for kind in GuardrailKind::NAMES.iter().chain(&["scopes", "exceptions", "routes"]) {
        assert!(names.iter().any(|name| name == kind), "{kind}");
    }
}

/// Each way to run a model refutes by that route alone: the witness goes by it, and every route has such a principal.
#[test]
fn every_route_has_a_principal_that_goes_by_it_alone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/guardrails/routes");
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
    let report = check(&folder, &[]);
    let violations = report["guardrails"][0]["violations"].as_array().unwrap();
    let mut seen = Vec::new();
    for entry in expected["verdicts"].as_array().unwrap() {
        let name = entry["principal"].as_str().unwrap();
        let Some(route) = entry["route"].as_str() else {
            // Its twin is the same but for the repair.
            assert!(entry["verdict"] != "refuted", "{name} has no route");
            continue;
        };
        let found = violations.iter().find(|violation| violation["principal"] == name);
        let witness = &found.unwrap_or_else(|| panic!("{name} is not refuted"))["witness"];
        assert_eq!(witness["route"], route, "{name}");
        seen.push(route);
        let repaired = format!("{name}-repaired");
        let twin = expected["verdicts"].as_array().unwrap().iter().find(|one| one["principal"] == *repaired);
        assert_eq!(twin.unwrap()["verdict"], "proved", "{repaired}");
    }
    for route in Route::ALL {
        assert!(seen.contains(&route.name()), "nobody goes by {}", route.name());
    }
}

/// What hides its model is named by the ARNs that stay open: the resource that is listed, else a pattern.
#[test]
fn what_stays_open_is_named_by_its_arn() {
    let worlds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/worlds");
    for (world, principal, arn) in [
        ("routes-without-an-inventory", "role/provisioned", "arn:*:bedrock:*:*:provisioned-model/*"),
        (
            "routes-to-a-model",
            "role/endpoint-untold",
            "arn:aws:sagemaker:eu-central-1:111122223333:endpoint/untold",
        ),
    ] {
        let report = check(&worlds.join(world), &[]);
        let open = report["guardrails"][0]["inconclusive"].as_array().unwrap().iter();
        let mut of_principal = open.filter(|entry| entry["principal"].as_str().unwrap().ends_with(principal));
        let reason = of_principal.next().unwrap()["reason"].to_string();
        assert!(reason.contains(&format!(": {arn}\"")), "{reason}");
    }
}

#[test]
fn guardrails_have_their_verdicts() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for folder in folders() {
        let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&text).unwrap();
        let report = check(&folder, &["--one-step"]);
        let named = named(&report);
        let mut unnamed: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for entry in expected["verdicts"].as_array().unwrap() {
            let (guardrail, principal, verdict) = (
                entry["guardrail"].as_str().unwrap(),
                entry["principal"].as_str().unwrap(),
                entry["verdict"].as_str().unwrap(),
            );
            *counts.entry(verdict.to_owned()).or_default() += 1;
            let found = named.get(&(guardrail.to_owned(), principal.to_owned()));
            let right = match (verdict, found) {
                ("refuted", Some(("refuted", accepted))) => {
                    entry["accepted"].as_bool().unwrap_or(false) == *accepted
                }
                ("inconclusive", Some(("inconclusive", _)))
                | ("proved", Some(("proved", _)) | None)
                | ("not-applicable" | "absent", None) => true,
                _ => false,
            };
            if matches!(verdict, "proved" | "not-applicable") {
                *unnamed.entry((guardrail, verdict)).or_default() += 1;
            }
            if !right {
                wrong.push(format!("{}: {entry}, not {found:?}", folder.display()));
            }
        }
        // Who is in no list is told apart by the counts alone: expected.json names everybody.
        for guardrail in report["guardrails"].as_array().unwrap() {
            let id = guardrail["id"].as_str().unwrap();
            for (member, verdict) in [("proved", "proved"), ("notApplicable", "not-applicable")] {
                let wanted = unnamed.get(&(id, verdict)).copied().unwrap_or(0);
                if guardrail[member] != wanted {
                    wrong.push(format!(
                        "{}: {id}: {} {verdict}, not {wanted}",
                        folder.display(),
                        guardrail[member]
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let count = |word: &str| counts.get(word).copied().unwrap_or(0);
    assert!(counts.values().sum::<usize>() >= VERDICTS, "{counts:?}");
    assert!(count("refuted") >= REFUTED && count("proved") >= PROVED, "{counts:?}");
}

#[test]
fn z3_own_strings_never_say_the_opposite() {
    let mut alike = 0;
    for folder in folders().iter().filter(|folder| BY_STRINGS.iter().any(|name| folder.ends_with(name))) {
        let (theory, strings) =
            (check(folder, &["--one-step"]), check(folder, &["--one-step", "--encoding", "strings"]));
        let (theory, strings) = (named(&theory), named(&strings));
        for (question, (verdict, _)) in &theory {
            match strings.get(question) {
                Some((other, _)) if other == verdict => alike += 1,
                // They may say less.
                Some(("inconclusive", _)) => {}
                other => assert!(*verdict == "inconclusive", "{question:?}: {verdict}, {other:?} by strings"),
            }
        }
        for (question, (verdict, _)) in &strings {
            assert!(
                *verdict == "inconclusive" || theory.contains_key(question),
                "{question:?}: proved, {verdict} by strings",
            );
        }
    }
    assert!(alike >= ALIKE, "only {alike} verdicts alike");
}
