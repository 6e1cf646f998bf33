//! The same input gives the same bytes, however the work is divided and whatever was answered before.

use std::cell::RefCell;
use std::path::Path;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::ContextKey;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::check::{Attached, CheckOptions, check_with};
use ringfence_solver::encode::Assumptions;
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::prove::Prover;
use ringfence_solver::query::{KeyDemand, Query, Target, TargetResource};
use ringfence_solver::report::Report;
use ringfence_solver::subject::Subject;
use ringfence_solver::theorem::targets_of;
use ringfence_solver::wildcard::Language;
use ringfence_tests::checks::options;
use serde_json::Value;

use crate::differential::{case, scenario};
use crate::proofs::{self, Proofs};
use crate::random;
use crate::soundness::reach;

fn report(world: &World, threads: usize, share_classes: bool, proofs: &Proofs) -> String {
    let options = CheckOptions { share_classes, ..options(threads) };
    let (catalogue, models) = (Catalogue::embedded().unwrap(), ModelTable::embedded().unwrap());
    let configuration = Configuration::default();
    let report = check_with(
        world,
        catalogue,
        models,
        &configuration,
        &options,
        &|_| {},
        Attached { observer: Some(proofs), ..Attached::default() },
    );
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

/// A prover that has made other formulas makes those that a new one does: what it keeps of statements, ARNs and Regions is kept by
/// all on which it hangs.
#[test]
fn what_was_kept_is_in_no_formula() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let used = RefCell::new(Prover::new(catalogue, &assumptions));
    let seen = RefCell::new(std::collections::BTreeSet::new());
    random::run("kept", 1_500, &case(), Value::to_string, |case| {
        let Some(scenario) = scenario(&case, catalogue)? else { return Ok(()) };
        let one = reach(&scenario, catalogue);
        let count = seen.borrow().len();
        let partition = ["aws", "aws-cn", "aws-us-gov"][count % 3].to_owned();
        let elsewhere = Subject { partition, ..scenario.subject.clone() };
        let many = Query { targets: typed_targets(catalogue, count), ..one.clone() };
        for (query, subject) in [(&one, &scenario.subject), (&many, &scenario.subject), (&many, &elsewhere)] {
            let fresh = Prover::new(catalogue, &assumptions).question(query, subject);
            let kept = used.borrow_mut().question(query, subject);
            if kept.digest() != fresh.digest() {
                let (kept, fresh) = (&kept.encoded().formula, &fresh.encoded().formula);
                let difference = first_difference(&format!("{fresh:#?}"), &format!("{kept:#?}"));
                return Err(difference.unwrap_or_default());
            }
            seen.borrow_mut().insert(fresh.digest().to_owned());
        }
        Ok(())
    });
    assert!(seen.borrow().len() >= 1_200, "only {} formulas", seen.borrow().len());
}

/// Some of many actions on whole types of resources, models by their ids among them.
fn typed_targets(catalogue: &Catalogue, count: usize) -> Vec<Target> {
    let region = || (ContextKey::new("aws:RequestedRegion"), KeyDemand::Value(Language::glob("*")));
    let actions = [
        "bedrock:InvokeModel",
        "s3:GetObject",
        "ec2:RunInstances",
        "sqs:SendMessage",
        "iam:CreatePolicyVersion",
        "bedrock:InvokeAgent",
        "dynamodb:GetItem",
    ];
    let chosen = actions.iter().enumerate().filter(|(place, _)| (count >> place).is_multiple_of(2));
    let mut targets: Vec<Target> =
        chosen.flat_map(|(_, action)| targets_of(catalogue, action, &[region()])).collect();
    for target in &mut targets {
        if let TargetResource::Type { names, .. } = &mut target.resource
            && count % 5 < 2
        {
            names.push(Language::glob(["anthropic.*", "amazon.*"][count % 5]));
        }
    }
    targets
}
