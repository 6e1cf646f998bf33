//! No numbers and instants stand to each other and to the constants as the premises say.
//!
//! Each premise bounds a difference of two values: of a value and zero, or of two instants. Differences add up along a
//! path; a path from a value to itself that adds up to less than nothing is a contradiction. Values are taken as real
//! numbers, of which there are more than texts can write.

use std::collections::{BTreeMap, BTreeSet};

use crate::claim::{Atom, Comparison, Kind};
use crate::decimal::Number;
use crate::premises::Premises;
use crate::rejection::LemmaFault;

/// The value of a text read as a number or an instant, by the attribute that stands for the text; none for zero.
type Value = Option<(u32, Kind)>;

/// A difference is at most this, and may be equal to it. The smaller, the tighter.
type Bound = (i128, bool);

/// So many values a lemma may bound: the work grows with the cube.
const VALUES: usize = 128;

/// Accepts if the premises contradict each other as numbers and instants.
pub(super) fn contradict(premises: &Premises<'_>) -> Result<(), LemmaFault> {
    let mut this = Bounds { premises, differences: BTreeMap::new(), unequal: Vec::new() };
    // A text that reads as both is a whole number, and the instant is that many seconds.
    for (text, _) in &premises.reads {
        let (number, instant) = (Some((*text, Kind::Number)), Some((*text, Kind::Instant)));
        if this.is_known(number) && this.is_known(instant) {
            this.bound(number, instant, 0, true);
            this.bound(instant, number, 0, true);
        }
    }
    for (atom, holds) in &premises.atoms {
        if this.add(atom, *holds)? {
            return Ok(());
        }
    }
    this.close()?;
    let is_exactly = |(value, constant): &(Value, i128)| {
        let between = |left, right| this.differences.get(&(left, right));
        between(*value, None) == Some(&(*constant, true)) && between(None, *value) == Some(&(-constant, true))
    };
    let is_negative = |((left, right), bound): (&(Value, Value), &Bound)| left == right && *bound < (0, true);
    if this.unequal.iter().any(is_exactly) || this.differences.iter().any(is_negative) {
        Ok(())
    } else {
        Err(LemmaFault::NoConflict)
    }
}

struct Bounds<'p> {
    premises: &'p Premises<'p>,
    /// Bounds on the first value minus the second.
    differences: BTreeMap<(Value, Value), Bound>,
    unequal: Vec<(Value, i128)>,
}

impl Bounds<'_> {
    /// Whether the text is known to read so. Where it is not, an atom may be false since the text reads otherwise.
    fn is_known(&self, value: Value) -> bool {
        value.is_none_or(|value| self.premises.reads.contains(&value))
    }

    /// Adds what an atom says. True if it contradicts by itself how its text is known to read.
    fn add(&mut self, atom: &Atom, holds: bool) -> Result<bool, LemmaFault> {
        let value = |attribute: u32, kind: Kind| Some((self.premises.leader(attribute), kind));
        if let Atom::Reads(attribute, kind) = atom {
            return Ok(!holds && *kind != Kind::Address && self.is_known(value(*attribute, *kind)));
        }
        let (left, right, comparison, constant) =
            if let Atom::Compares(attribute, kind, comparison, constant) = atom {
                (value(*attribute, *kind), None, *comparison, constant)
            } else if let Atom::InstantsWithin(early, late, seconds) = atom {
                let (early, late) = (value(*early, Kind::Instant), value(*late, Kind::Instant));
                (early, late, Comparison::AtMost, seconds)
            } else {
                return Ok(false);
            };
        let constant = match Number::parse(constant) {
            Number::Value(constant) => constant,
            // What is not counted with is not known.
            Number::TooLong => return Ok(false),
            Number::No => return Err(LemmaFault::NoMeaning),
        };
        if !(self.is_known(left) && self.is_known(right)) {
            return Ok(false);
        }
        match (comparison, holds) {
            (Comparison::Equal, false) => self.unequal.push((left, constant)),
            (Comparison::Equal, true) => {
                self.bound(left, right, constant, true);
                self.bound(right, left, -constant, true);
            }
            (Comparison::Less | Comparison::AtMost, true) => {
                self.bound(left, right, constant, comparison == Comparison::AtMost);
            }
            (Comparison::Less | Comparison::AtMost, false) => {
                self.bound(right, left, -constant, comparison == Comparison::Less);
            }
        }
        Ok(false)
    }

    /// `left` minus `right` is at most `most`, and below it unless it `may_equal` it.
    fn bound(&mut self, left: Value, right: Value, most: i128, may_equal: bool) {
        let bound = self.differences.entry((left, right)).or_insert((most, may_equal));
        *bound = (*bound).min((most, may_equal));
    }

    /// Adds the bounds of all paths.
    fn close(&mut self) -> Result<(), LemmaFault> {
        let values: BTreeSet<Value> =
            self.differences.keys().flat_map(|(left, right)| [*left, *right]).collect();
        (values.len() <= VALUES).then_some(()).ok_or(LemmaFault::NoConflict)?;
        for middle in &values {
            for left in &values {
                for right in &values {
                    let first = self.differences.get(&(*left, *middle)).copied();
                    let second = self.differences.get(&(*middle, *right)).copied();
                    if let (Some(first), Some(second)) = (first, second) {
                        let most = first.0.checked_add(second.0).ok_or(LemmaFault::TooLong)?;
                        self.bound(*left, *right, most, first.1 && second.1);
                    }
                }
            }
        }
        Ok(())
    }
}
