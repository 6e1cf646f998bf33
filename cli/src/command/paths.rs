//! `ringfence paths`: by which steps principals escape, or the proof that there are none.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

use ringfence_model::location::InputWarning;
use ringfence_model::world::{MissingEffect, World};
use ringfence_solver::certificate::Level;
use ringfence_solver::check::CheckOptions;
use ringfence_solver::check::blast_radius::{PrincipalReach, blast_radius};
use ringfence_solver::check::paths::{PathsReport, PrincipalPaths, paths};
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::provenance::{self, Public};
use ringfence_solver::subject::Subject;
use ringfence_solver::verdict::VerdictWord;

use super::CommandError;
use super::check::{as_of, exits, pin, pins, threads};
use super::principal::arn_of;
use crate::args::{FindingsFormat, OutputTarget, PathsArguments, PathsFormat};
use crate::basis::Basis;
use crate::config::names;
use crate::data_age;
use crate::evidence::{self, Material};
use crate::exit::ExitStatus;
use crate::findings;
use crate::input::{self, Place, Tables};
use crate::output::{self, progress::ProgressLine};

/// Everything that the outputs show.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    /// What was found.
    pub(crate) found: &'a PathsReport,
    /// It is about one principal.
    pub(crate) to_one: bool,
    /// The world.
    pub(crate) world: &'a World,
    /// What a reader should know, one sentence each.
    pub(crate) notes: Vec<String>,
    /// The earliest instant of a request.
    pub(crate) as_of: Option<String>,
    /// The files of the world.
    pub(crate) files: Vec<String>,
    /// The world directory; none if one export alone was read.
    pub(crate) directory: Option<PathBuf>,
    /// What resource policies open to everybody, each with what its role runs, if the inventory names one.
    pub(crate) public: Vec<(Public, Option<PrincipalReach>)>,
    /// The tables that were used.
    pub(crate) tables: &'a Tables,
    /// How much of its proofs others can check.
    pub(crate) level: Level,
    /// Where evidence of it goes.
    pub(crate) evidence: Option<String>,
    /// The day of the run.
    pub(crate) today: String,
    /// What this run ends with.
    pub(crate) status: ExitStatus,
}

/// Finds the paths, and writes them.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong.
pub(crate) fn run(arguments: &PathsArguments) -> Result<ExitStatus, CommandError> {
    output::resolve(&arguments.output, PathsFormat::Text)?;
    let Some(target) = &arguments.evidence.evidence else {
        return judge(arguments, Basis::here(), |answer| {
            write(answer, &arguments.output).map(|()| answer.status)
        });
    };
    evidence::record(target, &evidence::Question::Paths(arguments), |basis| {
        judge(arguments, basis, |answer| {
            write(answer, &arguments.output)?;
            Ok((answer.status, Material::of_paths(answer)))
        })
    })
}

/// Writes the answer in each form that is asked for.
fn write(answer: &Answer<'_>, targets: &[OutputTarget<PathsFormat>]) -> Result<(), CommandError> {
    let made = OnceCell::new();
    let findings = || made.get_or_init(|| findings::paths::findings(answer));
    output::write_answers(targets, PathsFormat::Text, |format| match format {
        PathsFormat::Text => output::paths::text(answer),
        PathsFormat::Json => output::paths::json(answer),
        PathsFormat::Dot => output::paths::dot(answer),
        PathsFormat::Mermaid => output::paths::mermaid(answer),
        PathsFormat::Findings(format) => output::findings::render(findings(), format),
    })?;
    if targets.iter().any(|target| target.format == PathsFormat::Findings(FindingsFormat::Github)) {
        output::findings::write_summary(findings())?;
    }
    Ok(())
}

/// Finds the paths; what `then` makes of the answer. What roles run that are open to everybody is not asked where nothing is to be searched:
/// evidence is of goals.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong.
pub(crate) fn judge<R>(
    arguments: &PathsArguments,
    basis: Basis<'_>,
    then: impl FnOnce(&Answer<'_>) -> Result<R, CommandError>,
) -> Result<R, CommandError> {
    let pins = pins(&arguments.assume)?;
    let place = Place::of(None, &arguments.world);
    let (tables, world, configured) =
        input::everything(&place, &arguments.tables, arguments.config.as_deref(), basis.files)
            .map_err(CommandError::Input)?;
    let (errors, unmatched) = names::unmatched(&configured.names, &world);
    if !errors.is_empty() {
        return Err(CommandError::Input(errors));
    }
    let mut configuration = configured.configuration;
    pin(&mut configuration, &pins);
    let wanted = match &arguments.principal {
        Some(text) => Some(arn_of(text, &world)?),
        None => None,
    };
    let today = basis.today(arguments.today);
    let options = CheckOptions::new(
        threads(arguments.threads),
        as_of(arguments.as_of, &world, basis.now)?,
        &today.to_string(),
    );
    let notes = data_age::remarks(&tables, (today, basis.clock(today)), arguments.tables.max_data_age)?;
    let progress = ProgressLine::new(arguments.quiet);
    let found = paths(
        &world,
        (tables.catalogue.get(), tables.models.get()),
        &configuration,
        &options,
        basis.ledger,
        &|subject| wanted.as_ref().is_none_or(|arn| *arn == subject.arn),
        &|now| progress.update(now),
    )
    .map_err(|error| CommandError::internal(&error.to_string()))?;
    progress.clear();
    if found.principals.is_empty() {
        return Err(CommandError::usage(
            "no principal was asked",
            "paths begin with users and roles; service-linked roles are not asked: only AWS can use them",
        ));
    }
    let mut notes = notes;
    notes.extend(exits(&configuration, &world));
    notes.extend(input::assumptions(&world));
    let warnings = unmatched.iter().chain(&world.warnings);
    notes.extend(warnings.chain(&world.check_names(tables.catalogue.get())).map(warning));
    notes.extend(found.defects.iter().map(|defect| format!("internal defect: {defect}")));
    let searched = basis.ledger.is_none_or(|ledger| !ledger.is_closed());
    let public = public(&world, &tables, &configuration, (&options, searched), wanted.as_deref());
    let answer = Answer {
        found: &found,
        to_one: wanted.is_some(),
        world: &world,
        notes,
        as_of: options.as_of,
        files: world.inputs.iter().map(|file| file.path.clone()).collect(),
        directory: place.directory(),
        public,
        tables: &tables,
        level: basis.level(),
        evidence: basis.evidence(),
        today: today.to_string(),
        status: arguments.exit.ends(status(&found, &world)),
    };
    then(&answer)
}

fn status(found: &PathsReport, world: &World) -> ExitStatus {
    // What is not there may hold what a proof needs to know.
    let lacking = world.missing().iter().any(|missing| missing.effect == MissingEffect::Inconclusive);
    let worst = found.principals.iter().map(PrincipalPaths::verdict).max();
    match worst {
        Some(VerdictWord::Refuted) => ExitStatus::Refuted,
        Some(VerdictWord::Proved) if !lacking => ExitStatus::AsExpected,
        Some(VerdictWord::Proved | VerdictWord::Inconclusive | VerdictWord::NotApplicable) | None => {
            ExitStatus::Inconclusive
        }
    }
}

/// A remark about the input, with its place.
fn warning(warning: &InputWarning) -> String {
    let help = warning.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{}:{}: {}{help}", warning.location.file, warning.location.line, warning.message)
}

/// What is open to everybody, of the role `wanted` or of all, with the models that each role runs.
fn public(
    world: &World,
    tables: &Tables,
    configuration: &Configuration,
    (options, searched): (&CheckOptions, bool),
    wanted: Option<&str>,
) -> Vec<(Public, Option<PrincipalReach>)> {
    let mut all = provenance::public(world);
    all.retain(|found| wanted.is_none() || found.role.as_deref() == wanted);
    let roles: BTreeSet<String> = all.iter().filter_map(|found| found.role.clone()).collect();
    let reached = if roles.is_empty() || !searched {
        Vec::new()
    } else {
        let of_roles = |subject: &Subject| roles.contains(&subject.arn);
        let pair = (tables.catalogue.get(), tables.models.get());
        blast_radius(world, pair, (configuration, "expensive"), options, &of_roles, &|_| {}).principals
    };
    let of_role = |found: &Public| {
        let role = found.role.as_ref()?;
        reached.iter().find(|one| one.principal == *role).cloned()
    };
    all.into_iter().map(|found| (found.clone(), of_role(&found))).collect()
}
