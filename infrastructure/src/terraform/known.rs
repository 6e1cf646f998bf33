//! What a plan knows of the attributes of a resource, with holes for what it does not.

use serde_json::{Map, Value};

use crate::hole::Holes;

/// `known`, the attributes after the change, with a hole wherever `unknown`, of the same shape, says that a value is known after apply only.
/// `address` names the place: `aws_iam_role.deploy`.
///
/// Terraform leaves out or writes `null` for what it does not know, so that without `unknown` it looks as if nothing were there.
pub(super) fn merged(known: &Value, unknown: &Value, address: &str, holes: &mut Holes) -> Value {
    match unknown {
        Value::Bool(true) => Value::String(holes.text(address)),
        Value::Object(parts) => {
            let mut members = known.as_object().cloned().unwrap_or_default();
            for (name, unknown) in parts {
                let below = members.get(name).cloned().unwrap_or(Value::Null);
                if says_something(unknown) {
                    members
                        .insert(name.clone(), merged(&below, unknown, &format!("{address}.{name}"), holes));
                }
            }
            if known.is_null() && members.is_empty() { Value::Null } else { Value::Object(members) }
        }
        Value::Array(parts) => {
            let mut elements = known.as_array().cloned().unwrap_or_default();
            if elements.len() < parts.len() {
                elements.resize(parts.len(), Value::Null);
            }
            for (place, (element, unknown)) in elements.iter_mut().zip(parts).enumerate() {
                *element = merged(element, unknown, &format!("{address}[{place}]"), holes);
            }
            if known.is_null() && elements.is_empty() { Value::Null } else { Value::Array(elements) }
        }
        Value::Null | Value::Bool(false) | Value::Number(_) | Value::String(_) => known.clone(),
    }
}

/// True if something below is unknown.
fn says_something(unknown: &Value) -> bool {
    match unknown {
        Value::Bool(unknown) => *unknown,
        Value::Array(parts) => parts.iter().any(says_something),
        Value::Object(parts) => parts.values().any(says_something),
        Value::Null | Value::Number(_) | Value::String(_) => false,
    }
}

/// The text at `name`; none if it is not there, `null` or no text. It may be or have a hole.
pub(super) fn text<'v>(attributes: &'v Value, name: &str) -> Option<&'v str> {
    attributes.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// The values at `name` as a list: an element for each, the one value of a block that is written alone, nothing for `null`. A list that is
/// unknown as a whole is the one hole.
pub(super) fn list<'v>(attributes: &'v Value, name: &str) -> Vec<&'v Value> {
    match attributes.get(name) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(values)) => values.iter().collect(),
        Some(one) => vec![one],
    }
}

/// The members at `name`, as of tags.
pub(super) fn members(attributes: &Value, name: &str) -> Map<String, Value> {
    attributes.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::merged;
    use crate::hole::{self, Holes};

    #[test]
    fn holes_are_where_the_plan_says_so() {
        let mut holes = Holes::default();
        let known = json!({
            "name": "x", "policy": null, "statement": [{ "actions": ["a"], "resources": [null, "r"], "sid": null }], "tags": null
        });
        let unknown = json!({
            "arn": true, "policy": true, "tags": {}, "statement": [{ "actions": [false], "resources": [true, false] }]
        });
        let found = merged(&known, &unknown, "t.n", &mut holes);
        let addresses: Vec<&str> = holes.iter().map(|hole| hole.address.as_str()).collect();
        assert_eq!(addresses, ["t.n.arn", "t.n.policy", "t.n.statement[0].resources[0]"]);
        assert_eq!(hole::whole(found["policy"].as_str().unwrap()), Some(1));
        assert_eq!(found["statement"][0]["resources"][1], "r");
        assert_eq!((&found["name"], &found["tags"]), (&json!("x"), &json!(null)));
        assert_eq!(found["statement"][0]["sid"], json!(null));
    }
}
