//! GitHub Actions: workflow commands that annotate files, and the summary of the job.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use ringfence_solver::verdict::VerdictWord;

use super::markdown;
use super::place::{self, Base, File};
use crate::command::CommandError;
use crate::findings::{Finding, Findings, Rule, is_file};
use crate::output::escape::{workflow_message, workflow_property};
use crate::output::human::counted;

/// The variable with the path of the file that GitHub shows as the summary of a job.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";
/// Lines of evidence that an annotation shows.
const LINES: usize = 24;

/// An annotation a finding: an error for a violation, a warning for what is open, a notice for what is accepted.
pub(super) fn github(findings: &Findings) -> String {
    let directory = place::directory();
    let mut text = String::new();
    for rule in &findings.rules {
        for found in &rule.findings {
            let level = match (found.verdict, &found.acceptance) {
                (VerdictWord::Refuted, None) => "error",
                (VerdictWord::Refuted, Some(_)) => "notice",
                (VerdictWord::Inconclusive, _) => "warning",
                (VerdictWord::Proved | VerdictWord::NotApplicable, _) => continue,
            };
            let (file, line) = found.place();
            let file = File::of(file, &directory, findings.world.as_deref());
            // GitHub knows the files of the repository alone.
            let place = if file.base == Base::Directory && is_file(found.place().0) {
                format!("file={},line={line},", workflow_property(&file.path))
            } else {
                String::new()
            };
            let words = crate::findings::verdict_words(found.verdict, rule.scope);
            let title = workflow_property(&format!("{} {words}", rule.id));
            let message = workflow_message(&message(rule, found));
            // Writing to a String cannot fail.
            let _ = writeln!(text, "::{level} {place}title={title}::{message}");
        }
    }
    if let Some(part) = &findings.part {
        let _ = writeln!(text, "::notice title=a part of the principals::{}", workflow_message(&[part]));
    }
    for missing in &findings.missing {
        let _ = writeln!(text, "::notice title=missing input::{}", workflow_message(&[missing]));
    }
    for entry in findings.suppressions.iter().filter(|entry| entry.is_idle()) {
        let _ = writeln!(text, "::warning title=suppression::{}", workflow_message(&[entry.words()]));
    }
    let verdicts: Vec<String> =
        findings.rules.iter().map(|rule| format!("{} {}", rule.id, rule.words())).collect();
    let proofs = format!("Proofs: {}.", findings.level.name());
    let verdicts = workflow_message(&[verdicts.join(", "), proofs]);
    let _ = writeln!(text, "::notice title=ringfence {}::{verdicts}", findings.command);
    text
}

fn message(rule: &Rule, found: &Finding) -> Vec<String> {
    let words = crate::findings::verdict_words(found.verdict, rule.scope);
    let mut lines = vec![format!("{words}: {}: {}", counted(found.members.len(), "principal"), found.title)];
    if let Some(accepted) = &found.acceptance {
        lines.push(accepted.words());
    }
    lines.extend(found.members.iter().take(10).map(|member| member.principal.clone()));
    if found.members.len() > 10 {
        lines.push(format!("and {}", counted(found.members.len().saturating_sub(10), "more principal")));
    }
    lines.extend(found.text.lines().take(LINES).map(str::to_owned));
    let more = found.text.lines().count().saturating_sub(LINES);
    if more > 0 {
        lines.push(format!("and {} that other formats have", counted(more, "more line")));
    }
    lines
}

/// Adds the summary of `findings` to that of the job, where there is one.
///
/// # Errors
/// When the file that GitHub names cannot be written.
pub(crate) fn write_summary(findings: &Findings) -> Result<(), CommandError> {
    let Some(path) = std::env::var_os(SUMMARY).filter(|path| !path.is_empty()).map(PathBuf::from) else {
        return Ok(());
    };
    let add = || {
        let mut file = OpenOptions::new().append(true).create(true).open(&path)?;
        file.write_all(markdown(findings).as_bytes())?;
        file.flush()
    };
    add().map_err(|error: std::io::Error| CommandError::Output {
        target: path.to_string_lossy().into_owned(),
        problem: error.to_string(),
    })
}
