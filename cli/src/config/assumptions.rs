//! `[assumptions]`: points that AWS leaves undocumented, read in one way.

use ringfence_solver::guardrail::Configuration;

use super::reader::{Reader, Value, get};
use crate::args::{open_point, reading};

/// Adds the points of `[assumptions]` to `configuration`.
pub(super) fn read<'i>(value: &Value<'i>, configuration: &mut Configuration, reader: &mut Reader<'i>) {
    let Some(table) = reader.any_table(value, "`assumptions`") else { return };
    let help = "write `F17 = { choice = \"evaluator\", reason = \"…\" }`; docs/semantics.md lists the points";
    for (name, value) in table {
        let point = open_point(name.get_ref());
        if let Err(problem) = &point {
            reader.error(name.span(), problem, help);
        }
        let Some(entry) = reader.table(value, &format!("`{}`", name.get_ref()), &["choice", "reason"]) else {
            continue;
        };
        let reason = reader.required_text(entry, "reason", value.span(), help);
        let choice = reader.required_text(entry, "choice", value.span(), help).and_then(|text| {
            let place = get(entry, "choice").map(Value::span).unwrap_or_default();
            reading(text).map_err(|problem| reader.error(place, &problem, help)).ok()
        });
        if let (Ok(point), Some(choice), Some(reason)) = (point, choice, reason) {
            configuration.assumptions.insert(point, (choice, reason.to_owned()));
        }
    }
}
