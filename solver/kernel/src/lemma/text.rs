//! No text is in some languages and outside others: a closed set of product states without an accepting one.

use std::collections::BTreeSet;

use super::{Component, Lemmas, component};
use crate::claim::ClosedSet;
use crate::language::LAST;
use crate::premises::Premises;
use crate::rejection::LemmaFault;

/// One automaton of the product.
struct Factor {
    automaton: usize,
    inside: bool,
}

/// A state of one automaton; none where the text so far is the start of no text of its language.
type Place = Option<usize>;

impl Lemmas<'_> {
    /// Accepts if the product states contain the start, none accepts, and every character leads from each of them to
    /// one of them, or to a state from which nothing can be accepted any more.
    pub(super) fn no_text(&mut self, premises: &Premises<'_>, closed: &ClosedSet) -> Result<(), LemmaFault> {
        let mut factors = Vec::new();
        for reference in &closed.components {
            let Component { language, inside } = component(premises, closed.attribute, *reference)?;
            factors.push(Factor { automaton: self.automaton(language), inside });
        }
        let states = self.product_states(&factors, closed)?;
        if !states.contains(&vec![Some(0); factors.len()]) {
            return Err(LemmaFault::NoStart);
        }
        for state in &states {
            if self.is_accepting(&factors, state) {
                return Err(LemmaFault::Accepting);
            }
            self.is_closed_at(&factors, &states, state)?;
        }
        Ok(())
    }

    /// The product states that the certificate lists, in the numbers of the automata here.
    fn product_states(
        &mut self,
        factors: &[Factor],
        closed: &ClosedSet,
    ) -> Result<BTreeSet<Vec<Place>>, LemmaFault> {
        if closed.states.len() != factors.len() || factors.is_empty() {
            return Err(LemmaFault::Malformed);
        }
        let mut numbers: Vec<Vec<Place>> = Vec::new();
        for (factor, sets) in factors.iter().zip(&closed.states) {
            let automaton = self.automata.get_mut(factor.automaton).ok_or(LemmaFault::Malformed)?;
            let known = sets.iter().map(|set| Some(automaton.state(set.clone())));
            numbers.push(std::iter::once(None).chain(known).collect());
        }
        if !closed.product.len().is_multiple_of(factors.len()) {
            return Err(LemmaFault::Malformed);
        }
        let rows = closed.product.chunks(factors.len());
        let state = |row: &[usize]| -> Option<Vec<Place>> {
            let places = row.iter().zip(&numbers);
            places.map(|(place, known)| known.get(*place).copied()).collect()
        };
        rows.map(|row| state(row).ok_or(LemmaFault::Malformed)).collect()
    }

    fn is_accepting(&self, factors: &[Factor], state: &[Place]) -> bool {
        factors.iter().zip(state).all(|(factor, place)| {
            let accepts =
                |place| self.automata.get(factor.automaton).is_some_and(|found| found.is_accepting(place));
            place.is_some_and(accepts) == factor.inside
        })
    }

    /// Whether every character leads from `state` to one of `states`, or where nothing is accepted any more.
    fn is_closed_at(
        &mut self,
        factors: &[Factor],
        states: &BTreeSet<Vec<Place>>,
        state: &[Place],
    ) -> Result<(), LemmaFault> {
        let mut transitions = Vec::new();
        // All characters between two neighbouring cuts lead to the same states: together they are the whole alphabet.
        let mut cuts = vec![0, LAST + 1];
        for (factor, place) in factors.iter().zip(state) {
            let automaton = self.automata.get_mut(factor.automaton).ok_or(LemmaFault::Malformed)?;
            let edges = place.map(|place| automaton.transitions(place));
            cuts.extend(
                edges
                    .iter()
                    .flat_map(|edges| edges.iter())
                    .flat_map(|edge| [edge.0, edge.1.saturating_add(1)]),
            );
            transitions.push(edges);
        }
        cuts.retain(|cut| *cut <= LAST);
        cuts.sort_unstable();
        cuts.dedup();
        'classes: for cut in cuts {
            let mut target: Vec<Place> = Vec::with_capacity(factors.len());
            for (factor, edges) in factors.iter().zip(&transitions) {
                let next = edges.as_ref().and_then(|edges| {
                    let place = edges.partition_point(|edge| edge.1 < cut);
                    edges.get(place).filter(|edge| edge.0 <= cut).map(|edge| edge.2)
                });
                let total =
                    |next| self.automata.get(factor.automaton).is_some_and(|found| found.is_total(next));
                // Outside an inner language for good, or inside an outer one.
                if next.map_or(factor.inside, |next| !factor.inside && total(next)) {
                    continue 'classes;
                }
                target.push(next);
            }
            if !states.contains(&target) {
                return Err(LemmaFault::NotClosed);
            }
        }
        Ok(())
    }
}
