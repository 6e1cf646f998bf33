//! Runs: several requests, each of which changes what the next may do, decided one after the other.
//!
//! This is the concrete side of steps (docs/steps.md), as [`crate::evaluate`] is of single requests: a [`Run`] holds a
//! world and the credentials that somebody has; a [`Step`] is requests with the [`Change`]s that they make. Every request is
//! decided by the evaluator in the world as it is then, under every reading of the open points, and every change must be one that the
//! allowed requests of its step make. It shares nothing with the search for paths. Trusted: an error here can show a path that is
//! none.

mod admitted;
mod change;
mod circumstances;
mod documents;
mod edit;
mod identity_center;
mod organization;
mod replay;
mod takes;
mod told;

#[cfg(test)]
mod tests;

pub use admitted::admits;
pub use change::{Change, ChangeError, Means};
pub use documents::{everything_allowed, letting_in, trusting};
pub use organization::{OrganizationChange, administration_role};
pub use replay::{Decided, Failure, Run, SESSION, Step};
pub use takes::{takes_policy_off, takes_tags_off, writes_policy, writes_policy_anew, writes_tags};
