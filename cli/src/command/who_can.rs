//! `ringfence who-can`: who can do that, in any context?

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use ringfence_model::location::{InputError, Location};
use ringfence_solver::inquiry::{Inquiry, Wildcards};

use super::CommandError;
use super::question::{self, Expectation, Put, Question};
use crate::args::WhoCanArguments;
use crate::exit::ExitStatus;
use crate::files::System;
use crate::input;

/// Answers the question, or the batch.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong.
pub(crate) fn run(arguments: &WhoCanArguments) -> Result<ExitStatus, CommandError> {
    let expectation = match &arguments.expect {
        Some(path) => Expectation::Exactly(expected(path)?),
        None if arguments.expect_none => Expectation::Exactly(BTreeSet::new()),
        None => Expectation::None,
    };
    let single = arguments.action.as_ref().map(|action| Question {
        name: None,
        principal: None,
        inquiry: Inquiry {
            action: action.clone(),
            resource: arguments.resource.clone(),
            wildcards: Wildcards::default(),
            context: Vec::new(),
        },
    });
    let put = Put { single, batch: arguments.batch.as_deref(), to_one: false, expectation };
    question::run(&arguments.question, &put)
}

/// The ARNs in `path`, one a line; empty lines and those that start with `#` say nothing.
fn expected(path: &Path) -> Result<BTreeSet<String>, CommandError> {
    let (text, _) = input::read_text(path, "write the ARNs of principals, one a line", &System)?;
    let file: Arc<str> = Arc::from(input::shown(path));
    let mut arns = BTreeSet::new();
    let mut errors = Vec::new();
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with("arn:") {
            arns.insert(line.to_owned());
        } else {
            errors.push(InputError {
                location: Location::new(&file, number, 1),
                statement: None,
                message: format!("`{line}` is no ARN"),
                help: Some("write the ARNs of principals, one a line".to_owned()),
            });
        }
    }
    if errors.is_empty() { Ok(arns) } else { Err(CommandError::Input(errors)) }
}
