//! ARNs compared part by part (semantics:C8).

use super::super::glob::{PatternPiece, matches};

/// Whether each of the six parts of `pattern` matches that of `value`; none if either has fewer than six. The sixth
/// part is everything after the fifth colon, in which wildcards match colons too; in the other five they cannot.
pub(super) fn like(pattern: &[PatternPiece<'_>], value: &str) -> Option<bool> {
    let value_parts: Vec<&str> = value.splitn(6, ':').collect();
    let pattern_parts = split(pattern);
    if value_parts.len() < 6 || pattern_parts.len() < 6 {
        return None;
    }
    Some(pattern_parts.iter().zip(value_parts).all(|(pattern, value)| matches(pattern, value)))
}

/// `pattern` cut at its first five colons.
fn split<'a>(pattern: &[PatternPiece<'a>]) -> Vec<Vec<PatternPiece<'a>>> {
    let mut parts = Vec::with_capacity(6);
    let mut current = Vec::new();
    for piece in pattern {
        let mut rest = piece.text;
        while parts.len() < 5
            && let Some((part, after)) = rest.split_once(':')
        {
            current.push(PatternPiece { text: part, ..*piece });
            parts.push(std::mem::take(&mut current));
            rest = after;
        }
        current.push(PatternPiece { text: rest, ..*piece });
    }
    parts.push(current);
    parts
}

#[cfg(test)]
mod tests {
    use super::super::super::glob::PatternPiece;
    use super::like;

    fn arn_like(pattern: &str, value: &str) -> Option<bool> {
        like(&[PatternPiece::wild(pattern)], value)
    }

    #[test]
    fn parts_match_each_on_its_own() {
        let topic = "arn:aws:sns:us-east-1:111122223333:order-events";
        assert_eq!(arn_like("arn:aws:sns:*:*:order-*", topic), Some(true));
        assert_eq!(arn_like("arn:aws:sns:us-*-1:*:*", topic), Some(true));
        assert_eq!(arn_like("arn:aws:sns:*:order-*:x", topic), Some(false));
        assert_eq!(arn_like("arn:aws:sns:*", topic), None);
        assert_eq!(arn_like("arn:aws:sns:*:*:order-*", "topic"), None);
        assert_eq!(arn_like("arn:aws:s3:::b*", "arn:aws:s3:::b:c/d"), Some(true));
        assert_eq!(arn_like("arn:aws:iam:*:role/partner", "arn:aws:iam::444455556666:role/partner"), None);
    }

    #[test]
    fn a_replaced_variable_may_span_parts() {
        let pattern = [PatternPiece::literal("arn:aws:s3:::a*"), PatternPiece::wild("/*")];
        assert_eq!(like(&pattern, "arn:aws:s3:::a*/b"), Some(true));
        assert_eq!(like(&pattern, "arn:aws:s3:::ax/b"), Some(false));
    }
}
