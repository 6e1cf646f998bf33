//! The theorems as queries, one request at a time (design: the theorems, precisely).

pub mod accounts;
pub mod administrator;
mod agent_core;
pub mod approved_boundaries;
pub mod asking;
pub mod boundary_rules;
pub mod calls;
pub mod commitments;
pub mod duties;
pub mod escape;
pub mod invocation;
pub mod invoke;
pub mod known_models;
pub mod models;
pub mod one_model;
pub mod passable;
mod profiles;
pub mod reach;
pub mod regions;
mod request_variants;
pub mod roles_by_set;
pub mod route;
pub(crate) mod service_routes;
mod service_session;
pub(crate) mod through_profile;

use std::collections::BTreeSet;

use ringfence_model::catalogue::{ActionId, Catalogue};

use crate::decimal::Decimal;
use crate::encode::unlisted::of_no_type;
use crate::formula::{Layer, Restriction};
use crate::prove::optimum::{Best, Wish};
use crate::prove::{Prover, Question, Solved};
use crate::query::{Goal, KeyDemand, Query, Target, TargetResource};
use crate::search::Statistics;
use crate::subject::Subject;
use crate::verdict::Verdict;
use crate::witness::ReplayedRequest;
use ringfence_model::context::ContextKey;
use ringfence_model::request::Request;

/// Answers a query, perhaps from what was solved for an equal formula.
pub trait Answers {
    /// The verdict on `query` about `subject`.
    fn answer(&mut self, query: &Query, subject: &Subject) -> Verdict;
    /// The same, each target of the query by itself: for many of them.
    fn answer_one_by_one(&mut self, query: &Query, subject: &Subject) -> Verdict;
    /// See [`Prover::is_impossible`].
    fn is_impossible(&mut self, query: &Query, subject: &Subject) -> bool;
    /// See [`Prover::best`].
    fn best(&mut self, query: &Query, subject: &Subject, wish: Wish<'_>) -> Option<Best>;
    /// See [`Prover::allows_alike`].
    fn allows_alike(&mut self, requests: &[Request], subject: &Subject) -> bool;
    /// See [`Prover::replayed_alike`].
    fn replayed_alike(&mut self, request: &Request, subject: &Subject) -> Option<ReplayedRequest>;
    /// See [`Prover::refusing`].
    fn refusing(&mut self, query: &Query, subject: &Subject) -> Vec<Option<Layer>>;
    /// The targets of `query` that no layer refuses by its actions, and the services of its resources, alone, and the layers that refuse the others.
    fn unrefused(&mut self, query: &Query, subject: &Subject) -> (Vec<Target>, BTreeSet<Restriction>) {
        let (mut open, mut layers) = (Vec::new(), BTreeSet::new());
        for (target, layer) in query.targets.iter().zip(self.refusing(query, subject)) {
            match layer {
                Some(layer) => {
                    layers.insert(Restriction::Layer(layer));
                }
                None => open.push(target.clone()),
            }
        }
        (open, layers)
    }
    /// Claims are written down.
    fn keeps_claims(&self) -> bool;
    /// See [`Prover::statistics`].
    fn statistics(&self) -> Statistics;
    /// See [`Prover::kept_used`].
    fn kept_used(&self) -> usize;
    /// See [`Prover::pause_store`].
    fn pause_store(&mut self, paused: bool) -> bool;
}

impl Answers for Prover<'_> {
    fn answer(&mut self, query: &Query, subject: &Subject) -> Verdict {
        Prover::answer(self, query, subject)
    }

    fn answer_one_by_one(&mut self, query: &Query, subject: &Subject) -> Verdict {
        Prover::answer(self, query, subject)
    }

    fn is_impossible(&mut self, query: &Query, subject: &Subject) -> bool {
        Prover::is_impossible(self, query, subject)
    }

    fn best(&mut self, query: &Query, subject: &Subject, wish: Wish<'_>) -> Option<Best> {
        Prover::best(self, query, subject, wish)
    }

    fn allows_alike(&mut self, requests: &[Request], subject: &Subject) -> bool {
        Prover::allows_alike(self, requests, subject)
    }

    fn replayed_alike(&mut self, request: &Request, subject: &Subject) -> Option<ReplayedRequest> {
        Prover::replayed_alike(self, request, subject)
    }

    fn refusing(&mut self, query: &Query, subject: &Subject) -> Vec<Option<Layer>> {
        Prover::refusing(self, query, subject)
    }

    fn keeps_claims(&self) -> bool {
        Prover::keeps_claims(self)
    }

    fn statistics(&self) -> Statistics {
        Prover::statistics(self)
    }

    fn kept_used(&self) -> usize {
        Prover::kept_used(self)
    }

    fn pause_store(&mut self, paused: bool) -> bool {
        Prover::pause_store(self, paused)
    }
}

/// Keeps what was solved, by digest.
pub trait Solutions {
    /// What was solved for this digest.
    fn find(&self, digest: &str) -> Option<Solved>;
    /// Keeps it.
    fn keep(&self, digest: &str, solved: &Solved);
    /// Notes an internal defect: what a class has in common did not hold for one of its members.
    fn defect(&self, text: String);
}

/// A prover that shares answers between principals whose formulas are equal.
#[derive(Debug)]
pub struct SharingProver<'p, 'a, S> {
    /// The prover of this thread.
    pub prover: &'p mut Prover<'a>,
    /// What all threads have solved.
    pub solutions: &'p S,
}

impl<S: Solutions> Answers for SharingProver<'_, '_, S> {
    fn answer(&mut self, query: &Query, subject: &Subject) -> Verdict {
        let question: Question = self.prover.question(query, subject);
        if let Some(known) = self.solutions.find(question.digest()) {
            let verdict = self.prover.conclude(&question, &known, query, subject);
            let internal = matches!(&verdict, Verdict::Inconclusive(crate::verdict::Reason::Disagreement(_)));
            if !internal {
                return verdict;
            }
            // A member whose replay differs from its class is solved alone.
            self.solutions.defect(format!("{}: its answer differs from that of its class", subject.arn));
            let alone = self.prover.solve(&question);
            return self.prover.conclude(&question, &alone, query, subject);
        }
        let (solved, verdict) = self.prover.decide(&question, query, subject);
        if let Some(solved) = solved {
            self.solutions.keep(question.digest(), &solved);
        }
        verdict
    }

    fn answer_one_by_one(&mut self, query: &Query, subject: &Subject) -> Verdict {
        self.prover.answer(query, subject)
    }

    fn is_impossible(&mut self, query: &Query, subject: &Subject) -> bool {
        self.prover.is_impossible(query, subject)
    }

    fn best(&mut self, query: &Query, subject: &Subject, wish: Wish<'_>) -> Option<Best> {
        self.prover.best(query, subject, wish)
    }

    fn allows_alike(&mut self, requests: &[Request], subject: &Subject) -> bool {
        self.prover.allows_alike(requests, subject)
    }

    fn replayed_alike(&mut self, request: &Request, subject: &Subject) -> Option<ReplayedRequest> {
        self.prover.replayed_alike(request, subject)
    }

    fn refusing(&mut self, query: &Query, subject: &Subject) -> Vec<Option<Layer>> {
        self.prover.refusing(query, subject)
    }

    fn keeps_claims(&self) -> bool {
        self.prover.keeps_claims()
    }

    fn statistics(&self) -> Statistics {
        self.prover.statistics()
    }

    fn kept_used(&self) -> usize {
        self.prover.kept_used()
    }

    fn pause_store(&mut self, paused: bool) -> bool {
        self.prover.pause_store(paused)
    }
}

/// The action `name` on each resource type that it takes, with `keys` asked of each; on `*`, or an ARN on
/// which AWS checks it all the same, if it takes none. Empty if
/// the catalogue does not know the action.
pub fn targets_of(catalogue: &Catalogue, name: &str, keys: &[(ContextKey, KeyDemand)]) -> Vec<Target> {
    let Some(action) = catalogue.find_action(name) else { return Vec::new() };
    let Some(row) = catalogue.action(action) else { return Vec::new() };
    if row.is_wildcard_only() {
        let resources = of_no_type(row).into_iter();
        return resources.map(|resource| Target::new(action, resource, keys.to_vec())).collect();
    }
    row.resource_types
        .iter()
        .map(|taken| {
            let resource = TargetResource::Type { resource_type: taken.resource_type, names: Vec::new() };
            Target::new(action, resource, keys.to_vec())
        })
        .collect()
}

/// A query for an allowed request for one of `targets`.
pub(crate) fn allowed(targets: Vec<Target>, as_of: Option<&Decimal>) -> Query {
    Query { targets, goal: Goal::Allowed, context: None, as_of: as_of.cloned() }
}

fn find(catalogue: &Catalogue, names: &[&str]) -> Vec<ActionId> {
    names.iter().filter_map(|name| catalogue.find_action(name)).collect()
}
