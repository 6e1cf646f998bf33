//! The wildcard theory against all short texts over a small alphabet, with a matcher of its own.

use std::cell::{Cell, RefCell};

use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::Strategy;
use ringfence_solver::wildcard::{Language, TextDecision, Theory};

use crate::random;

const ALPHABET: [char; 4] = ['a', 'b', ':', 'c'];
const LONGEST: usize = 6;

/// All texts of at most [`LONGEST`] characters, shorter ones first.
fn texts() -> Vec<String> {
    let mut all = vec![String::new()];
    let mut start = 0;
    for _ in 0..LONGEST {
        let end = all.len();
        for index in start..end {
            for character in ALPHABET {
                all.push(format!("{}{character}", all[index]));
            }
        }
        start = end;
    }
    all
}

fn matches(pattern: &[u8], text: &[u8], fold: bool) -> bool {
    match (pattern.first(), text.first()) {
        (None, None) => true,
        (Some(b'*'), _) => {
            matches(&pattern[1..], text, fold) || (!text.is_empty() && matches(pattern, &text[1..], fold))
        }
        (Some(wanted), Some(found)) => {
            let same = if fold { wanted.eq_ignore_ascii_case(found) } else { wanted == found };
            (*wanted == b'?' || same) && matches(&pattern[1..], &text[1..], fold)
        }
        _ => false,
    }
}

/// Patterns of up to five characters, some of them matched whatever the letter case.
fn patterns(most: usize) -> impl Strategy<Value = Vec<(String, bool)>> {
    let characters = vec(select(vec!['*', 'a', 'b', '?', ':', 'A', '*']), 0..6);
    let pattern = (characters, proptest::bool::weighted(0.2))
        .prop_map(|(characters, fold)| (characters.into_iter().collect::<String>(), fold));
    vec(pattern, 0..most)
}

fn language(pattern: &(String, bool)) -> Language {
    if pattern.1 {
        let mut builder = ringfence_solver::wildcard::LanguageBuilder::new();
        let any = ringfence_solver::wildcard::character::CharacterSet::any();
        builder.glob_ignoring_case(&pattern.0, &any);
        return builder.build();
    }
    Language::glob(&pattern.0)
}

fn fits(text: &str, inside: &[&(String, bool)], outside: &[&(String, bool)]) -> bool {
    let accepts = |pattern: &&(String, bool)| matches(pattern.0.as_bytes(), text.as_bytes(), pattern.1);
    inside.iter().all(accepts) && !outside.iter().any(accepts)
}

#[test]
fn decisions_are_those_of_all_short_texts() {
    let texts = texts();
    let theory = RefCell::new(Theory::new(60_000));
    let [found, conflicts]: [Cell<u32>; 2] = Default::default();
    let show = |value: &_| format!("{value:?}");
    random::run("wildcards", 3_000, &(patterns(4), patterns(5)), show, |(inside, outside)| {
        let (within, without): (Vec<_>, Vec<_>) =
            (inside.iter().map(language).collect(), outside.iter().map(language).collect());
        let within: Vec<&Language> = within.iter().collect();
        let without: Vec<&Language> = without.iter().collect();
        let (inside, outside): (Vec<_>, Vec<_>) = (inside.iter().collect(), outside.iter().collect());
        let shortest = texts.iter().find(|text| fits(text, &inside, &outside));
        match theory.borrow_mut().decide(&within, &without) {
            TextDecision::Text(text) => {
                found.set(found.get() + 1);
                if !fits(&text, &inside, &outside) {
                    return Err(format!("{text:?} does not fit"));
                }
                if shortest.is_some_and(|shortest| shortest.chars().count() < text.chars().count()) {
                    return Err(format!("{shortest:?} is shorter than {text:?}"));
                }
            }
            TextDecision::Conflict { inside: some, outside: none } => {
                conflicts.set(conflicts.get() + 1);
                let some: Vec<_> = some.iter().map(|index| inside[*index]).collect();
                let none: Vec<_> = none.iter().map(|index| outside[*index]).collect();
                if let Some(text) = texts.iter().find(|text| fits(text, &some, &none)) {
                    return Err(format!("{text:?} fits what is called a conflict"));
                }
            }
            TextDecision::TooLarge => return Err("too large".to_owned()),
        }
        Ok(())
    });
    let (found, conflicts) = (found.get(), conflicts.get());
    assert!(found > 300 && conflicts > 300, "{found} texts and {conflicts} conflicts say little");
}
