//! `when` and `unless`: blocks of IAM conditions, written as TOML tables.

use std::sync::Arc;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::parse::{NameCheck, policy_text};
use ringfence_model::policy::PolicyType;
use ringfence_solver::guardrail::ConditionBlock;
use serde_json::{Map, Value as Json};
use toml::de::DeValue;

use super::reader::{Reader, Value, get};
use toml::de::DeTable;

/// The blocks under `key` of `table`: one table, or a list of tables of which one must hold.
pub(super) fn read<'i>(table: &DeTable<'i>, key: &str, reader: &mut Reader<'i>) -> Vec<ConditionBlock> {
    let Some(value) = get(table, key) else { return Vec::new() };
    let blocks: Vec<&Value<'i>> = match value.get_ref().as_array() {
        Some(list) => list.iter().collect(),
        None => vec![value],
    };
    if blocks.is_empty() {
        reader.error(value.span(), &format!("`{key}` holds no block of conditions"), "leave it out");
    }
    blocks.into_iter().filter_map(|value| block(value, key, reader)).collect()
}

fn block<'i>(value: &Value<'i>, key: &str, reader: &mut Reader<'i>) -> Option<ConditionBlock> {
    let help = "write a block as under Condition of a statement: `{ StringEquals = { \"aws:ResourceTag/team\" = \"ml\" } }`";
    let table = reader.any_table(value, &format!("a block of `{key}`"))?;
    if table.is_empty() {
        // Every request meets a block without conditions.
        reader.error(value.span(), &format!("a block of `{key}` holds no condition"), help);
        return None;
    }
    for (operator, value) in table {
        if value.get_ref().as_table().is_some_and(DeTable::is_empty) {
            // Such an operator holds of every request.
            let message = format!("`{}` of a block of `{key}` compares no key", operator.get_ref());
            reader.error(value.span(), &message, help);
            return None;
        }
    }
    let json = json(value.get_ref());
    let text = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": json }],
    })
    .to_string();
    let file: Arc<str> = Arc::from("<conditions>");
    let (document, warnings) = match policy_text(&text, PolicyType::Identity, &file) {
        Ok(parsed) => parsed,
        Err(errors) => {
            for error in errors {
                reader.error(value.span(), &error.message, error.help.as_deref().unwrap_or(help));
            }
            return None;
        }
    };
    // A key, an operator or a value that means nothing would make a guardrail hold, or fail, without a word.
    let mut remarks = warnings;
    if let Ok(catalogue) = Catalogue::embedded() {
        let mut names = NameCheck::new(catalogue);
        names.document(&document);
        remarks.extend(names.into_warnings());
    }
    for remark in &remarks {
        reader.error(value.span(), &remark.message, remark.help.as_deref().unwrap_or(help));
    }
    let place = reader.location(value.span());
    let statement = document.statements.into_iter().next()?;
    let mut conditions = statement.conditions;
    for condition in &mut conditions {
        condition.location = place.clone();
    }
    remarks.is_empty().then_some(conditions)
}

/// A value of TOML as JSON. Dates are texts.
fn json(value: &DeValue<'_>) -> Json {
    match value {
        DeValue::String(text) => Json::String(text.to_string()),
        DeValue::Integer(number) => {
            let digits = number.as_str().replace('_', "");
            // TOML has hexadecimal, octal and binary numbers, and conditions none; what is no number of 64 bits stays as it is.
            let decimal = i64::from_str_radix(&digits, number.radix()).map(|value| value.to_string());
            Json::String(decimal.unwrap_or(digits))
        }
        DeValue::Float(number) => Json::String(number.as_str().replace('_', "")),
        DeValue::Boolean(truth) => Json::Bool(*truth),
        DeValue::Datetime(date) => Json::String(date.to_string()),
        DeValue::Array(list) => Json::Array(list.iter().map(|element| json(element.get_ref())).collect()),
        DeValue::Table(table) => {
            let mut object = Map::new();
            for (key, value) in table {
                object.insert(key.get_ref().to_string(), json(value.get_ref()));
            }
            Json::Object(object)
        }
    }
}
