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

/// What a proof about one formula must claim.
#[derive(Clone, Debug)]
pub struct Binding {
    claim: Vec<u8>,
}

impl Binding {
    /// Encodes `formula` with the restrictions numbered `assumed` once more.
    pub fn new(formula: &Formula, assumed: &[usize]) -> Result<Self, BindingError> {
        let skeleton = skeleton(formula, &assumed.iter().copied().collect());
        let written = serde_json::to_vec(&skeleton.claim);
        let mut claim = written.map_err(|error| BindingError::Unwritable(error.to_string()))?;
        claim.push(b'\n');
        Ok(Self { claim })
    }

    /// Accepts exactly if the clauses and the table of atoms in `proof` are byte for byte those of the formula: so that
    /// no clause was added, dropped or changed.
    pub fn accept(&self, proof: &[u8]) -> Result<(), BindingError> {
        if proof.starts_with(&self.claim) {
            return Ok(());
        }
        let same = self.claim.iter().zip(proof).take_while(|(left, right)| left == right).count();
        Err(BindingError::OtherClaim(same))
    }
}
