//! The arguments of `ringfence collect`.

use std::path::PathBuf;

use clap::Args;

/// `ringfence collect`.
#[derive(Args, Debug)]
pub(crate) struct CollectArguments {
    /// The world directory to write: a new or empty one, or one that an earlier collection began
    #[arg(value_name = "WORLD", required_unless_present = "print_policy")]
    pub(crate) world: Option<PathBuf>,
    /// The role to assume in each other account, by name with its path; without it only the caller's own account is read
    #[arg(long, value_name = "NAME", value_parser = role_name)]
    pub(crate) role: Option<String>,
    /// The external id that the trust policies of these roles ask for
    #[arg(long, value_name = "ID", requires = "role")]
    pub(crate) external_id: Option<String>,
    /// Only these accounts, by id; may be repeated [default: all active accounts of the organisation]
    #[arg(long, value_name = "ACCOUNT", value_delimiter = ',', value_parser = account_id)]
    pub(crate) accounts: Vec<String>,
    /// Regions whose inference profiles are read, all that are in use: profiles of others count as not being there [default: none, and profiles stay unknown]
    #[arg(long, value_name = "REGION", value_delimiter = ',', value_parser = region)]
    pub(crate) regions: Vec<String>,
    /// Read anew what an earlier run has read
    #[arg(long)]
    pub(crate) refresh: bool,
    /// A profile of the configuration of the AWS CLI [default: what the AWS CLI would take]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Another server in place of AWS
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Print the policy that a collection with these arguments needs, and collect nothing
    #[arg(long)]
    pub(crate) print_policy: bool,
    /// No progress on stderr
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

fn role_name(text: &str) -> Result<String, String> {
    let name = text.trim_start_matches('/');
    let allowed = |character: char| character.is_ascii_alphanumeric() || "/_+=,.@-".contains(character);
    if name.is_empty() || text.contains(':') || !name.chars().all(allowed) {
        return Err(
            "a role's name with its path is meant, such as OrganizationAccountAccessRole or audit/Reader"
                .to_owned(),
        );
    }
    Ok(name.to_owned())
}

pub(super) fn account_id(text: &str) -> Result<String, String> {
    super::value::account(text).map(|_| text.to_owned())
}

fn region(text: &str) -> Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.contains('-') && text.bytes().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err("a Region is meant, such as us-east-1".to_owned())
    }
}
