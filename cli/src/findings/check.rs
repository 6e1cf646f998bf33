//! The findings of `check` and `merge`.

use std::collections::BTreeMap;

use ringfence_model::policy::StatementReference;
use ringfence_solver::check::Shard;
use ringfence_solver::report::{Group, GuardrailResult, Missing, PrincipalResult, Report};
use ringfence_solver::verdict::{Verdict, VerdictWord};
use ringfence_solver::witness::Witness;

use super::statements::{allowing, telling_first};
use super::{Accepted, Finding, Findings, Member, Rule, fingerprint, flow};
use crate::command::check::cause::{Finding as Cause, cause, given, pivot, stopping};
use crate::command::check::{Answer, guardrail_status};
use crate::command::explain;
use crate::exit::ExitStatus;
use crate::output::human::{self, Page, Scene, counted, title};
use crate::output::json::not_covered;

/// Why principals are one finding: all that their violations have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Class {
    accepted: Option<Accepted>,
    group: Group,
    bounded: bool,
    stopped: bool,
    statements: Vec<StatementReference>,
    given: Vec<String>,
    pivot: Option<String>,
    route: String,
}

/// All that a check found.
pub(crate) fn findings(answer: &Answer<'_>) -> Findings {
    let report = answer.report;
    let since = report.as_of.as_deref().map_or("at any time".to_owned(), |as_of| format!("from {as_of} on"));
    let trimmed = |lines: Vec<String>| lines.iter().map(|line| line.trim().to_owned()).collect();
    let mut notes = answer.notes.clone();
    notes.extend(
        answer.warnings.iter().map(|warning| {
            format!("{}:{}: {}", warning.location.file, warning.location.line, warning.message)
        }),
    );
    let in_words =
        |shard: Shard| format!("part {} of {}: all others are judged elsewhere", shard.index(), shard.of());
    let part = report.shard.map(in_words);
    notes.extend(part.clone());
    Findings {
        command: "check",
        subject: format!(
            "{}, {}, {since}",
            counted(report.principals, "principal"),
            counted(answer.world.accounts.len(), "account")
        ),
        rules: report.guardrails.iter().map(|guardrail| rule(answer, guardrail)).collect(),
        assumptions: trimmed(human::assumptions(answer)),
        not_covered: not_covered(answer).into_iter().map(str::to_owned).collect(),
        missing: trimmed(human::missing(answer)),
        notes,
        part,
        indicators: report.indicators(),
        suppressions: answer.suppressions.clone(),
        level: answer.level,
        evidence: answer.evidence.clone(),
        today: report.today.clone(),
        status: answer.status,
        world: answer.directory.clone(),
    }
}

fn rule(answer: &Answer<'_>, guardrail: &GuardrailResult) -> Rule {
    let kind = guardrail.kind.name();
    let (summary, help) = explain::of_kind(kind);
    let status = guardrail_status(guardrail, answer.report.shard);
    let verdict = guardrail.verdict();
    let mut findings = violations(answer, guardrail);
    findings.extend(inconclusive(answer, guardrail));
    findings.extend(whole(answer, guardrail, status));
    for word in [VerdictWord::Proved, VerdictWord::NotApplicable] {
        findings.extend(decided(answer, guardrail, word));
    }
    Rule {
        id: guardrail.id.clone(),
        kind: kind.to_owned(),
        summary,
        help,
        verdict,
        scope: guardrail.scope,
        // A part of the principals says nothing of the others.
        lacking: answer.report.shard.is_some() || guardrail.missing.iter().any(Missing::hinders_proofs),
        all_accepted: verdict == VerdictWord::Refuted && status == ExitStatus::AsExpected,
        findings,
    }
}

/// Violations by class: those that nobody accepted first, the largest class first.
fn violations(answer: &Answer<'_>, guardrail: &GuardrailResult) -> Vec<Finding> {
    let mut classes: BTreeMap<Class, Vec<(&PrincipalResult, &Witness)>> = BTreeMap::new();
    for result in &guardrail.results {
        if let Verdict::Refuted(witness) = &result.verdict {
            classes.entry(class(result, witness)).or_default().push((result, witness));
        }
    }
    let mut findings: Vec<Finding> =
        classes.into_iter().map(|(class, members)| violation(answer, guardrail, class, members)).collect();
    findings.sort_by_key(|found| (found.acceptance.is_some(), std::cmp::Reverse(found.members.len())));
    fingerprint::tell_apart(&mut findings);
    findings
}

fn class(result: &PrincipalResult, witness: &Witness) -> Class {
    let stopped = witness.requests().is_empty() && !witness.restrictions().is_empty();
    let statements = if stopped { stopping(witness) } else { allowing(witness) };
    Class {
        accepted: result.accepted.as_ref().map(|accepted| Accepted {
            by: accepted.by.name(),
            reason: accepted.acceptance.reason.clone(),
            owner: accepted.acceptance.owner.clone(),
            expires: accepted.expires.clone(),
        }),
        group: result.group,
        bounded: result.boundary.is_some(),
        stopped,
        statements,
        given: given(witness, stopped),
        pivot: witness.path().map(pivot),
        route: fingerprint::route(witness),
    }
}

fn violation(
    answer: &Answer<'_>,
    guardrail: &GuardrailResult,
    class: Class,
    members: Vec<(&PrincipalResult, &Witness)>,
) -> Finding {
    let first = members.first().copied();
    let scene = Scene { world: answer.world, tables: answer.tables };
    let mut page = Page::default();
    if let Some((result, witness)) = first {
        human::witness(scene, &result.principal, witness, &mut page);
    }
    let flow = first.and_then(|(_, witness)| witness.path()).map(flow::of).unwrap_or_default();
    let mut why = vec![class.route.as_str()];
    why.extend(class.pivot.as_deref());
    why.extend(class.given.iter().map(String::as_str));
    let fingerprint =
        fingerprint::of_class(&guardrail.id, (class.group, class.accepted.as_ref()), &why, &class.statements);
    let question = fingerprint::question(&guardrail.kind, answer.configuration);
    let shown = members.iter().map(|(result, witness)| Member {
        principal: result.principal.clone(),
        account: Some(result.account.to_string()),
        fingerprint: fingerprint::violation(&guardrail.id, &question, result).unwrap_or_default(),
        request: witness
            .requests()
            .first()
            .map(|replayed| (replayed.request.action.clone(), replayed.request.resource.clone())),
    });
    let shown = shown.collect();
    let statements =
        telling_first(class.statements, first.and_then(|(_, witness)| witness.path()), class.bounded);
    let cause = Cause {
        guardrail,
        statements: first.filter(|_| class.pivot.is_none()).map_or_else(Vec::new, |(_, witness)| {
            if class.stopped { stopping(witness) } else { cause(witness, class.bounded) }
        }),
        bounded: class.bounded,
        pivot: class.pivot,
        stopped: class.stopped,
        members,
    };
    Finding {
        verdict: VerdictWord::Refuted,
        group: Some(class.group),
        fingerprint,
        title: title(answer.world, &cause),
        route: class.route,
        text: page.into_plain_text(),
        members: shown,
        acceptance: class.accepted,
        statements,
        fallback: fallback(answer.report, first.map(|(result, _)| result)),
        flow,
    }
}

/// The export in which the principal stands, else the first input.
fn fallback(report: &Report, result: Option<&PrincipalResult>) -> String {
    let files = || report.digests.iter().map(|(file, _)| file);
    let of_account = result.and_then(|result| {
        let account = format!("{}/authorization-details.json", result.account);
        files().find(|file| file.ends_with(&account))
    });
    of_account.or_else(|| files().next()).cloned().unwrap_or_default()
}

/// What was not decided, by reason.
fn inconclusive(answer: &Answer<'_>, guardrail: &GuardrailResult) -> Vec<Finding> {
    let mut reasons: BTreeMap<(Group, &'static str, String), Vec<&PrincipalResult>> = BTreeMap::new();
    for (result, reason) in guardrail.inconclusive() {
        reasons.entry((result.group, reason.code(), reason.text())).or_default().push(result);
    }
    let finding = |((group, code, text), results): ((Group, &'static str, String), Vec<&PrincipalResult>)| {
        let members = results.iter().map(|result| member(&guardrail.id, code, result));
        Finding {
            verdict: VerdictWord::Inconclusive,
            group: Some(group),
            fingerprint: fingerprint::of_parts([
                "inconclusive",
                &guardrail.id,
                group_name(group),
                code,
                &text,
            ]),
            title: text,
            route: code.to_owned(),
            text: String::new(),
            members: members.collect(),
            acceptance: None,
            statements: Vec::new(),
            fallback: fallback(answer.report, results.first().copied()),
            flow: Vec::new(),
        }
    };
    reasons.into_iter().map(finding).collect()
}

fn member(guardrail: &str, code: &str, result: &PrincipalResult) -> Member {
    Member {
        principal: result.principal.clone(),
        account: Some(result.account.to_string()),
        fingerprint: fingerprint::of_parts([
            super::machine_word(result.verdict.word()),
            guardrail,
            &result.principal,
            code,
        ]),
        request: None,
    }
}

fn group_name(group: Group) -> &'static str {
    crate::output::json::group(group)
}

/// A guardrail that is open though each principal is decided: input is missing, or it is about nobody. What is refuted besides does
/// not answer what the missing input leaves open.
fn whole(answer: &Answer<'_>, guardrail: &GuardrailResult, status: ExitStatus) -> Option<Finding> {
    if status == ExitStatus::AsExpected {
        return None;
    }
    let lacking: Vec<&str> = guardrail
        .missing
        .iter()
        .filter(|missing| missing.hinders_proofs())
        .map(|missing| missing.text.as_str())
        .collect();
    let title = if !lacking.is_empty() {
        format!("what is proved of each principal is not proved of all: {}", lacking.join("; "))
    } else if guardrail.verdict() == VerdictWord::NotApplicable {
        "it applies to no principal".to_owned()
    } else {
        return None;
    };
    Some(Finding {
        verdict: VerdictWord::Inconclusive,
        group: None,
        fingerprint: fingerprint::of_parts(["inconclusive", &guardrail.id, "whole"]),
        title,
        route: "missing-input".to_owned(),
        text: String::new(),
        members: Vec::new(),
        acceptance: None,
        statements: Vec::new(),
        fallback: fallback(answer.report, None),
        flow: Vec::new(),
    })
}

/// Those that are proved, or to whom it does not apply.
fn decided(answer: &Answer<'_>, guardrail: &GuardrailResult, word: VerdictWord) -> Option<Finding> {
    let results: Vec<&PrincipalResult> =
        guardrail.results.iter().filter(|result| result.verdict.word() == word).collect();
    (!results.is_empty()).then(|| Finding {
        verdict: word,
        group: None,
        fingerprint: fingerprint::of_parts([
            "decided",
            &guardrail.id,
            super::verdict_words(word, guardrail.scope),
        ]),
        title: super::verdict_words(word, guardrail.scope).to_owned(),
        route: String::new(),
        text: String::new(),
        members: results.iter().map(|result| member(&guardrail.id, "", result)).collect(),
        acceptance: None,
        statements: Vec::new(),
        fallback: fallback(answer.report, results.first().copied()),
        flow: Vec::new(),
    })
}
