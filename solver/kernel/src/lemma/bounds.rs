//! No numbers and instants stand to each other and to the constants as the premises say.
//!
//! Each premise bounds a difference of two values: a value and zero, or two instants. Differences add up along a
//! path; a path from a value to itself that adds up to less than nothing is a contradiction. Values are taken as real
//! numbers, of which there are more than texts can write.

use std::collections::BTreeSet;

use crate::claim::{Atom, Comparison, Domain};
use crate::decimal::Number;
use crate::premises::Premises;
use crate::rejection::LemmaFault;

/// Zero, or the value of a text read as a number or an instant, by the attribute that stands for the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Zero,
    Number(u32),
    Instant(u32),
}

/// A difference is at most this, or below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bound {
    most: i128,
    below: bool,
}

impl Bound {
    fn is_tighter(self, other: Option<Self>) -> bool {
        other.is_none_or(|other| self.most < other.most || (self.most == other.most && self.below && !other.below))
    }
}

/// Accepts if the premises contradict each other as numbers and instants.
pub(super) fn contradict(premises: &Premises<'_>) -> Result<(), LemmaFault> {
    let mut this = Bounds::new(premises);
    for (atom, holds) in &premises.atoms {
        if this.add(atom, *holds)? {
            return Ok(());
        }
    }
    this.close()?;
    let unequal = this.unequal.iter().any(|(value, constant)| {
        let exactly = |most| Some(Bound { most, below: false });
        this.between(*value, Value::Zero) == exactly(*constant) && this.between(Value::Zero, *value) == exactly(-constant)
    });
    let negative = this.values.iter().any(|value| {
        this.between(*value, *value).is_some_and(|bound| bound.most < 0 || (bound.most == 0 && bound.below))
    });
    if unequal || negative { Ok(()) } else { Err(LemmaFault::NoConflict) }
}

struct Bounds<'p> {
    premises: &'p Premises<'p>,
    /// Texts that read as numbers, and as instants, whatever else is true, by the attribute that stands for them.
    numbers: BTreeSet<u32>,
    instants: BTreeSet<u32>,
    values: Vec<Value>,
    /// `differences[i][j]` bounds value i minus value j.
    differences: Vec<Vec<Option<Bound>>>,
    unequal: Vec<(Value, i128)>,
}

impl<'p> Bounds<'p> {
    fn new(premises: &'p Premises<'p>) -> Self {
        let (mut numbers, mut instants) = (BTreeSet::new(), BTreeSet::new());
        for attribute in &premises.attributes {
            match premises.domain(*attribute) {
                Some(Domain::Number) => numbers.insert(premises.leader(*attribute)),
                Some(Domain::Instant) => instants.insert(premises.leader(*attribute)),
                Some(Domain::Any | Domain::Language(_) | Domain::Address) | None => false,
            };
        }
        for (atom, _) in premises.atoms.iter().filter(|entry| entry.1) {
            match atom {
                Atom::IsNumber(attribute) | Atom::Number(attribute, ..) => {
                    numbers.insert(premises.leader(*attribute));
                }
                Atom::IsInstant(attribute) | Atom::Instant(attribute, ..) => {
                    instants.insert(premises.leader(*attribute));
                }
                Atom::InstantsWithin(early, late, _) => {
                    instants.extend([premises.leader(*early), premises.leader(*late)]);
                }
                Atom::Flag(_)
                | Atom::Chosen(..)
                | Atom::Matches(..)
                | Atom::Template { .. }
                | Atom::Equal(..)
                | Atom::IsAddress(_)
                | Atom::Within(..) => {}
            }
        }
        let mut values = vec![Value::Zero];
        values.extend(numbers.iter().copied().map(Value::Number));
        values.extend(instants.iter().copied().map(Value::Instant));
        let differences = vec![vec![None; values.len()]; values.len()];
        let mut this = Self { premises, numbers, instants, values, differences, unequal: Vec::new() };
        // A text that reads as both is a whole number, and the instant is that many seconds.
        let both: Vec<u32> = this.numbers.intersection(&this.instants).copied().collect();
        for leader in both {
            this.bound(Value::Number(leader), Value::Instant(leader), 0, false);
            this.bound(Value::Instant(leader), Value::Number(leader), 0, false);
        }
        this
    }

    /// Adds what an atom says. True if it contradicts what is known by itself.
    fn add(&mut self, atom: &Atom, holds: bool) -> Result<bool, LemmaFault> {
        match atom {
            Atom::IsNumber(attribute) => Ok(!holds && self.numbers.contains(&self.premises.leader(*attribute))),
            Atom::IsInstant(attribute) => Ok(!holds && self.instants.contains(&self.premises.leader(*attribute))),
            Atom::Number(attribute, comparison, constant) => {
                self.compare(Value::Number(self.premises.leader(*attribute)), *comparison, constant, holds)
            }
            Atom::Instant(attribute, comparison, constant) => {
                self.compare(Value::Instant(self.premises.leader(*attribute)), *comparison, constant, holds)
            }
            Atom::InstantsWithin(early, late, seconds) => {
                let value = |attribute: u32| Value::Instant(self.premises.leader(attribute));
                let (early, late) = (value(*early), value(*late));
                let seconds = read(seconds)?;
                // Where it does not hold, one of the texts may be no instant: then nothing is known.
                if !(self.values.contains(&early) && self.values.contains(&late)) {
                    return Ok(false);
                }
                if holds {
                    self.bound(early, late, seconds, false);
                } else {
                    self.bound(late, early, -seconds, true);
                }
                Ok(false)
            }
            Atom::Flag(_)
            | Atom::Chosen(..)
            | Atom::Matches(..)
            | Atom::Template { .. }
            | Atom::Equal(..)
            | Atom::IsAddress(_)
            | Atom::Within(..) => Ok(false),
        }
    }

    fn compare(
        &mut self,
        value: Value,
        comparison: Comparison,
        constant: &str,
        holds: bool,
    ) -> Result<bool, LemmaFault> {
        let constant = read(constant)?;
        // Where it does not hold, the text may be none such: then nothing is known.
        if !self.values.contains(&value) {
            return Ok(false);
        }
        match (comparison, holds) {
            (Comparison::Less, true) => self.bound(value, Value::Zero, constant, true),
            (Comparison::AtMost, true) => self.bound(value, Value::Zero, constant, false),
            (Comparison::Less, false) => self.bound(Value::Zero, value, -constant, false),
            (Comparison::AtMost, false) => self.bound(Value::Zero, value, -constant, true),
            (Comparison::Equal, true) => {
                self.bound(value, Value::Zero, constant, false);
                self.bound(Value::Zero, value, -constant, false);
            }
            (Comparison::Equal, false) => self.unequal.push((value, constant)),
        }
        Ok(false)
    }

    fn place(&self, value: Value) -> Option<usize> {
        self.values.iter().position(|known| *known == value)
    }

    fn slot(&mut self, left: Value, right: Value) -> Option<&mut Option<Bound>> {
        let (left, right) = (self.place(left)?, self.place(right)?);
        self.differences.get_mut(left)?.get_mut(right)
    }

    /// `left` minus `right` is at most `most`, or below it.
    fn bound(&mut self, left: Value, right: Value, most: i128, below: bool) {
        let bound = Bound { most, below };
        if let Some(slot) = self.slot(left, right)
            && bound.is_tighter(*slot)
        {
            *slot = Some(bound);
        }
    }

    fn between(&self, left: Value, right: Value) -> Option<Bound> {
        let (left, right) = (self.place(left)?, self.place(right)?);
        self.differences.get(left)?.get(right).copied().flatten()
    }

    /// Adds the bounds of all paths.
    fn close(&mut self) -> Result<(), LemmaFault> {
        for middle in self.values.clone() {
            for left in self.values.clone() {
                for right in self.values.clone() {
                    if let (Some(first), Some(second)) = (self.between(left, middle), self.between(middle, right)) {
                        let most = first.most.checked_add(second.most).ok_or(LemmaFault::TooLong)?;
                        self.bound(left, right, most, first.below || second.below);
                    }
                }
            }
        }
        Ok(())
    }
}

fn read(constant: &str) -> Result<i128, LemmaFault> {
    match Number::parse(constant) {
        Number::Value(value) => Ok(value),
        Number::TooLong => Err(LemmaFault::TooLong),
        Number::No => Err(LemmaFault::NoMeaning),
    }
}
