//! By what a command goes besides its arguments: what differs between a run on this machine and one that is made again from evidence.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use ringfence_model::files::Files;
use ringfence_solver::certificate::Level;
use ringfence_solver::prove::Ledger;

use crate::files::System;
use crate::input;

/// The files, the clock and the book of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Basis<'a> {
    /// From where everything is read.
    pub(crate) files: &'a dyn Files,
    /// The instant of the run.
    pub(crate) now: Timestamp,
    /// What the run writes down, or by what alone it goes.
    pub(crate) ledger: Option<&'a dyn Ledger>,
    /// Where evidence of the run goes.
    pub(crate) evidence: Option<&'a Path>,
}

impl Basis<'_> {
    /// That of a run on this machine.
    pub(crate) fn here() -> Self {
        Self { files: &System, now: Timestamp::now(), ledger: None, evidence: None }
    }

    /// How much of the proofs of the run others can check.
    pub(crate) fn level(&self) -> Level {
        self.ledger.map_or(Level::OneSolver, Ledger::level)
    }

    /// Where evidence of the run goes, as outputs name it.
    pub(crate) fn evidence(&self) -> Option<String> {
        self.evidence.map(input::shown)
    }

    /// The run is made again: only what is written down counts, and no clock of whoever makes it.
    pub(crate) fn is_again(&self) -> bool {
        self.ledger.is_some_and(Ledger::is_closed)
    }

    /// The day by which tables may be too old: that of the clock, UTC, for a run of the day `today`; `today` where it is made again.
    pub(crate) fn clock(&self, today: Date) -> Date {
        if self.is_again() { today } else { self.now.to_zoned(TimeZone::UTC).date() }
    }

    /// The day of the run: `given`, or that of the clock, UTC.
    pub(crate) fn today(&self, given: Option<Date>) -> Date {
        given.unwrap_or_else(|| self.now.to_zoned(TimeZone::UTC).date())
    }
}
