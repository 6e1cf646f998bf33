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
    /// So many combinations of larger claims are compared in all, the smaller claims first; no limit if none.
    pub total: Option<usize>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { combinations: 4_096, at_once: 64, total: Some(10_000) }
    }
}

/// After so many combinations it is asked how many there are.
const FIRST: usize = 48;

/// How far a comparison went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// To the last combination.
    Whole,
    /// Not to the end: there are so many, within the bounds.
    Larger(usize),
    /// Not to the end: there are too many.
    TooLarge,
    /// How many there are was not decided.
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
}

/// Compares a claim with the evaluator: to the end if it is of at most `bounds.at_once` combinations, else the first of them.
pub fn compare(claimed: &Claimed<'_>, bounds: &Bounds, theory: &mut Theory) -> Compared {
    let encoded = claimed.question.encoded();
    let space = Space::new(&encoded.formula, claimed.core, encoded.symbols.goal);
    let mut run = Run::new(claimed, &space);
    let mut most = FIRST.min(bounds.at_once);
    let mut extent = run.until(most, theory);
    if extent != Extent::Whole {
        extent = match space.size(bounds.combinations, theory) {
            Size::More => Extent::TooLarge,
            Size::Exactly(count) if count > bounds.at_once => Extent::Larger(count),
            Size::Exactly(_) | Size::Unknown => {
                most = bounds.at_once;
                run.until(most, theory)
            }
        };
    }
    Compared { extent, ..run.found }
}

/// As [`compare`], to the end if it is of at most `most` combinations.
pub fn compare_whole(claimed: &Claimed<'_>, most: usize, theory: &mut Theory) -> Compared {
    let encoded = claimed.question.encoded();
    let space = Space::new(&encoded.formula, claimed.core, encoded.symbols.goal);
    let mut run = Run::new(claimed, &space);
    let extent = run.until(most, theory);
    Compared { extent, ..run.found }
}

struct Run<'a, 's> {
    claimed: &'a Claimed<'a>,
    parts: Parts,
    combinations: Combinations<'s, 'a>,
    found: Compared,
}

impl<'a, 's> Run<'a, 's> {
    fn new(claimed: &'a Claimed<'a>, space: &'s Space<'a>) -> Self {
        let found = Compared { extent: Extent::Undecided, same: 0, one_sided: 0, unsaid: 0, differs: None };
        Self { claimed, parts: Parts::of(claimed), combinations: Combinations::new(space), found }
    }

    /// Goes on while at most `most` combinations were met.
    fn until(&mut self, most: usize, theory: &mut Theory) -> Extent {
        let mut met = self.found.same + self.found.unsaid + usize::from(self.found.differs.is_some());
        while met <= most {
            match self.combinations.next(theory) {
                Next::End => return Extent::Whole,
                Next::GaveUp => return Extent::Undecided,
                Next::Unbuilt => self.found.unsaid += 1,
                Next::Combination(found) => self.judge(&found),
            }
            met += 1;
        }
        Extent::Undecided
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
