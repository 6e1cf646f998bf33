//! What came of all claims of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ringfence_model::catalogue::Catalogue;

use super::{Bounds, Claimed, Compared, Extent, compare, compare_whole};
use crate::encode::Assumptions;
use crate::prove::Question;
use crate::query::Query;
use crate::subject::Subject;
use crate::wildcard::Theory;

/// What became of a claim; of several questions with the same claim the greatest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// No request is what is asked about, whatever policies say.
    Empty,
    Whole,
    /// Of some combination there is no request, or the evaluator does not decide about it.
    InPart,
    /// It is within the bound for one claim, and was left out for that of all.
    LeftOut,
    TooLarge,
    /// How large it is was not decided.
    Undecided,
}

/// Counts over the claims of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Claims that counted in the run.
    pub claims: usize,
    /// Compared on every combination.
    pub whole: usize,
    /// Of which no request is what is asked about, whatever policies say: there is nothing to compare.
    pub without_requests: usize,
    /// Compared, but for combinations of which no request was built, or about which the evaluator does not decide.
    pub in_part: usize,
    /// Of more combinations than are compared of one claim.
    pub too_large: usize,
    /// Left out since enough combinations had been compared.
    pub left_out: usize,
    /// Of which it was not decided how many combinations there are, or which no question named.
    pub undecided: usize,
    /// Combinations that were compared, each with a request of its own.
    pub combinations: usize,
    /// Of them those in which something open takes part, on which the evaluator allows no more than the claim, and may allow less.
    pub one_sided: usize,
    /// Where claim and evaluator differ, each with the claim, the request and what both say.
    pub differing: Vec<String>,
}

/// A claim that is compared at the end.
#[derive(Debug)]
struct Later {
    claim: String,
    size: usize,
    question: Question,
    core: Vec<usize>,
    query: Query,
    subject: Subject,
    assumptions: Assumptions,
}

#[derive(Debug, Default)]
struct State {
    /// By the digest of the question and the principal.
    seen: BTreeSet<(String, String)>,
    fates: BTreeMap<String, Fate>,
    /// By the digest of the question: of equal ones that about the first principal.
    later: BTreeMap<String, Later>,
    combinations: usize,
    one_sided: usize,
    differing: BTreeSet<String>,
}

/// Compares the claims of a run as they come.
#[derive(Debug)]
pub struct Tally {
    bounds: Bounds,
    state: Mutex<State>,
}

impl Tally {
    /// Nothing was compared yet.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Compares what was claimed, whose SHA-256 is `claim`, unless it was compared for this principal; if it is large, later.
    pub fn compare(&self, claimed: &Claimed<'_>, claim: &str, theory: &mut Theory) {
        let digest = claimed.question.digest();
        if !self.lock().seen.insert((digest.to_owned(), claimed.subject.arn.clone())) {
            return;
        }
        let found = compare(claimed, &self.bounds, theory);
        let mut state = self.lock();
        state.add(claim, &found, claimed);
        let Extent::Larger(size) = found.extent else { return };
        let known = state.later.get(digest);
        if known.is_none_or(|known| claimed.subject.arn < known.subject.arn) {
            let later = Later {
                claim: claim.to_owned(),
                size,
                question: claimed.question.clone(),
                core: claimed.core.to_vec(),
                query: claimed.query.clone(),
                subject: claimed.subject.clone(),
                assumptions: claimed.assumptions.clone(),
            };
            state.later.insert(digest.to_owned(), later);
        }
    }

    /// Compares what was put off, the smaller claims first, as far as the bound for all of them goes. The answer does not depend on
    /// `threads`.
    pub fn finish(&self, catalogue: &Catalogue, threads: Option<NonZeroUsize>) {
        let later = std::mem::take(&mut self.lock().later);
        let mut later: Vec<(String, Later)> = later.into_iter().collect();
        later.sort_by(|one, other| (one.1.size, &one.0).cmp(&(other.1.size, &other.0)));
        let mut left = self.bounds.total.unwrap_or(usize::MAX);
        let fits = |entry: &(String, Later)| {
            let fits = entry.1.size <= left;
            left = left.saturating_sub(entry.1.size);
            fits
        };
        let (now, never): (Vec<_>, Vec<_>) = later.into_iter().partition(fits);
        for (_, left_out) in never {
            self.lock().raise(&left_out.claim, Fate::LeftOut);
        }
        let next = AtomicUsize::new(0);
        let work = || {
            let mut theory = Theory::new(crate::search::Limits::default().states);
            while let Some((_, later)) = now.get(next.fetch_add(1, Ordering::Relaxed)) {
                let claimed = Claimed {
                    question: &later.question,
                    core: &later.core,
                    query: &later.query,
                    subject: &later.subject,
                    catalogue,
                    assumptions: &later.assumptions,
                };
                theory.trim();
                let found = compare_whole(&claimed, later.size, &mut theory);
                self.lock().add(&later.claim, &found, &claimed);
            }
        };
        let threads =
            threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        std::thread::scope(|scope| {
            for _ in 0..threads.min(now.len()) {
                scope.spawn(work);
            }
        });
    }

    /// What came of these claims, which are all that counted.
    pub fn comparison(&self, claims: &BTreeSet<String>) -> Comparison {
        let state = self.lock();
        let mut found = Comparison {
            claims: claims.len(),
            combinations: state.combinations,
            one_sided: state.one_sided,
            differing: state.differing.iter().cloned().collect(),
            ..Comparison::default()
        };
        for claim in claims {
            let count = match state.fates.get(claim) {
                Some(Fate::Empty) => &mut found.without_requests,
                Some(Fate::Whole) => &mut found.whole,
                Some(Fate::InPart) => &mut found.in_part,
                Some(Fate::LeftOut) => &mut found.left_out,
                Some(Fate::TooLarge) => &mut found.too_large,
                Some(Fate::Undecided) | None => &mut found.undecided,
            };
            *count += 1;
        }
        found
    }
}

impl State {
    fn raise(&mut self, claim: &str, fate: Fate) {
        let entry = self.fates.entry(claim.to_owned()).or_insert(fate);
        *entry = fate.max(*entry);
    }

    fn add(&mut self, claim: &str, found: &Compared, claimed: &Claimed<'_>) {
        self.combinations += found.same;
        self.one_sided += found.one_sided;
        if let Some(what) = &found.differs {
            self.differing.insert(format!("claim {claim} about {}: {what}", claimed.subject.arn));
        }
        let fate = match found.extent {
            Extent::Whole if found.unsaid > 0 => Fate::InPart,
            Extent::Whole if found.same == 0 => Fate::Empty,
            Extent::Whole => Fate::Whole,
            // What is put off is told at the end.
            Extent::Larger(_) => return,
            Extent::TooLarge => Fate::TooLarge,
            Extent::Undecided => Fate::Undecided,
        };
        self.raise(claim, fate);
    }
}
