//! The automaton of a language: positions in its parts, and sets of them as states.
//!
//! Positions are numbered as they are made: 0 is the start; a text makes one for each of its characters, a character
//! or a star one; alternatives one for their end, one for their root, and one for each new node of the tree of their
//! texts, in order; a choice one for its end, then for each language one for its root and those of its parts. The last position of the last part accepts.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::language::{LAST, Language, Part};

/// Reading a character of an inclusive range, to a position or state.
type Edge = (u32, u32, usize);
type Edges = Rc<[Edge]>;

/// A deterministic automaton whose states, sets of positions, are made when they are first asked for.
#[derive(Debug)]
pub struct Automaton {
    /// For each position the edges from it, and the positions reached without reading.
    positions: Vec<(Vec<Edge>, Vec<usize>)>,
    accepting: usize,
    numbers: BTreeMap<Vec<usize>, usize>,
    /// For each state its set, and its transitions once they are known.
    states: Vec<(Vec<usize>, Option<Edges>)>,
}

impl Automaton {
    /// The automaton of `language`.
    pub fn new(language: &Language) -> Self {
        let mut this =
            Self { positions: Vec::new(), accepting: 0, numbers: BTreeMap::new(), states: Vec::new() };
        this.accepting = this.add();
        for part in &language.parts {
            this.accepting = this.append(this.accepting, part);
        }
        let mut start = Vec::new();
        this.close(0, &mut start);
        this.state(start);
        this
    }

    fn append(&mut self, from: usize, part: &Part) -> usize {
        match part {
            Part::Text(text) => text.chars().fold(from, |here, character| {
                let next = self.add();
                self.connect(here, &[(u32::from(character), u32::from(character))], next);
                next
            }),
            Part::One(ranges) => {
                let next = self.add();
                self.connect(from, ranges, next);
                next
            }
            Part::Star(ranges) => {
                // The loop has a position of its own, so that what comes before is not repeated with it.
                let next = self.add();
                self.skip(from, next);
                self.connect(next, ranges, next);
                next
            }
            Part::Alternatives(texts) => {
                // So does the root, apart from the loop of a star before it.
                let (next, root) = (self.add(), self.add());
                self.skip(from, root);
                for text in texts {
                    let end = text.chars().fold(root, |here, character| self.branch(here, character));
                    self.skip(end, next);
                }
                next
            }
            Part::Choice(languages) => {
                let next = self.add();
                for language in languages {
                    let root = self.add();
                    self.skip(from, root);
                    let end = language.parts.iter().fold(root, |here, part| self.append(here, part));
                    self.skip(end, next);
                }
                next
            }
        }
    }

    fn add(&mut self) -> usize {
        self.positions.push((Vec::new(), Vec::new()));
        self.positions.len() - 1
    }

    fn connect(&mut self, from: usize, ranges: &[(u32, u32)], to: usize) {
        if let Some((edges, _)) = self.positions.get_mut(from) {
            edges.extend(ranges.iter().map(|(low, high)| (*low, *high, to)));
        }
    }

    fn skip(&mut self, from: usize, to: usize) {
        if let Some((_, free)) = self.positions.get_mut(from) {
            free.push(to);
        }
    }

    /// The node after `character` in the tree of alternatives.
    fn branch(&mut self, from: usize, character: char) -> usize {
        let range = (u32::from(character), u32::from(character));
        let mut edges = self.positions.get(from).into_iter().flat_map(|(edges, _)| edges);
        let known = edges.find(|edge| (edge.0, edge.1) == range).map(|edge| edge.2);
        known.unwrap_or_else(|| {
            let next = self.add();
            self.connect(from, &[range], next);
            next
        })
    }

    /// Adds `position` and what is reached from it without reading to the ascending `set`.
    fn close(&self, position: usize, set: &mut Vec<usize>) {
        let mut open = vec![position];
        while let Some(position) = open.pop() {
            if let Err(place) = set.binary_search(&position) {
                set.insert(place, position);
                open.extend(self.positions.get(position).into_iter().flat_map(|(_, free)| free));
            }
        }
    }

    /// The number of the state that is this set of positions. The start is 0.
    pub fn state(&mut self, set: Vec<usize>) -> usize {
        let states = &mut self.states;
        *self.numbers.entry(set).or_insert_with_key(|set| {
            states.push((set.clone(), None));
            states.len() - 1
        })
    }

    /// The positions that a state is.
    pub fn set(&self, state: usize) -> &[usize] {
        self.states.get(state).map_or(&[], |(set, _)| set)
    }

    /// Whether the texts that lead to the state are in the language.
    pub fn is_accepting(&self, state: usize) -> bool {
        self.set(state).contains(&self.accepting)
    }

    /// Whether all texts that go on from the state are in the language too. May miss some such states.
    pub fn is_total(&self, state: usize) -> bool {
        let everything = (0, LAST, self.accepting);
        let stays = self.positions.get(self.accepting).is_some_and(|(edges, _)| edges.contains(&everything));
        stays && self.is_accepting(state)
    }

    /// Where each character leads from a state: ascending, disjoint ranges. The others lead nowhere.
    pub fn transitions(&mut self, state: usize) -> Rc<[(u32, u32, usize)]> {
        if let Some((_, Some(known))) = self.states.get(state) {
            return Rc::clone(known);
        }
        let positions = self.set(state).iter().filter_map(|position| self.positions.get(*position));
        let edges: Vec<Edge> = positions.flat_map(|(edges, _)| edges.iter().copied()).collect();
        // Between two neighbouring cuts the same edges apply.
        let mut cuts: Vec<u32> = edges.iter().flat_map(|edge| [edge.0, edge.1.saturating_add(1)]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut transitions: Vec<Edge> = Vec::new();
        for (low, after) in cuts.iter().zip(cuts.iter().skip(1)) {
            let mut reached = Vec::new();
            for edge in edges.iter().filter(|edge| edge.0 <= *low && *low <= edge.1) {
                self.close(edge.2, &mut reached);
            }
            if !reached.is_empty() {
                transitions.push((*low, after - 1, self.state(reached)));
            }
        }
        let transitions: Edges = transitions.into();
        if let Some((_, known)) = self.states.get_mut(state) {
            *known = Some(Rc::clone(&transitions));
        }
        transitions
    }

    /// Whether `text` is in the language.
    pub(crate) fn accepts(&mut self, text: &str) -> bool {
        let mut state = 0;
        for character in text.chars().map(u32::from) {
            let transitions = self.transitions(state);
            match transitions.iter().find(|edge| edge.0 <= character && character <= edge.1) {
                Some(edge) => state = edge.2,
                None => return false,
            }
        }
        self.is_accepting(state)
    }
}

#[cfg(test)]
mod tests;
