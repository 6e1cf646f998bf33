//! Lemmas: clauses that are true of every request.

mod address;
mod bounds;
mod text;

use std::collections::BTreeMap;

use crate::automaton::Automaton;
use crate::claim::{Atom, Claim, Domain, Lemma, Literal, Reason};
use crate::decimal::Number;
use crate::language::Language;
use crate::premises::{Premises, attributes_of, kind_of};
use crate::reading;
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

fn component(premises: &Premises<'_>, attribute: u32, reference: i32) -> Result<Component, LemmaFault> {
    let own = |other: u32| premises.leader(attribute) == premises.leader(other);
    let Ok(index) = usize::try_from(reference) else {
        let other = u32::try_from(-1 - i64::from(reference)).unwrap_or(u32::MAX);
        let language = match premises.domain(other)? {
            Domain::Language(language) if own(other) => premises.language(*language)?.clone(),
            Domain::Reads(kind) if own(other) => reading::of_kind(*kind),
            Domain::Any | Domain::Language(_) | Domain::Reads(_) => return Err(LemmaFault::NotAboutTheText),
        };
        return Ok(Component { language, inside: true });
    };
    let (atom, inside) = premises.atoms.get(index).copied().ok_or(LemmaFault::NotAboutTheText)?;
    let language = if let Atom::Equal(left, right) = atom
        && !inside
        && (own(*left) || own(*right))
    {
        let other = if own(*left) { *right } else { *left };
        Language::exactly(premises.constant(other).ok_or(LemmaFault::OpenValue)?)
    } else if let Some(language) = premises.pattern(atom, inside, own)? {
        language
    } else if let (Atom::Within(other, prefix), true) = (atom, inside)
        && own(*other)
    {
        crate::address::texts(crate::address::prefix(prefix).ok_or(LemmaFault::NoMeaning)?)
    } else if let Atom::Compares(other, kind, comparison, constant) = atom
        && own(*other)
        && (inside || premises.reads.contains(&(premises.leader(*other), *kind)))
    {
        // Where the text is known to read so, that it does not compare so says how it compares.
        let constant = Number::parse(constant);
        return Ok(Component {
            language: reading::compared(*kind, *comparison, constant, inside),
            inside: true,
        });
    } else if let (Some(kind), [other]) = (kind_of(atom), attributes_of(atom).as_slice())
        && inside
        && own(*other)
    {
        reading::of_kind(kind)
    } else {
        return Err(LemmaFault::NotAboutTheText);
    };
    Ok(Component { language, inside })
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

#[cfg(test)]
mod tests;
