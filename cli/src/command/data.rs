//! `ringfence data`: what is embedded, and its rows.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ringfence_model::catalogue::{Action, Catalogue, KeyKind};
use ringfence_model::data_source::DataSource;
use ringfence_model::managed::ManagedPolicies;
use ringfence_model::models::{Destinations, GEOGRAPHIES, ModelTable, Price, ProfileTable};

use super::CommandError;
use crate::args::{DataArguments, Format, TableName};
use crate::data_age;
use crate::exit::ExitStatus;
use crate::files::System;
use crate::input::{self, Tables};
use crate::output::{self, data};

/// Names that are suggested for one that does not exist.
const SUGGESTIONS: usize = 5;

/// What is known about one table.
#[derive(Debug)]
pub(crate) struct TableFacts {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it holds, counted.
    pub(crate) holds: String,
    /// The day it speaks for.
    pub(crate) date: String,
    /// The file it was read from; none if it is embedded.
    pub(crate) file: Option<String>,
    /// SHA-256 of the file.
    pub(crate) sha256: String,
    /// The packages that it was made from.
    pub(crate) sources: Vec<DataSource>,
}

/// Rows of a table.
#[derive(Debug)]
pub(crate) struct Rows {
    /// Names of the columns.
    pub(crate) columns: &'static [&'static str],
    /// The rows, each as long as the columns.
    pub(crate) rows: Vec<Vec<String>>,
}

/// Prints what is embedded, or the rows of one table.
///
/// # Errors
/// When a table cannot be read, or no row has the name.
pub(crate) fn run(arguments: &DataArguments) -> Result<ExitStatus, CommandError> {
    output::resolve(&arguments.output, Format::Text)?;
    let tables = Tables::read(&arguments.tables, &System)?;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    data_age::remarks(&tables, (today, today), arguments.tables.max_data_age)?;
    let profiles = input::profiles()?;
    let Some(table) = arguments.table else {
        let facts = facts(&tables, profiles);
        output::write_answers(&arguments.output, Format::Text, |format| match format {
            Format::Text => data::overview(&facts),
            Format::Json => data::overview_json(&facts),
        })?;
        return Ok(ExitStatus::AsExpected);
    };
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let rows = match table {
        TableName::Actions => actions(tables.catalogue.get(), filter)?,
        TableName::Keys => keys(tables.catalogue.get(), filter),
        TableName::ManagedPolicies => managed_policies(tables.managed_policies.get(), filter),
        TableName::Models => models(tables.models.get(), filter),
        TableName::Profiles => profile_rows(profiles, filter),
    };
    if rows.rows.is_empty() {
        return Err(CommandError::usage(
            &format!("no row of this table has `{filter}` in its name"),
            "leave the name out to see all rows",
        ));
    }
    output::write_answers(&arguments.output, Format::Text, |format| match format {
        Format::Text => data::rows(&rows),
        Format::Json => data::rows_json(&rows),
    })?;
    Ok(ExitStatus::AsExpected)
}

fn facts(tables: &Tables, profiles: &ProfileTable) -> Vec<TableFacts> {
    let catalogue = tables.catalogue.get();
    let managed = tables.managed_policies.get();
    let models = tables.models.get();
    let priced = models.rows.iter().filter(|row| row.highest_output().is_some()).count();
    vec![
        TableFacts {
            name: "catalogue",
            holds: format!(
                "{} services, {} actions, {} resource types, {} condition keys",
                catalogue.services().len(),
                catalogue.actions().len(),
                catalogue.resource_types().len(),
                catalogue.keys().len(),
            ),
            date: catalogue.source().date.clone(),
            file: tables.catalogue.file().map(str::to_owned),
            sha256: catalogue.digest().to_owned(),
            sources: catalogue.sources().cloned().collect(),
        },
        TableFacts {
            name: "managed-policies",
            holds: format!("{} AWS managed policies", managed.all().count()),
            date: managed.source().date.clone(),
            file: tables.managed_policies.file().map(str::to_owned),
            sha256: managed.digest().to_owned(),
            sources: vec![managed.source().clone()],
        },
        TableFacts {
            name: "models",
            holds: format!("{} Bedrock models, {priced} with an output price", models.rows.len()),
            date: models.date.clone(),
            file: tables.models.file().map(str::to_owned),
            sha256: models.digest.clone(),
            sources: models.source.clone(),
        },
        TableFacts {
            name: "profiles",
            holds: format!("{} inference profiles", profiles.rows.len()),
            date: profiles.source.iter().map(|source| source.date.clone()).min().unwrap_or_default(),
            file: None,
            sha256: profiles.digest.clone(),
            sources: profiles.source.clone(),
        },
    ]
}

/// All actions, those of one service, or one action.
fn actions(catalogue: &Catalogue, filter: &str) -> Result<Rows, CommandError> {
    let found: Vec<&Action> = if filter.is_empty() {
        catalogue.actions().iter().collect()
    } else if filter.contains(':') {
        let one = catalogue.find_action(filter).and_then(|id| catalogue.action(id));
        vec![one.ok_or_else(|| no_such_action(catalogue, filter))?]
    } else {
        catalogue.actions_of(filter).map(|(_, action)| action).collect()
    };
    if found.is_empty() {
        return Err(no_such_action(catalogue, filter));
    }
    let rows = found
        .into_iter()
        .map(|action| {
            let levels: Vec<String> = action.access_levels.iter().map(|level| format!("{level:?}")).collect();
            let types: Vec<&str> = action
                .resource_types
                .iter()
                .filter_map(|taken| catalogue.resource_type(taken.resource_type))
                .map(|known| known.name.as_str())
                .collect();
            let types = if types.is_empty() { "*".to_owned() } else { types.join(",") };
            vec![action.full_name(), levels.join(","), types]
        })
        .collect();
    Ok(Rows { columns: &["action", "access levels", "resource types"], rows })
}

fn no_such_action(catalogue: &Catalogue, name: &str) -> CommandError {
    let nearest: Vec<String> = catalogue
        .nearest_actions(name, SUGGESTIONS)
        .into_iter()
        .filter_map(|id| catalogue.action(id).map(Action::full_name))
        .collect();
    let what = if name.contains(':') { "action" } else { "service" };
    let help = if nearest.is_empty() || what == "service" {
        "name a service prefix such as `bedrock`, or one action as `service:Name`".to_owned()
    } else {
        format!("the nearest are {}", nearest.join(", "))
    };
    CommandError::usage(&format!("no such {what}: `{name}`"), &help)
}

fn keys(catalogue: &Catalogue, filter: &str) -> Rows {
    let kind = |kind: KeyKind| format!("{kind:?}");
    let rows = catalogue
        .keys()
        .iter()
        .filter(|key| contains(&key.name_pattern, filter))
        .map(|key| {
            let values = if key.multivalued { "list" } else { "one" };
            let scope = if key.global { "global" } else { "service" };
            vec![key.name_pattern.clone(), kind(key.kind), values.to_owned(), scope.to_owned()]
        })
        .collect();
    Rows { columns: &["key", "type", "values", "scope"], rows }
}

fn managed_policies(table: &ManagedPolicies, filter: &str) -> Rows {
    let rows = table
        .all()
        .filter(|record| contains(&record.arn, filter))
        .map(|record| vec![record.arn.clone(), record.version_id.clone(), record.changed.clone()])
        .collect();
    Rows { columns: &["policy", "version", "changed"], rows }
}

/// The models whose id contains `filter`, the geography of an inference profile taken off: ids are bare.
fn models(table: &ModelTable, filter: &str) -> Rows {
    let filter = filter.to_ascii_lowercase();
    let without =
        filter.split_once('.').filter(|(first, bare)| GEOGRAPHIES.contains(first) && !bare.is_empty());
    let bare = without.map_or(filter.as_str(), |(_, bare)| bare);
    let price = |price: Option<Price>| price.map_or("-".to_owned(), |price| price.to_string());
    let rows = table
        .rows
        .iter()
        .filter(|row| contains(&row.id, bare))
        .map(|row| {
            vec![
                row.id.clone(),
                price(row.input.max(row.gov_input)),
                price(row.highest_output()),
                row.date.clone(),
            ]
        })
        .collect();
    Rows { columns: &["model", "input USD/Mtok", "output USD/Mtok", "date"], rows }
}

fn profile_rows(table: &ProfileTable, filter: &str) -> Rows {
    let rows = table
        .rows
        .iter()
        .filter(|row| contains(&row.id, filter))
        .map(|row| {
            let regions = match &row.destinations {
                Destinations::AnyRegion => "*".to_owned(),
                Destinations::Regions(regions) => regions.join(","),
            };
            vec![row.id.clone(), row.model.clone(), row.geography.clone(), regions]
        })
        .collect();
    Rows { columns: &["profile", "model", "geography", "Regions"], rows }
}

fn contains(name: &str, filter: &str) -> bool {
    name.to_ascii_lowercase().contains(&filter.to_ascii_lowercase())
}
