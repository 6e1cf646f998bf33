//! `ringfence`: proves what AWS principals can and cannot do.
//!
//! Reading order: [`args`] (what can be asked), [`command`] (one file each), [`input`] and [`config`] (what is read),
//! [`output`] (what is written), [`exit`] (what the exit code says).

mod args;
mod baseline;
mod basis;
mod cache;
mod command;
mod config;
mod data_age;
mod evidence;
mod exit;
mod expected_panic;
mod files;
mod findings;
mod import;
mod input;
mod output;
mod suppression;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;

use crate::args::Arguments;
use crate::command::CommandError;
use crate::exit::ExitStatus;

/// Formulas are made and dropped by the thousand: the system's allocator took more than a third of a check.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    expected_panic::install();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and version are not errors: clap knows which are, and its 2 is ours.
        Err(error) => {
            return if error.print().is_err() || error.exit_code() != 0 {
                ExitStatus::Error.into()
            } else {
                ExitStatus::AsExpected.into()
            };
        }
    };
    // A defect must not end in a code that the table does not have.
    let result = catch_unwind(AssertUnwindSafe(|| command::run(&arguments.command)))
        .unwrap_or_else(|_| Err(CommandError::internal("a part of the program failed; nothing was decided")));
    match result {
        Ok(status) => status.into(),
        Err(error) => {
            output::report_error(&error);
            ExitStatus::Error.into()
        }
    }
}
