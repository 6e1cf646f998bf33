//! Steps: what somebody may come to be able to do by requests that change who may do what (docs/steps.md).

pub mod bindings;
pub mod cast;
pub mod closure;
pub mod guard;
pub mod lift;
pub mod new_policy;
pub mod primitive;
pub mod slice;
pub mod state;
pub mod tags;
pub mod verdict;
pub mod walk;
