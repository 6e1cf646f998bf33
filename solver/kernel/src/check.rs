//! The check of a whole proof.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::claim::{Claim, Derivation, Lemma, Step};
use crate::clausal::Clauses;
use crate::lemma::Lemmas;
use crate::rejection::Rejection;

/// What was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// SHA-256 of the claim's line, without its line feed.
    pub claim: String,
    /// Clauses of the claim.
    pub clauses: usize,
    /// Lemmas.
    pub lemmas: usize,
    /// Steps.
    pub steps: usize,
}

/// A claim of more variables would take more memory than its file.
const MOST_VARIABLES: usize = 20_000_000;

/// Accepts the proof exactly if every lemma is shown to hold of every request, every step follows from what was before
/// it, and the last one is the empty clause: then no request makes all clauses of the claim true.
pub fn check(proof: &[u8]) -> Result<Accepted, Rejection> {
    let (claim_line, derivation_line) = lines(proof)?;
    let claim: Claim = read(claim_line, 1)?;
    let derivation: Derivation = read(derivation_line, 2)?;
    if claim.format != Claim::FORMAT {
        return Err(Rejection::UnknownFormat(claim.format));
    }
    let digest = digest(claim_line);
    if derivation.claim != digest {
        return Err(Rejection::OtherClaim);
    }
    follows(&claim, &derivation.lemmas, &derivation.steps)?;
    Ok(Accepted {
        claim: digest,
        clauses: claim.clauses.len(),
        lemmas: derivation.lemmas.len(),
        steps: derivation.steps.len(),
    })
}

/// Accepts exactly if every lemma is shown to hold of every request, every step follows from the clauses of the claim, the
/// lemmas and the steps before it, and the last step is the empty clause. It is what [`check`] does with what it has read,
/// for those who hold the claim already and need not read it again.
pub fn follows(claim: &Claim, lemmas: &[Lemma], steps: &[Step]) -> Result<(), Rejection> {
    let variables = usize::try_from(claim.variables).unwrap_or(usize::MAX);
    if claim.atoms.len() > variables || variables > MOST_VARIABLES {
        return Err(Rejection::TooManyVariables);
    }
    let mut clauses = Clauses::new(variables);
    for (index, clause) in claim.clauses.iter().chain(lemmas.iter().map(|lemma| &lemma.clause)).enumerate() {
        if !clauses.add(clause) {
            return Err(Rejection::NoVariable(index));
        }
    }
    let mut theory = Lemmas::new(claim);
    for (index, lemma) in lemmas.iter().enumerate() {
        theory.holds(lemma).map_err(|fault| Rejection::Lemma { index, fault })?;
    }
    for (index, step) in steps.iter().enumerate() {
        if !step.0.iter().all(|literal| (1..=claim.variables).contains(&literal.unsigned_abs())) {
            return Err(Rejection::NoVariable(claim.clauses.len() + lemmas.len() + index));
        }
        clauses.follows(step).map_err(|fault| Rejection::Step { index, fault })?;
        clauses.add(&step.0);
    }
    if steps.last().is_none_or(|step| !step.0.is_empty()) {
        return Err(Rejection::NothingDerived);
    }
    Ok(())
}

/// SHA-256 in hexadecimal digits: how a derivation names its claim.
pub fn digest(line: &[u8]) -> String {
    format!("{:x}", Sha256::digest(line))
}

/// The two lines of a proof, without their line feeds.
fn lines(proof: &[u8]) -> Result<(&[u8], &[u8]), Rejection> {
    let mut lines = proof.split(|byte| *byte == b'\n');
    match (lines.next(), lines.next(), lines.next(), lines.next()) {
        (Some(claim), Some(derivation), Some([]), None) => Ok((claim, derivation)),
        _ => Err(Rejection::NotTwoLines),
    }
}

/// Reads a line that is written exactly as what was read would be written: no duplicate or unknown member, no other
/// spelling of a number or a text can hide in it.
pub(crate) fn read<T: DeserializeOwned + Serialize>(bytes: &[u8], line: u32) -> Result<T, Rejection> {
    let unreadable = |error: serde_json::Error| Rejection::Unreadable { line, text: error.to_string() };
    let value: T = serde_json::from_slice(bytes).map_err(unreadable)?;
    if serde_json::to_vec(&value).map_err(unreadable)? == bytes {
        Ok(value)
    } else {
        Err(Rejection::NotCanonical(line))
    }
}

#[cfg(test)]
pub(crate) mod tests;
