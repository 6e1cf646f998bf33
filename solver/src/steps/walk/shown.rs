//! What shows that a step is possible, or is assumed.

use ringfence_model::request::Request;
use ringfence_model::world::World;

use super::super::guard::Binding;
use super::super::primitive::Primitive;
use super::Evidence;

/// What the step rests on: what the inventory shows, or what it takes for granted.
pub(super) fn evidence(primitive: &Primitive, binding: &Binding) -> Vec<Evidence> {
    let mut all = Vec::new();
    if let Some(resource) = &binding.resource {
        all.push(Evidence::Shown(format!("resources.json: {resource} runs with the role")));
    }
    if let Some(text) =
        primitive.evidence.as_ref().filter(|_| binding.resource.is_none() || !primitive.listed)
    {
        all.push(Evidence::Assumed(text.clone()));
    }
    if primitive.is_asked_on_several() {
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
        let listed = world
            .accounts
            .values()
            .flat_map(|account| account.resources.iter().flatten())
            .find(|resource| *resource.arn == *request.resource);
        for (key, value) in request.context.iter() {
            let (Some(("aws:resourcetag" | "iam:resourcetag", _)), Some((_, tag)), Some(value)) =
                (key.family(), key.as_written().split_once('/'), value.values().first())
            else {
                continue;
            };
            match listed {
                Some(resource) if resource.tags.get(tag) != Some(value) => {
                    return Err(format!(
                        "{} does not carry the tag {tag}={value} (resources.json)",
                        request.resource
                    ));
                }
                Some(_) => {
                    all.push(Evidence::Shown(format!(
                        "resources.json: {} carries the tag {tag}={value}",
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
