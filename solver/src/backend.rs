//! Solvers that decide formulas.

pub mod z3;
