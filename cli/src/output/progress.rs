//! Progress on a terminal, once work takes long.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ringfence_solver::report::Progress;

use super::human::counted;
use crate::cache::CacheUse;

/// Shorter work shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);
const INTERVAL: Duration = Duration::from_millis(200);

/// Shows how far a check has come on standard error, if that is a terminal.
#[derive(Debug)]
pub(crate) struct ProgressLine {
    started: Instant,
    enabled: bool,
    shown: Mutex<Option<Instant>>,
}

impl ProgressLine {
    /// Shows nothing if `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let enabled = !quiet && io::stderr().is_terminal();
        Self { started: Instant::now(), enabled, shown: Mutex::new(None) }
    }

    /// Takes note of `progress`; may be called from any thread.
    pub(crate) fn update(&self, progress: Progress) {
        self.tell(|| format!("checked {} of {} principals", progress.done, progress.total));
    }

    /// Shows `words`, where there is something to show; may be called from any thread.
    pub(crate) fn tell(&self, words: impl FnOnce() -> String) {
        if !self.enabled || self.started.elapsed() < PATIENCE {
            return;
        }
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.is_none_or(|last| last.elapsed() >= INTERVAL) {
            *shown = Some(Instant::now());
            let _ = write!(io::stderr().lock(), "\r{}", words());
        }
    }

    /// Takes the line away.
    pub(crate) fn clear(&self) {
        if self.shown.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            let _ = write!(io::stderr().lock(), "\r{:60}\r", "");
        }
    }
}

/// Says on standard error how the answers of a run with a cache came about.
pub(crate) fn report_cache(used: CacheUse) {
    let CacheUse { confirmed, rejected, kept } = used;
    let failed = match rejected {
        0 => String::new(),
        1 => "; 1 did not pass its check and was solved again".to_owned(),
        _ => format!("; {rejected} did not pass their check and were solved again"),
    };
    let _ = writeln!(
        io::stderr().lock(),
        "cache: {} checked and used, {} new{failed}",
        counted(confirmed, "answer"),
        counted(kept, "answer")
    );
}
