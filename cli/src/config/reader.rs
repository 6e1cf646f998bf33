//! Values of a TOML file with their places; what is wrong is collected.

use std::ops::Range;
use std::sync::Arc;

use super::names::{Name, Role};
use ringfence_model::location::{InputError, Location};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// The value of `key` in `table`.
pub(super) fn get<'a, 'i>(table: &'a DeTable<'i>, key: &str) -> Option<&'a Value<'i>> {
    table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
}

/// Reads one file.
#[derive(Debug)]
pub(super) struct Reader<'i> {
    text: &'i str,
    file: Arc<str>,
    errors: Vec<InputError>,
    names: Vec<Name>,
}

impl<'i> Reader<'i> {
    pub(super) fn new(text: &'i str, file: &Arc<str>) -> Self {
        Self { text, file: Arc::clone(file), errors: Vec::new(), names: Vec::new() }
    }

    /// The whole file; what can be made of it after syntax errors, which are noted.
    pub(super) fn parse(&mut self) -> DeTable<'i> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let message = error.message().trim().replace('\n', ", ");
            self.error(
                error.span().unwrap_or_default(),
                &message,
                "docs/configuration.md shows the form of the file",
            );
        }
        table.into_inner()
    }

    /// `value` and the names of the file, or everything that is wrong with it.
    pub(super) fn finish<T>(mut self, value: T) -> Result<(T, Vec<Name>), Vec<InputError>> {
        if self.errors.is_empty() {
            return Ok((value, self.names));
        }
        self.errors.sort();
        self.errors.dedup();
        Err(self.errors)
    }

    pub(super) fn error(&mut self, place: Range<usize>, message: &str, help: &str) {
        self.errors.push(InputError {
            location: self.location(place),
            statement: None,
            message: message.to_owned(),
            help: Some(help.to_owned()),
        });
    }

    /// Keeps `text`, which stands at `place`, to be held against a world.
    pub(super) fn name(&mut self, text: &str, role: Role, place: Range<usize>) {
        let location = self.location(place);
        self.names.push(Name { text: text.to_owned(), role, location });
    }

    /// Where `place` is in the file.
    pub(super) fn location(&self, place: Range<usize>) -> Location {
        let before = self.text.get(..place.start).unwrap_or(self.text);
        let line = before.matches('\n').count().saturating_add(1);
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Location::new(&self.file, number(line), number(column))
    }

    fn wrong_type(&mut self, value: &Value<'_>, what: &str, expected: &str) {
        let message = format!("{what} must be {expected}, not {}", kind(value.get_ref()));
        self.error(value.span(), &message, "docs/configuration.md shows the form of the file");
    }

    /// Notes every key of `table` that is not in `known`.
    pub(super) fn check_keys(&mut self, table: &DeTable<'_>, what: &str, known: &[&str]) {
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let message = format!("unknown key `{}` in {what}", key.get_ref());
            self.error(key.span(), &message, &format!("the keys are {}", known.join(", ")));
        }
    }

    /// The table `value`, all of whose keys are in `known`; none, and noted, if it is no table.
    pub(super) fn table<'a>(
        &mut self,
        value: &'a Value<'i>,
        what: &str,
        known: &[&str],
    ) -> Option<&'a DeTable<'i>> {
        let table = self.any_table(value, what)?;
        self.check_keys(table, what, known);
        Some(table)
    }

    /// The table `value`, whatever its keys.
    pub(super) fn any_table<'a>(&mut self, value: &'a Value<'i>, what: &str) -> Option<&'a DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(value, what, "a table");
        }
        table
    }

    /// The elements of the list `value`; none, and noted, if it is no list.
    pub(super) fn list<'a>(&mut self, value: &'a Value<'i>, what: &str) -> Vec<&'a Value<'i>> {
        if let Some(elements) = value.get_ref().as_array() {
            elements.iter().collect()
        } else {
            self.wrong_type(value, what, "a list");
            Vec::new()
        }
    }

    pub(super) fn boolean(&mut self, value: &Value<'_>, what: &str) -> Option<bool> {
        let found = value.get_ref().as_bool();
        if found.is_none() {
            self.wrong_type(value, &format!("`{what}`"), "true or false");
        }
        found
    }

    /// The text of `value`, not empty, without control characters and without policy variables, which only blocks of conditions know.
    pub(super) fn text<'a>(&mut self, value: &'a Value<'i>, what: &str) -> Option<&'a str> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(value, &format!("`{what}`"), "a string");
            return None;
        };
        if text.trim().is_empty() || text.contains(char::is_control) {
            self.error(
                value.span(),
                &format!("`{what}` is empty or holds control characters"),
                "write one line of text",
            );
            return None;
        }
        if text.contains("${") {
            self.error(
                value.span(),
                &format!("`{what}` holds a policy variable, which stands for nothing here"),
                "write `*` in its place, or compare a key with the variable under `when` or `unless`",
            );
            return None;
        }
        Some(text)
    }

    /// The text of `key` in `table`, which stands at `place`; noted if it is not there.
    pub(super) fn required_text<'a>(
        &mut self,
        table: &'a DeTable<'i>,
        key: &str,
        place: Range<usize>,
        help: &str,
    ) -> Option<&'a str> {
        if let Some(value) = get(table, key) {
            self.text(value, key)
        } else {
            self.error(place, &format!("`{key}` is missing"), help);
            None
        }
    }

    /// The texts of the list under `key` in `table` with their places; empty if it is not there.
    pub(super) fn texts<'a>(&mut self, table: &'a DeTable<'i>, key: &str) -> Vec<(&'a str, Range<usize>)> {
        let Some(value) = get(table, key) else { return Vec::new() };
        self.list(value, &format!("`{key}`"))
            .into_iter()
            .filter_map(|element| Some((self.text(element, key)?, element.span())))
            .collect()
    }

    /// The text `value`, or the texts of the list that it is, with their places. `what` names it.
    pub(super) fn one_or_many<'a>(
        &mut self,
        value: &'a Value<'i>,
        what: &str,
    ) -> Vec<(&'a str, Range<usize>)> {
        if let Some(list) = value.get_ref().as_array() {
            return list
                .iter()
                .filter_map(|element| Some((self.text(element, what)?, element.span())))
                .collect();
        }
        self.text(value, what).map(|text| (text, value.span())).into_iter().collect()
    }

    /// The whole number `value`, from 1 to `most`.
    pub(super) fn whole_number(&mut self, value: &Value<'_>, what: &str, most: u32) -> Option<u32> {
        let written = value.get_ref().as_integer().filter(|number| number.radix() == 10);
        let number = written.and_then(|number| number.as_str().replace('_', "").parse().ok());
        let number = number.filter(|number| (1..=most).contains(number));
        if number.is_none() {
            self.error(
                value.span(),
                &format!("`{what}` is no whole number from 1 to {most}"),
                "write one, such as 90",
            );
        }
        number
    }
}

/// A value in words.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
