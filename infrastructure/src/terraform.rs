//! Plans and states of Terraform.

mod address;
mod apply;
mod configuration;
mod document;
mod known;
mod plan;

#[cfg(test)]
mod tests;

pub use apply::{Planned, Told};
pub use plan::Plan;
