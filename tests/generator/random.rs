//! Random numbers: SplitMix64, in which equal seeds give equal numbers everywhere.

/// A sequence of random numbers.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A sequence of its own for the part `index` of whatever this one makes: adding parts changes none of the others.
    #[must_use]
    pub fn part(&self, index: u64) -> Self {
        let mut part = Self { state: self.state ^ index.wrapping_mul(0xd134_2543_de82_ef95) };
        part.next();
        part
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        usize::try_from(self.next().checked_rem(bound).unwrap_or(0)).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of `items`; the default where there is none.
    pub fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let place = self.below(items.len());
        items.get(place).copied().unwrap_or_default()
    }

    /// So many different ones of `items`, or all if there are not as many, in the order of `items`.
    pub fn pick_some<T: Copy>(&mut self, items: &[T], count: usize) -> Vec<T> {
        let mut left = count.min(items.len());
        let mut picked = Vec::with_capacity(left);
        for (place, item) in items.iter().enumerate() {
            if self.below(items.len() - place) < left {
                picked.push(*item);
                left -= 1;
            }
        }
        picked
    }

    /// `length` characters of `alphabet`.
    pub fn text(&mut self, alphabet: &str, length: usize) -> String {
        let characters: Vec<char> = alphabet.chars().collect();
        (0..length).map(|_| self.pick(&characters)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn a_seed_gives_the_same_numbers_for_ever() {
        let mut random = Random::new(7);
        let numbers: Vec<usize> = (0..6).map(|_| random.below(1_000)).collect();
        assert_eq!(numbers, [487, 804, 346, 203, 674, 305]);
        assert_eq!(random.part(3).text("abc", 4), Random::clone(&random).part(3).text("abc", 4));
        assert_eq!((random.below(0), random.between(5, 5)), (0, 5));
        let picked = random.pick_some(&[1, 2, 3, 4], 3);
        assert!(picked.len() == 3 && picked.is_sorted());
        assert_eq!(random.pick_some(&[1, 2], 5), [1, 2]);
    }
}
