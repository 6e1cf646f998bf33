use std::collections::BTreeSet;

use super::{Combinations, Next, Size, Space};
use crate::decimal::Decimal;
use crate::formula::{Domain, Formula, Layer, Restriction};
use crate::interpretation::Interpretation;
use crate::term::{Atom, Comparison, Prefix, Term};
use crate::text::parse_address;
use crate::wildcard::{Language, Theory};

/// The claim that not all of `parts` can hold where `background` does.
fn claim(mut formula: Formula, parts: Vec<Term>, background: Vec<Term>) -> Formula {
    for term in background {
        formula.assert(term);
    }
    let required = formula.terms.and(parts);
    formula.restrict(Restriction::Layer(Layer::Identity), required);
    formula
}

/// All combinations, each once; the size must be told alike.
fn all(formula: &Formula) -> Vec<Interpretation> {
    let mut theory = Theory::new(60_000);
    let space = Space::new(formula, &[0], None);
    let mut combinations = Combinations::new(&space);
    let mut found = Vec::new();
    loop {
        match combinations.next(&mut theory) {
            Next::Combination(interpretation) => found.push(interpretation),
            Next::End => break,
            other @ (Next::Unbuilt | Next::GaveUp) => panic!("{other:?} after {found:?}"),
        }
    }
    let values = |interpretation: &Interpretation| -> Vec<bool> {
        formula.terms.atoms().map(|(_, atom)| interpretation.atom(formula, atom)).collect()
    };
    let different: BTreeSet<Vec<bool>> = found.iter().map(values).collect();
    assert_eq!(different.len(), found.len());
    assert_eq!(space.size(4_096, u64::MAX, &mut theory), Size::Exactly(found.len()));
    if let Some(fewer) = found.len().checked_sub(1) {
        assert_eq!(space.size(fewer, u64::MAX, &mut theory), Size::More);
    }
    found
}

fn text(formula: &mut Formula, name: &str) -> crate::term::Attribute {
    formula.attribute(name, Domain::Text(None))
}

#[test]
fn free_flags_are_two_each_and_what_is_asserted_of_all_leaves_some_out() {
    let mut formula = Formula::default();
    let flags: Vec<Term> = ["a", "b", "c"].iter().map(|name| formula.flag(name).1).collect();
    assert_eq!(all(&claim(formula.clone(), flags.clone(), Vec::new())).len(), 8);
    let either = formula.terms.or([flags[0], flags[1]]);
    assert_eq!(all(&claim(formula.clone(), flags.clone(), vec![either])).len(), 6);
    let neither = formula.terms.not(either);
    assert_eq!(all(&claim(formula.clone(), flags.clone(), vec![neither, either])).len(), 0);
}

#[test]
fn patterns_of_one_text_go_together_as_texts_do() {
    for (left, right, count) in [
        ("a*", "*b", 4),
        // Whatever starts with `ab` starts with `a`.
        ("a*", "ab*", 3),
        // Nothing starts with both.
        ("a*", "b*", 3),
        ("a?c", "abc", 3),
    ] {
        let mut formula = Formula::default();
        let key = text(&mut formula, "key");
        let parts = [left, right].map(|pattern| formula.matches(key, Language::glob(pattern)));
        let formula = claim(formula, parts.to_vec(), Vec::new());
        assert_eq!(all(&formula).len(), count, "{left} {right}");
    }
}

#[test]
fn texts_that_nothing_ties_are_multiplied_and_equal_ones_are_not() {
    let mut formula = Formula::default();
    let (one, other) = (text(&mut formula, "one"), text(&mut formula, "other"));
    let parts: Vec<Term> = [one, other]
        .into_iter()
        .flat_map(|key| ["a*", "ab*"].map(|pattern| (key, pattern)))
        .map(|(key, pattern)| formula.matches(key, Language::glob(pattern)))
        .collect();
    assert_eq!(all(&claim(formula.clone(), parts.clone(), Vec::new())).len(), 9);
    let equal = formula.terms.from_atom(Atom::Equal(one, other));
    assert_eq!(all(&claim(formula.clone(), parts.clone(), vec![equal])).len(), 3);
    // Where it may hold or not: the three as equal texts, and each pair as different ones.
    let parts = parts.into_iter().chain([equal]).collect();
    assert_eq!(all(&claim(formula, parts, Vec::new())).len(), 12);
}

#[test]
fn choices_have_one_value_and_what_hangs_on_it_is_counted_for_each() {
    let mut formula = Formula::default();
    let choice = formula.choice("check", 3);
    let chosen: Vec<Term> = (0..3).map(|value| formula.chosen(choice, value)).collect();
    assert_eq!(all(&claim(formula.clone(), chosen.clone(), Vec::new())).len(), 3);
    let key = text(&mut formula, "key");
    let [narrow, wide] = ["ab*", "a*"].map(|pattern| formula.matches(key, Language::glob(pattern)));
    let rule = formula.terms.implies(chosen[1], narrow);
    let parts = chosen.iter().copied().chain([wide]).collect();
    // Three each for the first and the third, one for the second.
    assert_eq!(all(&claim(formula, parts, vec![rule])).len(), 7);
}

#[test]
fn numbers_and_addresses_cut_their_range() {
    let mut formula = Formula::default();
    let number = formula.attribute("number", Domain::Number);
    let below = |formula: &mut Formula, limit: i64| {
        formula.number(number, Comparison::Less, &Decimal::from_integer(limit))
    };
    let parts = [5, 10, 20].map(|limit| below(&mut formula, limit)).to_vec();
    assert_eq!(all(&claim(formula, parts, Vec::new())).len(), 4);
    let mut formula = Formula::default();
    let address = formula.attribute("address", Domain::Address);
    let within = |text: &str, length: u8| {
        let (v6, bits) = parse_address(text).unwrap();
        Atom::Within(address, Prefix { v6, bits, length })
    };
    let parts = [within("10.0.0.0", 8), within("10.1.0.0", 16), within("192.0.2.0", 24)];
    let parts = parts.map(|atom| formula.terms.from_atom(atom)).to_vec();
    assert_eq!(all(&claim(formula, parts, Vec::new())).len(), 4);
}

#[test]
fn twelve_free_flags_are_at_the_bound_and_thirteen_beyond_it() {
    for (count, size) in [(12, Size::Exactly(4_096)), (13, Size::More), (40, Size::More)] {
        let mut formula = Formula::default();
        let flags = (0..count).map(|_| formula.flag("flag").1).collect();
        let formula = claim(formula, flags, Vec::new());
        let space = Space::new(&formula, &[0], None);
        assert_eq!(space.size(4_096, u64::MAX, &mut Theory::new(60_000)), size, "{count}");
    }
}
