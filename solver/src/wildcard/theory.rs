//! Decides sets of matches on one string, with automata and answers kept for the next query of the thread.

use std::cell::OnceCell;
use std::rc::Rc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::automaton::Automaton;
use super::character::CharacterSet;
use super::language::{Language, LanguageBuilder};
use super::overlap::overlap;
use super::product::{Intersection, intersect};
use super::reading::Reading;
use crate::minimal::leave_out;

/// Whether some string is in every language of one set and in none of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextDecision {
    /// The shortest such string, ties broken in a fixed order.
    Text(String),
    /// There is none, and these two subsets (indices into the sets asked about) already exclude one. Minimal: without
    /// any one of them there is a string, as far as the state limit allowed to tell.
    Conflict {
        /// Indices into the languages that must match.
        inside: Vec<usize>,
        /// Indices into the languages that must not.
        outside: Vec<usize>,
    },
    /// The state limit was reached first.
    TooLarge,
}

/// What was decided of two languages; false also where that was not decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    /// No text is in both.
    pub disjoint: bool,
    /// Every text of the left one is in the right one.
    pub left_in_right: bool,
    /// Every text of the right one is in the left one.
    pub right_in_left: bool,
}

type Question = (Vec<usize>, Vec<usize>);

/// An answer, with the states that it took to find it.
#[derive(Clone, Debug)]
struct Known {
    answer: Intersection,
    states: usize,
    /// The last count in which it is.
    counted: u64,
}

/// What an automaton is made of.
#[derive(Clone, Debug)]
enum Source {
    Language(Language),
    Reading(Reading),
}

/// A set of texts that a decision is about.
#[derive(Clone, Copy, Debug)]
pub enum Member<'a> {
    /// By pattern.
    Language(&'a Language),
    /// By what the text says.
    Reading(&'a Reading),
}

/// The theory's state for one thread: nothing in it can change an answer, only how fast it comes.
#[derive(Debug)]
pub struct Theory {
    languages: IndexMap<Language, usize, FxBuildHasher>,
    readings: IndexMap<Reading, usize, FxBuildHasher>,
    /// By number. Most languages are told apart by how they start, and never get an automaton.
    members: Vec<(Source, OnceCell<Rc<Automaton>>)>,
    answers: IndexMap<Question, Known, FxBuildHasher>,
    disjoint: FxHashMap<(usize, usize), bool>,
    relations: FxHashMap<(usize, usize), Relation>,
    limit: usize,
    queries: usize,
    /// The number of the count, and what it has come to.
    count: u64,
    states: usize,
}

/// Past these sizes the caches are emptied between queries, so that memory stays bounded.
const MOST_LANGUAGES: usize = 10_000;
const MOST_ANSWERS: usize = 50_000;
/// A state of an automaton, or a position of its pattern, takes about 100 bytes.
const MOST_STATES: usize = 500_000;
/// So many queries go by before the states are counted again.
const BETWEEN_COUNTS: usize = 32;

/// With more languages to stay out of than these it is worth telling first which of them matter.
const FEW: usize = 8;

impl Theory {
    /// A theory that visits at most `limit` product states for one question.
    pub fn new(limit: usize) -> Self {
        Self {
            languages: IndexMap::default(),
            readings: IndexMap::default(),
            members: Vec::new(),
            answers: IndexMap::default(),
            disjoint: FxHashMap::default(),
            relations: FxHashMap::default(),
            limit,
            queries: 0,
            count: 0,
            states: 0,
        }
    }

    /// Counts states anew: see [`Self::states`].
    pub fn count_states(&mut self) {
        self.count += 1;
        self.states = 0;
    }

    /// The product states of all questions that were asked since [`Self::count_states`], each question counted once, whether its answer was
    /// known before or not: a measure of work that does not hang on what the theory was asked earlier.
    pub fn states(&self) -> usize {
        self.states
    }

    /// Empties the caches if they have grown past their bounds. Call between queries.
    pub fn trim(&mut self) {
        self.queries += 1;
        let states = || {
            let made = self.members.iter().filter_map(|(_, automaton)| automaton.get());
            made.map(|automaton| automaton.size()).sum::<usize>()
        };
        if self.members.len() > MOST_LANGUAGES
            || self.answers.len().max(self.disjoint.len()).max(self.relations.len()) > MOST_ANSWERS
            || (self.queries.is_multiple_of(BETWEEN_COUNTS) && states() > MOST_STATES)
        {
            self.languages.clear();
            self.readings.clear();
            self.members.clear();
            self.answers.clear();
            self.disjoint.clear();
            self.relations.clear();
        }
    }

    fn intern(&mut self, language: &Language) -> usize {
        if let Some(index) = self.languages.get(language) {
            return *index;
        }
        self.members.push((Source::Language(language.clone()), OnceCell::new()));
        self.languages.insert(language.clone(), self.members.len() - 1);
        self.members.len() - 1
    }

    fn intern_member(&mut self, member: Member<'_>) -> usize {
        let reading = match member {
            Member::Language(language) => return self.intern(language),
            Member::Reading(reading) => reading,
        };
        if let Some(index) = self.readings.get(reading) {
            return *index;
        }
        self.members.push((Source::Reading(reading.clone()), OnceCell::new()));
        self.readings.insert(reading.clone(), self.members.len() - 1);
        self.members.len() - 1
    }

    fn automaton(&self, id: usize) -> Option<&Rc<Automaton>> {
        let (source, made) = self.members.get(id)?;
        Some(made.get_or_init(|| {
            Rc::new(match source {
                Source::Language(language) => Automaton::new(language),
                Source::Reading(reading) => Automaton::of_reading(reading),
            })
        }))
    }

    /// For each of `texts` the state of `language` after `prefix` and it; none where no string of the language starts
    /// so. Texts with equal states are followed by the same strings.
    pub fn states_after(&mut self, language: &Language, prefix: &str, texts: &[String]) -> Vec<Option<u32>> {
        let id = self.intern(language);
        let Some(automaton) = self.automaton(id) else { return vec![None; texts.len()] };
        let Some(start) = automaton.walk(0, prefix) else { return vec![None; texts.len()] };
        texts.iter().map(|text| automaton.walk(start, text)).collect()
    }

    /// Decides whether a string is in all of `inside` and none of `outside`.
    pub fn decide(&mut self, inside: &[&Language], outside: &[&Language]) -> TextDecision {
        let inside: Vec<Member<'_>> = inside.iter().map(|language| Member::Language(language)).collect();
        let outside: Vec<Member<'_>> = outside.iter().map(|language| Member::Language(language)).collect();
        self.decide_members(&inside, &outside)
    }

    /// Whether it was decided that no string is in both languages. Cheaper than [`Self::decide`], and without its limit.
    pub fn are_disjoint(&mut self, left: &Language, right: &Language) -> bool {
        let (left, right) = (self.intern(left), self.intern(right));
        self.ids_are_disjoint(left, right)
    }

    /// What was decided of the two: whether one is in the other only where they share a text.
    pub fn relation(&mut self, left: &Language, right: &Language) -> Relation {
        let (left_id, right_id) = (self.intern(left), self.intern(right));
        if let Some(known) = self.relations.get(&(left_id, right_id)) {
            return *known;
        }
        let relation = if self.ids_are_disjoint(left_id, right_id) {
            Relation { disjoint: true, ..Relation::default() }
        } else {
            Relation {
                disjoint: false,
                left_in_right: self.is_covered(left, &[], &[right]),
                right_in_left: self.is_covered(right, &[], &[left]),
            }
        };
        self.relations.insert((left_id, right_id), relation);
        relation
    }

    /// Whether it was decided that no string is in both.
    fn exclude(&mut self, left: usize, right: usize) -> bool {
        let has_positions = |id: usize| self.automaton(id).is_some_and(|known| known.source().is_some());
        if has_positions(left) && has_positions(right) {
            return self.ids_are_disjoint(left, right);
        }
        self.ask(&[left, right], &[]) == Intersection::Empty
    }

    fn accepts(&self, id: usize, text: &str) -> bool {
        self.automaton(id).is_some_and(|automaton| {
            automaton.walk(0, text).is_some_and(|state| automaton.is_accepting(state))
        })
    }

    fn ids_are_disjoint(&mut self, left: usize, right: usize) -> bool {
        let pair = (left.min(right), left.max(right));
        if let Some(known) = self.disjoint.get(&pair) {
            return *known;
        }
        let positions = |id: usize| self.automaton(id).and_then(|automaton| automaton.source());
        let differ = match (self.members.get(left), self.members.get(right)) {
            (Some((Source::Language(left), _)), Some((Source::Language(right), _))) => {
                left.differs_at_the_start(right)
            }
            _ => false,
        };
        let disjoint = differ
            || match (positions(left), positions(right)) {
                (Some(left), Some(right)) => !overlap(left, right),
                (None, _) | (_, None) => false,
            };
        self.disjoint.insert(pair, disjoint);
        disjoint
    }

    /// Whether it was decided that every string of `language` that is also in all of `within` is in one of `union`.
    pub fn is_covered(&mut self, language: &Language, within: &[&Language], union: &[&Language]) -> bool {
        if within.iter().any(|other| self.are_disjoint(language, other)) {
            return true;
        }
        let inside: Vec<usize> =
            [language].iter().chain(within).map(|language| self.intern(language)).collect();
        let outside: Vec<usize> = union.iter().map(|language| self.intern(language)).collect();
        if let Intersection::Text(text) = self.ask(&inside, &[])
            && !union.iter().any(|language| language.accepts(&text))
        {
            return false;
        }
        self.ask(&inside, &outside) == Intersection::Empty
    }

    /// As [`Self::decide`], where texts are also told apart by what they say.
    pub fn decide_members(&mut self, inside: &[Member<'_>], outside: &[Member<'_>]) -> TextDecision {
        let inside_ids: Vec<usize> = inside.iter().map(|member| self.intern_member(*member)).collect();
        let outside_ids: Vec<usize> = outside.iter().map(|member| self.intern_member(*member)).collect();
        match self.ask(&inside_ids, &outside_ids) {
            Intersection::Text(text) => TextDecision::Text(text),
            Intersection::TooLarge => TextDecision::TooLarge,
            Intersection::Empty => self.minimise(&inside_ids, &outside_ids),
        }
    }

    fn ask(&mut self, inside: &[usize], outside: &[usize]) -> Intersection {
        let mut inside = inside.to_vec();
        let mut outside = outside.to_vec();
        inside.sort_unstable();
        inside.dedup();
        outside.sort_unstable();
        outside.dedup();
        if outside.len() > FEW {
            // One that shares no string with one of `inside` excludes nothing.
            outside.retain(|other| !inside.iter().any(|one| self.ids_are_disjoint(*one, *other)));
        }
        if inside.is_empty() {
            let mut everything = LanguageBuilder::new();
            everything.star(CharacterSet::any());
            inside.push(self.intern(&everything.build()));
        }
        let question = (inside, outside);
        if let Some(known) = self.answers.get_mut(&question) {
            if known.counted != self.count {
                known.counted = self.count;
                self.states += known.states;
            }
            return known.answer.clone();
        }
        let automata = |ids: &[usize]| -> Vec<Rc<Automaton>> {
            ids.iter().filter_map(|id| self.automaton(*id).cloned()).collect()
        };
        let (inner, outer) = (automata(&question.0), automata(&question.1));
        let inner: Vec<&Automaton> = inner.iter().map(Rc::as_ref).collect();
        let outer: Vec<&Automaton> = outer.iter().map(Rc::as_ref).collect();
        let (answer, states) = intersect(&inner, &outer, self.limit);
        self.states += states;
        self.answers.insert(question, Known { answer: answer.clone(), states, counted: self.count });
        answer
    }

    /// A minimal conflict within two sets whose intersection is empty. Small conflicts are looked for first, since
    /// nearly all are one or two patterns; the rest by deletion in order.
    fn minimise(&mut self, inside: &[usize], outside: &[usize]) -> TextDecision {
        for first in 0..inside.len() {
            let Some(first_id) = inside.get(first).copied() else { continue };
            let text = match self.ask(&[first_id], &[]) {
                Intersection::Empty => {
                    return TextDecision::Conflict { inside: vec![first], outside: Vec::new() };
                }
                Intersection::Text(text) => Some(text),
                Intersection::TooLarge => None,
            };
            for (second, second_id) in inside.iter().enumerate().skip(first + 1) {
                if self.exclude(first_id, *second_id) {
                    return TextDecision::Conflict { inside: vec![first, second], outside: Vec::new() };
                }
            }
            for (second, second_id) in outside.iter().enumerate() {
                if text.as_ref().is_some_and(|text| !self.accepts(*second_id, text)) {
                    continue;
                }
                if self.ask(&[first_id], &[*second_id]) == Intersection::Empty {
                    return TextDecision::Conflict { inside: vec![first], outside: vec![second] };
                }
            }
        }
        let mut kept_inside: Vec<(usize, usize)> = inside.iter().copied().enumerate().collect();
        let mut kept_outside: Vec<(usize, usize)> = outside.iter().copied().enumerate().collect();
        let ids = |kept: &[(usize, usize)]| -> Vec<usize> { kept.iter().map(|entry| entry.1).collect() };
        let all_inside = ids(&kept_inside);
        leave_out(&mut kept_outside, |fewer| self.ask(&all_inside, &ids(fewer)) == Intersection::Empty);
        let needed_outside = ids(&kept_outside);
        leave_out(&mut kept_inside, |fewer| self.ask(&ids(fewer), &needed_outside) == Intersection::Empty);
        TextDecision::Conflict {
            inside: kept_inside.into_iter().map(|entry| entry.0).collect(),
            outside: kept_outside.into_iter().map(|entry| entry.0).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(inside: &[&str], outside: &[&str]) -> TextDecision {
        let inside: Vec<Language> = inside.iter().map(|pattern| Language::glob(pattern)).collect();
        let outside: Vec<Language> = outside.iter().map(|pattern| Language::glob(pattern)).collect();
        let inside: Vec<&Language> = inside.iter().collect();
        let outside: Vec<&Language> = outside.iter().collect();
        Theory::new(50_000).decide(&inside, &outside)
    }

    fn text(text: &str) -> TextDecision {
        TextDecision::Text(text.to_owned())
    }

    #[test]
    fn the_shortest_and_most_readable_string_is_found() {
        assert_eq!(decide(&["a*c", "*b*"], &[]), text("abc"));
        assert_eq!(decide(&["*"], &["", "a"]), text("b"));
        assert_eq!(decide(&["x?*"], &["xa*", "xb*"]), text("xc"));
        assert_eq!(decide(&["*a*a*a*a*a*b"], &[]), text("aaaaab"));
    }

    #[test]
    fn conflicts_are_minimal() {
        assert_eq!(
            decide(&["*", "us-east-?", "eu-*"], &["zz"]),
            TextDecision::Conflict { inside: vec![1, 2], outside: vec![] }
        );
        assert_eq!(
            decide(&["ab*", "*"], &["zz", "a*"]),
            TextDecision::Conflict { inside: vec![0], outside: vec![1] }
        );
        assert_eq!(decide(&["?"], &["zz"]), text("a"));
        // Only all three together exclude every string: a one-character string over {a, b}.
        let mut builder = LanguageBuilder::new();
        builder.one(CharacterSet::from_ranges(vec![('a', 'b')]));
        let two = builder.build();
        let (a, b) = (Language::exactly("a"), Language::exactly("b"));
        assert_eq!(
            Theory::new(1000).decide(&[&two], &[&a, &b]),
            TextDecision::Conflict { inside: vec![0], outside: vec![0, 1] }
        );
    }

    #[test]
    fn a_pattern_that_explodes_reaches_the_limit_and_no_answer() {
        let mut theory = Theory::new(1000);
        let inside = Language::glob("*a????????????????");
        let outside = Language::glob("*b????????????????");
        let mut builder = LanguageBuilder::new();
        builder.star(CharacterSet::from_ranges(vec![('b', 'c')]));
        let limited = builder.build();
        // No string over {b, c} has an `a`: empty, though the automaton is large.
        assert_eq!(
            theory.decide(&[&inside, &limited], &[]),
            TextDecision::Conflict { inside: vec![0, 1], outside: vec![] }
        );
        // The two differ at the seventeenth character from the end, which takes 2^17 states to see.
        assert_eq!(theory.decide(&[&inside, &outside], &[]), TextDecision::TooLarge);
    }

    #[test]
    fn alternatives_share_prefixes_and_end_where_they_should() {
        let names = Language::one_of(["claude".to_owned(), "claude-3".to_owned(), "nova".to_owned()]);
        assert!(names.accepts("claude") && names.accepts("claude-3") && !names.accepts("claude-"));
        let pattern = Language::glob("claude*");
        assert_eq!(Theory::new(1000).decide(&[&names], &[&pattern]), text("nova"));
        let exact = Language::exactly("claude");
        assert_eq!(Theory::new(1000).decide(&[&names, &pattern], &[&exact]), text("claude-3"));
    }
}
