//! Policy documents as plans hold them: texts, and the blocks of `aws_iam_policy_document`.

use serde_json::{Map, Value, json};

use super::known::{list, text};
use crate::hole;
use crate::plain::plain;

/// The document of a data source `aws_iam_policy_document` that is read at apply, from its blocks.
///
/// Unknown as a whole where other documents that are merged in may replace statements. Source: the data source's page in the provider's
/// documentation.
pub(super) fn of_data_source(attributes: &Value, whole: &str) -> Value {
    let overrides =
        ["override_policy_documents", "override_json"].iter().any(|name| !list(attributes, name).is_empty());
    let mut statements = Vec::new();
    // The newest of all that are merged.
    let mut version = text(attributes, "version").unwrap_or(NEWEST).to_owned();
    for name in ["source_policy_documents", "source_json"] {
        for source in list(attributes, name) {
            let Some(document) = source.as_str().and_then(|text| of_text(text).ok()) else {
                return json!(whole);
            };
            let of_source = if document.is_object() { document.get("Version") } else { Some(&document) };
            let of_source = of_source.and_then(Value::as_str).unwrap_or_default();
            if hole::has_hole(of_source) && version != NEWEST {
                return json!(whole);
            }
            if !hole::has_hole(of_source) && of_source > version.as_str() {
                of_source.clone_into(&mut version);
            }
            match document.get("Statement") {
                Some(Value::Array(all)) => statements.extend(all.iter().cloned()),
                Some(one) => statements.push(one.clone()),
                // It is a hole.
                None => statements.push(document),
            }
        }
    }
    match attributes.get("statement") {
        Some(Value::Array(blocks)) => {
            for block in blocks {
                let statement = if block.is_string() { block.clone() } else { of_block(block) };
                // A later statement takes the place of an earlier one of its Sid.
                let sid = statement.get("Sid").cloned();
                match statements.iter_mut().find(|known| sid.is_some() && known.get("Sid") == sid.as_ref()) {
                    Some(known) => *known = statement,
                    None => statements.push(statement),
                }
            }
        }
        Some(Value::String(_)) => return json!(whole),
        _ => {}
    }
    if overrides || statements.iter().any(|statement| statement.get("Sid").is_some_and(has_hole)) {
        return json!(whole);
    }
    let mut document = Map::new();
    document.insert("Version".to_owned(), json!(version));
    if let Some(id) = text(attributes, "policy_id") {
        document.insert("Id".to_owned(), json!(id));
    }
    document.insert("Statement".to_owned(), Value::Array(statements));
    Value::Object(document)
}

/// The newest version of the policy language.
const NEWEST: &str = "2012-10-17";

fn has_hole(value: &Value) -> bool {
    !hole::numbers(value).is_empty()
}

fn of_block(block: &Value) -> Value {
    let mut statement = Map::new();
    if let Some(sid) = text(block, "sid") {
        statement.insert("Sid".to_owned(), json!(sid));
    }
    statement.insert("Effect".to_owned(), json!(text(block, "effect").unwrap_or("Allow")));
    for (name, element) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        if let Some(values) = values(block, name) {
            statement.insert(element.to_owned(), values);
        }
    }
    for (name, element) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(principal) = principal(block, name) {
            statement.insert(element.to_owned(), principal);
        }
    }
    if let Some(condition) = condition(block) {
        statement.insert("Condition".to_owned(), condition);
    }
    Value::Object(statement)
}

/// The values at `name`, or the hole that the list is; none if there are none. `&{` stands for `${`.
fn values(block: &Value, name: &str) -> Option<Value> {
    let escaped = |value: &Value| match value {
        Value::String(text) => json!(text.replace("&{", "${")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.clone(),
    };
    let found = block.get(name).filter(|found| !found.is_null())?;
    match found.as_array() {
        Some(values) if values.is_empty() => None,
        Some(values) => Some(Value::Array(values.iter().map(escaped).collect())),
        None => Some(escaped(found)),
    }
}

fn principal(block: &Value, name: &str) -> Option<Value> {
    let found = block.get(name)?;
    let Some(blocks) = found.as_array().filter(|blocks| !blocks.is_empty()) else {
        // Unknown as a whole, or there are none.
        return found.is_string().then(|| found.clone());
    };
    let mut kinds: Map<String, Value> = Map::new();
    for one in blocks {
        if one.is_string() {
            return Some(one.clone());
        }
        let kind = text(one, "type").unwrap_or_default();
        let identifiers = values(one, "identifiers").unwrap_or_else(|| json!([]));
        if kind == "*" {
            return Some(json!("*"));
        }
        join(&mut kinds, kind, identifiers);
    }
    Some(Value::Object(kinds))
}

fn condition(block: &Value) -> Option<Value> {
    let found = block.get("condition")?;
    let Some(blocks) = found.as_array().filter(|blocks| !blocks.is_empty()) else {
        // Unknown as a whole, or there are none.
        return found.is_string().then(|| found.clone());
    };
    let mut tests: Map<String, Value> = Map::new();
    for one in blocks {
        if one.is_string() {
            return Some(one.clone());
        }
        let (test, variable) =
            (text(one, "test").unwrap_or_default(), text(one, "variable").unwrap_or_default());
        // Blocks of one test and variable are one condition with the values of all: what is unknown of either may be that of any other.
        if hole::has_hole(test) {
            return Some(json!(test));
        }
        let keys = tests.entry(test).or_insert_with(|| Value::Object(Map::new()));
        if hole::has_hole(variable) {
            *keys = json!(variable);
        } else if let Some(keys) = keys.as_object_mut() {
            join(keys, variable, values(one, "values").unwrap_or_else(|| json!([])));
        }
    }
    Some(Value::Object(tests))
}

/// Adds values under a name: to those that are there, and unknown as a whole if one of both lists is.
fn join(members: &mut Map<String, Value>, name: &str, values: Value) {
    match (members.get_mut(name), values) {
        (None, values) => drop(members.insert(name.to_owned(), values)),
        (Some(Value::Array(known)), Value::Array(more)) => known.extend(more),
        (Some(known), more @ Value::String(_)) => *known = more,
        (Some(_), _) => {}
    }
}

/// The document in `text`, parsed; a hole as it is.
///
/// # Errors
/// What is wrong with it.
pub(super) fn of_text(text: &str) -> Result<Value, String> {
    use ringfence_model::json::Json;
    if hole::whole(text).is_some() {
        return Ok(json!(text));
    }
    let json = Json::parse(text, &"policy".into()).map_err(|errors| {
        let first = errors.first();
        first.map(|error| format!("{} at line {}", error.message, error.location.line)).unwrap_or_default()
    })?;
    Ok(plain(&json))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::of_data_source;

    #[test]
    fn blocks_become_a_document() {
        let found = of_data_source(
            &json!({
                "statement": [{
                    "sid": "Read", "effect": null, "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::b/&{aws:username}/*"],
                    "not_actions": [], "principals": [
                        { "type": "AWS", "identifiers": ["1"] }, { "type": "AWS", "identifiers": ["2"] },
                        { "type": "Service", "identifiers": ["ec2.amazonaws.com"] }
                    ],
                    "condition": [
                        { "test": "StringEquals", "variable": "k", "values": ["a"] },
                        { "test": "StringEquals", "variable": "k", "values": ["b"] }
                    ]
                }],
                "version": null
            }),
            "whole",
        );
        assert_eq!(
            found,
            json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/${aws:username}/*"],
                    "Principal": { "AWS": ["1", "2"], "Service": ["ec2.amazonaws.com"] },
                    "Condition": { "StringEquals": { "k": ["a", "b"] } }
                }]
            })
        );
        let mut holes = crate::hole::Holes::default();
        let unknown = holes.text("variable");
        let of = |variable: &str| {
            let known = json!({ "test": "StringEquals", "variable": "k", "values": ["a"] });
            let other = json!({ "test": "StringEquals", "variable": variable, "values": ["b"] });
            let statement = json!({ "actions": ["a:B"], "resources": ["*"], "condition": [known, other] });
            of_data_source(&json!({ "statement": [statement] }), "whole")["Statement"][0]["Condition"].clone()
        };
        assert_eq!(of("l"), json!({ "StringEquals": { "k": ["a"], "l": ["b"] } }));
        // It may be the same variable, of which the values are then either.
        assert_eq!(of(&unknown), json!({ "StringEquals": unknown }));
        let older = json!({ "version": "2008-10-17", "statement": [], "source_policy_documents": ["{\"Version\": \"2012-10-17\", \"Statement\": []}"] });
        assert_eq!(of_data_source(&older, "whole")["Version"], "2012-10-17");
        let open = json!({ "version": "2008-10-17", "statement": [], "source_policy_documents": [unknown] });
        assert_eq!(of_data_source(&open, "whole"), json!("whole"));
        let merged =
            of_data_source(&json!({ "statement": [], "override_policy_documents": ["{}"] }), "whole");
        assert_eq!(merged, json!("whole"));
    }
}
