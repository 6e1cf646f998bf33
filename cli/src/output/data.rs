//! The embedded tables, for people and for programs.

use std::fmt::Write as _;

use std::collections::BTreeMap;

use serde::Serialize;

use super::human::Page;
use super::json::{self, SCHEMA_VERSION};
use crate::command::data::{Rows, TableFacts};

/// What there is, for people.
pub(crate) fn overview(tables: &[TableFacts]) -> String {
    let mut page = Page::default();
    for (index, table) in tables.iter().enumerate() {
        if index > 0 {
            page.blank();
        }
        page.heading(&format!("{}: {}", table.name, table.holds));
        let origin = table.file.as_deref().unwrap_or("embedded");
        page.line(&format!("  data of {}, {origin}", table.date));
        page.line(&format!("  sha256 {}", table.sha256));
        for source in &table.sources {
            let purpose =
                if source.purpose.is_empty() { String::new() } else { format!(": {}", source.purpose) };
            page.line(&format!(
                "  from {} {} of {}, {}{purpose}",
                source.package, source.version, source.date, source.licence,
            ));
            page.line(&format!("    sha256 {}", source.sha256));
        }
    }
    page.into_text()
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct Overview<'a> {
    schema_version: u32,
    tables: Vec<TableObject<'a>>,
}
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct TableObject<'a> {
    name: &'a str,
    holds: &'a str,
    date: &'a str,
    file: Option<&'a str>,
    sha256: &'a str,
    sources: Vec<SourceObject<'a>>,
}
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct SourceObject<'a> {
    package: &'a str,
    version: &'a str,
    date: &'a str,
    licence: &'a str,
    sha256: &'a str,
    purpose: &'a str,
}

/// What there is, as JSON.
pub(crate) fn overview_json(tables: &[TableFacts]) -> String {
    let tables = tables
        .iter()
        .map(|table| TableObject {
            name: table.name,
            holds: &table.holds,
            date: &table.date,
            file: table.file.as_deref(),
            sha256: &table.sha256,
            sources: table
                .sources
                .iter()
                .map(|source| SourceObject {
                    package: &source.package,
                    version: &source.version,
                    date: &source.date,
                    licence: &source.licence,
                    sha256: &source.sha256,
                    purpose: &source.purpose,
                })
                .collect(),
        })
        .collect();
    json::pretty(&Overview { schema_version: SCHEMA_VERSION, tables })
}

/// Rows in columns, for people.
pub(crate) fn rows(rows: &Rows) -> String {
    let mut page = Page::default();
    let width = |column: usize, name: &str| {
        let widest =
            rows.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
        widest.unwrap_or(0).max(name.chars().count())
    };
    let widths: Vec<usize> =
        rows.columns.iter().enumerate().map(|(column, name)| width(column, name)).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (cell, width) in cells.zip(&widths) {
            // Writing to a String cannot fail.
            let _ = write!(text, "{cell:width$}  ");
        }
        text.trim_end().to_owned()
    };
    page.heading(&line(&mut rows.columns.iter().copied()));
    for row in &rows.rows {
        page.line(&line(&mut row.iter().map(String::as_str)));
    }
    page.into_text()
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    rows: Vec<BTreeMap<&'a str, &'a str>>,
}

/// Rows as JSON: one object a row, with the columns' names.
pub(crate) fn rows_json(rows: &Rows) -> String {
    let objects = rows
        .rows
        .iter()
        .map(|row| {
            let members = rows.columns.iter().zip(row);
            members.map(|(name, cell)| (*name, cell.as_str())).collect()
        })
        .collect();
    json::pretty(&Document { schema_version: SCHEMA_VERSION, rows: objects })
}

#[cfg(test)]
pub(crate) fn schemas() -> [schemars::Schema; 2] {
    [super::schemas::of::<Overview<'_>>(), super::schemas::of::<Document<'_>>()]
}
