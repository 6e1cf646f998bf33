//! Proofs that others can check: the same question once more, by a solver of our own, with a reason for every step.
//!
//! A formula that Z3 found unsatisfiable becomes clauses over a table of atoms (`skeleton`). A clause-learning solver
//! (`crate::clausal`) looks for values of the atoms; those that no request can have are refuted by a lemma (`theory`), until
//! no values are left. What it did is written down as docs/proofs.md says, and the kernel checks it. Nothing here but
//! the clauses and the table of atoms is trusted, and Z3 has no say: the same formula gives the same bytes.

mod binding;
pub(crate) mod enumerate;
mod lemma;
mod proof;
mod skeleton;
mod theory;

use std::collections::{BTreeMap, BTreeSet};

use ringfence_kernel as kernel;
use serde::{Deserialize, Serialize};

pub use binding::{Binding, BindingError};

use crate::backend::{Assignment, Literal};
use crate::clausal::{self, ClauseId, Solver};
use crate::formula::Formula;
use crate::search::justify;
use crate::wildcard::Theory;
use lemma::Lemmas;
use skeleton::{Skeleton, skeleton};
use theory::Refuted;

/// Limits of a proof. None of them is a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProofLimits {
    /// Conflicts of the clause-learning solver.
    pub conflicts: usize,
    /// Models that lemmas refute.
    pub rounds: usize,
    /// States of one product automaton.
    pub states: usize,
}

impl Default for ProofLimits {
    fn default() -> Self {
        Self { conflicts: 200_000, rounds: 5_000, states: 60_000 }
    }
}

/// Why there is no proof.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum NoProof {
    /// Values for all atoms against which no lemma speaks, though Z3 says that there are none: an internal defect.
    #[error("a model was found: {0}")]
    Model(String),
    /// The same, but something about the values is not decided here.
    #[error("not decided: {0}")]
    Undecided(&'static str),
    /// A limit was reached.
    #[error("the limit of {0} was reached")]
    Limit(&'static str),
    /// The proof could not be written.
    #[error("the proof could not be written: {0}")]
    Unwritable(String),
}

/// A proof, with counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The file: what [`ringfence_kernel::check`] reads.
    pub bytes: Vec<u8>,
    /// Models that were refuted on the way.
    pub rounds: usize,
    /// Conflicts of the clause-learning solver.
    pub conflicts: usize,
}

/// A proof that `formula` cannot hold when the restrictions numbered `assumed` are assumed, whatever the open points
/// are. The bytes depend on the formula and `assumed` alone.
pub fn certify(
    formula: &Formula,
    assumed: &[usize],
    theory: &mut Theory,
    limits: ProofLimits,
) -> Result<Proof, NoProof> {
    let skeleton = skeleton(formula, &assumed.iter().copied().collect());
    let Found { evidence, rounds, conflicts } = find(formula, &skeleton, theory, limits)?;
    Ok(Proof { bytes: proof::write(&skeleton.claim, evidence)?, rounds, conflicts })
}

/// The claim that `formula` cannot hold when the restrictions numbered `assumed` are assumed: what a proof of it is about.
pub fn claim(formula: &Formula, assumed: &[usize]) -> kernel::Claim {
    skeleton(formula, &assumed.iter().copied().collect()).claim
}

/// SHA-256 of the claim that `formula` cannot hold when the restrictions numbered `assumed` are assumed, by which its proof is known.
pub fn claim_of(formula: &Formula, assumed: &[usize]) -> String {
    kernel::digest(&claim_line(formula, assumed))
}

/// That claim as it is written: the first line of a proof of it, without its line feed.
pub fn claim_line(formula: &Formula, assumed: &[usize]) -> Vec<u8> {
    // Never an error: a claim is lists of numbers and texts.
    serde_json::to_vec(&claim(formula, assumed)).unwrap_or_default()
}

/// What shows that a claim holds, for those who make the claim themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// See [`kernel::Derivation`].
    lemmas: Vec<kernel::Lemma>,
    /// The same.
    steps: Vec<kernel::Step>,
}

/// As [`certify`], without the claim, which follows from the formula.
pub fn evidence(
    formula: &Formula,
    assumed: &[usize],
    theory: &mut Theory,
    limits: ProofLimits,
) -> Result<Evidence, NoProof> {
    let skeleton = skeleton(formula, &assumed.iter().copied().collect());
    Ok(find(formula, &skeleton, theory, limits)?.evidence)
}

/// Whether the kernel accepts that `formula` cannot hold when the restrictions numbered `assumed` are assumed. The claim is
/// made anew from the formula, so that no evidence can be about another one.
///
/// # Errors
/// What the kernel does not accept.
pub fn recheck(formula: &Formula, assumed: &[usize], evidence: &Evidence) -> Result<(), kernel::Rejection> {
    let skeleton = skeleton(formula, &assumed.iter().copied().collect());
    kernel::follows(&skeleton.claim, &evidence.lemmas, &evidence.steps)
}

/// What a search for a proof found.
struct Found {
    evidence: Evidence,
    rounds: usize,
    conflicts: usize,
}

fn find(
    formula: &Formula,
    skeleton: &Skeleton,
    theory: &mut Theory,
    limits: ProofLimits,
) -> Result<Found, NoProof> {
    let mut run = Run {
        formula,
        skeleton,
        solver: Solver::new(usize::try_from(skeleton.claim.variables).unwrap_or(0)),
        lemmas: Lemmas::new(skeleton, limits.states),
        known: BTreeMap::new(),
    };
    let given: Vec<ClauseId> = skeleton.claim.clauses.iter().map(|clause| run.solver.add(clause)).collect();
    for round in 0..limits.rounds {
        match run.solver.solve(limits.conflicts) {
            clausal::Found::Contradiction => {
                let evidence = proof::derivation(&skeleton.claim, &run.solver, &given, &run.known);
                return Ok(Found { evidence, rounds: round, conflicts: run.solver.conflicts() });
            }
            clausal::Found::AgainstAssumptions | clausal::Found::TooManyConflicts => {
                return Err(NoProof::Limit("conflicts"));
            }
            clausal::Found::Model => run.refute(theory)?,
        }
    }
    Err(NoProof::Limit("rounds"))
}

struct Run<'a> {
    formula: &'a Formula,
    skeleton: &'a Skeleton,
    solver: Solver,
    lemmas: Lemmas<'a>,
    /// The lemmas by the number that the solver gave their clauses.
    known: BTreeMap<ClauseId, kernel::Lemma>,
}

impl Run<'_> {
    /// Adds lemmas that exclude the model of the solver: for the literals that make the formula true, if these can be
    /// refuted, else for all.
    fn refute(&mut self, theory: &mut Theory) -> Result<(), NoProof> {
        let mut assignment =
            Assignment { atoms: vec![false; self.formula.terms.atom_count()], ..Assignment::default() };
        for (atom, variable) in self.skeleton.atoms.iter().zip(1..) {
            if let Some(slot) = assignment.atoms.get_mut(atom.0 as usize) {
                *slot = self.solver.is_true(variable);
            }
        }
        let reasons = justify::justify(self.formula, &assignment, &[]);
        let in_claim: BTreeSet<_> = self.skeleton.atoms.iter().copied().collect();
        let needed: BTreeSet<Literal> =
            reasons.into_iter().filter(|literal| in_claim.contains(&literal.atom)).collect();
        if self.add(&theory::refute(self.formula, self.skeleton, theory, &needed)) {
            return Ok(());
        }
        let about_text = |atom: &crate::term::AtomId| {
            self.formula.terms.atom(*atom).is_some_and(|atom| !theory::attributes_of(atom).is_empty())
        };
        let atoms = self.skeleton.atoms.iter().copied().filter(about_text);
        let all: BTreeSet<Literal> = atoms.map(|atom| Literal::new(atom, assignment.atom(atom))).collect();
        let refuted = theory::refute(self.formula, self.skeleton, theory, &all);
        if self.add(&refuted) {
            return Ok(());
        }
        let needed = theory::refute(self.formula, self.skeleton, theory, &needed);
        if let Some(what) = needed.undecided.first() {
            return Err(NoProof::Undecided(what));
        }
        if !needed.conflicts.is_empty() || !refuted.conflicts.is_empty() {
            return Err(NoProof::Limit("states"));
        }
        let named = all.iter().filter_map(|literal| {
            let atom = self.formula.terms.atom(literal.atom)?;
            Some(format!("{atom:?} {}", literal.positive))
        });
        Err(NoProof::Model(named.collect::<Vec<_>>().join(", ")))
    }

    /// Adds the lemmas of what was refuted. False if there is none that the kernel follows.
    fn add(&mut self, refuted: &Refuted) -> bool {
        let mut added = false;
        for conflict in &refuted.conflicts {
            let Some(lemma) = self.lemmas.lemma(conflict) else { continue };
            let id = self.solver.add(&lemma.clause);
            self.known.insert(id, lemma);
            added = true;
        }
        added
    }
}
