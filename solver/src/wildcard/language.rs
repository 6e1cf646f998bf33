//! Languages of patterns: what a policy's wildcard string, an ARN format or a list of names matches.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHasher;
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::character::CharacterSet;
use crate::wrong::{WrongEncoder, is_on};

/// A stretch of a language's strings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// This text, not empty. Neighbouring texts are one.
    Text(String),
    /// One character of the set.
    One(CharacterSet),
    /// Any number of characters of the set, also none.
    Star(CharacterSet),
    /// One of these strings. Ascending, without duplicates, so that equal languages are equal data.
    Alternatives(Vec<String>),
}

/// A set of strings: the concatenations of its parts. Equal data means equal sets, not the reverse. Copies share their
/// data: formulas name one language many times.
#[derive(Clone)]
pub struct Language(Arc<Written>);

struct Written {
    parts: Vec<Part>,
    /// Of the parts.
    hash: u64,
    /// See [`Language::digest`].
    digest: OnceLock<[u8; 32]>,
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.0.hash == other.0.hash && self.0.parts == other.0.parts)
    }
}

impl Eq for Language {}

impl PartialOrd for Language {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Language {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.parts.cmp(&other.0.parts) }
    }
}

impl Hash for Language {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Language").field(&self.0.parts).finish()
    }
}

/// As its [digest](Language::digest).
impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.digest())
    }
}

impl From<Vec<Part>> for Language {
    fn from(parts: Vec<Part>) -> Self {
        let mut hasher = FxHasher::default();
        parts.hash(&mut hasher);
        Self(Arc::new(Written { hash: hasher.finish(), parts, digest: OnceLock::new() }))
    }
}

impl Language {
    /// The parts.
    pub fn parts(&self) -> &[Part] {
        &self.0.parts
    }

    /// SHA-256 of the parts, by which equal languages are known from one run to the next.
    pub fn digest(&self) -> &[u8; 32] {
        self.0.digest.get_or_init(|| {
            let mut hasher = Sha256::new();
            let mut add = |kind: u8, bytes: &[u8]| {
                hasher.update([kind]);
                hasher.update(bytes.len().to_le_bytes());
                hasher.update(bytes);
            };
            let ranges = |set: &CharacterSet| -> Vec<u8> {
                set.ranges()
                    .iter()
                    .flat_map(|(low, high)| [low.to_le_bytes(), high.to_le_bytes()])
                    .flatten()
                    .collect()
            };
            for part in &self.0.parts {
                match part {
                    Part::Text(text) => add(b't', text.as_bytes()),
                    Part::One(set) => add(b'o', &ranges(set)),
                    Part::Star(set) => add(b's', &ranges(set)),
                    Part::Alternatives(texts) => {
                        add(b'a', &texts.len().to_le_bytes());
                        for text in texts {
                            add(b't', text.as_bytes());
                        }
                    }
                }
            }
            hasher.finalize().into()
        })
    }

    /// The language of `text` alone.
    pub fn exactly(text: &str) -> Self {
        let mut builder = LanguageBuilder::new();
        builder.text(text);
        builder.build()
    }

    /// The language of `text` in any ASCII letter case.
    pub fn ignoring_case(text: &str) -> Self {
        let mut builder = LanguageBuilder::new();
        builder.text_ignoring_case(text);
        builder.build()
    }

    /// The strings that the wildcard pattern matches, `*` and `?` crossing everything.
    pub fn glob(pattern: &str) -> Self {
        let mut builder = LanguageBuilder::new();
        builder.glob(pattern, &CharacterSet::any());
        builder.build()
    }

    /// What the characters may be with which every string of the language starts, as long as they are few: ends at
    /// the first star or choice of texts.
    pub fn leading_characters(&self) -> impl Iterator<Item = Leading<'_>> {
        self.parts()
            .iter()
            .map_while(|part| match part {
                Part::Text(text) => Some((Some(text.chars()), None)),
                Part::One(set) => Some((None, Some(Leading::Set(set)))),
                Part::Star(_) | Part::Alternatives(_) => None,
            })
            .flat_map(|(text, set)| text.into_iter().flatten().map(Leading::Exactly).chain(set))
    }

    /// True if no string can start as those of both languages do; false says nothing.
    pub fn differs_at_the_start(&self, other: &Self) -> bool {
        let (mut left, mut right) = (self.leading_characters(), other.leading_characters());
        loop {
            match (left.next(), right.next()) {
                (Some(left), Some(right)) if !left.meets(&right) => return true,
                (Some(_), Some(_)) => {}
                (None, _) | (_, None) => return false,
            }
        }
    }

    /// The ARNs that the wildcard pattern matches, part by part: before the fifth colon `*` and `?` do not match a
    /// colon. A pattern of fewer than six parts is a plain wildcard pattern. This is how configurations are read.
    pub fn arn_pattern(pattern: &str) -> Self {
        let mut builder = LanguageBuilder::new();
        let mut parts = pattern.splitn(6, ':');
        let front: Vec<&str> = parts.by_ref().take(5).collect();
        let Some(rest) = parts.next() else { return Self::glob(pattern) };
        builder.glob(&front.join(":"), &CharacterSet::except(':'));
        builder.text(":").glob(rest, &CharacterSet::any());
        builder.build()
    }

    /// One of `texts`; the empty language if there are none.
    pub fn one_of(texts: impl IntoIterator<Item = String>) -> Self {
        let mut builder = LanguageBuilder::new();
        builder.alternatives(texts);
        builder.build()
    }

    /// True when every string is in the language.
    pub fn is_everything(&self) -> bool {
        matches!(self.parts(), [Part::Star(set)] if set.is_any())
    }

    /// The only string of the language, when it is written as one.
    pub fn single_text(&self) -> Option<String> {
        match self.parts() {
            [] => Some(String::new()),
            [Part::Text(text)] => Some(text.clone()),
            _ => None,
        }
    }

    /// The language of its strings in lower case.
    #[must_use]
    pub fn in_lower_case(&self) -> Self {
        let mut builder = LanguageBuilder::new();
        for part in self.parts() {
            match part {
                Part::Text(text) => builder.text(&text.to_ascii_lowercase()),
                Part::One(set) => builder.one(set.in_lower_case()),
                Part::Star(set) => builder.star(set.in_lower_case()),
                Part::Alternatives(texts) => {
                    builder.alternatives(texts.iter().map(|text| text.to_ascii_lowercase()))
                }
            };
        }
        builder.build()
    }

    /// Whether `text` is in the language. Decided on the parts, without an automaton.
    pub fn accepts(&self, text: &str) -> bool {
        // The places in `text`, ascending, that some way of matching the parts so far has reached.
        let mut reached = vec![0];
        let mut next = Vec::new();
        for part in self.parts() {
            next.clear();
            match part {
                Part::Text(wanted) => {
                    for place in reached.iter().copied() {
                        next.extend(after(text, place, wanted));
                    }
                }
                Part::One(set) => {
                    for place in reached.iter().copied() {
                        let first = text.get(place..).and_then(|rest| rest.chars().next());
                        next.extend(
                            first
                                .filter(|character| set.contains(*character))
                                .map(|character| place + character.len_utf8()),
                        );
                    }
                }
                Part::Star(set) => {
                    for place in reached.iter().copied() {
                        // What was reached from an earlier place includes all that is reached from this one.
                        if next.last().is_some_and(|last| *last >= place) {
                            continue;
                        }
                        next.push(place);
                        let rest = text.get(place..).unwrap_or("");
                        let ends = rest.char_indices().take_while(|(_, character)| set.contains(*character));
                        next.extend(ends.map(|(start, character)| place + start + character.len_utf8()));
                    }
                }
                Part::Alternatives(texts) => {
                    for wanted in texts {
                        for place in reached.iter().copied() {
                            next.extend(after(text, place, wanted));
                        }
                    }
                    next.sort_unstable();
                    next.dedup();
                }
            }
            if next.is_empty() {
                return false;
            }
            std::mem::swap(&mut reached, &mut next);
        }
        reached.last() == Some(&text.len())
    }
}

/// The place after `wanted`, where that stands at `place` of `text`.
fn after(text: &str, place: usize, wanted: &str) -> Option<usize> {
    text.get(place..)?.starts_with(wanted).then_some(place + wanted.len())
}

/// What one character may be.
#[derive(Clone, Copy, Debug)]
pub enum Leading<'a> {
    /// This one.
    Exactly(char),
    /// One of these.
    Set(&'a CharacterSet),
}

impl Leading<'_> {
    /// Whether some character is admitted by both; true in doubt.
    pub fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exactly(left), Self::Exactly(right)) => left == right,
            (Self::Exactly(character), Self::Set(set)) | (Self::Set(set), Self::Exactly(character)) => {
                set.contains(*character)
            }
            (Self::Set(_), Self::Set(_)) => true,
        }
    }
}

/// Builds a [`Language`] part by part, in a normal form (no star twice in a row, neighbouring stars of one set
/// merged, a `?` after a star moved before it).
#[derive(Clone, Debug, Default)]
pub struct LanguageBuilder {
    parts: Vec<Part>,
}

impl LanguageBuilder {
    /// A builder of the language of the empty string.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends `text`, taken literally.
    pub fn text(&mut self, text: &str) -> &mut Self {
        match self.parts.last_mut() {
            _ if text.is_empty() => {}
            Some(Part::Text(last)) => last.push_str(text),
            Some(Part::One(_) | Part::Star(_) | Part::Alternatives(_)) | None => {
                self.parts.push(Part::Text(text.to_owned()));
            }
        }
        self
    }

    /// Appends `text` in any ASCII letter case.
    pub fn text_ignoring_case(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            if character.is_ascii_alphabetic() {
                self.parts.push(Part::One(CharacterSet::ignoring_case(character)));
            } else {
                self.text(character.encode_utf8(&mut [0; 4]));
            }
        }
        self
    }

    /// Appends one character of `set`.
    pub fn one(&mut self, set: CharacterSet) -> &mut Self {
        // A star that accepts the same characters commutes with one character of its set.
        if let Some(Part::Star(star)) = self.parts.last()
            && *star == set
        {
            let star = self.parts.pop();
            self.parts.push(Part::One(set));
            self.parts.extend(star);
        } else {
            self.parts.push(Part::One(set));
        }
        self
    }

    /// Appends any number of characters of `set`.
    pub fn star(&mut self, set: CharacterSet) -> &mut Self {
        if !matches!(self.parts.last(), Some(Part::Star(star)) if *star == set) {
            self.parts.push(Part::Star(set));
        }
        self
    }

    /// Appends one or more characters of `set`.
    pub fn some(&mut self, set: CharacterSet) -> &mut Self {
        self.one(set.clone()).star(set)
    }

    /// Appends one of `texts`.
    pub fn alternatives(&mut self, texts: impl IntoIterator<Item = String>) -> &mut Self {
        let mut texts: Vec<String> = texts.into_iter().collect();
        texts.sort_unstable();
        texts.dedup();
        if let [only] = texts.as_slice() {
            let only = only.clone();
            self.text(&only);
        } else {
            self.parts.push(Part::Alternatives(texts));
        }
        self
    }

    /// Appends the pattern: `*` is a star over `wild`, `?` one character of `wild`, the rest literal.
    pub fn glob(&mut self, pattern: &str, wild: &CharacterSet) -> &mut Self {
        self.glob_with(pattern, wild, Self::text)
    }

    /// As [`Self::glob`], the literal characters in any ASCII letter case.
    pub fn glob_ignoring_case(&mut self, pattern: &str, wild: &CharacterSet) -> &mut Self {
        self.glob_with(pattern, wild, Self::text_ignoring_case)
    }

    fn glob_with(
        &mut self,
        pattern: &str,
        wild: &CharacterSet,
        literal: for<'b> fn(&'b mut Self, &str) -> &'b mut Self,
    ) -> &mut Self {
        let mut rest = pattern;
        while let Some(place) = rest.find(['*', '?']) {
            let (before, after) = rest.split_at_checked(place).unwrap_or((rest, ""));
            literal(self, before);
            if after.starts_with('*') || is_on(WrongEncoder::QuestionMarkAsStar) {
                self.star(wild.clone());
            } else {
                self.one(wild.clone());
            }
            rest = after.get(1..).unwrap_or("");
        }
        literal(self, rest);
        self
    }

    /// Appends all of `language`.
    pub fn append(&mut self, language: &Language) -> &mut Self {
        for part in language.parts() {
            match part {
                Part::Text(text) => {
                    self.text(text);
                }
                Part::One(_) | Part::Star(_) | Part::Alternatives(_) => self.parts.push(part.clone()),
            }
        }
        self
    }

    /// The language built.
    pub fn build(self) -> Language {
        Language::from(self.parts)
    }
}
