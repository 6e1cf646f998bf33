//! What `ringfence paths` shows.

mod graph;
mod json;
mod text;
mod words;

pub(crate) use graph::{dot, mermaid};
pub(crate) use json::json;
pub(crate) use text::text;
