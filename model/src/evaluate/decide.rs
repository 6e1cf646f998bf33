//! A decision with the open points on which it hangs (docs/semantics.md, F).

use std::collections::{BTreeMap, BTreeSet};

use super::error::EvaluationError;
use super::readings::EvaluatorReadings;
use super::{Evaluation, Facts, evaluate};
use crate::open_point::{OpenPoint, PointKind, Reading, UncertainPredicate};
use crate::policy_set::PolicySet;
use crate::request::{Decision, Request};

/// The points for which a reading was chosen.
pub type Pins = BTreeMap<OpenPoint, Reading>;

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
    let (evaluation, pinned) = pinned_evaluation(request, policies, facts, pins)?;
    let points: BTreeSet<OpenPoint> = evaluation
        .touched
        .iter()
        .flat_map(|touched| touched.points.iter().copied())
        .filter(|point| !pins.contains_key(point))
        .collect();
    let mut uncertain = Vec::new();
    for point in points {
        let changes = [Reading::Lower, Reading::Upper].into_iter().any(|reading| {
            let mut readings = pinned.clone();
            for touched in &evaluation.touched {
                if touched.points.contains(&point) && !readings.contains_key(&touched.predicate) {
                    readings.insert(touched.predicate.clone(), reading);
                }
            }
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
/// pinned, or open only by points that are stated assumptions, stay as they are.
///
/// # Errors
/// As [`evaluate`].
pub fn robust(
    request: &Request,
    policies: &PolicySet,
    facts: &dyn Facts,
    pins: &Pins,
) -> Result<Robustness, EvaluationError> {
    let (evaluation, pinned) = pinned_evaluation(request, policies, facts, pins)?;
    let decision = evaluation.decision;
    let varied: Vec<&UncertainPredicate> = evaluation
        .touched
        .iter()
        .filter(|touched| touched.points.iter().any(|point| point.kind() != PointKind::Assumption))
        .map(|touched| &touched.predicate)
        .filter(|predicate| !pinned.contains_key(predicate))
        .collect();
    if varied.len() > ROBUST_PREDICATES {
        return Ok(Robustness::TooMany { decision, predicates: varied.len() });
    }
    for combination in 0..1_u32 << varied.len() {
        let mut readings = pinned.clone();
        for (index, predicate) in varied.iter().enumerate() {
            let reading = if combination & (1 << index) == 0 { Reading::Lower } else { Reading::Upper };
            readings.insert((*predicate).clone(), reading);
        }
        let other = evaluate(request, policies, facts, &readings);
        if other.map(|other| other.decision) != Ok(decision) {
            return Ok(Robustness::Fragile { decision, readings });
        }
    }
    Ok(Robustness::Robust(decision))
}

/// The evaluation under `pins`, and the readings that they mean for the predicates it touches.
fn pinned_evaluation(
    request: &Request,
    policies: &PolicySet,
    facts: &dyn Facts,
    pins: &Pins,
) -> Result<(Evaluation, BTreeMap<UncertainPredicate, Reading>), EvaluationError> {
    let plain = evaluate(request, policies, facts, &EvaluatorReadings);
    if pins.is_empty() {
        return plain.map(|evaluation| (evaluation, BTreeMap::new()));
    }
    let plain = plain?;
    let mut readings = BTreeMap::new();
    for touched in &plain.touched {
        if let Some(reading) = touched.points.iter().find_map(|point| pins.get(point)) {
            readings.insert(touched.predicate.clone(), *reading);
        }
    }
    Ok((evaluate(request, policies, facts, &readings)?, readings))
}
