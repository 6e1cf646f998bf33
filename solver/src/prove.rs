//! Answers queries: proved under every reading of the open points, refuted by a replayed request, or neither.
//!
//! The order is that of the design: (c) every point free; if that is unsatisfiable the query is proved. Else (a) both
//! readings of every point agree, (b) every point at the evaluator's choice: a model of either that replays under
//! every combination of the points it touches refutes. What is left is inconclusive.

pub(crate) mod difference;
mod digest;
mod found;
mod ledger;
pub(crate) mod many;
mod observer;
mod open_set;
pub mod optimum;
mod replays;
mod robust;
mod store;

pub use found::Found;
pub use ledger::Ledger;
pub use observer::Observer;
pub use store::{Key, Store};

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::catalogue::Catalogue;

use crate::backend::Literal;
use crate::certificate::Certificate;
use crate::decode::{self, decode};
use crate::encode::{Assumptions, Encoded, Memory, encode};
use crate::formula::{Domain, Formula, Openness, Restriction};
use crate::interpretation::Interpretation;
use crate::query::Query;
use crate::search::{Limits, Outcome, Search, Statistics, Unconfirmed};
use crate::subject::Subject;
use crate::term::{Atom, Attribute};
use crate::verdict::{Reason, Verdict};
use crate::wildcard::Theory;
use crate::witness::{Replay, Witness};

use digest::digest;
use replays::{Replays, replay_goal, there};

/// Answers queries on one thread, with what it learnt of languages kept for the next.
#[derive(Debug)]
pub struct Prover<'a> {
    catalogue: &'a Catalogue,
    assumptions: &'a Assumptions,
    theory: Theory,
    memory: Memory,
    limits: Limits,
    statistics: Statistics,
    observer: Option<&'a dyn Observer>,
    ledger: Option<&'a dyn Ledger>,
    store: Option<&'a dyn Store>,
    /// See [`Self::pause_store`].
    store_paused: bool,
    /// How many answers of the store counted so far.
    kept_used: usize,
    /// See [`Self::take_found`].
    found: Vec<Found>,
}

/// A query about a subject as a formula.
#[derive(Clone, Debug)]
pub struct Question {
    encoded: Encoded,
    digest: String,
}

impl Question {
    /// SHA-256 by which equal formulas are known.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The formula and its symbols.
    pub fn encoded(&self) -> &Encoded {
        &self.encoded
    }
}

/// What a search found out about a formula: the same for everybody whose formula is equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Solved {
    /// Unsatisfiable under every reading.
    Unsatisfiable {
        /// The indices of the restrictions that it rests on.
        core: Vec<usize>,
        /// Z3's strings had a part in the search.
        used_strings: bool,
    },
    /// These interpretations are to be replayed, in this order; with what to say if none is confirmed.
    Satisfiable {
        /// Interpretations of phase (a), or else of phase (b).
        candidates: Vec<Interpretation>,
        /// Phase (b) was left out, since phase (a) found a request.
        only_first_phase: bool,
        /// Why the query is inconclusive otherwise.
        otherwise: Reason,
    },
}

impl<'a> Prover<'a> {
    /// A prover with the default limits.
    pub fn new(catalogue: &'a Catalogue, assumptions: &'a Assumptions) -> Self {
        Self::with_limits(catalogue, assumptions, Limits::default())
    }

    /// A prover with these limits.
    pub fn with_limits(catalogue: &'a Catalogue, assumptions: &'a Assumptions, limits: Limits) -> Self {
        let theory = Theory::new(limits.states);
        Self {
            catalogue,
            assumptions,
            theory,
            memory: Memory::default(),
            limits,
            statistics: Statistics::default(),
            observer: None,
            ledger: None,
            store: None,
            store_paused: false,
            kept_used: 0,
            found: Vec::new(),
        }
    }

    /// The same, with an observer.
    #[must_use]
    pub fn observed(self, observer: Option<&'a dyn Observer>) -> Self {
        Self { observer, ..self }
    }

    /// What was counted so far.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// The formula of `query` about `subject`.
    pub fn encode(&mut self, query: &Query, subject: &Subject) -> Encoded {
        self.theory.trim();
        self.memory.trim();
        let known = (&mut self.theory, &mut self.memory);
        encode(query, subject, self.catalogue, self.assumptions, known)
    }

    /// The formula with its digest, by which equal questions are known.
    pub fn question(&mut self, query: &Query, subject: &Subject) -> Question {
        let encoded = self.encode(query, subject);
        let digest = digest(&encoded);
        Question { encoded, digest }
    }

    /// The verdict on `query` about `subject`.
    pub fn answer(&mut self, query: &Query, subject: &Subject) -> Verdict {
        if query.targets.len() > many::TARGETS_TOGETHER {
            return self.answer_one_by_one(query, subject);
        }
        self.answer_together(query, subject)
    }

    /// As [`Self::answer`], all targets in one formula.
    fn answer_together(&mut self, query: &Query, subject: &Subject) -> Verdict {
        let question = self.question(query, subject);
        self.decide(&question, query, subject).1
    }

    /// True if no request fits the query under any reading of the open points. False also where that was not decided.
    pub fn is_impossible(&mut self, query: &Query, subject: &Subject) -> bool {
        self.satisfiability(query, subject) == Some(false)
    }

    /// Whether some request fits the query under some reading of the open points; none where that was not decided.
    pub fn satisfiability(&mut self, query: &Query, subject: &Subject) -> Option<bool> {
        let outcome = if self.ledger.is_some() {
            let question = self.question(query, subject);
            if let Some(Solved::Unsatisfiable { core, .. }) = self.as_written(&question) {
                self.go_by(&question, &core, query, subject);
            }
            self.check_question(&question)
        } else {
            let encoded = self.encode(query, subject);
            self.check_once(&encoded.formula)
        };
        match outcome {
            Outcome::Sat(_) => Some(true),
            Outcome::Unsat(_) => Some(false),
            Outcome::Unknown(_) => None,
        }
    }

    /// True if the formula of `question` is unsatisfiable, without saying what that rests on.
    fn is_unsatisfiable(&mut self, question: &Question) -> bool {
        matches!(self.check_question(question), Outcome::Unsat(_))
    }

    /// One check of a formula with all its restrictions, every reading free.
    fn check_once(&mut self, formula: &Formula) -> Outcome {
        let mut searched = formula.clone();
        let restrictions = restriction_literals(&mut searched);
        let mut search = Search::new(&mut searched, &mut self.theory, self.limits);
        let outcome = search.prove(&restrictions);
        let (statistics, used_strings) = (search.statistics(), search.used_strings());
        self.count(statistics);
        if matches!(outcome, Outcome::Unsat(_)) {
            self.observe_all(formula, used_strings);
        }
        outcome
    }

    /// Searches the formula of a question. What a search sets aside may hang on what Z3 met before in its thread: where
    /// that happens, or is likely, the search is done in a thread of its own, and only that counts.
    pub fn solve(&mut self, question: &Question) -> Solved {
        if let Some(written) = self.as_written(question) {
            return written;
        }
        let solved = self.find(question);
        self.write_down(question, &solved);
        if let Solved::Unsatisfiable { core, used_strings } = &solved {
            self.observe(&question.encoded.formula, core, *used_strings);
        }
        solved
    }

    fn find(&mut self, question: &Question) -> Solved {
        if may_give_up(&question.encoded.formula)
            && let Some(solved) = self.solve_alone(question)
        {
            return solved;
        }
        let (solved, statistics) = search(question, &mut self.theory, self.limits);
        self.count(statistics);
        let limited = matches!(&solved, Solved::Satisfiable { otherwise: Reason::Limit(_), .. });
        if statistics.set_aside == 0 && !limited {
            return solved;
        }
        self.solve_alone(question).unwrap_or(solved)
    }

    /// Searches in a new thread, where Z3 has met nothing. None if the thread could not answer.
    fn solve_alone(&mut self, question: &Question) -> Option<Solved> {
        let limits = self.limits;
        let (solved, statistics) = std::thread::scope(|scope| {
            scope.spawn(move || search(question, &mut Theory::new(limits.states), limits)).join().ok()
        })?;
        self.count(statistics);
        Some(solved)
    }

    /// The verdict for one subject whose formula was solved: cores are named by its own statements, and witnesses are
    /// its own requests, each replayed.
    pub fn conclude(
        &mut self,
        question: &Question,
        solved: &Solved,
        query: &Query,
        subject: &Subject,
    ) -> Verdict {
        let encoded = &question.encoded;
        let (candidates, only_first_phase, otherwise) = match solved {
            Solved::Unsatisfiable { core: places, used_strings } => {
                let named = places.iter().filter_map(|index| encoded.formula.restrictions.get(*index));
                let mut core: Vec<Restriction> = named.map(|entry| entry.1.clone()).collect();
                core.sort_unstable();
                core.dedup();
                let formula = question.digest.clone();
                let claims = self.ledger.and_then(|ledger| ledger.claim(question, places));
                self.go_by(question, places, query, subject);
                return Verdict::Proved(Box::new(Certificate {
                    formula,
                    claims: claims.into_iter().collect(),
                    core,
                    used_strings: *used_strings,
                    ..Certificate::joined(Vec::new())
                }));
            }
            Solved::Satisfiable { candidates, only_first_phase, otherwise } => {
                (candidates, *only_first_phase, otherwise)
            }
        };
        if let Some(anybody) = &subject.any_name {
            if !anybody.silent {
                self.found
                    .extend(candidates.iter().map(|interpretation| decode::who(encoded, interpretation)));
            }
            let found = anybody.silent && !candidates.is_empty();
            let by_nobody = found && matches!(otherwise, Reason::Disagreement(_));
            return Verdict::Inconclusive(if by_nobody { Reason::by_nobody() } else { otherwise.clone() });
        }
        let mut replays = Replays::default();
        if let Some(witness) = self.replay_all(&mut replays, candidates, question, query, subject) {
            return Verdict::Refuted(Box::new(witness));
        }
        if only_first_phase && self.closed_ledger().is_none() {
            // What no reading changes was not confirmed: it may hang on the organisation, or on what the evaluator does not decide.
            let further = self.second_phase(question);
            let all = candidates.iter().chain(&further).cloned().collect();
            let otherwise = otherwise.clone();
            let whole = Solved::Satisfiable { candidates: all, only_first_phase: false, otherwise };
            self.write_down(question, &whole);
            if let Some(witness) = self.replay_all(&mut replays, &further, question, query, subject) {
                return Verdict::Refuted(Box::new(witness));
            }
        }
        Verdict::Inconclusive(replays.reason().unwrap_or_else(|| otherwise.clone()))
    }

    /// The witness of the first interpretation that a replay confirms; what became of the others is noted.
    fn replay_all(
        &self,
        replays: &mut Replays,
        candidates: &[Interpretation],
        question: &Question,
        query: &Query,
        subject: &Subject,
    ) -> Option<Witness> {
        for interpretation in candidates {
            let decoded = decode(&question.encoded, interpretation, subject, self.catalogue, query);
            match replay_goal(&decoded, query, self.catalogue, self.assumptions) {
                Replay::Confirmed(requests) => {
                    let there = there(&decoded, self.catalogue, self.assumptions);
                    return Some(Witness::new(requests, Vec::new()).refused_elsewhere(there));
                }
                Replay::Fragile(points) => replays.fragile.push(points),
                Replay::Differs(decision) => {
                    let checks: Vec<String> = decoded
                        .checks
                        .iter()
                        .map(|(request, _)| {
                            format!(
                                "{} `{}` of {} in {:?}",
                                request.action, request.resource, request.principal, request.context
                            )
                        })
                        .collect();
                    let what = format!("the evaluator decides {decision} on {}", checks.join(" and "));
                    replays.others.push(Reason::Disagreement(what));
                }
                Replay::NotCovered(text) => {
                    replays.others.push(Reason::NotCovered { code: "not-covered", text });
                }
                Replay::OrganizationUnknown => {
                    replays.others.push(Reason::OpenMatters(vec![Openness::Organization]));
                }
                Replay::BeyondLimits(text) => {
                    replays.others.push(Reason::NotCovered { code: "beyond-limits", text });
                }
            }
        }
        None
    }

    /// What phase (b) finds, by a search of its own.
    fn second_phase(&mut self, question: &Question) -> Vec<Interpretation> {
        let limits = self.limits;
        let found = std::thread::scope(|scope| {
            scope.spawn(move || second_phase(question, &mut Theory::new(limits.states), limits)).join().ok()
        });
        let Some((found, statistics)) = found else { return Vec::new() };
        self.count(statistics);
        found
    }

    fn count(&mut self, statistics: Statistics) {
        self.statistics.checks += statistics.checks;
        self.statistics.z3_checks += statistics.z3_checks;
        self.statistics.folded += statistics.folded;
        self.statistics.lemmas += statistics.lemmas;
        self.statistics.set_aside += statistics.set_aside;
        self.statistics.string_questions += statistics.string_questions;
        self.statistics.string_lemmas += statistics.string_lemmas;
    }
}

/// Whether the search may have to try texts one after the other: where texts of several attributes are compared, or
/// one text is read in several ways, as a number and by a pattern.
fn may_give_up(formula: &Formula) -> bool {
    let mut ways: BTreeMap<Attribute, BTreeSet<u8>> = BTreeMap::new();
    for (_, atom) in formula.terms.atoms() {
        let (attribute, way) = match atom {
            Atom::MatchesTemplate { .. } | Atom::Equal(..) => return true,
            Atom::Flag(_) | Atom::Chosen(..) | Atom::InstantsWithin(..) => continue,
            Atom::Matches(attribute, _) => (attribute, 0),
            Atom::IsNumber(attribute) | Atom::Number(attribute, ..) => (attribute, 1),
            Atom::IsInstant(attribute) | Atom::Instant(attribute, ..) => (attribute, 2),
            Atom::IsAddress(attribute) | Atom::Within(attribute, _) => (attribute, 3),
        };
        let own = match formula.domain(*attribute) {
            Domain::Text(_) => None,
            Domain::Number => Some(1),
            Domain::Instant => Some(2),
            Domain::Address => Some(3),
        };
        let ways = ways.entry(*attribute).or_default();
        ways.extend(own);
        ways.insert(way);
    }
    ways.values().any(|ways| ways.len() > 1)
}

/// Searches the formula of a question with this theory.
fn search(question: &Question, theory: &mut Theory, limits: Limits) -> (Solved, Statistics) {
    let mut formula = question.encoded.formula.clone();
    let restrictions = restriction_literals(&mut formula);
    let pins = pin_literals(&mut formula);
    let agreement = agreement_literal(&mut formula);
    let mut search = Search::new(&mut formula, theory, limits);
    let chosen = at_the_evaluators_choice(&restrictions, &pins);
    // What no reading changes is asked first: most refutations are found so, among fewer requests than proofs are about.
    let strict: Vec<Literal> = chosen.iter().copied().chain(agreement).collect();
    let mut unknown = None;
    let mut candidates = Vec::new();
    let lenient = match search.check(&strict) {
        Outcome::Sat(found) => {
            if agreement.is_some() {
                candidates.push(search.canonical(&strict, found));
            }
            None
        }
        Outcome::Unsat(_) => Some(search.check(&restrictions)),
        Outcome::Unknown(reason) => {
            unknown = Some(reason);
            Some(search.check(&restrictions))
        }
    };
    let solved = if matches!(lenient, Some(Outcome::Unsat(_))) {
        let core = search.minimal_core(&restrictions);
        let undecided =
            |otherwise| Solved::Satisfiable { candidates: Vec::new(), only_first_phase: false, otherwise };
        match search.confirm(&core) {
            Ok(()) => {
                let places = restrictions.iter().enumerate().filter(|(_, literal)| core.contains(literal));
                let core = places.map(|(index, _)| index).collect();
                Solved::Unsatisfiable { core, used_strings: search.used_strings() }
            }
            Err(Unconfirmed::Disagreement) => {
                undecided(Reason::Disagreement("two solvers disagree".to_owned()))
            }
            Err(Unconfirmed::Undecided(reason)) => undecided(Reason::Limit(reason)),
        }
    } else {
        if let Some(Outcome::Unknown(reason)) = lenient {
            unknown = Some(reason);
        }
        let only_first_phase = !candidates.is_empty();
        if !only_first_phase {
            let found = robust::candidates(&mut search, &chosen);
            candidates = found.interpretations;
            unknown = found.unknown.or(unknown);
        }
        let otherwise = match unknown {
            Some(reason) => Reason::Limit(reason),
            None if !candidates.is_empty() => Reason::Disagreement("no request was found".to_owned()),
            None => match open_set::smallest(&mut search, &restrictions, &pins) {
                Some(matters) => Reason::OpenMatters(matters),
                None => Reason::Limit("the open points that matter could not be told apart".to_owned()),
            },
        };
        Solved::Satisfiable { candidates, only_first_phase, otherwise }
    };
    (solved, search.statistics())
}

/// Phase (b) of a question alone.
fn second_phase(
    question: &Question,
    theory: &mut Theory,
    limits: Limits,
) -> (Vec<Interpretation>, Statistics) {
    let mut formula = question.encoded.formula.clone();
    let restrictions = restriction_literals(&mut formula);
    let pins = pin_literals(&mut formula);
    let mut search = Search::new(&mut formula, theory, limits);
    let found = robust::candidates(&mut search, &at_the_evaluators_choice(&restrictions, &pins));
    (found.interpretations, search.statistics())
}

/// Every point as the evaluator reads it; the matters that are no points stay out.
fn at_the_evaluators_choice(restrictions: &[Literal], pins: &[(Openness, Literal)]) -> Vec<Literal> {
    restrictions.iter().copied().chain(pins.iter().map(|entry| entry.1)).collect()
}

fn restriction_literals(formula: &mut Formula) -> Vec<Literal> {
    let flags: Vec<_> = formula.restrictions.iter().map(|entry| entry.0).collect();
    flags.into_iter().map(|flag| Literal::new(formula.terms.atom_id(Atom::Flag(flag)), true)).collect()
}

fn pin_literals(formula: &mut Formula) -> Vec<(Openness, Literal)> {
    let mut pins = formula.pins.clone();
    pins.sort_unstable();
    pins.into_iter()
        .map(|(openness, flag)| (openness, Literal::new(formula.terms.atom_id(Atom::Flag(flag)), true)))
        .collect()
}

fn agreement_literal(formula: &mut Formula) -> Option<Literal> {
    let flag = formula.agreement?;
    Some(Literal::new(formula.terms.atom_id(Atom::Flag(flag)), true))
}
