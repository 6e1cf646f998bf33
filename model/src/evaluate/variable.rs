//! Policy variables put into patterns (semantics:C7).

use super::glob::PatternPiece;
use super::scope::{KeyValue, Scope};
use crate::context::ContextKey;
use crate::template::{Piece, Template};

/// A pattern with its variables replaced.
#[derive(Debug)]
pub(super) enum Pattern<'a> {
    /// A pattern without variables.
    Plain([PatternPiece<'a>; 1]),
    /// All others.
    Pieces(Vec<PatternPiece<'a>>),
}

impl<'a> Pattern<'a> {
    pub(super) fn pieces(&self) -> &[PatternPiece<'a>] {
        match self {
            Self::Plain(pieces) => pieces,
            Self::Pieces(pieces) => pieces,
        }
    }
}

/// `template` with its variables replaced; none where a variable has no value and no default. In text that stands in
/// the policy `*` and `?` are wildcards if `wild`; what a variable puts in stands for itself.
pub(super) fn substitute<'a>(scope: &Scope<'a>, template: &'a Template, wild: bool) -> Option<Pattern<'a>> {
    match template.pieces.as_slice() {
        [] => Some(Pattern::Plain([PatternPiece::literal("")])),
        [Piece::Text(text)] => Some(Pattern::Plain([PatternPiece { text, wild, fold: false }])),
        pieces => {
            let pieces: Option<Vec<_>> =
                pieces.iter().map(|piece| substitute_piece(scope, piece, wild)).collect();
            pieces.map(Pattern::Pieces)
        }
    }
}

/// One piece of a pattern; none for a variable without value and default.
pub(super) fn substitute_piece<'a>(
    scope: &Scope<'a>,
    piece: &'a Piece,
    wild: bool,
) -> Option<PatternPiece<'a>> {
    match piece {
        Piece::Text(text) => Some(PatternPiece { text, wild, fold: false }),
        Piece::Literal(text) => Some(PatternPiece::literal(text)),
        Piece::Variable { key, default } => {
            variable_value(scope, key, default.as_deref()).map(PatternPiece::literal)
        }
    }
}

/// The value of a variable: that of a single-valued key, else the default. A multivalued key has no value.
fn variable_value<'a>(scope: &Scope<'a>, key: &ContextKey, default: Option<&'a str>) -> Option<&'a str> {
    match scope.value(key) {
        KeyValue::Single(value) => Some(value),
        KeyValue::Absent | KeyValue::List(_) => default,
    }
}
