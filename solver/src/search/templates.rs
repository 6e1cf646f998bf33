//! Patterns that hold the values of attributes, as languages: under the texts found so far, and whatever the values are.

use super::concretise::{Concretiser, Group};
use crate::backend::Literal;
use crate::formula::Domain;
use crate::interpretation::Interpretation;
use crate::term::{Atom, Attribute, TemplateForm, TemplatePart};
use crate::wildcard::character::CharacterSet;
use crate::wildcard::{Language, LanguageBuilder};

/// A template under the texts of the attributes in it.
pub(super) struct Instance {
    pub(super) language: Language,
    pub(super) positive: bool,
    /// The literals that together say that the text is in `language`, or is not; none where the attributes may also
    /// have other texts.
    pub(super) reasons: Option<Vec<Literal>>,
}

/// The texts that match a template when the attributes in it have texts of the languages that `language_of` gives, any
/// texts where it gives none; and more texts.
pub(crate) fn relaxed(
    parts: &[TemplatePart],
    ignore_case: bool,
    form: TemplateForm,
    mut language_of: impl FnMut(Attribute) -> Option<Language>,
) -> Language {
    let mut language = LanguageBuilder::new();
    for part in parts {
        let (text, wild) = match part {
            TemplatePart::Pattern(text) => (text, form != TemplateForm::Text),
            TemplatePart::Literal(text) => (text, false),
            TemplatePart::Value(attribute) => {
                let own = if ignore_case { None } else { language_of(*attribute) };
                match own {
                    Some(own) => language.append(&own),
                    None => language.star(CharacterSet::any()),
                };
                continue;
            }
        };
        match (wild, ignore_case) {
            (true, false) => language.glob(text, &CharacterSet::any()),
            (true, true) => language.glob_ignoring_case(text, &CharacterSet::any()),
            (false, false) => language.text(text),
            (false, true) => language.text_ignoring_case(text),
        };
    }
    language.build()
}

impl Concretiser<'_> {
    /// The languages of the templates about this group, under the texts found so far.
    pub(super) fn instantiate(&self, group: &Group) -> Vec<Instance> {
        let known = Interpretation {
            texts: self.texts.iter().map(|text| text.clone().unwrap_or_default()).collect(),
            ..Interpretation::default()
        };
        let about = self.templates.iter().filter(|entry| group.members.contains(&entry.0));
        about
            .filter_map(|(_, literal)| match self.formula.terms.atom(literal.atom) {
                Some(Atom::MatchesTemplate { parts, ignore_case, form, .. }) => {
                    let builder = known.template(parts, *ignore_case, *form);
                    let nothing = || Language::one_of(Vec::new());
                    let language = builder.map_or_else(nothing, LanguageBuilder::build);
                    let reasons =
                        self.fixing(parts).map(|fixing| fixing.into_iter().chain([*literal]).collect());
                    Some(Instance { language, positive: literal.positive, reasons })
                }
                _ => None,
            })
            .collect()
    }

    /// Languages that hold the texts of this group whatever the values in their templates are: each value is any text of
    /// one language that it must be in.
    pub(super) fn relax(&self, group: &Group) -> Vec<Instance> {
        let about = self
            .templates
            .iter()
            .filter(|(attribute, literal)| literal.positive && group.members.contains(attribute));
        about
            .filter_map(|(_, literal)| match self.formula.terms.atom(literal.atom) {
                Some(Atom::MatchesTemplate { parts, ignore_case, form, .. }) => {
                    let mut reasons = vec![*literal];
                    let language = relaxed(parts, *ignore_case, *form, |attribute| {
                        let (language, reason) = self.language_of(attribute)?;
                        reasons.extend(reason);
                        Some(language.clone())
                    });
                    Some(Instance { language, positive: true, reasons: Some(reasons) })
                }
                _ => None,
            })
            .collect()
    }

    /// A language that the attribute's text must be in, and the literal that says so; none for its domain.
    fn language_of(&self, attribute: Attribute) -> Option<(&Language, Option<Literal>)> {
        let formula = self.formula;
        let asked = self.by_attribute.get(&attribute).into_iter().flatten().find_map(|literal| match formula
            .terms
            .atom(literal.atom)
        {
            Some(Atom::Matches(_, language)) if literal.positive => {
                Some((formula.languages.get(*language)?, Some(*literal)))
            }
            _ => None,
        });
        asked.or_else(|| match formula.domain(attribute) {
            Domain::Text(Some(language)) => Some((formula.languages.get(language)?, None)),
            Domain::Text(None) | Domain::Number | Domain::Instant | Domain::Address => None,
        })
    }

    /// The literals that leave the values in `parts` no other text than they have; none if they may have others.
    fn fixing(&self, parts: &[TemplatePart]) -> Option<Vec<Literal>> {
        let values = parts.iter().filter_map(|part| match part {
            TemplatePart::Value(attribute) => Some(attribute),
            TemplatePart::Pattern(_) | TemplatePart::Literal(_) => None,
        });
        values
            .map(|attribute| {
                let text = self.texts.get(attribute.0 as usize)?.as_ref()?;
                let literals = self.by_attribute.get(attribute)?;
                literals.iter().copied().find(|literal| self.exact_text(*literal).as_ref() == Some(text))
            })
            .collect()
    }
}
