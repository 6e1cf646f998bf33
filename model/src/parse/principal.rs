//! The value of `Principal` and `NotPrincipal` (semantics:C4).

use super::finding::Findings;
use crate::arn::{AccountId, Arn};
use crate::json::Json;
use crate::policy::PrincipalPattern;

/// The principals that `json` names. `{}` and empty lists give none, with a warning.
pub(super) fn parse_principals(json: &Json, findings: &mut Findings<'_>) -> Vec<PrincipalPattern> {
    let Some(members) = json.as_object() else {
        if json.as_str() == Some("*") {
            return vec![PrincipalPattern::Everyone];
        }
        let shown = json.as_str().unwrap_or_else(|| json.kind());
        findings.error(
            json,
            &format!("a principal must be \"*\" or an object, not `{shown}`"),
            "write `{ \"AWS\": \"…\" }`, `{ \"Service\": \"…\" }` or `{ \"Federated\": \"…\" }`",
        );
        return Vec::new();
    };
    let mut patterns = Vec::new();
    if members.is_empty() {
        findings.warning(json, "the list of principals is empty", "the statement has no effect");
    }
    for member in members {
        let kind = member.key.as_str();
        if !matches!(kind, "AWS" | "Service" | "Federated" | "CanonicalUser") {
            findings.error(
                member,
                &format!("unknown kind of principal `{kind}`"),
                "the kinds are AWS, Service, Federated and CanonicalUser, in exactly this letter case",
            );
            continue;
        }
        let values = member.value.one_or_many();
        if values.is_empty() {
            findings.warning(
                member,
                "the list of principals is empty",
                "this kind of principal has no effect",
            );
        }
        for value in values {
            match value.as_str() {
                Some(text) => patterns.extend(parse_principal(kind, text, value, findings)),
                None => findings.error(
                    value,
                    &format!("a principal must be a string, not {}", value.kind()),
                    "write account ids and ARNs in double quotes",
                ),
            }
        }
    }
    patterns
}

fn parse_principal(
    kind: &str,
    text: &str,
    value: &Json,
    findings: &mut Findings<'_>,
) -> Option<PrincipalPattern> {
    match kind {
        "AWS" if text == "*" => Some(PrincipalPattern::Everyone),
        "AWS" => {
            if let Some(problem) = aws_principal_problem(text) {
                findings.error(
                    value,
                    &format!("`{text}` is no AWS principal: {problem}"),
                    "name an account id, the ARN of an account's root, user, role or session, or \"*\"",
                );
                return None;
            }
            Some(PrincipalPattern::Aws(text.to_owned()))
        }
        _ if text.is_empty() => {
            findings.error(value, "a principal must not be empty", "name it or remove it");
            None
        }
        "Service" => {
            if !text.contains('.') {
                findings.warning(
                    value,
                    &format!("`{text}` is not the name of a service principal, so it matches nothing"),
                    "service principals look like `lambda.amazonaws.com`",
                );
            }
            Some(PrincipalPattern::Service(text.to_owned()))
        }
        "Federated" => Some(PrincipalPattern::Federated(text.to_owned())),
        _ => Some(PrincipalPattern::CanonicalUser(text.to_owned())),
    }
}

/// What is wrong with a value under `AWS`; none if nothing is.
fn aws_principal_problem(text: &str) -> Option<&'static str> {
    if AccountId::parse(text).is_some() {
        return None;
    }
    let Some(arn) = Arn::parse(text) else {
        // A deleted user or role is shown by its unique id.
        let unique_id = text.len() >= 16
            && text.starts_with('A')
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        return (!unique_id).then_some("it is neither an account id, an ARN nor a unique id");
    };
    if text.contains(['*', '?']) {
        return Some("wildcards are allowed only as the whole value");
    }
    if !matches!(arn.service, "iam" | "sts") {
        return Some("its service is neither iam nor sts");
    }
    let kind = arn.resource.split_once('/').map_or(arn.resource, |(kind, _)| kind);
    match kind {
        "group" | "instance-profile" => Some("groups and instance profiles cannot be principals"),
        "root" | "user" | "role" | "assumed-role" | "federated-user" => None,
        _ => Some("its kind is none of root, user, role, assumed-role and federated-user"),
    }
}
