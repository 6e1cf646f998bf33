//! IP addresses and ranges of conditions (semantics:C8).

use std::net::{IpAddr, Ipv6Addr};

use ipnet::{IpNet, Ipv6Net};

/// The address written `text`.
pub(super) fn parse_address(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

/// A range of addresses: CIDR notation, or one address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    network: IpNet,
    /// The address of a range that is written as a bare IPv6 address.
    bare: Option<Ipv6Addr>,
}

impl Range {
    /// The range written `text`. Host bits may be set.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.contains('/') {
            return text.parse().ok().map(|network| Self { network, bare: None });
        }
        let address = parse_address(text)?;
        let bare = if let IpAddr::V6(address) = address { Some(address) } else { None };
        Some(Self { network: IpNet::from(address), bare })
    }

    /// Whether `address` is in the range; never for an address of the other family.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.network.contains(&address)
    }

    /// As [`Range::contains`], a bare IPv6 address taken as a /32 (F25).
    pub(super) fn contains_widely(&self, address: IpAddr) -> bool {
        let wide = self.bare.and_then(|bare| Ipv6Net::new(bare, 32).ok());
        wide.map_or_else(|| self.contains(address), |wide| IpNet::V6(wide).contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::{Range, parse_address};

    fn within(address: &str, range: &str) -> bool {
        Range::parse(range).expect("a range").contains(parse_address(address).expect("an address"))
    }

    #[test]
    fn ranges_and_single_addresses() {
        assert!(within("203.0.113.77", "203.0.113.0/24"));
        assert!(within("203.0.113.77", "203.0.113.5/24"));
        assert!(!within("203.0.114.1", "203.0.113.0/24"));
        assert!(within("10.0.0.1", "10.0.0.1"));
        assert!(!within("10.0.0.2", "10.0.0.1"));
        assert!(within("10.0.0.2", "0.0.0.0/0"));
        assert!(!within("::1", "0.0.0.0/0"));
        assert!(within("2001:db8:0:0::25", "2001:DB8::25"));
        assert!(within("2001:db8:1::", "2001:db8::/32"));
    }

    #[test]
    fn a_bare_ipv6_address_may_be_a_range() {
        let range = Range::parse("2001:db8::25").expect("a range");
        let near = parse_address("2001:db8::26").expect("an address");
        assert!(!range.contains(near) && range.contains_widely(near));
        let range = Range::parse("10.0.0.1").expect("a range");
        assert!(!range.contains_widely(parse_address("10.0.0.2").expect("an address")));
    }

    #[test]
    fn what_is_no_range() {
        for text in
            ["", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "x/8", "10.0.0.*", "2001:db8::/129", "010.0.0.1"]
        {
            assert!(Range::parse(text).is_none(), "{text}");
        }
    }
}
