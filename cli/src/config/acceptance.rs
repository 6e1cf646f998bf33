//! What is accepted: administrators, declared exits, exceptions; and which boundaries are approved.

use std::ops::Range;

use ringfence_solver::guardrail::{Acceptance, Configuration, Exception};
use toml::de::{DeTable, DeValue};

use super::names::Role;
use super::reader::{Reader, Value, get};

const ACCEPTANCE: [&str; 3] = ["principal", "reason", "owner"];
const EXCEPTION: [&str; 5] = ["guardrail", "principal", "reason", "owner", "expires"];

/// `[boundaries]`.
pub(super) fn read_boundaries<'i>(
    value: &Value<'i>,
    configuration: &mut Configuration,
    reader: &mut Reader<'i>,
) {
    let Some(table) = reader.table(value, "`boundaries`", &["approved", "exits"]) else { return };
    if get(table, "approved").is_some() {
        let mut approved = Vec::new();
        for (pattern, place) in reader.texts(table, "approved") {
            if is_arn_pattern(pattern) {
                approved.push(pattern.to_owned());
                reader.name(pattern, Role::ApprovedBoundary, place);
            } else {
                let message = format!("`{pattern}` matches no policy");
                reader.error(place, &message, "write an ARN such as `arn:aws:iam::*:policy/boundary/*`");
            }
        }
        configuration.approved_boundaries = Some(approved);
    }
    if let Some(value) = get(table, "exits") {
        configuration.exits = acceptances(value, "an exit", reader);
    }
}

/// `[administrators]`.
pub(super) fn read_administrators<'i>(
    value: &Value<'i>,
    configuration: &mut Configuration,
    reader: &mut Reader<'i>,
) {
    let Some(table) = reader.table(value, "`administrators`", &["accepted"]) else { return };
    if let Some(value) = get(table, "accepted") {
        configuration.administrators = acceptances(value, "an accepted administrator", reader);
    }
}

/// `[[exception]]`. The guardrails are in `configuration` already.
pub(super) fn read_exceptions<'i>(
    value: &Value<'i>,
    configuration: &mut Configuration,
    reader: &mut Reader<'i>,
) {
    for element in reader.list(value, "`exception`") {
        let Some(table) = reader.table(element, "an exception", &EXCEPTION) else { continue };
        let place = element.span();
        let guardrail = reader.required_text(
            table,
            "guardrail",
            place.clone(),
            "name the guardrail that it is an exception from",
        );
        if let Some(id) = guardrail
            && !configuration.guardrails.iter().any(|known| known.id == id)
        {
            let place = get(table, "guardrail").map_or(place.clone(), Value::span);
            let known: Vec<&str> = configuration.guardrails.iter().map(|known| known.id.as_str()).collect();
            let help = format!("the guardrails are {}", known.join(", "));
            reader.error(place, &format!("there is no guardrail `{id}`"), &help);
        }
        let expires = expiry(table, place.clone(), reader);
        let acceptance = acceptance(table, place, reader);
        if let (Some(guardrail), Some(acceptance), Some(expires)) = (guardrail, acceptance, expires) {
            let guardrail = guardrail.to_owned();
            let location = reader.location(element.span());
            configuration.exceptions.push(Exception {
                guardrail,
                acceptance,
                expires: Some(expires),
                location,
            });
        }
    }
}

/// The last day as it is written. What is no day is kept: such an exception has expired, and is told as that; an error
/// would stop a pipeline on the day on which somebody mistypes a date, and no violation would be shown.
fn expiry(table: &DeTable<'_>, place: Range<usize>, reader: &mut Reader<'_>) -> Option<String> {
    let help = "write the last day on which it holds, such as `expires = 2027-01-31`";
    let Some(value) = get(table, "expires") else {
        reader.error(place, "`expires` is missing", help);
        return None;
    };
    let written = match value.get_ref() {
        DeValue::Datetime(date) => date.to_string(),
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(choice) => choice.to_string(),
        DeValue::Array(_) | DeValue::Table(_) => {
            reader.error(value.span(), "`expires` is not a day", help);
            return None;
        }
    };
    // Only a plain day: a time of day would be cut off without a word, and what is no day has expired.
    Some(written)
}

fn acceptances<'i>(value: &Value<'i>, what: &str, reader: &mut Reader<'i>) -> Vec<Acceptance> {
    reader
        .list(value, &format!("the list with {what}"))
        .into_iter()
        .filter_map(|element| {
            let table = reader.table(element, what, &ACCEPTANCE)?;
            acceptance(table, element.span(), reader)
        })
        .collect()
}

/// Principal, reason and owner of a table that stands at `place`.
fn acceptance<'i>(table: &DeTable<'i>, place: Range<usize>, reader: &mut Reader<'i>) -> Option<Acceptance> {
    let help = "write `principal` (an ARN, wildcards allowed), `reason` and `owner`";
    let principal = reader.required_text(table, "principal", place.clone(), help);
    let reason = reader.required_text(table, "reason", place.clone(), help);
    let owner = reader.required_text(table, "owner", place.clone(), help);
    let principal = principal.filter(|pattern| {
        let valid = is_arn_pattern(pattern);
        let place = get(table, "principal").map_or(place, Value::span);
        if valid {
            reader.name(pattern, Role::Accepted, place);
        } else {
            reader.error(
                place,
                &format!("`{pattern}` matches no ARN"),
                "write an ARN; wildcards are allowed",
            );
        }
        valid
    })?;
    Some(Acceptance { principal: principal.to_owned(), reason: reason?.to_owned(), owner: owner?.to_owned() })
}

/// True for what can match an ARN.
pub(super) fn is_arn_pattern(pattern: &str) -> bool {
    pattern.starts_with("arn:") || pattern.starts_with('*')
}
