//! What is known while one request is evaluated, and the uncertain predicates met on the way.

use super::Facts;
use super::readings::{Readings, TouchedPredicate};
use super::truth::Truth;
use crate::context::{ContextKey, ContextValue, RequestContext};
use crate::open_point::{OpenPoint, Reading, UncertainPredicate};

/// One request under evaluation.
pub(super) struct Scope<'a> {
    /// The action asked for.
    pub(super) action: &'a str,
    /// The resource asked for.
    pub(super) resource: &'a str,
    context: &'a RequestContext,
    /// What the catalogue knows.
    pub(super) facts: &'a dyn Facts,
    /// The readings in force.
    pub(super) readings: &'a dyn Readings,
    touched: Vec<TouchedPredicate>,
}

/// The value of a condition key.
#[derive(Clone, Copy, Debug)]
pub(super) enum KeyValue<'a> {
    /// The key is not in the context.
    Absent,
    /// A single-valued key.
    Single(&'a str),
    /// A multivalued key, possibly with no value.
    List(&'a [String]),
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        action: &'a str,
        resource: &'a str,
        context: &'a RequestContext,
        facts: &'a dyn Facts,
        readings: &'a dyn Readings,
    ) -> Self {
        Self { action, resource, context, facts, readings, touched: Vec::new() }
    }

    /// The same request for another action and resource.
    pub(super) fn with_target(&self, action: &'a str, resource: &'a str) -> Scope<'a> {
        Scope::new(action, resource, self.context, self.facts, self.readings)
    }

    /// The value of `key`. A key that the catalogue knows as multivalued is a list also when the context gives one
    /// bare value.
    pub(super) fn value(&self, key: &ContextKey) -> KeyValue<'a> {
        match self.context.get(key) {
            None => KeyValue::Absent,
            Some(ContextValue::List(values)) => KeyValue::List(values),
            Some(ContextValue::Single(value)) if self.facts.is_multivalued(key) => {
                KeyValue::List(std::slice::from_ref(value))
            }
            Some(ContextValue::Single(value)) => KeyValue::Single(value),
        }
    }

    /// The value of a predicate that is `evaluator` by the documented choice and lies between `lower` and `upper`.
    /// It is named and noted only where the bounds differ. The predicate has one point; if that is pinned, the value
    /// is certain.
    pub(super) fn uncertain(
        &mut self,
        evaluator: bool,
        lower: bool,
        upper: bool,
        name: impl FnOnce() -> UncertainPredicate,
    ) -> Truth {
        if lower == upper {
            return Truth::certain(lower);
        }
        let predicate = name();
        let pinned = predicate.points.iter().find_map(|point| self.pinned(*point));
        if let Some(reading) = pinned {
            return Truth::certain(select(reading, evaluator, lower, upper));
        }
        let points = predicate.points.clone();
        self.uncertain_by(evaluator, lower, upper, || (predicate, points))
    }

    /// The reading to which `point` is pinned.
    pub(super) fn pinned(&self, point: OpenPoint) -> Option<Reading> {
        self.readings.pinned(point)
    }

    /// As [`Scope::uncertain`] for a predicate of several points, of which only some bear on this request. Pins are in
    /// the values already.
    pub(super) fn uncertain_by(
        &mut self,
        evaluator: bool,
        lower: bool,
        upper: bool,
        name: impl FnOnce() -> (UncertainPredicate, Vec<OpenPoint>),
    ) -> Truth {
        if lower == upper {
            return Truth::certain(lower);
        }
        let (predicate, points) = name();
        let value = select(self.readings.reading(&predicate), evaluator, lower, upper);
        self.touched.push(TouchedPredicate { predicate, points });
        Truth { value, lower, upper }
    }

    /// Where the predicates noted from now on start.
    pub(super) fn mark(&self) -> usize {
        self.touched.len()
    }

    /// `truth`; the predicates noted since `mark` are forgotten if they could not change it.
    pub(super) fn settle(&mut self, mark: usize, truth: Truth) -> Truth {
        if truth.is_certain() {
            self.touched.truncate(mark);
        }
        truth
    }

    /// The predicates noted since `mark`.
    pub(super) fn take(&mut self, mark: usize) -> Vec<TouchedPredicate> {
        self.touched.split_off(mark)
    }
}

fn select(reading: Reading, evaluator: bool, lower: bool, upper: bool) -> bool {
    match reading {
        Reading::Evaluator => evaluator,
        Reading::Lower => lower,
        Reading::Upper => upper,
    }
}
