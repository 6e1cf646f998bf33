//! The first screen: the verdicts, the groups, the largest causes.

use std::collections::BTreeSet;

use ringfence_model::world::World;
use ringfence_solver::check::Shard;
use ringfence_solver::report::{Group, GuardrailResult, Scope};
use ringfence_solver::verdict::VerdictWord;

use super::page::{Page, counted};
use super::policy_name;
use crate::command::check::cause::Finding;
use crate::command::check::{Answer, guardrail_status};
use crate::exit::ExitStatus;
use crate::findings::verdict_words;

/// Lines of the first screen; the prompt takes one of the 24.
pub(crate) const SCREEN: usize = 23;
/// Columns of the first screen.
const WIDTH: usize = 80;
/// Guardrails that the first screen names at most.
const GUARDRAILS: usize = 5;
/// Lines below the list of causes.
const FOOT: usize = 4;

pub(super) fn first_screen(answer: &Answer<'_>, causes: &[Finding<'_>], page: &mut Page) {
    let report = answer.report;
    let since = report.as_of.as_deref().map_or("at any time".to_owned(), |as_of| format!("from {as_of} on"));
    page.heading(&format!(
        "Ringfence {}: {}, {}, {since}",
        env!("CARGO_PKG_VERSION"),
        counted(report.principals, "principal"),
        counted(answer.world.accounts.len(), "account"),
    ));
    if let Some(shard) = report.shard {
        page.line(&format!("Part {} of {}: all others are judged elsewhere.", shard.index(), shard.of()));
    }
    page.blank();
    let width = report.guardrails.iter().map(|guardrail| guardrail.id.chars().count()).max().unwrap_or(0);
    // The worst first where not all have room.
    let mut order: Vec<&GuardrailResult> = report.guardrails.iter().collect();
    if order.len() > GUARDRAILS {
        order.sort_by_key(|guardrail| std::cmp::Reverse(guardrail_status(guardrail, report.shard)));
    }
    for guardrail in order.iter().take(GUARDRAILS) {
        guardrail_lines(guardrail, report.shard, width, page);
    }
    if order.len() > GUARDRAILS {
        page.line(&format!("  and {} more, below", order.len().saturating_sub(GUARDRAILS)));
    }
    page.blank();
    groups(answer, page);
    let missing = missing_line(answer);
    let room = SCREEN.saturating_sub(page.lines()).saturating_sub(FOOT + usize::from(missing.is_some()) + 1);
    largest(answer, causes, room, page);
    page.blank();
    if let Some(missing) = missing {
        page.line(&missing);
    }
    let over_steps = report.guardrails.iter().filter(|guardrail| guardrail.scope == Scope::Steps).count();
    page.line(if over_steps == 0 {
        "Verdicts are about one request at a time; see `Not covered`, near the end."
    } else if over_steps == report.guardrails.len() {
        "Verdicts are about any number of steps; see `Not covered`, near the end."
    } else {
        "Theorems: any number of steps; the others: one request. See `Not covered`, below."
    });
    let prices = &answer.tables.models.get().date;
    page.line(&format!(
        "Prices of {prices}. Proofs: {}. This run ends with exit code {}.",
        answer.level.name(),
        answer.status.code(),
    ));
    page.blank();
}

/// One line, or two where it would be too long for one.
fn guardrail_lines(guardrail: &GuardrailResult, part: Option<Shard>, width: usize, page: &mut Page) {
    let word = guardrail.verdict();
    let verdict = verdict_words(word, guardrail.scope);
    let count = |word| guardrail.count(word);
    let open = guardrail.unaccepted().count();
    let accepted = count(VerdictWord::Refuted).saturating_sub(open);
    let all_accepted = accepted > 0 && guardrail_status(guardrail, part) == ExitStatus::AsExpected;
    let note = if all_accepted { ", every violation accepted" } else { "" };
    let counts = [
        (open, "violating"),
        (accepted, "accepted"),
        (count(VerdictWord::Inconclusive), "inconclusive"),
        (count(VerdictWord::Proved), guardrail.scope.proved()),
        (count(VerdictWord::NotApplicable), "not applicable"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    let counts = match (counts.is_empty(), part) {
        (false, _) => counts.join(", "),
        (true, None) => "its `principals` match nobody".to_owned(),
        (true, Some(_)) => "its `principals` match nobody in this part".to_owned(),
    };
    page.add(&format!("  {:width$}  ", guardrail.id));
    page.verdict(word, verdict);
    page.add(note);
    let length = width.saturating_add(verdict.len() + note.len() + counts.chars().count() + 6);
    if length <= WIDTH {
        page.add(&format!(": {counts}"));
    } else {
        page.end();
        page.add(&format!("      {counts}"));
    }
    page.end();
}

/// The three groups that are no findings.
fn groups(answer: &Answer<'_>, page: &mut Page) {
    let report = answer.report;
    let violating = |group: Group, unaccepted_only: bool| {
        let arns: BTreeSet<&str> = report
            .guardrails
            .iter()
            .flat_map(|guardrail| &guardrail.results)
            .filter(|result| result.group == group && result.verdict.word() == VerdictWord::Refuted)
            .filter(|result| !unaccepted_only || result.accepted.is_none())
            .map(|result| result.principal.as_str())
            .collect();
        arns.len()
    };
    // Accepted are those of whom every violation is.
    let accepted = |group| violating(group, false).saturating_sub(violating(group, true));
    page.line(&format!(
        "  administrators  {}: {} violating, of them {} accepted",
        report.administrators.len(),
        violating(Group::Administrator, false),
        accepted(Group::Administrator),
    ));
    page.line(&format!(
        "  root users      {}: {} violating, of them {} accepted",
        report.roots,
        violating(Group::Root, false),
        accepted(Group::Root),
    ));
    page.line(&format!(
        "  service-linked  {}, not checked: only AWS can use them",
        counted(report.service_linked, "role"),
    ));
}

fn missing_line(answer: &Answer<'_>) -> Option<String> {
    let mut inputs: Vec<&str> = answer
        .report
        .guardrails
        .iter()
        .flat_map(|guardrail| &guardrail.missing)
        .map(|missing| missing.input.as_str())
        .collect();
    inputs.sort_unstable();
    inputs.dedup();
    (!inputs.is_empty()).then(|| shortened(&format!("Missing input: {}.", inputs.join(", "))))
}

/// The largest causes in at most `room` lines, the heading and the blank line before it included.
fn largest(answer: &Answer<'_>, causes: &[Finding<'_>], room: usize, page: &mut Page) {
    if causes.is_empty() || room < 4 {
        return;
    }
    page.blank();
    let total: usize = causes.iter().map(|cause| cause.members.len()).sum();
    page.heading(&format!(
        "{} by {}, the largest first",
        counted(total, "finding"),
        counted(causes.len(), "cause")
    ));
    let mut sorted: Vec<&Finding<'_>> = causes.iter().collect();
    sorted.sort_by_key(|cause| std::cmp::Reverse(cause.members.len()));
    let lines = room.saturating_sub(2);
    let shown = if sorted.len() > lines { lines.saturating_sub(1) } else { lines };
    for cause in sorted.iter().take(shown) {
        page.line(&shortened(&format!(
            "  {:>3}  {}: {}",
            cause.members.len(),
            cause.guardrail.id,
            title(answer.world, cause),
        )));
    }
    if sorted.len() > shown {
        page.line(&format!("       and {} more, below", sorted.len().saturating_sub(shown)));
    }
}

/// A line that does not wrap.
fn shortened(line: &str) -> String {
    if line.chars().count() <= WIDTH {
        return line.to_owned();
    }
    let mut short: String = line.chars().take(WIDTH - 3).collect();
    short.push_str("...");
    short
}

/// The cause in one line.
pub(crate) fn title(world: &World, cause: &Finding<'_>) -> String {
    let mut names: Vec<String> = Vec::new();
    for statement in &cause.statements {
        let name = policy_name(&statement.policy, world);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let names = names.join(", ");
    if let Some(pivot) = &cause.pivot {
        return format!("by steps, {pivot}");
    }
    if cause.stopped {
        return if names.is_empty() {
            "no policy allows it".to_owned()
        } else {
            format!("{names} denies it")
        };
    }
    if cause.bounded && names.is_empty() {
        "the boundary lets it through".to_owned()
    } else if cause.bounded {
        format!("the boundary {names} lets it through")
    } else if names.is_empty() {
        "no policy is needed".to_owned()
    } else {
        format!("no boundary, and {names} allows it")
    }
}
