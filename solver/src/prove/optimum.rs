//! The best request rather than any: the dearest, or the least unusual (docs/theorems.md).
//!
//! Only requests count that no reading of the open points changes. Each is replayed as every witness is, so that an error here
//! can make an answer worse than the best, and never wrong.

use std::collections::BTreeSet;

use super::{
    Prover, Question, agreement_literal, at_the_evaluators_choice, pin_literals, replay_goal,
    restriction_literals,
};
use ringfence_model::request::Request;

use crate::backend::Literal;
use crate::decode::decode;
use crate::encode::Symbols;
use crate::encode::key::KeyValue;
use crate::formula::Formula;
use crate::interpretation::Interpretation;
use crate::query::{Query, Target};
use crate::search::{Outcome, Search};
use crate::subject::{Federation, OrganizationFacts, Subject};
use crate::term::{Term, Terms};
use crate::wildcard::Theory;
use crate::witness::{Replay, ReplayedRequest, Witness, replay};

/// What makes a request better than another.
#[derive(Clone, Copy)]
pub enum Wish<'w> {
    /// That its target gains more.
    Gain(&'w dyn Fn(&Target) -> u64),
    /// That fewer keys are in its context, of those that need not be there, and that its credentials are the plainest.
    PlainContext,
}

impl std::fmt::Debug for Wish<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Gain(_) => "Gain",
            Self::PlainContext => "PlainContext",
        })
    }
}

/// The best request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Best {
    /// What is left to be wished for: under [`Wish::Gain`] the difference to the target that gains most, under
    /// [`Wish::PlainContext`] the keys that are there, and one for credentials that are not the plainest.
    pub cost: u64,
    /// The request.
    pub witness: Witness,
}

impl Prover<'_> {
    /// The best request that fits the query by `wish`, replayed; none if there is none that no reading of the open points
    /// changes, or none was found, or nothing is to be searched.
    pub fn best(&mut self, query: &Query, subject: &Subject, wish: Wish<'_>) -> Option<Best> {
        if self.closed_ledger().is_some() {
            // No book holds what is best.
            return None;
        }
        let question = self.question(query, subject);
        let (cost, interpretation) = self.optimum(&question, wish)?;
        let decoded = decode(&question.encoded, &interpretation, subject, self.catalogue, query);
        match replay_goal(&decoded, query, self.catalogue, self.assumptions) {
            Replay::Confirmed(requests) => Some(Best { cost, witness: Witness::new(requests, Vec::new()) }),
            Replay::Fragile(_)
            | Replay::Differs(_)
            | Replay::NotCovered(_)
            | Replay::OrganizationUnknown
            | Replay::BeyondLimits(_) => None,
        }
    }

    /// Whether the replay confirms each of `requests`, which differ from those of a witness of `subject` in the models and
    /// Regions that they name alone. False where that does not follow: for federated sessions, and where the organisation
    /// of the account is not known.
    pub fn allows_alike(&mut self, requests: &[Request], subject: &Subject) -> bool {
        if subject.organization == OrganizationFacts::Unknown || subject.federation != Federation::Never {
            return false;
        }
        let mut policies = subject.policies.clone();
        if policies.resource_control.is_empty() {
            policies.resource_control = subject.resources.resource_control(subject.account).to_vec();
        }
        requests.iter().all(|request| {
            let replay = replay(request, &policies, self.catalogue, self.assumptions, true, Vec::new());
            matches!(replay, Replay::Confirmed(_))
        })
    }

    /// The request as it was replayed, where that confirms it: one that differs in keys from one of a witness of `subject`, on a
    /// resource without policies. None also where that does not follow, as in [`Self::allows_alike`].
    pub fn replayed_alike(&mut self, request: &Request, subject: &Subject) -> Option<ReplayedRequest> {
        if subject.organization == OrganizationFacts::Unknown || subject.federation != Federation::Never {
            return None;
        }
        let (policies, catalogue) = (&subject.policies, self.catalogue);
        match replay(request, policies, catalogue, self.assumptions, true, Vec::new()) {
            Replay::Confirmed(mut requests) => requests.pop(),
            Replay::Fragile(_)
            | Replay::Differs(_)
            | Replay::NotCovered(_)
            | Replay::OrganizationUnknown
            | Replay::BeyondLimits(_) => None,
        }
    }

    /// The best interpretation, sought in a thread of its own: what Z3's optimiser finds and how long it takes hangs on what Z3
    /// met before in its thread.
    fn optimum(&mut self, question: &Question, wish: Wish<'_>) -> Option<(u64, Interpretation)> {
        let mut formula = question.encoded.formula.clone();
        let restrictions = restriction_literals(&mut formula);
        let pins = pin_literals(&mut formula);
        let agreement = agreement_literal(&mut formula);
        let chosen = at_the_evaluators_choice(&restrictions, &pins);
        let strict: Vec<Literal> = chosen.iter().copied().chain(agreement).collect();
        let symbols = &question.encoded.symbols;
        let wishes = match wish {
            Wish::Gain(gain) => thresholds(symbols, gain, &mut formula),
            Wish::PlainContext => plain(symbols, &mut formula),
        };
        let nested = matches!(wish, Wish::Gain(_));
        let limits = self.limits;
        let (found, statistics) = std::thread::scope(|scope| {
            let search = move || {
                let mut theory = Theory::new(limits.states);
                let mut search = Search::new(&mut formula, &mut theory, limits);
                let found = optimum_under(&mut search, &strict, &wishes, nested)
                    .or_else(|| optimum_under(&mut search, &chosen, &wishes, nested));
                (found, search.statistics())
            };
            scope.spawn(search).join().ok()
        })?;
        self.count(statistics);
        found
    }
}

fn optimum_under(
    search: &mut Search<'_>,
    assumptions: &[Literal],
    wishes: &[(Term, u64)],
    nested: bool,
) -> Option<(u64, Interpretation)> {
    // The solver learns the lemmas faster than the optimiser.
    let Outcome::Sat(_) = search.check(assumptions) else { return None };
    let found = search.optimum(assumptions, wishes, nested).ok().flatten()?;
    Some((found.cost, search.canonical(&found.fixed, found.interpretation)))
}

/// One wish for each amount that some target gains: to gain so much or more, at the difference to the amount before. What is left
/// open adds up to the difference to the most.
fn thresholds(symbols: &Symbols, gain: &dyn Fn(&Target) -> u64, formula: &mut Formula) -> Vec<(Term, u64)> {
    let gains: Vec<u64> = symbols.checks.iter().map(|check| gain(&check.target)).collect();
    let amounts: BTreeSet<u64> = gains.iter().copied().collect();
    let mut before = amounts.first().copied().unwrap_or(0);
    let mut wishes = Vec::new();
    for amount in amounts.into_iter().skip(1) {
        let values: BTreeSet<u32> =
            (0..).zip(&gains).filter(|(_, gain)| **gain >= amount).map(|(value, _)| value).collect();
        wishes.push((formula.chosen_among(symbols.check, &values), amount - before));
        before = amount;
    }
    wishes
}

/// One wish for each key that may be absent, and one for the plainest credentials.
fn plain(symbols: &Symbols, formula: &mut Formula) -> Vec<(Term, u64)> {
    let mut wishes = Vec::new();
    for value in symbols.keys.values() {
        wishes.push((absent(value, formula), 1));
    }
    wishes.push((formula.chosen(symbols.credential, 0), 1));
    wishes.retain(|(term, _)| *term != Terms::TRUE && *term != Terms::FALSE);
    wishes
}

/// The key is not in the context.
fn absent(value: &KeyValue, formula: &mut Formula) -> Term {
    match value {
        KeyValue::Absent => Terms::TRUE,
        KeyValue::Single(_) => Terms::FALSE,
        KeyValue::List(slots) => Terms::constant(slots.is_empty()),
        KeyValue::Cases(cases) => {
            let parts: Vec<Term> = cases
                .iter()
                .map(|(guard, inner)| {
                    let inner = absent(inner, formula);
                    formula.terms.and([*guard, inner])
                })
                .collect();
            formula.terms.or(parts)
        }
    }
}
