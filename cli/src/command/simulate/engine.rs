//! Which engine decides a case: the evaluator, the solver, or both against each other.

use ringfence_model::catalogue::Catalogue;
use ringfence_model::evaluate::{Decided, Evaluation, Pins, Trace};
use ringfence_model::open_point::OpenPoint;
use ringfence_model::policy::StatementReference;
use ringfence_model::request::Decision;
use ringfence_model::simulation::Case;

use crate::args::Engine;

/// The decision of `case`, by `engine`. With both, the evaluator's if they agree.
///
/// # Errors
/// A sentence that says why there is no decision: an input that is missing, a limit of the solver, or the disagreement of
/// the engines, which is an internal defect and names what each says.
pub(super) fn decide(
    case: &Case,
    engine: Engine,
    catalogue: &Catalogue,
    pins: &Pins,
) -> Result<Decided, String> {
    let evaluated = || case.decide(catalogue, pins).map_err(|error| error.to_string());
    let solved = || {
        ringfence_solver::simulation::simulate(&case.request, &case.policies, catalogue, pins).map(|found| {
            let evaluation = Evaluation {
                decision: found.decision,
                deciding: found.deciding,
                touched: Vec::new(),
                trace: Trace::default(),
            };
            Decided { evaluation, uncertain: found.uncertain }
        })
    };
    match engine {
        Engine::Evaluate => evaluated(),
        Engine::Smt => solved(),
        Engine::Both => match (evaluated(), solved()) {
            (Ok(evaluated), Ok(solved)) if agree(&evaluated, &solved) => Ok(evaluated),
            (Err(evaluated), Err(_)) => Err(evaluated),
            (evaluated, solved) => Err(format!(
                "internal defect: the engines disagree. The evaluator: {}. The solver: {}",
                words(&evaluated),
                words(&solved)
            )),
        },
    }
}

/// The same decision by the same statements, and the same open points.
fn agree(left: &Decided, right: &Decided) -> bool {
    let statements = |decided: &Decided| {
        let mut statements = decided.evaluation.deciding.clone();
        statements.sort_unstable();
        statements.dedup();
        statements
    };
    left.evaluation.decision == right.evaluation.decision
        && left.uncertain == right.uncertain
        && statements(left) == statements(right)
}

fn words(decided: &Result<Decided, String>) -> String {
    let decided = match decided {
        Ok(decided) => decided,
        Err(problem) => return format!("no decision, since {problem}"),
    };
    let Decided { evaluation: Evaluation { decision, deciding, .. }, uncertain } = decided;
    let statements: Vec<String> = deciding.iter().map(statement).collect();
    let points: Vec<String> = uncertain.iter().map(OpenPoint::to_string).collect();
    let decision: &Decision = decision;
    format!("{decision}, by [{}], uncertain [{}]", statements.join(", "), points.join(", "))
}

fn statement(reference: &StatementReference) -> String {
    format!("{} statement {}", reference.policy, reference.statement)
}
