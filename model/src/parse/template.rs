//! Policy strings split at their variables (semantics:C7).

use super::finding::Findings;
use crate::context::ContextKey;
use crate::json::Json;
use crate::policy::Version;
use crate::template::{Piece, Template};

/// `text` split at its variables under `version`, and the malformed variables in it, which are left as text.
pub fn parse_template(text: &str, version: Version) -> (Template, Vec<String>) {
    if version == Version::V2008 || !text.contains("${") {
        return (Template::text(text), Vec::new());
    }
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut malformed = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        plain.push_str(before);
        if let Some((piece, remainder)) = variable(after) {
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(piece);
            rest = remainder;
        } else {
            let shown = after.split_inclusive('}').next().unwrap_or_default();
            malformed.push(format!("${{{shown}"));
            plain.push_str("${");
            rest = after;
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    (Template { raw: text.to_owned(), pieces }, malformed)
}

/// [`parse_template`], with a warning for each malformed variable.
pub(super) fn value_template(
    text: &str,
    version: Version,
    place: &Json,
    findings: &mut Findings<'_>,
) -> Template {
    let (template, malformed) = parse_template(text, version);
    for variable in malformed {
        findings.warning(
            place,
            &format!("`{variable}` is not a policy variable and is taken as plain text"),
            "a variable is `${key}` or `${key, 'default'}`, without spaces in the key",
        );
    }
    if version == Version::V2008 && text.contains("${") {
        findings.warning(
            place,
            &format!("`{text}` is plain text under this Version"),
            "add \"Version\": \"2012-10-17\" to make variables work",
        );
    }
    template
}

/// The piece that starts after `${` in `text`, and what follows its `}`; none if it is malformed.
fn variable(text: &str) -> Option<(Piece, &str)> {
    for literal in ["*", "?", "$"] {
        if let Some(rest) = text.strip_prefix(literal).and_then(|rest| rest.strip_prefix('}')) {
            return Some((Piece::Literal(literal.to_owned()), rest));
        }
    }
    let end = text.find(['}', ',', '{', '$', '\'', ' ', '*', '?'])?;
    let (name, rest) = text.split_at_checked(end)?;
    if name.is_empty() {
        return None;
    }
    let key = ContextKey::new(name);
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((Piece::Variable { key, default: None }, rest));
    }
    let quoted = rest.strip_prefix(',')?.trim_start_matches(' ').strip_prefix('\'')?;
    let (default, rest) = quoted.split_once('\'')?;
    let rest = rest.trim_start_matches(' ').strip_prefix('}')?;
    Some((Piece::Variable { key, default: Some(default.to_owned()) }, rest))
}
