//! Who is told of each verdict as it is reached, to measure what it cost.

use std::fmt;

use crate::search::Statistics;

/// Is told of everything that a check decides, and changes no answer.
pub trait Watcher: fmt::Debug + Sync {
    /// Called in the thread that decided it, once for each: by the id of a guardrail its verdict on one principal, or by
    /// none the group that a principal belongs to, which is decided first. `so_far` is what the prover of this thread counted
    /// in all its searches.
    fn decided(&self, guardrail: Option<&str>, so_far: Statistics);
}
