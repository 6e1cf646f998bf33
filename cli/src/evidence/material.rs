//! What a command's answer gives for evidence of it.

use ringfence_solver::report::Scope;
use ringfence_solver::verdict::VerdictWord;
use serde::Serialize;

use super::certificate::Finding;
use super::statement::TestOutcome;
use crate::input::TableFacts;

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
    /// How each question ended, in their order: those too of which nothing was found.
    pub(crate) outcomes: Vec<(String, TestOutcome)>,
}

impl Material {
    /// Proofs for single requests alone.
    pub(super) fn single_requests(&self) -> usize {
        let single = Scope::OneRequest.name();
        self.findings
            .iter()
            .filter(|finding| finding.verdict == VerdictWord::Proved && finding.scope == single)
            .count()
    }

    /// How many verdicts there are of each kind: proofs, refutations, and neither.
    pub(super) fn verdicts(&self) -> [usize; 3] {
        [VerdictWord::Proved, VerdictWord::Refuted, VerdictWord::Inconclusive]
            .map(|word| self.findings.iter().filter(|finding| finding.verdict == word).count())
    }
}

impl TestOutcome {
    /// How the verdicts on one question are told together: passed if one is a proof and nothing speaks against it, and nothing is missing
    /// without which it says less than it seems to.
    pub(super) fn of<'f>(findings: impl Iterator<Item = &'f Finding>) -> Self {
        let outcome = |finding: &Finding| match finding.verdict {
            VerdictWord::Proved if finding.is_whole() => Self::Passed,
            VerdictWord::Proved | VerdictWord::Inconclusive | VerdictWord::NotApplicable => Self::Warned,
            VerdictWord::Refuted => Self::Failed,
        };
        findings.map(outcome).max().unwrap_or(Self::Warned)
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
    /// The file that takes the place of the embedded table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
}

impl TableDigest {
    /// What evidence tells of a table.
    pub(super) fn of(facts: TableFacts<'_>) -> Self {
        let TableFacts { table, date, sha256, file } = facts;
        Self { table, date: date.to_owned(), sha256: sha256.to_owned(), file: file.map(str::to_owned) }
    }
}
