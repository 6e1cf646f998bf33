//! In which account a resource is: a plan does not say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Told;
use crate::hole;
use crate::terraform::plan::{Plan, Resource};

/// The accounts of provider blocks.
#[derive(Clone, Debug, Default)]
pub(super) struct Accounts {
    by_provider: BTreeMap<String, String>,
    otherwise: Option<String>,
    /// The partition of all ARNs that are made.
    pub(super) partition: String,
}

impl Accounts {
    /// What the ARNs of a plan tell, its `aws_caller_identity`, and what provider blocks are configured for. Otherwise the account that the user
    /// names, if it can be that of one provider block alone.
    pub(super) fn of(plan: &Plan, told: &Told) -> Self {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut partitions = BTreeSet::new();
        for resource in plan.resources.iter().chain(&plan.prior) {
            let Some(provider) = plan.provider(resource) else { continue };
            let of_provider = found.entry(provider.to_owned()).or_default();
            for attributes in [&resource.before, &resource.after] {
                if let Some((partition, account)) = of_arn(attributes) {
                    partitions.insert(partition);
                    // An ARN may name another's, as that of an AWS managed policy; those of resources do not.
                    if !resource.is_data {
                        of_provider.insert(account);
                    }
                }
                if resource.kind == "aws_caller_identity"
                    && let Some(account) = attributes.get("account_id").and_then(Value::as_str)
                    && is_account(account)
                {
                    of_provider.insert(account.to_owned());
                }
            }
        }
        let configured = plan.configuration.get("provider_config").and_then(Value::as_object);
        for (key, provider) in configured.into_iter().flatten() {
            let of_provider = found.entry(key.clone()).or_default();
            if of_provider.is_empty() {
                of_provider.extend(configured_account(provider));
            }
        }
        let single = |accounts: BTreeSet<String>| {
            let mut accounts = accounts.into_iter();
            accounts.next().filter(|_| accounts.next().is_none())
        };
        // A resource that the configuration has no more belongs to no provider block that a plan shows.
        let all_in_one = found.values().all(|accounts| accounts.len() == 1);
        let in_one = single(found.values().flatten().cloned().collect()).filter(|_| all_in_one);
        let unknown = found.values().filter(|accounts| accounts.len() != 1).count();
        let by_provider =
            found.into_iter().filter_map(|(key, accounts)| Some((key, single(accounts)?))).collect();
        let partition = partitions.into_iter().next().unwrap_or_else(|| "aws".to_owned());
        let told = told.account.clone().filter(|_| unknown <= 1);
        Self { by_provider, otherwise: told.or(in_one), partition }
    }

    /// The account of the resource, if anything tells it.
    pub(super) fn account(&self, plan: &Plan, resource: &Resource) -> Option<String> {
        let own = [&resource.before, &resource.after].into_iter().find_map(of_arn);
        let of_provider = || self.by_provider.get(plan.provider(resource)?).cloned();
        own.map(|(_, account)| account).or_else(of_provider).or_else(|| self.otherwise.clone())
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Partition and account of the ARN among the attributes.
fn of_arn(attributes: &Value) -> Option<(String, String)> {
    let arn = attributes.get("arn")?.as_str().filter(|arn| !hole::has_hole(arn))?;
    let mut parts = arn.splitn(6, ':');
    let (scheme, partition, account) = (parts.next()?, parts.next()?, parts.nth(2)?);
    (scheme == "arn" && is_account(account)).then(|| (partition.to_owned(), account.to_owned()))
}

/// The account for which a provider block is written.
fn configured_account(provider: &Value) -> Option<String> {
    let expressions = provider.get("expressions")?;
    let constant = |value: &Value| value.get("constant_value").cloned();
    let allowed = expressions.get("allowed_account_ids").and_then(constant);
    if let Some([Value::String(account)]) = allowed.as_ref().and_then(Value::as_array).map(Vec::as_slice)
        && is_account(account)
    {
        return Some(account.clone());
    }
    let role = expressions.get("assume_role")?.get(0)?.get("role_arn").and_then(constant)?;
    let account = role.as_str()?.split(':').nth(4)?;
    is_account(account).then(|| account.to_owned())
}
