//! Policies of buckets, queues, topics, keys, secrets and others.

use ringfence_model::world::OptionalInput;
use serde_json::Value;

use super::Application;
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

    /// Takes away the policy of whatever is deleted.
    pub(super) fn retract_policy_of(&mut self, before: &Value) {
        let Some(arn) = text(before, "arn") else { return };
        for account in self.planned.draft.accounts.values_mut() {
            if let Some(policies) = &mut account.resource_policies {
                policies.remove(arn);
            }
        }
    }

    pub(super) fn resource_policy(&mut self, resource: &Resource) {
        let Some((attribute, owner)) = entry(&resource.kind) else { return };
        // Of a resource that may have its policy elsewhere the attribute counts only where it is written.
        let is_own = !resource.kind.ends_with("_policy");
        let is_written = self.plan.configuration.is_null() || self.plan.is_configured(resource, attribute);
        if is_own && !is_written {
            // A key or topic without a policy of its own gets one.
            if is_given_one(&resource.kind) && matches!(resource.fate, Fate::Create | Fate::Replace) {
                self.outdate(resource, &[OptionalInput::ResourcePolicies]);
            }
            return;
        }
        let Some(document) = self.document_of(resource, attribute) else { return };
        let Some(account) = self.account_of(resource) else { return };
        let arn = self.owner(resource, &resource.after.clone(), owner).filter(|arn| !hole::has_hole(arn));
        // Where nothing is known of policies of resources, knowing one would say that there are no others.
        let Some(draft) = self.planned.draft.accounts.get_mut(&account) else { return };
        match (&mut draft.resource_policies, arn) {
            (Some(policies), Some(arn)) => drop(policies.insert(arn, document)),
            _ => self.outdate(resource, &[OptionalInput::ResourcePolicies]),
        }
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
                Some(format!("arn:{}:s3:::{bucket}", self.accounts.partition))
            }
            Owner::Queue(attribute) => queue(&of(attribute)?, &self.accounts.partition),
            Owner::Key(attribute) => of(attribute).filter(|key| key.starts_with("arn:")),
        }
    }
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
fn queue(url: &str, partition: &str) -> Option<String> {
    let rest = url.strip_prefix("https://sqs.")?;
    let (region, _) = rest.split_once('.')?;
    let mut parts = rest.split('/').skip(1);
    let (account, name) = (parts.next()?, parts.next()?);
    Some(format!("arn:{partition}:sqs:{region}:{account}:{name}"))
}
