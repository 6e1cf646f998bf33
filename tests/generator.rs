//! Random organisations and questions, the same bytes for the same seed on every machine.
//!
//! [`world`] makes world directories as AWS would export them; [`question`] makes single queries of many statements.
//! [`varied`] makes small worlds with a little of everything.
//! Nothing here is input of a proof: it feeds benchmarks, determinism suites and people who want a large example.

pub mod organization;
pub mod policy;
pub mod question;
pub mod random;
pub mod steps;
pub mod varied;
pub mod world;
