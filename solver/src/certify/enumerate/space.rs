//! What a claim says without its parts, as clauses.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::backend::{Assignment, Literal};
use crate::certify::skeleton::{Skeleton, atoms, relevant, skeleton};
use crate::certify::theory;
use crate::clausal::Solver;
use crate::clauses::Clauses;
use crate::formula::Formula;
use crate::interpretation::Interpretation;
use crate::term::{Atom, AtomId, Attribute, Choice, Flag, Node, Term};

/// The atoms of a claim, and what is asserted of every request.
#[derive(Debug)]
pub(crate) struct Space<'f> {
    pub(super) formula: &'f Formula,
    assumed: BTreeSet<usize>,
    skeleton: OnceCell<Skeleton>,
    pub(super) variables: BTreeMap<AtomId, i32>,
    /// The variables whose values make a combination.
    pub(super) counted: Vec<i32>,
    /// The attributes that atoms of the claim are about.
    pub(super) attributes: BTreeSet<Attribute>,
    pub(super) clauses: Vec<Vec<i32>>,
    /// The last variable.
    pub(super) last: usize,
    /// The choices of which atoms occur, with the variables of the values that do.
    pub(super) choices: BTreeMap<Choice, BTreeMap<u32, i32>>,
}

impl<'f> Space<'f> {
    /// That of the claim that `formula` cannot hold when the restrictions numbered `assumed` are assumed. `goal` is the assertion that
    /// the goal makes.
    pub(crate) fn new(formula: &'f Formula, assumed: &[usize], goal: Option<Term>) -> Self {
        let assumed: BTreeSet<usize> = assumed.iter().copied().collect();
        let kept = relevant(formula, &assumed);
        let atoms = atoms(formula, &kept, &assumed);
        let restricting: BTreeSet<Flag> = formula.restrictions.iter().map(|entry| entry.0).collect();
        let is_part = |term: &Term| goal == Some(*term) || rule_of(formula, *term, &restricting).is_some();
        let background: Vec<Term> = kept.into_iter().filter(|term| !is_part(term)).collect();
        let mut clauses = Clauses::new(&atoms);
        for assertion in &background {
            clauses.assert(formula, *assertion);
        }
        clauses.choices(formula);
        let variables: BTreeMap<AtomId, i32> = atoms.iter().copied().zip(1..).collect();
        for (comparison, reads) in read_first(formula, &variables) {
            clauses.add(vec![-comparison, reads]);
        }
        let free: BTreeSet<Flag> =
            formula.pins.iter().map(|entry| entry.1).chain(formula.agreement).chain(restricting).collect();
        let mut counted = Vec::new();
        let mut choices: BTreeMap<Choice, BTreeMap<u32, i32>> = BTreeMap::new();
        for (id, variable) in &variables {
            match formula.terms.atom(*id) {
                Some(Atom::Flag(flag)) if free.contains(flag) => continue,
                Some(Atom::Chosen(choice, value)) => {
                    choices.entry(*choice).or_default().insert(*value, *variable);
                }
                Some(_) | None => {}
            }
            counted.push(*variable);
        }
        let last = usize::try_from(clauses.last()).unwrap_or(0);
        let clauses = clauses.take();
        let skeleton = OnceCell::new();
        let attributes = attributes(formula, variables.keys());
        Self { formula, assumed, skeleton, variables, counted, attributes, clauses, last, choices }
    }

    /// A solver with the clauses.
    pub(super) fn solver(&self) -> Solver {
        let mut solver = Solver::new(self.last);
        for clause in &self.clauses {
            solver.add(clause);
        }
        solver
    }

    /// The claim, made when it is asked for: most combinations are found without it.
    pub(super) fn skeleton(&self) -> &Skeleton {
        self.skeleton.get_or_init(|| skeleton(self.formula, &self.assumed))
    }

    /// What the solver chose.
    pub(super) fn assignment(&self, solver: &Solver) -> Assignment {
        let holds = |variable: i32| usize::try_from(variable).is_ok_and(|variable| solver.is_true(variable));
        let mut assignment =
            Assignment { atoms: vec![false; self.formula.terms.atom_count()], ..Assignment::default() };
        for (atom, variable) in &self.variables {
            if let Some(slot) = assignment.atoms.get_mut(atom.0 as usize) {
                *slot = holds(*variable);
            }
        }
        for ((_, count), choice) in self.formula.choices.iter().zip((0..).map(Choice)) {
            let named = self.choices.get(&choice);
            let chosen = named.and_then(|values| values.iter().find(|entry| holds(*entry.1)));
            // None that is named: the first that is not.
            let unnamed = || (0..*count).find(|value| named.is_none_or(|values| !values.contains_key(value)));
            assignment.choices.push(chosen.map(|entry| *entry.0).or_else(unnamed));
        }
        assignment
    }

    /// The literals of the claim that are about texts; of the variables `about`, if it says which.
    pub(super) fn about_text(&self, assignment: &Assignment, about: Option<&[i32]>) -> BTreeSet<Literal> {
        let is_asked = |variable: &i32| about.is_none_or(|about| about.binary_search(variable).is_ok());
        let atoms = self.variables.iter().filter(|entry| is_asked(entry.1)).map(|entry| *entry.0);
        let of_text = |atom: &AtomId| {
            self.formula.terms.atom(*atom).is_some_and(|atom| !theory::attributes_of(atom).is_empty())
        };
        atoms.filter(of_text).map(|atom| Literal::new(atom, assignment.atom(atom))).collect()
    }

    /// The interpretation gives the atoms just these values, and is one that a request may have. Of the variables `about` alone, if it says which, the
    /// first is asked.
    pub(super) fn is_shown(
        &self,
        interpretation: &Interpretation,
        assignment: &Assignment,
        about: Option<&[i32]>,
    ) -> bool {
        let is_asked = |variable: &i32| about.is_none_or(|about| about.binary_search(variable).is_ok());
        let agrees = |id: &AtomId| {
            let atom = self.formula.terms.atom(*id);
            atom.is_some_and(|atom| interpretation.atom(self.formula, atom) == assignment.atom(*id))
        };
        let mut atoms = self.variables.iter().filter(|entry| is_asked(entry.1)).map(|entry| entry.0);
        // What makes the clauses true makes the assertions true of which they were made.
        atoms.all(agrees) && (about.is_some() || interpretation.is_within(self.formula))
    }

    /// A clause over atoms; none if it names an atom that is not in the claim.
    pub(super) fn clause(&self, literals: &[Literal]) -> Option<Vec<i32>> {
        let literal = |literal: &Literal| {
            let variable = *self.variables.get(&literal.atom)?;
            Some(if literal.positive { variable } else { -variable })
        };
        literals.iter().map(literal).collect()
    }
}

/// The attributes that these atoms are about.
pub(super) fn attributes<'i>(
    formula: &Formula,
    atoms: impl Iterator<Item = &'i AtomId>,
) -> BTreeSet<Attribute> {
    atoms.filter_map(|id| formula.terms.atom(*id)).flat_map(theory::attributes_of).collect()
}

/// The flag among `flags` while which is assumed, and only then, an assertion says something.
pub(crate) fn rule_of(formula: &Formula, assertion: Term, flags: &BTreeSet<Flag>) -> Option<Flag> {
    let denied = |term: Term| {
        let Node::Not(inner) = formula.terms.node(term) else { return None };
        let Node::Atom(id) = formula.terms.node(*inner) else { return None };
        match formula.terms.atom(*id) {
            Some(Atom::Flag(flag)) => flags.get(flag).copied(),
            Some(_) | None => None,
        }
    };
    match formula.terms.node(assertion) {
        Node::Or(operands) => operands.iter().find_map(|operand| denied(*operand)),
        Node::Not(_) => denied(assertion),
        Node::True | Node::False | Node::Atom(_) | Node::And(_) => None,
    }
}

/// Each comparison with the atom that says that its text reads as it needs, where both occur: under an interpretation no comparison holds of a
/// text that does not.
fn read_first(formula: &Formula, variables: &BTreeMap<AtomId, i32>) -> Vec<(i32, i32)> {
    let of = |atom: Atom| variables.get(&formula.terms.find_atom(&atom)?).copied();
    let mut pairs = Vec::new();
    for (id, variable) in variables {
        let reads = match formula.terms.atom(*id) {
            Some(Atom::Number(attribute, ..)) => vec![of(Atom::IsNumber(*attribute))],
            Some(Atom::Instant(attribute, ..)) => vec![of(Atom::IsInstant(*attribute))],
            Some(Atom::InstantsWithin(early, late, _)) => {
                vec![of(Atom::IsInstant(*early)), of(Atom::IsInstant(*late))]
            }
            Some(Atom::Within(attribute, _)) => vec![of(Atom::IsAddress(*attribute))],
            Some(
                Atom::Flag(_)
                | Atom::Chosen(..)
                | Atom::Matches(..)
                | Atom::MatchesTemplate { .. }
                | Atom::Equal(..)
                | Atom::IsNumber(_)
                | Atom::IsInstant(_)
                | Atom::IsAddress(_),
            )
            | None => continue,
        };
        pairs.extend(reads.into_iter().flatten().map(|reads| (*variable, reads)));
    }
    pairs
}
