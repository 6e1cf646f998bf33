//! The wildcard theory against all short texts over a small alphabet, with a matcher of its own.

use std::cell::{Cell, RefCell};

use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::Strategy;
use ringfence_solver::wildcard::Theory;
use ringfence_tests::naive_wildcards::{Agreement, Pattern, agreement, short_answers_agree, short_texts};

use crate::random;

const LONGEST: usize = 6;

/// Patterns of up to five characters, some of them matched whatever the letter case.
fn patterns(most: usize) -> impl Strategy<Value = Vec<Pattern>> {
    let characters = vec(select(vec!['*', 'a', 'b', '?', ':', 'A', '*']), 0..6);
    let pattern = (characters, proptest::bool::weighted(0.2)).prop_map(|(characters, ignore_case)| Pattern {
        text: characters.into_iter().collect(),
        ignore_case,
    });
    vec(pattern, 0..most)
}

/// Each decision of the theory on `cases`, what must match and what must not, against all short texts; of the texts and of
/// the conflicts there must be more than `least`.
fn compare(
    name: &'static str,
    count: u32,
    cases: &impl Strategy<Value = (Vec<Pattern>, Vec<Pattern>)>,
    least: u32,
) {
    let texts = short_texts(LONGEST);
    let theory = RefCell::new(Theory::new(60_000));
    let [found, conflicts]: [Cell<u32>; 2] = Default::default();
    let show = |value: &_| format!("{value:?}");
    random::run(name, count, cases, show, |(inside, outside)| {
        match agreement(&mut theory.borrow_mut(), &inside, &outside, &texts) {
            Agreement::Text => found.set(found.get() + 1),
            Agreement::Conflict => conflicts.set(conflicts.get() + 1),
            Agreement::Fault(fault) => return Err(fault),
        }
        Ok(())
    });
    let (found, conflicts) = (found.get(), conflicts.get());
    assert!(found > least && conflicts > least, "{found} texts and {conflicts} conflicts say little");
}

#[test]
fn decisions_are_those_of_all_short_texts() {
    compare("wildcards", 3_000, &(patterns(4), patterns(5)), 300);
}

/// With many patterns to stay out of, those that cannot matter are set aside first.
#[test]
fn decisions_about_many_patterns_are_those_of_all_short_texts() {
    let many = vec(patterns(5), 3..9).prop_map(|lists| lists.concat());
    compare("many-wildcards", 600, &(patterns(3), many), 50);
}

#[test]
fn short_answers_are_those_of_decisions() {
    let texts = short_texts(LONGEST);
    let theory = RefCell::new(Theory::new(60_000));
    let show = |value: &_| format!("{value:?}");
    random::run("short-answers", 2_000, &patterns(6), show, |patterns| {
        short_answers_agree(&mut theory.borrow_mut(), &patterns, &texts)
    });
}
