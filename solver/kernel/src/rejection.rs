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
    /// A line is not written as its content would be written.
    NotCanonical {
        /// 1 for the claim, 2 for the derivation.
        line: u32,
    },
    /// The claim has another format.
    UnknownFormat(String),
    /// There are more atoms than variables, or too many of either.
    TooManyVariables,
    /// The derivation is of another claim.
    OtherClaim,
    /// A clause has a literal of no variable.
    NoVariable {
        /// The number of the clause.
        clause: usize,
    },
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

/// Why a lemma is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LemmaFault {
    /// A literal is of a variable without a meaning, or its atom names what the tables do not have.
    NoMeaning,
    /// A component is no literal about the text and no domain of it.
    NotAboutTheText,
    /// A component holds the text of an attribute that may have several.
    OpenValue,
    /// The product states do not fit the components.
    Malformed,
    /// The start is not among the states.
    NoStart,
    /// One of the states accepts: there is a text.
    Accepting,
    /// A step leads out of the states.
    NotClosed,
    /// No literal is known to be true.
    NoConflict,
    /// A number has too many digits.
    TooLong,
}

/// Why a step is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepFault {
    /// A hint is no number of an earlier clause.
    NoSuchClause,
    /// A hint leaves two literals or more, or is true already.
    NotUnit,
    /// The last hint leaves a literal.
    NoConflict,
    /// There are hints after the one that leaves no literal.
    AfterConflict,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTwoLines => f.write_str("not two lines"),
            Self::Unreadable { line, text } => write!(f, "line {line} cannot be read: {text}"),
            Self::NotCanonical { line } => write!(f, "line {line} is not in canonical form"),
            Self::UnknownFormat(format) => write!(f, "unknown format `{format}`"),
            Self::TooManyVariables => f.write_str("more atoms than variables, or too many of them"),
            Self::OtherClaim => f.write_str("the derivation is of another claim"),
            Self::NoVariable { clause } => write!(f, "clause {clause} has a literal of no variable"),
            Self::Lemma { index, fault } => write!(f, "lemma {index}: {fault}"),
            Self::Step { index, fault } => write!(f, "step {index}: {fault}"),
            Self::NothingDerived => f.write_str("the last step is not the empty clause"),
        }
    }
}

impl fmt::Display for LemmaFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoMeaning => "a literal without a meaning",
            Self::NotAboutTheText => "a component is not about the text",
            Self::OpenValue => "a pattern holds a value that is not known",
            Self::Malformed => "the states do not fit the components",
            Self::NoStart => "the start is missing",
            Self::Accepting => "a state accepts",
            Self::NotClosed => "a step leads out of the states",
            Self::NoConflict => "the literals can all be false",
            Self::TooLong => "a number has too many digits",
        })
    }
}

impl fmt::Display for StepFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchClause => "a hint names no earlier clause",
            Self::NotUnit => "a hint leaves several literals or a true one",
            Self::NoConflict => "the hints end without a conflict",
            Self::AfterConflict => "hints follow the conflict",
        })
    }
}

impl std::error::Error for Rejection {}
