//! Sets of characters as ranges of Unicode scalar values, and which member stands for a set in a witness.

/// The largest scalar value.
const LAST: u32 = 0x0010_FFFF;

/// A set of characters: ascending, disjoint, inclusive ranges of scalar values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CharacterSet(Vec<(u32, u32)>);

impl CharacterSet {
    /// Every character.
    pub fn any() -> Self {
        Self(vec![(0, LAST)])
    }

    /// Every character but `excluded`.
    pub fn except(excluded: char) -> Self {
        let point = u32::from(excluded);
        let mut ranges = Vec::new();
        if let Some(before) = point.checked_sub(1) {
            ranges.push((0, before));
        }
        if point < LAST {
            ranges.push((point + 1, LAST));
        }
        Self(ranges)
    }

    /// Just `character`.
    pub fn exactly(character: char) -> Self {
        let point = u32::from(character);
        Self(vec![(point, point)])
    }

    /// `character` in both ASCII letter cases.
    pub fn ignoring_case(character: char) -> Self {
        Self::from_ranges(vec![
            (character.to_ascii_uppercase(), character.to_ascii_uppercase()),
            (character.to_ascii_lowercase(), character.to_ascii_lowercase()),
        ])
    }

    /// The union of inclusive ranges, in any order, possibly overlapping.
    pub fn from_ranges(ranges: Vec<(char, char)>) -> Self {
        Self::merged(ranges.into_iter().map(|(low, high)| (u32::from(low), u32::from(high))).collect())
    }

    fn merged(mut points: Vec<(u32, u32)>) -> Self {
        points.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::new();
        for (low, high) in points {
            match merged.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => merged.push((low, high)),
            }
        }
        Self(merged)
    }

    /// Its members with ASCII letters in lower case.
    #[must_use]
    pub fn in_lower_case(&self) -> Self {
        let (first, last) = (u32::from('A'), u32::from('Z'));
        let mut points: Vec<(u32, u32)> = Vec::new();
        for (low, high) in self.0.iter().copied() {
            points.extend([(low, high.min(first - 1)), (low.max(last + 1), high)]);
            let letters = (low.max(first), high.min(last));
            points.push((letters.0 + 32, letters.1 + 32));
        }
        points.retain(|(low, high)| low <= high);
        Self::merged(points)
    }

    /// The ranges, ascending and disjoint.
    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.0
    }

    /// Whether `character` is in the set.
    pub fn contains(&self, character: char) -> bool {
        let point = u32::from(character);
        self.0.iter().any(|(low, high)| *low <= point && point <= *high)
    }

    /// Whether every character is in the set.
    pub fn is_any(&self) -> bool {
        self.0 == [(0, LAST)]
    }
}

/// Ranges from which a witness takes its characters, most readable first. Together they cover every scalar value.
const PREFERRED: [(u32, u32); 9] = [
    (0x61, 0x7A), // a-z
    (0x30, 0x39), // 0-9
    (0x41, 0x5A), // A-Z
    (0x2D, 0x2D), // -
    (0x2F, 0x2F), // /
    (0x21, 0x7E), // other printable ASCII
    (0xA1, 0xFF),
    (0x0100, 0xD7FF),
    (0xE000, LAST),
];

/// The most readable character in the inclusive range, and its rank (smaller is preferred). None if the range holds
/// only surrogates or control characters that no request can carry are taken last.
pub fn representative(low: u32, high: u32) -> Option<(u32, char)> {
    let mut rank_base = 0;
    for (first, last) in PREFERRED {
        let candidate = low.max(first);
        if candidate <= high.min(last) {
            return char::from_u32(candidate).map(|character| (rank_base + candidate - first, character));
        }
        rank_base += last - first + 1;
    }
    let candidate = if low <= 0x20 && high >= 0x20 { 0x20 } else { low };
    char::from_u32(candidate).map(|character| (rank_base + candidate, character))
}
