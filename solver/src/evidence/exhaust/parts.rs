//! The parts of a claim, and their values under an interpretation.

use std::collections::BTreeMap;

use super::Claimed;
use crate::certify::enumerate::rule_of;
use crate::formula::{Formula, Openness};
use crate::interpretation::Interpretation;
use crate::term::{Flag, Term, Terms};

/// The parts of a claim as terms of its formula.
#[derive(Debug)]
pub(super) struct Parts {
    /// The rule of each restriction, what the goal asserts, then what is asserted of every request.
    terms: Vec<Term>,
    restrictions: usize,
    /// Bounds of the predicates that may be read in two ways: of each the lower, then the upper.
    bounds: Vec<Term>,
    is_open: bool,
}

impl Parts {
    /// Those of the claim.
    pub(super) fn of(claimed: &Claimed<'_>) -> Self {
        let encoded = claimed.question.encoded();
        let formula = &encoded.formula;
        let places: BTreeMap<Flag, usize> =
            formula.restrictions.iter().enumerate().map(|(index, entry)| (entry.0, index)).collect();
        let flags = places.keys().copied().collect();
        // A restriction without a rule requires nothing.
        let mut terms = vec![Terms::TRUE; formula.restrictions.len()];
        let mut background = Vec::new();
        for assertion in &formula.assertions {
            let place = rule_of(formula, *assertion, &flags).and_then(|flag| places.get(&flag));
            match place.and_then(|place| terms.get_mut(*place)) {
                Some(slot) => *slot = *assertion,
                None if encoded.symbols.goal == Some(*assertion) => {}
                None => background.push(*assertion),
            }
        }
        terms.push(encoded.symbols.goal.unwrap_or(Terms::TRUE));
        terms.extend(background);
        let bounds = formula.uncertain.iter().flat_map(|entry| [entry.lower, entry.upper]).collect();
        let is_open = formula.pins.iter().any(|entry| is_matter(entry.0));
        Self { terms, restrictions: formula.restrictions.len(), bounds, is_open }
    }

    /// Something is open that is no point.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// The values of the parts.
    pub(super) fn values(&self, formula: &Formula, interpretation: &Interpretation) -> Values {
        let mut held = interpretation.each(formula, &self.terms);
        let background = held.split_off(self.restrictions + 1).into_iter().all(|holds| holds);
        let goal = held.pop().unwrap_or(true);
        Values { held, goal, background }
    }

    /// The bounds of the uncertain predicates in their order: of each the lower, then the upper.
    pub(super) fn bounds(&self, formula: &Formula, interpretation: &Interpretation) -> Vec<bool> {
        interpretation.each(formula, &self.bounds)
    }
}

/// The values of a claim's parts.
#[derive(Clone, Debug)]
pub(super) struct Values {
    /// The restrictions of which the rule holds, by number.
    pub(super) held: Vec<bool>,
    /// What the goal asserts besides holds.
    pub(super) goal: bool,
    /// All that is asserted of every request holds.
    pub(super) background: bool,
}

impl Values {
    /// The rule of this restriction holds.
    pub(super) fn holds(&self, index: usize) -> bool {
        self.held.get(index).copied().unwrap_or(false)
    }

    /// All restrictions let the request pass.
    pub(super) fn allowed(&self) -> bool {
        self.held.iter().all(|held| *held)
    }
}

/// An open matter that is no point: the evaluator does not know it.
fn is_matter(openness: Openness) -> bool {
    !matches!(openness, Openness::Point(_))
}

/// The same values, with all restrictions assumed, readings free, and matters that are no points as they are absent, if `closed`, or free.
pub(super) fn pinned(formula: &Formula, interpretation: &Interpretation, closed: bool) -> Interpretation {
    let mut pinned = interpretation.clone();
    pinned.flags.resize(formula.flags.len(), false);
    let mut set = |flag: Flag, value: bool| {
        if let Some(slot) = pinned.flags.get_mut(flag.0 as usize) {
            *slot = value;
        }
    };
    for (flag, _) in &formula.restrictions {
        set(*flag, true);
    }
    for (openness, flag) in &formula.pins {
        set(*flag, closed && is_matter(*openness));
    }
    if let Some(agreement) = formula.agreement {
        set(agreement, false);
    }
    pinned
}
