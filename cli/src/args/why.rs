//! The arguments of `ringfence why`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;

use super::value::{self, OutputTarget, PinnedPoint};
use super::{ExitArguments, TableArguments, WorldArguments};

/// `ringfence why`.
#[derive(Args, Debug)]
pub(crate) struct WhyArguments {
    /// The guardrail: its id in ringfence.toml, or expensive-models, boundary-escape or modify-and-invoke where there is none
    #[arg(value_name = "GUARDRAIL")]
    pub(crate) guardrail: String,
    /// Whose verdict: ARN of a user, role or root user; or role/NAME, user/NAME [default: everybody's, by single points of failure]
    #[arg(value_name = "PRINCIPAL")]
    pub(crate) principal: Option<String>,
    #[command(flatten)]
    pub(crate) world: WorldArguments,
    /// Guardrails [default: ringfence.toml of the world; without one the three theorems]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How often the guardrail is judged at most, of each principal
    #[arg(long, value_name = "N", default_value = "200")]
    pub(crate) limit: NonZeroUsize,
    /// Judge the theorems by single requests, and not over any number of steps
    #[arg(long)]
    pub(crate) one_step: bool,
    /// Output: text or json, to a file if one is named; may be repeated [default: text]
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<OutputTarget>,
    #[command(flatten)]
    pub(crate) exit: ExitArguments,
    /// Earliest instant of a request, such as 2026-10-31T00:00:00Z [default: the newest date in the world]
    #[arg(long, value_name = "INSTANT", value_parser = value::instant)]
    pub(crate) as_of: Option<Timestamp>,
    /// The day with which expiry dates are compared, YYYY-MM-DD [default: the machine's date, UTC]
    #[arg(long, value_name = "DATE")]
    pub(crate) today: Option<Date>,
    /// Read a point that AWS leaves undocumented in one way: F17=evaluator, lower or upper; may be repeated
    #[arg(long, value_name = "POINT=READING")]
    pub(crate) assume: Vec<PinnedPoint>,
    /// Threads [default: all processors]; the answer does not depend on it
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// No progress on stderr
    #[arg(short, long)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) tables: TableArguments,
}
