//! Solver.

pub mod backend;
