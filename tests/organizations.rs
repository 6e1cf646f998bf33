//! Whole organisations of the corpus with the verdicts that people worked out.

use std::collections::BTreeMap;
use std::path::Path;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::check::{Attached, check_with};
use ringfence_solver::guardrail::{Acceptance, Configuration};
use ringfence_solver::report::Report;
use ringfence_solver::verdict::{Verdict, VerdictWord};
use ringfence_tests::checks::options;

use crate::proofs::{self, Proofs};

fn corpus(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(path)
}

fn acme_configuration() -> Configuration {
    let mut configuration = Configuration::default();
    configuration.models.get_mut("expensive").unwrap().ids = vec!["anthropic.claude-opus-*".to_owned()];
    configuration.approved_boundaries = Some(vec!["arn:aws:iam::*:policy/boundary/*".to_owned()]);
    configuration.administrators.push(Acceptance {
        principal: "arn:aws:iam::*:root".to_owned(),
        reason: "locked away".to_owned(),
        owner: "ciso".to_owned(),
    });
    configuration
}

fn run(world: &World, configuration: &Configuration, proofs: &Proofs) -> Report {
    let options = options(2);
    let catalogue = Catalogue::embedded().unwrap();
    let models = ModelTable::embedded().unwrap();
    check_with(
        world,
        catalogue,
        models,
        configuration,
        &options,
        &|_| {},
        Attached { observer: Some(proofs), ..Attached::default() },
    )
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict.word() {
        VerdictWord::Proved => "proved",
        VerdictWord::Refuted => "refuted",
        VerdictWord::Inconclusive => "inconclusive",
        VerdictWord::NotApplicable => "not-applicable",
    }
}

#[test]
fn acme_has_the_verdicts_that_people_worked_out() {
    let directory = corpus("organizations/acme");
    let world = World::read_directory(&directory).unwrap();
    let proofs = Proofs::default();
    let report = run(&world, &acme_configuration(), &proofs);
    let text = std::fs::read_to_string(directory.join("expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut found: BTreeMap<(String, String), String> = BTreeMap::new();
    for guardrail in &report.guardrails {
        for result in &guardrail.results {
            let mut text = word(&result.verdict).to_owned();
            if let Verdict::Inconclusive(ringfence_solver::verdict::Reason::Disagreement(_)) = &result.verdict
            {
                text = "DISAGREEMENT".to_owned();
            }
            found.insert((result.principal.clone(), guardrail.id.clone()), text);
        }
    }
    let mut wrong = Vec::new();
    let mut compared = 0;
    for entry in expected["principals"].as_array().unwrap() {
        let principal = entry["principal"].as_str().unwrap();
        for guardrail in ["expensive-models", "boundary-escape", "modify-and-invoke"] {
            let wanted = entry[guardrail].as_str().unwrap();
            if wanted == "not-checked" {
                continue;
            }
            compared += 1;
            let answer = found.get(&(principal.to_owned(), guardrail.to_owned()));
            if answer.map(String::as_str) != Some(wanted) {
                wrong.push(format!(
                    "{principal} {guardrail}: {answer:?}, expected {wanted}: {}",
                    entry["reason"]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} differ:\n{}", wrong.len(), wrong.join("\n"));
    proofs::print();
    assert!(proofs.accepted() >= 90, "only {} proofs", proofs.accepted());
}
