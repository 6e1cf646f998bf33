//! A decision with the open points on which it hangs (docs/semantics.md, F).

use std::collections::{BTreeMap, BTreeSet};

use super::error::EvaluationError;
use super::readings::{ChosenReadings, Pins};
use super::{Evaluation, Facts, evaluate};
use crate::open_point::{OpenPoint, PointKind, Reading, UncertainPredicate};
use crate::policy_set::PolicySet;
use crate::request::{Decision, Request};

/// [`robust`] tries every combination of at most so many predicates: 64 of them.
pub const ROBUST_PREDICATES: usize = 6;

/// A decision and the points that could change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The evaluation with the pinned points at their readings and all others at the documented choice.
    pub evaluation: Evaluation,
    /// The points not pinned whose other reading alone changes the decision, ascending.
    pub uncertain: Vec<OpenPoint>,
}

/// What became of a decision under every combination of the predicates that it touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Robustness {
    /// The decision is the same under all combinations.
    Robust(Decision),
    /// Another combination decides otherwise, or cannot be decided.
    Fragile {
        /// The decision at the documented choice.
        decision: Decision,
        /// The first combination found that differs.
        readings: BTreeMap<UncertainPredicate, Reading>,
    },
    /// There are more than [`ROBUST_PREDICATES`] predicates.
    TooMany {
        /// The decision at the documented choice.
        decision: Decision,
        /// How many there are.
        predicates: usize,
    },
}

/// Decides `request` and finds the points whose other reading would change the decision: all predicates that the
/// point leaves open are read in the lower way, then in the upper way.
///
/// # Errors
/// As [`evaluate`].
pub fn decide(
    request: &Request,
    policies: &PolicySet,
    facts: &dyn Facts,
    pins: &Pins,
) -> Result<Decided, EvaluationError> {
    let pinned = ChosenReadings { pins: pins.clone(), predicates: BTreeMap::new() };
    let evaluation = evaluate(request, policies, facts, &pinned)?;
    let points: BTreeSet<OpenPoint> =
        evaluation.touched.iter().flat_map(|touched| touched.points.iter().copied()).collect();
    let mut uncertain = Vec::new();
    for point in points {
        let changes = [Reading::Lower, Reading::Upper].into_iter().any(|reading| {
            let mut readings = pinned.clone();
            let concerned = evaluation.touched.iter().filter(|touched| touched.points.contains(&point));
            readings.predicates.extend(concerned.map(|touched| (touched.predicate.clone(), reading)));
            let other = evaluate(request, policies, facts, &readings);
            other.map(|other| other.decision) != Ok(evaluation.decision)
        });
        if changes {
            uncertain.push(point);
        }
    }
    Ok(Decided { evaluation, uncertain })
}

/// Decides `request` under every combination of the readings of the predicates that it touches. Predicates that are
/// open only by points that are stated assumptions stay at the documented choice.
///
/// # Errors
/// As [`evaluate`].
pub fn robust(
    request: &Request,
    policies: &PolicySet,
    facts: &dyn Facts,
    pins: &Pins,
) -> Result<Robustness, EvaluationError> {
    let pinned = ChosenReadings { pins: pins.clone(), predicates: BTreeMap::new() };
    let evaluation = evaluate(request, policies, facts, &pinned)?;
    let decision = evaluation.decision;
    let varied: Vec<&UncertainPredicate> = evaluation
        .touched
        .iter()
        .filter(|touched| touched.points.iter().any(|point| point.kind() != PointKind::Assumption))
        .map(|touched| &touched.predicate)
        .collect();
    if varied.len() > ROBUST_PREDICATES {
        return Ok(Robustness::TooMany { decision, predicates: varied.len() });
    }
    for combination in 0..1_u32 << varied.len() {
        let mut readings = pinned.clone();
        for (bit, predicate) in varied.iter().enumerate() {
            let reading = if combination & (1 << bit) == 0 { Reading::Lower } else { Reading::Upper };
            readings.predicates.insert((*predicate).clone(), reading);
        }
        let other = evaluate(request, policies, facts, &readings);
        if other.map(|other| other.decision) != Ok(decision) {
            return Ok(Robustness::Fragile { decision, readings: readings.predicates });
        }
    }
    Ok(Robustness::Robust(decision))
}
