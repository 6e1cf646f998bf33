//! The arguments of `ringfence check-no-new-access`, called as those of the AWS CLI.

use std::num::NonZeroUsize;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use ringfence_model::arn::AccountId;

use super::TableArguments;
use super::value::{self, OutputTarget, PinnedPoint};

/// What a policy document is the policy of, as AWS names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocumentType {
    /// Of users, groups and roles.
    #[value(name = "IDENTITY_POLICY")]
    Identity,
}

/// `ringfence check-no-new-access`.
#[derive(Args, Debug)]
pub(crate) struct NoNewAccessArguments {
    /// The policy before the change: its text, a file, or file://FILE
    #[arg(long, value_name = "DOCUMENT")]
    pub(crate) existing_policy_document: String,
    /// The policy after it
    #[arg(long, value_name = "DOCUMENT")]
    pub(crate) new_policy_document: String,
    #[command(flatten)]
    pub(crate) how: PolicyCheckArguments,
}

/// How the policies are read, and the answer written.
#[derive(Args, Debug)]
pub(crate) struct PolicyCheckArguments {
    /// What the documents are the policies of
    #[arg(long, value_enum, value_name = "TYPE")]
    pub(crate) policy_type: DocumentType,
    /// The account of those who have the policies [default: any]
    #[arg(long, value_name = "ACCOUNT", value_parser = value::account)]
    pub(crate) account: Option<AccountId>,
    /// Output: json as AWS answers, or text, to a file if one is named; may be repeated [default: json]
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<OutputTarget>,
    /// Earliest instant of a request, such as 2026-10-31T00:00:00Z [default: the start of today]
    #[arg(long, value_name = "INSTANT", value_parser = value::instant)]
    pub(crate) as_of: Option<Timestamp>,
    /// The day of the run, YYYY-MM-DD [default: the machine's date, UTC]
    #[arg(long, value_name = "DATE")]
    pub(crate) today: Option<Date>,
    /// Read a point that AWS leaves undocumented in one way: F17=evaluator, lower or upper; may be repeated
    #[arg(long, value_name = "POINT=READING")]
    pub(crate) assume: Vec<PinnedPoint>,
    /// Threads [default: all processors]; the answer does not depend on it
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) tables: TableArguments,
}
