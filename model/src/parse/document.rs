//! The top level of a policy document (semantics:C1, C2).

use super::finding::Findings;
use super::{limit, statement};
use crate::json::{Json, JsonValue};
use crate::policy::{PolicyDocument, PolicyType, Statement, Version};

/// The document, or none when it is unusable; errors are in `findings` either way.
pub(super) fn parse_document(
    json: &Json,
    policy_type: PolicyType,
    findings: &mut Findings<'_>,
) -> Option<PolicyDocument> {
    let Some(members) = json.as_object() else {
        findings.error(
            json,
            &format!("a policy document must be an object, not {}", json.kind()),
            "give `{ \"Version\": \"2012-10-17\", \"Statement\": [ … ] }`",
        );
        return None;
    };
    for member in members {
        if !matches!(member.key.as_str(), "Version" | "Id" | "Statement") {
            findings.error(
                member,
                &format!("unknown element `{}` in a policy document", member.key),
                "a document holds Version, Id and Statement, in exactly this letter case",
            );
        }
    }
    let version = parse_version(json, policy_type, findings);
    let id = json.get("Id").and_then(|id| {
        if id.as_str().is_none() {
            findings.error(
                id,
                &format!("Id must be a string, not {}", id.kind()),
                "write it in double quotes",
            );
        }
        id.as_str().map(str::to_owned)
    });
    let Some(statement) = json.get("Statement") else {
        findings.error(json, "the document has no Statement", "a policy needs at least one statement");
        return None;
    };
    let objects = match &statement.value {
        JsonValue::Object(_) => std::slice::from_ref(statement),
        JsonValue::Array(elements) => elements.as_slice(),
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) | JsonValue::String(_) => {
            findings.error(
                statement,
                &format!("Statement must be an object or a list of objects, not {}", statement.kind()),
                "put each statement in braces",
            );
            return None;
        }
    };
    if objects.is_empty() {
        findings.warning(statement, "the document has no statements", "it allows nothing and denies nothing");
    }
    let mut statements = Vec::with_capacity(objects.len());
    for (index, object) in objects.iter().enumerate() {
        findings.enter_statement(index, object.get("Sid").and_then(Json::as_str));
        let place = statements.len();
        let read = statement::parse_statement(object, policy_type, version, findings);
        statements.extend(read.map(|statement| Statement { place, ..statement }));
        findings.leave_statement();
    }
    let document = PolicyDocument { version, id, statements };
    limit::warn(json, objects, policy_type, findings);
    Some(document)
}

fn parse_version(json: &Json, policy_type: PolicyType, findings: &mut Findings<'_>) -> Version {
    let version = json.get("Version");
    let parsed = match version.map(|value| (value, value.as_str())) {
        None | Some((_, Some("2008-10-17"))) => Version::V2008,
        Some((_, Some("2012-10-17"))) => Version::V2012,
        Some((value, other)) => {
            let shown = other.unwrap_or_else(|| value.kind());
            findings.error(
                value,
                &format!("Version must be \"2012-10-17\" or \"2008-10-17\", not `{shown}`"),
                "it names the language, not the date of the policy: write \"2012-10-17\"",
            );
            Version::V2012
        }
    };
    if policy_type == PolicyType::ResourceControl && parsed == Version::V2008 {
        findings.error(
            version.unwrap_or(json),
            "a resource control policy must have Version \"2012-10-17\"",
            "AWS Organizations refuses any other",
        );
    }
    parsed
}
