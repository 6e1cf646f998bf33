//! What is known of the request when all literals of a lemma are false.

use std::collections::{BTreeMap, BTreeSet};

use crate::automaton::Automaton;
use crate::claim::{Atom, Claim, Comparison, Domain, Kind, Literal, TemplatePart};
use crate::decimal::Number;
use crate::language::Language;
use crate::rejection::LemmaFault;
use crate::{address, instant, template};

/// The atoms of a lemma, each with the value that it has when the lemma's literal is false.
#[derive(Debug)]
pub(crate) struct Premises<'a> {
    claim: &'a Claim,
    /// In the order of the clause.
    pub(crate) atoms: Vec<(&'a Atom, bool)>,
    /// The attributes that occur.
    attributes: BTreeSet<u32>,
    /// From an attribute to a smaller one with the same text.
    leaders: BTreeMap<u32, u32>,
    /// The text of an attribute that can have only one, by leader.
    constants: BTreeMap<u32, String>,
    /// How texts are known to read, by leader.
    pub(crate) reads: BTreeSet<(u32, Kind)>,
}

impl<'a> Premises<'a> {
    /// The premises of a lemma. An atom that names what the claim does not have has no meaning.
    pub(crate) fn new(claim: &'a Claim, clause: &[Literal]) -> Result<Self, LemmaFault> {
        let mut this = Self {
            claim,
            atoms: Vec::new(),
            attributes: BTreeSet::new(),
            leaders: BTreeMap::new(),
            constants: BTreeMap::new(),
            reads: BTreeSet::new(),
        };
        for literal in clause {
            let place = usize::try_from(literal.unsigned_abs()).ok().and_then(|place| place.checked_sub(1));
            let atom = place.and_then(|place| claim.atoms.get(place)).ok_or(LemmaFault::NoMeaning)?;
            this.atoms.push((atom, *literal < 0));
            this.attributes.extend(attributes_of(atom));
        }
        for (atom, holds) in &this.atoms {
            if let (Atom::Equal(left, right), true) = (atom, holds) {
                let (left, right) = (leader(&this.leaders, *left), leader(&this.leaders, *right));
                if left != right {
                    this.leaders.insert(left.max(right), left.min(right));
                }
            }
        }
        this.find_facts()?;
        Ok(this)
    }

    /// Finds what domains and true atoms say about single texts.
    fn find_facts(&mut self) -> Result<(), LemmaFault> {
        let mut languages: Vec<(u32, u32)> = Vec::new();
        for attribute in self.attributes.clone() {
            match self.domain(attribute)? {
                Domain::Any => {}
                Domain::Language(language) => languages.push((attribute, *language)),
                Domain::Reads(kind) => _ = self.reads.insert((self.leader(attribute), *kind)),
            }
        }
        for (atom, _) in self.atoms.iter().filter(|entry| entry.1) {
            if let Atom::Matches(attribute, language) = atom {
                languages.push((*attribute, *language));
            }
            if let Some(kind) = kind_of(atom) {
                let texts = attributes_of(atom).into_iter().map(|text| (leader(&self.leaders, text), kind));
                self.reads.extend(texts);
            }
        }
        for (attribute, language) in languages {
            if let Some(text) = self.language(language)?.single_text() {
                self.constants.entry(leader(&self.leaders, attribute)).or_insert(text);
            }
        }
        Ok(())
    }

    /// The domain of an attribute.
    pub(crate) fn domain(&self, attribute: u32) -> Result<&'a Domain, LemmaFault> {
        let found = usize::try_from(attribute).ok().and_then(|place| self.claim.attributes.get(place));
        found.map(|attribute| &attribute.domain).ok_or(LemmaFault::NoMeaning)
    }

    /// A language of the claim.
    pub(crate) fn language(&self, language: u32) -> Result<&'a Language, LemmaFault> {
        let found = usize::try_from(language).ok().and_then(|place| self.claim.languages.get(place));
        found.ok_or(LemmaFault::NoMeaning)
    }

    /// The attribute that stands for all that have the same text.
    pub(crate) fn leader(&self, attribute: u32) -> u32 {
        leader(&self.leaders, attribute)
    }

    /// The text of an attribute that can have only this one.
    pub(crate) fn constant(&self, attribute: u32) -> Option<&str> {
        self.constants.get(&self.leader(attribute)).map(String::as_str)
    }

    /// A language that the attribute's text is in: its only text, else that of the first true atom about it, else its
    /// domain, else all texts.
    fn language_of(&self, attribute: u32) -> Language {
        let asked = self.atoms.iter().find_map(|(atom, holds)| {
            if let (Atom::Matches(other, language), true) = (atom, holds)
                && self.leader(*other) == self.leader(attribute)
            {
                self.language(*language).ok()
            } else {
                None
            }
        });
        let domain = || match self.domain(attribute) {
            Ok(Domain::Language(language)) => self.language(*language).ok(),
            Ok(Domain::Any | Domain::Reads(_)) | Err(_) => None,
        };
        match self.constant(attribute) {
            Some(text) => Language::exactly(text),
            None => asked.or_else(domain).cloned().unwrap_or_else(Language::any),
        }
    }

    /// The texts that make the atom true, where it is about a text of which `is_about` is true and a pattern. With
    /// `holds`, which says that the atom is true, there may be more texts: values in the pattern may be several.
    pub(crate) fn pattern(
        &self,
        atom: &Atom,
        holds: bool,
        is_about: impl Fn(u32) -> bool,
    ) -> Result<Option<Language>, LemmaFault> {
        let known = |attribute: u32| {
            (holds || self.constant(attribute).is_some()).then(|| self.language_of(attribute))
        };
        if let Atom::Matches(text, language) = atom
            && is_about(*text)
        {
            return self.language(*language).cloned().map(Some);
        }
        if let Atom::Template { attribute, parts, ignore_case, form } = atom
            && is_about(*attribute)
        {
            let language = template::instantiate(parts, *ignore_case, *form, known);
            return language.map(Some).ok_or(LemmaFault::OpenValue);
        }
        Ok(None)
    }

    /// Accepts if the texts that are known make a premise false, or are not in a domain.
    pub(crate) fn contradict(&self) -> Result<(), LemmaFault> {
        let is_false = |(atom, holds): &(&Atom, bool)| self.value(atom).is_some_and(|value| value != *holds);
        let is_outside = |attribute: &u32| {
            self.constant(*attribute).is_some_and(|text| match self.domain(*attribute) {
                Ok(Domain::Language(language)) => {
                    self.language(*language).is_ok_and(|found| !Automaton::new(found).accepts(text))
                }
                Ok(Domain::Reads(kind)) => !reads(*kind, text),
                Ok(Domain::Any) | Err(_) => false,
            })
        };
        if self.atoms.iter().any(is_false) || self.attributes.iter().any(is_outside) {
            Ok(())
        } else {
            Err(LemmaFault::NoConflict)
        }
    }

    /// Whether the atom holds, where the texts that are known tell.
    fn value(&self, atom: &Atom) -> Option<bool> {
        match atom {
            Atom::Flag(_) | Atom::Chosen(..) => None,
            Atom::Matches(attribute, _) | Atom::Template { attribute, .. } => {
                let language = self.pattern(atom, false, |_| true).ok()??;
                Some(Automaton::new(&language).accepts(self.constant(*attribute)?))
            }
            Atom::Equal(left, right) => Some(
                self.leader(*left) == self.leader(*right)
                    || self.constant(*left)? == self.constant(*right)?,
            ),
            Atom::Reads(attribute, kind) => Some(reads(*kind, self.constant(*attribute)?)),
            Atom::Compares(attribute, kind, comparison, constant) => {
                match (read(*kind, self.constant(*attribute)?), Number::parse(constant)) {
                    (Number::No, _) => Some(false),
                    (Number::Value(value), Number::Value(constant)) => Some(match comparison {
                        Comparison::Less => value < constant,
                        Comparison::AtMost => value <= constant,
                        Comparison::Equal => value == constant,
                    }),
                    _ => None,
                }
            }
            Atom::InstantsWithin(early, late, seconds) => {
                let instant = |attribute: u32| self.constant(attribute).map(instant::parse);
                match (instant(*early)?, instant(*late)?, Number::parse(seconds)) {
                    (Number::No, _, _) | (_, Number::No, _) => Some(false),
                    (Number::Value(early), Number::Value(late), Number::Value(seconds)) => {
                        Some(early <= late.checked_add(seconds)?)
                    }
                    _ => None,
                }
            }
            Atom::Within(attribute, prefix) => {
                let prefix = address::prefix(prefix)?;
                let address = address::parse(self.constant(*attribute)?);
                Some(
                    address.is_some_and(|(v6, bits)| {
                        v6 == prefix.v6 && (prefix.low..=prefix.high).contains(&bits)
                    }),
                )
            }
        }
    }
}

fn leader(leaders: &BTreeMap<u32, u32>, mut attribute: u32) -> u32 {
    // Each step leads to a smaller number.
    while let Some(next) = leaders.get(&attribute) {
        attribute = *next;
    }
    attribute
}

/// How the text reads as a number or an instant.
fn read(kind: Kind, text: &str) -> Number {
    match kind {
        Kind::Number => Number::parse(text),
        Kind::Instant => instant::parse(text),
        Kind::Address => Number::No,
    }
}

fn reads(kind: Kind, text: &str) -> bool {
    if kind == Kind::Address { address::parse(text).is_some() } else { read(kind, text) != Number::No }
}

/// How the texts of an atom read when it is true.
pub(crate) fn kind_of(atom: &Atom) -> Option<Kind> {
    match atom {
        Atom::Reads(_, kind) | Atom::Compares(_, kind, ..) => Some(*kind),
        Atom::InstantsWithin(..) => Some(Kind::Instant),
        Atom::Within(..) => Some(Kind::Address),
        Atom::Flag(_) | Atom::Chosen(..) | Atom::Matches(..) | Atom::Template { .. } | Atom::Equal(..) => {
            None
        }
    }
}

/// The attributes that an atom is about.
pub(crate) fn attributes_of(atom: &Atom) -> Vec<u32> {
    match atom {
        Atom::Flag(_) | Atom::Chosen(..) => Vec::new(),
        Atom::Equal(left, right) | Atom::InstantsWithin(left, right, _) => vec![*left, *right],
        Atom::Template { attribute, parts, .. } => {
            let values = parts.iter().filter_map(|part| match part {
                TemplatePart::Value(value) => Some(*value),
                TemplatePart::Pattern(_) | TemplatePart::Literal(_) => None,
            });
            values.chain([*attribute]).collect()
        }
        Atom::Matches(attribute, _)
        | Atom::Reads(attribute, _)
        | Atom::Compares(attribute, ..)
        | Atom::Within(attribute, _) => vec![*attribute],
    }
}

#[cfg(test)]
mod tests;
