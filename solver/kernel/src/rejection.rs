//! Why a proof is not accepted.

use std::fmt;

/// Why a proof is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The file is not two lines, each ended by a line feed.
    NotTwoLines,
    /// A line cannot be read.
    Unreadable {
        /// 1 for the claim, 2 for the derivation.
        line: u32,
        /// What the reader says.
        text: String,
    },
    /// A line, 1 for the claim and 2 for the derivation, is not written as its content would be written.
    NotCanonical(u32),
    /// The claim has another format.
    UnknownFormat(String),
    /// There are more atoms than variables, or too many of either.
    TooManyVariables,
    /// The derivation is of another claim.
    OtherClaim,
    /// The clause of this number has a literal of no variable.
    NoVariable(usize),
    /// A lemma does not hold, or is not shown to.
    Lemma {
        /// Which of the lemmas.
        index: usize,
        /// Why.
        fault: LemmaFault,
    },
    /// A step does not follow.
    Step {
        /// Which of the steps.
        index: usize,
        /// Why.
        fault: StepFault,
    },
    /// The last step is not the empty clause.
    NothingDerived,
}

/// Reasons with what each says.
macro_rules! faults {
    ($(#[$about:meta])* $name:ident { $($fault:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = $text] $fault,)*
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$fault => $text,)*
                })
            }
        }
    };
}

pub(crate) use faults;

faults! {
    /// Why a lemma is not accepted.
    LemmaFault {
        NoMeaning = "a literal without a meaning, or an atom that names what the tables do not have",
        NotAboutTheText = "a component is not about the text",
        OpenValue = "a component holds a text that may be several",
        Malformed = "the states do not fit the components",
        NoStart = "the start is missing",
        Accepting = "a state accepts, so there is a text",
        NotClosed = "a character leads out of the states",
        NoConflict = "nothing shows that the literals cannot all be false",
        TooLong = "a number has too many digits",
    }
}

faults! {
    /// Why a step is not accepted.
    StepFault {
        NoSuchClause = "a hint names no earlier clause",
        NotUnit = "a hint leaves several literals, or has a true one",
        NoConflict = "the hints end without a conflict",
        AfterConflict = "hints follow the conflict",
        TooMuch = "the steps up to here look at more literals than those of a proof may",
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTwoLines => f.write_str("not two lines"),
            Self::Unreadable { line, text } => write!(f, "line {line} cannot be read: {text}"),
            Self::NotCanonical(line) => write!(f, "line {line} is not in canonical form"),
            Self::UnknownFormat(format) => write!(f, "unknown format `{format}`"),
            Self::TooManyVariables => f.write_str("more atoms than variables, or too many of them"),
            Self::OtherClaim => f.write_str("the derivation is of another claim"),
            Self::NoVariable(clause) => write!(f, "clause {clause} has a literal of no variable"),
            Self::Lemma { index, fault } => write!(f, "lemma {index}: {fault}"),
            Self::Step { index, fault } => write!(f, "step {index}: {fault}"),
            Self::NothingDerived => f.write_str("the last step is not the empty clause"),
        }
    }
}

impl std::error::Error for Rejection {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_says_where_and_why() {
        for (rejection, text) in [
            (Rejection::NotTwoLines, "not two lines"),
            (Rejection::NotCanonical(2), "line 2 is not in canonical form"),
            (Rejection::UnknownFormat("other".to_owned()), "unknown format `other`"),
            (Rejection::NoVariable(7), "clause 7 has a literal of no variable"),
            (Rejection::Lemma { index: 3, fault: LemmaFault::NoStart }, "lemma 3: the start is missing"),
            (
                Rejection::Step { index: 4, fault: StepFault::NoConflict },
                "step 4: the hints end without a conflict",
            ),
        ] {
            assert_eq!(rejection.to_string(), text);
        }
    }
}
