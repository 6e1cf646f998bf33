//! All combinations of values that the atoms of a claim can have, one after the other, each with values of all symbols that show it.
//!
//! A claim says that what is asserted of every request cannot hold together with its parts: what the statements and layers require on which
//! it rests, and what its goal asserts. Here the parts are left out, so that there are requests, and each part may hold or not. Flags that only
//! free a reading or an open matter are no part of a combination. What the theory excludes is no combination: it is trusted for that, as it is
//! not for proofs.

mod size;
mod space;

use std::collections::BTreeSet;

use crate::backend::Assignment;
use crate::certify::theory;
use crate::clausal::{Found, Solver};
use crate::interpretation::Interpretation;
use crate::search::unaided::{Values, values};
use crate::term::Attribute;
use crate::wildcard::Theory;

pub(crate) use size::Size;
pub(crate) use space::{Space, rule_of};

/// What comes next.
#[derive(Debug)]
pub(crate) enum Next {
    /// Values of all symbols under which the atoms have values together that they had not before.
    Combination(Interpretation),
    /// The atoms may have values together for which neither texts were found nor a reason why there are none.
    Unbuilt,
    /// There are no others.
    End,
    /// A limit was reached before it was known whether there are others.
    GaveUp,
}

/// Conflicts of the solver.
const CONFLICTS: usize = 200_000;
/// What a state of a search for texts counts: it takes as long as so many clauses to look at.
const STATE: u64 = 20;
/// Values without a request that are tried for one combination.
const ROUNDS: usize = 2_000;

/// Variables of atoms, ascending, and the attributes that these atoms are about.
type About<'a> = (&'a [i32], &'a BTreeSet<Attribute>);

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
struct Asked<'a> {
    /// The variables whose values are to be others each time.
    counted: &'a [i32],
    /// The variables of atoms that are looked at, ascending: the others are known to have texts. All, if it says nothing.
    about: Option<About<'a>>,
    /// Literals that hold meanwhile.
    under: &'a [i32],
    /// A variable of its own among `under`: without it, what is left out is not.
    guard: Option<i32>,
}

/// The combinations of one claim.
#[derive(Debug)]
pub(crate) struct Combinations<'s, 'f> {
    space: &'s Space<'f>,
    solver: Solver,
    /// The last variable.
    last: usize,
    /// Texts of all attributes where nothing is said of any, once they are known.
    texts: Option<Vec<String>>,
    /// More work than this ends the search.
    most: u64,
    /// States that were looked at for texts, once the count has begun.
    states: Option<u64>,
}

impl<'s, 'f> Combinations<'s, 'f> {
    /// Those of the claim that `space` is of.
    pub(crate) fn new(space: &'s Space<'f>) -> Self {
        Self { space, solver: space.solver(), last: space.last, texts: None, most: u64::MAX, states: None }
    }

    /// The same, which gives up after so much work: clauses that the solver looks at, and what texts are looked for among, twenty times for
    /// each state.
    pub(crate) fn within(mut self, work: u64) -> Self {
        self.solver.limit_visits(work);
        self.most = work;
        self
    }

    /// How much work it took so far.
    pub(crate) fn work(&self) -> u64 {
        self.solver.visits().saturating_add(self.states.unwrap_or(0).saturating_mul(STATE))
    }

    /// The next combination.
    pub(crate) fn next(&mut self, theory: &mut Theory) -> Next {
        self.next_of(&Asked { counted: &self.space.counted, ..Asked::default() }, theory)
    }

    /// The next values of some variables.
    fn next_of(&mut self, asked: &Asked<'_>, theory: &mut Theory) -> Next {
        let space = self.space;
        let about = asked.about.map(|about| about.0);
        let attributes = asked.about.map_or(&space.attributes, |about| about.1);
        if self.states.is_none() {
            theory.count_states();
        }
        for _ in 0..ROUNDS {
            self.states = u64::try_from(theory.states()).ok();
            if self.work() > self.most {
                return Next::GaveUp;
            }
            match self.solver.solve_under(asked.under, CONFLICTS) {
                Found::Contradiction | Found::AgainstAssumptions => return Next::End,
                Found::TooManyConflicts => return Next::GaveUp,
                Found::Model => {}
            }
            let assignment = space.assignment(&self.solver);
            let literals = space.about_text(&assignment, about);
            if about.is_some() && attributes.is_empty() {
                self.block(asked);
                return Next::Combination(Interpretation::default());
            }
            let found = values(space.formula, theory, &assignment, &literals, Some(attributes));
            let lemmas = match self.with_other_texts(found, about, theory) {
                Values::Found(found) if space.is_shown(&found, &assignment, about) => {
                    self.block(asked);
                    return Next::Combination(found);
                }
                Values::Lemmas(lemmas) => {
                    lemmas.iter().map(|lemma| space.clause(lemma)).collect::<Option<Vec<_>>>()
                }
                Values::Found(_) | Values::Undecided => None,
            };
            let lemmas = lemmas.filter(|lemmas| !lemmas.is_empty()).unwrap_or_else(|| {
                let refuted = theory::refute(space.formula, space.skeleton(), theory, &literals);
                let conflicts = refuted.conflicts.iter();
                let clause = |conflict: &theory::Conflict| {
                    let negated: Vec<_> = conflict.literals.iter().map(|literal| literal.negated()).collect();
                    space.clause(&negated)
                };
                conflicts.filter_map(clause).collect()
            });
            if lemmas.is_empty() {
                self.block(asked);
                return Next::Unbuilt;
            }
            for lemma in lemmas {
                self.solver.add(&lemma);
            }
        }
        Next::GaveUp
    }

    /// The same, where the attributes of which the claim says nothing have texts: the same ones each time.
    fn with_other_texts(&mut self, found: Values, about: Option<&[i32]>, theory: &mut Theory) -> Values {
        let Values::Found(mut found) = found else { return found };
        if about.is_some() {
            return Values::Found(found);
        }
        let space = self.space;
        if self.texts.is_none() {
            let nothing = (Assignment::default(), BTreeSet::new());
            match values(space.formula, theory, &nothing.0, &nothing.1, None) {
                Values::Found(plain) => self.texts = Some(plain.texts),
                Values::Lemmas(_) | Values::Undecided => return Values::Undecided,
            }
        }
        let plain = self.texts.iter().flatten();
        for ((text, plain), attribute) in found.texts.iter_mut().zip(plain).zip((0..).map(Attribute)) {
            if !space.attributes.contains(&attribute) {
                text.clone_from(plain);
            }
        }
        Values::Found(found)
    }

    /// A variable of which no clause says anything yet.
    fn variable(&mut self) -> i32 {
        self.last += 1;
        self.solver.grow(self.last);
        i32::try_from(self.last).unwrap_or(i32::MAX)
    }

    /// Leaves out from now on the values that the counted variables have.
    fn block(&mut self, asked: &Asked<'_>) {
        let opposite = |variable: &i32| if self.holds(*variable) { -*variable } else { *variable };
        let clause: Vec<i32> =
            asked.counted.iter().map(opposite).chain(asked.guard.map(|guard| -guard)).collect();
        self.solver.add(&clause);
    }

    fn holds(&self, variable: i32) -> bool {
        usize::try_from(variable).is_ok_and(|variable| self.solver.is_true(variable))
    }
}

#[cfg(test)]
mod tests;
