//! The three theorems over an organisation in which no two principals are alike: how long, and how much memory.
//!
//! `cargo bench -p ringfence-tests --bench organization -- [PRINCIPALS] [THREADS]`; 1,000 and 2 if left out.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot start has nothing to measure")]

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

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
    let memory_before = peak_mebibytes("self");
    let options = CheckOptions {
        threads,
        as_of: Some("2026-11-01T00:00:00Z".to_owned()),
        today: "2026-11-22".to_owned(),
        shard: None,
        share_classes: true,
        encoding: ringfence_solver::backend::Encoding::Theory,
    };
    let (start, processor_before) = (Instant::now(), processor_seconds());
    let report = check(&world, catalogue, models, &Configuration::default(), &options, &|_| {});
    let checking = start.elapsed();
    let processor = processor_seconds() - processor_before;

    println!(
        "{} principals, {} accounts, {} KiB of JSON, {threads} threads",
        plan.principals,
        world.accounts.len(),
        bytes / 1_024
    );
    println!("tables    {:>9.3} s", tables.as_secs_f64());
    println!("reading   {:>9.3} s", reading.as_secs_f64());
    println!("checking  {:>9.3} s, {:.2} s on processors", checking.as_secs_f64(), processor);
    let each = checking / u32::try_from(report.principals.max(1)).unwrap_or(u32::MAX);
    println!(
        "a principal {:.2} ms, {} different formulas, {:.0} times as long as reading",
        each.as_secs_f64() * 1e3,
        report.classes,
        checking.as_secs_f64() / reading.as_secs_f64()
    );
    println!("peak memory {} MiB, {memory_before} MiB of it before the check", peak_mebibytes("self"));
    print_verdicts(&report);
    measure_command(&directory, threads);
}

fn print_verdicts(report: &Report) {
    for guardrail in &report.guardrails {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for result in &guardrail.results {
            let word = match &result.verdict {
                Verdict::Inconclusive(reason) => format!("inconclusive ({})", reason.code()),
                Verdict::Proved(_) => "proved".to_owned(),
                Verdict::Refuted(_) => "refuted".to_owned(),
                Verdict::NotApplicable => "not applicable".to_owned(),
            };
            *counts.entry(word).or_default() += 1;
        }
        println!("{:<18} {counts:?}", guardrail.id);
    }
}

/// The whole command on the same world, if it was built: reading, checking, and the report for people.
fn measure_command(world: &Path, threads: NonZeroUsize) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    let program = target.join("release").join("ringfence");
    if !program.exists() {
        println!("the command was not built: `cargo build --release --package ringfence`");
        return;
    }
    let output =
        fs::File::create(target.join("tmp").join("organization.txt")).expect("a file for the report");
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(["check", "--quiet", "--threads", &threads.to_string()])
        .arg(world)
        .stdout(output)
        .spawn()
        .expect("the command runs");
    let mut peak = 0;
    let status = loop {
        peak = peak.max(peak_mebibytes(&child.id().to_string()));
        if let Some(status) = child.try_wait().expect("the command ends") {
            break status;
        }
        sleep(Duration::from_millis(10));
    };
    println!("`ringfence check` {:.3} s, {peak} MiB, {status}", start.elapsed().as_secs_f64());
}

/// How long this process has run on processors, where the system tells: `utime` and `stime` of Linux, in hundredths.
fn processor_seconds() -> f64 {
    let status = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = status.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u32>().ok());
    f64::from(ticks.sum::<u32>()) / 100.0
}

/// The most memory that a process had at once, where the system tells: `VmHWM` of Linux.
fn peak_mebibytes(process: &str) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kibibytes.unwrap_or(0) / 1_024
}
