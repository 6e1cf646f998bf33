//! What reads as a number, an instant or an address: the automata of the theory, the encoder's parsers and the
//! evaluator's, each written by itself, must agree on every text, and the kernel's languages must hold it.

use std::cell::{Cell, RefCell};

use proptest::collection::vec;
use proptest::prop_oneof;
use proptest::sample::select;
use proptest::strategy::{BoxedStrategy, Just, Strategy};
use ringfence_model::catalogue::Catalogue;
use ringfence_model::request::Decision;
use ringfence_solver::certify::{ProofLimits, certify};
use ringfence_solver::decimal::Decimal;
use ringfence_solver::formula::{Domain, Formula};
use ringfence_solver::interpretation::Interpretation;
use ringfence_solver::search::{Limits, Outcome, Search};
use ringfence_solver::term::{Atom, Attribute, Comparison, LanguageId, Prefix, Term};
use ringfence_solver::text::{parse_address, parse_instant};
use ringfence_solver::wildcard::reading::Against;
use ringfence_solver::wildcard::{Language, Member, Reading, TextDecision, Theory};
use serde_json::json;

use crate::differential::scenario;
use crate::engines::Mode;
use crate::random;

/// A text, the constant it is compared with, and how.
type Case = (String, String, usize);

const COMPARISONS: [Comparison; 3] = [Comparison::Less, Comparison::AtMost, Comparison::Equal];

/// `text`, perhaps with one character replaced, left out, doubled or added.
fn damaged(text: BoxedStrategy<String>, characters: &'static str) -> BoxedStrategy<String> {
    let characters: Vec<char> = characters.chars().collect();
    (text, 0..24_usize, select(characters), 0..8_u8)
        .prop_map(|(text, place, character, how)| {
            let mut letters: Vec<char> = text.chars().collect();
            let place = place % (letters.len() + 1);
            match how {
                0 if place < letters.len() => letters[place] = character,
                1 if place < letters.len() => drop(letters.remove(place)),
                2 => letters.insert(place, character),
                _ => {}
            }
            letters.into_iter().collect()
        })
        .boxed()
}

fn number() -> BoxedStrategy<String> {
    let digits = || prop_oneof![2 => Just(String::new()), 3 => "0{0,3}[0-9]{1,3}", 1 => "[019]{1,6}"];
    let exponent = prop_oneof![
        4 => Just(String::new()), 2 => "[eE][+-]?0{0,2}[0-9]", 1 => "[eE][+-]?[0-9]{1,3}", 1 => "e-?(400|401|399|40)"
    ];
    (select(vec!["", "", "-", "+"]), digits(), select(vec!["", ".", "."]), digits(), exponent)
        .prop_map(|(sign, whole, point, fraction, exponent)| {
            let fraction = if point.is_empty() { String::new() } else { fraction };
            format!("{sign}{whole}{point}{fraction}{exponent}")
        })
        .boxed()
}

fn numbers() -> impl Strategy<Value = Case> {
    let constants = vec![
        "0",
        "5",
        "-5",
        "10",
        "10.05",
        "-0.001",
        "0.5",
        "1e3",
        "123456.789",
        "99",
        "1e-9",
        "-1e20",
        "1e390",
        "1e-390",
    ];
    (damaged(number(), "+-.eE059 "), select(constants), 0..3_usize)
        .prop_map(|(text, constant, comparison)| (text, constant.to_owned(), comparison))
}

fn instants() -> impl Strategy<Value = Case> {
    let constants = vec![
        "2026-11-01T10:20:30Z",
        "2026-11-01",
        "2024-02-29T23:59:59Z",
        "1999-12-31T23:30:00+01:00",
        "1777888800",
        "-5",
        "0",
        "2026-11-01T10:20:30.25Z",
        "2000-03-01T00:00:00Z",
        "999999999999999999",
    ];
    let date = prop_oneof![
        3 => Just("2026-11-01".to_owned()), 2 => "2026-1[012]-0[0-3]", 1 => "2026-10-3[012]",
        1 => "(1999|2000|2024|2025)-(01|02|12)-(01|28|29|30|31)", 1 => "[0-9]{4}-[01][0-9](-[0-3][0-9])?"
    ];
    let clock = prop_oneof![
        2 => Just("10:20:30".to_owned()), 2 => "10:20(:[0-6][0-9])?", 2 => "[012][0-9]:[0-6][0-9](:[0-5][0-9])?"
    ];
    let fraction = prop_oneof![4 => Just(String::new()), 1 => "\\.(25|2|250|249|26|0|)"];
    let zone = prop_oneof![3 => Just("Z".to_owned()), 3 => "[+-][012][0-9]:[0-5][0-9]", 1 => "[+-]0[01]:00"];
    let moment = (date.clone(), clock, fraction, zone)
        .prop_map(|(date, clock, fraction, zone)| format!("{date}T{clock}{fraction}{zone}"));
    let seconds =
        prop_oneof!["-?0{0,2}[0-9]{1,3}", "17778888[0-9]{2}", "-?[0-9]{10,19}", Just("05".to_owned())];
    let text = prop_oneof![5 => moment, 2 => date, 2 => seconds].boxed();
    (damaged(text, "-+:TZ.059 "), select(constants), 0..3_usize)
        .prop_map(|(text, constant, comparison)| (text, constant.to_owned(), comparison))
}

fn addresses() -> impl Strategy<Value = Case> {
    let prefixes = vec![
        "192.0.2.0/24",
        "10.0.0.0/9",
        "0.0.0.0/0",
        "192.0.2.77/32",
        "2001:db8::/32",
        "::/0",
        "::ffff:192.0.2.0/120",
        "2001:db8:0:4000::/51",
        "::1/128",
        "fe80::/10",
        "::/0",
        "0.0.0.0/0",
        "192.0.0.0/6",
        "2001::/16",
    ];
    let number = prop_oneof![2 => "(192|0|2|10|77|255)", 1 => "[0-9]{1,3}"];
    let four = vec(number, 4..5).prop_map(|numbers| numbers.join("."));
    let near = prop_oneof!["192\\.0\\.2\\.[0-9]{1,3}", "10\\.(12[678]|[0-9])\\.0\\.1"];
    let group = prop_oneof![2 => "(0|2001|db8|0db8|DB8|ffff|1|fe80|febf|4000|5fff)", 1 => "[0-9a-fA-F]{1,4}"];
    let some = vec(group.clone(), 0..5);
    let short =
        (select(vec!["", "2001:db8", "2001:db8:0:4000", "fe80", "0:0"]), some.clone(), near.clone(), 0..3_u8)
            .prop_map(|(front, groups, four, end)| {
                let mut tail = groups;
                if end == 0 {
                    tail.push(four);
                }
                format!("{front}::{}", tail.join(":"))
            });
    let long = (some, vec(group, 4..9), near.clone(), 0..3_u8).prop_map(|(front, groups, four, end)| {
        let mut all: Vec<String> = front.into_iter().chain(groups).take(8).collect();
        if end == 0 {
            all.truncate(6);
            all.push(four);
        }
        all.join(":")
    });
    let text = prop_oneof![1 => four, 2 => near, 3 => short, 2 => long].boxed();
    (damaged(text, ".:0af9 "), select(prefixes), Just(0))
        .prop_map(|(text, prefix, comparison)| (text, prefix.to_owned(), comparison))
}

/// Whether the evaluator takes the request's value for one that compares so.
fn evaluated(catalogue: &Catalogue, operator: &str, constant: &str, text: &str) -> Result<bool, String> {
    let allow = json!({
        "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { operator: { "custom:key": constant } }
    });
    let case = json!({
        "request": {
            "principal": "arn:aws:iam::111122223333:user/alice", "action": "s3:GetObject",
            "resource": "arn:aws:s3:::data/x", "resourceAccount": "111122223333", "context": { "custom:key": text }
        },
        "policies": { "identity": [{ "Version": "2012-10-17", "Statement": [allow] }] }
    });
    let scenario = scenario(&case, catalogue)?.ok_or("no scenario")?;
    let decision = scenario.evaluated(catalogue, Mode::Evaluator).map_err(|error| error.to_string())?;
    Ok(decision == Decision::Allow)
}

/// The three on one text, and the theory on a pattern that the text matches. Returns whether the text is in the set.
fn compare(
    reading: &Reading,
    operator: &str,
    case: &Case,
    theory: &mut Theory,
    catalogue: &Catalogue,
) -> Result<bool, String> {
    let (text, constant, place) = case;
    let accepted = reading.accepts(text);
    if evaluated(catalogue, operator, constant, text)? != accepted {
        return Err(format!("{operator}: the encoder's parser says {accepted}, the evaluator does not"));
    }
    let exactly = Language::exactly(text);
    let alone = theory.decide_members(&[Member::Reading(reading), Member::Language(&exactly)], &[]);
    if (alone == TextDecision::Text(text.clone())) != accepted {
        return Err(format!("{operator}: the parser says {accepted}, the automaton {alone:?}"));
    }
    let mut characters: Vec<char> = text.chars().collect();
    let from = (place + text.len()) % (characters.len() + 1);
    let until = (from + 4).min(characters.len());
    characters.splice(from..until, ['*']);
    let pattern = Language::glob(&characters.into_iter().collect::<String>());
    match theory.decide_members(&[Member::Reading(reading), Member::Language(&pattern)], &[]) {
        TextDecision::Text(other) if reading.accepts(&other) && pattern.accepts(&other) => {}
        TextDecision::Text(other) => return Err(format!("{operator}: {other:?} does not fit")),
        TextDecision::Conflict { .. } if accepted => return Err(format!("{operator}: a text was missed")),
        TextDecision::Conflict { .. } | TextDecision::TooLarge => {}
    }
    Ok(accepted)
}

fn run(
    name: &'static str,
    cases: impl Strategy<Value = Case>,
    readings: impl Fn(&Case) -> Vec<(&'static str, Reading)>,
) {
    let catalogue = Catalogue::embedded().unwrap();
    let theory = RefCell::new(Theory::new(60_000));
    let [inside, all, admitted, excluded]: [Cell<u32>; 4] = Default::default();
    random::run(
        name,
        4_000,
        &cases,
        |case| format!("{case:?}"),
        |case| {
            for (operator, reading) in readings(&case) {
                let accepted = compare(&reading, operator, &case, &mut theory.borrow_mut(), catalogue)?;
                all.set(all.get() + 1);
                inside.set(inside.get() + u32::from(accepted));
                let [more, none] = crate::proofs::languages::slack(&reading, &case.0)?;
                admitted.set(admitted.get() + more);
                excluded.set(excluded.get() + none);
            }
            theory.borrow_mut().trim();
            Ok(())
        },
    );
    let share = inside.get() * 100 / all.get();
    assert!((10..=80).contains(&share), "{share} % are in the set: the cases say little");
    let (admitted, excluded) = (admitted.get(), excluded.get());
    assert!(
        excluded > admitted / 2,
        "the kernel's languages exclude {excluded} texts and admit {admitted} too many"
    );
}

#[test]
fn numbers_read_alike() {
    let operators = ["NumericLessThan", "NumericLessThanEquals", "NumericEquals"];
    run("numbers", numbers(), |(_, constant, place)| {
        let against = Against::new(COMPARISONS[*place], &Decimal::parse(constant).unwrap());
        vec![(operators[*place], Reading::Number(Some(against)))]
    });
}

#[test]
fn instants_read_alike() {
    let operators = ["DateLessThan", "DateLessThanEquals", "DateEquals"];
    run("instants", instants(), |(_, constant, place)| {
        let against = Against::new(COMPARISONS[*place], &parse_instant(constant).unwrap());
        vec![(operators[*place], Reading::Instant(Some(against)))]
    });
}

#[test]
fn addresses_read_alike() {
    run("addresses", addresses(), |(_, prefix, _)| {
        let (network, length) = prefix.split_once('/').unwrap();
        let (v6, bits) = parse_address(network).unwrap();
        let length: u8 = length.parse().unwrap();
        vec![("IpAddress", Reading::Address(Some(Prefix { v6, bits, length })))]
    });
}

/// What any text reads as: with the largest constants, so that every text that reads compares.
#[test]
fn what_reads_at_all_reads_alike() {
    let any = |text: &str, reading: &Reading| {
        let exactly = Language::exactly(text);
        let mut theory = Theory::new(60_000);
        let found = theory.decide_members(&[Member::Reading(reading), Member::Language(&exactly)], &[]);
        assert_eq!(found == TextDecision::Text(text.to_owned()), reading.accepts(text), "{text} {reading:?}");
        reading.accepts(text)
    };
    for (text, number, instant, address) in [
        ("", false, false, false),
        ("7", true, true, false),
        ("1e400", true, false, false),
        ("1e-2147483648", false, false, false),
        ("1e-9223372036854775808", false, false, false),
        ("1e401", false, false, false),
        ("-.5e+007", true, false, false),
        ("2026-02-29", false, false, false),
        ("2024-02-29", false, true, false),
        ("2000-02-29T00:00Z", false, true, false),
        ("1900-02-29T00:00Z", false, false, false),
        ("2026-05-04T09:30:00.5-23:59", false, true, false),
        ("2026-05-04T09:30:00-24:00", false, false, false),
        ("0000-01", false, true, false),
        ("::", false, false, true),
        ("1:2:3:4:5:6:7::", false, false, true),
        ("1:2:3:4:5:6:7:8", false, false, true),
        ("1:2:3:4:5:6:7:8:9", false, false, false),
        ("1::2::3", false, false, false),
        ("::1.2.3.4", false, false, true),
        ("1.2.3.04", false, false, false),
        ("1:2:3:4:5:6:1.2.3.4", false, false, true),
        ("1.2.3.4::", false, false, false),
    ] {
        assert_eq!(any(text, &Reading::Number(None)), number, "{text}");
        assert_eq!(any(text, &Reading::Instant(None)), instant, "{text}");
        assert_eq!(any(text, &Reading::Address(None)), address, "{text}");
    }
}

/// An atom about one text, and how it reads: the value counts only where the text reads so.
fn atom() -> impl Strategy<Value = (Atom, u8)> {
    let comparison = || select(COMPARISONS.to_vec());
    let decimal = |text: &str| Decimal::parse(text).unwrap();
    let x = Attribute(0);
    let numbers = select(vec!["0", "-5", "10", "9.5", "1777888800"]);
    let instants = select(vec!["10", "1777888800", "2026-05-04T10:00:00Z", "2026-05"]);
    let prefixes = select(vec![("192.0.2.0", 24), ("0.0.0.0", 0), ("2001:db8::", 32), ("192.0.2.1", 32)]);
    prop_oneof![
        (comparison(), numbers).prop_map(move |(how, text)| (Atom::Number(x, how, decimal(text)), 1)),
        (comparison(), instants)
            .prop_map(move |(how, text)| (Atom::Instant(x, how, parse_instant(text).unwrap()), 2)),
        prefixes.prop_map(move |(text, length)| {
            let (v6, bits) = parse_address(text).unwrap();
            (Atom::Within(x, Prefix { v6, bits, length }), 3)
        }),
        select(vec![Atom::IsNumber(x), Atom::IsInstant(x), Atom::IsAddress(x)]).prop_map(|atom| (atom, 0)),
        (0..8_u32).prop_map(move |language| (Atom::Matches(x, LanguageId(language)), 0)),
    ]
}

const PATTERNS: [&str; 8] = ["10", "1*", "*.*", "-*", "192.*", "2026-*", "*:*", "x"];
const TEXTS: [&str; 16] = [
    "10",
    "x",
    "",
    "-10",
    "9.75",
    "1e1",
    "1777888800",
    "2026-05-04T10:00:00Z",
    "2026-05",
    "192.0.2.1",
    "192.0.2.9",
    "2001:db8::1",
    "::",
    "19",
    "-0",
    "2026-05-04",
];

/// The search finds a text where one text is known to do, and never takes a lemma that the text breaks.
#[test]
fn no_lemma_excludes_a_text_that_fits() {
    let theory = RefCell::new(Theory::new(60_000));
    let [decided, impossible, proved]: [Cell<u32>; 3] = Default::default();
    let cases = (
        select(TEXTS.to_vec()),
        vec((atom(), proptest::bool::weighted(0.1), proptest::bool::ANY), 2..7),
        0..4_u8,
        0..3_usize,
    );
    random::run(
        "lemmas",
        3_000,
        &cases,
        |case| format!("{case:?}"),
        |(text, atoms, domain, loose)| {
            let mut formula = Formula::default();
            let (domain, own) = match domain {
                1 => (Domain::Number, Reading::Number(None)),
                2 => (Domain::Instant, Reading::Instant(None)),
                3 => (Domain::Address, Reading::Address(None)),
                _ => (Domain::Text(None), Reading::Number(None)),
            };
            if domain != Domain::Text(None) && !own.accepts(text) {
                return Ok(());
            }
            formula.attribute("x", domain);
            for pattern in PATTERNS {
                formula.languages.intern(Language::glob(pattern));
            }
            let interpretation = Interpretation { texts: vec![text.to_owned()], ..Interpretation::default() };
            let mut is_of_the_text = true;
            let mut terms: Vec<Term> = Vec::new();
            for ((atom, kind), flipped, opposite) in atoms {
                let mut compared = formula.terms.from_atom(atom);
                if opposite {
                    // Greater is written as not at most.
                    compared = formula.terms.not(compared);
                }
                let readable = match kind {
                    1 => Some(Atom::IsNumber(Attribute(0))),
                    2 => Some(Atom::IsInstant(Attribute(0))),
                    3 => Some(Atom::IsAddress(Attribute(0))),
                    _ => None,
                };
                let readable = readable.map(|atom| formula.terms.from_atom(atom));
                let both = formula.terms.and(readable.into_iter().chain([compared]));
                let holds = interpretation.term(&formula, both) != flipped;
                is_of_the_text &= !flipped;
                terms.push(if holds { both } else { formula.terms.not(both) });
            }
            // Some may be otherwise if the next is: Z3 then tries what no text does.
            for (index, term) in terms.iter().enumerate() {
                let other = terms.get(index + 1).filter(|_| index % 2 == loose).copied();
                let other = other.map(|other| formula.terms.not(other));
                let either = formula.terms.or(other.into_iter().chain([*term]));
                formula.assert(either);
            }
            let mut theory = theory.borrow_mut();
            let outcome = Search::new(&mut formula, &mut theory, Limits::default()).check(&[]);
            let proof = certify(&formula, &[], &mut theory, ProofLimits::default());
            let accepted = proof.is_ok_and(|proof| ringfence_kernel::check(&proof.bytes).is_ok());
            match outcome {
                Outcome::Sat(_) if accepted => return Err("it is proved to be impossible".to_owned()),
                Outcome::Sat(_) => decided.set(decided.get() + 1),
                Outcome::Unsat(_) if is_of_the_text => return Err(format!("{text:?} fits and is excluded")),
                Outcome::Unsat(_) => {
                    impossible.set(impossible.get() + 1);
                    proved.set(proved.get() + u32::from(accepted));
                    let fits = |other: &&&str| {
                        let other =
                            Interpretation { texts: vec![(**other).to_owned()], ..Interpretation::default() };
                        (domain == Domain::Text(None) || own.accepts(&other.texts[0]))
                            && other.all(&formula, &formula.assertions)
                    };
                    if let Some(other) = TEXTS.iter().find(fits) {
                        return Err(format!("{other:?} fits and is excluded"));
                    }
                }
                Outcome::Unknown(reason) => return Err(reason),
            }
            Ok(())
        },
    );
    let (decided, impossible) = (decided.get(), impossible.get());
    assert!(decided > 500 && impossible > 50, "{decided} with a text, {impossible} without: they say little");
    let proved = proved.get();
    assert!(proved * 10 > impossible * 9, "of {impossible} without a text only {proved} are proved");
}
