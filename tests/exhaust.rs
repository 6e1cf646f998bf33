//! Claims that count in a run, compared with the evaluator on every combination of their atoms.

use std::collections::BTreeSet;
use std::path::Path;

use ringfence_kernel as kernel;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::check::{Attached, CheckOptions, check_with};
use ringfence_solver::encode::Assumptions;
use ringfence_solver::evidence::exhaust::{Bounds, Comparison};
use ringfence_solver::evidence::{ClosedBook, OpenBook};
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::prove::{Ledger, Prover};
use ringfence_solver::wrong::WrongEncoder;
use ringfence_tests::checks::options;
use serde_json::{Value, json};

use crate::random;
use crate::soundness::{reach, scenario};
use crate::worlds;

/// As many random cases are compared.
const CASES: u32 = 400;
/// Committed: the suite fails if fewer claims of it are compared on every combination.
const CLAIMS: usize = 60;

/// Runs what is asked twice, the second time by the claims of the first, which are compared.
pub(crate) fn compared(run: impl Fn(&dyn Ledger), bounds: Bounds) -> Comparison {
    let book = OpenBook::new();
    run(&book);
    let written = book.close();
    let accepted: BTreeSet<String> =
        written.proofs.values().map(|proof| kernel::check(proof).unwrap().claim).collect();
    let closed = ClosedBook::new(written.answers, accepted, written.unproved).comparing(bounds);
    run(&closed);
    closed.compared(Catalogue::embedded().unwrap(), None).unwrap()
}

fn of_world(world: &World, configuration: &Configuration) -> Comparison {
    let (catalogue, models) = (Catalogue::embedded().unwrap(), ModelTable::embedded().unwrap());
    let options = CheckOptions { steps: false, ..options(2) };
    let run = |ledger: &dyn Ledger| {
        let attached = Attached { ledger: Some(ledger), ..Attached::default() };
        drop(check_with(world, catalogue, models, configuration, &options, &|_| {}, attached));
    };
    // Larger claims are left out, as they take longest.
    compared(run, Bounds { combinations: 4_096, at_once: 64, total: Some(0), ..Bounds::default() })
}

/// Whether some request for the action of a case is allowed.
fn of_case(case: &Value, catalogue: &Catalogue) -> Result<Option<Comparison>, String> {
    let Some(scenario) = scenario(case, catalogue)? else { return Ok(None) };
    let assumptions = Assumptions::new();
    let query = reach(&scenario, catalogue);
    let run = |ledger: &dyn Ledger| {
        let mut prover = Prover::new(catalogue, &assumptions).led_by(Some(ledger));
        drop(prover.answer(&query, &scenario.subject));
    };
    Ok(Some(compared(run, Bounds { combinations: 512, at_once: 128, total: Some(0), ..Bounds::default() })))
}

#[expect(clippy::print_stdout, reason = "how much was compared is told with --nocapture")]
pub(crate) fn said(what: &str, found: &Comparison) {
    println!(
        "{what}: of {} claims {} compared on every combination, {} without requests, {} in part, {} left out, {} too large, {} undecided; {} requests",
        found.claims,
        found.whole,
        found.without_requests,
        found.in_part,
        found.left_out,
        found.too_large,
        found.undecided,
        found.combinations
    );
}

#[test]
fn claims_of_the_corpus_are_what_the_evaluator_says() {
    let mut whole = 0;
    for (directory, world, configuration, _) in worlds::all() {
        let found = of_world(&world, &configuration);
        assert_eq!(found.differing, Vec::<String>::new(), "{}", directory.display());
        said(&directory.file_name().unwrap().to_string_lossy(), &found);
        whole += found.whole;
    }
    assert!(whole >= 20, "only {whole} claims");
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/organizations/acme");
    let found = of_world(&World::read_directory(&place).unwrap(), &Configuration::default());
    said("sample organisation", &found);
    assert_eq!(found.differing, Vec::<String>::new());
    assert!(found.whole >= 25, "{found:?}");
}

#[test]
fn claims_about_random_policies_are_what_the_evaluator_says() {
    let catalogue = Catalogue::embedded().unwrap();
    let whole = std::cell::Cell::new(0);
    random::run("exhaust", CASES, &crate::differential::case(), Value::to_string, |case| {
        if let Some(found) = of_case(&case, catalogue)? {
            whole.set(whole.get() + found.whole);
            if let Some(what) = found.differing.first() {
                return Err(what.clone());
            }
        }
        Ok(())
    });
    assert!(whole.get() >= CLAIMS, "only {} claims", whole.get());
}

/// A case of which the encoder makes a claim that policies do not make, if it gets this wrong; none where it proves too little by that.
pub(crate) fn directed(wrong: WrongEncoder) -> Option<Value> {
    let absent = json!({ "aws:SourceVpc": "true" });
    let own = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let under = |condition: Value| json!([{ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition }]);
    let statements = match wrong {
        WrongEncoder::NegationNeedsKey => {
            under(json!({ "StringNotEquals": { "aws:SourceVpc": "vpc-1" }, "Null": absent }))
        }
        WrongEncoder::IfExistsInverted => {
            under(json!({ "StringEqualsIfExists": { "aws:SourceVpc": "vpc-1" }, "Null": absent }))
        }
        WrongEncoder::SetOperatorDropped => {
            under(json!({ "ForAllValues:StringEquals": { "aws:SourceVpc": "vpc-1" }, "Null": absent }))
        }
        WrongEncoder::NotActionAsAction => {
            json!([own, { "Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "*" }])
        }
        WrongEncoder::QuestionMarkAsStar => {
            json!([own, { "Effect": "Deny", "Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:?????????" }])
        }
        WrongEncoder::DenyIgnored
        | WrongEncoder::BoundaryGrants
        | WrongEncoder::LevelLeftOut
        | WrongEncoder::SiblingLevelApplied
        | WrongEncoder::ResourceBeatsDeny
        | WrongEncoder::ClassesByPattern => return None,
    };
    let (action, resource) = if wrong == WrongEncoder::QuestionMarkAsStar {
        ("sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:orders")
    } else {
        ("s3:GetObject", "arn:aws:s3:::reports/a")
    };
    Some(json!({
        "request": {
            "principal": "arn:aws:iam::111122223333:user/alice", "action": action, "resource": resource,
            "context": {}
        },
        "policies": { "identity": [{ "Version": "2012-10-17", "Statement": statements }] }
    }))
}

/// What the comparison finds of the directed case, if there is one, and of random ones.
pub(crate) fn fault(wrong: Option<WrongEncoder>, catalogue: &Catalogue) -> Option<String> {
    let first = |case: &Value| -> Result<(), String> {
        let found = of_case(case, catalogue)?;
        found.and_then(|found| found.differing.into_iter().next()).map_or(Ok(()), Err)
    };
    if let Some(case) = wrong.and_then(directed) {
        return first(&case).err();
    }
    random::first_fault(20, &crate::differential::case(), |case| first(&case))
}

/// The right encoder makes none of these claims.
#[test]
fn what_a_wrong_encoder_would_claim_the_right_one_does_not() {
    let catalogue = Catalogue::embedded().unwrap();
    for wrong in WrongEncoder::ALL {
        if let Some(case) = directed(wrong) {
            let found = of_case(&case, catalogue).unwrap().unwrap();
            assert_eq!((found.claims, found.differing.len()), (0, 0), "{wrong:?}: {found:?}");
        }
    }
}
