//! IP addresses and prefixes.

use std::net::IpAddr;

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

#[cfg(test)]
mod tests {
    use super::*;

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
