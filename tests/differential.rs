//! Evaluator and encoder on random requests: two implementations of one semantics.
//!
//! For every case and every choice of readings these answers must be equal: the evaluator's; that of the formula with
//! constant keys, interpreted without a solver; and, for callers that are identities of accounts, that of Z3 on the
//! formula with free keys of which the request's values are demanded. The solver's own simulation must give the same
//! decision and name the same open points.

mod generator;
mod pools;
mod realistic;
mod sides;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::evaluate::{Pins, decide};
use ringfence_model::open_point::OpenPoint;
use ringfence_model::policy::StatementReference;
use ringfence_model::policy_set::{ControlLevel, PolicySet};
use ringfence_model::principal::Principal;
use ringfence_model::request::{Decision, Request};
use ringfence_model::simulation::Case;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::query::TargetResource;
use ringfence_solver::simulation::simulate;
use ringfence_solver::wildcard::Theory;
use serde_json::Value;

use crate::engines::{Mode, Scenario, Solved, encoded};
use crate::proofs;
use crate::random;

pub(crate) use generator::case;
use generator::unfitting_case;
use realistic::is_realistic;

pub(crate) const MODES: [Mode; 5] =
    [Mode::Evaluator, Mode::Lower, Mode::Upper, Mode::Mixed(1), Mode::Mixed(2)];

/// The scenario of a case; none where the solver has no question for it.
pub(crate) fn scenario(case: &Value, catalogue: &Catalogue) -> Result<Option<Scenario>, String> {
    let file: Arc<str> = Arc::from("case");
    let case = Case::read(&case.to_string(), &file, 1).map_err(|error| format!("unreadable: {error:?}"))?;
    match Scenario::new(&case.request, &case.policies, catalogue) {
        Ok(scenario) => Ok(Some(scenario)),
        Err(other) => Err(format!("no question: {other}")),
    }
}

/// The evaluator against the formula with constant keys under all modes. Returns whether the request is allowed.
pub(crate) fn compare_formula(
    scenario: &Scenario,
    catalogue: &Catalogue,
    theory: &mut Theory,
) -> Result<bool, String> {
    let formula = encoded(&scenario.pinned_query(), scenario, catalogue, theory);
    for mode in MODES {
        let decision = scenario.evaluated(catalogue, mode).map_err(|error| error.to_string())?;
        if scenario.interpreted(&formula, mode) != (decision == Decision::Allow) {
            return Err(format!("{mode:?}: the evaluator says {decision}, the formula does not"));
        }
    }
    Ok(scenario.evaluated(catalogue, Mode::Evaluator) == Ok(Decision::Allow))
}

/// The solver's own simulation against the evaluator's decision: the decision, the statements that decide, and the open
/// points on which it hangs. Returns what both say; none where both say that a policy is missing.
pub(crate) fn compare_simulation(
    request: &Request,
    policies: &PolicySet,
    catalogue: &Catalogue,
) -> Result<Option<(Decision, Vec<OpenPoint>)>, String> {
    let decided = decide(request, policies, catalogue, &Pins::new());
    let simulated = simulate(request, policies, catalogue, &Assumptions::new());
    let (decided, simulated) = match (decided, simulated) {
        (Ok(decided), Ok(simulated)) => (decided, simulated),
        (Err(_), Err(_)) => return Ok(None),
        (decided, simulated) => {
            let decided = decided.map(|decided| decided.evaluation.decision);
            return Err(format!("the evaluator says {decided:?}, the simulation {simulated:?}"));
        }
    };
    let sorted = |mut statements: Vec<StatementReference>| {
        statements.sort_unstable();
        statements.dedup();
        statements
    };
    let deciding = [sorted(decided.evaluation.deciding), sorted(simulated.deciding)];
    let decisions = [decided.evaluation.decision, simulated.decision];
    let points = [decided.uncertain, simulated.uncertain];
    if decisions[0] != decisions[1] || points[0] != points[1] || deciding[0] != deciding[1] {
        return Err(format!("the evaluator first: {decisions:?}, {points:?}, {deciding:?}"));
    }
    let [points, _] = points;
    Ok(Some((decisions[0], points)))
}

/// How the free-key formula of one case was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Decided,
    Impossible,
    Undecided,
    /// Only with constant keys is there a question about such a request.
    NoQuestion,
}

/// The evaluator against Z3 on the formula with free keys, under all modes.
pub(crate) fn compare_solver(
    scenario: &Scenario,
    resource: TargetResource,
    catalogue: &Catalogue,
    theory: &mut Theory,
) -> Result<Reach, String> {
    let Some(query) = scenario.demanding_query(resource, catalogue) else { return Ok(Reach::NoQuestion) };
    let encoded = encoded(&query, scenario, catalogue, theory);
    let mut reach = Reach::Decided;
    for mode in MODES {
        let decision = scenario.call_evaluated(catalogue, mode).map_err(|error| error.to_string())?;
        match scenario.solved(&encoded, mode, theory) {
            Solved::Impossible => return Ok(Reach::Impossible),
            Solved::Allowed if decision == Decision::Allow => {}
            Solved::NotAllowed if decision != Decision::Allow => {}
            // The search may give up, but not often.
            Solved::Unknown(_) => reach = Reach::Undecided,
            other => return Err(format!("{mode:?}: the evaluator says {decision}, Z3 {other:?}")),
        }
    }
    Ok(reach)
}

#[test]
fn the_formula_says_what_the_evaluator_says() {
    let catalogue = Catalogue::embedded().unwrap();
    let theory = RefCell::new(Theory::new(60_000));
    let (allowed, all) = (Cell::new(0_u32), Cell::new(0_u32));
    random::run_cheap("the_formula", (5_000, 22_000), &case(), Value::to_string, |case| {
        let Some(scenario) = scenario(&case, catalogue)? else { return Ok(()) };
        all.set(all.get() + 1);
        allowed
            .set(allowed.get() + u32::from(compare_formula(&scenario, catalogue, &mut theory.borrow_mut())?));
        Ok(())
    });
    let share = allowed.get() * 100 / all.get();
    assert!((15..=85).contains(&share), "{share} % of the requests are allowed: the cases say little");
}

/// The open points on which random cases should hang.
const POINTS: [u8; 27] =
    [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 32, 36, 47];

#[test]
fn the_simulation_says_what_the_evaluator_says() {
    let catalogue = Catalogue::embedded().unwrap();
    let named = RefCell::new(BTreeSet::new());
    let by_caller = RefCell::new(BTreeMap::<String, [u32; 2]>::new());
    random::run("simulation", 5_000, &case(), Value::to_string, |case| {
        let Some(scenario) = scenario(&case, catalogue)? else { return Ok(()) };
        let both = compare_simulation(&scenario.request, &scenario.policies, catalogue)?;
        let Some((decision, points)) = both else { return Ok(()) };
        named.borrow_mut().extend(points.iter().map(|point| point.0));
        let mut by_caller = by_caller.borrow_mut();
        let counts = by_caller.entry(kind_of_caller(&scenario.request.principal).to_owned()).or_default();
        counts[usize::from(decision == Decision::Allow)] += 1;
        Ok(())
    });
    let (named, by_caller) = (named.into_inner(), by_caller.into_inner());
    // Every seed leaves some out, not many.
    let missing: Vec<u8> = POINTS.into_iter().filter(|point| !named.contains(point)).collect();
    assert!(missing.len() <= 4, "no case hangs on the points {missing:?}");
    assert_eq!(by_caller.len(), 7, "{by_caller:?}");
    assert!(by_caller.values().all(|counts| counts.iter().all(|count| *count >= 2)), "{by_caller:?}");
    proofs::say(&format!("{by_caller:?}, open points {named:?}"));
}

#[test]
fn requests_that_fit_nothing_are_decided_alike() {
    let catalogue = Catalogue::embedded().unwrap();
    let [decided, missing]: [Cell<u32>; 2] = Default::default();
    let decisions = RefCell::new(BTreeSet::new());
    random::run("unfitting", 2_000, &unfitting_case(), Value::to_string, |case| {
        let case = Case::read(&case.to_string(), &Arc::from("case"), 1)
            .map_err(|error| format!("unreadable: {error:?}"))?;
        match compare_simulation(&case.request, &case.policies, catalogue)? {
            Some((decision, _)) => {
                decisions.borrow_mut().insert(decision.to_string());
                decided.set(decided.get() + 1);
            }
            None => missing.set(missing.get() + 1),
        }
        Ok(())
    });
    let (decided, missing) = (decided.get(), missing.get());
    assert!(decided > 1_000 && missing > 50, "{decided} decided, {missing} lack a policy");
    assert_eq!(decisions.into_inner().len(), 3);
}

fn kind_of_caller(principal: &Principal) -> &'static str {
    match principal {
        Principal::Root { .. } => "root",
        Principal::User { .. } => "user",
        Principal::RoleSession { .. } => "role",
        Principal::FederatedUser { .. } => "federated user",
        Principal::Service(_) => "service",
        Principal::FederatedProvider(_) => "provider",
        Principal::Anonymous => "anonymous",
    }
}

#[test]
fn z3_says_what_the_evaluator_says() {
    let catalogue = Catalogue::embedded().unwrap();
    let theory = RefCell::new(Theory::new(60_000));
    let counts: [Cell<u32>; 4] = Default::default();
    let realistic = Cell::new(0_u32);
    random::run("z3", 500, &case(), Value::to_string, |case| {
        let Some(scenario) = scenario(&case, catalogue)? else { return Ok(()) };
        for resource in [scenario.exactly(catalogue), scenario.of_type(catalogue)] {
            let reach = compare_solver(&scenario, resource, catalogue, &mut theory.borrow_mut())?;
            if reach != Reach::NoQuestion && is_realistic(&scenario, catalogue) {
                realistic.set(realistic.get() + 1);
                if reach == Reach::Impossible {
                    return Err("the encoder excludes a request that can be made".to_owned());
                }
            }
            let count = &counts[reach as usize];
            count.set(count.get() + 1);
        }
        Ok(())
    });
    let [decided, impossible, undecided, _] = counts.map(Cell::into_inner);
    let all = decided + impossible + undecided;
    assert!(realistic.get() * 8 > all, "only {} of {all} are realistic", realistic.get());
    assert!(
        decided * 2 > all && undecided * 20 < all,
        "{decided} decided, {impossible} impossible, {undecided} not"
    );
    proofs::print();
    assert!(proofs::accepted_here() >= 1_000, "only {} proofs", proofs::accepted_here());
}

#[test]
fn what_a_question_demands_binds_whatever_aws_exempts() {
    let catalogue = Catalogue::embedded().unwrap();
    let theory = RefCell::new(Theory::new(60_000));
    let (stopped, all) = (Cell::new(0_u32), Cell::new(0_u32));
    random::run_cheap("what_a_question_demands", (1_500, 8_000), &case(), Value::to_string, |case| {
        let file: Arc<str> = Arc::from("case");
        let read =
            Case::read(&case.to_string(), &file, 1).map_err(|error| format!("unreadable: {error:?}"))?;
        let mut policies = read.policies.clone();
        // The same statements as a demand: an identity policy where there is no SCP.
        match policies.service_control.pop() {
            Some(level) => policies.demanded.push(level),
            None => policies.demanded.push(ControlLevel {
                target: Arc::from("demand"),
                policies: policies.identity.iter().take(1).cloned().collect(),
            }),
        }
        let free = PolicySet { demanded: Vec::new(), ..policies.clone() };
        let (Ok(demanding), Ok(free)) = (
            Scenario::new(&read.request, &policies, catalogue),
            Scenario::new(&read.request, &free, catalogue),
        ) else {
            return Ok(());
        };
        let theory = &mut theory.borrow_mut();
        let allowed = compare_formula(&demanding, catalogue, theory)?;
        if demanding.is_asked_freely() && is_realistic(&demanding, catalogue) {
            compare_solver(&demanding, demanding.exactly(catalogue), catalogue, theory)?;
        }
        let before = free.evaluated(catalogue, Mode::Evaluator) == Ok(Decision::Allow);
        if allowed && !before {
            return Err("a demand allows what is not allowed without it".to_owned());
        }
        all.set(all.get() + 1);
        stopped.set(stopped.get() + u32::from(before && !allowed));
        Ok(())
    });
    assert!(stopped.get() * 50 >= all.get(), "{} of {} stopped", stopped.get(), all.get());
}
