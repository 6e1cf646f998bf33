//! Markdown for pull requests and for the summary of a job.
//!
//! The first line is a hidden marker by which a pipeline finds its comment again. A comment holds 65,536 characters, so what
//! has no room is counted, and never left out without a word.

use std::fmt::Write as _;

use ringfence_solver::verdict::VerdictWord;

use crate::findings::{Finding, Findings, Rule};
use crate::output::escape::{html, markdown as text_of, markdown_code};
use crate::output::human::counted;
use crate::suppression::Entry;

/// Bytes of the table, of all findings, and of each of the five lists below them: with the lines between less than the limit.
const TABLE: usize = 9_000;
const ROOM: usize = 29_000;
const LIST: usize = 4_000;
/// Bytes of the evidence of one finding.
const EVIDENCE: usize = 6_000;
/// Principals that a finding names.
const PRINCIPALS: usize = 10;
/// Characters of a name, and of other text on one line.
const NAME: usize = 300;
const LINE: usize = 500;

/// The findings as Markdown of less than 65,536 characters.
pub(crate) fn markdown(findings: &Findings) -> String {
    let mut page = format!(
        "<!-- ringfence:{} -->\n## Ringfence {}: {}\n\n",
        findings.command,
        findings.command,
        headline(findings)
    );
    // Writing to a String cannot fail.
    let _ = writeln!(page, "{}\n", text_of(&shortened(&findings.subject, LINE)));
    table(findings, &mut page);
    for indicator in &findings.indicators {
        let _ = writeln!(
            page,
            "- {} of {}: {}",
            indicator.numerator,
            indicator.denominator,
            text_of(indicator.text)
        );
    }
    page.push('\n');
    details(findings, &mut page);
    let suppressions: Vec<String> = findings.suppressions.iter().map(Entry::words).collect();
    list("Accepted violations, and what accepts nothing any more", &suppressions, true, &mut page);
    list("Missing input", &findings.missing, true, &mut page);
    list("Assumptions", &findings.assumptions, false, &mut page);
    list("Not covered by any verdict", &findings.not_covered, false, &mut page);
    list("Notes", &findings.notes, false, &mut page);
    let _ = writeln!(page, "Proofs: {}. Exit code {}.", findings.level.name(), findings.status.code());
    page
}

/// `2 of 3 guardrails refuted`.
fn headline(findings: &Findings) -> String {
    let count = |word: VerdictWord| findings.rules.iter().filter(|rule| rule.verdict == word).count();
    let accepted = findings.rules.iter().filter(|rule| rule.all_accepted).count();
    let mut parts = Vec::new();
    for (word, name) in [
        (VerdictWord::Refuted, "refuted"),
        (VerdictWord::Inconclusive, "inconclusive"),
        (VerdictWord::NotApplicable, "not applicable"),
    ] {
        if count(word) > 0 {
            parts.push(format!("{} {name}", count(word)));
        }
    }
    for scope in [ringfence_solver::report::Scope::Steps, ringfence_solver::report::Scope::OneRequest] {
        let proved = findings
            .rules
            .iter()
            .filter(|rule| rule.verdict == VerdictWord::Proved && rule.scope == scope)
            .count();
        if proved > 0 {
            parts.push(format!("{proved} {}", scope.proved()));
        }
    }
    let accepted =
        if accepted > 0 { format!(" (every violation of {accepted} accepted)") } else { String::new() };
    format!("{} of {}{accepted}", parts.join(", "), counted(findings.rules.len(), "guardrail"))
}

fn table(findings: &Findings, page: &mut String) {
    page.push_str(
        "| guardrail | verdict | violating | accepted | inconclusive | proved | not applicable |\n",
    );
    page.push_str("| --- | --- | ---: | ---: | ---: | ---: | ---: |\n");
    let end = page.len().saturating_add(TABLE);
    for (index, rule) in findings.rules.iter().enumerate() {
        let row = row(rule);
        if page.len().saturating_add(row.len()) > end {
            let _ = writeln!(page, "\nand {} more", findings.rules.len().saturating_sub(index));
            break;
        }
        page.push_str(&row);
    }
    page.push('\n');
}

fn row(rule: &Rule) -> String {
    let refuted = rule.count(VerdictWord::Refuted);
    let note = if rule.all_accepted { ", every violation accepted" } else { "" };
    format!(
        "| {} | {} **{}**{note} | {} | {} | {} | {} {} | {} |\n",
        markdown_code(&shortened(&rule.id, NAME)),
        sign(rule),
        rule.words(),
        refuted.saturating_sub(rule.accepted()),
        rule.accepted(),
        rule.count(VerdictWord::Inconclusive),
        rule.count(VerdictWord::Proved),
        rule.reaches(),
        rule.count(VerdictWord::NotApplicable),
    )
}

/// A shape beside the word, for a reader who looks for it.
fn sign(rule: &Rule) -> &'static str {
    match rule.verdict {
        VerdictWord::Refuted => "&#10060;",
        VerdictWord::Inconclusive | VerdictWord::NotApplicable => "&#10067;",
        VerdictWord::Proved => "&#9989;",
    }
}

/// Violations, then what is open, then what is accepted, while there is room.
fn details(findings: &Findings, page: &mut String) {
    let end = page.len().saturating_add(ROOM);
    let all = || findings.rules.iter().flat_map(|rule| rule.findings.iter().map(move |found| (rule, found)));
    let violations = all().filter(|(_, found)| found.is_violation());
    let open = all().filter(|(_, found)| found.verdict == VerdictWord::Inconclusive);
    let accepted = all().filter(|(_, found)| found.acceptance.is_some());
    let mut left_out = 0_usize;
    for (rule, found) in violations.chain(open).chain(accepted) {
        let text = finding(rule, found);
        if left_out == 0 && page.len().saturating_add(text.len()) <= end {
            page.push_str(&text);
        } else {
            left_out = left_out.saturating_add(1);
        }
    }
    if left_out > 0 {
        let _ = writeln!(
            page,
            "and {}, for which a comment has no room: `-o json`, `-o csv` and `-o html` have all\n",
            counted(left_out, "more finding")
        );
    }
}

fn finding(rule: &Rule, found: &Finding) -> String {
    let words = crate::findings::verdict_words(found.verdict, rule.scope);
    let words = if found.acceptance.is_some() { "refuted, accepted" } else { words };
    let who = match found.members.len() {
        0 => String::new(),
        count => format!(", {}", counted(count, "principal")),
    };
    let mut text = format!(
        "<details><summary><code>{}</code> {words}{who}: <code>{}</code></summary>\n\n",
        html(&shortened(&rule.id, NAME)),
        html(&shortened(&found.title, LINE)),
    );
    if let Some(accepted) = &found.acceptance {
        let _ = writeln!(text, "{}\n", text_of(&shortened(&accepted.words(), LINE)));
    }
    for member in found.members.iter().take(PRINCIPALS) {
        let _ = writeln!(text, "- {}", markdown_code(&shortened(&member.principal, NAME)));
    }
    if found.members.len() > PRINCIPALS {
        let _ = writeln!(
            text,
            "- and {}",
            counted(found.members.len().saturating_sub(PRINCIPALS), "more principal")
        );
    }
    let (file, line) = found.place();
    if !file.is_empty() {
        let _ = writeln!(text, "\nat {}", markdown_code(&shortened(&format!("{file}:{line}"), NAME)));
    }
    if !found.text.is_empty() {
        let mut evidence = String::new();
        for line in found.text.lines() {
            let line = html(line);
            if evidence.len().saturating_add(line.len()) > EVIDENCE {
                evidence.push_str("…\n");
                break;
            }
            evidence.push_str(&line);
            evidence.push('\n');
        }
        // Nothing within ends it, since there is no `<` in it.
        let _ = write!(text, "\n<pre>\n{evidence}</pre>\n");
    }
    text.push_str("\n</details>\n\n");
    text
}

/// A list, folded unless it is to be seen at once; what has no room is counted.
fn list(heading: &str, lines: &[String], open: bool, page: &mut String) {
    if lines.is_empty() {
        return;
    }
    let open = if open { " open" } else { "" };
    let _ = writeln!(page, "<details{open}><summary>{heading}</summary>\n");
    let end = page.len().saturating_add(LIST);
    for (index, line) in lines.iter().enumerate() {
        let line = text_of(&shortened(line, LINE));
        if page.len().saturating_add(line.len()) > end {
            let _ = writeln!(page, "- and {} more", lines.len().saturating_sub(index));
            break;
        }
        let _ = writeln!(page, "- {line}");
    }
    page.push_str("\n</details>\n\n");
}

/// At most so many characters.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::markdown;
    use crate::findings::sample::sample;

    #[test]
    fn whatever_there_is_to_say_fits_into_a_comment_and_the_rest_is_counted() {
        let hostile = "<b>|@x#1".repeat(200);
        for (rules, findings, members) in [(1, 1, 1), (1, 1, 1_000), (3, 400, 30), (400, 3, 3)] {
            let text = markdown(&sample(rules, findings, members, &hostile));
            assert!(text.len() < 65_536, "{rules} {findings} {members}: {}", text.len());
            assert!(text.starts_with("<!-- ringfence:check -->\n"));
            assert!(text.contains("</details>"));
            assert_eq!(
                text.contains("for which a comment has no room"),
                rules * findings > 10,
                "{rules} {findings}"
            );
        }
        assert!(markdown(&sample(400, 3, 3, &hostile)).contains("\nand 39"), "guardrails are counted");
    }
}
