//! What shows that a step is possible, or is assumed.

use ringfence_model::request::Request;
use ringfence_model::world::{IamPrincipal, World};

use super::super::cast::{Cast, listed_in};
use super::super::guard::Binding;
use super::super::primitive::{Effect, Primitive};
use super::Evidence;

/// Calls that AWS checks on resources of types that the table does not name.
const SEVERAL: [&str; 3] = ["ec2:CreateFleet", "ec2:RequestSpotInstances", "ec2:RequestSpotFleet"];

/// What the step rests on: what the inventory shows, or what it takes for granted.
pub(super) fn evidence(
    primitive: &Primitive,
    binding: &Binding,
    requests: &[Request],
    cast: &Cast<'_>,
    world: &World,
) -> Vec<Evidence> {
    let mut all = Vec::new();
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
    if let Some(text) =
        primitive.evidence.as_ref().filter(|_| binding.resource.is_none() || !primitive.listed)
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
    if requests.iter().any(|request| SEVERAL.contains(&request.action.as_str())) {
        let text = "the call is allowed on the other resources that AWS checks it on";
        all.push(Evidence::Assumed(text.to_owned()));
    }
    all
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
