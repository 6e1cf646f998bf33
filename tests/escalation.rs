//! The worlds of corpus/escalation that need no configuration, asked by the library.

use std::path::{Path, PathBuf};

use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::check::paths::{PathsReport, paths};
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::prove::Ledger;
use ringfence_solver::steps::verdict::{Goal, GoalVerdict};
use ringfence_solver::subject::Subject;
use ringfence_solver::verdict::VerdictWord;
use ringfence_tests::checks::options;
use serde_json::Value;

/// A world with what is expected of it.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) world: World,
    pub(crate) expected: Vec<Value>,
}

/// The boundary designs and chains.
pub(crate) fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/escalation");
    let mut folders: Vec<PathBuf> = ["designs", "chains"]
        .iter()
        .flat_map(|part| std::fs::read_dir(root.join(part)).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    let mut cases = Vec::new();
    for folder in folders {
        let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&text).unwrap();
        for (name, entries) in expected["worlds"].as_object().unwrap() {
            let directory = folder.join(name);
            if directory.join("ringfence.toml").exists() {
                continue;
            }
            cases.push(Case {
                name: format!("{}/{name}", folder.file_name().unwrap().to_string_lossy()),
                world: World::read_directory(&directory).unwrap(),
                expected: entries.as_array().unwrap().clone(),
            });
        }
    }
    cases
}

/// The paths of one principal.
pub(crate) fn of_one(world: &World, principal: &str) -> PathsReport {
    of_some(world, 1, &|subject| subject.arn == principal)
}

/// The paths of those who are wanted.
pub(crate) fn of_some(
    world: &World,
    threads: usize,
    wanted: &(dyn Fn(&Subject) -> bool + Sync),
) -> PathsReport {
    led(world, threads, None, wanted)
}

/// The same, written down in a book.
pub(crate) fn led(
    world: &World,
    threads: usize,
    ledger: Option<&dyn Ledger>,
    wanted: &(dyn Fn(&Subject) -> bool + Sync),
) -> PathsReport {
    let catalogue = Catalogue::embedded().unwrap();
    let models = ModelTable::embedded().unwrap();
    let configuration = Configuration::default();
    paths(world, (catalogue, models), &configuration, &options(threads), ledger, wanted, &|_| {}).unwrap()
}

/// The verdict on a goal.
pub(crate) fn verdict<'r>(report: &'r PathsReport, goal: &str) -> &'r GoalVerdict {
    let found = report.principals[0].goals.iter().find(|(known, _)| known.name() == goal);
    &found.unwrap().1
}

/// The goal of this name.
pub(crate) fn goal(name: &str) -> Goal {
    Goal::ALL.into_iter().find(|goal| goal.name() == name).unwrap()
}

/// The word, as corpora write it.
pub(crate) fn word(verdict: &GoalVerdict) -> &'static str {
    match verdict.word() {
        VerdictWord::Proved => "proved",
        VerdictWord::Refuted => "refuted",
        VerdictWord::Inconclusive => "inconclusive",
        VerdictWord::NotApplicable => "not-applicable",
    }
}

/// Where the verdicts are not those that are expected now.
pub(crate) fn wrong_verdicts(cases: &[Case], enough: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in cases {
        for entry in &case.expected {
            let report = of_one(&case.world, entry["principal"].as_str().unwrap());
            let found = word(verdict(&report, entry["goal"].as_str().unwrap()));
            let wanted = entry.get("now").unwrap_or(&entry["verdict"]);
            if found != *wanted {
                wrong.push(format!("{}: {found}, not {entry}", case.name));
            }
        }
        if wrong.len() >= enough {
            break;
        }
    }
    wrong
}
