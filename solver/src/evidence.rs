//! What a run leaves for others to check: the proofs of its claims, and what it found for each question.
//!
//! A proof is for the kernel, which knows nothing of policies. That its claim is the one that the policies make is the binding: the run is
//! made once more from its inputs with a [`ClosedBook`], in which nothing is searched. It believes a claim if the kernel accepted the proof of
//! that very claim, and a request if the evaluator allows it.

mod answers;
mod closed_book;
mod closed_facts;
pub mod exhaust;
mod open_book;

pub use answers::{Answer, Answers, Otherwise};
pub use closed_book::{ClosedBook, Used};
pub use closed_facts::{ClosedFiles, closed_files};
pub use open_book::{OpenBook, Written};
