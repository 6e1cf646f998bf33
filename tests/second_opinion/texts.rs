//! Texts and languages in scripts: what solvers read is what is written, past the last character of SMT-LIB too.

use ringfence_kernel::{Atom, Attribute, Claim, Domain, Language, Part};
use ringfence_solver::scripts::direct;
use ringfence_tests::generator::random::Random;

use super::solvers::{Answer, Limit, Tools, with};
use crate::proofs::languages::accepts;
use crate::proofs::say;

/// Characters that could be taken for something else, or cannot be written.
const CHARACTERS: [char; 30] = [
    'a',
    'u',
    '{',
    '}',
    '0',
    '5',
    'c',
    '"',
    '\\',
    '|',
    ';',
    '(',
    ')',
    ' ',
    '\0',
    '\n',
    '\r',
    '\t',
    '\u{1b}',
    '\u{7f}',
    '\u{80}',
    '\u{e9}',
    '\u{2028}',
    '\u{d7ff}',
    '\u{ffff}',
    '\u{1f600}',
    '\u{2ffff}',
    '\u{30000}',
    '\u{e0041}',
    '\u{10ffff}',
];
const LAST: u32 = 0x10_FFFF;
/// The last that SMT-LIB has.
const END: char = '\u{2ffff}';

fn text(random: &mut Random, characters: &[char], most: usize) -> String {
    (0..random.below(most + 1)).map(|_| characters[random.below(characters.len())]).collect()
}

/// That one text is in all of these languages.
fn claim(languages: Vec<Language>) -> Claim {
    let count = u32::try_from(languages.len()).unwrap();
    Claim {
        format: Claim::FORMAT.to_owned(),
        attributes: vec![Attribute { name: "a\n(check-sat)".to_owned(), domain: Domain::Any }],
        atoms: (0..count).map(|language| Atom::Matches(0, language)).collect(),
        variables: count,
        clauses: (1..=i32::try_from(count).unwrap()).map(|variable| vec![variable]).collect(),
        languages,
    }
}

fn exactly(text: &str) -> Language {
    Language { parts: vec![Part::Text(text.to_owned())] }
}

#[test]
fn solvers_read_the_texts_that_were_written() {
    let Some(tools) = Tools::find() else { return };
    let mut scripts = Vec::new();
    let mut random = Random::new(1);
    let plain: Vec<char> = CHARACTERS.into_iter().filter(|character| *character <= END).collect();
    for _ in 0..300 {
        let text = text(&mut random, &plain, 8);
        let (script, is_exact) = direct(&claim(vec![exactly(&text)]), "0").unwrap();
        assert!(is_exact && script.is_ascii());
        let codes = text.chars().enumerate().map(|(place, character)| {
            format!("(= (str.to_code (str.at text-0 {place})) {})", u32::from(character))
        });
        let codes: String = codes.collect();
        let length = text.chars().count();
        scripts.push(with(&script, &[format!("(not (and true (= (str.len text-0) {length}) {codes}))")]));
    }
    for answers in tools.ask(&scripts, Limit::Long) {
        for (script, answer) in scripts.iter().zip(answers) {
            assert_eq!(answer, Answer::Unsat, "{script}");
        }
    }
}

#[test]
fn texts_are_equal_in_scripts_exactly_if_they_are() {
    let Some(tools) = Tools::find() else { return };
    let mut random = Random::new(2);
    let (mut scripts, mut expected) = (Vec::new(), Vec::new());
    for _ in 0..300 {
        let left = text(&mut random, &CHARACTERS, 3);
        let right = if random.chance(40) { left.clone() } else { text(&mut random, &CHARACTERS, 3) };
        scripts.push(direct(&claim(vec![exactly(&left), exactly(&right)]), "0").unwrap().0);
        expected.push(if left == right { Answer::Sat } else { Answer::Unsat });
    }
    assert!(tools.ask(&scripts, Limit::Long).iter().all(|answers| *answers == expected));
}

fn language(random: &mut Random) -> Language {
    let part = |random: &mut Random| match random.below(6) {
        0 => Part::Text(text(random, &CHARACTERS, 2)),
        1 => Part::Star(vec![(0, LAST)]),
        2 => Part::Alternatives((0..random.below(4)).map(|_| text(random, &CHARACTERS, 2)).collect()),
        kind => {
            let mut bounds: Vec<u32> = (0..4).map(|_| u32::from(random.pick(&CHARACTERS))).collect();
            bounds.sort_unstable();
            bounds.dedup();
            let ranges = bounds.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
            if kind == 3 { Part::One(ranges) } else { Part::Star(ranges) }
        }
    };
    let count = random.between(1, 4);
    Language { parts: (0..count).map(|_| part(random)).collect() }
}

#[test]
fn languages_hold_the_texts_in_scripts_that_their_automata_accept() {
    let Some(tools) = Tools::find() else { return };
    let mut random = Random::new(3);
    let (mut scripts, mut expected) = (Vec::new(), Vec::new());
    for _ in 0..800 {
        let language = language(&mut random);
        let text = text(&mut random, &CHARACTERS, 3);
        let is_in = accepts(&mut ringfence_kernel::Automaton::new(&language), &text);
        let claim = claim(vec![language, exactly(&text)]);
        scripts.push(direct(&claim, "0").unwrap().0);
        expected.push(if is_in { Answer::Sat } else { Answer::Unsat });
    }
    let inside = expected.iter().filter(|answer| **answer == Answer::Sat).count();
    say(&format!("{inside} of {} texts are in their language", expected.len()));
    assert!((80..=720).contains(&inside));
    for answers in tools.ask(&scripts, Limit::Long) {
        for ((script, answer), expected) in scripts.iter().zip(answers).zip(&expected) {
            assert_eq!(answer, *expected, "{script}");
        }
    }
}
