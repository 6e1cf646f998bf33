//! `ringfence collect`: a live organisation is read into a world directory. Nothing in AWS is changed.

use std::path::Path;

use ringfence_collect::{CollectError, Collected, Event, Request, State, collect, policy};
use ringfence_model::world::World;

use super::CommandError;
use crate::args::CollectArguments;
use crate::exit::ExitStatus;
use crate::output;
use crate::output::progress::ProgressLine;

/// Collects, and says what was read and what was not. What was read is read again as every other command reads it.
///
/// # Errors
/// When AWS cannot be asked, the directory holds something else, or what AWS answered cannot be used.
pub(crate) fn run(arguments: &CollectArguments) -> Result<ExitStatus, CommandError> {
    let (Some(world), false) = (&arguments.world, arguments.print_policy) else {
        let needed = policy(arguments.role.as_deref(), "aws", !arguments.regions.is_empty());
        output::write_stdout(&output::json::pretty(&needed))?;
        return Ok(ExitStatus::AsExpected);
    };
    let request = Request {
        world: world.clone(),
        role: arguments.role.clone(),
        external_id: arguments.external_id.clone(),
        accounts: arguments.accounts.clone(),
        regions: arguments.regions.clone(),
        refresh: arguments.refresh,
        profile: arguments.profile.clone(),
        endpoint_url: arguments.endpoint_url.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let progress = ProgressLine::new(arguments.quiet);
    let collected = collect(&request, |event| {
        progress.tell(|| match event {
            Event::Organization(accounts) => format!("{accounts} accounts found"),
            Event::Accounts(done, all) => format!("{done} of {all} accounts read"),
        });
    });
    progress.clear();
    let collected = collected.map_err(|error| in_words(&error))?;
    output::write_stdout(&output::collect::text(&collected, world))?;
    if is_some_account_read(&collected) {
        check(world)?;
    }
    let all = collected.record.parts.values().all(|part| part.state == State::Read);
    Ok(if (all || is_all_that_there_is(&collected)) && collected.left_out.is_empty() {
        ExitStatus::AsExpected
    } else {
        ExitStatus::Inconclusive
    })
}

/// Where an account is in no organisation there is none to read.
fn is_all_that_there_is(collected: &Collected) -> bool {
    let parts = collected.record.parts.iter();
    collected.alone
        && parts.filter(|(path, _)| *path != "organization.json").all(|(_, part)| part.state == State::Read)
}

fn is_some_account_read(collected: &Collected) -> bool {
    let mut parts = collected.record.parts.iter();
    parts.any(|(path, part)| part.state == State::Read && path.ends_with("authorization-details.json"))
}

/// The world is one that can be used. What it warns of is told by whatever uses it.
fn check(world: &Path) -> Result<(), CommandError> {
    World::read_directory(world)?;
    Ok(())
}

fn in_words(error: &CollectError) -> CommandError {
    let help = match error {
        CollectError::Directory { .. } => "nothing was changed",
        CollectError::Credentials(_) => {
            "give credentials as to the AWS CLI: environment variables, --profile, or a session of `aws sso login`"
        }
        CollectError::Account(_) => "leave --accounts out to read all of them",
        CollectError::Write(_) => {
            "make room or choose another directory; the same command goes on where this one ended"
        }
        CollectError::Defect(_) | CollectError::Runtime(_) => {
            return CommandError::internal(&error.to_string());
        }
    };
    CommandError::usage(&error.to_string(), help)
}
