//! The script of a lemma.
//!
//! Of a pattern that a text matches with texts of other attributes in it, a lemma's script says what the kernel makes of it: each such
//! text may be any of a language that it is in. That is less than the pattern says, and is about one text alone, which
//! solvers decide.

use std::collections::BTreeMap;

use ringfence_kernel::{Atom, Claim, Domain, Language, Lemma, Literal, Part, Reason};

use super::ScriptError;
use super::alphabet::Alphabet;
use super::atom::{Meaning, meaning, text};
use super::declarations::{assert_all, declare};
use super::language::{membership, single_text};
use super::reading;
use super::scope::Scope;
use super::script::{Script, clause, symbol};
use super::template::{Piece, pieces};

/// That a request makes all literals of a lemma false: of `claim`, whose digest is given, and its number among the lemmas.
pub fn lemma(claim: &Claim, digest: &str, number: usize, lemma: &Lemma) -> Result<String, ScriptError> {
    let scope = Scope::new(claim, lemma.clause.iter().copied(), further(lemma))?;
    let alphabet = Alphabet::new(claim)?;
    let facts = Facts::new(&scope, &lemma.clause);
    let mut script = Script::default();
    script.remark(&format!("Lemma {number}: no request makes all literals of its clause false."));
    declare(&scope, &alphabet, &mut script)?;
    for (place, literal) in lemma.clause.iter().enumerate() {
        let (variable, holds) = (literal.unsigned_abs(), *literal < 0);
        let name = format!("literal-{place}");
        let atom = scope.variables.get(&variable).copied().flatten();
        let meaning = atom.map(|atom| meaning(&scope, &alphabet, variable, atom)).transpose()?;
        match (atom, meaning) {
            (None, _) | (_, None | Some(Meaning::Free)) => {
                script.declare(&symbol(variable), "Bool");
                script.assert(&name, &clause(&[-*literal]));
            }
            (Some(atom), Some(Meaning::Exactly(term))) => {
                let said = if holds { term.clone() } else { format!("(not {term})") };
                script.assert(&name, &said);
                let facts = reading::fact_of_atom(&scope, &alphabet, atom, &term);
                assert_all(&mut script, &format!("fact-{place}"), facts);
            }
            (Some(atom), Some(Meaning::OnlyIf { .. })) => {
                if let Some((attribute, language)) = facts.pattern(&scope, atom, holds) {
                    let term = membership(&text(attribute), &language, &alphabet);
                    script.assert(&name, &if holds { term } else { format!("(not {term})") });
                }
            }
        }
    }
    Ok(script.finish(digest))
}

/// Attributes whose domains a lemma's reason names.
fn further(lemma: &Lemma) -> Vec<u32> {
    let Reason::Text(closed) = &lemma.reason else { return Vec::new() };
    let domains =
        closed.components.iter().filter_map(|component| u32::try_from(-1 - i64::from(*component)).ok());
    domains.chain([closed.attribute]).collect()
}

/// What is known of single texts when all literals are false.
struct Facts<'a> {
    /// From an attribute to one with the same text.
    leaders: BTreeMap<u32, u32>,
    /// By leader the languages that a text is in: those that literals name first, then domains.
    languages: BTreeMap<u32, Vec<&'a Language>>,
}

impl<'a> Facts<'a> {
    fn new(scope: &Scope<'a>, literals: &[Literal]) -> Self {
        let mut this = Self { leaders: BTreeMap::new(), languages: BTreeMap::new() };
        let of = |literal: &Literal| scope.variables.get(&literal.unsigned_abs()).copied().flatten();
        let holding: Vec<&Atom> = literals.iter().filter(|literal| **literal < 0).filter_map(of).collect();
        for atom in &holding {
            if let Atom::Equal(left, right) = atom {
                let (left, right) = (this.leader(*left), this.leader(*right));
                if left != right {
                    this.leaders.insert(left.max(right), left.min(right));
                }
            }
        }
        let mut known: Vec<(u32, u32)> = Vec::new();
        for atom in &holding {
            if let Atom::Matches(attribute, language) = atom {
                known.push((*attribute, *language));
            }
        }
        for (number, attribute) in &scope.attributes {
            if let Domain::Language(language) = attribute.domain {
                known.push((*number, language));
            }
        }
        for (attribute, language) in known {
            if let Ok(language) = scope.language(language) {
                this.languages.entry(this.leader(attribute)).or_default().push(language);
            }
        }
        this
    }

    fn leader(&self, mut attribute: u32) -> u32 {
        // Each step leads to a smaller number.
        while let Some(next) = self.leaders.get(&attribute) {
            attribute = *next;
        }
        attribute
    }

    fn languages(&self, attribute: u32) -> impl Iterator<Item = &'a Language> {
        self.languages.get(&self.leader(attribute)).into_iter().flatten().copied()
    }

    /// The texts that a pattern with other texts in it admits, with the attribute that it is about. If the pattern is matched, these may be
    /// more than match it; if it is not, there are none to tell unless the other texts are known.
    fn pattern(&self, scope: &Scope<'_>, atom: &Atom, holds: bool) -> Option<(u32, Language)> {
        let Atom::Template { attribute, parts, ignore_case, form } = atom else { return None };
        let known = |attribute: u32| self.languages(attribute).find_map(single_text);
        let pieces = pieces(parts, *ignore_case, *form, known);
        let mut whole = Language::default();
        for piece in &pieces.pieces {
            match piece {
                Piece::Language(language) => whole.parts.extend(language.parts.iter().cloned()),
                Piece::Value(_) | Piece::Folded(_) if !holds => return None,
                Piece::Value(value) => match self.languages(*value).next() {
                    Some(language) => whole.parts.extend(language.parts.iter().cloned()),
                    None => whole.parts.push(Part::Star(vec![(0, LAST)])),
                },
                Piece::Folded(_) => whole.parts.push(Part::Star(vec![(0, LAST)])),
            }
        }
        scope.attributes.contains_key(attribute).then_some((*attribute, whole))
    }
}

/// The last character.
const LAST: u32 = 0x10_FFFF;
