//! `ringfence merge`: the report on a world whose principals were judged in parts, perhaps on several machines.
//!
//! The parts hold answers with what shows them, and no verdicts. So the report is that of `ringfence check`, which finds
//! most answers made and checks them: nothing that a part says is believed, and what no part holds is solved.

use ringfence_solver::backend::Encoding;

use super::CommandError;
use super::check::{self, Asked};
use crate::args::{Format, MergeArguments};
use crate::cache::{Cache, Several};
use crate::exit::ExitStatus;
use crate::output;

/// Makes the report.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong.
pub(crate) fn run(arguments: &MergeArguments) -> Result<ExitStatus, CommandError> {
    output::resolve(&arguments.report.output, Format::Text)?;
    let parts: Vec<Cache> =
        arguments.answers.iter().map(|path| Cache::existing(path)).collect::<Result<_, _>>()?;
    let several = Several::new(parts);
    let status = check::report(&Asked {
        directory: None,
        report: &arguments.report,
        shard: None,
        encoding: Encoding::Theory,
        store: Some(&several),
    })?;
    if !arguments.report.quiet {
        output::progress::report_cache(several.used());
    }
    Ok(status)
}
