//! A matcher that tries everything, and what the wildcard theory's answers must be beside it.

use ringfence_solver::wildcard::character::CharacterSet;
use ringfence_solver::wildcard::{Language, LanguageBuilder, Relation, TextDecision, Theory};

/// The characters of [`short_texts`]; patterns may hold `A`, `*` and `?` besides.
const ALPHABET: [char; 4] = ['a', 'b', ':', 'c'];

/// A pattern over the characters that [`short_texts`] knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// With `*` for any text and `?` for any character.
    pub text: String,
    /// Whether it matches in any letter case.
    pub ignore_case: bool,
}

impl Pattern {
    fn language(&self) -> Language {
        if !self.ignore_case {
            return Language::glob(&self.text);
        }
        let mut builder = LanguageBuilder::new();
        builder.glob_ignoring_case(&self.text, &CharacterSet::any());
        builder.build()
    }

    fn matches(&self, text: &str) -> bool {
        matches(self.text.as_bytes(), text.as_bytes(), self.ignore_case)
    }
}

fn matches(pattern: &[u8], text: &[u8], ignore_case: bool) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', pattern_rest)), found) => {
            matches(pattern_rest, text, ignore_case)
                || found.is_some_and(|(_, text_rest)| matches(pattern, text_rest, ignore_case))
        }
        (Some((wanted, pattern_rest)), Some((found, text_rest))) => {
            let same = if ignore_case { wanted.eq_ignore_ascii_case(found) } else { wanted == found };
            (*wanted == b'?' || same) && matches(pattern_rest, text_rest, ignore_case)
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// All texts of at most `longest` characters, shorter ones first.
pub fn short_texts(longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..longest {
        last = last.iter().flat_map(|text| ALPHABET.map(|character| format!("{text}{character}"))).collect();
        all.extend(last.iter().cloned());
    }
    all
}

/// What the theory answered, and whether that can be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// A text, which fits, and none of the short ones that fit is shorter.
    Text,
    /// A conflict, which none of the short texts fits.
    Conflict,
    /// It is wrong, or none was given.
    Fault(String),
}

/// What `theory` says of texts that all of `inside` and none of `outside` match, compared with all of `texts`.
pub fn agreement(
    theory: &mut Theory,
    inside: &[Pattern],
    outside: &[Pattern],
    texts: &[String],
) -> Agreement {
    let fits = |text: &str, inside: &[&Pattern], outside: &[&Pattern]| {
        inside.iter().all(|pattern| pattern.matches(text))
            && !outside.iter().any(|pattern| pattern.matches(text))
    };
    let all_inside: Vec<&Pattern> = inside.iter().collect();
    let all_outside: Vec<&Pattern> = outside.iter().collect();
    let languages = |patterns: &[Pattern]| patterns.iter().map(Pattern::language).collect::<Vec<_>>();
    let (within, without) = (languages(inside), languages(outside));
    match theory.decide(&within.iter().collect::<Vec<_>>(), &without.iter().collect::<Vec<_>>()) {
        TextDecision::Text(text) => {
            if !fits(&text, &all_inside, &all_outside) {
                return Agreement::Fault(format!("{text:?} does not fit"));
            }
            let shortest = texts.iter().find(|text| fits(text, &all_inside, &all_outside));
            match shortest.filter(|shortest| shortest.chars().count() < text.chars().count()) {
                Some(shortest) => Agreement::Fault(format!("{shortest:?} is shorter than {text:?}")),
                None => Agreement::Text,
            }
        }
        TextDecision::Conflict { inside: some, outside: none } => {
            let some: Vec<&Pattern> = some.iter().filter_map(|index| inside.get(*index)).collect();
            let none: Vec<&Pattern> = none.iter().filter_map(|index| outside.get(*index)).collect();
            match texts.iter().find(|text| fits(text, &some, &none)) {
                Some(text) => Agreement::Fault(format!("{text:?} fits what is called a conflict")),
                None => Agreement::Conflict,
            }
        }
        TextDecision::TooLarge => Agreement::Fault("too large".to_owned()),
    }
}

/// Whether what `theory` says of two patterns in short, that they share no text or that one is within others, is true of
/// all of `texts` and of what [`Theory::decide`] says at length. Of the languages, the first is said to be disjoint from
/// the second, and to be covered by all but itself.
///
/// # Errors
/// What is wrong.
pub fn short_answers_agree(
    theory: &mut Theory,
    patterns: &[Pattern],
    texts: &[String],
) -> Result<(), String> {
    let languages: Vec<Language> = patterns.iter().map(Pattern::language).collect();
    let ([first, second, ..], [one, other, ..]) = (languages.as_slice(), patterns) else { return Ok(()) };
    let disjoint = theory.are_disjoint(first, second);
    if disjoint != matches!(theory.decide(&[first, second], &[]), TextDecision::Conflict { .. }) {
        return Err(format!("are disjoint: {disjoint}"));
    }
    if disjoint && texts.iter().any(|text| one.matches(text) && other.matches(text)) {
        return Err("they share a text".to_owned());
    }
    let relation = theory.relation(first, second);
    let nothing = |theory: &mut Theory, inside: &[&Language], outside: &[&Language]| {
        matches!(theory.decide(inside, outside), TextDecision::Conflict { .. })
    };
    // What is said of two without a common text is only that.
    let expected = Relation {
        disjoint,
        left_in_right: !disjoint && nothing(theory, &[first], &[second]),
        right_in_left: !disjoint && nothing(theory, &[second], &[first]),
    };
    if relation != expected {
        return Err(format!("{relation:?}, and not {expected:?}"));
    }
    let union: Vec<&Language> = languages.iter().skip(2).collect();
    let covered = theory.is_covered(first, &[second], &union);
    if covered != matches!(theory.decide(&[first, second], &union), TextDecision::Conflict { .. }) {
        return Err(format!("is covered: {covered}"));
    }
    let is_outside = |text: &&String| {
        one.matches(text)
            && other.matches(text)
            && !patterns.iter().skip(2).any(|pattern| pattern.matches(text))
    };
    match texts.iter().find(is_outside) {
        Some(text) if covered => Err(format!("{text:?} is not covered")),
        Some(_) | None => Ok(()),
    }
}
