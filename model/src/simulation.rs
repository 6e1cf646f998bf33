//! Simulation cases: one request with the policies that apply to it, as JSON, and the answer to one.
//!
//! The format is that of `ringfence simulate` (docs/cli.md). A case that cannot be read whole is an error with its
//! name, never a case with something left out.

mod reader;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::Serialize;

use crate::arn::Arn;
use crate::evaluate::{Decided, EvaluationError, Facts, Pins, decide};
use crate::json::Member;
use crate::location::{InputError, InputWarning, Location};
use crate::policy::{PolicyType, StatementReference};
use crate::policy_set::PolicySet;
use crate::request::{Decision, Request};

/// A case that was read.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name, empty if it has none.
    pub name: String,
    /// The request.
    pub request: Request,
    /// The policies that apply.
    pub policies: PolicySet,
    /// The decision that the case expects, if it says one.
    pub expected: Option<Decision>,
    /// Where the request names its action; none where it was not read from a file.
    pub action_location: Option<Location>,
    /// The members of the object that this format does not know, as they stand.
    pub others: Vec<Member>,
    /// Remarks about policies that are accepted all the same, and about members within `request`, `settings` and the
    /// levels that this format does not know.
    pub warnings: Vec<InputWarning>,
}

/// A case that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseError {
    /// Its name, as far as it has one.
    pub name: Option<String>,
    /// All that is wrong with it, never empty.
    pub errors: Vec<InputError>,
}

impl Case {
    /// The case that `text`, one JSON object, holds. Locations name `file` and count lines from `first_line`.
    ///
    /// # Errors
    /// Everything that is wrong with the case. Unknown members of the objects are no errors, but for those of
    /// `policies`: a policy type that is not known must not be left out.
    pub fn read(text: &str, file: &Arc<str>, first_line: u32) -> Result<Self, CaseError> {
        reader::read_case(text, file, first_line)
    }

    /// Decides the case.
    ///
    /// # Errors
    /// As [`decide`].
    pub fn decide(&self, facts: &dyn Facts, pins: &Pins) -> Result<Decided, EvaluationError> {
        decide(&self.request, &self.policies, facts, pins)
    }
}

/// The type of the policy of `resource` that bears on `action`: for sts actions on roles the trust policy.
pub fn policy_type_of_resource(action: &str, resource: &str) -> PolicyType {
    let role =
        Arn::parse(resource).is_some_and(|arn| arn.service == "iam" && arn.resource.starts_with("role/"));
    let sts = action.split_once(':').is_some_and(|(service, _)| service.eq_ignore_ascii_case("sts"));
    if role && sts { PolicyType::Trust } else { PolicyType::Resource }
}

/// The answer to one case, written by serde as one JSON object with its members in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The case was decided.
    Decided {
        /// The case's name.
        name: String,
        /// `Allow`, `ExplicitDeny` or `ImplicitDeny`.
        decision: String,
        /// The statements that decide.
        deciding: Vec<DecidingStatement>,
        /// The points whose other reading would change the decision: `F17`.
        uncertain: Vec<String>,
    },
    /// The case has no decision.
    Failed {
        /// The case's name; empty if it could not be read.
        name: String,
        /// Why.
        error: String,
    },
}

/// A statement in an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DecidingStatement {
    /// The policy's name.
    pub policy: String,
    /// The statement's index, from 0.
    pub statement: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
}

impl From<&StatementReference> for DecidingStatement {
    fn from(reference: &StatementReference) -> Self {
        Self {
            policy: reference.policy.to_string(),
            statement: reference.statement,
            sid: reference.sid.clone(),
        }
    }
}

impl Answer {
    /// The answer to the case called `name`; an error is why there is none.
    pub fn new(name: &str, decided: &Result<Decided, impl std::fmt::Display>) -> Self {
        match decided {
            Ok(decided) => Self::Decided {
                name: name.to_owned(),
                decision: decided.evaluation.decision.to_string(),
                deciding: decided.evaluation.deciding.iter().map(DecidingStatement::from).collect(),
                uncertain: decided.uncertain.iter().map(ToString::to_string).collect(),
            },
            Err(error) => Self::Failed { name: name.to_owned(), error: error.to_string() },
        }
    }
}

impl From<&CaseError> for Answer {
    fn from(error: &CaseError) -> Self {
        let errors: Vec<String> = error.errors.iter().map(ToString::to_string).collect();
        Self::Failed { name: error.name.clone().unwrap_or_default(), error: errors.join("; ") }
    }
}
