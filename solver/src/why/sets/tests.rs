use super::*;

type Set = BTreeSet<u8>;

fn set(parts: &[u8]) -> Set {
    parts.iter().copied().collect()
}

/// The subsets of the first `count` numbers.
fn subsets(count: u8) -> Vec<Set> {
    (0_u32..1 << count).map(|bits| (0..count).filter(|part| bits >> part & 1 == 1).collect()).collect()
}

/// The minimal ones of those for which `holds`.
fn minimal(count: u8, holds: impl Fn(&Set) -> bool) -> BTreeSet<Set> {
    let all: Vec<Set> = subsets(count).into_iter().filter(|one| holds(one)).collect();
    let is_minimal = |one: &&Set| !all.iter().any(|other| other != *one && other.is_subset(one));
    all.iter().filter(is_minimal).cloned().collect()
}

fn suffices(sufficient: &[Set], kept: &Set) -> bool {
    sufficient.iter().any(|one| one.is_subset(kept))
}

/// What is found where `sufficient` sets suffice, and the judge names the first that is left, with `more` besides and without `less`.
fn found(count: u8, sufficient: &[Set], (more, less): (&Set, &Set), limit: usize) -> Option<Sets<u8, usize>> {
    looked_for(count, sufficient, (more, less), (limit, Depth::All))
}

fn looked_for(
    count: u8,
    sufficient: &[Set],
    (more, less): (&Set, &Set),
    how: (usize, Depth),
) -> Option<Sets<u8, usize>> {
    let all: Set = (0..count).collect();
    sets(&all, how, |without| {
        let kept: Set = all.difference(without).copied().collect();
        match sufficient.iter().find(|one| one.is_subset(&kept)) {
            Some(one) => {
                Judged::Holds(one.union(more).copied().filter(|part| !less.contains(part)).collect())
            }
            None => Judged::Fails(without.len()),
        }
    })
}

#[test]
fn a_single_point_of_failure_is_in_every_set() {
    let found = found(5, &[set(&[0, 1]), set(&[0, 2])], (&set(&[]), &set(&[])), 100).unwrap();
    assert_eq!(found.resting, [set(&[0, 1]), set(&[0, 2])]);
    assert_eq!(found.breaking, [(set(&[0]), 1), (set(&[1, 2]), 2)]);
    assert!(found.complete);
}

#[test]
fn what_rests_on_nothing_cannot_be_broken() {
    let found = found(4, &[set(&[])], (&set(&[1, 2]), &set(&[])), 100).unwrap();
    assert_eq!((found.resting.as_slice(), found.breaking.len(), found.complete), (&[set(&[])][..], 0, true));
}

#[test]
fn what_does_not_hold_rests_on_nothing() {
    assert_eq!(found(3, &[], (&set(&[]), &set(&[])), 100), None);
}

#[test]
fn the_limit_is_kept_and_told() {
    let sufficient: Vec<Set> = (0..6).map(|part| set(&[part, part + 6])).collect();
    for limit in 1..60 {
        let found = found(12, &sufficient, (&set(&[]), &set(&[])), limit).unwrap();
        assert!(found.judged <= limit && !found.complete, "{limit}");
        assert!(found.resting.iter().all(|one| sufficient.contains(one)));
        assert!(found.breaking.iter().all(|(one, _)| one.len() == 6));
        // That no single one breaks it is known early: both parts of the first set were away by then.
        assert_eq!(found.alone, limit >= 6, "{limit}");
    }
    // 64 sets break it: more judgements than that are needed, and these are enough.
    let found = found(12, &sufficient, (&set(&[]), &set(&[])), 10_000).unwrap();
    assert_eq!((found.resting.len(), found.breaking.len(), found.complete), (6, 64, true));
}

#[test]
fn all_sets_are_found_whatever_the_judge_names() {
    let named = [set(&[]), set(&[0]), set(&[1, 2])];
    let four = subsets(4);
    let all: Set = (0..4).collect();
    for (first, second, third) in four
        .iter()
        .flat_map(|first| four.iter().map(move |second| (first, second)))
        .flat_map(|(first, second)| {
            four.iter()
                .filter(move |third| first <= second && second <= *third)
                .map(move |third| (first, second, third))
        })
    {
        let sufficient = [first.clone(), second.clone(), third.clone()];
        let resting = minimal(4, |kept| suffices(&sufficient, kept));
        let breaking =
            minimal(4, |without| !suffices(&sufficient, &all.difference(without).copied().collect()));
        let alone: BTreeSet<Set> = breaking.iter().filter(|set| set.len() == 1).cloned().collect();
        for (more, less) in named.iter().flat_map(|more| named.iter().map(move |less| (more, less))) {
            let shallow = looked_for(4, &sufficient, (more, less), (10_000, Depth::Alone)).unwrap();
            let of_one: BTreeSet<Set> = shallow.breaking.iter().map(|(set, _)| set.clone()).collect();
            assert_eq!((of_one, shallow.alone), (alone.clone(), true), "{sufficient:?}");
            let found = found(4, &sufficient, (more, less), 10_000).unwrap();
            assert!(found.complete && found.alone);
            assert_eq!(found.resting.iter().cloned().collect::<BTreeSet<Set>>(), resting, "{sufficient:?}");
            let broken: BTreeSet<Set> = found.breaking.iter().map(|(set, _)| set.clone()).collect();
            assert_eq!(broken, breaking, "{sufficient:?}");
            // Each is listed once, with what holds without it.
            assert_eq!((found.resting.len(), found.breaking.len()), (resting.len(), breaking.len()));
            assert!(found.breaking.iter().all(|(set, count)| set.len() == *count));
        }
    }
}
