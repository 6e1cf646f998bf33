//! The same input gives the same bytes, however the work is divided and whatever was answered before.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::path::Path;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::check::{CheckOptions, check_observed};
use ringfence_solver::encode::Assumptions;
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::prove::Prover;
use ringfence_solver::report::Report;
use serde_json::Value;

use crate::differential::{case, scenario};
use crate::proofs::{self, Proofs};
use crate::random;
use crate::soundness::reach;

fn report(world: &World, threads: usize, share_classes: bool, proofs: &Proofs) -> String {
    let options = CheckOptions {
        threads: NonZeroUsize::new(threads).unwrap(),
        as_of: Some("2026-11-01T00:00:00Z".to_owned()),
        today: "2026-11-22".to_owned(),
        shard: None,
        share_classes,
        encoding: ringfence_solver::backend::Encoding::Theory,
    };
    let (catalogue, models) = (Catalogue::embedded().unwrap(), ModelTable::embedded().unwrap());
    let configuration = Configuration::default();
    let report = check_observed(world, catalogue, models, &configuration, &options, &|_| {}, Some(proofs));
    assert!(!report.guardrails.is_empty() && report.principals > 0);
    // How much was shared is what differs when nothing is shared.
    format!("{:#?}", Report { classes: 0, ..report })
}

fn first_difference(left: &str, right: &str) -> Option<String> {
    let differs = left.lines().zip(right.lines()).find(|(left, right)| left != right);
    differs
        .map(|(left, right)| format!("{left}\n{right}"))
        .or_else(|| (left.len() != right.len()).then(|| "one report is longer".to_owned()))
}

#[test]
fn threads_and_classes_change_no_byte() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/organizations/acme");
    let world = World::read_directory(&directory).unwrap();
    let proofs = Proofs::default();
    let first = report(&world, 1, true, &proofs);
    for (threads, share_classes) in [(2, true), (8, true), (2, false)] {
        let other = report(&world, threads, share_classes, &proofs);
        let difference = first_difference(&first, &other);
        assert_eq!(difference, None, "{threads} threads, classes shared: {share_classes}");
    }
    proofs::print();
    assert!(proofs.accepted() >= 400, "only {} proofs", proofs.accepted());
}

/// A prover that has answered other questions before answers as a new one does.
#[test]
fn what_was_answered_before_changes_no_byte() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let proofs = Proofs::default();
    let used = RefCell::new(Prover::new(catalogue, &assumptions).observed(Some(&proofs)));
    random::run("warm", 80, &case(), Value::to_string, |case| {
        let Some(scenario) = scenario(&case, catalogue)? else { return Ok(()) };
        let query = reach(&scenario, catalogue);
        let cold = Prover::new(catalogue, &assumptions).answer(&query, &scenario.subject);
        for _ in 0..2 {
            let warm = used.borrow_mut().answer(&query, &scenario.subject);
            if format!("{warm:?}") != format!("{cold:?}") {
                return Err(format!("{warm:?}, and at first {cold:?}"));
            }
        }
        Ok(())
    });
    assert!(proofs.accepted() >= 10, "only {} proofs", proofs.accepted());
}
