//! Answers queries: proved under every reading of the open points, refuted by a replayed request, or neither.
//!
//! The order is that of the design: (c) every point free; if that is unsatisfiable the query is proved. Else (a) both
//! readings of every point agree, (b) every point at the evaluator's choice: a model of either that replays under
//! every combination of the points it touches refutes. What is left is inconclusive.

mod many;

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::catalogue::Catalogue;
use sha2::{Digest, Sha256};

use crate::backend::Literal;
use crate::certificate::{Certificate, Level};
use crate::decode::{Decoded, decode};
use crate::encode::{Assumptions, Encoded, encode};
use crate::formula::{Domain, Formula, Openness, Restriction};
use crate::interpretation::Interpretation;
use crate::query::{Goal, Query};
use crate::search::{Limits, Outcome, Search, Statistics};
use crate::subject::Subject;
use crate::term::{Atom, Attribute};
use crate::verdict::{Reason, Verdict};
use crate::wildcard::Theory;
use crate::witness::{Replay, Witness, replay};

/// Answers queries on one thread, with what it learnt of languages kept for the next.
#[derive(Debug)]
pub struct Prover<'a> {
    catalogue: &'a Catalogue,
    assumptions: &'a Assumptions,
    theory: Theory,
    limits: Limits,
    statistics: Statistics,
    observer: Option<&'a dyn Observer>,
}

/// Is told of every formula that was found unsatisfiable, and changes no answer.
pub trait Observer: std::fmt::Debug + Sync {
    /// `formula` cannot hold when the restrictions numbered `assumed` are assumed, whatever the open points are.
    fn unsatisfiable(&self, formula: &Formula, assumed: &[usize]);
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
    /// Unsatisfiable under every reading; the indices of the restrictions that it rests on.
    Unsatisfiable(Vec<usize>),
    /// These interpretations are to be replayed, in this order; with what to say if none is confirmed.
    Satisfiable {
        /// Interpretations of phases (a) and (b).
        candidates: Vec<Interpretation>,
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
        Self { catalogue, assumptions, theory, limits, statistics: Statistics::default(), observer: None }
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
        encode(query, subject, self.catalogue, self.assumptions, &mut self.theory)
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
        let solved = self.solve(&question);
        self.conclude(&question, &solved, query, subject)
    }

    /// True if no request fits the query under any reading of the open points. False also where that was not decided.
    pub fn is_impossible(&mut self, query: &Query, subject: &Subject) -> bool {
        self.satisfiability(query, subject) == Some(false)
    }

    /// Whether some request fits the query under some reading of the open points; none where that was not decided.
    pub fn satisfiability(&mut self, query: &Query, subject: &Subject) -> Option<bool> {
        let mut encoded = self.encode(query, subject);
        let restrictions = restriction_literals(&mut encoded.formula);
        let mut search = Search::new(&mut encoded.formula, &mut self.theory, self.limits);
        let outcome = search.check(&restrictions);
        let statistics = search.statistics();
        self.count(statistics);
        match outcome {
            Outcome::Sat(_) => Some(true),
            Outcome::Unsat(_) => {
                let all: Vec<usize> = (0..restrictions.len()).collect();
                self.observe(&encoded.formula, &all);
                Some(false)
            }
            Outcome::Unknown(_) => None,
        }
    }

    /// Searches the formula of a question. What a search sets aside may hang on what Z3 met before in its thread: where
    /// that happens, or is likely, the search is done in a thread of its own, and only that counts.
    pub fn solve(&mut self, question: &Question) -> Solved {
        let solved = self.find(question);
        if let Solved::Unsatisfiable(core) = &solved {
            self.observe(&question.encoded.formula, core);
        }
        solved
    }

    fn observe(&self, formula: &Formula, assumed: &[usize]) {
        if let Some(observer) = self.observer {
            observer.unsatisfiable(formula, assumed);
        }
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
        &self,
        question: &Question,
        solved: &Solved,
        query: &Query,
        subject: &Subject,
    ) -> Verdict {
        let encoded = &question.encoded;
        let (candidates, otherwise) = match solved {
            Solved::Unsatisfiable(core) => {
                let named = core.iter().filter_map(|index| encoded.formula.restrictions.get(*index));
                let mut core: Vec<Restriction> = named.map(|entry| entry.1.clone()).collect();
                core.sort_unstable();
                let formula = question.digest.clone();
                return Verdict::Proved(Box::new(Certificate { formula, core, level: Level::OneSolver }));
            }
            Solved::Satisfiable { candidates, otherwise } => (candidates, otherwise),
        };
        let mut fallback: Option<Reason> = None;
        for interpretation in candidates {
            let decoded = decode(encoded, interpretation, subject, self.catalogue, query.context.as_ref());
            match replay_goal(&decoded, query, self.catalogue, self.assumptions) {
                Replay::Confirmed(request) => {
                    return Verdict::Refuted(Box::new(Witness::new(vec![*request], Vec::new())));
                }
                Replay::Fragile(points) => {
                    let matters = points.into_iter().map(Openness::Point).collect();
                    fallback = Some(Reason::OpenMatters(matters));
                }
                Replay::Differs(decision) => {
                    let what = format!(
                        "the evaluator decides {decision} on {} `{}` of {} in {:?}",
                        decoded.request.action,
                        decoded.request.resource,
                        decoded.request.principal,
                        decoded.request.context
                    );
                    fallback.get_or_insert(Reason::Disagreement(what));
                }
                Replay::NotCovered(text) => {
                    fallback.get_or_insert(Reason::NotCovered { code: "not-covered", text });
                }
            }
        }
        Verdict::Inconclusive(fallback.unwrap_or_else(|| otherwise.clone()))
    }

    fn count(&mut self, statistics: Statistics) {
        self.statistics.checks += statistics.checks;
        self.statistics.lemmas += statistics.lemmas;
        self.statistics.set_aside += statistics.set_aside;
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
    let lenient = search.check(&restrictions);
    let solved = if matches!(lenient, Outcome::Unsat(_)) {
        let core = search.minimal_core(&restrictions);
        let places = restrictions.iter().enumerate().filter(|(_, literal)| core.contains(literal));
        Solved::Unsatisfiable(places.map(|(index, _)| index).collect())
    } else {
        let mut candidates = Vec::new();
        let mut unknown = match lenient {
            Outcome::Unknown(reason) => Some(reason),
            Outcome::Sat(_) | Outcome::Unsat(_) => None,
        };
        for assumptions in phases(&restrictions, &pins, agreement) {
            match search.check(&assumptions) {
                Outcome::Sat(found) => {
                    let canonical = search.canonical(&assumptions, found);
                    if !candidates.contains(&canonical) {
                        candidates.push(canonical);
                    }
                }
                Outcome::Unsat(_) => {}
                Outcome::Unknown(reason) => unknown = Some(reason),
            }
        }
        let otherwise = match unknown {
            Some(reason) => Reason::Limit(reason),
            None if !candidates.is_empty() => Reason::Disagreement("no request was found".to_owned()),
            None => match smallest_open_set(&mut search, &restrictions, &pins) {
                Some(matters) => Reason::OpenMatters(matters),
                None => Reason::Limit("the open points that matter could not be told apart".to_owned()),
            },
        };
        Solved::Satisfiable { candidates, otherwise }
    };
    (solved, search.statistics())
}

/// Replays a decoded request for the query's goal.
fn replay_goal(decoded: &Decoded, query: &Query, catalogue: &Catalogue, pins: &Assumptions) -> Replay {
    let allowed = !matches!(query.goal, Goal::NotGranted);
    let assumptions = decoded.assumptions.clone();
    let first = replay(&decoded.request, &decoded.policies, catalogue, pins, allowed, assumptions);
    let (Goal::AllowedBeyond(policies), Replay::Confirmed(_)) = (&query.goal, &first) else { return first };
    let mut beyond = policies.as_ref().clone();
    beyond.session.clone_from(&decoded.policies.session);
    match replay(&decoded.request, &beyond, catalogue, pins, false, Vec::new()) {
        Replay::Confirmed(_) => first,
        other @ (Replay::Fragile(_) | Replay::Differs(_) | Replay::NotCovered(_)) => other,
    }
}

/// (a) readings agree, then (b) the evaluator's choice; the matters that are no points stay out in both.
fn phases(
    restrictions: &[Literal],
    pins: &[(Openness, Literal)],
    agreement: Option<Literal>,
) -> Vec<Vec<Literal>> {
    let mut chosen = restrictions.to_vec();
    chosen.extend(pins.iter().map(|entry| entry.1));
    let mut phases = Vec::new();
    if let Some(agreement) = agreement {
        let mut agreeing = chosen.clone();
        agreeing.push(agreement);
        phases.push(agreeing);
    }
    phases.push(chosen);
    phases
}

/// A smallest set of open matters whose lenient reading makes the query satisfiable: one alone if one suffices, else
/// all but those that can be pinned one after the other.
fn smallest_open_set(
    search: &mut Search<'_>,
    restrictions: &[Literal],
    pins: &[(Openness, Literal)],
) -> Option<Vec<Openness>> {
    let satisfiable = |search: &mut Search<'_>, free: &[usize]| {
        let mut assumptions = restrictions.to_vec();
        let pinned = pins.iter().enumerate().filter(|(index, _)| !free.contains(index));
        assumptions.extend(pinned.map(|(_, entry)| entry.1));
        matches!(search.check(&assumptions), Outcome::Sat(_))
    };
    let names = |free: &[usize]| {
        let mut names: Vec<Openness> =
            free.iter().filter_map(|index| pins.get(*index)).map(|entry| entry.0).collect();
        names.sort_unstable();
        names
    };
    for index in 0..pins.len() {
        if satisfiable(search, &[index]) {
            return Some(names(&[index]));
        }
    }
    let mut free: Vec<usize> = (0..pins.len()).collect();
    if !satisfiable(search, &free) {
        return None;
    }
    for index in 0..pins.len() {
        let fewer: Vec<usize> = free.iter().copied().filter(|other| *other != index).collect();
        if satisfiable(search, &fewer) {
            free = fewer;
        }
    }
    Some(names(&free))
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

/// SHA-256 over everything in the formula that an answer can depend on: terms, languages, attributes with their
/// domains, choices, restrictions' flags, pins and readings. Names of policies are left out: principals with equal
/// formulas share an answer whatever their statements are called.
fn digest(encoded: &Encoded) -> String {
    let mut hasher = Sha256::new();
    let formula = &encoded.formula;
    let mut add = |text: String| {
        hasher.update(text.len().to_le_bytes());
        hasher.update(text.as_bytes());
    };
    add(format!("{:?}", formula.terms));
    add(format!("{:?}", formula.languages));
    add(format!("{:?}", formula.attributes));
    add(format!("{:?} {:?}", formula.choices, formula.flags));
    add(format!("{:?}", formula.assertions));
    add(format!("{:?}", formula.restrictions.iter().map(|entry| entry.0).collect::<Vec<_>>()));
    add(format!("{:?} {:?} {:?}", formula.uncertain, formula.pins, formula.agreement));
    add(format!("{:?} {:?}", encoded.symbols.checks, encoded.symbols.credentials));
    format!("{:x}", hasher.finalize())
}
