//! Instants, as ISO 8601 dates or seconds since 1970.

use crate::decimal::{Number, all_digits};

/// How `text` reads as an instant, in seconds since 1970: a date `YYYY-MM` or `YYYY-MM-DD`; a full date and a time with
/// `Z` or an offset; or a whole number of at most 18 digits.
pub(crate) fn parse(text: &str) -> Number {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if !unsigned.is_empty() && unsigned.len() <= 18 && all_digits(unsigned) {
        return Number::parse(text);
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let Some(days) = days(date).filter(|_| time.is_none() || date.len() >= 10) else { return Number::No };
    let Some((seconds, fraction)) = time.map_or(Some((0, "")), clock) else { return Number::No };
    match Number::parse(&format!("0.{fraction}0")) {
        Number::Value(part) => Number::Value(Number::whole(days * 86_400 + seconds) + part),
        other @ (Number::No | Number::TooLong) => other,
    }
}

fn digits(text: &str, length: usize) -> Option<i64> {
    (text.len() == length && all_digits(text)).then(|| text.parse().ok())?
}

/// Days from 1970-01-01 to the date, which is checked against the calendar.
fn days(date: &str) -> Option<i64> {
    let mut parts = date.splitn(3, '-');
    let (year, month) = (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?);
    let day = parts.next().map_or(Some(1), |day| digits(day, 2))?;
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = |month: i64| match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap(year) => 29,
        2 => 28,
        _ => 31,
    };
    if !(1..=12).contains(&month) || !(1..=length(month)).contains(&day) {
        return None;
    }
    let before: i64 = (1..month).map(length).sum();
    // Leap days of the years before this one, and of those before 1970.
    let leaps =
        |year: i64| (year - 1).div_euclid(4) - (year - 1).div_euclid(100) + (year - 1).div_euclid(400);
    Some((year - 1970) * 365 + leaps(year) - leaps(1970) + before + day - 1)
}

/// The date `YYYY-MM-DD` so many days after 1970-01-01; none outside the years 0 to 9999.
pub(crate) fn date(day: i64) -> Option<String> {
    let starts_by = |month: &i64| {
        days(&format!("{:04}-{:02}", month / 12, month % 12 + 1)).is_some_and(|start| start <= day)
    };
    // The months of the years 0 to 9999, by the day on which they start.
    let (mut first, mut after) = (0, 10_000 * 12);
    while first < after {
        let middle = i64::midpoint(first, after);
        if starts_by(&middle) { first = middle + 1 } else { after = middle }
    }
    let month = first - 1;
    let written = format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1);
    let date = format!("{written}-{:02}", day - days(&written)? + 1);
    (days(&date) == Some(day)).then_some(date)
}

/// Seconds of `hh:mm[:ss[.f]]` with `Z` or `±hh:mm`, the offset taken off, and the digits of the fraction.
fn clock(time: &str) -> Option<(i64, &str)> {
    let below = |text: &str, most: i64| digits(text, 2).filter(|value| *value < most);
    let (clock, offset) = if let Some(clock) = time.strip_suffix('Z') {
        (clock, 0)
    } else {
        let (clock, zone) = time.split_at_checked(time.rfind(['+', '-'])?)?;
        let (hours, minutes) = zone.get(1..)?.split_once(':')?;
        let offset = below(hours, 24)? * 3_600 + below(minutes, 60)? * 60;
        (clock, if zone.starts_with('-') { -offset } else { offset })
    };
    let mut parts = clock.splitn(3, ':');
    let (hours, minutes) = (below(parts.next()?, 24)?, below(parts.next()?, 60)?);
    let rest = parts.next().unwrap_or("00");
    // A point without digits after it is none.
    let (seconds, fraction) = rest.split_once('.').unwrap_or((rest, "0"));
    let seconds = below(seconds, 60).filter(|_| !fraction.is_empty() && all_digits(fraction))?;
    Some((hours * 3_600 + minutes * 60 + seconds - offset, fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_their_days() {
        for text in ["0000-01-01", "0000-02-29", "1969-12-31", "1970-01-01", "2026-05-04", "9999-12-31"] {
            assert_eq!(date(days(text).unwrap()).as_deref(), Some(text));
        }
        for (text, by) in [("0000-01-01", -1), ("9999-12-31", 1)] {
            assert_eq!(date(days(text).unwrap() + by), None);
        }
    }

    #[test]
    fn instants_are_read() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-22T02:00:00Z", 1_795_312_800),
            ("2026-05-04T10:00:00+02:00", 1_777_881_600),
            ("2000-02-29", 951_782_400),
            ("0000-03-01", -62_162_035_200),
            ("1969-12-31T23:59:59Z", -1),
            ("2026-01", 1_767_225_600),
            ("-1795312800", -1_795_312_800),
            ("1970-01-01T23:59:59Z", 86_399),
            ("1970-01-01T01:30:00+01:30", 0),
            ("1970-01-01T01:30:00-01:30", 10_800),
            ("1970-01-01T00:00:00+23:59", -86_340),
        ] {
            assert_eq!(parse(text), Number::Value(Number::whole(seconds)), "{text}");
        }
        assert_eq!(parse("1970-01-01T00:00:00.5Z"), Number::Value(Number::whole(1) / 2));
        for bad in [
            "",
            "2026-13-01",
            "2025-02-29",
            "1900-02-29",
            "2026-01-01T25:00:00Z",
            "2026-01-01T00:00:00",
            "now",
            "1.5",
            "2026-01T00:00:00Z",
            "2026-01-01T00:00:00.Z",
            // Each number has its digits and no sign, and is below its limit.
            "+026-01-01",
            "02026-01-01",
            "20260-01",
            "2026-1-01",
            "2026-+1-01",
            "2026-01-+1",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01T+1:00:00Z",
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00+00:60",
            "2026-01-01T00:00:00+0:00",
        ] {
            assert_eq!(parse(bad), Number::No, "{bad}");
        }
    }
}
