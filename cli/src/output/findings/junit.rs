//! JUnit XML, for pipelines that show tests.
//!
//! A suite a guardrail, a case a principal, so that a case keeps its name from run to run; in a large organisation a case a
//! class of principals. Refuted is a failure. Inconclusive is an error: it was not decided, and a skipped case would show as
//! passed in most pipelines. A violation that somebody accepted, and what does not apply, is skipped, with the reason.

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};
use ringfence_solver::verdict::VerdictWord;

use crate::findings::{Finding, Findings, Rule};
use crate::output::escape::visible;
use crate::output::human::counted;

/// Cases of a report; with more there is one a class.
const CASES: usize = 10_000;

/// The findings as JUnit XML.
pub(super) fn junit(findings: &Findings) -> String {
    let all: usize =
        findings.rules.iter().flat_map(|rule| &rule.findings).map(|found| found.members.len()).sum();
    let mut report = Report::new(format!("ringfence {}", findings.command));
    for rule in &findings.rules {
        report.add_test_suite(suite(findings, rule, all <= CASES));
    }
    // Nothing in it fails to be written: the text is in memory.
    report.to_string().unwrap_or_default()
}

fn suite(findings: &Findings, rule: &Rule, by_principal: bool) -> TestSuite {
    let mut suite = TestSuite::new(visible(&rule.id));
    suite.add_property(("kind", rule.kind.as_str()));
    suite.add_property(("verdict", rule.words()));
    suite.add_property(("proofs", findings.level.name()));
    suite.add_property(Property::new("subject", visible(&findings.subject)));
    for text in &findings.assumptions {
        suite.add_property(Property::new("assumption", visible(text)));
    }
    for text in &findings.not_covered {
        suite.add_property(Property::new("not-covered", visible(text)));
    }
    for text in &findings.missing {
        suite.add_property(Property::new("missing-input", visible(text)));
    }
    for text in &findings.notes {
        suite.add_property(Property::new("note", visible(text)));
    }
    for entry in
        findings.suppressions.iter().filter(|entry| entry.guardrail.as_ref().is_none_or(|id| *id == rule.id))
    {
        suite.add_property(Property::new("suppression", visible(&entry.words())));
    }
    for found in &rule.findings {
        if by_principal && !found.members.is_empty() {
            let cases = found.members.iter().enumerate();
            // The evidence is the first member's.
            suite.add_test_cases(
                cases.map(|(index, member)| case(rule, found, &member.principal, index == 0)),
            );
        } else {
            let name = match found.members.len() {
                0 => rule.id.clone(),
                1 => found.members.first().map(|member| member.principal.clone()).unwrap_or_default(),
                count => format!("{}: {}", counted(count, "principal"), found.title),
            };
            suite.add_test_case(case(rule, found, &name, true));
        }
    }
    suite
}

fn case(rule: &Rule, found: &Finding, name: &str, with_evidence: bool) -> TestCase {
    let mut case = TestCase::new(visible(name), status(rule, found, with_evidence));
    case.set_classname(format!("ringfence.{}", visible(&rule.id)));
    let (file, line) = found.place();
    if matches!(found.verdict, VerdictWord::Refuted | VerdictWord::Inconclusive) && !file.is_empty() {
        case.add_property(Property::new("file", visible(file)));
        case.add_property(Property::new("line", line.to_string()));
    }
    case
}

fn status(rule: &Rule, found: &Finding, with_evidence: bool) -> TestCaseStatus {
    let message = format!("{}: {}", crate::findings::verdict_words(found.verdict, rule.scope), found.title);
    match (found.verdict, &found.acceptance) {
        (VerdictWord::Proved, _) => TestCaseStatus::success(),
        (VerdictWord::NotApplicable, _) => skipped("not applicable"),
        (VerdictWord::Refuted, Some(accepted)) => skipped(&format!("{message}: {}", accepted.words())),
        (VerdictWord::Refuted, None) => {
            failed(NonSuccessKind::Failure, "refuted", &message, found, with_evidence)
        }
        (VerdictWord::Inconclusive, _) => {
            failed(NonSuccessKind::Error, "inconclusive", &message, found, with_evidence)
        }
    }
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(visible(message));
    status
}

fn failed(
    kind: NonSuccessKind,
    word: &str,
    message: &str,
    found: &Finding,
    with_evidence: bool,
) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(visible(message)).set_type(word);
    if with_evidence && !found.text.is_empty() {
        let lines: Vec<String> = found.text.lines().map(visible).collect();
        status.set_description(lines.join("\n"));
    }
    status
}

#[cfg(test)]
mod tests {
    use super::junit;
    use crate::findings::sample::sample;

    #[test]
    fn a_large_organisation_has_a_case_a_class() {
        let cases = |text: &str| text.matches("<testcase ").count();
        assert_eq!(cases(&junit(&sample(2, 5, 1_000, "x"))), 10_000);
        assert_eq!(cases(&junit(&sample(2, 5, 1_001, "x"))), 10);
    }
}
