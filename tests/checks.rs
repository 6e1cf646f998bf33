//! Checks as suites and benchmarks run them: about the same days everywhere, so that reports can be compared.

use std::num::NonZeroUsize;

use ringfence_solver::check::CheckOptions;

/// The first instant of a request.
const AS_OF: &str = "2026-11-01T00:00:00Z";
/// The day on which dates expire or do not.
const TODAY: &str = "2026-11-22";

/// A check of everybody in so many threads; one if that is 0.
pub fn options(threads: usize) -> CheckOptions {
    let threads = NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN);
    CheckOptions::new(threads, Some(AS_OF.to_owned()), TODAY)
}
