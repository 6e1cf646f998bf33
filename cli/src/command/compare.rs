//! `ringfence compare`: what a change adds to what principals may do, and what it takes away.

mod plan;
mod policies;

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ringfence_model::evaluate::Pins;
use ringfence_model::location::{InputError, InputWarning};
use ringfence_model::world::World;
use ringfence_solver::check::comparison::{Comparison, Worlds, compare, compare_between};
use ringfence_solver::check::{Attached, CheckOptions};

use super::CommandError;
use super::check::{as_of, exits, pin, pins, points, threads, values};
use crate::args::{CompareArguments, Format, PinnedPoint};
use crate::config::names;
use crate::data_age;
use crate::exit::ExitStatus;
use crate::files::System;
use crate::input::{self, Configured, Place, Tables};
use crate::output::{self, progress::ProgressLine};
use policies::Kind;

/// Everything that the outputs show.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    /// What was found.
    pub(crate) found: &'a Comparison,
    /// Before the change.
    pub(crate) old: Side<'a>,
    /// After it.
    pub(crate) new: Side<'a>,
    /// The tables that were used.
    pub(crate) tables: &'a Tables,
    /// What a reader should know, one sentence each.
    pub(crate) notes: Vec<String>,
    /// The earliest instant of a request.
    pub(crate) as_of: Option<String>,
    /// The day with which expiry dates were compared.
    pub(crate) today: String,
    /// What this run ends with.
    pub(crate) status: ExitStatus,
}

/// One of the two worlds.
#[derive(Debug)]
pub(crate) struct Side<'a> {
    /// The path as given.
    pub(crate) path: String,
    /// What was read.
    pub(crate) world: &'a World,
    /// Remarks about the input.
    pub(crate) warnings: Vec<InputWarning>,
}

/// Compares, and writes the answer.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong with either world.
pub(crate) fn run(arguments: &CompareArguments) -> Result<ExitStatus, CommandError> {
    output::resolve(&arguments.output, Format::Text)?;
    let of_policies = arguments.policy_type.is_some() || arguments.account.is_some();
    match [&arguments.old, &arguments.new].map(|path| policies::kind(path)) {
        [Kind::Policy, Kind::World] | [Kind::World, Kind::Policy] => {
            return Err(CommandError::usage(
                "one of OLD and NEW is a policy document, and the other a world",
                "compare two policy documents, or two worlds",
            ));
        }
        [Kind::Plan, _] => {
            return Err(CommandError::usage(
                "OLD is a plan",
                "NEW may be one, of OLD; `ringfence plan --before` writes what was there before a plan, as far as it was managed",
            ));
        }
        [Kind::Policy, Kind::Plan] => {
            return Err(CommandError::usage(
                "OLD is a policy document, and NEW a plan",
                "compare the world before the plan with the plan",
            ));
        }
        [_, Kind::Plan] => return plan::run(arguments),
        kinds if kinds.contains(&Kind::World) && of_policies => {
            return Err(CommandError::usage(
                "--policy-type and --account are for policy documents, and OLD or NEW is a world",
                "leave them out, or give two files with a `Statement` each",
            ));
        }
        _ if !arguments.ignore.is_empty() => {
            return Err(CommandError::usage("--ignore is for plans, and NEW is none", "leave it out"));
        }
        // What is wrong with the other is told where it is read.
        kinds if kinds.contains(&Kind::Policy) || of_policies => return policies::run(arguments),
        _ => {}
    }
    let pins = pins(&of_points(arguments)?)?;
    let (old_place, new_place) = (place(&arguments.old, arguments)?, place(&arguments.new, arguments)?);
    let mut errors: Vec<InputError> = Vec::new();
    let read = input::everything(&new_place, &arguments.tables, arguments.config.as_deref(), &System)
        .map_err(|found| errors.extend(found));
    let managed = read.as_ref().ok().map(|(tables, ..)| tables.managed_policies.get());
    let old = old_place.read(managed, &System).map_err(|found| errors.extend(found));
    let (Ok((tables, new, configured)), Ok(old)) = (read, old) else {
        return Err(CommandError::Input(errors));
    };
    concluded(arguments, (old, new, None), (&tables, configured, &pins), Vec::new())
}

/// Compares the worlds, the new one with all between it and another one, if there is one; and writes the answer.
fn concluded(
    arguments: &CompareArguments,
    (old, new, narrowest): (World, World, Option<&World>),
    (tables, configured, pins): (&Tables, Configured, &Pins),
    more: Vec<String>,
) -> Result<ExitStatus, CommandError> {
    // A guardrail may name what one of the two has alone.
    let (errors, unmatched) = names::unmatched(&configured.names, &new);
    let (errors_of_old, _) = names::unmatched(&configured.names, &old);
    let errors: Vec<InputError> = errors.into_iter().filter(|error| errors_of_old.contains(error)).collect();
    if !errors.is_empty() {
        return Err(CommandError::Input(errors));
    }
    let mut configuration = configured.configuration;
    pin(&mut configuration, pins);
    let now = Timestamp::now();
    let clock = now.to_zoned(TimeZone::UTC).date();
    let today = arguments.today.unwrap_or(clock);
    let as_of = as_of(arguments.as_of, &new, now)?;
    let whole = options(arguments, as_of, &today.to_string());
    let options = CheckOptions { steps: !arguments.one_step, ..whole };
    let mut notes = data_age::remarks(tables, (today, clock), arguments.tables.max_data_age)?;
    let worlds = Worlds {
        old: &old,
        new: &new,
        catalogue: tables.catalogue.get(),
        models: tables.models.get(),
        configuration: &configuration,
    };
    let progress = ProgressLine::new(arguments.quiet);
    let update = |now| progress.update(now);
    let found = match narrowest {
        Some(narrowest) => compare_between(worlds, narrowest, &options, &update, Attached::default())
            .map_err(|problem| CommandError::internal(&problem))?,
        None => compare(worlds, &options, &update, Attached::default()),
    };
    progress.clear();
    notes.extend(
        input::assumptions(&old).into_iter().chain(input::assumptions(&new)).collect::<BTreeSet<_>>(),
    );
    notes.extend(more);
    notes.extend(found.defects.iter().map(|defect| format!("internal defect: {defect}")));
    if !arguments.one_step {
        notes.extend(exits(&configuration, &new));
    }
    let warnings = |world: &World| {
        let mut warnings = world.warnings.clone();
        warnings.extend(world.check_names(tables.catalogue.get()));
        warnings
    };
    let mut of_new = unmatched;
    of_new.extend(warnings(&new));
    let answer = Answer {
        status: status(&found),
        found: &found,
        old: Side { path: input::shown(&arguments.old), world: &old, warnings: warnings(&old) },
        new: Side { path: input::shown(&arguments.new), world: &new, warnings: of_new },
        tables,
        notes,
        as_of: options.as_of.clone(),
        today: options.today.clone(),
    };
    written(&answer, arguments)
}

/// The readings among what is taken for granted, where no plan is compared.
///
/// # Errors
/// Where a value is given, which only a plan has.
fn of_points(arguments: &CompareArguments) -> Result<Vec<PinnedPoint>, CommandError> {
    match values(&arguments.assume).first() {
        None => Ok(points(&arguments.assume)),
        Some(value) => Err(CommandError::usage(
            &format!("--assume gives {} a value, and NEW is no plan that has it", value.address),
            "open points are read by F17=lower and the like",
        )),
    }
}

/// Writes the answer; what the run ends with.
fn written(answer: &Answer<'_>, arguments: &CompareArguments) -> Result<ExitStatus, CommandError> {
    output::write_answers(&arguments.output, Format::Text, |format| match format {
        Format::Text => output::compare::text(answer),
        Format::Json => output::compare::json(answer),
    })?;
    Ok(answer.status)
}

fn options(arguments: &CompareArguments, as_of: Option<String>, today: &str) -> CheckOptions {
    CheckOptions::new(threads(arguments.threads), as_of, today)
}

/// The world at `path`: a directory, or one account's export.
///
/// # Errors
/// Where organization.json is named besides a directory, which has its own.
fn place(path: &Path, arguments: &CompareArguments) -> Result<Place, CommandError> {
    if !path.is_dir() {
        let organization = arguments.organization.clone();
        return Ok(Place::Account { details: path.to_owned(), organization });
    }
    if arguments.organization.is_some() {
        let message =
            format!("{} is a world directory, which has an organization.json of its own", path.display());
        return Err(CommandError::usage(&message, "leave --organization out"));
    }
    Ok(Place::Directory(path.to_owned()))
}

/// 0 if nothing is allowed that was not before, 1 if something is, 3 if that is not decided.
fn status(found: &Comparison) -> ExitStatus {
    use ringfence_solver::check::comparison::Relation;
    match found.relation() {
        Relation::Equivalent | Relation::Narrower | Relation::EquivalentOrNarrower => ExitStatus::AsExpected,
        Relation::Broader | Relation::Incomparable | Relation::BroaderOrIncomparable => ExitStatus::Refuted,
        Relation::Undecided => ExitStatus::Inconclusive,
    }
}
