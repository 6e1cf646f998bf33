//! From the terms of a formula to clauses over its atoms.
//!
//! Trusted: proofs are of these clauses, and what they exclude by propagation alone is never asked of Z3. Each term gets a
//! variable and the clauses of the directions in which it is used (Plaisted and Greenbaum). From an assignment that makes
//! the formula true one is made that makes the clauses true, by giving each variable the value of its term; so clauses
//! that cannot all be true mean a formula that cannot. The other direction is not needed for that, and makes proofs longer.
//! What makes the clauses true makes the formula true as well, whatever the variables of terms are.

use rustc_hash::FxHashMap;

use crate::formula::Formula;
use crate::term::{Atom, AtomId, Choice, Node, Term, Terms};

/// The variable of a term, and the directions in which it is defined so far.
#[derive(Clone, Copy, Debug)]
struct Defined {
    variable: i32,
    implies: bool,
    implied: bool,
}

/// Clauses, with what their variables stand for.
#[derive(Debug)]
pub(crate) struct Clauses {
    atoms: FxHashMap<AtomId, i32>,
    terms: FxHashMap<Term, Defined>,
    /// The last variable so far.
    last: i32,
    added: Vec<Vec<i32>>,
}

impl Clauses {
    /// No clauses yet; the variables from 1 stand for these atoms. Others get one when they are asked for.
    pub(crate) fn new(atoms: &[AtomId]) -> Self {
        let variables: FxHashMap<AtomId, i32> =
            atoms.iter().zip(1..).map(|(atom, variable)| (*atom, variable)).collect();
        let last = i32::try_from(atoms.len()).unwrap_or(i32::MAX);
        Self { atoms: variables, terms: FxHashMap::default(), last, added: Vec::new() }
    }

    /// The last variable so far.
    pub(crate) fn last(&self) -> i32 {
        self.last
    }

    /// The clauses that were added since the last time.
    pub(crate) fn take(&mut self) -> Vec<Vec<i32>> {
        std::mem::take(&mut self.added)
    }

    /// The variable of an atom, if it has one.
    pub(crate) fn known(&self, id: AtomId) -> Option<i32> {
        self.atoms.get(&id).copied()
    }

    /// The variable of an atom, which it gets now if it had none.
    pub(crate) fn of_atom(&mut self, id: AtomId) -> i32 {
        if let Some(known) = self.atoms.get(&id) {
            return *known;
        }
        let variable = self.fresh();
        self.atoms.insert(id, variable);
        variable
    }

    /// The variable of an atom that has one.
    pub(crate) fn variable(&self, formula: &Formula, atom: &Atom) -> Option<i32> {
        self.atoms.get(&formula.terms.find_atom(atom)?).copied()
    }

    /// Adds clauses that make `term` true.
    pub(crate) fn assert(&mut self, formula: &Formula, term: Term) {
        self.assert_value(formula, term, true);
    }

    /// Adds a clause, its literals ascending by variable, unless it is true anyway.
    pub(crate) fn add(&mut self, mut clause: Vec<i32>) {
        clause.sort_unstable_by_key(|literal| (literal.unsigned_abs(), *literal));
        clause.dedup();
        let opposite = clause.iter().zip(clause.iter().skip(1)).any(|(left, right)| *left == -*right);
        if !opposite {
            self.added.push(clause);
        }
    }

    fn fresh(&mut self) -> i32 {
        self.last += 1;
        self.last
    }

    /// Adds clauses that make `term` have this value.
    fn assert_value(&mut self, formula: &Formula, term: Term, value: bool) {
        match formula.terms.node(term) {
            Node::True | Node::False => {
                if (term == Terms::TRUE) != value {
                    self.added.push(Vec::new());
                }
            }
            Node::Not(inner) => self.assert_value(formula, *inner, !value),
            Node::And(operands) if value => {
                operands.iter().for_each(|operand| self.assert_value(formula, *operand, true));
            }
            Node::Or(operands) if !value => {
                operands.iter().for_each(|operand| self.assert_value(formula, *operand, false));
            }
            Node::And(operands) | Node::Or(operands) => {
                let clause = operands.iter().map(|operand| self.literal(formula, *operand, value)).collect();
                self.add(clause);
            }
            Node::Atom(_) => {
                let literal = self.literal(formula, term, value);
                self.add(vec![literal]);
            }
        }
    }

    /// A literal that implies that `term` has this value.
    fn literal(&mut self, formula: &Formula, term: Term, value: bool) -> i32 {
        let (operands, conjunction) = match formula.terms.node(term) {
            Node::Not(inner) => return self.literal(formula, *inner, !value),
            Node::Atom(id) => {
                let variable = self.of_atom(*id);
                return if value { variable } else { -variable };
            }
            Node::And(operands) => (&**operands, true),
            Node::Or(operands) => (&**operands, false),
            // No operand is a constant; if one were, an empty conjunction or disjunction says the same.
            Node::True => (&[][..], true),
            Node::False => (&[][..], false),
        };
        let known = self.terms.get(&term).copied();
        let mut defined =
            known.unwrap_or_else(|| Defined { variable: self.fresh(), implies: false, implied: false });
        let done = if value { defined.implies } else { defined.implied };
        if value {
            defined.implies = true;
        } else {
            defined.implied = true;
        }
        self.terms.insert(term, defined);
        let literal = if value { defined.variable } else { -defined.variable };
        if done {
            return literal;
        }
        if conjunction == value {
            for operand in operands {
                let operand = self.literal(formula, *operand, value);
                self.add(vec![-literal, operand]);
            }
        } else {
            let mut clause: Vec<i32> =
                operands.iter().map(|operand| self.literal(formula, *operand, value)).collect();
            clause.push(-literal);
            self.add(clause);
        }
        literal
    }

    /// That each choice has exactly one value, as far as its values occur.
    pub(crate) fn choices(&mut self, formula: &Formula) {
        for ((_, count), choice) in formula.choices.iter().zip((0..).map(Choice)) {
            let values = (0..*count).filter_map(|value| self.variable(formula, &Atom::Chosen(choice, value)));
            let values: Vec<i32> = values.collect();
            // A choice without values, as of callers who may begin a session that nobody may, says nothing.
            if *count > 0 && u32::try_from(values.len()) == Ok(*count) {
                self.add(values.clone());
            }
            self.at_most_one(&values);
        }
    }

    /// Pairs where they are few; else each value has a code of its own, which is the value of some new variables.
    fn at_most_one(&mut self, values: &[i32]) {
        if values.len() <= PAIRS {
            for (index, left) in values.iter().enumerate() {
                for right in values.iter().skip(index + 1) {
                    self.add(vec![-*left, -*right]);
                }
            }
            return;
        }
        let width = usize::BITS - values.len().saturating_sub(1).leading_zeros();
        let bits: Vec<i32> = (0..width).map(|_| self.fresh()).collect();
        for (code, value) in values.iter().enumerate() {
            for (place, bit) in bits.iter().enumerate() {
                let bit = if (code >> place) & 1 == 1 { *bit } else { -*bit };
                self.add(vec![-*value, bit]);
            }
        }
    }
}

/// So many values exclude each other pair by pair.
const PAIRS: usize = 5;
