//! What `ringfence boundary` gives for evidence: its guardrails, and not what is left or lost.

use ringfence_solver::check::design::{DesignReport, DesignResult, Judged};
use ringfence_solver::verdict::VerdictWord;

use super::certificate::{Finding, Grounds};
use super::material::Material;
use super::of_check::{outcomes, tables};
use crate::command::boundary::Answer;
use crate::command::explain;
use crate::findings::verdict_words;
use crate::output;
use crate::output::human::Scene;

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
        let findings: Vec<Finding> =
            verdicts.map(|(guardrail, judged)| finding(guardrail, judged, &of_guardrails)).collect();
        let outcomes = outcomes(&findings, report.guardrails.iter().map(|guardrail| &guardrail.id));
        Self {
            report: output::boundary::json(&of_guardrails),
            as_of: answer.as_of.clone(),
            tables: tables(answer.tables),
            findings,
            outcomes,
        }
    }
}

fn finding(guardrail: &DesignResult, (principal, verdict): &Judged, answer: &Answer<'_>) -> Finding {
    let scene = Scene { world: answer.world, tables: answer.tables };
    let kind = guardrail.kind.name();
    Finding {
        question: guardrail.id.clone(),
        kind: kind.to_owned(),
        asked: explain::in_short(kind).unwrap_or_default(),
        principal: format!("any {} under {}", principal.name(), answer.subject),
        verdict: verdict.word(),
        says: verdict_words(verdict.word(), guardrail.scope).to_owned(),
        scope: guardrail.scope.name(),
        assumptions: answer.notes.clone(),
        not_covered: guardrail.not_covered.clone(),
        // What is missing of a world has no part in what is judged for every identity policy.
        missing: Vec::new(),
        grounds: Grounds::of(verdict, scene),
    }
}
