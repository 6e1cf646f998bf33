//! What a design guarantees and leaves, as text and as JSON (docs/cli.md has the schema).

pub(crate) mod json;
mod text;

pub(crate) use json::json;
pub(crate) use text::text;

use ringfence_solver::report::Scope;
use ringfence_solver::theorem::reach::Reach;
use ringfence_solver::verdict::VerdictWord;

use crate::command::boundary::Since;

/// The new models of which it is not decided whether they are out of reach.
fn open_models<'a>(reach: &'a Reach, since: &'a Since) -> impl Iterator<Item = &'a str> {
    let open = reach.open.iter().flat_map(|(ids, _)| ids).map(String::as_str);
    open.filter(|id| since.models.iter().any(|new| new == id))
}

/// What a verdict says of a design: `guaranteed` over all steps or for single requests, `not guaranteed`, `inconclusive`, `not applicable`.
fn words(word: VerdictWord, scope: Scope) -> &'static str {
    match (word, scope) {
        (VerdictWord::Proved, Scope::Steps) => "guaranteed over all steps",
        (VerdictWord::Proved, Scope::OneRequest) => "guaranteed for single requests",
        (VerdictWord::Refuted, _) => "not guaranteed",
        (VerdictWord::Inconclusive, _) => "inconclusive",
        (VerdictWord::NotApplicable, _) => "not applicable",
    }
}
