//! What proofs rest on as JSON (docs/cli.md has the schema).

use std::collections::BTreeSet;

use ringfence_solver::certificate::Level;
use ringfence_solver::formula::Layer;
use ringfence_solver::verdict::{Verdict, VerdictWord};
use ringfence_solver::why::{Part, Why};
use serde::Serialize;

use super::everybody::{alone, points};
use crate::command::why::{Answer, Found};
use crate::output::human::Scene;
use crate::output::json::{
    GroundObject, MissingObject, ReasonObject, SCHEMA_VERSION, WarningObject, WitnessObject, pretty,
    statement, warning, witness_object,
};
use crate::output::question::{layer_target, layer_word};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct WhyObject<'a> {
    schema_version: u32,
    level: &'static str,
    guardrail: GuardrailObject<'a>,
    scope: &'static str,
    /// How often the guardrail was judged at most, of each principal.
    limit: usize,
    as_of: Option<&'a str>,
    today: &'a str,
    results: Vec<ResultObject<'a>>,
    /// Where everybody was asked: each single point of failure with those whom it alone protects.
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<Vec<PointObject<'a>>>,
    assumptions: &'a [String],
    not_covered: &'a [String],
    missing: Vec<MissingObject<'a>>,
    warnings: Vec<WarningObject<'a>>,
    notes: &'a [String],
    exit_code: u8,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct GuardrailObject<'a> {
    id: &'a str,
    kind: &'a str,
}

/// What can be taken away.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum PartObject<'a> {
    /// A statement in force, or a layer.
    Ground(GroundObject<'a>),
    /// A statement of a version that is not in force.
    InVersion(VersionObject<'a>),
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct VersionObject<'a> {
    policy: &'a str,
    version: &'a str,
    statement: usize,
    sid: Option<&'a str>,
    file: &'a str,
    line: u32,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct PointObject<'a> {
    part: PartObject<'a>,
    principals: Vec<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ResultObject<'a> {
    principal: &'a str,
    #[cfg_attr(test, schemars(with = "crate::output::schemas::VerdictWord"))]
    verdict: VerdictWord,
    /// Where it is refuted: what is allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<WitnessObject<'a>>,
    /// Where it is inconclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonObject>,
    /// Where it is proved: what the proof rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    rests: Option<RestsObject<'a>>,
}

/// What a proof rests on.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct RestsObject<'a> {
    /// `sets` and `breaking` hold all that there are.
    complete: bool,
    /// `singlePoints` holds all that there are.
    single_points_complete: bool,
    /// How many statements and layers could be taken away together.
    parts: usize,
    /// How many statements of the boundary were taken away by themselves alone: what is outside it is what is asked. They are in no set.
    aside: usize,
    /// How often the guardrail was judged.
    judged: usize,
    /// Minimal sets that suffice with all others taken away.
    sets: Vec<Vec<PartObject<'a>>>,
    /// Without each of these alone the proof fails.
    single_points: Vec<PartObject<'a>>,
    /// Minimal sets without which the proof fails, with what comes of it.
    breaking: Vec<BreakingObject<'a>>,
    /// Layers on which the proof rests besides, and which were not taken away.
    fixed: Vec<GroundObject<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct BreakingObject<'a> {
    without: Vec<PartObject<'a>>,
    #[cfg_attr(test, schemars(with = "crate::output::schemas::VerdictWord"))]
    verdict: VerdictWord,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<WitnessObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonObject>,
}

/// The answer, indented, with a line feed at the end.
pub(crate) fn json(answer: &Answer<'_>) -> String {
    let told = answer.found.told();
    let scene = Scene { world: answer.world, tables: answer.tables };
    let (scope, results, points) = match &answer.found {
        Found::One(one) => (one.scope, vec![result(one, scene)], None),
        Found::Everybody(all) => {
            let of_proved = |principal: &str| all.proved.iter().find(|one| one.principal == *principal);
            let results = all.verdicts.iter().map(|(principal, word)| match of_proved(principal) {
                Some(one) => result(one, scene),
                None => ResultObject { principal, verdict: *word, witness: None, reason: None, rests: None },
            });
            let points = points(all).into_iter();
            let points = points.map(|(part, principals)| PointObject { part: ground(part), principals });
            (all.scope, results.collect(), Some(points.collect()))
        }
    };
    pretty(&WhyObject {
        schema_version: SCHEMA_VERSION,
        level: Level::OneSolver.name(),
        guardrail: GuardrailObject { id: &answer.guardrail.id, kind: answer.guardrail.kind.name() },
        scope: scope.name(),
        limit: answer.limit,
        as_of: answer.as_of.as_deref(),
        today: &answer.today,
        results,
        points,
        assumptions: &told.assumptions,
        not_covered: &told.not_covered,
        missing: told.missing.iter().map(MissingObject::of).collect(),
        warnings: answer.warnings.iter().map(warning).collect(),
        notes: &answer.notes,
        exit_code: answer.status.code(),
    })
}

fn result<'a>(one: &'a Why, scene: Scene<'_>) -> ResultObject<'a> {
    let (witness, reason) = outcome(&one.verdict, scene);
    ResultObject {
        principal: &one.principal,
        verdict: one.verdict.word(),
        witness,
        reason,
        rests: one.sets.as_ref().map(|sets| RestsObject {
            complete: sets.complete,
            single_points_complete: sets.alone,
            parts: one.parts,
            aside: one.aside,
            judged: sets.judged,
            sets: sets.resting.iter().map(grounds).collect(),
            single_points: alone(one).map(ground).collect(),
            breaking: sets.breaking.iter().map(|(set, verdict)| breaking(set, verdict, scene)).collect(),
            fixed: one.fixed.iter().map(fixed).collect(),
        }),
    }
}

/// What is allowed, or why that is not known; neither of a proof.
fn outcome<'a>(verdict: &'a Verdict, scene: Scene<'_>) -> (Option<WitnessObject<'a>>, Option<ReasonObject>) {
    match verdict {
        Verdict::Refuted(witness) => (Some(witness_object(witness, scene)), None),
        Verdict::Inconclusive(reason) => (None, Some(ReasonObject::of(reason))),
        Verdict::Proved(_) | Verdict::NotApplicable => (None, None),
    }
}

fn breaking<'a>(set: &'a BTreeSet<Part>, verdict: &'a Verdict, scene: Scene<'_>) -> BreakingObject<'a> {
    let (witness, reason) = outcome(verdict, scene);
    BreakingObject { without: grounds(set), verdict: verdict.word(), witness, reason }
}

fn grounds(set: &BTreeSet<Part>) -> Vec<PartObject<'_>> {
    set.iter().map(ground).collect()
}

fn ground(part: &Part) -> PartObject<'_> {
    let layer =
        |layer: &Layer, target| PartObject::Ground(GroundObject::Layer { layer: layer_word(layer), target });
    match part {
        Part::Statement(reference) => PartObject::Ground(GroundObject::Statement(statement(reference))),
        Part::InVersion(version, reference) => PartObject::InVersion(VersionObject {
            policy: &reference.policy,
            version,
            statement: reference.statement,
            sid: reference.sid.as_deref(),
            file: &reference.location.file,
            line: reference.location.line,
        }),
        Part::ServiceControl(target) => layer(&Layer::ServiceControl(String::new()), Some(&**target)),
        Part::PermissionsBoundary => layer(&Layer::PermissionsBoundary, None),
        Part::Identity => layer(&Layer::Identity, None),
    }
}

fn fixed(layer: &Layer) -> GroundObject<'_> {
    GroundObject::Layer { layer: layer_word(layer), target: layer_target(layer) }
}

#[cfg(test)]
pub(crate) fn schema() -> schemars::Schema {
    crate::output::schemas::of::<WhyObject<'_>>()
}
