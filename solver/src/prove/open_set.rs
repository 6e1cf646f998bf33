//! Which open matters an answer hangs on: a smallest set of them.

use crate::backend::Literal;
use crate::formula::Openness;
use crate::search::{Outcome, Search};

/// So many sets of more than one matter are tried before one that is merely minimal will do.
const SETS: usize = 300;

/// A smallest set of open matters whose other readings make the query satisfiable while all others are pinned; the
/// first of its size, in the order of the matters. Past the limit one from which none can be left out. None if no set
/// was found to do so.
pub(super) fn smallest(
    search: &mut Search<'_>,
    restrictions: &[Literal],
    pins: &[(Openness, Literal)],
) -> Option<Vec<Openness>> {
    let mut satisfiable = |free: &[usize]| {
        let mut assumptions = restrictions.to_vec();
        let pinned = pins.iter().enumerate().filter(|(index, _)| !free.contains(index));
        assumptions.extend(pinned.map(|(_, entry)| entry.1));
        matches!(search.check(&assumptions), Outcome::Sat(_))
    };
    let names = |free: &[usize]| -> Vec<Openness> {
        free.iter().filter_map(|index| pins.get(*index)).map(|entry| entry.0).collect()
    };
    for index in 0..pins.len() {
        if satisfiable(&[index]) {
            return Some(names(&[index]));
        }
    }
    let mut minimal: Vec<usize> = (0..pins.len()).collect();
    if !satisfiable(&minimal) {
        return None;
    }
    for index in 0..pins.len() {
        let fewer: Vec<usize> = minimal.iter().copied().filter(|other| *other != index).collect();
        if satisfiable(&fewer) {
            minimal = fewer;
        }
    }
    let mut tried = 0;
    let mut sets: Vec<Vec<usize>> = (0..pins.len()).map(|index| vec![index]).collect();
    for _ in 2..minimal.len() {
        let mut larger = Vec::new();
        for set in &sets {
            for index in set.last().map_or(0, |last| last + 1)..pins.len() {
                let mut free = set.clone();
                free.push(index);
                tried += 1;
                if tried > SETS {
                    return Some(names(&minimal));
                }
                if satisfiable(&free) {
                    return Some(names(&free));
                }
                larger.push(free);
            }
        }
        sets = larger;
    }
    Some(names(&minimal))
}
