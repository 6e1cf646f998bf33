//! What accepts violations, as JSON.

use serde::Serialize;

use crate::suppression::{Entry, State};

/// What accepts violations, with what has become of it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct SuppressionObject<'a> {
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    guardrail: Option<&'a str>,
    principal: &'a str,
    reason: &'a str,
    owner: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<&'a str>,
    state: &'static str,
    violations: usize,
}

impl<'a> SuppressionObject<'a> {
    /// The same as JSON has it.
    pub(super) fn of(entry: &'a Entry) -> Self {
        Self {
            by: entry.by.name(),
            guardrail: entry.guardrail.as_deref(),
            principal: &entry.principal,
            reason: &entry.reason,
            owner: &entry.owner,
            expires: entry.expires.as_deref(),
            state: entry.state.name(),
            violations: match entry.state {
                State::Accepts(count) => count,
                State::Expired | State::Covered | State::Unused => 0,
            },
        }
    }
}
