//! Who is told of proofs as they are found, so that they can be checked.

use super::Prover;
use crate::formula::Formula;

/// Is told of every formula that was found unsatisfiable, and changes no answer.
pub trait Observer: std::fmt::Debug + Sync {
    /// `formula` cannot hold when the restrictions numbered `assumed` are assumed, whatever the open points are.
    /// `used_strings` says that Z3's strings had a part in finding that.
    fn unsatisfiable(&self, formula: &Formula, assumed: &[usize], used_strings: bool);
}

impl Prover<'_> {
    pub(super) fn observe_all(&self, formula: &Formula, used_strings: bool) {
        let all: Vec<usize> = (0..formula.restrictions.len()).collect();
        self.observe(formula, &all, used_strings);
    }

    pub(super) fn observe(&self, formula: &Formula, assumed: &[usize], used_strings: bool) {
        if let Some(observer) = self.observer {
            observer.unsatisfiable(formula, assumed, used_strings);
        }
    }
}
