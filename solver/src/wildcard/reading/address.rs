//! The automaton of IP addresses within a prefix (semantics:C8): four decimal numbers, or groups of hexadecimal digits
//! of which `::` may leave some out and the last two may be written as IPv4.

use super::super::automaton::Positions;
use super::super::character::CharacterSet;
use crate::term::Prefix;

/// Groups of an IPv6 address.
const GROUPS: u32 = 8;

/// The texts that read as an address, all or those within `prefix`.
pub(in crate::wildcard) fn positions(prefix: Option<&Prefix>) -> Positions {
    let mut builder = Builder { positions: Positions::start(), end: 0, fixed: 0, bits: 0 };
    builder.end = builder.positions.add();
    builder.positions.accept(builder.end);
    if prefix.is_none_or(|prefix| !prefix.v6) {
        // The four numbers are where the last two groups of an IPv6 address are.
        builder.bits = prefix.map_or(0, |prefix| prefix.bits & 0xFFFF_FFFF);
        builder.fixed = 96 + prefix.map_or(0, |prefix| u32::from(prefix.length));
        let start = builder.positions.add();
        builder.positions.epsilon(0, start);
        builder.numbers(start);
    }
    if prefix.is_none_or(|prefix| prefix.v6) {
        builder.bits = prefix.map_or(0, |prefix| prefix.bits);
        builder.fixed = prefix.map_or(0, |prefix| u32::from(prefix.length));
        builder.groups();
    }
    builder.positions
}

struct Builder {
    positions: Positions,
    end: u32,
    /// So many bits must be as in `bits`.
    fixed: u32,
    bits: u128,
}

impl Builder {
    /// The least and greatest value of the `width` bits from bit `first` on, counted from the front.
    fn range(&self, first: u32, width: u32) -> (u32, u32) {
        let fixed = self.fixed.saturating_sub(first).min(width);
        let value = self.bits >> (128 - first - width);
        let mask = (1_u128 << width) - 1;
        let free = (1_u128 << (width - fixed)) - 1;
        let low = value & mask & !free;
        let number = |value: u128| u32::try_from(value).unwrap_or(0);
        (number(low), number(low | free))
    }

    /// From `start` to the end: the last 32 bits as four decimal numbers.
    fn numbers(&mut self, start: u32) {
        let mut here = start;
        for place in 0..4 {
            let (low, high) = self.range(96 + 8 * place, 8);
            let next = if place == 3 { self.end } else { self.positions.add() };
            // A root of its own for the tree of texts.
            let root = self.positions.add();
            self.positions.epsilon(here, root);
            let after = self.positions.add();
            for number in low..=high {
                let mut leaf = root;
                for digit in number.to_string().chars() {
                    leaf = self.positions.step(leaf, digit);
                }
                self.positions.epsilon(leaf, after);
            }
            if place == 3 {
                self.positions.epsilon(after, next);
            } else {
                self.positions.connect(after, &CharacterSet::exactly('.'), next);
            }
            here = next;
        }
    }

    /// From `start` to the position returned: group `index`, one to four digits.
    fn group(&mut self, start: u32, index: u32) -> u32 {
        let after = self.positions.add();
        for count in 1..=4 {
            let mut here = start;
            for place in 0..4 {
                let (low, high) = self.range(16 * index + 4 * place, 4);
                if place < 4 - count {
                    // A digit that is not written is a zero.
                    if low > 0 {
                        break;
                    }
                    continue;
                }
                let next = self.positions.add();
                self.positions.connect(here, &hexadecimal(low, high), next);
                here = next;
                if place == 3 {
                    self.positions.epsilon(here, after);
                }
            }
        }
        after
    }

    fn groups(&mut self) {
        let colon = CharacterSet::exactly(':');
        // By how many groups are still to be read behind `::`.
        let mut tails = vec![self.end];
        for left in 1..GROUPS {
            let start = self.positions.add();
            let after = self.group(start, GROUPS - left);
            if let Some(rest) = tails.last().filter(|_| left > 1) {
                self.positions.connect(after, &colon, *rest);
            } else {
                self.positions.epsilon(after, self.end);
            }
            if left == 2 {
                self.numbers(start);
            }
            tails.push(start);
        }
        let mut before = self.positions.add();
        self.positions.epsilon(0, before);
        // After the colon that ends a group, or at the start, where the first colon of `::` is still to come.
        let mut colon_read = self.positions.add();
        self.positions.connect(before, &colon, colon_read);
        for index in 0..GROUPS {
            let gap = self.positions.add();
            self.positions.connect(colon_read, &colon, gap);
            for (left, tail) in (0..GROUPS - index).zip(&tails) {
                let zeros = index..GROUPS - left;
                if zeros.into_iter().all(|group| self.range(16 * group, 16).0 == 0) {
                    self.positions.epsilon(gap, *tail);
                }
            }
            let after = self.group(before, index);
            if index == 6 {
                self.numbers(before);
            }
            if index + 1 == GROUPS {
                self.positions.epsilon(after, self.end);
            } else {
                before = self.positions.add();
                self.positions.connect(after, &colon, before);
                colon_read = before;
            }
        }
    }
}

fn hexadecimal(low: u32, high: u32) -> CharacterSet {
    let ranges = (low..=high).filter_map(|digit| char::from_digit(digit, 16));
    CharacterSet::from_ranges(
        ranges
            .flat_map(|digit| [(digit, digit), (digit.to_ascii_uppercase(), digit.to_ascii_uppercase())])
            .collect(),
    )
}
