//! Strict tab-separated tables with a header line: every column is known, every line has every field.

use std::collections::{BTreeMap, BTreeSet};

use crate::data_source::{DataSource, TableErrors};

/// A line of a table.
pub(crate) struct Line<'a> {
    /// Its number in the file, from 1.
    pub(crate) number: u32,
    fields: BTreeMap<&'a str, &'a str>,
}

impl<'a> Line<'a> {
    /// The field in `column`; empty for an optional column that the table does not have.
    pub(crate) fn field(&self, column: &str) -> &'a str {
        self.fields.get(column).copied().unwrap_or_default()
    }

    /// What is wrong with the date in `column`, if anything.
    pub(crate) fn date_problem(&self, column: &str) -> Option<String> {
        let date = self.field(column);
        // Dates are compared as texts: there is one way to write each.
        let is_date = date.parse::<jiff::civil::Date>().is_ok_and(|parsed| parsed.to_string() == date);
        (!is_date).then(|| format!("`{date}` is not a date such as `2026-11-22`"))
    }
}

/// A table as read: its lines, the sources that its comments name, and what is wrong so far.
pub(crate) struct Tsv<'a> {
    pub(crate) lines: Vec<Line<'a>>,
    pub(crate) sources: Vec<DataSource>,
    pub(crate) errors: TableErrors,
}

impl<'a> Tsv<'a> {
    /// Reads `text`, perhaps after a byte order mark: comments (`#`) and empty lines anywhere, a header that names every one of `required` and otherwise
    /// only `optional` columns, then lines with as many fields. A table without lines is an error.
    pub(crate) fn read(text: &'a str, file: &str, required: &[&str], optional: &[&str]) -> Self {
        let mut table = Self { lines: Vec::new(), sources: Vec::new(), errors: TableErrors::new(file) };
        let mut header: Option<Vec<&str>> = None;
        let mut end = 1;
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        for (number, line) in (1..).zip(text.lines()) {
            end = number;
            if let Some(comment) = line.strip_prefix('#') {
                table.comment(number, comment);
                continue;
            }
            if line.is_empty() {
                continue;
            }
            let fields: Vec<&str> = line.split('\t').collect();
            let Some(columns) = &header else {
                table.check_header(number, &fields, required, optional);
                header = Some(fields);
                continue;
            };
            if fields.len() != columns.len() {
                let (expected, found) = (columns.len(), fields.len());
                table
                    .errors
                    .add(number, format!("expected {expected} fields separated by tabs, found {found}"));
                continue;
            }
            let blank = columns
                .iter()
                .zip(&fields)
                .find(|(column, field)| field.is_empty() && required.contains(column));
            if let Some((column, _)) = blank {
                table.errors.add(
                    number,
                    format!("column `{column}` is empty; write `-` for a price that is not known"),
                );
                continue;
            }
            table.lines.push(Line { number, fields: columns.iter().copied().zip(fields).collect() });
        }
        if table.lines.is_empty() && table.errors.len() == 0 {
            table.errors.add(end, "the table has no lines");
        }
        table
    }

    fn comment(&mut self, number: u32, comment: &str) {
        let Some(fields) = comment.trim_start().strip_prefix("source\t") else { return };
        match DataSource::from_fields(&fields.split('\t').collect::<Vec<_>>()) {
            Some(source) => self.sources.push(source),
            None => self.errors.add(number, "a source needs package, version, date, licence and SHA-256"),
        }
    }

    fn check_header(&mut self, number: u32, columns: &[&str], required: &[&str], optional: &[&str]) {
        for column in required {
            if !columns.contains(column) {
                self.errors.add(number, format!("the header lacks the column `{column}`"));
            }
        }
        let mut seen = BTreeSet::new();
        for column in columns {
            if !required.contains(column) && !optional.contains(column) {
                self.errors.add(number, format!("unknown column `{column}`"));
            } else if !seen.insert(column) {
                self.errors.add(number, format!("the column `{column}` stands twice"));
            }
        }
    }

    /// Adds an error for each of `names` that has stood before. The names are those of the lines, in order.
    pub(crate) fn refuse_repeated<'b>(&mut self, names: impl Iterator<Item = &'b str>) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name) {
                self.errors.add(1, format!("`{name}` stands twice"));
            }
        }
    }
}
