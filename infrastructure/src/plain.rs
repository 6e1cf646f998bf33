//! JSON without the places of its values.

use ringfence_model::json::{Json, JsonValue};
use serde_json::{Number, Value};

/// The same value. A number that would be written otherwise, as `1.10`, becomes the text that policies compare it as (semantics:C1).
pub(crate) fn plain(json: &Json) -> Value {
    match &json.value {
        JsonValue::Null => Value::Null,
        JsonValue::Bool(value) => Value::Bool(*value),
        JsonValue::Number(text) => {
            let number = serde_json::from_str::<Number>(text).ok();
            let same = number.filter(|number| number.to_string() == *text);
            same.map_or_else(|| Value::String(text.clone()), Value::Number)
        }
        JsonValue::String(text) => Value::String(text.clone()),
        JsonValue::Array(elements) => Value::Array(elements.iter().map(plain).collect()),
        JsonValue::Object(members) => {
            Value::Object(members.iter().map(|member| (member.key.clone(), plain(&member.value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use ringfence_model::json::Json;
    use serde_json::json;

    use super::plain;

    #[test]
    fn numbers_stay_as_they_are_written() {
        let text = "[1, 1.10, 12345678901234567890123, 0.5, \"x\"]";
        let read = Json::parse(text, &"file".into()).unwrap();
        assert_eq!(plain(&read), json!([1, "1.10", "12345678901234567890123", 0.5, "x"]));
    }
}
