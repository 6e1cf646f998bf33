//! The single points of failure of everybody of whom a guardrail is proved, for people.

use std::collections::BTreeMap;

use ringfence_solver::verdict::VerdictWord;
use ringfence_solver::why::{Everybody, Part, Why};

use super::{kinds_words, part_words};
use crate::command::why::Answer;
use crate::output::human::{Page, counted};

/// Principals that are named for one reason; `-o json` names all.
const PRINCIPALS: usize = 10;

/// Each single point of failure with those whom it alone protects: the one that protects most first.
pub(super) fn points(all: &Everybody) -> Vec<(&Part, Vec<&str>)> {
    let mut found: BTreeMap<&Part, Vec<&str>> = BTreeMap::new();
    for one in &all.proved {
        for part in alone(one) {
            found.entry(part).or_default().push(&one.principal);
        }
    }
    let mut found: Vec<(&Part, Vec<&str>)> = found.into_iter().collect();
    // A layer is a different one for each principal: statements come first.
    let rank = |part: &Part| !matches!(part, Part::Statement(_) | Part::InVersion(..));
    found.sort_by_key(|(part, principals)| (rank(part), std::cmp::Reverse(principals.len())));
    found
}

/// Those that protect the same principals together.
fn alike<'p, 'w>(points: &'p [(&'w Part, Vec<&'w str>)]) -> Vec<(Vec<&'w Part>, &'p [&'w str])> {
    let mut found: Vec<(Vec<&Part>, &[&str])> = Vec::new();
    for (part, principals) in points {
        match found.iter_mut().find(|(_, known)| known == principals) {
            Some((parts, _)) => parts.push(part),
            None => found.push((vec![part], principals)),
        }
    }
    found
}

/// The parts without which alone the proof fails.
pub(super) fn alone(one: &Why) -> impl Iterator<Item = &Part> {
    let breaking = one.sets.iter().flat_map(|sets| &sets.breaking);
    breaking.filter(|(set, _)| set.len() == 1).flat_map(|(set, _)| set)
}

pub(super) fn render(answer: &Answer<'_>, all: &Everybody, page: &mut Page) {
    let count = |word| all.verdicts.iter().filter(|(_, found)| *found == word).count();
    page.heading(&format!(
        "{} ({}): {} {}",
        answer.guardrail.id,
        answer.guardrail.kind.name(),
        counted(count(VerdictWord::Proved), "principal"),
        all.scope.proved(),
    ));
    page.line(&format!(
        "  not proved: {} refuted, {} inconclusive, {} not applicable",
        count(VerdictWord::Refuted),
        count(VerdictWord::Inconclusive),
        count(VerdictWord::NotApplicable),
    ));
    page.blank();
    let points = points(all);
    page.heading(&format!("Single points of failure: {}", points.len()));
    for (parts, principals) in alike(&points) {
        for part in &parts {
            page.line(&format!("  {}", part_words(part, None, answer.world)));
        }
        let which = if parts.len() == 1 { "it" } else { "any one of these" };
        let whose = counted(principals.len(), "principal");
        page.line(&format!("     without {which} the proof fails of {whose}:"));
        names(principals, page);
    }
    page.blank();
    let known = |one: &&Why| one.sets.as_ref().is_some_and(|sets| sets.alone);
    let safe = all.proved.iter().filter(known).filter(|one| alone(one).next().is_none());
    let kinds = kinds_words(all.scope);
    let lists = [
        (format!("No single one of the {kinds} that protects"), safe.collect::<Vec<_>>()),
        (
            format!("Not all single points are known: --limit {} was reached", answer.limit),
            all.proved.iter().filter(|one| !known(one)).collect(),
        ),
    ];
    for (heading, those) in lists.into_iter().filter(|(_, those)| !those.is_empty()) {
        page.heading(&format!("{heading}: {}", counted(those.len(), "principal")));
        names(&those.iter().map(|one| one.principal.as_str()).collect::<Vec<_>>(), page);
        page.blank();
    }
    page.line(&format!(
        "`ringfence why {} PRINCIPAL` shows all sets, and what is allowed without each.",
        answer.guardrail.id
    ));
    page.blank();
}

fn names(principals: &[&str], page: &mut Page) {
    for principal in principals.iter().take(PRINCIPALS) {
        page.line(&format!("       {principal}"));
    }
    if principals.len() > PRINCIPALS {
        page.line(&format!(
            "       and {} more; `-o json` names all",
            principals.len().saturating_sub(PRINCIPALS)
        ));
    }
}
