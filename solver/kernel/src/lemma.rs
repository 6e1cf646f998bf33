//! Lemmas: clauses that are true of every request.

mod address;
mod bounds;
mod text;

use std::collections::BTreeMap;

use crate::automaton::Automaton;
use crate::claim::{Atom, Claim, Domain, Lemma, Literal, Reason};
use crate::language::Language;
use crate::premises::Premises;
use crate::rejection::LemmaFault;

/// A language of a lemma, and whether the text is in it or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// The language.
    pub language: Language,
    /// Whether the text is in it.
    pub inside: bool,
}

/// The languages that `references` name in a lemma about the text of `attribute` (see
/// [`ClosedSet::components`](crate::ClosedSet)).
pub fn components(
    claim: &Claim,
    clause: &[Literal],
    attribute: u32,
    references: &[i32],
) -> Result<Vec<Component>, LemmaFault> {
    let premises = Premises::new(claim, clause)?;
    references.iter().map(|reference| component(&premises, attribute, *reference)).collect()
}

/// Accepts if the literals of the lemma cannot all be false in any request.
pub fn holds(claim: &Claim, lemma: &Lemma) -> Result<(), LemmaFault> {
    Lemmas::new(claim).holds(lemma)
}

/// Numbers, instants and addresses are texts of these characters.
const NUMBER: &str = "0123456789+-.eE";
const INSTANT: &str = "0123456789+-:.TZ";
const ADDRESS: &str = "0123456789abcdefABCDEF:.";

fn component(premises: &Premises<'_>, attribute: u32, reference: i32) -> Result<Component, LemmaFault> {
    let own = |other: u32| if premises.same(attribute, other) { Ok(()) } else { Err(LemmaFault::NotAboutTheText) };
    let known = |language: u32| premises.language(language).cloned().ok_or(LemmaFault::NoMeaning);
    let within = |language: Language| Ok(Component { language, inside: true });
    let Ok(index) = usize::try_from(reference) else {
        let other = u32::try_from(-1 - i64::from(reference)).unwrap_or(u32::MAX);
        own(other)?;
        return match premises.domain(other).ok_or(LemmaFault::NoMeaning)? {
            Domain::Any => Err(LemmaFault::NotAboutTheText),
            Domain::Language(language) => within(known(*language)?),
            Domain::Number => within(Language::of_characters(NUMBER)),
            Domain::Instant => within(Language::of_characters(INSTANT)),
            Domain::Address => within(Language::of_characters(ADDRESS)),
        };
    };
    let (atom, holds) = premises.atoms.get(index).copied().ok_or(LemmaFault::NotAboutTheText)?;
    match atom {
        Atom::Matches(other, language) => {
            own(*other)?;
            Ok(Component { language: known(*language)?, inside: holds })
        }
        Atom::Template { attribute: other, .. } => {
            own(*other)?;
            let language = premises.template(atom).ok_or(LemmaFault::OpenValue)?;
            Ok(Component { language, inside: holds })
        }
        Atom::Equal(left, right) if !holds => {
            let other = if premises.same(attribute, *left) { *right } else { *left };
            own(if other == *right { *left } else { *right })?;
            let text = premises.constant(other).ok_or(LemmaFault::OpenValue)?;
            Ok(Component { language: Language::exactly(text), inside: false })
        }
        Atom::IsNumber(other) | Atom::Number(other, ..) if holds => {
            own(*other)?;
            within(Language::of_characters(NUMBER))
        }
        Atom::IsInstant(other) | Atom::Instant(other, ..) if holds => {
            own(*other)?;
            within(Language::of_characters(INSTANT))
        }
        Atom::IsAddress(other) | Atom::Within(other, _) if holds => {
            own(*other)?;
            within(Language::of_characters(ADDRESS))
        }
        Atom::Flag(_)
        | Atom::Chosen(..)
        | Atom::Equal(..)
        | Atom::IsNumber(_)
        | Atom::Number(..)
        | Atom::IsInstant(_)
        | Atom::Instant(..)
        | Atom::InstantsWithin(..)
        | Atom::IsAddress(_)
        | Atom::Within(..) => Err(LemmaFault::NotAboutTheText),
    }
}

/// Checks lemmas, with the automata kept from one to the next.
#[derive(Debug)]
pub(crate) struct Lemmas<'a> {
    claim: &'a Claim,
    known: BTreeMap<Language, usize>,
    automata: Vec<Automaton>,
}

impl<'a> Lemmas<'a> {
    pub(crate) fn new(claim: &'a Claim) -> Self {
        Self { claim, known: BTreeMap::new(), automata: Vec::new() }
    }

    /// Accepts if the literals of the lemma cannot all be false.
    pub(crate) fn holds(&mut self, lemma: &Lemma) -> Result<(), LemmaFault> {
        let premises = Premises::new(self.claim, &lemma.clause)?;
        match &lemma.reason {
            Reason::Text(closed) => self.no_text(&premises, closed),
            Reason::Constants => premises.contradict(),
            Reason::Bounds => bounds::contradict(&premises),
            Reason::Address => address::contradict(&premises),
        }
    }

    fn automaton(&mut self, language: Language) -> usize {
        if let Some(known) = self.known.get(&language) {
            return *known;
        }
        self.automata.push(Automaton::new(&language));
        self.known.insert(language, self.automata.len() - 1);
        self.automata.len() - 1
    }
}
