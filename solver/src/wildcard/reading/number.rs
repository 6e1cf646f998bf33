//! The automaton of numbers that compare with a constant (semantics:C8): sign, digits with a point, exponent.
//!
//! A magnitude is 0.DIGITS × 10^scale with a first digit that is not zero. Two magnitudes compare by scale, then by
//! digits; what the exponent adds to the scale comes last, so until then the state holds which exponents would do.

use std::cmp::Ordering;

use super::step::{Residual, Step};
use super::{Against, Edge, Orders, digit_edges};
use crate::decimal::Decimal;

/// Exponents go from minus this to this.
const MOST: i32 = 400;
/// The first number of an exponent that no digit can follow.
const LAST: i32 = 41;

/// The constant in parts.
#[derive(Debug)]
pub(in crate::wildcard) struct Automaton {
    orders: Orders,
    /// None: every number.
    sign: Option<Ordering>,
    digits: Vec<u8>,
    scale: i32,
}

/// What was read of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::wildcard) enum State {
    Start,
    Signed(bool),
    /// Digits before the point.
    Whole(bool, Mantissa),
    /// A point, and no digit yet.
    Point(bool),
    /// Digits, and a point among or behind them.
    Fraction(bool, Mantissa),
    Exponent(Residual),
    ExponentSigned(Residual, bool),
    ExponentDigits(Residual, bool, i32),
}

/// What is known of the magnitude.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::wildcard) enum Mantissa {
    /// Zeros only; so many of them behind the point.
    Zero(i32),
    /// The digits differ from the constant's, or do not matter: which exponents will do.
    Known(Residual),
    /// So many digits are those of the constant; `at` is the exponent that makes the scales equal.
    Matched { digits: usize, at: i32 },
}

impl Automaton {
    pub(in crate::wildcard) fn new(against: Option<&Against>) -> Self {
        let all = Orders { less: true, equal: true, greater: true };
        let Some(Against { orders, constant }) = against else {
            return Self { orders: all, sign: None, digits: Vec::new(), scale: 0 };
        };
        let sign = constant.cmp(&Decimal::from_integer(0));
        let text = constant.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let whole = whole.trim_start_matches(['-', '0']);
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|byte| byte - b'0').collect();
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..zeros);
        while digits.last() == Some(&0) {
            digits.pop();
        }
        let count = |size: usize| i32::try_from(size).unwrap_or(i32::MAX / 4);
        Self { orders: *orders, sign: Some(sign), digits, scale: count(whole.len()) - count(zeros) }
    }

    /// Whether a nonzero number counts whose magnitude is less than the constant's, equal, or greater.
    fn counts(&self, negative: bool) -> [bool; 3] {
        let admits = |ordering| self.orders.admits(ordering);
        match (self.sign, negative) {
            (Some(Ordering::Greater), false) => {
                [Ordering::Less, Ordering::Equal, Ordering::Greater].map(admits)
            }
            (Some(Ordering::Less), true) => [Ordering::Greater, Ordering::Equal, Ordering::Less].map(admits),
            (_, true) => [admits(Ordering::Less); 3],
            (_, false) => [admits(Ordering::Greater); 3],
        }
    }

    fn zero_counts(&self) -> bool {
        self.orders.admits(self.sign.map_or(Ordering::Equal, Ordering::reverse))
    }

    /// The mantissa after one more digit, compared with the constant's digit in the same place.
    fn compare(&self, negative: bool, digit: u8, place: usize, at: i32, low: i32, high: i32) -> Mantissa {
        let [less, equal, greater] = self.counts(negative);
        if less == equal && equal == greater {
            return Mantissa::Known(Residual::Always(less));
        }
        let step = |equal| {
            Mantissa::Known(Residual::Step(Step { at, below: less, equal, above: greater }).within(low, high))
        };
        match digit.cmp(&self.digits.get(place).copied().unwrap_or(0)) {
            Ordering::Less => step(less),
            Ordering::Greater => step(greater),
            Ordering::Equal if at > high => Mantissa::Known(Residual::Always(less)),
            Ordering::Equal if at < low => Mantissa::Known(Residual::Always(greater)),
            Ordering::Equal => Mantissa::Matched { digits: (place + 1).min(self.digits.len()), at },
        }
    }

    fn whole(&self, negative: bool, mantissa: Mantissa, digit: u8) -> Mantissa {
        // Each digit more makes the scale greater, so that only the lower end is final.
        let (low, high) = (-MOST, i32::MAX);
        match mantissa {
            Mantissa::Zero(_) if digit == 0 => mantissa,
            Mantissa::Zero(_) => self.compare(negative, digit, 0, self.scale - 1, low, high),
            Mantissa::Known(residual) => Mantissa::Known(residual.shifted(1).within(low, high)),
            Mantissa::Matched { digits, at } => self.compare(negative, digit, digits, at - 1, low, high),
        }
    }

    fn fraction(&self, negative: bool, mantissa: Mantissa, digit: u8) -> Mantissa {
        match mantissa {
            Mantissa::Zero(zeros) if digit == 0 => {
                let most = (MOST + 1).saturating_sub(self.scale).max(0);
                Mantissa::Zero((zeros + 1).min(most))
            }
            Mantissa::Zero(zeros) => {
                self.compare(negative, digit, 0, self.scale.saturating_add(zeros), -MOST, MOST)
            }
            Mantissa::Known(_) => mantissa,
            Mantissa::Matched { digits, at } => self.compare(negative, digit, digits, at, -MOST, MOST),
        }
    }

    /// Which exponents will do if no digit follows.
    fn residual(&self, negative: bool, mantissa: Mantissa) -> Residual {
        let residual = match mantissa {
            Mantissa::Zero(_) => Residual::Always(self.zero_counts()),
            Mantissa::Known(residual) => residual,
            Mantissa::Matched { digits, at } => {
                let [below, equal, above] = self.counts(negative);
                let equal = if digits == self.digits.len() { equal } else { below };
                Residual::Step(Step { at, below, equal, above })
            }
        };
        residual.within(-MOST, MOST)
    }

    pub(in crate::wildcard) fn is_accepting(&self, state: &State) -> bool {
        match *state {
            State::Start
            | State::Signed(_)
            | State::Point(_)
            | State::Exponent(_)
            | State::ExponentSigned(..) => false,
            State::Whole(negative, mantissa) | State::Fraction(negative, mantissa) => {
                self.residual(negative, mantissa).admits(0)
            }
            State::ExponentDigits(residual, negative, value) => {
                residual.admits(if negative { -value } else { value })
            }
        }
    }

    pub(in crate::wildcard) fn edges(&self, state: &State) -> Vec<Edge<State>> {
        let first = |negative| {
            digit_edges(|digit| alive(State::Whole, negative, self.whole(negative, Mantissa::Zero(0), digit)))
        };
        let mut edges = Vec::new();
        match *state {
            State::Start => {
                for (sign, negative) in [('+', false), ('-', true)] {
                    edges.push((sign, sign, State::Signed(negative)));
                }
                edges.push(('.', '.', State::Point(false)));
                edges.extend(first(false));
            }
            State::Signed(negative) => {
                edges.push(('.', '.', State::Point(negative)));
                edges.extend(first(negative));
            }
            State::Point(negative) => edges.extend(digit_edges(|digit| {
                alive(State::Fraction, negative, self.fraction(negative, Mantissa::Zero(0), digit))
            })),
            State::Whole(negative, mantissa) => {
                let pointed = match mantissa {
                    Mantissa::Known(residual) => Mantissa::Known(residual.within(-MOST, MOST)),
                    Mantissa::Matched { at, .. } if at > MOST => {
                        let [less, _, _] = self.counts(negative);
                        Mantissa::Known(Residual::Always(less))
                    }
                    Mantissa::Zero(_) | Mantissa::Matched { .. } => mantissa,
                };
                let pointed = alive(State::Fraction, negative, pointed);
                edges.extend(pointed.map(|state| ('.', '.', state)));
                edges.extend(digit_edges(|digit| {
                    alive(State::Whole, negative, self.whole(negative, mantissa, digit))
                }));
                edges.extend(self.exponent(negative, mantissa));
            }
            State::Fraction(negative, mantissa) => {
                edges.extend(digit_edges(|digit| {
                    alive(State::Fraction, negative, self.fraction(negative, mantissa, digit))
                }));
                edges.extend(self.exponent(negative, mantissa));
            }
            State::Exponent(residual) => {
                for (sign, negative) in [('+', false), ('-', true)] {
                    let side = if negative { (-MOST, 0) } else { (0, MOST) };
                    let left = residual.within(side.0, side.1).alive();
                    edges.extend(left.map(|left| (sign, sign, State::ExponentSigned(left, negative))));
                }
                let left = residual.within(0, MOST);
                edges.extend(digit_edges(|digit| exponent_digits(left, false, i32::from(digit))));
            }
            State::ExponentSigned(residual, negative) => {
                edges.extend(digit_edges(|digit| exponent_digits(residual, negative, i32::from(digit))));
            }
            State::ExponentDigits(residual, negative, value) if value < LAST => {
                edges.extend(digit_edges(|digit| {
                    exponent_digits(residual, negative, value * 10 + i32::from(digit))
                }));
            }
            State::ExponentDigits(..) => {}
        }
        edges
    }

    fn exponent(&self, negative: bool, mantissa: Mantissa) -> Vec<Edge<State>> {
        let left = self.residual(negative, mantissa).alive();
        let state = left.map(State::Exponent);
        state.into_iter().flat_map(|state| [('E', 'E', state), ('e', 'e', state)]).collect()
    }
}

fn alive(make: fn(bool, Mantissa) -> State, negative: bool, mantissa: Mantissa) -> Option<State> {
    (mantissa != Mantissa::Known(Residual::Always(false))).then(|| make(negative, mantissa))
}

/// The state after digits of an exponent that make `value`. What no further digit can change is told apart no longer.
fn exponent_digits(residual: Residual, negative: bool, value: i32) -> Option<State> {
    if value > MOST {
        return None;
    }
    if value == 0 {
        return residual.alive().map(|left| State::ExponentDigits(left, negative, 0));
    }
    let admits = |number: i32| residual.admits(if negative { -number } else { number });
    if value >= LAST {
        let settled = Residual::Always(true);
        return admits(value).then_some(State::ExponentDigits(settled, false, LAST));
    }
    let longer = (value * 10..=value * 10 + 9).chain(value * 100..=value * 100 + 99);
    let mut all = std::iter::once(value).chain(longer).filter(|number| *number <= MOST).map(admits);
    let first = all.next().unwrap_or(false);
    if all.all(|other| other == first) {
        return first.then_some(State::ExponentDigits(Residual::Always(true), false, value));
    }
    Some(State::ExponentDigits(residual, negative, value))
}
