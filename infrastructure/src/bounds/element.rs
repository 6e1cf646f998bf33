//! Actions and resources of a statement.

use serde_json::{Value, json};

use crate::hole::{self, Part};

/// What becomes of an element.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kept {
    /// It has no hole.
    Same,
    /// It restricts nothing any more.
    Always,
    /// This element of this name stands in its place.
    As(String, Value),
    /// The statement never matches.
    Never,
}

/// Which element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'k> {
    /// Of actions, with the values that match all of them.
    Action(&'k [String]),
    Resource,
}

/// The element `name` of a statement that is to match `more`, or less, than with whatever stands in its holes.
pub(super) fn bounded(name: &str, value: &Value, more: bool, kind: Kind<'_>) -> Kept {
    if hole::numbers(value).is_empty() {
        return Kept::Same;
    }
    let (negated, positive) = match name.strip_prefix("Not") {
        Some(positive) => (true, positive),
        None => (false, name),
    };
    let everything = || {
        let all = match kind {
            Kind::Action(all) => json!(all),
            Kind::Resource => json!(["*"]),
        };
        Kept::As(positive.to_owned(), all)
    };
    // In a hole there may be a variable without a value, and then NotResource may match nothing (F13).
    if (negated, more, kind) == (true, false, Kind::Resource) {
        return Kept::Never;
    }
    // A list whose length is unknown is one hole; so is a single value.
    let values: Vec<&str> = match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        Value::String(text) => vec![text],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return Kept::Same,
    };
    // The list is to match more: each value as much as any text in its holes. Or less: only what is known.
    let mut list: Vec<String> = Vec::new();
    for text in values {
        if !hole::has_hole(text) {
            list.push(text.to_owned());
        } else if more != negated {
            list.extend(widened(text, kind));
        }
    }
    match (list.is_empty(), negated) {
        (false, _) => Kept::As(name.to_owned(), json!(list)),
        // Nothing is excluded that is known.
        (true, true) => everything(),
        (true, false) => Kept::Never,
    }
}

/// Values that match all that `text` may match.
fn widened(text: &str, kind: Kind<'_>) -> Vec<String> {
    match kind {
        // The service of an action must be written out.
        Kind::Action(all) => {
            let known = hole::parts(text).first().is_some_and(|part| match part {
                Part::Known(start) => {
                    start.split_once(':').is_some_and(|(service, _)| !service.contains(['*', '?']))
                }
                Part::Unknown(_) => false,
            });
            if known { vec![hole::filled(text, |_| "*".to_owned())] } else { all.to_vec() }
        }
        Kind::Resource => vec![widened_resource(text)],
    }
}

/// Services of whose resources some have no type in front of their name, so that a wildcard may stand there.
const WITHOUT_TYPE: [&str; 3] = ["s3", "sns", "sqs"];

fn widened_resource(text: &str) -> String {
    let everything = || "*".to_owned();
    // A variable may begin in what is known and end in what is not, or the other way round.
    let begins = |known: &str| {
        known.ends_with('$') || known.rsplit_once("${").is_some_and(|(_, last)| !last.contains('}'))
    };
    let ends = |known: &str| known.split_once('}').is_some_and(|(before, _)| !before.contains("${"));
    if hole::parts(text).iter().any(|part| matches!(part, Part::Known(known) if begins(known) || ends(known)))
    {
        return everything();
    }
    // An ARN whose service is unknown, or of which it is not known where its parts are, may be anything.
    let segments: Vec<&str> = text.splitn(6, ':').collect();
    let [scheme, _, service, _, _, rest] = segments.as_slice() else { return everything() };
    // In front of the fifth colon nothing is a variable, and the colon of one is none that counts.
    if segments.iter().take(5).any(|segment| segment.contains("${")) {
        return everything();
    }
    if *scheme != "arn" || service.is_empty() || hole::has_hole(service) || service.contains(['*', '?']) {
        return everything();
    }
    // A wildcard in the type of a resource is one of which AWS does not say what it matches (F6).
    let token = rest.split(['/', ':']).next().unwrap_or_default();
    if hole::has_hole(token) && !WITHOUT_TYPE.contains(service) {
        let head = segments.get(..5).unwrap_or_default().join(":");
        return hole::filled(&head, |_| "*".to_owned()) + ":*";
    }
    // What stands between two holes may be part of a variable that one begins and the other ends.
    let parts = hole::parts(text);
    let is_hole = |part: &Part<'_>| matches!(part, Part::Unknown(_));
    let (first, last) = (parts.iter().position(is_hole), parts.iter().rposition(is_hole));
    let fixed = |place: usize| Some(place) < first || Some(place) > last;
    let mut widened = String::new();
    for (place, part) in parts.iter().enumerate() {
        match part {
            Part::Known(known) if fixed(place) => widened.push_str(known),
            Part::Unknown(_) if Some(place) == first => widened.push('*'),
            Part::Known(_) | Part::Unknown(_) => {}
        }
    }
    widened
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Kept, Kind, bounded};
    use crate::hole::Holes;

    #[test]
    fn lists_keep_what_is_known() {
        let mut holes = Holes::default();
        let h = holes.text("x");
        let value = json!(["s3:GetObject", format!("s3:{h}"), h]);
        let all = ["*".to_owned()];
        let list = |name: &str, more| bounded(name, &value, more, Kind::Action(&all));
        let as_list = |name: &str, list: &[&str]| Kept::As(name.to_owned(), json!(list));
        assert_eq!(list("Action", true), as_list("Action", &["s3:GetObject", "s3:*", "*"]));
        assert_eq!(list("Action", false), as_list("Action", &["s3:GetObject"]));
        assert_eq!(list("NotAction", true), as_list("NotAction", &["s3:GetObject"]));
        assert_eq!(list("NotAction", false), as_list("NotAction", &["s3:GetObject", "s3:*", "*"]));
        let whole = |name: &str, more| bounded(name, &json!(h), more, Kind::Resource);
        assert_eq!(whole("Resource", false), Kept::Never);
        assert_eq!(whole("Resource", true), as_list("Resource", &["*"]));
        assert_eq!(whole("NotResource", true), as_list("Resource", &["*"]));
        assert_eq!(bounded("Action", &json!("s3:*"), true, Kind::Action(&all)), Kept::Same);
    }

    #[test]
    fn what_is_known_of_a_resource_stays_where_its_parts_are_known() {
        let mut holes = Holes::default();
        let h = holes.text("x");
        for (text, expected) in [
            (format!("arn:aws:iam::{h}:role/x"), "arn:aws:iam::*:role/x"),
            (format!("arn:aws:s3:::{h}/*"), "arn:aws:s3:::*/*"),
            (format!("arn:aws:s3:::a{h}b{h}c"), "arn:aws:s3:::a*c"),
            (format!("arn:aws:iam::1:{h}"), "arn:aws:iam::1:*"),
            (format!("arn:aws:iam::{h}:r{h}/x"), "arn:aws:iam::*:*"),
            (format!("{h}/*"), "*"),
            (format!("arn:aws:{h}:::x"), "*"),
            (format!("arn:aws:s3:{h}"), "*"),
            (format!("arn:aws:s3:::${{aws:{h}"), "*"),
            (format!("arn:aws:s3:::${h}"), "*"),
        ] {
            let Kept::As(_, list) = bounded("Resource", &json!(text), true, Kind::Resource) else {
                panic!("{text}");
            };
            assert_eq!(list, json!([expected]));
        }
    }
}
