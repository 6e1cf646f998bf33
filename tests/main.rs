//! Cross-crate suites.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed step is a failed test"
)]
#![expect(clippy::wildcard_enum_match_arm, reason = "a suite names the variants that it is about")]
#![expect(clippy::many_single_char_names, reason = "parts of one tuple")]

mod corpus;
mod determinism;
mod differential;
mod engines;
mod managed_policies;
mod organizations;
mod random;
mod soundness;
mod strings;
mod wildcards;
mod worlds;
