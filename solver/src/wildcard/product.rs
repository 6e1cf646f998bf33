//! The search for a string in the intersection of some languages and outside others.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use smallvec::SmallVec;

use super::automaton::{Automaton, State, Transition};
use super::character::representative;

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intersection {
    /// The shortest such string; among those the first in the order of [`representative`] ranks.
    Text(String),
    /// There is none: all reachable states were visited.
    Empty,
    /// More than the allowed number of states.
    TooLarge,
}

/// One state for each automaton, nearly always few.
type States = SmallVec<[State; 6]>;

/// The state of an automaton that can no longer accept.
const DEAD: State = State::MAX;

/// A state that is a set of thousands of positions, as a pattern of as many characters makes them, costs as much as many
/// states: so many positions are visited for each state of the limit.
const POSITIONS: usize = 200;

/// Searches breadth first for a string that every automaton of `inside` accepts and none of `outside` does.
/// Visits at most `limit` product states, of 200 positions each on average. `inside` must not be empty. Returns how many states it came upon,
/// too: whatever their order, the same for the same automata.
pub fn intersect(inside: &[&Automaton], outside: &[&Automaton], limit: usize) -> (Intersection, usize) {
    let mut visited: IndexSet<States, FxBuildHasher> = IndexSet::default();
    let found = search(inside, outside, limit, &mut visited);
    (found, visited.len())
}

fn search(
    inside: &[&Automaton],
    outside: &[&Automaton],
    limit: usize,
    visited: &mut IndexSet<States, FxBuildHasher>,
) -> Intersection {
    let mut origin: Vec<(usize, char)> = vec![(usize::MAX, ' ')];
    visited.insert(States::from_elem(0, inside.len() + outside.len()));
    let mut positions = 0_usize;
    let mut next = 0;
    while let Some(node) = visited.get_index(next).cloned() {
        let (inner, outer) = node.split_at(inside.len());
        for (automaton, state) in inside.iter().chain(outside).zip(node.iter()) {
            positions += automaton.positions(*state);
        }
        if positions > limit.saturating_mul(POSITIONS) {
            return Intersection::TooLarge;
        }
        if is_goal(inside, inner, outside, outer) {
            return Intersection::Text(read_back(&origin, next));
        }
        if let Some((character, target)) = only_successor(inside, inner, outside, outer) {
            if let Some(target) = target
                && visited.insert(target)
            {
                origin.push((next, character));
                if visited.len() > limit {
                    return Intersection::TooLarge;
                }
            }
            next += 1;
            continue;
        }
        for (character, target) in successors(inside, inner, outside, outer) {
            if visited.insert(target) {
                origin.push((next, character));
                if visited.len() > limit {
                    return Intersection::TooLarge;
                }
            }
        }
        next += 1;
    }
    Intersection::Empty
}

fn is_goal(inside: &[&Automaton], inner: &[State], outside: &[&Automaton], outer: &[State]) -> bool {
    inside.iter().zip(inner).all(|(automaton, state)| automaton.is_accepting(*state))
        && outside
            .iter()
            .zip(outer)
            .all(|(automaton, state)| *state == DEAD || !automaton.is_accepting(*state))
}

fn read_back(origin: &[(usize, char)], goal: usize) -> String {
    let mut characters = Vec::new();
    let mut here = goal;
    while let Some((before, character)) = origin.get(here)
        && *before != usize::MAX
    {
        characters.push(*character);
        here = *before;
    }
    characters.into_iter().rev().collect()
}

/// Where some automaton of `inside` can read one character alone, as most of an ARN is: that character, and what it leads
/// to, if all others of `inside` can read it and no text that goes on from there is excluded. None where no character is the
/// only one.
fn only_successor(
    inside: &[&Automaton],
    inner: &[State],
    outside: &[&Automaton],
    outer: &[State],
) -> Option<(char, Option<States>)> {
    let single = |(automaton, state): (&&Automaton, &State)| automaton.only_character(*state);
    let point = inside.iter().zip(inner).find_map(single)?;
    let character = char::from_u32(point)?;
    let mut targets = States::with_capacity(inner.len() + outer.len());
    for (automaton, state) in inside.iter().zip(inner) {
        match automaton.step(*state, point) {
            Some(target) => targets.push(target),
            None => return Some((character, None)),
        }
    }
    for (automaton, state) in outside.iter().zip(outer) {
        let target = if *state == DEAD { None } else { automaton.step(*state, point) };
        match target {
            Some(target) if automaton.is_total(target) => return Some((character, None)),
            Some(target) => targets.push(target),
            None => targets.push(DEAD),
        }
    }
    Some((character, Some(targets)))
}

/// A range of characters with the states that it leads to so far.
struct Range {
    low: u32,
    high: u32,
    targets: States,
}

/// The product states that one character leads to, by rank of the character.
fn successors(
    inside: &[&Automaton],
    inner: &[State],
    outside: &[&Automaton],
    outer: &[State],
) -> Vec<(char, States)> {
    let width = inner.len() + outer.len();
    let mut ranges = vec![Range { low: 0, high: 0x0010_FFFF, targets: States::with_capacity(width) }];
    for (automaton, state) in inside.iter().zip(inner) {
        ranges = refine(ranges, &automaton.transitions(*state), false);
        if ranges.is_empty() {
            return Vec::new();
        }
    }
    for (automaton, state) in outside.iter().zip(outer) {
        if *state == DEAD {
            for range in &mut ranges {
                range.targets.push(DEAD);
            }
        } else {
            ranges = refine(ranges, &automaton.transitions(*state), true);
        }
    }
    let mut found: Vec<(u32, char, States)> = Vec::with_capacity(ranges.len());
    for range in ranges {
        let doomed = outside
            .iter()
            .zip(range.targets.iter().skip(inner.len()))
            .any(|(automaton, state)| *state != DEAD && automaton.is_total(*state));
        if doomed {
            continue;
        }
        if let Some((rank, character)) = representative(range.low, range.high) {
            found.push((rank, character, range.targets));
        }
    }
    found.sort_unstable_by_key(|entry| entry.0);
    found.into_iter().map(|(_, character, targets)| (character, targets)).collect()
}

/// Splits `ranges` at the transitions and appends each one's target; characters without a transition are dropped,
/// or kept with [`DEAD`] if `keep_dead`. The targets so far are copied only where a range is split.
fn refine(ranges: Vec<Range>, transitions: &[Transition], keep_dead: bool) -> Vec<Range> {
    let mut refined = Vec::with_capacity(ranges.len() + transitions.len());
    let mut pieces: Vec<(u32, u32, State)> = Vec::new();
    let mut first = 0;
    for range in ranges {
        while transitions.get(first).is_some_and(|transition| transition.high < range.low) {
            first += 1;
        }
        let mut from = range.low;
        let mut done = false;
        for transition in transitions.get(first..).unwrap_or(&[]) {
            if transition.low > range.high {
                break;
            }
            let low = transition.low.max(from);
            if keep_dead && low > from {
                pieces.push((from, low - 1, DEAD));
            }
            let high = transition.high.min(range.high);
            pieces.push((low, high, transition.target));
            if high >= range.high {
                done = true;
                break;
            }
            from = high + 1;
        }
        if keep_dead && !done && from <= range.high {
            pieces.push((from, range.high, DEAD));
        }
        let mut targets = range.targets;
        let last = pieces.len().saturating_sub(1);
        for (index, (low, high, target)) in pieces.drain(..).enumerate() {
            let mut extended = if index == last {
                std::mem::take(&mut targets)
            } else {
                let mut copy = States::with_capacity(targets.capacity());
                copy.extend_from_slice(&targets);
                copy
            };
            extended.push(target);
            refined.push(Range { low, high, targets: extended });
        }
    }
    refined
}
