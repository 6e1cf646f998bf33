//! `[models]`: named sets of models, and the buckets that hold training data.

use ringfence_model::models::{GEOGRAPHIES, Price};
use ringfence_solver::guardrail::{Configuration, ModelSet};
use toml::de::{DeTable, DeValue};

use super::reader::{Reader, Value, get};

const KEYS: [&str; 3] = ["ids", "output_price_above", "unknown_price"];

/// Adds the sets of `[models]` to `configuration`.
pub(super) fn read<'i>(value: &Value<'i>, configuration: &mut Configuration, reader: &mut Reader<'i>) {
    let Some(table) = reader.any_table(value, "`models`") else { return };
    for (name, value) in table {
        if name.get_ref() == "training_buckets" {
            configuration.training_buckets = training_buckets(table, reader);
        } else if let Some(set) = model_set(name.get_ref(), value, reader) {
            configuration.models.insert(name.get_ref().to_string(), set);
        }
    }
}

fn training_buckets<'i>(table: &DeTable<'i>, reader: &mut Reader<'i>) -> Vec<String> {
    let mut buckets = Vec::new();
    for (bucket, place) in reader.texts(table, "training_buckets") {
        let name =
            bucket.strip_prefix("arn:").and_then(|rest| rest.split_once(":s3:::")).map(|(_, name)| name);
        if name.is_some_and(|name| !name.is_empty() && !name.contains(['/', ':'])) {
            buckets.push(bucket.to_owned());
        } else {
            let message = format!("`{bucket}` is not the ARN of a bucket");
            reader.error(place, &message, "write `arn:aws:s3:::name`, without a path; wildcards are allowed");
        }
    }
    buckets
}

fn model_set<'i>(name: &str, value: &Value<'i>, reader: &mut Reader<'i>) -> Option<ModelSet> {
    let table = reader.table(value, &format!("the set of models `{name}`"), &KEYS)?;
    let mut ids = Vec::new();
    for (id, place) in reader.texts(table, "ids") {
        match id_problem(id) {
            None => ids.push(id.to_owned()),
            Some(problem) => {
                reader.error(place, &problem, "write bare model ids, such as `anthropic.claude-opus-*`");
            }
        }
    }
    let output_price_above = get(table, "output_price_above").and_then(|price| price_above(price, reader));
    let unknown_price =
        get(table, "unknown_price").and_then(|value| reader.boolean(value, "unknown_price")).unwrap_or(false);
    if ids.is_empty() && get(table, "output_price_above").is_none() && !unknown_price {
        let message = format!("no model can be in the set `{name}`");
        reader.error(value.span(), &message, "give it `ids`, `output_price_above` or `unknown_price = true`");
    }
    Some(ModelSet { ids, output_price_above, unknown_price })
}

fn id_problem(id: &str) -> Option<String> {
    if id.starts_with("arn:") || id.contains('/') {
        return Some(format!("`{id}` is an ARN, not a model id"));
    }
    let known = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || ".:-*?".contains(character)
    };
    if !id.chars().all(known) {
        return Some(format!("no model id matches `{id}`: they hold a-z, 0-9, `.`, `:` and `-`"));
    }
    let (geography, bare) = id.split_once('.').filter(|(first, _)| GEOGRAPHIES.contains(first))?;
    Some(format!(
        "`{id}` names the geography `{geography}`, which is taken off before ids are compared: write `{bare}`"
    ))
}

fn price_above(value: &Value<'_>, reader: &mut Reader<'_>) -> Option<String> {
    let written = match value.get_ref() {
        DeValue::Float(number) => number.as_str(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        DeValue::Integer(_)
        | DeValue::String(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => "",
    };
    let price = written.replace('_', "");
    if Price::parse(&price).is_ok() {
        return Some(price);
    }
    let help = "write USD per million output tokens as a number such as 10.0, at most six decimals";
    reader.error(value.span(), "`output_price_above` is not a price", help);
    None
}
