//! Patterns that hold the texts of attributes, as terms of SMT-LIB.

use ringfence_kernel::{Language, Part, TemplateForm, TemplatePart};

/// The last character.
const LAST: u32 = 0x10_FFFF;
/// Colons before the last part of an ARN.
const COLONS: usize = 5;

/// A stretch of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Texts of a language.
    Language(Language),
    /// The text of an attribute.
    Value(u32),
    /// A text that is as long as that of the attribute, which it is but for letter case.
    Folded(u32),
}

/// A pattern as pieces that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pieces {
    /// In order, no two languages next to each other.
    pub(super) pieces: Vec<Piece>,
    /// Whether the texts that the pieces admit are those that match. Otherwise they are these and more.
    pub(super) is_exact: bool,
}

/// The pieces of a pattern in which the texts of some attributes are known.
pub(super) fn pieces(
    parts: &[TemplatePart],
    ignore_case: bool,
    form: TemplateForm,
    known: impl Fn(u32) -> Option<String>,
) -> Pieces {
    let fold = ignore_case && form != TemplateForm::Arn;
    let mut this = Pieces { pieces: Vec::new(), is_exact: true };
    // At least so many colons are before what comes next, and no more unless an unknown text holds some.
    let (mut colons, mut unknown) = (0, false);
    for part in parts {
        let (text, wild) = match part {
            TemplatePart::Pattern(text) => (text.clone(), form != TemplateForm::Text),
            TemplatePart::Literal(text) => (text.clone(), false),
            TemplatePart::Value(attribute) => {
                let Some(text) = known(*attribute) else {
                    this.is_exact &= !fold;
                    this.pieces.push(if fold { Piece::Folded(*attribute) } else { Piece::Value(*attribute) });
                    unknown = true;
                    continue;
                };
                (text, false)
            }
        };
        for character in text.chars() {
            let is_wildcard = wild && matches!(character, '*' | '?');
            let before_path = form == TemplateForm::Arn && colons < COLONS;
            // Whether a wildcard may match a colon here is not known: more is admitted.
            this.is_exact &= !(is_wildcard && before_path && unknown);
            let set = if before_path && !unknown { no_colon() } else { vec![(0, LAST)] };
            this.push(match character {
                '*' if wild => Part::Star(set),
                '?' if wild => Part::One(set),
                _ => literal(character, fold),
            });
            colons += usize::from(character == ':');
        }
    }
    if form == TemplateForm::Arn && colons < COLONS {
        if unknown {
            this.is_exact = false;
        } else {
            let nothing = Language { parts: vec![Part::Alternatives(Vec::new())] };
            this.pieces = vec![Piece::Language(nothing)];
        }
    }
    this
}

impl Pieces {
    fn push(&mut self, part: Part) {
        match self.pieces.last_mut() {
            Some(Piece::Language(language)) => language.parts.push(part),
            Some(Piece::Value(_) | Piece::Folded(_)) | None => {
                self.pieces.push(Piece::Language(Language { parts: vec![part] }));
            }
        }
    }
}

fn no_colon() -> Vec<(u32, u32)> {
    vec![(0, u32::from(':') - 1), (u32::from(':') + 1, LAST)]
}

fn literal(character: char, fold: bool) -> Part {
    let point = |character: char| (u32::from(character), u32::from(character));
    if fold && character.is_ascii_alphabetic() {
        Part::One(vec![point(character.to_ascii_uppercase()), point(character.to_ascii_lowercase())])
    } else {
        Part::Text(character.to_string())
    }
}
