//! Policies of buckets, queues, topics, keys, secrets and others.

use serde_json::{Map, Value};

use super::Application;
use crate::hole;
use crate::terraform::known::text;
use crate::terraform::plan::{Fate, Resource};

/// Types of resources with a policy: where the policy is, and what tells whose it is: an ARN, or a name of which one is made.
const READ: [(&str, &str, Owner); 16] = [
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
    ("aws_ecr_repository_policy", "policy", Owner::Unknown),
    ("aws_lambda_permission", "policy", Owner::Unknown),
    ("aws_backup_vault_policy", "policy", Owner::Arn("backup_vault_arn")),
    ("aws_bedrock_custom_model", "policy", Owner::Unknown),
    ("aws_s3control_bucket_policy", "policy", Owner::Unknown),
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
    /// It is not read from the plan.
    Unknown,
}

/// True if policies of such resources are read.
pub(super) fn is_read(kind: &str) -> bool {
    READ.iter().any(|(known, _, owner)| *known == kind && *owner != Owner::Unknown)
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
        let Some(arn) = self.owner(resource, &resource.before.clone(), owner) else { return };
        for account in self.planned.draft.accounts.values_mut() {
            if let Some(policies) = &mut account.resource_policies {
                policies.remove(&arn);
            }
        }
    }

    pub(super) fn resource_policy(&mut self, resource: &Resource) {
        let Some((attribute, owner)) = entry(&resource.kind) else { return };
        // Of a resource that may have its policy elsewhere the attribute counts only where it is written.
        let is_own = !resource.kind.ends_with("_policy");
        if is_own && !self.plan.configuration.is_null() && !self.plan.is_configured(resource, attribute) {
            return;
        }
        let Some(document) = self.document_of(resource, attribute) else { return };
        let Some(account) = self.account_of(resource) else { return };
        let arn = self.owner(resource, &resource.after.clone(), owner);
        let draft = self.planned.draft.accounts.entry(account.clone()).or_default();
        // Where nothing is known of policies of resources, knowing one would say that there are no others.
        if draft.resource_policies.is_none() {
            let text = "the policies of all resources of the account stay unknown, since the world has no resource-policies.json of it";
            self.assume(format!("{account}: {text}"));
            return;
        }
        let Some(arn) = arn.filter(|arn| !hole::has_hole(arn)) else {
            self.planned.not_read.insert(resource.address.clone());
            return;
        };
        draft.resource_policies.get_or_insert_with(Map::new).insert(arn, document);
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
            Owner::Unknown => None,
        }
    }
}

/// The ARN of the queue at `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`.
fn queue(url: &str, partition: &str) -> Option<String> {
    let rest = url.strip_prefix("https://sqs.")?;
    let (region, _) = rest.split_once('.')?;
    let mut parts = rest.split('/').skip(1);
    let (account, name) = (parts.next()?, parts.next()?);
    Some(format!("arn:{partition}:sqs:{region}:{account}:{name}"))
}
