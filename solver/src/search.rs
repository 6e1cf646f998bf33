//! The search: a solver proposes Booleans, the wildcard theory finds texts for them or a lemma that excludes them.
//!
//! Our own solver (`propositional`) proposes where all is about patterns, else Z3. What a solver calls satisfiable is
//! never believed: an interpretation leaves only after every assertion was found true under its concrete texts. That
//! nothing is left is a proof where Z3 says so ([`Search::prove`]). Trusted: an error here makes a proof wrong.

mod canonical;
mod concretise;
mod core;
pub(crate) mod justify;
mod linked;
mod mixed;
mod optimum;
mod pairs;
mod propositional;
mod reread;
pub(crate) mod templates;
pub(crate) mod unaided;

use std::collections::BTreeSet;

use crate::backend::z3::Backend;
use crate::backend::{Assignment, Encoding, Literal, SatResult};
use crate::formula::Formula;
use crate::interpretation::Interpretation;
use crate::term::{Atom, Choice, Node, Term, Terms};
use crate::wildcard::Theory;
use propositional::{Proposal, Propositional};

pub use optimum::Optimum;
pub use reread::{Readings, Rereading};

/// Limits of a search. None of them is a clock, so that answers do not depend on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// States of one product automaton.
    pub states: usize,
    /// Rounds of Z3 and theory for one check.
    pub rounds: usize,
    /// Lemmas of one search.
    pub lemmas: usize,
    /// Rounds of all checks of one search, each counted by the atoms that the formula has.
    pub work: usize,
    /// Assignments that may be set aside undecided before a check gives up.
    pub set_aside: usize,
    /// Questions to Z3's strings about texts that are put together of others.
    pub string_questions: usize,
    /// How texts are decided.
    pub encoding: Encoding,
    /// Who proposes assignments.
    pub proposals: Proposals,
}

/// Who proposes assignments. No answer depends on it, short of a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proposals {
    /// Our own solver, where all is about patterns and few conflicts are met; Z3 has the last word on proofs.
    #[default]
    Own,
    /// Z3 alone.
    Z3,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            states: 60_000,
            rounds: 5_000,
            lemmas: 1_000_000,
            work: 20_000_000,
            set_aside: 24,
            string_questions: 200,
            encoding: Encoding::Theory,
            proposals: Proposals::Own,
        }
    }
}

/// What a search answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All assertions and assumptions hold under this interpretation.
    Sat(Interpretation),
    /// They cannot hold together; these assumptions already exclude it.
    Unsat(Vec<Literal>),
    /// Not decided.
    Unknown(String),
}

/// Why what was found unsatisfiable is no proof. Never expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unconfirmed {
    /// Z3 has an assignment.
    Disagreement,
    /// Z3 gave up, with the reason.
    Undecided(String),
}

/// Counts for benchmarks and `--verbose` output. They never influence an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Assignments asked for, of whichever solver.
    pub checks: usize,
    /// Calls of Z3.
    pub z3_checks: usize,
    /// Proofs that propagation alone shows, which never reach Z3.
    pub folded: usize,
    /// Lemmas added.
    pub lemmas: usize,
    /// Assignments set aside undecided.
    pub set_aside: usize,
    /// Questions to Z3's strings.
    pub string_questions: usize,
    /// Lemmas that Z3's strings found: a proof in the same search may rest on them.
    pub string_lemmas: usize,
}

/// A search over one formula.
#[derive(Debug)]
pub struct Search<'a> {
    formula: &'a mut Formula,
    backend: Option<Backend>,
    /// None before the first check, and where Z3 proposes.
    own: Option<Propositional>,
    /// Z3 proposes from now on.
    z3_proposes: bool,
    /// Our own solver has answered.
    own_was_asked: bool,
    /// Clauses that set an undecided assignment aside.
    set_aside: Vec<Vec<Literal>>,
    theory: &'a mut Theory,
    limits: Limits,
    strings: linked::Strings,
    lemmas: BTreeSet<Vec<Literal>>,
    pairs: pairs::Pairs,
    incomplete: bool,
    /// See [`Limits::work`].
    work: usize,
    statistics: Statistics,
}

impl<'a> Search<'a> {
    /// A search over `formula`. Z3 is not called, nor a context made, before the first check that needs it.
    pub fn new(formula: &'a mut Formula, theory: &'a mut Theory, limits: Limits) -> Self {
        Self {
            formula,
            backend: None,
            own: None,
            z3_proposes: limits.proposals == Proposals::Z3 || limits.encoding == Encoding::Strings,
            own_was_asked: false,
            set_aside: Vec::new(),
            theory,
            limits,
            strings: linked::Strings::new(limits.string_questions),
            lemmas: BTreeSet::new(),
            pairs: pairs::Pairs::default(),
            incomplete: false,
            work: 0,
            statistics: Statistics::default(),
        }
    }

    /// What was counted so far.
    pub fn statistics(&self) -> Statistics {
        Statistics { string_questions: self.strings.asked(), ..self.statistics }
    }

    /// Whether Z3's strings had a part in what was found so far.
    pub fn used_strings(&self) -> bool {
        self.limits.encoding == Encoding::Strings || self.statistics.string_lemmas > 0
    }

    /// The formula.
    pub fn formula(&self) -> &Formula {
        self.formula
    }

    /// The choice takes `value`.
    pub fn chosen(&mut self, choice: Choice, value: u32) -> Term {
        self.formula.chosen(choice, value)
    }

    /// The literal of `atom`, adding the atom to the formula if it is new.
    pub fn literal(&mut self, atom: Atom, positive: bool) -> Literal {
        Literal::new(self.formula.terms.atom_id(atom), positive)
    }

    /// A literal that, assumed, makes one of `terms` true. It is an atom of its own.
    pub fn any_of(&mut self, terms: Vec<Term>) -> Literal {
        let (flag, term) = self.formula.flag("one of");
        let any = self.formula.terms.or(terms);
        let rule = self.formula.terms.implies(term, any);
        self.formula.assert(rule);
        if let Some(backend) = self.backend.as_mut() {
            backend.assert_term(self.formula, rule);
        }
        if let Some(own) = self.own.as_mut() {
            own.assert(self.formula, rule);
        }
        self.literal(Atom::Flag(flag), true)
    }

    /// As [`Self::check`], for a proof: "unsatisfiable" is the answer only where [`Self::confirm`] confirms it.
    pub fn prove(&mut self, assumptions: &[Literal]) -> Outcome {
        let outcome = self.check(assumptions);
        if !matches!(outcome, Outcome::Unsat(_)) {
            return outcome;
        }
        match self.confirm(assumptions) {
            Ok(()) => outcome,
            Err(Unconfirmed::Disagreement) => {
                Outcome::Unknown("internal defect: two solvers disagree".to_owned())
            }
            Err(Unconfirmed::Undecided(reason)) => Outcome::Unknown(reason),
        }
    }

    /// Makes a proof of what [`Self::check`] found unsatisfiable under just these assumptions: it is one where propagation
    /// alone shows it, or Z3 says so too, of the assertions and all lemmas.
    ///
    /// # Errors
    /// When it is none.
    pub fn confirm(&mut self, assumptions: &[Literal]) -> Result<(), Unconfirmed> {
        if !self.own_was_asked || self.folds(assumptions).is_some() {
            // It was Z3 that found it, or nothing had to be asked.
            return Ok(());
        }
        // INVARIANT: what was set aside since is no lemma, and has no part in a proof.
        let answer = if self.incomplete {
            self.ask_by_lemmas_alone(assumptions)
        } else if self.own.as_mut().is_some_and(|own| own.folds(self.formula, assumptions)) {
            self.statistics.folded += 1;
            return Ok(());
        } else {
            match self.ask_z3(assumptions) {
                SatResult::Unknown(_) => self.ask_by_lemmas_alone(assumptions),
                other @ (SatResult::Sat(_) | SatResult::Unsat(_)) => other,
            }
        };
        match answer {
            SatResult::Unsat(_) => Ok(()),
            SatResult::Sat(_) => Err(Unconfirmed::Disagreement),
            SatResult::Unknown(reason) => Err(Unconfirmed::Undecided(reason)),
        }
    }

    /// What a fresh Z3 says of the assertions and lemmas, without what was set aside.
    fn ask_by_lemmas_alone(&mut self, assumptions: &[Literal]) -> SatResult {
        self.statistics.z3_checks += 1;
        let mut fresh = Backend::new(self.formula, self.limits.encoding);
        for lemma in &self.lemmas {
            fresh.add_clause(self.formula, lemma);
        }
        fresh.check(self.formula, assumptions)
    }

    fn ask_z3(&mut self, assumptions: &[Literal]) -> SatResult {
        self.statistics.z3_checks += 1;
        if self.backend.is_none() {
            let mut backend = Backend::new(self.formula, self.limits.encoding);
            for clause in self.lemmas.iter().chain(&self.set_aside) {
                backend.add_clause(self.formula, clause);
            }
            self.backend = Some(backend);
        }
        match self.backend.as_mut() {
            Some(backend) => backend.check(self.formula, assumptions),
            None => SatResult::Unknown("there is no solver".to_owned()),
        }
    }

    /// An assignment for the assertions and assumptions, from our own solver or from Z3.
    fn propose(&mut self, assumptions: &[Literal]) -> SatResult {
        if !self.z3_proposes {
            if self.own.is_none() {
                let own = Propositional::new(self.formula);
                if own.is_some() {
                    for lemma in pairs::lemmas_of_few(self.formula, self.theory) {
                        self.add_lemma(lemma);
                    }
                }
                self.own = own;
                for clause in self.lemmas.iter().chain(&self.set_aside) {
                    if let Some(own) = self.own.as_mut() {
                        own.add(clause);
                    }
                }
            }
            match self.own.as_mut().and_then(|own| own.check(self.formula, assumptions)) {
                Some(Proposal::Assignment(assignment)) => {
                    self.own_was_asked = true;
                    return SatResult::Sat(assignment);
                }
                Some(Proposal::Nothing) => {
                    self.own_was_asked = true;
                    return SatResult::Unsat(assumptions.to_vec());
                }
                Some(Proposal::GivenUp) | None => {
                    self.z3_proposes = true;
                    self.own = None;
                }
            }
        }
        self.ask_z3(assumptions)
    }

    /// Decides the formula under `assumptions`.
    pub fn check(&mut self, assumptions: &[Literal]) -> Outcome {
        if let Some(core) = self.folds(assumptions) {
            return Outcome::Unsat(core);
        }
        for _ in 0..self.limits.rounds {
            self.statistics.checks += 1;
            self.work = self.work.saturating_add(self.formula.terms.atom_count());
            if self.work > self.limits.work || self.lemmas.len() > self.limits.lemmas {
                return Outcome::Unknown("the limit of a search was reached".to_owned());
            }
            let assignment = match self.propose(assumptions) {
                SatResult::Unsat(_) if self.incomplete => {
                    return Outcome::Unknown("some combinations of matches could not be decided".to_owned());
                }
                SatResult::Unsat(core) => return Outcome::Unsat(core),
                SatResult::Unknown(reason) => return self.ask_again(assumptions, reason),
                SatResult::Sat(assignment) => assignment,
            };
            let reasons = justify::justify(self.formula, &assignment, assumptions);
            let texts = match self.limits.encoding {
                Encoding::Theory => self.concretise(&assignment, &reasons),
                Encoding::Strings => {
                    concretise::read_texts(self.formula, self.theory, &mut self.strings, &assignment)
                }
            };
            let by_strings = matches!(texts, concretise::Texts::LemmasOfStrings(_));
            match texts {
                concretise::Texts::Found(interpretation) if self.holds(&interpretation, assumptions) => {
                    return Outcome::Sat(interpretation);
                }
                concretise::Texts::Lemmas(lemmas) | concretise::Texts::LemmasOfStrings(lemmas) => {
                    let mut fresh = false;
                    for lemma in lemmas {
                        let alike = self.pairs.like(&lemma, self.formula, self.theory);
                        let new = self.add_lemma(lemma);
                        fresh |= new;
                        for pair in alike {
                            self.add_lemma(pair);
                        }
                        self.statistics.string_lemmas += usize::from(new && by_strings);
                    }
                    if !fresh {
                        return Outcome::Unknown(
                            "internal defect: a lemma did not exclude its assignment".to_owned(),
                        );
                    }
                }
                concretise::Texts::Found(_) | concretise::Texts::Undecided => {
                    self.statistics.set_aside += 1;
                    self.incomplete = true;
                    if self.statistics.set_aside > self.limits.set_aside {
                        return Outcome::Unknown(
                            "too many combinations of matches could not be decided".to_owned(),
                        );
                    }
                    let clause = justify::all_reasons(self.formula, &assignment, assumptions);
                    let clause: Vec<Literal> = clause.into_iter().map(Literal::negated).collect();
                    self.add_clause(&clause);
                    self.set_aside.push(clause);
                }
            }
        }
        Outcome::Unknown("the limit of rounds was reached".to_owned())
    }

    fn concretise(&mut self, assignment: &Assignment, reasons: &BTreeSet<Literal>) -> concretise::Texts {
        concretise::concretise(self.formula, self.theory, &mut self.strings, assignment, reasons)
    }

    /// Adds a clause that is valid for texts. False if it was known.
    fn add_lemma(&mut self, mut lemma: Vec<Literal>) -> bool {
        lemma.sort_unstable();
        lemma.dedup();
        if !self.lemmas.insert(lemma.clone()) {
            return false;
        }
        self.statistics.lemmas += 1;
        self.add_clause(&lemma);
        true
    }

    fn add_clause(&mut self, clause: &[Literal]) {
        if let Some(backend) = self.backend.as_mut() {
            backend.add_clause(self.formula, clause);
        }
        if let Some(own) = self.own.as_mut() {
            own.add(clause);
        }
    }

    /// An *unknown* may come from what the solver did before: ask once more in a fresh one, and only that counts.
    fn ask_again(&mut self, assumptions: &[Literal], first_reason: String) -> Outcome {
        match self.ask_by_lemmas_alone(assumptions) {
            SatResult::Unsat(core) if !self.incomplete => Outcome::Unsat(core),
            SatResult::Sat(assignment) => {
                let reasons = justify::justify(self.formula, &assignment, assumptions);
                match self.concretise(&assignment, &reasons) {
                    concretise::Texts::Found(found) if self.holds(&found, assumptions) => Outcome::Sat(found),
                    concretise::Texts::Found(_)
                    | concretise::Texts::Lemmas(_)
                    | concretise::Texts::LemmasOfStrings(_)
                    | concretise::Texts::Undecided => Outcome::Unknown(first_reason),
                }
            }
            SatResult::Unsat(_) | SatResult::Unknown(_) => Outcome::Unknown(first_reason),
        }
    }

    /// A conflict that needs no solver: a false assertion, or one that is just the negation of an assumption.
    fn folds(&self, assumptions: &[Literal]) -> Option<Vec<Literal>> {
        let terms = &self.formula.terms;
        for assertion in &self.formula.assertions {
            if *assertion == Terms::FALSE {
                return Some(Vec::new());
            }
            if let Node::Not(inner) = terms.node(*assertion)
                && let Node::Atom(atom) = terms.node(*inner)
                && assumptions.contains(&Literal::new(*atom, true))
            {
                return Some(vec![Literal::new(*atom, true)]);
            }
        }
        None
    }

    fn holds(&self, interpretation: &Interpretation, assumptions: &[Literal]) -> bool {
        interpretation.all(self.formula, &self.formula.assertions)
            && assumptions.iter().all(|literal| {
                let atom = self.formula.terms.atom(literal.atom);
                atom.is_some_and(|atom| interpretation.atom(self.formula, atom) == literal.positive)
            })
    }
}
