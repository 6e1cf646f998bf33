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
use crate::args::{AssumedValue, PlanArguments};
use crate::config;
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
    let mut assumed = BTreeMap::new();
    for AssumedValue { address, value } in &arguments.assume {
        if assumed.insert(address.clone(), value.clone()).is_some() {
            let help = "one value is taken at a time: run the command once for each";
            return Err(CommandError::usage(&format!("--assume says two things of {address}"), help));
        }
    }
    let plan = Plan::read(&bytes, &Arc::from(input::shown(&arguments.plan)), &assumed);
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
    let told = Told {
        account: arguments.account.clone(),
        date,
        ignored: arguments.ignore.iter().cloned().collect(),
        is_all: arguments.nothing_else,
    };
    let planned = plan.applied(base, &told)?;
    asked(&arguments.plan, &planned, arguments.world.as_deref())?;
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
            .files(&Bounds { bound: *bound, vocabulary: &vocabulary, holes: &planned.holes })
            .map_err(|problems| unbounded(&arguments.plan, &problems))?;
        worlds.push((arguments.write.join(folder), files));
    }
    for (place, files) in &worlds {
        write(place, files, arguments.world.as_deref(), &planned)?;
        World::read_directory(place)?;
    }
    let worlds = worlds.into_iter().map(|(place, _)| place).collect();
    output::report_remarks(&[
        "`ringfence plan` is in the making: nobody has tried yet to make its worlds prove what does not hold"
            .to_owned(),
    ]);
    output::write_stdout(&output::plan::text(&Written { worlds, planned }))?;
    Ok(ExitStatus::AsExpected)
}

/// What is unknown outside of policies is left out or made up, which is sound only where nothing asks for it.
///
/// # Errors
/// For each for which a policy or the configuration of the world before the plan asks.
fn asked(plan: &Path, planned: &Planned, world: Option<&Path>) -> Result<(), CommandError> {
    let configuration = world.map(|world| world.join("ringfence.toml"));
    let text = configuration.and_then(|path| System.read(&path).ok()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let location = Location::new(&Arc::from(input::shown(plan)), 1, 1);
    let errors: Vec<InputError> = planned
        .asked(&config::texts::texts(&text))
        .into_iter()
        .map(|(message, help)| InputError {
            location: location.clone(),
            statement: None,
            message,
            help: Some(help.to_owned()),
        })
        .collect();
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
        help: Some(
            "write out in the configuration what is unknown there, or say it with --assume ADDRESS=VALUE"
                .to_owned(),
        ),
    };
    CommandError::Input(problems.iter().map(error).collect())
}

/// The files of a world, and of the world before the plan those that no plan changes.
fn write(
    place: &Path,
    files: &BTreeMap<PathBuf, String>,
    before: Option<&Path>,
    planned: &Planned,
) -> Result<(), CommandError> {
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
        let id = account.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_so = |input: &OptionalInput| {
            let outdated = planned.draft.accounts.get(id).map(|account| &account.outdated);
            *input != OptionalInput::ResourcePolicies
                && outdated.is_none_or(|outdated| !outdated.contains(input))
        };
        let inputs = OptionalInput::ALL.into_iter().filter(is_so);
        others.extend(inputs.map(|input| account.join(input.file_name())));
    }
    for path in others.iter().filter(|path| !files.contains_key(*path)) {
        if System.kind(&before.join(path)) != FileKind::Absent {
            let bytes = System.read(&before.join(path)).map_err(|error| failed(path, &error))?;
            put(path, &bytes)?;
        }
    }
    Ok(())
}
