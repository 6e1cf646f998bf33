//! The findings of `boundary`: what a design does not guarantee. They are about kinds of principals, since nobody has it yet.

use ringfence_model::policy::PolicyType;
use ringfence_solver::check::design::DesignResult;
use ringfence_solver::guardrail::PrincipalKind;
use ringfence_solver::verdict::{Verdict, VerdictWord};

use super::statements::{allowing, telling_first};
use super::{Finding, Findings, Member, Rule, fingerprint, flow, machine_word, verdict_words};
use crate::command::boundary::Answer;
use crate::command::check::cause::stopping;
use crate::command::explain;
use crate::output::human::{self, Page, Scene};

/// All that was found.
pub(crate) fn findings(answer: &Answer<'_>) -> Findings {
    let guardrails = &answer.report.guardrails;
    let mut not_covered: Vec<String> = Vec::new();
    for text in guardrails.iter().flat_map(|guardrail| &guardrail.not_covered) {
        if !not_covered.contains(text) {
            not_covered.push(text.clone());
        }
    }
    let warnings = answer
        .warnings
        .iter()
        .map(|warning| format!("{}:{}: {}", warning.location.file, warning.location.line, warning.message));
    Findings {
        command: "boundary",
        subject: format!("{}, for every identity policy", answer.subject),
        rules: guardrails.iter().map(|guardrail| rule(answer, guardrail)).collect(),
        assumptions: Vec::new(),
        not_covered,
        missing: Vec::new(),
        notes: answer.notes.iter().cloned().chain(warnings).collect(),
        part: None,
        indicators: Vec::new(),
        suppressions: Vec::new(),
        level: answer.level,
        evidence: answer.evidence.clone(),
        today: answer.today.clone(),
        status: answer.status,
        world: answer.directory.clone(),
    }
}

fn rule(answer: &Answer<'_>, guardrail: &DesignResult) -> Rule {
    let (summary, help) = explain::of_kind(guardrail.kind.name());
    let mut findings: Vec<Finding> =
        guardrail.verdicts.iter().map(|(kind, verdict)| finding(answer, guardrail, *kind, verdict)).collect();
    if guardrail.verdict() == VerdictWord::NotApplicable {
        findings.push(nothing(answer, guardrail));
    }
    findings.sort_by_key(|found| std::cmp::Reverse(found.verdict));
    Rule {
        id: guardrail.id.clone(),
        kind: guardrail.kind.name().to_owned(),
        summary,
        help,
        verdict: guardrail.verdict(),
        scope: guardrail.scope,
        lacking: false,
        all_accepted: false,
        findings,
    }
}

/// A guardrail that says nothing about the design: it is as open as before.
fn nothing(answer: &Answer<'_>, guardrail: &DesignResult) -> Finding {
    Finding {
        verdict: VerdictWord::Inconclusive,
        group: None,
        fingerprint: fingerprint::of_parts(["design", &guardrail.id, "whole"]),
        title: "it does not apply to the design".to_owned(),
        route: "not-applicable".to_owned(),
        text: String::new(),
        members: Vec::new(),
        acceptance: None,
        statements: Vec::new(),
        fallback: answer.shown_at.clone(),
        flow: Vec::new(),
    }
}

fn finding(answer: &Answer<'_>, guardrail: &DesignResult, kind: PrincipalKind, verdict: &Verdict) -> Finding {
    let word = verdict.word();
    let who = format!("any {}", kind.name());
    let witness = match verdict {
        Verdict::Refuted(witness) => Some(witness.as_ref()),
        Verdict::Proved(_) | Verdict::Inconclusive(_) | Verdict::NotApplicable => None,
    };
    let (title, route) = match verdict {
        Verdict::Refuted(witness) => {
            (format!("{who}: the design lets it through"), fingerprint::route(witness))
        }
        Verdict::Inconclusive(reason) => (format!("{who}: {}", reason.text()), reason.code().to_owned()),
        Verdict::Proved(_) | Verdict::NotApplicable => {
            (verdict_words(word, guardrail.scope).to_owned(), String::new())
        }
    };
    let mut page = Page::default();
    if let Some(witness) = witness {
        let scene = Scene { world: answer.world, tables: answer.tables };
        human::witness(scene, &who, witness, &mut page);
    }
    let mut statements = witness.map(allowing).unwrap_or_default();
    statements.extend(witness.map(stopping).unwrap_or_default());
    // What identity policies say is made up: they may say anything.
    statements.retain(|statement| statement.policy_type != PolicyType::Identity);
    let path = witness.and_then(|witness| witness.path());
    let parts = ["design", &guardrail.id, kind.name(), machine_word(word), &route];
    Finding {
        verdict: word,
        group: None,
        fingerprint: fingerprint::of_parts(parts),
        title,
        text: page.into_plain_text(),
        members: vec![Member {
            fingerprint: fingerprint::of_parts(parts),
            principal: who,
            account: None,
            request: witness
                .and_then(|witness| witness.requests().first())
                .map(|replayed| (replayed.request.action.clone(), replayed.request.resource.clone())),
        }],
        acceptance: None,
        statements: telling_first(statements, path, true),
        fallback: if word == VerdictWord::Proved { String::new() } else { answer.shown_at.clone() },
        flow: path.map(flow::of).unwrap_or_default(),
        route,
    }
}
