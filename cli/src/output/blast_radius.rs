//! What principals can run, as text and as JSON (docs/cli.md has the schema).

pub(crate) mod json;
mod text;

pub(crate) use json::json;
pub(crate) use text::text;
