//! What a proof rests on: a minimal set of restrictions that already excludes every request.

use super::{Outcome, Search};
use crate::backend::Literal;

impl Search<'_> {
    /// The first single restriction that alone makes the formula unsatisfiable; else what is left when those that are
    /// not needed are taken out in order from the last. Minimal, as far as it could be decided, and a function of the
    /// formula alone: no core that Z3 happened to return has a say.
    pub fn minimal_core(&mut self, restrictions: &[Literal]) -> Vec<Literal> {
        if matches!(self.check(&[]), Outcome::Unsat(_)) {
            return Vec::new();
        }
        for literal in restrictions {
            if matches!(self.check(&[*literal]), Outcome::Unsat(_)) {
                return vec![*literal];
            }
        }
        let mut kept = restrictions.to_vec();
        let mut index = kept.len();
        while index > 0 {
            index -= 1;
            let mut fewer = kept.clone();
            fewer.remove(index);
            if matches!(self.check(&fewer), Outcome::Unsat(_)) {
                kept = fewer;
            }
        }
        kept
    }
}
