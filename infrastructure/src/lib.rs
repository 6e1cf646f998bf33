//! Infrastructure as code: what a plan makes of a world, and bounds for what it leaves unknown.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "a failed step is a failed test"
    )
)]

pub mod bounds;
pub mod draft;
pub mod hole;
pub mod names;
mod plain;
pub mod terraform;
pub mod values;
