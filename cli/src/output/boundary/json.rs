//! A design as JSON.

use ringfence_solver::check::design::DesignResult;
use ringfence_solver::check::design_leaves::Leaves;
use ringfence_solver::verdict::{Verdict, VerdictWord};
use serde::Serialize;

use super::open_models;
use crate::command::boundary::{Answer, Since};
use crate::output::human::Scene;
use crate::output::json::{
    ReachedObject, ReasonObject, SCHEMA_VERSION, WarningObject, WitnessObject, pretty, warning,
    witness_object,
};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct DesignObject<'a> {
    schema_version: u32,
    subject: &'a str,
    guardrails: Vec<GuardrailObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leaves: Option<LeavesObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<SinceObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    losses: Option<Vec<LossesObject<'a>>>,
    level: &'static str,
    prices_of: &'a str,
    notes: &'a [String],
    warnings: Vec<WarningObject<'a>>,
    exit_code: u8,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct GuardrailObject<'a> {
    id: &'a str,
    kind: &'a str,
    #[cfg_attr(test, schemars(with = "crate::output::schemas::VerdictWord"))]
    verdict: VerdictWord,
    scope: &'static str,
    verdicts: Vec<VerdictObject<'a>>,
    not_covered: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct VerdictObject<'a> {
    principal: &'static str,
    #[cfg_attr(test, schemars(with = "crate::output::schemas::VerdictWord"))]
    verdict: VerdictWord,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<WitnessObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonObject>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct LeavesObject<'a> {
    models: Vec<ReachedObject<'a>>,
    open_models: &'a [String],
    unknown_models: bool,
    unknown_models_open: bool,
    regions: Vec<&'a str>,
    regions_open: bool,
    services: &'a [String],
    open_services: &'a [String],
    sensitive: Vec<SensitiveObject<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct SensitiveObject<'a> {
    action: &'a str,
    what: &'static str,
    decided: bool,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct SinceObject<'a> {
    day: String,
    actions: Vec<ActionObject<'a>>,
    models: Vec<&'a str>,
    open_models: Vec<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct LossesObject<'a> {
    principal: &'a str,
    named: usize,
    lost: &'a [String],
    open: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ActionObject<'a> {
    action: &'a str,
    decided: bool,
}

/// The answer, indented, with a line feed at the end.
pub(crate) fn json(answer: &Answer<'_>) -> String {
    let leaves = answer.report.leaves.as_ref();
    pretty(&DesignObject {
        schema_version: SCHEMA_VERSION,
        subject: &answer.subject,
        guardrails: answer.report.guardrails.iter().map(|one| guardrail(one, answer)).collect(),
        leaves: leaves.map(leaves_object),
        since: answer.since.as_ref().zip(leaves).map(|(since, leaves)| since_object(since, leaves)),
        losses: answer.breaks.as_ref().map(|breaks| {
            let objects = breaks.principals.iter().map(|one| LossesObject {
                principal: &one.principal,
                named: one.named,
                lost: &one.lost,
                open: &one.open,
            });
            objects.collect()
        }),
        level: answer.level.name(),
        prices_of: &answer.tables.models.get().date,
        notes: &answer.notes,
        warnings: answer.warnings.iter().map(warning).collect(),
        exit_code: answer.status.code(),
    })
}

fn leaves_object(leaves: &Leaves) -> LeavesObject<'_> {
    let reach = &leaves.reach;
    LeavesObject {
        models: reach.models.iter().map(ReachedObject::of).collect(),
        open_models: reach.open.as_ref().map_or(&[], |(models, _)| models),
        unknown_models: reach.unknown_models,
        unknown_models_open: leaves.unknown_models_open,
        regions: reach.regions.iter().map(String::as_str).collect(),
        regions_open: reach.regions_open.is_some(),
        services: &leaves.services,
        open_services: &leaves.open_services,
        sensitive: leaves
            .sensitive
            .iter()
            .map(|one| SensitiveObject { action: &one.action, what: one.what, decided: one.certain })
            .collect(),
    }
}

fn since_object<'a>(since: &'a Since, leaves: &'a Leaves) -> SinceObject<'a> {
    let models = leaves.reach.models.iter().map(|model| model.id.as_str());
    SinceObject {
        day: since.day.to_string(),
        actions: leaves
            .named
            .iter()
            .map(|(action, decided)| ActionObject { action, decided: *decided })
            .collect(),
        models: models.filter(|id| since.models.iter().any(|new| new == id)).collect(),
        open_models: open_models(&leaves.reach, since).collect(),
    }
}

fn guardrail<'a>(result: &'a DesignResult, answer: &Answer<'_>) -> GuardrailObject<'a> {
    let scene = Scene { world: answer.world, tables: answer.tables };
    GuardrailObject {
        id: &result.id,
        kind: result.kind.name(),
        verdict: result.verdict(),
        scope: result.scope.name(),
        verdicts: result
            .verdicts
            .iter()
            .map(|(kind, verdict)| VerdictObject {
                principal: kind.name(),
                verdict: verdict.word(),
                witness: match verdict {
                    Verdict::Refuted(found) => Some(witness_object(found, scene)),
                    Verdict::Proved(certificate) => {
                        certificate.shown.as_ref().map(|found| witness_object(found, scene))
                    }
                    Verdict::Inconclusive(_) | Verdict::NotApplicable => None,
                },
                reason: match verdict {
                    Verdict::Inconclusive(reason) => Some(ReasonObject::of(reason)),
                    Verdict::Proved(_) | Verdict::Refuted(_) | Verdict::NotApplicable => None,
                },
            })
            .collect(),
        not_covered: &result.not_covered,
    }
}

#[cfg(test)]
pub(crate) fn schema() -> schemars::Schema {
    crate::output::schemas::of::<DesignObject<'_>>()
}
