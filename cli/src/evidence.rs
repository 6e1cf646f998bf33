//! Evidence: what a run leaves so that others can check its verdicts, and the run made again from it.
//!
//! A package holds the inputs as they were read, what was found for each question, the proofs, and what follows from them: certificates,
//! refutations and the report. Whoever checks it has the kernel check the proofs, and makes everything that follows once more from the
//! inputs by the proofs alone. docs/certificate.md describes it.

mod archive;
mod certificate;
mod compare;
mod inputs;
mod manifest;
mod material;
mod of_boundary;
mod of_can;
mod of_check;
mod of_paths;
mod package;
mod question;
mod recheck;
mod replay;
mod second_solver;
mod statement;
mod told;

use std::path::Path;

use ed25519_dalek::{SigningKey, VerifyingKey};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ringfence_solver::evidence::OpenBook;

use crate::basis::Basis;
use crate::command::CommandError;
use crate::exit::ExitStatus;
use crate::files::{Recorder, System};
use crate::input;
use statement::STATEMENT;

pub(crate) use archive::read;
use archive::{Package, Place};
#[cfg(test)]
pub(crate) use certificate::schema as certificate_schema;
pub(crate) use material::Material;
pub(crate) use question::Question;
pub(crate) use replay::{Against, Checked, check};
pub(crate) use second_solver::ask as ask_second_solver;
pub(crate) use statement::TestOutcome;
pub(crate) use told::Told;

/// Runs what `question` asks, and writes evidence of it to `target`. Nothing is written where `run` fails.
///
/// # Errors
/// Those of `run`, and when the evidence cannot be written.
pub(crate) fn record(
    target: &Path,
    question: &Question<'_>,
    run: impl FnOnce(Basis<'_>) -> Result<(ExitStatus, Material), CommandError>,
) -> Result<ExitStatus, CommandError> {
    let place = Place::new(target)?;
    if let Some(world) = question.world_directory() {
        refuse_among_accounts(target, &world)?;
    }
    let key = match &question.evidence().signing_key {
        Some(file) => {
            Some(statement::signing_key(&key_text(file)?).map_err(|problem| not_a_key(file, &problem))?)
        }
        None => None,
    };
    let (status, package) = made(question, key.as_ref(), Some(target), run)?;
    place.write(&package)?;
    Ok(status)
}

/// What lies among the accounts of a world is a part of it, so that the world would be another once evidence of it is there.
///
/// # Errors
/// When `target` lies there.
fn refuse_among_accounts(target: &Path, world: &Path) -> Result<(), CommandError> {
    let Ok(accounts) = world.join("accounts").canonicalize() else { return Ok(()) };
    let absolute = std::path::absolute(target).unwrap_or_else(|_| target.to_owned());
    // Folders above the target may be links, and some of them not there yet.
    let known = absolute.ancestors().find_map(|above| above.canonicalize().ok());
    if known.is_none_or(|known| !known.starts_with(accounts)) {
        return Ok(());
    }
    Err(CommandError::usage(
        &format!("{} lies among the accounts of the world that it would be about", target.display()),
        "name a place outside of `accounts`",
    ))
}

/// Runs what `question` asks; the evidence of it.
fn made<S>(
    question: &Question<'_>,
    key: Option<&SigningKey>,
    target: Option<&Path>,
    run: impl FnOnce(Basis<'_>) -> Result<(S, Material), CommandError>,
) -> Result<(S, Package), CommandError> {
    let (recorder, book) = (Recorder::new(&System, target), OpenBook::new());
    let now = Timestamp::now();
    let today = question.today().unwrap_or_else(|| now.to_zoned(TimeZone::UTC).date());
    let (status, material) = run(Basis { files: &recorder, now, ledger: Some(&book), evidence: target })?;
    let record = recorder.into_record();
    let inputs = inputs::written(&record, question.world_directory().as_deref())?;
    let mut package = package::whole(question, today, &inputs, &material, &book.close())?;
    let said = statement::statement(&package, &inputs.0, &material.outcomes);
    package.insert(STATEMENT.to_owned(), statement::envelope(&said, key));
    Ok((status, package))
}

/// The public key in `file`.
///
/// # Errors
/// When it holds none.
pub(crate) fn public_key(file: &Path) -> Result<VerifyingKey, CommandError> {
    statement::public_key(&key_text(file)?).map_err(|problem| not_a_key(file, &problem))
}

fn key_text(file: &Path) -> Result<String, CommandError> {
    let (text, _) = input::read_text(file, KEY_HELP, &System)?;
    Ok(text)
}

fn not_a_key(file: &Path, problem: &str) -> CommandError {
    CommandError::Input(vec![input::file_error(file, problem, KEY_HELP)])
}

const KEY_HELP: &str =
    "make one with `openssl genpkey -algorithm ed25519`, its public half with `openssl pkey -pubout`";

#[cfg(test)]
mod tests;
