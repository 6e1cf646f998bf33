//! What stands below the first screen.

use std::collections::BTreeMap;

use ringfence_solver::report::{Group, GuardrailResult, PrincipalResult};
use ringfence_solver::verdict::{Verdict, VerdictWord};

use super::Scene;
use super::page::{Page, counted};
use super::request::witness;
use super::summary::title;
use crate::args::reading_name;
use crate::command::check::Answer;
use crate::command::check::cause::Finding;
use crate::findings::fingerprint::route_of_path;
use crate::findings::verdict_words;
use crate::output::json::{group as group_name, not_covered, uses_prices};

/// Principals that one finding names; `-o json` names all.
const PRINCIPALS: usize = 10;

pub(super) fn findings(answer: &Answer<'_>, causes: &[Finding<'_>], page: &mut Page) {
    for guardrail in &answer.report.guardrails {
        let own: Vec<&Finding<'_>> =
            causes.iter().filter(|cause| cause.guardrail.id == guardrail.id).collect();
        if own.is_empty() {
            continue;
        }
        let prices = if uses_prices(&guardrail.kind) {
            format!(", prices of {}", answer.tables.models.get().date)
        } else {
            String::new()
        };
        page.heading(&format!("Findings under {} ({}{prices})", guardrail.id, guardrail.kind.name()));
        for (index, cause) in own.iter().enumerate() {
            page.blank();
            finding(answer, index.saturating_add(1), cause, page);
        }
        page.blank();
    }
}

fn finding(answer: &Answer<'_>, number: usize, cause: &Finding<'_>, page: &mut Page) {
    page.heading(&format!(
        "{number:>2}. {}: {}",
        counted(cause.members.len(), "principal"),
        title(answer.world, cause),
    ));
    for (result, _) in cause.members.iter().take(PRINCIPALS) {
        page.line(&format!("     principal   {}", result.principal));
    }
    if cause.members.len() > PRINCIPALS {
        let more = cause.members.len().saturating_sub(PRINCIPALS);
        page.line(&format!("     principal   and {}; `-o json` names all", counted(more, "more principal")));
    }
    if let Some((result, found)) = cause.members.first() {
        if cause.members.len() > 1 {
            page.line("     the first of them:");
        }
        let scene = Scene { world: answer.world, tables: answer.tables };
        witness(scene, &result.principal, found, page);
    }
}

/// Administrators once, and one line for the root user of each account.
pub(super) fn groups(answer: &Answer<'_>, page: &mut Page) {
    for (group, heading) in [
        (Group::Administrator, "Administrators: no boundary, and policies that let them become anybody"),
        (Group::Root, "Root users"),
    ] {
        let mut members: BTreeMap<&str, Vec<(&GuardrailResult, &PrincipalResult)>> = BTreeMap::new();
        for guardrail in &answer.report.guardrails {
            for result in guardrail.results.iter().filter(|result| result.group == group) {
                members.entry(result.principal.as_str()).or_default().push((guardrail, result));
            }
        }
        if members.is_empty() {
            continue;
        }
        page.heading(heading);
        for (principal, results) in members {
            page.line(&format!("  {principal}: {}", member_words(&results)));
            for (guardrail, result) in results.iter().filter(|(_, result)| result.accepted.is_none()) {
                if let Some(way) = way_in_short(&result.verdict) {
                    page.line(&format!("     {}: {way}", guardrail.id));
                }
            }
        }
        page.blank();
    }
}

/// By what a guardrail is violated, in a few words; none where it is not.
fn way_in_short(verdict: &Verdict) -> Option<String> {
    let Verdict::Refuted(witness) = verdict else { return None };
    if let Some(path) = witness.path() {
        return Some(format!("by steps, {}", route_of_path(path)));
    }
    let request = witness.requests().first().map(|replayed| &replayed.request);
    let by_request = request.map(|request| format!("{} on {}", request.action, request.resource));
    by_request.or_else(|| witness.facts().first().cloned())
}

/// `refuted under a, b; under a accepted by owner, until 2027-01-31: reason`.
fn member_words(results: &[(&GuardrailResult, &PrincipalResult)]) -> String {
    let mut parts = Vec::new();
    for word in [VerdictWord::Refuted, VerdictWord::Inconclusive, VerdictWord::Proved] {
        let mut by_words: Vec<(&str, Vec<&str>)> = Vec::new();
        for (guardrail, _) in results.iter().filter(|(_, result)| result.verdict.word() == word) {
            let words = verdict_words(word, guardrail.scope);
            match by_words.iter_mut().find(|(known, _)| *known == words) {
                Some((_, ids)) => ids.push(&guardrail.id),
                None => by_words.push((words, vec![&guardrail.id])),
            }
        }
        parts.extend(by_words.into_iter().map(|(words, ids)| format!("{words} under {}", ids.join(", "))));
    }
    let mut acceptances: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (guardrail, result) in results {
        if let Some(accepted) = &result.accepted {
            let until = accepted.expires.as_ref().map(|day| format!(", until {day}")).unwrap_or_default();
            let words =
                format!("accepted by {}{until}: {}", accepted.acceptance.owner, accepted.acceptance.reason);
            acceptances.entry(words).or_default().push(&guardrail.id);
        }
    }
    parts.extend(acceptances.into_iter().map(|(words, ids)| format!("under {} {words}", ids.join(", "))));
    if parts.is_empty() {
        parts.push("not applicable".to_owned());
    }
    parts.join("; ")
}

/// Findings that somebody accepted, and what does not accept anything any more.
pub(super) fn accepted(answer: &Answer<'_>, page: &mut Page) {
    let mut lines = Vec::new();
    for guardrail in &answer.report.guardrails {
        for result in guardrail.results.iter().filter(|result| result.group == Group::Finding) {
            if let Some(accepted) = &result.accepted {
                let until = accepted.expires.as_ref().map(|day| format!(", until {day}")).unwrap_or_default();
                lines.push(format!(
                    "  {} under {}: accepted by {}{until}: {}",
                    result.principal, guardrail.id, accepted.acceptance.owner, accepted.acceptance.reason,
                ));
            }
        }
    }
    let idle = answer.suppressions.iter().filter(|entry| entry.is_idle());
    lines.extend(idle.map(|entry| format!("  {}", entry.words())));
    section("Accepted findings", &lines, page);
}

/// What was not decided, by reason.
pub(super) fn inconclusive(answer: &Answer<'_>, page: &mut Page) {
    let mut reasons: BTreeMap<(usize, String), Vec<&PrincipalResult>> = BTreeMap::new();
    for (index, guardrail) in answer.report.guardrails.iter().enumerate() {
        for (result, reason) in guardrail.inconclusive() {
            let key = (index, format!("{} [{}]", reason.text(), reason.code()));
            reasons.entry(key).or_default().push(result);
        }
    }
    let mut lines = Vec::new();
    for ((index, reason), results) in reasons {
        let id = answer.report.guardrails.get(index).map_or("", |guardrail| guardrail.id.as_str());
        lines.push(format!("  {id}: {}: {reason}", counted(results.len(), "principal")));
        for result in results.iter().take(PRINCIPALS) {
            let group = match result.group {
                Group::Finding => String::new(),
                Group::Administrator | Group::Root => format!(" ({})", group_name(result.group)),
            };
            lines.push(format!("     {}{group}", result.principal));
        }
        if results.len() > PRINCIPALS {
            let more = results.len().saturating_sub(PRINCIPALS);
            lines.push(format!("     and {}; `-o json` names all", counted(more, "more principal")));
        }
    }
    section("Inconclusive: neither proved nor refuted", &lines, page);
}

/// What the verdicts rest on and what they leave out.
pub(super) fn grounds(answer: &Answer<'_>, page: &mut Page) {
    let lines: Vec<String> = not_covered(answer).iter().map(|text| format!("  {text}")).collect();
    section("Not covered by any verdict above", &lines, page);
    section("Missing input", &missing(answer), page);
    section("Assumptions", &assumptions(answer), page);
    section("Data", &data(answer), page);
    let notes: Vec<String> = answer.notes.iter().map(|note| format!("  {note}")).collect();
    section("Notes", &notes, page);
    let warnings: Vec<String> = answer
        .warnings
        .iter()
        .map(|warning| {
            let help = warning.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
            let location = &warning.location;
            format!("  {}:{}: {}{help}", location.file, location.line, warning.message)
        })
        .collect();
    section("Warnings about the input", &warnings, page);
}

pub(crate) fn missing(answer: &Answer<'_>) -> Vec<String> {
    let mut lines: BTreeMap<(&str, &str, &str), Vec<&str>> = BTreeMap::new();
    for guardrail in &answer.report.guardrails {
        for missing in &guardrail.missing {
            let key = (missing.input.as_str(), missing.effect, missing.text.as_str());
            lines.entry(key).or_default().push(&guardrail.id);
        }
    }
    lines
        .into_iter()
        .map(|((input, effect, text), ids)| {
            let effect = match effect {
                "conditional" => "refutations hold only if it would not stop the request",
                "counted" => "what hangs on it is inconclusive by itself",
                _ => "proofs become inconclusive",
            };
            format!("  {input}: {text}; {effect} ({})", ids.join(", "))
        })
        .collect()
}

pub(crate) fn assumptions(answer: &Answer<'_>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let as_of = answer.report.as_of.as_deref();
    lines.push(match as_of {
        Some(as_of) => format!("  requests are made at {as_of} or later"),
        None => "  requests are made at any time: the world holds no date".to_owned(),
    });
    lines.push(format!("  today is {}, for expiry dates", answer.report.today));
    for (point, (reading, reason)) in &answer.configuration.assumptions {
        lines.push(format!("  {point} is read as {}: {reason}", reading_name(*reading)));
    }
    for text in answer.report.guardrails.iter().flat_map(|guardrail| &guardrail.assumptions) {
        let line = format!("  {text}");
        // Pinned points are listed above, with their reading.
        let pinned =
            answer.configuration.assumptions.keys().any(|point| text.starts_with(&format!("{point} ")));
        if !pinned && !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

fn data(answer: &Answer<'_>) -> Vec<String> {
    let tables = answer.tables;
    let from = |file: Option<&str>| file.map_or("embedded".to_owned(), str::to_owned);
    let mut lines = vec![
        format!(
            "  actions and keys      {}, {}",
            tables.catalogue.get().source().date,
            from(tables.catalogue.file())
        ),
        format!(
            "  AWS managed policies  {}, {}",
            tables.managed_policies.get().source().date,
            from(tables.managed_policies.file()),
        ),
        format!("  model prices          {}, {}", tables.models.get().date, from(tables.models.file())),
        format!("  {}, with SHA-256 in `-o json`", counted(answer.report.digests.len(), "input file")),
    ];
    if let Some(search) = &answer.report.steps {
        lines.push(format!(
            "  steps                 primitives of {}; at most {}, {}",
            search.table,
            counted(search.rounds, "round"),
            counted(search.solved, "different question"),
        ));
    }
    if let Some(file) = &answer.configuration_file {
        lines.push(format!("  guardrails from {}", file.path));
    } else {
        lines.push("  guardrails: the three theorems, the default".to_owned());
    }
    lines
}

pub(crate) fn section(heading: &str, lines: &[String], page: &mut Page) {
    if lines.is_empty() {
        return;
    }
    page.heading(heading);
    for line in lines {
        page.line(line);
    }
    page.blank();
}
