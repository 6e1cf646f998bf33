//! The arguments of `ringfence plan`.

use std::path::PathBuf;

use clap::Args;

use super::collect::account_id;

/// `ringfence plan`.
#[derive(Args, Debug)]
pub(crate) struct PlanArguments {
    /// A plan, or a state, as `terraform show -json` prints it
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// The world directory before the plan; without it nothing is there but what the plan manages
    #[arg(long, value_name = "WORLD")]
    pub(crate) world: Option<PathBuf>,
    /// The new folder to write: a world, or `widest` and `narrowest`, two worlds that bound it, where something in the plan is unknown
    #[arg(long, value_name = "DIR")]
    pub(crate) write: PathBuf,
    /// Write what was there before the plan, as far as it was managed, in place of what the plan makes
    #[arg(long)]
    pub(crate) before: bool,
    /// The account of resources of which the plan does not tell it [default: the only one of the world]
    #[arg(long, value_name = "ACCOUNT", value_parser = account_id)]
    pub(crate) account: Option<String>,
}
