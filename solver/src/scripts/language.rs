//! Languages as regular expressions of SMT-LIB.

use std::collections::BTreeSet;

use ringfence_kernel::{Language, Part};

use super::alphabet::{Alphabet, quoted_character};

/// The regular expression of the texts in `language`.
pub(super) fn expression(language: &Language, alphabet: &Alphabet) -> String {
    let mut operands: Vec<String> = Vec::new();
    let mut text = String::new();
    let flush = |text: &mut String, operands: &mut Vec<String>| {
        if !text.is_empty() {
            operands.push(exactly(text, alphabet));
            text.clear();
        }
    };
    for part in &language.parts {
        if let Part::Text(more) = part {
            text.push_str(more);
            continue;
        }
        flush(&mut text, &mut operands);
        operands.push(match part {
            Part::Text(_) => continue,
            Part::One(ranges) => one(ranges, alphabet),
            Part::Star(ranges) => {
                let one = one(ranges, alphabet);
                if one == ANY_CHARACTER { "re.all".to_owned() } else { format!("(re.* {one})") }
            }
            Part::Alternatives(texts) => {
                let texts: BTreeSet<&str> = texts.iter().map(String::as_str).collect();
                alternatives(&texts.into_iter().collect::<Vec<_>>(), alphabet)
            }
            Part::Choice(languages) => {
                let options = languages.iter().map(|language| expression(language, alphabet));
                union(&options.collect::<Vec<_>>())
            }
        });
    }
    flush(&mut text, &mut operands);
    match operands.as_slice() {
        [] => exactly("", alphabet),
        [only] => only.clone(),
        _ => format!("(re.++ {})", operands.join(" ")),
    }
}

/// The only text of the language, where it is written so that this is plain.
pub(super) fn single_text(language: &Language) -> Option<String> {
    let texts = language.parts.iter().map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        Part::Alternatives(texts) => match texts.as_slice() {
            [only] => Some(only.as_str()),
            _ => None,
        },
        Part::One(_) | Part::Star(_) | Part::Choice(_) => None,
    });
    texts.collect()
}

/// That the text of the term is in the language: in the plainest words that say so, since solvers know more about
/// texts than about expressions.
pub(super) fn membership(term: &str, language: &Language, alphabet: &Alphabet) -> String {
    if let Some(texts) = few_texts(language) {
        let equal = |text: &String| format!("(= {term} {})", alphabet.quoted(text));
        return match texts.iter().map(equal).collect::<Vec<_>>().as_slice() {
            [] => "false".to_owned(),
            [only] => only.clone(),
            several => format!("(or {})", several.join(" ")),
        };
    }
    let parts: Vec<Part> = joined(language);
    match parts.as_slice() {
        [all] if is_anything(all) => "true".to_owned(),
        [Part::Text(text), all] if is_anything(all) => {
            format!("(str.prefixof {} {term})", alphabet.quoted(text))
        }
        [all, Part::Text(text)] if is_anything(all) => {
            format!("(str.suffixof {} {term})", alphabet.quoted(text))
        }
        [all, Part::Text(text), rest] if is_anything(all) && is_anything(rest) => {
            format!("(str.contains {term} {})", alphabet.quoted(text))
        }
        _ => format!("(str.in_re {term} {})", expression(language, alphabet)),
    }
}

/// The texts of the language, if they are few and it is written so that they are plain.
fn few_texts(language: &Language) -> Option<Vec<String>> {
    let mut texts = vec![String::new()];
    for part in &language.parts {
        match part {
            Part::Text(more) => texts.iter_mut().for_each(|text| text.push_str(more)),
            Part::Alternatives(options) => {
                if texts.len().saturating_mul(options.len()) > FEW {
                    return None;
                }
                let with =
                    |text: &String| options.iter().map(|more| format!("{text}{more}")).collect::<Vec<_>>();
                texts = texts.iter().flat_map(with).collect();
            }
            Part::One(_) | Part::Star(_) | Part::Choice(_) => return None,
        }
    }
    Some(texts)
}

/// Texts that are written one by one.
const FEW: usize = 128;

/// The parts, with texts that follow each other as one.
fn joined(language: &Language) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for part in &language.parts {
        match (parts.last_mut(), part) {
            (Some(Part::Text(text)), Part::Text(more)) => text.push_str(more),
            (_, part) => parts.push(part.clone()),
        }
    }
    parts
}

fn is_anything(part: &Part) -> bool {
    matches!(part, Part::Star(ranges) if ranges.as_slice() == [(0, LAST)])
}

/// The last character.
const LAST: u32 = 0x10_FFFF;

/// One of the texts, which ascend, as a tree: what several begin with is written once. Solvers that take derivatives of
/// expressions otherwise carry all alternatives along.
fn alternatives(texts: &[&str], alphabet: &Alphabet) -> String {
    let (first, last) = match texts {
        [] => return union(&[]),
        [only] => return exactly(only, alphabet),
        [first, .., last] => (*first, *last),
    };
    // Of ascending texts the first and the last differ first.
    let same = first.chars().zip(last.chars()).take_while(|(left, right)| left == right);
    let common: usize = same.map(|(character, _)| character.len_utf8()).sum();
    let rests: Vec<&str> = texts.iter().filter_map(|text| text.get(common..)).collect();
    let groups = rests.chunk_by(|left, right| left.chars().next() == right.chars().next());
    let rest = union(&groups.map(|group| alternatives(group, alphabet)).collect::<Vec<_>>());
    let before = first.get(..common).unwrap_or_default();
    if before.is_empty() { rest } else { format!("(re.++ {} {rest})", exactly(before, alphabet)) }
}

const ANY_CHARACTER: &str = "re.allchar";

fn exactly(text: &str, alphabet: &Alphabet) -> String {
    format!("(str.to_re {})", alphabet.quoted(text))
}

/// One character of the ranges.
fn one(ranges: &[(u32, u32)], alphabet: &Alphabet) -> String {
    let ranges = alphabet.ranges(ranges);
    if Alphabet::is_all(&ranges) {
        return ANY_CHARACTER.to_owned();
    }
    let range = |(low, high): &(u32, u32)| {
        if low == high {
            format!("(str.to_re {})", quoted_character(*low))
        } else {
            format!("(re.range {} {})", quoted_character(*low), quoted_character(*high))
        }
    };
    union(&ranges.iter().map(range).collect::<Vec<_>>())
}

fn union(operands: &[String]) -> String {
    match operands {
        [] => "re.none".to_owned(),
        [only] => only.clone(),
        _ => format!("(re.union {})", operands.join(" ")),
    }
}
