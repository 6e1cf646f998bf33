//! `ringfence verify`: evidence that somebody else made is checked, without a network and without a solver.

use std::path::PathBuf;

use jiff::Timestamp;
use ringfence_model::files::{Disk, FileKind, Files};
use ringfence_solver::evidence::exhaust::Bounds;

use super::CommandError;
use crate::args::{Format, VerifyArguments};
use crate::evidence;
use crate::exit::ExitStatus;
use crate::output;

/// Checks the evidence and says what was found.
///
/// # Errors
/// When the key cannot be used, or an answer cannot be written. Evidence that cannot be read is rejected.
pub(crate) fn run(arguments: &VerifyArguments) -> Result<ExitStatus, CommandError> {
    output::resolve(&arguments.output, Format::Text)?;
    let key = arguments.public_key.as_deref().map(evidence::public_key).transpose()?;
    let (worlds, others): (Vec<_>, Vec<_>) =
        arguments.inputs.iter().cloned().partition(|path| Disk.kind(path) == FileKind::Folder);
    if worlds.len() > 1 {
        return Err(CommandError::usage(
            "--inputs names more than one folder",
            "evidence is about one world; name files that lie elsewhere one by one",
        ));
    }
    let against =
        evidence::Against { files: &Disk, world: worlds.first().map(PathBuf::as_path), others: &others };
    let few = Bounds::default();
    let bounds = if arguments.exhaustive { Bounds::whole(few.combinations) } else { few };
    let mut found = match evidence::read(&arguments.evidence) {
        Ok(package) => {
            evidence::check(&package, against, key.as_ref(), (arguments.threads, bounds), Timestamp::now())
        }
        Err(problem) => evidence::Checked {
            rejections: vec![format!("{}: {problem}", arguments.evidence.display())],
            ..evidence::Checked::default()
        },
    };
    if let Some(command) = &arguments.second_solver {
        evidence::ask_second_solver(command, &mut found);
    }
    output::write_answers(&arguments.output, Format::Text, |format| match format {
        Format::Text => output::verify::text(&found, against.is_named()),
        Format::Json => output::verify::json(&found),
    })?;
    Ok(if !found.rejections.is_empty() {
        ExitStatus::Refuted
    } else if found.is_whole() {
        ExitStatus::AsExpected
    } else {
        // Nothing speaks against it. Nothing shows what is only believed, or is about inputs of which nobody knows.
        ExitStatus::Inconclusive
    })
}
