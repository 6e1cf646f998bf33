//! The exit codes: one table for all commands.

use std::process::ExitCode;

/// What a run ends with. The order is that of precedence: the greatest of several is the status of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExitStatus {
    /// 0: proved, or as expected.
    AsExpected,
    /// 3: inconclusive or not applicable.
    Inconclusive,
    /// 1: refuted, or not as expected.
    Refuted,
    /// 2: wrong usage, unusable input, or an internal error.
    Error,
}

impl ExitStatus {
    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::AsExpected => 0,
            Self::Refuted => 1,
            Self::Error => 2,
            Self::Inconclusive => 3,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

#[cfg(test)]
mod tests {
    use super::ExitStatus;

    #[test]
    fn errors_beat_refutations_beat_what_is_open() {
        let worst_first =
            [ExitStatus::Error, ExitStatus::Refuted, ExitStatus::Inconclusive, ExitStatus::AsExpected];
        assert_eq!(worst_first.map(ExitStatus::code), [2, 1, 3, 0]);
        assert!(worst_first.windows(2).all(|pair| pair[0] > pair[1]));
    }
}
