//! Which resources a resource policy is asked about (semantics:B2, B3).
//!
//! A policy is attached to one resource, and AWS asks it about what lies inside that resource too: a bucket's policy
//! about the objects. [`CoveredResources`] is that rule, as a test and as the patterns it consists of, so that both
//! engines mean the same set. Trusted: a resource left out here has a policy that no proof considers.

use std::ops::Bound::{Included, Unbounded};
use std::sync::Arc;

use super::account::Account;
use super::{OptionalInput, World};
use crate::arn::{AccountId, Arn};
use crate::policy::NamedPolicy;

/// The resources that the policy of one resource is asked about: the resource itself, and for some types all whose
/// ARN starts with [`CoveredResources::below`]. Letter case counts.
///
/// | the policy of | is asked about that, and about |
/// |---|---|
/// | an S3 bucket, `arn:aws:s3:::NAME` | `arn:aws:s3:::NAME/*`, its objects |
/// | an S3 access point, `…:s3:…:accesspoint/NAME` | `…/object/*` |
/// | a bucket or access point on Outposts, `…:s3-outposts:…` | `…/object/*` |
/// | an S3 table bucket, `…:s3tables:…:bucket/NAME` | `…/table/*` |
/// | a DynamoDB table, `…:dynamodb:…:table/NAME` | `…/index/*` |
/// | a Lambda function, `…:lambda:…:function:NAME` | `…:*`, its versions and aliases |
/// | a CodeArtifact repository, `…:codeartifact:…:repository/DOMAIN/NAME` | `…:package/DOMAIN/NAME/*`, its packages |
/// | an API of API Gateway, `…:execute-api:REGION:ACCOUNT:ID` | `…/*`, its stages and methods |
/// | an OpenSearch domain, `…:es:…:domain/NAME` | `…/*` |
/// | a Glue catalogue, `…:glue:REGION:ACCOUNT:catalog` | `…:glue:REGION:ACCOUNT:*`, all of Glue in that Region |
/// | anything else | nothing else |
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CoveredResources {
    /// The ARN of the resource that carries the policy.
    pub arn: Arc<str>,
    /// What the ARNs inside it start with, such as `arn:aws:s3:::NAME/`; none where there is nothing inside.
    pub below: Option<String>,
}

impl CoveredResources {
    /// What the policy of `policy_arn` covers, by the table above.
    pub fn of(policy_arn: &str) -> Self {
        Self { arn: Arc::from(policy_arn), below: below(policy_arn) }
    }

    /// True when the policy is asked about `resource_arn`.
    pub fn covers(&self, resource_arn: &str) -> bool {
        self.arn.as_ref() == resource_arn
            || self.below.as_ref().is_some_and(|below| resource_arn.starts_with(below.as_str()))
    }

    /// The same set as patterns whose only wildcard is a `*` at the end: the ARN, and the ARNs below it. No ARN that
    /// the reader accepts holds a wildcard of its own.
    pub fn patterns(&self) -> impl Iterator<Item = String> + '_ {
        let below = self.below.iter().map(|below| format!("{below}*"));
        std::iter::once(self.arn.to_string()).chain(below)
    }
}

/// True when the policy of `policy_arn` is asked about `resource_arn`: [`CoveredResources`].
pub fn covers(policy_arn: &str, resource_arn: &str) -> bool {
    CoveredResources::of(policy_arn).covers(resource_arn)
}

fn below(policy_arn: &str) -> Option<String> {
    let arn = Arn::parse(policy_arn)?;
    let inside = |ending: &str| Some(format!("{policy_arn}{ending}"));
    let kind = arn.resource.split_once(['/', ':']).map_or("", |(kind, _)| kind);
    match (arn.service, kind) {
        ("s3", "") if arn.account.is_empty() => inside("/"),
        ("s3", "accesspoint") | ("s3-outposts", "outpost") => inside("/object/"),
        ("s3tables", "bucket") => inside("/table/"),
        ("dynamodb", "table") => inside("/index/"),
        ("es", "domain") | ("execute-api", "") => inside("/"),
        ("codeartifact", "repository") => {
            let name = arn.resource.strip_prefix("repository/")?;
            let front = policy_arn.strip_suffix(arn.resource)?;
            Some(format!("{front}package/{name}/"))
        }
        // A function's own ARN has one name; what follows it is a version or an alias, with a policy of its own.
        ("lambda", "function") if arn.resource.split(':').count() == 2 => inside(":"),
        ("glue", "") if arn.resource == "catalog" => policy_arn.strip_suffix("catalog").map(str::to_owned),
        _ => None,
    }
}

/// A resource policy of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePolicy<'w> {
    /// The account that owns the resource.
    pub account: &'w Account,
    /// The document, named `resource policy of <ARN>`.
    pub policy: &'w NamedPolicy,
    /// What it is asked about, but for `except`.
    pub covered: CoveredResources,
    /// ARNs that it would cover but that carry a policy of their own, which is asked instead. They cover nothing
    /// below them.
    pub except: Vec<Arc<str>>,
}

impl ResourcePolicy<'_> {
    /// True when AWS asks this policy about `resource_arn`.
    pub fn is_asked_about(&self, resource_arn: &str) -> bool {
        self.covered.covers(resource_arn) && !self.except.iter().any(|arn| arn.as_ref() == resource_arn)
    }
}

/// What the world knows about the policy of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourcePolicyLookup<'w> {
    /// This policy is asked.
    Policy(ResourcePolicy<'w>),
    /// The owner's resource-policies.json was read and has no policy for it, so there is none.
    Absent {
        /// The owner.
        account: AccountId,
    },
    /// It may have a policy or not.
    Unknown {
        /// The owner, whose resource-policies.json was not read; none where neither the ARN nor a file of the world
        /// tells whose resource it is, as with a bucket that no file names.
        account: Option<AccountId>,
    },
}

impl World {
    /// All resource policies that were read, by account and then by ARN. No two are asked about the same resource.
    pub fn resource_policies(&self) -> impl Iterator<Item = ResourcePolicy<'_>> {
        self.accounts.values().flat_map(|account| {
            let policies = account.resource_policies.iter().flatten();
            policies.map(move |(arn, policy)| account.resource_policy(arn, policy))
        })
    }

    /// What is known about the policy that AWS asks about `resource_arn`, a concrete ARN without wildcards. Where the
    /// ARN names no account, every account is searched, and resources.json may tell the owner.
    pub fn resource_policy(&self, resource_arn: &str) -> ResourcePolicyLookup<'_> {
        let named = Arn::parse(resource_arn).and_then(|arn| AccountId::parse(arn.account));
        let found = match named {
            Some(id) => self.accounts.get(&id).and_then(|account| account.policy_asked_about(resource_arn)),
            None => self.accounts.values().find_map(|account| account.policy_asked_about(resource_arn)),
        };
        if let Some(found) = found {
            return ResourcePolicyLookup::Policy(found);
        }
        let has_file =
            |id: &AccountId| self.accounts.get(id).is_some_and(|account| account.resource_policies.is_some());
        match named.or_else(|| self.listing_account(resource_arn)) {
            Some(account) if has_file(&account) => ResourcePolicyLookup::Absent { account },
            account => ResourcePolicyLookup::Unknown { account },
        }
    }

    /// The account whose resources.json lists the resource that `resource_arn` is, or is inside.
    fn listing_account(&self, resource_arn: &str) -> Option<AccountId> {
        let lists = |account: &&Account| {
            account.resources.iter().flatten().any(|resource| covers(&resource.arn, resource_arn))
        };
        self.accounts.values().find(lists).map(|account| account.id)
    }
}

impl Account {
    fn resource_policy<'w>(&'w self, arn: &Arc<str>, policy: &'w NamedPolicy) -> ResourcePolicy<'w> {
        let covered = CoveredResources::of(arn);
        // What starts with the same text stands together in the order of the ARNs.
        let inside = covered.below.as_deref().into_iter().flat_map(|below| {
            let from = self
                .resource_policies
                .iter()
                .flat_map(move |all| all.range::<str, _>((Included(below), Unbounded)));
            from.map(|(other, _)| other).take_while(move |other| other.starts_with(below))
        });
        let except = inside.filter(|other| *other != arn).map(Arc::clone).collect();
        ResourcePolicy { account: self, policy, covered, except }
    }

    fn policy_asked_about(&self, resource_arn: &str) -> Option<ResourcePolicy<'_>> {
        let policies = self.resource_policies.as_ref()?;
        let own = policies.get_key_value(resource_arn);
        let found = own.or_else(|| policies.iter().find(|(arn, _)| covers(arn, resource_arn)));
        found.map(|(arn, policy)| self.resource_policy(arn, policy))
    }
}

/// The name of the policy of `arn`, by which answers refer to it.
pub(crate) fn policy_name(arn: &str) -> Arc<str> {
    Arc::from(format!("resource policy of {arn}"))
}

/// The ARN of what the policy under the key `arn` in the file of `account` is about. The key of an API's policy is often the
/// ARN by which API Gateway manages it, which names no account; its policy is about calls of the API.
pub(super) fn governed_arn(arn: &str, account: AccountId) -> Arc<str> {
    let api = Arn::parse(arn).filter(|arn| arn.service == "apigateway" && arn.account.is_empty());
    let id = api.and_then(|api| api.resource.strip_prefix("/restapis/")).filter(|id| !id.contains('/'));
    match (api, id) {
        (Some(api), Some(id)) => {
            Arc::from(format!("arn:{}:execute-api:{}:{account}:{id}", api.partition, api.region))
        }
        _ => Arc::from(arn),
    }
}

/// What is wrong with `arn` as the key of a resource policy in the file of `account`, and what to do; none if
/// nothing is. `partition` is the account's, if it is known.
pub(super) fn key_problem(
    arn: &str,
    account: AccountId,
    partition: Option<&str>,
) -> Option<(String, &'static str)> {
    let file = OptionalInput::ResourcePolicies.file_name();
    let form = "each key is the whole ARN of the resource that the policy is attached to";
    let Some(parts) = Arn::parse(arn)
        .filter(|arn| ![arn.partition, arn.service, arn.resource].contains(&""))
        .filter(|_| !arn.contains(char::is_whitespace))
    else {
        return Some((format!("the key `{arn}` is no ARN"), form));
    };
    if arn.contains(['*', '?']) {
        return Some((format!("the key `{arn}` holds a wildcard, so it names no one resource"), form));
    }
    if partition.is_some_and(|partition| partition != parts.partition) {
        return Some((
            format!("`{arn}` is not in the partition {} of account {account}", partition.unwrap_or_default()),
            "an account has resources in its own partition only; correct the ARN, or move the policy",
        ));
    }
    if parts.service == "iam" {
        return Some(if parts.resource.starts_with("role/") {
            (
                format!("`{arn}` is a role, whose trust policy does not belong into {file}"),
                "trust policies are taken from authorization-details.json (AssumeRolePolicyDocument); remove it here",
            )
        } else {
            (format!("`{arn}` belongs to IAM and can carry no resource policy"), "remove it")
        });
    }
    if parts.account.is_empty() {
        if !matches!(parts.service, "s3" | "apigateway") {
            return Some((
                format!(
                    "the ARN `{arn}` names no account, so it stands for no resource that AWS would ask about"
                ),
                "only S3 buckets and API Gateway leave it out; write the account's id after the fourth colon",
            ));
        }
    } else if AccountId::parse(parts.account) != Some(account) {
        return Some((
            format!("`{arn}` is not of account {account}"),
            "each account's folder holds the policies of its own resources; move it to the owner's",
        ));
    }
    if parts.service == "s3"
        && !parts.resource.contains(['/', ':'])
        && !(parts.region.is_empty() && parts.account.is_empty())
    {
        return Some((
            format!("`{arn}` is no bucket: a bucket's ARN names neither Region nor account"),
            "write `arn:aws:s3:::NAME`",
        ));
    }
    if parts.region.is_empty() && REGIONAL_SERVICES.contains(&parts.service) {
        return Some((
            format!("`{arn}` names no Region, so it stands for no resource that AWS would ask about"),
            "write the Region after the third colon",
        ));
    }
    key_of_a_part(arn, &parts)
}

/// Services of which every resource that carries a policy is in a Region, as its ARN says.
const REGIONAL_SERVICES: [&str; 9] =
    ["bedrock", "dynamodb", "ecr", "kinesis", "kms", "lambda", "secretsmanager", "sns", "sqs"];

/// The problem of an ARN that names a part or another name of the resource that carries the policy.
fn key_of_a_part(arn: &str, parts: &Arn<'_>) -> Option<(String, &'static str)> {
    let bucket = parts.service == "s3" && parts.account.is_empty();
    if bucket && parts.resource.contains(['/', ':']) {
        return Some((
            format!("`{arn}` is an object, which carries no policy"),
            "a bucket policy belongs to the bucket, `arn:aws:s3:::NAME`",
        ));
    }
    if parts.service == "s3"
        && parts.resource.starts_with("accesspoint/")
        && parts.resource.contains("/object/")
    {
        return Some((
            format!("`{arn}` is an object, which carries no policy"),
            "the policy belongs to the access point, whose ARN ends with its name",
        ));
    }
    if parts.service == "kms" && parts.resource.starts_with("alias/") {
        return Some((
            format!("`{arn}` is an alias, which carries no policy"),
            "a key policy belongs to the key, `arn:aws:kms:REGION:ACCOUNT:key/ID`",
        ));
    }
    None
}
