//! What a plan knows of the attributes of a resource, with holes for what it does not.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::hole::Holes;

/// What is unknown, and what is assumed of it.
pub(super) struct Unknown<'u> {
    /// Holes, for whatever nothing is assumed of.
    pub(super) holes: &'u mut Holes,
    /// Values of unknown attributes, by address.
    pub(super) assumed: &'u BTreeMap<String, String>,
    /// Those of them that were unknown.
    pub(super) used: &'u mut BTreeMap<String, String>,
}

impl Unknown<'_> {
    /// `known`, the attributes after the change, with a hole wherever `unknown`, of the same shape, says that a value is known after apply only.
    /// `address` names the place: `aws_iam_role.deploy`.
    ///
    /// Terraform leaves out or writes `null` for what it does not know, so that without `unknown` it looks as if nothing were there.
    pub(super) fn merged(&mut self, known: &Value, unknown: &Value, address: &str) -> Value {
        match unknown {
            Value::Bool(true) => self.value(address),
            Value::Object(parts) => {
                let mut members = known.as_object().cloned().unwrap_or_default();
                for (name, unknown) in parts {
                    let below = members.get(name).cloned().unwrap_or(Value::Null);
                    if says_something(unknown) {
                        members
                            .insert(name.clone(), self.merged(&below, unknown, &format!("{address}.{name}")));
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
                    *element = self.merged(element, unknown, &format!("{address}[{place}]"));
                }
                if known.is_null() && elements.is_empty() { Value::Null } else { Value::Array(elements) }
            }
            Value::Null | Value::Bool(false) | Value::Number(_) | Value::String(_) => known.clone(),
        }
    }

    /// What is assumed, or a hole. A list, `null` or tags are written as JSON; a text is one though it could be read so, as a policy is.
    fn value(&mut self, address: &str) -> Value {
        let Some(text) = self.assumed.get(address) else { return Value::String(self.holes.text(address)) };
        self.used.insert(address.to_owned(), text.clone());
        match serde_json::from_str::<Value>(text) {
            Ok(value @ (Value::Array(_) | Value::Null)) => value,
            Ok(value @ Value::Object(_))
                if ["tags", "tags_all"].iter().any(|name| address.rsplit('.').next() == Some(name)) =>
            {
                value
            }
            Ok(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) | Err(_) => {
                Value::String(text.clone())
            }
        }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::Unknown;
    use crate::hole::{self, Holes};

    #[test]
    fn holes_are_where_the_plan_says_so() {
        let mut holes = Holes::default();
        let known = json!({
            "name": "x", "policy": null, "statement": [{ "actions": ["a"], "resources": [null, "r"], "sid": null }], "tags": null
        });
        let unknown = json!({
            "arn": true, "policy": true, "list": true, "tags": {}, "statement": [{ "actions": [false], "resources": [true, false] }]
        });
        let assumed = BTreeMap::from([("t.n.list".to_owned(), "[\"a\"]".to_owned())]);
        let mut used = BTreeMap::new();
        let mut merge = Unknown { holes: &mut holes, assumed: &assumed, used: &mut used };
        let found = merge.merged(&known, &unknown, "t.n");
        assert_eq!((&found["list"], used.len()), (&json!(["a"]), 1));
        let addresses: Vec<&str> = holes.iter().map(|hole| hole.address.as_str()).collect();
        assert_eq!(addresses, ["t.n.arn", "t.n.policy", "t.n.statement[0].resources[0]"]);
        assert_eq!(hole::whole(found["policy"].as_str().unwrap()), Some(1));
        assert_eq!(found["statement"][0]["resources"][1], "r");
        assert_eq!((&found["name"], &found["tags"]), (&json!("x"), &json!(null)));
        assert_eq!(found["statement"][0]["sid"], json!(null));
    }
}
