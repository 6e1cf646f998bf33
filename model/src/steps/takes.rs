//! Which requests make a change: without them a step shows nothing.

use std::sync::Arc;

use super::admitted::admits;
use super::change::{Change, Means};
use super::circumstances::{let_in_to_function, means};
use super::identity_center::made_by_identity_center;
use super::organization::is_new;
use crate::arn::{AccountId, Arn};
use crate::context::ContextKey;
use crate::policy::{PolicyDocument, PrincipalPattern};
use crate::request::Request;
use crate::world::{ResourcePolicyLookup, World};

/// The actions by which somebody gets credentials of a user.
const CREDENTIALS: [&str; 7] = [
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:UpdateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:ResetServiceSpecificCredential",
    "iam:UploadSSHPublicKey",
    "iam:UploadSigningCertificate",
];

/// The actions by which a session of a role, or of a root user, begins.
pub(super) const ASSUME: [&str; 4] =
    ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoot"];
/// The actions after which an identity provider lets in whom their caller wants.
const OPEN_PROVIDER: [&str; 5] = [
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:CreateOpenIDConnectProvider",
    "iam:CreateSAMLProvider",
    "iam:UpdateOpenIDConnectProviderThumbprint",
    "iam:UpdateSAMLProvider",
];

/// Actions that write the policy of the resource that they are about, and may let in whom they like.
const WRITE_POLICY: [&str; 11] = [
    "bedrock:PutResourcePolicy",
    "bedrock-agentcore:PutResourcePolicy",
    "dynamodb:PutResourcePolicy",
    "ecr:SetRepositoryPolicy",
    "kms:PutKeyPolicy",
    "lambda:PutResourcePolicy",
    "s3:PutBucketPolicy",
    "sagemaker:PutModelPackageGroupPolicy",
    "secretsmanager:PutResourcePolicy",
    "sns:SetTopicAttributes",
    "sqs:SetQueueAttributes",
];
/// The action that adds a statement to the policy of a function, for whom it likes.
const ADD_STATEMENT: &str = "lambda:AddPermission";
/// Actions that delete it.
const DELETE_POLICY: [&str; 3] =
    ["bedrock:DeleteResourcePolicy", "bedrock-agentcore:DeleteResourcePolicy", "s3:DeleteBucketPolicy"];

impl Change {
    /// True if `requests`, all of them allowed in `world`, make the change: they are of the right actions, on what is changed, and
    /// say what it is changed to where a key tells that.
    pub fn is_made_by(&self, requests: &[Request], world: &World) -> bool {
        if let Some(made) = made_by_identity_center(self, requests) {
            return made;
        }
        let made = |action: &str, resource: &str| {
            requests
                .iter()
                .any(|request| request.action.eq_ignore_ascii_case(action) && request.resource == resource)
        };
        let by_kind = |holder: &Arc<str>, user: &str, role: &str, group: &str| match kind(holder) {
            "user" => made(user, holder),
            "group" => made(group, holder),
            _ => made(role, holder),
        };
        match self {
            Self::PutPolicy { holder, .. } => {
                by_kind(holder, "iam:PutUserPolicy", "iam:PutRolePolicy", "iam:PutGroupPolicy")
            }
            Self::DeletePolicy { holder, .. } => {
                by_kind(holder, "iam:DeleteUserPolicy", "iam:DeleteRolePolicy", "iam:DeleteGroupPolicy")
            }
            Self::Attach { holder, policy } => {
                by_kind(holder, "iam:AttachUserPolicy", "iam:AttachRolePolicy", "iam:AttachGroupPolicy")
                    && says(requests, "iam:PolicyARN", policy, "iam:Attach")
            }
            Self::Detach { holder, policy } => {
                by_kind(holder, "iam:DetachUserPolicy", "iam:DetachRolePolicy", "iam:DetachGroupPolicy")
                    && says(requests, "iam:PolicyARN", policy, "iam:Detach")
            }
            Self::Join { group, .. } => made("iam:AddUserToGroup", group),
            Self::Leave { group, .. } => made("iam:RemoveUserFromGroup", group),
            Self::Rewrite { policy, .. } => {
                made("iam:CreatePolicyVersion", policy)
                    || (made("iam:DeletePolicy", policy) && made("iam:CreatePolicy", policy))
            }
            Self::ChooseVersion { policy, .. } => made("iam:SetDefaultPolicyVersion", policy),
            Self::Author { policy, .. } => made("iam:CreatePolicy", policy),
            Self::SetBoundary { principal, policy } => {
                by_kind(principal, "iam:PutUserPermissionsBoundary", "iam:PutRolePermissionsBoundary", "")
                    && says(requests, "iam:PermissionsBoundary", policy, "iam:Put")
            }
            Self::DeleteBoundary { principal } => by_kind(
                principal,
                "iam:DeleteUserPermissionsBoundary",
                "iam:DeleteRolePermissionsBoundary",
                "",
            ),
            Self::Create { principal, boundary, trust, .. } => {
                let action = if trust.is_some() { "iam:CreateRole" } else { "iam:CreateUser" };
                made(action, principal)
                    && match boundary {
                        Some(policy) => says(requests, "iam:PermissionsBoundary", policy, "iam:Create"),
                        None => says_nothing(requests, "iam:PermissionsBoundary", "iam:Create"),
                    }
            }
            Self::CreateGroup { group } => made("iam:CreateGroup", group),
            Self::Delete { principal } => by_kind(principal, "iam:DeleteUser", "iam:DeleteRole", ""),
            Self::SetTrust { role, .. } => made("iam:UpdateAssumeRolePolicy", role),
            Self::Tag { principal, value, .. } => match value {
                Some(_) => by_kind(principal, "iam:TagUser", "iam:TagRole", ""),
                None => by_kind(principal, "iam:UntagUser", "iam:UntagRole", ""),
            },
            Self::TagResource { resource, key, value } => requests
                .iter()
                .any(|request| request.resource == resource.as_ref() && tags(request, key, value.as_deref())),
            // AWS checks both what it is called and what it is to be called.
            Self::Rename { entity, to } => {
                let action = if kind(entity) == "group" { "iam:UpdateGroup" } else { "iam:UpdateUser" };
                made(action, entity) && made(action, to)
            }
            Self::SetResourcePolicy { resource, document, .. } => {
                is_written(requests, world, resource, document.as_deref())
            }
            Self::OpenProvider { provider } => OPEN_PROVIDER.iter().any(|action| made(action, provider)),
            Self::Provision { capacity, model } => is_provisioned(requests, capacity, model),
            Self::Organization(change) => change.is_made_by(requests, world),
            Self::Obtain { principal, means, .. } => match means {
                Means::Assume => ASSUME.iter().any(|action| made(action, principal)),
                Means::Credentials => CREDENTIALS.iter().any(|action| made(action, principal)),
                // Which calls make a service run with a role is in the data of the primitives; that the service may take it on is
                // in its trust policy. A call that passes the role must pass it to that service.
                Means::Service { name, source } => {
                    !requests.is_empty()
                        && requests
                            .iter()
                            .filter(|request| is(request, "iam:PassRole"))
                            .all(|request| request.resource == principal.as_ref() && passes_to(request, name))
                        && admits(world, principal, name, source.as_deref())
                }
                Means::Resource => !requests.is_empty(),
                Means::Mailbox => {
                    let parts = Arn::parse(principal).filter(|arn| arn.resource == "root");
                    let account = parts.and_then(|arn| AccountId::parse(arn.account));
                    requests.iter().any(|request| is(request, "organizations:CreateAccount"))
                        && account.is_some_and(|account| is_new(world, account))
                }
            },
        }
    }
}

/// Some request provisions capacity for the model, in its Region and for the account of the capacity.
fn is_provisioned(requests: &[Request], capacity: &str, model: &str) -> bool {
    let (Some(made), Some(of)) = (Arn::parse(capacity), Arn::parse(model)) else { return false };
    made.service == "bedrock"
        && made.resource.starts_with("provisioned-model/")
        && made.region == of.region
        && requests.iter().any(|request| {
            let owner = request.principal.account().map(|account| account.to_string());
            is(request, "bedrock:CreateProvisionedModelThroughput")
                && request.resource == model
                && owner.as_deref() == Some(made.account)
        })
}

/// Some request writes this policy of the resource, or deletes it where there is to be none.
fn is_written(
    requests: &[Request],
    world: &World,
    resource: &str,
    document: Option<&PolicyDocument>,
) -> bool {
    let about = || requests.iter().filter(|request| request.resource == resource);
    let one_of = |actions: &[&str]| about().any(|request| actions.iter().any(|action| is(request, action)));
    match document {
        None => one_of(&DELETE_POLICY),
        Some(document) => {
            let adds = |request: &&Request| is(request, ADD_STATEMENT) && lets_in(request, document);
            one_of(&WRITE_POLICY) || about().any(|request| adds(&request)) && keeps(world, resource, document)
        }
    }
}

/// The statement that the request adds is for a principal that the last one of the document names, as far as the request says for whom it is.
fn lets_in(request: &Request, document: &PolicyDocument) -> bool {
    let Some(said) = let_in_to_function(request) else { return true };
    let named = document.statements.last().and_then(|statement| statement.principal.as_ref());
    named.is_some_and(|element| {
        element.values.iter().any(|value| match value {
            PrincipalPattern::Aws(arn) => means(&said, arn),
            PrincipalPattern::Everyone => said == "*",
            PrincipalPattern::Service(_)
            | PrincipalPattern::Federated(_)
            | PrincipalPattern::CanonicalUser(_) => false,
        })
    })
}

/// What the policy of the resource says now is said by the document as well.
fn keeps(world: &World, resource: &str, document: &PolicyDocument) -> bool {
    match world.resource_policy(resource) {
        ResourcePolicyLookup::Policy(found) => {
            found.policy.document.statements.iter().all(|statement| document.statements.contains(statement))
        }
        ResourcePolicyLookup::Absent { .. } => true,
        ResourcePolicyLookup::Unknown { .. } => false,
    }
}

/// The action writes the policy of the resource that it is about, or adds to it, and may let anybody in.
pub fn writes_policy(action: &str) -> bool {
    writes_policy_anew(action) || ADD_STATEMENT.eq_ignore_ascii_case(action)
}

/// What the policy said before is gone then.
pub fn writes_policy_anew(action: &str) -> bool {
    WRITE_POLICY.iter().any(|known| known.eq_ignore_ascii_case(action))
}

/// The action deletes the policy of the resource that it is about.
pub fn takes_policy_off(action: &str) -> bool {
    DELETE_POLICY.iter().any(|known| known.eq_ignore_ascii_case(action))
}

/// An action of this name writes tags of a resource, or takes them off, and does nothing else.
pub fn writes_tags(name: &str) -> bool {
    let starts = |front: &str| name.get(..front.len()).is_some_and(|found| found.eq_ignore_ascii_case(front));
    let name_in_small = name.to_ascii_lowercase();
    starts("tag") || starts("untag") || name_in_small.ends_with("tagging") || name_in_small.contains("tags")
}

/// Of those that [`writes_tags`] is true of, it takes tags off.
pub fn takes_tags_off(name: &str) -> bool {
    let starts =
        |front: &&str| name.get(..front.len()).is_some_and(|found| found.eq_ignore_ascii_case(front));
    ["untag", "delete", "remove"].iter().any(starts)
}

/// The request is of an action that writes the tag, or takes it off, and says so.
fn tags(request: &Request, key: &str, value: Option<&str>) -> bool {
    let name = request.action.split_once(':').map_or("", |(_, name)| name);
    if !writes_tags(name) || takes_tags_off(name) == value.is_some() {
        return false;
    }
    if let Some(value) = value {
        let said = request.context.get(&ContextKey::new(&format!("aws:RequestTag/{key}")));
        return said.is_some_and(|said| said.values() == [value.to_owned()]);
    }
    let said = request.context.get(&ContextKey::new("aws:TagKeys"));
    said.is_some_and(|said| said.values().iter().any(|said| said == key))
}

fn is(request: &Request, action: &str) -> bool {
    request.action.eq_ignore_ascii_case(action)
}

fn kind(arn: &str) -> &str {
    Arn::parse(arn).and_then(|arn| arn.resource.split('/').next()).unwrap_or("")
}

/// A request of an action that starts so says that `key` is `value`.
fn says(requests: &[Request], key: &str, value: &str, start: &str) -> bool {
    let key = ContextKey::new(key);
    of(requests, start).any(|request| {
        request.context.get(&key).is_some_and(|said| said.values().iter().any(|said| said == value))
    })
}

/// No request of an action that starts so has the key.
fn says_nothing(requests: &[Request], key: &str, start: &str) -> bool {
    let key = ContextKey::new(key);
    of(requests, start).all(|request| request.context.get(&key).is_none())
}

fn of<'r>(requests: &'r [Request], start: &'r str) -> impl Iterator<Item = &'r Request> {
    requests.iter().filter(move |request| {
        request.action.get(..start.len()).is_some_and(|front| front.eq_ignore_ascii_case(start))
    })
}

/// The key says that the role goes to this service; some services leave it out.
fn passes_to(request: &Request, service: &str) -> bool {
    match request.context.get(&ContextKey::new("iam:PassedToService")) {
        Some(said) => said.values().iter().any(|said| said == service),
        None => true,
    }
}
