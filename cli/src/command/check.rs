//! `ringfence check`: every guardrail over every principal.

mod bounded;
pub(crate) mod cause;
pub(crate) mod obstacle;

use std::cell::OnceCell;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use ringfence_model::evaluate::Pins;
use ringfence_model::files::Files;
use ringfence_model::location::{InputError, InputWarning};
use ringfence_model::world::{InputFile, World};
use ringfence_solver::backend::Encoding;
use ringfence_solver::certificate::Level;
use ringfence_solver::check::blast_radius::{BlastRadius, blast_radius};
use ringfence_solver::check::{Attached, CheckOptions, Shard, check_with};
use ringfence_solver::guardrail::{Acceptance, Configuration, pattern_matches};
use ringfence_solver::prove::Store;
use ringfence_solver::report::{GuardrailResult, Report};
use ringfence_solver::verdict::{Reason, VerdictWord};

use bounded::Bounded;

use super::CommandError;
use crate::args::{
    AssumedValue, Assumption, CheckArguments, ExitArguments, FindingsFormat, OutputTarget, PinnedPoint,
    PlannedArguments, ReportArguments, ReportFormat, TextEncoding,
};
use crate::baseline::{self, Baseline};
use crate::basis::Basis;
use crate::cache::Cache;
use crate::config::names;
use crate::data_age;
use crate::evidence::{self, Material};
use crate::exit::ExitStatus;
use crate::files::Remembered;
use crate::findings;
use crate::input::{self, Place, Tables};
use crate::output;
use crate::output::human::counted;
use crate::output::progress::ProgressLine;
use crate::suppression::{self, Entry};

/// Everything that the outputs of a check show.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    /// The report.
    pub(crate) report: &'a Report,
    /// What was checked.
    pub(crate) world: &'a World,
    /// The tables that were used.
    pub(crate) tables: &'a Tables,
    /// The guardrails as configured.
    pub(crate) configuration: &'a Configuration,
    /// ringfence.toml, if there is one.
    pub(crate) configuration_file: Option<InputFile>,
    /// The baseline, if one was read.
    pub(crate) baseline: Option<Baseline>,
    /// Remarks about the input.
    pub(crate) warnings: Vec<InputWarning>,
    /// What a reader of the verdicts should know, one sentence each.
    pub(crate) notes: Vec<String>,
    /// How much of its proofs others can check.
    pub(crate) level: Level,
    /// Where evidence of it goes.
    pub(crate) evidence: Option<String>,
    /// What accepts violations, and what has become of it.
    pub(crate) suppressions: Vec<Entry>,
    /// Which models principals can run, where an output shows that.
    pub(crate) reach: Option<BlastRadius>,
    /// The world directory; none if one export alone was read.
    pub(crate) directory: Option<PathBuf>,
    /// What this run ends with.
    pub(crate) status: ExitStatus,
}

/// What is reported, and what is known of it before.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// Where the world is, if it was named without an option.
    pub(crate) directory: Option<&'a Path>,
    /// The plan of which the world is judged, if there is one.
    pub(crate) planned: Option<&'a PlannedArguments>,
    /// From what a report is made, and how it is written.
    pub(crate) report: &'a ReportArguments,
    /// The part of the principals that is judged.
    pub(crate) shard: Option<Shard>,
    /// How texts are decided.
    pub(crate) encoding: Encoding,
    /// Answers of other runs.
    pub(crate) store: Option<&'a dyn Store>,
    /// By what the run goes.
    pub(crate) basis: Basis<'a>,
}

impl<'a> Asked<'a> {
    /// What `arguments` ask.
    pub(crate) fn of(arguments: &'a CheckArguments, store: Option<&'a dyn Store>, basis: Basis<'a>) -> Self {
        Self {
            directory: arguments.directory.as_deref(),
            planned: Some(&arguments.planned),
            report: &arguments.report,
            shard: arguments.shard,
            encoding: match arguments.encoding {
                TextEncoding::Theory => Encoding::Theory,
                TextEncoding::Strings => Encoding::Strings,
            },
            store,
            basis,
        }
    }
}

/// Runs the check and writes the report.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong.
pub(crate) fn run(arguments: &CheckArguments) -> Result<ExitStatus, CommandError> {
    output::resolve(&arguments.report.output, ReportFormat::Text)?;
    let cache_file = Vec::from_iter(arguments.cache.as_deref());
    output::keep_apart(&arguments.report.output, &cache_file, "holds answers")?;
    baseline::check(&arguments.report, &cache_file, arguments.shard)?;
    if let Some(target) = &arguments.evidence.evidence {
        return evidence::record(target, &evidence::Question::Check(arguments), |basis| {
            judge(&Asked::of(arguments, None, basis), |answer| {
                write(answer, &arguments.report)?;
                Ok((answer.status, Material::of_check(answer)))
            })
        });
    }
    let cache = arguments.cache.as_deref().map(Cache::open).transpose()?;
    let store = cache.as_ref().map(|cache| -> &dyn Store { cache });
    let status = report(&Asked::of(arguments, store, Basis::here()))?;
    if let Some(cache) = cache {
        let used = cache.finish()?;
        if !arguments.report.quiet {
            output::progress::report_cache(used);
        }
    }
    Ok(status)
}

/// Judges what is asked and writes the report.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong.
pub(crate) fn report(asked: &Asked<'_>) -> Result<ExitStatus, CommandError> {
    output::resolve(&asked.report.output, ReportFormat::Text)?;
    judge(asked, |answer| {
        write(answer, asked.report)?;
        Ok(answer.status)
    })
}

/// Judges what is asked; what `then` makes of the answer.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong.
pub(crate) fn judge<R>(
    asked: &Asked<'_>,
    then: impl FnOnce(&Answer<'_>) -> Result<R, CommandError>,
) -> Result<R, CommandError> {
    let (arguments, basis) = (asked.report, asked.basis);
    let once = Remembered::new(basis.files);
    let pins = pins(&points(&arguments.assume))?;
    let named = Place::of(asked.directory, &arguments.world);
    let bounded = Bounded::of(asked, &named, &once)?;
    let (place, files) = bounded.as_ref().map(Bounded::widest).unzip();
    let place = place.unwrap_or_else(|| named.clone());
    let files: &dyn Files = files.as_ref().map_or(&once, |overlay| overlay);
    let config = bounded.as_ref().map_or(arguments.config.as_deref(), Bounded::configuration);
    let baseline = arguments.baseline.baseline.as_deref();
    let baseline = baseline.map(|file| Baseline::read(file, &once)).transpose();
    let everything = input::everything(&place, &arguments.tables, config, files);
    let (baseline, (tables, world, configured)) = both(baseline, everything).map_err(CommandError::Input)?;
    let (errors, unmatched) = names::unmatched(&configured.names, &world);
    if !errors.is_empty() {
        return Err(CommandError::Input(errors));
    }
    let mut configuration = configured.configuration;
    pin(&mut configuration, &pins);
    let options = options(asked, &world)?;
    let today = basis.today(arguments.today);
    let old = data_age::remarks(&tables, (today, basis.clock(today)), arguments.tables.max_data_age)?;
    let progress = ProgressLine::new(arguments.quiet);
    let catalogue = tables.catalogue.get();
    let run = |world: &World, shard: Option<Shard>| {
        check_with(
            world,
            catalogue,
            tables.models.get(),
            &configuration,
            &CheckOptions { shard, ..options.clone() },
            &|now| progress.update(now),
            Attached { store: asked.store, ledger: basis.ledger, ..Attached::default() },
        )
    };
    let mut report = run(&world, options.shard);
    if let Some(bounded) = &bounded {
        report = bounded.conclude(report, (&tables, &configuration), &run)?;
    }
    let reach = reach(asked, (&world, &tables), &configuration, &options, &progress);
    progress.clear();
    let of_baseline =
        baseline.as_ref().map(|baseline| baseline.apply(&mut report, &configuration)).unwrap_or_default();
    let status = status(&report, arguments.exit)?;
    let mut warnings = unmatched;
    warnings.extend(world.warnings.iter().cloned());
    warnings.extend(world.check_names(catalogue));
    let mut notes = notes(&world, &configuration, &report, arguments.one_step);
    notes.extend(old);
    notes.extend(bounded.iter().flat_map(Bounded::notes));
    let answer = Answer {
        report: &report,
        world: &world,
        tables: &tables,
        configuration: &configuration,
        configuration_file: configured.file,
        baseline,
        warnings,
        notes,
        suppressions: suppression::entries(&configuration, &report, of_baseline),
        reach,
        directory: named.directory(),
        level: basis.level(),
        evidence: basis.evidence(),
        status,
    };
    then(&answer)
}

/// The readings among what is taken for granted.
pub(crate) fn points(assumptions: &[Assumption]) -> Vec<PinnedPoint> {
    let point = |assumption: &Assumption| match assumption {
        Assumption::Point(point) => Some(*point),
        Assumption::Value(_) => None,
    };
    assumptions.iter().filter_map(point).collect()
}

/// The values among it.
pub(crate) fn values(assumptions: &[Assumption]) -> Vec<AssumedValue> {
    let value = |assumption: &Assumption| match assumption {
        Assumption::Value(value) => Some(value.clone()),
        Assumption::Point(_) => None,
    };
    assumptions.iter().filter_map(value).collect()
}

/// Both, or all that is wrong with either.
fn both<L, R>(
    left: Result<L, Vec<InputError>>,
    right: Result<R, Vec<InputError>>,
) -> Result<(L, R), Vec<InputError>> {
    match (left, right) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (left, right) => Err(left.err().into_iter().chain(right.err()).flatten().collect()),
    }
}

/// Which models everybody can run, if a page is asked for that shows it. A part of the principals has no such table.
fn reach(
    asked: &Asked<'_>,
    (world, tables): (&World, &Tables),
    configuration: &Configuration,
    options: &CheckOptions,
    progress: &ProgressLine,
) -> Option<BlastRadius> {
    let wanted = asked.report.output.iter().any(|target| target.format == ReportFormat::Html);
    (wanted && asked.shard.is_none()).then(|| {
        blast_radius(
            world,
            (tables.catalogue.get(), tables.models.get()),
            (configuration, "expensive"),
            options,
            &|_| true,
            &|now| progress.update(now),
        )
    })
}

/// Writes the report in each form that is asked for, and the baseline.
fn write(answer: &Answer<'_>, arguments: &ReportArguments) -> Result<(), CommandError> {
    let targets: &[OutputTarget<ReportFormat>] = &arguments.output;
    output::report_remarks(&suppression::remarks(&answer.suppressions));
    let made = OnceCell::new();
    let findings = || made.get_or_init(|| findings::check::findings(answer));
    output::write_answers(targets, ReportFormat::Text, |format| match format {
        ReportFormat::Text => output::human::report(answer),
        ReportFormat::Json => output::json::report(answer),
        ReportFormat::Html => output::html::html(answer, findings()),
        ReportFormat::Findings(format) => output::findings::render(findings(), format),
    })?;
    if targets.iter().any(|target| target.format == ReportFormat::Findings(FindingsFormat::Github)) {
        output::findings::write_summary(findings())?;
    }
    let earlier = answer.baseline.as_ref();
    baseline::write(&arguments.baseline, (answer.report, earlier), answer.configuration)
}

fn notes(world: &World, configuration: &Configuration, report: &Report, one_step: bool) -> Vec<String> {
    let mut notes = world.notes.clone();
    notes.extend(input::assumptions(world));
    notes.extend(report.defects.iter().map(|defect| format!("internal defect: {defect}")));
    if one_step && !configuration.exits.is_empty() {
        notes.push("declared exits change nothing with --one-step".to_owned());
    }
    if !one_step {
        notes.extend(exits(configuration, world));
    }
    notes
}

/// What each declared exit takes out of proofs, and who answers for it.
pub(super) fn exits(configuration: &Configuration, world: &World) -> Vec<String> {
    let matches = |pattern: &str| {
        let principals = world.principals().map(|(_, principal)| principal.arn());
        principals.filter(|arn| pattern_matches(pattern, arn)).count()
    };
    let words = |exit: &Acceptance| {
        format!(
            "declared exit: no run that leaves a boundary goes through {} ({}; {}), which is {} here",
            exit.principal,
            exit.reason,
            exit.owner,
            counted(matches(&exit.principal), "principal"),
        )
    };
    configuration.exits.iter().map(words).collect()
}

/// The readings that the command line chooses.
///
/// # Errors
/// When one point is to be read in two ways: either choice could be the one that was not meant.
pub(crate) fn pins(points: &[PinnedPoint]) -> Result<Pins, CommandError> {
    let mut pins = Pins::new();
    for pinned in points {
        let before = pins.insert(pinned.point, pinned.reading);
        if before.is_some_and(|before| before != pinned.reading) {
            return Err(CommandError::usage(
                &format!("--assume reads {} in two ways", pinned.point),
                "give each point once",
            ));
        }
    }
    Ok(pins)
}

/// Adds the readings that the command line chooses; they win over ringfence.toml.
pub(crate) fn pin(configuration: &mut Configuration, pins: &Pins) {
    for (point, reading) in pins {
        let reason = "given on the command line".to_owned();
        configuration.assumptions.insert(*point, (*reading, reason));
    }
}

fn options(asked: &Asked<'_>, world: &World) -> Result<CheckOptions, CommandError> {
    let arguments = asked.report;
    let as_of = as_of(arguments.as_of, world, asked.basis.now)?;
    let today = asked.basis.today(arguments.today);
    let whole = CheckOptions::new(threads(arguments.threads), as_of, &today.to_string());
    Ok(CheckOptions { shard: asked.shard, encoding: asked.encoding, steps: !arguments.one_step, ..whole })
}

/// The earliest instant of a request: what is given, else the newest date in the world, else none.
///
/// # Errors
/// When it is later than `now`.
pub(crate) fn as_of(
    given: Option<Timestamp>,
    world: &World,
    now: Timestamp,
) -> Result<Option<String>, CommandError> {
    let as_of = given.or(world.newest_timestamp);
    if let Some(as_of) = as_of.filter(|as_of| *as_of > now) {
        let as_of = seconds(as_of);
        return Err(if given.is_some() {
            CommandError::usage(
                &format!("--as-of {as_of} is later than this machine's clock ({})", seconds(now)),
                "answers are about requests from that instant on; name an instant that has passed",
            )
        } else {
            CommandError::usage(
                &format!(
                    "the newest date in the world, {as_of}, is later than this machine's clock ({})",
                    seconds(now)
                ),
                "set the clock, or give --as-of with an instant that has passed",
            )
        });
    }
    Ok(as_of.map(seconds))
}

/// The number of threads: what is given, else as many as there are processors.
pub(crate) fn threads(given: Option<NonZeroUsize>) -> NonZeroUsize {
    given.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}

/// `instant` as `YYYY-MM-DDThh:mm:ssZ`.
fn seconds(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What the run ends with.
///
/// # Errors
/// When nothing was checked, or the engines contradict each other: then no verdict counts.
fn status(report: &Report, exit: ExitArguments) -> Result<ExitStatus, CommandError> {
    if report.principals == 0 && report.shard.is_some() {
        // There are more parts than principals.
        return Ok(ExitStatus::AsExpected);
    }
    if report.guardrails.is_empty() || report.principals == 0 {
        return Err(CommandError::internal("no guardrail or no principal was checked"));
    }
    let of = |guardrail| guardrail_status(guardrail, report.shard);
    let status = report.guardrails.iter().map(of).max().unwrap_or(ExitStatus::Error);
    Ok(exit.ends(status))
}

/// What one guardrail says: refuted if a violation is accepted by nobody, else inconclusive if something is open or
/// nobody was there to check. That nobody of a part was there says nothing: others may be.
pub(crate) fn guardrail_status(guardrail: &GuardrailResult, part: Option<Shard>) -> ExitStatus {
    let lacking = guardrail.missing.iter().any(|missing| missing.effect == "inconclusive");
    if guardrail.inconclusive().any(|(_, reason)| matches!(reason, Reason::Disagreement(_))) {
        ExitStatus::Error
    } else if guardrail.unaccepted().next().is_some() {
        ExitStatus::Refuted
    } else if lacking
        || guardrail.count(VerdictWord::Inconclusive) > 0
        || (part.is_none() && guardrail.verdict() == VerdictWord::NotApplicable)
    {
        ExitStatus::Inconclusive
    } else {
        ExitStatus::AsExpected
    }
}

#[cfg(test)]
mod tests;
