//! The Boolean part of a formula in the clause-learning solver, which proposes assignments faster than Z3 does: formulas are
//! small, and most assignments are one lemma away from the next.
//!
//! What it proposes is not trusted: texts are found for it, and every assertion has to hold. That there is nothing to
//! propose counts as a proof only where propagation alone shows it, or Z3 says so too (see [`super::Search::prove`]).

use crate::backend::{Assignment, Literal};
use crate::clausal::{Found, Solver};
use crate::clauses::Clauses;
use crate::formula::Formula;
use crate::term::{Atom, Term};

/// After so many conflicts in one search Z3 takes over.
const CONFLICTS: usize = 20_000;

/// What the solver says.
#[derive(Debug)]
pub(super) enum Proposal {
    /// Values for all atoms.
    Assignment(Assignment),
    /// There are none.
    Nothing,
    /// Not decided.
    GivenUp,
}

/// The clauses of one formula, with what was learnt from them.
#[derive(Debug)]
pub(super) struct Propositional {
    solver: Solver,
    clauses: Clauses,
    /// The first atom that was not looked at.
    next: usize,
    /// By choice the variables of its values that occur.
    values: Vec<Vec<i32>>,
}

impl Propositional {
    /// The assertions of a formula; none if some of its atoms are for Z3.
    pub(super) fn new(formula: &Formula) -> Option<Self> {
        if formula.terms.atoms().any(|(_, atom)| is_for_z3(atom)) {
            return None;
        }
        let atoms: Vec<_> = formula.terms.atoms().map(|(id, _)| id).collect();
        let mut clauses = Clauses::new(&atoms);
        for assertion in &formula.assertions {
            clauses.assert(formula, *assertion);
        }
        clauses.choices(formula);
        let mut values = vec![Vec::new(); formula.choices.len()];
        for (_, atom) in formula.terms.atoms() {
            if let Atom::Chosen(choice, _) = atom
                && let (Some(list), Some(variable)) =
                    (values.get_mut(choice.0 as usize), clauses.variable(formula, atom))
            {
                list.push(variable);
            }
        }
        let mut this = Self { solver: Solver::new(0), clauses, next: atoms.len(), values };
        this.flush();
        Some(this)
    }

    /// Gives the solver what was added.
    fn flush(&mut self) {
        self.solver.grow(usize::try_from(self.clauses.last()).unwrap_or(0));
        for clause in self.clauses.take() {
            self.solver.add(&clause);
        }
    }

    /// Adds an assertion that the formula was given.
    pub(super) fn assert(&mut self, formula: &Formula, term: Term) {
        self.clauses.assert(formula, term);
        self.flush();
    }

    /// Adds a clause over atoms of the formula.
    pub(super) fn add(&mut self, clause: &[Literal]) {
        let literals = clause.iter().map(|literal| self.literal(*literal)).collect();
        self.clauses.add(literals);
        self.flush();
    }

    fn literal(&mut self, literal: Literal) -> i32 {
        let variable = self.clauses.of_atom(literal.atom);
        if literal.positive { variable } else { -variable }
    }

    /// Says of the values of choices that are named for the first time that at most one holds, and one if they are all.
    /// False if an atom is for Z3.
    fn look_at_new_atoms(&mut self, formula: &Formula) -> bool {
        for (id, atom) in formula.terms.atoms().skip(self.next) {
            if is_for_z3(atom) {
                return false;
            }
            let variable = self.clauses.of_atom(id);
            let Atom::Chosen(choice, _) = atom else { continue };
            let Some(others) = self.values.get_mut(choice.0 as usize) else { return false };
            for other in others.iter() {
                self.clauses.add(vec![-variable, -*other]);
            }
            others.push(variable);
            let count = formula.choices.get(choice.0 as usize).map(|entry| entry.1);
            if u32::try_from(others.len()).ok() == count {
                self.clauses.add(others.clone());
            }
        }
        self.next = formula.terms.atom_count();
        true
    }

    /// Whether the clauses that were added exclude these assumptions by propagation alone: each clause in turn that leaves
    /// one literal sets it, until one leaves none. What the solver learnt has no part in it.
    pub(super) fn folds(&mut self, formula: &Formula, assumptions: &[Literal]) -> bool {
        if !self.look_at_new_atoms(formula) {
            return false;
        }
        let assumed: Vec<i32> = assumptions.iter().map(|literal| self.literal(*literal)).collect();
        self.flush();
        self.solver.propagation_refutes(&assumed)
    }

    /// Values for all atoms under these assumptions; none if an atom is for Z3.
    pub(super) fn check(&mut self, formula: &Formula, assumptions: &[Literal]) -> Option<Proposal> {
        if !self.look_at_new_atoms(formula) {
            return None;
        }
        let assumed: Vec<i32> = assumptions.iter().map(|literal| self.literal(*literal)).collect();
        self.flush();
        let proposal = match self.solver.solve_under(&assumed, CONFLICTS) {
            Found::Model => {
                let atoms = formula.terms.atoms();
                let value = |id| {
                    let variable = self.clauses.known(id).and_then(|variable| usize::try_from(variable).ok());
                    variable.is_some_and(|variable| self.solver.is_true(variable))
                };
                Proposal::Assignment(Assignment {
                    atoms: atoms.map(|(id, _)| value(id)).collect(),
                    ..Assignment::default()
                })
            }
            Found::Contradiction | Found::AgainstAssumptions => Proposal::Nothing,
            Found::TooManyConflicts => Proposal::GivenUp,
        };
        Some(proposal)
    }
}

/// Arithmetic, and texts that hang on each other or are read in several ways, where a search may end undecided: Z3's
/// proposals are the ones that it was tuned with.
fn is_for_z3(atom: &Atom) -> bool {
    match atom {
        Atom::Flag(_) | Atom::Chosen(..) | Atom::Matches(..) => false,
        Atom::MatchesTemplate { .. }
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
