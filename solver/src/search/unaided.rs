//! Texts for given values of atoms, without Z3.

use std::collections::BTreeSet;

use super::concretise::{Texts, concretise_of};
use super::linked::Strings;
use crate::backend::{Assignment, Literal};
use crate::formula::Formula;
use crate::interpretation::Interpretation;
use crate::term::Attribute;
use crate::wildcard::Theory;

/// What was found.
pub(crate) enum Values {
    /// Values of all symbols. Whoever asked checks that the atoms have the values that were asked for.
    Found(Interpretation),
    /// Clauses that hold of all texts, each false under what was asked for.
    Lemmas(Vec<Vec<Literal>>),
    /// Neither.
    Undecided,
}

/// Values of all symbols that make `reasons` true, which are about the texts of the attributes `only`; flags and choices are those of
/// `assignment`, and other attributes have no text. If `only` names none, all have one.
pub(crate) fn values(
    formula: &Formula,
    theory: &mut Theory,
    assignment: &Assignment,
    reasons: &BTreeSet<Literal>,
    only: Option<&BTreeSet<Attribute>>,
) -> Values {
    // No question is put to Z3's strings.
    match concretise_of(formula, theory, &mut Strings::new(0), assignment, (reasons, only)) {
        Texts::Found(interpretation) => Values::Found(interpretation),
        Texts::Lemmas(lemmas) | Texts::LemmasOfStrings(lemmas) => Values::Lemmas(lemmas),
        Texts::Undecided => Values::Undecided,
    }
}
