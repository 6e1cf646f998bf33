//! `ringfence plan`: the world that a plan of Terraform makes, as files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringfence_infrastructure::bounds::{Bound, Bounds, Unbounded, Vocabulary};
use ringfence_infrastructure::draft::Draft;
use ringfence_infrastructure::terraform::{Plan, Planned, Told};
use ringfence_model::catalogue::Catalogue;
use ringfence_model::evaluate::Facts as _;
use ringfence_model::files::{FileKind, Files as _};
use ringfence_model::location::{InputError, Location};
use ringfence_model::world::{OptionalInput, World};
use ringfence_solver::steps::primitive::Primitives;

use super::CommandError;
use crate::args::PlanArguments;
use crate::exit::ExitStatus;
use crate::files::System;
use crate::input::{self, read_bytes};
use crate::output;

/// What was written.
#[derive(Debug)]
pub(crate) struct Written {
    /// The worlds: one, or the two that bound what is not known.
    pub(crate) worlds: Vec<PathBuf>,
    /// What the plan makes.
    pub(crate) planned: Planned,
}

/// Writes what the plan makes of the world. What was written is read again as every other command reads it.
///
/// # Errors
/// When the plan or the world cannot be used, or the folder holds something.
pub(crate) fn run(arguments: &PlanArguments) -> Result<ExitStatus, CommandError> {
    if arguments.write.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        let message = format!("{} is not empty", arguments.write.display());
        return Err(CommandError::usage(
            &message,
            "name a new folder: what is in this one would be part of the world",
        ));
    }
    let bytes = read_bytes(&arguments.plan, "`terraform show -json` writes a plan as JSON", &System)
        .map_err(|error| vec![error])?;
    let plan = Plan::read(&bytes, &Arc::from(input::shown(&arguments.plan)));
    let base = match &arguments.world {
        // Its reader finds whatever is wrong with it.
        Some(world) => World::read_directory(world).and_then(|_| Draft::read(&System, world)),
        None => Ok(Draft::default()),
    };
    let (plan, base) = match (plan, base) {
        (Ok(plan), Ok(base)) => (plan, base),
        (plan, base) => {
            let errors = plan.err().into_iter().chain(base.err());
            return Err(CommandError::Input(errors.flatten().collect()));
        }
    };
    let plan = if arguments.before { plan.before() } else { plan };
    // A state does not say when it was made.
    let date = plan.timestamp.clone().unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned());
    let told = Told { account: arguments.account.clone(), date };
    let planned = plan.applied(base, &told)?;
    asked_for_tags(&arguments.plan, &planned, arguments.world.as_deref())?;
    let vocabulary = vocabulary()?;
    let sides: &[(Bound, &str)] = if planned.draft.has_holes() {
        &[(Bound::Widest, "widest"), (Bound::Narrowest, "narrowest")]
    } else {
        &[(Bound::Widest, "")]
    };
    let mut worlds = Vec::new();
    for (bound, folder) in sides {
        let files = planned
            .draft
            .files(&Bounds { bound: *bound, vocabulary: &vocabulary })
            .map_err(|problems| unbounded(&arguments.plan, &problems))?;
        worlds.push((arguments.write.join(folder), files));
    }
    for (place, files) in &worlds {
        write(place, files, arguments.world.as_deref())?;
        World::read_directory(place)?;
    }
    let worlds = worlds.into_iter().map(|(place, _)| place).collect();
    output::write_stdout(&output::plan::text(&Written { worlds, planned }))?;
    Ok(ExitStatus::AsExpected)
}

/// A tag of which the value is unknown is left out, which is sound only where nothing asks for it.
///
/// # Errors
/// For each for which a policy or the configuration of the world before the plan asks.
fn asked_for_tags(plan: &Path, planned: &Planned, world: Option<&Path>) -> Result<(), CommandError> {
    let mut texts: Vec<String> = Vec::new();
    for account in planned.draft.accounts.values() {
        texts.push(account.details.to_string());
        let policies = account.resource_policies.iter().flat_map(|policies| policies.values());
        texts.extend(policies.map(ToString::to_string));
    }
    texts.extend(planned.draft.organization.iter().map(ToString::to_string));
    let configuration = world.map(|world| world.join("ringfence.toml"));
    let configuration = configuration.and_then(|path| System.read(&path).ok()).unwrap_or_default();
    texts.push(String::from_utf8_lossy(&configuration).into_owned());
    let texts: Vec<String> = texts.into_iter().map(|text| text.to_ascii_lowercase()).collect();
    let location = Location::new(&Arc::from(input::shown(plan)), 1, 1);
    let mut errors = Vec::new();
    for ((arn, key), place) in &planned.unknown_tags {
        let wanted = key.to_ascii_lowercase();
        let names = [format!("tag/{wanted}"), format!("\"{wanted}\"")];
        let last = texts.len().saturating_sub(1);
        // A policy names a tag by its key, the configuration by itself.
        let asks = |(place, text): (usize, &String)| {
            names.get(usize::from(place == last)).is_some_and(|name| text.contains(name))
        };
        if texts.iter().enumerate().any(asks) {
            errors.push(InputError {
                location: location.clone(),
                statement: None,
                message: format!(
                    "{place}: the tag `{key}` of {arn} is unknown until it is made, and something asks for it"
                ),
                help: Some("write its value out in the configuration".to_owned()),
            });
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(CommandError::Input(errors)) }
}

/// What stands for "any" where no wildcard does.
fn vocabulary() -> Result<Vocabulary, CommandError> {
    let catalogue = Catalogue::embedded().map_err(|error| CommandError::Input(error.0.clone()))?;
    let primitives = Primitives::embedded().map_err(|error| CommandError::internal(&error.to_string()))?;
    let controlled =
        catalogue.services().iter().filter(|service| catalogue.supports_resource_control(service));
    Ok(Vocabulary {
        services: primitives.services.keys().cloned().collect(),
        controlled: controlled.map(ToString::to_string).collect(),
    })
}

fn unbounded(plan: &Path, problems: &[(String, Unbounded)]) -> CommandError {
    let location = Location::new(&Arc::from(input::shown(plan)), 1, 1);
    let error = |(whose, problem): &(String, Unbounded)| InputError {
        location: location.clone(),
        statement: None,
        message: format!("{whose}: {problem}"),
        help: Some("write out in the configuration what is unknown there".to_owned()),
    };
    CommandError::Input(problems.iter().map(error).collect())
}

/// The files of a world, and of the world before the plan those that no plan changes.
fn write(place: &Path, files: &BTreeMap<PathBuf, String>, before: Option<&Path>) -> Result<(), CommandError> {
    let failed = |path: &Path, error: &std::io::Error| {
        CommandError::usage(&format!("{}: {error}", path.display()), "make room, or name another folder")
    };
    let put = |path: &Path, bytes: &[u8]| {
        let path = place.join(path);
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        folder.and_then(|()| fs::write(&path, bytes)).map_err(|error| failed(&path, &error))
    };
    for (path, text) in files {
        put(path, text.as_bytes())?;
    }
    let Some(before) = before else { return Ok(()) };
    let mut others = vec![PathBuf::from("ringfence.toml")];
    for account in System.entries(&before.join("accounts")).unwrap_or_default() {
        let Ok(account) = account.strip_prefix(before) else { continue };
        others.extend(OptionalInput::ALL.map(|input| account.join(input.file_name())));
    }
    for path in others.iter().filter(|path| !files.contains_key(*path)) {
        if System.kind(&before.join(path)) != FileKind::Absent {
            let bytes = System.read(&before.join(path)).map_err(|error| failed(path, &error))?;
            put(path, &bytes)?;
        }
    }
    Ok(())
}
