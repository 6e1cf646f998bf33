//! The same queries side by side: texts decided by the wildcard theory, and wholly by Z3's strings, in one run.
//!
//! `cargo bench -p ringfence-tests --bench encodings -- [PRINCIPALS]`: all verdicts on so many principals of a generated
//! organisation, 4 if left out, and twenty random queries of thirty statements over eight targets each. About two minutes,
//! nearly all of them Z3's strings.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot start has nothing to measure")]

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::backend::Encoding;
use ringfence_solver::check::{Attached, CheckOptions, Watcher, check_with};
use ringfence_solver::encode::Assumptions;
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::prove::Prover;
use ringfence_solver::search::{Limits, Statistics};
use ringfence_solver::verdict::Verdict;
use ringfence_tests::checks::options;
use ringfence_tests::generator::question::{Kind, random_query};
use ringfence_tests::generator::world::{GeneratedWorld, WorldPlan};

const SEED: u64 = 2_026;
const QUERIES: u64 = 20;
const TARGETS: usize = 8;

/// One query under one encoding.
#[derive(Clone, Debug)]
struct Answered {
    what: String,
    verdict: &'static str,
    time: Duration,
}

fn main() {
    let principals = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(4);
    let catalogue = Catalogue::embedded().expect("the embedded catalogue");
    let [theory, strings] = [Encoding::Theory, Encoding::Strings];
    println!("{principals} principals of a generated organisation, the three theorems");
    compare(&verdicts(catalogue, principals, theory), &verdicts(catalogue, principals, strings));
    println!("{QUERIES} random queries of 30 statements over {TARGETS} targets: is anything allowed?");
    compare(&queries(catalogue, theory), &queries(catalogue, strings));
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Proved(_) => "proved",
        Verdict::Refuted(_) => "refuted",
        Verdict::Inconclusive(_) => "undecided",
        Verdict::NotApplicable => "not applicable",
    }
}

/// When each verdict was reached, in the order of principals and guardrails.
#[derive(Debug, Default)]
struct Clock(Mutex<Vec<(Option<String>, Instant)>>);

impl Watcher for Clock {
    fn decided(&self, guardrail: Option<&str>, _: Statistics) {
        let mut times = self.0.lock().expect("one thread alone");
        times.push((guardrail.map(str::to_owned), Instant::now()));
    }
}

fn verdicts(catalogue: &Catalogue, principals: usize, encoding: Encoding) -> Vec<Answered> {
    let plan = WorldPlan { principals, accounts: 2, ..WorldPlan::default() };
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("benches").join("encodings");
    GeneratedWorld::new(&plan).write(&directory).expect("a folder for the world");
    let world = World::read_directory(&directory).expect("a world that reads");
    let models = ModelTable::embedded().expect("the embedded models");
    let options = CheckOptions { encoding, ..options(1) };
    let clock = Clock::default();
    let attached = Attached { watcher: Some(&clock), ..Attached::default() };
    let configuration = Configuration::default();
    let report = check_with(&world, catalogue, models, &configuration, &options, &|_| {}, attached);
    let times = clock.0.into_inner().expect("one thread alone");
    let mut answered = Vec::new();
    for guardrail in &report.guardrails {
        let steps = times.iter().zip(times.iter().skip(1));
        let own = steps.filter(|(_, (name, _))| name.as_deref() == Some(&guardrail.id));
        for (result, ((_, before), (_, after))) in guardrail.results.iter().zip(own) {
            answered.push(Answered {
                what: format!("{} {}", guardrail.id, result.principal),
                verdict: word(&result.verdict),
                time: *after - *before,
            });
        }
    }
    answered
}

fn queries(catalogue: &Catalogue, encoding: Encoding) -> Vec<Answered> {
    let assumptions = Assumptions::new();
    let ask = |index| {
        let mut asked = random_query(catalogue, SEED, index, 30, Kind::Reach).expect("a policy that parses");
        asked.query.targets.truncate(TARGETS);
        let limits = Limits { encoding, ..Limits::default() };
        let mut prover = Prover::with_limits(catalogue, &assumptions, limits);
        let start = Instant::now();
        let verdict = prover.answer(&asked.query, &asked.subject);
        Answered { what: format!("query {index}"), verdict: word(&verdict), time: start.elapsed() }
    };
    (0..QUERIES).map(ask).collect()
}

fn compare(theory: &[Answered], strings: &[Answered]) {
    assert_eq!(theory.len(), strings.len());
    let mut alike = 0;
    for (one, other) in theory.iter().zip(strings) {
        assert_eq!(one.what, other.what);
        let undecided = [one.verdict, other.verdict].contains(&"undecided");
        assert!(undecided || one.verdict == other.verdict, "{one:?} against {other:?}");
        alike += usize::from(one.verdict == other.verdict);
    }
    println!(
        "{:<18} {:>8} {:>9} {:>12} {:>12} {:>10}",
        "", "queries", "undecided", "median", "longest", "in all"
    );
    for (name, answered) in [("wildcard theory", theory), ("Z3's strings", strings)] {
        let mut times: Vec<f64> = answered.iter().map(|entry| entry.time.as_secs_f64()).collect();
        times.sort_by(f64::total_cmp);
        let at = |place: usize| times.get(place).copied().unwrap_or(0.0) * 1e3;
        println!(
            "{name:<18} {:>8} {:>9} {:>9.2} ms {:>9.2} ms {:>8.2} s",
            answered.len(),
            answered.iter().filter(|entry| entry.verdict == "undecided").count(),
            at(times.len() / 2),
            at(times.len().saturating_sub(1)),
            times.iter().sum::<f64>(),
        );
    }
    println!("{alike} answers are the same; none is the opposite");
}
