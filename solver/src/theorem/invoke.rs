//! T1: invocation of a model of a set, one request at a time.
//!
//! Every profile route also needs the foundation model's ARN, so that ARN is what is asked for, under both invoke
//! actions, and `bedrock-mantle:CreateInference` with the model as a key. What comes of it is in `invocation.rs`.

use ringfence_model::catalogue::{Catalogue, ResourceTypeId};
use ringfence_model::context::{ContextKey, ContextValue};
use ringfence_model::models::ModelTable;
use ringfence_model::request::Request;

use std::collections::BTreeSet;

use super::models::{ModelIds, any_text};
use super::route::Route;
use super::service_routes::RunnerKind;
use super::{agent_core, find, profiles, service_routes};
use crate::query::{KeyDemand, Target, TargetResource};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// The two actions that run a model through its ARN.
pub const INVOKE_ACTIONS: [&str; 2] = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];
/// The action that names its model in a key.
pub const MANTLE_ACTION: &str = "bedrock-mantle:CreateInference";

/// Actions of the Claude platform on AWS that run a model: directly, in a batch, by an agent of the workspace, and by deployments, which
/// run on a schedule.
const CLAUDE_ACTIONS: [&str; 8] = [
    "aws-external-anthropic:CreateInference",
    "aws-external-anthropic:CreateBatchInference",
    "aws-external-anthropic:CreateSession",
    "aws-external-anthropic:RunDeployment",
    "aws-external-anthropic:CreateDeployment",
    "aws-external-anthropic:UpdateDeployment",
    "aws-external-anthropic:UnpauseDeployment",
    "aws-external-anthropic:UpdateSession",
];
/// The action that opens the console of the platform.
const CLAUDE_CONSOLE: &str = "aws-external-anthropic:AssumeConsole";
/// How ids of its models begin.
const CLAUDE_PROVIDER: &str = "anthropic.";

/// Resource types of the invoke actions that need the foundation model's ARN as well, or run no model by themselves.
const BACKED_BY_MODEL: [&str; 9] = [
    "foundation-model",
    "inference-profile",
    "application-inference-profile",
    "prompt-router",
    "default-prompt-router",
    "async-invoke",
    "project",
    "system-tool",
    "guardrail",
];

/// The targets of T1 for one set of models.
#[derive(Clone, Debug)]
pub struct InvokeTargets {
    /// The set.
    pub ids: ModelIds,
    /// Any model is in the set, so that whatever a deployment or an endpoint runs is.
    pub any_model: bool,
    /// The models of the set that are known, by id: what a route of several checks is sought for.
    pub models: Vec<String>,
    /// Direct calls: neither through a profile nor through a router.
    pub direct: Vec<Target>,
    /// Calls on the model's ARN in any context, a global profile's included.
    pub any_route: Vec<Target>,
    /// Calls on resources that hide their model.
    pub hidden: Vec<Target>,
    /// Direct calls on models of the price table and the inventory, where `direct` are those on any model at all; else none. A witness
    /// is sought among them first.
    pub known: Vec<Target>,
    /// Calls through a profile or a router, with less than they need.
    pub through: Vec<Target>,
    /// Jobs that run a model with a role that is passed.
    pub jobs: Vec<Target>,
    /// Calls on agents.
    pub agents: Vec<Target>,
    /// Calls on flows.
    pub flows: Vec<Target>,
    /// Calls on knowledge bases.
    pub knowledge_bases: Vec<Target>,
    /// Calls on what AgentCore runs.
    pub agent_core: Vec<Target>,
    /// Calls behind which a model may run with the caller's rights, or not (F29).
    pub for_caller: Vec<Target>,
    /// Calls on endpoints of SageMaker.
    pub endpoints: Vec<Target>,
}

/// Neither through a profile nor through a router.
pub(super) fn not_routed() -> Vec<(ContextKey, KeyDemand)> {
    let absent = |key: &str| (ContextKey::new(key), KeyDemand::Absent);
    vec![absent("bedrock:InferenceProfileArn"), absent("bedrock:PromptRouterArn")]
}

/// The targets as they are asked for in this Region.
pub(crate) fn in_region(targets: &[Target], region: &str) -> Vec<Target> {
    let demand = || (ContextKey::new("aws:RequestedRegion"), KeyDemand::Value(Language::exactly(region)));
    let mut found = targets.to_vec();
    for target in &mut found {
        target.keys.push(demand());
    }
    found
}

impl InvokeTargets {
    /// Those of the calls that are on one of these services.
    pub(crate) fn of_services(&self, services: &[&str], catalogue: &Catalogue) -> Self {
        self.each(|targets| {
            let is_of = |target: &&Target| {
                let action = target.action.id().and_then(|id| catalogue.action(id));
                action.is_some_and(|action| services.contains(&action.service.as_ref()))
            };
            targets.iter().filter(is_of).cloned().collect()
        })
    }

    /// The calls as they are made in this Region.
    pub(crate) fn in_region(&self, region: &str) -> Self {
        self.each(|targets| in_region(targets, region))
    }

    fn each(&self, of: impl Fn(&[Target]) -> Vec<Target>) -> Self {
        Self {
            ids: self.ids.clone(),
            models: self.models.clone(),
            any_model: self.any_model,
            direct: of(&self.direct),
            any_route: of(&self.any_route),
            hidden: of(&self.hidden),
            known: of(&self.known),
            through: of(&self.through),
            jobs: of(&self.jobs),
            agents: of(&self.agents),
            flows: of(&self.flows),
            knowledge_bases: of(&self.knowledge_bases),
            agent_core: of(&self.agent_core),
            for_caller: of(&self.for_caller),
            endpoints: of(&self.endpoints),
        }
    }

    /// The same set without any call.
    pub(super) fn without_calls(&self) -> Self {
        Self { any_model: false, ..self.each(|_| Vec::new()) }
    }

    /// Calls on what hides its model, as calls that are whole by themselves.
    pub(super) fn hidden_as_direct(&self) -> Vec<Target> {
        let mut found = Vec::new();
        for target in &self.hidden {
            let mut direct = target.clone();
            if direct.keys.is_empty() {
                direct.keys = not_routed();
            }
            found.push(direct);
        }
        found.extend(self.endpoints.iter().cloned());
        found
    }
}

/// The targets for `ids`. A set without any model has none.
pub fn targets(catalogue: &Catalogue, ids: &ModelIds, partition: &str) -> InvokeTargets {
    let not_routed = not_routed();
    let mut targets = InvokeTargets {
        ids: ids.clone(),
        models: ids.known.clone(),
        any_model: false,
        direct: Vec::new(),
        any_route: Vec::new(),
        hidden: Vec::new(),
        known: Vec::new(),
        through: profiles::possible(catalogue, ids),
        jobs: service_routes::jobs(catalogue, ids, None),
        agents: service_routes::any_runner(catalogue, RunnerKind::Agent),
        flows: service_routes::any_runner(catalogue, RunnerKind::Flow),
        knowledge_bases: service_routes::any_runner(catalogue, RunnerKind::KnowledgeBase),
        agent_core: agent_core::calls(catalogue),
        for_caller: service_routes::for_caller(catalogue),
        endpoints: service_routes::endpoints(catalogue),
    };
    let model = catalogue.find_resource_type("bedrock", "foundation-model");
    for language in ids.languages() {
        for action in find(catalogue, &INVOKE_ACTIONS) {
            let Some(resource_type) = model else { continue };
            let resource = TargetResource::Type { resource_type, names: vec![language.clone()] };
            targets.direct.push(Target::new(action, resource.clone(), not_routed.clone()));
            let resource = TargetResource::AnyRegion { resource_type, names: vec![language.clone()] };
            targets.any_route.push(Target::new(action, resource, Vec::new()));
            let mut global = LanguageBuilder::new();
            global.text(&format!("arn:{partition}:bedrock:::foundation-model/")).append(&language);
            let resource = TargetResource::GlobalModel { resource_type, language: global.build() };
            targets.any_route.push(Target::new(action, resource, Vec::new()));
        }
        for action in find(catalogue, &[MANTLE_ACTION]) {
            let Some(resource_type) = mantle_project(catalogue) else { continue };
            // Any model at all may also be named by an ARN, as a customised one.
            let named = if *ids == ModelIds::any() { any_text() } else { language.clone() };
            let key = (ContextKey::new("bedrock-mantle:Model"), KeyDemand::Value(named));
            let resource = TargetResource::Type { resource_type, names: Vec::new() };
            targets.direct.push(Target::new(action, resource, vec![key]));
        }
    }
    // On the Claude platform the call names the model, which no policy sees. It is offered in one partition.
    let claude: Vec<Target> =
        CLAUDE_ACTIONS.iter().flat_map(|name| super::targets_of(catalogue, name, &[])).collect();
    let claude = if partition == "aws" { claude } else { Vec::new() };
    if ids.knows_one_of(CLAUDE_PROVIDER) || *ids == ModelIds::any() {
        targets.direct.extend(claude);
    } else if ids.may_hold_unknown_of(CLAUDE_PROVIDER) {
        targets.hidden.extend(claude);
    }
    if partition == "aws" && (ids.knows_one_of(CLAUDE_PROVIDER) || ids.may_hold_unknown_of(CLAUDE_PROVIDER)) {
        // Whether a model can be run from the console of the platform AWS does not say.
        targets.hidden.extend(super::targets_of(catalogue, CLAUDE_CONSOLE, &[]));
    }
    // A customised model is named by an ARN that does not say which model it was made from.
    for action in find(catalogue, &[MANTLE_ACTION]) {
        let Some(resource_type) = mantle_project(catalogue) else { continue };
        for kind in ["customized-model", "application-inference-profile"] {
            let language = Language::glob(&format!("arn:*:{kind}/*"));
            let key = (ContextKey::new("bedrock-mantle:Model"), KeyDemand::Value(language));
            let resource = TargetResource::Type { resource_type, names: Vec::new() };
            targets.hidden.push(Target::new(action, resource, vec![key]));
        }
    }
    for action in find(catalogue, &[MANTLE_ACTION]) {
        let Some(resource_type) = mantle_project(catalogue).filter(|_| *ids != ModelIds::any()) else {
            continue;
        };
        for named in ids.languages().iter().flat_map(named_otherwise) {
            let key = (ContextKey::new("bedrock-mantle:Model"), KeyDemand::Value(named));
            let resource = TargetResource::Type { resource_type, names: Vec::new() };
            targets.hidden.push(Target::new(action, resource, vec![key]));
        }
    }
    for action in find(catalogue, &INVOKE_ACTIONS) {
        let Some(row) = catalogue.action(action) else { continue };
        for taken in &row.resource_types {
            let Some(known) = catalogue.resource_type(taken.resource_type) else { continue };
            if !BACKED_BY_MODEL.contains(&known.name.as_str()) {
                let resource = TargetResource::Type { resource_type: taken.resource_type, names: Vec::new() };
                targets.hidden.push(Target::new(action, resource, Vec::new()));
            }
        }
    }
    targets
}

/// The targets for any model, those whose ARN hides which included.
pub fn targets_of_any_model(
    catalogue: &Catalogue,
    table: &ModelTable,
    inventory: &BTreeSet<String>,
    partition: &str,
) -> InvokeTargets {
    let mut any = targets(catalogue, &ModelIds::any(), partition);
    let listed = ModelIds::listed(table, inventory);
    any.known = targets(catalogue, &listed, partition).direct;
    any.models = listed.known;
    any.any_model = true;
    any
}

/// Other names by which a call of bedrock-mantle may mean one of these models, as far as AWS tells: with a geography, with the length of a context, or by an ARN.
fn named_otherwise(ids: &Language) -> [Language; 4] {
    let letters = || CharacterSet::from_ranges(vec![('a', 'z'), ('0', '9'), ('-', '-')]);
    let mut profile = LanguageBuilder::new();
    profile.some(letters()).text(".").append(ids);
    let any = CharacterSet::any();
    let mut model_arn = LanguageBuilder::new();
    model_arn.text("arn:").star(any.clone()).text(":foundation-model/").append(ids);
    let mut profile_arn = LanguageBuilder::new();
    profile_arn.text("arn:").star(any).text(":inference-profile/").some(letters()).text(".").append(ids);
    let mut with_length = LanguageBuilder::new();
    with_length.append(ids).text(":").some(CharacterSet::from_ranges(vec![('a', 'z'), ('0', '9')]));
    [profile.build(), model_arn.build(), profile_arn.build(), with_length.build()]
}

fn mantle_project(catalogue: &Catalogue) -> Option<ResourceTypeId> {
    let action = catalogue.action(catalogue.find_action(MANTLE_ACTION)?)?;
    action.resource_types.first().map(|taken| taken.resource_type)
}

/// The target is a check of a call that runs a model, and no such call by itself: on a profile, a router, a guardrail.
pub(crate) fn is_part_of_a_call(target: &Target, catalogue: &Catalogue) -> bool {
    let action = target.action.id().and_then(|id| catalogue.action(id));
    let kind = target.resource.resource_type().and_then(|id| catalogue.resource_type(id));
    let (Some(action), Some(kind)) = (action, kind) else { return false };
    INVOKE_ACTIONS.contains(&action.full_name().as_str())
        && kind.name != "foundation-model"
        && BACKED_BY_MODEL.contains(&kind.name.as_str())
}

/// The route of a request that runs a model by itself.
pub fn route_of(request: &Request) -> Route {
    let action = request.action.to_ascii_lowercase();
    match action.split_once(':').map_or("", |(service, _)| service) {
        "bedrock-mantle" => Route::Mantle,
        "aws-external-anthropic" => Route::ClaudePlatform,
        "sagemaker" => Route::Endpoint,
        _ if request.resource.contains(":foundation-model/") => Route::Direct,
        _ => Route::Deployment,
    }
}

/// The id of the model that `request` runs; none where it runs none directly, or by an ARN that hides which.
pub fn invoked_model(request: &Request) -> Option<&str> {
    if request.action.eq_ignore_ascii_case(MANTLE_ACTION) {
        let value = request.context.get(&ContextKey::new("bedrock-mantle:Model"))?;
        let ContextValue::Single(id) = value else { return None };
        return Some(id.as_str()).filter(|id| !id.starts_with("arn:"));
    }
    let invokes = INVOKE_ACTIONS.iter().any(|action| request.action.eq_ignore_ascii_case(action));
    let (_, id) = request.resource.split_once(":foundation-model/").filter(|_| invokes)?;
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::invoked_model;
    use ringfence_model::context::{ContextKey, ContextValue, RequestContext};
    use ringfence_model::principal::Principal;
    use ringfence_model::request::Request;

    fn request(action: &str, resource: &str, model: Option<&str>) -> Request {
        let mut context = RequestContext::default();
        if let Some(model) = model {
            context.insert(ContextKey::new("bedrock-mantle:Model"), ContextValue::Single(model.to_owned()));
        }
        Request {
            principal: Principal::Anonymous,
            action: action.to_owned(),
            resource: resource.to_owned(),
            resource_account: None,
            context,
        }
    }

    #[test]
    fn a_request_names_its_model_or_hides_it() {
        let model = "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-v1";
        let profile = "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.anthropic.claude-v1";
        let project = "arn:aws:bedrock-mantle:eu-west-1:111122223333:project/p";
        let create = "bedrock-mantle:CreateInference";
        for (action, resource, key, expected) in [
            ("bedrock:InvokeModel", model, None, Some("anthropic.claude-v1")),
            ("bedrock:invokemodelwithresponsestream", model, None, Some("anthropic.claude-v1")),
            ("bedrock:GetFoundationModel", model, None, None),
            ("bedrock:InvokeModel", profile, None, None),
            (create, project, Some("zai.glm-5"), Some("zai.glm-5")),
            (create, project, Some("arn:aws:bedrock:eu-west-1:111122223333:customized-model/c"), None),
            (create, project, None, None),
        ] {
            assert_eq!(invoked_model(&request(action, resource, key)), expected, "{action} {resource}");
        }
    }
}
