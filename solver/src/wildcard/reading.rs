//! Texts by what they say: numbers, instants and addresses, and those of them that compare with a constant.
//!
//! A text that is read in several ways, by a pattern and as a number, is decided by the product of their automata. What
//! reads as what is said once more here, as automata; the tests hold them against the parsers. Trusted.

pub(super) mod address;
pub(super) mod instant;
pub(super) mod number;
pub(super) mod step;

use std::cmp::Ordering;

use crate::decimal::Decimal;
use crate::interpretation::within;
use crate::term::{Comparison, Prefix};
use crate::text::{parse_address, parse_instant};

/// Which results of a comparison count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Orders {
    less: bool,
    equal: bool,
    greater: bool,
}

impl Orders {
    /// Whether `ordering` counts.
    pub fn admits(self, ordering: Ordering) -> bool {
        match ordering {
            Ordering::Less => self.less,
            Ordering::Equal => self.equal,
            Ordering::Greater => self.greater,
        }
    }
}

impl From<Comparison> for Orders {
    fn from(comparison: Comparison) -> Self {
        Self { less: comparison != Comparison::Equal, equal: comparison != Comparison::Less, greater: false }
    }
}

/// A value that is compared with a constant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Against {
    /// The results that count.
    pub orders: Orders,
    /// The constant.
    pub constant: Decimal,
}

impl Against {
    /// What stands to `constant` as `comparison` says.
    pub fn new(comparison: Comparison, constant: &Decimal) -> Self {
        Self { orders: comparison.into(), constant: constant.clone() }
    }

    fn admits(&self, value: &Decimal) -> bool {
        self.orders.admits(value.cmp(&self.constant))
    }
}

/// A set of texts by what they say.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reading {
    /// Texts that read as a number, all or those that compare so.
    Number(Option<Against>),
    /// Texts that read as an instant, all or those that compare so.
    Instant(Option<Against>),
    /// Texts that read as an address, all or those within the prefix.
    Address(Option<Prefix>),
}

impl Reading {
    /// Whether every text that reads so is in the set.
    pub fn is_all(&self) -> bool {
        matches!(self, Self::Number(None) | Self::Instant(None) | Self::Address(None))
    }

    /// Whether `text` is in the set. Decided by the parsers, without an automaton.
    pub fn accepts(&self, text: &str) -> bool {
        let compared = |value: Option<Decimal>, against: &Option<Against>| {
            value.is_some_and(|value| against.as_ref().is_none_or(|against| against.admits(&value)))
        };
        match self {
            Self::Number(against) => compared(Decimal::parse(text), against),
            Self::Instant(against) => compared(parse_instant(text), against),
            Self::Address(None) => parse_address(text).is_some(),
            Self::Address(Some(prefix)) => within(text, prefix),
        }
    }
}

/// One character, or several neighbouring ones, and the state that they lead to.
pub(super) type Edge<S> = (char, char, S);

/// The edges of the digits, each at its own target; neighbours with the same target are one.
pub(super) fn digit_edges<S: PartialEq>(target: impl Fn(u8) -> Option<S>) -> Vec<Edge<S>> {
    let mut edges: Vec<Edge<S>> = Vec::new();
    for (digit, character) in (0..).zip('0'..='9') {
        let Some(state) = target(digit) else { continue };
        match edges.last_mut() {
            Some((_, high, last)) if *last == state && u32::from(*high) + 1 == u32::from(character) => {
                *high = character;
            }
            Some(_) | None => edges.push((character, character, state)),
        }
    }
    edges
}
