//! A proof's claim for other solvers: scripts in SMT-LIB 2.6, each of which asks for something that a proof says is not there.
//!
//! One script for each lemma asks for a request in which all its literals are false, one for values of the variables that make
//! all clauses and lemmas true, as logic of Booleans alone, and one for a request that makes all clauses of the claim true,
//! without lemmas. All are expected to be unsatisfiable (docs/second-opinion.md).
//!
//! Each says at most what the claim says: what cannot be said in SMT-LIB is left out, so that a request which there is
//! would satisfy the script. What is known of an atom in one direction is said in that direction. So "unsatisfiable" counts
//! for the claim always, and "satisfiable" against it where everything could be said.

mod alphabet;
mod atom;
mod claim;
mod declarations;
mod language;
mod lemma;
mod reading;
mod scope;
mod script;
mod template;

use ringfence_kernel::{Claim, Derivation, Literal, digest};

pub use claim::{direct, skeleton};
pub use lemma::lemma;

/// The scripts of one proof. The same proof gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scripts {
    /// For each lemma that a request makes all its literals false.
    pub lemmas: Vec<String>,
    /// That Booleans make all clauses of the claim and the lemmas true.
    pub skeleton: String,
    /// That a request makes all clauses of the claim true.
    pub direct: String,
    /// Whether the direct script says everything that the claim says. Otherwise it says less, and may be satisfiable
    /// although the claim holds.
    pub direct_is_exact: bool,
}

/// Why there are no scripts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// The bytes are no proof.
    #[error("not a proof: {0}")]
    NotAProof(String),
    /// The derivation is of another claim.
    #[error("the derivation is of another claim")]
    OtherClaim,
    /// A literal of no variable.
    #[error("literal {0} is of no variable")]
    NoVariable(Literal),
    /// An attribute that the claim does not have.
    #[error("attribute {0} is not in the table")]
    NoAttribute(u32),
    /// A language that the claim does not have.
    #[error("language {0} is not in the table")]
    NoLanguage(u32),
    /// There are more characters past U+2FFFF, told apart from others, than there is room for.
    #[error("too many characters past U+2FFFF are told apart")]
    Characters,
}

/// As [`Scripts::direct`], and whether it is exact, of a claim as it is written in the first line of a proof.
///
/// # Errors
/// That it is no claim, or cannot be said.
pub fn direct_of(line: &[u8]) -> Result<(String, bool), ScriptError> {
    let claim: Claim =
        serde_json::from_slice(line).map_err(|error| ScriptError::NotAProof(error.to_string()))?;
    direct(&claim, &digest(line))
}

/// The scripts of a proof, which is what `ringfence_kernel::check` reads. That it is accepted is not asked here.
pub fn of(proof: &[u8]) -> Result<Scripts, ScriptError> {
    let mut lines = proof.split(|byte| *byte == b'\n');
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else {
        return Err(ScriptError::NotAProof("not two lines".to_owned()));
    };
    let unreadable = |error: serde_json::Error| ScriptError::NotAProof(error.to_string());
    let claim: Claim = serde_json::from_slice(first).map_err(unreadable)?;
    let derivation: Derivation = serde_json::from_slice(second).map_err(unreadable)?;
    if derivation.claim != digest(first) {
        return Err(ScriptError::OtherClaim);
    }
    let clauses: Vec<Vec<Literal>> = derivation.lemmas.iter().map(|lemma| lemma.clause.clone()).collect();
    let lemmas = derivation.lemmas.iter().enumerate();
    let (direct, direct_is_exact) = direct(&claim, &derivation.claim)?;
    Ok(Scripts {
        lemmas: lemmas
            .map(|(number, lemma)| self::lemma(&claim, &derivation.claim, number, lemma))
            .collect::<Result<_, _>>()?,
        skeleton: skeleton(&claim, &derivation.claim, &clauses)?,
        direct,
        direct_is_exact,
    })
}
