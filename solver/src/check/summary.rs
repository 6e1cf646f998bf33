//! What a guardrail's result says beside its verdicts: what it leaves out, takes for granted, and lacks.

use std::collections::BTreeSet;

use ringfence_model::models::ModelTable;
use ringfence_model::world::{MissingEffect, MissingScope, World};

use super::theorems_over_steps;
use crate::guardrail::{Configuration, GuardrailKind, pattern_matches};
use crate::report::{Missing, Report, Scope};
use crate::subject::Subject;
use crate::theorem::approved_boundaries::ApprovedBoundaries;

/// The boundaries that count as approved: those that the patterns match now, or by default every customer-managed
/// policy that some principal carries as its boundary.
pub(super) fn approved_boundaries(world: &World, configuration: &Configuration) -> ApprovedBoundaries {
    let (arns, customer) = approved_policies(world, configuration);
    let patterns = configuration.approved_boundaries.as_deref().unwrap_or_default();
    ApprovedBoundaries::new(arns, patterns, customer, false)
}

/// The ARNs of the approved policies, and of all customer-managed ones.
pub(super) fn approved_policies(
    world: &World,
    configuration: &Configuration,
) -> (BTreeSet<String>, BTreeSet<String>) {
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
    let arns = match &configuration.approved_boundaries {
        None => customer.intersection(&used).cloned().collect(),
        Some(patterns) => {
            let approved = |arn: &&String| patterns.iter().any(|pattern| pattern_matches(pattern, arn));
            // One of AWS that is named without a wildcard need not be carried by anybody yet.
            let of_aws = patterns
                .iter()
                .filter(|pattern| pattern.contains(":iam::aws:policy/") && !pattern.contains(['*', '?']))
                .cloned();
            let mut all: BTreeSet<String> = customer.union(&used).filter(approved).cloned().collect();
            all.extend(of_aws);
            all
        }
    };
    (arns, customer)
}

/// The name of the subject's boundary.
pub(super) fn boundary(subject: &Subject) -> Option<String> {
    let boundary = subject.policies.permissions_boundary.as_ref()?.first()?;
    Some(boundary.name.to_string())
}

/// What verdicts of this kind do not cover.
pub(super) fn not_covered(kind: &GuardrailKind, scope: Scope) -> Vec<String> {
    let steps = "several steps: assuming a role, passing one to a service, changing a policy first";
    let routes = "models that AWS's own features run (data automation, reranking, embeddings, prompt optimisation, query generation), and what runs \
                  models with a role of its own besides agents, flows, knowledge bases and jobs of Bedrock and what AgentCore runs (functions, \
                  notebooks)";
    let routes_besides_steps = "models that AWS's own features run (data automation, reranking, embeddings, prompt optimisation, query generation), and \
                  what functions and notebooks run for whoever may call them and not change them";
    let unsearched = "steps that the table of primitives lacks, through secrets that hold credentials, artefacts that somebody else runs, and content that \
                      makes an agent act";
    let policies = "VPC endpoint policies, KMS grants, access control lists and shared resources";
    let elsewhere = "resources of accounts that the world does not show, where no name says so";
    let made =
        "principals and resources that services make on behalf of others (Identity Center, CloudFormation)";
    let mut texts = match scope {
        Scope::OneRequest => vec![steps],
        Scope::Steps => vec![unsearched],
    };
    if kind.is_about_routes() {
        texts.push(if scope == Scope::Steps { routes_besides_steps } else { routes });
    }
    texts.push(policies);
    match kind {
        GuardrailKind::SeparationOfDuties { .. } => {
            if scope == Scope::OneRequest {
                texts.push("models that the principal's other roles modify or invoke");
            }
            texts.push(elsewhere);
        }
        GuardrailKind::Forbid(_)
        | GuardrailKind::NetworkRequired { .. }
        | GuardrailKind::CannotCommitSpend { .. }
        | GuardrailKind::MustBeBounded
        | GuardrailKind::CannotInvoke { .. }
        | GuardrailKind::NoStandingAccess { .. }
        | GuardrailKind::Owned { .. }
        | GuardrailKind::Unused { .. }
        | GuardrailKind::ApprovedRegions { .. } => texts.push(elsewhere),
        GuardrailKind::BoundaryRequiredOnCreate | GuardrailKind::BoundaryProtected => texts.push(made),
        GuardrailKind::GuardrailRequired { .. } => {
            let own = "whether an agent, a flow or a job applies a guardrail of its own where no policy asks for one";
            texts.extend([own, elsewhere]);
        }
        GuardrailKind::CannotEscapeBoundary
        | GuardrailKind::ApprovedAccounts { .. }
        | GuardrailKind::MustBeAble { .. } => {}
    }
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// What verdicts of this kind take for granted.
pub(super) fn assumptions(
    kind: &GuardrailKind,
    configuration: &Configuration,
    models: &ModelTable,
) -> Vec<String> {
    let mut texts = vec!["temporary credentials live at most 36 hours".to_owned()];
    if kind.models().is_some() {
        texts.push(format!("prices of {}", models.date));
    }
    for (point, (reading, reason)) in &configuration.assumptions {
        texts.push(format!("{point} = {}: {reason}", format!("{reading:?}").to_lowercase()));
    }
    texts
}

/// The inputs that the world lacks and that matter to this kind.
pub(super) fn missing(world: &World, kind: &GuardrailKind, scope: Scope) -> Vec<Missing> {
    let can_carry = match kind {
        GuardrailKind::SeparationOfDuties { .. }
        | GuardrailKind::Forbid(_)
        | GuardrailKind::ApprovedRegions { .. }
        | GuardrailKind::ApprovedAccounts { .. }
        | GuardrailKind::NetworkRequired { .. }
        | GuardrailKind::MustBeBounded
        | GuardrailKind::CannotCommitSpend { .. } => true,
        GuardrailKind::CannotInvoke { .. }
        | GuardrailKind::CannotEscapeBoundary
        | GuardrailKind::GuardrailRequired { .. }
        | GuardrailKind::BoundaryRequiredOnCreate
        | GuardrailKind::BoundaryProtected
        | GuardrailKind::NoStandingAccess { .. }
        | GuardrailKind::Owned { .. }
        | GuardrailKind::Unused { .. }
        | GuardrailKind::MustBeAble { .. } => false,
    };
    world
        .missing()
        .into_iter()
        .filter(|missing| match missing.scope {
            MissingScope::Every | MissingScope::AllPrincipals => true,
            MissingScope::ResourcePolicies => can_carry,
            MissingScope::StandingKeys => matches!(kind, GuardrailKind::NoStandingAccess { .. }),
            MissingScope::Steps => scope == Scope::Steps,
            MissingScope::OutsideBoundary => {
                scope == Scope::Steps && matches!(kind, GuardrailKind::CannotEscapeBoundary)
            }
        })
        .map(|missing| {
            let accounts: Vec<String> = missing.accounts.iter().map(ToString::to_string).collect();
            let text = if accounts.is_empty() {
                missing.reason
            } else {
                format!("{} (accounts {})", missing.reason, accounts.join(", "))
            };
            // Where a request is what is wanted, a policy that is missing may stop it: its proof does not hold.
            let effect = match (missing.effect, &kind) {
                (MissingEffect::Conditional, GuardrailKind::MustBeAble { .. })
                | (MissingEffect::Inconclusive, _) => "inconclusive",
                (MissingEffect::Conditional, _) => "conditional",
                (MissingEffect::Counted, _) => "counted",
            };
            Missing { input: missing.input, effect, text }
        })
        .collect()
}

/// Adds to the report what the search over steps takes for granted.
pub(super) fn add_steps(report: &mut Report, found: theorems_over_steps::Found) {
    let table = found.search.as_ref().map(|search| search.table.clone());
    report.steps = found.search;
    report.defects.extend(found.defects);
    for (place, guardrail) in report.guardrails.iter_mut().enumerate() {
        if guardrail.scope != Scope::Steps {
            continue;
        }
        if let Some(table) = &table {
            guardrail
                .assumptions
                .push(format!("the primitives of {table} are all that there are (docs/steps.md)"));
        }
        guardrail.assumptions.push(
            "only the management account administers Organizations and Identity Center; without organization.json no account is taken for it"
                .to_owned(),
        );
        if let Some(beyond) = found.beyond.get(&place).filter(|beyond| !beyond.is_empty()) {
            let beyond: Vec<&str> = beyond.iter().map(String::as_str).collect();
            guardrail.assumptions.push(format!(
                "proofs take it that nothing leads back from accounts that the world lacks, and of which roles may be assumed: {}",
                beyond.join(", ")
            ));
        }
        if let Some(harmless) = found.unclassified.get(&place).filter(|harmless| !harmless.is_empty()) {
            let harmless: Vec<&str> = harmless.iter().map(String::as_str).collect();
            guardrail.assumptions.push(format!(
                "proofs take these actions for harmless, which no primitive covers: {}",
                harmless.join(", ")
            ));
        }
    }
}
