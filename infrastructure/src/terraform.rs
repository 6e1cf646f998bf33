//! Plans and states of Terraform.

mod address;
mod apply;
mod asked;
mod configuration;
mod document;
mod kind;
mod known;
mod plan;

#[cfg(test)]
mod tests;

pub use apply::{MadeUp, Planned, Told};
pub use plan::{Plan, is_plan};
