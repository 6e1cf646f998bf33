//! What shows that a step is possible, or is assumed.

use ringfence_model::arn::Arn;
use ringfence_model::request::Request;
use ringfence_model::world::{CredentialKind, CredentialOwner, IamPrincipal, World};

use super::super::cast::{Cast, Origin, last_name, listed_in};
use super::super::guard::{Binding, RUN_COMMANDS};
use super::super::primitive::{Effect, Primitive};
use super::Evidence;
use super::order::there_already;

/// Calls that AWS checks on resources of types that the table does not name.
const SEVERAL: [&str; 3] = ["ec2:CreateFleet", "ec2:RequestSpotInstances", "ec2:RequestSpotFleet"];

/// What the step rests on: what the inventory shows, or what it takes for granted.
///
/// # Errors
/// When an input shows that it is not so.
pub(super) fn evidence(
    primitive: &Primitive,
    binding: &Binding,
    requests: &[Request],
    cast: &Cast<'_>,
    world: &World,
) -> Result<Vec<Evidence>, String> {
    let mut all = Vec::new();
    credentials(primitive, binding, cast, world)?;
    all.extend(documents(requests)?);
    let is_of_organization = primitive.is_of_organization();
    if let Some(resource) = binding.resource.as_ref().filter(|_| is_of_organization) {
        all.push(Evidence::Shown(format!("organization.json: {resource}")));
    } else if let Some(resource) =
        binding.resource.as_ref().filter(|_| primitive.effect == Effect::OpenResource)
    {
        all.push(match listed_in(cast.world, resource) {
            Some((_, file)) => Evidence::Shown(format!("{file}: {resource}")),
            None => Evidence::Assumed(match binding.owner {
                Some(owner) => format!("{resource} is there, of account {owner}"),
                None => format!("{resource} is there"),
            }),
        });
    } else if let Some(resource) = binding.resource.as_ref().filter(|_| primitive.effect != Effect::Tag) {
        all.push(Evidence::Shown(format!("resources.json: {resource} runs with the role")));
    }
    if let Some(text) = primitive.evidence.as_ref().filter(|_| primitive.assumes(binding.resource.is_some()))
    {
        all.push(Evidence::Assumed(text.clone()));
    }
    if primitive.in_instance_profile {
        let profile =
            match binding.member.and_then(|id| cast.member(id)).map(|member| world.principal(member.arn())) {
                Some(Some((_, IamPrincipal::Role(role)))) => role.instance_profiles.iter().flatten().next(),
                Some(Some((_, IamPrincipal::User(_))) | None) | None => None,
            };
        all.push(match profile {
            Some(profile) => Evidence::Shown(format!("authorization-details.json: {profile} holds the role")),
            None => Evidence::Assumed("an instance profile that holds the role".to_owned()),
        });
    }
    all.extend(there_already(primitive, requests, world)?);
    if requests.iter().any(|request| SEVERAL.contains(&request.action.as_str())) {
        let text = "the call is allowed on the other resources that AWS checks it on";
        all.push(Evidence::Assumed(text.to_owned()));
    }
    Ok(all)
}

/// What credentials.json says of the credential that the user must have, or must not.
fn credentials(
    primitive: &Primitive,
    binding: &Binding,
    cast: &Cast<'_>,
    world: &World,
) -> Result<(), String> {
    let Some(user) = binding.member.and_then(|id| cast.member(id)) else { return Ok(()) };
    let listed = world.accounts.get(&user.account()).and_then(|account| account.credentials.as_ref());
    let Some(listed) = listed.filter(|_| user.origin == Origin::World) else { return Ok(()) };
    let has = |kind: CredentialKind| {
        let own = |owner: &CredentialOwner| matches!(owner, CredentialOwner::User(name) if *name == last_name(user.arn()));
        listed.iter().any(|known| known.kind == kind && own(&known.owner))
    };
    match (primitive.has, primitive.lacks) {
        (Some(kind), _) if !has(kind) => {
            Err(format!("credentials.json: {} has no {}", user.arn(), kind.name()))
        }
        (_, Some(kind)) if has(kind) => {
            Err(format!("credentials.json: {} has a {} already", user.arn(), kind.name()))
        }
        _ => Ok(()),
    }
}

/// What documents of Systems Manager do that the requests name.
fn documents(requests: &[Request]) -> Result<Vec<Evidence>, String> {
    let mut all = Vec::new();
    for request in requests {
        let Some(arn) = Arn::parse(&request.resource).filter(|arn| arn.service == "ssm") else { continue };
        let Some(name) = arn.resource.strip_prefix("document/") else { continue };
        if RUN_COMMANDS.contains(&name) {
            continue;
        }
        if name.starts_with("AWS-") {
            return Err(format!("{name} runs no commands of whoever sends it"));
        }
        all.push(Evidence::Assumed(format!("the document {name} runs commands of whoever sends it")));
    }
    Ok(all)
}

/// The tags that requests say their resources have, where no export tells those.
///
/// # Errors
/// When an inventory tells that a resource has another.
pub(super) fn tags_of_resources(requests: &[Request], world: &World) -> Result<Vec<Evidence>, String> {
    let mut all = Vec::new();
    for request in requests.iter().filter(|request| world.principal(&request.resource).is_none()) {
        let listed = world.resource_tags(&request.resource);
        for (key, value) in request.context.iter() {
            let (Some(("aws:resourcetag" | "iam:resourcetag", _)), Some((_, tag)), Some(value)) =
                (key.family(), key.as_written().split_once('/'), value.values().first())
            else {
                continue;
            };
            match listed {
                Some(tags) if tags.get(tag) != Some(value) => {
                    return Err(format!("{} does not carry the tag {tag}={value}", request.resource));
                }
                Some(_) => {
                    let file = if request.resource.contains(":organizations:") {
                        "organization.json"
                    } else {
                        "resources.json"
                    };
                    all.push(Evidence::Shown(format!(
                        "{file}: {} carries the tag {tag}={value}",
                        request.resource
                    )));
                }
                None => {
                    all.push(Evidence::Assumed(format!(
                        "{} carries the tag {tag}={value}",
                        request.resource
                    )));
                }
            }
        }
    }
    Ok(all)
}
