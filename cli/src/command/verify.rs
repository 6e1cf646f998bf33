//! `ringfence verify`: evidence that somebody else made is checked, without a network and without a solver.

use ringfence_model::files::{Disk, Files};
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
    let world = arguments.inputs.as_deref().map(|root| (root, &Disk as &dyn Files));
    let total = Bounds::default().total.filter(|_| !arguments.exhaustive);
    let bounds = Bounds { total, ..Bounds::default() };
    let found = match evidence::read(&arguments.evidence) {
        Ok(package) => evidence::check(&package, world, key.as_ref(), (arguments.threads, bounds)),
        Err(problem) => evidence::Checked {
            rejections: vec![format!("{}: {problem}", arguments.evidence.display())],
            ..evidence::Checked::default()
        },
    };
    output::write_answers(&arguments.output, Format::Text, |format| match format {
        Format::Text => output::verify::text(&found, world.is_some()),
        Format::Json => output::verify::json(&found),
    })?;
    Ok(match (found.rejections.is_empty(), found.believed) {
        (false, _) => ExitStatus::Refuted,
        // Nothing speaks against it, and nothing shows what is only believed.
        (true, 1..) => ExitStatus::Inconclusive,
        (true, 0) => ExitStatus::AsExpected,
    })
}
