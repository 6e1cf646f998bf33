//! Reads a live AWS organisation into a world directory. Nothing in AWS is changed: every call is one of [`OPERATIONS`].
//!
//! Reading order: `collect` (what is read in which order), `session` (whose credentials), `organization`, `account` and
//! `profiles` (the calls), `answer` (their answers as the AWS CLI writes them), `record` (what was read and what was not).

mod account;
mod answer;
mod call;
mod collect;
mod organization;
mod permissions;
mod profiles;
mod record;
mod session;
mod write;

pub use collect::{CollectError, Collected, Event, Request, collect};
pub use permissions::{OPERATIONS, policy};
pub use record::{FORMAT, Part, RECORD, Record, State};
