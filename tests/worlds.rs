//! Small worlds of the corpus, each made for one rule, with the verdicts that it must get.

use std::path::{Path, PathBuf};

use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::check::{Attached, check_with};
use ringfence_solver::guardrail::{Configuration, ModelSet};
use ringfence_solver::verdict::Verdict;
use ringfence_tests::checks::options;

use crate::proofs::{self, Proofs};

/// Committed: the suite fails if it compares fewer verdicts.
const VERDICTS: usize = 259;

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Proved(_) => "proved",
        Verdict::Refuted(_) => "refuted",
        Verdict::Inconclusive(_) => "inconclusive",
        Verdict::NotApplicable => "not-applicable",
    }
}

#[test]
fn small_worlds_have_their_verdicts() {
    let proofs = Proofs::default();
    let (compared, wrong) = wrong_verdicts(Some(&proofs), usize::MAX);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= VERDICTS, "only {compared} verdicts were compared");
    proofs::print();
    assert!(proofs.accepted() >= 20, "only {} proofs", proofs.accepted());
}

/// The worlds by folder, each with its configuration and what is expected.
pub(crate) fn all() -> impl Iterator<Item = (PathBuf, World, Configuration, serde_json::Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/worlds");
    let mut directories: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    directories.sort();
    directories.into_iter().map(|directory| {
        let world = World::read_directory(&directory).unwrap();
        let text = std::fs::read_to_string(directory.join("expected.json")).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
        let mut configuration = Configuration::default();
        if let Some(patterns) = expected["approved"].as_array() {
            let patterns = patterns.iter().map(|pattern| pattern.as_str().unwrap().to_owned());
            configuration.approved_boundaries = Some(patterns.collect());
        }
        if let Some(patterns) = expected["ids"].as_array() {
            let ids = patterns.iter().map(|pattern| pattern.as_str().unwrap().to_owned()).collect();
            let set = ModelSet { ids, output_price_above: None, unknown_price: false };
            configuration.models.insert("expensive".to_owned(), set);
        }
        (directory, world, configuration, expected)
    })
}

/// How many verdicts were compared, and those that are not as expected; no further world is read once there are `enough`.
pub(crate) fn wrong_verdicts(proofs: Option<&Proofs>, enough: usize) -> (usize, Vec<String>) {
    let options = options(1);
    let mut compared = 0;
    let mut wrong = Vec::new();
    for (directory, world, configuration, expected) in all() {
        if wrong.len() >= enough {
            break;
        }
        let (catalogue, models) = (Catalogue::embedded().unwrap(), ModelTable::embedded().unwrap());
        let report = check_with(
            &world,
            catalogue,
            models,
            &configuration,
            &options,
            &|_| {},
            Attached { observer: proofs.map(|proofs| proofs as _), ..Attached::default() },
        );
        for entry in expected["verdicts"].as_array().unwrap() {
            let guardrail = report.guardrails.iter().find(|found| found.id == entry["guardrail"]).unwrap();
            let result =
                guardrail.results.iter().find(|result| result.principal == entry["principal"]).unwrap();
            compared += 1;
            if entry["verdict"] != word(&result.verdict) {
                wrong.push(format!("{}: {entry}, not {:?}", directory.display(), result.verdict));
            }
        }
    }
    (compared, wrong)
}
