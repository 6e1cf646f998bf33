//! What stops the primitives that do not fire: those that the same stops are told together.

use std::collections::BTreeSet;

use ringfence_model::world::World;
use ringfence_solver::formula::Restriction;
use ringfence_solver::steps::verdict::{ClosedSet, StoppedBy};

use crate::output::human::{Page, counted, layer_name, policy_name, statement_words};
use crate::output::question::layer_words;

/// So wide a list of primitives is, at most.
const WIDTH: usize = 140;

/// So many lines of them are shown for each reason.
const LINES: usize = 4;

/// The ids of those for which `why` holds.
pub(super) fn because<'c>(closed: &'c ClosedSet, why: &StoppedBy) -> Vec<&'c str> {
    let those = closed.stopped.iter().filter(|stopped| stopped.by == *why);
    those.flat_map(|stopped| &stopped.primitives).map(|(id, _)| id.as_str()).collect()
}

/// All of it for people.
pub(super) fn text(closed: &ClosedSet, world: &World, page: &mut Page) {
    for stopped in &closed.stopped {
        let StoppedBy::Policies(refusal) = &stopped.by else { continue };
        page.line(&format!("  {} stopped:", counted(stopped.primitives.len(), "primitive")));
        for words in restriction_words(&refusal.by, world) {
            page.line(&format!("    by          {words}"));
        }
        for statement in &refusal.near {
            let words = statement_words(statement, &policy_name(&statement.policy, world));
            page.line(&format!("    too narrow  {} {words}", layer_name(statement.policy_type)));
        }
        let ids = stopped.primitives.iter().map(|(id, actions)| format!("{id} ({})", actions.join(" or ")));
        list(&ids.collect::<Vec<_>>(), page);
    }
    let others = [
        (StoppedBy::Accounts, "would have to be made from an account in which nobody here is held"),
        (StoppedBy::NotKnown, "hang on policies of resources that no file names, as what is missing says"),
        (StoppedBy::NothingThere, "have nothing that they could be about"),
        (StoppedBy::NothingGained, "would add nothing to what may fire"),
    ];
    for (why, words) in others {
        let ids = because(closed, &why);
        if !ids.is_empty() {
            page.line(&format!("  {} {words}:", counted(ids.len(), "primitive")));
            list(&ids.into_iter().map(str::to_owned).collect::<Vec<_>>(), page);
        }
    }
}

/// Each restriction in words, once.
fn restriction_words(by: &BTreeSet<Restriction>, world: &World) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for restriction in by {
        let text = match restriction {
            Restriction::Statement(statement) => {
                let name = policy_name(&statement.policy, world);
                format!("{} {}", layer_name(statement.policy_type), statement_words(statement, &name))
            }
            Restriction::Layer(layer) => layer_words(layer, true, true),
        };
        if !words.contains(&text) {
            words.push(text);
        }
    }
    words
}

/// The words with commas between them, in lines of some width; only the first, where they are many.
fn list(words: &[String], page: &mut Page) {
    let mut lines: Vec<String> = Vec::new();
    let mut left = words.len();
    for word in words {
        let fits = lines.last().is_some_and(|line| line.len().saturating_add(word.len()) <= WIDTH);
        if let Some(line) = lines.last_mut().filter(|_| fits) {
            line.push_str(", ");
            line.push_str(word);
        } else if lines.len() < LINES {
            lines.push(word.clone());
        } else {
            break;
        }
        left = left.saturating_sub(1);
    }
    if left > 0 {
        lines.push(format!("and {left} more: -o json lists all"));
    }
    let last = lines.len().saturating_sub(1);
    for (index, line) in lines.iter().enumerate() {
        page.line(&format!("      {line}{}", if index < last { "," } else { "" }));
    }
}
