//! The principal that an argument means.

use ringfence_model::world::World;
use ringfence_solver::inquiry::principal::find;
use ringfence_solver::inquiry::run::candidates;

use super::CommandError;

/// The ARN of the principal that `text` means.
///
/// # Errors
/// When none is meant, or several are.
pub(super) fn arn_of(text: &str, world: &World) -> Result<String, CommandError> {
    let candidates = candidates(world);
    let caller =
        find(text, &candidates).map_err(|error| CommandError::usage(&error.to_string(), &error.help()))?;
    let arn = candidates.get(caller.index).map(|candidate| candidate.subject.arn.clone());
    arn.ok_or_else(|| CommandError::internal("a principal was found that is not there"))
}
