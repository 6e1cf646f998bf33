//! The ARNs that a Resource value matches, by how the open points about it are read (semantics:C5).

use ringfence_model::open_point::OpenPoint;
use ringfence_model::template::{Piece, Template};

use crate::term::TemplatePart;
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// How the points of a value are read, when its language is built.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one independent reading")]
pub(super) struct Readings {
    /// F4: `*` and `?` before the fifth colon match a colon.
    pub(super) crossing: bool,
    /// F6: misplaced wildcards count.
    pub(super) misplaced: bool,
    /// F7: a short value is padded with `*` segments.
    pub(super) padded: bool,
    /// F7: one that is not matches as it is written, as far as its wildcards cross colons.
    pub(super) as_written: bool,
    /// F10: letter case before the fifth colon does not count.
    pub(super) fold_segments: bool,
    /// F10: letter case of an IAM user's name does not count.
    pub(super) fold_user: bool,
}

pub(super) const STRICT: Readings = Readings {
    crossing: false,
    misplaced: false,
    padded: false,
    as_written: false,
    fold_segments: false,
    fold_user: false,
};
pub(super) const LAX: Readings = Readings {
    crossing: true,
    misplaced: true,
    padded: true,
    as_written: false,
    fold_segments: true,
    fold_user: true,
};

/// A value cut at its first five colons.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Segments {
    /// Up to five segments as written.
    pub(super) front: Vec<String>,
    /// What follows the fifth colon, if there is one.
    pub(super) rest: Option<Vec<Piece>>,
}

impl Segments {
    /// Cuts `value`. A variable before the fifth colon is plain text (semantics:C5), and so is then all that follows.
    pub(super) fn cut(value: &Template) -> Self {
        let first = match value.pieces.first() {
            Some(Piece::Text(text)) => text.as_str(),
            Some(Piece::Literal(_) | Piece::Variable { .. }) | None => "",
        };
        let plain_front = first.bytes().filter(|byte| *byte == b':').count() >= 5;
        let source = if plain_front { first } else { value.raw.as_str() };
        let mut parts = source.splitn(6, ':');
        let front: Vec<String> = parts.by_ref().take(5).map(ToOwned::to_owned).collect();
        let rest = parts.next().map(|text| {
            let mut pieces = Vec::new();
            if !text.is_empty() {
                pieces.push(Piece::Text(text.to_owned()));
            }
            if plain_front {
                pieces.extend(value.pieces.iter().skip(1).cloned());
            }
            pieces
        });
        Self { front, rest }
    }

    fn service(&self) -> &str {
        self.front.get(2).map_or("", String::as_str)
    }

    /// F6: a wildcard in the service segment, or before the first `/` or `:` of a resource part that is not just `*`,
    /// unless the service has resources without a type token.
    pub(super) fn is_misplaced(&self, has_typeless_resource: impl Fn(&str) -> bool) -> bool {
        if self.service().contains(['*', '?']) {
            return true;
        }
        let Some(rest) = &self.rest else { return false };
        if matches!(rest.as_slice(), [Piece::Text(text)] if text == "*")
            || has_typeless_resource(self.service())
        {
            return false;
        }
        for piece in rest {
            if let Piece::Text(text) = piece {
                for character in text.chars() {
                    match character {
                        '/' | ':' => return false,
                        '*' | '?' => return true,
                        _ => {}
                    }
                }
            }
        }
        false
    }
}

/// `base` with one point read as in `other`.
pub(super) fn with_point(base: Readings, point: OpenPoint, other: Readings) -> Readings {
    match point.0 {
        4 => Readings { crossing: other.crossing, ..base },
        6 => Readings { misplaced: other.misplaced, ..base },
        7 => Readings { padded: other.padded, as_written: other.as_written, ..base },
        10 => Readings { fold_segments: other.fold_segments, fold_user: other.fold_user, ..base },
        _ => base,
    }
}

/// `evaluator` with these points read the other way. A short value that is padded no more still matches as it is written.
pub(super) fn otherwise(evaluator: Readings, points: &[OpenPoint]) -> [Readings; 2] {
    [STRICT, LAX].map(|fold| {
        let other = Readings {
            crossing: !evaluator.crossing,
            misplaced: !evaluator.misplaced,
            padded: !evaluator.padded,
            as_written: evaluator.padded,
            fold_segments: fold.fold_segments,
            fold_user: fold.fold_user,
        };
        points.iter().fold(evaluator, |readings, point| with_point(readings, *point, other))
    })
}

/// The languages whose union holds the ARNs that a value matches under these readings.
pub(super) fn value_language(
    segments: &Segments,
    parts: &[TemplatePart],
    misplaced: bool,
    readings: Readings,
) -> Vec<Language> {
    if misplaced && !readings.misplaced {
        return Vec::new();
    }
    if segments.rest.is_some() {
        let mut builder = front_language(&segments.front, readings);
        builder.text(":");
        push_rest(&mut builder, segments, parts, readings);
        return vec![builder.build()];
    }
    let as_written = front_language(&segments.front, readings).build();
    if !readings.padded {
        return if readings.as_written && readings.crossing { vec![as_written] } else { Vec::new() };
    }
    // A short value: padded, and if its wildcards cross colons also as it stands.
    let mut front = segments.front.clone();
    front.resize(5, "*".to_owned());
    let mut padded = front_language(&front, readings);
    padded.text(":").star(CharacterSet::any());
    let mut languages = vec![padded.build()];
    // Only the value `*` matches the resource `*` of an action without resource types; and what wildcards alone
    // would match beside it, the padded value matches too.
    if readings.crossing && !as_written.accepts("*") {
        languages.push(as_written);
    }
    languages
}

/// The segments before the fifth colon.
fn front_language(front: &[String], readings: Readings) -> LanguageBuilder {
    let wild = if readings.crossing { CharacterSet::any() } else { CharacterSet::except(':') };
    let mut builder = LanguageBuilder::new();
    for (index, segment) in front.iter().enumerate() {
        if index > 0 {
            builder.text(":");
        }
        if readings.fold_segments && index > 0 {
            builder.glob_ignoring_case(segment, &wild);
        } else {
            builder.glob(segment, &wild);
        }
    }
    builder
}

/// The value names IAM users.
pub(super) fn is_user(segments: &Segments, parts: &[TemplatePart]) -> bool {
    segments.service().eq_ignore_ascii_case("iam")
        && matches!(parts.first(), Some(TemplatePart::Pattern(text)) if text.starts_with("user/"))
}

/// A value of six parts without upper-case letters before the fifth colon, not about IAM users.
pub(super) fn is_lower_case(segments: &Segments, parts: &[TemplatePart]) -> bool {
    let lower = |segment: &String| !segment.bytes().any(|byte| byte.is_ascii_uppercase());
    segments.rest.is_some() && segments.front.iter().all(lower) && !is_user(segments, parts)
}

/// What a resource part starts with, up to its first `/` or `:`, as far as it has no wildcard.
pub(super) fn type_token(rest: &str) -> &str {
    let end = rest.find(['/', ':', '*', '?']).unwrap_or(rest.len());
    let with_separator = rest.get(..=end).filter(|token| token.ends_with(['/', ':']));
    with_separator.or_else(|| rest.get(..end)).unwrap_or_default()
}

/// For each wildcard of `front` the texts that the front matches, whatever the letter case, with a colon under that
/// wildcard, then a colon, `token` and anything. Of any other text that the front matches, it has the first five colons.
pub(super) fn crossings(front: &[String], token: &str) -> Vec<Language> {
    let any = CharacterSet::any();
    let written = front.join(":");
    let mut languages = Vec::new();
    for (index, wildcard) in written.char_indices().filter(|(_, character)| matches!(character, '*' | '?')) {
        let (before, after) = (written.get(..index), written.get(index + 1..));
        let mut builder = LanguageBuilder::new();
        builder.glob_ignoring_case(before.unwrap_or_default(), &any);
        if wildcard == '*' {
            builder.star(any.clone()).text(":").star(any.clone());
        } else {
            builder.text(":");
        }
        builder.glob_ignoring_case(after.unwrap_or_default(), &any);
        builder.text(":").text(token).star(any.clone());
        languages.push(builder.build());
    }
    languages
}

/// What follows the fifth colon.
fn push_rest(builder: &mut LanguageBuilder, segments: &Segments, parts: &[TemplatePart], readings: Readings) {
    let any = CharacterSet::any();
    let fold = readings.fold_user && is_user(segments, parts);
    for part in parts {
        match part {
            TemplatePart::Pattern(text) if fold => builder.glob_ignoring_case(text, &any),
            TemplatePart::Pattern(text) => builder.glob(text, &any),
            TemplatePart::Literal(text) if fold => builder.text_ignoring_case(text),
            TemplatePart::Literal(text) => builder.text(text),
            TemplatePart::Value(_) => &mut *builder,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All texts of `length` of these.
    fn all(symbols: &[&str], length: usize) -> Vec<String> {
        let mut texts = vec![String::new()];
        for _ in 0..length {
            texts = texts
                .iter()
                .flat_map(|text| symbols.iter().map(move |next| format!("{text}{next}")))
                .collect();
        }
        texts
    }

    /// A text that a value matches only with a colon under a wildcard of its front is in one of the crossings, so that
    /// all readings of F4 and F10 agree on the others.
    #[test]
    fn a_match_across_colons_is_a_crossing() {
        let texts: Vec<String> = (7..=10)
            .flat_map(|length| all(&["a", ":", "t"], length))
            .filter(|text| text.matches(':').count() >= 5)
            .collect();
        let mut crossed = 0;
        for front in ["*::::", "a:*:::", "a:?:::", "a:*:*::", "?:::*:a", "a*:?::*:"] {
            for rest in ["t", "t*", "a:t", "*t"] {
                let value = Template::text(&format!("{front}:{rest}"));
                let segments = Segments::cut(&value);
                assert_eq!(segments.front.len(), 5);
                let parts = [TemplatePart::Pattern(rest.to_owned())];
                let strict = value_language(&segments, &parts, false, STRICT);
                let crossing = value_language(&segments, &parts, false, LAX);
                let crossings = crossings(&segments.front, type_token(rest));
                let within =
                    |languages: &[Language], text: &str| languages.iter().any(|one| one.accepts(text));
                for text in &texts {
                    if within(&crossing, text) && !within(&strict, text) {
                        assert!(within(&crossings, text), "{front}:{rest} {text}");
                        crossed += 1;
                    }
                }
            }
        }
        assert!(crossed > 100, "{crossed}");
    }
}
