//! How what is allowed after a change relates to what was allowed before.

use crate::verdict::Verdict;

/// Whether there is a request that one world alone allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// There is none.
    No,
    /// That is not decided.
    Open,
    /// There is one, which was replayed.
    Yes,
}

impl Answer {
    /// What a verdict says that is refuted by such a request.
    pub fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Proved(_) | Verdict::NotApplicable => Self::No,
            Verdict::Inconclusive(_) => Self::Open,
            Verdict::Refuted(_) => Self::Yes,
        }
    }
}

/// How what is allowed after a change relates to what was allowed before, as far as that is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The same requests are allowed.
    Equivalent,
    /// Some are not allowed any more, and no other is.
    Narrower,
    /// Some more are allowed, and no other is not.
    Broader,
    /// Some more are allowed, and some others are not any more.
    Incomparable,
    /// No request is allowed that was not before; whether some are not any more is not decided.
    EquivalentOrNarrower,
    /// Some more are allowed; whether some others are not any more is not decided.
    BroaderOrIncomparable,
    /// Whether some more are allowed is not decided.
    Undecided,
}

impl Relation {
    /// What follows from the two answers.
    pub fn new(gained: Answer, lost: Answer) -> Self {
        match (gained, lost) {
            (Answer::No, Answer::No) => Self::Equivalent,
            (Answer::No, Answer::Yes) => Self::Narrower,
            (Answer::No, Answer::Open) => Self::EquivalentOrNarrower,
            (Answer::Yes, Answer::No) => Self::Broader,
            (Answer::Yes, Answer::Yes) => Self::Incomparable,
            (Answer::Yes, Answer::Open) => Self::BroaderOrIncomparable,
            (Answer::Open, _) => Self::Undecided,
        }
    }

    /// A word for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Equivalent => "equivalent",
            Self::Narrower => "narrower",
            Self::Broader => "broader",
            Self::Incomparable => "incomparable",
            Self::EquivalentOrNarrower => "equivalent-or-narrower",
            Self::BroaderOrIncomparable => "broader-or-incomparable",
            Self::Undecided => "undecided",
        }
    }
}
