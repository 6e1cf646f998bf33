//! The arguments of `ringfence completions` and `ringfence manual`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// `ringfence completions`.
#[derive(Args, Debug)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

/// `ringfence manual`.
#[derive(Args, Debug)]
pub(crate) struct ManualArguments {
    /// The folder for the pages; it is made if it is not there
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}
