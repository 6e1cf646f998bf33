//! Each kind of lemma and step accepted and refused, in pairs.

use super::{MOST_VARIABLES, check, digest, follows};
use crate::claim::{
    Atom, Attribute, Claim, ClosedSet, Comparison, Derivation, Domain, Kind, Lemma, Reason, Step,
};
use crate::language::{LAST, Language, Part};
use crate::lemma::holds;
use crate::rejection::{LemmaFault, Rejection, StepFault};

fn any() -> Vec<(u32, u32)> {
    vec![(0, LAST)]
}

pub(crate) fn text(text: &str) -> Part {
    Part::Text(text.to_owned())
}

/// Attribute 0 is any text, 1 a number, 2 and 3 instants, 4 an address, 5 a text of language 0, 6 any text.
pub(crate) fn claim(languages: Vec<Vec<Part>>, atoms: Vec<Atom>) -> Claim {
    let domains = [
        Domain::Any,
        Domain::Reads(Kind::Number),
        Domain::Reads(Kind::Instant),
        Domain::Reads(Kind::Instant),
        Domain::Reads(Kind::Address),
        Domain::Language(0),
        Domain::Any,
    ];
    Claim {
        format: Claim::FORMAT.to_owned(),
        languages: languages.into_iter().map(|parts| Language { parts }).collect(),
        attributes: domains.map(|domain| Attribute { name: String::new(), domain }).into(),
        variables: u32::try_from(atoms.len()).unwrap() + 2,
        atoms,
        clauses: Vec::new(),
    }
}

pub(crate) fn judge(claim: &Claim, clause: &[i32], reason: Reason) -> Result<(), LemmaFault> {
    holds(claim, &Lemma { clause: clause.to_vec(), reason })
}

pub(crate) const ACCEPTED: Result<(), LemmaFault> = Ok(());
pub(crate) const NO_CONFLICT: Result<(), LemmaFault> = Err(LemmaFault::NoConflict);

/// `b` is in language 0 and not in language 1; both are `b`.
fn same_text() -> (Claim, ClosedSet) {
    let atoms = vec![Atom::Matches(0, 0), Atom::Matches(0, 1), Atom::Matches(6, 1), Atom::Equal(0, 6)];
    let closed = ClosedSet {
        attribute: 0,
        components: vec![0, 1],
        states: vec![vec![vec![0], vec![1]], vec![vec![0], vec![1]]],
        product: vec![1, 1, 2, 2],
    };
    (claim(vec![vec![text("b")], vec![text("b")]], atoms), closed)
}

#[test]
fn a_closed_set_of_states_is_accepted_and_nothing_less() {
    let (claim, closed) = same_text();
    let judge = |clause: &[i32], closed: &ClosedSet| judge(&claim, clause, Reason::Text(closed.clone()));
    assert_eq!(judge(&[-1, 2], &closed), ACCEPTED);
    // The same literals the other way round say other things.
    assert_eq!(judge(&[-1, -2], &closed), Err(LemmaFault::Accepting));
    assert_eq!(judge(&[1, 2], &closed), Err(LemmaFault::Accepting));
    let changed = |change: &dyn Fn(&mut ClosedSet)| {
        let mut closed = closed.clone();
        change(&mut closed);
        judge(&[-1, 2], &closed)
    };
    assert_eq!(changed(&|closed| closed.product.truncate(2)), Err(LemmaFault::NotClosed));
    assert_eq!(changed(&|closed| drop(closed.product.drain(..2))), Err(LemmaFault::NoStart));
    assert_eq!(changed(&|closed| closed.product.clear()), Err(LemmaFault::NoStart));
    assert_eq!(changed(&|closed| closed.product.push(1)), Err(LemmaFault::Malformed));
    assert_eq!(changed(&|closed| closed.product[3] = 3), Err(LemmaFault::Malformed));
    assert_eq!(changed(&|closed| closed.product[3] = 0), Err(LemmaFault::NotClosed));
    assert_eq!(changed(&|closed| closed.states[0][1] = vec![0]), Err(LemmaFault::NotClosed));
    assert_eq!(changed(&|closed| drop(closed.states.pop())), Err(LemmaFault::Malformed));
    assert_eq!(changed(&|closed| closed.components[1] = 2), Err(LemmaFault::NotAboutTheText));
    assert_eq!(changed(&|closed| closed.components[1] = -1), Err(LemmaFault::NotAboutTheText));
    assert_eq!(changed(&|closed| closed.components[1] = i32::MIN), Err(LemmaFault::NoMeaning));
    assert_eq!(changed(&|closed| closed.attribute = 6), Err(LemmaFault::NotAboutTheText));
    // More states than needed do no harm.
    assert_eq!(changed(&|closed| closed.product.extend([2, 1])), Err(LemmaFault::Accepting));
    assert_eq!(changed(&|closed| closed.product.extend([0, 2])), ACCEPTED);
    // In the inner language, and the start of no text of the outer one.
    assert_eq!(changed(&|closed| closed.product.extend([2, 0])), Err(LemmaFault::Accepting));
}

#[test]
fn the_states_are_those_of_the_languages_of_the_claim() {
    for (inner, outer, expected) in [
        (vec![text("b")], vec![text("b")], ACCEPTED),
        (vec![Part::One(vec![(98, 98)])], vec![text("b")], ACCEPTED),
        (vec![Part::One(vec![(98, 99)])], vec![text("b")], Err(LemmaFault::NotClosed)),
        (
            vec![Part::Alternatives(vec!["b".to_owned(), "c".to_owned()])],
            vec![text("b")],
            Err(LemmaFault::NoStart),
        ),
        (vec![text("b"), Part::Star(any())], vec![text("b")], Err(LemmaFault::NotClosed)),
        (vec![text("b")], vec![text("b"), Part::Star(any())], Err(LemmaFault::Accepting)),
        (vec![text("b")], vec![Part::Star(any())], Err(LemmaFault::NoStart)),
        (vec![text("b")], vec![text("c")], Err(LemmaFault::NotClosed)),
        (vec![text("b")], Vec::new(), Err(LemmaFault::NotClosed)),
        (vec![Part::Alternatives(Vec::new())], vec![text("b")], Err(LemmaFault::NoStart)),
    ] {
        let (mut claim, closed) = same_text();
        claim.languages = vec![Language { parts: inner }, Language { parts: outer }];
        assert_eq!(judge(&claim, &[-1, 2], Reason::Text(closed)), expected, "{:?}", claim.languages);
    }
}

#[test]
fn every_character_counts() {
    // Any two characters but the last one, outside of the same: only U+10FFFF goes on.
    for (last, expected) in [(LAST, ACCEPTED), (LAST - 1, Err(LemmaFault::NotClosed))] {
        let languages = vec![vec![Part::One(any())], vec![Part::One(vec![(0, last)])]];
        let (mut claim, closed) = same_text();
        claim.languages = languages.into_iter().map(|parts| Language { parts }).collect();
        assert_eq!(judge(&claim, &[-1, 2], Reason::Text(closed)), expected);
    }
    // All texts but the empty one, and that: unless the first or the last character is missing.
    for (low, high, expected) in [
        (0, LAST, ACCEPTED),
        (1, LAST, Err(LemmaFault::NotClosed)),
        (0, LAST - 1, Err(LemmaFault::NotClosed)),
    ] {
        let (mut claim, _) = same_text();
        let (first, empty) = (Part::One(vec![(low, high)]), Part::Alternatives(vec![String::new()]));
        claim.languages =
            vec![Language { parts: vec![first, Part::Star(any())] }, Language { parts: vec![empty] }];
        let states = vec![vec![vec![0]], vec![vec![0, 1, 2]]];
        let closed = ClosedSet { attribute: 0, components: vec![0, 1], states, product: vec![1, 1] };
        assert_eq!(judge(&claim, &[1, 2], Reason::Text(closed)), expected, "{low} {high}");
    }
    // Once a text is in the outer language, it stays so whatever follows, unless that lacks a character.
    for (low, high, expected) in [
        (0, LAST, ACCEPTED),
        (1, LAST, Err(LemmaFault::NotClosed)),
        (0, LAST - 1, Err(LemmaFault::NotClosed)),
    ] {
        let (mut claim, _) = same_text();
        let rest = |low, high| Language { parts: vec![text("b"), Part::Star(vec![(low, high)])] };
        claim.languages = vec![rest(0, LAST), rest(low, high)];
        let states = vec![vec![vec![0]], vec![vec![0]]];
        let closed = ClosedSet { attribute: 0, components: vec![0, 1], states, product: vec![1, 1] };
        assert_eq!(judge(&claim, &[-1, 2], Reason::Text(closed)), expected, "{low} {high}");
    }
}

#[test]
fn equal_attributes_share_a_text_and_others_do_not() {
    let (claim, mut closed) = same_text();
    closed.components = vec![0, 1];
    // 0 matches `b`, 6 does not, and they are equal: the third literal says so.
    assert_eq!(judge(&claim, &[-1, 3, -4], Reason::Text(closed.clone())), ACCEPTED);
    assert_eq!(judge(&claim, &[-1, 3, 4], Reason::Text(closed.clone())), Err(LemmaFault::NotAboutTheText));
    assert_eq!(judge(&claim, &[-1, 3], Reason::Text(closed.clone())), Err(LemmaFault::NotAboutTheText));
    assert_eq!(judge(&claim, &[-1, 3, -4], Reason::Constants), ACCEPTED);
    assert_eq!(judge(&claim, &[-1, 3], Reason::Constants), NO_CONFLICT);
    // 6 is `b`, and 0, which is equal, is in another language; 6 comes after 0.
    assert_eq!(judge(&claim, &[-3, 1, -4], Reason::Constants), ACCEPTED);
    assert_eq!(judge(&claim, &[-3, 1], Reason::Constants), NO_CONFLICT);
    // 0 and 6 are both `b`, and differ.
    assert_eq!(judge(&claim, &[-1, -3, 4], Reason::Constants), ACCEPTED);
    assert_eq!(judge(&claim, &[-1, 4], Reason::Constants), NO_CONFLICT);
    closed.components = vec![0, 1];
    assert_eq!(judge(&claim, &[-1, 4, -3], Reason::Text(closed.clone())), ACCEPTED);
    assert_eq!(judge(&claim, &[-1, 4], Reason::Text(closed)), Err(LemmaFault::OpenValue));
}

#[test]
fn a_domain_is_known_of_its_attribute_alone() {
    let atoms = vec![Atom::Matches(5, 1), Atom::Matches(0, 1), Atom::Matches(1, 1), Atom::Matches(4, 1)];
    let claim = claim(vec![vec![text("a")], vec![text("b")]], atoms);
    let start = |components: Vec<i32>| {
        Reason::Text(ClosedSet {
            attribute: u32::try_from(-1 - components[1]).unwrap(),
            components,
            states: vec![vec![vec![0]], vec![vec![0]]],
            product: vec![1, 1],
        })
    };
    assert_eq!(judge(&claim, &[-1], start(vec![0, -6])), ACCEPTED);
    assert_eq!(judge(&claim, &[-1], Reason::Constants), ACCEPTED);
    assert_eq!(judge(&claim, &[1], Reason::Constants), NO_CONFLICT);
    assert_eq!(judge(&claim, &[-2], start(vec![0, -6])), Err(LemmaFault::NotAboutTheText));
    assert_eq!(judge(&claim, &[-2], Reason::Constants), NO_CONFLICT);
    // Neither a number nor an address is written `b`, but an address may start so.
    let shape = |components: Vec<i32>, kind| {
        let Reason::Text(closed) = start(components) else { panic!("no text") };
        let start = crate::automaton::Automaton::new(&crate::reading::of_kind(kind)).set(0).to_vec();
        Reason::Text(ClosedSet { states: vec![vec![vec![0]], vec![start]], ..closed })
    };
    assert_eq!(judge(&claim, &[-3], shape(vec![0, -2], Kind::Number)), ACCEPTED);
    assert_eq!(judge(&claim, &[-4], shape(vec![0, -5], Kind::Address)), Err(LemmaFault::NotClosed));
    assert_eq!(judge(&claim, &[-4], Reason::Constants), ACCEPTED);
}

fn number(comparison: Comparison, constant: &str) -> Atom {
    Atom::Compares(1, Kind::Number, comparison, constant.to_owned())
}

#[test]
fn bounds_contradict_each_other_or_not() {
    use Comparison::{AtMost, Equal, Less};
    let atoms = vec![
        number(Less, "5"),
        number(AtMost, "5"),
        number(Equal, "5"),
        number(AtMost, "4.999999999999999999"),
        number(Equal, "5e0"),
        number(Less, "1e30"),
        Atom::Reads(1, Kind::Number),
        number(Less, "five"),
    ];
    let claim = claim(vec![Vec::new()], atoms);
    for (clause, expected) in [
        (vec![-1, 2], ACCEPTED),
        (vec![1, -2], NO_CONFLICT),
        // At most 5, not below 5, not 5.
        (vec![-2, 1, 3], ACCEPTED),
        (vec![-2, 3], NO_CONFLICT),
        (vec![1, 3], NO_CONFLICT),
        (vec![-3, -1], ACCEPTED),
        (vec![-3, -2], NO_CONFLICT),
        (vec![-3, -4], ACCEPTED),
        (vec![-3, 5], ACCEPTED),
        (vec![-3, -5], NO_CONFLICT),
        (vec![-4, 1], ACCEPTED),
        // The tighter bound counts, whichever is first.
        (vec![-2, -4, 1], ACCEPTED),
        (vec![-4, -2, 1], ACCEPTED),
        (vec![4, -1], NO_CONFLICT),
        (vec![-3, 6], NO_CONFLICT),
        (vec![-1, 2, 6], ACCEPTED),
        (vec![7], ACCEPTED),
        (vec![-7], NO_CONFLICT),
        (vec![-8], Err(LemmaFault::NoMeaning)),
        (vec![8], Err(LemmaFault::NoMeaning)),
    ] {
        assert_eq!(judge(&claim, &clause, Reason::Bounds), expected, "{clause:?}");
    }
}

#[test]
fn a_text_that_may_be_no_number_has_no_bounds() {
    let of = |attribute, comparison, constant: &str| {
        Atom::Compares(attribute, Kind::Number, comparison, constant.to_owned())
    };
    let atoms = vec![
        of(0, Comparison::Less, "5"),
        of(0, Comparison::AtMost, "7"),
        Atom::Reads(0, Kind::Number),
        of(0, Comparison::Equal, "9"),
        Atom::Reads(0, Kind::Instant),
        Atom::Compares(0, Kind::Instant, Comparison::Less, "6".to_owned()),
        Atom::Equal(0, 1),
    ];
    let claim = claim(vec![Vec::new()], atoms);
    for (clause, expected) in [
        (vec![-1, 2], ACCEPTED),
        // Below 5 it is a number, so at most 7.
        (vec![-1, 3], ACCEPTED),
        (vec![1, 2], NO_CONFLICT),
        (vec![1, 2, -3], NO_CONFLICT),
        (vec![2, -4], NO_CONFLICT),
        (vec![-2, -4], ACCEPTED),
        // Not a number though equal to one.
        (vec![3, -7], ACCEPTED),
        (vec![3, 7], NO_CONFLICT),
        // Read as both it is one number; as an instant alone it may be a date.
        (vec![-1, 6, -5], ACCEPTED),
        (vec![-1, 6], NO_CONFLICT),
        (vec![-4, -6], ACCEPTED),
        (vec![-1, -6], NO_CONFLICT),
    ] {
        assert_eq!(judge(&claim, &clause, Reason::Bounds), expected, "{clause:?}");
    }
}

#[test]
fn differences_of_instants_add_up() {
    let within = |early, late, seconds: &str| Atom::InstantsWithin(early, late, seconds.to_owned());
    let atoms = vec![
        within(2, 3, "10"),
        within(3, 2, "-11"),
        within(3, 2, "-10"),
        Atom::Compares(2, Kind::Instant, Comparison::AtMost, "100".to_owned()),
        Atom::Compares(3, Kind::Instant, Comparison::Less, "90".to_owned()),
        within(0, 3, "0"),
        within(3, 0, "-1"),
        within(3, 0, "0"),
        within(3, 2, "0"),
        within(2, 3, "0"),
        Atom::Reads(0, Kind::Instant),
    ];
    let claim = claim(vec![Vec::new()], atoms);
    for (clause, expected) in [
        (vec![-1, -2], ACCEPTED),
        (vec![-1, -3], NO_CONFLICT),
        // Below 90, and the other at most 10 later, yet above 100.
        (vec![-1, -5, 4], ACCEPTED),
        (vec![-1, 5, 4], NO_CONFLICT),
        (vec![1, 2], NO_CONFLICT),
        (vec![1, 3], ACCEPTED),
        // A text that may be no instant is within nothing, and nothing follows from that.
        (vec![6, 7], NO_CONFLICT),
        (vec![-6, -7], ACCEPTED),
        (vec![6, 8], NO_CONFLICT),
        (vec![6, 8, -11], ACCEPTED),
        // Each later than the other.
        (vec![9, 10], ACCEPTED),
        (vec![-9, -10], NO_CONFLICT),
    ] {
        assert_eq!(judge(&claim, &clause, Reason::Bounds), expected, "{clause:?}");
    }
}

#[test]
fn differences_add_up_in_whatever_order_they_are() {
    for [first, second, third] in [[0, 2, 3], [0, 3, 2], [2, 0, 3], [2, 3, 0], [3, 0, 2], [3, 2, 0]] {
        let circle = [(6, first, "5"), (first, second, "-3"), (second, third, "4"), (third, 6, "-6.5")];
        let atoms = circle.map(|(early, late, most)| Atom::InstantsWithin(early, late, most.to_owned()));
        let mut claim = claim(vec![Vec::new()], atoms.into());
        assert_eq!(judge(&claim, &[-1, -2, -3, -4], Reason::Bounds), ACCEPTED, "{circle:?}");
        assert_eq!(judge(&claim, &[-1, -2, -3], Reason::Bounds), NO_CONFLICT, "{circle:?}");
        claim.atoms[3] = Atom::InstantsWithin(third, 6, "-6".to_owned());
        assert_eq!(judge(&claim, &[-1, -2, -3, -4], Reason::Bounds), NO_CONFLICT, "{circle:?}");
    }
}

#[test]
fn prefixes_leave_an_address_or_none() {
    let within = |attribute, prefix: &str| Atom::Within(attribute, prefix.to_owned());
    let atoms = vec![
        within(4, "10.0.0.0/8"),
        within(4, "10.1.0.0/16"),
        within(4, "11.0.0.0/8"),
        within(4, "0.0.0.0/0"),
        within(4, "::/0"),
        within(4, "10.0.0.0/9"),
        within(4, "10.128.0.0/9"),
        within(0, "0.0.0.0/0"),
        within(0, "::/0"),
        Atom::Reads(0, Kind::Address),
        within(4, "10.0.0.0/33"),
        within(4, "255.0.0.0/8"),
        within(4, "255.255.255.255/32"),
        within(4, "10.0.0.0/31"),
        within(4, "10.0.0.0/32"),
        within(4, "10.0.0.1/32"),
        within(4, "::/96"),
        within(4, "::/1"),
        within(4, "8000::/1"),
    ];
    let claim = claim(vec![Vec::new()], atoms);
    for (clause, expected) in [
        (vec![-2, 1], ACCEPTED),
        (vec![-1, 2], NO_CONFLICT),
        (vec![-1, -3], ACCEPTED),
        (vec![-1, -2], NO_CONFLICT),
        (vec![-1, -5], ACCEPTED),
        (vec![4, 5], ACCEPTED),
        (vec![4], NO_CONFLICT),
        (vec![5], NO_CONFLICT),
        (vec![4, 17], NO_CONFLICT),
        (vec![4, 17, 18], NO_CONFLICT),
        (vec![4, 18, 19], ACCEPTED),
        (vec![18, 19], NO_CONFLICT),
        (vec![-1, 6, 7], ACCEPTED),
        (vec![-1, 7, 6], ACCEPTED),
        (vec![-1, 6, 2, 7], ACCEPTED),
        (vec![-1, 6], NO_CONFLICT),
        (vec![-1, 7], NO_CONFLICT),
        (vec![-1, 2, 7], NO_CONFLICT),
        (vec![-13, 12], ACCEPTED),
        (vec![-12, 13], NO_CONFLICT),
        // Two addresses, of which one is left or none.
        (vec![-14, 15], NO_CONFLICT),
        (vec![-14, 16], NO_CONFLICT),
        (vec![-14, 15, 16], ACCEPTED),
        (vec![-15, -16], ACCEPTED),
        // Nothing says that attribute 0 is an address.
        (vec![8, 9], NO_CONFLICT),
        (vec![8, 9, -10], ACCEPTED),
        (vec![-8, 10], ACCEPTED),
        (vec![8, 10], NO_CONFLICT),
        (vec![-8, -10], NO_CONFLICT),
        // That one text is no address says nothing of another, which is one.
        (vec![-1, 10], NO_CONFLICT),
        (vec![-1, 11], Err(LemmaFault::NoMeaning)),
    ] {
        assert_eq!(judge(&claim, &clause, Reason::Address), expected, "{clause:?}");
    }
}

#[test]
fn what_has_no_meaning_is_no_premise() {
    let atoms = vec![Atom::Flag("f".to_owned()), Atom::Matches(99, 0), Atom::Matches(0, 99)];
    let claim = claim(vec![vec![text("a")]], atoms);
    for reason in [Reason::Constants, Reason::Bounds, Reason::Address] {
        assert_eq!(judge(&claim, &[1], reason.clone()), NO_CONFLICT);
        for literal in [2, 5, 99, 0, i32::MIN] {
            assert_eq!(judge(&claim, &[literal], reason.clone()), Err(LemmaFault::NoMeaning), "{literal}");
        }
        assert_eq!(judge(&claim, &[-3], reason), Err(LemmaFault::NoMeaning));
    }
}

/// A whole proof: a or b, not a or b, a or not b, not a or not b; all is said by clauses.
fn proof() -> (Claim, Derivation) {
    let mut claim = claim(vec![Vec::new()], vec![Atom::Flag("a".to_owned()), Atom::Flag("b".to_owned())]);
    claim.clauses = vec![vec![1, 2], vec![-1, 2], vec![1, -2], vec![-1, -2]];
    let steps = vec![Step(vec![2], vec![0, 1]), Step(Vec::new(), vec![4, 2, 3])];
    (claim, Derivation { claim: String::new(), lemmas: Vec::new(), steps })
}

fn written(claim: &Claim, derivation: &Derivation) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(claim).unwrap();
    let derivation = Derivation { claim: digest(&bytes), ..derivation.clone() };
    bytes.push(b'\n');
    bytes.extend(serde_json::to_vec(&derivation).unwrap());
    bytes.push(b'\n');
    bytes
}

#[test]
fn steps_follow_or_are_refused() {
    let (claim, derivation) = proof();
    let accepted = check(&written(&claim, &derivation)).unwrap();
    assert_eq!((accepted.clauses, accepted.lemmas, accepted.steps), (4, 0, 2));
    let step = |index, fault| Err(Rejection::Step { index, fault });
    let judged = |change: &dyn Fn(&mut Claim, &mut Derivation)| {
        let (mut claim, mut derivation) = proof();
        change(&mut claim, &mut derivation);
        check(&written(&claim, &derivation)).map(|_| ())
    };
    assert_eq!(judged(&|_, proof| proof.steps[0].1 = vec![1, 0]), Ok(()));
    assert_eq!(judged(&|_, proof| proof.steps[0].1 = vec![0]), step(0, StepFault::NoConflict));
    assert_eq!(judged(&|_, proof| proof.steps[0].1 = vec![0, 1, 2]), step(0, StepFault::AfterConflict));
    assert_eq!(judged(&|_, proof| proof.steps[0].1 = vec![0, 4]), step(0, StepFault::NoSuchClause));
    assert_eq!(judged(&|_, proof| proof.steps[0].1 = vec![0, 2]), step(0, StepFault::NotUnit));
    assert_eq!(judged(&|_, proof| proof.steps[0].0 = vec![-2]), step(0, StepFault::NotUnit));
    assert_eq!(judged(&|_, proof| proof.steps[0].0 = vec![2, -2]), step(0, StepFault::NotUnit));
    assert_eq!(judged(&|_, proof| proof.steps[1].1 = vec![2, 3]), step(1, StepFault::NotUnit));
    assert_eq!(judged(&|_, proof| drop(proof.steps.remove(0))), step(0, StepFault::NoSuchClause));
    assert_eq!(judged(&|_, proof| drop(proof.steps.pop())), Err(Rejection::NothingDerived));
    assert_eq!(judged(&|_, proof| proof.steps.clear()), Err(Rejection::NothingDerived));
    // The empty clause is the last step.
    let more = Step(vec![2], vec![0, 1]);
    assert_eq!(judged(&|_, proof| proof.steps.push(more.clone())), Err(Rejection::NothingDerived));
    assert_eq!(judged(&|_, proof| proof.steps.insert(0, more.clone())), Ok(()));
    for literal in [0, 5, i32::MIN, i32::MAX] {
        let refused = Err(Rejection::NoVariable(4));
        assert_eq!(judged(&|_, proof| proof.steps[0].0 = vec![literal]), refused);
        let refused = Err(Rejection::NoVariable(1));
        assert_eq!(judged(&|claim, _| claim.clauses[1] = vec![literal]), refused);
    }
    assert_eq!(judged(&|claim, _| drop(claim.clauses.remove(3))), step(1, StepFault::NoSuchClause));
    assert_eq!(judged(&|claim, _| claim.clauses[1] = vec![1, 2]), step(0, StepFault::NotUnit));
    assert_eq!(judged(&|claim, _| claim.variables = 1), Err(Rejection::TooManyVariables));
    assert_eq!(judged(&|claim, _| claim.variables = u32::MAX), Err(Rejection::TooManyVariables));
    assert_eq!(
        judged(&|claim, _| claim.format.push('0')),
        Err(Rejection::UnknownFormat("ringfence-claim-10".to_owned()))
    );
}

#[test]
fn a_clause_of_no_variable_is_named_by_its_number() {
    let (mut claim, _) = same_text();
    claim.clauses = vec![vec![1], vec![-2], vec![5]];
    let lemmas = [1, 2].map(|_| Lemma { clause: vec![-1, 2], reason: Reason::Constants });
    let steps = [Step(vec![1], vec![0]), Step(Vec::new(), vec![0, 1, 3])];
    assert_eq!(follows(&claim, &lemmas, &steps), Ok(()));
    let judged = |clause: usize| {
        let (mut claim, mut lemmas, mut steps) = (claim.clone(), lemmas.clone(), steps.clone());
        let clauses = claim.clauses.iter_mut().chain(lemmas.iter_mut().map(|lemma| &mut lemma.clause));
        clauses.chain(steps.iter_mut().map(|step| &mut step.0)).nth(clause).unwrap().push(7);
        follows(&claim, &lemmas, &steps)
    };
    for clause in 0..7 {
        assert_eq!(judged(clause), Err(Rejection::NoVariable(clause)));
    }
}

#[test]
fn there_may_be_as_many_variables_as_atoms_and_no_more_than_fit() {
    let (mut claim, derivation) = proof();
    let mut judged = |variables: usize| {
        claim.variables = u32::try_from(variables).unwrap();
        follows(&claim, &derivation.lemmas, &derivation.steps)
    };
    for (variables, expected) in [
        (1, Err(Rejection::TooManyVariables)),
        (2, Ok(())),
        (MOST_VARIABLES, Ok(())),
        (MOST_VARIABLES + 1, Err(Rejection::TooManyVariables)),
    ] {
        assert_eq!(judged(variables), expected, "{variables}");
    }
}

#[test]
fn a_lemma_is_checked_before_it_is_used() {
    let (mut claim, closed) = same_text();
    claim.clauses = vec![vec![1], vec![-2]];
    let lemma = Lemma { clause: vec![-1, 2], reason: Reason::Text(closed) };
    let steps = vec![Step(Vec::new(), vec![0, 1, 2])];
    let derivation = Derivation { claim: String::new(), lemmas: vec![lemma], steps };
    assert!(check(&written(&claim, &derivation)).is_ok());
    let mut false_lemma = derivation.clone();
    false_lemma.lemmas[0].reason = Reason::Bounds;
    let refused = Err(Rejection::Lemma { index: 0, fault: LemmaFault::NoConflict });
    assert_eq!(check(&written(&claim, &false_lemma)), refused);
    let mut no_lemma = derivation;
    no_lemma.lemmas.clear();
    let refused = Err(Rejection::Step { index: 0, fault: StepFault::NoSuchClause });
    assert_eq!(check(&written(&claim, &no_lemma)), refused);
}

#[test]
fn only_the_canonical_file_is_read() {
    let (claim, derivation) = proof();
    let bytes = written(&claim, &derivation);
    let text = String::from_utf8(bytes.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(check(&bytes[..bytes.len() - 1]), Err(Rejection::NotTwoLines));
    assert_eq!(check(b""), Err(Rejection::NotTwoLines));
    assert_eq!(check(format!("{text}\n").as_bytes()), Err(Rejection::NotTwoLines));
    assert_eq!(check(format!("{text}x").as_bytes()), Err(Rejection::NotTwoLines));
    assert_eq!(check(format!("{text}x\n").as_bytes()), Err(Rejection::NotTwoLines));
    assert_eq!(check(format!("\n{text}").as_bytes()), Err(Rejection::NotTwoLines));
    let spaced = format!("{}\n{}\n", lines[0].replacen(':', ": ", 1), lines[1]);
    assert_eq!(check(spaced.as_bytes()), Err(Rejection::NotCanonical(1)));
    let spaced = format!("{}\n{} \n", lines[0], lines[1]);
    assert_eq!(check(spaced.as_bytes()), Err(Rejection::NotCanonical(2)));
    let escaped =
        format!("{}\n{}\n", lines[0].replacen("\"flag\":\"a\"", "\"flag\":\"\\u0061\"", 1), lines[1]);
    assert_eq!(check(escaped.as_bytes()), Err(Rejection::NotCanonical(1)));
    for (line, from, to) in [
        (1, "\"variables\":4", "\"variables\":4,\"variables\":4"),
        (1, "\"variables\":4", "\"variables\":4,\"more\":4"),
        (1, "\"variables\":4", "\"variables\":4.5"),
        (1, "\"variables\":4,", ""),
        (1, "\"flag\"", "\"flags\""),
        // A part that the kernel alone makes.
        (1, "\"languages\":[[]]", "\"languages\":[[{\"choice\":[]}]]"),
        (2, "\"lemmas\":[]", "\"lemmas\":{}"),
    ] {
        let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        changed[line - 1] = changed[line - 1].replacen(from, to, 1);
        let refused = check(format!("{}\n{}\n", changed[0], changed[1]).as_bytes());
        let expected = u32::try_from(line).unwrap();
        assert!(
            matches!(refused, Err(Rejection::Unreadable { line, .. }) if line == expected),
            "{to}: {refused:?}"
        );
    }
    let other = text.replacen("[-1,-2]", "[-2,-1]", 1);
    assert_eq!(check(other.as_bytes()), Err(Rejection::OtherClaim));
}

/// Its size is part of what makes the kernel easy to believe.
#[test]
fn the_kernel_is_small() {
    fn code(folder: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let lines =
            entries.filter(|path| path.file_name().is_none_or(|name| name != "tests.rs")).map(|path| {
                if path.is_dir() {
                    return code(&path);
                }
                lines_of(&path)
            });
        lines.sum()
    }
    fn lines_of(file: &std::path::Path) -> usize {
        let text = std::fs::read_to_string(file).unwrap();
        let lines = text.lines().map(str::trim).take_while(|line| *line != "#[cfg(test)]");
        lines.filter(|line| !line.is_empty() && !line.starts_with("//")).count()
    }
    // Closed sets of facts need nothing of the rest.
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let closed = lines_of(&source.join("closed.rs"));
    assert!((50..110).contains(&closed), "{closed} lines of code");
    let lines = code(&source) - closed;
    assert!((800..1_500).contains(&lines), "{lines} lines of code");
}
