//! Values that a plan does not know yet, inside the texts that hold them.
//!
//! A hole is written into a JSON string as its number between two characters of a private-use plane, so that texts of which a part is
//! unknown pass through everything that moves policies about. No input may hold these characters; [`is_reserved`] is for readers to refuse them.

use std::fmt::Write as _;

const OPEN: char = '\u{F5A0A}';
const CLOSE: char = '\u{F5A0B}';

/// Something unknown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hole {
    /// Where it is, as people find it: `aws_iam_role.deploy.permissions_boundary`.
    pub address: String,
    /// It is this text, or names nobody: a principal that the same plan deletes and makes anew, of which it is not known which of both a policy
    /// names afterwards.
    pub perhaps: Option<String>,
}

/// All holes of a run, each known by its number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holes(Vec<Hole>);

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'t> {
    /// Known.
    Known(&'t str),
    /// The hole of this number.
    Unknown(usize),
}

impl Holes {
    /// The text that stands for the hole at `address`, the same each time.
    pub fn text(&mut self, address: &str) -> String {
        self.of(Hole { address: address.to_owned(), perhaps: None })
    }

    /// The text that stands for `value` at `address`, which may name nobody there.
    pub fn perhaps(&mut self, address: &str, value: &str) -> String {
        self.of(Hole { address: address.to_owned(), perhaps: Some(value.to_owned()) })
    }

    fn of(&mut self, hole: Hole) -> String {
        let number = self.0.iter().position(|known| *known == hole).unwrap_or_else(|| {
            self.0.push(hole);
            self.0.len() - 1
        });
        let mut text = String::from(OPEN);
        // Writing to a String cannot fail.
        let _ = write!(text, "{number}{CLOSE}");
        text
    }

    /// The hole of this number.
    pub fn get(&self, number: usize) -> Option<&Hole> {
        self.0.get(number)
    }

    /// All of them, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &Hole> {
        self.0.iter()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// True if `text` holds a character that only holes may have.
pub fn is_reserved(text: &str) -> bool {
    text.contains([OPEN, CLOSE])
}

/// True if a text or member name in `json` holds such a character, escaped or not.
pub fn is_reserved_in(json: &serde_json::Value) -> bool {
    match json {
        serde_json::Value::String(text) => is_reserved(text),
        serde_json::Value::Array(values) => values.iter().any(is_reserved_in),
        serde_json::Value::Object(members) => {
            members.iter().any(|(name, value)| is_reserved(name) || is_reserved_in(value))
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => false,
    }
}

/// True if some part of `text` is unknown.
pub fn has_hole(text: &str) -> bool {
    text.contains(OPEN)
}

/// The parts of `text` in order.
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        if !before.is_empty() {
            parts.push(Part::Known(before));
        }
        let (number, behind) = after.split_once(CLOSE).unwrap_or((after, ""));
        parts.push(Part::Unknown(number.parse().unwrap_or(usize::MAX)));
        rest = behind;
    }
    if !rest.is_empty() {
        parts.push(Part::Known(rest));
    }
    parts
}

/// The number of the hole that `text` is as a whole.
pub fn whole(text: &str) -> Option<usize> {
    match parts(text).as_slice() {
        [Part::Unknown(number)] => Some(*number),
        _ => None,
    }
}

/// `text` with `fill` in the place of each hole.
pub fn filled(text: &str, mut fill: impl FnMut(usize) -> String) -> String {
    let mut filled = String::with_capacity(text.len());
    for part in parts(text) {
        match part {
            Part::Known(known) => filled.push_str(known),
            Part::Unknown(number) => filled.push_str(&fill(number)),
        }
    }
    filled
}

/// The numbers of all holes in the texts and member names of `json`, in order of first occurrence.
pub fn numbers(json: &serde_json::Value) -> Vec<usize> {
    fn note(text: &str, found: &mut Vec<usize>) {
        for part in parts(text) {
            if let Part::Unknown(number) = part
                && !found.contains(&number)
            {
                found.push(number);
            }
        }
    }
    fn visit(json: &serde_json::Value, found: &mut Vec<usize>) {
        match json {
            serde_json::Value::String(text) => note(text, found),
            serde_json::Value::Array(values) => values.iter().for_each(|value| visit(value, found)),
            serde_json::Value::Object(members) => {
                for (name, value) in members {
                    note(name, found);
                    visit(value, found);
                }
            }
            serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
        }
    }
    let mut found = Vec::new();
    visit(json, &mut found);
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Holes, Part, filled, has_hole, is_reserved, numbers, parts, whole};

    #[test]
    fn holes_are_found_in_texts() {
        let mut holes = Holes::default();
        let (first, second) = (holes.text("a.b"), holes.text("a.c"));
        assert_eq!(first, holes.text("a.b"));
        let text = format!("arn:{first}:x{second}");
        assert_eq!(
            parts(&text),
            [Part::Known("arn:"), Part::Unknown(0), Part::Known(":x"), Part::Unknown(1)]
        );
        assert_eq!(filled(&text, |number| number.to_string()), "arn:0:x1");
        assert_eq!((whole(&first), whole(&text), whole("")), (Some(0), None, None));
        assert!(has_hole(&text) && is_reserved(&text) && !has_hole("a") && !is_reserved("a"));
        assert_eq!(numbers(&json!({ "x": [second, { first: 1 }] })), [1, 0]);
        assert_eq!(holes.get(1).unwrap().address, "a.c");
    }
}
