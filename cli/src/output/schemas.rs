//! The schemas of all JSON answers and of baselines, made of the types that write them, so that they cannot say anything else.
//!
//! They are published in docs/schemas. `RINGFENCE_UPDATE_SNAPSHOTS=1` writes them anew.

use std::path::Path;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

/// A verdict.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "stands for the type of another package")]
pub(crate) enum VerdictWord {
    /// The question does not arise.
    NotApplicable,
    /// See `scope`.
    Proved,
    /// Neither proved nor refuted.
    Inconclusive,
    /// A request or path is shown.
    Refuted,
}

/// The answer to one case.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "stands for the type of another package")]
pub(crate) enum SimulationAnswer {
    /// The case was decided.
    Decided {
        /// The case's name.
        name: String,
        /// `Allow`, `ExplicitDeny` or `ImplicitDeny`.
        decision: String,
        /// The statements that decide.
        deciding: Vec<DecidingStatement>,
        /// The points whose other reading would change the decision.
        uncertain: Vec<String>,
    },
    /// The case has no decision.
    Failed {
        /// The case's name; empty if it could not be read.
        name: String,
        /// Why.
        error: String,
    },
}

/// A statement that decides.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "stands for the type of another package")]
pub(crate) struct DecidingStatement {
    /// The policy's name.
    policy: String,
    /// The statement's index, from 0.
    statement: usize,
    /// Its `Sid`.
    sid: Option<String>,
}

/// The schema of `T` as it is written.
pub(crate) fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

/// Several answers of one command, each of which one of `schemas` takes.
fn one_of(schemas: impl IntoIterator<Item = Schema>) -> Value {
    let mut definitions = serde_json::Map::new();
    let mut choices = Vec::new();
    for schema in schemas {
        let mut schema = schema.to_value();
        let object = schema.as_object_mut().unwrap();
        object.remove("$schema");
        if let Some(Value::Object(own)) = object.remove("$defs") {
            definitions.extend(own);
        }
        choices.push(schema);
    }
    json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "oneOf": choices, "$defs": definitions })
}

/// Every schema by the name of its file.
fn all() -> [(&'static str, Value); 14] {
    [
        ("check", super::json::schema().to_value()),
        ("boundary", super::boundary::json::schema().to_value()),
        ("paths", super::paths::json::schema().to_value()),
        ("blast-radius", super::blast_radius::json::schema().to_value()),
        ("question", one_of(super::question::json::schemas())),
        ("simulate", super::simulation::trace::schema().to_value()),
        ("explain", one_of(crate::command::explain::schemas())),
        ("data", one_of(super::data::schemas())),
        ("compare", super::compare::json::schema().to_value()),
        ("why", super::why::json::schema().to_value()),
        ("policy-check", super::policy_checks::schema().to_value()),
        ("verify", super::verify::schema().to_value()),
        ("certificate", crate::evidence::certificate_schema().to_value()),
        ("baseline", crate::baseline::schema().to_value()),
    ]
}

#[test]
fn the_published_schemas_are_those_of_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas");
    for (name, schema) in all() {
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        let file = folder.join(format!("{name}.schema.json"));
        if std::env::var_os("RINGFENCE_UPDATE_SNAPSHOTS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, &text).unwrap();
        }
        let published = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(published == text, "{} is not what the types say", file.display());
    }
}

/// An object of a schema that takes members which it does not name would let a mistake pass.
#[test]
fn no_object_takes_members_that_it_does_not_name() {
    for (name, schema) in all() {
        let mut open = Vec::new();
        look_for_open_objects(&schema, false, &mut Vec::new(), &mut open);
        assert_eq!(open, Vec::<String>::new(), "{name}");
    }
}

/// `closed` are the choices of an object that takes no member which none of them names.
fn look_for_open_objects(schema: &Value, closed: bool, place: &mut Vec<String>, open: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            let named = members.contains_key("properties");
            let refuses = |name: &str| members.get(name) == Some(&Value::Bool(false));
            if named && !closed && !refuses("additionalProperties") && !refuses("unevaluatedProperties") {
                open.push(place.join("/"));
            }
            for (name, member) in members {
                place.push(name.clone());
                let closed = name == "anyOf" && refuses("unevaluatedProperties");
                look_for_open_objects(member, closed, place, open);
                place.pop();
            }
        }
        Value::Array(elements) => {
            for element in elements {
                look_for_open_objects(element, closed, place, open);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
