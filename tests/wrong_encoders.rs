//! Encoders that are wrong on purpose: at least two suites must see each of them.
//!
//! The checks are those of the other suites, called as functions. The switch is one for the whole process, so this suite
//! has a process of its own.
#![expect(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "the modules are those of the other suites; a failed step is a failed test"
)]

mod corpus;
mod differential;
mod engines;
mod exhaust;
mod proofs;
mod questions;
mod random;
mod soundness;
mod worlds;

use ringfence_model::catalogue::Catalogue;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::prove::Prover;
use ringfence_solver::wildcard::Theory;
use ringfence_solver::wrong::{WrongEncoder, switch};

/// The suites that find fault, each with the first fault, until `enough` have.
fn faults(catalogue: &Catalogue, enough: usize) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    for suite in &SUITES {
        if faults.len() == enough {
            break;
        }
        let fault = match *suite {
            "corpus" => {
                corpus::disagreements(catalogue).into_iter().chain(corpus::wrong_proofs(catalogue)).next()
            }
            "differential" => random::first_fault(400, &differential::case(), |case| {
                let Some(scenario) = differential::scenario(&case, catalogue)? else { return Ok(()) };
                differential::compare_formula(&scenario, catalogue, &mut Theory::new(60_000)).map(|_| ())
            }),
            "worlds" => worlds::wrong_verdicts(None, 1).1.into_iter().next(),
            "questions" => questions::wrong_answers(1).1.into_iter().next(),
            "classes" => soundness::class_fault(catalogue),
            _ => soundness::replay_fault(catalogue),
        };
        faults.extend(fault.map(|fault| (*suite, fault)));
    }
    faults
}

/// As many suites must see each.
const ENOUGH: usize = 2;
const SUITES: [&str; 6] = ["corpus", "differential", "classes", "questions", "worlds", "soundness"];

fn main() {
    let catalogue = Catalogue::embedded().unwrap();
    switch(None);
    let none = faults(catalogue, 1);
    assert!(none.is_empty(), "the right encoder: {none:#?}");
    assert_eq!(exhaust::fault(None, catalogue), None, "the right encoder");
    for wrong in WrongEncoder::ALL {
        switch(Some(wrong));
        let claimed = exhaust::directed(wrong).map(|_| exhaust::fault(Some(wrong), catalogue));
        if let Some(claimed) = claimed {
            println!("{wrong:?}: {}", claimed.as_deref().unwrap_or("no claim differs"));
            assert!(claimed.is_some(), "{wrong:?}: a wrong claim is not seen");
        }
        let start = std::time::Instant::now();
        let found = faults(catalogue, ENOUGH);
        switch(None);
        let names: Vec<&str> = found.iter().map(|fault| fault.0).collect();
        println!("{wrong:?}: seen by {} ({:?})", names.join(", "), start.elapsed());
        assert!(names.len() >= ENOUGH, "{wrong:?} is seen by {found:#?}");
    }
}
