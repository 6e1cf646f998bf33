//! Minimal subsets: what is left when everything that is not needed is left out.

/// So many items are left out one at a time before more are tried together.
const ONE_BY_ONE: u32 = 3;

/// Leaves out of `items`, from the last to the first, each one without which `suffices` still holds of the rest.
/// `suffices` holds of `items`, and of every superset of what it holds of; then the result is the one that single steps
/// lead to. After some that were left out the next are tried together, twice as many each time, so that few that are
/// needed are found among thousands in few calls.
pub(crate) fn leave_out<T: Clone>(items: &mut Vec<T>, mut suffices: impl FnMut(&[T]) -> bool) {
    let mut end = items.len();
    let mut successes: u32 = 0;
    while end > 0 {
        let together = 1_usize.checked_shl(successes.saturating_sub(ONE_BY_ONE)).unwrap_or(usize::MAX);
        let start = end.saturating_sub(together);
        let mut fewer = items.clone();
        fewer.drain(start..end);
        if suffices(&fewer) {
            *items = fewer;
            end = start;
            successes += 1;
        } else {
            if end - start == 1 {
                end = start;
            }
            successes = 0;
        }
    }
}

/// More items than these are tried in halves.
const FEW: usize = 16;
/// So many calls are made in search of one item that suffices alone, before the search is given up.
const CALLS: usize = 256;

/// The first item of which alone `suffices` holds. `suffices` holds of every superset of what it holds of. None if there
/// is none, or if so many sets of several suffice that it was not found in [`CALLS`] calls.
pub(crate) fn first_alone<T: Clone>(items: &[T], mut suffices: impl FnMut(&[T]) -> bool) -> Option<T> {
    let mut calls = 0;
    // The next is the last.
    let mut open = vec![items];
    while let Some(some) = open.pop() {
        let tried: Vec<&[T]> = if some.len() <= FEW { some.chunks(1).collect() } else { vec![some] };
        for one in tried {
            calls += 1;
            if calls > CALLS {
                return None;
            }
            if !suffices(one) {
                continue;
            }
            if let [found] = one {
                return Some(found.clone());
            }
            let (first, second) = one.split_at(one.len() / 2);
            open.extend([second, first]);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holds of supersets of one of `sets`.
    fn holds(sets: &[&[u32]], items: &[u32]) -> bool {
        sets.iter().any(|set| set.iter().all(|item| items.contains(item)))
    }

    #[test]
    fn what_is_left_is_what_single_steps_lead_to() {
        let all: Vec<u32> = (0..40).collect();
        let choices: [&[&[u32]]; 6] = [
            &[&[]],
            &[&[0]],
            &[&[39]],
            &[&[3, 17, 38], &[3, 18]],
            &[&[5, 6, 7, 8], &[30, 31, 32]],
            &[&[0, 39], &[20]],
        ];
        for sets in choices {
            let mut expected = all.clone();
            for item in all.iter().rev() {
                let fewer: Vec<u32> = expected.iter().copied().filter(|other| other != item).collect();
                if holds(sets, &fewer) {
                    expected = fewer;
                }
            }
            let mut found = all.clone();
            leave_out(&mut found, |items| holds(sets, items));
            assert_eq!(found, expected, "{sets:?}");
        }
    }

    #[test]
    fn few_of_thousands_take_few_calls() {
        let mut items: Vec<u32> = (0..10_000).collect();
        let mut calls = 0;
        leave_out(&mut items, |items| {
            calls += 1;
            holds(&[&[17, 5_000, 9_998]], items)
        });
        assert_eq!(items, [17, 5_000, 9_998]);
        assert!(calls < 400, "{calls}");
    }

    #[test]
    fn the_first_that_suffices_alone_is_found() {
        let all: Vec<u32> = (0..1_000).collect();
        for (sets, expected) in [
            (&[&[700_u32][..], &[900]][..], Some(700)),
            (&[&[0], &[1]], Some(0)),
            (&[&[1, 2], &[999]], Some(999)),
            (&[&[1, 2], &[3, 900]], None),
        ] {
            assert_eq!(first_alone(&all, |items| holds(sets, items)), expected);
        }
        let mut calls = 0;
        let any_two = first_alone(&all, |items| {
            calls += 1;
            items.len() > 1
        });
        assert_eq!((any_two, calls), (None, CALLS));
    }
}
