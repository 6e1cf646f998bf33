//! Work on many principals in several threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use ringfence_model::catalogue::Catalogue;

use super::{Attached, CheckOptions};
use crate::encode::Assumptions;
use crate::prove::Prover;
use crate::report::Progress;
use crate::search::Limits;

/// What `work` makes of each of `items`, in their order: each thread has a prover of its own, and takes the next item when it is free.
pub(super) fn in_threads<T: Sync, R: Send>(
    items: &[T],
    around: (&Catalogue, &Assumptions),
    options: &CheckOptions,
    attached: Attached<'_>,
    progress: &(dyn Fn(Progress) + Sync),
    work: impl Fn(&mut Prover<'_>, &T) -> R + Sync,
) -> Vec<R> {
    let nothing = || ();
    let work = |prover: &mut Prover<'_>, (): &mut (), item: &T| work(prover, item);
    in_threads_with(items, around, options, attached, progress, nothing, work)
}

/// As [`in_threads`], where each thread keeps a `state` of its own from one item to the next.
pub(super) fn in_threads_with<T: Sync, R: Send, S>(
    items: &[T],
    (catalogue, assumptions): (&Catalogue, &Assumptions),
    options: &CheckOptions,
    attached: Attached<'_>,
    progress: &(dyn Fn(Progress) + Sync),
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut Prover<'_>, &mut S, &T) -> R + Sync,
) -> Vec<R> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let found: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..options.threads.get().min(items.len().max(1)) {
            scope.spawn(|| {
                let limits = Limits { encoding: options.encoding, ..Limits::default() };
                let mut prover = Prover::with_limits(catalogue, assumptions, limits)
                    .observed(attached.observer)
                    .storing(attached.store)
                    .led_by(attached.ledger);
                let mut state = state();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    let answer = work(&mut prover, &mut state, item);
                    found.lock().unwrap_or_else(PoisonError::into_inner).push((index, answer));
                    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                    progress(Progress { done, total: items.len() });
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(index, _)| *index);
    found.into_iter().map(|(_, answer)| answer).collect()
}
