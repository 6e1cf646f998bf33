//! What suites and benchmarks share: a generator of organisations, policies and questions.

pub mod generator;
