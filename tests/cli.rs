//! The command line, run as a program: exit codes, what it writes where, and input that is wrong in every way.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed step is a failed test"
)]

mod cli {
    mod acme;
    mod blast_radius;
    mod book;
    mod boundary;
    mod boundary_left;
    mod can;
    mod check;
    mod collect;
    mod compare;
    mod configuration;
    mod data;
    mod designs;
    mod enumerated_routes;
    mod escalation;
    mod evidence;
    mod graphs;
    mod guardrails;
    mod harness;
    mod honest_evidence;
    mod hostile;
    mod html;
    mod import;
    mod names;
    mod outputs;
    mod over_steps;
    mod parts;
    mod pipelines;
    mod plan;
    mod plan_checked;
    mod plans;
    mod policy_checks;
    mod provenance;
    mod reviewed;
    mod reviewed_evidence;
    mod schemas;
    mod shell;
    mod simulate;
    mod stopped;
    mod suites;
    mod suppressions;
    mod why;
    mod why_deletions;
    mod why_refused;
    mod world;
}

#[expect(dead_code, reason = "other suites call the rest of it")]
mod random;
