//! Dates of conditions (semantics:C8).
//!
//! The W3C profile of ISO 8601: `2026-05`, `2026-05-04`, and a date with a time of hours and minutes or finer and an
//! offset, `2026-05-04T09:30Z`, `2026-05-04T09:30:00.5+02:00`. A date alone is its first instant in UTC. A whole
//! number counts seconds since 1970 in UTC.

use jiff::civil::{Date, Time};

/// An operand with as many digits may be meant in milliseconds (F23).
const MILLISECOND_DIGITS: usize = 10;

/// An instant of any precision.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant {
    /// Whole seconds since the start of 1970 in UTC, rounded down.
    seconds: i64,
    /// The digits of the rest of the second, without zeros at the end; in this form text order is that of numbers.
    fraction: String,
}

impl Instant {
    fn new(seconds: i64, fraction: &str) -> Self {
        Self { seconds, fraction: fraction.trim_end_matches('0').to_owned() }
    }
}

/// The instant written `text`; none if it is neither a date of the profile nor a whole number of at most 18 digits.
pub(crate) fn instant(text: &str) -> Option<Instant> {
    match epoch(text) {
        Some(seconds) => Some(Instant::new(seconds, "")),
        None => calendar(text),
    }
}

/// The instant of a whole number of ten digits or more, read as milliseconds; none for all other texts.
pub(super) fn instant_in_milliseconds(text: &str) -> Option<Instant> {
    let digits = text.strip_prefix('-').unwrap_or(text).len();
    let milliseconds = epoch(text).filter(|_| digits >= MILLISECOND_DIGITS)?;
    Some(Instant::new(milliseconds.div_euclid(1000), &format!("{:03}", milliseconds.rem_euclid(1000))))
}

fn epoch(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || digits.len() > 18 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn calendar(text: &str) -> Option<Instant> {
    let (date_text, time_text) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date_text.split('-');
    let year: i16 = parts.next().and_then(|part| number(part, 4))?;
    let month: i8 = parts.next().and_then(|part| number(part, 2))?;
    let day: Option<i8> = match parts.next() {
        Some(part) => Some(number(part, 2)?),
        None => None,
    };
    if parts.next().is_some() || (day.is_none() && time_text.is_some()) {
        return None;
    }
    let date = Date::new(year, month, day.unwrap_or(1)).ok()?;
    let days = i64::from((date - Date::new(1970, 1, 1).ok()?).get_days());
    let (seconds, fraction) = match time_text {
        Some(text) => clock(text)?,
        None => (0, ""),
    };
    Some(Instant::new(days * 86_400 + seconds, fraction))
}

/// The seconds since midnight in UTC, and the digits of the rest of the second, of a time with its offset.
fn clock(text: &str) -> Option<(i64, &str)> {
    let (time, offset) = if let Some(time) = text.strip_suffix('Z') {
        (time, 0)
    } else {
        let (time, offset) = text.split_at_checked(text.find(['+', '-'])?)?;
        let (hours, minutes) = offset.get(1..)?.split_once(':')?;
        let (hours, minutes): (i64, i64) = (number(hours, 2)?, number(minutes, 2)?);
        if hours > 23 || minutes > 59 {
            return None;
        }
        let seconds = (hours * 60 + minutes) * 60;
        (time, if offset.starts_with('-') { -seconds } else { seconds })
    };
    let mut parts = time.split(':');
    let hour: i8 = number(parts.next()?, 2)?;
    let minute: i8 = number(parts.next()?, 2)?;
    let (second, fraction): (i8, &str) = match parts.next() {
        Some(part) => {
            let (second, fraction) = part.split_once('.').unwrap_or((part, "0"));
            let digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
            (number(second, 2).filter(|_| digits)?, fraction)
        }
        None => (0, ""),
    };
    if parts.next().is_some() {
        return None;
    }
    let time = Time::new(hour, minute, second, 0).ok()?;
    let [hour, minute, second] = [time.hour(), time.minute(), time.second()].map(i64::from);
    Some(((hour * 60 + minute) * 60 + second - offset, fraction))
}

/// The number that exactly `digits` digits write.
fn number<T: std::str::FromStr>(text: &str, digits: usize) -> Option<T> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{instant, instant_in_milliseconds};

    #[test]
    fn spellings_of_one_instant() {
        let seconds = instant("1777887000").expect("an epoch");
        for text in [
            "2026-05-04T09:30:00Z",
            "2026-05-04T09:30Z",
            "2026-05-04T11:30:00+02:00",
            "2026-05-04T09:30:00.000Z",
        ] {
            assert_eq!(instant(text).as_ref(), Some(&seconds), "{text}");
        }
        assert_eq!(instant("2026-05-01"), instant("2026-05-01T00:00:00Z"));
        assert_eq!(instant("2026-05"), instant("2026-05-01T00:00:00Z"));
        assert!(instant("2026-05-04T09:30:00.5Z") > Some(seconds));
        assert!(instant("2026-05-04T09:30:00.12Z") < instant("2026-05-04T09:30:00.1200000000001Z"));
        assert!(instant("9999-12-31T23:59:59Z") > instant("9999-12-31"));
        assert!(instant("1969-12-31T23:59:59.9Z") < instant("1970-01-01"));
        assert!(instant("-1") < instant("0"));
    }

    #[test]
    fn milliseconds_are_for_long_numbers_only() {
        assert_eq!(instant_in_milliseconds("1777887000000"), instant("1777887000"));
        assert!(instant_in_milliseconds("1777887000001") > instant("1777887000"));
        assert!(instant_in_milliseconds("-1000000000001") < instant("-1000000000"));
        assert_eq!(instant_in_milliseconds("177788700"), None);
        assert_eq!(instant_in_milliseconds("2026-05-04"), None);
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "soon",
            "2026-13-01",
            "2026-02-30",
            "2026-5-4",
            "2026-05-04T09:30:00",
            "2026-05-04T25:00:00Z",
            "2026-05-04T09:30:00+2",
            "2026-05-04 09:30:00Z",
            "2026-05T09:30Z",
            "1.5",
            "1e9",
            "9999999999999999999",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
