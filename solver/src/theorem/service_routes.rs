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
use crate::encode::action::{may_match, surely_matches};
use crate::named_arns::NamedArns;
use crate::query::{KeyDemand, Target, TargetResource};
use crate::subject::Subject;
use crate::surroundings::{AccountSurroundings, BEDROCK_SERVICE, names_bedrock};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder, Theory};

/// The action that begins a batch job, on a model that the caller names.
const BATCH_JOB: &str = "bedrock:CreateModelInvocationJob";

/// Jobs that run models with a role that the caller passes, by the actions that begin them. Besides the model on which the caller is
/// checked, evaluations run one that judges and distillations one that teaches.
const JOBS: [&str; 4] = [
    BATCH_JOB,
    "bedrock:CreateEvaluationJob",
    "bedrock:CreateModelEvaluationJob",
    "bedrock:CreateModelCustomizationJob",
];

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
    if let Some(roles) = roles.map(|roles| NamedArns::new(roles.to_vec())) {
        for target in &mut targets {
            if let Some(resource_type) = target.resource.resource_type() {
                target.resource = TargetResource::OneOf { resource_type, arns: roles.clone() };
            }
        }
    }
    targets
}

/// Beginning a job that may run a model of the set, and passing one of `roles`; any role where they are none.
pub(super) fn jobs(catalogue: &Catalogue, ids: &ModelIds, roles: Option<&[String]>) -> Vec<Target> {
    let further = pass_role(catalogue, roles);
    let mut found = Vec::new();
    for name in JOBS {
        for target in targets_of(catalogue, name, &[]) {
            let target = Target { further: further.clone(), ..target };
            if name == BATCH_JOB && is_on_model(&target, catalogue) {
                found.extend(on_models(&target, ids));
            } else {
                found.push(target);
            }
        }
    }
    found
}

/// Beginning a batch job on a foundation model of the set, or on what hides its model, and passing one of `roles`; any role where they
/// are none.
pub(super) fn batch_jobs(catalogue: &Catalogue, ids: &ModelIds, roles: Option<&[String]>) -> Vec<Target> {
    let job = catalogue.find_resource_type("bedrock", "model-invocation-job");
    let mut found = Vec::new();
    for target in targets_of(catalogue, BATCH_JOB, &[]) {
        let target = Target { further: pass_role(catalogue, roles), ..target };
        if is_on_model(&target, catalogue) {
            found.extend(on_models(&target, ids));
        } else if target.resource.resource_type() != job {
            found.push(target);
        }
    }
    found
}

fn is_on_model(target: &Target, catalogue: &Catalogue) -> bool {
    let model = catalogue.find_resource_type("bedrock", "foundation-model");
    target.resource.resource_type().is_some_and(|known| model == Some(known))
}

/// The target on each model of `ids`.
fn on_models<'t>(target: &'t Target, ids: &ModelIds) -> impl Iterator<Item = Target> + 't {
    let types = target.resource.resource_type().into_iter();
    let languages = ids.languages();
    types.flat_map(move |resource_type| {
        languages.clone().into_iter().map(move |language| {
            let resource = TargetResource::AnyRegion { resource_type, names: vec![language] };
            Target { resource, ..target.clone() }
        })
    })
}

/// Provisioning capacity for a foundation model of the set.
pub(crate) fn provisioning(catalogue: &Catalogue, ids: &ModelIds) -> Vec<Target> {
    let all = targets_of(catalogue, "bedrock:CreateProvisionedModelThroughput", &[]);
    let on_model = all.iter().filter(|target| is_on_model(target, catalogue));
    let of_type = |target: &Target, language| {
        let resource_type = target.resource.resource_type()?;
        let resource = TargetResource::Type { resource_type, names: vec![language] };
        Some(Target { resource, ..target.clone() })
    };
    on_model
        .flat_map(|target| ids.languages().into_iter().filter_map(move |language| of_type(target, language)))
        .collect()
}

/// Beginning a batch job on a foundation model of `ids` in one of `regions`, and passing `role`, whose partition is given.
pub(super) fn batch_jobs_in(
    catalogue: &Catalogue,
    ids: &ModelIds,
    (partition, regions): (&str, &[String]),
    role: &str,
) -> Vec<Target> {
    let mut targets = batch_jobs(catalogue, ids, Some(&[role.to_owned()]));
    targets.retain(|target| is_on_model(target, catalogue));
    for target in &mut targets {
        if let TargetResource::AnyRegion { resource_type, names } = &target.resource {
            let mut language = LanguageBuilder::new();
            language.text(&format!("arn:{partition}:bedrock:")).alternatives(regions.iter().cloned());
            language.text("::foundation-model/");
            for name in names {
                language.append(name);
            }
            target.resource = TargetResource::Within {
                resource_type: *resource_type,
                language: language.build(),
                excluded: Vec::new(),
            };
        }
    }
    targets
}

/// The ARNs of batch jobs of an account in a Region, up to their id.
pub(super) fn batch_jobs_of(role: &Subject, region: &str) -> String {
    format!("arn:{}:bedrock:{region}:{}:model-invocation-job/", role.partition, role.account)
}

/// A batch job on the model `arn`, all of whose checks are asked for, with the role `role`.
pub(super) fn batch_job(catalogue: &Catalogue, arn: &str, role: &Subject) -> Option<Target> {
    let action = catalogue.find_action(BATCH_JOB)?;
    let model = catalogue.find_resource_type("bedrock", "foundation-model")?;
    let job = catalogue.find_resource_type("bedrock", "model-invocation-job")?;
    let of_model = Target::new(
        action,
        TargetResource::Exactly { resource_type: model, arn: arn.to_owned() },
        Vec::new(),
    );
    let mut jobs = LanguageBuilder::new();
    jobs.text(&batch_jobs_of(role, Arn::parse(arn)?.region))
        .some(CharacterSet::from_ranges(vec![('a', 'z'), ('0', '9')]));
    let job = TargetResource::Within { resource_type: job, language: jobs.build(), excluded: Vec::new() };
    let mut further = vec![Target::new(action, job, Vec::new())];
    further.extend(pass_role(catalogue, Some(std::slice::from_ref(&role.arn))));
    Some(Target { further, ..of_model })
}

/// Whether Bedrock may take on `role` for a batch job: not where each statement that lets it in asks for a source that is none.
pub(super) fn may_serve_batch_jobs(role: &Subject, theory: &mut Theory) -> bool {
    let Some(trust) = role.kind.trust() else { return true };
    let jobs = Language::arn_pattern("arn:*:bedrock:*:*:model-invocation-job/*");
    let mut is_of_others = |condition: &Condition| {
        let operator = condition.operator.to_string();
        let by_glob = match operator.as_str() {
            "StringEquals" | "ArnEquals" | "ArnLike" => false,
            "StringLike" => true,
            _ => return false,
        };
        condition.key.canonical() == "aws:sourcearn"
            && condition.values.iter().all(|value| {
                let language = match (operator.as_str(), by_glob) {
                    ("StringEquals", _) => Language::exactly(&value.raw),
                    (_, true) => Language::glob(&value.raw),
                    (_, false) => Language::arn_pattern(&value.raw),
                };
                !value.has_variable() && theory.are_disjoint(&language, &jobs)
            })
    };
    trust
        .document
        .statements
        .iter()
        .filter(|statement| statement.effect == Effect::Allow)
        .any(|statement| !statement.conditions.iter().any(&mut is_of_others))
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
                builder.text(&front).text("/").star(CharacterSet::any());
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
/// policy denies nothing, and lets Bedrock in by conditions on the source alone, which fit, and no resource control policy may deny it.
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
    // Resource control policies bind services too.
    let mut control = role
        .resources
        .resource_control(role.account)
        .iter()
        .flat_map(|level| &level.policies)
        .flat_map(|policy| &policy.document.statements);
    let statements = &trust.document.statements;
    !control.any(|statement| statement.effect == Effect::Deny && may_match(statement, "sts", "assumerole"))
        && statements.iter().all(|statement| statement.effect == Effect::Allow)
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
        let formats = known.arn_formats.as_slice();
        if let Some((service, kind)) = behind {
            // A call of bedrock-mantle that names a model in another way than by its id is on no resource of the account.
            if target.keys.iter().any(|(_, demand)| names_another_than(demand, kind)) {
                told.vague.push(target.clone());
                continue;
            }
            let is_one = |resource: &&InventoryResource| {
                fits(formats, &resource.arn)
                    || Arn::parse(&resource.arn)
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
            let exactly = TargetResource::OneOf { resource_type, arns: NamedArns::new(arns) };
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

/// The demand is one on a value that is not the ARN of such a resource.
fn names_another_than(demand: &KeyDemand, kind: &str) -> bool {
    let example = format!("arn:aws:bedrock-mantle:us-east-1:111122223333:{kind}x");
    matches!(demand, KeyDemand::Value(language) if !language.accepts(&example))
}

/// Whether the ARN is of one of the formats, by service and type.
pub(super) fn fits(formats: &[String], arn: &str) -> bool {
    let Some(arn) = Arn::parse(arn) else { return false };
    formats.iter().filter_map(|format| Arn::parse(format)).any(|format| {
        let kind = format.resource.split("${").next().unwrap_or_default();
        format.service == arn.service && arn.resource.starts_with(kind)
    })
}
