//! Routes on which something of the account runs the model: jobs, agents, flows, deployments, endpoints (semantics:D1, D9).

use ringfence_model::arn::Arn;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::condition::Condition;
use ringfence_model::context::ContextKey;
use ringfence_model::policy::Effect;
use ringfence_model::world::InventoryResource;

use super::invoke::{INVOKE_ACTIONS, not_routed};
use super::models::{ModelIds, bare_id};
use super::route::Route;
use super::{find, targets_of};
use crate::encode::action::surely_matches;
use crate::query::{KeyDemand, Target, TargetResource};
use crate::subject::Subject;
use crate::surroundings::{AccountSurroundings, BEDROCK_SERVICE, names_bedrock};
use crate::wildcard::{Language, LanguageBuilder};

/// Jobs that run models with a role that the caller passes, by the actions that begin them.
const JOBS: [&str; 3] =
    ["bedrock:CreateModelInvocationJob", "bedrock:CreateEvaluationJob", "bedrock:CreateModelEvaluationJob"];

/// What runs a model with a role of its own when it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunnerKind {
    Agent,
    Flow,
    KnowledgeBase,
}

impl RunnerKind {
    /// The route through it.
    pub(super) fn route(self) -> Route {
        match self {
            Self::Agent => Route::Agent,
            Self::Flow => Route::Flow,
            Self::KnowledgeBase => Route::KnowledgeBase,
        }
    }
}

/// Actions on agents, flows and knowledge bases that run their models: the action, the type of what is called, how the ARN of an
/// agent, a flow or a knowledge base begins, and what stands in its place before the id in the ARN that is called.
const RUNNERS: [(RunnerKind, &str, &str, &str, &str); 7] = [
    (RunnerKind::Agent, "bedrock:InvokeAgent", "agent-alias", "agent/", "agent-alias/"),
    (RunnerKind::Flow, "bedrock:InvokeFlow", "flow-alias", "flow/", "flow/"),
    (RunnerKind::Flow, "bedrock:StartFlowExecution", "flow-alias", "flow/", "flow/"),
    (RunnerKind::Flow, "bedrock:StartFlowExecution", "flow", "flow/", "flow/"),
    (
        RunnerKind::KnowledgeBase,
        "bedrock:StartIngestionJob",
        "knowledge-base",
        "knowledge-base/",
        "knowledge-base/",
    ),
    (
        RunnerKind::KnowledgeBase,
        "bedrock:IngestKnowledgeBaseDocuments",
        "knowledge-base",
        "knowledge-base/",
        "knowledge-base/",
    ),
    (RunnerKind::KnowledgeBase, "bedrock:Retrieve", "knowledge-base", "knowledge-base/", "knowledge-base/"),
];

/// Actions behind which a model may run with the caller's own rights, or with none (F29).
const FOR_CALLER: [&str; 4] = [
    "bedrock:InvokeInlineAgent",
    "bedrock:RetrieveAndGenerate",
    "bedrock:AgenticRetrieveStream",
    "bedrock:CreateAdvancedPromptOptimizationJob",
];

/// Calls on endpoints of SageMaker, jobs that make one for a while, and sampling of the model of a job or training session.
const ENDPOINTS: [&str; 9] = [
    "sagemaker:Sample",
    "sagemaker:SampleWithResponseStream",
    "sagemaker:SampleTrainingSession",
    "sagemaker:SampleTrainingSessionWithResponseStream",
    "sagemaker:ExecuteSamplingOperation",
    "sagemaker:InvokeEndpoint",
    "sagemaker:InvokeEndpointAsync",
    "sagemaker:InvokeEndpointWithResponseStream",
    "sagemaker:CreateTransformJob",
];

/// What runs a model in SageMaker and resources.json is asked to list; jobs and training sessions come and go.
const LISTED_OF_SAGEMAKER: [&str; 3] = ["endpoint", "inference-component", "transform-job"];

/// iam:PassRole to Bedrock on one of `roles`; on any role where they are none.
fn pass_role(catalogue: &Catalogue, roles: Option<&[String]>) -> Vec<Target> {
    let key = (ContextKey::new("iam:PassedToService"), KeyDemand::Value(Language::exactly(BEDROCK_SERVICE)));
    let mut targets = targets_of(catalogue, "iam:PassRole", &[key]);
    if let Some(roles) = roles {
        for target in &mut targets {
            if let Some(resource_type) = target.resource.resource_type() {
                target.resource = TargetResource::OneOf { resource_type, arns: roles.to_vec() };
            }
        }
    }
    targets
}

/// Beginning a job on a model of the set, or on what hides its model, and passing one of `roles`; any role where they are none.
pub(super) fn jobs(catalogue: &Catalogue, ids: &ModelIds, roles: Option<&[String]>) -> Vec<Target> {
    let model = catalogue.find_resource_type("bedrock", "foundation-model");
    let further = pass_role(catalogue, roles);
    let mut found = Vec::new();
    for name in JOBS {
        for target in targets_of(catalogue, name, &[]) {
            let target = Target { further: further.clone(), ..target };
            let Some(resource_type) = target.resource.resource_type().filter(|known| model == Some(*known))
            else {
                found.push(target);
                continue;
            };
            for language in ids.languages() {
                let resource = TargetResource::AnyRegion { resource_type, names: vec![language] };
                found.push(Target { resource, ..target.clone() });
            }
        }
    }
    found
}

/// Beginning a batch job on a foundation model of `ids`, and passing `role`.
pub(super) fn batch_jobs_on(catalogue: &Catalogue, ids: &ModelIds, role: &str) -> Vec<Target> {
    let action = catalogue.find_action(JOBS[0]);
    let model = catalogue.find_resource_type("bedrock", "foundation-model");
    let mut targets = jobs(catalogue, ids, Some(&[role.to_owned()]));
    targets.retain(|target| target.action.id() == action && target.resource.resource_type() == model);
    targets
}

/// A batch job on the model `arn`, all of whose checks are asked for, with the role `role`.
pub(super) fn batch_job(catalogue: &Catalogue, arn: &str, role: &str) -> Option<Target> {
    let action = catalogue.find_action(JOBS[0])?;
    let model = catalogue.find_resource_type("bedrock", "foundation-model")?;
    let job = catalogue.find_resource_type("bedrock", "model-invocation-job")?;
    let of_model = Target::new(
        action,
        TargetResource::Exactly { resource_type: model, arn: arn.to_owned() },
        Vec::new(),
    );
    let job = TargetResource::Type { resource_type: job, names: Vec::new() };
    let mut further = vec![Target::new(action, job, Vec::new())];
    further.extend(pass_role(catalogue, Some(&[role.to_owned()])));
    Some(Target { further, ..of_model })
}

/// Direct calls on the foundation model `arn`.
pub(super) fn of_model(catalogue: &Catalogue, arn: &str) -> Vec<Target> {
    let Some(resource_type) = catalogue.find_resource_type("bedrock", "foundation-model") else {
        return Vec::new();
    };
    find(catalogue, &INVOKE_ACTIONS)
        .into_iter()
        .map(|action| {
            let resource = TargetResource::Exactly { resource_type, arn: arn.to_owned() };
            Target::new(action, resource, not_routed())
        })
        .collect()
}

/// What an agent, a flow or a knowledge base of the inventory runs with.
#[derive(Clone, Debug)]
pub(super) struct Runner<'a> {
    pub(super) resource: &'a InventoryResource,
    pub(super) kind: RunnerKind,
    /// The calls that run it.
    pub(super) calls: Vec<Target>,
}

/// The agents, flows and knowledge bases that the inventory lists.
pub(super) fn runners<'a>(catalogue: &Catalogue, inventory: &'a [InventoryResource]) -> Vec<Runner<'a>> {
    let mut found = Vec::new();
    for resource in inventory {
        let Some(arn) = Arn::parse(&resource.arn).filter(|arn| arn.service == "bedrock") else { continue };
        let mut calls = Vec::new();
        let mut found_kind = None;
        for (kind, action, name, prefix, called) in RUNNERS {
            let rest = arn.resource.strip_prefix(prefix).or_else(|| arn.resource.strip_prefix(called));
            let Some(id) = rest.and_then(|rest| rest.split('/').next()) else { continue };
            let (Some(action), Some(resource_type)) =
                (catalogue.find_action(action), catalogue.find_resource_type("bedrock", name))
            else {
                continue;
            };
            found_kind = Some(kind);
            let front = format!("arn:{}:bedrock:{}:{}:{called}{id}", arn.partition, arn.region, arn.account);
            let resource = if matches!(name, "flow" | "knowledge-base") {
                TargetResource::Exactly { resource_type, arn: front }
            } else {
                let mut builder = LanguageBuilder::new();
                builder.text(&front).text("/").star(crate::wildcard::character::CharacterSet::any());
                TargetResource::Within { resource_type, language: builder.build(), excluded: Vec::new() }
            };
            calls.push(Target::new(action, resource, Vec::new()));
        }
        if let Some(kind) = found_kind {
            found.push(Runner { resource, kind, calls });
        }
    }
    found
}

/// Whether `role`, as a session that Bedrock begins, may surely be begun for a resource of `account` with this ARN: its trust
/// policy denies nothing, and lets Bedrock in by conditions on the source alone, which fit.
pub(super) fn surely_trusts(role: &Subject, source: &str) -> bool {
    let Some(trust) = role.kind.trust() else { return false };
    let account = role.account.to_string();
    let fits = |condition: &Condition| {
        let value = match condition.key.canonical() {
            "aws:sourceaccount" => account.as_str(),
            "aws:sourcearn" => source,
            _ => return false,
        };
        let operator = condition.operator.to_string();
        let matches = |pattern: &str| match operator.trim_end_matches("IfExists") {
            "StringEquals" => pattern == value,
            "StringLike" => Language::glob(pattern).accepts(value),
            "ArnEquals" | "ArnLike" => Language::arn_pattern(pattern).accepts(value),
            _ => false,
        };
        condition.values.iter().any(|pattern| !pattern.has_variable() && matches(&pattern.raw))
    };
    let statements = &trust.document.statements;
    statements.iter().all(|statement| statement.effect == Effect::Allow)
        && statements.iter().any(|statement| {
            surely_matches(statement, "sts", "assumerole")
                && names_bedrock(statement)
                && statement.conditions.iter().all(fits)
        })
}

/// Calls on anything of the kind.
pub(super) fn any_runner(catalogue: &Catalogue, wanted: RunnerKind) -> Vec<Target> {
    let mut names: Vec<&str> =
        RUNNERS.iter().filter(|(kind, ..)| *kind == wanted).map(|(_, action, ..)| *action).collect();
    names.dedup();
    names.into_iter().flat_map(|name| targets_of(catalogue, name, &[])).collect()
}

/// Calls behind which a model may run with the caller's rights, or not (F29).
pub(super) fn for_caller(catalogue: &Catalogue) -> Vec<Target> {
    FOR_CALLER.iter().flat_map(|name| targets_of(catalogue, name, &[])).collect()
}

/// Calls on any endpoint of SageMaker.
pub(super) fn endpoints(catalogue: &Catalogue) -> Vec<Target> {
    ENDPOINTS.iter().flat_map(|name| targets_of(catalogue, name, &[])).collect()
}

/// Calls on resources that hide their model, by what the inventory tells.
#[derive(Clone, Debug, Default)]
pub(super) struct ToldApart {
    /// On resources that it lists, and that run a model of the set.
    pub(super) certain: Vec<Target>,
    /// On resources that it lists, and of which it does not say what they run.
    pub(super) listed: Vec<Target>,
    /// On what it may mean, without the ARN of the call; all where there is no inventory.
    pub(super) vague: Vec<Target>,
}

/// Tells `targets` apart.
pub(super) fn told_apart(
    catalogue: &Catalogue,
    targets: &[Target],
    ids: &ModelIds,
    around: Option<&AccountSurroundings>,
) -> ToldApart {
    let mut told = ToldApart::default();
    let Some(inventory) = around.and_then(|around| around.inventory.as_ref()) else {
        return ToldApart { vague: targets.to_vec(), ..told };
    };
    for target in targets {
        let known = target.resource.resource_type().and_then(|id| Some((id, catalogue.resource_type(id)?)));
        let Some((resource_type, known)) = known else {
            told.vague.push(target.clone());
            continue;
        };
        // What the ARN of the call does not name is among these, if the inventory lists it.
        let behind = match (known.service.as_ref(), known.name.as_str()) {
            ("sagemaker", "transform-job") => Some(("sagemaker", "model/")),
            ("bedrock", "bedrock-marketplace-model-endpoint") => Some(("sagemaker", "endpoint/")),
            ("bedrock-mantle", "project") => Some(("bedrock-mantle", "customized-model/")),
            // The call on a workspace names any model.
            ("aws-external-anthropic", _) => {
                told.vague.push(target.clone());
                continue;
            }
            ("sagemaker", name) if !LISTED_OF_SAGEMAKER.contains(&name) => {
                told.vague.push(target.clone());
                continue;
            }
            _ => None,
        };
        if let Some((service, kind)) = behind {
            let is_one = |resource: &&InventoryResource| {
                Arn::parse(&resource.arn)
                    .is_some_and(|arn| arn.service == service && arn.resource.starts_with(kind))
            };
            let of_set = |resource: &InventoryResource| {
                resource.model.as_deref().and_then(bare_id).is_none_or(|id| ids.contains(id))
            };
            if inventory.iter().filter(is_one).any(of_set) {
                told.vague.push(target.clone());
            }
            continue;
        }
        let formats = known.arn_formats.as_slice();
        for resource in inventory.iter().filter(|resource| fits(formats, &resource.arn)) {
            let region_is_known = Arn::parse(&resource.arn).is_some_and(|arn| {
                arn.region.is_empty()
                    || catalogue.regions(arn.partition).iter().any(|region| region == arn.region)
            });
            if !region_is_known {
                // Nothing can be asked about its ARN.
                told.vague.push(target.clone());
                continue;
            }
            let mut arns = vec![resource.arn.to_string()];
            if known.service.as_ref() == "sagemaker" {
                // Names are in lower case there (semantics:D10).
                arns.push(resource.arn.to_ascii_lowercase());
                arns.dedup();
            }
            let exactly = TargetResource::OneOf { resource_type, arns };
            let call = Target { resource: exactly, ..target.clone() };
            match resource.model.as_deref().and_then(bare_id) {
                Some(id) if ids.contains(id) => told.certain.push(call),
                Some(_) => {}
                None => told.listed.push(call),
            }
        }
    }
    told
}

/// Whether the ARN is of one of the formats, by service and type.
fn fits(formats: &[String], arn: &str) -> bool {
    let Some(arn) = Arn::parse(arn) else { return false };
    formats.iter().filter_map(|format| Arn::parse(format)).any(|format| {
        let kind = format.resource.split("${").next().unwrap_or_default();
        format.service == arn.service && arn.resource.starts_with(kind)
    })
}
