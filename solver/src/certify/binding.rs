//! Whether a proof is about this formula.

use super::skeleton::skeleton;
use crate::formula::Formula;

/// Why a proof is not about a formula.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// The claim of the proof is another than that of the formula.
    #[error("the proof is about another claim: the first difference is at byte {0}")]
    OtherClaim(usize),
    /// The claim could not be written.
    #[error("the claim could not be written: {0}")]
    Unwritable(String),
}

/// Accepts exactly if the clauses and the table of atoms in `proof` are byte for byte those of `formula` with the
/// restrictions numbered `assumed`: so that no clause was added, dropped or changed.
pub fn bind(formula: &Formula, assumed: &[usize], proof: &[u8]) -> Result<(), BindingError> {
    let skeleton = skeleton(formula, &assumed.iter().copied().collect());
    let mut expected =
        serde_json::to_vec(&skeleton.claim).map_err(|error| BindingError::Unwritable(error.to_string()))?;
    expected.push(b'\n');
    if proof.starts_with(&expected) {
        return Ok(());
    }
    let same = expected.iter().zip(proof).take_while(|(left, right)| left == right).count();
    Err(BindingError::OtherClaim(same))
}
