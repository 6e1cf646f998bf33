//! The arguments of `ringfence compare`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use ringfence_model::arn::AccountId;

use super::TableArguments;
use super::plan::Assumption;
use super::value::{self, OutputTarget};

/// What policies that are compared are attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ComparedType {
    /// Users, groups and roles.
    Identity,
    /// Users and roles, as permissions boundaries.
    Boundary,
    /// Accounts, as service control policies.
    Scp,
}

/// `ringfence compare`.
#[derive(Args, Debug)]
pub(crate) struct CompareArguments {
    /// Before the change: a world directory, one account's authorization details, or a policy document
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The same after it, or a plan of Terraform of OLD, as `terraform show -json` prints it
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    /// organization.json for both, where OLD and NEW are authorization details
    #[arg(long, value_name = "FILE")]
    pub(crate) organization: Option<PathBuf>,
    /// What OLD and NEW are, where they are policy documents [default: identity]
    #[arg(long, value_name = "TYPE")]
    pub(crate) policy_type: Option<ComparedType>,
    /// The account of those who have the policies [default: any]; of a plan, that of resources of which it does not tell it
    #[arg(long, value_name = "ACCOUNT", value_parser = value::account)]
    pub(crate) account: Option<AccountId>,
    /// Guardrails for both [default: ringfence.toml of NEW; without one the three theorems]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Judge the theorems by single requests, and not over any number of steps
    #[arg(long)]
    pub(crate) one_step: bool,
    /// Output: text or json, to a file if one is named; may be repeated [default: text]
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<OutputTarget>,
    /// Earliest instant of a request, such as 2026-10-31T00:00:00Z [default: the newest date in NEW]
    #[arg(long, value_name = "INSTANT", value_parser = value::instant)]
    pub(crate) as_of: Option<Timestamp>,
    /// The day with which expiry dates are compared, YYYY-MM-DD [default: the machine's date, UTC]
    #[arg(long, value_name = "DATE")]
    pub(crate) today: Option<Date>,
    /// Read a point that AWS leaves undocumented in one way: F17=evaluator, lower or upper; or where NEW is a plan the value of what is unknown in it: ADDRESS=VALUE; may be repeated
    #[arg(long, value_name = "POINT=READING")]
    pub(crate) assume: Vec<Assumption>,
    /// Changes of resources of this type do not matter, where NEW is a plan; may be repeated
    #[arg(long, value_name = "TYPE")]
    pub(crate) ignore: Vec<String>,
    /// Threads [default: all processors]; the answer does not depend on it
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// No progress on stderr
    #[arg(short, long)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) tables: TableArguments,
}
