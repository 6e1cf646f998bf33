//! Checks proofs that no request exists which a formula describes (docs/proofs.md).
//!
//! A proof is a file of two lines. The first is the [`Claim`]: a table of atoms, each with its meaning, and clauses
//! over them. The second is the [`Derivation`]: lemmas, each true of every request and with what shows it, and
//! steps that derive the empty clause. [`check`] accepts exactly if every lemma and every step holds.
//!
//! Over any number of steps a proof is a set of facts as well, out of which no step leads: [`closed`] accepts exactly that.
//!
//! Trusted: an error here makes a wrong proof pass. So the package is small, depends on a JSON reader and a digest
//! alone, and shares nothing with the search. What it does not know is whether the claim is the right one: that the
//! clauses say what the policies say is the encoder's word, and the binding's to compare.

mod address;
mod automaton;
mod check;
mod claim;
mod clausal;
mod closed;
mod decimal;
mod instant;
mod language;
mod lemma;
mod premises;
mod reading;
mod rejection;
mod template;

pub use automaton::Automaton;
pub use check::{Accepted, check, digest, follows};
pub use claim::{
    Atom, Attribute, Claim, ClosedSet, Comparison, Derivation, Domain, Kind, Lemma, Literal, Reason, Step,
    TemplateForm, TemplatePart,
};
pub use closed::{ClosedFacts, ClosedFault, ClosedRejection, Hindrance, Refused, closed};
pub use language::{Language, Part};
pub use lemma::{Component, components, holds};
pub use rejection::{LemmaFault, Rejection, StepFault};
