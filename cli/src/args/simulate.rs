//! The arguments of `ringfence simulate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::value::{ContextEntry, ExpectedDecision, OutputTarget, PinnedPoint};

/// `ringfence simulate`.
#[derive(Args, Debug)]
pub(crate) struct SimulateArguments {
    /// The case, one JSON object; `-` for standard input
    #[arg(value_name = "CASE", conflicts_with = "batch")]
    pub(crate) case: Option<PathBuf>,
    /// A file of cases, one JSON object a line; `-` for standard input. Answers come one a line, in the same order
    #[arg(long, value_name = "FILE")]
    pub(crate) batch: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) request: RequestArguments,
    /// Exit with 1 unless this is the decision, of every case
    #[arg(long, value_name = "DECISION")]
    pub(crate) expect: Option<ExpectedDecision>,
    /// Read a point that AWS leaves undocumented in one way: F17=evaluator, lower or upper; may be repeated
    #[arg(long, value_name = "POINT=READING")]
    pub(crate) assume: Vec<PinnedPoint>,
    /// Output: text or json, to a file if one is named; may be repeated [default: text; json with --batch]
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<OutputTarget>,
    /// Who decides: the evaluator, the solver, or both; if both disagree, that is an internal error (exit code 2)
    #[arg(long, value_name = "ENGINE", value_enum, default_value_t = Engine::Evaluate)]
    pub(crate) engine: Engine,
    /// Adds to each JSON answer what every statement said, and what kept it from matching
    #[arg(long)]
    pub(crate) trace: bool,
    /// Catalogue of actions, resource types and keys, in place of the embedded one
    #[arg(long, value_name = "FILE")]
    pub(crate) catalogue: Option<PathBuf>,
}

/// Who decides a case.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// The concrete evaluator
    Evaluate,
    /// The encoder and Z3
    Smt,
    /// Both, which must agree
    Both,
}

/// A request put together from options, in the manner of `aws iam simulate-custom-policy`.
#[derive(Args, Debug)]
#[group(id = "request", multiple = true, conflicts_with_all = ["case", "batch"])]
#[command(next_help_heading = "One request by options")]
pub(crate) struct RequestArguments {
    /// Who asks: a user, root user, session or identity provider; a service such as s3.amazonaws.com; or `anonymous`
    #[arg(long, value_name = "CALLER")]
    pub(crate) caller_arn: Option<String>,
    /// Actions, each `service:Name`
    #[arg(long, value_name = "ACTION", num_args = 1..)]
    pub(crate) action_names: Vec<String>,
    /// Resources; every action is asked on every resource [default: *]
    #[arg(long, value_name = "ARN", num_args = 1..)]
    pub(crate) resource_arns: Vec<String>,
    /// The account that owns the resources [default: the one in the ARN, else the caller's]
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) resource_owner: Option<String>,
    /// Keys of the request; a key given twice has a list of values
    #[arg(long, value_name = "KEY=VALUE", num_args = 1..)]
    pub(crate) context_entries: Vec<ContextEntry>,
    /// Identity policies
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) policy_input_list: Vec<PathBuf>,
    /// Permissions boundary
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) permissions_boundary_policy_input_list: Vec<PathBuf>,
    /// Session policies
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) session_policy_input_list: Vec<PathBuf>,
    /// Service control policies, one file for each level, from the root down to the account
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) service_control: Vec<PathBuf>,
    /// Resource control policies on the resource's side, one file for each level, from the root down
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) resource_control: Vec<PathBuf>,
    /// The resource's own policy; for sts:AssumeRole the role's trust policy
    #[arg(long, value_name = "FILE")]
    pub(crate) resource_policy: Option<PathBuf>,
    /// The policy of the VPC endpoint that the requests go through
    #[arg(long, value_name = "FILE")]
    pub(crate) vpc_endpoint_policy: Option<PathBuf>,
    /// The type of that endpoint [default: gateway for S3 and DynamoDB, else interface]
    #[arg(long, value_enum)]
    pub(crate) vpc_endpoint_type: Option<EndpointType>,
    /// S3 Block Public Access is on for the bucket
    #[arg(long)]
    pub(crate) block_public_access: bool,
}

/// The type of a VPC endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EndpointType {
    /// Through network interfaces
    Interface,
    /// Through route tables
    Gateway,
}
