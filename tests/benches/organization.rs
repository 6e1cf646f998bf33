//! The three theorems over an organisation in which no two principals are alike: how long, and how much memory.
//!
//! `cargo bench -p ringfence-tests --bench organization -- [PRINCIPALS] [THREADS]`; 1,000 and 2 if left out.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot start has nothing to measure")]

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::check::{CheckOptions, check};
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::report::Report;
use ringfence_solver::verdict::Verdict;
use ringfence_tests::generator::world::{GeneratedWorld, WorldPlan};

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<usize>().ok());
    let plan = WorldPlan { principals: numbers.next().unwrap_or(1_000), ..WorldPlan::default() };
    let threads = numbers.next().and_then(NonZeroUsize::new).unwrap_or(NonZeroUsize::MIN.saturating_add(1));
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("organization-{}", plan.principals));
    let generated = GeneratedWorld::new(&plan);
    let bytes: usize = generated.files.values().map(String::len).sum();
    generated.write(&directory).expect("a folder for the world");
    drop(generated);

    let start = Instant::now();
    let catalogue = Catalogue::embedded().expect("the embedded catalogue");
    let models = ModelTable::embedded().expect("the embedded models");
    let tables = start.elapsed();
    let start = Instant::now();
    let world = World::read_directory(&directory).expect("a world that reads");
    let reading = start.elapsed();
    let memory_before = peak_mebibytes();
    let options = CheckOptions {
        threads,
        as_of: Some("2026-11-01T00:00:00Z".to_owned()),
        today: "2026-11-22".to_owned(),
        share_classes: true,
        encoding: ringfence_solver::backend::Encoding::Theory,
    };
    let start = Instant::now();
    let report = check(&world, catalogue, models, &Configuration::default(), &options, &|_| {});
    let checking = start.elapsed();

    println!(
        "{} principals, {} accounts, {} KiB of JSON, {threads} threads",
        plan.principals,
        world.accounts.len(),
        bytes / 1_024
    );
    println!("tables    {:>9.3} s", tables.as_secs_f64());
    println!("reading   {:>9.3} s", reading.as_secs_f64());
    println!("checking  {:>9.3} s", checking.as_secs_f64());
    println!(
        "a principal {:.2} ms, {} different formulas, {:.0} times as long as reading",
        checking.as_secs_f64() * 1e3 / report.principals.max(1) as f64,
        report.classes,
        checking.as_secs_f64() / reading.as_secs_f64()
    );
    println!("peak memory {} MiB, {memory_before} MiB of it before the check", peak_mebibytes());
    print_verdicts(&report);
}

fn print_verdicts(report: &Report) {
    for guardrail in &report.guardrails {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for result in &guardrail.results {
            let word = match &result.verdict {
                Verdict::Inconclusive(reason) => format!("inconclusive ({})", reason.code()),
                other => format!("{:?}", other.word()).to_lowercase(),
            };
            *counts.entry(word).or_default() += 1;
        }
        println!("{:<18} {counts:?}", guardrail.id);
    }
}

/// The most memory that this process had at once, where the system tells: `VmHWM` of Linux.
fn peak_mebibytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kibibytes.unwrap_or(0) / 1_024
}
