//! `ringfence blast-radius`: what principals can run.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ringfence_model::world::World;
use ringfence_solver::check::CheckOptions;
use ringfence_solver::check::blast_radius::{BlastRadius, blast_radius};

use super::CommandError;
use super::check::{as_of, pin, pins, threads};
use super::principal::arn_of;
use crate::args::{BlastRadiusArguments, Format};
use crate::data_age;
use crate::exit::ExitStatus;
use crate::files::System;
use crate::input::{self, Place, Tables};
use crate::output::{self, progress::ProgressLine};

/// Everything that the outputs show.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    /// What was found.
    pub(crate) found: &'a BlastRadius,
    /// It is about one principal.
    pub(crate) to_one: bool,
    /// The set of models to which the easiest way was sought.
    pub(crate) model_set: &'a str,
    /// The world.
    pub(crate) world: &'a World,
    /// The tables that were used.
    pub(crate) tables: &'a Tables,
    /// What a reader should know, one sentence each.
    pub(crate) notes: Vec<String>,
    /// The earliest instant of a request.
    pub(crate) as_of: Option<String>,
}

/// Finds what principals can run, and writes it.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong.
pub(crate) fn run(arguments: &BlastRadiusArguments) -> Result<ExitStatus, CommandError> {
    output::resolve(&arguments.output, Format::Text)?;
    let pins = pins(&arguments.assume)?;
    let place = Place::of(None, &arguments.world);
    let (tables, world, configured) =
        input::everything(&place, &arguments.tables, arguments.config.as_deref(), &System)
            .map_err(CommandError::Input)?;
    let mut configuration = configured.configuration;
    pin(&mut configuration, &pins);
    let set = arguments.model_set.as_str();
    if !configuration.models.contains_key(set) {
        let known: Vec<&str> = configuration.models.keys().map(String::as_str).collect();
        return Err(CommandError::usage(
            &format!("there is no set of models `{set}`"),
            &format!("the sets are {}; add one under `[models]` of ringfence.toml", known.join(", ")),
        ));
    }
    let wanted = match &arguments.principal {
        Some(text) => Some(arn_of(text, &world)?),
        None => None,
    };
    let now = Timestamp::now();
    let today = now.to_zoned(TimeZone::UTC).date();
    let options = CheckOptions::new(
        threads(arguments.threads),
        as_of(arguments.as_of, &world, now)?,
        &today.to_string(),
    );
    let mut notes = data_age::remarks(&tables, (today, today), arguments.tables.max_data_age)?;
    notes.extend(input::assumptions(&world));
    let progress = ProgressLine::new(arguments.quiet);
    let found = blast_radius(
        &world,
        (tables.catalogue.get(), tables.models.get()),
        (&configuration, set),
        &options,
        &|subject| wanted.as_ref().is_none_or(|arn| *arn == subject.arn),
        &|now| progress.update(now),
    );
    progress.clear();
    if found.principals.is_empty() {
        return Err(CommandError::usage(
            "no principal was asked",
            "service-linked roles are not asked: only AWS can use them",
        ));
    }
    let open = found.principals.iter().any(|principal| match &principal.reach {
        Ok(reach) => reach.open.is_some() || reach.regions_open.is_some(),
        Err(_) => true,
    });
    notes.extend(found.defects.iter().map(|defect| format!("internal defect: {defect}")));
    let answer = Answer {
        found: &found,
        to_one: wanted.is_some(),
        model_set: set,
        world: &world,
        tables: &tables,
        notes,
        as_of: options.as_of,
    };
    output::write_answers(&arguments.output, Format::Text, |format| match format {
        Format::Text => output::blast_radius::text(&answer),
        Format::Json => output::blast_radius::json(&answer),
    })?;
    let lacking = found.missing.iter().any(|missing| missing.effect == "inconclusive");
    Ok(if open || (lacking && wanted.is_none()) { ExitStatus::Inconclusive } else { ExitStatus::AsExpected })
}
