//! The arguments of `ringfence can` and `ringfence who-can`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::value::{self, ContextEntry, OutputTarget, PinnedPoint};
use super::{EvidenceArguments, TableArguments, WorldArguments};

/// `ringfence can`.
#[derive(Args, Debug, Serialize, Deserialize)]
pub(crate) struct CanArguments {
    /// Who: ARN of a user, role, root user or role session; or role/NAME, user/NAME
    #[arg(value_name = "PRINCIPAL", required_unless_present = "batch")]
    pub(crate) principal: Option<String>,
    /// What: service:Name, `*` and `?` as wildcards
    #[arg(value_name = "ACTION", required_unless_present = "batch")]
    pub(crate) action: Option<String>,
    /// On what: an ARN, `*` and `?` as wildcards [default: any resource that the action takes]
    #[arg(value_name = "RESOURCE")]
    pub(crate) resource: Option<String>,
    /// A file of questions, one JSON object a line; `-` for standard input. Answers come one a line, in the same order
    #[arg(long, value_name = "FILE", conflicts_with_all = ["principal", "action", "resource"])]
    pub(crate) batch: Option<PathBuf>,
    /// Exit with 1 on the other answer, to any question
    #[arg(long, value_name = "ANSWER", value_enum)]
    pub(crate) expect: Option<ExpectedAnswer>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) question: QuestionArguments,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) evidence: EvidenceArguments,
}

/// `ringfence who-can`.
#[derive(Args, Debug)]
pub(crate) struct WhoCanArguments {
    /// What: service:Name, `*` and `?` as wildcards
    #[arg(value_name = "ACTION", required_unless_present = "batch")]
    pub(crate) action: Option<String>,
    /// On what: an ARN, `*` and `?` as wildcards [default: any resource that the action takes]
    #[arg(value_name = "RESOURCE")]
    pub(crate) resource: Option<String>,
    /// A file of questions, one JSON object a line; `-` for standard input. Answers come one a line, in the same order
    #[arg(long, value_name = "FILE", conflicts_with_all = ["action", "resource"])]
    pub(crate) batch: Option<PathBuf>,
    /// Exit with 1 unless exactly the principals in FILE are allowed: ARNs, one a line
    #[arg(long, value_name = "FILE", conflicts_with = "expect_none")]
    pub(crate) expect: Option<PathBuf>,
    /// Exit with 1 if anybody is allowed
    #[arg(long)]
    pub(crate) expect_none: bool,
    #[command(flatten)]
    pub(crate) question: QuestionArguments,
}

/// What both ask about, and how.
#[derive(Args, Debug, Serialize, Deserialize)]
pub(crate) struct QuestionArguments {
    /// Pin a key of the request; all others stay free. A multivalued key given more than once has a list
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) context: Vec<ContextEntry>,
    /// Pin a key as absent
    #[arg(long, value_name = "KEY")]
    pub(crate) context_absent: Vec<String>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) world: WorldArguments,
    /// ringfence.toml, of which only the assumptions count [default: that of the world]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Output: text or json, to a file if one is named; may be repeated [default: text; json with --batch]
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    #[serde(skip)]
    pub(crate) output: Vec<OutputTarget>,
    /// Earliest instant of a request, such as 2026-10-31T00:00:00Z [default: the newest date in the world]
    #[arg(long, value_name = "INSTANT", value_parser = value::instant)]
    pub(crate) as_of: Option<Timestamp>,
    /// The day with which the age of tables is compared, YYYY-MM-DD [default: the machine's date, UTC]
    #[arg(long, value_name = "DATE")]
    pub(crate) today: Option<Date>,
    /// Read a point that AWS leaves undocumented in one way: F17=evaluator, lower or upper; may be repeated
    #[arg(long, value_name = "POINT=READING")]
    pub(crate) assume: Vec<PinnedPoint>,
    /// Threads [default: all processors]; the answer does not depend on it
    #[arg(long, value_name = "N")]
    #[serde(skip)]
    pub(crate) threads: Option<NonZeroUsize>,
    /// No remarks about the question on stderr
    #[arg(short, long)]
    #[serde(skip)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) tables: TableArguments,
}

/// An answer that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ExpectedAnswer {
    /// Some request is allowed
    Allowed,
    /// No single request is allowed
    Denied,
}
