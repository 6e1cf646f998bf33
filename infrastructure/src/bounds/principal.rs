//! Principals of a statement.

use serde_json::{Value, json};

use super::element::Kept;
use super::{Bounds, Carrier, Unbounded};
use crate::hole::{self, Holes};

/// The element `name`, Principal or NotPrincipal, of a statement that is to match `more`, or less.
///
/// Everybody is wider than whoever is named, but in a trust policy: services and providers are let in by name alone.
pub(super) fn bounded(
    name: &str,
    value: &Value,
    more: bool,
    carrier: Carrier,
    bounds: &Bounds<'_>,
) -> Result<Kept, Unbounded> {
    if hole::numbers(value).is_empty() {
        return Ok(Kept::Same);
    }
    let mut value = value.clone();
    if more && name == "Principal" {
        name_perhaps(&mut value, bounds.holes);
        if hole::numbers(&value).is_empty() {
            return Ok(Kept::As(name.to_owned(), value));
        }
    }
    let known = without_holes(&value);
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
            "Service" => json!(bounds.vocabulary.services),
            _ => return Err(Unbounded::Provider),
        };
        wide.insert(kind.clone(), any);
    }
    Ok(Kept::As(name.to_owned(), Value::Object(wide)))
}

/// Puts whom a policy may name in the place of holes that stand for them or nobody.
fn name_perhaps(value: &mut Value, holes: &Holes) {
    match value {
        Value::String(text) => {
            let perhaps = hole::whole(text).and_then(|number| holes.get(number)?.perhaps.clone());
            if let Some(perhaps) = perhaps {
                *text = perhaps;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| name_perhaps(value, holes)),
        Value::Object(kinds) => kinds.values_mut().for_each(|value| name_perhaps(value, holes)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Kept, bounded};
    use crate::bounds::{Bound, Bounds, Carrier, Vocabulary};
    use crate::hole::Holes;

    #[test]
    fn who_may_be_somebody_anew_or_nobody_is_named_where_that_is_wider() {
        let mut holes = Holes::default();
        let arn = "arn:aws:iam::111122223333:role/r";
        let perhaps = holes.perhaps("aws_iam_role.r", arn);
        let vocabulary = Vocabulary::default();
        let bounds = Bounds { bound: Bound::Widest, vocabulary: &vocabulary, holes: &holes };
        let bound = |name: &str, more: bool| {
            let value = json!({ "AWS": ["arn:aws:iam::444455556666:root", perhaps] });
            match bounded(name, &value, more, Carrier::Trust, &bounds).unwrap() {
                Kept::As(name, value) => format!("{name} {value}"),
                Kept::Never => "never".to_owned(),
                Kept::Same | Kept::Always => "otherwise".to_owned(),
            }
        };
        let root = "arn:aws:iam::444455556666:root";
        assert_eq!(bound("Principal", true), format!("Principal {{\"AWS\":[\"{root}\",\"{arn}\"]}}"));
        assert_eq!(bound("Principal", false), format!("Principal {{\"AWS\":[\"{root}\"]}}"));
        assert_eq!(bound("NotPrincipal", true), format!("NotPrincipal {{\"AWS\":[\"{root}\"]}}"));
        assert_eq!(bound("NotPrincipal", false), "never");
    }
}
