//! Steps over clauses that hold a literal twice, and what a step leaves behind.

use super::Clauses;
use crate::claim::Step;
use crate::rejection::StepFault;

fn known<'a>(clauses: &[&'a [i32]]) -> Clauses<'a> {
    let mut known = Clauses::new(3);
    for clause in clauses {
        assert!(known.add(clause), "{clause:?}");
    }
    known
}

fn step(clause: &[i32], hints: &[usize]) -> Step {
    Step(clause.to_vec(), hints.to_vec())
}

#[test]
fn a_literal_that_is_written_twice_counts_once() {
    let follows = |clauses: &[&[i32]], step: Step| known(clauses).follows(&step);
    assert_eq!(follows(&[&[1, 1], &[-1]], step(&[], &[0, 1])), Ok(()));
    assert_eq!(follows(&[&[1, 2], &[-1]], step(&[], &[0, 1])), Err(StepFault::NotUnit));
    assert_eq!(follows(&[&[2, -2], &[-2]], step(&[], &[0, 1])), Err(StepFault::NotUnit));
    assert_eq!(follows(&[&[1, 2], &[-1, 2]], step(&[2, 2], &[0, 1])), Ok(()));
    assert_eq!(follows(&[&[1, 2], &[-1, 3]], step(&[2, 2], &[0, 1])), Err(StepFault::NoConflict));
}

/// It is always true, so that no step needs it; with it a variable would have two values.
#[test]
fn no_step_is_a_literal_and_its_opposite() {
    let clauses: [&[i32]; 4] = [&[1, -2], &[-1, -2], &[1, 2], &[-1, 2]];
    for (clause, hints, expected) in [
        (vec![-2], [0, 1], Ok(())),
        (vec![2, -2], [0, 1], Err(StepFault::NotUnit)),
        (vec![2], [2, 3], Ok(())),
        (vec![-2, 2], [2, 3], Err(StepFault::NotUnit)),
    ] {
        assert_eq!(known(&clauses).follows(&step(&clause, &hints)), expected, "{clause:?}");
    }
}

#[test]
fn no_value_outlives_its_step() {
    let mut known = known(&[&[1, 2], &[-1, 2]]);
    // Leaves 2 false and 1 true, with which the second clause alone would be a conflict.
    for expected in [Err(StepFault::NoConflict), Ok(())] {
        let hints: &[usize] = if expected.is_ok() { &[0, 1] } else { &[0] };
        assert_eq!(known.follows(&step(&[2], hints)), expected);
        assert_eq!(known.follows(&step(&[], &[1])), Err(StepFault::NotUnit));
        assert_eq!(known.follows(&step(&[], &[])), Err(StepFault::NoConflict));
    }
}

#[test]
fn a_clause_names_variables_alone() {
    for (clause, is_known) in
        [(vec![3, -3], true), (vec![4], false), (vec![-4], false), (vec![0], false), (vec![i32::MIN], false)]
    {
        assert_eq!(Clauses::new(3).add(&clause), is_known, "{clause:?}");
    }
}

/// As many literals as may be looked at, and not one more.
#[test]
fn the_work_of_all_steps_together_is_limited() {
    let mut known = known(&[&[1, 2], &[-1, 2]]);
    // The two clauses that the step names.
    known.left = 2 * (3 + 3) - 1;
    assert_eq!(known.follows(&step(&[2], &[0, 1])), Ok(()));
    assert_eq!(known.follows(&step(&[2], &[0, 1])), Err(StepFault::TooMuch));
    known.left = 3 + 3;
    assert_eq!(known.follows(&step(&[2], &[0, 1])), Ok(()));
    assert_eq!(known.left, 0);
    known.left = 1;
    assert_eq!(known.follows(&step(&[2], &[0, 1])), Err(StepFault::TooMuch));
    // What was looked at is open again.
    known.left = 100;
    assert_eq!(known.follows(&step(&[2], &[0, 1])), Ok(()));
}
