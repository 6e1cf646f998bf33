//! Pinned keys as demands, their values checked against the types of the catalogue.

use std::collections::BTreeSet;

use ringfence_model::catalogue::{Catalogue, ConditionKeyInfo, KeyKind};
use ringfence_model::context::ContextKey;

use super::{InquiryError, Pin, PreparedAction};
use crate::decimal::Decimal;
use crate::query::KeyDemand;
use crate::text::{parse_address, parse_instant, print_address, print_instant};

/// Keys of similar names that a remark offers.
const NEAREST: usize = 3;

/// What is asked of each pinned key. Values that a type can spell in several ways are written in the usual one.
pub(super) fn demands(
    pins: &[(String, Pin)],
    catalogue: &Catalogue,
    errors: &mut Vec<InquiryError>,
    remarks: &mut Vec<String>,
) -> Vec<(ContextKey, KeyDemand)> {
    let mut seen: BTreeSet<ContextKey> = BTreeSet::new();
    let mut demands = Vec::new();
    for (name, pin) in pins {
        let key = ContextKey::new(name);
        if !seen.insert(key.clone()) {
            errors.push(InquiryError::PinnedTwice { key: name.clone() });
            continue;
        }
        let known = catalogue.key(&key);
        if known.is_none() {
            remarks.push(unknown_key(name, catalogue));
        }
        let values = match pin {
            Pin::Absent => {
                demands.push((key, KeyDemand::Absent));
                continue;
            }
            Pin::Values(values) => values,
        };
        let read =
            values.iter().map(|value| written(&key, value, known, catalogue)).collect::<Result<Vec<_>, _>>();
        let read = match read {
            Ok(read) => read,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let multivalued = known.is_some_and(|info| info.multivalued);
        match read.as_slice() {
            [only] if !multivalued => demands.push((key, KeyDemand::Reading(only.clone()))),
            several if known.is_some() && !multivalued => {
                errors.push(InquiryError::TooManyValues { key: name.clone(), count: several.len() });
            }
            _ => demands.push((key, KeyDemand::List(read))),
        }
    }
    demands
}

/// A remark for each key that is pinned to a value, though AWS documents it for no request of the question: then only
/// what AWS may do beside its reference allows anything (F34).
pub(super) fn not_carried(
    demands: &[(ContextKey, KeyDemand)],
    actions: &[PreparedAction],
    catalogue: &Catalogue,
) -> Vec<String> {
    let offered = |key: &ContextKey| {
        actions.iter().any(|action| {
            let types = action.resource_types.iter().map(|id| Some(*id)).chain([None]);
            types.into_iter().any(|resource_type| catalogue.offers(action.id, resource_type, key))
        })
    };
    demands
        .iter()
        .filter(|(key, demand)| *demand != KeyDemand::Absent && catalogue.key(key).is_some() && !offered(key))
        .map(|(key, _)| format!("AWS documents the key `{key}` for no request of this question (F34)"))
        .collect()
}

/// `value` in the usual spelling of the key's type.
fn written(
    key: &ContextKey,
    value: &str,
    known: Option<&ConditionKeyInfo>,
    catalogue: &Catalogue,
) -> Result<String, InquiryError> {
    let wrong = |wanted| InquiryError::WrongValue { key: key.to_string(), value: value.to_owned(), wanted };
    if key.canonical() == "aws:requestedregion" {
        // Global profiles put a word in the place of the Region (F30).
        let known = catalogue
            .partitions()
            .any(|partition| catalogue.regions(partition).iter().any(|region| region == value));
        let word = matches!(value, "unspecified" | "global");
        return if known || word { Ok(value.to_owned()) } else { Err(wrong("a Region of the catalogue")) };
    }
    if key.canonical() == "aws:epochtime" {
        // AWS calls it a date and gives it as a number of seconds, and so does the encoder.
        return Decimal::parse(value)
            .or_else(|| parse_instant(value))
            .map(|seconds| seconds.to_string())
            .ok_or_else(|| wrong("a number of seconds, or an instant"));
    }
    match known.map(|info| info.kind) {
        Some(KeyKind::Bool) => ["true", "false"]
            .into_iter()
            .find(|word| word.eq_ignore_ascii_case(value))
            .map(str::to_owned)
            .ok_or_else(|| wrong("`true` or `false`")),
        Some(KeyKind::Numeric) => {
            Decimal::parse(value).map(|number| number.to_string()).ok_or_else(|| wrong("a number"))
        }
        Some(KeyKind::Date) => parse_instant(value)
            .map(|instant| {
                // Parts of a second have no usual spelling.
                let usual = print_instant(&instant);
                if parse_instant(&usual) == Some(instant) { usual } else { value.to_owned() }
            })
            .ok_or_else(|| wrong("an instant, such as 2026-10-31T00:00:00Z")),
        Some(KeyKind::Ip) => parse_address(value)
            .map(|(v6, bits)| print_address(v6, bits))
            .ok_or_else(|| wrong("one IP address, such as 192.0.2.1")),
        Some(KeyKind::Arn) if !crate::encode::form::arns().accepts(value) => Err(wrong("an ARN")),
        Some(KeyKind::Arn | KeyKind::String | KeyKind::Binary) | None => Ok(value.to_owned()),
    }
}

fn unknown_key(name: &str, catalogue: &Catalogue) -> String {
    let lower = name.to_ascii_lowercase();
    let mut ranked: Vec<(usize, &str)> = catalogue
        .keys()
        .iter()
        .map(|info| {
            (
                super::principal::distance(&lower, &info.name_pattern.to_ascii_lowercase()),
                info.name_pattern.as_str(),
            )
        })
        .collect();
    ranked.sort_unstable();
    let nearest: Vec<&str> = ranked.into_iter().take(NEAREST).map(|(_, name)| name).collect();
    format!("the key `{name}` is not one that AWS documents; the nearest are {}", nearest.join(", "))
}
