//! Phase (b): requests that are allowed as the evaluator reads the open points, and however else they are read.

use crate::backend::Literal;
use crate::interpretation::Interpretation;
use crate::search::{Outcome, Rereading, Search};

/// So many requests are found, of which another reading breaks each, before the search for one that no reading
/// breaks is given up.
const FRAGILE: usize = 8;

/// What phase (b) finds.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// To be replayed, in this order: the request that no reading breaks, if there is one, then the others found.
    pub(super) interpretations: Vec<Interpretation>,
    /// Why the search ended before all was found, if it did.
    pub(super) unknown: Option<String>,
}

/// The requests under `assumptions`, in which every point is at the evaluator's choice: each one that another reading
/// breaks is followed by one which that reading does not break, until none is left to be found.
///
/// Whether one is found that no reading breaks does not depend on the order in which they come, short of the limit:
/// what is asked of the next is only what each such request fulfils. The one exception are requests that touch on more
/// predicates than a replay varies, which no replay confirms.
pub(super) fn candidates(search: &mut Search<'_>, assumptions: &[Literal]) -> Candidates {
    let assertions = search.formula().assertions.clone();
    let mut assumptions = assumptions.to_vec();
    let mut found = Candidates::default();
    while found.interpretations.len() < FRAGILE {
        let canonical = match search.check(&assumptions) {
            Outcome::Sat(first) => search.canonical(&assumptions, first),
            Outcome::Unsat(_) => break,
            Outcome::Unknown(reason) => {
                found.unknown = Some(reason);
                break;
            }
        };
        let asked = match search.try_readings(&assertions, &canonical) {
            Rereading::Robust => {
                found.interpretations.insert(0, canonical);
                break;
            }
            Rereading::Fragile(breaking) => {
                breaking.iter().map(|readings| search.reread(&assertions, readings)).collect()
            }
            Rereading::TooMany(predicates) => vec![search.some_agrees(&predicates)],
        };
        found.interpretations.push(canonical);
        for term in asked {
            let literal = search.any_of(vec![term]);
            assumptions.push(literal);
        }
    }
    found
}
