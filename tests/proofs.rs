//! A proof that the kernel accepts, for everything that a suite is told to be unsatisfiable.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::certify::{ProofLimits, bind, certify};
use ringfence_solver::check::{CheckOptions, check_observed};
use ringfence_solver::formula::Formula;
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::prove::Observer;
use ringfence_solver::wildcard::Theory;

/// Certifies what it is told.
#[derive(Debug, Default)]
pub(crate) struct Proofs {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    accepted: usize,
    none: BTreeMap<String, usize>,
    finding: Vec<Duration>,
    checking: Vec<Duration>,
    bytes: Vec<usize>,
    rounds: Vec<usize>,
    clauses: Vec<usize>,
    lemmas: Vec<usize>,
}

impl Observer for Proofs {
    fn unsatisfiable(&self, formula: &Formula, assumed: &[usize]) {
        let mut theory = Theory::new(60_000);
        let start = Instant::now();
        let proof = certify(formula, assumed, &mut theory, ProofLimits::default());
        let finding = start.elapsed();
        let mut counts = self.counts.lock().unwrap();
        let proof = match proof {
            Ok(proof) => proof,
            Err(reason) => {
                let mut reason = reason.to_string();
                reason.truncate(300);
                *counts.none.entry(reason).or_default() += 1;
                return;
            }
        };
        let start = Instant::now();
        let accepted = ringfence_kernel::check(&proof.bytes);
        counts.checking.push(start.elapsed());
        let accepted = accepted.unwrap_or_else(|rejection| panic!("{rejection}"));
        bind(formula, assumed, &proof.bytes).unwrap();
        counts.accepted += 1;
        counts.finding.push(finding);
        counts.bytes.push(proof.bytes.len());
        counts.rounds.push(proof.rounds);
        counts.clauses.push(accepted.clauses);
        counts.lemmas.push(accepted.lemmas);
    }
}

#[test]
fn acme() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/organizations/acme");
    let world = World::read_directory(&directory).unwrap();
    let options = CheckOptions {
        threads: NonZeroUsize::new(1).unwrap(),
        as_of: Some("2026-11-01T00:00:00Z".to_owned()),
        today: "2026-11-22".to_owned(),
        share_classes: true,
        encoding: ringfence_solver::backend::Encoding::Theory,
    };
    let (catalogue, models) = (Catalogue::embedded().unwrap(), ModelTable::embedded().unwrap());
    let proofs = Proofs::default();
    let start = Instant::now();
    check_observed(&world, catalogue, models, &Configuration::default(), &options, &|_| {}, Some(&proofs));
    let counts = proofs.counts.lock().unwrap();
    println!("{} accepted, {:#?} in {:?}", counts.accepted, counts.none, start.elapsed());
    fn spread<T: Ord + Copy + std::fmt::Debug>(values: &[T]) -> String {
        let mut values = values.to_vec();
        values.sort();
        format!("median {:?}, 90 % {:?}, most {:?}", values[values.len() / 2], values[values.len() * 9 / 10], values[values.len() - 1])
    }
    println!("finding {}", spread(&counts.finding));
    println!("checking {}", spread(&counts.checking));
    println!("bytes {}", spread(&counts.bytes));
    println!("rounds {}", spread(&counts.rounds));
    println!("clauses {}", spread(&counts.clauses));
    println!("lemmas {}", spread(&counts.lemmas));
    println!("total finding {:?}, checking {:?}", counts.finding.iter().sum::<Duration>(), counts.checking.iter().sum::<Duration>());
}
