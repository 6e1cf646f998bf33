//! What came of all claims of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ringfence_model::catalogue::Catalogue;

use super::{Bounds, Claimed, Compared, Extent, compare, compare_if_whole};
use crate::encode::Assumptions;
use crate::prove::Question;
use crate::query::Query;
use crate::subject::Subject;
use crate::wildcard::Theory;

/// The work for one claim that is put off, by that for one as it comes.
const TIMES: u64 = 20;
/// The work for all claims that are put off, by that for one of them.
const CLAIMS: u64 = 20;

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
    /// What came of its first combinations.
    first: Compared,
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
        let found = compare(claimed, (self.bounds.at_once, self.bounds.work), theory);
        let mut state = self.lock();
        state.count(claim, (&found, None), claimed);
        if found.extent == Extent::Whole {
            state.raise(claim, fate(&found));
            return;
        }
        let known = state.later.get(digest);
        if known.is_none_or(|known| claimed.subject.arn < known.subject.arn) {
            let later = Later {
                claim: claim.to_owned(),
                first: found,
                question: claimed.question.clone(),
                core: claimed.core.to_vec(),
                query: claimed.query.clone(),
                subject: claimed.subject.clone(),
                assumptions: claimed.assumptions.clone(),
            };
            state.later.insert(digest.to_owned(), later);
        }
    }

    /// Compares what was put off, as far as the bounds go. The answer does not depend on `threads`.
    pub fn finish(&self, catalogue: &Catalogue, threads: Option<NonZeroUsize>) {
        let threads =
            threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let later = std::mem::take(&mut self.lock().later);
        let mut later: Vec<Later> = later.into_values().collect();
        let mut most = self.bounds.at_once;
        let mut left = self.bounds.total;
        let mut work = 0_u64;
        while !later.is_empty() && most < self.bounds.combinations {
            let wider = left.map_or(self.bounds.combinations, |_| (most * 2).min(self.bounds.combinations));
            let all = later.len().saturating_mul(wider);
            let total = self.bounds.work.saturating_mul(TIMES).saturating_mul(CLAIMS);
            if left.is_some_and(|left| all > left) || work > total {
                break;
            }
            // How much is known before the round begins: no order of threads matters.
            let count = u64::try_from(later.len()).unwrap_or(u64::MAX);
            let each = (total / count.max(1)).min(self.bounds.work.saturating_mul(TIMES));
            left = left.map(|left| left - all);
            most = wider;
            let (larger, done) = self.round(later, (most, each), catalogue, threads);
            later = larger;
            work = work.saturating_add(done);
        }
        let fate = if most < self.bounds.combinations { Fate::LeftOut } else { Fate::TooLarge };
        let mut state = self.lock();
        for larger in later {
            state.raise(&larger.claim, fate);
        }
    }

    /// Compares each on at most so many combinations, with so much work; returns those that have more, and the work that it took.
    fn round(
        &self,
        later: Vec<Later>,
        (most, each): (usize, u64),
        catalogue: &Catalogue,
        threads: usize,
    ) -> (Vec<Later>, u64) {
        let next = AtomicUsize::new(0);
        let found = Mutex::new(BTreeMap::new());
        let work = || {
            let mut theory = Theory::new(crate::search::Limits::default().states);
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(one) = later.get(place) else { return };
                theory.trim();
                let claimed = one.claimed(catalogue);
                let compared = if self.bounds.total.is_some() {
                    Some(compare(&claimed, (most, each), &mut theory))
                } else {
                    compare_if_whole(&claimed, (most, each), &mut theory)
                };
                if let Some(compared) = compared {
                    found.lock().unwrap_or_else(PoisonError::into_inner).insert(place, compared);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..threads.min(later.len()) {
                scope.spawn(work);
            }
        });
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.lock();
        let (mut larger, mut work) = (Vec::new(), 0_u64);
        for (place, mut one) in later.into_iter().enumerate() {
            let Some(compared) = found.remove(&place) else {
                larger.push(one);
                continue;
            };
            work = work.saturating_add(compared.work);
            state.count(&one.claim, (&compared, Some(&one.first)), &one.claimed(catalogue));
            if compared.extent == Extent::Larger {
                one.first = compared;
                larger.push(one);
            } else {
                state.raise(&one.claim, fate(&compared));
            }
        }
        (larger, work)
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

    /// Counts what was compared, but for what was before: the combinations of a claim come in the same order each time.
    fn count(&mut self, claim: &str, (found, before): (&Compared, Option<&Compared>), claimed: &Claimed<'_>) {
        let (same, one_sided) = before.map_or((0, 0), |before| (before.same, before.one_sided));
        self.combinations += found.same.saturating_sub(same);
        self.one_sided += found.one_sided.saturating_sub(one_sided);
        if let Some(what) = &found.differs {
            self.differing.insert(format!("claim {claim} about {}: {what}", claimed.subject.arn));
        }
    }
}

impl Later {
    fn claimed<'a>(&'a self, catalogue: &'a Catalogue) -> Claimed<'a> {
        Claimed {
            question: &self.question,
            core: &self.core,
            query: &self.query,
            subject: &self.subject,
            catalogue,
            assumptions: &self.assumptions,
        }
    }
}

/// What became of a claim that was gone through.
fn fate(found: &Compared) -> Fate {
    match found.extent {
        Extent::Whole if found.unsaid > 0 => Fate::InPart,
        Extent::Whole if found.same == 0 && found.differs.is_none() => Fate::Empty,
        Extent::Whole => Fate::Whole,
        Extent::Larger => Fate::LeftOut,
        Extent::Undecided => Fate::Undecided,
    }
}
