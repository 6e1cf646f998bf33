//! Searches for steps that are wrong on purpose: the worlds of corpus/escalation must see each of them.
//!
//! The switch is one for the whole process, so this suite has a process of its own.
#![expect(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "the module is that of another suite; a failed step is a failed test"
)]

mod escalation;

use ringfence_model::world::World;
use ringfence_solver::check::paths::PathsReport;
use ringfence_solver::evidence::OpenBook;
use ringfence_solver::steps::verdict::GoalVerdict;
use ringfence_solver::verdict::Reason;
use ringfence_solver::wrong::{WrongEngine, switch_engine, switch_shortcuts};
use ringfence_tests::generator::steps::StepsPlan;
use ringfence_tests::generator::world::GeneratedWorld;

/// As many verdicts must be seen to be wrong.
const ENOUGH: usize = 2;

/// What a search that spares itself no question finds, one that does finds too: the same facts, credentials and verdicts.
fn shortcuts_change_nothing(name: &str, world: &World) {
    let all = |report: PathsReport| -> Vec<_> {
        let principals = report.principals.into_iter();
        principals
            .map(|found| (found.principal, found.goals, found.closed.held, found.closed.facts))
            .collect()
    };
    let short = all(escalation::of_some(world, 2, &|_| true));
    switch_shortcuts(true);
    let long = all(escalation::of_some(world, 2, &|_| true));
    switch_shortcuts(false);
    for (short, long) in short.iter().zip(&long) {
        assert!(short == long, "{name}: with shortcuts {short:#?}, without {long:#?}");
    }
    assert_eq!(short.len(), long.len());
}

/// A search that stops too soon proves what does not hold; where claims are written down its sets are looked at again, and nothing is proved by one
/// that is not closed.
fn no_set_that_is_not_closed_is_a_proof(cases: &[escalation::Case]) {
    let verdicts = |report: PathsReport| -> Vec<GoalVerdict> {
        report.principals.into_iter().flat_map(|found| found.goals).map(|(_, verdict)| verdict).collect()
    };
    let (mut wrong, mut seen) = (0, 0);
    for case in cases.iter().step_by(4) {
        let right = verdicts(escalation::of_some(&case.world, 2, &|_| true));
        switch_engine(Some(WrongEngine::OneRound));
        let plain = verdicts(escalation::of_some(&case.world, 2, &|_| true));
        let book = OpenBook::new();
        let written = verdicts(escalation::led(&case.world, 2, Some(&book), &|_| true));
        switch_engine(None);
        for ((right, plain), written) in right.iter().zip(&plain).zip(&written) {
            let is_wrong =
                |found: &GoalVerdict| *found == GoalVerdict::Proved && *right != GoalVerdict::Proved;
            assert!(!is_wrong(written), "{}: {right:#?}", case.name);
            wrong += usize::from(is_wrong(plain));
            seen += usize::from(matches!(written, GoalVerdict::Inconclusive(Reason::Disagreement(_), _)));
        }
    }
    println!("sets that are not closed: {wrong} would have been proofs, {seen} were seen");
    assert!(wrong >= ENOUGH && seen >= wrong);
}

fn main() {
    let cases = escalation::cases();
    no_set_that_is_not_closed_is_a_proof(&cases);
    for case in &cases {
        shortcuts_change_nothing(&case.name, &case.world);
    }
    let folder = tempfile::tempdir().unwrap();
    // In this one starts join the closures of others, and hold more than those.
    let plan = StepsPlan { seed: 2, accounts: 3, principals: 90, ..StepsPlan::default() };
    shortcuts_change_nothing(
        "generated",
        &GeneratedWorld::of_steps(&plan).read(folder.path()).unwrap().unwrap(),
    );
    println!("{} worlds and a generated one: shortcuts change nothing", cases.len());
    switch_engine(None);
    let none = escalation::wrong_verdicts(&cases, usize::MAX);
    assert!(none.is_empty(), "the right search: {none:#?}");
    for wrong in WrongEngine::ALL {
        switch_engine(Some(wrong));
        let found = escalation::wrong_verdicts(&cases, ENOUGH);
        switch_engine(None);
        println!("{wrong:?}: seen by {}", found.first().map_or("nobody", String::as_str));
        assert!(found.len() >= ENOUGH, "{wrong:?} is seen by {found:#?}");
    }
}
