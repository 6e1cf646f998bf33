//! What a target asks of a key, as terms.

use ringfence_model::context::ContextKey;

use super::Encoder;
use super::key::{KeyValue, Text};
use crate::decimal::Decimal;
use crate::formula::Domain;
use crate::query::KeyDemand;
use crate::term::{Atom, Comparison, Prefix, Term, Terms};
use crate::text::{parse_address, parse_instant};
use crate::wildcard::{Language, LanguageBuilder};

impl Encoder<'_> {
    pub(super) fn demand(&mut self, key: &ContextKey, demand: &KeyDemand) -> Term {
        let value = self.key(key);
        match demand {
            KeyDemand::Absent => self.absent(&value),
            KeyDemand::Value(language) => self.single_within(&value, language, &[]),
            KeyDemand::Reading(text) => self.single_reading(&value, &Language::exactly(text)),
            KeyDemand::List(values) => self.lists_exactly(&value, values),
            KeyDemand::Listing(text) => self.lists(&value, &Language::ignoring_case(text)),
            KeyDemand::ValueOutside(language, excluded) => self.single_within(&value, language, excluded),
            KeyDemand::AbsentOrOutside(language, excluded) => {
                let absent = self.absent(&value);
                let outside = self.single_within(&value, language, excluded);
                self.formula.terms.or([absent, outside])
            }
        }
    }

    /// The key is absent.
    pub(super) fn absent(&mut self, value: &KeyValue) -> Term {
        match value {
            KeyValue::Absent => Terms::TRUE,
            KeyValue::Single(_) => Terms::FALSE,
            KeyValue::List(slots) => Terms::constant(slots.is_empty()),
            KeyValue::Cases(cases) => {
                let parts: Vec<Term> = cases
                    .iter()
                    .map(|(guard, inner)| {
                        let inner = self.absent(inner);
                        self.formula.terms.and([*guard, inner])
                    })
                    .collect();
                self.formula.terms.or(parts)
            }
        }
    }

    /// The key has one value, in `language` and in none of `excluded`.
    fn single_within(&mut self, value: &KeyValue, language: &Language, excluded: &[Language]) -> Term {
        match value {
            KeyValue::Absent | KeyValue::List(_) => Terms::FALSE,
            KeyValue::Single(text) => {
                let mut parts =
                    vec![self.text_matches(text, language.clone()), self.reads_as(text, language)];
                for language in excluded {
                    let inside = self.text_matches(text, language.clone());
                    parts.push(self.formula.terms.not(inside));
                }
                self.formula.terms.and(parts)
            }
            KeyValue::Cases(cases) => {
                let parts: Vec<Term> = cases
                    .iter()
                    .map(|(guard, inner)| {
                        let inner = self.single_within(inner, language, excluded);
                        self.formula.terms.and([*guard, inner])
                    })
                    .collect();
                self.formula.terms.or(parts)
            }
        }
    }

    /// The key has one value, which reads as the text of `exact`.
    fn single_reading(&mut self, value: &KeyValue, exact: &Language) -> Term {
        match value {
            KeyValue::Absent | KeyValue::List(_) => Terms::FALSE,
            KeyValue::Single(text) => {
                let by_type = match text {
                    Text::Constant(_) | Text::Behind { .. } => false,
                    Text::Attribute(attribute) => match self.formula.domain(*attribute) {
                        Domain::Text(_) => false,
                        Domain::Number | Domain::Instant | Domain::Address => true,
                    },
                };
                if by_type { self.reads_as(text, exact) } else { self.text_matches(text, exact.clone()) }
            }
            KeyValue::Cases(cases) => {
                let parts: Vec<Term> = cases
                    .iter()
                    .map(|(guard, inner)| {
                        let inner = self.single_reading(inner, exact);
                        self.formula.terms.and([*guard, inner])
                    })
                    .collect();
                self.formula.terms.or(parts)
            }
        }
    }

    /// What follows for the number, instant or address that `text` reads as, if `language` is one text: the search
    /// would find it only by trying.
    fn reads_as(&mut self, text: &Text, language: &Language) -> Term {
        let (Text::Attribute(attribute), Some(exact)) = (text, language.single_text()) else {
            return Terms::TRUE;
        };
        let atom =
            match self.formula.domain(*attribute) {
                Domain::Text(_) => return Terms::TRUE,
                Domain::Number => Decimal::parse(&exact)
                    .map(|constant| Atom::Number(*attribute, Comparison::Equal, constant)),
                Domain::Instant => parse_instant(&exact)
                    .map(|constant| Atom::Instant(*attribute, Comparison::Equal, constant)),
                Domain::Address => parse_address(&exact).map(|(v6, bits)| {
                    Atom::Within(*attribute, Prefix { v6, bits, length: if v6 { 128 } else { 32 } })
                }),
            };
        atom.map_or(Terms::FALSE, |atom| self.formula.terms.from_atom(atom))
    }

    /// The key is a list of exactly these values.
    pub(super) fn lists_exactly(&mut self, value: &KeyValue, values: &[String]) -> Term {
        match value {
            KeyValue::Absent | KeyValue::Single(_) => Terms::FALSE,
            KeyValue::List(slots) if slots.len() < values.len() => Terms::FALSE,
            KeyValue::List(slots) => {
                let mut parts = Vec::new();
                for (index, slot) in slots.iter().enumerate() {
                    match values.get(index) {
                        Some(text) => {
                            parts.push(slot.used);
                            let language = Language::exactly(text);
                            parts.push(self.reads_as(&slot.value, &language));
                            parts.push(self.text_matches(&slot.value, language));
                        }
                        None => parts.push(self.formula.terms.not(slot.used)),
                    }
                }
                self.formula.terms.and(parts)
            }
            KeyValue::Cases(cases) => {
                let parts: Vec<Term> = cases
                    .iter()
                    .map(|(guard, inner)| {
                        let inner = self.lists_exactly(inner, values);
                        self.formula.terms.and([*guard, inner])
                    })
                    .collect();
                self.formula.terms.or(parts)
            }
        }
    }

    /// `text` is in `language`.
    pub(super) fn text_matches(&mut self, text: &Text, language: Language) -> Term {
        match text {
            Text::Constant(text) => Terms::constant(language.accepts(text)),
            Text::Attribute(attribute) => self.formula.matches(*attribute, language),
            Text::Behind { prefix, attribute } => {
                let mut whole = LanguageBuilder::new();
                whole.text(prefix).append(&language);
                self.formula.matches(*attribute, whole.build())
            }
        }
    }
}
