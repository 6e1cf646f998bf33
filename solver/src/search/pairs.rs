//! Lemmas about pairs of patterns, found together rather than one a round.
//!
//! Thousands of statements that bear on one question name thousands of patterns, each of which meets the same few forms
//! of ARNs or none of them. Z3 would learn that one pair a round, and each round costs as much as there are patterns.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::backend::Literal;
use crate::formula::{Domain, Formula};
use crate::term::{Atom, Attribute, LanguageId};
use crate::wildcard::{Language, Theory};

/// From this lemma on that pairs one literal with another, it is compared with further ones: with twice as many each
/// time, since in most formulas a few lemmas are all that is needed.
const SEEN: u32 = 3;

/// An attribute with more matches than these has too many pairs to be looked at before a search.
const FEW: usize = 16;

/// The lemmas about single matches and pairs of an attribute that has few, in the order of its atoms. They are those that an
/// earlier search of the thread may have met: what is known of two languages is kept by content. Which are known changes
/// none of them, so that no answer depends on what was asked before.
pub(super) fn lemmas_of_few(formula: &Formula, theory: &mut Theory) -> Vec<Vec<Literal>> {
    let mut matches: BTreeMap<Attribute, Vec<(Literal, &Language)>> = BTreeMap::new();
    for (atom, about) in formula.terms.atoms() {
        if let Atom::Matches(attribute, id) = about
            && let Some(language) = formula.languages.get(*id)
        {
            matches.entry(*attribute).or_default().push((Literal::new(atom, true), language));
        }
    }
    let mut lemmas = Vec::new();
    for (attribute, matches) in matches.into_iter().filter(|(_, matches)| matches.len() <= FEW) {
        let domain = match formula.domain(attribute) {
            Domain::Text(Some(id)) => formula.languages.get(id),
            Domain::Text(None) | Domain::Number | Domain::Instant | Domain::Address => None,
        };
        for (index, (literal, language)) in matches.iter().enumerate() {
            let within = domain.map(|domain| theory.relation(domain, language)).unwrap_or_default();
            if within.disjoint {
                lemmas.push(vec![literal.negated()]);
                continue;
            }
            if within.left_in_right {
                lemmas.push(vec![*literal]);
                continue;
            }
            for (other, further) in matches.iter().skip(index + 1) {
                let relation = theory.relation(language, further);
                if relation.disjoint {
                    lemmas.push(vec![literal.negated(), other.negated()]);
                    continue;
                }
                if relation.left_in_right {
                    lemmas.push(vec![literal.negated(), *other]);
                }
                if relation.right_in_left {
                    lemmas.push(vec![*literal, other.negated()]);
                }
            }
        }
    }
    lemmas
}

/// One side of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Pivot {
    /// The texts that an attribute may have.
    Domain(Attribute),
    /// A match, or that there is none.
    Literal(Attribute, Literal),
}

/// How often each pivot was in a lemma, by the sign of the literal beside it, and the first atom that it was not
/// compared with.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    seen: FxHashMap<(Pivot, bool), (u32, usize)>,
}

impl Pairs {
    /// Lemmas like `lemma` about the same pivots and other matches of `formula`, once so many were seen that there are
    /// likely to be more. Each is valid for texts.
    pub(super) fn like(
        &mut self,
        lemma: &[Literal],
        formula: &Formula,
        theory: &mut Theory,
    ) -> Vec<Vec<Literal>> {
        let mut found = Vec::new();
        for (pivot, positive) in pivots(lemma, formula) {
            let (seen, next) = self.seen.entry((pivot, positive)).or_default();
            *seen += 1;
            if *seen >= SEEN {
                let count = 1_usize.checked_shl(*seen).unwrap_or(usize::MAX);
                found.extend(beside(pivot, positive, *next, count, formula, theory));
                *next = next.saturating_add(count);
            }
        }
        found
    }
}

/// The pivots of a lemma, with the sign of the literal beside each that the lemma excludes.
fn pivots(lemma: &[Literal], formula: &Formula) -> Vec<(Pivot, bool)> {
    let attribute = |literal: &Literal| match formula.terms.atom(literal.atom) {
        Some(Atom::Matches(attribute, _)) => Some(*attribute),
        _ => None,
    };
    match lemma {
        [only] => {
            attribute(only).map(|of| (Pivot::Domain(of), only.negated().positive)).into_iter().collect()
        }
        [left, right] => match (attribute(left), attribute(right)) {
            (Some(of), Some(other)) if of == other => {
                let (left, right) = (left.negated(), right.negated());
                vec![(Pivot::Literal(of, left), right.positive), (Pivot::Literal(of, right), left.positive)]
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The lemmas of a pivot and each match of its attribute, taken with this sign, that exclude each other, among `count`
/// atoms from `first` on.
fn beside(
    pivot: Pivot,
    positive: bool,
    first: usize,
    count: usize,
    formula: &Formula,
    theory: &mut Theory,
) -> Vec<Vec<Literal>> {
    let language = |id: LanguageId| formula.languages.get(id);
    let (of, own, reason) = match pivot {
        Pivot::Domain(of) => match formula.domain(of) {
            Domain::Text(Some(id)) => (of, language(id).map(|known| (known, true)), None),
            Domain::Text(None) | Domain::Number | Domain::Instant | Domain::Address => return Vec::new(),
        },
        Pivot::Literal(of, literal) => match formula.terms.atom(literal.atom) {
            Some(Atom::Matches(_, id)) => {
                (of, language(*id).map(|known| (known, literal.positive)), Some(literal.negated()))
            }
            _ => return Vec::new(),
        },
    };
    let Some(own) = own else { return Vec::new() };
    let mut lemmas = Vec::new();
    for (atom, about) in formula.terms.atoms().skip(first).take(count) {
        let Atom::Matches(attribute, id) = about else { continue };
        if *attribute != of || reason.is_some_and(|literal| literal.atom == atom) {
            continue;
        }
        let Some(other) = language(*id) else { continue };
        if exclude(own, (other, positive), theory) {
            lemmas.push(reason.into_iter().chain([Literal::new(atom, !positive)]).collect());
        }
    }
    lemmas
}

/// Whether no text is in both languages, or outside where the sign says so.
fn exclude(left: (&Language, bool), right: (&Language, bool), theory: &mut Theory) -> bool {
    match (left, right) {
        ((left, true), (right, true)) => theory.are_disjoint(left, right),
        ((inside, true), (outside, false)) | ((outside, false), (inside, true)) => {
            theory.is_covered(inside, &[], &[outside])
        }
        ((_, false), (_, false)) => false,
    }
}
