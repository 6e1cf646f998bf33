//! What the verdict on one principal rests on, for people.

use std::collections::BTreeSet;

use ringfence_solver::guardrail::GuardrailKind;
use ringfence_solver::report::Scope;
use ringfence_solver::verdict::{Reason, Verdict, VerdictWord};
use ringfence_solver::why::{Part, Sets, Why};

use super::{fixed_lines, kinds_words, part_words};
use crate::command::why::Answer;
use crate::findings::verdict_words;
use crate::output::human::{Page, Scene, counted, section, witness, witness_in_short};

/// Minimal sets that are shown; `-o json` has all.
const SETS: usize = 12;
/// Sets of several without which it fails that are shown with what is allowed then.
const TOGETHER: usize = 4;

type Found = Sets<Part, Verdict>;
/// A set without which the proof fails, with what takes its place.
type Breaking = (BTreeSet<Part>, Verdict);

pub(super) fn render(answer: &Answer<'_>, one: &Why, page: &mut Page) {
    page.verdict(one.verdict.word(), verdict_words(one.verdict.word(), one.scope));
    page.end();
    page.line(&format!("  {} ({})", answer.guardrail.id, answer.guardrail.kind.name()));
    page.line(&format!("  {}", one.principal));
    page.blank();
    match (&one.verdict, &one.sets) {
        (Verdict::Proved(_), Some(sets)) => proved(answer, one, sets, page),
        (Verdict::Proved(_), None) => {
            page.line("What it rests on could not be looked for: see the notes.");
        }
        (Verdict::Refuted(found), _) => {
            page.line("It is not proved, so there is nothing that a proof rests on.");
            witness(scene(answer), &one.principal, found, page);
        }
        (Verdict::Inconclusive(reason), _) => {
            page.line("It is not proved, so there is nothing that a proof rests on.");
            open(reason, page);
        }
        (Verdict::NotApplicable, _) => page.line("The question does not arise for this principal."),
    }
    if one.verdict.word() != VerdictWord::Proved {
        page.blank();
    }
}

fn scene<'a>(answer: &Answer<'a>) -> Scene<'a> {
    Scene { world: answer.world, tables: answer.tables }
}

fn open(reason: &Reason, page: &mut Page) {
    page.line(&format!("     undecided   {} [{}]", reason.text(), reason.code()));
}

fn proved(answer: &Answer<'_>, one: &Why, sets: &Found, page: &mut Page) {
    resting(answer, one, sets, page);
    let (alone, together): (Vec<_>, Vec<_>) = sets.breaking.iter().partition(|(set, _)| set.len() == 1);
    let holds_without_all = sets.resting.iter().any(BTreeSet::is_empty);
    if !(holds_without_all && alone.is_empty() && sets.alone) {
        single_points(answer, one, (&alone, sets), page);
    }
    if !holds_without_all {
        others(answer, one, (&alone, &together), page);
    }
    fixed(answer, one, page);
}

/// The minimal sets.
fn resting(answer: &Answer<'_>, one: &Why, sets: &Found, page: &mut Page) {
    let kinds = kinds_words(one.scope);
    if sets.resting.iter().any(BTreeSet::is_empty) {
        if one.parts == 0 {
            page.line("There is nothing that could be taken away.");
        } else {
            page.line(&format!(
                "It rests on none of the {kinds} that could be taken away, {} in all:",
                one.parts
            ));
            page.line("it holds without all of them.");
        }
        aside(one, page);
        page.blank();
        return;
    }
    page.heading(&match (sets.complete, sets.resting.len()) {
        (true, count) => format!("It rests on {} of {kinds}", counted(count, "minimal set")),
        (false, 0) => format!("Which {kinds} it rests on was not found"),
        (false, count) => format!("It rests on {} or more of {kinds}", counted(count, "minimal set")),
    });
    let each = if sets.resting.is_empty() { "" } else { " Each set suffices by itself." };
    page.line(&format!(
        "  {} could be taken away; judged {}.{each}",
        one.parts,
        counted(sets.judged, "time")
    ));
    aside(one, page);
    if !sets.complete {
        page.line(&format!(
            "  Not all sets are known: --limit {} was reached, or there are too many.",
            answer.limit
        ));
    }
    for (index, set) in sets.resting.iter().take(SETS).enumerate() {
        page.line(&format!("  {}.", index.saturating_add(1)));
        parts(answer, one, set, page);
    }
    if sets.resting.len() > SETS {
        let more = counted(sets.resting.len().saturating_sub(SETS), "more set");
        page.line(&format!("  and {more}; `-o json` has all"));
    }
    page.blank();
}

fn parts(answer: &Answer<'_>, one: &Why, set: &BTreeSet<Part>, page: &mut Page) {
    for part in set {
        page.line(&format!("     {}", part_words(part, Some(&one.principal), answer.world)));
    }
}

/// What was not taken away together with others, and why.
fn aside(one: &Why, page: &mut Page) {
    if one.aside > 0 {
        page.line(
            "  Its boundary says what is outside, so that without a Deny of it less would be asked: the",
        );
        page.line(&format!(
            "  sets leave it whole. Each of its Deny statements, {}, was taken away by itself.",
            one.aside
        ));
    }
}

/// What alone protects the principal.
fn single_points(answer: &Answer<'_>, one: &Why, (alone, sets): (&[&Breaking], &Found), page: &mut Page) {
    let all = sets.alone;
    page.heading(&match (all, alone.len()) {
        (true, count) => format!("Single points of failure: {count}"),
        (false, 0) => "Single points of failure: not known".to_owned(),
        (false, count) => format!("Single points of failure: {count} or more"),
    });
    if !all {
        page.line("  Not every statement was taken away by itself: there may be more.");
    } else if alone.is_empty() {
        page.line("  It holds without any one of them.");
    }
    let able = matches!(answer.guardrail.kind, GuardrailKind::MustBeAble { .. });
    for (part, verdict) in alone.iter().flat_map(|(set, verdict)| set.iter().map(move |part| (part, verdict)))
    {
        let only = sets.complete && sets.resting == [BTreeSet::from([part.clone()])];
        page.line(match (only, able) {
            (true, true) => "  Of all that could be taken away only this makes it possible:",
            (true, false) => "  Of all that could be taken away only this protects it:",
            (false, _) => "  Nothing makes up for this:",
        });
        page.line(&format!("     {}", part_words(part, Some(&one.principal), answer.world)));
        page.line(match part {
            Part::Statement(_) | Part::InVersion(..) => "  Without it:",
            Part::ServiceControl(_) | Part::PermissionsBoundary | Part::Identity => {
                "  If everything were allowed there:"
            }
        });
        instead(answer, one, verdict, page);
    }
    page.blank();
}

/// The other parts, each in the smallest set without which it fails.
fn others(answer: &Answer<'_>, one: &Why, (alone, together): (&[&Breaking], &[&Breaking]), page: &mut Page) {
    let mut told: BTreeSet<&Part> = alone.iter().flat_map(|(set, _)| set).collect();
    let mut smallest: Vec<&Breaking> = Vec::new();
    for found in together {
        if !found.0.iter().all(|part| told.contains(part)) {
            told.extend(&found.0);
            smallest.push(found);
        }
    }
    if smallest.is_empty() {
        return;
    }
    page.heading("What fails together");
    page.line("  Without any one of these alone the proof still holds.");
    for (set, verdict) in smallest.iter().take(TOGETHER) {
        page.line(&format!("  Without all {} of these:", set.len()));
        parts(answer, one, set, page);
        page.line("  this comes of it:");
        instead(answer, one, verdict, page);
    }
    if together.len() > smallest.len().min(TOGETHER) {
        let more = together.len().saturating_sub(smallest.len().min(TOGETHER));
        page.line(&format!("  {} without which it fails; `-o json` has all", counted(more, "more set")));
    }
    page.blank();
}

/// What takes the place of the proof.
fn instead(answer: &Answer<'_>, one: &Why, verdict: &Verdict, page: &mut Page) {
    match verdict {
        Verdict::Refuted(found) => witness_in_short(scene(answer), &one.principal, found, page),
        Verdict::Inconclusive(reason) => open(reason, page),
        Verdict::NotApplicable => page.line("     the question does not arise"),
        Verdict::Proved(_) => {}
    }
}

/// What nobody takes away.
fn fixed(answer: &Answer<'_>, one: &Why, page: &mut Page) {
    match one.scope {
        Scope::OneRequest => {
            let lines = fixed_lines(&one.fixed, answer.world);
            section("It also rests on what was not taken away", &lines, page);
            if one.verdict.word() == VerdictWord::Proved && one.sets.iter().any(has_layers) {
                page.line(
                    "Layers are those of the principal itself: that roles which act for it, of services and",
                );
                page.line("agents, may do too little is taken as it is.");
                page.blank();
            }
        }
        Scope::Steps => {
            page.line("Over steps only Deny statements are taken away: that policies allow too little");
            page.line("somewhere is taken as it is. `--one-step` looks at that too, request by request.");
            page.blank();
        }
    }
}

/// Some set has a layer in it.
fn has_layers(sets: &Found) -> bool {
    let is_layer = |part: &Part| !matches!(part, Part::Statement(_) | Part::InVersion(..));
    sets.resting.iter().flatten().any(is_layer)
}
