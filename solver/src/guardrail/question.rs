//! What a guardrail asks, as text by which a changed question is known.

use super::{Calls, ConditionBlock, Configuration, GuardrailKind, ModelChoice};

/// Everything that decides which requests violate a guardrail of this kind, as lines that stay the same while the question does: names of
/// sets with what is in them, patterns, conditions without their places. Whom it is about, and prices, are no part of it.
pub fn question(kind: &GuardrailKind, configuration: &Configuration) -> Vec<String> {
    let mut lines = vec![kind.name().to_owned()];
    let mut add = |name: &str, values: Vec<String>| {
        lines.extend(values.into_iter().map(|value| format!("{name} {value}")));
    };
    match kind {
        GuardrailKind::CannotInvoke { models, approved_products } => {
            let outside = matches!(models, Some(ModelChoice::Outside(_)));
            add("outside", vec![outside.to_string()]);
            if let Some(products) = approved_products {
                add("products", vec![format!("{products:?}")]);
            }
        }
        GuardrailKind::SeparationOfDuties { tiers, .. } => {
            add("tier", tiers.iter().map(|tier| tier.name().to_owned()).collect());
            add("training bucket", configuration.training_buckets.clone());
        }
        GuardrailKind::Forbid(calls) => {
            let Calls { actions, resources, when, unless } = calls;
            add("action", actions.clone());
            add("resource", resources.clone());
            add("when", when.iter().map(block).collect());
            add("unless", unless.iter().map(block).collect());
        }
        GuardrailKind::ApprovedRegions { regions, actions } => {
            add("region", regions.clone());
            add("action", actions.clone());
        }
        GuardrailKind::ApprovedAccounts { accounts, actions } => {
            add("account", accounts.iter().map(ToString::to_string).collect());
            add("action", actions.clone());
        }
        GuardrailKind::GuardrailRequired { guardrails, .. } => add("guardrail", guardrails.clone()),
        GuardrailKind::NetworkRequired { network, actions } => {
            add("endpoint", network.vpc_endpoints.clone());
            add("vpc", network.vpcs.clone());
            add("range", network.ip_ranges.clone());
            add("services", vec![network.aws_services.to_string()]);
            add("action", actions.clone());
        }
        GuardrailKind::Owned { tags, account_tags, .. } => {
            add("tag", tags.clone());
            add("account tag", account_tags.clone());
        }
        GuardrailKind::Unused { days, .. } => add("days", vec![days.to_string()]),
        GuardrailKind::CannotCommitSpend { commitments } => {
            add("commitment", commitments.iter().map(|one| one.name().to_owned()).collect());
        }
        GuardrailKind::MustBeAble { action, resource, context } => {
            add("action", vec![action.clone()]);
            add("resource", resource.iter().cloned().collect());
            add("key", context.iter().map(|(key, values)| format!("{key} {values:?}")).collect());
        }
        GuardrailKind::CannotEscapeBoundary
        | GuardrailKind::MustBeBounded
        | GuardrailKind::BoundaryRequiredOnCreate
        | GuardrailKind::BoundaryProtected => {
            // Left out, every boundary in use is approved; an empty list approves none.
            match &configuration.approved_boundaries {
                Some(patterns) if patterns.is_empty() => add("approves none", vec![true.to_string()]),
                patterns => add("approved", patterns.clone().unwrap_or_default()),
            }
        }
        GuardrailKind::NoStandingAccess { .. } => {}
    }
    if let Some(set) = kind.models().and_then(|name| configuration.models.get(name)) {
        add("model", set.ids.clone());
        add("output price above", set.output_price_above.iter().cloned().collect());
        add("unknown price", vec![set.unknown_price.to_string()]);
    }
    lines
}

/// The conditions of a block.
fn block(block: &ConditionBlock) -> String {
    let conditions = block.iter().map(|condition| {
        let values: Vec<&str> = condition.values.iter().map(|value| value.raw.as_str()).collect();
        format!("{} {} {values:?}", condition.operator, condition.key.canonical())
    });
    conditions.collect::<Vec<_>>().join(", ")
}
