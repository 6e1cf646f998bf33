//! The best interpretation by weights: Z3's optimiser proposes, the wildcard theory disposes.
//!
//! Lemmas hold in every request, so what the optimiser finds under some of them costs at most what the best request costs. The
//! first proposal for which there are texts therefore is the best.

use super::concretise::Texts;
use super::{Search, justify};
use crate::backend::z3::Backend;
use crate::backend::{Literal, SatResult};
use crate::interpretation::Interpretation;
use crate::term::Term;

/// The best interpretation and what it costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Optimum {
    /// The weights of the wishes that it leaves open, in all.
    pub cost: u64,
    /// The interpretation.
    pub interpretation: Interpretation,
    /// Literals that, assumed, admit only interpretations that are as good.
    pub fixed: Vec<Literal>,
}

impl Search<'_> {
    /// The interpretation under `assumptions` that leaves open the least of `wishes` by weight; none if there is none at all. Of
    /// several that cost the same it fulfils the first wishes. `nested` says that each wish includes the next, so that what they cost says
    /// which are fulfilled.
    ///
    /// # Errors
    /// When a limit was reached, with what it says.
    pub fn optimum(
        &mut self,
        assumptions: &[Literal],
        wishes: &[(Term, u64)],
        nested: bool,
    ) -> Result<Option<Optimum>, String> {
        let wishes: Vec<(Literal, u64)> =
            wishes.iter().map(|(term, weight)| (self.any_of(vec![*term]), *weight)).collect();
        let Some((cost, mut best)) = self.best(assumptions, &wishes)? else { return Ok(None) };
        let mut fixed = assumptions.to_vec();
        for (wish, _) in &wishes {
            if self.fulfils(&best, *wish) {
                fixed.push(*wish);
                continue;
            }
            if nested {
                break;
            }
            // Another that costs the same may fulfil this wish and leave a later one open.
            let with: Vec<Literal> = fixed.iter().copied().chain([*wish]).collect();
            if let Some((other, found)) = self.best(&with, &wishes)?
                && other == cost
            {
                fixed = with;
                best = found;
            }
        }
        Ok(Some(Optimum { cost, interpretation: best, fixed }))
    }

    fn fulfils(&self, interpretation: &Interpretation, wish: Literal) -> bool {
        let atom = self.formula.terms.atom(wish.atom);
        atom.is_some_and(|atom| interpretation.atom(self.formula, atom) == wish.positive)
    }

    fn best(
        &mut self,
        assumptions: &[Literal],
        wishes: &[(Literal, u64)],
    ) -> Result<Option<(u64, Interpretation)>, String> {
        let mut backend = Backend::optimizing(self.formula, wishes);
        for lemma in &self.lemmas {
            backend.add_clause(self.formula, lemma);
        }
        for _ in 0..self.limits.rounds {
            self.statistics.checks += 1;
            let assignment = match backend.check(self.formula, assumptions) {
                SatResult::Unsat(_) => return Ok(None),
                SatResult::Unknown(reason) => return Err(reason),
                SatResult::Sat(assignment) => assignment,
            };
            let mut wanted = assumptions.to_vec();
            let fulfilled = wishes.iter().filter(|(wish, _)| assignment.atom(wish.atom) == wish.positive);
            wanted.extend(fulfilled.map(|(wish, _)| *wish));
            let reasons = justify::justify(self.formula, &assignment, &wanted);
            match self.concretise(&assignment, &reasons) {
                Texts::Found(found) if self.holds(&found, &wanted) => {
                    let open = wishes.iter().filter(|(wish, _)| !self.fulfils(&found, *wish));
                    return Ok(Some((open.map(|(_, weight)| *weight).sum(), found)));
                }
                Texts::Lemmas(lemmas) | Texts::LemmasOfStrings(lemmas) => {
                    let mut fresh = false;
                    for lemma in lemmas {
                        let alike = self.pairs.like(&lemma, self.formula, self.theory);
                        for lemma in std::iter::once(lemma).chain(alike) {
                            if self.add_lemma(lemma.clone()) {
                                backend.add_clause(self.formula, &lemma);
                                fresh = true;
                            }
                        }
                    }
                    if !fresh {
                        return Err("internal defect: a lemma did not exclude its assignment".to_owned());
                    }
                }
                Texts::Found(_) | Texts::Undecided => {
                    return Err("a combination of matches could not be decided".to_owned());
                }
            }
        }
        Err("the limit of rounds was reached".to_owned())
    }
}
