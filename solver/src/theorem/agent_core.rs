//! What AgentCore runs with a role of its own when it is called: runtimes, harnesses, gateways, memories and evaluations
//! (escalation: group H).

use ringfence_model::arn::Arn;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::world::InventoryResource;

use super::targets_of;
use crate::query::{Target, TargetResource};
use crate::wildcard::LanguageBuilder;
use crate::wildcard::character::CharacterSet;

/// The service, as the catalogue and ARNs call it.
const SERVICE: &str = "bedrock-agentcore";

/// The calls, each with the type of what has the role; none where the call is about nothing that an inventory lists.
const CALLS: [(&str, Option<&str>); 12] = [
    ("bedrock-agentcore:InvokeAgentRuntime", Some("runtime")),
    ("bedrock-agentcore:InvokeAgentRuntimeForUser", Some("runtime")),
    ("bedrock-agentcore:InvokeAgentRuntimeWithWebSocketStream", Some("runtime")),
    ("bedrock-agentcore:InvokeAgentRuntimeWithWebSocketStreamForUser", Some("runtime")),
    ("bedrock-agentcore:InvokeHarness", Some("harness")),
    ("bedrock-agentcore:InvokeGateway", Some("gateway")),
    ("bedrock-agentcore:CreateEvent", Some("memory")),
    ("bedrock-agentcore:StartMemoryExtractionJob", Some("memory")),
    ("bedrock-agentcore:Evaluate", Some("evaluator")),
    ("bedrock-agentcore:UpdateOnlineEvaluationConfig", Some("online-evaluation-config")),
    ("bedrock-agentcore:StartBatchEvaluation", None),
    ("bedrock-agentcore:StartRecommendation", None),
];

/// All of them, on anything.
pub(super) fn calls(catalogue: &Catalogue) -> Vec<Target> {
    CALLS.iter().flat_map(|(name, _)| targets_of(catalogue, name, &[])).collect()
}

/// The calls on what an inventory tells of.
#[derive(Clone, Debug, Default)]
pub(super) struct Told<'a> {
    /// On each thing that it lists, with that.
    pub(super) listed: Vec<(&'a InventoryResource, Vec<Target>)>,
    /// On what it does not tell: of types of which it lists none, unless it is empty.
    pub(super) untold: Vec<Target>,
}

/// Tells the calls apart: a list counts as whole for a type of which it has one, and for all where it is empty.
pub(super) fn told_apart<'a>(catalogue: &Catalogue, inventory: &'a [InventoryResource]) -> Told<'a> {
    let mut told = Told::default();
    for (name, kind) in CALLS {
        let all = targets_of(catalogue, name, &[]);
        let Some(kind) = kind else {
            told.untold.extend(all);
            continue;
        };
        let is_of = |resource: &&InventoryResource| {
            Arn::parse(&resource.arn).is_some_and(|arn| {
                arn.service == SERVICE
                    && arn.resource.strip_prefix(kind).is_some_and(|rest| rest.starts_with('/'))
            })
        };
        let listed: Vec<&InventoryResource> = inventory.iter().filter(is_of).collect();
        if listed.is_empty() && !inventory.is_empty() {
            told.untold.extend(all);
            continue;
        }
        for resource in listed {
            let calls = all.iter().map(|target| on(catalogue, target, kind, &resource.arn)).collect();
            told.listed.push((resource, calls));
        }
    }
    told
}

/// The call on the thing that has this ARN, or on what belongs to it.
fn on(catalogue: &Catalogue, target: &Target, kind: &str, arn: &str) -> Target {
    let Some(resource_type) = target.resource.resource_type() else { return target.clone() };
    let itself = catalogue.resource_type(resource_type).is_some_and(|known| known.name == kind);
    let resource = if itself {
        TargetResource::Exactly { resource_type, arn: arn.to_owned() }
    } else {
        let mut below = LanguageBuilder::new();
        below.text(arn).text("/").star(CharacterSet::any());
        TargetResource::Within { resource_type, language: below.build(), excluded: Vec::new() }
    };
    Target { resource, ..target.clone() }
}
