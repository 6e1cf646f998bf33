//! What a change adds and takes away, for people: the relation, then who may do what that was not so, each cause once.

use std::collections::BTreeMap;

use ringfence_model::request::Decision;
use ringfence_solver::check::comparison::{Compared, GuardrailChange, Presence, Relation};
use ringfence_solver::verdict::{Verdict, VerdictWord};
use ringfence_solver::witness::{ReplayedRequest, Witness};

use super::relation_words;
use crate::command::compare::{Answer, Side};
use crate::findings::verdict_words;
use crate::output::human::{
    Page, Scene, counted, layer_name, policy_name, section, statement_words, witness_in_short,
};

/// Differences that are shown with their requests; `-o json` has all.
const SHOWN: usize = 12;
/// Principals that are named for one of them.
const NAMED: usize = 8;

/// The answer for people.
pub(crate) fn text(answer: &Answer<'_>) -> String {
    let mut page = Page::default();
    let relation = answer.found.relation();
    page.verdict(word(relation), relation_words(relation));
    page.end();
    page.line(&format!("  old  {}", answer.old.path));
    page.line(&format!("  new  {}", answer.new.path));
    page.blank();
    counts(answer, &mut page);
    for (heading, presence, direction) in [
        ("Allowed now, and not before", Presence::Both, Direction::Gained),
        ("Allowed to new principals", Presence::Added, Direction::Gained),
        ("Not allowed any more", Presence::Both, Direction::Lost),
        ("Allowed to principals that are gone", Presence::Removed, Direction::Lost),
    ] {
        let found = answer.found.principals.iter().filter(|one| one.presence == presence);
        differences(answer, heading, found, direction, &mut page);
    }
    undecided(answer, &mut page);
    guardrails(answer, &mut page);
    section("Notes", &answer.notes, &mut page);
    page.line(&format!("This answer ends with exit code {}.", answer.status.code()));
    page.into_text()
}

/// Which world allows what the other does not.
#[derive(Clone, Copy)]
enum Direction {
    Gained,
    Lost,
}

impl Direction {
    fn of(self, one: &Compared) -> &Verdict {
        match self {
            Self::Gained => &one.gained,
            Self::Lost => &one.lost,
        }
    }

    /// The world that allows it, and the other, with the word for its time.
    fn sides<'a, 'b>(self, answer: &'b Answer<'a>) -> (&'b Side<'a>, &'b Side<'a>, &'static str) {
        match self {
            Self::Gained => (&answer.new, &answer.old, "before"),
            Self::Lost => (&answer.old, &answer.new, "now"),
        }
    }
}

/// The colour of a relation.
fn word(relation: Relation) -> VerdictWord {
    match relation {
        Relation::Equivalent | Relation::Narrower | Relation::EquivalentOrNarrower => VerdictWord::Proved,
        Relation::Broader | Relation::Incomparable | Relation::BroaderOrIncomparable => VerdictWord::Refuted,
        Relation::Undecided => VerdictWord::Inconclusive,
    }
}

fn counts(answer: &Answer<'_>, page: &mut Page) {
    let mut relations: BTreeMap<&str, usize> = BTreeMap::new();
    let in_both = answer.found.principals.iter().filter(|one| one.presence == Presence::Both);
    let both = in_both.clone().count();
    for one in in_both {
        *relations.entry(one.relation().name()).or_insert(0) += 1;
    }
    let by_relation: Vec<String> = relations.iter().map(|(name, count)| format!("{count} {name}")).collect();
    page.line(&format!("{} in both worlds: {}", counted(both, "principal"), by_relation.join(", ")));
    let only = |presence| answer.found.principals.iter().filter(|one| one.presence == presence).count();
    let (added, removed) = (only(Presence::Added), only(Presence::Removed));
    if added + removed > 0 {
        page.line(&format!("{added} in the new one alone, {removed} in the old one alone"));
    }
    page.blank();
}

/// What makes two differences one: the action, the statements that allow it, and those that deny it in the other world.
fn cause(witness: &Witness) -> String {
    let cite = |replayed: &ReplayedRequest| {
        let mut statements: Vec<String> = replayed
            .deciding
            .iter()
            .map(|one| format!("{:?} {} {}", one.policy_type, one.location.file, one.location.line))
            .collect();
        statements.dedup();
        format!("{} {}", replayed.request.action, statements.join(" "))
    };
    let both = witness.requests().iter().chain(witness.elsewhere()).map(cite);
    both.collect::<Vec<_>>().join("; ")
}

fn differences<'c>(
    answer: &Answer<'_>,
    heading: &str,
    found: impl Iterator<Item = &'c Compared>,
    direction: Direction,
    page: &mut Page,
) {
    let mut causes: Vec<(String, &Witness, Vec<&str>)> = Vec::new();
    for one in found {
        let Verdict::Refuted(witness) = direction.of(one) else { continue };
        let cause = cause(witness);
        match causes.iter_mut().find(|(known, ..)| *known == cause) {
            Some((.., principals)) => principals.push(&one.principal),
            None => causes.push((cause, witness, vec![&one.principal])),
        }
    }
    if causes.is_empty() {
        return;
    }
    let principals: usize = causes.iter().map(|(.., principals)| principals.len()).sum();
    page.heading(&format!("{heading}: {}", counted(principals, "principal")));
    for (_, witness, principals) in causes.iter().take(SHOWN) {
        for principal in principals.iter().take(NAMED) {
            page.line(&format!("  {principal}"));
        }
        if principals.len() > NAMED {
            page.line(&format!(
                "  and {}",
                counted(principals.len().saturating_sub(NAMED), "more principal")
            ));
        }
        let first = principals.first().copied().unwrap_or_default();
        let scene = Scene { world: direction.sides(answer).0.world, tables: answer.tables };
        witness_in_short(scene, first, witness, page);
        refused(answer, direction, witness, page);
        page.blank();
    }
    if causes.len() > SHOWN {
        page.line(&format!(
            "  and {}; `-o json` has all",
            counted(causes.len().saturating_sub(SHOWN), "more cause")
        ));
        page.blank();
    }
}

/// Why the other world does not allow it.
fn refused(answer: &Answer<'_>, direction: Direction, witness: &Witness, page: &mut Page) {
    let (_, other, label) = direction.sides(answer);
    for replayed in witness.elsewhere().iter().filter(|replayed| replayed.decision != Decision::Allow) {
        if replayed.decision == Decision::ImplicitDeny {
            page.line(&format!("     {label:<10}  nothing allows it"));
        }
        for statement in &replayed.deciding {
            let name = policy_name(&statement.policy, other.world);
            let words = statement_words(statement, &name);
            page.line(&format!("     {label:<10}  denied by {} {words}", layer_name(statement.policy_type)));
        }
    }
}

fn undecided(answer: &Answer<'_>, page: &mut Page) {
    let open = |verdict: &Verdict| match verdict {
        Verdict::Inconclusive(reason) => Some(format!("{} [{}]", reason.text(), reason.code())),
        Verdict::Proved(_) | Verdict::Refuted(_) | Verdict::NotApplicable => None,
    };
    let mut lines = Vec::new();
    for one in &answer.found.principals {
        let what = [("more", &one.gained), ("less", &one.lost)];
        for (direction, reason) in what.into_iter().filter_map(|(word, verdict)| Some((word, open(verdict)?)))
        {
            lines.push(format!("{}, whether it may do {direction}: {reason}", one.principal));
        }
    }
    let more = lines.len().saturating_sub(SHOWN);
    lines.truncate(SHOWN);
    if more > 0 {
        lines.push(format!("and {more} more; `-o json` has all"));
    }
    section("Undecided", &lines, page);
}

fn guardrails(answer: &Answer<'_>, page: &mut Page) {
    if answer.found.guardrails.is_empty() {
        return;
    }
    page.heading("Guardrails");
    for guardrail in &answer.found.guardrails {
        let counts = |counts: &BTreeMap<VerdictWord, usize>| {
            let each = counts
                .iter()
                .rev()
                .map(|(word, count)| format!("{count} {}", verdict_words(*word, guardrail.scope)));
            each.collect::<Vec<_>>().join(", ")
        };
        let (before, after) = (counts(&guardrail.before), counts(&guardrail.after));
        let changes: Vec<&GuardrailChange> =
            answer.found.changes.iter().filter(|change| change.guardrail == guardrail.id).collect();
        let whole = if changes.is_empty() {
            format!("  {}: nothing changes ({after})", guardrail.id)
        } else {
            format!("  {}: {before} before; {after} now", guardrail.id)
        };
        page.line(&whole);
        for change in changes.iter().take(SHOWN) {
            let words = |verdict: &Option<Verdict>| {
                verdict.as_ref().map_or("not asked", |verdict| verdict_words(verdict.word(), change.scope))
            };
            page.line(&format!(
                "     {}: {} before, {} now",
                change.principal,
                words(&change.before),
                words(&change.after)
            ));
        }
        if changes.len() > SHOWN {
            page.line(&format!("     and {} more; `-o json` has all", changes.len().saturating_sub(SHOWN)));
        }
    }
    page.blank();
}
