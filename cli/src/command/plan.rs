//! `ringfence plan`: the world that a plan of Terraform makes, as files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ringfence_infrastructure::terraform::Planned;
use ringfence_model::world::{ASSUMPTIONS_FILE, WorldReader};

use super::CommandError;
use super::planned::{Source, Written};
use crate::args::PlanArguments;
use crate::exit::ExitStatus;
use crate::files::{Overlay, System};
use crate::input::CONFIGURATION_FILE;
use crate::output;

/// What was written.
#[derive(Debug)]
pub(crate) struct Worlds {
    /// The worlds: one, or the two that bound what is not known.
    pub(crate) places: Vec<PathBuf>,
    /// What the plan makes.
    pub(crate) planned: Planned,
}

/// Writes what the plan makes of the world. What was written is read again as every other command reads it.
///
/// # Errors
/// When the plan or the world cannot be used, or the folder holds something.
pub(crate) fn run(arguments: &PlanArguments) -> Result<ExitStatus, CommandError> {
    must_be_new(&arguments.write)?;
    let source = Source {
        plan: &arguments.plan,
        world: arguments.world.as_deref(),
        account: arguments.account.as_deref(),
        ignored: &arguments.ignore,
        values: arguments.assume.clone(),
        before: arguments.before,
    };
    let configuration = arguments.world.as_ref().map(|world| world.join(CONFIGURATION_FILE));
    let sides = source.read(configuration.as_deref(), &System)?;
    let folders = match sides.narrowest {
        Some(narrowest) => vec![("widest", sides.widest), ("narrowest", narrowest)],
        None => vec![("", sides.widest)],
    };
    let assumptions = assumptions(&sides.planned)?;
    let mut worlds = Vec::new();
    for (folder, mut written) in folders {
        if let Some(text) = &assumptions {
            written.insert(PathBuf::from(ASSUMPTIONS_FILE), text.clone());
        }
        // Nothing is written of which there is no world.
        let overlay = Overlay { root: arguments.write.join(folder), written, others: &System };
        WorldReader { managed_policies: None, files: &overlay }.read_directory(&overlay.root)?;
        worlds.push(overlay);
    }
    let mut places = Vec::new();
    for Overlay { root, written, .. } in worlds {
        write(&root, &written)?;
        places.push(root);
    }
    output::write_stdout(&output::plan::text(&Worlds { places, planned: sides.planned }))?;
    Ok(ExitStatus::AsExpected)
}

/// The file that tells whoever asks about the world what is taken for granted of it; none if nothing is.
fn assumptions(planned: &Planned) -> Result<Option<Vec<u8>>, CommandError> {
    let tags = output::plan::unknown_tags(planned);
    let tags = tags.iter().map(|tag| format!("nothing asks for {tag}, which is unknown"));
    let all: BTreeSet<String> = planned.assumptions.iter().cloned().chain(tags).collect();
    if all.is_empty() {
        return Ok(None);
    }
    let mut text =
        serde_json::to_string_pretty(&all).map_err(|error| CommandError::internal(&error.to_string()))?;
    text.push('\n');
    Ok(Some(text.into_bytes()))
}

/// There is nothing at `place` yet, or an empty folder.
///
/// # Errors
/// If there is.
pub(super) fn must_be_new(place: &Path) -> Result<(), CommandError> {
    if place.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        let message = format!("{} is not empty", place.display());
        let help = "name a new folder: what is in this one would be part of the world";
        return Err(CommandError::usage(&message, help));
    }
    Ok(())
}

/// Writes the files of a world.
///
/// # Errors
/// When there is no room.
pub(super) fn write(place: &Path, files: &Written) -> Result<(), CommandError> {
    for (path, bytes) in files {
        let path = place.join(path);
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        folder.and_then(|()| fs::write(&path, bytes)).map_err(|error| {
            let message = format!("{}: {error}", path.display());
            CommandError::usage(&message, "make room, or name another folder")
        })?;
    }
    Ok(())
}
