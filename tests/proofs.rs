//! A proof for everything that a suite is told to be unsatisfiable: Z3's word alone is never enough.
//!
//! Suites install [`Proofs`] as the observer of their provers, and `engines` calls [`certified`] for what it searches
//! itself. A proof must be found, the kernel must accept it, and its claim must be that of the formula; else the test
//! fails at once. Only what Z3's strings had a part in may stay without one: it is counted for all suites together, and may
//! only become less.

mod clauses;
pub(crate) mod languages;
pub(crate) mod meanings;
mod measured;
mod mutations;
mod refused;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use ringfence_solver::certify::{Binding, NoProof, ProofLimits, certify};
use ringfence_solver::formula::Formula;
use ringfence_solver::prove::Observer;
use ringfence_solver::wildcard::Theory;

/// Committed: how many formulas that Z3's strings had a part in may stay without a proof, in all suites together; as many
/// times more as `RINGFENCE_CASES` says. All others are proved.
const BY_STRINGS: usize = 20;

static COUNTS: Mutex<Counts> = Mutex::new(Counts { accepted: 0, none: BTreeMap::new() });

#[derive(Debug)]
struct Counts {
    accepted: usize,
    none: BTreeMap<String, usize>,
}

thread_local! {
    static ACCEPTED: Cell<usize> = const { Cell::new(0) };
}

/// How many proofs [`certified`] has seen accepted in this thread.
pub(crate) fn accepted_here() -> usize {
    ACCEPTED.get()
}

/// Prints how many proofs were accepted in this process so far, and what was not certified.
pub(crate) fn print() {
    let counts = COUNTS.lock().unwrap_or_else(PoisonError::into_inner);
    say(&format!("{} proofs accepted so far, by strings alone: {:?}", counts.accepted, counts.none));
}

/// Shown with `--nocapture`.
#[expect(clippy::print_stdout, reason = "counts and times are there to be read")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// Certifies that `formula` cannot hold with the restrictions numbered `assumed`. True if the kernel accepted.
pub(crate) fn certified(formula: &Formula, assumed: &[usize], used_strings: bool) -> bool {
    match certify(formula, assumed, &mut Theory::new(60_000), ProofLimits::default()) {
        Ok(proof) => {
            if let Err(rejection) = ringfence_kernel::check(&proof.bytes) {
                panic!("the kernel rejects a proof: {rejection}");
            }
            Binding::new(formula, assumed).unwrap().accept(&proof.bytes).unwrap();
            COUNTS.lock().unwrap_or_else(PoisonError::into_inner).accepted += 1;
            ACCEPTED.set(ACCEPTED.get() + 1);
            true
        }
        Err(NoProof::Model(model)) => panic!("Z3 says that there is no model, and this is one: {model}"),
        Err(reason) => {
            assert!(used_strings, "no proof, though Z3's strings had no part in it: {reason}");
            let times = std::env::var("RINGFENCE_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
            let mut counts = COUNTS.lock().unwrap_or_else(PoisonError::into_inner);
            *counts.none.entry(reason.to_string()).or_default() += 1;
            let count: usize = counts.none.values().sum();
            drop(counts);
            assert!(count <= BY_STRINGS * times, "more than {BY_STRINGS} formulas without a proof");
            false
        }
    }
}

/// Whether a proof that the kernel accepts is found that `formula` cannot hold.
pub(crate) fn has_proof(formula: &Formula, assumed: &[usize]) -> bool {
    let proof = certify(formula, assumed, &mut Theory::new(60_000), ProofLimits::default());
    proof.is_ok_and(|proof| ringfence_kernel::check(&proof.bytes).is_ok())
}

/// Certifies what a prover finds unsatisfiable.
#[derive(Debug, Default)]
pub(crate) struct Proofs {
    accepted: AtomicUsize,
}

impl Proofs {
    /// How many proofs were accepted.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }
}

impl Observer for Proofs {
    fn unsatisfiable(&self, formula: &Formula, assumed: &[usize], used_strings: bool) {
        let accepted = certified(formula, assumed, used_strings);
        self.accepted.fetch_add(usize::from(accepted), Ordering::Relaxed);
    }
}
