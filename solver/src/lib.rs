//! Queries, their encoding, the wildcard theory, Z3, witnesses and verdicts.
//!
//! ```text
//! Query → Formula (Boolean structure over atoms) → Z3 ⇄ wildcard theory → Verdict → replay / certificate
//! ```

pub mod backend;
pub mod decimal;
pub mod formula;
pub mod interpretation;
pub mod search;
pub mod term;
pub mod text;
pub mod wildcard;
