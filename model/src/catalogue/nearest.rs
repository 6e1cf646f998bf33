//! The catalogued actions that a name which is not one probably meant.

use std::collections::BTreeSet;

use crate::catalogue::{ActionId, Catalogue};

/// A longer name is no misspelt action: the longest has some eighty characters, and distances take time by the product.
const LONGEST_NAME: usize = 256;

/// Up to `count` actions closest to `name`: those of the service with the closest prefix and those of the same name under
/// any other, ranked by how many words of the name they lack, service before name, then edit distance. Ties go by name. None for a name
/// of more than [`LONGEST_NAME`] bytes.
pub(super) fn nearest_actions(catalogue: &Catalogue, name: &str, count: usize) -> Vec<ActionId> {
    if name.len() > LONGEST_NAME {
        return Vec::new();
    }
    let (service, action) = name.split_once(':').unwrap_or(("", name));
    let wanted = words(action);
    let service = service.to_ascii_lowercase();
    let action = action.to_ascii_lowercase();
    let closest: BTreeSet<&str> = closest_services(catalogue, &service);
    let mut ranked: Vec<_> = (0..)
        .zip(catalogue.actions())
        .filter_map(|(id, candidate)| {
            let foreign = !closest.contains(&*candidate.service);
            if foreign && !candidate.name.eq_ignore_ascii_case(&action) {
                return None;
            }
            let words = words(&candidate.name);
            let missing = wanted.iter().filter(|word| !words.contains(word)).count();
            Some((missing, foreign, distance(&action, &candidate.name.to_ascii_lowercase()), ActionId(id)))
        })
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().take(count).map(|(.., id)| id).collect()
}

/// The services whose prefix is closest to `service`; all of them when it is empty.
fn closest_services<'a>(catalogue: &'a Catalogue, service: &str) -> BTreeSet<&'a str> {
    if service.is_empty() {
        return catalogue.services().iter().map(|known| &**known).collect();
    }
    let ranked: Vec<_> =
        catalogue.services().iter().map(|known| (distance(service, known), &**known)).collect();
    let least = ranked.iter().map(|(distance, _)| *distance).min();
    ranked.into_iter().filter(|(distance, _)| Some(*distance) == least).map(|(_, known)| known).collect()
}

/// The words of a name in lower case: `UpdateModel` gives `update` and `model`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for character in name.chars() {
        match words.last_mut() {
            Some(word) if !character.is_ascii_uppercase() => word.push(character),
            _ => words.push(character.to_ascii_lowercase().to_string()),
        }
    }
    words
}

/// The number of characters to insert, delete or replace to turn `left` into `right`.
pub fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, from) in (1..).zip(left.chars()) {
        let mut diagonal = line - 1;
        let mut before = line;
        for (cell, to) in row.iter_mut().skip(1).zip(&right) {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = *cell;
            before = replaced.min(diagonal + 1).min(before + 1);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = line;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{distance, words};

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("getobjcet", "getobject"), 2);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn names_split_at_capitals() {
        assert_eq!(words("UpdateModel"), ["update", "model"]);
        assert_eq!(words("getobject"), ["getobject"]);
    }
}
