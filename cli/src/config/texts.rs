//! All that a TOML file names, whatever it is for.

use toml::de::{DeTable, DeValue};

/// The keys and texts in `text`, as far as it is TOML.
pub(crate) fn texts(text: &str) -> Vec<String> {
    let (table, _) = DeTable::parse_recoverable(text);
    let mut found = Vec::new();
    of_table(&table.into_inner(), &mut found);
    found
}

fn of_table(table: &DeTable<'_>, found: &mut Vec<String>) {
    for (key, value) in table {
        found.push(key.get_ref().to_string());
        of_value(value.get_ref(), found);
    }
}

fn of_value(value: &DeValue<'_>, found: &mut Vec<String>) {
    match value {
        DeValue::String(text) => found.push(text.to_string()),
        DeValue::Array(values) => values.iter().for_each(|value| of_value(value.get_ref(), found)),
        DeValue::Table(table) => of_table(table, found),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::texts;

    #[test]
    fn keys_and_texts_at_any_depth_are_found() {
        let found = texts("[[guardrail]]\nid = \"g\"\nprincipals = { tags = { team = [\"red\"] } }\n");
        assert_eq!(found, ["guardrail", "id", "g", "principals", "tags", "team", "red"]);
    }
}
