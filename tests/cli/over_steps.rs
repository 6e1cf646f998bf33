//! `ringfence check` over steps: what it says is what `ringfence paths` finds, and `--one-step` leaves the steps out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::harness::{ACCOUNT, Folder, corpus, finish, policy, program, role};

/// Committed: so many verdicts are compared at least, and so many of them are of paths.
const VERDICTS: [usize; 2] = [500, 60];

/// The guardrails of the three theorems, with the goals that they are about.
const THEOREMS: [(&str, &[&str]); 3] = [
    ("expensive-models", &["expensive-model"]),
    ("boundary-escape", &["integrity", "outside"]),
    ("modify-and-invoke", &["modify-and-invoke"]),
];

fn json(command: &str, world: &Path, more: &[&str]) -> Value {
    let mut run = program();
    run.args([command, "--world", world.to_str().unwrap(), "-o", "json", "--quiet"]).args(more);
    let run = finish(&run.output().unwrap());
    assert!(run.code != 2, "{}: {}", world.display(), run.stderr);
    run.json()
}

/// By guardrail and principal what is no proof.
fn named(report: &Value) -> BTreeMap<(String, String), (&'static str, Value)> {
    let mut found = BTreeMap::new();
    for guardrail in report["guardrails"].as_array().unwrap() {
        for (list, word) in
            [("violations", "refuted"), ("accepted", "refuted"), ("inconclusive", "inconclusive")]
        {
            for entry in guardrail[list].as_array().unwrap() {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                found.insert((text(&guardrail["id"]), text(&entry["principal"])), (word, entry.clone()));
            }
        }
    }
    found
}

/// Worlds with the theorems as their guardrails: the boundary designs, and some chains of every kind.
fn worlds() -> Vec<PathBuf> {
    let folders = |part: &str| {
        let entries = std::fs::read_dir(corpus(&format!("escalation/{part}"))).unwrap();
        let mut all: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        all.sort();
        all
    };
    let chains = folders("chains").into_iter().step_by(4);
    let of_folder = |folder: PathBuf| {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir())
    };
    let mut all: Vec<PathBuf> = folders("designs").into_iter().chain(chains).flat_map(of_folder).collect();
    all.push(corpus("organizations/acme"));
    all.sort();
    all
}

fn worst(words: impl Iterator<Item = String>) -> String {
    let order = ["not-applicable", "proved", "inconclusive", "refuted"];
    words.max_by_key(|word| order.iter().position(|known| known == word)).unwrap()
}

#[test]
fn a_check_says_what_paths_say() {
    let (mut verdicts, mut paths, mut wrong) = (0, 0, Vec::new());
    // Each second world, but for `make test-all`.
    let all = std::env::var_os("RINGFENCE_TEST_ALL").is_some();
    let (step, least) = if all { (1, VERDICTS) } else { (2, VERDICTS.map(|number| number / 2)) };
    for world in worlds().into_iter().step_by(step) {
        let report = json("check", &world, &[]);
        let scopes =
            report["guardrails"].as_array().unwrap().iter().map(|guardrail| guardrail["scope"].clone());
        assert!(scopes.into_iter().all(|scope| scope == "steps"), "{}", world.display());
        let named = named(&report);
        for result in json("paths", &world, &[])["results"].as_array().unwrap() {
            let principal = result["principal"].as_str().unwrap();
            for (id, goals) in THEOREMS {
                let of_goals = result["goals"].as_array().unwrap().iter();
                let of_goals = of_goals.filter(|goal| goals.contains(&goal["goal"].as_str().unwrap()));
                let by_paths = worst(of_goals.map(|goal| goal["verdict"].as_str().unwrap().to_owned()));
                let of_check = named.get(&(id.to_owned(), principal.to_owned()));
                verdicts += 1;
                let alike = match of_check {
                    Some((word, entry)) => {
                        paths += usize::from(entry.pointer("/witness/kind") == Some(&Value::from("path")));
                        *word == by_paths
                    }
                    None => ["proved", "not-applicable"].contains(&by_paths.as_str()),
                };
                if !alike {
                    wrong
                        .push(format!("{}: {principal} {id}: {by_paths}, not {of_check:?}", world.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(verdicts >= least[0] && paths >= least[1], "{verdicts} verdicts, {paths} paths");
}

/// Whoever a single request refutes is refuted over steps, by that request; nobody is proved whom a single request does not prove. So
/// it is under guardrails of all kinds.
#[test]
fn steps_only_add_to_what_single_requests_reach() {
    let mut more = 0;
    // Each third world, but for `make test-all`.
    let all = std::env::var_os("RINGFENCE_TEST_ALL").is_some();
    let (step, least) = if all { (1, 60) } else { (3, 20) };
    let of_guardrails = std::fs::read_dir(corpus("guardrails")).unwrap().map(|entry| entry.unwrap().path());
    let mut those: Vec<PathBuf> =
        worlds().into_iter().chain(of_guardrails.filter(|path| path.is_dir())).collect();
    those.sort();
    for world in those.into_iter().step_by(step) {
        let (steps, single) =
            (named(&json("check", &world, &[])), named(&json("check", &world, &["--one-step"])));
        for (key, (word, entry)) in &single {
            let (over_steps, with) = steps.get(key).unwrap_or_else(|| panic!("{}: {key:?}", world.display()));
            assert!(word == over_steps || *over_steps == "refuted", "{}: {key:?}", world.display());
            assert!(*word != "refuted" || entry == with, "{}: {key:?}", world.display());
        }
        more += steps.len() - single.len();
    }
    assert!(more >= least, "only {more} verdicts are others");
}

#[test]
fn a_path_is_shown_step_by_step() {
    let world = corpus("organizations/acme");
    let run = |more: &[&str]| {
        let mut command = program();
        command.args(["check", world.to_str().unwrap(), "--quiet"]).args(more);
        finish(&command.output().unwrap()).stdout
    };
    let text = run(&[]);
    for part in [
        "by steps, as role/ml/meeting-notes of 100200300433",
        "     path        conditional",
        "    1. replace the code of a function and run it (lambda-code, B1)",
        "assumed     a function that runs with the role",
        "Verdicts are about any number of steps",
        "proofs take these actions for harmless, which no primitive covers",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let single = run(&["--one-step"]);
    assert!(single.contains("proved for single requests") && !single.contains("by steps"), "{single}");
    assert!(single.contains("several steps: assuming a role"), "{single}");
}

/// What `ringfence boundary` says of the boundaries of the designs, twin by twin: the folder, the boundary, and by guardrail the verdict on
/// the fixed and on the broken one.
const TWINS: [(&str, &str, &str, [&str; 2]); 12] = [
    ("01-aws-delegated-administration", "DelegatedUserBoundary", "boundary-escape", ["refuted", "refuted"]),
    ("01-aws-delegated-administration", "DelegatedUserBoundary", "expensive-models", ["proved", "proved"]),
    ("02-boundary-can-be-replaced", "TeamBoundary", "boundary-escape", ["proved", "refuted"]),
    ("02-boundary-can-be-replaced", "TeamBoundary", "expensive-models", ["proved", "refuted"]),
    ("02-boundary-can-be-replaced", "TeamBoundary", "modify-and-invoke", ["proved", "refuted"]),
    ("03-boundary-version-can-be-chosen", "TeamBoundary", "boundary-escape", ["proved", "refuted"]),
    ("05-condition-if-exists", "TeamBoundary", "expensive-models", ["proved", "refuted"]),
    ("05-condition-for-all-values", "TeamBoundary", "modify-and-invoke", ["proved", "refuted"]),
    ("05-condition-null-false", "TeamBoundary", "boundary-escape", ["proved", "refuted"]),
    ("07-role-deleted-and-recreated", "TeamBoundary", "boundary-escape", ["proved", "refuted"]),
    // Which policies an account has already is not told.
    ("08-approved-boundary-does-not-exist", "TeamBoundary", "expensive-models", ["inconclusive", "refuted"]),
    ("10-resource-policy-of-secret", "SecretOperatorBoundary", "boundary-escape", ["proved", "refuted"]),
];

#[test]
fn a_boundary_protects_itself_over_steps_or_shows_a_path() {
    let mut wrong = Vec::new();
    for (folder, boundary, id, wanted) in TWINS {
        for (twin, wanted) in ["fixed", "broken"].into_iter().zip(wanted) {
            let world = corpus(&format!("escalation/designs/{folder}/{twin}"));
            let more = ["--no-resource-policies", "--guardrails-only"];
            let mut run = program();
            run.args(["boundary", boundary, "--world", world.to_str().unwrap(), "-o", "json"]).args(more);
            let report = finish(&run.output().unwrap()).json();
            let guardrails = report["guardrails"].as_array().unwrap();
            let found = guardrails.iter().find(|guardrail| guardrail["id"] == id).unwrap();
            assert_eq!(found["scope"], "steps");
            if found["verdict"] != wanted {
                wrong.push(format!("{folder}/{twin} {id}: {}, not {wanted}", found["verdict"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What policies of resources may grant is past every boundary, unless it is taken for granted that they grant nothing.
#[test]
fn no_boundary_holds_where_policies_of_resources_are_unknown() {
    let world = corpus("escalation/designs/02-boundary-can-be-replaced/fixed");
    for (more, wanted) in [(&["--no-resource-policies"][..], "proved"), (&[], "inconclusive")] {
        let mut run = program();
        run.args(["boundary", "TeamBoundary", "--world", world.to_str().unwrap(), "-o", "json"]);
        let report = finish(&run.arg("--guardrails-only").args(more).output().unwrap()).json();
        let guardrails = report["guardrails"].as_array().unwrap();
        let found = guardrails.iter().find(|guardrail| guardrail["id"] == "boundary-escape").unwrap();
        assert_eq!(found["verdict"], wanted, "{found}");
    }
}

/// A call that changes a model passes a role that nobody has made yet: it is one that somebody may make, and not just any.
#[test]
fn a_role_to_be_made_is_the_one_that_is_passed() {
    let verdict = |passed: &str, made: &str| {
        let on = |action: &str, resource: String| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
        let roles = |pattern: &str| format!("arn:aws:iam::{ACCOUNT}:role/{pattern}");
        let model = "arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0";
        let allow = policy(&[
            on("bedrock:CreateModelCustomizationJob", "*".to_owned()),
            on("bedrock:InvokeModel", model.to_owned()),
            on("iam:PassRole", roles(passed)),
            on("iam:CreateRole", roles(made)),
        ]);
        let world = Folder::world(&[role("app", &allow)]).with_empty_lists();
        let run = world.run(&["paths", "role/app", "--world", ".", "-o", "json", "--quiet"]);
        let result = run.json()["results"][0].clone();
        let of = |list: &str| {
            let all = result[list].as_array().unwrap().iter();
            all.filter(|one| one["goal"] == "modify-and-invoke").cloned().collect::<Vec<Value>>()
        };
        let assumptions = of("paths").first().map(|path| path["assumptions"].to_string()).unwrap_or_default();
        (of("goals")[0]["verdict"].as_str().unwrap().to_owned(), assumptions)
    };
    for (passed, made) in
        [("train-*", "train-*"), ("*", "train-*"), ("train-*", "*"), ("train-*", "train-new")]
    {
        let (found, assumptions) = verdict(passed, made);
        assert_eq!(found, "refuted", "{passed} {made}");
        assert!(assumptions.contains("role/train-"), "{passed} {made}: {assumptions}");
        assert!(assumptions.contains("somebody held may make it"), "{assumptions}");
    }
    assert_ne!(verdict("train-*", "other-*").0, "refuted");
}

/// One request changes a model and another runs it: of a principal that may do either to one model, both name that one.
#[test]
fn a_check_names_one_model() {
    for (world, one) in [("alone", true), ("made-of-it", true), ("another", false)] {
        let world = corpus(&format!("escalation/chains/one-model-changed-and-run/{world}"));
        let report = json("check", &world, &["--one-step"]);
        let found = named(&report);
        let user = format!("arn:aws:iam::{ACCOUNT}:user/dev");
        let (word, entry) = &found[&("modify-and-invoke".to_owned(), user)];
        assert_eq!(*word, "refuted");
        let text = entry.to_string();
        assert_eq!(text.contains("both requests are about the model"), one, "{text}");
    }
}

/// A path by new principals is shown as one, and single requests alone see nothing of it.
#[test]
fn a_design_is_left_through_a_principal_that_it_lets_be_made() {
    let world = corpus("escalation/designs/02-boundary-can-be-replaced/broken");
    let run = |more: &[&str]| {
        let mut run = program();
        run.args(["boundary", "TeamBoundary", "--world", world.to_str().unwrap(), "--guardrails-only"]);
        finish(&run.args(more).output().unwrap()).stdout
    };
    let text = run(&["--no-resource-policies"]);
    for part in [
        "expensive-models: not guaranteed for a role",
        "path        conditional",
        "create-role",
        "assume-role",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let single = run(&["--no-resource-policies", "--one-step"]);
    assert!(single.contains("expensive-models   guaranteed for single requests"), "{single}");
}
