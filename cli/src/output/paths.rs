//! What `ringfence paths` shows.

mod graph;
mod json;
mod provenance;
mod stopped;
mod text;
mod words;

pub(crate) use graph::{dot, mermaid};
pub(crate) use json::{StepObject, closed_object, json, path_object, steps};
pub(crate) use text::{text, way};
