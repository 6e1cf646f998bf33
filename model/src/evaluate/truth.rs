//! A truth value with the bounds between which the undocumented points leave it.

/// The value of a formula under the readings in force, and under the two extreme ones.
///
/// INVARIANT: `lower` implies `value` and `value` implies `upper`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Truth {
    /// Under the readings in force.
    pub(super) value: bool,
    /// True whatever the readings.
    pub(super) lower: bool,
    /// True under some readings, as far as this formula can tell.
    pub(super) upper: bool,
}

impl Truth {
    pub(super) const TRUE: Self = Self::certain(true);
    pub(super) const FALSE: Self = Self::certain(false);

    /// A value on which no reading bears.
    pub(super) const fn certain(value: bool) -> Self {
        Self { value, lower: value, upper: value }
    }

    /// True where no reading can change the value.
    pub(super) const fn is_certain(self) -> bool {
        self.lower == self.upper
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            value: self.value && other.value,
            lower: self.lower && other.lower,
            upper: self.upper && other.upper,
        }
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self {
            value: self.value || other.value,
            lower: self.lower || other.lower,
            upper: self.upper || other.upper,
        }
    }

    pub(super) const fn not(self) -> Self {
        Self { value: !self.value, lower: !self.upper, upper: !self.lower }
    }
}
