//! Runs the program that `cargo build --release` made, as its users do.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use ringfence_tests::generator::world::{GeneratedWorld, WorldPlan, exports};
use serde_json::Value;

/// What a run took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) time: Duration,
    /// The most memory that it had at once, as seen every two milliseconds; 0 where the system does not tell.
    pub(crate) mebibytes: usize,
}

/// The folder of the benchmarks.
pub(crate) fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("benches");
    fs::create_dir_all(&folder).expect("a folder for what the benchmarks write");
    folder
}

/// Runs `ringfence` with these arguments and `output` for its report. Any verdict will do, but no error.
pub(crate) fn run(arguments: &[&str], output: &Path) -> Cost {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../release/ringfence");
    assert!(program.exists(), "build it first: cargo build --release --package ringfence");
    let report = File::create(output).expect("a file for the report");
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdout(report)
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the program runs");
    let mut mebibytes = 0;
    let status = loop {
        mebibytes = mebibytes.max(peak_mebibytes(child.id()));
        if let Some(status) = child.try_wait().expect("the program ends") {
            break status;
        }
        sleep(Duration::from_millis(2));
    };
    let time = start.elapsed();
    assert!(matches!(status.code(), Some(0 | 1 | 3)), "ringfence {}: {status}", arguments.join(" "));
    Cost { time, mebibytes }
}

/// Writes the world of a plan below the folder of the benchmarks, in place of one that has the name.
pub(crate) fn write(name: &str, plan: &WorldPlan) -> PathBuf {
    let directory = folder().join(name);
    // It may not be there.
    drop(fs::remove_dir_all(&directory));
    GeneratedWorld::new(plan).write(&directory).expect("a folder for the world");
    directory
}

/// How long serde_json takes for the exports of a world, in one thread.
pub(crate) fn parsing_time(world: &Path) -> Duration {
    let texts = exports(world).expect("a world");
    let start = Instant::now();
    for text in &texts {
        serde_json::from_slice::<Value>(text).expect("JSON");
    }
    start.elapsed()
}

/// `VmHWM` of Linux.
fn peak_mebibytes(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kibibytes.unwrap_or(0) / 1_024
}

/// The run of the middle by time of so many, with the peak of all.
pub(crate) fn median(runs: usize, run: impl FnMut() -> Cost) -> Cost {
    let mut costs: Vec<Cost> = std::iter::repeat_with(run).take(runs.max(1)).collect();
    costs.sort_by_key(|cost| cost.time);
    let mebibytes = costs.iter().map(|cost| cost.mebibytes).max().unwrap_or(0);
    let time = costs.get(costs.len() / 2).map_or(Duration::ZERO, |cost| cost.time);
    Cost { time, mebibytes }
}
