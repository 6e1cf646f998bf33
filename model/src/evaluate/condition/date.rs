//! Dates of conditions (semantics:C8).
//!
//! The W3C profile of ISO 8601: `2026-05`, `2026-05-04`, and a date with a time of hours and minutes or finer and an
//! offset, `2026-05-04T09:30Z`, `2026-05-04T09:30:00.5+02:00`. A date alone is its first instant in UTC. A whole
//! number counts seconds since 1970 in UTC.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// Nanoseconds since the start of 1970 in UTC.
type Instant = i128;

const SECOND: i128 = 1_000_000_000;

/// An operand with as many digits may be meant in milliseconds (F23).
const MILLISECOND_DIGITS: usize = 10;

/// The instant written `text`; none if it is neither a date of the profile nor a whole number of at most 18 digits.
pub(super) fn instant(text: &str) -> Option<Instant> {
    match epoch(text) {
        Some(seconds) => Some(seconds * SECOND),
        None => calendar(text),
    }
}

/// The instant of a whole number of ten digits or more, read as milliseconds; none for all other texts.
pub(super) fn instant_in_milliseconds(text: &str) -> Option<Instant> {
    let digits = text.strip_prefix('-').unwrap_or(text).len();
    epoch(text).filter(|_| digits >= MILLISECOND_DIGITS).map(|milliseconds| milliseconds * (SECOND / 1000))
}

fn epoch(text: &str) -> Option<i128> {
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
    let (time, offset) = match time_text {
        Some(text) => clock(text)?,
        None => (Time::midnight(), 0),
    };
    let timestamp = Offset::UTC.to_timestamp(DateTime::from_parts(date, time)).ok()?;
    Some(timestamp.as_nanosecond() - i128::from(offset) * SECOND)
}

/// A time of day and its offset from UTC in seconds.
fn clock(text: &str) -> Option<(Time, i32)> {
    let (time, offset) = if let Some(time) = text.strip_suffix('Z') {
        (time, 0)
    } else {
        let (time, offset) = text.split_at_checked(text.find(['+', '-'])?)?;
        let (hours, minutes) = offset.get(1..)?.split_once(':')?;
        let (hours, minutes): (i32, i32) = (number(hours, 2)?, number(minutes, 2)?);
        if hours > 23 || minutes > 59 {
            return None;
        }
        let seconds = (hours * 60 + minutes) * 60;
        (time, if offset.starts_with('-') { -seconds } else { seconds })
    };
    let mut parts = time.split(':');
    let hour: i8 = number(parts.next()?, 2)?;
    let minute: i8 = number(parts.next()?, 2)?;
    let (second, nanosecond): (i8, i32) = match parts.next() {
        Some(part) => {
            let (second, fraction) = match part.split_once('.') {
                Some((second, fraction)) => (second, nanoseconds(fraction)?),
                None => (part, 0),
            };
            (number(second, 2)?, fraction)
        }
        None => (0, 0),
    };
    if parts.next().is_some() {
        return None;
    }
    Some((Time::new(hour, minute, second, nanosecond).ok()?, offset))
}

/// The number that exactly `digits` digits write.
fn number<T: std::str::FromStr>(text: &str, digits: usize) -> Option<T> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// The nanoseconds of a fraction of one to nine digits.
fn nanoseconds(fraction: &str) -> Option<i32> {
    if fraction.is_empty() || fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<9}").parse().ok()
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
            assert_eq!(instant(text), Some(seconds), "{text}");
        }
        assert_eq!(instant("2026-05-01"), instant("2026-05-01T00:00:00Z"));
        assert_eq!(instant("2026-05"), instant("2026-05-01T00:00:00Z"));
        assert!(instant("2026-05-04T09:30:00.5Z") > Some(seconds));
        assert!(instant("-1") < instant("0"));
    }

    #[test]
    fn milliseconds_are_for_long_numbers_only() {
        assert_eq!(instant_in_milliseconds("1777887000000"), instant("1777887000"));
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
