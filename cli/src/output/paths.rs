//! What `ringfence paths` shows.

mod graph;
pub(crate) mod json;
mod provenance;
mod stopped;
mod text;
mod words;

pub(crate) use graph::{about, dot, mermaid};
pub(crate) use json::{StepObject, closed_object, effect_word, json, path_object, steps};
pub(crate) use text::{text, way};
pub(crate) use words::change as change_words;
