//! The findings of `paths`: a rule a goal.

use std::collections::BTreeMap;

use ringfence_model::world::MissingEffect;
use ringfence_solver::check::paths::PrincipalPaths;
use ringfence_solver::report::{Group, Scope};
use ringfence_solver::steps::verdict::{Goal, GoalVerdict, Path};
use ringfence_solver::verdict::{Reason, VerdictWord};

use super::statements::{allowing_path, telling_first};
use super::{Finding, Findings, Member, Rule, fingerprint, flow, machine_word, verdict_words};
use crate::command::check::cause::pivot;
use crate::command::paths::Answer;
use crate::output::human::{Page, counted};
use crate::output::json::group as group_name;
use crate::output::paths::way;

/// What principals with the same verdict on a goal have in common: the group, the reason, the way.
type Class = (VerdictWord, Option<Group>, String, String);

/// All that was found.
pub(crate) fn findings(answer: &Answer<'_>) -> Findings {
    let since = answer.as_of.as_deref().map_or("at any time".to_owned(), |as_of| format!("from {as_of} on"));
    let missing = answer.world.missing();
    Findings {
        command: "paths",
        subject: format!("{}, {since}", counted(answer.found.principals.len(), "principal")),
        rules: Goal::ALL.into_iter().filter_map(|goal| rule(answer, goal)).collect(),
        assumptions: Vec::new(),
        not_covered: Vec::new(),
        missing: missing.iter().map(|missing| format!("{}: {}", missing.input, missing.reason)).collect(),
        notes: answer.notes.iter().cloned().chain(public(answer)).collect(),
        part: None,
        indicators: Vec::new(),
        suppressions: Vec::new(),
        level: answer.level,
        evidence: answer.evidence.clone(),
        today: answer.today.clone(),
        status: answer.status,
        world: answer.directory.clone(),
    }
}

/// What resource policies open to everybody: no verdict on a principal says it.
fn public<'a>(answer: &'a Answer<'_>) -> impl Iterator<Item = String> + 'a {
    answer.public.iter().map(|(found, _)| {
        let unless =
            if found.is_open { String::new() } else { format!(", if {}", found.conditions.join(", ")) };
        let role = found.role.as_ref().map(|role| format!("; it runs with {role}")).unwrap_or_default();
        let place = &found.statement.location;
        format!(
            "{}:{}: everybody may call {} on {}{unless}{role}",
            place.file,
            place.line,
            found.actions.join(", "),
            found.resource
        )
    })
}

/// One goal of all principals; none if nobody was asked about it.
fn rule(answer: &Answer<'_>, goal: Goal) -> Option<Rule> {
    let mut classes: BTreeMap<Class, Vec<(&PrincipalPaths, Option<&Path>)>> = BTreeMap::new();
    for principal in &answer.found.principals {
        for (_, verdict) in principal.goals.iter().filter(|(asked, _)| *asked == goal) {
            let (key, path) = class(principal, verdict);
            classes.entry(key).or_default().push((principal, path));
        }
    }
    let verdict = classes.keys().map(|(word, ..)| *word).max()?;
    let mut findings: Vec<Finding> =
        classes.into_iter().map(|(class, members)| finding(answer, goal, class, &members)).collect();
    findings.extend(lacking(answer, goal));
    findings.sort_by_key(|found| (std::cmp::Reverse(found.verdict), std::cmp::Reverse(found.members.len())));
    fingerprint::tell_apart(&mut findings);
    let summary = format!("No principal {}, by any number of steps.", goal.in_words());
    Some(Rule {
        id: goal.name().to_owned(),
        kind: goal.name().to_owned(),
        help: summary.clone(),
        summary,
        verdict,
        scope: Scope::Steps,
        lacking: answer.world.missing().iter().any(|missing| missing.effect == MissingEffect::Inconclusive),
        all_accepted: false,
        findings,
    })
}

/// What is proved of principals where input is missing on which proofs hang; none where none is.
fn lacking(answer: &Answer<'_>, goal: Goal) -> Option<Finding> {
    let missing = answer.world.missing();
    let lacking = missing.iter().filter(|missing| missing.effect == MissingEffect::Inconclusive);
    let texts: Vec<String> =
        lacking.map(|missing| format!("{}: {}", missing.input, missing.reason)).collect();
    (!texts.is_empty()).then(|| Finding {
        verdict: VerdictWord::Inconclusive,
        group: None,
        fingerprint: fingerprint::of_parts(["paths", goal.name(), "whole"]),
        title: format!("what is proved of each principal is not proved of all: {}", texts.join("; ")),
        route: "missing-input".to_owned(),
        text: String::new(),
        members: Vec::new(),
        acceptance: None,
        statements: Vec::new(),
        fallback: answer.files.first().cloned().unwrap_or_default(),
        flow: Vec::new(),
    })
}

fn class<'p>(principal: &PrincipalPaths, verdict: &'p GoalVerdict) -> (Class, Option<&'p Path>) {
    let word = verdict.word();
    let of_path = |path: &Path| {
        let way = format!("by steps, {} ({})", pivot(path), path.status.name());
        (word, Some(principal.group), way, fingerprint::route_of_path(path))
    };
    match verdict {
        GoalVerdict::Refuted(path) => (of_path(path), Some(path.as_ref())),
        GoalVerdict::Inconclusive(reason, path) => {
            let key = (word, Some(principal.group), Reason::text(reason), reason.code().to_owned());
            (key, path.as_deref())
        }
        GoalVerdict::Proved | GoalVerdict::NotApplicable => {
            ((word, None, verdict_words(word, Scope::Steps).to_owned(), String::new()), None)
        }
    }
}

fn finding(
    answer: &Answer<'_>,
    goal: Goal,
    (verdict, group, title, route): Class,
    members: &[(&PrincipalPaths, Option<&Path>)],
) -> Finding {
    let first = members.first();
    let path = first.and_then(|(_, path)| *path);
    let mut page = Page::default();
    if let Some(path) = path {
        way(answer.world, path, "", &mut page);
    }
    let bounded = first.is_some_and(|(principal, _)| principal.boundary.is_some());
    let statements = path.map(allowing_path).unwrap_or_default();
    let own_fingerprint = |principal: &PrincipalPaths| {
        fingerprint::of_parts(["path", goal.name(), machine_word(verdict), &principal.principal, &route])
    };
    let account = first.map(|(principal, _)| principal.account.to_string()).unwrap_or_default();
    let file = format!("{account}/authorization-details.json");
    let fallback = answer.files.iter().find(|known| known.ends_with(&file)).or(answer.files.first());
    let group_word = group.map_or("", group_name);
    let identity = match verdict {
        VerdictWord::Refuted | VerdictWord::Inconclusive => title.as_str(),
        VerdictWord::Proved | VerdictWord::NotApplicable => "",
    };
    Finding {
        verdict,
        group,
        fingerprint: fingerprint::of_parts([
            "paths",
            goal.name(),
            machine_word(verdict),
            group_word,
            identity,
            &route,
        ]),
        title,
        text: page.into_plain_text(),
        members: members
            .iter()
            .map(|(principal, path)| Member {
                principal: principal.principal.clone(),
                account: Some(principal.account.to_string()),
                fingerprint: own_fingerprint(principal),
                request: path.and_then(|path| {
                    let decided = path.steps.first()?.requests.first()?;
                    Some((decided.request.action.clone(), decided.request.resource.clone()))
                }),
            })
            .collect(),
        acceptance: None,
        statements: telling_first(statements, path, bounded),
        fallback: fallback.cloned().unwrap_or_default(),
        flow: path.map(flow::of).unwrap_or_default(),
        route,
    }
}
