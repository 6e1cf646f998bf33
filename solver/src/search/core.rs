//! What a proof rests on: a minimal set of restrictions that already excludes every request.

use super::{Outcome, Search};
use crate::backend::Literal;

impl Search<'_> {
    /// A subset of `restrictions` that together with `fixed` is still unsatisfiable, and from which nothing can be
    /// taken without losing that, as far as it could be decided. `core` is the set to start from.
    pub fn minimal_core(
        &mut self,
        fixed: &[Literal],
        restrictions: &[Literal],
        core: &[Literal],
    ) -> Vec<Literal> {
        let mut kept: Vec<Literal> =
            restrictions.iter().copied().filter(|literal| core.contains(literal)).collect();
        let mut index = kept.len();
        while index > 0 {
            index -= 1;
            let mut fewer = kept.clone();
            fewer.remove(index);
            let mut assumptions = fixed.to_vec();
            assumptions.extend(fewer.iter().copied());
            if let Outcome::Unsat(smaller) = self.check(&assumptions) {
                fewer.retain(|literal| smaller.contains(literal));
                index = index.min(fewer.len());
                kept = fewer;
            }
        }
        kept
    }
}
