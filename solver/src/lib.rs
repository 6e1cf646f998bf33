//! Queries, their encoding, the wildcard theory, Z3, witnesses and verdicts.
//!
//! ```text
//! Query → Formula (Boolean structure over atoms) → Z3 ⇄ wildcard theory → Verdict → replay / certificate
//! ```

mod account_pattern;
pub mod backend;
pub mod between;
pub mod certificate;
pub mod certify;
pub mod check;
mod clausal;
mod clauses;
pub mod constraint;
pub mod decimal;
pub mod decode;
pub mod encode;
pub mod evidence;
pub mod formula;
pub mod guardrail;
pub mod inquiry;
pub mod interpretation;
mod minimal;
pub mod named_arns;
pub mod principals;
pub mod prove;
pub mod provenance;
pub mod query;
pub mod report;
pub mod resource_side;
pub mod scripts;
pub mod search;
pub mod simulation;
pub mod steps;
pub mod subject;
pub mod surroundings;
pub mod term;
pub mod text;
pub mod theorem;
pub mod unique_id;
pub mod verdict;
pub mod why;
pub mod wildcard;
pub mod witness;
pub mod wrong;
