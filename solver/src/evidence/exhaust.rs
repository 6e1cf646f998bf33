//! Claims against the evaluator, on every combination of values that their atoms can have.
//!
//! A proof shows that a claim holds, and not that it says what the policies say: for that the encoder was trusted alone. Here each combination
//! of a small claim becomes a request, which the evaluator decides, though it shares nothing with the encoder but the parsed policies and the
//! names of open points. What the parts of the claim say there must be what the evaluator says. An encoder that takes a statement to
//! deny what it does not, or a layer not to allow what it does, makes claims that hold and are wrong; that is found here.
//!
//! Not compared is what is asserted of every request: a combination outside of that has no request. Nor is what the atoms mean: texts that match
//! are found by the wildcard theory, and the evaluator matches them anew.

mod combination;
mod decided;
mod parts;
mod tally;

use ringfence_model::catalogue::Catalogue;

use crate::certify::enumerate::{Combinations, Next, Size, Space};
use crate::encode::Assumptions;
use crate::interpretation::Interpretation;
use crate::prove::Question;
use crate::query::Query;
use crate::subject::Subject;
use crate::wildcard::Theory;
use combination::{Judged, judge};
use parts::Parts;

pub use tally::{Comparison, Tally};

/// A claim that a run goes by, with what it was made of.
#[derive(Clone, Copy, Debug)]
pub struct Claimed<'a> {
    /// The question of which the formula cannot hold.
    pub question: &'a Question,
    /// The restrictions on which that rests, by number.
    pub core: &'a [usize],
    /// What was asked.
    pub query: &'a Query,
    /// About whom.
    pub subject: &'a Subject,
    /// What AWS offers.
    pub catalogue: &'a Catalogue,
    /// Points that the user pinned.
    pub assumptions: &'a Assumptions,
}

/// How much is compared. None of it is a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Claims of more combinations are too large.
    pub combinations: usize,
    /// Claims of at most so many are compared as they come, for each principal of whom they are made; larger ones for one of them.
    pub at_once: usize,
    /// The bound for one of the larger claims is doubled while all of them together stay below so many combinations; no limit if none.
    pub total: Option<usize>,
    /// So much work is done for one claim as it comes, and twenty times as much for one that is put off, as long as all of these together take no more
    /// than four hundred times as much: clauses that the solver of combinations looks at, some ten million a second.
    pub work: u64,
}

/// For one claim, as it comes.
const WORK: u64 = 1_000_000;

impl Bounds {
    /// Every claim of up to so many combinations, whatever it takes.
    pub fn whole(combinations: usize) -> Self {
        Self { combinations, total: None, work: u64::MAX, ..Self::default() }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self { combinations: 4_096, at_once: 32, total: Some(20_000), work: WORK }
    }
}

/// How far a comparison went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// To the last combination.
    Whole,
    /// There are more.
    Larger,
    /// Whether there are more was not decided.
    Undecided,
}

/// What came of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// How far it went.
    pub extent: Extent,
    /// Combinations of which both said the same.
    pub same: usize,
    /// Of them those in which something open takes part, which the evaluator does not know: there the evaluator allows no more than the claim, and may
    /// allow less.
    pub one_sided: usize,
    /// Combinations of which no request was built, or about which the evaluator does not decide.
    pub unsaid: usize,
    /// What they said of the first combination on which they differ.
    pub differs: Option<String>,
    /// The work that it took.
    pub work: u64,
}

/// Compares a claim with the evaluator, on at most `most` combinations.
pub fn compare(claimed: &Claimed<'_>, (most, work): (usize, u64), theory: &mut Theory) -> Compared {
    let encoded = claimed.question.encoded();
    let space = Space::new(&encoded.formula, claimed.core, encoded.symbols.goal);
    Run::new(claimed, &space, work).until(most, theory)
}

/// As [`compare`], where it has at most `most` combinations, and not at all where it has more.
pub fn compare_if_whole(
    claimed: &Claimed<'_>,
    (most, work): (usize, u64),
    theory: &mut Theory,
) -> Option<Compared> {
    let encoded = claimed.question.encoded();
    let space = Space::new(&encoded.formula, claimed.core, encoded.symbols.goal);
    // Counting takes far less time than going through so many.
    (space.size(most, work, theory) != Size::More)
        .then(|| Run::new(claimed, &space, work).until(most, theory))
}

struct Run<'a, 's> {
    claimed: &'a Claimed<'a>,
    parts: Parts,
    combinations: Combinations<'s, 'a>,
    found: Compared,
}

impl<'a, 's> Run<'a, 's> {
    fn new(claimed: &'a Claimed<'a>, space: &'s Space<'a>, work: u64) -> Self {
        let found =
            Compared { extent: Extent::Undecided, same: 0, one_sided: 0, unsaid: 0, differs: None, work: 0 };
        let combinations = Combinations::new(space).within(work);
        Self { claimed, parts: Parts::of(claimed), combinations, found }
    }

    /// Goes through at most `most` combinations.
    fn until(mut self, most: usize, theory: &mut Theory) -> Compared {
        self.go(most, theory);
        self.found.work = self.combinations.work();
        self.found
    }

    fn go(&mut self, most: usize, theory: &mut Theory) {
        for _ in 0..most {
            match self.combinations.next(theory) {
                Next::End => {
                    self.found.extent = Extent::Whole;
                    return;
                }
                Next::GaveUp => {
                    self.found.extent = Extent::Undecided;
                    return;
                }
                Next::Unbuilt => self.found.unsaid += 1,
                Next::Combination(found) => self.judge(&found),
            }
        }
        self.found.extent = match self.combinations.next(theory) {
            Next::End => Extent::Whole,
            Next::GaveUp => Extent::Undecided,
            Next::Unbuilt | Next::Combination(_) => Extent::Larger,
        };
    }

    fn judge(&mut self, interpretation: &Interpretation) {
        match judge(self.claimed, interpretation, &self.parts) {
            Judged::Same => self.found.same += 1,
            Judged::OneSided => {
                self.found.same += 1;
                self.found.one_sided += 1;
            }
            Judged::NotSaid => self.found.unsaid += 1,
            Judged::Differ(what) => {
                self.found.differs.get_or_insert(what);
            }
        }
    }
}
