//! The commands: one file each, with a `run` that says what the exit status is.

pub(crate) mod blast_radius;
pub(crate) mod boundary;
pub(crate) mod can;
pub(crate) mod check;
pub(crate) mod collect;
pub(crate) mod compare;
pub(crate) mod data;
pub(crate) mod explain;
pub(crate) mod import;
pub(crate) mod merge;
pub(crate) mod paths;
pub(crate) mod plan;
pub(crate) mod planned;
pub(crate) mod policy_checks;
mod pre_commit;
mod principal;
pub(crate) mod question;
mod shell;
pub(crate) mod simulate;
pub(crate) mod verify;
pub(crate) mod who_can;
pub(crate) mod why;

use ringfence_model::location::InputError;

use crate::args::Command;
use crate::exit::ExitStatus;

/// Why a command gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The input is not usable. Everything that is wrong, never empty.
    #[error("the input cannot be used")]
    Input(Vec<InputError>),
    /// The arguments do not go together.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do about it.
        help: String,
    },
    /// A defect of this program.
    #[error("internal error: {0}")]
    Internal(String),
    /// An answer could not be written.
    #[error("{target} could not be written: {problem}")]
    Output {
        /// The file, or standard output.
        target: String,
        /// What went wrong.
        problem: String,
    },
}

impl CommandError {
    /// A usage error.
    pub(crate) fn usage(message: &str, help: &str) -> Self {
        Self::Usage { message: message.to_owned(), help: help.to_owned() }
    }

    /// An internal error.
    pub(crate) fn internal(message: &str) -> Self {
        Self::Internal(message.to_owned())
    }
}

impl From<Vec<InputError>> for CommandError {
    fn from(errors: Vec<InputError>) -> Self {
        Self::Input(errors)
    }
}

/// Runs `command`.
///
/// # Errors
/// When there is no answer; what was answered before is written.
pub(crate) fn run(command: &Command) -> Result<ExitStatus, CommandError> {
    match command {
        Command::Check(arguments) => check::run(arguments),
        Command::Merge(arguments) => merge::run(arguments),
        Command::Can(arguments) => can::run(arguments),
        Command::WhoCan(arguments) => who_can::run(arguments),
        Command::BlastRadius(arguments) => blast_radius::run(arguments),
        Command::Paths(arguments) => paths::run(arguments),
        Command::Why(arguments) => why::run(arguments),
        Command::Compare(arguments) => compare::run(arguments),
        Command::CheckNoNewAccess(arguments) => policy_checks::no_new_access(arguments),
        Command::Boundary(arguments) => boundary::run(arguments),
        Command::Simulate(arguments) => simulate::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Collect(arguments) => collect::run(arguments),
        Command::Import(arguments) => import::run(arguments),
        Command::Plan(arguments) => plan::run(arguments),
        Command::PreCommit(arguments) => pre_commit::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Data(arguments) => data::run(arguments),
        Command::Completions(arguments) => shell::completions(arguments),
        Command::Manual(arguments) => shell::manual(arguments),
    }
}
