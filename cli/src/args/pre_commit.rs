//! The arguments of `ringfence pre-commit`.

use std::path::PathBuf;

use clap::Args;

/// `ringfence pre-commit`.
#[derive(Args, Debug)]
pub(crate) struct PreCommitArguments {
    /// Files that changed, as pre-commit passes them: each world that one of them lies in is checked, and policy documents outside of worlds are read
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Judge the theorems over any number of steps, which takes longer
    #[arg(long)]
    pub(crate) steps: bool,
    /// A folder in which answers are kept from one run to the next [default: `ringfence` in the folder `.git`, where there is one]
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
}
