//! What the violations of a guardrail have in common: the statements that let them through.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_model::policy::{PolicyType, StatementReference};
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
    /// The violations that nobody accepted, by ARN, with their witnesses. Never empty.
    pub(crate) members: Vec<(&'a PrincipalResult, &'a Witness)>,
}

/// The unaccepted findings of `guardrail` by cause, the largest group first. Administrators and root users are groups
/// of their own and not among them.
pub(crate) fn findings(guardrail: &GuardrailResult) -> Vec<Finding<'_>> {
    type Key = (bool, Vec<StatementReference>, Vec<String>);
    let mut groups: BTreeMap<Key, Vec<(&PrincipalResult, &Witness)>> = BTreeMap::new();
    for result in guardrail.unaccepted().filter(|result| result.group == Group::Finding) {
        if let Verdict::Refuted(witness) = &result.verdict {
            let bounded = result.boundary.is_some();
            let statements = cause(witness, bounded);
            // What must be given besides is part of why: a session tag that a trust policy admits is another hole.
            let given = witness.requests().iter().flat_map(|request| request.assumptions.clone()).collect();
            groups.entry((bounded, statements, given)).or_default().push((result, witness));
        }
    }
    let mut findings: Vec<Finding<'_>> = groups
        .into_iter()
        .map(|((bounded, statements, _), members)| Finding { guardrail, statements, bounded, members })
        .collect();
    // Stable: equally large groups stay in the order of their statements.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.members.len()));
    findings
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
