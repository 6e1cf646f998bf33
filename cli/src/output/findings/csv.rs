//! CSV: a line a guardrail and principal, all of them, for spreadsheets and for what other formats have no room for.

use csv::{Terminator, WriterBuilder};
use ringfence_solver::verdict::VerdictWord;

use crate::findings::{Finding, Findings, Member, Rule, machine_word};
use crate::output::escape::cell;
use crate::output::json::group;

const COLUMNS: [&str; 21] = [
    "guardrail",
    "kind",
    "verdict",
    "scope",
    "principal",
    "account",
    "group",
    "cause",
    "route",
    "action",
    "resource",
    "policy",
    "statement",
    "file",
    "line",
    "accepted_by",
    "accepted_reason",
    "accepted_until",
    "violation",
    "finding",
    "proofs",
];

/// The findings as CSV with a heading line, by RFC 4180. What is about a guardrail as a whole is a line without a principal, and so is a
/// guardrail of which nothing was found, or that misses input without which what is proved of each principal is not proved of all.
pub(super) fn csv(findings: &Findings) -> String {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory cannot fail, and all lines have the same length.
    let _ = writer.write_record(COLUMNS);
    let proofs = findings.level.name();
    for rule in &findings.rules {
        let open = |found: &Finding| found.verdict == VerdictWord::Inconclusive;
        let untold = rule.verdict == VerdictWord::Inconclusive && !rule.findings.iter().any(open);
        if untold || rule.findings.is_empty() {
            let verdict = machine_word(rule.verdict);
            let title = if rule.lacking { "input is missing" } else { "" };
            let mut record = [""; COLUMNS.len()];
            for (column, value) in [
                (0, rule.id.as_str()),
                (1, &rule.kind),
                (2, verdict),
                (3, rule.scope.name()),
                (7, title),
                (20, proofs),
            ] {
                if let Some(place) = record.get_mut(column) {
                    *place = value;
                }
            }
            let _ = writer.write_record(record.map(cell));
        }
        for found in &rule.findings {
            if found.members.is_empty() {
                let _ = writer.write_record(record(rule, found, None, proofs));
            }
            for member in &found.members {
                let _ = writer.write_record(record(rule, found, Some(member), proofs));
            }
        }
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// The line of one principal of a finding, or of one that is about none.
fn record(rule: &Rule, found: &Finding, member: Option<&Member>, proofs: &str) -> [String; COLUMNS.len()] {
    let statement = found.in_file().or(found.statements.first());
    let shown = matches!(found.verdict, VerdictWord::Refuted | VerdictWord::Inconclusive);
    let (file, line) = if shown { found.place() } else { ("", 0) };
    let accepted = found.acceptance.as_ref();
    let request = member.and_then(|member| member.request.as_ref());
    let violation = member.filter(|_| found.verdict == VerdictWord::Refuted);
    [
        rule.id.as_str(),
        &rule.kind,
        machine_word(found.verdict),
        rule.scope.name(),
        member.map_or("", |member| &member.principal),
        member.and_then(|member| member.account.as_deref()).unwrap_or_default(),
        found.group.map_or("", group),
        if shown { &found.title } else { "" },
        &found.route,
        request.map_or("", |(action, _)| action),
        request.map_or("", |(_, resource)| resource),
        statement.map_or("", |statement| &statement.policy),
        &statement.map_or_else(String::new, |statement| {
            statement.sid.clone().unwrap_or_else(|| statement.statement.to_string())
        }),
        file,
        &if line > 0 { line.to_string() } else { String::new() },
        accepted.map_or("", |accepted| &accepted.owner),
        accepted.map_or("", |accepted| &accepted.reason),
        accepted.and_then(|accepted| accepted.expires.as_deref()).unwrap_or_default(),
        violation.map_or("", |member| &member.fingerprint),
        &found.fingerprint,
        proofs,
    ]
    .map(cell)
}
