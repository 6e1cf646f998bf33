//! What a proof rests on: a minimal set of restrictions that already excludes every request.

use super::{Outcome, Search};
use crate::backend::Literal;
use crate::minimal::{first_alone, leave_out};

impl Search<'_> {
    /// The first single restriction that alone makes the formula unsatisfiable, unless too many sets of several do; else
    /// what is left when those that are not needed are taken out in order from the last. Minimal, as far as it could be
    /// decided, and a function of the formula alone: no core that Z3 happened to return has a say.
    pub fn minimal_core(&mut self, restrictions: &[Literal]) -> Vec<Literal> {
        if matches!(self.check(&[]), Outcome::Unsat(_)) {
            return Vec::new();
        }
        let mut excludes = |some: &[Literal]| matches!(self.check(some), Outcome::Unsat(_));
        if let Some(alone) = first_alone(restrictions, &mut excludes) {
            return vec![alone];
        }
        let mut kept = restrictions.to_vec();
        leave_out(&mut kept, excludes);
        kept
    }
}
