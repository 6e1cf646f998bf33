//! What may be wrong with a table of primitives.

/// Why the table cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrimitivesError {
    /// It is no such table.
    #[error("the table of primitives cannot be read: {0}")]
    Table(String),
    /// A request in it cannot be read.
    #[error("primitive `{id}`: `{request}` is no request")]
    Request {
        /// Of this primitive.
        id: String,
        /// As written.
        request: String,
    },
}
