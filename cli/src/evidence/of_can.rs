//! What `ringfence can` gives for evidence.

use ringfence_solver::inquiry::answer::Answer;
use ringfence_solver::inquiry::cover::NOT_COVERED;
use ringfence_solver::inquiry::run::Candidate;
use ringfence_solver::inquiry::{Pin, Prepared};
use ringfence_solver::report::{Missing, Scope};
use ringfence_solver::verdict::VerdictWord;

use super::certificate::{Finding, Grounds};
use super::material::Material;
use super::of_check::{tables, value};
use super::statement::TestOutcome;
use crate::command::question::{self, Answered, Outcome};
use crate::exit::ExitStatus;
use crate::output::human::Scene;
use crate::output::json::{ReasonObject, witness_object};
use crate::output::paths::effect_word;
use crate::output::question::{assumptions, json, reason_words};

impl Material {
    /// What was answered.
    pub(crate) fn of_can(outcomes: &[Outcome<'_>]) -> Self {
        let answered = || {
            outcomes.iter().filter_map(|outcome| match outcome {
                Outcome::Answered(answered) => Some(answered),
                Outcome::Refused { .. } => None,
            })
        };
        let setting = answered().next().map(|answered| answered.setting);
        let mut findings = Vec::new();
        let mut ended = Vec::new();
        for (index, outcome) in outcomes.iter().enumerate() {
            let (name, of_one) = match outcome {
                Outcome::Answered(answered) => {
                    let name = question_name(answered.name, index, outcomes);
                    let found = answered.results.iter();
                    let found =
                        found.map(|(candidate, answer)| finding((&name, answered), candidate, answer));
                    (name.clone(), Some((answered, found.collect::<Vec<_>>())))
                }
                Outcome::Refused { name, .. } => (question_name(name.as_deref(), index, outcomes), None),
            };
            ended.push((
                name,
                of_one.as_ref().map_or(TestOutcome::Failed, |(answered, found)| outcome_of(answered, found)),
            ));
            findings.extend(of_one.into_iter().flat_map(|(_, found)| found));
        }
        Self {
            report: question::json(outcomes),
            as_of: setting.and_then(|setting| setting.options.as_of.clone()),
            tables: setting.map(|setting| tables(&setting.tables)).unwrap_or_default(),
            findings,
            outcomes: ended,
        }
    }
}

/// The name of the question at `index`: its own, with its number where another has the same.
fn question_name(name: Option<&str>, index: usize, outcomes: &[Outcome<'_>]) -> String {
    let named = |outcome: &Outcome<'_>| match outcome {
        Outcome::Answered(answered) => answered.name.map(str::to_owned),
        Outcome::Refused { name, .. } => name.clone(),
    };
    let number = index + 1;
    match name {
        None => format!("question-{number}"),
        // A name may be what another gets with its number.
        Some(name)
            if name.contains(" (question ")
                || outcomes.iter().filter(|outcome| named(outcome).as_deref() == Some(name)).count() > 1 =>
        {
            format!("{name} (question {number})")
        }
        Some(name) => name.to_owned(),
    }
}

/// How a question ended: as expected, where something was expected.
fn outcome_of(answered: &Answered<'_>, findings: &[Finding]) -> TestOutcome {
    match &answered.mismatch {
        Some(mismatch) if !mismatch.is_empty() => TestOutcome::Failed,
        // What was expected to be denied is shown as far as no input is missing that proofs need.
        Some(_) if answered.status == ExitStatus::AsExpected && findings.iter().all(is_shown) => {
            TestOutcome::Passed
        }
        Some(_) => TestOutcome::Warned,
        None => TestOutcome::of(findings.iter()),
    }
}

/// A refutation with its request, or a proof from which no input is missing.
fn is_shown(finding: &Finding) -> bool {
    finding.verdict != VerdictWord::Proved || finding.is_whole()
}

/// What was asked, in words.
fn asked(question: &Prepared) -> String {
    let inquiry = &question.inquiry;
    let resource = inquiry.resource.as_deref().unwrap_or("any resource that it takes");
    let pins = inquiry.context.iter().map(|(key, pin)| match pin {
        Pin::Values(values) => format!("{key} is {}", values.join(" and ")),
        Pin::Absent => format!("{key} is absent"),
    });
    let pins: Vec<String> = pins.collect();
    let context = if pins.is_empty() {
        "in any context".to_owned()
    } else {
        format!("in any context in which {}", pins.join(", and "))
    };
    format!("Asks whether the principal can {} on {resource}, {context}.", inquiry.action)
}

fn finding((name, answered): (&str, &Answered<'_>), candidate: &Candidate, answer: &Answer) -> Finding {
    let mut found = Finding {
        question: name.to_owned(),
        kind: "can".to_owned(),
        asked: asked(answered.question),
        principal: candidate.subject.arn.clone(),
        verdict: match answer {
            Answer::Allowed(_) => VerdictWord::Refuted,
            Answer::Denied(_) => VerdictWord::Proved,
            Answer::NoSuchRequest(_) => VerdictWord::NotApplicable,
            Answer::Unknown(_) => VerdictWord::Inconclusive,
        },
        says: match answer {
            Answer::Allowed(_) => "allowed".to_owned(),
            Answer::Denied(_) | Answer::NoSuchRequest(_) | Answer::Unknown(_) => reason_words(answer),
        },
        scope: Scope::OneRequest.name(),
        assumptions: assumptions(answered.setting),
        not_covered: NOT_COVERED.iter().map(|text| (*text).to_owned()).collect(),
        missing: answered
            .missing
            .iter()
            .map(|missing| Missing {
                input: missing.input.clone(),
                effect: effect_word(missing.effect),
                text: missing.reason.clone(),
            })
            .collect(),
        grounds: Grounds::default(),
    };
    let grounds = &mut found.grounds;
    match answer {
        Answer::Allowed(witness) => {
            let scene = Scene { world: &answered.setting.world, tables: &answered.setting.tables };
            grounds.witness = Some(value(&witness_object(witness, scene)));
        }
        Answer::Denied(denial) => {
            grounds.rests_on = denial.grounds.iter().map(|ground| value(&json::ground(ground))).collect();
            grounds.claims.clone_from(&denial.claims);
        }
        Answer::NoSuchRequest(_) => {}
        Answer::Unknown(reason) => grounds.reason = Some(value(&ReasonObject::of(reason))),
    }
    found
}
