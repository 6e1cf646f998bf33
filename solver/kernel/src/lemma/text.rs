//! No text is in some languages and outside others: a closed set of product states without an accepting one.

use std::collections::BTreeSet;

use super::{Lemmas, component};
use crate::claim::ClosedSet;
use crate::language::LAST;
use crate::premises::Premises;
use crate::rejection::LemmaFault;

/// A state of one automaton; none where the text so far is the start of no text of its language.
type Place = Option<usize>;

/// The automata by number, and whether the text is in their languages; and the product states.
struct Product {
    factors: Vec<(usize, bool)>,
    states: BTreeSet<Vec<Place>>,
}

impl Lemmas<'_> {
    /// Accepts if the product states contain the start, none accepts, and every character leads from each of them to
    /// one of them, or to a state from which nothing can be accepted any more.
    pub(super) fn no_text(&mut self, premises: &Premises<'_>, closed: &ClosedSet) -> Result<(), LemmaFault> {
        let product = self.product(premises, closed)?;
        if !product.states.contains(&vec![Some(0); product.factors.len()]) {
            return Err(LemmaFault::NoStart);
        }
        for state in &product.states {
            let mut factors = product.factors.iter().zip(state);
            let accepts = |(automaton, place): (usize, Place)| {
                self.automata
                    .get(automaton)
                    .zip(place)
                    .is_some_and(|(found, place)| found.is_accepting(place))
            };
            if factors.all(|((automaton, inside), place)| accepts((*automaton, *place)) == *inside) {
                return Err(LemmaFault::Accepting);
            }
            self.is_closed_at(&product, state)?;
        }
        Ok(())
    }

    /// The languages that the certificate names, and its states in the numbers of their automata here.
    fn product(&mut self, premises: &Premises<'_>, closed: &ClosedSet) -> Result<Product, LemmaFault> {
        let width = closed.components.len();
        if width == 0 || closed.states.len() != width || !closed.product.len().is_multiple_of(width) {
            return Err(LemmaFault::Malformed);
        }
        let mut factors = Vec::new();
        let mut numbers: Vec<Vec<Place>> = Vec::new();
        for (reference, sets) in closed.components.iter().zip(&closed.states) {
            let component = component(premises, closed.attribute, *reference)?;
            let number = self.automaton(component.language);
            let automaton = self.automata.get_mut(number).ok_or(LemmaFault::Malformed)?;
            let known = sets.iter().map(|set| Some(automaton.state(set.clone())));
            numbers.push(std::iter::once(None).chain(known).collect());
            factors.push((number, component.inside));
        }
        let state = |row: &[usize]| -> Option<Vec<Place>> {
            row.iter().zip(&numbers).map(|(place, known)| known.get(*place).copied()).collect()
        };
        let states = closed.product.chunks(width).map(|row| state(row).ok_or(LemmaFault::Malformed));
        Ok(Product { factors, states: states.collect::<Result<_, _>>()? })
    }

    /// Whether every character leads from `state` to one of the states, or where nothing is accepted any more.
    fn is_closed_at(&mut self, product: &Product, state: &[Place]) -> Result<(), LemmaFault> {
        let mut transitions = Vec::new();
        // All characters between two neighbouring cuts lead to the same states: together they are the whole alphabet.
        let mut cuts = vec![0];
        for ((automaton, _), place) in product.factors.iter().zip(state) {
            let automaton = self.automata.get_mut(*automaton).ok_or(LemmaFault::Malformed)?;
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
            let mut target: Vec<Place> = Vec::with_capacity(state.len());
            for ((automaton, inside), edges) in product.factors.iter().zip(&transitions) {
                let next = edges.as_ref().and_then(|edges| {
                    let place = edges.partition_point(|edge| edge.1 < cut);
                    edges.get(place).filter(|edge| edge.0 <= cut).map(|edge| edge.2)
                });
                let is_total = |next| self.automata.get(*automaton).is_some_and(|found| found.is_total(next));
                // Outside an inner language for good, or inside an outer one.
                if next.map_or(*inside, |next| !inside && is_total(next)) {
                    continue 'classes;
                }
                target.push(next);
            }
            if !product.states.contains(&target) {
                return Err(LemmaFault::NotClosed);
            }
        }
        Ok(())
    }
}
