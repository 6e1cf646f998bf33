//! Whether a condition holds (semantics:C6).

use ringfence_model::condition::{BaseOperator, Condition, SetOperator};
use ringfence_model::open_point::{OpenPoint, UncertainPredicate};

use super::Encoder;
use super::key::{KeyValue, Slot, Text};
use crate::term::{Term, Terms};
use crate::wildcard::Language;
use crate::wrong::{WrongEncoder, is_on};

/// The condition as a wrong encoder reads it.
fn misread(condition: &Condition) -> Option<Condition> {
    let mut misread = condition.clone();
    if is_on(WrongEncoder::SetOperatorDropped) {
        misread.operator.set = None;
    } else if is_on(WrongEncoder::IfExistsInverted) && condition.operator.base != BaseOperator::Null {
        misread.operator.if_exists = !condition.operator.if_exists;
    } else {
        return None;
    }
    Some(misread)
}

impl Encoder<'_> {
    /// True exactly where `condition` holds.
    pub(super) fn condition(&mut self, condition: &Condition) -> Term {
        let value = self.key(&condition.key);
        let misread = misread(condition);
        let holds = self.condition_on(misread.as_ref().unwrap_or(condition), &value);
        if !condition.operator.other_case {
            return holds;
        }
        // F39: an operator in another letter case is no operator, or this one.
        self.open(condition, 39, Terms::FALSE, holds, Terms::FALSE)
    }

    /// An uncertain predicate about the condition as a whole.
    fn open(&mut self, condition: &Condition, point: u8, lower: Term, upper: Term, evaluator: Term) -> Term {
        let point = OpenPoint(point);
        let predicate =
            UncertainPredicate::condition(point, &condition.operator, &condition.key, &condition.values);
        self.uncertain(predicate, &[point], lower, upper, evaluator)
    }

    fn condition_on(&mut self, condition: &Condition, value: &KeyValue) -> Term {
        if let KeyValue::Cases(cases) = value {
            let mut parts = Vec::new();
            for (guard, inner) in cases {
                let holds = self.condition_on(condition, inner);
                parts.push(self.formula.terms.and([*guard, holds]));
            }
            return self.formula.terms.or(parts);
        }
        if condition.operator.base == BaseOperator::Null {
            return self.null(condition, value);
        }
        match value {
            KeyValue::Absent => self.on_absent(condition),
            KeyValue::List(slots) if slots.is_empty() => self.on_absent(condition),
            KeyValue::Single(text) => {
                let compared = if condition.values.is_empty() {
                    self.no_values(condition)
                } else {
                    self.compare(condition, text, None)
                };
                if condition.operator.set == Some(SetOperator::ForAllValues) {
                    // An empty string counts as no value (semantics:C6).
                    let empty = self.text_matches(text, Language::exactly(""));
                    return self.formula.terms.or([compared, empty]);
                }
                compared
            }
            KeyValue::List(slots) => self.on_list(condition, slots),
            KeyValue::Cases(_) => Terms::FALSE,
        }
    }

    fn on_absent(&mut self, condition: &Condition) -> Term {
        let operator = condition.operator;
        let negated = operator.base.is_negated();
        match operator.set {
            None if condition.values.is_empty() && negated && !operator.if_exists => {
                self.no_values(condition)
            }
            None => {
                let holds = negated && !is_on(WrongEncoder::NegationNeedsKey);
                Terms::constant(operator.if_exists || holds)
            }
            Some(SetOperator::ForAllValues) if negated && !operator.if_exists => {
                self.open(condition, 16, Terms::FALSE, Terms::TRUE, Terms::TRUE)
            }
            Some(SetOperator::ForAllValues) => Terms::TRUE,
            Some(SetOperator::ForAnyValue) if operator.if_exists => {
                self.open(condition, 18, Terms::FALSE, Terms::TRUE, Terms::TRUE)
            }
            Some(SetOperator::ForAnyValue) => Terms::FALSE,
        }
    }

    fn on_list(&mut self, condition: &Condition, slots: &[Slot]) -> Term {
        let mut each: Vec<(Term, Term)> = Vec::new();
        for (index, slot) in slots.iter().enumerate() {
            each.push((slot.used, self.compare(condition, &slot.value, Some(index))));
        }
        let terms = &mut self.formula.terms;
        match condition.operator.set {
            Some(SetOperator::ForAllValues) if condition.values.is_empty() => {
                let none = self.no_values(condition);
                let only_empty = self.only_an_empty_string(slots);
                self.formula.terms.or([none, only_empty])
            }
            Some(SetOperator::ForAnyValue) if condition.values.is_empty() => self.no_values(condition),
            Some(SetOperator::ForAllValues) => {
                let all: Vec<Term> =
                    each.iter().map(|(used, compared)| terms.implies(*used, *compared)).collect();
                let all = terms.and(all);
                let only_empty = self.only_an_empty_string(slots);
                self.formula.terms.or([all, only_empty])
            }
            Some(SetOperator::ForAnyValue) => {
                let any: Vec<Term> =
                    each.iter().map(|(used, compared)| terms.and([*used, *compared])).collect();
                terms.or(any)
            }
            None => {
                // F17: a list without a set operator matches nothing, or is read the lenient way.
                let upper = if condition.operator.base.is_negated() {
                    Terms::TRUE
                } else {
                    let any: Vec<Term> =
                        each.iter().map(|(used, compared)| terms.and([*used, *compared])).collect();
                    terms.or(any)
                };
                self.open(condition, 17, Terms::FALSE, upper, Terms::FALSE)
            }
        }
    }

    fn only_an_empty_string(&mut self, slots: &[Slot]) -> Term {
        let mut ways = Vec::new();
        for (index, only) in slots.iter().enumerate() {
            let mut parts = vec![only.used, self.text_matches(&only.value, Language::exactly(""))];
            let others = slots.iter().enumerate().filter(|(other, _)| *other != index);
            parts.extend(others.map(|(_, slot)| self.formula.terms.not(slot.used)));
            ways.push(self.formula.terms.and(parts));
            if only.used == Terms::TRUE {
                break;
            }
        }
        self.formula.terms.or(ways)
    }

    /// `Null`: whether the key is absent. Several values are alternatives.
    fn null(&mut self, condition: &Condition, value: &KeyValue) -> Term {
        let absent = match value {
            KeyValue::Absent => true,
            KeyValue::Single(_) | KeyValue::List(_) | KeyValue::Cases(_) => false,
        };
        let plain = Terms::constant(condition.values.iter().any(|operand| {
            (absent && operand.raw.eq_ignore_ascii_case("true"))
                || (!absent && operand.raw.eq_ignore_ascii_case("false"))
        }));
        let documented = match condition.operator.set {
            None => return plain,
            Some(SetOperator::ForAllValues) => Terms::TRUE,
            Some(SetOperator::ForAnyValue) => Terms::FALSE,
        };
        let lower = self.formula.terms.and([plain, documented]);
        let upper = self.formula.terms.or([plain, documented]);
        self.open(condition, 19, lower, upper, documented)
    }

    /// A condition without values, where the page and the ordinary rule may differ (F20): it does not hold; or, if
    /// negated, it does.
    fn no_values(&mut self, condition: &Condition) -> Term {
        let upper = Terms::constant(condition.operator.base.is_negated());
        self.open(condition, 20, Terms::FALSE, upper, Terms::FALSE)
    }

    /// One value of the key against all values of the condition: some match, or for a negated operator none.
    fn compare(&mut self, condition: &Condition, text: &Text, slot: Option<usize>) -> Term {
        let mut each: Vec<Term> = Vec::new();
        for operand in &condition.values {
            each.push(self.compare_value(condition, text, operand, slot));
        }
        if condition.operator.base.is_negated() {
            self.formula.terms.and(each)
        } else {
            self.formula.terms.or(each)
        }
    }
}
