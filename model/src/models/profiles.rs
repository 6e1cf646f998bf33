//! Bedrock's system-defined inference profiles: which model a profile id runs, and where.

use std::sync::OnceLock;

use crate::data_source::{DataSource, TableError, sha256_hex};
use crate::location::InputError;
use crate::models::tsv::Tsv;
use crate::models::{id_problem, split_geography};

const EMBEDDED: &str = include_str!("../../data/inference-profiles.tsv");

/// Where a profile may send a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destinations {
    /// Any Region of the partition.
    AnyRegion,
    /// These Regions, sorted.
    Regions(Vec<String>),
}

/// A system-defined inference profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InferenceProfile {
    /// The profile id: `us.anthropic.claude-opus-5-5`.
    pub id: String,
    /// The bare model id.
    pub model: String,
    /// The geography.
    pub geography: String,
    /// Its destinations. The embedded table knows them by geography only; an account's own list is exact.
    pub destinations: Destinations,
}

/// The inference profiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileTable {
    /// The profiles, sorted by id.
    pub rows: Vec<InferenceProfile>,
    /// The packages that the table was made from; none for a user's own.
    pub source: Vec<DataSource>,
    /// SHA-256 of the file.
    pub digest: String,
}

impl ProfileTable {
    /// The embedded table, read once.
    ///
    /// # Errors
    /// When the embedded table does not parse, which a test of this crate rules out.
    pub fn embedded() -> Result<&'static Self, &'static TableError> {
        static TABLE: OnceLock<Result<ProfileTable, TableError>> = OnceLock::new();
        TABLE.get_or_init(|| Self::parse(EMBEDDED, "<inference-profiles>").map_err(TableError)).as_ref()
    }

    /// The table in `text`, called `file` in errors: a header line, then one line a profile, fields separated by tabs.
    ///
    /// # Errors
    /// Everything that is wrong with it, by line.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<InputError>> {
        let mut table = Tsv::read(text, file, &["profile", "model", "geography", "regions"], &[]);
        let mut rows: Vec<InferenceProfile> = Vec::new();
        for line in std::mem::take(&mut table.lines) {
            let (id, model, geography) =
                (line.field("profile"), line.field("model"), line.field("geography"));
            if let Some(problem) = id_problem(model) {
                table.errors.add(line.number, problem);
            }
            if split_geography(id) != (Some(geography), model) {
                table.errors.add(
                    line.number,
                    format!("`{id}` is not geography `{geography}`, a point, and `{model}`"),
                );
            }
            let mut regions: Vec<String> = line.field("regions").split(',').map(str::to_owned).collect();
            if regions.iter().any(String::is_empty) {
                table.errors.add(line.number, "regions are Region names separated by commas, or `*`");
            }
            regions.sort_unstable();
            let any = regions.iter().any(|region| region == "*");
            rows.push(InferenceProfile {
                id: id.to_owned(),
                model: model.to_owned(),
                geography: geography.to_owned(),
                destinations: if any { Destinations::AnyRegion } else { Destinations::Regions(regions) },
            });
        }
        table.refuse_repeated(rows.iter().map(|row| row.id.as_str()));
        rows.sort_by(|left, right| left.id.cmp(&right.id));
        let source = std::mem::take(&mut table.sources);
        let digest = sha256_hex(text.as_bytes());
        table.errors.finish(Some(Self { rows, source, digest })).map_err(|error| error.0)
    }

    /// The profile called `id`.
    pub fn row(&self, id: &str) -> Option<&InferenceProfile> {
        let found = self.rows.binary_search_by(|row| row.id.as_str().cmp(id)).ok()?;
        self.rows.get(found)
    }

    /// The profiles that run the bare model `model`, sorted by id.
    pub fn of_model(&self, model: &str) -> impl Iterator<Item = &InferenceProfile> {
        self.rows.iter().filter(move |row| row.model == model)
    }
}
