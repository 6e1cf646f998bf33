//! CSV: a line a guardrail and principal, all of them, for spreadsheets and for what other formats have no room for.

use csv::{Terminator, WriterBuilder};
use ringfence_solver::verdict::VerdictWord;

use crate::findings::{Findings, machine_word};
use crate::output::escape::cell;
use crate::output::json::group;

const COLUMNS: [&str; 20] = [
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
];

/// The findings as CSV with a heading line, by RFC 4180.
pub(super) fn csv(findings: &Findings) -> String {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory cannot fail, and all lines have the same length.
    let _ = writer.write_record(COLUMNS);
    for rule in &findings.rules {
        for found in &rule.findings {
            let statement = found.in_file().or(found.statements.first());
            let shown = matches!(found.verdict, VerdictWord::Refuted | VerdictWord::Inconclusive);
            let (file, line) = if shown { found.place() } else { ("", 0) };
            let accepted = found.acceptance.as_ref();
            for member in &found.members {
                let request = member.request.as_ref();
                let record = [
                    rule.id.as_str(),
                    &rule.kind,
                    machine_word(found.verdict),
                    rule.scope.name(),
                    &member.principal,
                    member.account.as_deref().unwrap_or_default(),
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
                    if found.verdict == VerdictWord::Refuted { &member.fingerprint } else { "" },
                    &found.fingerprint,
                ];
                let _ = writer.write_record(record.map(cell));
            }
        }
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}
