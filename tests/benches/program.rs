//! Runs the program that `cargo build --release` made, as its users do.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

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
    std::fs::create_dir_all(&folder).expect("a folder for what the benchmarks write");
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

/// `VmHWM` of Linux.
fn peak_mebibytes(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
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
