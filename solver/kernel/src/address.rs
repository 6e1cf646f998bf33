//! IP addresses and prefixes.

use std::net::IpAddr;

use crate::language::{Language, Part};

/// The characters in which addresses are written.
pub(crate) const CHARACTERS: &str = "0123456789abcdefABCDEF:.";

/// The addresses of a prefix, first and last, as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prefix {
    pub(crate) v6: bool,
    pub(crate) low: u128,
    pub(crate) high: u128,
}

/// The address written `text`: whether it is of IPv6, and its bits.
pub(crate) fn parse(text: &str) -> Option<(bool, u128)> {
    match text.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => Some((false, u128::from(u32::from(address)))),
        IpAddr::V6(address) => Some((true, u128::from(address))),
    }
}

/// The largest address of a family.
pub(crate) fn last(v6: bool) -> u128 {
    if v6 { u128::MAX } else { u128::from(u32::MAX) }
}

/// The prefix written `text`: an address, a slash, and how many of its bits count.
pub(crate) fn prefix(text: &str) -> Option<Prefix> {
    let (address, length) = text.split_once('/')?;
    let (v6, bits) = parse(address)?;
    let width = if v6 { 128 } else { 32 };
    let free = u32::checked_sub(width, length.parse().ok()?)?;
    let span = last(v6).checked_shr(width - free).unwrap_or(0);
    Some(Prefix { v6, low: bits & !span, high: bits | span })
}

/// Texts that hold all that are written as an address of the prefix: of IPv4 the first octets are as the prefix says.
pub(crate) fn texts(prefix: Prefix) -> Language {
    if prefix.v6 {
        return Language::of_characters(CHARACTERS);
    }
    let octet = |bits: u128, place: u32| bits >> (24 - 8 * place) & 0xFF;
    let mut language = Language::default();
    for place in 0..4 {
        let (low, high) = (octet(prefix.low, place), octet(prefix.high, place));
        let values: Vec<String> = (low..=high).map(|value| value.to_string()).collect();
        let fixed = values.len() == 1;
        let point = if place < 3 { "." } else { "" };
        language.parts.extend([Part::Alternatives(values), Part::Text(point.to_owned())]);
        if !fixed && place < 3 {
            language.parts.extend(Language::of_characters("0123456789.").parts);
            break;
        }
    }
    language
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::automaton::Automaton;

    #[test]
    fn texts_of_prefixes_are_those_of_their_addresses() {
        for (written, inside, outside) in [
            ("10.0.0.0/8", vec!["10.0.0.0", "10.255.1.9"], vec!["1.0.0.0", "100.1.1.1", "11.0.0.0", "::1"]),
            ("10.16.0.0/12", vec!["10.16.0.1", "10.31.255.255"], vec!["10.15.0.1", "10.32.0.1", "10.1.6.1"]),
            ("192.0.2.7/32", vec!["192.0.2.7"], vec!["192.0.2.70", "192.0.2."]),
            ("192.0.2.4/31", vec!["192.0.2.4", "192.0.2.5"], vec!["192.0.2.6", "192.0.2.45"]),
            ("0.0.0.0/0", vec!["0.0.0.0", "255.1.2.3"], vec!["::"]),
            ("2001:db8::/32", vec!["2001:db8::1", "2001:0DB8:0:0::"], vec!["x"]),
        ] {
            let mut automaton = Automaton::new(&texts(prefix(written).unwrap()));
            for text in inside {
                assert!(automaton.accepts(text), "{text} is within {written}");
            }
            for text in outside {
                assert!(!automaton.accepts(text), "{text} is not within {written}");
            }
        }
    }

    /// What is wider keeps the automaton small: three octets of any value would make it hundreds of positions larger.
    #[test]
    fn after_the_octet_in_which_a_prefix_ends_points_and_digits_are_left_open() {
        let mut automaton = Automaton::new(&texts(prefix("10.16.0.0/12").unwrap()));
        for (text, is_in) in [
            ("10.16.", true),
            ("10.31.999.1.1", true),
            ("10.16", false),
            ("10.32.999.1.1", false),
            ("10.16.1.a", false),
            ("10.16.1:1", false),
        ] {
            assert_eq!(automaton.accepts(text), is_in, "{text}");
        }
    }

    #[test]
    fn prefixes_are_read() {
        for (text, v6, low, high) in [
            ("192.0.2.77/24", false, 0xC000_0200, 0xC000_02FF),
            ("0.0.0.0/0", false, 0, 0xFFFF_FFFF),
            ("10.0.0.1/32", false, 0x0A00_0001, 0x0A00_0001),
            ("::/0", true, 0, u128::MAX),
            ("::1/128", true, 1, 1),
            ("2001:db8::/32", true, 0x2001_0DB8 << 96, (0x2001_0DB9 << 96) - 1),
        ] {
            assert_eq!(prefix(text), Some(Prefix { v6, low, high }), "{text}");
        }
        for bad in ["10.0.0.0", "10.0.0.0/33", "::/129", "10.0.0/8", "/8", "10.0.0.0/-1"] {
            assert_eq!(prefix(bad), None, "{bad}");
        }
    }
}
