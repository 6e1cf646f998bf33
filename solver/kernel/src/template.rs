//! Patterns that hold the texts of attributes.

use crate::claim::{TemplateForm, TemplatePart};
use crate::language::{LAST, Language, Part};

/// The texts that match the pattern when attributes have texts of the languages that `value` gives; none if it gives none
/// for one of them. Exactly these where each language is written as a single text; else these and more.
pub(crate) fn instantiate(
    parts: &[TemplatePart],
    ignore_case: bool,
    form: TemplateForm,
    value: impl Fn(u32) -> Option<Language>,
) -> Option<Language> {
    let mut built = Language::default();
    let mut colons = 0;
    for part in parts {
        let (text, wild) = match part {
            TemplatePart::Pattern(text) => (text.clone(), form != TemplateForm::Text),
            TemplatePart::Literal(text) => (text.clone(), false),
            TemplatePart::Value(attribute) => {
                let language = value(*attribute)?;
                let Some(text) = language.single_text() else {
                    // How many colons there are from here on is not known: enough for every text.
                    colons = 5;
                    let folded = ignore_case && form != TemplateForm::Arn;
                    let parts = if folded { vec![Part::Star(vec![(0, LAST)])] } else { language.parts };
                    built.parts.extend(parts);
                    continue;
                };
                (text, false)
            }
        };
        for character in text.chars() {
            let set = match form {
                TemplateForm::Arn if colons < 5 => vec![(0, u32::from(':') - 1), (u32::from(':') + 1, LAST)],
                TemplateForm::Text | TemplateForm::Pattern | TemplateForm::Arn => vec![(0, LAST)],
            };
            built.parts.push(match character {
                '*' if wild => Part::Star(set),
                '?' if wild => Part::One(set),
                _ => literal(character, ignore_case && form != TemplateForm::Arn),
            });
            colons += usize::from(character == ':');
        }
    }
    if form == TemplateForm::Arn && colons < 5 {
        built.parts = vec![Part::Alternatives(Vec::new())];
    }
    Some(built)
}

fn literal(character: char, ignore_case: bool) -> Part {
    let point = |character: char| (u32::from(character), u32::from(character));
    if ignore_case && character.is_ascii_alphabetic() {
        Part::One(vec![point(character.to_ascii_uppercase()), point(character.to_ascii_lowercase())])
    } else {
        Part::Text(character.to_string())
    }
}

#[cfg(test)]
mod tests;
