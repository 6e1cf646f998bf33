//! Steps that follow by unit propagation.

use crate::claim::{Literal, Step};
use crate::rejection::StepFault;

/// The clauses known so far, by number.
#[derive(Debug)]
pub(crate) struct Clauses<'a> {
    known: Vec<&'a [Literal]>,
    /// By variable from 1: 1 true, -1 false, 0 open. All open between two steps.
    values: Vec<i8>,
    assigned: Vec<Literal>,
    /// How many more literals of clauses that hints name may be looked at.
    left: usize,
}

/// So many literals of clauses that hints name may be looked at, some seconds of work: files are far smaller than what they can make a checker do.
const LITERALS: usize = 1 << 31;

impl<'a> Clauses<'a> {
    /// No clauses over so many variables.
    pub(crate) fn new(variables: usize) -> Self {
        Self { known: Vec::new(), values: vec![0; variables + 1], assigned: Vec::new(), left: LITERALS }
    }

    /// Adds a clause that is known. False if it has a literal of no variable.
    pub(crate) fn add(&mut self, clause: &'a [Literal]) -> bool {
        self.known.push(clause);
        clause.iter().all(|literal| *literal != 0 && self.values.get(place(*literal)).is_some())
    }

    /// Checks that the step's clause follows from the clauses that it names: with all its literals false, each leaves
    /// one literal, and the last none.
    pub(crate) fn follows(&mut self, step: &Step) -> Result<(), StepFault> {
        let result = self.propagate(step);
        for literal in std::mem::take(&mut self.assigned) {
            self.set(literal, 0);
        }
        result
    }

    fn propagate(&mut self, Step(clause, hints): &Step) -> Result<(), StepFault> {
        for literal in clause {
            // A clause with a literal and its opposite is always true, and none of the checker's business.
            if self.value(*literal) > 0 {
                return Err(StepFault::NotUnit);
            }
            self.assume(-*literal);
        }
        let mut conflict = false;
        for hint in hints {
            if conflict {
                return Err(StepFault::AfterConflict);
            }
            let known = self.known.get(*hint).copied();
            match self.remaining(known.ok_or(StepFault::NoSuchClause)?)? {
                Some(literal) => self.assume(literal),
                None => conflict = true,
            }
        }
        if conflict { Ok(()) } else { Err(StepFault::NoConflict) }
    }

    /// The one literal of the clause that is not false; none if all are.
    fn remaining(&mut self, clause: &[Literal]) -> Result<Option<Literal>, StepFault> {
        // One more for the clause itself, which may be empty.
        self.left = self.left.checked_sub(clause.len() + 1).ok_or(StepFault::TooMuch)?;
        let mut left = None;
        for literal in clause {
            match (self.value(*literal), left) {
                (-1, _) => {}
                (0, None) => left = Some(*literal),
                (0, Some(other)) if other == *literal => {}
                _ => return Err(StepFault::NotUnit),
            }
        }
        Ok(left)
    }

    fn value(&self, literal: Literal) -> i8 {
        let value = self.values.get(place(literal)).copied().unwrap_or(0);
        if literal.is_negative() { -value } else { value }
    }

    fn assume(&mut self, literal: Literal) {
        self.assigned.push(literal);
        self.set(literal, if literal.is_negative() { -1 } else { 1 });
    }

    fn set(&mut self, literal: Literal, value: i8) {
        if let Some(slot) = self.values.get_mut(place(literal)) {
            *slot = value;
        }
    }
}

fn place(literal: Literal) -> usize {
    usize::try_from(literal.unsigned_abs()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
