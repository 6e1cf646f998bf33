//! Policies of buckets, queues, topics, keys, secrets and others.

use ringfence_model::world::OptionalInput;
use serde_json::Value;

use super::Application;
use super::accounts::{Accounts, own_arn};
use crate::hole;
use crate::terraform::known::text;
use crate::terraform::plan::{Fate, Resource};

/// Types of resources with a policy: where the policy is, and what tells whose it is: an ARN, or a name of which one is made.
const READ: [(&str, &str, Owner); 12] = [
    ("aws_s3_bucket", "policy", Owner::Bucket("bucket")),
    ("aws_s3_bucket_policy", "policy", Owner::Bucket("bucket")),
    ("aws_sqs_queue", "policy", Owner::Arn("arn")),
    ("aws_sqs_queue_policy", "policy", Owner::Queue("queue_url")),
    ("aws_sns_topic", "policy", Owner::Arn("arn")),
    ("aws_sns_topic_policy", "policy", Owner::Arn("arn")),
    ("aws_kms_key", "policy", Owner::Arn("arn")),
    ("aws_kms_key_policy", "policy", Owner::Key("key_id")),
    ("aws_secretsmanager_secret", "policy", Owner::Arn("arn")),
    ("aws_secretsmanager_secret_policy", "policy", Owner::Arn("secret_arn")),
    ("aws_dynamodb_resource_policy", "policy", Owner::Arn("resource_arn")),
    ("aws_backup_vault_policy", "policy", Owner::Arn("backup_vault_arn")),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// The attribute is its ARN.
    Arn(&'static str),
    /// The attribute is a bucket's name.
    Bucket(&'static str),
    /// The attribute is a queue's URL.
    Queue(&'static str),
    /// The attribute is a key's id or ARN.
    Key(&'static str),
}

/// True if policies of such resources are read.
pub(in crate::terraform) fn is_read(kind: &str) -> bool {
    READ.iter().any(|(known, ..)| *known == kind)
}

fn entry(kind: &str) -> Option<(&'static str, Owner)> {
    READ.iter().find(|(known, ..)| *known == kind).map(|(_, attribute, owner)| (*attribute, *owner))
}

impl Application<'_> {
    pub(super) fn retract_resource_policy(&mut self, resource: &Resource) {
        let Some((_, owner)) = entry(&resource.kind) else { return };
        if resource.fate == Fate::Update {
            return;
        }
        let arn = self.owner(resource, &resource.before.clone(), owner);
        // In the place of one that is deleted comes that which they are given.
        let Some(arn) = arn.filter(|_| !is_given_one(&resource.kind)) else {
            self.outdate(resource, &[OptionalInput::ResourcePolicies]);
            return;
        };
        for account in self.planned.draft.accounts.values_mut() {
            if let Some(policies) = &mut account.resource_policies {
                policies.remove(&arn);
            }
        }
    }

    /// Takes away the policy of whatever is deleted. Of a resource of which it is not known whether the ARN is its own, or what it is about,
    /// nothing is known afterwards.
    pub(super) fn retract_policy_of(&mut self, resource: &Resource) {
        let Some(arn) = text(&resource.before, "arn") else { return };
        if self.told.ignored.contains(&resource.kind) {
            return;
        }
        let policies =
            self.planned.draft.accounts.values().filter_map(|account| account.resource_policies.as_ref());
        if !policies.into_iter().any(|policies| policies.contains_key(arn)) {
            return;
        }
        if own_arn(resource, &resource.before).is_none() && resource.kind != "aws_s3_bucket" {
            self.outdate(resource, &[OptionalInput::ResourcePolicies]);
            return;
        }
        for account in self.planned.draft.accounts.values_mut() {
            if let Some(policies) = &mut account.resource_policies {
                policies.remove(arn);
            }
        }
    }

    pub(super) fn resource_policy(&mut self, resource: &Resource) {
        let Some((attribute, owner)) = entry(&resource.kind) else { return };
        // A resource may have its policy from another one: then its attribute is what was read, and is not written.
        let is_own = !resource.kind.ends_with("_policy");
        if is_own && is_unchanged(resource) {
            self.kept_policy(resource, attribute, owner);
            return;
        }
        if is_own && !self.plan.is_configured(resource, attribute) {
            // A key or topic without a policy of its own gets one.
            if is_given_one(&resource.kind) && matches!(resource.fate, Fate::Create | Fate::Replace) {
                self.outdate(resource, &[OptionalInput::ResourcePolicies]);
            }
            return;
        }
        // An empty one takes away what is there.
        let is_empty = text(&resource.after, attribute).is_none_or(|text| text.trim() == "{}");
        let document = if is_empty { None } else { self.document_of(resource, attribute) };
        if !is_empty && document.is_none() {
            return;
        }
        let Some(account) = self.account_of(resource) else { return };
        let arn = self.owner(resource, &resource.after.clone(), owner).filter(|arn| !hole::has_hole(arn));
        // Where nothing is known of policies of resources, knowing one would say that there are no others.
        let Some(draft) = self.planned.draft.accounts.get_mut(&account) else { return };
        let Some((policies, arn)) = draft.resource_policies.as_mut().zip(arn) else {
            self.outdate(resource, &[OptionalInput::ResourcePolicies]);
            return;
        };
        let was = policies.get(&arn).cloned();
        match &document {
            Some(document) => drop(policies.insert(arn.clone(), document.clone())),
            None => drop(policies.remove(&arn)),
        }
        if was != document {
            self.note_difference(resource, &format!("{arn} has the policy"));
        }
    }

    /// The policy that a resource has and that the plan does not change: the world shows it, unless the world is older.
    fn kept_policy(&mut self, resource: &Resource, attribute: &str, owner: Owner) {
        let Some(found) = text(&resource.after, attribute).filter(|text| text.trim() != "{}") else { return };
        let Ok(document) = crate::terraform::document::of_text(found) else { return };
        let arn = self.owner(resource, &resource.after.clone(), owner).filter(|arn| !hole::has_hole(arn));
        let (Some(account), Some(arn)) = (self.account_of(resource), arn) else { return };
        // What a resource put there that was there before is what becomes of that.
        let plan = self.plan;
        let of_policy = plan.resources.iter().filter(|other| other.kind.ends_with("_policy"));
        let is_managed = of_policy.filter(|other| other.before.is_object()).any(|other| {
            let Some((_, owner)) = entry(&other.kind) else { return false };
            self.owner(other, &other.before.clone(), owner).is_some_and(|owner| owner == arn)
        });
        let Some(draft) = self.planned.draft.accounts.get_mut(&account) else { return };
        let Some(policies) = draft.resource_policies.as_mut() else { return };
        if !is_managed && policies.get(&arn) != Some(&document) {
            policies.insert(arn.clone(), document);
            self.note_older(resource, &format!("{arn} has the policy"));
        }
    }

    /// The ARN of a bucket. One of a directory bucket has a Region in it, which no name tells.
    pub(super) fn bucket_arn(&self, resource: &Resource, bucket: &str) -> Option<String> {
        let account = self.accounts.account(self.plan, resource).unwrap_or_default();
        (!bucket.ends_with("--x-s3"))
            .then(|| format!("arn:{}:s3:::{bucket}", self.accounts.partition(&account)))
    }

    /// The ARN of the resource that the policy belongs to.
    fn owner(&mut self, resource: &Resource, attributes: &Value, owner: Owner) -> Option<String> {
        let mut of = |attribute: &str| {
            let found = text(attributes, attribute)?.to_owned();
            if hole::has_hole(&found) { self.text_of(resource, attribute) } else { Some(found) }
        };
        match owner {
            Owner::Arn(attribute) => of(attribute),
            Owner::Bucket(attribute) => {
                let bucket = of(attribute)?;
                self.bucket_arn(resource, &bucket)
            }
            Owner::Queue(attribute) => queue(&of(attribute)?, &self.accounts),
            Owner::Key(attribute) => of(attribute).filter(|key| key.starts_with("arn:")),
        }
    }
}

/// The plan leaves the policy of a resource that stays as it is, or has nothing to do with one.
pub(super) fn is_unchanged(resource: &Resource) -> bool {
    let Some((attribute, _)) = entry(&resource.kind) else { return true };
    let is_same = resource.before.get(attribute) == resource.after.get(attribute);
    matches!(resource.fate, Fate::Keep | Fate::Forget) || is_same && resource.fate == Fate::Update
}

/// What tells whose the policy is, for one attribute of the plan.
pub(super) fn owner_of(resource: &Resource, attributes: &Value) -> Option<String> {
    let (_, owner) = entry(&resource.kind)?;
    let attribute = match owner {
        Owner::Arn(name) | Owner::Bucket(name) | Owner::Queue(name) | Owner::Key(name) => name,
    };
    text(attributes, attribute).filter(|text| !hole::has_hole(text)).map(str::to_owned)
}

/// AWS gives resources of these types a policy where none is said.
fn is_given_one(kind: &str) -> bool {
    kind.starts_with("aws_kms_key") || kind.starts_with("aws_sns_topic")
}

/// The ARN of the queue at `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`.
fn queue(url: &str, accounts: &Accounts) -> Option<String> {
    let rest = url.strip_prefix("https://sqs.")?;
    let (region, _) = rest.split_once('.')?;
    let mut parts = rest.split('/').skip(1);
    let (account, name) = (parts.next()?, parts.next()?);
    Some(format!("arn:{}:sqs:{region}:{account}:{name}", accounts.partition(account)))
}
