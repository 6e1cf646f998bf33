//! Changes of a path in words.

use ringfence_model::steps::{Change, Means, OrganizationChange};
use ringfence_model::world::ControlType;

/// What the change is, in a few words.
pub(crate) fn change(change: &Change) -> String {
    match change {
        Change::PutPolicy { holder, .. } => format!("{holder} has an inline policy that allows everything"),
        Change::DeletePolicy { policy, .. } => format!("{policy} is deleted"),
        Change::Attach { holder, policy } => format!("{policy} is attached to {holder}"),
        Change::Detach { holder, policy } => format!("{policy} is detached from {holder}"),
        Change::Join { user, group } => format!("{user} is in {group}"),
        Change::Leave { user, group } => format!("{user} is no longer in {group}"),
        Change::Rewrite { policy, .. } => format!("{policy} allows everything"),
        Change::ChooseVersion { policy, version } => format!("version {version} of {policy} is in force"),
        Change::Author { policy, .. } => format!("there is a policy {policy} that allows everything"),
        Change::SetBoundary { principal, policy } => format!("the boundary of {principal} is {policy}"),
        Change::DeleteBoundary { principal } => format!("{principal} has no boundary"),
        Change::Create { principal, boundary: Some(boundary), .. } => {
            format!("there is {principal}, with the boundary {boundary}")
        }
        Change::Create { principal, boundary: None, .. } => {
            format!("there is {principal}, without a boundary")
        }
        Change::CreateGroup { group } => format!("there is a group {group}"),
        Change::Delete { principal } => format!("{principal} is gone"),
        Change::SetTrust { role, .. } => format!("{role} trusts whoever changed it"),
        Change::Tag { principal, key, value: Some(value) } => {
            format!("{principal} has the tag {key}={value}")
        }
        Change::TagResource { resource, key, value: Some(value) } => {
            format!("{resource} carries the tag {key}={value}")
        }
        Change::TagResource { resource, key, value: None } => format!("{resource} has no tag {key}"),
        Change::Tag { principal, key, value: None } => format!("{principal} has no tag {key}"),
        Change::Rename { entity, to } => format!("{entity} is called {to}"),
        Change::SetResourcePolicy { resource, document: Some(_), .. } => {
            format!("the policy of {resource} lets whoever changed it do everything there")
        }
        Change::SetResourcePolicy { resource, document: None, .. } => format!("{resource} has no policy"),
        Change::OpenProvider { provider } => format!("{provider} lets in whom its changer wants"),
        Change::Provision { capacity, model } => format!("{capacity} runs {model}"),
        Change::Organization(change) => of_organization(change),
        Change::Obtain { principal, means, limits } => {
            let how = match means {
                Means::Assume => "in a session of".to_owned(),
                Means::Credentials => "with credentials of".to_owned(),
                Means::Service { name, source: None } => format!("through {name} as"),
                Means::Service { name, source: Some(source) } => format!("through {name} for {source} as"),
                Means::Resource => "through a resource as".to_owned(),
                Means::Mailbox => "with the password of".to_owned(),
            };
            match limits {
                Some(limits) => format!("acts {how} {principal}, for {}", limits.join(", ")),
                None => format!("acts {how} {principal}"),
            }
        }
    }
}

fn of_organization(change: &OrganizationChange) -> String {
    match change {
        OrganizationChange::Detach { policy, target } => format!("{policy} does not bind {target}"),
        OrganizationChange::Allow { target } => format!("an SCP of {target} allows everything"),
        OrganizationChange::Rewrite { policy } => format!("{policy} denies nothing"),
        OrganizationChange::Disable { controls: ControlType::ServiceControl } => {
            "SCPs bind nobody".to_owned()
        }
        OrganizationChange::Disable { controls: ControlType::ResourceControl } => {
            "RCPs bind nobody".to_owned()
        }
        OrganizationChange::Move { account, parent } => format!("{account} is in {parent}"),
        OrganizationChange::Leave { account } => format!("{account} is in no organisation"),
        OrganizationChange::CreateAccount { account } => {
            format!("there is the account {account}, with a role that the management account may assume")
        }
    }
}
