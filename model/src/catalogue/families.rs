//! Which family a condition key belongs to: `aws:ResourceTag/team` to `aws:ResourceTag/${TagKey}`.

use std::collections::BTreeMap;

use crate::catalogue::KeyId;

/// Families by the text before and after their placeholder, in lower case.
#[derive(Clone, Debug, Default)]
pub(super) struct Families {
    by_prefix: BTreeMap<String, Vec<(String, KeyId)>>,
    /// Lengths of the prefixes, longest first.
    lengths: Vec<usize>,
}

impl Families {
    /// The families among `names`, the canonical names of all keys in id order.
    pub(super) fn new(names: &[String]) -> Self {
        let mut by_prefix: BTreeMap<String, Vec<(String, KeyId)>> = BTreeMap::new();
        for (id, name) in (0..).zip(names) {
            if let Some((prefix, suffix)) = split_placeholder(name) {
                by_prefix.entry(prefix.to_owned()).or_default().push((suffix.to_owned(), KeyId(id)));
            }
        }
        for suffixes in by_prefix.values_mut() {
            suffixes.sort_by_key(|(suffix, id)| (std::cmp::Reverse(suffix.len()), *id));
        }
        let mut lengths: Vec<usize> = by_prefix.keys().map(String::len).collect();
        lengths.sort_unstable_by(|left, right| right.cmp(left));
        lengths.dedup();
        Self { by_prefix, lengths }
    }

    /// The family of `name`, given in lower case: of those that fit, the one with the longest prefix, then the longest
    /// suffix. The placeholder stands for at least one character.
    pub(super) fn find(&self, name: &str) -> Option<KeyId> {
        self.lengths.iter().find_map(|length| {
            let (prefix, rest) = name.split_at_checked(*length)?;
            let fits = |suffix: &str| rest.strip_suffix(suffix).is_some_and(|variable| !variable.is_empty());
            self.by_prefix.get(prefix)?.iter().find(|(suffix, _)| fits(suffix)).map(|(_, id)| *id)
        })
    }
}

/// The text before and after the placeholder of a family, `${Name}` or `<name>`; none for a single key.
fn split_placeholder(name: &str) -> Option<(&str, &str)> {
    for (open, close) in [("${", "}"), ("<", ">")] {
        if let Some((prefix, rest)) = name.split_once(open)
            && let Some((_, suffix)) = rest.split_once(close)
        {
            return Some((prefix, suffix));
        }
    }
    None
}
