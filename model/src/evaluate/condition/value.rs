//! One value of a request compared with one value of a condition (semantics:C8).

use std::cmp::Ordering;

use super::super::glob::{PatternPiece, matches};
use super::super::scope::Scope;
use super::super::truth::Truth;
use super::super::variable::substitute;
use super::{address, arn, binary, date, number};
use crate::condition::{BaseOperator, Condition};
use crate::open_point::{OpenPoint, UncertainPredicate};
use crate::template::{Piece, Template};

/// Whether `value` compares with `wanted` as the base operator of `condition` says, its negation included.
pub(super) fn compare(
    scope: &mut Scope<'_>,
    condition: &Condition,
    wanted: &Template,
    value: &str,
    slot: Option<usize>,
) -> Truth {
    use BaseOperator as Op;
    let mut comparison = Comparison { scope, condition, wanted, value, slot };
    match condition.operator.base {
        Op::StringEquals | Op::StringNotEquals => comparison.string(false, false),
        Op::StringEqualsIgnoreCase | Op::StringNotEqualsIgnoreCase => comparison.string(false, true),
        Op::StringLike | Op::StringNotLike => comparison.string(true, false),
        Op::NumericEquals | Op::NumericNotEquals => comparison.number(Ordering::is_eq),
        Op::NumericLessThan => comparison.number(Ordering::is_lt),
        Op::NumericLessThanEquals => comparison.number(Ordering::is_le),
        Op::NumericGreaterThan => comparison.number(Ordering::is_gt),
        Op::NumericGreaterThanEquals => comparison.number(Ordering::is_ge),
        Op::DateEquals | Op::DateNotEquals => comparison.date(Ordering::is_eq),
        Op::DateLessThan => comparison.date(Ordering::is_lt),
        Op::DateLessThanEquals => comparison.date(Ordering::is_le),
        Op::DateGreaterThan => comparison.date(Ordering::is_gt),
        Op::DateGreaterThanEquals => comparison.date(Ordering::is_ge),
        Op::Bool => comparison.boolean(),
        Op::BinaryEquals => Truth::certain(binary::equal(value, &wanted.raw)),
        Op::IpAddress | Op::NotIpAddress => comparison.address(),
        Op::ArnEquals | Op::ArnNotEquals | Op::ArnLike | Op::ArnNotLike => comparison.arn(),
        // Decided by presence alone, before any value is looked at.
        Op::Null => Truth::FALSE,
    }
}

struct Comparison<'s, 'a, 'c> {
    scope: &'s mut Scope<'a>,
    condition: &'c Condition,
    wanted: &'c Template,
    value: &'c str,
    slot: Option<usize>,
}

impl Comparison<'_, '_, '_> {
    fn string(&mut self, wild: bool, fold: bool) -> Truth {
        let Some(pattern) = substitute(self.scope, self.wanted, wild) else { return self.unresolved() };
        let pieces = pattern.pieces();
        self.signed(if fold { matches_folded(pieces, self.value) } else { matches(pieces, self.value) })
    }

    fn number(&mut self, holds: fn(Ordering) -> bool) -> Truth {
        match (number::Decimal::parse(self.value), number::Decimal::parse(&self.wanted.raw)) {
            (Some(value), Some(wanted)) => self.signed(holds(value.cmp(&wanted))),
            _ => self.malformed(),
        }
    }

    /// An operand that is an integer of ten digits or more counts seconds; in the other reading milliseconds (F23).
    fn date(&mut self, holds: fn(Ordering) -> bool) -> Truth {
        let (Some(value), Some(wanted)) = (date::instant(self.value), date::instant(&self.wanted.raw)) else {
            return self.malformed();
        };
        let negated = self.negated();
        let documented = holds(value.cmp(&wanted)) != negated;
        match date::instant_in_milliseconds(&self.wanted.raw) {
            Some(wanted) => self.two_readings(23, documented, holds(value.cmp(&wanted)) != negated),
            None => Truth::certain(documented),
        }
    }

    /// A variable is replaced; in the other reading it is text, which is no Boolean (F11).
    fn boolean(&mut self) -> Truth {
        let is_boolean = ["true", "false"].iter().any(|text| text.eq_ignore_ascii_case(self.value));
        if !is_boolean {
            return Truth::FALSE;
        }
        let Some(pattern) = substitute(self.scope, self.wanted, false) else { return Truth::FALSE };
        let equal = matches_folded(pattern.pieces(), self.value);
        let replaced = self.wanted.pieces.iter().any(|piece| !matches!(piece, Piece::Text(_)));
        if replaced { self.two_readings(11, equal, false) } else { Truth::certain(equal) }
    }

    /// A bare IPv6 address is itself; in the other reading a /32 (F25). Addresses of the other family are outside
    /// every range.
    fn address(&mut self) -> Truth {
        let (Some(value), Some(range)) =
            (address::parse_address(self.value), address::Range::parse(&self.wanted.raw))
        else {
            return self.malformed();
        };
        let negated = self.negated();
        self.two_readings(25, range.contains(value) != negated, range.contains_widely(value) != negated)
    }

    fn arn(&mut self) -> Truth {
        let Some(pattern) = substitute(self.scope, self.wanted, true) else { return self.unresolved() };
        match arn::like(pattern.pieces(), self.value) {
            Some(equal) => self.signed(equal),
            None => self.malformed(),
        }
    }

    fn negated(&self) -> bool {
        self.condition.operator.base.is_negated()
    }

    /// The comparison with its negation.
    fn signed(&self, equal: bool) -> Truth {
        Truth::certain(equal != self.negated())
    }

    /// A variable has no value: the comparison with nothing is not equal; in the other reading a negated comparison
    /// fails as well (F21).
    fn unresolved(&mut self) -> Truth {
        if self.negated() { self.two_readings(21, true, false) } else { Truth::FALSE }
    }

    /// One side is not of the operator's type: no match, negated or not; in the other reading a negated comparison
    /// holds (F23).
    fn malformed(&mut self) -> Truth {
        if self.negated() { self.two_readings(23, false, true) } else { Truth::FALSE }
    }

    fn two_readings(&mut self, point: u8, evaluator: bool, other: bool) -> Truth {
        let (condition, wanted, slot) = (self.condition, self.wanted, self.slot);
        self.scope.uncertain(evaluator, evaluator && other, evaluator || other, || {
            UncertainPredicate::condition_value(
                OpenPoint(point),
                &condition.operator,
                &condition.key,
                wanted,
                slot,
            )
        })
    }
}

/// Whether `pattern` matches `value` when the case of ASCII letters does not count.
fn matches_folded(pattern: &[PatternPiece<'_>], value: &str) -> bool {
    let folded: Vec<_> = pattern.iter().map(|piece| PatternPiece { fold: true, ..*piece }).collect();
    matches(&folded, value)
}
