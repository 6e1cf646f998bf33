//! What one script is about: some atoms of a claim, the attributes that they are about, and which parts of these matter.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_kernel::{Atom, Attribute, Claim, Domain, Kind, Language, Literal, TemplatePart};

use super::ScriptError;
use super::language::single_text;

/// Atoms of a claim, by variable, with what they are about.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub(super) claim: &'a Claim,
    /// The variables, ascending, and their atoms; none for those without a meaning.
    pub(super) variables: BTreeMap<u32, Option<&'a Atom>>,
    /// The attributes that occur.
    pub(super) attributes: BTreeMap<u32, &'a Attribute>,
    /// Those whose text matters, and not only what it reads as.
    pub(super) texts: BTreeSet<u32>,
    /// Which attributes may read as what.
    pub(super) readings: BTreeSet<(u32, Kind)>,
    /// Whether texts are compared with each other.
    has_equalities: bool,
}

impl<'a> Scope<'a> {
    /// The atoms of these literals, and further attributes.
    pub(super) fn new(
        claim: &'a Claim,
        literals: impl IntoIterator<Item = Literal>,
        further: impl IntoIterator<Item = u32>,
    ) -> Result<Self, ScriptError> {
        let mut this = Self {
            claim,
            variables: BTreeMap::new(),
            attributes: BTreeMap::new(),
            texts: BTreeSet::new(),
            readings: BTreeSet::new(),
            has_equalities: false,
        };
        for literal in literals {
            let variable = literal.unsigned_abs();
            if !(1..=claim.variables).contains(&variable) {
                return Err(ScriptError::NoVariable(literal));
            }
            let place = usize::try_from(variable - 1).unwrap_or(usize::MAX);
            this.variables.insert(variable, claim.atoms.get(place));
        }
        for atom in this.atoms() {
            for attribute in attributes_of(atom) {
                this.attributes.insert(attribute, this.attribute(attribute)?);
            }
            this.note(atom)?;
        }
        for attribute in further {
            this.attributes.insert(attribute, this.attribute(attribute)?);
        }
        for (number, attribute) in &this.attributes {
            match attribute.domain {
                Domain::Any => {}
                Domain::Language(language) => {
                    this.language(language)?;
                    this.texts.insert(*number);
                }
                Domain::Reads(kind) => _ = this.readings.insert((*number, kind)),
            }
        }
        // What reads in two ways is a text of both.
        for (attribute, kind) in &this.readings {
            if this.readings.iter().any(|(other, second)| other == attribute && second != kind) {
                this.texts.insert(*attribute);
            }
        }
        Ok(this)
    }

    /// Notes which texts and readings an atom needs.
    fn note(&mut self, atom: &Atom) -> Result<(), ScriptError> {
        match atom {
            Atom::Flag(_) | Atom::Chosen(..) => {}
            Atom::Matches(attribute, language) => {
                self.language(*language)?;
                self.texts.insert(*attribute);
            }
            Atom::Template { .. } => self.texts.extend(attributes_of(atom)),
            Atom::Equal(left, right) => {
                self.texts.extend([*left, *right]);
                self.has_equalities = true;
            }
            Atom::Reads(attribute, kind) | Atom::Compares(attribute, kind, ..) => {
                self.readings.insert((*attribute, *kind));
            }
            Atom::InstantsWithin(early, late, _) => {
                self.readings.extend([(*early, Kind::Instant), (*late, Kind::Instant)]);
            }
            Atom::Within(attribute, _) => _ = self.readings.insert((*attribute, Kind::Address)),
        }
        Ok(())
    }

    /// The atoms, in order of their variables.
    pub(super) fn atoms(&self) -> Vec<&'a Atom> {
        self.variables.values().copied().flatten().collect()
    }

    fn attribute(&self, attribute: u32) -> Result<&'a Attribute, ScriptError> {
        let found = usize::try_from(attribute).ok().and_then(|place| self.claim.attributes.get(place));
        found.ok_or(ScriptError::NoAttribute(attribute))
    }

    /// A language of the claim.
    pub(super) fn language(&self, language: u32) -> Result<&'a Language, ScriptError> {
        let found = usize::try_from(language).ok().and_then(|place| self.claim.languages.get(place));
        found.ok_or(ScriptError::NoLanguage(language))
    }

    /// Which attributes atoms say to be in which languages.
    fn matches(&self) -> Vec<(u32, u32)> {
        let matches = |atom: &Atom| {
            if let Atom::Matches(attribute, language) = atom { Some((*attribute, *language)) } else { None }
        };
        self.atoms().into_iter().filter_map(matches).collect()
    }

    /// The languages that occur, by number.
    pub(super) fn languages(&self) -> BTreeMap<u32, &'a Language> {
        let asked = self.matches().into_iter().map(|(_, language)| language);
        let domains = self.attributes.values().filter_map(|attribute| match attribute.domain {
            Domain::Language(language) => Some(language),
            Domain::Any | Domain::Reads(_) => None,
        });
        asked.chain(domains).filter_map(|number| Some((number, self.language(number).ok()?))).collect()
    }

    /// Texts that the attribute may be said to have: those that a domain or an atom names for it alone, or where texts
    /// are compared with each other, for any.
    pub(super) fn constants(&self, attribute: u32) -> BTreeSet<String> {
        let domains = self.attributes.iter().filter_map(|(number, attribute)| match attribute.domain {
            Domain::Language(language) => Some((*number, language)),
            Domain::Any | Domain::Reads(_) => None,
        });
        let of_it = self
            .matches()
            .into_iter()
            .chain(domains)
            .filter(|(other, _)| self.has_equalities || *other == attribute);
        of_it.filter_map(|(_, language)| single_text(self.language(language).ok()?)).collect()
    }
}

/// The attributes that an atom is about.
fn attributes_of(atom: &Atom) -> Vec<u32> {
    match atom {
        Atom::Flag(_) | Atom::Chosen(..) => Vec::new(),
        Atom::Equal(left, right) | Atom::InstantsWithin(left, right, _) => vec![*left, *right],
        Atom::Template { attribute, parts, .. } => {
            std::iter::once(*attribute).chain(values_of(parts)).collect()
        }
        Atom::Matches(attribute, _)
        | Atom::Reads(attribute, _)
        | Atom::Compares(attribute, ..)
        | Atom::Within(attribute, _) => vec![*attribute],
    }
}

/// The attributes whose texts a pattern holds.
pub(super) fn values_of(parts: &[TemplatePart]) -> BTreeSet<u32> {
    let value = |part: &TemplatePart| match part {
        TemplatePart::Value(value) => Some(*value),
        TemplatePart::Pattern(_) | TemplatePart::Literal(_) => None,
    };
    parts.iter().filter_map(value).collect()
}
