//! ringfence.toml: guardrails, sets of models, what is accepted, and assumptions (docs/configuration.md).
//!
//! Strict: an unknown key, a wrong type or a name that nothing has is an error at its line, since a guardrail that is
//! left out would look like one that holds. All errors of the file are collected.

mod acceptance;
mod assumptions;
mod condition_block;
mod guardrail_kind;
mod guardrails;
mod models;
pub(crate) mod names;
mod reader;
mod scope;
pub(crate) mod texts;

use std::sync::Arc;

use ringfence_model::location::InputError;
use ringfence_solver::guardrail::{Configuration, default_guardrails};

use names::Name;
use reader::Reader;

const SECTIONS: [&str; 7] =
    ["defaults", "models", "boundaries", "administrators", "guardrail", "exception", "assumptions"];

/// The configuration that `text` says, called `file` in errors, with the names to be held against a world.
///
/// # Errors
/// Everything that is wrong with it, in the order of the lines.
pub(crate) fn parse(text: &str, file: &str) -> Result<(Configuration, Vec<Name>), Vec<InputError>> {
    let mut reader = Reader::new(text, &Arc::from(file));
    let root = reader.parse();
    let mut configuration = Configuration::default();
    reader.check_keys(&root, "ringfence.toml", &SECTIONS);
    if let Some(value) = reader::get(&root, "models") {
        models::read(value, &mut configuration, &mut reader);
    }
    if let Some(value) = reader::get(&root, "boundaries") {
        acceptance::read_boundaries(value, &mut configuration, &mut reader);
    }
    if let Some(value) = reader::get(&root, "administrators") {
        acceptance::read_administrators(value, &mut configuration, &mut reader);
    }
    let defaults = reader::get(&root, "defaults").and_then(|value| reader.boolean(value, "defaults"));
    let own =
        reader::get(&root, "guardrail").map(|value| guardrails::read(value, &configuration, &mut reader));
    configuration.guardrails = match (own, defaults) {
        // An empty list would check nothing and look like a success.
        (None, None | Some(true)) => default_guardrails(),
        (None, Some(false)) => {
            let place = reader::get(&root, "defaults").map(toml::Spanned::span).unwrap_or_default();
            reader.error(
                place,
                "there is no guardrail to check",
                "write a `[[guardrail]]`, or leave `defaults` out",
            );
            Vec::new()
        }
        (Some(own), None | Some(false)) => guardrails::without_places(own, Vec::new(), &mut reader),
        (Some(own), Some(true)) => guardrails::without_places(own, default_guardrails(), &mut reader),
    };
    if let Some(value) = reader::get(&root, "exception") {
        acceptance::read_exceptions(value, &mut configuration, &mut reader);
    }
    if let Some(value) = reader::get(&root, "assumptions") {
        assumptions::read(value, &mut configuration, &mut reader);
    }
    reader.finish(configuration)
}
