//! One statement: which elements it may hold, and their values (semantics:C1, C3, C5, C10).

use super::finding::Findings;
use super::{condition, principal, template};
use crate::json::{Json, Member};
use crate::policy::{ActionPattern, Effect, Element, PolicyType, PrincipalPattern, Statement, Version};
use crate::template::Template;

const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// The statement, or none after an error in it.
pub(super) fn parse_statement(
    json: &Json,
    policy_type: PolicyType,
    version: Version,
    findings: &mut Findings<'_>,
) -> Option<Statement> {
    let Some(members) = json.as_object() else {
        findings.error(
            json,
            &format!("a statement must be an object, not {}", json.kind()),
            "put each statement in braces",
        );
        return None;
    };
    for member in members {
        check_element_name(member, findings);
    }
    let sid = json.get("Sid").and_then(|sid| {
        if sid.as_str().is_none() {
            findings.error(
                sid,
                &format!("Sid must be a string, not {}", sid.kind()),
                "write it in double quotes",
            );
        }
        sid.as_str().map(str::to_owned)
    });
    let effect = parse_effect(json, findings);
    let principal = parse_principal_element(json, policy_type, findings);
    let action = parse_action_element(json, policy_type, findings);
    let resource = parse_resource_element(json, policy_type, version, findings);
    let conditions = match json.get("Condition") {
        Some(block) => condition::parse_conditions(block, version, findings),
        None => Vec::new(),
    };
    let location = findings.location(json);
    let statement = Statement {
        sid,
        effect: effect?,
        principal,
        action: action?,
        resource,
        conditions,
        place: 0,
        location,
    };
    if policy_type == PolicyType::ResourceControl {
        check_resource_control(json, &statement, findings);
    }
    Some(statement)
}

/// Customers' resource control policies only deny, to everyone, actions of named services (semantics:B7). The one
/// that AWS attaches everywhere, `RCPFullAWSAccess`, allows everything and is known by its content.
fn check_resource_control(json: &Json, statement: &Statement, findings: &mut Findings<'_>) {
    let everyone = statement.principal.as_ref().is_some_and(|principal| {
        !principal.negated && principal.values.iter().all(|value| *value == PrincipalPattern::Everyone)
    });
    let bare_action = statement.action.values.iter().any(|action| action.0 == "*");
    let full_access = statement.effect == Effect::Allow
        && everyone
        && !statement.action.negated
        && statement.action.values.len() == 1
        && bare_action
        && statement.resource.as_ref().is_some_and(|resource| {
            !resource.negated && resource.values.iter().map(|value| value.raw.as_str()).eq(["*"])
        })
        && statement.conditions.is_empty();
    if full_access {
        return;
    }
    if statement.effect == Effect::Allow {
        findings.error(
            json,
            "a resource control policy must not allow",
            "only RCPFullAWSAccess does; write a Deny",
        );
    }
    if statement.principal.is_some() && !everyone {
        findings.error(
            json,
            "the Principal of a resource control policy must be \"*\"",
            "use conditions instead",
        );
    }
    if bare_action {
        findings.error(
            json,
            "an action of a resource control policy must name its service",
            "write `s3:*` and so on for each service that resource control policies cover",
        );
    }
    for action in &statement.action.values {
        let service = action.0.split_once(':').map_or("", |(service, _)| service);
        if service.contains(['*', '?']) {
            findings.warning(
                json,
                &format!(
                    "the action `{}` of a resource control policy has a wildcard for its service",
                    action.0
                ),
                "AWS Organizations asks for the service's name; write one action for each service",
            );
        }
    }
}

fn check_element_name(member: &Member, findings: &mut Findings<'_>) {
    if ELEMENTS.contains(&member.key.as_str()) {
        return;
    }
    let near = ELEMENTS.iter().find(|element| {
        let singular = member.key.strip_suffix('s').unwrap_or(&member.key);
        element.eq_ignore_ascii_case(&member.key) || element.eq_ignore_ascii_case(singular)
    });
    let help = match near {
        Some(element) => format!("it is spelled `{element}`"),
        None => format!("a statement holds {}", ELEMENTS.join(", ")),
    };
    findings.error(member, &format!("unknown element `{}` in a statement", member.key), &help);
}

fn parse_effect(json: &Json, findings: &mut Findings<'_>) -> Option<Effect> {
    let Some(effect) = json.get("Effect") else {
        findings.error(json, "the statement has no Effect", "add \"Effect\": \"Allow\" or \"Deny\"");
        return None;
    };
    match effect.as_str() {
        Some("Allow") => Some(Effect::Allow),
        Some("Deny") => Some(Effect::Deny),
        other => {
            let shown = other.unwrap_or_else(|| effect.kind());
            findings.error(
                effect,
                &format!("Effect must be \"Allow\" or \"Deny\", not `{shown}`"),
                "the letter case counts",
            );
            None
        }
    }
}

/// The member `name` or `Not` + `name`, and whether it is the negated one. Both at once is an error.
fn element<'a>(json: &'a Json, name: &str, findings: &mut Findings<'_>) -> Option<(&'a Json, bool)> {
    let negated_name = format!("Not{name}");
    match (json.get(name), json.get(&negated_name)) {
        (Some(_), Some(negated)) => {
            findings.error(
                negated,
                &format!("a statement must not have both {name} and {negated_name}"),
                "make two statements of it",
            );
            None
        }
        (Some(plain), None) => Some((plain, false)),
        (None, Some(negated)) => Some((negated, true)),
        (None, None) => None,
    }
}

fn parse_principal_element(
    json: &Json,
    policy_type: PolicyType,
    findings: &mut Findings<'_>,
) -> Option<Element<PrincipalPattern>> {
    let found = element(json, "Principal", findings);
    let wanted = matches!(
        policy_type,
        PolicyType::Resource | PolicyType::ResourceControl | PolicyType::Trust | PolicyType::VpcEndpoint
    );
    let Some((value, negated)) = found else {
        if wanted && json.get("Principal").is_none() {
            findings.error(
                json,
                &format!("the statement has no Principal, which {} needs", described(policy_type)),
                "say whom it concerns: add \"Principal\"",
            );
        }
        return None;
    };
    if !wanted {
        findings.error(
            value,
            &format!("{} must not name a Principal", described(policy_type)),
            "it concerns whoever it is attached to; remove the element, or check that the right policy is here",
        );
        return None;
    }
    if negated && matches!(policy_type, PolicyType::Trust | PolicyType::ResourceControl) {
        findings.error(
            value,
            &format!("{} must not have NotPrincipal", described(policy_type)),
            "name the principals, or use conditions",
        );
        return None;
    }
    Some(Element { negated, values: principal::parse_principals(value, findings) })
}

fn parse_action_element(
    json: &Json,
    policy_type: PolicyType,
    findings: &mut Findings<'_>,
) -> Option<Element<ActionPattern>> {
    let Some((value, negated)) = element(json, "Action", findings) else {
        if json.get("Action").is_none() {
            findings.error(json, "the statement has neither Action nor NotAction", "add one of them");
        }
        return None;
    };
    if negated && policy_type == PolicyType::ResourceControl {
        findings.error(value, "a resource control policy must not have NotAction", "list the actions");
    }
    let name = if negated { "NotAction" } else { "Action" };
    let values = strings(value, name, findings);
    for (place, text) in &values {
        let well_formed = *text == "*"
            || text.split_once(':').is_some_and(|(service, action)| {
                !service.is_empty() && !action.is_empty() && !text.contains([' ', ',', '\t', '\n', '$'])
            });
        if !well_formed {
            findings.warning(
                *place,
                &format!("`{text}` is no action, so it matches nothing"),
                "an action is `service:Name`, with `*` and `?` as wildcards, or `*`",
            );
        }
    }
    let values = values.into_iter().map(|(_, text)| ActionPattern(text.to_owned())).collect();
    Some(Element { negated, values })
}

fn parse_resource_element(
    json: &Json,
    policy_type: PolicyType,
    version: Version,
    findings: &mut Findings<'_>,
) -> Option<Element<Template>> {
    let Some((value, negated)) = element(json, "Resource", findings) else {
        let needed = matches!(
            policy_type,
            PolicyType::Identity
                | PolicyType::PermissionsBoundary
                | PolicyType::Session
                | PolicyType::ServiceControl
                | PolicyType::ResourceControl
        );
        if needed && json.get("Resource").is_none() {
            findings.error(
                json,
                &format!(
                    "the statement has neither Resource nor NotResource, which {} needs",
                    described(policy_type)
                ),
                "add \"Resource\": \"*\" if every resource is meant",
            );
        }
        return None;
    };
    if policy_type == PolicyType::Trust {
        findings.error(
            value,
            "a role's trust policy must not name a Resource",
            "it concerns the role itself; remove the element",
        );
        return None;
    }
    let name = if negated { "NotResource" } else { "Resource" };
    let values = strings(value, name, findings);
    let values = values
        .into_iter()
        .map(|(place, text)| {
            if text != "*" && !text.starts_with("arn:") && !text.starts_with("${") {
                findings.warning(
                    place,
                    &format!("`{text}` is neither `*` nor an ARN"),
                    "IAM would refuse it today; a resource is `*` or starts with `arn:`",
                );
            }
            template::value_template(text, version, place, findings)
        })
        .collect();
    Some(Element { negated, values })
}

/// The strings of a value that may be one string or a list of them. Anything else in it is an error.
fn strings<'a>(json: &'a Json, name: &str, findings: &mut Findings<'_>) -> Vec<(&'a Json, &'a str)> {
    let values = json.one_or_many();
    if values.is_empty() {
        findings.warning(
            json,
            &format!("{name} is an empty list, so the statement has no effect"),
            "remove the statement or complete it",
        );
    }
    let mut texts = Vec::with_capacity(values.len());
    for value in values {
        if let Some(text) = value.as_str() {
            texts.push((value, text));
        } else {
            findings.error(
                value,
                &format!("{name} takes strings, not {}", value.kind()),
                "write a string or a list of strings",
            );
        }
    }
    texts
}

/// The type of policy in words, with its article.
fn described(policy_type: PolicyType) -> &'static str {
    match policy_type {
        PolicyType::Identity => "an identity policy",
        PolicyType::PermissionsBoundary => "a permissions boundary",
        PolicyType::Session => "a session policy",
        PolicyType::ServiceControl => "a service control policy",
        PolicyType::ResourceControl => "a resource control policy",
        PolicyType::Resource => "a resource policy",
        PolicyType::Trust => "a role's trust policy",
        PolicyType::VpcEndpoint => "a VPC endpoint policy",
    }
}
