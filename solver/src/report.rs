//! The report of a check: plain data for the outputs.

use ringfence_model::arn::AccountId;

use crate::check::Shard;
use crate::guardrail::{Acceptance, GuardrailKind};
use crate::verdict::{Reason, Verdict, VerdictWord};

/// The group in which a principal is reported (design: a report that people can read on day one).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// A plain finding.
    Finding,
    /// No boundary, and identity policies that allow to become anybody.
    Administrator,
    /// The root user of an account.
    Root,
}

/// What accepts a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Acceptor {
    /// `[administrators] accepted`.
    Administrator,
    /// `[[exception]]`.
    Exception,
    /// A baseline that an earlier run wrote.
    Baseline,
}

impl Acceptor {
    /// A word for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Exception => "exception",
            Self::Baseline => "baseline",
        }
    }
}

/// Why a violation is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// By what.
    pub by: Acceptor,
    /// By whom and why.
    pub acceptance: Acceptance,
    /// The last day of an exception or of a baseline; none for administrators and root users.
    pub expires: Option<String>,
}

/// The verdict on one principal under one guardrail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalResult {
    /// ARN of the user, role or root user.
    pub principal: String,
    /// Its account.
    pub account: AccountId,
    /// Its group.
    pub group: Group,
    /// The verdict.
    pub verdict: Verdict,
    /// Set where a violation is accepted. The verdict stays refuted.
    pub accepted: Option<Accepted>,
    /// Names the approved boundary that it carries, for the report.
    pub boundary: Option<String>,
}

/// An input that is missing and what that does to this guardrail's verdicts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The input, as a path within the world directory.
    pub input: String,
    /// `conditional` (refutations) or `inconclusive` (proofs).
    pub effect: &'static str,
    /// One sentence.
    pub text: String,
}

impl Missing {
    /// Proofs are inconclusive without it.
    pub fn hinders_proofs(&self) -> bool {
        self.effect == "inconclusive"
    }
}

/// A number that people track, as a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Indicator {
    /// Its name for machines.
    pub id: &'static str,
    /// What is counted, of what.
    pub text: &'static str,
    /// How many.
    pub numerator: usize,
    /// Of how many.
    pub denominator: usize,
}

/// How far a verdict reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One request at a time.
    OneRequest,
    /// Any number of steps (docs/steps.md).
    Steps,
}

impl Scope {
    /// A word for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneRequest => "one-request",
            Self::Steps => "steps",
        }
    }

    /// What is proved, in words.
    pub fn proved(self) -> &'static str {
        match self {
            Self::OneRequest => "proved for single requests",
            Self::Steps => "proved over all steps",
        }
    }
}

/// The results of one guardrail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardrailResult {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: GuardrailKind,
    /// How far its verdicts reach.
    pub scope: Scope,
    /// Every principal in its scope, by ARN.
    pub results: Vec<PrincipalResult>,
    /// What it does not cover, in words.
    pub not_covered: Vec<String>,
    /// Named assumptions, in words.
    pub assumptions: Vec<String>,
    /// Missing inputs that matter to it.
    pub missing: Vec<Missing>,
}

impl GuardrailResult {
    /// Refuted over inconclusive over proved over not applicable. What is proved of each principal is inconclusive for
    /// all of them while principals or grants are missing from the world.
    pub fn verdict(&self) -> VerdictWord {
        let verdict = self
            .results
            .iter()
            .map(|result| result.verdict.word())
            .max()
            .unwrap_or(VerdictWord::NotApplicable);
        let lacking = self.missing.iter().any(|missing| missing.effect == "inconclusive");
        if verdict == VerdictWord::Proved && lacking { VerdictWord::Inconclusive } else { verdict }
    }

    /// How many principals have this verdict.
    pub fn count(&self, word: VerdictWord) -> usize {
        self.results.iter().filter(|result| result.verdict.word() == word).count()
    }

    /// The violations that nobody accepted.
    pub fn unaccepted(&self) -> impl Iterator<Item = &PrincipalResult> {
        self.results
            .iter()
            .filter(|result| result.verdict.word() == VerdictWord::Refuted && result.accepted.is_none())
    }

    /// Those that were not decided, with the reason.
    pub fn inconclusive(&self) -> impl Iterator<Item = (&PrincipalResult, &Reason)> {
        self.results.iter().filter_map(|result| match &result.verdict {
            Verdict::Inconclusive(reason) => Some((result, reason)),
            Verdict::Proved(_) | Verdict::Refuted(_) | Verdict::NotApplicable => None,
        })
    }
}

/// The report of `ringfence check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The guardrails in order.
    pub guardrails: Vec<GuardrailResult>,
    /// Principals that were checked: users, roles and root users; service-linked roles apart.
    pub principals: usize,
    /// ARNs of administrators.
    pub administrators: Vec<String>,
    /// Service-linked roles: counted, not checked.
    pub service_linked: usize,
    /// Root users.
    pub roots: usize,
    /// The part of the principals that was judged; none for all of them.
    pub shard: Option<Shard>,
    /// The earliest instant of a request, `YYYY-MM-DDThh:mm:ssZ`; none if there is no lower bound.
    pub as_of: Option<String>,
    /// The day with which expiry dates were compared.
    pub today: String,
    /// Digests of inputs and data tables: name and SHA-256.
    pub digests: Vec<(String, String)>,
    /// Classes of principals that were solved once.
    pub classes: usize,
    /// Of the search over steps; none where every request was judged by itself.
    pub steps: Option<StepsSearch>,
    /// Internal defects that were noticed; the verdicts named there were reached another way.
    pub defects: Vec<String>,
}

impl Report {
    /// The numbers that people track: obligations are guardrails about principals in their scope, those left out to which they do
    /// not apply.
    pub fn indicators(&self) -> Vec<Indicator> {
        let results = || self.guardrails.iter().flat_map(|guardrail| &guardrail.results);
        let count = |word: VerdictWord| results().filter(|result| result.verdict.word() == word).count();
        let obligations = results().count().saturating_sub(count(VerdictWord::NotApplicable));
        let accepted = results().filter(|result| result.accepted.is_some()).count();
        vec![
            Indicator {
                id: "obligations-proved",
                text: "obligations proved, of all that apply",
                numerator: count(VerdictWord::Proved),
                denominator: obligations,
            },
            Indicator {
                id: "violations-accepted",
                text: "violations that somebody accepted, of all violations",
                numerator: accepted,
                denominator: count(VerdictWord::Refuted),
            },
        ]
    }
}

/// What the search over steps was like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepsSearch {
    /// The day of the table of primitives.
    pub table: String,
    /// The most rounds that a closed set took.
    pub rounds: usize,
    /// How many different questions the solver was asked.
    pub solved: usize,
}

/// How far a check has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Questions answered.
    pub done: usize,
    /// Questions in all.
    pub total: usize,
}
