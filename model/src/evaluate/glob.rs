//! Whether a pattern with `*` and `?` matches a whole text (semantics:C3, C5, C8).
//!
//! One pass with a single point of return, the last `*`: greedy from the left is complete for these patterns, so a
//! text of length n and a pattern of length m cost at most n·m steps, and `*a*a*a*a*b` costs no more than others.

/// A run of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PatternPiece<'a> {
    /// Its characters.
    pub(super) text: &'a str,
    /// `*` and `?` in it are wildcards.
    pub(super) wild: bool,
    /// ASCII letters in it match either case.
    pub(super) fold: bool,
}

impl<'a> PatternPiece<'a> {
    /// Text in which `*` and `?` are wildcards and the letter case counts.
    pub(super) const fn wild(text: &'a str) -> Self {
        Self { text, wild: true, fold: false }
    }

    /// Text that stands for itself.
    pub(super) const fn literal(text: &'a str) -> Self {
        Self { text, wild: false, fold: false }
    }
}

/// True when `pattern`, its pieces one after the other, matches the whole of `text`. `*` matches any run of
/// characters, the empty one included; `?` matches exactly one character.
pub(super) fn matches(pattern: &[PatternPiece<'_>], text: &str) -> bool {
    let text = text.as_bytes();
    let mut cursor = Cursor { piece: 0, offset: 0 };
    let mut position = 0;
    let mut retry: Option<(Cursor, usize)> = None;
    loop {
        let matched = match cursor.unit(pattern) {
            Some(Unit::Star) => {
                cursor.offset += 1;
                if cursor.unit(pattern).is_none() {
                    return true;
                }
                retry = Some((cursor, position));
                true
            }
            Some(Unit::One) => {
                let matched = position < text.len();
                position = after_character(text, position);
                cursor.offset += 1;
                matched
            }
            Some(Unit::Byte(byte, fold)) => {
                let matched = text
                    .get(position)
                    .is_some_and(|found| *found == byte || (fold && found.eq_ignore_ascii_case(&byte)));
                position += 1;
                cursor.offset += 1;
                matched
            }
            None if position == text.len() => return true,
            None => false,
        };
        if matched {
            continue;
        }
        match retry {
            Some((after_star, start)) if start < text.len() => {
                let start = after_character(text, start);
                retry = Some((after_star, start));
                cursor = after_star;
                position = start;
            }
            Some(_) | None => return false,
        }
    }
}

/// A place in a pattern.
#[derive(Clone, Copy)]
struct Cursor {
    piece: usize,
    offset: usize,
}

enum Unit {
    Star,
    One,
    Byte(u8, bool),
}

impl Cursor {
    /// What stands here, after moving over the ends of pieces; none at the end of the pattern.
    fn unit(&mut self, pattern: &[PatternPiece<'_>]) -> Option<Unit> {
        loop {
            let piece = pattern.get(self.piece)?;
            match piece.text.as_bytes().get(self.offset) {
                Some(b'*') if piece.wild => return Some(Unit::Star),
                Some(b'?') if piece.wild => return Some(Unit::One),
                Some(byte) => return Some(Unit::Byte(*byte, piece.fold)),
                None => {
                    self.piece += 1;
                    self.offset = 0;
                }
            }
        }
    }
}

/// Where the character after the one at `position` starts.
fn after_character(text: &[u8], position: usize) -> usize {
    let mut next = position + 1;
    while text.get(next).is_some_and(|byte| byte & 0xC0 == 0x80) {
        next += 1;
    }
    next
}

#[cfg(test)]
mod tests {
    use super::{PatternPiece, matches};

    fn glob(pattern: &str, text: &str) -> bool {
        matches(&[PatternPiece::wild(pattern)], text)
    }

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("*", "ab"),
            ("a*c", "abbc"),
            ("a?c", "abc"),
            ("**", "x"),
            ("*?", "x"),
            ("?", "é"),
        ] {
            assert!(glob(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("?", ""),
            ("?", "ab"),
            ("a*c", "abcd"),
            ("*?", ""),
            ("a", "A"),
            ("??", "é"),
            ("a*b*c", "acb"),
        ] {
            assert!(!glob(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn pieces_keep_their_own_rules() {
        let star = [PatternPiece::literal("*"), PatternPiece::wild("b*")];
        assert!(matches(&star, "*bc"));
        assert!(!matches(&star, "abc"));
        let folded = [PatternPiece { text: "Ab*", wild: true, fold: true }, PatternPiece::wild("C")];
        assert!(matches(&folded, "aBxC"));
        assert!(!matches(&folded, "aBxc"));
        assert!(matches(&[PatternPiece::literal(""), PatternPiece::wild("")], ""));
        assert!(matches(&[], ""));
    }

    #[test]
    fn many_stars_cost_little() {
        let text = "a".repeat(20_000);
        assert!(!glob("*a*a*a*a*a*a*b", &text));
        assert!(glob("*a????????????", &text));
        assert!(!glob(&format!("*{}b", "a".repeat(500)), &text));
    }
}
