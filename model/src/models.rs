//! Bedrock's models, their prices, and the inference profiles: dated tables that a user's own file can replace.
//!
//! Prices come from `model/data/bedrock-models.tsv`, profiles from `model/data/inference-profiles.tsv` (formats, sources
//! and merging rules in docs/data.md). "No price known" is not zero: it is no price at all.

mod price;
mod profiles;
#[cfg(test)]
mod tests;
pub(crate) mod tsv;

use std::sync::OnceLock;

use crate::data_source::{DataSource, TableError, sha256_hex, unpack};
use crate::location::InputError;
use crate::models::tsv::Tsv;

pub use crate::models::price::Price;
pub use crate::models::profiles::{Destinations, InferenceProfile, ProfileTable};

const EMBEDDED: &str = include_str!("../data/bedrock-models.tsv");

/// What stands before the model id in a profile id.
pub const GEOGRAPHIES: [&str; 8] = ["apac", "au", "eu", "global", "in", "jp", "us", "us-gov"];

/// A model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelRow {
    /// The bare model id: `anthropic.claude-opus-4-1-20250805-v1:0`.
    pub id: String,
    /// Who made it: the first part of the id.
    pub provider: String,
    /// Price of input tokens, the highest of all commercial Regions and geographies. None when not known.
    pub input: Option<Price>,
    /// Price of output tokens, likewise.
    pub output: Option<Price>,
    /// Price of input tokens in the `aws-us-gov` partition. None when not known or not offered there.
    pub gov_input: Option<Price>,
    /// Price of output tokens in the `aws-us-gov` partition, likewise.
    pub gov_output: Option<Price>,
    /// Which rows of which source the prices were taken from.
    pub source: String,
    /// The day that the prices speak for, `YYYY-MM-DD`.
    pub date: String,
}

impl ModelRow {
    /// The highest price of output tokens anywhere; none when no price is known.
    pub fn highest_output(&self) -> Option<Price> {
        self.output.max(self.gov_output)
    }
}

/// The models with their prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelTable {
    /// The models, sorted by id.
    pub rows: Vec<ModelRow>,
    /// The packages that the table was made from; none for a user's own.
    pub source: Vec<DataSource>,
    /// The oldest date of any row: no price of the table is older.
    pub date: String,
    /// SHA-256 of the file.
    pub digest: String,
}

impl ModelTable {
    /// The embedded table, read once.
    ///
    /// # Errors
    /// When the embedded table does not parse, which a test of this crate rules out.
    pub fn embedded() -> Result<&'static Self, &'static TableError> {
        static TABLE: OnceLock<Result<ModelTable, TableError>> = OnceLock::new();
        TABLE.get_or_init(|| Self::parse(EMBEDDED, "<bedrock-models>").map_err(TableError)).as_ref()
    }

    /// The table in `text`, called `file` in errors: a header line, then one line a model, fields separated by tabs.
    ///
    /// # Errors
    /// Everything that is wrong with it, by line: unknown or missing columns, wrong numbers of fields, ids that are not
    /// bare or stand twice, prices that are not decimal numbers, dates that are not dates, no rows at all.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<InputError>> {
        let columns = ["id", "provider", "input", "output", "source", "date"];
        let mut table = Tsv::read(text, file, &columns, &["gov_input", "gov_output"]);
        let mut rows: Vec<ModelRow> = Vec::new();
        for line in std::mem::take(&mut table.lines) {
            let id = line.field("id");
            let problem = id_problem(id).or_else(|| line.date_problem("date"));
            if let Some(problem) = problem {
                table.errors.add(line.number, problem);
            }
            let mut price = |column: &str| match Price::parse_optional(line.field(column)) {
                Ok(price) => price,
                Err(message) => {
                    table.errors.add(line.number, format!("column `{column}`: {message}"));
                    None
                }
            };
            rows.push(ModelRow {
                id: id.to_owned(),
                provider: line.field("provider").to_owned(),
                input: price("input"),
                output: price("output"),
                gov_input: price("gov_input"),
                gov_output: price("gov_output"),
                source: line.field("source").to_owned(),
                date: line.field("date").to_owned(),
            });
        }
        table.refuse_repeated(rows.iter().map(|row| row.id.as_str()));
        rows.sort_by(|left, right| left.id.cmp(&right.id));
        let date = rows.iter().map(|row| row.date.as_str()).min().map(str::to_owned);
        let digest = sha256_hex(text.as_bytes());
        let source = std::mem::take(&mut table.sources);
        table.errors.finish(date.map(|date| Self { rows, source, date, digest })).map_err(|error| error.0)
    }

    /// The table in `bytes`, plain or gzip, as [`ModelTable::parse`].
    ///
    /// # Errors
    /// As [`ModelTable::parse`], and when the bytes are no text.
    pub fn parse_bytes(bytes: &[u8], file: &str) -> Result<Self, Vec<InputError>> {
        Self::parse(&unpack(bytes, file).map_err(|error| error.0)?, file)
    }

    /// The model called `id`, with or without a geography before it.
    pub fn row(&self, id: &str) -> Option<&ModelRow> {
        let (_, id) = split_geography(id);
        let found = self.rows.binary_search_by(|row| row.id.as_str().cmp(id)).ok()?;
        self.rows.get(found)
    }

    /// The highest price of output tokens of the model `id` anywhere; none when the model or its price is not known.
    pub fn output_price(&self, id: &str) -> Option<Price> {
        self.row(id)?.highest_output()
    }
}

/// A model or profile id as geography and bare model id: `us.amazon.nova-pro-v1:0` is `us` and `amazon.nova-pro-v1:0`.
/// No geography when none of [`GEOGRAPHIES`] stands before `provider.model`.
pub fn split_geography(id: &str) -> (Option<&str>, &str) {
    match id.split_once('.') {
        Some((geography, model)) if GEOGRAPHIES.contains(&geography) && model.contains('.') => {
            (Some(geography), model)
        }
        _ => (None, id),
    }
}

/// What is wrong with `id` as a bare model id, if anything.
fn id_problem(id: &str) -> Option<String> {
    let character = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".:-".contains(&byte);
    if !id.contains('.') || !id.bytes().all(character) {
        return Some(format!("`{id}` is not a model id such as `amazon.nova-pro-v1:0`"));
    }
    match split_geography(id) {
        (Some(geography), bare) => {
            Some(format!("`{id}` is a profile id; write `{bare}`, without `{geography}.`"))
        }
        (None, _) => None,
    }
}
