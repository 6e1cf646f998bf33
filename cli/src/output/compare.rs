//! What a change adds and takes away: the words that all forms share.

pub(crate) mod json;
mod text;

pub(crate) use json::json;
pub(crate) use text::text;

use ringfence_solver::check::comparison::{Presence, Relation};

/// A relation in words.
fn relation_words(relation: Relation) -> &'static str {
    match relation {
        Relation::Equivalent => "equivalent: the same requests are allowed",
        Relation::Narrower => {
            "narrower: some requests are not allowed any more, and none is that was not before"
        }
        Relation::Broader => "broader: some requests are allowed that were not before",
        Relation::Incomparable => {
            "incomparable: some requests are allowed that were not before, and some are not any more"
        }
        Relation::EquivalentOrNarrower => {
            "not broader: no request is allowed that was not before; whether some are not any more is not decided"
        }
        Relation::BroaderOrIncomparable => {
            "broader: some requests are allowed that were not before; whether some are not any more is not decided"
        }
        Relation::Undecided => {
            "undecided: whether some requests are allowed that were not before is not known"
        }
    }
}

/// Where a principal is, in a word for machines.
fn presence_name(presence: Presence) -> &'static str {
    match presence {
        Presence::Both => "both",
        Presence::Added => "added",
        Presence::Removed => "removed",
    }
}
