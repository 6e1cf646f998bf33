//! The languages that the kernel makes of what a text reads as: whatever reads and compares so must be in them.

use std::cmp::Ordering;

use ringfence_kernel::{Atom, Attribute, Automaton, Claim, Comparison, Domain, Kind, components};
use ringfence_solver::text::print_address;
use ringfence_solver::wildcard::Reading;
use ringfence_solver::wildcard::reading::Against;

pub(crate) fn accepts(automaton: &mut Automaton, text: &str) -> bool {
    let mut state = 0;
    for character in text.chars().map(u32::from) {
        let transitions = automaton.transitions(state);
        match transitions.iter().find(|edge| (edge.0..=edge.1).contains(&character)) {
            Some(edge) => state = edge.2,
            None => return false,
        }
    }
    automaton.is_accepting(state)
}

/// Whether `text` is in the language that the kernel makes of the literal of a claim's only atom, about a text that
/// reads so.
fn admits(atom: &Atom, holds: bool, kind: Kind, text: &str) -> Result<bool, String> {
    let claim = Claim {
        format: Claim::FORMAT.to_owned(),
        languages: Vec::new(),
        attributes: vec![Attribute { name: String::new(), domain: Domain::Reads(kind) }],
        atoms: vec![atom.clone()],
        variables: 1,
        clauses: Vec::new(),
    };
    let clause = [if holds { -1 } else { 1 }];
    let found = components(&claim, &clause, 0, &[0]).map_err(|fault| format!("{atom:?}: {fault:?}"))?;
    let [component] = found.as_slice() else { return Err(format!("{} components", found.len())) };
    Ok(component.inside && accepts(&mut Automaton::new(&component.language), text))
}

/// How many of the literals that `reading` makes admit the text though it does not fit, and how many exclude it.
///
/// # Errors
/// When one excludes a text that fits.
pub(crate) fn slack(reading: &Reading, text: &str) -> Result<[u32; 2], String> {
    let compares = |kind, against: &Against| {
        let admits = |ordering| against.orders.admits(ordering);
        let comparison = match (admits(Ordering::Less), admits(Ordering::Equal)) {
            (true, true) => Comparison::AtMost,
            (true, false) => Comparison::Less,
            (false, _) => Comparison::Equal,
        };
        Atom::Compares(0, kind, comparison, against.constant.to_string())
    };
    let (kind, all, atom) = match reading {
        Reading::Number(Some(against)) => {
            (Kind::Number, Reading::Number(None), compares(Kind::Number, against))
        }
        Reading::Instant(Some(against)) => {
            (Kind::Instant, Reading::Instant(None), compares(Kind::Instant, against))
        }
        Reading::Address(Some(prefix)) => {
            let written = format!("{}/{}", print_address(prefix.v6, prefix.bits), prefix.length);
            (Kind::Address, Reading::Address(None), Atom::Within(0, written))
        }
        Reading::Number(None) | Reading::Instant(None) | Reading::Address(None) => return Ok([0, 0]),
    };
    let (reads, fits) = (all.accepts(text), reading.accepts(text));
    let mut literals = vec![(Atom::Reads(0, kind), true, reads), (atom.clone(), true, fits)];
    if kind != Kind::Address {
        literals.push((atom, false, reads && !fits));
    }
    let mut counts = [0, 0];
    for (atom, holds, fits) in literals {
        match (fits, admits(&atom, holds, kind, text)?) {
            (true, true) => {}
            (true, false) => return Err(format!("the kernel excludes {text:?} by {atom:?}, {holds}")),
            (false, admitted) => counts[usize::from(!admitted)] += 1,
        }
    }
    Ok(counts)
}
