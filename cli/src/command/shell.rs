//! `ringfence completions` and `ringfence manual`: what shells and `man` know of the command line.

use std::fs;
use std::path::Path;

use clap::CommandFactory as _;

use super::CommandError;
use crate::args::{Arguments, CompletionsArguments, ManualArguments};
use crate::exit::ExitStatus;
use crate::output;

/// Prints the completions of a shell.
///
/// # Errors
/// When they cannot be written.
pub(crate) fn completions(arguments: &CompletionsArguments) -> Result<ExitStatus, CommandError> {
    let mut command = Arguments::command();
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "ringfence", &mut text);
    output::write_stdout(&String::from_utf8_lossy(&text))?;
    Ok(ExitStatus::AsExpected)
}

/// Writes `ringfence.1` and `ringfence-COMMAND.1` for each command.
///
/// # Errors
/// When one cannot be written.
pub(crate) fn manual(arguments: &ManualArguments) -> Result<ExitStatus, CommandError> {
    let directory = &arguments.directory;
    fs::create_dir_all(directory).map_err(|error| failed(directory, &error))?;
    let command = Arguments::command().disable_help_subcommand(true);
    clap_mangen::generate_to(command, directory).map_err(|error| failed(directory, &error))?;
    Ok(ExitStatus::AsExpected)
}

fn failed(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::usage(&format!("{}: {error}", path.display()), "make room, or name another folder")
}
