//! What the violations of a guardrail have in common: the statements that let them through.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::arn::Arn;
use ringfence_model::context::ContextKey;
use ringfence_model::policy::{PolicyType, StatementReference};
use ringfence_solver::formula::Restriction;
use ringfence_solver::report::{Group, GuardrailResult, PrincipalResult};
use ringfence_solver::steps::verdict::Path;
use ringfence_solver::verdict::Verdict;
use ringfence_solver::witness::Witness;

use crate::findings::fingerprint;

/// The findings of one guardrail that have the same cause.
#[derive(Debug)]
pub(crate) struct Finding<'a> {
    /// The guardrail.
    pub(crate) guardrail: &'a GuardrailResult,
    /// The statements that let the request through: those of the boundary where there is one, else those of the
    /// identity policies. Never empty but where a rule outside all policies allows.
    pub(crate) statements: Vec<StatementReference>,
    /// The principals carry a boundary.
    pub(crate) bounded: bool,
    /// What principals come to by steps: whom they act as in the end, or what the last step does.
    pub(crate) pivot: Option<String>,
    /// What is wrong is that a call is stopped: by the statements, if any.
    pub(crate) stopped: bool,
    /// The violations that nobody accepted, by ARN, with their witnesses. Never empty.
    pub(crate) members: Vec<(&'a PrincipalResult, &'a Witness)>,
}

/// The unaccepted findings of `guardrail` by cause, the largest group first. Administrators and root users are groups
/// of their own and not among them.
pub(crate) fn findings(guardrail: &GuardrailResult) -> Vec<Finding<'_>> {
    type Key = (bool, bool, Vec<StatementReference>, Vec<String>, Option<String>);
    let mut groups: BTreeMap<Key, Vec<(&PrincipalResult, &Witness)>> = BTreeMap::new();
    for result in guardrail.unaccepted().filter(|result| result.group == Group::Finding) {
        if let Verdict::Refuted(witness) = &result.verdict {
            let bounded = result.boundary.is_some();
            let stopped = witness.requests().is_empty() && !witness.restrictions().is_empty();
            let statements = if stopped { stopping(witness) } else { cause(witness, bounded) };
            let given = given(witness, stopped);
            let pivot = witness.path().map(pivot);
            let statements = if pivot.is_some() { Vec::new() } else { statements };
            groups.entry((bounded, stopped, statements, given, pivot)).or_default().push((result, witness));
        }
    }
    let mut findings: Vec<Finding<'_>> = groups
        .into_iter()
        .map(|((bounded, stopped, statements, _, pivot), members)| Finding {
            guardrail,
            statements,
            bounded,
            pivot,
            stopped,
            members,
        })
        .collect();
    // Stable: equally large groups stay in the order of their statements.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.members.len()));
    findings
}

/// What must be given besides is part of why: a session tag that a trust policy admits is another hole. Of what is stopped, what
/// stops it.
pub(crate) fn given(witness: &Witness, stopped: bool) -> Vec<String> {
    if stopped {
        let words = |restriction: &Restriction| match restriction {
            Restriction::Statement(reference) => fingerprint::statement(reference),
            Restriction::Layer(layer) => format!("{layer:?}"),
        };
        return witness.restrictions().iter().map(words).collect();
    }
    witness.requests().iter().flat_map(|request| request.assumptions.clone()).collect()
}

/// Whom a path acts as in the end, or what its last step does.
pub(crate) fn pivot(path: &Path) -> String {
    let by = path.reached_by.first().and_then(|decided| {
        let value = decided.request.context.get(&ContextKey::new("aws:PrincipalArn"))?;
        Arn::parse(value.values().first()?)
    });
    match (by, path.steps.last()) {
        (Some(arn), _) => format!("as {} of {}", arn.resource, arn.account),
        (None, Some(step)) => format!("the last of them: {}", step.summary),
        (None, None) => path.reached.clone(),
    }
}

/// The statements that stop every request.
pub(crate) fn stopping(witness: &Witness) -> Vec<StatementReference> {
    let statements: BTreeSet<StatementReference> = witness
        .restrictions()
        .iter()
        .filter_map(|restriction| match restriction {
            Restriction::Statement(statement) => Some(statement.clone()),
            Restriction::Layer(_) => None,
        })
        .collect();
    statements.into_iter().collect()
}

pub(crate) fn cause(witness: &Witness, bounded: bool) -> Vec<StatementReference> {
    let wanted = if bounded { PolicyType::PermissionsBoundary } else { PolicyType::Identity };
    let statements: BTreeSet<StatementReference> = witness
        .requests()
        .iter()
        .flat_map(|request| &request.deciding)
        .filter(|statement| statement.policy_type == wanted)
        .cloned()
        .collect();
    statements.into_iter().collect()
}
