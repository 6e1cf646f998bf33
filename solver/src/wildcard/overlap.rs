//! Whether two languages share a string, decided on pairs of positions: a pair is visited once, so that the cost is
//! bounded by the product of the lengths and no limit is needed. It says nothing of which string.

use rustc_hash::FxHashSet;

use super::automaton::Positions;

/// Whether some string is accepted by both.
pub(super) fn overlap(left: &Positions, right: &Positions) -> bool {
    let mut visited = Visited::new(left.count(), right.count());
    let mut open = vec![(0, 0)];
    visited.insert((0, 0));
    while let Some((here, there)) = open.pop() {
        let (Some(first), Some(second)) = (left.get(here), right.get(there)) else { continue };
        if first.accepting && second.accepting {
            return true;
        }
        let mut reach = |pair: (u32, u32)| {
            if visited.insert(pair) {
                open.push(pair);
            }
        };
        for next in &first.epsilon {
            reach((*next, there));
        }
        for next in &second.epsilon {
            reach((here, *next));
        }
        for (low, high, next) in &first.edges {
            for (lowest, highest, after) in &second.edges {
                if low <= highest && lowest <= high {
                    reach((*next, *after));
                }
            }
        }
    }
    false
}

/// Up to so many pairs a bit for each costs less than a table of those visited.
const BITS: usize = 1 << 18;

/// The pairs that were reached.
enum Visited {
    Bits { width: usize, bits: Vec<u64> },
    Table(FxHashSet<(u32, u32)>),
}

impl Visited {
    fn new(left: usize, right: usize) -> Self {
        match left.checked_mul(right) {
            Some(pairs) if pairs <= BITS => Self::Bits { width: right, bits: vec![0; pairs.div_ceil(64)] },
            Some(_) | None => Self::Table(FxHashSet::default()),
        }
    }

    /// True if the pair was not there. Pairs are of positions that exist.
    fn insert(&mut self, pair: (u32, u32)) -> bool {
        match self {
            Self::Table(table) => table.insert(pair),
            Self::Bits { width, bits } => {
                let place = pair.0 as usize * *width + pair.1 as usize;
                let Some(word) = bits.get_mut(place / 64) else { return false };
                let bit = 1 << (place % 64);
                let new = *word & bit == 0;
                *word |= bit;
                new
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wildcard::{Language, TextDecision, Theory};

    #[test]
    fn it_agrees_with_the_search_for_a_shared_string() {
        let patterns =
            ["", "*", "a", "a*", "*a", "a?b", "?", "??", "*b*", "ab*ba", "*a*a*a*", "b*b", "a*b*c", "c"];
        let mut theory = Theory::new(60_000);
        let mut shared = 0;
        for left in patterns.map(Language::glob) {
            for right in patterns.map(Language::glob) {
                let searched = theory.decide(&[&left, &right], &[]);
                let found = overlap(&Positions::new(&left), &Positions::new(&right));
                assert_eq!(found, matches!(searched, TextDecision::Text(_)), "{left:?} {right:?}");
                shared += usize::from(found);
            }
        }
        assert!(shared > 50 && shared < patterns.len() * patterns.len());
    }

    #[test]
    fn what_takes_two_to_the_seventeenth_states_elsewhere_is_decided() {
        let (left, right) = (Language::glob("*a????????????????"), Language::glob("*b????????????????"));
        assert!(!overlap(&Positions::new(&left), &Positions::new(&right)));
        let other = Language::glob("*b???????????????");
        assert!(overlap(&Positions::new(&left), &Positions::new(&other)));
    }
}
