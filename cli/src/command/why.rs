//! `ringfence why`: what a proof rests on, and what comes of it without that.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ringfence_model::catalogue::distance;
use ringfence_model::location::InputWarning;
use ringfence_model::world::World;
use ringfence_solver::check::CheckOptions;
use ringfence_solver::guardrail::{Configuration, Guardrail};
use ringfence_solver::report::{Missing, Scope};
use ringfence_solver::verdict::{Reason, Verdict, VerdictWord};
use ringfence_solver::why::{Asked, Depth, Everybody, Told, Why, everybody, why};

use super::CommandError;
use super::check::{as_of, exits, pin, pins, threads};
use super::principal::arn_of;
use crate::args::{Format, WhyArguments};
use crate::config::names;
use crate::data_age;
use crate::exit::ExitStatus;
use crate::files::System;
use crate::input::{self, Place, Tables};
use crate::output::{self, progress::ProgressLine};

/// What was found.
#[derive(Debug)]
pub(crate) enum Found {
    /// Of one principal.
    One(Box<Why>),
    /// Of everybody.
    Everybody(Everybody),
}

impl Found {
    /// What a check tells beside the verdicts.
    pub(crate) fn told(&self) -> &Told {
        match self {
            Self::One(one) => &one.told,
            Self::Everybody(all) => &all.told,
        }
    }
}

/// Everything that the outputs show.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    /// The guardrail.
    pub(crate) guardrail: &'a Guardrail,
    /// What was found.
    pub(crate) found: Found,
    /// How often the guardrail was judged at most, of each principal.
    pub(crate) limit: usize,
    /// The world.
    pub(crate) world: &'a World,
    /// The tables that were used.
    pub(crate) tables: &'a Tables,
    /// The configuration.
    pub(crate) configuration: &'a Configuration,
    /// Remarks about the input.
    pub(crate) warnings: Vec<InputWarning>,
    /// What a reader should know, one sentence each.
    pub(crate) notes: Vec<String>,
    /// The earliest instant of a request.
    pub(crate) as_of: Option<String>,
    /// The day with which expiry dates were compared.
    pub(crate) today: String,
    /// What this run ends with.
    pub(crate) status: ExitStatus,
}

/// Finds what the proof rests on, and writes it.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong.
pub(crate) fn run(arguments: &WhyArguments) -> Result<ExitStatus, CommandError> {
    output::resolve(&arguments.output, Format::Text)?;
    let pins = pins(&arguments.assume)?;
    let place = Place::of(None, &arguments.world);
    let (tables, world, configured) =
        input::everything(&place, &arguments.tables, arguments.config.as_deref(), &System)
            .map_err(CommandError::Input)?;
    let (errors, unmatched) = names::unmatched(&configured.names, &world);
    if !errors.is_empty() {
        return Err(CommandError::Input(errors));
    }
    let mut configuration = configured.configuration;
    pin(&mut configuration, &pins);
    let guardrail = guardrail(&arguments.guardrail, &configuration)?;
    let wanted = arguments.principal.as_deref().map(|text| arn_of(text, &world)).transpose()?;
    let now = Timestamp::now();
    let clock = now.to_zoned(TimeZone::UTC).date();
    let today = arguments.today.unwrap_or(clock);
    let as_of = as_of(arguments.as_of, &world, now)?;
    let whole = CheckOptions::new(threads(arguments.threads), as_of, &today.to_string());
    let options = CheckOptions { steps: !arguments.one_step, ..whole };
    let old = data_age::remarks(&tables, (today, clock), arguments.tables.max_data_age)?;
    let asked = Asked {
        world: &world,
        catalogue: tables.catalogue.get(),
        models: tables.models.get(),
        configuration: &configuration,
        guardrail,
        options: &options,
    };
    let found = found(asked, wanted.as_deref(), arguments)?;
    let mut warnings = unmatched;
    warnings.extend(world.warnings.iter().cloned());
    warnings.extend(world.check_names(tables.catalogue.get()));
    let mut notes = world.notes.clone();
    notes.extend(input::assumptions(&world));
    notes.extend(found.told().defects.iter().map(|defect| format!("internal defect: {defect}")));
    if !arguments.one_step {
        notes.extend(exits(&configuration, &world));
    }
    notes.extend(old);
    let answer = Answer {
        guardrail,
        status: arguments.exit.ends(status(&found)),
        found,
        limit: arguments.limit.get(),
        world: &world,
        tables: &tables,
        configuration: &configuration,
        warnings,
        notes,
        as_of: options.as_of.clone(),
        today: options.today.clone(),
    };
    output::write_answers(&arguments.output, Format::Text, |format| match format {
        Format::Text => output::why::text(&answer),
        Format::Json => output::why::json(&answer),
    })?;
    Ok(answer.status)
}

/// What is asked for.
///
/// # Errors
/// When the guardrail is not about the principal.
fn found(asked: Asked<'_>, wanted: Option<&str>, arguments: &WhyArguments) -> Result<Found, CommandError> {
    let limit = arguments.limit.get();
    let progress = ProgressLine::new(arguments.quiet);
    let found = match wanted {
        Some(principal) => why(asked, principal, (limit, Depth::All), &mut |count| {
            progress.tell(|| format!("judged {count} times, {limit} at most"));
        })
        .map(|one| Found::One(Box::new(one))),
        None => everybody(asked, limit, &|now| progress.update(now)).map(Found::Everybody),
    };
    progress.clear();
    found.ok_or_else(|| {
        CommandError::usage(
            &format!(
                "the guardrail `{}` is not checked for {}",
                asked.guardrail.id,
                wanted.unwrap_or("anybody")
            ),
            "its `principals` leave it out, or it is a service-linked role, which only AWS can use",
        )
    })
}

/// The guardrail with this id.
///
/// # Errors
/// When there is none, with those that there are.
fn guardrail<'c>(id: &str, configuration: &'c Configuration) -> Result<&'c Guardrail, CommandError> {
    let all = &configuration.guardrails;
    all.iter().find(|guardrail| guardrail.id == id).ok_or_else(|| {
        let nearest = all.iter().min_by_key(|guardrail| distance(id, &guardrail.id));
        let nearest = nearest
            .map_or_else(String::new, |guardrail| format!("the nearest is `{}`; all are ", guardrail.id));
        let ids: Vec<&str> = all.iter().map(|guardrail| guardrail.id.as_str()).collect();
        CommandError::usage(&format!("there is no guardrail `{id}`"), &format!("{nearest}{}", ids.join(", ")))
    })
}

/// What the run ends with: that of the verdict, accepted or not; of everybody, that each proof was explained. Principals that the world lacks
/// matter to others, and to whom somebody can become.
fn status(found: &Found) -> ExitStatus {
    let lacking = found.told().missing.iter().any(Missing::hinders_proofs);
    match found {
        Found::One(one) => match &one.verdict {
            Verdict::Proved(_) if one.sets.is_some() && !(lacking && one.scope == Scope::Steps) => {
                ExitStatus::AsExpected
            }
            Verdict::Refuted(_) => ExitStatus::Refuted,
            Verdict::Inconclusive(Reason::Disagreement(_)) => ExitStatus::Error,
            Verdict::Proved(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable => {
                ExitStatus::Inconclusive
            }
        },
        Found::Everybody(all) => {
            let proved = all.verdicts.iter().any(|(_, word)| *word == VerdictWord::Proved);
            if proved && !lacking { ExitStatus::AsExpected } else { ExitStatus::Inconclusive }
        }
    }
}
