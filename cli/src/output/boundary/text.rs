//! A design for people.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use ringfence_solver::check::design::DesignResult;
use ringfence_solver::check::design_leaves::Leaves;
use ringfence_solver::check::design_losses::Losses;
use ringfence_solver::guardrail::GuardrailKind;
use ringfence_solver::verdict::{Verdict, VerdictWord};

use super::{open_models, words};
use crate::command::boundary::breaks::Breaks;
use crate::command::boundary::{Answer, Since};
use crate::output::human::{Page, Scene, counted, section, witness};

/// Names that one line lists.
const NAMES: usize = 40;
/// Principals that lose the same and are listed.
const MEMBERS: usize = 8;
/// Lost actions of one service that are listed.
const LOST: usize = 6;
/// Services of which lost actions are listed.
const SERVICES: usize = 24;

/// The answer.
pub(crate) fn text(answer: &Answer<'_>) -> String {
    let mut page = Page::default();
    let mut subject = answer.subject.clone();
    if let Some(first) = subject.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    page.heading(&format!("{subject}, for every identity policy"));
    page.line("Roles and users of any name and with any tags; without a boundary the root user too.");
    page.blank();
    let width = answer.report.guardrails.iter().map(|one| one.id.chars().count()).max().unwrap_or(0);
    for guardrail in &answer.report.guardrails {
        page.add(&format!("  {:width$}  ", guardrail.id));
        page.verdict(guardrail.verdict(), words(guardrail.verdict(), guardrail.scope));
        page.add(&format!("  ({})", guardrail.kind.name()));
        page.end();
    }
    page.blank();
    broken(answer, &mut page);
    for guardrail in &answer.report.guardrails {
        details(answer, guardrail, &mut page);
    }
    if let Some(left) = &answer.report.leaves {
        leaves(left, &mut page);
    }
    if let (Some(since), Some(left)) = (&answer.since, &answer.report.leaves) {
        entered(left, since, &mut page);
    }
    foot(answer, &mut page);
    page.into_text()
}

/// What must be possible and is not.
fn broken(answer: &Answer<'_>, page: &mut Page) {
    let lines: Vec<String> = answer
        .report
        .guardrails
        .iter()
        .filter(|one| matches!(one.kind, GuardrailKind::MustBeAble { .. }))
        .filter(|one| one.verdict() == VerdictWord::Refuted)
        .map(|one| {
            let GuardrailKind::MustBeAble { action, resource, .. } = &one.kind else { return String::new() };
            let on = resource.as_ref().map(|arn| format!(" on {arn}")).unwrap_or_default();
            format!("  {}: {action}{on}", one.id)
        })
        .chain(answer.breaks.iter().flat_map(losses))
        .collect();
    section("What it breaks", &lines, page);
}

/// Who loses what, those together that lose the same.
fn losses(breaks: &Breaks) -> Vec<String> {
    let all = &breaks.principals;
    let losing = all.iter().filter(|one| !one.lost.is_empty()).count();
    let open = all.iter().filter(|one| one.lost.is_empty() && !one.open.is_empty()).count();
    let open = if open > 0 { format!("; of {open} more that is not decided") } else { String::new() };
    let mut lines = vec![format!(
        "  {losing} of {} that it would bind can make no request any more of some action that they may use now{open}",
        counted(all.len(), "principal")
    )];
    let mut groups: BTreeMap<Lost<'_>, Vec<&Losses>> = BTreeMap::new();
    for one in all.iter().filter(|one| !one.lost.is_empty() || !one.open.is_empty()) {
        groups.entry((&one.lost, &one.open, one.named)).or_default().push(one);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|((lost, ..), members)| {
        (Reverse(lost.len()), members.first().map(|one| &one.principal))
    });
    for ((lost, open, of), members) in groups {
        lines.extend(members.iter().take(MEMBERS).map(|member| format!("  {}", member.principal)));
        if members.len() > MEMBERS {
            let more = members.len().saturating_sub(MEMBERS);
            lines.push(format!("  and {more} more; `-o json` names all"));
        }
        let undecided = if open.is_empty() {
            String::new()
        } else {
            format!(", {} not decided", counted(open.len(), "action"))
        };
        lines.push(format!(
            "     {} of {} that identity policies name{undecided}",
            lost.len(),
            counted(of, "action")
        ));
        lines.extend(by_service(lost));
    }
    lines
}

/// What is lost, what is not decided, and of how many actions.
type Lost<'a> = (&'a [String], &'a [String], usize);

/// The actions, one line for each service.
fn by_service(actions: &[String]) -> Vec<String> {
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (service, name) in actions.iter().filter_map(|action| action.split_once(':')) {
        services.entry(service).or_default().push(name);
    }
    let mut lines: Vec<String> = services
        .iter()
        .take(SERVICES)
        .map(|(service, names)| {
            let first: Vec<&str> = names.iter().take(LOST).copied().collect();
            let more = names.len().saturating_sub(LOST);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("             {service}: {}{more}", first.join(", "))
        })
        .collect();
    if services.len() > SERVICES {
        let more = services.len().saturating_sub(SERVICES);
        lines.push(format!("             and of {more} more services; `-o json` names all"));
    }
    lines
}

fn details(answer: &Answer<'_>, guardrail: &DesignResult, page: &mut Page) {
    let scene = Scene { world: answer.world, tables: answer.tables };
    for (kind, verdict) in &guardrail.verdicts {
        match verdict {
            Verdict::Refuted(found) => {
                page.heading(&format!("{}: not guaranteed for a {}", guardrail.id, kind.name()));
                witness(scene, "", found, page);
                page.blank();
            }
            Verdict::Inconclusive(reason) => {
                page.heading(&format!("{}: inconclusive for a {}", guardrail.id, kind.name()));
                page.line(&format!("     {} [{}]", reason.text(), reason.code()));
                page.blank();
            }
            Verdict::Proved(_) | Verdict::NotApplicable => {}
        }
    }
}

fn leaves(leaves: &Leaves, page: &mut Page) {
    page.heading("What it still allows");
    let reach = &leaves.reach;
    let open = reach.open.as_ref().map_or(0, |(models, _)| models.len());
    let open = if open > 0 { format!(", {open} open") } else { String::new() };
    page.line(&format!(
        "  models     {} run{open}, {} proved out of reach for single requests{}",
        reach.models.len(),
        reach.proved,
        match (reach.unknown_models, leaves.unknown_models_open) {
            (true, _) => "; models that nobody knows yet as well",
            (false, true) => "; of models that nobody knows yet that is not decided",
            (false, false) => "",
        },
    ));
    if let Some(way) = &reach.dearest {
        let price = way.price.map_or("not known".to_owned(), |price| price.to_string());
        page.line(&format!(
            "  dearest    {}, {price} USD per million output tokens, by {}",
            way.model.as_deref().unwrap_or("(not told)"),
            way.route.name(),
        ));
    }
    let more = if reach.regions_open.is_some() { ", others are not decided" } else { "" };
    page.line(&format!("  Regions    {} in which a model can be called{more}", reach.regions.len()));
    page.line(&format!(
        "  services   {} of {} with an action that is allowed{}",
        leaves.services.len(),
        leaves.all_services,
        if leaves.open_services.is_empty() {
            String::new()
        } else {
            format!(", {} more where that is not decided", leaves.open_services.len())
        },
    ));
    if leaves.services.len() <= NAMES && !leaves.services.is_empty() {
        page.line(&format!("             {}", leaves.services.join(", ")));
    }
    for what in ["commits to spending", "changes a model"] {
        let of_table = leaves.sensitive.iter().filter(|one| one.what == what);
        let (certain, open): (Vec<_>, Vec<_>) = of_table.partition(|one| one.certain);
        let names: Vec<&str> = certain.iter().map(|one| one.action.as_str()).collect();
        let open = match open.len() {
            0 => String::new(),
            count => format!(", {count} more where that is not decided"),
        };
        page.line(&format!("  {what}: {}{open}", counted(names.len(), "action")));
        for name in names.iter().take(NAMES) {
            page.line(&format!("             {name}"));
        }
        if names.len() > NAMES {
            page.line(&format!(
                "             and {} more; `-o json` names all",
                names.len().saturating_sub(NAMES)
            ));
        }
    }
    page.blank();
}

fn entered(leaves: &Leaves, since: &Since, page: &mut Page) {
    page.heading(&format!("What entered the data since {} and is allowed", since.day));
    let sure = leaves.named.iter().filter(|entry| entry.1).count();
    let open = leaves.named.len().saturating_sub(sure);
    let open = if open > 0 { format!(", {open} more where that is not decided") } else { String::new() };
    page.line(&format!("  {sure} of {} new actions{open}", since.actions));
    let certain: Vec<&String> = leaves.named.iter().filter(|entry| entry.1).map(|entry| &entry.0).collect();
    for action in certain.iter().take(NAMES) {
        page.line(&format!("             {action}"));
    }
    if certain.len() > NAMES {
        let more = certain.len().saturating_sub(NAMES);
        page.line(&format!("             and {more} more; `-o json` names all"));
    }
    let reached: Vec<&str> = leaves
        .reach
        .models
        .iter()
        .map(|model| model.id.as_str())
        .filter(|id| since.models.iter().any(|new| new == id))
        .collect();
    let open = open_models(&leaves.reach, since).count();
    let open = if open > 0 { format!(", {open} more where that is not decided") } else { String::new() };
    page.line(&format!("  {} of {} new models{open}", reached.len(), since.models.len()));
    for id in reached.iter().take(NAMES) {
        page.line(&format!("             {id}"));
    }
    page.blank();
}

fn foot(answer: &Answer<'_>, page: &mut Page) {
    let mut texts: Vec<String> = Vec::new();
    for text in answer.report.guardrails.iter().flat_map(|guardrail| &guardrail.not_covered) {
        let line = format!("  {text}");
        if !texts.contains(&line) {
            texts.push(line);
        }
    }
    section("Not covered", &texts, page);
    let notes: Vec<String> = answer.notes.iter().map(|note| format!("  {note}")).collect();
    section("Notes", &notes, page);
    let warnings: Vec<String> = answer
        .warnings
        .iter()
        .map(|warning| format!("  {}:{}: {}", warning.location.file, warning.location.line, warning.message))
        .collect();
    section("Warnings about the policy", &warnings, page);
    page.line(&format!(
        "Prices of {}. Proofs of guardrails: {}. This run ends with exit code {}.",
        answer.tables.models.get().date,
        answer.level.name(),
        answer.status.code(),
    ));
}
