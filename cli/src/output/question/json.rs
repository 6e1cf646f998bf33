//! Answers to questions as JSON (docs/cli.md has the schema).

use ringfence_model::policy::PolicyType;
use ringfence_model::world::MissingInput;
use ringfence_solver::inquiry::answer::Answer;
use ringfence_solver::inquiry::cover::NOT_COVERED;
use ringfence_solver::inquiry::ground::Ground;
use ringfence_solver::inquiry::run::Candidate;
use ringfence_solver::inquiry::{Pin, Prepared};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{candidate_kind, layer_target, layer_word, reason_words};
use crate::command::question::{Answered, Outcome};
use crate::output::human::Scene;
use crate::output::json::{self, SCHEMA_VERSION, StatementObject, WitnessObject};
use crate::output::paths::effect_word;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct AnswerObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    schema_version: u32,
    question: QuestionObject<'a>,
    results: Vec<ResultObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mismatch: Option<MismatchObject<'a>>,
    level: &'static str,
    as_of: Option<&'a str>,
    assumptions: Vec<String>,
    not_covered: &'static [&'static str],
    missing: Vec<MissingObject<'a>>,
    remarks: &'a [String],
    exit_code: u8,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct QuestionObject<'a> {
    action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    context: Map<String, Value>,
    /// How many actions the pattern stands for, and how many of them take such a resource.
    actions: ActionsObject,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ActionsObject {
    matching: usize,
    asked: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ResultObject<'a> {
    principal: &'a str,
    kind: &'static str,
    answer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<WitnessObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonObject<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ReasonObject<'a> {
    code: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    points: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grounds: Vec<GroundObject<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroundObject<'a> {
    /// `deny` for a statement, `not-allowed` for a layer, `no-session` for sessions that cannot be made.
    kind: &'static str,
    layer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'a str>,
    statements: Vec<StatementObject<'a>>,
    /// What stops the call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grounds: Vec<GroundObject<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct MismatchObject<'a> {
    unexpected: &'a [String],
    lacking: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct MissingObject<'a> {
    input: &'a str,
    effect: &'static str,
    text: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accounts: Vec<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ErrorObject<'a> {
    name: Option<&'a str>,
    error: &'a str,
}

/// One answer on one line.
pub(crate) fn line(outcome: &Outcome<'_>) -> String {
    match outcome {
        Outcome::Answered(answered) => json::line(&object(answered)),
        Outcome::Refused { name, error } => json::line(&ErrorObject { name: name.as_deref(), error }),
    }
}

/// One answer, indented.
pub(crate) fn pretty(outcome: &Outcome<'_>) -> String {
    match outcome {
        Outcome::Answered(answered) => json::pretty(&object(answered)),
        Outcome::Refused { name, error } => json::pretty(&ErrorObject { name: name.as_deref(), error }),
    }
}

fn object<'a>(answered: &'a Answered<'a>) -> AnswerObject<'a> {
    let scene = Scene { world: &answered.setting.world, tables: &answered.setting.tables };
    AnswerObject {
        name: answered.name,
        schema_version: SCHEMA_VERSION,
        question: question(answered.question),
        results: answered
            .results
            .iter()
            .map(|(candidate, answer)| result(candidate, answer, scene))
            .collect(),
        mismatch: answered
            .mismatch
            .as_ref()
            .map(|found| MismatchObject { unexpected: &found.unexpected, lacking: &found.lacking }),
        level: answered.setting.level.name(),
        as_of: answered.setting.options.as_of.as_deref(),
        assumptions: super::assumptions(answered.setting),
        not_covered: &NOT_COVERED,
        missing: answered.missing.iter().map(missing).collect(),
        remarks: &answered.question.remarks,
        exit_code: answered.status.code(),
    }
}

fn question(question: &Prepared) -> QuestionObject<'_> {
    let value = |pin: &Pin| match pin {
        Pin::Absent => Value::Null,
        Pin::Values(values) => match values.as_slice() {
            [only] => Value::from(only.as_str()),
            several => Value::from(several.to_vec()),
        },
    };
    QuestionObject {
        action: &question.inquiry.action,
        resource: question.inquiry.resource.as_deref(),
        context: question.inquiry.context.iter().map(|(key, pin)| (key.clone(), value(pin))).collect(),
        actions: ActionsObject { matching: question.matching, asked: question.actions.len() },
    }
}

fn result<'a>(candidate: &'a Candidate, answer: &'a Answer, scene: Scene<'_>) -> ResultObject<'a> {
    let (word, witness, reason) = match answer {
        Answer::Allowed(witness) => ("allowed", Some(json::witness_object(witness, scene)), None),
        Answer::Denied(denial) => ("denied", None, Some(denied(answer, &denial.grounds))),
        Answer::NoSuchRequest(_) => (
            "denied",
            None,
            Some(ReasonObject {
                code: "no-such-request",
                text: reason_words(answer),
                points: Vec::new(),
                grounds: Vec::new(),
            }),
        ),
        Answer::Unknown(reason) => (
            "unknown",
            None,
            Some(ReasonObject {
                code: reason.code(),
                text: reason.text(),
                points: reason.points(),
                grounds: Vec::new(),
            }),
        ),
    };
    ResultObject {
        principal: &candidate.subject.arn,
        kind: candidate_kind(candidate),
        answer: word,
        witness,
        reason,
    }
}

fn denied<'a>(answer: &Answer, grounds: &'a [Ground]) -> ReasonObject<'a> {
    let denies = grounds.iter().filter(|ground| matches!(ground, Ground::Deny(_))).count();
    let code = match denies {
        0 => "not-allowed",
        all if all == grounds.len() => "explicit-deny",
        _ => "not-allowed-and-denied",
    };
    ReasonObject {
        code,
        text: reason_words(answer),
        points: Vec::new(),
        grounds: grounds.iter().map(ground).collect(),
    }
}

/// One of the grounds of a denial.
pub(crate) fn ground(ground: &Ground) -> GroundObject<'_> {
    match ground {
        Ground::Deny(statement) => GroundObject {
            kind: "deny",
            layer: type_word(statement.policy_type),
            target: None,
            call: None,
            statements: vec![json::statement(statement)],
            grounds: Vec::new(),
        },
        Ground::Layer { layer, statements } => GroundObject {
            kind: "not-allowed",
            layer: layer_word(layer),
            target: layer_target(layer),
            call: None,
            statements: statements.iter().map(json::statement).collect(),
            grounds: Vec::new(),
        },
        Ground::NoSession { call, because } => GroundObject {
            kind: "no-session",
            layer: "session",
            target: None,
            call: Some(call),
            statements: Vec::new(),
            grounds: because.iter().map(self::ground).collect(),
        },
    }
}

/// A type of policy as the members of a simulation case call it.
fn type_word(policy_type: PolicyType) -> &'static str {
    match policy_type {
        PolicyType::Identity => "identity",
        PolicyType::PermissionsBoundary => "permissionsBoundary",
        PolicyType::Session => "session",
        PolicyType::ServiceControl => "serviceControl",
        PolicyType::ResourceControl => "resourceControl",
        PolicyType::Resource => "resource",
        PolicyType::Trust => "trust",
        PolicyType::VpcEndpoint => "vpcEndpoint",
    }
}

fn missing(missing: &MissingInput) -> MissingObject<'_> {
    MissingObject {
        input: &missing.input,
        effect: effect_word(missing.effect),
        text: &missing.reason,
        accounts: missing.accounts.iter().map(ToString::to_string).collect(),
    }
}

#[cfg(test)]
pub(crate) fn schemas() -> [schemars::Schema; 2] {
    [crate::output::schemas::of::<AnswerObject<'_>>(), crate::output::schemas::of::<ErrorObject<'_>>()]
}
