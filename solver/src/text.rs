//! How the text of a value reads as an instant or an address, and back.

use std::net::IpAddr;

use crate::decimal::Decimal;

/// The instant written `text`, in seconds since 1970: an ISO 8601 date, or date and time with `Z` or an offset, or
/// a number of seconds (semantics:C8). None otherwise.
pub fn parse_instant(text: &str) -> Option<Decimal> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if !unsigned.is_empty() && unsigned.len() <= 18 && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Decimal::parse(text);
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let days = parse_date(date)?;
    if time.is_some() && date.len() < 10 {
        return None;
    }
    let (seconds, fraction) = match time {
        Some(time) => parse_time(time)?,
        None => (0, ""),
    };
    let total = days.checked_mul(86_400)?.checked_add(seconds)?;
    let whole = Decimal::from_integer(total);
    if fraction.is_empty() {
        Some(whole)
    } else {
        Some(whole.plus(&Decimal::parse(&format!("0.{fraction}"))?))
    }
}

fn digits(text: &str, length: usize) -> Option<i64> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Days since 1970-01-01 of `YYYY-MM-DD` or `YYYY-MM`.
fn parse_date(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let year = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2)?;
    let day = parts.next().map_or(Some(1), |day| digits(day, 2))?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    Some(days_from_civil(year, month, day))
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar. March starts the year, so that leap days end it.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Seconds of `hh:mm[:ss[.f]]` with `Z` or `±hh:mm`, the offset taken off, and the digits of the fraction.
fn parse_time(text: &str) -> Option<(i64, &str)> {
    let (clock, offset) = if let Some(clock) = text.strip_suffix('Z') {
        (clock, 0)
    } else {
        let place = text.rfind(['+', '-'])?;
        let (clock, zone) = text.split_at_checked(place)?;
        let sign = if zone.starts_with('-') { -1 } else { 1 };
        let zone = zone.get(1..)?;
        let (hours, minutes) = zone.split_once(':')?;
        let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
        if hours > 23 || minutes > 59 {
            return None;
        }
        (clock, sign * (hours * 3_600 + minutes * 60))
    };
    let mut parts = clock.splitn(3, ':');
    let hours = digits(parts.next()?, 2)?;
    let minutes = digits(parts.next()?, 2)?;
    let (seconds, fraction) = match parts.next() {
        Some(rest) => match rest.split_once('.') {
            Some((_, "")) => return None,
            Some((whole, fraction)) => (digits(whole, 2)?, fraction),
            None => (digits(rest, 2)?, ""),
        },
        None => (0, ""),
    };
    if hours > 23 || minutes > 59 || seconds > 59 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((hours * 3_600 + minutes * 60 + seconds - offset, fraction))
}

/// The instant as requests carry it: `YYYY-MM-DDThh:mm:ssZ`, or seconds where that form cannot say it.
pub fn print_instant(instant: &Decimal) -> String {
    let whole = instant.floor();
    let Some(seconds) = whole.filter(|seconds| Decimal::from_integer(*seconds) == *instant) else {
        return instant.to_string();
    };
    let days = seconds.div_euclid(86_400);
    let clock = seconds.rem_euclid(86_400);
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    if !(0..=9999).contains(&year) {
        return instant.to_string();
    }
    let (hours, minutes, rest) = (clock / 3_600, clock / 60 % 60, clock % 60);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{rest:02}Z")
}

/// The address written `text` and whether it is IPv6; IPv4 in the low 32 bits.
pub fn parse_address(text: &str) -> Option<(bool, u128)> {
    match text.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => Some((false, u128::from(u32::from(address)))),
        IpAddr::V6(address) => Some((true, u128::from(address))),
    }
}

/// Whether `text` is an address or a range of addresses in CIDR notation, as condition operators on addresses take it.
pub fn is_address_range(text: &str) -> bool {
    text.parse::<ipnet::IpNet>().is_ok() || text.parse::<IpAddr>().is_ok()
}

/// The address in its usual text form.
pub fn print_address(v6: bool, bits: u128) -> String {
    if v6 {
        std::net::Ipv6Addr::from(bits).to_string()
    } else {
        std::net::Ipv4Addr::from(u32::try_from(bits & 0xFFFF_FFFF).unwrap_or(0)).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_and_printed() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-22T02:00:00Z", 1_795_312_800),
            ("2026-05-04T10:00:00+02:00", 1_777_881_600),
            ("2000-02-29", 951_782_400),
            ("1969-12-31T23:59:59Z", -1),
            ("2026-01", 1_767_225_600),
            ("1795312800", 1_795_312_800),
        ] {
            assert_eq!(parse_instant(text), Some(Decimal::from_integer(seconds)), "{text}");
            assert_eq!(parse_instant(&print_instant(&Decimal::from_integer(seconds))), parse_instant(text));
        }
        assert_eq!(print_instant(&Decimal::from_integer(951_782_400)), "2000-02-29T00:00:00Z");
        for bad in
            ["", "2026-13-01", "2025-02-29", "2026-01-01T25:00:00Z", "2026-01-01T00:00:00", "now", "1.5"]
        {
            assert_eq!(parse_instant(bad), None, "{bad}");
        }
    }
}
