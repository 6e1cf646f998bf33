//! How many combinations there are, without going through them one by one.
//!
//! While the finite choices are settled, what is left falls apart into groups of atoms that no clause and no text has in common. The values
//! of one group go with all those of another, so that their numbers are multiplied, and those of each way to settle the choices are added.

use std::collections::{BTreeMap, BTreeSet};

use super::space::attributes;
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
    pub(crate) fn size(&self, limit: usize, work: u64, theory: &mut Theory) -> Size {
        let choosing: Vec<i32> = self.choices.values().flat_map(BTreeMap::values).copied().collect();
        let mut settled = Combinations::new(self).within(work);
        let mut alone = Combinations::new(self).within(work);
        let mut counts = BTreeMap::new();
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
                    match product(self, (&mut alone, &mut counts), &values, limit - sum, theory) {
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
        for literal in units {
            set(&mut known, *literal);
        }
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
        let left = |clause: &Vec<i32>| -> Vec<i32> {
            clause.iter().copied().filter(|literal| value(&known, *literal).is_none()).collect()
        };
        let open: Vec<Vec<i32>> = open.into_iter().map(left).collect();
        let mut sets = Sets((0..=self.last).collect());
        let place = |literal: &i32| literal.unsigned_abs() as usize;
        for clause in &open {
            clause
                .iter()
                .zip(clause.iter().skip(1))
                .for_each(|(one, other)| sets.join(place(one), place(other)));
        }
        // Atoms about the same text go together, whether or not they are settled: a settled one may bind two texts.
        let mut first_about = BTreeMap::new();
        for (id, variable) in &self.variables {
            let Some(atom) = self.formula.terms.atom(*id) else { continue };
            for attribute in attributes_of(atom) {
                let first = *first_about.entry(attribute).or_insert(place(variable));
                sets.join(first, place(variable));
            }
        }
        let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
        for variable in self.variables.values() {
            let group = groups.entry(sets.leader(place(variable))).or_default();
            match value(&known, *variable) {
                Some(holds) => group.settled.push(if holds { *variable } else { -*variable }),
                None if self.counted.binary_search(variable).is_ok() => group.open.push(*variable),
                None => {}
            }
        }
        for clause in open {
            let leader = clause.first().map(|literal| sets.leader(place(literal)));
            if let Some(group) = leader.and_then(|leader| groups.get_mut(&leader)) {
                group.clauses.push(clause);
            }
        }
        groups.into_values().filter(|group| !group.open.is_empty()).collect()
    }
}

/// Atoms that have something to do with each other, and all that is said of them: groups that are equal have as many combinations.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    /// The counted variables that are open, ascending.
    open: Vec<i32>,
    /// Literals that hold, of atoms about the same texts.
    settled: Vec<i32>,
    /// What the clauses say of the open variables.
    clauses: Vec<Vec<i32>>,
}

/// Whether there are at most `limit` with the choices of `values`: the values of the counted variables in one combination.
fn product(
    space: &Space<'_>,
    (alone, counts): (&mut Combinations<'_, '_>, &mut BTreeMap<Group, usize>),
    values: &[i32],
    limit: usize,
    theory: &mut Theory,
) -> Size {
    let choosing: BTreeSet<i32> = space.choices.values().flat_map(BTreeMap::values).copied().collect();
    let units: Vec<i32> =
        values.iter().copied().filter(|literal| choosing.contains(&literal.abs())).collect();
    let mut product = 1_usize;
    for group in space.groups(&units) {
        let count = match counts.get(&group) {
            Some(known) => *known,
            None => match count(space, alone, (&group, values), limit / product.max(1), theory) {
                Size::Exactly(count) => *counts.entry(group).or_insert(count),
                other @ (Size::More | Size::Unknown) => return other,
            },
        };
        product = product.saturating_mul(count);
        if product > limit {
            return Size::More;
        }
    }
    Size::Exactly(product)
}

/// Whether a group has at most `limit` combinations, the values of all other variables being these.
fn count(
    space: &Space<'_>,
    alone: &mut Combinations<'_, '_>,
    (group, values): (&Group, &[i32]),
    limit: usize,
    theory: &mut Theory,
) -> Size {
    let mut about: Vec<i32> =
        group.open.iter().copied().chain(group.settled.iter().map(|literal| literal.abs())).collect();
    about.sort_unstable();
    let atoms = space.variables.iter().filter(|entry| about.binary_search(entry.1).is_ok());
    let attributes = attributes(space.formula, atoms.map(|entry| entry.0));
    let guard = alone.variable();
    let others = values.iter().copied().filter(|literal| group.open.binary_search(&literal.abs()).is_err());
    let under: Vec<i32> = others.chain([guard]).collect();
    let asked =
        Asked { counted: &group.open, about: Some((&about, &attributes)), under: &under, guard: Some(guard) };
    let mut count = 0_usize;
    loop {
        match alone.next_of(&asked, theory) {
            Next::End => return Size::Exactly(count),
            Next::GaveUp | Next::Unbuilt => return Size::Unknown,
            Next::Combination(_) => count += 1,
        }
        if count > limit {
            return Size::More;
        }
    }
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
