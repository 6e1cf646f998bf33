//! Actions that no catalogue knows yet: what is proved of them holds of any.

use std::cell::{Cell, RefCell};

use ringfence_model::catalogue::Catalogue;
use ringfence_model::request::Decision;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::prove::Prover;
use ringfence_solver::query::{Goal, Query, Target, TargetAction, TargetResource};
use ringfence_solver::wildcard::Theory;
use serde_json::{Value, json};

use crate::differential::case;
use crate::engines::{Mode, Solved, encoded};
use crate::proofs::Proofs;
use crate::random;
use crate::soundness::{is_proof, settled};

/// Whether it is proved that no action to come of the case's service is allowed, and by how many choices of readings
/// the evaluator allows one. None if the case is no question.
///
/// # Errors
/// When a choice allows what is proved to be denied, or what the encoder then denies.
fn actions_to_come(
    case: &Value,
    catalogue: &Catalogue,
    prover: &mut Prover<'_>,
    theory: &mut Theory,
) -> Result<Option<(bool, u32)>, String> {
    let Some(mut scenario) = crate::differential::scenario(case, catalogue)? else { return Ok(None) };
    if !scenario.is_asked_freely() {
        return Ok(None);
    }
    let service = catalogue.action(scenario.action).unwrap().service.to_string();
    let action = TargetAction::FutureOf(service.clone());
    scenario.request.action = format!("{service}:GetBrandNewObject");
    let Some(mut demanding) = scenario.demanding_query(TargetResource::Anything, catalogue) else {
        return Ok(None);
    };
    demanding.targets[0].action = action.clone();
    let target = Target::new(action, TargetResource::Anything, Vec::new());
    let query = Query { targets: vec![target], goal: Goal::Allowed, context: None, as_of: None };
    let verdict = prover.answer(&query, &scenario.subject);
    let is_proved = settled(verdict)?.as_ref().is_some_and(is_proof);
    let mut allowed = 0;
    for mode in [Mode::Evaluator, Mode::Lower, Mode::Upper, Mode::Mixed(1)] {
        if scenario.evaluated(catalogue, mode) != Ok(Decision::Allow) {
            continue;
        }
        allowed += 1;
        let encoded = encoded(&demanding, &scenario, catalogue, theory);
        match scenario.solved(&encoded, mode, theory) {
            Solved::Allowed | Solved::Unknown(_) if is_proved => {
                return Err(format!("{mode:?}: proved, but this request is allowed"));
            }
            Solved::NotAllowed => return Err(format!("{mode:?}: only the evaluator allows it")),
            _ => {}
        }
    }
    Ok(Some((is_proved, allowed)))
}

#[test]
fn no_action_to_come_is_proved_to_be_denied_that_a_request_is_allowed() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let proofs = Proofs::default();
    let prover = RefCell::new(Prover::new(catalogue, &assumptions).observed(Some(&proofs)));
    let theory = RefCell::new(Theory::new(60_000));
    let [proved, allowed]: [Cell<u32>; 2] = Default::default();
    random::run("future", 200, &case(), Value::to_string, |case| {
        let found = actions_to_come(&case, catalogue, &mut prover.borrow_mut(), &mut theory.borrow_mut())?;
        let (is_proved, choices) = found.unwrap_or((false, 0));
        proved.set(proved.get() + u32::from(is_proved));
        allowed.set(allowed.get() + choices);
        Ok(())
    });
    assert!(proved.get() >= 10 && allowed.get() >= 100, "{} proved, {} allowed", proved.get(), allowed.get());
    assert!(proofs.accepted() >= 10, "only {} proofs", proofs.accepted());
}

/// An action to come may be on no resource, which RCPs may not bind (F15).
#[test]
fn an_rcp_alone_does_not_stop_the_actions_to_come() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let mut prover = Prover::new(catalogue, &assumptions);
    let mut theory = Theory::new(60_000);
    let case = |denied: &str| {
        let policy = |statement: &Value| json!({ "Version": "2012-10-17", "Statement": [statement] });
        let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": denied, "Resource": "*" });
        json!({
            "request": {
                "principal": "arn:aws:iam::111122223333:user/alice", "action": "secretsmanager:ListSecrets",
                "resource": "*", "resourceAccount": "111122223333", "context": {}
            },
            "policies": {
                "identity": [policy(&json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }))],
                "resourceControl": [{ "target": "root", "policies": [policy(&deny)] }]
            }
        })
    };
    // By the lower reading alone RCPs do not bind it.
    for (denied, allowed) in [("secretsmanager:*", 1), ("s3:*", 4)] {
        let found = actions_to_come(&case(denied), catalogue, &mut prover, &mut theory);
        assert_eq!(found, Ok(Some((false, allowed))), "{denied}");
    }
}
