//! The automaton of a language: positions in its parts, and sets of them as states.
//!
//! Positions are numbered as they are made: 0 is the start; a text makes one for each of its characters, a character
//! or a star one; alternatives one for their end, one for their root, and one for each new node of the tree of their
//! texts, in order. The last position of the last part accepts.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::language::{LAST, Language, Part};

/// From a position, reading a character of an inclusive range, to a position.
type Edge = (u32, u32, usize);

#[derive(Debug, Default)]
struct Position {
    edges: Vec<Edge>,
    /// Positions reached without reading.
    free: Vec<usize>,
}

/// A deterministic automaton whose states, sets of positions, are made when they are first asked for.
#[derive(Debug)]
pub struct Automaton {
    positions: Vec<Position>,
    accepting: usize,
    numbers: BTreeMap<Vec<usize>, usize>,
    states: Vec<State>,
}

#[derive(Debug)]
struct State {
    set: Vec<usize>,
    accepting: bool,
    total: bool,
    transitions: Option<Rc<[Edge]>>,
}

impl Automaton {
    /// The automaton of `language`.
    pub fn new(language: &Language) -> Self {
        let mut this = Self {
            positions: vec![Position::default()],
            accepting: 0,
            numbers: BTreeMap::new(),
            states: Vec::new(),
        };
        let mut here = 0;
        for part in &language.parts {
            here = this.append(here, part);
        }
        this.accepting = here;
        let mut start = Vec::new();
        this.close(0, &mut start);
        this.state(start);
        this
    }

    fn append(&mut self, from: usize, part: &Part) -> usize {
        match part {
            Part::Text(text) => text.chars().fold(from, |here, character| {
                let next = self.add();
                self.connect(here, (u32::from(character), u32::from(character), next));
                next
            }),
            Part::One(ranges) => {
                let next = self.add();
                self.connect_all(from, ranges, next);
                next
            }
            Part::Star(ranges) => {
                // The loop has a position of its own, so that what comes before is not repeated with it.
                let next = self.add();
                self.skip(from, next);
                self.connect_all(next, ranges, next);
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
        }
    }

    fn add(&mut self) -> usize {
        self.positions.push(Position::default());
        self.positions.len() - 1
    }

    fn connect(&mut self, from: usize, edge: Edge) {
        if let Some(position) = self.positions.get_mut(from) {
            position.edges.push(edge);
        }
    }

    fn connect_all(&mut self, from: usize, ranges: &[(u32, u32)], to: usize) {
        for (low, high) in ranges {
            self.connect(from, (*low, *high, to));
        }
    }

    fn skip(&mut self, from: usize, to: usize) {
        if let Some(position) = self.positions.get_mut(from) {
            position.free.push(to);
        }
    }

    /// The node after `character` in the tree of alternatives.
    fn branch(&mut self, from: usize, character: char) -> usize {
        let point = u32::from(character);
        let known = self.positions.get(from).and_then(|position| {
            position.edges.iter().find(|edge| edge.0 == point && edge.1 == point).map(|edge| edge.2)
        });
        known.unwrap_or_else(|| {
            let next = self.add();
            self.connect(from, (point, point, next));
            next
        })
    }

    /// Adds `position` and what is reached from it without reading to the ascending `set`.
    fn close(&self, position: usize, set: &mut Vec<usize>) {
        let mut open = vec![position];
        while let Some(position) = open.pop() {
            if let Err(place) = set.binary_search(&position) {
                set.insert(place, position);
                open.extend(self.positions.get(position).iter().flat_map(|found| &found.free));
            }
        }
    }

    /// The number of the state that is this set of positions. The start is 0.
    pub fn state(&mut self, set: Vec<usize>) -> usize {
        if let Some(known) = self.numbers.get(&set) {
            return *known;
        }
        let number = self.states.len();
        let accepting = set.contains(&self.accepting);
        let last = self.positions.get(self.accepting);
        let total = accepting && last.is_some_and(|last| last.edges.contains(&(0, LAST, self.accepting)));
        self.numbers.insert(set.clone(), number);
        self.states.push(State { set, accepting, total, transitions: None });
        number
    }

    /// The positions that a state is.
    pub fn set(&self, state: usize) -> &[usize] {
        self.states.get(state).map_or(&[], |state| &state.set)
    }

    /// Whether the texts that lead to the state are in the language.
    pub fn is_accepting(&self, state: usize) -> bool {
        self.states.get(state).is_some_and(|state| state.accepting)
    }

    /// Whether all texts that go on from the state are in the language too. May miss some such states.
    pub fn is_total(&self, state: usize) -> bool {
        self.states.get(state).is_some_and(|state| state.total)
    }

    /// Where each character leads from a state: ascending, disjoint ranges. The others lead nowhere.
    pub fn transitions(&mut self, state: usize) -> Rc<[Edge]> {
        let Some(known) = self.states.get(state) else { return Rc::from([]) };
        if let Some(transitions) = &known.transitions {
            return Rc::clone(transitions);
        }
        let positions = known.set.iter().filter_map(|position| self.positions.get(*position));
        let edges: Vec<Edge> = positions.flat_map(|position| position.edges.iter().copied()).collect();
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
        let transitions: Rc<[Edge]> = transitions.into();
        if let Some(state) = self.states.get_mut(state) {
            state.transitions = Some(Rc::clone(&transitions));
        }
        transitions
    }

    /// Where `character` leads from a state.
    pub(crate) fn next(&mut self, state: usize, character: u32) -> Option<usize> {
        let transitions = self.transitions(state);
        let place = transitions.partition_point(|edge| edge.1 < character);
        transitions.get(place).filter(|edge| edge.0 <= character).map(|edge| edge.2)
    }

    /// Whether `text` is in the language.
    pub(crate) fn accepts(&mut self, text: &str) -> bool {
        let mut state = 0;
        for character in text.chars() {
            match self.next(state, u32::from(character)) {
                Some(next) => state = next,
                None => return false,
            }
        }
        self.is_accepting(state)
    }
}
