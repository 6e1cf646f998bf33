//! Policy strings with variables: `arn:aws:s3:::home/${aws:username, 'nobody'}/*`.

use crate::context::ContextKey;

/// A piece of a policy string.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Piece {
    /// Text as written. Whether `*` and `?` in it are wildcards is the operator's matter.
    Text(String),
    /// This text and never a wildcard: `${*}`, `${?}` or `${$}` (semantics:C7), or a value that was put in for a variable.
    Literal(String),
    /// `${key}` or `${key, 'default'}`.
    Variable {
        /// The key whose value is put in.
        key: ContextKey,
        /// The text used when the key is absent.
        default: Option<String>,
    },
}

/// A policy string, split at its variables.
///
/// Under Version 2008-10-17 there is exactly one piece, [`Piece::Text`], since variables are plain text there
/// (semantics:C2). Adjacent texts are merged; the empty string has no pieces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Template {
    /// The string as it stands in the document.
    pub raw: String,
    /// Its pieces in order.
    pub pieces: Vec<Piece>,
}

impl Template {
    /// A template without variables: the text alone.
    pub fn text(raw: &str) -> Self {
        let pieces = if raw.is_empty() { Vec::new() } else { vec![Piece::Text(raw.to_owned())] };
        Self { raw: raw.to_owned(), pieces }
    }

    /// True when some piece is a variable.
    pub fn has_variable(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Variable { .. }))
    }
}
