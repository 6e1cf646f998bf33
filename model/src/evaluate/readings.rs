//! Which reading of an uncertain predicate is in force.

use std::collections::BTreeMap;

use crate::open_point::{OpenPoint, Reading, UncertainPredicate};

/// Settles uncertain predicates.
pub trait Readings {
    /// The reading of `predicate`. The same predicate always gets the same reading.
    fn reading(&self, predicate: &UncertainPredicate) -> Reading;

    /// The reading to which a point is pinned in every predicate. What is then left open by no other point is certain:
    /// it is not reported as touched and [`Readings::reading`] is not asked.
    fn pinned(&self, _point: OpenPoint) -> Option<Reading> {
        None
    }
}

/// The points for which a reading was chosen.
pub type Pins = BTreeMap<OpenPoint, Reading>;

/// Pinned points, and the readings of single predicates; all others at the evaluator's choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChosenReadings {
    /// The pinned points.
    pub pins: Pins,
    /// The readings of predicates that the pins leave open.
    pub predicates: BTreeMap<UncertainPredicate, Reading>,
}

impl Readings for ChosenReadings {
    fn reading(&self, predicate: &UncertainPredicate) -> Reading {
        self.predicates.reading(predicate)
    }

    fn pinned(&self, point: OpenPoint) -> Option<Reading> {
        self.pins.get(&point).copied()
    }
}

/// Every predicate at the evaluator's documented choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EvaluatorReadings;

impl Readings for EvaluatorReadings {
    fn reading(&self, _predicate: &UncertainPredicate) -> Reading {
        Reading::Evaluator
    }
}

/// The predicates of the map at their readings, all others at the evaluator's choice.
impl Readings for BTreeMap<UncertainPredicate, Reading> {
    fn reading(&self, predicate: &UncertainPredicate) -> Reading {
        self.get(predicate).copied().unwrap_or(Reading::Evaluator)
    }
}

/// An uncertain predicate on which the decision may hang: its two readings differ at this request, and the
/// statement or rule that asks for it could matter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TouchedPredicate {
    /// The predicate.
    pub predicate: UncertainPredicate,
    /// Those of its points that are not pinned and make the readings differ at this request: the points each of which changes the value
    /// when it alone is read the other way; where none does, the smallest sets of points that together do.
    pub points: Vec<OpenPoint>,
}
