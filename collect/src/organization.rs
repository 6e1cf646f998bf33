//! organization.json: the organisation with its tree, its accounts and its policies.

use std::collections::VecDeque;

use aws_config::SdkConfig;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{
    Account, AccountJoinedMethod, AccountState, AccountStatus, Organization, OrganizationFeatureSet,
    OrganizationalUnit, Policy, PolicySummary, PolicyTargetSummary, PolicyType, PolicyTypeStatus,
    PolicyTypeSummary, Root, Tag, TargetType,
};

use crate::answer::Answer;
use crate::call::Unread;

/// The types of policies that decide requests.
const POLICY_TYPES: [PolicyType; 2] = [PolicyType::ServiceControlPolicy, PolicyType::ResourceControlPolicy];

/// What was read.
#[derive(Debug)]
pub(crate) struct Found {
    /// The whole file.
    pub(crate) file: String,
    /// Accounts whose principals can act, by id.
    pub(crate) active: Vec<String>,
}

/// Reads the organisation. An account that is in none is an error with the code `AWSOrganizationsNotInUseException`.
pub(crate) async fn read(config: &SdkConfig, told: &(dyn Fn(usize) + Sync)) -> Result<Found, Unread> {
    let client = Client::new(config);
    let answer = client
        .describe_organization()
        .send()
        .await
        .map_err(|error| Unread::of("organizations:DescribeOrganization", &error))?;
    let organization = answer
        .organization()
        .ok_or_else(|| Unread::lacks("organizations:DescribeOrganization", "Organization"))?;
    let roots = roots(&client).await?;
    let (mut units, mut accounts, mut active) = (Vec::new(), Vec::new(), Vec::new());
    // Level by level, so that the order is that of the tree.
    let mut parents: VecDeque<String> = roots.iter().filter_map(Root::id).map(str::to_owned).collect();
    while let Some(parent) = parents.pop_front() {
        for account in accounts_of(&client, &parent).await? {
            let id =
                account.id().ok_or_else(|| Unread::lacks("organizations:ListAccountsForParent", "Id"))?;
            let tags = tags_of(&client, id).await?;
            if is_active(&account) {
                active.push(id.to_owned());
            }
            accounts.push(of_account(&account, &parent, &tags));
            told(accounts.len());
        }
        for unit in units_of(&client, &parent).await? {
            let id = unit
                .id()
                .ok_or_else(|| Unread::lacks("organizations:ListOrganizationalUnitsForParent", "Id"))?;
            parents.push_back(id.to_owned());
            units.push(of_unit(&unit, &parent));
        }
    }
    let mut policies = Vec::new();
    for kind in POLICY_TYPES {
        policies.extend(policies_of(&client, kind).await?);
    }
    let file = Answer::object()
        .with("Organization", Some(of_organization(organization)))
        .list("Roots", roots.iter().map(of_root))
        .list("OrganizationalUnits", units)
        .list("Accounts", accounts)
        .list("Policies", policies)
        .done()
        .file();
    active.sort();
    Ok(Found { file, active })
}

async fn roots(client: &Client) -> Result<Vec<Root>, Unread> {
    let mut pages = client.list_roots().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Unread::of("organizations:ListRoots", &error))?;
        found.extend(page.roots.unwrap_or_default());
    }
    Ok(found)
}

async fn accounts_of(client: &Client, parent: &str) -> Result<Vec<Account>, Unread> {
    let mut pages = client.list_accounts_for_parent().parent_id(parent).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Unread::of("organizations:ListAccountsForParent", &error))?;
        found.extend(page.accounts.unwrap_or_default());
    }
    Ok(found)
}

async fn units_of(client: &Client, parent: &str) -> Result<Vec<OrganizationalUnit>, Unread> {
    const ACTION: &str = "organizations:ListOrganizationalUnitsForParent";
    let mut pages = client.list_organizational_units_for_parent().parent_id(parent).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Unread::of(ACTION, &error))?;
        found.extend(page.organizational_units.unwrap_or_default());
    }
    Ok(found)
}

async fn tags_of(client: &Client, id: &str) -> Result<Vec<Tag>, Unread> {
    let mut pages = client.list_tags_for_resource().resource_id(id).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Unread::of("organizations:ListTagsForResource", &error))?;
        found.extend(page.tags.unwrap_or_default());
    }
    Ok(found)
}

/// The policies of one type, each with its text and where it is attached. A type that the organisation has not enabled has none.
async fn policies_of(client: &Client, kind: PolicyType) -> Result<Vec<Answer>, Unread> {
    let mut pages = client.list_policies().filter(kind).into_paginator().send();
    let mut summaries: Vec<PolicySummary> = Vec::new();
    while let Some(page) = pages.next().await {
        match page.map_err(|error| Unread::of("organizations:ListPolicies", &error)) {
            Ok(page) => summaries.extend(page.policies.unwrap_or_default()),
            Err(unread) if unread.has_code("PolicyTypeNotEnabledException") => return Ok(Vec::new()),
            Err(unread) => return Err(unread),
        }
    }
    let mut found = Vec::new();
    for summary in &summaries {
        let id = summary.id().ok_or_else(|| Unread::lacks("organizations:ListPolicies", "Id"))?;
        let answer = client
            .describe_policy()
            .policy_id(id)
            .send()
            .await
            .map_err(|error| Unread::of("organizations:DescribePolicy", &error))?;
        let policy =
            answer.policy().ok_or_else(|| Unread::lacks("organizations:DescribePolicy", "Policy"))?;
        let mut pages = client.list_targets_for_policy().policy_id(id).into_paginator().send();
        let mut targets = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Unread::of("organizations:ListTargetsForPolicy", &error))?;
            targets.extend(page.targets().iter().map(of_target));
        }
        found.push(of_policy(policy, targets));
    }
    Ok(found)
}

/// Its principals can act. An account that is being closed can be opened again within a time, but not used.
fn is_active(account: &Account) -> bool {
    match (account.state(), account.status()) {
        (Some(state), _) => *state == AccountState::Active,
        (None, Some(status)) => *status == AccountStatus::Active,
        (None, None) => true,
    }
}

fn of_organization(organization: &Organization) -> Answer {
    Answer::object()
        .text("Id", organization.id())
        .text("Arn", organization.arn())
        .text("FeatureSet", organization.feature_set().map(OrganizationFeatureSet::as_str))
        .text("MasterAccountArn", organization.master_account_arn())
        .text("MasterAccountId", organization.master_account_id())
        .text("MasterAccountEmail", organization.master_account_email())
        .list("AvailablePolicyTypes", organization.available_policy_types().iter().map(of_policy_type))
        .done()
}

fn of_policy_type(kind: &PolicyTypeSummary) -> Answer {
    Answer::object()
        .text("Type", kind.r#type().map(PolicyType::as_str))
        .text("Status", kind.status().map(PolicyTypeStatus::as_str))
        .done()
}

fn of_root(root: &Root) -> Answer {
    Answer::object()
        .text("Id", root.id())
        .text("Arn", root.arn())
        .text("Name", root.name())
        .list("PolicyTypes", root.policy_types().iter().map(of_policy_type))
        .done()
}

fn of_unit(unit: &OrganizationalUnit, parent: &str) -> Answer {
    Answer::object()
        .text("Id", unit.id())
        .text("Arn", unit.arn())
        .text("Name", unit.name())
        .text("Path", unit.path())
        .text("ParentId", Some(parent))
        .done()
}

fn of_account(account: &Account, parent: &str, tags: &[Tag]) -> Answer {
    let tag =
        |tag: &Tag| Answer::object().text("Key", Some(tag.key())).text("Value", Some(tag.value())).done();
    Answer::object()
        .text("Id", account.id())
        .text("Arn", account.arn())
        .text("Email", account.email())
        .text("Name", account.name())
        .text("Status", account.status().map(AccountStatus::as_str))
        .text("State", account.state().map(AccountState::as_str))
        .list_of("Paths", account.paths.as_deref(), |path| Answer::from(path.as_str()))
        .text("JoinedMethod", account.joined_method().map(AccountJoinedMethod::as_str))
        .instant("JoinedTimestamp", account.joined_timestamp())
        .text("ParentId", Some(parent))
        .list("Tags", tags.iter().map(tag))
        .done()
}

fn of_target(target: &PolicyTargetSummary) -> Answer {
    Answer::object()
        .text("TargetId", target.target_id())
        .text("Arn", target.arn())
        .text("Name", target.name())
        .text("Type", target.r#type().map(TargetType::as_str))
        .done()
}

/// Its text stays a text, as the AWS CLI has it.
fn of_policy(policy: &Policy, targets: Vec<Answer>) -> Answer {
    let summary = policy.policy_summary().map(|summary| {
        Answer::object()
            .text("Id", summary.id())
            .text("Arn", summary.arn())
            .text("Name", summary.name())
            .text("Description", summary.description())
            .text("Type", summary.r#type().map(PolicyType::as_str))
            .truth("AwsManaged", summary.aws_managed())
            .done()
    });
    Answer::object()
        .with("PolicySummary", summary)
        .text("Content", policy.content())
        .list("Targets", targets)
        .done()
}
