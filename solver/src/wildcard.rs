//! The wildcard theory: whether a string exists that matches some patterns and does not match others.
//!
//! Z3 sees a wildcard match only as a Boolean. This theory decides whether the Booleans that it chose for one
//! string attribute can hold together, and answers with the shortest string or with a minimal set of matches that
//! cannot. Trusted until certificates carry the automaton states: an error here makes a proof wrong.

pub mod automaton;
pub mod character;
pub mod language;
mod overlap;
pub mod product;
pub mod reading;
pub mod theory;

pub use language::{Language, LanguageBuilder, Part};
pub use reading::Reading;
pub use theory::{Member, Relation, TextDecision, Theory};
