//! Calls through inference profiles and prompt routers: several checks each (semantics:D4).
//!
//! A proof asks for less than AWS does: the profile, and the model in some one Region. A refutation asks for all: the profile,
//! and the model in each Region to which the profile may send the call, under either reading of which Region the check is
//! made in (F30).

use ringfence_model::catalogue::{ActionId, Catalogue, ResourceTypeId};
use ringfence_model::context::ContextKey;
use ringfence_model::models::ProfileTable;
use ringfence_model::world::InferenceProfileKind;

use super::find;
use super::invoke::INVOKE_ACTIONS;
use super::models::ModelIds;
use super::route::Route;
use crate::named_arns::NamedArns;
use crate::query::{KeyDemand, Target, TargetResource};
use crate::surroundings::{AccountSurroundings, CallableProfile};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

const PROFILE_KEY: &str = "bedrock:InferenceProfileArn";
const ROUTER_KEY: &str = "bedrock:PromptRouterArn";

/// Types of profiles and routers, with the key that a check of the model carries in a call through one.
pub(super) const THROUGH: [(&str, &str); 4] = [
    ("inference-profile", PROFILE_KEY),
    ("application-inference-profile", PROFILE_KEY),
    ("prompt-router", ROUTER_KEY),
    ("default-prompt-router", ROUTER_KEY),
];

/// A call that may run a model of the set through a profile or a router, with less than it needs.
pub(super) fn possible(catalogue: &Catalogue, ids: &ModelIds) -> Vec<Target> {
    let Some(resource_type) = catalogue.find_resource_type("bedrock", "foundation-model") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for language in ids.languages() {
        let model = TargetResource::AnyRegion { resource_type, names: vec![language.clone()] };
        found.extend(possible_with(catalogue, &model, Some(&language)));
    }
    found
}

/// A call through a profile or a router with the check of `model` besides; `ids` are those of the models, where that is known.
pub(super) fn possible_with(
    catalogue: &Catalogue,
    model: &TargetResource,
    ids: Option<&Language>,
) -> Vec<Target> {
    let mut found = Vec::new();
    for action in find(catalogue, &INVOKE_ACTIONS) {
        for (name, key) in THROUGH {
            let Some(resource_type) = catalogue.find_resource_type("bedrock", name) else { continue };
            let names = match ids {
                Some(ids) if name == "inference-profile" => vec![of_some_geography(ids)],
                Some(_) | None => Vec::new(),
            };
            let value = KeyDemand::Value(Language::glob(&format!("arn:*:{name}/*")));
            let check = Target::new(action, model.clone(), vec![(ContextKey::new(key), value)]);
            let call = TargetResource::Type { resource_type, names };
            let call = Target { further: vec![check], ..Target::new(action, call, Vec::new()) };
            found.push(call);
        }
    }
    found
}

/// A call through each profile of AWS that the account lists for a model of the set, whatever its id, with less than it needs.
pub(super) fn listed(catalogue: &Catalogue, account: &AccountSurroundings, ids: &ModelIds) -> Vec<Target> {
    let find = |name| catalogue.find_resource_type("bedrock", name);
    let (Some(model_type), Some(resource_type)) = (find("foundation-model"), find("inference-profile"))
    else {
        return Vec::new();
    };
    let arns: Vec<String> = account
        .listed_profiles()
        .filter(|profile| profile.kind == InferenceProfileKind::SystemDefined && ids.contains(&profile.model))
        .map(|profile| profile.arn)
        .collect();
    if arns.is_empty() {
        return Vec::new();
    }
    let arns = NamedArns::new(arns);
    let model = TargetResource::AnyRegion { resource_type: model_type, names: ids.languages() };
    let calls = super::find(catalogue, &INVOKE_ACTIONS).into_iter().map(|action| {
        let call = TargetResource::OneOf { resource_type, arns: arns.clone() };
        let check = Target::new(action, model.clone(), Vec::new());
        Target { further: vec![check], ..Target::new(action, call, Vec::new()) }
    });
    calls.collect()
}

/// Ids of profiles of AWS for these models: a geography, those to come among them, and the model's id.
fn of_some_geography(ids: &Language) -> Language {
    let letters = CharacterSet::from_ranges(vec![('a', 'z'), ('0', '9'), ('-', '-')]);
    let mut builder = LanguageBuilder::new();
    builder.some(letters).text(".").append(ids);
    builder.build()
}

/// A call through one profile, once for each reading of F30. All must be allowed.
#[derive(Clone, Debug)]
pub(super) struct ProfileCall {
    /// By which kind of profile.
    pub(super) route: Route,
    /// The call under each reading.
    pub(super) readings: [Target; 2],
    /// The Regions to which it may be sent.
    pub(super) destinations: Vec<String>,
    /// It may be sent to any Region.
    pub(super) global: bool,
}

/// The calls through each profile that runs `model`, in the order in which they are preferred.
pub(super) fn calls(
    catalogue: &Catalogue,
    table: &ProfileTable,
    around: &AccountSurroundings,
    model: &str,
) -> Vec<ProfileCall> {
    let mut found = Vec::new();
    let types = |name| catalogue.find_resource_type("bedrock", name);
    let Some(model_type) = types("foundation-model") else { return found };
    for profile in around.profiles_of(model, table, catalogue) {
        let (name, route) = match profile.kind {
            InferenceProfileKind::SystemDefined => ("inference-profile", Route::InferenceProfile),
            InferenceProfileKind::Application => ("application-inference-profile", Route::ApplicationProfile),
        };
        let Some(resource_type) = types(name) else { continue };
        for action in find(catalogue, &INVOKE_ACTIONS) {
            let call = |reading| one_call(action, (resource_type, model_type), &profile, reading);
            let readings = [Reading::Destination, Reading::Source].map(call);
            let destinations = profile.destinations.clone();
            found.push(ProfileCall { route, readings, destinations, global: profile.global });
        }
    }
    found
}

/// In which Region a check of a destination is made, whether the check of the profile itself carries the profile's key, and by
/// which word a global profile asks for no Region.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Destination,
    Source,
}

fn one_call(
    action: ActionId,
    (profile_type, model_type): (ResourceTypeId, ResourceTypeId),
    profile: &CallableProfile,
    reading: Reading,
) -> Target {
    let is = |text: &str| KeyDemand::Value(Language::exactly(text));
    let no_router = (ContextKey::new(ROUTER_KEY), KeyDemand::Absent);
    let through = (ContextKey::new(PROFILE_KEY), is(&profile.arn));
    let region = |region: &str| (ContextKey::new("aws:RequestedRegion"), is(region));
    let partition = profile.arn.split(':').nth(1).unwrap_or("aws");
    let mut further = Vec::new();
    for destination in &profile.destinations {
        let arn = format!("arn:{partition}:bedrock:{destination}::foundation-model/{}", profile.model);
        let mut keys = vec![through.clone(), no_router.clone()];
        let resource = if reading == Reading::Source && *destination != profile.source {
            keys.push(region(&profile.source));
            TargetResource::AnyRegionWithin { resource_type: model_type, language: Language::exactly(&arn) }
        } else {
            TargetResource::Exactly { resource_type: model_type, arn }
        };
        further.push(Target::new(action, resource, keys));
    }
    if profile.global {
        let arn = format!("arn:{partition}:bedrock:::foundation-model/{}", profile.model);
        let language = Language::exactly(&arn);
        let word = if reading == Reading::Source { "global" } else { "unspecified" };
        let keys = vec![through.clone(), no_router.clone(), region(word)];
        let resource = TargetResource::GlobalModel { resource_type: model_type, language };
        further.push(Target::new(action, resource, keys));
    }
    let own = match reading {
        Reading::Destination => (ContextKey::new(PROFILE_KEY), KeyDemand::Absent),
        Reading::Source => through,
    };
    let resource = TargetResource::Exactly { resource_type: profile_type, arn: profile.arn.clone() };
    Target { further, ..Target::new(action, resource, vec![own, no_router]) }
}
