//! Witnesses: requests that were replayed on the concrete evaluator.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::evaluate::{
    ChosenReadings, EvaluationError, Pins, Robustness, SpecialRule, complete_context, evaluate, robust,
};
use ringfence_model::location::Location;
use ringfence_model::open_point::{OpenPoint, Reading};
use ringfence_model::policy::{
    ActionPattern, Effect, Element, NamedPolicy, PolicyDocument, Statement, StatementReference, Version,
};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::request::{Decision, Request};
use ringfence_model::template::Template;

use crate::formula::Restriction;
use crate::steps::verdict::Path;
use crate::theorem::route::Route;

/// One replayed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayedRequest {
    /// The request with its whole context.
    pub request: Request,
    /// The evaluator's decision.
    pub decision: Decision,
    /// The statements that decide.
    pub deciding: Vec<StatementReference>,
    /// What must be so beside the request, in words: how the session comes about.
    pub assumptions: Vec<String>,
}

/// A witness of a refutation: one request, several that must all be made, or a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    requests: Vec<ReplayedRequest>,
    facts: Vec<String>,
    route: Option<Route>,
    stopped_by: Vec<Restriction>,
    path: Option<Box<Path>>,
    elsewhere: Vec<ReplayedRequest>,
}

/// What became of a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replay {
    /// The decision is as wanted under every reading of the points that the request touches.
    Confirmed(Vec<ReplayedRequest>),
    /// It is as wanted only under some readings: a smallest set of points of which another reading changes the
    /// decision while all others are at the evaluator's choice. Where that cannot be told, all points that matter.
    Fragile(Vec<OpenPoint>),
    /// The evaluator decides otherwise.
    Differs(Decision),
    /// The evaluator cannot decide it yet.
    NotCovered(String),
    /// The decision is as wanted while the account is in no organisation, which the world does not show.
    OrganizationUnknown,
    /// The decision is as wanted, but the request is beyond a limit of AWS, in words.
    BeyondLimits(String),
}

/// Replays `request` under the points that the user pinned: is the decision [`Decision::Allow`] if `allowed`, and
/// anything else if not?
pub fn replay(
    request: &Request,
    policies: &PolicySet,
    catalogue: &Catalogue,
    pins: &Pins,
    allowed: bool,
    assumptions: Vec<String>,
) -> Replay {
    let request = complete_context(request);
    let readings = ChosenReadings { pins: pins.clone(), ..ChosenReadings::default() };
    let evaluation = match evaluate(&request, policies, catalogue, &readings) {
        Ok(evaluation) => evaluation,
        Err(error) => return Replay::NotCovered(not_covered(&error)),
    };
    let wanted = |decision: Decision| (decision == Decision::Allow) == allowed;
    if !wanted(evaluation.decision) {
        // The encoder knows the caller's side alone; the other account's side is a resource policy (semantics:B4).
        if evaluation.trace.rules.contains(&SpecialRule::AnotherAccount) {
            let what = "a resource of another account, whose own policies decide too";
            return Replay::NotCovered(what.to_owned());
        }
        return Replay::Differs(evaluation.decision);
    }
    match robust(&request, policies, catalogue, pins) {
        Ok(Robustness::Robust(_)) => Replay::Confirmed(vec![ReplayedRequest {
            request,
            decision: evaluation.decision,
            deciding: evaluation.deciding,
            assumptions,
        }]),
        Ok(Robustness::Fragile { .. } | Robustness::TooMany { .. }) => {
            let touched: BTreeSet<OpenPoint> =
                evaluation.touched.iter().flat_map(|touched| touched.points.iter().copied()).collect();
            Replay::Fragile(deciding_points(&request, policies, catalogue, pins, &touched))
        }
        Err(error) => Replay::NotCovered(not_covered(&error)),
    }
}

/// The first smallest set of `points`, in ascending order, with which alone free the decision is not the same under
/// every reading. All of them if none is found.
fn deciding_points(
    request: &Request,
    policies: &PolicySet,
    catalogue: &Catalogue,
    pins: &Pins,
    points: &BTreeSet<OpenPoint>,
) -> Vec<OpenPoint> {
    let mut sets: Vec<Vec<OpenPoint>> = vec![Vec::new()];
    while !sets.is_empty() {
        let mut larger = Vec::new();
        for set in &sets {
            for point in points.iter().filter(|point| set.last().is_none_or(|last| last < *point)) {
                let mut free = set.clone();
                free.push(*point);
                let fixed = points.iter().filter(|point| !free.contains(point));
                let mut pins = pins.clone();
                pins.extend(fixed.map(|point| (*point, Reading::Evaluator)));
                if matches!(robust(request, policies, catalogue, &pins), Ok(Robustness::Fragile { .. })) {
                    return free;
                }
                larger.push(free);
            }
        }
        sets = larger;
    }
    points.iter().copied().collect()
}

fn not_covered(error: &EvaluationError) -> String {
    error.to_string()
}

impl Witness {
    /// The witness of these replayed requests; [`ReplayedRequest`]s come only from [`replay`] and from paths.
    /// `facts` are violations that need no request: what the export itself shows.
    pub fn new(requests: Vec<ReplayedRequest>, facts: Vec<String>) -> Self {
        Self { requests, facts, route: None, stopped_by: Vec::new(), path: None, elsewhere: Vec::new() }
    }

    /// The witness that `path` is, which was replayed; without steps it is one of the requests alone.
    pub fn along(path: Path) -> Self {
        let requests = path.reached_by.iter().map(|decided| ReplayedRequest {
            request: decided.request.clone(),
            decision: Decision::Allow,
            deciding: decided.allowed_by.clone(),
            assumptions: Vec::new(),
        });
        let facts = Some(path.reached.clone()).filter(|text| !text.is_empty());
        let alone = Self::new(requests.collect(), facts.into_iter().collect());
        let path = (!path.steps.is_empty()).then(|| Box::new(path));
        Self { path, ..alone }
    }

    /// The same, which shows a way to run a model.
    #[must_use]
    pub fn by(mut self, route: Route) -> Self {
        self.route = Some(route);
        self
    }

    /// The same with `facts` besides.
    #[must_use]
    pub fn with_facts(mut self, facts: Vec<String>) -> Self {
        self.facts.extend(facts);
        self
    }

    /// The same, taking `assumption` for granted besides.
    #[must_use]
    pub fn assuming(mut self, assumption: &str) -> Self {
        if let Some(first) = self.requests.first_mut() {
            first.assumptions.push(assumption.to_owned());
        }
        self
    }

    /// The same, where what is wrong is that these restrictions stop every request.
    #[must_use]
    pub fn stopped_by(self, stopped_by: Vec<Restriction>) -> Self {
        Self { stopped_by, ..self }
    }

    /// The same, where another world decides so of the same requests, and does not allow one of them at least.
    #[must_use]
    pub fn refused_elsewhere(self, elsewhere: Vec<ReplayedRequest>) -> Self {
        Self { elsewhere, ..self }
    }

    /// What another world decides of the requests, where the question was about two.
    pub fn elsewhere(&self) -> &[ReplayedRequest] {
        &self.elsewhere
    }

    /// What stops every request, where that is what is wrong: a minimal set.
    pub fn restrictions(&self) -> &[Restriction] {
        &self.stopped_by
    }

    /// The path, where it takes steps to get there.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// By which way a model is run, if the witness shows that.
    pub fn route(&self) -> Option<Route> {
        self.route
    }

    /// Violations that the export itself shows, in words.
    pub fn facts(&self) -> &[String] {
        &self.facts
    }

    /// The requests, all of which are allowed.
    pub fn requests(&self) -> &[ReplayedRequest] {
        &self.requests
    }

    /// `path` for a path, else `request` for one, `requests` for several.
    pub fn kind(&self) -> &'static str {
        if self.path.is_some() {
            "path"
        } else if self.requests.len() == 1 {
            "request"
        } else {
            "requests"
        }
    }

    /// Both in one.
    #[must_use]
    pub fn join(mut self, other: Self) -> Self {
        self.requests.extend(other.requests);
        self.facts.extend(other.facts);
        self.route = self.route.or(other.route);
        self
    }
}

/// The session policy that a user passes to GetFederationToken so that the session has all of the user's rights.
pub fn full_session_policy() -> NamedPolicy {
    let location = Location::new(&Arc::from("<session policy>"), 1, 1);
    let statement = Statement {
        sid: None,
        effect: Effect::Allow,
        principal: None,
        action: Element { negated: false, values: vec![ActionPattern("*".to_owned())] },
        resource: Some(Element { negated: false, values: vec![Template::text("*")] }),
        conditions: Vec::new(),
        place: 0,
        location,
    };
    let document = PolicyDocument { version: Version::V2012, id: None, statements: vec![statement] };
    NamedPolicy { name: Arc::from("session policy that allows everything"), document: Arc::new(document) }
}
