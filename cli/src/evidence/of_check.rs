//! What `ringfence check` gives for evidence.

use ringfence_model::world::World;
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::report::{GuardrailResult, Missing, PrincipalResult};
use ringfence_solver::verdict::{Verdict, VerdictWord};
use serde::Serialize;
use serde_json::{Value, json};

use super::certificate::{Finding, Grounds};
use super::material::{Material, TableDigest};
use super::statement::TestOutcome;
use crate::command::check::Answer;
use crate::command::explain;
use crate::findings::verdict_words;
use crate::input::Tables;
use crate::output;
use crate::output::human::Scene;
use crate::output::json::{ReasonObject, ground, witness_object};
use crate::output::paths::closed_object;

impl Material {
    /// What a check found.
    pub(crate) fn of_check(answer: &Answer<'_>) -> Self {
        let guardrails = answer.report.guardrails.iter();
        let results =
            guardrails.flat_map(|guardrail| guardrail.results.iter().map(move |one| (guardrail, one)));
        let results = results.filter(|(_, result)| result.verdict.word() != VerdictWord::NotApplicable);
        let findings: Vec<Finding> =
            results.map(|(guardrail, result)| finding(guardrail, result, answer)).collect();
        let outcomes = outcomes(&findings, answer.report.guardrails.iter().map(|guardrail| &guardrail.id));
        Self {
            report: output::json::report(answer),
            as_of: answer.report.as_of.clone(),
            tables: tables(answer.tables),
            findings,
            outcomes,
        }
    }
}

/// How each of the questions `asked` ended.
pub(super) fn outcomes<'q>(
    findings: &[Finding],
    asked: impl Iterator<Item = &'q String>,
) -> Vec<(String, TestOutcome)> {
    let ended =
        |question: &String| TestOutcome::of(findings.iter().filter(|finding| finding.question == *question));
    asked.map(|question| (question.clone(), ended(question))).collect()
}

fn finding(guardrail: &GuardrailResult, result: &PrincipalResult, answer: &Answer<'_>) -> Finding {
    let scene = Scene { world: answer.world, tables: answer.tables };
    let kind = guardrail.kind.name();
    let accepted = result.accepted.as_ref().map(|accepted| {
        json!({
            "reason": accepted.acceptance.reason,
            "owner": accepted.acceptance.owner,
            "expires": accepted.expires,
        })
    });
    Finding {
        question: guardrail.id.clone(),
        kind: kind.to_owned(),
        asked: asked(kind, answer.configuration, &guardrail.id),
        principal: result.principal.clone(),
        verdict: result.verdict.word(),
        says: verdict_words(result.verdict.word(), guardrail.scope).to_owned(),
        scope: guardrail.scope.name(),
        assumptions: guardrail.assumptions.clone(),
        not_covered: guardrail.not_covered.clone(),
        missing: guardrail.missing.clone(),
        grounds: Grounds { accepted, ..Grounds::of(&result.verdict, scene) },
    }
}

/// What a guardrail of `kind` asks, and where it stands.
pub(super) fn asked(kind: &str, configuration: &Configuration, id: &str) -> String {
    let in_short = explain::in_short(kind).unwrap_or_default();
    let place = configuration.guardrails.iter().find(|guardrail| guardrail.id == id);
    match place.and_then(|guardrail| guardrail.location.as_ref()) {
        Some(location) => format!(
            "{in_short} Of whom and of what exactly, {}:{} says, of which inputs.json has the digest.",
            location.file, location.line
        ),
        None => format!("{in_short} It is one of the guardrails that hold where none is configured."),
    }
}

impl Grounds {
    /// What shows the verdict.
    pub(super) fn of(verdict: &Verdict, scene: Scene<'_>) -> Self {
        match verdict {
            Verdict::Proved(certificate) => Self {
                rests_on: certificate.core.iter().map(|restriction| value(&ground(restriction))).collect(),
                claims: certificate.claims.clone(),
                closed: certificate.closed.as_ref().map(|closed| value(&closed_object(closed))),
                shown: certificate.closed.as_ref().and_then(|closed| closed.shown.clone()),
                witness: certificate.shown.as_ref().map(|witness| value(&witness_object(witness, scene))),
                ..Self::default()
            },
            Verdict::Refuted(witness) => {
                Self { witness: Some(value(&witness_object(witness, scene))), ..Self::default() }
            }
            Verdict::Inconclusive(reason) => {
                Self { reason: Some(value(&ReasonObject::of(reason))), ..Self::default() }
            }
            Verdict::NotApplicable => Self::default(),
        }
    }
}

/// What the world lacks, for all that is asked of it.
pub(super) fn missing_of(world: &World) -> Vec<Missing> {
    let missing = world.missing().into_iter().map(|missing| Missing {
        input: missing.input,
        effect: output::paths::effect_word(missing.effect),
        text: missing.reason,
    });
    missing.collect()
}

/// `object` as JSON.
pub(super) fn value(object: &impl Serialize) -> Value {
    // Only maps with keys that are no strings could fail, and there are none.
    serde_json::to_value(object).unwrap_or_default()
}

/// The tables about AWS.
pub(super) fn tables(tables: &Tables) -> Vec<TableDigest> {
    tables.facts().map(TableDigest::of).into()
}
