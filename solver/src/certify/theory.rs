//! Which literals of a propositional model no request can have, and why.
//!
//! Not trusted: what it finds goes to the kernel with what shows it.

mod group;
mod readings;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use ringfence_kernel as kernel;

use super::skeleton::Skeleton;
use crate::backend::Literal;
use crate::formula::Formula;
use crate::term::{Atom, AtomId, Attribute};
use crate::wildcard::Theory;
use group::Groups;

/// Literals that no request can have together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conflict {
    pub(super) literals: Vec<Literal>,
    pub(super) why: Why,
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The text of the attribute would have to be in and outside the languages of these.
    Text(Attribute, Vec<Source>),
    /// See [`kernel::Reason::Constants`].
    Constants,
    /// See [`kernel::Reason::Bounds`].
    Bounds,
    /// See [`kernel::Reason::Address`].
    Address,
}

/// Where a language comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Literal(Literal),
    Domain(Attribute),
}

/// What was found about a set of literals.
#[derive(Debug, Default)]
pub(super) struct Refuted {
    pub(super) conflicts: Vec<Conflict>,
    /// What could not be decided, by a word for it.
    pub(super) undecided: BTreeSet<&'static str>,
}

/// Looks for conflicts among `literals`, which are about texts.
pub(super) fn refute(
    formula: &Formula,
    skeleton: &Skeleton,
    theory: &mut Theory,
    literals: &BTreeSet<Literal>,
) -> Refuted {
    let mut this = Refuter {
        formula,
        skeleton,
        variables: skeleton.atoms.iter().zip(1..).map(|(atom, variable)| (*atom, variable)).collect(),
        groups: Groups::new(formula, literals),
        literals: literals.iter().copied().collect(),
        found: Refuted::default(),
    };
    for leader in this.groups.leaders() {
        this.group(leader, theory);
    }
    this.values();
    this.found
}

struct Refuter<'a> {
    formula: &'a Formula,
    skeleton: &'a Skeleton,
    variables: BTreeMap<AtomId, i32>,
    groups: Groups,
    literals: Vec<Literal>,
    found: Refuted,
}

impl<'a> Refuter<'a> {
    fn atom(&self, literal: Literal) -> Option<&'a Atom> {
        self.formula.terms.atom(literal.atom)
    }

    /// The literals whose atom is about texts of the group, ascending.
    fn about(&self, leader: Attribute) -> Vec<Literal> {
        let is_member = |attribute: Attribute| self.groups.leader(attribute) == leader;
        let about = |literal: &Literal| match self.atom(*literal) {
            None | Some(Atom::Flag(_) | Atom::Chosen(..)) => false,
            Some(Atom::Equal(left, right)) => !literal.positive && (is_member(*left) || is_member(*right)),
            Some(Atom::InstantsWithin(early, late, _)) => is_member(*early) || is_member(*late),
            Some(
                Atom::Matches(attribute, _)
                | Atom::MatchesTemplate { attribute, .. }
                | Atom::IsNumber(attribute)
                | Atom::Number(attribute, ..)
                | Atom::IsInstant(attribute)
                | Atom::Instant(attribute, ..)
                | Atom::IsAddress(attribute)
                | Atom::Within(attribute, _),
            ) => is_member(*attribute),
        };
        self.literals.iter().copied().filter(about).collect()
    }

    /// Adds a conflict between literals, with the equalities that make them be about the same texts. False if the kernel
    /// could not follow it.
    fn conflict(&mut self, mut literals: Vec<Literal>, also: &[Attribute], why: Why) -> bool {
        let mut attributes: BTreeSet<Attribute> = also.iter().copied().collect();
        for literal in &literals {
            attributes.extend(self.atom(*literal).into_iter().flat_map(attributes_of));
        }
        literals.extend(self.groups.links(&attributes));
        literals.sort_unstable();
        literals.dedup();
        if why == Why::Constants && !self.holds(&literals, kernel::Reason::Constants) {
            self.found.undecided.insert("a number has more digits than the kernel counts with");
            return false;
        }
        let conflict = Conflict { literals, why };
        if !self.found.conflicts.contains(&conflict) {
            self.found.conflicts.push(conflict);
        }
        true
    }

    /// Whether the kernel would accept that these literals cannot hold together.
    fn holds(&self, literals: &[Literal], reason: kernel::Reason) -> bool {
        let clause = literals.iter().map(|literal| self.negation(*literal)).collect();
        kernel::holds(&self.skeleton.claim, &kernel::Lemma { clause, reason }).is_ok()
    }

    fn negation(&self, literal: Literal) -> i32 {
        let variable = self.variables.get(&literal.atom).copied().unwrap_or(0);
        if literal.positive { -variable } else { variable }
    }
}

/// The attributes that an atom is about.
pub(super) fn attributes_of(atom: &Atom) -> Vec<Attribute> {
    match atom {
        Atom::Flag(_) | Atom::Chosen(..) => Vec::new(),
        Atom::Equal(left, right) | Atom::InstantsWithin(left, right, _) => vec![*left, *right],
        Atom::MatchesTemplate { attribute, parts, .. } => {
            let values = parts.iter().filter_map(|part| match part {
                crate::term::TemplatePart::Value(value) => Some(*value),
                crate::term::TemplatePart::Pattern(_) | crate::term::TemplatePart::Literal(_) => None,
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
