//! How many combinations there are, without going through them one by one.
//!
//! While the finite choices are settled, what is left falls apart into groups of atoms that no clause and no text has in common. The values
//! of one group go with all those of another, so that their numbers are multiplied, and those of each way to settle the choices are added.

use std::collections::BTreeMap;

use super::{Asked, Combinations, Next, Space};
use crate::certify::theory::attributes_of;
use crate::wildcard::Theory;

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// So many.
    Exactly(usize),
    /// More than was asked about.
    More,
    /// Not decided.
    Unknown,
}

impl Space<'_> {
    /// Whether there are at most `limit` combinations.
    pub(crate) fn size(&self, limit: usize, theory: &mut Theory) -> Size {
        let choosing: Vec<i32> = self.choices.values().flat_map(BTreeMap::values).copied().collect();
        let mut settled = Combinations::new(self);
        let mut alone = Combinations::new(self);
        let mut sum = 0_usize;
        loop {
            match settled.next_of(&Asked { counted: &choosing, ..Asked::default() }, theory) {
                Next::End => return Size::Exactly(sum),
                Next::GaveUp | Next::Unbuilt => return Size::Unknown,
                Next::Combination(found) => {
                    // Leaving a model out takes it back: the values are those of the interpretation.
                    let value = |variable: i32, id| {
                        let atom = self.formula.terms.atom(id);
                        let holds = atom.is_some_and(|atom| found.atom(self.formula, atom));
                        if holds { variable } else { -variable }
                    };
                    let all = self.variables.iter().map(|(id, variable)| value(*variable, *id));
                    let is_counted = |literal: &i32| self.counted.binary_search(&literal.abs()).is_ok();
                    let values: Vec<i32> = all.filter(is_counted).collect();
                    match product(self, &mut alone, &values, limit - sum, theory) {
                        Size::Exactly(count) => sum += count,
                        other @ (Size::More | Size::Unknown) => return other,
                    }
                    if sum > limit {
                        return Size::More;
                    }
                }
            }
        }
    }

    /// The counted variables that `units` leave open, in groups of which no clause and no text names two.
    fn groups(&self, units: &[i32]) -> Vec<Group> {
        let mut known: Vec<Option<bool>> = vec![None; self.last + 1];
        let set = |known: &mut Vec<Option<bool>>, literal: i32| {
            if let Some(slot) = known.get_mut(literal.unsigned_abs() as usize) {
                *slot = Some(literal > 0);
            }
        };
        units.iter().for_each(|literal| set(&mut known, *literal));
        let value = |known: &[Option<bool>], literal: i32| {
            let value = known.get(literal.unsigned_abs() as usize).copied().flatten();
            value.map(|value| value == (literal > 0))
        };
        let mut open: Vec<&Vec<i32>> = self.clauses.iter().collect();
        loop {
            let mut changed = false;
            open.retain(|clause| {
                if clause.iter().any(|literal| value(&known, *literal) == Some(true)) {
                    return false;
                }
                let mut left = clause.iter().filter(|literal| value(&known, **literal).is_none());
                if let (Some(only), None) = (left.next(), left.next()) {
                    set(&mut known, *only);
                    changed = true;
                    return false;
                }
                true
            });
            if !changed {
                break;
            }
        }
        let mut sets = Sets((0..=self.last).collect());
        for clause in open {
            let left = clause.iter().filter(|literal| value(&known, **literal).is_none());
            let left: Vec<usize> = left.map(|literal| literal.unsigned_abs() as usize).collect();
            left.iter().zip(left.iter().skip(1)).for_each(|(one, other)| sets.join(*one, *other));
        }
        // Atoms about the same text go together, whether or not they are settled: a settled one may bind two texts.
        let mut first_about = BTreeMap::new();
        for (id, variable) in &self.variables {
            let Some(atom) = self.formula.terms.atom(*id) else { continue };
            let place = variable.unsigned_abs() as usize;
            for attribute in attributes_of(atom) {
                let first = *first_about.entry(attribute).or_insert(place);
                sets.join(first, place);
            }
        }
        let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
        for variable in self.variables.values() {
            let group = groups.entry(sets.leader(variable.unsigned_abs() as usize)).or_default();
            group.about.push(*variable);
            if value(&known, *variable).is_none() && self.counted.binary_search(variable).is_ok() {
                group.open.push(*variable);
            }
        }
        groups.into_values().filter(|group| !group.open.is_empty()).collect()
    }
}

/// Atoms that have something to do with each other.
#[derive(Debug, Default)]
struct Group {
    /// The counted variables that are open, ascending.
    open: Vec<i32>,
    /// These, and the settled ones that are about the same texts, ascending.
    about: Vec<i32>,
}

/// Whether there are at most `limit` with the choices of `values`: the values of the counted variables in one combination.
fn product(
    space: &Space<'_>,
    alone: &mut Combinations<'_, '_>,
    values: &[i32],
    limit: usize,
    theory: &mut Theory,
) -> Size {
    let choosing: Vec<i32> = space.choices.values().flat_map(BTreeMap::values).copied().collect();
    let units: Vec<i32> =
        values.iter().copied().filter(|literal| choosing.contains(&literal.abs())).collect();
    let mut product = 1_usize;
    for group in space.groups(&units) {
        let guard = alone.variable();
        let others =
            values.iter().copied().filter(|literal| group.open.binary_search(&literal.abs()).is_err());
        let under: Vec<i32> = others.chain([guard]).collect();
        let asked =
            Asked { counted: &group.open, about: Some(&group.about), under: &under, guard: Some(guard) };
        let mut count = 0_usize;
        loop {
            match alone.next_of(&asked, theory) {
                Next::End => break,
                Next::GaveUp | Next::Unbuilt => return Size::Unknown,
                Next::Combination(_) => count += 1,
            }
            if product.saturating_mul(count) > limit {
                return Size::More;
            }
        }
        product = product.saturating_mul(count);
    }
    Size::Exactly(product)
}

/// Disjoint sets of numbers.
struct Sets(Vec<usize>);

impl Sets {
    fn leader(&mut self, mut place: usize) -> usize {
        while let Some(next) = self.0.get(place).copied().filter(|next| *next != place) {
            let over = self.0.get(next).copied().unwrap_or(next);
            if let Some(slot) = self.0.get_mut(place) {
                *slot = over;
            }
            place = next;
        }
        place
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.leader(one), self.leader(other));
        if let Some(slot) = self.0.get_mut(one.max(other)) {
            *slot = one.min(other);
        }
    }
}
