//! Which whole numbers of a range still count: those below, at or above one of them.

/// The numbers below, at and above `at` that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::wildcard) struct Step {
    pub(in crate::wildcard) at: i32,
    pub(in crate::wildcard) below: bool,
    pub(in crate::wildcard) equal: bool,
    pub(in crate::wildcard) above: bool,
}

/// What is left to be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::wildcard) enum Residual {
    /// All numbers count, or none.
    Always(bool),
    /// It depends on the number.
    Step(Step),
}

impl Residual {
    /// Whether `number` counts.
    pub(in crate::wildcard) fn admits(self, number: i32) -> bool {
        match self {
            Self::Always(all) => all,
            Self::Step(step) if number < step.at => step.below,
            Self::Step(step) if number > step.at => step.above,
            Self::Step(step) => step.equal,
        }
    }

    /// The same on the numbers from `low` to `high`, in one form for each function, so that equal states are equal
    /// data.
    pub(in crate::wildcard) fn within(self, low: i32, high: i32) -> Self {
        let Self::Step(Step { at, below, equal, above }) = self else { return self };
        if below == above && equal == below || at > high {
            return Self::Always(below);
        }
        if at < low {
            return Self::Always(above);
        }
        if below == above {
            return self;
        }
        // A single step, after the last number that counts as those below do.
        let last = if equal == below { at } else { at - 1 };
        if last < low {
            return Self::Always(above);
        }
        if last >= high {
            return Self::Always(below);
        }
        Self::Step(Step { at: last, below, equal: below, above })
    }

    /// As it is for numbers from which `distance` was taken off.
    pub(in crate::wildcard) fn shifted(self, distance: i32) -> Self {
        match self {
            Self::Always(_) => self,
            Self::Step(step) => Self::Step(Step { at: step.at.saturating_sub(distance), ..step }),
        }
    }

    /// As it is for the negatives.
    pub(in crate::wildcard) fn negated(self) -> Self {
        match self {
            Self::Always(_) => self,
            Self::Step(step) => {
                Self::Step(Step { at: -step.at, below: step.above, above: step.below, equal: step.equal })
            }
        }
    }

    /// None if no number counts.
    pub(in crate::wildcard) fn alive(self) -> Option<Self> {
        if self == Self::Always(false) { None } else { Some(self) }
    }
}
