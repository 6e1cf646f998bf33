//! Paths for people: a table of goals, then each path step by step.

use std::collections::BTreeMap;

use ringfence_model::context::ContextValue;
use ringfence_model::policy::StatementReference;
use ringfence_model::steps::Decided;
use ringfence_model::world::{MissingEffect, MissingScope, World};
use ringfence_solver::check::paths::PrincipalPaths;
use ringfence_solver::report::Group;
use ringfence_solver::steps::verdict::{Goal, GoalVerdict, Path, PathStatus};
use ringfence_solver::steps::walk::{Evidence, PathStep};
use ringfence_solver::verdict::VerdictWord;

use super::{provenance, stopped, words};
use crate::command::paths::Answer;
use crate::output::human::{DETERMINED, Page, counted, layer_name, policy_name, statement_words};
use crate::output::json::group;

/// Paths that are shown in full when nobody in particular was asked about.
const PATHS: usize = 12;

/// The answer.
pub(crate) fn text(answer: &Answer<'_>) -> String {
    let mut page = Page::default();
    let found = answer.found;
    page.heading(&format!(
        "Paths: {} asked; primitives of {}; proofs: {}",
        counted(found.principals.len(), "principal"),
        found.table,
        answer.level.name()
    ));
    page.blank();
    table(answer, &mut page);
    if !answer.to_one {
        provenance::wildcards(answer, &mut page);
    }
    provenance::public(answer, &mut page);
    match found.principals.as_slice() {
        [only] if answer.to_one => details(answer, only, &mut page),
        all => all_paths(answer, all, &mut page),
    }
    foot(answer, &mut page);
    page.into_text()
}

/// How many principals come to each goal.
fn table(answer: &Answer<'_>, page: &mut Page) {
    for goal in Goal::ALL {
        let mut counts: BTreeMap<VerdictWord, usize> = BTreeMap::new();
        for principal in &answer.found.principals {
            for (own, verdict) in &principal.goals {
                if *own == goal {
                    let count = counts.entry(verdict.word()).or_default();
                    *count = count.saturating_add(1);
                }
            }
        }
        let count = |word| counts.get(&word).copied().unwrap_or(0);
        let worst = counts.keys().max().copied().unwrap_or(VerdictWord::NotApplicable);
        page.add(&format!("  {:<18} ", goal.name()));
        let word = match worst {
            VerdictWord::Refuted => "refuted",
            VerdictWord::Inconclusive => "inconclusive",
            VerdictWord::Proved => "proved",
            VerdictWord::NotApplicable => "not applicable",
        };
        page.verdict(worst, &format!("{word:<15}"));
        page.add(&format!(
            "{} with a path, {} inconclusive, {} proved over all steps, {} not applicable",
            count(VerdictWord::Refuted),
            count(VerdictWord::Inconclusive),
            count(VerdictWord::Proved),
            count(VerdictWord::NotApplicable),
        ));
        page.end();
    }
    page.blank();
}

fn all_paths(answer: &Answer<'_>, all: &[PrincipalPaths], page: &mut Page) {
    let mut shown = 0_usize;
    let mut left = 0_usize;
    for principal in all {
        for (_, verdict) in &principal.goals {
            let (GoalVerdict::Refuted(found) | GoalVerdict::Inconclusive(_, Some(found))) = verdict else {
                continue;
            };
            if shown < PATHS {
                path(answer, principal, found, page);
                shown = shown.saturating_add(1);
            } else {
                left = left.saturating_add(1);
            }
        }
    }
    if left > 0 {
        page.line(&format!(
            "{} more: `ringfence paths PRINCIPAL`, or -o json, shows all.",
            counted(left, "path")
        ));
        page.blank();
    }
}

fn details(answer: &Answer<'_>, principal: &PrincipalPaths, page: &mut Page) {
    page.heading(&principal.principal);
    page.line(&format!("  boundary   {}", principal.boundary.as_deref().unwrap_or("none")));
    for (goal, verdict) in &principal.goals {
        page.add(&format!("  {:<18} ", goal.name()));
        match verdict {
            GoalVerdict::Proved => page.verdict(VerdictWord::Proved, "proved over all steps"),
            GoalVerdict::Refuted(path) => {
                page.verdict(VerdictWord::Refuted, &format!("a path, {}", path.status.name()));
            }
            GoalVerdict::Inconclusive(reason, _) => {
                page.verdict(VerdictWord::Inconclusive, "inconclusive");
                page.add(&format!(": {}", reason.text()));
            }
            GoalVerdict::NotApplicable => page.verdict(VerdictWord::NotApplicable, "not applicable"),
        }
        page.end();
    }
    page.blank();
    for (_, verdict) in &principal.goals {
        if let GoalVerdict::Refuted(found) | GoalVerdict::Inconclusive(_, Some(found)) = verdict {
            path(answer, principal, found, page);
        }
    }
    closed(answer, principal, page);
    provenance::of_one(answer, principal, page);
}

/// What a proof rests on.
fn closed(answer: &Answer<'_>, principal: &PrincipalPaths, page: &mut Page) {
    let closed = &principal.closed;
    page.heading("What may come to hold at most");
    page.line(&format!(
        "  {} in {}; credentials of {}:",
        counted(closed.facts, "fact"),
        counted(closed.rounds, "round"),
        counted(closed.held.len(), "principal"),
    ));
    for held in &closed.held {
        page.line(&format!("    {held}"));
    }
    if !closed.fired.is_empty() {
        page.line(&format!("  may fire    {}", closed.fired.join(", ")));
    }
    stopped::text(closed, answer.world, page);
    for (role, service) in &closed.not_used {
        page.line(&format!(
            "  not used    {role} may be passed to {service}, of which nobody here may change anything"
        ));
    }
    for (who, account) in &closed.beyond {
        page.line(&format!(
            "  taken for granted: nothing leads back from account {account}, which the world lacks and of which {who} may assume a role"
        ));
    }
    if !closed.unclassified.is_empty() {
        page.line(&format!(
            "  taken for harmless, since no primitive covers them: {}",
            closed.unclassified.join(", ")
        ));
    }
    page.blank();
}

fn path(answer: &Answer<'_>, principal: &PrincipalPaths, path: &Path, page: &mut Page) {
    let group = match principal.group {
        Group::Finding => String::new(),
        Group::Administrator | Group::Root => format!(" ({})", group(principal.group)),
    };
    let word = match path.status {
        PathStatus::Confirmed | PathStatus::Conditional => VerdictWord::Refuted,
        PathStatus::Possible => VerdictWord::Inconclusive,
    };
    page.verdict(word, path.status.name());
    page.add(&format!(": {}{group} {}", principal.principal, path.goal.in_words()));
    page.end();
    way(answer.world, path, "", page);
    page.blank();
}

/// The steps of a path, what is reached by them, and what they take for granted; each line after `margin`.
pub(crate) fn way(world: &World, path: &Path, margin: &str, page: &mut Page) {
    for (index, found) in path.steps.iter().enumerate() {
        let number = index.saturating_add(1);
        page.line(&format!(
            "{margin}  {number}. {} ({}, {})",
            found.summary, found.primitive, found.catalogue
        ));
        step(world, found, margin, page);
    }
    if let Some(reason) = &path.unreplayed {
        page.line(&format!("{margin}  not replayed: {reason}"));
    }
    for decided in &path.reached_by {
        page.line(&format!("{margin}  then"));
        request(world, decided, margin, page);
    }
    if !path.reached.is_empty() {
        page.line(&format!("{margin}  so          {}", path.reached));
    }
    for assumption in path.assumptions() {
        page.line(&format!("{margin}  assumed     {assumption}"));
    }
}

fn step(world: &World, step: &PathStep, margin: &str, page: &mut Page) {
    for decided in &step.requests {
        request(world, decided, margin, page);
    }
    for change in &step.changes {
        page.line(&format!("{margin}     so          {}", words::change(change)));
    }
    for evidence in &step.evidence {
        match evidence {
            Evidence::Shown(text) => page.line(&format!("{margin}     shown by    {text}")),
            Evidence::Assumed(text) => page.line(&format!("{margin}     assumed     {text}")),
        }
    }
}

fn request(world: &World, decided: &Decided, margin: &str, page: &mut Page) {
    let request = &decided.request;
    page.line(&format!("{margin}     request     {}", request.action));
    page.line(&format!("{margin}     on          {}", request.resource));
    page.line(&format!("{margin}     by          {}", request.principal));
    for (key, value) in request.context.iter().filter(|(key, _)| !DETERMINED.contains(&key.canonical())) {
        let value = match value {
            ContextValue::Single(text) => text.clone(),
            ContextValue::List(texts) => format!("[{}]", texts.join(", ")),
        };
        page.line(&format!("{margin}     with        {key} = {value}"));
    }
    let mut shown: Vec<&StatementReference> = Vec::new();
    for statement in &decided.allowed_by {
        if shown.contains(&statement) {
            continue;
        }
        shown.push(statement);
        let name = policy_name(&statement.policy, world);
        page.line(&format!(
            "{margin}     allowed by  {} {}",
            layer_name(statement.policy_type),
            statement_words(statement, &name)
        ));
    }
}

/// What every answer takes for granted, and what the world lacks.
fn remarks(answer: &Answer<'_>) -> Vec<String> {
    let mut remarks = vec![
        "only the management account administers Organizations and Identity Center; without organization.json no account is taken for it"
            .to_owned(),
        format!("the primitives of {} are all that there are (docs/steps.md)", answer.found.table),
    ];
    for missing in answer.world.missing() {
        let effect = match missing.effect {
            MissingEffect::Conditional if missing.scope == MissingScope::Every => {
                "paths are conditional on it"
            }
            MissingEffect::Conditional => "paths that use one are conditional on it",
            MissingEffect::Inconclusive => "proofs do not hold without it",
            MissingEffect::Counted => "proofs count all that it may hold",
        };
        remarks.push(format!("{} is missing: {}; {effect}", missing.input, missing.reason));
    }
    remarks.dedup();
    remarks
}

fn foot(answer: &Answer<'_>, page: &mut Page) {
    for remark in remarks(answer) {
        page.line(&format!("Note: {remark}"));
    }
    for note in &answer.notes {
        page.line(&format!("Note: {note}"));
    }
    page.line(&format!(
        "{} decided by the solver, {} at most.",
        counted(answer.found.solved, "different question"),
        counted(answer.found.rounds, "round"),
    ));
}
