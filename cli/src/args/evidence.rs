//! The arguments that evidence is written by, and those of `ringfence verify`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::OutputTarget;

/// What evidence is written, and where.
#[derive(Args, Debug, Serialize, Deserialize)]
pub(crate) struct EvidenceArguments {
    /// Write evidence that others can check with `ringfence verify` into this folder, or into FILE.tar.gz
    #[arg(long, value_name = "DIR")]
    #[serde(skip)]
    pub(crate) evidence: Option<PathBuf>,
    /// Add scripts in SMT-LIB of each proof to the evidence, for other solvers
    #[arg(long, requires = "evidence")]
    #[serde(default)]
    pub(crate) scripts: bool,
    /// Sign what is said about the evidence with this Ed25519 key, in PEM
    #[arg(long, value_name = "FILE", requires = "evidence")]
    #[serde(skip)]
    pub(crate) signing_key: Option<PathBuf>,
}

/// `ringfence verify`.
#[derive(Args, Debug)]
pub(crate) struct VerifyArguments {
    /// The folder or the archive
    #[arg(value_name = "EVIDENCE")]
    pub(crate) evidence: PathBuf,
    /// What the evidence must be about, compared byte by byte: the world directory, and each file that lies elsewhere (a policy, a ringfence.toml, a table); may be repeated
    #[arg(long, value_name = "WORLD|FILE")]
    pub(crate) inputs: Vec<PathBuf>,
    /// The public Ed25519 key, in PEM, that must have signed the evidence
    #[arg(long, value_name = "FILE")]
    pub(crate) public_key: Option<PathBuf>,
    /// Another solver that is asked about claims without a proof: a command, to which the name of a script in SMT-LIB is added
    #[arg(long, value_name = "COMMAND")]
    pub(crate) second_solver: Option<String>,
    /// Compare with the evaluator every claim of up to 4,096 combinations, however many claims there are
    #[arg(long)]
    pub(crate) exhaustive: bool,
    /// Output: text or json, to a file if one is named; may be repeated [default: text]
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<OutputTarget>,
    /// Threads [default: all processors]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}
