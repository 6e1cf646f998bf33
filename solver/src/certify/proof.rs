//! A proof and its file: only what the contradiction rests on.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_kernel as kernel;

use super::{Evidence, NoProof};
use crate::clausal::{ClauseId, Solver};

/// The derivation of the solver's last clause, which is empty.
pub(super) fn derivation(
    claim: &kernel::Claim,
    solver: &Solver,
    given: &[ClauseId],
    lemmas: &BTreeMap<ClauseId, kernel::Lemma>,
) -> Evidence {
    let needed = needed(solver);
    let mut derivation = Evidence { lemmas: Vec::new(), steps: Vec::new() };
    let mut numbers: BTreeMap<ClauseId, usize> = given.iter().copied().zip(0..).collect();
    let mut next = given.len();
    for (id, lemma) in lemmas.iter().filter(|(id, _)| needed.contains(*id)) {
        derivation.lemmas.push(lemma.clone());
        numbers.insert(*id, next);
        next += 1;
    }
    for id in needed {
        if numbers.contains_key(&id) {
            continue;
        }
        let hints =
            solver.hints(id).iter().map(|hint| numbers.get(hint).copied().unwrap_or(usize::MAX)).collect();
        derivation.steps.push(kernel::Step(solver.clause(id), hints));
        numbers.insert(id, next);
        next += 1;
    }
    // An empty clause of the claim itself is the last clause of no derivation: it is its own one step.
    if derivation.steps.last().is_none_or(|step| !step.0.is_empty())
        && let Some(empty) = claim
            .clauses
            .iter()
            .chain(derivation.lemmas.iter().map(|lemma| &lemma.clause))
            .position(Vec::is_empty)
    {
        derivation.steps.push(kernel::Step(Vec::new(), vec![empty]));
    }
    derivation
}

/// Writes the claim and what shows it.
pub(super) fn write(claim: &kernel::Claim, evidence: Evidence) -> Result<Vec<u8>, NoProof> {
    let Evidence { lemmas, steps } = evidence;
    let unwritable = |error: serde_json::Error| NoProof::Unwritable(error.to_string());
    let mut bytes = serde_json::to_vec(claim).map_err(unwritable)?;
    let derivation = kernel::Derivation { claim: kernel::digest(&bytes), lemmas, steps };
    bytes.push(b'\n');
    serde_json::to_writer(&mut bytes, &derivation).map_err(unwritable)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The clauses from which the empty one follows.
fn needed(solver: &Solver) -> BTreeSet<ClauseId> {
    let mut needed = BTreeSet::new();
    let empty = (0..solver.len()).rev().find_map(|id| {
        let id = ClauseId::try_from(id).ok()?;
        solver.clause(id).is_empty().then_some(id)
    });
    let mut open: Vec<ClauseId> = empty.into_iter().collect();
    while let Some(id) = open.pop() {
        if needed.insert(id) {
            open.extend_from_slice(solver.hints(id));
        }
    }
    needed
}
