//! The arguments of `ringfence import`.

use std::path::PathBuf;

use clap::Args;

/// `ringfence import`.
#[derive(Args, Debug)]
pub(crate) struct ImportArguments {
    /// Answers of the AWS CLI as JSON: files, or folders of which all files that end with .json are read
    #[arg(value_name = "FILE", required = true)]
    pub(crate) sources: Vec<PathBuf>,
    /// The new world directory
    #[arg(long, value_name = "DIR")]
    pub(crate) write: PathBuf,
}
