//! `ringfence merge`: the report on a world whose principals were judged in parts, perhaps on several machines.
//!
//! The parts hold answers with what shows them, and no verdicts. So the report is that of `ringfence check`, which finds
//! most answers made and checks them: nothing that a part says is believed, and what no part holds is solved.

use std::path::{Path, PathBuf};

use ringfence_solver::backend::Encoding;

use super::CommandError;
use super::check::{self, Asked};
use crate::args::{MergeArguments, ReportFormat};
use crate::baseline;
use crate::basis::Basis;
use crate::cache::Cache;
use crate::exit::ExitStatus;
use crate::output;

/// Makes the report.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong.
pub(crate) fn run(arguments: &MergeArguments) -> Result<ExitStatus, CommandError> {
    output::resolve(&arguments.report.output, ReportFormat::Text)?;
    let files: Vec<&Path> = arguments.answers.iter().map(PathBuf::as_path).collect();
    output::keep_apart(&arguments.report.output, &files, "holds answers")?;
    baseline::check(&arguments.report, &files, None)?;
    let parts = Cache::of(&arguments.answers)?;
    let status = check::report(&Asked {
        planned: None,
        directory: None,
        report: &arguments.report,
        shard: None,
        encoding: Encoding::Theory,
        store: Some(&parts),
        basis: Basis::here(),
    })?;
    let used = parts.finish()?;
    if !arguments.report.quiet {
        output::progress::report_cache(used);
    }
    Ok(status)
}
