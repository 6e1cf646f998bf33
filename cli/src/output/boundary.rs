//! What a design guarantees and leaves, as text and as JSON (docs/cli.md has the schema).

mod json;
mod text;

pub(crate) use json::json;
pub(crate) use text::text;

/// What a verdict says of a design: `guaranteed` for single requests, `not guaranteed`, `inconclusive`, `not applicable`.
fn words(word: ringfence_solver::verdict::VerdictWord) -> &'static str {
    use ringfence_solver::verdict::VerdictWord;
    match word {
        VerdictWord::Proved => "guaranteed for single requests",
        VerdictWord::Refuted => "not guaranteed",
        VerdictWord::Inconclusive => "inconclusive",
        VerdictWord::NotApplicable => "not applicable",
    }
}
