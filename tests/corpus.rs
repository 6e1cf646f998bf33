//! Every case of the corpus through both engines.

use std::path::Path;
use std::sync::Arc;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::evaluate::{EvaluatorReadings, Pins, Robustness, evaluate, robust};
use ringfence_model::request::Decision;
use ringfence_model::simulation::Case;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::prove::Prover;
use ringfence_solver::query::{Goal, Query, Target, TargetResource};
use ringfence_solver::simulation::simulate;
use ringfence_solver::verdict::Verdict;
use ringfence_solver::wildcard::Theory;

use crate::differential::compare_formula;
use crate::engines::{Mode, Scenario, Solved, compares_attributes, encoded};
use crate::proofs::{self, Proofs};

/// All cases, by file and line.
pub(crate) fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/simulate");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let file: Arc<str> = Arc::from(path.file_name().unwrap().to_string_lossy());
        for (line, number) in text.lines().zip(1..) {
            cases.push(Case::read(line, &file, number).unwrap());
        }
    }
    cases
}

/// How many of the cases each engine decides.
#[derive(Debug, Default)]
struct Counts {
    /// Decided with constant keys.
    pinned: usize,
    /// Decided with free keys of which the request's values are demanded.
    demanded: usize,
    /// Requests that no principal can make: their keys do not go together, or are not of their type.
    impossible: Vec<String>,
}

/// Committed: the suite fails if it decides fewer cases.
const CASES: usize = 320;
const DEMANDED: usize = 295;
/// Proofs for what the solver must find unsatisfiable on the way.
const CERTIFIED: usize = 1_000;
/// The cases whose requests no principal can make.
const IMPOSSIBLE: [&str; 2] =
    ["D4-01 global profile, the model without a Region", "C8-02 malformed number under NumericNotEquals"];

/// The cases of which the formula with constant keys, interpreted without a solver, says what the evaluator does not.
pub(crate) fn disagreements(catalogue: &Catalogue) -> Vec<String> {
    let mut theory = Theory::new(60_000);
    let mut wrong = Vec::new();
    for case in &cases() {
        let scenario = Scenario::new(&case.request, &case.policies, catalogue).unwrap();
        if let Err(difference) = compare_formula(&scenario, catalogue, &mut theory) {
            wrong.push(format!("{}: {difference}", case.name));
        }
    }
    wrong
}

/// The principals of the cases of which it is proved that they make none of two calls, one of which the evaluator says
/// that each of them may make.
pub(crate) fn wrong_proofs(catalogue: &Catalogue) -> Vec<String> {
    let assumptions = Assumptions::new();
    let mut prover = Prover::new(catalogue, &assumptions);
    let mut wrong = Vec::new();
    for case in &cases() {
        let mut scenario = Scenario::new(&case.request, &case.policies, catalogue).unwrap();
        if !scenario.is_asked_freely() {
            continue;
        }
        "sts:GetCallerIdentity".clone_into(&mut scenario.request.action);
        "*".clone_into(&mut scenario.request.resource);
        assert_eq!(scenario.evaluated(catalogue, Mode::Evaluator), Ok(Decision::Allow), "{}", case.name);
        let targets = ["sts:GetSessionToken", "sts:GetCallerIdentity"].map(|name| {
            Target::new(catalogue.find_action(name).unwrap(), TargetResource::Wildcard, Vec::new())
        });
        let query = Query { targets: targets.to_vec(), goal: Goal::Allowed, context: None, as_of: None };
        if let Verdict::Proved(_) = prover.answer(&query, &scenario.subject) {
            wrong.push(format!("{}: not even sts:GetCallerIdentity", case.name));
        }
    }
    wrong
}

#[test]
fn no_principal_is_kept_from_asking_who_it_is() {
    let wrong = wrong_proofs(Catalogue::embedded().unwrap());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn both_engines_agree_on_every_case() {
    let catalogue = Catalogue::embedded().unwrap();
    let mut theory = Theory::new(60_000);
    let mut counts = Counts::default();
    let mut wrong = Vec::new();
    for case in &cases() {
        let evaluation = evaluate(&case.request, &case.policies, catalogue, &EvaluatorReadings).unwrap();
        if Some(evaluation.decision) != case.expected {
            wrong.push(format!("{}: the evaluator says {}", case.name, evaluation.decision));
        }
        let scenario = Scenario::new(&case.request, &case.policies, catalogue).unwrap();
        let pinned = encoded(&scenario.pinned_query(), &scenario, catalogue, &mut theory);
        let demanding = scenario
            .demanding_query(scenario.exactly(catalogue), catalogue)
            .map(|query| encoded(&query, &scenario, catalogue, &mut theory));
        counts.pinned += 1;
        let mut impossible = false;
        for mode in [Mode::Evaluator, Mode::Lower, Mode::Upper, Mode::Mixed(1), Mode::Mixed(2)] {
            let allowed = scenario.evaluated(catalogue, mode).unwrap() == Decision::Allow;
            if scenario.interpreted(&pinned, mode) != allowed {
                wrong.push(format!("{}: {mode:?}: evaluator {allowed}, formula not", case.name));
            }
            let wanted = if allowed { Solved::Allowed } else { Solved::NotAllowed };
            let solved = scenario.solved(&pinned, mode, &mut theory);
            if solved != wanted {
                wrong.push(format!("{}: {mode:?}: constant keys: {solved:?}, not {wanted:?}", case.name));
            }
            let Some(demanding) = &demanding else { continue };
            // With free keys the formula is about the whole call: where a session is made, with tags among the rest.
            let allowed = scenario.call_evaluated(catalogue, mode).unwrap() == Decision::Allow;
            let wanted = if allowed { Solved::Allowed } else { Solved::NotAllowed };
            match scenario.solved(demanding, mode, &mut theory) {
                Solved::Impossible => impossible = true,
                Solved::Unknown(_) if compares_attributes(&demanding.formula) => {}
                solved if solved != wanted => {
                    wrong.push(format!("{}: {mode:?}: free keys: {solved:?}, not {wanted:?}", case.name));
                }
                _ => {}
            }
        }
        if impossible {
            counts.impossible.push(case.name.clone());
        }
        counts.demanded += usize::from(demanding.is_some() && !impossible);
    }
    assert!(wrong.is_empty(), "{} disagreements:\n{}\n{counts:#?}", wrong.len(), wrong.join("\n"));
    assert!(counts.impossible.iter().all(|name| IMPOSSIBLE.contains(&name.as_str())), "{counts:#?}");
    let enough = counts.pinned >= CASES && counts.demanded >= DEMANDED;
    assert!(enough, "fewer cases than committed: {counts:#?}");
    proofs::print();
    assert!(proofs::accepted_here() >= CERTIFIED, "only {} proofs", proofs::accepted_here());
}

#[test]
fn verdicts_on_the_cases_are_never_the_opposite() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let proofs = Proofs::default();
    let mut prover = Prover::new(catalogue, &assumptions).observed(Some(&proofs));
    let mut wrong = Vec::new();
    let mut decided = 0;
    for case in &cases() {
        let scenario = Scenario::new(&case.request, &case.policies, catalogue).unwrap();
        let verdict = prover.answer(&scenario.pinned_query(), scenario.pinned_subject());
        let robust = robust(&scenario.request, &scenario.policies, catalogue, &Pins::new()).unwrap();
        let allowed_always = robust == Robustness::Robust(Decision::Allow);
        let modes = [Mode::Evaluator, Mode::Lower, Mode::Upper];
        let allowed_ever =
            modes.into_iter().any(|mode| scenario.evaluated(catalogue, mode).unwrap() == Decision::Allow);
        let fine = match &verdict {
            Verdict::Proved(_) => !allowed_ever,
            Verdict::Refuted(_) => allowed_always,
            Verdict::Inconclusive(reason) => reason.code() == "open-points",
            Verdict::NotApplicable => false,
        };
        decided += usize::from(!matches!(verdict, Verdict::Inconclusive(_)));
        if !fine {
            wrong.push(format!("{}: {verdict:?}, evaluator {robust:?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {decided}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(proofs.accepted() >= 50, "only {} proofs", proofs.accepted());
}

#[test]
fn the_solver_alone_decides_every_case_as_expected() {
    let catalogue = Catalogue::embedded().unwrap();
    let mut wrong = Vec::new();
    let cases = cases();
    for case in &cases {
        let simulated = simulate(&case.request, &case.policies, catalogue, &Assumptions::new()).unwrap();
        let open = case.others.iter().find(|member| member.key == "open");
        let open: Vec<String> = open
            .and_then(|member| member.value.as_array())
            .map(|points| points.iter().filter_map(|point| point.as_str()).map(str::to_owned).collect())
            .unwrap_or_default();
        let uncertain: Vec<String> = simulated.uncertain.iter().map(ToString::to_string).collect();
        if Some(simulated.decision) != case.expected || uncertain != open {
            wrong.push(format!(
                "{}: {} {uncertain:?}, expected {:?} {open:?}",
                case.name, simulated.decision, case.expected
            ));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases.len() >= CASES);
}
