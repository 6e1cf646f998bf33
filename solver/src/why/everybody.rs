//! The parts without which alone a guardrail fails, of everybody of whom it is proved.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::{Asked, Depth, Told, Why, alone, why};
use crate::check::{Attached, CheckOptions, check_with};
use crate::report::{Progress, Scope};
use crate::verdict::VerdictWord;

/// What the verdicts of one guardrail rest on.
#[derive(Clone, Debug)]
pub struct Everybody {
    /// How far they reach.
    pub scope: Scope,
    /// Who is in the scope of the guardrail, with the verdict, by ARN.
    pub verdicts: Vec<(String, VerdictWord)>,
    /// Of whom it is proved, by ARN: the parts without which alone it fails.
    pub proved: Vec<Why>,
    /// What a check tells beside the verdicts.
    pub told: Told,
}

/// The parts without which alone the guardrail fails, of everybody of whom it is proved, found in at most `limit` judgements of each.
/// `progress` is called from any thread. Nothing of it depends on the number of threads.
pub fn everybody(asked: Asked<'_>, limit: usize, progress: &(dyn Fn(Progress) + Sync)) -> Option<Everybody> {
    let configuration = alone(asked);
    let Asked { world, catalogue, models, options, .. } = asked;
    let report = check_with(world, catalogue, models, &configuration, options, &|_| {}, Attached::default());
    let mut told = Told::of(&report);
    let guardrail = report.guardrails.into_iter().next()?;
    let mut verdicts: Vec<(String, VerdictWord)> =
        guardrail.results.iter().map(|result| (result.principal.clone(), result.verdict.word())).collect();
    verdicts.sort();
    let is_proved = |(principal, word): &(String, VerdictWord)| {
        (*word == VerdictWord::Proved).then_some(principal.clone())
    };
    let wanted: Vec<String> = verdicts.iter().filter_map(is_proved).collect();
    // One thread for each of several principals, rather than several for each judgement.
    let single = CheckOptions { threads: NonZeroUsize::MIN, ..options.clone() };
    let of_one = Asked { options: &single, ..asked };
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let found: Mutex<Vec<Why>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..options.threads.get().min(wanted.len().max(1)) {
            scope.spawn(|| {
                while let Some(principal) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let one = why(of_one, principal, (limit, Depth::Alone), &mut |_| {});
                    found.lock().unwrap_or_else(PoisonError::into_inner).extend(one);
                    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                    progress(Progress { done, total: wanted.len() });
                }
            });
        }
    });
    let mut proved = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    proved.sort_by(|left, right| left.principal.cmp(&right.principal));
    told.defects.extend(proved.iter().flat_map(|one| one.told.defects.iter().cloned()));
    Some(Everybody { scope: guardrail.scope, verdicts, proved, told })
}
