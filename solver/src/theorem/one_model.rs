//! T3 on one and the same model: what an inventory shows that can be changed and run.

use std::collections::BTreeSet;

use ringfence_model::arn::Arn;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::ContextKey;
use ringfence_model::world::InventoryResource;

use super::duties::ModifyTargets;
use super::invoke::{self, InvokeTargets};
use super::models::{ModelIds, bare_id, without_length};
use super::service_routes::fits;
use crate::named_arns::NamedArns;
use crate::query::{KeyDemand, Target, TargetResource};
use crate::wildcard::Language;

/// So far the models behind models are followed, such as a deployment of a custom model of a foundation model.
const BEHIND: usize = 4;
/// Services whose calls name their model, or what runs it.
const NAMING: [&str; 3] = ["bedrock", "bedrock-mantle", "sagemaker"];

/// The key in which a call of bedrock-mantle names its model.
const MODEL_KEY: &str = "bedrock-mantle:Model";

/// A model that an inventory shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownModel {
    /// What it is called in an answer: its ARN, or the id of a foundation model.
    pub name: String,
    /// The ARNs by which calls may name it: its own, and those of what runs it.
    arns: BTreeSet<String>,
    /// The id of the foundation model, where it is one: that is run in more ways than under these ARNs.
    foundation: Option<String>,
}

/// The models of an inventory: each that has an ARN of its own, with what is listed as running that very one; and each foundation model,
/// with all that is listed as running it or as made of it.
pub fn shown(inventory: &[InventoryResource], catalogue: &Catalogue) -> [Vec<ShownModel>; 2] {
    let in_known_region = |arn: &&str| {
        Arn::parse(arn).is_some_and(|parts| {
            parts.region.is_empty()
                || catalogue.regions(parts.partition).iter().any(|region| region == parts.region)
        })
    };
    let arns = inventory.iter().map(|resource| resource.arn.as_ref());
    let models = inventory.iter().filter_map(|resource| resource.model.as_deref());
    let named: BTreeSet<&str> = arns.chain(models).filter(in_known_region).collect();
    let of_its_own = named.iter().filter(|name| bare_id(name).is_none()).map(|name| ShownModel {
        name: (*name).to_owned(),
        arns: named
            .iter()
            .filter(|arn| behind(inventory, arn).any(|model| model == *name))
            .map(|arn| (*arn).to_owned())
            .collect(),
        foundation: None,
    });
    let ids: BTreeSet<&str> = named.iter().filter_map(|name| foundation(inventory, name)).collect();
    let of_aws = ids.into_iter().map(|id| ShownModel {
        name: id.to_owned(),
        arns: named
            .iter()
            .filter(|name| foundation(inventory, name) == Some(id))
            .map(|name| (*name).to_owned())
            .collect(),
        foundation: Some(id.to_owned()),
    });
    [of_its_own.collect(), of_aws.collect()]
}

/// The ARN, and the models behind it one after the other, as far as the inventory tells.
fn behind<'a>(inventory: &'a [InventoryResource], arn: &'a str) -> impl Iterator<Item = &'a str> {
    let next = |arn: &&'a str| inventory.iter().find(|resource| *resource.arn == **arn)?.model.as_deref();
    std::iter::successors(Some(arn), next).take(BEHIND)
}

/// The id of the foundation model that runs in the end under the ARN, as far as the inventory tells.
fn foundation<'a>(inventory: &'a [InventoryResource], arn: &'a str) -> Option<&'a str> {
    let id = behind(inventory, arn).find_map(bare_id)?;
    Some(without_length(id).unwrap_or(id))
}

/// The requests of T3 that name one of `models`, all of one kind: those that modify it, and those that run it. None where there are no
/// such requests, or none of the models is of the set that is asked about.
pub fn naming(
    models: &[ShownModel],
    (modify, invoke): (&ModifyTargets, &InvokeTargets),
    (inventory, catalogue): (&[InventoryResource], &Catalogue),
) -> Option<(ModifyTargets, InvokeTargets)> {
    let of_set = |arn: &&String| {
        invoke.any_model || foundation(inventory, arn).is_some_and(|id| invoke.ids.contains(id))
    };
    let arns: BTreeSet<&String> = models.iter().flat_map(|model| &model.arns).collect();
    let changing = |(target, service): &(Target, Option<&'static str>)| {
        Some((on_these(target, &arns, catalogue)?, *service))
    };
    let modify = ModifyTargets {
        models: modify.models.iter().filter_map(changing).collect(),
        training_data: Vec::new(),
        replicated: Vec::new(),
    };
    let of_aws: Vec<String> = models
        .iter()
        .filter_map(|model| model.foundation.clone())
        .filter(|id| invoke.any_model || invoke.ids.contains(id))
        .collect();
    let partition = arns.iter().find_map(|arn| Arn::parse(arn)).map_or("aws", |arn| arn.partition);
    let mut running = if models.iter().all(|model| model.foundation.is_none()) {
        invoke.without_calls()
    } else {
        invoke::targets(catalogue, &ModelIds::these(of_aws), partition).of_services(&NAMING, catalogue)
    };
    // What is listed as running it runs it, also by way of what was made of it.
    let arns: BTreeSet<&String> = arns.into_iter().filter(of_set).collect();
    let hidden = invoke.hidden_as_direct();
    running.direct.extend(hidden.iter().filter_map(|target| on_these(target, &arns, catalogue)));
    let runs = !running.direct.is_empty() || !running.any_route.is_empty();
    (runs && !modify.models.is_empty()).then_some((modify, running))
}

/// The target on those of the ARNs that are of its type; none if none is.
fn on_these(target: &Target, arns: &BTreeSet<&String>, catalogue: &Catalogue) -> Option<Target> {
    let resource_type = target.resource.resource_type()?;
    let known = catalogue.resource_type(resource_type)?;
    if let Some(target) = by_key(target, arns) {
        return Some(target);
    }
    let mut fitting: Vec<String> =
        arns.iter().filter(|arn| fits(&known.arn_formats, arn)).map(|arn| (*arn).clone()).collect();
    if known.service.as_ref() == "sagemaker" {
        // Names are in lower case there (semantics:D10).
        let lower: Vec<String> = fitting.iter().map(|arn| arn.to_ascii_lowercase()).collect();
        fitting.extend(lower);
        fitting.sort_unstable();
        fitting.dedup();
    }
    if fitting.is_empty() {
        return None;
    }
    let resource = TargetResource::OneOf { resource_type, arns: NamedArns::new(fitting) };
    Some(Target { resource, ..target.clone() })
}

/// The target with one of the ARNs as the model that it names by a key; none if it names none of them so.
fn by_key(target: &Target, arns: &BTreeSet<&String>) -> Option<Target> {
    let mut target = target.clone();
    let (_, demand) = target.keys.iter_mut().find(|(key, _)| *key == ContextKey::new(MODEL_KEY))?;
    let KeyDemand::Value(language) = demand else { return None };
    let named: Vec<String> =
        arns.iter().filter(|arn| language.accepts(arn)).map(|arn| (*arn).clone()).collect();
    if named.is_empty() {
        return None;
    }
    *demand = KeyDemand::Value(Language::one_of(named));
    Some(target)
}

/// What `both` finds of the first of `models` that may be changed and run. It is asked about several at once, with the requests that name
/// one of them, and says none where none of them may: so halves are passed over as one. What it finds of several does not count.
pub fn first_of<T>(
    models: &[ShownModel],
    (modify, invoke): (&ModifyTargets, &InvokeTargets),
    (inventory, catalogue): (&[InventoryResource], &Catalogue),
    both: &mut impl FnMut(&[ShownModel], ModifyTargets, InvokeTargets) -> Option<T>,
) -> Option<T> {
    let (modifies, runs) = naming(models, (modify, invoke), (inventory, catalogue))?;
    let found = both(models, modifies, runs)?;
    if models.len() == 1 {
        return Some(found);
    }
    let (left, right) = models.split_at(models.len() / 2);
    first_of(left, (modify, invoke), (inventory, catalogue), both)
        .or_else(|| first_of(right, (modify, invoke), (inventory, catalogue), both))
}

/// What the witness says of such a model; nothing of several.
pub fn fact(models: &[ShownModel]) -> Option<String> {
    let [model] = models else { return None };
    Some(format!("both requests are about the model {}, what runs it or what is made of it", model.name))
}
