//! Conditions of a statement.
//!
//! Of a condition with a hole nothing may be certain but what hangs on whether the request has the key, so where that decides, `Null` says it.

use ringfence_model::condition::BaseOperator;
use serde_json::{Map, Value, json};

use super::element::Kept;
use crate::hole;

/// The `Condition` of a statement that is to match `more`, or less.
pub(super) fn bounded(value: &Value, more: bool) -> Kept {
    if hole::numbers(value).is_empty() {
        return Kept::Same;
    }
    let Some(operators) = value.as_object() else {
        return if more { Kept::Always } else { Kept::Never };
    };
    let mut block = Map::new();
    let mut presence: Vec<(String, bool)> = Vec::new();
    for (operator, keys) in operators {
        let keys = match keys.as_object() {
            Some(keys) if !hole::has_hole(operator) => keys,
            // The operator, or all that stands under it, is unknown.
            _ if more => continue,
            _ => return Kept::Never,
        };
        let read = Operator::read(operator);
        let mut kept = Map::new();
        for (key, values) in keys {
            if hole::has_hole(key) {
                if more {
                    continue;
                }
                return Kept::Never;
            }
            if hole::numbers(values).is_empty() {
                kept.insert(key.clone(), values.clone());
                continue;
            }
            let known = known_values(values);
            match (more, read.negated) {
                // Fewer values to differ from, or to be equal to one of.
                (true, true) | (false, false) if !known.is_empty() && !read.null => {
                    kept.insert(key.clone(), json!(known));
                }
                (true, true) => {}
                (true, false) => {
                    if read.without_key == WithoutKey::False {
                        presence.push((key.clone(), true));
                    }
                }
                (false, _) => {
                    // A list that is unknown may be empty, of which AWS does not say what it does (F20).
                    if !read.holds_without_key(values.is_array()) {
                        return Kept::Never;
                    }
                    presence.push((key.clone(), false));
                }
            }
        }
        if !kept.is_empty() {
            block.insert(operator.clone(), Value::Object(kept));
        }
    }
    for (key, present) in presence {
        if !note_presence(&mut block, &key, present) && !more {
            return Kept::Never;
        }
    }
    if block.is_empty() {
        return if more { Kept::Always } else { Kept::As("Condition".to_owned(), json!({})) };
    }
    Kept::As("Condition".to_owned(), Value::Object(block))
}

/// Adds that the key is there, or is not. False, and nothing is added, if something else is said of it already.
fn note_presence(block: &mut Map<String, Value>, key: &str, present: bool) -> bool {
    let wanted = json!(if present { "false" } else { "true" });
    let said = block.iter().filter(|(operator, _)| operator.eq_ignore_ascii_case("Null"));
    let said: Vec<&Value> = said
        .filter_map(|(_, keys)| keys.as_object())
        .flat_map(|keys| {
            keys.iter().filter(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, said)| said)
        })
        .collect();
    if !said.is_empty() {
        return said.iter().all(|said| **said == wanted);
    }
    let null = block.entry("Null").or_insert_with(|| Value::Object(Map::new()));
    if let Some(keys) = null.as_object_mut() {
        keys.insert(key.to_owned(), wanted);
    }
    true
}

fn known_values(values: &Value) -> Vec<&Value> {
    match values {
        Value::Array(values) => values.iter().filter(|value| hole::numbers(value).is_empty()).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => Vec::new(),
    }
}

/// What an operator says of a key that is not there, whatever its values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Operator {
    negated: bool,
    null: bool,
    without_key: WithoutKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WithoutKey {
    /// It is false, in every reading (F16, F18 and F20 stay out).
    False,
    /// It is true, in every reading.
    True,
    /// It is true if there are values (F20).
    TrueIfValues,
    /// That hangs on the reading, or on the values.
    Open,
}

impl Operator {
    fn read(name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        let (set, base) = lower.split_once(':').unwrap_or(("", &lower));
        let (base, if_exists) = match base.strip_suffix("ifexists") {
            Some(base) => (base, true),
            None => (base, false),
        };
        let (negated, null) = (base.contains("not"), base == "null");
        let without_key = match set {
            _ if null => WithoutKey::Open,
            "" | "foranyvalue" if !negated && !if_exists => WithoutKey::False,
            // It may hold for nothing unless it is spelt as AWS does (F39).
            _ if !is_as_spelt(name) => WithoutKey::Open,
            "" | "forallvalues" if if_exists || (set == "forallvalues" && !negated) => WithoutKey::True,
            "" => WithoutKey::TrueIfValues,
            _ => WithoutKey::Open,
        };
        Self { negated, null, without_key }
    }

    /// The condition is true without the key; `has_values` says that there are some.
    fn holds_without_key(self, has_values: bool) -> bool {
        match self.without_key {
            WithoutKey::True => true,
            WithoutKey::TrueIfValues => has_values,
            WithoutKey::False | WithoutKey::Open => false,
        }
    }
}

fn is_as_spelt(name: &str) -> bool {
    let bare =
        ["ForAllValues:", "ForAnyValue:"].iter().find_map(|set| name.strip_prefix(set)).unwrap_or(name);
    let bare = bare.strip_suffix("IfExists").unwrap_or(bare);
    BaseOperator::ALL.iter().any(|operator| operator.name() == bare)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Kept, bounded};
    use crate::hole::Holes;

    fn both(condition: &Value) -> [Kept; 2] {
        [bounded(condition, true), bounded(condition, false)]
    }

    fn block(value: Value) -> Kept {
        Kept::As("Condition".to_owned(), value)
    }

    #[test]
    fn what_hangs_on_presence_alone_stays() {
        let h = Holes::default().text("x");
        let one = |operator: &str| json!({ operator: { "k": [h] } });
        let present = || block(json!({ "Null": { "k": "false" } }));
        let absent = || block(json!({ "Null": { "k": "true" } }));
        assert_eq!(both(&one("StringEquals")), [present(), Kept::Never]);
        assert_eq!(both(&one("StringNotEquals")), [Kept::Always, absent()]);
        assert_eq!(both(&one("StringEqualsIfExists")), [Kept::Always, absent()]);
        assert_eq!(both(&one("ForAllValues:StringEquals")), [Kept::Always, absent()]);
        assert_eq!(both(&one("ForAllValues:StringNotEquals")), [Kept::Always, Kept::Never]);
        assert_eq!(both(&one("ForAnyValue:StringEquals")), [present(), Kept::Never]);
        assert_eq!(both(&one("ForAnyValue:StringNotEquals")), [Kept::Always, Kept::Never]);
        assert_eq!(both(&one("Null")), [Kept::Always, Kept::Never]);
        assert_eq!(both(&json!({ "StringNotEquals": { "k": h } })), [Kept::Always, Kept::Never]);
        assert_eq!(both(&json!(h)), [Kept::Always, Kept::Never]);
        assert_eq!(both(&json!({ "StringEquals": { h.clone(): "v" } })), [Kept::Always, Kept::Never]);
    }

    #[test]
    fn known_values_stay_where_they_suffice() {
        let h = Holes::default().text("x");
        let list = |operator: &str| json!({ operator: { "k": ["a", h] } });
        let known = |operator: &str| block(json!({ operator: { "k": ["a"] } }));
        let present = || block(json!({ "Null": { "k": "false" } }));
        let absent = || block(json!({ "Null": { "k": "true" } }));
        assert_eq!(both(&list("StringLike")), [present(), known("StringLike")]);
        assert_eq!(both(&list("StringNotLike")), [known("StringNotLike"), absent()]);
    }

    #[test]
    fn what_is_said_of_a_key_elsewhere_stays_said() {
        let h = Holes::default().text("x");
        let with = |said: &str| json!({ "StringNotEquals": { "K": [h] }, "Null": { "k": said } });
        assert_eq!(bounded(&with("true"), false), block(json!({ "Null": { "k": "true" } })));
        assert_eq!(bounded(&with("false"), false), Kept::Never);
        let needs = json!({ "StringEquals": { "K": h }, "Null": { "k": "true" } });
        assert_eq!(bounded(&needs, true), block(json!({ "Null": { "k": "true" } })));
    }
}
