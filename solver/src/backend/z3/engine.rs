//! Z3's solver and its optimiser under one name.

use std::borrow::Borrow;

use z3::ast::Bool;
use z3::{Model, Optimize, SatResult, Solver};

/// What holds assertions and finds models of them.
#[derive(Debug)]
pub(super) enum Engine {
    /// Any model will do.
    Solver(Solver),
    /// The model is the best by its soft assertions.
    Optimizer(Optimize),
}

impl Engine {
    pub(super) fn assert(&self, term: impl Borrow<Bool>) {
        match self {
            Self::Solver(solver) => solver.assert(term),
            Self::Optimizer(optimizer) => optimizer.assert(term),
        }
    }

    /// A model that makes `literal` false costs `weight`. A solver has no preferences.
    pub(super) fn prefer(&self, literal: &Bool, weight: u64) {
        if let Self::Optimizer(optimizer) = self {
            optimizer.assert_soft(literal, weight, None);
        }
    }

    pub(super) fn check_assumptions(&self, assumptions: &[Bool]) -> SatResult {
        match self {
            Self::Solver(solver) => solver.check_assumptions(assumptions),
            Self::Optimizer(optimizer) => optimizer.check(assumptions),
        }
    }

    pub(super) fn get_unsat_core(&self) -> Vec<Bool> {
        match self {
            Self::Solver(solver) => solver.get_unsat_core(),
            Self::Optimizer(optimizer) => optimizer.get_unsat_core(),
        }
    }

    pub(super) fn get_reason_unknown(&self) -> Option<String> {
        match self {
            Self::Solver(solver) => solver.get_reason_unknown(),
            Self::Optimizer(optimizer) => optimizer.get_reason_unknown(),
        }
    }

    pub(super) fn get_model(&self) -> Option<Model> {
        match self {
            Self::Solver(solver) => solver.get_model(),
            Self::Optimizer(optimizer) => optimizer.get_model(),
        }
    }
}
