//! Cross-crate suites.
#![expect(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a failed step is a failed test; some checks are called by wrong_encoders.rs alone"
)]

mod actions_to_come;
mod anybody;
mod arn_forms;
mod bounds;
mod breadth;
mod comparison;
mod corpus;
mod decided;
mod determinism;
mod differential;
mod drawn_worlds;
mod engines;
mod escalation;
mod evidence;
mod exhaust;
mod exhaust_over_steps;
mod folded;
mod lacked;
mod laws;
mod losses;
mod managed_policies;
mod missing_inputs;
mod organizations;
mod policy_versions;
mod proofs;
mod questions;
mod random;
mod reach;
mod readings;
mod regression;
mod second_opinion;
mod seeds;
mod session_tags;
mod soundness;
mod steps;
mod stored;
mod strings;
mod wildcards;
mod worlds;
