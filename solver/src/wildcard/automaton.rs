//! The deterministic automaton of a language or a reading, built as far as it is walked.

use std::cell::RefCell;
use std::rc::Rc;

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use smallvec::SmallVec;

use super::character::CharacterSet;
use super::language::{Language, Part};
use super::reading::{Edge, Reading, address, instant, number};

/// A state of an [`Automaton`].
pub type State = u32;

/// Characters `low..=high` lead to `target`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// First scalar value.
    pub low: u32,
    /// Last scalar value.
    pub high: u32,
    /// The state reached.
    pub target: State,
}

#[derive(Debug, Default)]
pub(super) struct Position {
    /// First and last character, and the position that they lead to.
    pub(super) edges: SmallVec<[(u32, u32, u32); 1]>,
    /// Positions reached without reading.
    pub(super) epsilon: SmallVec<[u32; 2]>,
    /// Texts that lead here are accepted.
    pub(super) accepting: bool,
}

/// A nondeterministic automaton. Its start is position 0.
#[derive(Debug)]
pub(super) struct Positions {
    positions: Vec<Position>,
}

impl Positions {
    /// The start alone.
    pub(super) fn start() -> Self {
        Self { positions: vec![Position::default()] }
    }

    /// The position of this number.
    pub(super) fn get(&self, position: u32) -> Option<&Position> {
        self.positions.get(position as usize)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.positions.len()
    }

    /// The positions of a language's parts.
    pub(super) fn new(language: &Language) -> Self {
        let mut this = Self::start();
        let mut current = 0;
        for part in language.parts() {
            if let Part::Text(text) = part {
                for character in text.chars() {
                    let next = this.add();
                    this.connect(current, &CharacterSet::exactly(character), next);
                    current = next;
                }
                continue;
            }
            let next = this.add();
            match part {
                Part::Text(_) => {}
                Part::One(set) => this.connect(current, set, next),
                Part::Star(set) => {
                    // INVARIANT: the loop sits on a position of its own, so that `Star Star` stays correct.
                    this.epsilon(current, next);
                    this.connect(next, set, next);
                }
                Part::Alternatives(texts) => {
                    // INVARIANT: the tree has a root of its own, apart from the loop of a star before it.
                    let root = this.add();
                    this.epsilon(current, root);
                    for text in texts {
                        let mut here = root;
                        for character in text.chars() {
                            here = this.step(here, character);
                        }
                        this.epsilon(here, next);
                    }
                }
            }
            current = next;
        }
        this.accept(current);
        this
    }

    /// Texts that lead to `position` are accepted.
    pub(super) fn accept(&mut self, position: u32) {
        if let Some(last) = self.positions.get_mut(position as usize) {
            last.accepting = true;
        }
    }

    /// A new position.
    pub(super) fn add(&mut self) -> u32 {
        self.positions.push(Position::default());
        u32::try_from(self.positions.len() - 1).unwrap_or(u32::MAX)
    }

    /// Characters of `set` lead from one position to the other.
    pub(super) fn connect(&mut self, from: u32, set: &CharacterSet, to: u32) {
        if let Some(position) = self.positions.get_mut(from as usize) {
            position.edges.extend(set.ranges().iter().map(|(low, high)| (*low, *high, to)));
        }
    }

    /// Nothing has to be read between the two.
    pub(super) fn epsilon(&mut self, from: u32, to: u32) {
        if let Some(position) = self.positions.get_mut(from as usize) {
            position.epsilon.push(to);
        }
    }

    /// The position after `character` in the tree of alternatives; shared prefixes share positions.
    pub(super) fn step(&mut self, from: u32, character: char) -> u32 {
        let point = u32::from(character);
        let existing = self.positions.get(from as usize).and_then(|position| {
            position.edges.iter().find(|(low, high, _)| *low == point && *high == point).map(|edge| edge.2)
        });
        existing.unwrap_or_else(|| {
            let next = self.add();
            self.connect(from, &CharacterSet::exactly(character), next);
            next
        })
    }

    /// Adds `position` and all that it reaches without reading, keeping `set` sorted.
    fn close(&self, position: u32, set: &mut Set) {
        if let Err(place) = set.binary_search(&position) {
            set.insert(place, position);
            for next in
                self.positions.get(position as usize).map_or(&[][..], |found| found.epsilon.as_slice())
            {
                self.close(*next, set);
            }
        }
    }

    fn is_accepting(&self, set: &[u32]) -> bool {
        set.iter().any(|position| self.positions.get(*position as usize).is_some_and(|found| found.accepting))
    }

    /// True when some position in `set` accepts and stays where it is under every character.
    fn is_total(&self, set: &[u32]) -> bool {
        set.iter().any(|position| {
            self.positions
                .get(*position as usize)
                .is_some_and(|found| found.accepting && found.edges.contains(&(0, 0x0010_FFFF, *position)))
        })
    }
}

/// Few positions, nearly always.
type Set = SmallVec<[u32; 6]>;

/// What a state stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Meaning {
    /// Positions, ascending.
    Positions(Set),
    Number(number::State),
    Instant(instant::State),
}

/// Where states and transitions come from.
#[derive(Debug)]
enum Source {
    Positions(Positions),
    Number(number::Automaton),
    Instant(instant::Automaton),
}

#[derive(Debug)]
struct Known {
    states: IndexSet<Meaning, FxBuildHasher>,
    transitions: Vec<Option<Rc<[Transition]>>>,
    accepting: Vec<bool>,
    total: Vec<bool>,
}

/// A deterministic automaton whose states are made when first visited.
#[derive(Debug)]
pub struct Automaton {
    source: Source,
    known: RefCell<Known>,
}

impl Automaton {
    /// The automaton of `language`. Its start is state 0.
    pub fn new(language: &Language) -> Self {
        Self::of_positions(Positions::new(language))
    }

    /// The automaton of the texts of `reading`. Its start is state 0.
    pub fn of_reading(reading: &Reading) -> Self {
        match reading {
            Reading::Number(against) => {
                let source = Source::Number(number::Automaton::new(against.as_ref()));
                Self::from_source(source, Meaning::Number(number::State::Start))
            }
            Reading::Instant(against) => {
                let source = Source::Instant(instant::Automaton::new(against.as_ref()));
                Self::from_source(source, Meaning::Instant(instant::Automaton::start()))
            }
            Reading::Address(prefix) => Self::of_positions(address::positions(prefix.as_ref())),
        }
    }

    fn of_positions(positions: Positions) -> Self {
        let mut start = Set::new();
        positions.close(0, &mut start);
        Self::from_source(Source::Positions(positions), Meaning::Positions(start))
    }

    fn from_source(source: Source, start: Meaning) -> Self {
        let known = Known {
            states: IndexSet::default(),
            transitions: Vec::new(),
            accepting: Vec::new(),
            total: Vec::new(),
        };
        let this = Self { source, known: RefCell::new(known) };
        this.intern(start);
        this
    }

    fn intern(&self, meaning: Meaning) -> State {
        let (accepting, total) = match (&self.source, &meaning) {
            (Source::Positions(positions), Meaning::Positions(set)) => {
                (positions.is_accepting(set), positions.is_total(set))
            }
            (Source::Number(number), Meaning::Number(state)) => (number.is_accepting(state), false),
            (Source::Instant(instant), Meaning::Instant(state)) => (instant.is_accepting(state), false),
            (Source::Positions(_) | Source::Number(_) | Source::Instant(_), _) => (false, false),
        };
        let mut known = self.known.borrow_mut();
        let (index, new) = known.states.insert_full(meaning);
        if new {
            known.transitions.push(None);
            known.accepting.push(accepting);
            known.total.push(total);
        }
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    /// Whether the strings that lead to `state` are in the language.
    pub fn is_accepting(&self, state: State) -> bool {
        self.known.borrow().accepting.get(state as usize).copied().unwrap_or(false)
    }

    /// What it was made of, unless that is a reading as a number or an instant.
    pub(super) fn source(&self) -> Option<&Positions> {
        match &self.source {
            Source::Positions(positions) => Some(positions),
            Source::Number(_) | Source::Instant(_) => None,
        }
    }

    /// How many positions of its pattern a state is; one where it is no set of positions.
    pub fn positions(&self, state: State) -> usize {
        match self.known.borrow().states.get_index(state as usize) {
            Some(Meaning::Positions(set)) => set.len(),
            Some(Meaning::Number(_) | Meaning::Instant(_)) => 1,
            None => 0,
        }
    }

    /// Whether every continuation from `state` is in the language. May miss some such states.
    pub fn is_total(&self, state: State) -> bool {
        self.known.borrow().total.get(state as usize).copied().unwrap_or(false)
    }

    /// The state after `text`; none if no string of the language starts so.
    pub fn walk(&self, from: State, text: &str) -> Option<State> {
        text.chars().try_fold(from, |state, character| self.step(state, u32::from(character)))
    }

    /// The state after one character more.
    pub fn step(&self, state: State, point: u32) -> Option<State> {
        let transitions = self.transitions(state);
        let place = transitions.partition_point(|transition| transition.high < point);
        Some(transitions.get(place).filter(|transition| transition.low <= point)?.target)
    }

    /// The only character that can be read in `state`, where it is the only one.
    pub fn only_character(&self, state: State) -> Option<u32> {
        match *self.transitions(state) {
            [Transition { low, high, .. }] if low == high => Some(low),
            _ => None,
        }
    }

    /// How many states have been made, and positions of its pattern.
    pub fn size(&self) -> usize {
        self.known.borrow().states.len() + self.source().map_or(0, Positions::count)
    }

    /// The transitions out of `state`, ascending and disjoint; characters in none of them lead nowhere.
    pub fn transitions(&self, state: State) -> Rc<[Transition]> {
        if let Some(Some(found)) = self.known.borrow().transitions.get(state as usize) {
            return Rc::clone(found);
        }
        let meaning = self.known.borrow().states.get_index(state as usize).cloned();
        let computed: Rc<[Transition]> = match (&self.source, meaning) {
            (Source::Positions(positions), Some(Meaning::Positions(set))) => {
                self.compute(positions, &set).into()
            }
            (Source::Number(number), Some(Meaning::Number(state))) => {
                self.collect(number.edges(&state), Meaning::Number).into()
            }
            (Source::Instant(instant), Some(Meaning::Instant(state))) => {
                self.collect(instant.edges(&state), Meaning::Instant).into()
            }
            (Source::Positions(_) | Source::Number(_) | Source::Instant(_), _) => Rc::new([]),
        };
        if let Some(slot) = self.known.borrow_mut().transitions.get_mut(state as usize) {
            *slot = Some(Rc::clone(&computed));
        }
        computed
    }

    fn collect<S>(&self, edges: Vec<Edge<S>>, meaning: fn(S) -> Meaning) -> Vec<Transition> {
        let mut transitions: Vec<Transition> = edges
            .into_iter()
            .map(|(low, high, state)| Transition {
                low: u32::from(low),
                high: u32::from(high),
                target: self.intern(meaning(state)),
            })
            .collect();
        transitions.sort_unstable_by_key(|transition| transition.low);
        transitions
    }

    fn compute(&self, positions: &Positions, set: &[u32]) -> Vec<Transition> {
        let edges: Vec<(u32, u32, u32)> = set
            .iter()
            .filter_map(|position| positions.positions.get(*position as usize))
            .flat_map(|position| position.edges.iter().copied())
            .collect();
        // Between two neighbouring cut points the same edges apply throughout.
        let mut cuts: Vec<u32> =
            edges.iter().flat_map(|(low, high, _)| [*low, high.saturating_add(1)]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut transitions: Vec<Transition> = Vec::new();
        for pair in cuts.windows(2) {
            let [low, after] = pair else { continue };
            let mut reached = Set::new();
            for (first, last, target) in &edges {
                if first <= low && low <= last {
                    positions.close(*target, &mut reached);
                }
            }
            if reached.is_empty() {
                continue;
            }
            let target = self.intern(Meaning::Positions(reached));
            match transitions.last_mut() {
                Some(last) if last.target == target && last.high + 1 == *low => last.high = after - 1,
                _ => transitions.push(Transition { low: *low, high: after - 1, target }),
            }
        }
        transitions
    }
}
