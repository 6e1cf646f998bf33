//! What keeps a guardrail from being asked at all: data that is not there must never look like a proof.

use ringfence_model::catalogue::Catalogue;

use crate::guardrail::{GuardrailKind, Tier};
use crate::theorem::{boundary_rules, duties, escape, invoke};
use crate::verdict::Reason;

const IAM_TYPES: [(&str, &str); 3] = [("iam", "user"), ("iam", "role"), ("iam", "policy")];

/// Why guardrails of this kind have no answer for principals of `partition`: the catalogue lacks the partition's
/// Regions, an action that the guardrail is about, or a resource type of it. None if it lacks nothing.
pub(super) fn unanswerable(
    catalogue: &Catalogue,
    kind: &GuardrailKind,
    asks_for_buckets: bool,
    partition: &str,
) -> Option<Reason> {
    let lacking = |what: &str| Reason::NotCovered {
        code: "catalogue",
        text: format!("the catalogue does not know {what}"),
    };
    if catalogue.regions(partition).is_empty() {
        return Some(lacking(&format!("the partition `{partition}`")));
    }
    let mut actions: Vec<&str> = Vec::new();
    let mut types: Vec<(&str, &str)> = Vec::new();
    let mut invocation = |actions: &mut Vec<&str>| {
        actions.extend(invoke::INVOKE_ACTIONS);
        actions.push(invoke::MANTLE_ACTION);
        types.push(("bedrock", "foundation-model"));
    };
    match kind {
        GuardrailKind::CannotEscapeBoundary => {
            actions.extend(escape::ACTIONS);
            types.extend(IAM_TYPES);
        }
        GuardrailKind::BoundaryRequiredOnCreate => {
            actions.extend(boundary_rules::CREATION);
            types.extend(IAM_TYPES);
        }
        GuardrailKind::BoundaryProtected => {
            actions.extend(boundary_rules::PROTECTION);
            types.extend(IAM_TYPES);
        }
        GuardrailKind::SeparationOfDuties { tiers, .. } => {
            invocation(&mut actions);
            actions.extend(duties::actions(tiers).iter().map(|change| change.action));
            if asks_for_buckets && tiers.contains(&Tier::Weights) {
                actions.push("s3:PutObject");
                types.push(("s3", "object"));
            }
        }
        GuardrailKind::NoStandingAccess { .. } => {
            invocation(&mut actions);
            actions.push("bedrock:CallWithBearerToken");
        }
        GuardrailKind::CannotInvoke { .. }
        | GuardrailKind::GuardrailRequired { .. }
        | GuardrailKind::Owned { .. }
        | GuardrailKind::Unused { .. }
        | GuardrailKind::ApprovedRegions { .. }
        | GuardrailKind::NetworkRequired { .. }
        | GuardrailKind::MustBeBounded => invocation(&mut actions),
        // What their calls name is looked up when the question is made.
        GuardrailKind::Forbid(_)
        | GuardrailKind::ApprovedAccounts { .. }
        | GuardrailKind::CannotCommitSpend { .. }
        | GuardrailKind::MustBeAble { .. } => {}
    }
    let action = actions.into_iter().find(|name| catalogue.find_action(name).is_none());
    if let Some(name) = action {
        return Some(lacking(&format!("the action `{name}`")));
    }
    let (service, name) =
        types.into_iter().find(|(service, name)| catalogue.find_resource_type(service, name).is_none())?;
    Some(lacking(&format!("the resource type `{name}` of `{service}`")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guardrail::cannot_invoke;

    #[test]
    fn the_embedded_catalogue_answers_and_a_small_one_does_not() {
        let kinds = [
            cannot_invoke("expensive"),
            GuardrailKind::CannotEscapeBoundary,
            GuardrailKind::SeparationOfDuties { tiers: vec![Tier::Weights], models: None },
        ];
        let embedded = Catalogue::embedded().unwrap();
        for kind in &kinds {
            assert_eq!(unanswerable(embedded, kind, true, "aws"), None);
            assert!(unanswerable(embedded, kind, true, "aws-nowhere").is_some());
        }
    }
}
