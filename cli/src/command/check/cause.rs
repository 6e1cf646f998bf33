//! What the violations of a guardrail have in common: the statements that let them through.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::policy::{PolicyType, StatementReference};
use ringfence_solver::formula::Restriction;
use ringfence_solver::report::{Group, GuardrailResult, PrincipalResult};
use ringfence_solver::verdict::Verdict;
use ringfence_solver::witness::Witness;

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
    /// What is wrong is that a call is stopped: by the statements, if any.
    pub(crate) stopped: bool,
    /// The violations that nobody accepted, by ARN, with their witnesses. Never empty.
    pub(crate) members: Vec<(&'a PrincipalResult, &'a Witness)>,
}

/// The unaccepted findings of `guardrail` by cause, the largest group first. Administrators and root users are groups
/// of their own and not among them.
pub(crate) fn findings(guardrail: &GuardrailResult) -> Vec<Finding<'_>> {
    type Key = (bool, bool, Vec<StatementReference>, Vec<String>);
    let mut groups: BTreeMap<Key, Vec<(&PrincipalResult, &Witness)>> = BTreeMap::new();
    for result in guardrail.unaccepted().filter(|result| result.group == Group::Finding) {
        if let Verdict::Refuted(witness) = &result.verdict {
            let bounded = result.boundary.is_some();
            let stopped = witness.requests().is_empty() && !witness.restrictions().is_empty();
            let statements = if stopped { stopping(witness) } else { cause(witness, bounded) };
            // What must be given besides is part of why: a session tag that a trust policy admits is another hole.
            let mut given: Vec<String> =
                witness.requests().iter().flat_map(|request| request.assumptions.clone()).collect();
            if stopped {
                given = witness.restrictions().iter().map(|restriction| format!("{restriction:?}")).collect();
            }
            groups.entry((bounded, stopped, statements, given)).or_default().push((result, witness));
        }
    }
    let mut findings: Vec<Finding<'_>> = groups
        .into_iter()
        .map(|((bounded, stopped, statements, _), members)| Finding {
            guardrail,
            statements,
            bounded,
            stopped,
            members,
        })
        .collect();
    // Stable: equally large groups stay in the order of their statements.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.members.len()));
    findings
}

/// The statements that stop every request.
fn stopping(witness: &Witness) -> Vec<StatementReference> {
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

fn cause(witness: &Witness, bounded: bool) -> Vec<StatementReference> {
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
