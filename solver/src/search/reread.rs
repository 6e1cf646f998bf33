//! The formula under other readings of what AWS leaves undocumented: which of them break an interpretation, and what a
//! request must fulfil so that they do not.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::evaluate::ROBUST_PREDICATES;
use ringfence_model::open_point::{Reading, UncertainPredicate};

use super::Search;
use crate::formula::{Formula, Openness, Uncertain};
use crate::interpretation::Interpretation;
use crate::term::{Atom, Flag, Node, Term, Terms};

/// How predicates are read; all others as the evaluator chooses.
pub type Readings = BTreeMap<UncertainPredicate, Reading>;

/// What became of an interpretation under other readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rereading {
    /// It holds under every combination of the predicates on which it touches.
    Robust,
    /// It does not under these, the fewest first.
    Fragile(Vec<Readings>),
    /// It touches on more predicates than are tried: these.
    TooMany(BTreeSet<UncertainPredicate>),
}

impl Search<'_> {
    /// Whether `assertions` hold in `interpretation` under every combination of the predicates whose readings differ
    /// there. Fragile with all combinations of the smallest size that break one of them.
    pub fn try_readings(&self, assertions: &[Term], interpretation: &Interpretation) -> Rereading {
        let formula = &*self.formula;
        let touched = touched(formula, interpretation);
        if touched.len() > ROBUST_PREDICATES {
            return Rereading::TooMany(touched);
        }
        let mut breaking: Vec<(u32, Readings)> = Vec::new();
        for combination in 0..1_u32 << touched.len() {
            let readings: Readings = (0..)
                .zip(&touched)
                .map(|(bit, predicate): (u32, _)| {
                    let upper = combination & (1 << bit) != 0;
                    (predicate.clone(), if upper { Reading::Upper } else { Reading::Lower })
                })
                .collect();
            let (other, changed) = under(formula, interpretation, &readings);
            if !other.all(formula, assertions) {
                breaking.push((changed, readings));
            }
        }
        let Some(fewest) = breaking.iter().map(|entry| entry.0).min() else { return Rereading::Robust };
        breaking.retain(|entry| entry.0 == fewest);
        Rereading::Fragile(breaking.into_iter().map(|entry| entry.1).collect())
    }

    /// True exactly where `assertions` hold under these readings too.
    pub fn reread(&mut self, assertions: &[Term], readings: &Readings) -> Term {
        let entries = self.formula.uncertain.clone();
        let freed = freed(self.formula);
        let values = freed.into_iter().map(|flag| (flag, Terms::FALSE)).collect();
        let mut rereader = Rereader { terms: &mut self.formula.terms, values, memo: BTreeMap::new() };
        // Readings hold the flags of predicates that were made before them, and no others.
        for entry in entries {
            let value = rereader.term(reading_of(&entry, readings));
            rereader.values.insert(entry.flag, value);
        }
        let all: Vec<Term> = assertions.iter().map(|assertion| rereader.term(*assertion)).collect();
        self.formula.terms.and(all)
    }

    /// True where the readings of one of these predicates agree.
    pub fn some_agrees(&mut self, predicates: &BTreeSet<UncertainPredicate>) -> Term {
        let entries = self.formula.uncertain.clone();
        let agree: Vec<Term> = predicates
            .iter()
            .map(|predicate| {
                let own = entries.iter().filter(|entry| entry.predicate == *predicate);
                let same: Vec<Term> =
                    own.map(|entry| self.formula.terms.iff(entry.lower, entry.upper)).collect();
                self.formula.terms.and(same)
            })
            .collect();
        self.formula.terms.or(agree)
    }
}

fn reading_of(entry: &Uncertain, readings: &Readings) -> Term {
    match readings.get(&entry.predicate) {
        None | Some(Reading::Evaluator) => entry.evaluator,
        Some(Reading::Lower) => entry.lower,
        Some(Reading::Upper) => entry.upper,
    }
}

/// The flags that hold readings fast: under another reading they say nothing.
fn freed(formula: &Formula) -> Vec<Flag> {
    let points = formula.pins.iter().filter(|(openness, _)| matches!(openness, Openness::Point(_)));
    points.map(|entry| entry.1).chain(formula.agreement).collect()
}

/// The predicates whose readings differ in `interpretation`, also when others are read otherwise.
fn touched(formula: &Formula, interpretation: &Interpretation) -> BTreeSet<UncertainPredicate> {
    let mut touched = BTreeSet::new();
    for reading in [Reading::Evaluator, Reading::Lower, Reading::Upper] {
        let all = formula.uncertain.iter().map(|entry| (entry.predicate.clone(), reading)).collect();
        let (other, _) = under(formula, interpretation, &all);
        let differs =
            |entry: &&Uncertain| other.term(formula, entry.lower) != other.term(formula, entry.upper);
        touched.extend(formula.uncertain.iter().filter(differs).map(|entry| entry.predicate.clone()));
    }
    touched
}

/// The interpretation under these readings, and how many predicates are then not as the evaluator chooses.
fn under(formula: &Formula, interpretation: &Interpretation, readings: &Readings) -> (Interpretation, u32) {
    let mut other = interpretation.clone();
    other.flags.resize(formula.flags.len(), false);
    for flag in freed(formula) {
        set(&mut other, flag, false);
    }
    let mut changed = 0;
    for entry in &formula.uncertain {
        let value = other.term(formula, reading_of(entry, readings));
        changed += u32::from(value != other.term(formula, entry.evaluator));
        set(&mut other, entry.flag, value);
    }
    (other, changed)
}

fn set(interpretation: &mut Interpretation, flag: Flag, value: bool) {
    if let Some(slot) = interpretation.flags.get_mut(flag.0 as usize) {
        *slot = value;
    }
}

/// Puts terms in the place of flags.
struct Rereader<'t> {
    terms: &'t mut Terms,
    values: BTreeMap<Flag, Term>,
    memo: BTreeMap<Term, Term>,
}

impl Rereader<'_> {
    fn term(&mut self, term: Term) -> Term {
        if let Some(known) = self.memo.get(&term) {
            return *known;
        }
        let result = match self.terms.node(term).clone() {
            Node::True | Node::False => term,
            Node::Atom(id) => match self.terms.atom(id) {
                Some(Atom::Flag(flag)) => self.values.get(flag).copied().unwrap_or(term),
                Some(_) | None => term,
            },
            Node::Not(inner) => {
                let inner = self.term(inner);
                self.terms.not(inner)
            }
            Node::And(operands) => {
                let operands: Vec<Term> = operands.iter().map(|operand| self.term(*operand)).collect();
                self.terms.and(operands)
            }
            Node::Or(operands) => {
                let operands: Vec<Term> = operands.iter().map(|operand| self.term(*operand)).collect();
                self.terms.or(operands)
            }
        };
        self.memo.insert(term, result);
        result
    }
}
