//! Certificates: what a proof leaves behind.
//!
//! A certificate names the formula, the claims that were written down, and the restrictions that the proof rests on. How much of a run's
//! proofs others can check is its [`Level`].

use std::collections::BTreeSet;

use crate::formula::Restriction;
use crate::steps::verdict::ClosedSet;
use crate::witness::Witness;

/// How much of the proofs of a run others can check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The search alone says so.
    OneSolver,
    /// A second solver says the same of what the kernel has no proof of.
    TwoSolvers,
    /// The kernel accepted a proof of every claim.
    Checked,
}

impl Level {
    /// As outputs print it.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneSolver => "one solver",
            Self::TwoSolvers => "two solvers",
            Self::Checked => "checked",
        }
    }
}

/// The certificate of one proved query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 of the formula in its canonical form.
    pub formula: String,
    /// SHA-256 of the claims whose proofs were written down, if they were: docs/proofs.md.
    pub claims: BTreeSet<String>,
    /// A minimal set of restrictions without which the proof would fail; empty if nothing fits whatever the
    /// policies say.
    pub core: Vec<Restriction>,
    /// The search learnt something from Z3's theory of strings, on which the proof may rest.
    pub used_strings: bool,
    /// Where what is proved is that something is possible: the request that shows it.
    pub shown: Option<Box<Witness>>,
    /// Where it is proved of any number of steps: what may come to hold at most.
    pub closed: Option<Box<ClosedSet>>,
}

impl Certificate {
    /// The certificate that something is possible, as `witness` shows.
    pub fn shown_by(witness: Witness) -> Self {
        Self { shown: Some(Box::new(witness)), ..Self::joined(Vec::new()) }
    }

    /// The certificate of what these prove together.
    pub fn joined(parts: Vec<Self>) -> Self {
        let mut formulas: Vec<String> =
            parts.iter().map(|part| part.formula.clone()).filter(|formula| !formula.is_empty()).collect();
        formulas.sort_unstable();
        formulas.dedup();
        let used_strings = parts.iter().any(|part| part.used_strings);
        let claims = parts.iter().flat_map(|part| part.claims.iter().cloned()).collect();
        let core: BTreeSet<Restriction> = parts.into_iter().flat_map(|part| part.core).collect();
        Self {
            formula: formulas.join(" "),
            claims,
            core: core.into_iter().collect(),
            used_strings,
            shown: None,
            closed: None,
        }
    }

    /// The certificate of what also holds over any number of steps, after which at most `closed` holds.
    #[must_use]
    pub fn over_steps(self, closed: ClosedSet) -> Self {
        Self { closed: Some(Box::new(closed)), ..self }
    }
}
