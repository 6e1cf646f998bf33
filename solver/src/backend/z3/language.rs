//! Texts and languages in the words of Z3's theory of sequences.

use super::{Regexp, Text};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, Part};

/// The last character of Z3's strings.
pub(super) const LAST_CHARACTER: u32 = 0x0002_FFFF;

const SURROGATES: (u32, u32) = (0xD800, 0xDFFF);

/// Z3 reads escapes in literals: a backslash is written as one.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if character == '\\' || !(' '..='~').contains(&character) {
            escaped.extend(["\\u{", &format!("{:x}", u32::from(character)), "}"]);
        } else {
            escaped.push(character);
        }
    }
    escaped
}

pub(super) fn literal(text: &str) -> Text {
    Text::from(escaped(text).as_str())
}

/// Z3's escapes back to characters.
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\u{") {
        plain.push_str(before);
        let (code, after) = after.split_once('}').unwrap_or((after, ""));
        plain.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// The language as a regular expression of Z3; none if it has a set of characters that the binding cannot say.
pub(super) fn regex(language: &Language) -> Option<Regexp> {
    let parts: Option<Vec<Regexp>> = language
        .parts()
        .iter()
        .map(|part| match part {
            Part::Text(text) => Some(Regexp::literal(&escaped(text))),
            Part::One(set) => one_of(set),
            Part::Star(set) => one_of(set).map(|set| set.star()),
            Part::Alternatives(texts) => {
                let texts: Vec<Regexp> = texts.iter().map(|text| Regexp::literal(&escaped(text))).collect();
                Some(union(texts))
            }
        })
        .collect();
    let mut parts = parts?;
    if parts.len() == 1 {
        return parts.pop();
    }
    Some(if parts.is_empty() { Regexp::literal("") } else { Regexp::concat(&parts) })
}

/// One character of the set. The binding passes ranges of ASCII only; a set that goes on to the last character is
/// said by what it leaves out.
fn one_of(set: &CharacterSet) -> Option<Regexp> {
    if set.is_any() {
        return Some(Regexp::allchar());
    }
    let ranges = set.ranges();
    if ranges.last().is_some_and(|last| last.1 >= LAST_CHARACTER) {
        let mut gaps = Vec::new();
        let mut next = 0;
        for (low, high) in ranges {
            if let Some(before) = low.checked_sub(1).filter(|before| *before >= next) {
                // No text has a surrogate.
                if (next, before) != SURROGATES {
                    gaps.push((next, before));
                }
            }
            next = high.saturating_add(1);
        }
        let left_out = ascii_ranges(&gaps)?;
        return Some(Regexp::intersect(&[Regexp::allchar(), left_out.complement()]));
    }
    ascii_ranges(ranges)
}

fn ascii_ranges(ranges: &[(u32, u32)]) -> Option<Regexp> {
    let mut regexes = Vec::new();
    for (low, high) in ranges {
        // No request carries the character 0, which the binding cannot pass on.
        let low = (*low).max(1);
        if *high > 0x7E {
            return None;
        }
        if low <= *high {
            regexes.push(Regexp::range(&char::from_u32(low)?, &char::from_u32(*high)?));
        }
    }
    Some(union(regexes))
}

/// Z3 wants two operands or more.
fn union(mut regexes: Vec<Regexp>) -> Regexp {
    if regexes.len() > 1 {
        return Regexp::union(&regexes);
    }
    regexes.pop().unwrap_or_else(Regexp::empty)
}
