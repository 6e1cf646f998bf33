//! What is known of the request when all literals of a lemma are false.

use std::collections::{BTreeMap, BTreeSet};

use crate::address;
use crate::automaton::Automaton;
use crate::claim::{Atom, Claim, Comparison, Domain, Literal};
use crate::decimal::Number;
use crate::instant;
use crate::language::Language;
use crate::rejection::LemmaFault;
use crate::template::instantiate;

/// The atoms of a lemma, each with the value that it has when the lemma's literal is false.
#[derive(Debug)]
pub(crate) struct Premises<'a> {
    claim: &'a Claim,
    /// In the order of the clause.
    pub(crate) atoms: Vec<(&'a Atom, bool)>,
    /// The attributes that occur.
    pub(crate) attributes: BTreeSet<u32>,
    /// From an attribute to a smaller one with the same text.
    leaders: BTreeMap<u32, u32>,
    /// The text of an attribute that can have only one, by leader.
    constants: BTreeMap<u32, String>,
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
        };
        for literal in clause {
            let place = usize::try_from(literal.unsigned_abs()).ok().and_then(|place| place.checked_sub(1));
            let atom = place.and_then(|place| claim.atoms.get(place)).ok_or(LemmaFault::NoMeaning)?;
            this.atoms.push((atom, *literal < 0));
            this.attributes.extend(attributes_of(atom));
        }
        if this.attributes.iter().any(|attribute| this.domain(*attribute).is_none()) {
            return Err(LemmaFault::NoMeaning);
        }
        for (atom, holds) in &this.atoms {
            if let (Atom::Equal(left, right), true) = (atom, holds) {
                let (left, right) = (leader(&this.leaders, *left), leader(&this.leaders, *right));
                if left != right {
                    this.leaders.insert(left.max(right), left.min(right));
                }
            }
        }
        this.find_constants();
        Ok(this)
    }

    fn find_constants(&mut self) {
        let mut found: Vec<(u32, String)> = Vec::new();
        for attribute in &self.attributes {
            if let Some(Domain::Language(language)) = self.domain(*attribute) {
                let text = self.language(*language).and_then(Language::single_text);
                found.extend(text.map(|text| (*attribute, text)));
            }
        }
        for (atom, holds) in &self.atoms {
            if let (Atom::Matches(attribute, language), true) = (atom, holds) {
                let text = self.language(*language).and_then(Language::single_text);
                found.extend(text.map(|text| (*attribute, text)));
            }
        }
        for (attribute, text) in found {
            self.constants.entry(leader(&self.leaders, attribute)).or_insert(text);
        }
    }

    /// The domain of an attribute.
    pub(crate) fn domain(&self, attribute: u32) -> Option<&'a Domain> {
        let place = usize::try_from(attribute).ok()?;
        self.claim.attributes.get(place).map(|attribute| &attribute.domain)
    }

    /// A language of the claim.
    pub(crate) fn language(&self, language: u32) -> Option<&'a Language> {
        self.claim.languages.get(usize::try_from(language).ok()?)
    }

    /// The attribute that stands for all that have the same text.
    pub(crate) fn leader(&self, attribute: u32) -> u32 {
        leader(&self.leaders, attribute)
    }

    /// Whether both have the same text.
    pub(crate) fn same(&self, left: u32, right: u32) -> bool {
        self.leader(left) == self.leader(right)
    }

    /// The text of an attribute that can have only this one.
    pub(crate) fn constant(&self, attribute: u32) -> Option<&str> {
        self.constants.get(&self.leader(attribute)).map(String::as_str)
    }

    /// The texts that match a pattern, where all texts in it are known.
    pub(crate) fn template(&self, atom: &Atom) -> Option<Language> {
        match atom {
            Atom::Template { parts, ignore_case, form, .. } => {
                instantiate(parts, *ignore_case, *form, |attribute| self.constant(attribute).map(str::to_owned))
            }
            Atom::Flag(_)
            | Atom::Chosen(..)
            | Atom::Matches(..)
            | Atom::Equal(..)
            | Atom::IsNumber(_)
            | Atom::Number(..)
            | Atom::IsInstant(_)
            | Atom::Instant(..)
            | Atom::InstantsWithin(..)
            | Atom::IsAddress(_)
            | Atom::Within(..) => None,
        }
    }

    /// Accepts if the texts that are known make a premise false, or are not in a domain.
    pub(crate) fn contradict(&self) -> Result<(), LemmaFault> {
        for (atom, holds) in &self.atoms {
            if self.value(atom).is_some_and(|value| value != *holds) {
                return Ok(());
            }
        }
        for attribute in &self.attributes {
            let outside = |text: &str| match self.domain(*attribute)? {
                Domain::Any => None,
                Domain::Language(language) => Some(!accepts(self.language(*language)?, text)),
                Domain::Number => Some(Number::parse(text) == Number::No),
                Domain::Instant => Some(instant::parse(text) == Number::No),
                Domain::Address => Some(address::parse(text).is_none()),
            };
            if self.constant(*attribute).and_then(outside) == Some(true) {
                return Ok(());
            }
        }
        Err(LemmaFault::NoConflict)
    }

    /// Whether the atom holds, where the texts that are known tell.
    fn value(&self, atom: &Atom) -> Option<bool> {
        match atom {
            Atom::Flag(_) | Atom::Chosen(..) => None,
            Atom::Matches(attribute, language) => {
                Some(accepts(self.language(*language)?, self.constant(*attribute)?))
            }
            Atom::Template { attribute, .. } => Some(accepts(&self.template(atom)?, self.constant(*attribute)?)),
            Atom::Equal(left, right) => {
                Some(self.same(*left, *right) || self.constant(*left)? == self.constant(*right)?)
            }
            Atom::IsNumber(attribute) => Some(Number::parse(self.constant(*attribute)?) != Number::No),
            Atom::Number(attribute, comparison, constant) => {
                stands(Number::parse(self.constant(*attribute)?), *comparison, constant)
            }
            Atom::IsInstant(attribute) => Some(instant::parse(self.constant(*attribute)?) != Number::No),
            Atom::Instant(attribute, comparison, constant) => {
                stands(instant::parse(self.constant(*attribute)?), *comparison, constant)
            }
            Atom::InstantsWithin(early, late, seconds) => {
                match (instant::parse(self.constant(*early)?), instant::parse(self.constant(*late)?)) {
                    (Number::No, _) | (_, Number::No) => Some(false),
                    (Number::Value(early), Number::Value(late)) => match Number::parse(seconds) {
                        Number::Value(seconds) => Some(early <= late.checked_add(seconds)?),
                        Number::No | Number::TooLong => None,
                    },
                    (Number::TooLong, _) | (_, Number::TooLong) => None,
                }
            }
            Atom::IsAddress(attribute) => Some(address::parse(self.constant(*attribute)?).is_some()),
            Atom::Within(attribute, prefix) => {
                let prefix = address::prefix(prefix)?;
                let address = address::parse(self.constant(*attribute)?);
                Some(address.is_some_and(|(v6, bits)| v6 == prefix.v6 && (prefix.low..=prefix.high).contains(&bits)))
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

fn accepts(language: &Language, text: &str) -> bool {
    Automaton::new(language).accepts(text)
}

/// Whether the number stands so to the constant; none if one of them is too long to tell.
fn stands(number: Number, comparison: Comparison, constant: &str) -> Option<bool> {
    match (number, Number::parse(constant)) {
        (Number::No, _) => Some(false),
        (Number::Value(number), Number::Value(constant)) => Some(match comparison {
            Comparison::Less => number < constant,
            Comparison::AtMost => number <= constant,
            Comparison::Equal => number == constant,
        }),
        (Number::TooLong, _) | (Number::Value(_), Number::TooLong | Number::No) => None,
    }
}

/// The attributes that an atom is about.
fn attributes_of(atom: &Atom) -> Vec<u32> {
    match atom {
        Atom::Flag(_) | Atom::Chosen(..) => Vec::new(),
        Atom::Equal(left, right) | Atom::InstantsWithin(left, right, _) => vec![*left, *right],
        Atom::Template { attribute, parts, .. } => {
            let values = parts.iter().filter_map(|part| match part {
                crate::claim::TemplatePart::Value(value) => Some(*value),
                crate::claim::TemplatePart::Pattern(_) | crate::claim::TemplatePart::Literal(_) => None,
            });
            values.chain([*attribute]).collect()
        }
        Atom::Matches(attribute, _)
        | Atom::IsNumber(attribute)
        | Atom::Number(attribute, ..)
        | Atom::IsInstant(attribute)
        | Atom::Instant(attribute, ..)
        | Atom::IsAddress(attribute)
        | Atom::Within(attribute, _) => vec![*attribute],
    }
}
