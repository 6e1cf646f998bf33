//! Whether a condition holds (semantics:C6).

mod address;
mod arn;
mod binary;
mod date;
mod number;
mod readable;
mod value;

use super::scope::{KeyValue, Scope};
use super::truth::Truth;
use crate::condition::{BaseOperator, Condition, SetOperator};
use crate::open_point::{OpenPoint, UncertainPredicate};

pub(crate) use date::{Instant, instant};
pub(crate) use readable::wanted_type;
use value::compare;

/// Whether `condition` holds for the request. An operator not in AWS's own letter case is evaluated only in the
/// laxer reading (F39).
pub(super) fn condition(scope: &mut Scope<'_>, condition: &Condition) -> Truth {
    if !condition.operator.other_case {
        return by_presence(scope, condition);
    }
    let mark = scope.mark();
    let read = by_presence(scope, condition);
    let truth = whole(scope, condition, 39, false, false, read.upper).and(read);
    scope.settle(mark, truth)
}

fn by_presence(scope: &mut Scope<'_>, condition: &Condition) -> Truth {
    if condition.operator.base == BaseOperator::Null {
        return null(scope, condition);
    }
    match scope.value(&condition.key) {
        KeyValue::Absent | KeyValue::List([]) => absent(scope, condition),
        KeyValue::Single(value) => single(scope, condition, value),
        KeyValue::List(values) => list(scope, condition, values),
    }
}

/// `Null`: presence alone. A set operator makes it constant in the documented reading; the other ignores it (F19).
fn null(scope: &mut Scope<'_>, condition: &Condition) -> Truth {
    let present = !matches!(scope.value(&condition.key), KeyValue::Absent);
    let wanted = if present { "false" } else { "true" };
    let plain = condition.values.iter().any(|value| value.raw.eq_ignore_ascii_case(wanted));
    match condition.operator.set {
        None => Truth::certain(plain),
        Some(SetOperator::ForAllValues) => whole(scope, condition, 19, true, plain, true),
        Some(SetOperator::ForAnyValue) => whole(scope, condition, 19, false, false, plain),
    }
}

/// The key is absent, or a list without values.
fn absent(scope: &mut Scope<'_>, condition: &Condition) -> Truth {
    let operator = condition.operator;
    match (operator.set, operator.if_exists) {
        (Some(SetOperator::ForAnyValue), true) => whole(scope, condition, 18, true, false, true),
        (Some(SetOperator::ForAnyValue), false) => Truth::FALSE,
        (Some(SetOperator::ForAllValues), false) if operator.base.is_negated() => {
            whole(scope, condition, 16, true, false, true)
        }
        (None, false) if !operator.base.is_negated() => Truth::FALSE,
        (None, false) if condition.values.is_empty() => no_values(scope, condition),
        (Some(SetOperator::ForAllValues) | None, _) => Truth::TRUE,
    }
}

/// The key has one value, and is single-valued.
fn single(scope: &mut Scope<'_>, condition: &Condition, value: &str) -> Truth {
    if condition.operator.set == Some(SetOperator::ForAllValues) && value.is_empty() {
        return Truth::TRUE;
    }
    if condition.values.is_empty() {
        return no_values(scope, condition);
    }
    base(scope, condition, value, None)
}

/// The key is multivalued and has at least one value.
fn list(scope: &mut Scope<'_>, condition: &Condition, values: &[String]) -> Truth {
    let Some(set) = condition.operator.set else { return without_set_operator(scope, condition, values) };
    if let (SetOperator::ForAllValues, [value]) = (set, values)
        && value.is_empty()
    {
        return Truth::TRUE;
    }
    if condition.values.is_empty() {
        return no_values(scope, condition);
    }
    let mark = scope.mark();
    let mut result = Truth::certain(set == SetOperator::ForAllValues);
    for (slot, value) in values.iter().enumerate() {
        let truth = base(scope, condition, value, Some(slot));
        result = match set {
            SetOperator::ForAllValues => result.and(truth),
            SetOperator::ForAnyValue => result.or(truth),
        };
    }
    scope.settle(mark, result)
}

/// A list compared by an operator without a set operator (F17): no match; or, for a positive operator, a match if
/// some value matches, and for a negated one a match in any case.
fn without_set_operator(scope: &mut Scope<'_>, condition: &Condition, values: &[String]) -> Truth {
    if condition.operator.base.is_negated() {
        return whole(scope, condition, 17, false, false, true);
    }
    let mark = scope.mark();
    let mut any = Truth::FALSE;
    for (slot, value) in values.iter().enumerate() {
        any = any.or(base(scope, condition, value, Some(slot)));
    }
    let truth = whole(scope, condition, 17, false, false, any.upper).and(any);
    scope.settle(mark, truth)
}

/// A condition with an empty list of values, on a key that is present or under a negated operator (F20): it does not
/// hold; or by the ordinary rule holds where it is negated.
fn no_values(scope: &mut Scope<'_>, condition: &Condition) -> Truth {
    whole(scope, condition, 20, false, false, condition.operator.base.is_negated())
}

/// The base operator on one value of the request: some policy value is equal, or for a negated operator none is.
fn base(scope: &mut Scope<'_>, condition: &Condition, value: &str, slot: Option<usize>) -> Truth {
    let mark = scope.mark();
    let negated = condition.operator.base.is_negated();
    let mut result = Truth::certain(negated);
    for wanted in &condition.values {
        let truth = compare(scope, condition, wanted, value, slot);
        result = if negated { result.and(truth) } else { result.or(truth) };
    }
    scope.settle(mark, result)
}

/// An uncertain predicate about the condition as a whole.
fn whole(
    scope: &mut Scope<'_>,
    condition: &Condition,
    point: u8,
    evaluator: bool,
    lower: bool,
    upper: bool,
) -> Truth {
    scope.uncertain(evaluator, lower, upper, || {
        UncertainPredicate::condition(
            OpenPoint(point),
            &condition.operator,
            &condition.key,
            &condition.values,
        )
    })
}

#[cfg(test)]
mod tests;
