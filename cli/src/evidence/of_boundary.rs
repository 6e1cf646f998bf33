//! What `ringfence boundary` gives for evidence: its guardrails, and not what is left or lost.

use std::collections::BTreeSet;

use ringfence_solver::check::design::{DesignReport, DesignResult, Judged};
use ringfence_solver::verdict::{Verdict, VerdictWord};

use super::certificate::Finding;
use super::material::Material;
use super::of_check::{tables, value};
use crate::command::boundary::Answer;
use crate::command::explain;
use crate::findings::verdict_words;
use crate::output;
use crate::output::human::Scene;
use crate::output::json::{ReasonObject, witness_object};

impl Material {
    /// What was found of a design.
    pub(crate) fn of_boundary(answer: &Answer<'_>) -> Self {
        let report = DesignReport { leaves: None, ..answer.report.clone() };
        let notes = answer.notes.iter().take(answer.guardrail_notes).cloned().collect();
        let of_guardrails = Answer {
            report: &report,
            subject: answer.subject.clone(),
            world: answer.world,
            tables: answer.tables,
            since: None,
            breaks: None,
            warnings: answer.warnings.clone(),
            notes,
            guardrail_notes: answer.guardrail_notes,
            as_of: answer.as_of.clone(),
            shown_at: answer.shown_at.clone(),
            directory: answer.directory.clone(),
            level: answer.level,
            evidence: None,
            today: answer.today.clone(),
            status: answer.status,
        };
        let verdicts = report
            .guardrails
            .iter()
            .flat_map(|guardrail| guardrail.verdicts.iter().map(move |judged| (guardrail, judged)));
        let verdicts = verdicts.filter(|(_, (_, verdict))| verdict.word() != VerdictWord::NotApplicable);
        Self {
            report: output::boundary::json(&of_guardrails),
            as_of: answer.as_of.clone(),
            tables: tables(answer.tables),
            findings: verdicts
                .map(|(guardrail, judged)| finding(guardrail, judged, &of_guardrails))
                .collect(),
        }
    }
}

fn finding(guardrail: &DesignResult, (principal, verdict): &Judged, answer: &Answer<'_>) -> Finding {
    let scene = Scene { world: answer.world, tables: answer.tables };
    let kind = guardrail.kind.name();
    let mut found = Finding {
        question: guardrail.id.clone(),
        kind: kind.to_owned(),
        asked: explain::in_short(kind).unwrap_or_default(),
        principal: format!("any {} under {}", principal.name(), answer.subject),
        verdict: verdict.word(),
        says: verdict_words(verdict.word(), guardrail.scope).to_owned(),
        scope: guardrail.scope.name(),
        assumptions: answer.notes.clone(),
        not_covered: guardrail.not_covered.clone(),
        rests_on: Vec::new(),
        claims: BTreeSet::new(),
        closed: None,
        shown: None,
        witness: None,
        reason: None,
        accepted: None,
    };
    match verdict {
        Verdict::Proved(certificate) => found.proved_by(certificate, scene),
        Verdict::Refuted(witness) => found.witness = Some(value(&witness_object(witness, scene))),
        Verdict::Inconclusive(reason) => found.reason = Some(value(&ReasonObject::of(reason))),
        Verdict::NotApplicable => {}
    }
    found
}
