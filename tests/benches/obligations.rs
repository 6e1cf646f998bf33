//! Each verdict of a check by itself: what it took, those included that fold before a formula is made.
//!
//! `cargo bench -p ringfence-tests --bench obligations -- [PRINCIPALS]`; 2,000 if left out.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot start has nothing to measure")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::check::{Attached, Watcher, check_with};
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::search::Statistics;
use ringfence_tests::checks::options;
use ringfence_tests::generator::world::{GeneratedWorld, WorldPlan};

/// One obligation.
#[derive(Clone, Copy, Debug)]
struct Obligation {
    time: Duration,
    /// Assignments asked for, of our own solver or Z3: none where all folds.
    checks: usize,
    /// Calls of Z3.
    z3_checks: usize,
    lemmas: usize,
}

/// With one thread, what lies between two calls is one obligation.
#[derive(Debug)]
struct Clock(Mutex<Recorded>);

#[derive(Debug)]
struct Recorded {
    last: Instant,
    before: Statistics,
    by_guardrail: BTreeMap<String, Vec<Obligation>>,
}

impl Watcher for Clock {
    fn decided(&self, guardrail: Option<&str>, so_far: Statistics) {
        let now = Instant::now();
        let mut recorded = self.0.lock().expect("one thread alone");
        let obligation = Obligation {
            time: now - recorded.last,
            checks: so_far.checks - recorded.before.checks,
            z3_checks: so_far.z3_checks - recorded.before.z3_checks,
            lemmas: so_far.lemmas - recorded.before.lemmas,
        };
        let name = guardrail.unwrap_or("the group of a principal").to_owned();
        recorded.by_guardrail.entry(name).or_default().push(obligation);
        recorded.before = so_far;
        // What the book-keeping took is nobody's.
        recorded.last = Instant::now();
    }
}

fn main() {
    let principals = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(2_000);
    let plan = WorldPlan { principals, ..WorldPlan::default() };
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("obligations-{principals}"));
    GeneratedWorld::new(&plan).write(&directory).expect("a folder for the world");
    let catalogue = Catalogue::embedded().expect("the embedded catalogue");
    let models = ModelTable::embedded().expect("the embedded models");
    let world = World::read_directory(&directory).expect("a world that reads");
    let options = options(1);
    let clock = Clock(Mutex::new(Recorded {
        last: Instant::now(),
        before: Statistics::default(),
        by_guardrail: BTreeMap::new(),
    }));
    let configuration = Configuration::default();
    let attached = Attached { watcher: Some(&clock), ..Attached::default() };
    check_with(&world, catalogue, models, &configuration, &options, &|_| {}, attached);
    let recorded = clock.0.into_inner().expect("one thread alone");

    println!("{principals} principals and the root users of {} accounts, one thread", world.accounts.len());
    println!(
        "{:<26} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9} {:>9} {:>9} {:>19}",
        "obligations",
        "count",
        "folded",
        "own",
        "with Z3",
        "checks",
        "lemmas",
        "median",
        "99 %",
        "99.9 %",
        "longest",
        "by folding, own, Z3"
    );
    let mut all = Vec::new();
    for (name, obligations) in recorded.by_guardrail {
        print_row(&name, &obligations);
        all.extend(obligations);
    }
    print_row("all", &all);
}

fn print_row(name: &str, obligations: &[Obligation]) {
    let mut times: Vec<Duration> = obligations.iter().map(|obligation| obligation.time).collect();
    times.sort_unstable();
    let at = |permille: usize| {
        let place = (times.len() * permille / 1_000).min(times.len().saturating_sub(1));
        times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    let folded = |entry: &Obligation| entry.checks == 0 && entry.z3_checks == 0;
    let own = |entry: &Obligation| entry.checks > 0 && entry.z3_checks == 0;
    let z3 = |entry: &Obligation| entry.z3_checks > 0;
    let seconds = |holds: &dyn Fn(&Obligation) -> bool| {
        let times = obligations.iter().filter(|entry| holds(entry)).map(|entry| entry.time);
        times.sum::<Duration>().as_secs_f64()
    };
    let count = |holds: &dyn Fn(&Obligation) -> bool| obligations.iter().filter(|entry| holds(entry)).count();
    println!(
        "{name:<26} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8} {:>6.3} ms {:>6.3} ms {:>6.3} ms {:>6.3} ms {:>5.2} {:>5.2} {:>5.2} s",
        obligations.len(),
        count(&folded),
        count(&own),
        count(&z3),
        obligations.iter().map(|entry| entry.checks).sum::<usize>(),
        obligations.iter().map(|entry| entry.lemmas).sum::<usize>(),
        at(500),
        at(990),
        at(999),
        at(1_000),
        seconds(&folded),
        seconds(&own),
        seconds(&z3),
    );
}
