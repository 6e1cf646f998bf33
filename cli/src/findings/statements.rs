//! The statements on which a violation rests.

use std::collections::BTreeSet;

use ringfence_model::policy::{PolicyType, StatementReference};
use ringfence_solver::steps::verdict::Path;
use ringfence_solver::witness::Witness;

use super::stands_in_a_file;

/// Every statement that lets through a request of the witness or of its path.
pub(super) fn allowing(witness: &Witness) -> Vec<StatementReference> {
    let of_requests = witness.requests().iter().flat_map(|replayed| &replayed.deciding);
    let of_path = witness.path().map(allowing_path).unwrap_or_default();
    let statements: BTreeSet<StatementReference> = of_requests.cloned().chain(of_path).collect();
    statements.into_iter().collect()
}

/// Every statement that lets through a request of `path`.
pub(super) fn allowing_path(path: &Path) -> Vec<StatementReference> {
    let of_steps = path.steps.iter().flat_map(|step| &step.requests);
    let decided = of_steps.chain(&path.reached_by);
    let statements: BTreeSet<StatementReference> =
        decided.flat_map(|decided| &decided.allowed_by).cloned().collect();
    statements.into_iter().collect()
}

/// What is to be changed first comes first: the boundary where there is one, else the identity policy, of the first request.
pub(super) fn telling_first(
    mut statements: Vec<StatementReference>,
    path: Option<&Path>,
    bounded: bool,
) -> Vec<StatementReference> {
    let wanted = if bounded { PolicyType::PermissionsBoundary } else { PolicyType::Identity };
    let first: Vec<StatementReference> = match path.and_then(|path| path.steps.first()) {
        Some(step) => step.requests.iter().flat_map(|decided| decided.allowed_by.clone()).collect(),
        None => Vec::new(),
    };
    let rank = |statement: &StatementReference| {
        let of_first_step = first.is_empty() || first.contains(statement);
        let identity = statement.policy_type == PolicyType::Identity;
        (!stands_in_a_file(statement), !of_first_step, statement.policy_type != wanted, !identity)
    };
    // Stable: the rest stays in its order.
    statements.sort_by_key(rank);
    statements
}
