//! Languages of the texts that read as numbers, instants and addresses. Each holds all such texts, and may hold more:
//! days that no month has, offsets that move an instant to the next day, any mantissa before an exponent.

use crate::claim::{Comparison, Kind};
use crate::decimal::Number;
use crate::instant;
use crate::language::{Language, Part};

/// What [`Number::Value`] counts one as.
const ONE: u128 = 1_000_000_000_000_000_000;

/// See [`like`].
const UNSIGNED: [&str; 3] = ["0~", "0~.~", ".0~"];
const SIGNS: [&str; 3] = ["", "+", "-"];
const SECONDS: [&str; 3] = ["", ":00", ":00.0~"];
const OFFSETS: [&str; 2] = ["+00:00", "-00:00"];

type Parts = Vec<Part>;

/// How a value stands to a constant, the constant included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    AtMost,
    AtLeast,
    Exactly,
}

/// The texts that read so.
pub(crate) fn of_kind(kind: Kind) -> Language {
    let parts = match kind {
        Kind::Number => vec![any_of(SIGNS), any_of(UNSIGNED), choice(vec![Vec::new(), exponent()])],
        Kind::Instant => {
            let time = vec![any_of(SECONDS), choice(vec![like("Z"), vec![any_of(OFFSETS)]])];
            let plain = any_of(["0~", "-0~", "0000-00", "0000-00-00"]);
            vec![choice(vec![vec![plain], [like("0000-00-00T00:00"), time].concat()])]
        }
        Kind::Address => {
            let octet = || vec![any_of(["0", "00", "000"])];
            let dotted = [octet(), like("."), octet(), like("."), octet(), like("."), octet()].concat();
            let any = || Language::of_characters(crate::address::CHARACTERS).parts;
            vec![choice(vec![dotted, [any(), like(":"), any(), like(":"), any()].concat()])]
        }
    };
    Language { parts }
}

/// The texts that read so and stand to the constant as the comparison says, or if not `holds`, as it does not.
pub(crate) fn compared(kind: Kind, comparison: Comparison, constant: Number, holds: bool) -> Language {
    let bound = match (comparison, holds) {
        (Comparison::Less | Comparison::AtMost, true) => Bound::AtMost,
        (Comparison::Less | Comparison::AtMost, false) => Bound::AtLeast,
        (Comparison::Equal, true) => Bound::Exactly,
        (Comparison::Equal, false) => return of_kind(kind),
    };
    match (kind, constant) {
        (Kind::Number, Number::Value(constant)) => numbers(bound, constant),
        (Kind::Instant, Number::Value(constant)) => instants(bound, constant),
        (Kind::Address, _) | (_, Number::No | Number::TooLong) => of_kind(kind),
    }
}

fn numbers(bound: Bound, constant: i128) -> Language {
    let size = constant.unsigned_abs();
    let fraction = format!("{:018}", size % ONE);
    let mut options = signed(bound, constant, size / ONE, Some(fraction.trim_end_matches('0')));
    // Those without a minus may have a plus; before the others it does no harm.
    options.extend(options.clone().into_iter().map(|option| [like("+"), option].concat()));
    options.push([Language::of_characters("0123456789+-.").parts, exponent()].concat());
    Language { parts: vec![choice(options)] }
}

fn instants(bound: Bound, constant: i128) -> Language {
    let whole = constant.div_euclid(i128::try_from(ONE).unwrap_or(i128::MAX));
    let Ok(total) = i64::try_from(whole) else { return of_kind(Kind::Instant) };
    let mut options = signed(bound, whole, whole.unsigned_abs(), None);
    let (day, minute) = (total.div_euclid(86_400), total.rem_euclid(86_400) / 60);
    options.extend(dates(bound, day, |date| date.get(..7).unwrap_or_default().to_owned()));
    options.extend(dates(bound, day, ToOwned::to_owned));
    let with = |rest: Parts| move |date: Parts| [date, rest.clone()].concat();
    let in_utc = dates(bound, day, |date| format!("{date}T{:02}:{:02}", minute / 60, minute % 60));
    options.extend(in_utc.into_iter().map(with([vec![any_of(SECONDS)], like("Z")].concat())));
    // An offset of less than a day moves the date by at most one.
    let first = day - i64::from(bound != Bound::AtMost);
    let last = day + i64::from(bound != Bound::AtLeast);
    let near = (first..=last).flat_map(|day| dates(bound, day, ToOwned::to_owned));
    let clock = [like("T00:00"), vec![any_of(SECONDS), any_of(OFFSETS)]].concat();
    options.extend(near.map(with(clock)));
    Language { parts: vec![choice(options)] }
}

/// With a minus or nothing before them, values that stand so to the constant, whose size is `whole` and `fraction`;
/// without a fraction, whole numbers.
fn signed(bound: Bound, constant: i128, whole: u128, fraction: Option<&str>) -> Vec<Parts> {
    let whole = if whole == 0 { String::new() } else { whole.to_string() };
    let of_size = |bound| magnitude(bound, &whole, fraction);
    let any = || if fraction.is_some() { vec![any_of(UNSIGNED)] } else { like("0~") };
    let negative = |parts: Parts| [like("-"), parts].concat();
    match (bound, constant.signum()) {
        (Bound::AtMost, 0..) => vec![of_size(Bound::AtMost), negative(any())],
        (Bound::AtMost, _) => vec![negative(of_size(Bound::AtLeast))],
        (Bound::AtLeast, ..=0) => vec![any(), negative(of_size(Bound::AtMost))],
        (Bound::AtLeast | Bound::Exactly, 1..) => vec![of_size(bound)],
        (Bound::Exactly, 0) => vec![of_size(bound), negative(of_size(bound))],
        (Bound::Exactly, _) => vec![negative(of_size(bound))],
    }
}

/// Digits that stand so to `whole`, which is written without leading zeros; with a fraction, if there is one to
/// compare with.
fn magnitude(bound: Bound, whole: &str, fraction: Option<&str>) -> Parts {
    let mut options = aligned(bound, whole);
    let equal = options.pop().unwrap_or_default();
    match bound {
        Bound::AtMost => options.extend((0..whole.len()).map(|count| like(&"0".repeat(count)))),
        Bound::AtLeast => {
            let first = vec![Part::One(vec![(0x31, 0x39)])];
            options.push([first, like(&"0".repeat(whole.len())), like("~")].concat());
        }
        Bound::Exactly => {}
    }
    if let Some(fraction) = fraction {
        for option in &mut options {
            option.push(any_of(["", ".~"]));
        }
        let after = |rest: Parts| [equal.clone(), like("."), rest].concat();
        for (index, found) in fraction.char_indices() {
            let before = exactly(fraction.get(..index).unwrap_or_default());
            let other = beyond(bound, found).map(|digit| after([before.clone(), digit, like("~")].concat()));
            options.extend(other.into_iter().chain([after(before)]));
        }
        options.push(after([exactly(fraction), like("~")].concat()));
    }
    options.push(equal);
    vec![Part::Star(vec![(0x30, 0x30)]), choice(options)]
}

/// Dates whose text stands so to that of the day, counted from 1970, as `written` writes the date.
fn dates(bound: Bound, day: i64, written: impl Fn(&str) -> String) -> Vec<Parts> {
    match (instant::date(day), bound) {
        (Some(date), _) => aligned(bound, &written(&date)),
        // Before or after all dates that can be written.
        (None, Bound::AtMost | Bound::AtLeast) if day.is_positive() == (bound == Bound::AtMost) => {
            vec![like(&written("0000-00-00"))]
        }
        (None, _) => Vec::new(),
    }
}

/// Texts with digits where `template` has some, that stand so to it; the last is the template itself.
fn aligned(bound: Bound, template: &str) -> Vec<Parts> {
    let mut options = Vec::new();
    for (index, found) in template.char_indices() {
        let (before, after) = template.split_at(index);
        let after = like(after.get(1..).unwrap_or_default());
        options.extend(beyond(bound, found).map(|digit| [exactly(before), digit, after].concat()));
    }
    options.push(exactly(template));
    options
}

/// The digits that decide, after equal ones; none if `found` is no digit.
fn beyond(bound: Bound, found: char) -> Option<Parts> {
    let found = Some(u32::from(found)).filter(|_| found.is_ascii_digit())?;
    let (low, high) = match bound {
        Bound::AtMost => (0x30, found - 1),
        Bound::AtLeast => (found + 1, 0x39),
        Bound::Exactly => return None,
    };
    (low <= high).then(|| vec![Part::One(vec![(low, high)])])
}

/// A letter and a whole number with or without a sign.
fn exponent() -> Parts {
    [vec![Part::One(vec![(0x45, 0x45), (0x65, 0x65)]), any_of(SIGNS)], like("0~")].concat()
}

/// The template with any digit for each digit, and any number of them for `~`.
fn like(template: &str) -> Parts {
    let part = |character: char| match character {
        '0'..='9' => Part::One(vec![(0x30, 0x39)]),
        '~' => Part::Star(vec![(0x30, 0x39)]),
        other => Part::Text(other.to_string()),
    };
    template.chars().map(part).collect()
}

fn any_of<const N: usize>(templates: [&str; N]) -> Part {
    choice(templates.map(like).to_vec())
}

fn exactly(text: &str) -> Parts {
    vec![Part::Text(text.to_owned())]
}

fn choice(options: Vec<Parts>) -> Part {
    Part::Choice(options.into_iter().map(|parts| Language { parts }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::automaton::Automaton;

    const TEXTS: [&str; 48] = [
        "0",
        "-0",
        "+0",
        "5",
        "+5",
        "05",
        "5.",
        ".5",
        "-.5",
        "4.75",
        "4.749",
        "9.75",
        "9.8",
        "10",
        "0010.0",
        "10.01",
        "-10",
        "-9.5",
        "99",
        "100",
        "1e1",
        "1E+2",
        "-2e-3",
        "",
        ".",
        "x",
        "1777888800",
        "1777888801",
        "-1777888800",
        "2026-05",
        "2026-04",
        "2026-05-04",
        "2026-05-03",
        "2026-05-05",
        "2026-05-04T10:00:00Z",
        "2026-05-04T10:00Z",
        "2026-05-04T09:59:59.9Z",
        "2026-05-04T10:01Z",
        "2026-05-05T00:00:00+23:59",
        "2026-05-03T12:00:00-23:00",
        "0000-01-01",
        "9999-12-31T23:59:59-23:59",
        "192.0.2.1",
        "::",
        "2001:db8::1",
        "2026-02-28",
        "1969-12-31T23:59:59.7Z",
        "1969-12-31T23:59:59.2+00:00",
    ];
    const CONSTANTS: [&str; 20] = [
        "0",
        "5",
        "-5",
        "4.75",
        "-4.75",
        "9.749",
        "10",
        "10.5",
        "99.5",
        "100",
        "0.5",
        "-0.5",
        "1e3",
        "1777888800",
        "1777888799.5",
        "1777881600",
        "-1777888800",
        "-62167219200",
        "253402300799",
        "999999999999999",
    ];

    fn value(kind: Kind, text: &str) -> Option<i128> {
        match if kind == Kind::Number { Number::parse(text) } else { instant::parse(text) } {
            Number::Value(value) => Some(value),
            Number::No | Number::TooLong => None,
        }
    }

    #[test]
    fn every_text_that_reads_and_compares_so_is_in_the_language() {
        let (mut inside, mut excluded) = (0, 0);
        for kind in [Kind::Number, Kind::Instant] {
            for constant in CONSTANTS {
                let Number::Value(limit) = Number::parse(constant) else { panic!("{constant}") };
                for comparison in [Comparison::Less, Comparison::AtMost, Comparison::Equal] {
                    for holds in [true, false] {
                        let language = compared(kind, comparison, Number::Value(limit), holds);
                        let mut automaton = Automaton::new(&language);
                        for text in TEXTS {
                            let Some(value) = value(kind, text) else { continue };
                            let compares = match comparison {
                                Comparison::Less => value < limit,
                                Comparison::AtMost => value <= limit,
                                Comparison::Equal => value == limit,
                            };
                            if compares == holds {
                                assert!(
                                    automaton.accepts(text),
                                    "{text} {comparison:?} {constant} {holds} {kind:?}"
                                );
                                inside += 1;
                            } else if !automaton.accepts(text) {
                                excluded += 1;
                            }
                        }
                    }
                }
            }
        }
        assert!(inside > 1_000 && excluded > 1_000, "{inside} {excluded}");
    }

    #[test]
    fn days_and_minutes_are_told_apart() {
        let limit = instant::parse("2026-05-04T10:00:00Z");
        let mut before = Automaton::new(&compared(Kind::Instant, Comparison::Less, limit, true));
        for text in [
            "2026-05-05",
            "2026-06",
            "2026-05-04T10:01:00Z",
            "2026-05-06T00:00:00+23:00",
            "1777888801",
            "2027-01-01T00:00Z",
        ] {
            assert!(!before.accepts(text), "{text}");
        }
        let mut at_least =
            Automaton::new(&compared(Kind::Number, Comparison::Less, Number::parse("9.75"), false));
        for text in ["9.74", "9.7499", "8", "-10", "009.5", "+9.6"] {
            assert!(!at_least.accepts(text), "{text}");
        }
    }

    #[test]
    fn beyond_the_years_that_are_written_all_dates_are_on_one_side() {
        let dates = ["0000-01-01", "0000-01", "9999-12-31T23:59Z", "1970-01-01T00:00:00+01:00"];
        for (limit, all_below) in [("999999999999", true), ("-99999999999", false)] {
            for (comparison, holds, expected) in [
                (Comparison::Less, true, all_below),
                (Comparison::AtMost, true, all_below),
                (Comparison::Less, false, !all_below),
                (Comparison::AtMost, false, !all_below),
                (Comparison::Equal, true, false),
            ] {
                let language = compared(Kind::Instant, comparison, instant::parse(limit), holds);
                let mut automaton = Automaton::new(&language);
                for date in dates {
                    assert_eq!(automaton.accepts(date), expected, "{date} {comparison:?} {limit} {holds}");
                }
            }
        }
    }

    #[test]
    fn every_text_that_reads_so_is_of_its_kind_and_few_others() {
        for kind in [Kind::Number, Kind::Instant, Kind::Address] {
            let mut automaton = Automaton::new(&of_kind(kind));
            for text in TEXTS {
                let reads = match kind {
                    Kind::Address => crate::address::parse(text).is_some(),
                    Kind::Number | Kind::Instant => value(kind, text).is_some(),
                };
                assert_eq!(automaton.accepts(text), reads, "{text} {kind:?}");
            }
        }
    }
}
