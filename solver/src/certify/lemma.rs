//! Lemmas with what shows them: conflicts in the words of the kernel.

use std::collections::{BTreeMap, VecDeque};

use indexmap::IndexSet;
use ringfence_kernel as kernel;
use rustc_hash::FxBuildHasher;

use super::skeleton::Skeleton;
use super::theory::{Conflict, Source, Why};
use crate::term::{AtomId, Attribute};

/// Makes lemmas of conflicts, with automata kept from one to the next.
#[derive(Debug)]
pub(super) struct Lemmas<'a> {
    skeleton: &'a Skeleton,
    variables: BTreeMap<AtomId, i32>,
    attributes: BTreeMap<Attribute, u32>,
    automata: BTreeMap<kernel::Language, kernel::Automaton>,
    /// States of one product.
    limit: usize,
}

impl<'a> Lemmas<'a> {
    pub(super) fn new(skeleton: &'a Skeleton, limit: usize) -> Self {
        Self {
            skeleton,
            variables: skeleton.atoms.iter().copied().zip(1..).collect(),
            attributes: skeleton.attributes.iter().copied().zip(0..).collect(),
            automata: BTreeMap::new(),
            limit,
        }
    }

    /// The clause that says that not all literals of the conflict hold.
    pub(super) fn clause(&self, conflict: &Conflict) -> Vec<i32> {
        let negation = |literal: &crate::backend::Literal| {
            let variable = self.variables.get(&literal.atom).copied().unwrap_or(0);
            if literal.positive { -variable } else { variable }
        };
        conflict.literals.iter().map(negation).collect()
    }

    /// The lemma; none if its product of automata has too many states, or if the kernel's languages do not exclude each
    /// other: of what texts read as, it knows less.
    pub(super) fn lemma(&mut self, conflict: &Conflict) -> Option<kernel::Lemma> {
        let clause = self.clause(conflict);
        let reason = match &conflict.why {
            Why::Constants => kernel::Reason::Constants,
            Why::Bounds => kernel::Reason::Bounds,
            Why::Address => kernel::Reason::Address,
            Why::Text(attribute, sources) => {
                let attribute = self.attributes.get(attribute).copied()?;
                let components = sources.iter().map(|source| self.reference(*source, conflict));
                let components: Vec<i32> = components.collect::<Option<_>>()?;
                kernel::Reason::Text(self.closed_set(&clause, attribute, components)?)
            }
        };
        Some(kernel::Lemma { clause, reason })
    }

    fn reference(&self, source: Source, conflict: &Conflict) -> Option<i32> {
        match source {
            Source::Literal(literal) => {
                let place = conflict.literals.iter().position(|other| *other == literal)?;
                i32::try_from(place).ok()
            }
            Source::Domain(attribute) => {
                let number = self.attributes.get(&attribute)?;
                i32::try_from(*number).ok().map(|number| -1 - number)
            }
        }
    }

    /// All product states that are reached from the start.
    fn closed_set(
        &mut self,
        clause: &[i32],
        attribute: u32,
        references: Vec<i32>,
    ) -> Option<kernel::ClosedSet> {
        let components = kernel::components(&self.skeleton.claim, clause, attribute, &references).ok()?;
        for component in &components {
            if !self.automata.contains_key(&component.language) {
                let automaton = kernel::Automaton::new(&component.language);
                self.automata.insert(component.language.clone(), automaton);
            }
        }
        let mut visited: IndexSet<Vec<Option<usize>>, FxBuildHasher> = IndexSet::default();
        visited.insert(vec![Some(0); components.len()]);
        let mut open = VecDeque::from([0]);
        while let Some(index) = open.pop_front() {
            let state = visited.get_index(index).cloned()?;
            if self.accepts(&components, &state) {
                return None;
            }
            for target in self.successors(&components, &state) {
                if visited.insert(target) {
                    open.push_back(visited.len() - 1);
                }
            }
            if visited.len() > self.limit {
                return None;
            }
        }
        let mut numbers: Vec<IndexSet<usize, FxBuildHasher>> = vec![IndexSet::default(); components.len()];
        let mut product = Vec::with_capacity(visited.len() * components.len());
        for state in &visited {
            for (place, numbers) in state.iter().zip(&mut numbers) {
                let number = place.map_or(0, |place| numbers.insert_full(place).0 + 1);
                product.push(number);
            }
        }
        let sets = components.iter().zip(&numbers).map(|(component, numbers)| {
            let automaton = self.automata.get(&component.language)?;
            Some(numbers.iter().map(|state| automaton.set(*state).to_vec()).collect())
        });
        let states = sets.collect::<Option<_>>()?;
        Some(kernel::ClosedSet { attribute, components: references, states, product })
    }

    /// Whether the texts that lead to the state are in the languages, and outside the others.
    fn accepts(&self, components: &[kernel::Component], state: &[Option<usize>]) -> bool {
        components.iter().zip(state).all(|(component, place)| {
            let automaton = self.automata.get(&component.language);
            automaton.zip(*place).is_some_and(|(found, place)| found.is_accepting(place)) == component.inside
        })
    }

    /// The product states to which some character leads, and from which something may still be accepted.
    fn successors(
        &mut self,
        components: &[kernel::Component],
        state: &[Option<usize>],
    ) -> Vec<Vec<Option<usize>>> {
        let mut transitions = Vec::with_capacity(components.len());
        let mut cuts = vec![0];
        for (component, place) in components.iter().zip(state) {
            let automaton = self.automata.get_mut(&component.language);
            let edges = automaton.and_then(|automaton| place.map(|place| automaton.transitions(place)));
            cuts.extend(edges.iter().flat_map(|edges| edges.iter()).flat_map(|edge| [edge.0, edge.1 + 1]));
            transitions.push(edges);
        }
        cuts.retain(|cut| *cut <= 0x0010_FFFF);
        cuts.sort_unstable();
        cuts.dedup();
        let target = |cut: u32| {
            let places = components.iter().zip(&transitions).map(|(component, edges)| {
                let next = edges.as_ref().and_then(|edges| {
                    let place = edges.partition_point(|edge| edge.1 < cut);
                    edges.get(place).filter(|edge| edge.0 <= cut).map(|edge| edge.2)
                });
                let total =
                    |next| self.automata.get(&component.language).is_some_and(|found| found.is_total(next));
                let hopeless = next.map_or(component.inside, |next| !component.inside && total(next));
                (!hopeless).then_some(next)
            });
            places.collect::<Option<Vec<_>>>()
        };
        cuts.into_iter().filter_map(target).collect()
    }
}
