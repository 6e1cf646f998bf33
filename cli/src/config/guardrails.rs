//! `[[guardrail]]`.

use std::ops::Range;

use ringfence_solver::guardrail::{Configuration, Guardrail, GuardrailKind};
use toml::de::DeTable;

use super::guardrail_kind;
use super::reader::{Reader, Value, get};
use super::scope;

/// A guardrail and where it stands.
pub(super) type Placed = (Guardrail, Range<usize>);

/// The guardrails of the list `value`. The sets of models are in `configuration` already.
pub(super) fn read<'i>(
    value: &Value<'i>,
    configuration: &Configuration,
    reader: &mut Reader<'i>,
) -> Vec<Placed> {
    let elements = reader.list(value, "`guardrail`");
    if elements.is_empty() {
        reader.error(
            value.span(),
            "there is no guardrail to check",
            "write a `[[guardrail]]`, or leave `guardrail` out",
        );
    }
    elements
        .into_iter()
        .filter_map(|element| {
            let table = reader.any_table(element, "a guardrail")?;
            guardrail(table, element.span(), configuration, reader)
                .map(|guardrail| (guardrail, element.span()))
        })
        .collect()
}

/// `first` and then `own`; an id that stands twice is noted.
pub(super) fn without_places(
    own: Vec<Placed>,
    first: Vec<Guardrail>,
    reader: &mut Reader<'_>,
) -> Vec<Guardrail> {
    let mut all = first;
    for (guardrail, place) in own {
        if all.iter().any(|known| known.id == guardrail.id) {
            let message = format!("there are two guardrails `{}`", guardrail.id);
            reader.error(place, &message, "give each an id of its own; `defaults = true` brings three more");
        }
        all.push(guardrail);
    }
    all
}

fn guardrail<'i>(
    table: &DeTable<'i>,
    place: Range<usize>,
    configuration: &Configuration,
    reader: &mut Reader<'i>,
) -> Option<Guardrail> {
    let help =
        format!("the kinds are {}; `ringfence explain KIND` shows each", GuardrailKind::NAMES.join(", "));
    let id = reader.required_text(table, "id", place.clone(), "give it a name; it is the id in every output");
    let name = reader.required_text(table, "kind", place.clone(), &help)?;
    let Some(own_keys) = guardrail_kind::keys(name) else {
        let at = get(table, "kind").map_or(place, Value::span);
        reader.error(at, &format!("there is no kind of guardrail `{name}`"), &help);
        return None;
    };
    let keys: Vec<&str> = ["id", "kind", "principals"].into_iter().chain(own_keys.iter().copied()).collect();
    reader.check_keys(table, &format!("a guardrail of kind `{name}`"), &keys);
    let principals = get(table, "principals").map(|value| scope::read(value, reader)).unwrap_or_default();
    let location = Some(reader.location(place.clone()));
    let kind = guardrail_kind::read(name, table, place, configuration, reader);
    Some(Guardrail { id: id?.to_owned(), kind: kind?, principals, location })
}
