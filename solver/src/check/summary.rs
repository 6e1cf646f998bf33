//! What a guardrail's result says beside its verdicts: what it leaves out, takes for granted, and lacks.

use std::collections::BTreeSet;

use ringfence_model::models::ModelTable;
use ringfence_model::world::{MissingEffect, MissingScope, World};

use super::scope::pattern_matches;
use crate::guardrail::{Configuration, GuardrailKind};
use crate::report::Missing;
use crate::subject::Subject;
use crate::theorem::escape::ApprovedBoundaries;

/// The boundaries that count as approved: those that the patterns match now, or by default every customer-managed
/// policy that some principal carries as its boundary.
pub(super) fn approved_boundaries(world: &World, configuration: &Configuration) -> ApprovedBoundaries {
    let customer: BTreeSet<String> = world
        .accounts
        .values()
        .flat_map(|account| account.managed_policies.values())
        .filter(|policy| !policy.aws_managed)
        .map(|policy| policy.arn.to_string())
        .collect();
    let used: BTreeSet<String> = world
        .principals()
        .filter_map(|(_, principal)| principal.boundary().map(|boundary| boundary.name.to_string()))
        .collect();
    let patterns = configuration.approved_boundaries.clone().unwrap_or_default();
    let arns: Vec<String> = match &configuration.approved_boundaries {
        None => customer.intersection(&used).cloned().collect(),
        Some(patterns) => {
            let approved = |arn: &&String| patterns.iter().any(|pattern| pattern_matches(pattern, arn));
            customer.union(&used).filter(approved).cloned().collect()
        }
    };
    ApprovedBoundaries { arns, patterns, existing: customer.into_iter().collect() }
}

/// The name of the subject's boundary.
pub(super) fn boundary(subject: &Subject) -> Option<String> {
    let boundary = subject.policies.permissions_boundary.as_ref()?.first()?;
    Some(boundary.name.to_string())
}

/// What verdicts of this kind do not cover.
pub(super) fn not_covered(kind: &GuardrailKind) -> Vec<String> {
    let steps = "several steps: assuming a role, passing one to a service, changing a policy first";
    let routes = "models that AWS's own features run (data automation, reranking, embeddings), and what runs \
                  models with a role of its own besides agents, flows and jobs of Bedrock (AgentCore runtimes, functions, notebooks)";
    let policies = "VPC endpoint policies, KMS grants, access control lists and shared resources";
    let texts: &[&str] = match kind {
        GuardrailKind::CannotInvoke { .. } => &[steps, routes, policies],
        GuardrailKind::CannotEscapeBoundary => &[steps, policies],
        GuardrailKind::SeparationOfDuties { .. } => {
            &[steps, routes, policies, "models that the principal's other roles modify or invoke"]
        }
    };
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// What verdicts of this kind take for granted.
pub(super) fn assumptions(
    kind: &GuardrailKind,
    configuration: &Configuration,
    models: &ModelTable,
) -> Vec<String> {
    let mut texts = vec!["temporary credentials live at most 36 hours".to_owned()];
    let priced = match kind {
        GuardrailKind::CannotInvoke { .. } | GuardrailKind::SeparationOfDuties { models: Some(_), .. } => {
            true
        }
        GuardrailKind::CannotEscapeBoundary | GuardrailKind::SeparationOfDuties { models: None, .. } => false,
    };
    if priced {
        texts.push(format!("prices of {}", models.date));
    }
    for (point, (reading, reason)) in &configuration.assumptions {
        texts.push(format!("{point} = {}: {reason}", format!("{reading:?}").to_lowercase()));
    }
    texts
}

/// The inputs that the world lacks and that matter to this kind.
pub(super) fn missing(world: &World, kind: &GuardrailKind) -> Vec<Missing> {
    let can_carry = matches!(kind, GuardrailKind::SeparationOfDuties { .. });
    world
        .missing()
        .into_iter()
        .filter(|missing| match missing.scope {
            MissingScope::Every | MissingScope::AllPrincipals => true,
            MissingScope::ResourcePolicies => can_carry,
            MissingScope::Steps => false,
        })
        .map(|missing| {
            let accounts: Vec<String> = missing.accounts.iter().map(ToString::to_string).collect();
            let text = if accounts.is_empty() {
                missing.reason
            } else {
                format!("{} (accounts {})", missing.reason, accounts.join(", "))
            };
            let effect = match missing.effect {
                MissingEffect::Conditional => "conditional",
                MissingEffect::Inconclusive => "inconclusive",
            };
            Missing { input: missing.input, effect, text }
        })
        .collect()
}
