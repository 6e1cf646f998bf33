//! Languages: sets of texts, described part by part.

use serde::{Deserialize, Serialize};

/// The concatenations of the parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Language {
    /// The parts, in order.
    pub parts: Vec<Part>,
}

/// A stretch of a language's texts. Characters are given as inclusive ranges of Unicode scalar values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// This text.
    Text(String),
    /// One character in one of the ranges.
    One(Vec<(u32, u32)>),
    /// Any number of characters in the ranges, also none.
    Star(Vec<(u32, u32)>),
    /// One of these texts; with none of them nothing.
    Alternatives(Vec<String>),
    /// A text of one of these languages. Only the kernel makes such parts, of what texts read as: no claim holds one.
    #[serde(skip)]
    Choice(Vec<Language>),
}

/// The last Unicode scalar value.
pub(crate) const LAST: u32 = 0x0010_FFFF;

impl Language {
    /// This text alone.
    pub(crate) fn exactly(text: &str) -> Self {
        Self { parts: vec![Part::Text(text.to_owned())] }
    }

    /// All texts.
    pub(crate) fn any() -> Self {
        Self { parts: vec![Part::Star(vec![(0, LAST)])] }
    }

    /// Any number of these characters.
    pub(crate) fn of_characters(characters: &str) -> Self {
        let set = characters.chars().map(|character| (u32::from(character), u32::from(character)));
        Self { parts: vec![Part::Star(set.collect())] }
    }

    /// The only text of the language, where it is written so that this is plain.
    pub(crate) fn single_text(&self) -> Option<String> {
        let texts = self.parts.iter().map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Alternatives(texts) => match texts.as_slice() {
                [only] => Some(only.as_str()),
                _ => None,
            },
            Part::One(_) | Part::Star(_) | Part::Choice(_) => None,
        });
        texts.collect()
    }
}
