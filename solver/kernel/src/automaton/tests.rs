//! Languages of each kind of part, with the texts that are in them beside near-copies that are not.

use super::Automaton;
use crate::language::{LAST, Language, Part};

fn text(text: &str) -> Part {
    Part::Text(text.to_owned())
}

fn one_of(texts: &[&str]) -> Part {
    Part::Alternatives(texts.iter().map(|text| (*text).to_owned()).collect())
}

fn choice(options: &[&[Part]]) -> Part {
    Part::Choice(options.iter().map(|parts| Language { parts: parts.to_vec() }).collect())
}

/// The characters of a range.
fn range(low: char, high: char) -> Vec<(u32, u32)> {
    vec![(u32::from(low), u32::from(high))]
}

#[test]
fn texts_are_of_the_parts_in_their_order() {
    let star = || Part::Star(range('a', 'c'));
    for (parts, inside, outside) in [
        (vec![], vec![""], vec!["a"]),
        (vec![text("ab"), text("c")], vec!["abc"], vec!["", "ab", "cab", "abcc"]),
        (vec![Part::One(range('b', 'd'))], vec!["b", "c", "d"], vec!["", "a", "e", "bb"]),
        (vec![Part::One(vec![(0, LAST)])], vec!["\0", "\u{10FFFF}"], vec!["", "ab"]),
        (vec![star()], vec!["", "a", "cab"], vec!["d", "abd", "dab"]),
        (vec![text("x"), star(), text("y")], vec!["xy", "xaby"], vec!["x", "xxy", "axy", "xyy", "xya"]),
        // What repeats is the star, and neither what is before it nor what follows.
        (vec![star(), Part::Star(range('x', 'x'))], vec!["", "ab", "abxx", "x"], vec!["xa", "axa"]),
        (vec![star(), one_of(&["ab", "ac"])], vec!["ab", "aab", "ccac"], vec!["", "a", "aba", "abca", "x"]),
        (vec![star(), choice(&[&[text("x")], &[star()]])], vec!["", "abx", "ab"], vec!["xa", "xx"]),
        (vec![one_of(&["", "a"]), text("b")], vec!["b", "ab"], vec!["", "a", "aab", "bb"]),
        (vec![one_of(&["ab", "abc", "b"])], vec!["ab", "abc", "b"], vec!["", "a", "bc", "abb"]),
        (vec![one_of(&[])], vec![], vec!["", "a"]),
        (vec![text("a"), one_of(&[]), text("b")], vec![], vec!["ab", "a", "b"]),
        (vec![choice(&[&[text("a"), star()], &[]]), text("d")], vec!["d", "ad", "abcd"], vec!["", "bd", "a"]),
        (vec![choice(&[])], vec![], vec!["", "a"]),
        // Ranges that begin, end or lie within each other, and one of no character.
        (
            vec![
                Part::Star(vec![(0, 0x61)]),
                Part::One(vec![(0, 0x62)]),
                Part::One(vec![(0x61, 0x61), (0x63, 0x62)]),
            ],
            vec!["aa", "ba", "a\0aba"],
            vec!["a", "bba", "ab", "ac", "ca"],
        ),
    ] {
        let mut automaton = Automaton::new(&Language { parts: parts.clone() });
        for (texts, is_in) in [(inside, true), (outside, false)] {
            for text in texts {
                assert_eq!(automaton.accepts(text), is_in, "{text} in {parts:?}");
            }
        }
    }
}

#[test]
fn a_state_is_total_where_nothing_leads_out_of_the_language_any_more() {
    for (parts, state_after, is_total) in [
        (vec![Part::Star(vec![(0, LAST)])], "", true),
        (vec![text("a"), Part::Star(vec![(0, LAST)])], "a", true),
        (vec![text("a"), Part::Star(vec![(0, LAST)])], "", false),
        (vec![text("a"), Part::Star(vec![(0, LAST - 1)])], "a", false),
        (vec![text("a"), Part::Star(vec![(1, LAST)])], "a", false),
        (vec![Part::Star(vec![(0, LAST)]), text("a")], "a", false),
        (vec![text("a")], "a", false),
        (vec![Part::Star(vec![(0, LAST)]), one_of(&["a"])], "a", false),
    ] {
        let mut automaton = Automaton::new(&Language { parts: parts.clone() });
        let state = state_after.chars().map(u32::from).fold(0, |state, character| {
            let edges = automaton.transitions(state);
            edges.iter().find(|edge| (edge.0..=edge.1).contains(&character)).unwrap().2
        });
        assert_eq!(automaton.is_total(state), is_total, "{parts:?} after {state_after}");
    }
}
