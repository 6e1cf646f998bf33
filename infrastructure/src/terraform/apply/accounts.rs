//! In which account a resource is: a plan does not say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Told;
use crate::draft::Draft;
use crate::hole;
use crate::terraform::plan::{Plan, Resource};

/// The accounts of provider blocks.
#[derive(Clone, Debug, Default)]
pub(super) struct Accounts {
    by_provider: BTreeMap<String, String>,
    otherwise: Option<String>,
    partitions: BTreeMap<String, String>,
    partition: String,
}

impl Accounts {
    /// What the ARNs of a plan tell, its `aws_caller_identity`, and what provider blocks are configured for. Otherwise the account that the user
    /// names, if it can be that of one provider block alone. Partitions are those of the world `base`, else of the plan.
    pub(super) fn of(plan: &Plan, told: &Told, base: &Draft) -> Self {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut partitions: BTreeMap<String, String> = BTreeMap::new();
        let mut of_plan = BTreeSet::new();
        for resource in
            plan.resources.iter().chain(&plan.prior).filter(|known| known.kind.starts_with("aws_"))
        {
            let Some(provider) = plan.provider(resource) else { continue };
            let of_provider = found.entry(provider.to_owned()).or_default();
            for attributes in [&resource.before, &resource.after] {
                if let Some((partition, account)) = of_arn(resource, attributes) {
                    of_plan.insert(partition.clone());
                    partitions.insert(account.clone(), partition);
                    of_provider.insert(account);
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
        for (key, provider) in configured.into_iter().flatten().filter(|(key, block)| is_aws(key, block)) {
            let of_provider = found.entry(key.clone()).or_default();
            // What contradicts what was found leaves it open.
            of_provider.extend(allowed_account(provider));
            if of_provider.is_empty() {
                of_provider.extend(assumed_account(provider));
            }
        }
        let single = |accounts: BTreeSet<String>| {
            let mut accounts = accounts.into_iter();
            accounts.next().filter(|_| accounts.next().is_none())
        };
        // A plan shows no block of its own for the provider that takes everything from its environment.
        if found.keys().any(|key| key.contains("aws.")) {
            found.entry("aws".to_owned()).or_default();
        }
        let is_open = |accounts: &BTreeSet<String>| accounts.len() != 1;
        let unknown = found.values().filter(|accounts| is_open(accounts)).count();
        if let (Some(told), true) = (&told.account, unknown == 1) {
            for accounts in found.values_mut().filter(|accounts| is_open(accounts)) {
                *accounts = BTreeSet::from([told.clone()]);
            }
        }
        // A resource that the configuration has no more may belong to any provider block.
        let all_in_one = found.values().all(|accounts| accounts.len() == 1);
        let told = told.account.clone().filter(|_| found.is_empty());
        let in_one = single(found.values().flatten().cloned().collect()).filter(|_| all_in_one);
        let by_provider =
            found.into_iter().filter_map(|(key, accounts)| Some((key, single(accounts)?))).collect();
        partitions.extend(of_world(base));
        let partition = single(of_plan)
            .or_else(|| single(partitions.values().cloned().collect()))
            .unwrap_or_else(|| "aws".to_owned());
        Self { by_provider, otherwise: told.or(in_one), partitions, partition }
    }

    /// The account of the resource, if anything tells it.
    pub(super) fn account(&self, plan: &Plan, resource: &Resource) -> Option<String> {
        let own = [&resource.before, &resource.after].into_iter().find_map(|of| of_arn(resource, of));
        let of_provider = || self.by_provider.get(plan.provider(resource)?).cloned();
        own.map(|(_, account)| account).or_else(of_provider).or_else(|| self.otherwise.clone())
    }

    /// The partition of an account.
    pub(super) fn partition(&self, account: &str) -> &str {
        self.partitions.get(account).map_or(&self.partition, String::as_str)
    }
}

/// The partitions of the accounts of a world, by what it holds.
fn of_world(base: &Draft) -> BTreeMap<String, String> {
    let partition = |details: &Value| {
        let lists = ["RoleDetailList", "UserDetailList", "GroupDetailList", "Policies"];
        let arns = lists.iter().filter_map(|list| details.get(list)?.as_array()).flatten();
        let mut partitions = arns.filter_map(|entity| entity.get("Arn")?.as_str()?.split(':').nth(1));
        partitions.next().map(str::to_owned)
    };
    base.accounts
        .iter()
        .filter_map(|(id, account)| Some((id.clone(), partition(&account.details)?)))
        .collect()
}

/// The block is one of the provider for AWS. Its key is the provider's name, with the alias behind a dot; the modules in front end with a colon.
fn is_aws(key: &str, block: &Value) -> bool {
    let name = block.get("name").and_then(Value::as_str);
    let of_key = || key.rsplit(':').next().and_then(|key| key.split('.').next());
    name.or_else(of_key) == Some("aws")
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Types of which `arn` is that of the thing itself, in the account of its provider: others name what they are about, as a subscription its topic.
const OWN_ARN: [&str; 13] = [
    "aws_iam_role",
    "aws_iam_user",
    "aws_iam_group",
    "aws_iam_policy",
    "aws_iam_instance_profile",
    "aws_backup_vault",
    "aws_dynamodb_table",
    "aws_ecr_repository",
    "aws_kms_key",
    "aws_lambda_function",
    "aws_secretsmanager_secret",
    "aws_sns_topic",
    "aws_sqs_queue",
];

/// The ARN of the resource among its attributes, if it is its own.
pub(super) fn own_arn<'v>(resource: &Resource, attributes: &'v Value) -> Option<&'v str> {
    let has_one = !resource.is_data && OWN_ARN.contains(&resource.kind.as_str());
    attributes.get("arn")?.as_str().filter(|arn| has_one && !hole::has_hole(arn))
}

/// Partition and account of the ARN of the resource.
fn of_arn(resource: &Resource, attributes: &Value) -> Option<(String, String)> {
    let mut parts = own_arn(resource, attributes)?.splitn(6, ':');
    let (scheme, partition, account) = (parts.next()?, parts.next()?, parts.nth(2)?);
    (scheme == "arn" && is_account(account)).then(|| (partition.to_owned(), account.to_owned()))
}

/// The account for which alone a provider block may be used.
fn allowed_account(provider: &Value) -> Option<String> {
    let allowed = provider.get("expressions")?.get("allowed_account_ids")?.get("constant_value")?;
    let [Value::String(account)] = allowed.as_array()?.as_slice() else { return None };
    is_account(account).then(|| account.clone())
}

/// The account of the role that a provider block takes on: of several the last, to which the others lead.
fn assumed_account(provider: &Value) -> Option<String> {
    let blocks = provider.get("expressions")?.get("assume_role")?;
    let block = blocks.as_array().map_or(Some(blocks), |blocks| blocks.last())?;
    let role = block.get("role_arn")?.get("constant_value")?;
    let account = role.as_str()?.split(':').nth(4)?;
    is_account(account).then(|| account.to_owned())
}
