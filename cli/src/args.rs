//! What can be asked on the command line, as clap types. Nothing is read or decided here.

mod collect;
mod compare;
mod evidence;
mod examples;
mod import;
mod plan;
mod policy_checks;
mod pre_commit;
mod question;
mod shell;
mod simulate;
mod value;
mod why;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use ringfence_solver::check::Shard;
use serde::{Deserialize, Serialize};

use crate::exit::ExitStatus;
use examples::{
    BLAST_RADIUS_EXAMPLES, BOUNDARY_EXAMPLES, CAN_EXAMPLES, CHECK_EXAMPLES, COLLECT_EXAMPLES,
    COMPARE_EXAMPLES, DATA_EXAMPLES, EXPLAIN_EXAMPLES, IMPORT_EXAMPLES, MERGE_EXAMPLES,
    NO_NEW_ACCESS_EXAMPLES, PATHS_EXAMPLES, PLAN_EXAMPLES, PRE_COMMIT_EXAMPLES, SIMULATE_EXAMPLES,
    VERIFY_EXAMPLES, WHO_CAN_EXAMPLES, WHY_EXAMPLES,
};

pub(crate) use collect::CollectArguments;
pub(crate) use compare::{CompareArguments, ComparedType};
pub(crate) use evidence::{EvidenceArguments, VerifyArguments};
pub(crate) use import::ImportArguments;
pub(crate) use plan::{AssumedValue, Assumption, PlanArguments, PlannedArguments};
pub(crate) use policy_checks::{NoNewAccessArguments, PolicyCheckArguments};
pub(crate) use pre_commit::PreCommitArguments;
pub(crate) use question::{CanArguments, ExpectedAnswer, QuestionArguments, WhoCanArguments};
pub(crate) use shell::{CompletionsArguments, ManualArguments};
pub(crate) use simulate::{EndpointType, Engine, RequestArguments, SimulateArguments};
pub(crate) use value::{
    ContextEntry, DesignFormat, FindingsFormat, Format, OutputTarget, PathsFormat, PinnedPoint, ReportFormat,
    open_point, reading, reading_name,
};
pub(crate) use why::WhyArguments;

/// Proves what AWS principals can and cannot do.
///
/// Reads exports of IAM and AWS Organizations, encodes every principal's effective permissions into Z3, and asks
/// whether any request exists that a guardrail forbids. The answer is a proof that none exists, or a concrete request
/// that AWS would allow.
#[derive(Debug, Parser)]
#[command(name = "ringfence", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str =
    "Exit codes: 0 proved or as expected, 1 refuted, 2 error, 3 inconclusive or not applicable.";

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check every guardrail over every principal
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArguments),
    /// Report on a world whose principals were judged in parts, by `check --shard`
    #[command(after_help = MERGE_EXAMPLES)]
    Merge(MergeArguments),
    /// Answer whether a principal can do something, in any context
    #[command(after_help = CAN_EXAMPLES)]
    Can(CanArguments),
    /// List who can do something, in any context
    #[command(after_help = WHO_CAN_EXAMPLES)]
    WhoCan(WhoCanArguments),
    /// Show which models principals can run, by which routes, in which Regions, at what price
    #[command(after_help = BLAST_RADIUS_EXAMPLES)]
    BlastRadius(BlastRadiusArguments),
    /// Show the steps by which principals escape, or prove that there are none
    #[command(after_help = PATHS_EXAMPLES)]
    Paths(PathsArguments),
    /// Show what a proof rests on: all minimal sets of statements, and what comes of it without each
    #[command(after_help = WHY_EXAMPLES)]
    Why(WhyArguments),
    /// Show what a change of the world adds to what principals may do, and what it takes away
    #[command(after_help = COMPARE_EXAMPLES)]
    Compare(CompareArguments),
    /// Check that a policy allows nothing new, as IAM Access Analyzer does
    #[command(after_help = NO_NEW_ACCESS_EXAMPLES)]
    CheckNoNewAccess(NoNewAccessArguments),
    /// Judge a permissions boundary, or service control policies, for every identity policy
    #[command(after_help = BOUNDARY_EXAMPLES)]
    Boundary(BoundaryArguments),
    /// Decide one concrete request, or a batch of them
    #[command(after_help = SIMULATE_EXAMPLES)]
    Simulate(SimulateArguments),
    /// Check evidence that `--evidence` wrote: offline, and without a solver
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(VerifyArguments),
    /// Read a live organisation into a world directory, and change nothing
    #[command(after_help = COLLECT_EXAMPLES)]
    Collect(CollectArguments),
    /// Make a world directory of answers of the AWS CLI that were saved
    #[command(after_help = IMPORT_EXAMPLES)]
    Import(ImportArguments),
    /// Write the world that a plan of Terraform makes
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(PlanArguments),
    /// Check the worlds that files lie in which changed: a hook of pre-commit
    #[command(after_help = PRE_COMMIT_EXAMPLES)]
    PreCommit(PreCommitArguments),
    /// Explain a kind of guardrail, a theorem, a rule or an open point
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArguments),
    /// Show the embedded data about AWS, with dates and sources
    #[command(after_help = DATA_EXAMPLES)]
    Data(DataArguments),
    /// Print completions for a shell
    Completions(CompletionsArguments),
    /// Write a manual page for each command
    Manual(ManualArguments),
}

/// Where the accounts and the organisation are read from.
#[derive(Args, Debug, Serialize, Deserialize)]
pub(crate) struct WorldArguments {
    /// World directory, with `accounts/` and perhaps organization.json and ringfence.toml [default: .]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["authorization_details", "organization"])]
    pub(crate) world: Option<PathBuf>,
    /// One account: the answer of `aws iam get-account-authorization-details`
    #[arg(long, value_name = "FILE")]
    pub(crate) authorization_details: Option<PathBuf>,
    /// The organisation of that account, organization.json
    #[arg(long, value_name = "FILE", requires = "authorization_details")]
    pub(crate) organization: Option<PathBuf>,
}

/// Tables about AWS that replace the embedded ones.
#[derive(Args, Debug, Serialize, Deserialize)]
pub(crate) struct TableArguments {
    /// Catalogue of actions, resource types and keys, in place of the embedded one
    #[arg(long, value_name = "FILE")]
    pub(crate) catalogue: Option<PathBuf>,
    /// AWS managed policies, in place of the embedded ones
    #[arg(long, value_name = "FILE")]
    pub(crate) managed_policies: Option<PathBuf>,
    /// Bedrock models with prices, in place of the embedded ones
    #[arg(long, value_name = "FILE")]
    pub(crate) models: Option<PathBuf>,
    /// Refuse to answer by tables that are older than so many days; without this, 90 days are a remark
    #[arg(long, value_name = "DAYS")]
    pub(crate) max_data_age: Option<u32>,
}

/// What every report on a world is made from, and how it is written.
#[derive(Args, Debug, Serialize, Deserialize)]
pub(crate) struct ReportArguments {
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) world: WorldArguments,
    /// Guardrails [default: ringfence.toml of the world; without one the three theorems]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Output: text, json, html, sarif, junit, markdown, github, csv or oscal, to a file if one is named; may be repeated [default: text]
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    #[serde(skip)]
    pub(crate) output: Vec<OutputTarget<ReportFormat>>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) exit: ExitArguments,
    /// Judge the theorems by single requests, and not over any number of steps
    #[arg(long)]
    pub(crate) one_step: bool,
    /// Earliest instant of a request, such as 2026-10-31T00:00:00Z [default: the newest date in the world]
    #[arg(long, value_name = "INSTANT", value_parser = value::instant)]
    pub(crate) as_of: Option<Timestamp>,
    /// The day with which expiry dates are compared, YYYY-MM-DD [default: the machine's date, UTC]
    #[arg(long, value_name = "DATE")]
    pub(crate) today: Option<Date>,
    /// Read a point that AWS leaves undocumented in one way: F17=evaluator, lower or upper; or with --plan the value of what is unknown in it: ADDRESS=VALUE; may be repeated
    #[arg(long, value_name = "POINT=READING")]
    pub(crate) assume: Vec<Assumption>,
    /// Threads [default: all processors]; the answer does not depend on it
    #[arg(long, value_name = "N")]
    #[serde(skip)]
    pub(crate) threads: Option<NonZeroUsize>,
    /// No progress on stderr
    #[arg(short, long)]
    #[serde(skip)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) baseline: BaselineArguments,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) tables: TableArguments,
}

/// Violations that are accepted all at once.
#[derive(Args, Debug, Serialize, Deserialize)]
pub(crate) struct BaselineArguments {
    /// Accept the violations that this file lists, until the day that it says
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the violations that nothing else accepts to this file, for --baseline; needs the next three
    #[arg(long, value_name = "FILE", requires_all = ["baseline_reason", "baseline_owner", "baseline_expires"])]
    #[serde(skip)]
    pub(crate) write_baseline: Option<PathBuf>,
    /// Why the violations of --write-baseline are accepted
    #[arg(long, value_name = "TEXT", requires = "write_baseline", value_parser = value::line)]
    #[serde(skip)]
    pub(crate) baseline_reason: Option<String>,
    /// Who answers for them
    #[arg(long, value_name = "TEXT", requires = "write_baseline", value_parser = value::line)]
    #[serde(skip)]
    pub(crate) baseline_owner: Option<String>,
    /// The last day on which they are accepted, YYYY-MM-DD, UTC
    #[arg(long, value_name = "DATE", requires = "write_baseline")]
    #[serde(skip)]
    pub(crate) baseline_expires: Option<Date>,
}

/// `ringfence check`.
#[derive(Args, Debug, Serialize, Deserialize)]
pub(crate) struct CheckArguments {
    /// World directory, as --world
    #[arg(value_name = "WORLD", conflicts_with_all = ["world", "authorization_details", "organization"])]
    pub(crate) directory: Option<PathBuf>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) planned: PlannedArguments,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) report: ReportArguments,
    /// Keep answers in this file, made if it is not there; the next run checks each, and solves only what has changed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["encoding", "evidence"])]
    #[serde(skip)]
    pub(crate) cache: Option<PathBuf>,
    /// Judge only the I-th of N parts of the principals, and leave their answers in --cache for `ringfence merge`
    #[arg(long, value_name = "I/N", requires = "cache", conflicts_with = "plan", value_parser = value::shard)]
    #[serde(skip)]
    pub(crate) shard: Option<Shard>,
    /// How texts are decided; `strings` is a slow cross-check that says less, never the opposite
    #[arg(long, value_enum, default_value_t = TextEncoding::Theory, conflicts_with = "evidence")]
    pub(crate) encoding: TextEncoding,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) evidence: EvidenceArguments,
}

/// `ringfence merge`.
#[derive(Args, Debug)]
pub(crate) struct MergeArguments {
    /// What `ringfence check --shard I/N --cache FILE` left, in any order
    #[arg(value_name = "FILE", required = true)]
    pub(crate) answers: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) report: ReportArguments,
}

/// `ringfence boundary`.
#[derive(Args, Debug, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct BoundaryArguments {
    /// A file with the policy document, or a managed policy of the world or of AWS by its ARN or name [default: only the SCPs of --under]
    #[arg(value_name = "POLICY")]
    pub(crate) policy: Option<String>,
    /// Judge the theorems by single requests, and not over any number of steps
    #[arg(long)]
    pub(crate) one_step: bool,
    /// The SCPs from the organisation's root down to this OU, root or account count
    #[arg(long, value_name = "OU")]
    pub(crate) under: Option<String>,
    /// POLICY is a service control policy, attached one level further down, beside FullAWSAccess
    #[arg(long, requires = "policy")]
    pub(crate) scp: bool,
    /// The ARN that the boundary has, or will have [default: that of the world, else one by the name of the file]
    #[arg(long, value_name = "ARN", conflicts_with = "scp")]
    pub(crate) arn: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) world: WorldArguments,
    /// Guardrails [default: ringfence.toml of the world; without one the three theorems]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Show what entered the data since this day and is allowed, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<Date>,
    /// Ask what these users and roles lose, by ARN or pattern; may be repeated [default: those that carry the boundary, or all that the SCPs bind]
    #[arg(long = "for", value_name = "PATTERN", requires = "policy", conflicts_with = "guardrails_only")]
    pub(crate) carriers: Vec<String>,
    /// Only the guardrails, not what is still allowed and lost
    #[arg(long, conflicts_with = "since")]
    pub(crate) guardrails_only: bool,
    /// Take for granted that no policy of a resource grants anything by itself
    #[arg(long)]
    pub(crate) no_resource_policies: bool,
    /// Output: text, json, sarif, junit, markdown, github, csv or oscal, to a file if one is named; may be repeated [default: text]
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    #[serde(skip)]
    pub(crate) output: Vec<OutputTarget<DesignFormat>>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) exit: ExitArguments,
    /// Earliest instant of a request, such as 2026-10-31T00:00:00Z [default: the newest date in the world]
    #[arg(long, value_name = "INSTANT", value_parser = value::instant)]
    pub(crate) as_of: Option<Timestamp>,
    /// The day with which the age of tables is compared, YYYY-MM-DD [default: the machine's date, UTC]
    #[arg(long, value_name = "DATE")]
    pub(crate) today: Option<Date>,
    /// Read a point that AWS leaves undocumented in one way: F17=evaluator, lower or upper; may be repeated
    #[arg(long, value_name = "POINT=READING")]
    pub(crate) assume: Vec<PinnedPoint>,
    /// No progress on stderr
    #[arg(short, long)]
    #[serde(skip)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) tables: TableArguments,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) evidence: EvidenceArguments,
}

/// `ringfence blast-radius`.
#[derive(Args, Debug)]
pub(crate) struct BlastRadiusArguments {
    /// The user, role or root user: its ARN, `role/NAME` or `user/NAME` [default: all]
    #[arg(value_name = "PRINCIPAL")]
    pub(crate) principal: Option<String>,
    #[command(flatten)]
    pub(crate) world: WorldArguments,
    /// ringfence.toml: sets of models, approved boundaries and assumptions [default: that of the world]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The set of models to which the easiest way is sought
    #[arg(long, value_name = "SET", default_value = "expensive")]
    pub(crate) model_set: String,
    /// Output: text or json, to a file if one is named; may be repeated [default: text]
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<OutputTarget>,
    /// Earliest instant of a request, such as 2026-10-31T00:00:00Z [default: the newest date in the world]
    #[arg(long, value_name = "INSTANT", value_parser = value::instant)]
    pub(crate) as_of: Option<Timestamp>,
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

/// `ringfence paths`.
#[derive(Args, Debug, Serialize, Deserialize)]
pub(crate) struct PathsArguments {
    /// The user or role that begins: its ARN, `role/NAME` or `user/NAME` [default: all]
    #[arg(value_name = "PRINCIPAL")]
    pub(crate) principal: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) world: WorldArguments,
    /// ringfence.toml: approved boundaries, exits, models, assumptions [default: that of the world]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Output: text, json, dot, mermaid, sarif, junit, markdown, github, csv or oscal, to a file if one is named; may be repeated [default: text]
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    #[serde(skip)]
    pub(crate) output: Vec<OutputTarget<PathsFormat>>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) exit: ExitArguments,
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
    /// No progress on stderr
    #[arg(short, long)]
    #[serde(skip)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) tables: TableArguments,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) evidence: EvidenceArguments,
}

/// How texts are decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TextEncoding {
    /// The wildcard theory
    Theory,
    /// Z3's own strings
    Strings,
}

/// What verdicts do to the exit code.
#[derive(Args, Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct ExitArguments {
    /// What makes the run fail besides errors
    #[arg(long, value_enum, default_value_t = FailOn::Inconclusive)]
    pub(crate) fail_on: FailOn,
    /// Exit with 0 whatever the verdicts are; errors still exit with 2
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

impl ExitArguments {
    /// What a run ends with whose verdicts say `status`.
    pub(crate) fn ends(self, status: ExitStatus) -> ExitStatus {
        match status {
            ExitStatus::AsExpected => ExitStatus::AsExpected,
            ExitStatus::Inconclusive if self.exit_zero || self.fail_on == FailOn::Refuted => {
                ExitStatus::AsExpected
            }
            ExitStatus::Refuted if self.exit_zero => ExitStatus::AsExpected,
            ExitStatus::Inconclusive | ExitStatus::Refuted | ExitStatus::Error => status,
        }
    }
}

/// Which verdicts make a run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FailOn {
    /// Only refuted guardrails
    Refuted,
    /// Refuted, inconclusive and not applicable guardrails
    Inconclusive,
}

/// `ringfence explain`.
#[derive(Args, Debug)]
pub(crate) struct ExplainArguments {
    /// A kind of guardrail, `scopes`, `exceptions`, T1 to T3, a rule such as B6, an open point such as F17; without one, what there is
    #[arg(value_name = "TOPIC")]
    pub(crate) topic: Option<String>,
    /// Output: text or json, to a file if one is named; may be repeated [default: text]
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<OutputTarget>,
}

/// `ringfence data`.
#[derive(Args, Debug)]
pub(crate) struct DataArguments {
    /// The table whose rows to print; without one, what there is
    #[arg(value_enum)]
    pub(crate) table: Option<TableName>,
    /// Only rows whose name contains this; for actions a service, or one action
    #[arg(value_name = "NAME")]
    pub(crate) filter: Option<String>,
    /// Output: text or json, to a file if one is named; may be repeated [default: text]
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<OutputTarget>,
    #[command(flatten)]
    pub(crate) tables: TableArguments,
}

/// The embedded tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableName {
    /// Actions with their resource types
    Actions,
    /// Condition keys with their types
    Keys,
    /// AWS managed policies
    ManagedPolicies,
    /// Bedrock models with prices
    Models,
    /// Inference profiles
    Profiles,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }
}
