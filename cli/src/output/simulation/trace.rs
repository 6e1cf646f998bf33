//! The member `trace` of an answer (docs/cli.md has the schema).

use ringfence_model::evaluate::{Mismatch, Replaced, Shown, StatementExplanation};
use ringfence_model::policy::{Effect, PolicyType};
use ringfence_model::simulation::Answer;
use serde::Serialize;
use serde_json::Value;

use crate::command::simulate::Simulated;

/// An answer with its trace.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct Traced<'a> {
    #[serde(flatten)]
    #[cfg_attr(test, schemars(with = "crate::output::schemas::SimulationAnswer"))]
    answer: &'a Answer,
    /// None for a case without a decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<TraceObject<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct TraceObject<'a> {
    rules: Vec<String>,
    layers: Vec<LayerObject<'a>>,
    further_checks: Vec<FurtherObject<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct LayerObject<'a> {
    policy_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    allows: bool,
    denies: bool,
    statements: Vec<StatementObject<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct StatementObject<'a> {
    policy: &'a str,
    statement: usize,
    sid: Option<&'a str>,
    file: &'a str,
    line: u32,
    effect: &'static str,
    matches: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    named_as: Option<String>,
    mismatches: Vec<MismatchObject<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(untagged)]
enum MismatchObject<'a> {
    Element {
        element: &'static str,
        values: Vec<ValueObject<'a>>,
    },
    Condition {
        element: &'static str,
        operator: &'a str,
        key: &'a str,
        values: Vec<ValueObject<'a>>,
        request: Option<&'a [String]>,
    },
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ValueObject<'a> {
    value: &'a str,
    /// For a value with variables: what it becomes, null where one of them has no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced: Option<Value>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct FurtherObject<'a> {
    action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl<'a> Traced<'a> {
    pub(super) fn new(answer: &'a Answer, simulated: &'a Simulated) -> Self {
        let further = || {
            simulated.further.iter().map(|(action, decision)| FurtherObject {
                action,
                decision: decision.as_ref().ok().map(ToString::to_string),
                error: decision.as_ref().err().map(String::as_str),
            })
        };
        let trace = simulated.explanation.as_ref().map(|explanation| TraceObject {
            rules: explanation.evaluation.trace.rules.iter().map(ToString::to_string).collect(),
            layers: explanation
                .layers
                .iter()
                .map(|layer| LayerObject {
                    policy_type: member_name(layer.policy_type),
                    target: layer.target.as_deref(),
                    allows: layer.allows,
                    denies: layer.denies,
                    statements: layer.statements.iter().map(statement_object).collect(),
                })
                .collect(),
            further_checks: further().collect(),
        });
        Self { answer, trace }
    }
}

fn statement_object(statement: &StatementExplanation) -> StatementObject<'_> {
    let reference = &statement.reference;
    StatementObject {
        policy: &reference.policy,
        statement: reference.statement,
        sid: reference.sid.as_deref(),
        file: &reference.location.file,
        line: reference.location.line,
        effect: match statement.effect {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        },
        matches: statement.matches,
        named_as: statement.form.map(|form| form.to_string()),
        mismatches: statement.mismatches.iter().map(mismatch_object).collect(),
    }
}

fn mismatch_object(mismatch: &Mismatch) -> MismatchObject<'_> {
    match mismatch {
        Mismatch::Element { name, values } => {
            MismatchObject::Element { element: name, values: values.iter().map(value_object).collect() }
        }
        Mismatch::Condition { operator, key, values, request } => MismatchObject::Condition {
            element: "Condition",
            operator,
            key,
            values: values.iter().map(value_object).collect(),
            request: request.as_deref(),
        },
    }
}

fn value_object(value: &Shown) -> ValueObject<'_> {
    let replaced = match &value.replaced {
        Replaced::NoVariable => None,
        Replaced::Text(text) => Some(Value::from(text.as_str())),
        Replaced::NoValue => Some(Value::Null),
    };
    ValueObject { value: &value.raw, replaced }
}

/// The type's name among the members of a case.
fn member_name(policy_type: PolicyType) -> &'static str {
    match policy_type {
        PolicyType::Identity => "identity",
        PolicyType::PermissionsBoundary => "permissionsBoundary",
        PolicyType::Session => "session",
        PolicyType::ServiceControl => "serviceControl",
        PolicyType::ResourceControl => "resourceControl",
        PolicyType::Resource | PolicyType::Trust => "resource",
        PolicyType::VpcEndpoint => "vpcEndpoint",
    }
}

#[cfg(test)]
pub(crate) fn schema() -> schemars::Schema {
    crate::output::schemas::of::<Traced<'_>>()
}
