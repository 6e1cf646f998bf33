//! What suites, benchmarks and fuzz targets share.

pub mod checks;
pub mod fuzzed;
pub mod generator;
pub mod naive_wildcards;
