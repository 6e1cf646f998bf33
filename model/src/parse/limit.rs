//! What AWS stores but its validator would refuse today: size, characters, Sids (semantics:C9, F49).

use std::collections::BTreeMap;

use super::finding::Findings;
use crate::json::{Json, JsonValue};
use crate::policy::PolicyType;

/// Adds a warning for each limit that the document passes.
pub(super) fn warn(
    document: &Json,
    statements: &[Json],
    policy_type: PolicyType,
    findings: &mut Findings<'_>,
) {
    if let Some(limit) = size_limit(policy_type) {
        let length = document.compact_length();
        if length > limit {
            findings.warning(
                document,
                &format!(
                    "the document has {length} characters without white space, more than the {limit} of AWS"
                ),
                "AWS evaluates it if it is stored already, but would not store it today",
            );
        }
    }
    if matches!(policy_type, PolicyType::Resource | PolicyType::VpcEndpoint) {
        return;
    }
    warn_about_characters(document, findings);
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, statement) in statements.iter().enumerate() {
        let Some((value, sid)) = statement.get("Sid").and_then(|sid| sid.as_str().map(|text| (sid, text)))
        else {
            continue;
        };
        findings.enter_statement(index, Some(sid));
        if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            findings.warning(
                value,
                "a Sid may hold letters and digits only",
                "rename it; it has no other effect",
            );
        }
        if let Some(earlier) = first.get(sid) {
            findings.warning(
                value,
                &format!("the Sid is used already by statement {earlier}"),
                "IAM wants each Sid once; it has no other effect",
            );
        } else if !sid.is_empty() {
            first.insert(sid, index);
        }
        findings.leave_statement();
    }
}

/// The largest size that AWS stores for this type, white space apart. Where it differs by owner, the largest.
fn size_limit(policy_type: PolicyType) -> Option<usize> {
    match policy_type {
        PolicyType::Identity => Some(10_240),
        PolicyType::PermissionsBoundary => Some(6_144),
        PolicyType::Session => Some(2_048),
        PolicyType::ServiceControl | PolicyType::ResourceControl => Some(5_120),
        PolicyType::Trust => Some(8_192),
        PolicyType::VpcEndpoint => Some(20_480),
        PolicyType::Resource => None,
    }
}

/// One warning, at the first string that holds a character outside U+0009, A, D and U+0020–U+00FF.
fn warn_about_characters(document: &Json, findings: &mut Findings<'_>) {
    let mut open = vec![document];
    let mut earliest: Option<(&Json, char)> = None;
    while let Some(json) = open.pop() {
        match &json.value {
            JsonValue::String(text) => {
                let strange = text.chars().find(|character| !is_allowed(*character));
                if let Some(character) = strange
                    && earliest.is_none_or(|(found, _)| json.offset < found.offset)
                {
                    earliest = Some((json, character));
                }
            }
            JsonValue::Array(elements) => open.extend(elements),
            JsonValue::Object(members) => open.extend(members.iter().map(|member| &member.value)),
            JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) => {}
        }
    }
    if let Some((json, character)) = earliest {
        findings.warning(
            json,
            &format!("the character `{}` is outside what IAM policies may hold", character.escape_unicode()),
            "IAM takes U+0020 to U+00FF, tab and line breaks",
        );
    }
}

fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{FF}')
}
