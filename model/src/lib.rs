//! IAM policies, AWS's catalogue of actions, the organisation, and the concrete evaluator.
//!
//! Reading order: [`policy`] (what a document says) and [`parse`] (how one is read), [`request`] (what is asked),
//! [`open_point`] (where AWS's behaviour is undocumented), [`evaluate`] (the decision), [`catalogue`] (AWS's
//! actions and keys), [`world`] (accounts and the organisation), [`simulation`] (one request in a file),
//! [`steps`] (requests that change what the next may do).
//!
//! This crate never names a solver. Trusted: an error in [`parse`], [`catalogue`] or [`world`] makes a proof wrong.

pub mod arn;
pub mod catalogue;
pub mod condition;
pub mod context;
pub mod data_source;
pub mod evaluate;
pub mod files;
pub mod first_seen;
pub mod json;
pub mod location;
pub mod managed;
pub mod models;
pub mod open_point;
pub mod parse;
pub mod policy;
pub mod policy_set;
pub mod principal;
pub mod request;
pub mod resource_policy_types;
pub mod service_rules;
pub mod simulation;
pub mod steps;
pub mod template;
pub mod world;
