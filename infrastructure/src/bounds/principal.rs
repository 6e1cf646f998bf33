//! Principals of a statement.

use serde_json::{Value, json};

use super::element::Kept;
use super::{Carrier, Unbounded, Vocabulary};
use crate::hole;

/// The element `name`, Principal or NotPrincipal, of a statement that is to match `more`, or less.
///
/// Everybody is wider than whoever is named, but in a trust policy: services and providers are let in by name alone.
pub(super) fn bounded(
    name: &str,
    value: &Value,
    more: bool,
    carrier: Carrier,
    vocabulary: &Vocabulary,
) -> Result<Kept, Unbounded> {
    if hole::numbers(value).is_empty() {
        return Ok(Kept::Same);
    }
    let known = without_holes(value);
    if name == "NotPrincipal" {
        return Ok(match (more, known) {
            // Whom it spares is unknown, so it may spare everybody.
            (false, _) => Kept::Never,
            (true, Some(known)) => Kept::As(name.to_owned(), known),
            (true, None) => Kept::As("Principal".to_owned(), json!("*")),
        });
    }
    if !more {
        return Ok(known.map_or(Kept::Never, |known| Kept::As(name.to_owned(), known)));
    }
    if carrier != Carrier::Trust {
        return Ok(Kept::As(name.to_owned(), json!("*")));
    }
    let Some(kinds) = value.as_object() else { return Err(Unbounded::Provider) };
    let mut wide = kinds.clone();
    for (kind, values) in kinds {
        if hole::has_hole(kind) {
            return Err(Unbounded::Provider);
        }
        if hole::numbers(values).is_empty() {
            continue;
        }
        let any = match kind.as_str() {
            "AWS" => json!("*"),
            "Service" => json!(vocabulary.services),
            _ => return Err(Unbounded::Provider),
        };
        wide.insert(kind.clone(), any);
    }
    Ok(Kept::As(name.to_owned(), Value::Object(wide)))
}

/// The values that are known; none if there are none.
fn without_holes(value: &Value) -> Option<Value> {
    let kinds = value.as_object()?;
    let mut known = serde_json::Map::new();
    for (kind, values) in kinds.iter().filter(|(kind, _)| !hole::has_hole(kind)) {
        let list = values.as_array().map_or_else(|| std::slice::from_ref(values), Vec::as_slice);
        let list: Vec<&Value> = list.iter().filter(|value| hole::numbers(value).is_empty()).collect();
        if !list.is_empty() {
            known.insert(kind.clone(), json!(list));
        }
    }
    (!known.is_empty()).then_some(Value::Object(known))
}
