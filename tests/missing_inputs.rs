//! What a world does not show makes nothing proved over steps that the whole world leaves open or refutes.

use ringfence_model::world::World;
use ringfence_solver::check::paths::PathsReport;
use ringfence_solver::steps::verdict::Goal;
use ringfence_solver::verdict::VerdictWord;

use crate::escalation::{cases, of_some};

/// Committed: so many verdicts that are no proofs are compared at least, of all worlds and of those of `make test`.
const COMPARED: [usize; 2] = [2_000, 600];

/// An optional input, and the goals for which proofs do not hold without it anyway, as the table in `model/src/world/missing.rs` says.
struct Input {
    name: &'static str,
    is_there: fn(&World) -> bool,
    take: fn(&mut World),
    but: &'static [Goal],
}

const INPUTS: [Input; 3] = [
    Input {
        name: "resource-policies.json",
        is_there: |world| {
            world.accounts.values().any(|account| account.resource_policies.iter().flatten().next().is_some())
        },
        take: |world| world.accounts.values_mut().for_each(|account| account.resource_policies = None),
        but: &[Goal::ModifyAndInvoke],
    },
    Input {
        name: "resources.json",
        is_there: |world| world.accounts.values().any(|account| account.resources.is_some()),
        take: |world| world.accounts.values_mut().for_each(|account| account.resources = None),
        but: &[],
    },
    Input {
        name: "inference-profiles.json",
        is_there: |world| {
            world
                .accounts
                .values()
                .any(|account| account.inference_profiles.iter().flatten().next().is_some())
        },
        take: |world| world.accounts.values_mut().for_each(|account| account.inference_profiles = None),
        but: &[],
    },
];

fn compare(name: &str, whole: &PathsReport, less: &World, but: &[Goal], wrong: &mut Vec<String>) -> usize {
    let less = of_some(less, 2, &|_| true);
    let mut compared = 0;
    for (before, after) in whole.principals.iter().zip(&less.principals) {
        assert_eq!(before.principal, after.principal);
        for ((goal, verdict), (_, now)) in before.goals.iter().zip(&after.goals) {
            if but.contains(goal) || verdict.word() == VerdictWord::Proved {
                continue;
            }
            compared += 1;
            if now.word() == VerdictWord::Proved {
                wrong.push(format!(
                    "{name}: {} {}: proved, not {:?}",
                    before.principal,
                    goal.name(),
                    verdict.word()
                ));
            }
        }
    }
    compared
}

#[test]
fn less_input_proves_no_more() {
    let (mut compared, mut wrong) = (0, Vec::new());
    // Each third world, but for `make test-all`.
    let all = std::env::var_os("RINGFENCE_TEST_ALL").is_some();
    let (step, least) = if all { (1, COMPARED[0]) } else { (3, COMPARED[1]) };
    for case in cases().into_iter().step_by(step) {
        let whole = of_some(&case.world, 2, &|_| true);
        for input in INPUTS.iter().filter(|input| (input.is_there)(&case.world)) {
            let mut less = case.world.clone();
            (input.take)(&mut less);
            let name = format!("{} without {}", case.name, input.name);
            compared += compare(&name, &whole, &less, input.but, &mut wrong);
        }
        let mut less = case.world.clone();
        for input in &INPUTS {
            (input.take)(&mut less);
        }
        let but: Vec<Goal> = INPUTS.iter().flat_map(|input| input.but).copied().collect();
        compared += compare(&format!("{} with little", case.name), &whole, &less, &but, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(compared >= least, "only {compared} verdicts were compared");
}
