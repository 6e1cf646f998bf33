//! Whether a pattern may tell apart the names that something may get.

/// Matching as IAM does, of a pattern against every text that begins with `start` and goes on as names do: true if it matches some of them and not
/// all. Letter case does not count here, and a policy variable may stand for anything, so that more is told apart than AWS would.
#[must_use]
pub fn tells_apart(pattern: &str, start: &str) -> bool {
    let pattern = parts(pattern);
    // The places in the pattern that a reading of the start may have come to.
    let mut places = vec![false; pattern.len() + 1];
    set(&mut places, 0, true);
    close(&mut places, &pattern);
    for letter in start.to_lowercase().chars() {
        let mut next = vec![false; pattern.len() + 1];
        for (place, part) in pattern.iter().enumerate().filter(|(place, _)| places.get(*place) == Some(&true))
        {
            let (stay, step) = match part {
                Part::Any => (true, false),
                Part::One => (false, true),
                Part::Letter(wanted) => (false, *wanted == letter),
            };
            set(&mut next, place, stay);
            set(&mut next, place + 1, step);
        }
        close(&mut next, &pattern);
        places = next;
    }
    // Whatever follows matches where nothing but `*` is left, at least one letter of it.
    let all = |from: usize| {
        let rest = pattern.get(from..).unwrap_or_default();
        !rest.is_empty() && rest.iter().all(|part| *part == Part::Any)
    };
    let reached = || places.iter().enumerate().filter(|(_, reached)| **reached).map(|(place, _)| place);
    // A place at the end alone matches nothing more: a name goes on, in letters that names have, or a session's name behind it.
    let can = |part: &Part| match part {
        Part::Any | Part::One => true,
        Part::Letter(letter) => letter.is_alphanumeric() || "+=,.@-_/".contains(*letter),
    };
    let some = reached().any(|from| {
        let rest = pattern.get(from..).unwrap_or_default();
        !rest.is_empty() && rest.iter().all(can)
    });
    some && !reached().any(all)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Any,
    One,
    Letter(char),
}

fn parts(pattern: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        let behind = rest.strip_prefix("${").and_then(|inside| inside.split_once('}'));
        if let Some((_, behind)) = behind {
            parts.push(Part::Any);
            rest = behind;
            continue;
        }
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        match letter {
            '*' => parts.push(Part::Any),
            '?' => parts.push(Part::One),
            other => parts.extend(other.to_lowercase().map(Part::Letter)),
        }
    }
    parts
}

fn set(places: &mut [bool], place: usize, reached: bool) {
    if let Some(known) = places.get_mut(place) {
        *known |= reached;
    }
}

/// `*` may stand for nothing.
fn close(places: &mut [bool], pattern: &[Part]) {
    for (place, part) in pattern.iter().enumerate() {
        if *part == Part::Any && places.get(place) == Some(&true) {
            set(places, place + 1, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::tells_apart;

    #[test]
    fn a_pattern_tells_names_apart_that_it_matches_in_part() {
        let start = "arn:aws:iam::111122223333:role/app-";
        for (pattern, expected) in [
            ("*", false),
            ("arn:aws:iam::111122223333:role/app-*", false),
            ("arn:aws:iam::*:role/*", false),
            ("arn:aws:iam::*:role/APP-*", false),
            ("arn:aws:iam::*:role/app-x*", true),
            ("arn:aws:iam::*:role/app-????", true),
            ("arn:aws:iam::*:role/*-admin", true),
            ("arn:aws:iam::*:role/${aws:username}", false),
            ("arn:aws:iam::*:role/${aws:username}-x", true),
            ("arn:aws:iam::*:user/*", false),
            ("arn:aws:iam::*:role/app-", false),
            ("arn:aws:iam::*:role/ap", false),
            ("", false),
            ("app", false),
        ] {
            assert_eq!(tells_apart(pattern, start), expected, "{pattern}");
        }
        assert!(tells_apart("app-1", "app-") && !tells_apart("app-*", "app-") && tells_apart("x", ""));
    }
}
