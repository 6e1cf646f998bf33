//! What a change adds and takes away as JSON (docs/cli.md has the schema).

use std::collections::BTreeMap;

use ringfence_solver::check::comparison::{Compared, GuardrailChange, GuardrailVerdicts};
use ringfence_solver::verdict::{Verdict, VerdictWord};
use ringfence_solver::witness::ReplayedRequest;
use serde::Serialize;

use super::presence_name;
use crate::command::compare::{Answer, Side};
use crate::output::human::Scene;
use crate::output::json::{
    ReasonObject, SCHEMA_VERSION, StatementObject, WarningObject, WitnessObject, pretty, statement, warning,
    witness_object,
};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct CompareObject<'a> {
    schema_version: u32,
    /// Of all principals together: `equivalent`, `narrower`, `broader`, `incomparable`; or as far as it is decided
    /// `equivalent-or-narrower`, `broader-or-incomparable`, `undecided`.
    relation: &'static str,
    old: SideObject<'a>,
    new: SideObject<'a>,
    as_of: Option<&'a str>,
    today: &'a str,
    /// How many principals are in each relation.
    summary: BTreeMap<&'static str, usize>,
    /// Every principal of either world, but service-linked roles; of policy documents patterns of ARNs.
    principals: Vec<PrincipalObject<'a>>,
    guardrails: Vec<GuardrailObject<'a>>,
    notes: &'a [String],
    exit_code: u8,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct SideObject<'a> {
    path: &'a str,
    /// The files that were read, with their SHA-256.
    files: BTreeMap<&'a str, &'a str>,
    warnings: Vec<WarningObject<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct PrincipalObject<'a> {
    principal: &'a str,
    /// `both`, or `added` or `removed` where one world alone has it.
    presence: &'static str,
    relation: &'static str,
    /// What the new world allows and the old one does not.
    gained: DifferenceObject<'a>,
    /// What the old world allows and the new one does not.
    lost: DifferenceObject<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct DifferenceObject<'a> {
    /// `none`, `some`, or `undecided`.
    answer: &'static str,
    /// Where there is some: a request that one world allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<WitnessObject<'a>>,
    /// The same request, as the other world decides it; empty where that has no such principal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    elsewhere: Vec<DecisionObject<'a>>,
    /// Where it is undecided.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonObject>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct DecisionObject<'a> {
    action: &'a str,
    resource: &'a str,
    /// `Allow`, `ExplicitDeny` or `ImplicitDeny`.
    decision: String,
    /// The statements that decide.
    deciding: Vec<StatementObject<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct GuardrailObject<'a> {
    id: &'a str,
    scope: &'static str,
    /// How many principals get which verdict in the old world.
    before: BTreeMap<&'static str, usize>,
    /// The same of the new one.
    after: BTreeMap<&'static str, usize>,
    /// The principals on which the verdict is another.
    changes: Vec<ChangeObject<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ChangeObject<'a> {
    principal: &'a str,
    /// None where the old world has no such principal in the scope of the guardrail.
    #[cfg_attr(test, schemars(with = "Option<crate::output::schemas::VerdictWord>"))]
    before: Option<VerdictWord>,
    #[cfg_attr(test, schemars(with = "Option<crate::output::schemas::VerdictWord>"))]
    after: Option<VerdictWord>,
    /// What shows that it is refuted, before or after.
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<WitnessObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonObject>,
}

/// The answer, indented, with a line feed at the end.
pub(crate) fn json(answer: &Answer<'_>) -> String {
    let mut summary = BTreeMap::new();
    for one in &answer.found.principals {
        *summary.entry(one.relation().name()).or_insert(0) += 1;
    }
    pretty(&CompareObject {
        schema_version: SCHEMA_VERSION,
        relation: answer.found.relation().name(),
        old: side(&answer.old),
        new: side(&answer.new),
        as_of: answer.as_of.as_deref(),
        today: &answer.today,
        summary,
        principals: answer.found.principals.iter().map(|one| principal(one, answer)).collect(),
        guardrails: answer.found.guardrails.iter().map(|one| guardrail(one, answer)).collect(),
        notes: &answer.notes,
        exit_code: answer.status.code(),
    })
}

fn side<'a>(side: &'a Side<'a>) -> SideObject<'a> {
    SideObject {
        path: &side.path,
        files: side.world.inputs.iter().map(|file| (file.path.as_str(), file.sha256.as_str())).collect(),
        warnings: side.warnings.iter().map(warning).collect(),
    }
}

fn principal<'a>(one: &'a Compared, answer: &Answer<'a>) -> PrincipalObject<'a> {
    let scene = |side: &Side<'a>| Scene { world: side.world, tables: answer.tables };
    PrincipalObject {
        principal: &one.principal,
        presence: presence_name(one.presence),
        relation: one.relation().name(),
        gained: difference(&one.gained, scene(&answer.new)),
        lost: difference(&one.lost, scene(&answer.old)),
    }
}

/// `scene` is of the world in which the request is allowed.
fn difference<'a>(verdict: &'a Verdict, scene: Scene<'a>) -> DifferenceObject<'a> {
    match verdict {
        Verdict::Refuted(witness) => DifferenceObject {
            answer: "some",
            witness: Some(witness_object(witness, scene)),
            elsewhere: witness.elsewhere().iter().map(decision).collect(),
            reason: None,
        },
        Verdict::Inconclusive(reason) => DifferenceObject {
            answer: "undecided",
            witness: None,
            elsewhere: Vec::new(),
            reason: Some(ReasonObject::of(reason)),
        },
        Verdict::Proved(_) | Verdict::NotApplicable => {
            DifferenceObject { answer: "none", witness: None, elsewhere: Vec::new(), reason: None }
        }
    }
}

fn decision(replayed: &ReplayedRequest) -> DecisionObject<'_> {
    DecisionObject {
        action: &replayed.request.action,
        resource: &replayed.request.resource,
        decision: format!("{:?}", replayed.decision),
        deciding: replayed.deciding.iter().map(statement).collect(),
    }
}

fn guardrail<'a>(one: &'a GuardrailVerdicts, answer: &Answer<'a>) -> GuardrailObject<'a> {
    let counts = |counts: &BTreeMap<VerdictWord, usize>| {
        counts.iter().map(|(word, count)| (word.name(), *count)).collect()
    };
    let changes = answer.found.changes.iter().filter(|change| change.guardrail == one.id);
    GuardrailObject {
        id: &one.id,
        scope: one.scope.name(),
        before: counts(&one.before),
        after: counts(&one.after),
        changes: changes.map(|change| change_object(change, answer)).collect(),
    }
}

fn change_object<'a>(change: &'a GuardrailChange, answer: &Answer<'a>) -> ChangeObject<'a> {
    let scene = |side: &Side<'a>| Scene { world: side.world, tables: answer.tables };
    let shown = |verdict: &'a Option<Verdict>, side: &Side<'a>| match verdict {
        Some(Verdict::Refuted(witness)) => (Some(witness_object(witness, scene(side))), None),
        Some(Verdict::Inconclusive(reason)) => (None, Some(ReasonObject::of(reason))),
        Some(Verdict::Proved(_) | Verdict::NotApplicable) | None => (None, None),
    };
    let (witness, reason) = match shown(&change.after, &answer.new) {
        (None, None) => shown(&change.before, &answer.old),
        found => found,
    };
    ChangeObject {
        principal: &change.principal,
        before: change.before.as_ref().map(Verdict::word),
        after: change.after.as_ref().map(Verdict::word),
        witness,
        reason,
    }
}

#[cfg(test)]
pub(crate) fn schema() -> schemars::Schema {
    crate::output::schemas::of::<CompareObject<'_>>()
}
