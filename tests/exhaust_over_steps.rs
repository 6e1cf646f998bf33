//! The same of claims over steps: in worlds with organisations and of subjects that only steps make, such as sessions of root users.

use std::path::Path;
use std::sync::Arc;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::policy_set::ControlLevel;
use ringfence_model::world::World;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::evidence::exhaust::{Bounds, Comparison};
use ringfence_solver::prove::{Ledger, Prover};
use ringfence_solver::query::{Goal, Query, TargetResource};
use ringfence_solver::resource_side::ResourceSides;
use ringfence_solver::subject::Subject;
use ringfence_solver::{principals, theorem};

use crate::escalation;
use crate::exhaust::{compared, said};

/// Compared in every run: buckets that may be another account's under an RCP, and a policy with the name of another user put in.
const ALWAYS: [&str; 2] = ["bucket-open-to-all-but-for-controls/rcp", "right-by-a-name-in-a-policy/own"];
/// Of the other worlds one in so many, but for `make test-all`.
const STEP: usize = 12;

/// Larger claims are left out, as they take longest.
const BOUNDS: Bounds = Bounds { combinations: 4_096, at_once: 64, total: Some(0), work: 2_000_000_000 };

fn of_paths(world: &World, wanted: &(dyn Fn(&Subject) -> bool + Sync)) -> Comparison {
    let run = |ledger: &dyn Ledger| drop(escalation::led(world, 2, Some(ledger), wanted));
    compared(run, BOUNDS)
}

/// Root users whom an SCP allows nothing: of a member claims are made about sessions of `sts:AssumeRoot` too, which have a policy of their own.
#[test]
fn claims_about_root_users_are_what_the_evaluator_says() {
    let catalogue = Catalogue::embedded().unwrap();
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/guardrails/must-be-bounded");
    let world = World::read_directory(&place).unwrap();
    let sides = Arc::new(ResourceSides::of(&world));
    let assumptions = Assumptions::new();
    let nothing = ControlLevel { target: "r-ab12".into(), policies: Vec::new() };
    let names = ["sqs:SetQueueAttributes", "iam:DeleteLoginProfile", "s3:PutBucketPolicy", "s3:GetObject"];
    let mut whole = 0;
    for account in world.accounts.values() {
        let mut subject = principals::root(&world, &sides, account);
        subject.policies.service_control.push(nothing.clone());
        for name in names {
            let both = [name, "bedrock:InvokeModel"].map(|name| theorem::targets_of(catalogue, name, &[]));
            let query = Query { targets: both.concat(), goal: Goal::Allowed, context: None, as_of: None };
            let run = |ledger: &dyn Ledger| {
                drop(Prover::new(catalogue, &assumptions).led_by(Some(ledger)).answer(&query, &subject));
            };
            let found = compared(run, BOUNDS);
            said(&format!("{} {name}", account.id), &found);
            assert_eq!(found.differing, Vec::<String>::new(), "{}: {name}", account.id);
            whole += found.whole;
        }
    }
    assert!(whole >= names.len(), "{whole} claims");
}

/// Worlds on which the two once differed: who owns what AWS owns, RCPs and what has no resource, sessions of users whom a bucket keeps out.
#[test]
fn claims_that_once_differed_are_what_the_evaluator_says() {
    let catalogue = Catalogue::embedded().unwrap();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/evidence");
    let assumptions = Assumptions::new();
    for (name, action, arn) in [
        ("owner-of-what-aws-owns", "bedrock:InvokeModel", None),
        ("perimeter-around-models", "bedrock:CreateModelInvocationJob", None),
        ("control-without-a-resource", "sqs:ListQueues", None),
        ("session-of-a-denied-user", "s3:GetObject", Some("arn:aws:s3:::data/a")),
    ] {
        let world = World::read_directory(&corpus.join(name)).unwrap();
        let sides = Arc::new(ResourceSides::of(&world));
        let mut compared_claims = 0;
        for (account, principal) in world.principals() {
            let subject = principals::subject(&world, &sides, account, principal);
            let mut targets = theorem::targets_of(catalogue, action, &[]);
            if let Some(arn) = arn {
                let named = |resource_type| catalogue.resource_type(resource_type).unwrap().name == "object";
                targets.retain(|target| target.resource.resource_type().is_some_and(named));
                for target in &mut targets {
                    let resource_type = target.resource.resource_type().unwrap();
                    target.resource = TargetResource::Exactly { resource_type, arn: arn.to_owned() };
                }
            }
            let query = Query { targets, goal: Goal::Allowed, context: None, as_of: None };
            let run = |ledger: &dyn Ledger| {
                drop(Prover::new(catalogue, &assumptions).led_by(Some(ledger)).answer(&query, &subject));
            };
            let found = compared(run, Bounds { at_once: 4_096, ..BOUNDS });
            said(&format!("{name} {}", subject.arn), &found);
            assert_eq!(found.differing, Vec::<String>::new(), "{name}: {}", subject.arn);
            compared_claims += found.whole + found.in_part;
        }
        assert!(compared_claims >= 1, "{name}");
    }
}

#[test]
fn claims_over_steps_are_what_the_evaluator_says() {
    let all = std::env::var_os("RINGFENCE_TEST_ALL").is_some();
    let (mut whole, mut differing, mut always) = (0, Vec::new(), 0);
    for (number, case) in escalation::cases().iter().enumerate() {
        let is_always = ALWAYS.contains(&case.name.as_str());
        if !all && !is_always && number % STEP != 0 {
            continue;
        }
        let found = of_paths(&case.world, &|_| true);
        differing.extend(found.differing.iter().map(|what| format!("{}: {what}", case.name)));
        said(&case.name, &found);
        whole += found.whole;
        always += usize::from(is_always);
    }
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
    assert!(
        whole >= 200 && always == ALWAYS.len(),
        "{whole} claims, {always} of the worlds that are always compared"
    );
}
