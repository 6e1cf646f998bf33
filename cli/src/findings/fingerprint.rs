//! What stays the same while a finding does, though lines move and principals come and go.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::policy::StatementReference;
use ringfence_solver::guardrail::{Configuration, GuardrailKind};
use ringfence_solver::report::{Group, PrincipalResult};
use ringfence_solver::steps::verdict::Path;
use ringfence_solver::verdict::Verdict;
use ringfence_solver::witness::Witness;
use sha2::{Digest, Sha256};

use super::{Accepted, Finding};
use crate::input::hexadecimal;

/// A change of what is digested needs another number, or else old baselines would accept what they do not mean.
const VERSION: &str = "2";

/// The digest of `parts`, no two lists of which read the same.
pub(crate) fn of_parts<'p>(parts: impl IntoIterator<Item = &'p str>) -> String {
    let mut digest = Sha256::new();
    for part in std::iter::once(VERSION).chain(parts) {
        digest.update(part.len().to_string());
        digest.update(":");
        digest.update(part);
    }
    hexadecimal(&digest.finalize())
}

/// By which kind of way a guardrail is violated: the route to a model, the primitives of a path, or the actions.
pub(crate) fn route(witness: &Witness) -> String {
    if let Some(path) = witness.path() {
        return route_of_path(path);
    }
    if witness.requests().is_empty() && !witness.restrictions().is_empty() {
        return "stopped".to_owned();
    }
    if let Some(route) = witness.route() {
        return route.name().to_owned();
    }
    let actions: BTreeSet<&str> =
        witness.requests().iter().map(|replayed| replayed.request.action.as_str()).collect();
    if actions.is_empty() {
        return "fact".to_owned();
    }
    Vec::from_iter(actions).join(" + ")
}

/// `administrator: lambda-new > create-key`.
pub(crate) fn route_of_path(path: &Path) -> String {
    let steps: Vec<&str> = path.steps.iter().map(|step| step.primitive.as_str()).collect();
    format!("{}: {}", path.goal.name(), steps.join(" > "))
}

/// The statement as a human would name it: its policy and its Sid, else its number. Some have an empty Sid, which names none of them.
pub(crate) fn statement(reference: &StatementReference) -> String {
    let named = match reference.sid.as_deref() {
        Some(sid) if !sid.is_empty() => format!("Sid {sid}"),
        Some(_) | None => format!("number {}", reference.statement),
    };
    format!("{:?} {} {named}", reference.policy_type, reference.policy)
}

/// A class of principals under one guardrail, known by the policies that let it through and by the way: of which kind, and what must be given.
/// Members that are accepted by different entries, or by none, are classes of their own: an alert that was closed for those whom one
/// entry accepts must not be that of the others.
pub(crate) fn of_class(
    guardrail: &str,
    (group, accepted): (Group, Option<&Accepted>),
    why: &[&str],
    statements: &[StatementReference],
) -> String {
    let statements: BTreeSet<String> = statements.iter().map(statement).collect();
    let group = crate::output::json::group(group);
    let reasons = of_parts(why.iter().copied());
    let acceptance = accepted.map_or(String::new(), |accepted| {
        let last = accepted.expires.as_deref().unwrap_or_default();
        of_parts([accepted.by, &accepted.reason, &accepted.owner, last])
    });
    let parts = ["class", guardrail, group, &reasons, &acceptance].into_iter();
    of_parts(parts.chain(statements.iter().map(String::as_str)))
}

/// Findings that would have the same fingerprint get one of their own each, in their order.
pub(crate) fn tell_apart(findings: &mut [Finding]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for found in findings {
        let before = seen.entry(found.fingerprint.clone()).or_default();
        *before = before.saturating_add(1);
        if *before > 1 {
            found.fingerprint = of_parts([found.fingerprint.as_str(), &before.to_string()]);
        }
    }
}

/// What a guardrail asks, as a digest by which a changed question is known.
pub(crate) fn question(kind: &GuardrailKind, configuration: &Configuration) -> String {
    let lines = ringfence_solver::guardrail::question(kind, configuration);
    of_parts(["question"].into_iter().chain(lines.iter().map(String::as_str)))
}

/// The violation of the guardrail `guardrail`, which asks `question`, by one principal: what a baseline accepts.
pub(crate) fn violation(guardrail: &str, question: &str, result: &PrincipalResult) -> Option<String> {
    let Verdict::Refuted(witness) = &result.verdict else { return None };
    let group = crate::output::json::group(result.group);
    Some(of_violation([guardrail, question, &result.principal, group, &route(witness)]))
}

/// The violation that these tell from others: the guardrail, what it asks, the principal, its group, and the kind of way.
pub(crate) fn of_violation(parts: [&str; 5]) -> String {
    of_parts(["violation"].into_iter().chain(parts))
}

#[cfg(test)]
mod tests {
    use super::of_parts;

    #[test]
    fn lists_that_join_to_the_same_text_differ() {
        assert_eq!(of_parts(["a", "b"]), of_parts(["a", "b"]));
        assert_ne!(of_parts(["a", "b"]), of_parts(["ab"]));
        assert_ne!(of_parts(["a", "b"]), of_parts(["a", "b", ""]));
        assert_ne!(of_parts(["1:a"]), of_parts(["1", "a"]));
    }
}
