//! Pins, flips and combinations of readings.

use std::collections::BTreeMap;

use super::{ALICE, DocumentedFacts, FULL, evaluated, identity, request, with_list};
use crate::evaluate::{Pins, Robustness, decide, evaluate, robust};
use crate::open_point::{OpenPoint, PointKind, Reading, UncertainPredicate};
use crate::policy_set::PolicySet;
use crate::request::{Decision, Request};

const BUCKET: &str = "arn:aws:s3:::example-data";

/// Alice lists a bucket in a call that CloudFormation makes.
fn list() -> Request {
    with_list(request(ALICE, "s3:ListBucket", BUCKET), "aws:CalledVia", &["cloudformation.amazonaws.com"])
}

/// A Deny that fires if a list may be compared without a set operator (F17).
const OPEN_DENY: &str = r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*",
    "Condition": {"StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}}}"#;

fn open_denies(count: usize) -> PolicySet {
    let denies: Vec<String> =
        (0..count).map(|n| OPEN_DENY.replace("cloudformation", &format!("c{}*", "?".repeat(n)))).collect();
    let like = denies.join(",").replace("StringEquals", "StringLike");
    identity(&format!("{FULL}, {like}"))
}

#[test]
fn a_pinned_point_is_read_as_pinned_and_not_reported() {
    let policies = identity(&format!("{FULL}, {OPEN_DENY}"));
    let decided = |pins: &Pins| decide(&list(), &policies, &DocumentedFacts, pins).expect("a decision");
    let free = decided(&Pins::new());
    assert_eq!((free.evaluation.decision, free.uncertain), (Decision::Allow, vec![OpenPoint(17)]));
    for (reading, decision) in [
        (Reading::Lower, Decision::Allow),
        (Reading::Upper, Decision::ExplicitDeny),
        (Reading::Evaluator, Decision::Allow),
    ] {
        let pinned = decided(&Pins::from([(OpenPoint(17), reading)]));
        assert_eq!((pinned.evaluation.decision, pinned.uncertain.len()), (decision, 0), "{reading:?}");
    }
    let other = decided(&Pins::from([(OpenPoint(4), Reading::Lower)]));
    assert_eq!(other.uncertain, [OpenPoint(17)]);
}

#[test]
fn touched_predicates_do_not_depend_on_the_readings() {
    let policies = identity(&format!("{FULL}, {OPEN_DENY}"));
    let plain = evaluated(&list(), &policies).expect("a decision");
    let [touched] = &plain.touched[..] else { panic!("one predicate: {:?}", plain.touched) };
    assert_eq!(
        touched.predicate,
        UncertainPredicate {
            points: vec![OpenPoint(17)],
            operator: "StringEquals".to_owned(),
            operand: "cloudformation.amazonaws.com".to_owned(),
            policy_type: None,
            attribute: "aws:calledvia".to_owned(),
            slot: None,
        }
    );
    let readings = BTreeMap::from([(touched.predicate.clone(), Reading::Upper)]);
    let other = evaluate(&list(), &policies, &DocumentedFacts, &readings).expect("a decision");
    assert_eq!(other.decision, Decision::ExplicitDeny);
    assert_eq!(other.touched, plain.touched);
    assert_eq!(other.deciding.len(), 1);
}

#[test]
fn what_cannot_change_the_decision_is_not_touched() {
    let open_allow = OPEN_DENY.replace("Deny", "Allow");
    let deny = r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#;
    let elsewhere = OPEN_DENY.replace("s3:*", "ec2:*");
    let false_too = OPEN_DENY
        .replace("\"Condition\": {", "\"Condition\": {\"Bool\": {\"aws:SecureTransport\": \"false\"}, ");
    for statements in [
        format!("{FULL}, {open_allow}"),
        format!("{FULL}, {deny}, {OPEN_DENY}"),
        format!("{FULL}, {elsewhere}"),
        format!("{FULL}, {false_too}"),
    ] {
        let evaluation = evaluated(&list(), &identity(&statements)).expect("a decision");
        assert!(evaluation.touched.is_empty(), "{statements}: {:?}", evaluation.touched);
    }
    let bounded = PolicySet { permissions_boundary: Some(Vec::new()), ..identity(&open_allow) };
    assert!(evaluated(&list(), &bounded).expect("a decision").touched.is_empty());
    let allowed_only_by_it = evaluated(&list(), &identity(&open_allow)).expect("a decision");
    assert_eq!(allowed_only_by_it.touched.len(), 1);
}

#[test]
fn robustness_tries_every_combination() {
    let robustness = |policies: &PolicySet, pins: &Pins| {
        robust(&list(), policies, &DocumentedFacts, pins).expect("a decision")
    };
    assert_eq!(robustness(&identity(FULL), &Pins::new()), Robustness::Robust(Decision::Allow));
    let Robustness::Fragile { decision, readings } = robustness(&open_denies(2), &Pins::new()) else {
        panic!("fragile")
    };
    assert_eq!((decision, readings.len()), (Decision::Allow, 2));
    let pins = Pins::from([(OpenPoint(17), Reading::Lower)]);
    assert_eq!(robustness(&open_denies(2), &pins), Robustness::Robust(Decision::Allow));
    assert!(matches!(robustness(&open_denies(6), &Pins::new()), Robustness::Fragile { .. }));
    assert_eq!(
        robustness(&open_denies(7), &Pins::new()),
        Robustness::TooMany { decision: Decision::Allow, predicates: 7 }
    );
    assert_eq!(robustness(&open_denies(7), &pins), Robustness::Robust(Decision::Allow));
}

#[test]
fn a_decision_may_be_robust_although_it_touches_a_predicate() {
    let open = r#"{"Effect": "Allow", "Action": "s*:ListBucket", "Resource": "*"}"#;
    let complement = open.replace("Action", "NotAction");
    let either = identity(&format!("{open}, {complement}"));
    assert_eq!(evaluated(&list(), &either).expect("a decision").touched.len(), 1);
    let robustness =
        |policies| robust(&list(), policies, &DocumentedFacts, &Pins::new()).expect("a decision");
    assert_eq!(robustness(&either), Robustness::Robust(Decision::Allow));
    assert!(matches!(
        robustness(&identity(open)),
        Robustness::Fragile { decision: Decision::ImplicitDeny, .. }
    ));
}

#[test]
fn assumptions_are_not_varied() {
    let agent =
        request(ALICE, "bedrock:InvokeAgent", "arn:aws:bedrock:us-east-1:111122223333:agent-alias/A/B");
    let policies = identity(r#"{"Effect": "Allow", "Action": "bedrock:InvokeAgent", "Resource": "*"}"#);
    let robustness = robust(&agent, &policies, &DocumentedFacts, &Pins::new()).expect("a decision");
    assert_eq!(robustness, Robustness::Robust(Decision::Allow));
    assert_eq!(OpenPoint(29).kind(), PointKind::Assumption);
    assert_eq!(OpenPoint(12).kind(), PointKind::Choice);
    assert_eq!(OpenPoint(17).kind(), PointKind::Atom);
    assert_eq!(OpenPoint(50).kind(), PointKind::InputError);
}
