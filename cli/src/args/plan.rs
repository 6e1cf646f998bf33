//! The arguments of `ringfence plan`, and of commands that judge what a plan makes.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::collect::account_id;
use super::value::PinnedPoint;

/// `ringfence plan`.
#[derive(Args, Debug)]
pub(crate) struct PlanArguments {
    /// A plan, or a state, as `terraform show -json` prints it
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// The world directory before the plan
    #[arg(long, value_name = "WORLD", required_unless_present = "nothing_else")]
    pub(crate) world: Option<PathBuf>,
    /// In place of a world: the accounts hold nothing but what the plan manages
    #[arg(long, conflicts_with = "world")]
    pub(crate) nothing_else: bool,
    /// The new folder to write: a world, or `widest` and `narrowest`, two worlds that bound it, where something in the plan is unknown
    #[arg(long, value_name = "DIR")]
    pub(crate) write: PathBuf,
    /// Write what was there before the plan, as far as it was managed, in place of what the plan makes
    #[arg(long)]
    pub(crate) before: bool,
    /// The account of resources of which the plan does not tell it
    #[arg(long, value_name = "ACCOUNT", value_parser = account_id)]
    pub(crate) account: Option<String>,
    /// The value of what is unknown in the plan, such as aws_iam_role.app.permissions_boundary=arn:aws:iam::111122223333:policy/b; may be repeated
    #[arg(long, value_name = "ADDRESS=VALUE")]
    pub(crate) assume: Vec<AssumedValue>,
    /// Changes of resources of this type do not matter, such as aws_ssoadmin_permission_set; may be repeated
    #[arg(long, value_name = "TYPE")]
    pub(crate) ignore: Vec<String>,
}

/// What a plan makes of the world, for a command that judges it.
#[derive(Args, Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct PlannedArguments {
    /// Judge the world as this plan of Terraform makes it, which `terraform show -json` prints
    #[arg(long, value_name = "PLAN", conflicts_with_all = ["authorization_details", "organization"])]
    pub(crate) plan: Option<PathBuf>,
    /// In place of a world before the plan: the accounts hold nothing but what it manages
    #[arg(long, requires = "plan", conflicts_with_all = ["directory", "world"])]
    pub(crate) nothing_else: bool,
    /// The account of resources of which the plan does not tell it
    #[arg(long, value_name = "ACCOUNT", requires = "plan", value_parser = account_id)]
    pub(crate) account: Option<String>,
    /// Changes of resources of this type do not matter, such as aws_ssoadmin_permission_set; may be repeated
    #[arg(long, value_name = "TYPE", requires = "plan")]
    pub(crate) ignore: Vec<String>,
}

/// Something that a run takes for granted.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum Assumption {
    /// How an open point is read.
    Point(PinnedPoint),
    /// What is unknown in a plan.
    Value(AssumedValue),
}

impl FromStr for Assumption {
    type Err = String;

    /// Addresses of a plan have a dot in front of the `=`; open points have none.
    fn from_str(text: &str) -> Result<Self, String> {
        let (front, _) = text.split_once('=').unwrap_or((text, ""));
        if front.contains('.') { text.parse().map(Self::Value) } else { text.parse().map(Self::Point) }
    }
}

impl TryFrom<String> for Assumption {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Assumption> for String {
    fn from(assumption: Assumption) -> Self {
        match assumption {
            Assumption::Point(pinned) => pinned.into(),
            Assumption::Value(AssumedValue { address, value }) => format!("{address}={value}"),
        }
    }
}

/// A value that an unknown one is taken to have.
#[derive(Clone, Debug)]
pub(crate) struct AssumedValue {
    /// Where it is unknown.
    pub(crate) address: String,
    /// Its text, or JSON for a list or `null`.
    pub(crate) value: String,
}

impl FromStr for AssumedValue {
    type Err = String;

    /// The address ends at the first `=` outside of brackets: keys of `for_each` may hold one.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut quoted = false;
        let place = text.char_indices().find(|(_, letter)| {
            if *letter == '"' {
                quoted = !quoted;
            }
            *letter == '=' && !quoted
        });
        let split = place.and_then(|(place, _)| text.split_at_checked(place));
        match split {
            Some((address, value)) if !address.is_empty() => {
                Ok(Self { address: address.to_owned(), value: value.get(1..).unwrap_or_default().to_owned() })
            }
            Some(_) | None => {
                Err("write ADDRESS=VALUE, such as aws_iam_role.app.permissions_boundary=arn:…".to_owned())
            }
        }
    }
}
