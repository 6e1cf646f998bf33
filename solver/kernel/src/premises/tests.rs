//! What the texts that are known say of other literals.

use crate::automaton::Automaton;
use crate::check::tests::{ACCEPTED, NO_CONFLICT, claim, judge, text};
use crate::claim::{Atom, ClosedSet, Comparison, Kind, Reason, TemplateForm, TemplatePart};
use crate::language::Part;
use crate::lemma::components;
use crate::rejection::LemmaFault;

#[test]
fn a_value_in_a_pattern_may_be_any_that_it_can_be() {
    let template = |ignore_case, form, pattern: &str| Atom::Template {
        attribute: 0,
        parts: vec![TemplatePart::Pattern(pattern.to_owned()), TemplatePart::Value(6)],
        ignore_case,
        form,
    };
    let atoms = vec![
        template(false, TemplateForm::Pattern, "a/"),
        template(true, TemplateForm::Pattern, "a/"),
        template(false, TemplateForm::Arn, "a/"),
        Atom::Matches(0, 0),
        Atom::Matches(0, 1),
        Atom::Matches(6, 2),
        Atom::Matches(0, 3),
    ];
    let languages = vec![
        vec![text("c")],
        vec![text("a/c")],
        vec![Part::One(vec![(u32::from('b'), u32::from('b'))])],
        vec![text("a/B")],
    ];
    let claim = claim(languages, atoms);
    // The text and the pattern, read side by side up to `length` characters; `value` is the state before the value.
    let read = |length: usize, value: &[usize]| {
        let texts: Vec<Vec<usize>> = (0..=length).map(|place| vec![place]).collect();
        let mut patterns = texts.clone();
        if length == 2 {
            patterns[2] = value.to_vec();
        }
        let product = (1..=length + 1).flat_map(|place| [place, place]).collect();
        Reason::Text(ClosedSet {
            attribute: 0,
            components: vec![0, 1],
            states: vec![texts, patterns],
            product,
        })
    };
    // `c` does not begin as the pattern does, whatever the value is; that the pattern does not match says nothing.
    assert_eq!(judge(&claim, &[-4, -1], read(0, &[])), ACCEPTED);
    assert_eq!(judge(&claim, &[-4, 1], read(0, &[])), Err(LemmaFault::OpenValue));
    // `a/c` is `a/` and a value, unless the value is `b`.
    assert_eq!(judge(&claim, &[-5, -1, -6], read(2, &[2])), ACCEPTED);
    assert_eq!(judge(&claim, &[-5, -1, 6], read(2, &[2, 3])), Err(LemmaFault::NotClosed));
    assert_eq!(judge(&claim, &[-5, -1, 6], read(2, &[2])), Err(LemmaFault::NotClosed));
    assert_eq!(judge(&claim, &[-5, -1], read(2, &[2, 3])), Err(LemmaFault::NotClosed));
    // Where letter case does not count, `a/B` is `a/` and the value `b`.
    assert_eq!(judge(&claim, &[-7, -1, -6], read(2, &[2])), ACCEPTED);
    assert_eq!(judge(&claim, &[-7, -2, -6], read(2, &[2, 3])), Err(LemmaFault::NotClosed));
    // A value may hold the colons of an ARN.
    assert_eq!(judge(&claim, &[-5, -3], read(2, &[2, 3])), Err(LemmaFault::NotClosed));
    assert_eq!(judge(&claim, &[-4, -3], read(0, &[])), ACCEPTED);
}

#[test]
fn the_only_text_decides_other_literals() {
    let template = |ignore_case, form, pattern: &str| Atom::Template {
        attribute: 0,
        parts: vec![TemplatePart::Pattern(pattern.to_owned()), TemplatePart::Value(6)],
        ignore_case,
        form,
    };
    let arn = || vec![text("arn:aws:iam::1:role/x")];
    let atoms = vec![
        Atom::Matches(0, 0),
        Atom::Matches(6, 1),
        template(false, TemplateForm::Pattern, "arn:*/"),
        template(false, TemplateForm::Text, "arn:*/"),
        template(true, TemplateForm::Pattern, "ARN:*/"),
        template(false, TemplateForm::Arn, "arn:*:*:*:*:role/"),
        template(false, TemplateForm::Arn, "arn:*:*/"),
        Atom::Reads(0, Kind::Number),
        Atom::Reads(0, Kind::Address),
        Atom::Compares(1, Kind::Number, Comparison::Less, "5".to_owned()),
        Atom::Matches(1, 2),
        Atom::Within(4, "10.0.0.0/8".to_owned()),
        Atom::Matches(4, 3),
    ];
    let claim = claim(vec![arn(), vec![text("x")], vec![text("5")], vec![text("10.0.0.1")]], atoms);
    for (clause, expected) in [
        (vec![-1, -2, 3], ACCEPTED),
        (vec![-1, -2, -3], NO_CONFLICT),
        (vec![-1, 3], NO_CONFLICT),
        (vec![-2, 3], NO_CONFLICT),
        (vec![-1, -2, -4], ACCEPTED),
        (vec![-1, -2, 4], NO_CONFLICT),
        (vec![-1, -2, 5], ACCEPTED),
        (vec![-1, -2, 6], ACCEPTED),
        (vec![-1, -2, -7], ACCEPTED),
        (vec![-1, -8], ACCEPTED),
        (vec![-1, 8], NO_CONFLICT),
        (vec![-1, -9], ACCEPTED),
        (vec![-11, -10], ACCEPTED),
        (vec![-11, 10], NO_CONFLICT),
        (vec![-13, 12], ACCEPTED),
        (vec![-13, -12], NO_CONFLICT),
        // Attribute 5 is the text of language 0, which is no lemma about others.
        (vec![1], NO_CONFLICT),
    ] {
        assert_eq!(judge(&claim, &clause, Reason::Constants), expected, "{clause:?}");
    }
}

#[test]
fn what_is_known_of_a_value_goes_into_the_pattern() {
    let with = |value| Atom::Template {
        attribute: 0,
        parts: vec![TemplatePart::Literal("a/".to_owned()), TemplatePart::Value(value)],
        ignore_case: false,
        form: TemplateForm::Pattern,
    };
    let letters = |low: char, high: char| vec![Part::One(vec![(u32::from(low), u32::from(high))])];
    let atoms = vec![with(5), with(6), Atom::Matches(6, 1), Atom::Matches(6, 2), Atom::Equal(5, 6)];
    // Which of `a/x`, `a/y` and `a/z` match; the domain of 5 is language 0.
    let matching = |domain: Vec<Part>, clause: &[i32]| {
        let claim = claim(vec![domain, letters('x', 'y'), vec![text("x")]], atoms.clone());
        let found = components(&claim, clause, 0, &[0])?;
        assert_eq!(found[0].inside, clause[0] < 0);
        let mut automaton = Automaton::new(&found[0].language);
        Ok(["a/x", "a/y", "a/z"].map(|text| automaton.accepts(text)))
    };
    let domain = || letters('x', 'y');
    assert_eq!(matching(domain(), &[-1]), Ok([true, true, false]));
    assert_eq!(matching(domain(), &[-2]), Ok([true, true, true]));
    assert_eq!(matching(domain(), &[-2, -3]), Ok([true, true, false]));
    assert_eq!(matching(domain(), &[-2, 3]), Ok([true, true, true]));
    assert_eq!(matching(domain(), &[-2, -3, -4]), Ok([true, false, false]));
    assert_eq!(matching(domain(), &[-2, 4]), Ok([true, true, true]));
    assert_eq!(matching(letters('z', 'z'), &[-1, -3]), Ok([false, false, true]));
    // That it does not match says something only where the value is one text.
    assert_eq!(matching(domain(), &[1]), Err(LemmaFault::OpenValue));
    assert_eq!(matching(domain(), &[2, -3]), Err(LemmaFault::OpenValue));
    assert_eq!(matching(domain(), &[2, 4]), Err(LemmaFault::OpenValue));
    assert_eq!(matching(domain(), &[2, -3, -4]), Ok([true, false, false]));
    assert_eq!(matching(vec![text("z")], &[1]), Ok([false, false, true]));
    assert_eq!(matching(vec![text("z")], &[2]), Err(LemmaFault::OpenValue));
    assert_eq!(matching(vec![text("z")], &[2, -5]), Ok([false, false, true]));
    assert_eq!(matching(vec![text("z")], &[2, 5]), Err(LemmaFault::OpenValue));
}

/// Whether the atom is shown to hold, or not to, of a request in which attribute 0 has the first text and attribute 6 the
/// second, or any if there is none.
fn decided(first: Option<&str>, second: Option<&str>, atom: Atom) -> Option<bool> {
    let languages =
        [first, second].map(|known| known.map_or(vec![Part::Star(Vec::new())], |known| vec![text(known)]));
    let claim = claim(languages.into(), vec![Atom::Matches(0, 0), Atom::Matches(6, 1), atom]);
    let (must_hold, cannot) =
        (judge(&claim, &[-1, -2, 3], Reason::Constants), judge(&claim, &[-1, -2, -3], Reason::Constants));
    match (must_hold, cannot) {
        (Ok(()), Err(LemmaFault::NoConflict)) => Some(true),
        (Err(LemmaFault::NoConflict), Ok(())) => Some(false),
        (Err(LemmaFault::NoConflict), Err(LemmaFault::NoConflict)) => None,
        other => panic!("{first:?} {second:?}: {other:?}"),
    }
}

#[test]
fn a_known_text_compares_as_it_reads() {
    use Comparison::{AtMost, Equal, Less};
    let number =
        |comparison, constant: &str| Atom::Compares(0, Kind::Number, comparison, constant.to_owned());
    for (written, constant, less, at_most, equal) in [
        ("4.999", "5", true, true, false),
        ("5.0", "5", false, true, true),
        ("5.001", "5", false, false, false),
        ("-6", "5", true, true, false),
        ("five", "5", false, false, false),
        ("", "5", false, false, false),
        ("2026-01-01", "5", false, false, false),
    ] {
        for (comparison, expected) in [(Less, less), (AtMost, at_most), (Equal, equal)] {
            let found = decided(Some(written), None, number(comparison, constant));
            assert_eq!(found, Some(expected), "{written} {comparison:?} {constant}");
        }
    }
    for comparison in [Less, AtMost, Equal] {
        // More digits than are counted with, and no text at all.
        assert_eq!(decided(Some("1e30"), None, number(comparison, "5")), None);
        assert_eq!(decided(Some("5"), None, number(comparison, "1e30")), None);
        assert_eq!(decided(Some("5"), None, number(comparison, "five")), None);
        assert_eq!(decided(None, Some("5"), number(comparison, "5")), None);
        // As an instant a date compares, and as an address nothing does.
        let of_kind = |kind| Atom::Compares(0, kind, comparison, "0".to_owned());
        assert_eq!(decided(Some("1970-01-01"), None, of_kind(Kind::Instant)), Some(comparison != Less));
        assert_eq!(decided(Some("0"), None, of_kind(Kind::Address)), Some(false));
        assert_eq!(decided(Some("::"), None, of_kind(Kind::Address)), Some(false));
    }
}

#[test]
fn known_instants_are_within_seconds_of_each_other() {
    let (day, next) = ("2026-01-01", "2026-01-02T00:00:00Z");
    for (early, late, seconds, expected) in [
        (day, next, "0", Some(true)),
        (day, next, "-86400", Some(true)),
        (day, next, "-86400.5", Some(false)),
        (next, day, "86399", Some(false)),
        (next, day, "86400", Some(true)),
        (day, day, "0", Some(true)),
        ("soon", day, "0", Some(false)),
        (day, "soon", "0", Some(false)),
        (day, "1.5", "0", Some(false)),
        // With more digits than are counted with.
        (day, "2026-01-02T00:00:00.0000000000000000001Z", "0", None),
        (day, next, "1e30", None),
        (day, next, "soon", None),
    ] {
        let atom = Atom::InstantsWithin(0, 6, seconds.to_owned());
        assert_eq!(decided(Some(early), Some(late), atom), expected, "{early} {late} {seconds}");
    }
    for (early, late) in [(Some(day), None), (None, Some(next)), (Some("soon"), None), (None, Some("soon"))] {
        assert_eq!(
            decided(early, late, Atom::InstantsWithin(0, 6, "0".to_owned())),
            None,
            "{early:?} {late:?}"
        );
    }
}

#[test]
fn a_known_address_is_within_a_prefix_of_its_family() {
    for (written, prefix, expected) in [
        ("10.0.0.0", "10.0.0.0/31", Some(true)),
        ("10.0.0.1", "10.0.0.0/31", Some(true)),
        ("10.0.0.2", "10.0.0.0/31", Some(false)),
        ("9.255.255.255", "10.0.0.0/31", Some(false)),
        // The same bits, in the other family.
        ("::a00:1", "10.0.0.0/31", Some(false)),
        ("10.0.0.1", "::a00:0/127", Some(false)),
        ("::a00:1", "::a00:0/127", Some(true)),
        ("010.0.0.1", "10.0.0.0/31", Some(false)),
        ("ten", "0.0.0.0/0", Some(false)),
        ("10.0.0.1", "10.0.0.0/33", None),
        ("10.0.0.1", "10.0.0.1", None),
    ] {
        let found = decided(Some(written), None, Atom::Within(0, prefix.to_owned()));
        assert_eq!(found, expected, "{written} within {prefix}");
    }
    assert_eq!(decided(None, Some("10.0.0.1"), Atom::Within(0, "10.0.0.0/8".to_owned())), None);
}

#[test]
fn a_known_text_reads_or_not() {
    for (written, number, instant, address) in [
        ("5", true, true, false),
        ("5.5", true, false, false),
        ("2026-01-01", false, true, false),
        ("1e30", true, false, false),
        ("2026-01-01T00:00:00.0000000000000000001Z", false, true, false),
        ("::1", false, false, true),
        ("192.0.2.1", false, false, true),
        ("x", false, false, false),
    ] {
        for (kind, expected) in [(Kind::Number, number), (Kind::Instant, instant), (Kind::Address, address)] {
            assert_eq!(
                decided(Some(written), None, Atom::Reads(0, kind)),
                Some(expected),
                "{written} {kind:?}"
            );
        }
    }
}

#[test]
fn a_language_of_one_text_is_that_text() {
    let one_of = |texts: &[&str]| Part::Alternatives(texts.iter().map(|text| (*text).to_owned()).collect());
    let atoms = vec![Atom::Matches(0, 0), Atom::Reads(0, Kind::Number)];
    for (parts, number, none) in [
        (vec![text("5"), one_of(&["0"])], ACCEPTED, NO_CONFLICT),
        (vec![text("5"), one_of(&["x"])], NO_CONFLICT, ACCEPTED),
        // Of several or none nothing is told here, though they are all numbers.
        (vec![text("5"), one_of(&["0", "1"])], NO_CONFLICT, NO_CONFLICT),
        (vec![text("5"), one_of(&[])], NO_CONFLICT, NO_CONFLICT),
        (vec![Part::One(vec![(0x35, 0x35)])], NO_CONFLICT, NO_CONFLICT),
        (vec![text("5"), Part::Star(vec![(0x30, 0x30)])], NO_CONFLICT, NO_CONFLICT),
    ] {
        let claim = claim(vec![parts], atoms.clone());
        assert_eq!(judge(&claim, &[-1, 2], Reason::Constants), number, "{:?}", claim.languages);
        assert_eq!(judge(&claim, &[-1, -2], Reason::Constants), none, "{:?}", claim.languages);
    }
}
