//! What a command found, in one form for all formats that are not the command's own: SARIF, JUnit, Markdown, GitHub
//! annotations, CSV. Nothing is decided here.
//!
//! Principals with the same verdict for the same reason are one finding, so that a format with a limit on results has
//! room for a large organisation.

pub(crate) mod check;
pub(crate) mod design;
pub(crate) mod fingerprint;
pub(crate) mod flow;
pub(crate) mod paths;
#[cfg(test)]
pub(crate) mod sample;
mod statements;

use ringfence_model::policy::StatementReference;
use ringfence_solver::certificate::Level;
use ringfence_solver::report::{Group, Indicator, Scope};
use ringfence_solver::verdict::VerdictWord;

use crate::exit::ExitStatus;
use crate::suppression::Entry;

/// All that is to be shown.
#[derive(Debug)]
pub(crate) struct Findings {
    /// The command.
    pub(crate) command: &'static str,
    /// What was judged, in one line.
    pub(crate) subject: String,
    /// What was asked, each with what was found.
    pub(crate) rules: Vec<Rule>,
    /// What the verdicts take for granted, each once.
    pub(crate) assumptions: Vec<String>,
    /// What no verdict covers, each once.
    pub(crate) not_covered: Vec<String>,
    /// Input that is missing, with what that does.
    pub(crate) missing: Vec<String>,
    /// What a reader should know besides.
    pub(crate) notes: Vec<String>,
    /// Which part of the principals it is about, in words; none for all of them.
    pub(crate) part: Option<String>,
    /// Numbers that people track.
    pub(crate) indicators: Vec<Indicator>,
    /// Everything that accepts violations, with what has become of it.
    pub(crate) suppressions: Vec<Entry>,
    /// How much of the proofs others can check.
    pub(crate) level: Level,
    /// Where evidence of the verdicts is.
    pub(crate) evidence: Option<String>,
    /// The day of the run.
    pub(crate) today: String,
    /// What the run ends with.
    pub(crate) status: ExitStatus,
    /// Where the paths of files begin, if not in the working directory.
    pub(crate) world: Option<std::path::PathBuf>,
}

/// A guardrail, or a goal of paths.
#[derive(Debug)]
pub(crate) struct Rule {
    /// Its id.
    pub(crate) id: String,
    /// Its kind.
    pub(crate) kind: String,
    /// What it asks for, in a sentence.
    pub(crate) summary: String,
    /// The same at length, as Markdown of our own documentation.
    pub(crate) help: String,
    /// The verdict on all principals.
    pub(crate) verdict: VerdictWord,
    /// How far it reaches.
    pub(crate) scope: Scope,
    /// Input is missing without which what is proved of each principal is not proved of all.
    pub(crate) lacking: bool,
    /// It is refuted, and somebody accepted each violation.
    pub(crate) all_accepted: bool,
    /// What was found: violations, then what is open, then the others.
    pub(crate) findings: Vec<Finding>,
}

/// Principals with the same verdict for the same reason.
#[derive(Debug)]
pub(crate) struct Finding {
    /// The verdict.
    pub(crate) verdict: VerdictWord,
    /// The group in which these are reported; none for what is about no principal of a world.
    pub(crate) group: Option<Group>,
    /// What stays the same while the finding does: made of the rule, the policies and the route, never of lines.
    pub(crate) fingerprint: String,
    /// The reason in one line.
    pub(crate) title: String,
    /// By which kind of way.
    pub(crate) route: String,
    /// The evidence for the first member, as text shows it.
    pub(crate) text: String,
    /// Whom it is about, by ARN; empty if the finding is about the whole rule.
    pub(crate) members: Vec<Member>,
    /// Who accepted it.
    pub(crate) acceptance: Option<Accepted>,
    /// The statements that it rests on; that which is to be changed first, if there is one.
    pub(crate) statements: Vec<StatementReference>,
    /// Where it is shown if no statement stands in a file.
    pub(crate) fallback: String,
    /// The requests of a path in order; empty without steps.
    pub(crate) flow: Vec<FlowStep>,
}

/// One of the principals of a finding.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its ARN, or the kind of principal that a design is for.
    pub(crate) principal: String,
    /// Its account, if it has one.
    pub(crate) account: Option<String>,
    /// What stays the same while the violation of this principal does.
    pub(crate) fingerprint: String,
    /// A request that is allowed: action and resource.
    pub(crate) request: Option<(String, String)>,
}

/// Why a violation does not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Accepted {
    /// What accepts it, in words.
    pub(crate) by: &'static str,
    /// Why.
    pub(crate) reason: String,
    /// Who answers for it.
    pub(crate) owner: String,
    /// The last day, if there is one.
    pub(crate) expires: Option<String>,
}

impl Accepted {
    /// `reason (owner, until 2027-01-31)`.
    pub(crate) fn words(&self) -> String {
        let until = self.expires.as_ref().map(|day| format!(", until {day}")).unwrap_or_default();
        format!("{} (accepted by {}{until}; {})", self.reason, self.owner, self.by)
    }
}

/// One request of a path.
#[derive(Debug)]
pub(crate) struct FlowStep {
    /// The number of the step, from 1; none for what is done at the end.
    pub(crate) number: Option<usize>,
    /// What the step does, in words.
    pub(crate) summary: String,
    /// Who asks.
    pub(crate) actor: String,
    /// The action.
    pub(crate) action: String,
    /// The resource.
    pub(crate) resource: String,
    /// The statements that allow it.
    pub(crate) allowed_by: Vec<StatementReference>,
    /// What the step leads to, in words: told with its last request.
    pub(crate) effects: Vec<String>,
    /// Who takes the step, by ARN.
    pub(crate) from: Vec<String>,
    /// Whom or what it is about in the end, by ARN; what is reached by the last requests, in words.
    pub(crate) to: Vec<String>,
}

impl Rule {
    /// Principals with this verdict.
    pub(crate) fn count(&self, verdict: VerdictWord) -> usize {
        self.findings.iter().filter(|found| found.verdict == verdict).map(|found| found.members.len()).sum()
    }

    /// Principals whose violation somebody accepted.
    pub(crate) fn accepted(&self) -> usize {
        let accepted = self.findings.iter().filter(|found| found.acceptance.is_some());
        accepted.map(|found| found.members.len()).sum()
    }

    /// How far a proof reaches: `over all steps`, `for single requests`.
    pub(crate) fn reaches(&self) -> &'static str {
        let words = self.scope.proved();
        words.strip_prefix("proved ").unwrap_or(words)
    }

    /// The verdict as it is written: never a bare "proved".
    pub(crate) fn words(&self) -> &'static str {
        verdict_words(self.verdict, self.scope)
    }
}

impl Finding {
    /// Refuted, and nobody accepted it.
    pub(crate) fn is_violation(&self) -> bool {
        self.verdict == VerdictWord::Refuted && self.acceptance.is_none()
    }

    /// The first statement that stands in a file.
    pub(crate) fn in_file(&self) -> Option<&StatementReference> {
        self.statements.iter().find(|statement| stands_in_a_file(statement))
    }

    /// File and line of what is to be looked at first.
    pub(crate) fn place(&self) -> (&str, u32) {
        self.in_file().map_or((self.fallback.as_str(), 1), |statement| {
            (statement.location.file.as_ref(), statement.location.line)
        })
    }
}

/// False for statements of embedded policies, of policies that are asked about by their ARN, and of those that a path writes.
pub(crate) fn stands_in_a_file(statement: &StatementReference) -> bool {
    is_file(&statement.location.file)
}

/// False for the names of what stands in no file.
pub(crate) fn is_file(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('<') && !name.starts_with("arn:")
}

/// `permissions boundary arn:…, statement 2 (Sid Models)`.
pub(crate) fn statement_words(statement: &StatementReference) -> String {
    let sid = statement.sid.as_ref().map(|sid| format!(" (Sid {sid})")).unwrap_or_default();
    let layer = crate::output::human::layer_name(statement.policy_type);
    // Policies of resources are named so already.
    let policy = statement.policy.strip_prefix("resource policy of ").unwrap_or(&statement.policy);
    format!("{layer} {policy}, statement {}{sid}", statement.statement)
}

/// A verdict as one word for machines.
pub(crate) fn machine_word(word: VerdictWord) -> &'static str {
    match word {
        VerdictWord::Refuted => "refuted",
        VerdictWord::Inconclusive => "inconclusive",
        VerdictWord::Proved => "proved",
        VerdictWord::NotApplicable => "not-applicable",
    }
}

/// A verdict in words: never a bare "proved".
pub(crate) fn verdict_words(word: VerdictWord, scope: Scope) -> &'static str {
    match word {
        VerdictWord::Refuted => "refuted",
        VerdictWord::Inconclusive => "inconclusive",
        VerdictWord::Proved => scope.proved(),
        VerdictWord::NotApplicable => "not applicable",
    }
}
