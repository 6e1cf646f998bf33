//! Which of the literals that Z3 chose make the formula true.

use std::collections::BTreeSet;

use rustc_hash::FxBuildHasher;

use crate::backend::{Assignment, Literal};
use crate::formula::Formula;
use crate::term::{Atom, AtomId, Node, Term};

type Visited = indexmap::IndexSet<(Term, bool), FxBuildHasher>;

/// A set of literals, each true in `assignment`, that makes all assertions and assumptions true whatever the other
/// atoms are. Only those about texts are returned; the others need no theory.
pub(crate) fn justify(
    formula: &Formula,
    assignment: &Assignment,
    assumptions: &[Literal],
) -> BTreeSet<Literal> {
    let mut reasons = all_reasons(formula, assignment, assumptions);
    reasons.retain(|literal| formula.terms.atom(literal.atom).is_some_and(is_about_text));
    reasons
}

/// As [`justify`], with every kind of atom.
pub(super) fn all_reasons(
    formula: &Formula,
    assignment: &Assignment,
    assumptions: &[Literal],
) -> BTreeSet<Literal> {
    let mut walk = Walk {
        formula,
        assignment,
        visited: Visited::default(),
        reasons: BTreeSet::new(),
        values: vec![None; formula.terms.len()],
    };
    walk.reasons.extend(assumptions.iter().copied());
    for assertion in &formula.assertions {
        walk.explain(*assertion, true);
    }
    walk.reasons
}

fn is_about_text(atom: &Atom) -> bool {
    match atom {
        Atom::Flag(_) | Atom::Chosen(..) => false,
        Atom::Matches(..)
        | Atom::MatchesTemplate { .. }
        | Atom::Equal(..)
        | Atom::IsNumber(_)
        | Atom::Number(..)
        | Atom::IsInstant(_)
        | Atom::Instant(..)
        | Atom::InstantsWithin(..)
        | Atom::IsAddress(_)
        | Atom::Within(..) => true,
    }
}

struct Walk<'a> {
    formula: &'a Formula,
    assignment: &'a Assignment,
    visited: Visited,
    reasons: BTreeSet<Literal>,
    /// By term, once known.
    values: Vec<Option<bool>>,
}

impl Walk<'_> {
    fn value(&mut self, term: Term) -> bool {
        if let Some(Some(known)) = self.values.get(term.index()) {
            return *known;
        }
        let formula = self.formula;
        let value = match formula.terms.node(term) {
            Node::True => true,
            Node::False => false,
            Node::Atom(atom) => self.assignment.atom(*atom),
            Node::Not(inner) => !self.value(*inner),
            Node::And(operands) => operands.iter().all(|operand| self.value(*operand)),
            Node::Or(operands) => operands.iter().any(|operand| self.value(*operand)),
        };
        if let Some(slot) = self.values.get_mut(term.index()) {
            *slot = Some(value);
        }
        value
    }

    /// Adds literals that make `term` have `value`, which it has.
    fn explain(&mut self, term: Term, value: bool) {
        if !self.visited.insert((term, value)) {
            return;
        }
        let formula = self.formula;
        match formula.terms.node(term) {
            Node::True | Node::False => {}
            Node::Atom(atom) => {
                self.reasons.insert(Literal::new(*atom, value));
            }
            Node::Not(inner) => self.explain(*inner, !value),
            Node::And(operands) => self.operands(operands, value, true),
            Node::Or(operands) => self.operands(operands, value, false),
        }
    }

    /// All operands are needed for a true conjunction or a false disjunction, one for the others.
    fn operands(&mut self, operands: &[Term], value: bool, conjunction: bool) {
        if value == conjunction {
            for operand in operands {
                self.explain(*operand, value);
            }
            return;
        }
        let fitting: Vec<Term> =
            operands.iter().copied().filter(|operand| self.value(*operand) == value).collect();
        let cheapest = fitting.into_iter().min_by_key(|operand| self.cost(*operand, value));
        if let Some(operand) = cheapest {
            self.explain(operand, value);
        }
    }

    /// 0 for what is explained already or needs no text, more for what adds literals about texts.
    fn cost(&self, term: Term, value: bool) -> usize {
        if self.visited.contains(&(term, value)) {
            return 0;
        }
        match self.formula.terms.node(term) {
            Node::True | Node::False => 0,
            Node::Atom(atom) => self.atom_cost(*atom),
            Node::Not(inner) => self.cost(*inner, !value),
            Node::And(operands) | Node::Or(operands) => operands.len() + 1,
        }
    }

    fn atom_cost(&self, atom: AtomId) -> usize {
        usize::from(self.formula.terms.atom(atom).is_some_and(is_about_text)) * 2
    }
}
