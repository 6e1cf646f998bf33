//! Which languages a lemma may name as those of a text, in pairs: those that the text is known to be in, and no others.

use super::{Component, components};
use crate::automaton::Automaton;
use crate::check::tests::{ACCEPTED, claim, judge, text};
use crate::claim::{Atom, Claim, ClosedSet, Comparison, Kind, Reason};
use crate::language::Language;
use crate::reading;
use crate::rejection::LemmaFault;

const NOT_ABOUT: Result<(), LemmaFault> = Err(LemmaFault::NotAboutTheText);

/// The languages are `a`, `b` and `5`; attribute 5 is a text of the first.
fn tables() -> Claim {
    let below = |attribute| Atom::Compares(attribute, Kind::Number, Comparison::Less, "5".to_owned());
    let atoms = vec![
        Atom::Matches(0, 1),
        Atom::Equal(0, 5),
        Atom::Matches(1, 2),
        below(1),
        below(0),
        Atom::Reads(0, Kind::Number),
        Atom::Matches(0, 2),
        Atom::Within(4, "10.0.0.0/8".to_owned()),
        Atom::Reads(4, Kind::Address),
        Atom::Equal(0, 1),
        Atom::Equal(5, 6),
        Atom::Equal(6, 0),
    ];
    claim(vec![vec![text("a")], vec![text("b")], vec![text("5")]], atoms)
}

/// Judges a set of the starts of two languages, which is closed if they share no first character.
fn starts(claim: &Claim, clause: &[i32], attribute: u32, references: [i32; 2]) -> Result<(), LemmaFault> {
    let start = |found: Component| vec![Automaton::new(&found.language).set(0).to_vec()];
    let states = components(claim, clause, attribute, &references)?.into_iter().map(start).collect();
    let closed = ClosedSet { attribute, components: references.to_vec(), states, product: vec![1, 1] };
    judge(claim, clause, Reason::Text(closed))
}

#[test]
fn a_domain_is_that_of_the_text() {
    let claim = tables();
    // 0 is `b`, and 5 is `a`; 1 is a number, and 0 none unless both are equal.
    for (clause, attribute, references, expected) in [
        (vec![-1], 0, [0, -6], NOT_ABOUT),
        (vec![-1], 5, [0, -6], NOT_ABOUT),
        (vec![-1, 2], 0, [0, -6], NOT_ABOUT),
        (vec![-1, -2], 0, [0, -6], ACCEPTED),
        (vec![-1, -2], 5, [0, -6], ACCEPTED),
        // Equal by way of a third.
        (vec![-1, -11, -12], 0, [0, -6], ACCEPTED),
        (vec![-1, -12, -11], 5, [0, -6], ACCEPTED),
        (vec![-1, -11, 12], 0, [0, -6], NOT_ABOUT),
        (vec![-1, 11, -12], 0, [0, -6], NOT_ABOUT),
        (vec![-1], 0, [0, -2], NOT_ABOUT),
        (vec![-1], 1, [0, -2], NOT_ABOUT),
        (vec![-1, 10], 0, [0, -2], NOT_ABOUT),
        (vec![-1, -10], 0, [0, -2], ACCEPTED),
        (vec![-1, -10], 1, [0, -2], ACCEPTED),
    ] {
        assert_eq!(starts(&claim, &clause, attribute, references), expected, "{clause:?} {attribute}");
        // As whoever writes the certificate would have it: the languages' starts, whether they may be named or not.
        let states = vec![vec![vec![0]], vec![vec![0]]];
        let closed = ClosedSet { attribute, components: references.to_vec(), states, product: vec![1, 1] };
        if expected == NOT_ABOUT {
            assert_eq!(judge(&claim, &clause, Reason::Text(closed)), NOT_ABOUT, "{clause:?} {attribute}");
        }
    }
    // An attribute that no literal is about has its domain nevertheless.
    let of = |attribute, reference| components(&claim, &[-1], attribute, &[reference]);
    let inside = |language| Ok(vec![Component { language, inside: true }]);
    assert_eq!(of(5, -6), inside(claim.languages[0].clone()));
    assert_eq!(of(4, -5), inside(reading::of_kind(Kind::Address)));
    assert_eq!(of(6, -7), Err(LemmaFault::NotAboutTheText));
    assert_eq!(of(7, -8), Err(LemmaFault::NoMeaning));
}

#[test]
fn what_does_not_compare_so_compares_otherwise_where_it_reads_so() {
    let claim = tables();
    let of = |clause: &[i32], attribute| {
        let found = components(&claim, clause, attribute, &[0])?;
        Ok(["4", "6", "b"].map(|text| Automaton::new(&found[0].language).accepts(text) == found[0].inside))
    };
    // 1 is a number: below 5 or not.
    assert_eq!(of(&[-4], 1), Ok([true, false, false]));
    assert_eq!(of(&[4], 1), Ok([false, true, false]));
    assert_eq!(of(&[-4], 0), Err(LemmaFault::NotAboutTheText));
    assert_eq!(of(&[4], 0), Err(LemmaFault::NotAboutTheText));
    // 0 may be none, and is not below 5 then.
    assert_eq!(of(&[-5], 0), Ok([true, false, false]));
    assert_eq!(of(&[5], 0), Err(LemmaFault::NotAboutTheText));
    assert_eq!(of(&[5, 6], 0), Err(LemmaFault::NotAboutTheText));
    assert_eq!(of(&[5, -6], 0), Ok([false, true, false]));
    assert_eq!(of(&[5, -10], 0), Ok([false, true, false]));
    // `b` begins no number that is not below 5, if it is one.
    assert_eq!(starts(&claim, &[-1, 5, -6], 0, [0, 1]), ACCEPTED);
    assert_eq!(starts(&claim, &[-1, 5, 6], 0, [0, 1]), NOT_ABOUT);
    assert_eq!(starts(&claim, &[-1, 5], 0, [0, 1]), NOT_ABOUT);
}

#[test]
fn each_reference_has_its_language_in_order() {
    let claim = tables();
    let of = |place: usize, inside| Component { language: claim.languages[place].clone(), inside };
    assert_eq!(components(&claim, &[-1, 7], 0, &[]), Ok(Vec::new()));
    assert_eq!(
        components(&claim, &[-1, 7], 0, &[1, 0, 1]),
        Ok(vec![of(2, false), of(1, true), of(2, false)])
    );
    let within = crate::address::texts(crate::address::prefix("10.0.0.0/8").unwrap());
    let inside = |language: Language| Component { language, inside: true };
    assert_eq!(
        components(&claim, &[-8, -9], 4, &[1, 0]),
        Ok(vec![inside(reading::of_kind(Kind::Address)), inside(within)])
    );
    // What differs from `a`, which 5 is: on the left or the right of the literal.
    let not_a = Component { language: Language::exactly("a"), inside: false };
    assert_eq!(components(&claim, &[2], 0, &[0]), Ok(vec![not_a.clone()]));
    assert_eq!(components(&claim, &[11], 6, &[0]), Ok(vec![not_a]));
    // What is no address, not within a prefix, equal to what may be several texts, or not there.
    for (clause, attribute, reference, fault) in [
        (vec![9], 4, 0, LemmaFault::NotAboutTheText),
        (vec![8], 4, 0, LemmaFault::NotAboutTheText),
        (vec![-2], 0, 0, LemmaFault::NotAboutTheText),
        (vec![10], 0, 0, LemmaFault::OpenValue),
        (vec![-8], 0, 0, LemmaFault::NotAboutTheText),
        (vec![-9], 0, 0, LemmaFault::NotAboutTheText),
        (vec![11], 0, 0, LemmaFault::NotAboutTheText),
        (vec![-8], 4, 1, LemmaFault::NotAboutTheText),
    ] {
        assert_eq!(components(&claim, &clause, attribute, &[reference]), Err(fault), "{clause:?}");
    }
}

/// The work of a lemma about bounds grows with the cube of how many values it is about.
#[test]
fn a_lemma_bounds_so_many_values_and_no_more() {
    for (count, expected) in [(128_u32, ACCEPTED), (129, Err(LemmaFault::NoConflict))] {
        // Each at least a second later than the one before, around a circle.
        let within = |early| Atom::InstantsWithin(early, (early + 1) % count, "-1".to_owned());
        let mut claim = claim(vec![Vec::new()], (0..count).map(within).collect());
        let instant = claim.attributes[2].clone();
        claim.attributes = (0..count).map(|_| instant.clone()).collect();
        let clause: Vec<i32> = (1..=i32::try_from(count).unwrap()).map(|literal| -literal).collect();
        assert_eq!(judge(&claim, &clause, Reason::Bounds), expected, "{count}");
    }
}
