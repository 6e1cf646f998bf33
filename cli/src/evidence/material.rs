//! What a command's answer gives for evidence of it.

use ringfence_solver::verdict::VerdictWord;
use serde::Serialize;

use super::certificate::Finding;
use super::statement::TestOutcome;

/// What a run found, as evidence shows it.
#[derive(Debug)]
pub(crate) struct Material {
    /// The report as JSON, for programs.
    pub(crate) report: String,
    /// The earliest instant of a request.
    pub(crate) as_of: Option<String>,
    /// The tables about AWS that were used.
    pub(crate) tables: Vec<TableDigest>,
    /// What was found, by classes of principals of whom the same holds for the same reasons.
    pub(crate) findings: Vec<Finding>,
}

impl Material {
    /// How the verdicts on each question are told, in the order of the questions.
    pub(super) fn outcomes(&self) -> Vec<(String, TestOutcome)> {
        let mut outcomes: Vec<(String, TestOutcome)> = Vec::new();
        for finding in &self.findings {
            let outcome = match finding.verdict {
                VerdictWord::Proved if finding.is_whole() => TestOutcome::Passed,
                VerdictWord::Proved | VerdictWord::Inconclusive | VerdictWord::NotApplicable => {
                    TestOutcome::Warned
                }
                VerdictWord::Refuted => TestOutcome::Failed,
            };
            match outcomes.iter_mut().find(|(question, _)| *question == finding.question) {
                Some((_, known)) => *known = outcome.max(*known),
                None => outcomes.push((finding.question.clone(), outcome)),
            }
        }
        outcomes
    }
}

/// A table about AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct TableDigest {
    /// Its name.
    pub(crate) table: &'static str,
    /// Its day.
    pub(crate) date: String,
    /// SHA-256 of its bytes.
    pub(crate) sha256: String,
}
