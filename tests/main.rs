//! Cross-crate suites.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed step is a failed test")]

mod corpus;
mod engines;
mod organizations;
mod strings;
