//! What `ringfence can` gives for evidence.

use ringfence_solver::inquiry::answer::Answer;
use ringfence_solver::inquiry::cover::NOT_COVERED;
use ringfence_solver::inquiry::run::Candidate;
use ringfence_solver::report::Scope;
use ringfence_solver::verdict::VerdictWord;

use super::certificate::{Finding, Grounds, Missing};
use super::material::Material;
use super::of_check::{tables, value};
use crate::command::question::{self, Answered, Outcome};
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
        let findings = answered().enumerate().flat_map(|(index, answered)| {
            answered
                .results
                .iter()
                .map(move |(candidate, answer)| finding((index, answered), candidate, answer))
                .collect::<Vec<_>>()
        });
        Self {
            report: question::json(outcomes),
            as_of: setting.and_then(|setting| setting.options.as_of.clone()),
            tables: setting.map(|setting| tables(&setting.tables)).unwrap_or_default(),
            findings: findings.collect(),
        }
    }
}

fn finding((index, answered): (usize, &Answered<'_>), candidate: &Candidate, answer: &Answer) -> Finding {
    let inquiry = &answered.question.inquiry;
    let resource = inquiry.resource.as_deref().unwrap_or("any resource that it takes");
    let mut found = Finding {
        question: answered.name.map_or_else(|| format!("question-{}", index + 1), str::to_owned),
        kind: "can".to_owned(),
        asked: format!("Asks whether the principal can {} on {resource}, in any context.", inquiry.action),
        principal: candidate.subject.arn.clone(),
        verdict: match answer {
            Answer::Allowed(_) => VerdictWord::Refuted,
            Answer::Denied(_) | Answer::NoSuchRequest(_) => VerdictWord::Proved,
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
