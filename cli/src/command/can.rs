//! `ringfence can`: can this principal do that, in any context?

use ringfence_solver::inquiry::principal::{Caller, PrincipalError, find};
use ringfence_solver::inquiry::run::Candidate;
use ringfence_solver::inquiry::{Inquiry, Wildcards};

use super::CommandError;
use super::question::{self, Expectation, Put, Question};
use crate::args::{CanArguments, ExpectedAnswer};
use crate::evidence::{self, Material};
use crate::exit::ExitStatus;

/// Answers the question, or the batch.
///
/// # Errors
/// When something cannot be read or used, with everything that is wrong.
pub(crate) fn run(arguments: &CanArguments) -> Result<ExitStatus, CommandError> {
    let put = put(arguments);
    let Some(target) = &arguments.evidence.evidence else { return question::run(&arguments.question, &put) };
    question::outputs(&arguments.question, &put)?;
    evidence::record(target, &evidence::Question::Can(arguments), |basis| {
        question::judge(&arguments.question, &put, basis, |outcomes| {
            let status = question::write(&arguments.question, &put, outcomes)?;
            Ok((status, Material::of_can(outcomes)))
        })
    })
}

/// What the arguments ask.
pub(crate) fn put(arguments: &CanArguments) -> Put<'_> {
    let expectation = match arguments.expect {
        None => Expectation::None,
        Some(ExpectedAnswer::Allowed) => Expectation::Allowed,
        Some(ExpectedAnswer::Denied) => Expectation::Denied,
    };
    let single = match (&arguments.principal, &arguments.action) {
        (Some(principal), Some(action)) => Some(Question {
            name: None,
            principal: Some(principal.clone()),
            inquiry: Inquiry {
                action: action.clone(),
                resource: arguments.resource.clone(),
                wildcards: Wildcards::default(),
                context: Vec::new(),
            },
        }),
        _ => None,
    };
    Put { single, batch: arguments.batch.as_deref(), to_one: true, expectation }
}

/// The principal that a question names.
///
/// # Errors
/// When it is nobody, or more than one.
pub(crate) fn caller(text: &str, candidates: &[Candidate]) -> Result<Caller, PrincipalError> {
    find(text, candidates)
}
