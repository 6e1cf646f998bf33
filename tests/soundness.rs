//! Verdicts of random policies against concrete requests, and what must not change a verdict (docs/encoding.md).

use std::cell::{Cell, RefCell};

use ringfence_model::arn::Arn;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::ContextKey;
use ringfence_model::request::Decision;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::prove::Prover;
use ringfence_solver::query::{Goal, Query, Target, TargetAction, TargetResource};
use ringfence_solver::verdict::{Verdict, VerdictWord};
use ringfence_solver::wildcard::Theory;
use serde_json::{Value, json};

use crate::differential::case;
use crate::engines::{Mode, Scenario, Solved, encoded};
use crate::proofs::Proofs;
use crate::random;

/// The caller's side of a case, about which questions in a free context can be asked.
pub(crate) fn scenario(case: &Value, catalogue: &Catalogue) -> Result<Option<Scenario>, String> {
    // What the resource's side says about one resource says nothing about all that such a question ranges over.
    let mut case = case.clone();
    let policies = case["policies"].as_object_mut().unwrap();
    for name in ["resource", "resourceControl", "vpcEndpoint"] {
        policies.remove(name);
    }
    let scenario = crate::differential::scenario(&case, catalogue)?;
    Ok(scenario.filter(Scenario::is_asked_freely))
}

/// Any request for the action on any resource that it takes.
pub(crate) fn reach(scenario: &Scenario, catalogue: &Catalogue) -> Query {
    Query { targets: targets(scenario, catalogue), goal: Goal::Allowed, context: None, as_of: None }
}

fn targets(scenario: &Scenario, catalogue: &Catalogue) -> Vec<Target> {
    let action = catalogue.action(scenario.action).unwrap();
    let mut resources: Vec<TargetResource> = action
        .resource_types
        .iter()
        .map(|taken| TargetResource::Type { resource_type: taken.resource_type, names: Vec::new() })
        .collect();
    if resources.is_empty() {
        resources.push(TargetResource::Wildcard);
    }
    let action = TargetAction::Catalogued(scenario.action);
    resources.into_iter().map(|resource| Target::new(action.clone(), resource, Vec::new())).collect()
}

/// A limit was reached, which is no answer; every other verdict counts. A disagreement is an error.
pub(crate) fn settled(verdict: Verdict) -> Result<Option<Verdict>, String> {
    match &verdict {
        Verdict::Inconclusive(reason) if reason.code() == "limit" => Ok(None),
        Verdict::Inconclusive(reason) if reason.code() == "internal-disagreement" => Err(reason.text()),
        _ => Ok(Some(verdict)),
    }
}

pub(crate) fn is_proof(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Proved(_))
}

/// What the question about the scenario's action comes to.
#[derive(Clone, Copy, Debug, Default)]
struct Settled {
    proved: bool,
    refuted: bool,
    /// Under how many choices of readings the scenario's own request is allowed, though there is a proof.
    allowed: u32,
}

/// Asks whether some request for the scenario's action is allowed: nothing may be proved that its own request refutes,
/// and a refutation must hold on the evaluator.
fn replayed(
    scenario: &Scenario,
    catalogue: &Catalogue,
    prover: &mut Prover<'_>,
    theory: &mut Theory,
) -> Result<Settled, String> {
    let verdict = prover.answer(&reach(scenario, catalogue), &scenario.subject);
    let Some(verdict) = settled(verdict)? else { return Ok(Settled::default()) };
    if let Verdict::Refuted(witness) = &verdict {
        for replayed in witness.requests() {
            let request = &replayed.request;
            let known = catalogue.find_action(&request.action) == Some(scenario.action);
            let resource = request.resource == "*" || Arn::parse(&request.resource).is_some();
            if !known || !resource {
                return Err(format!("no request of AWS: {request:?}"));
            }
        }
    }
    let mut counts =
        Settled { proved: is_proof(&verdict), refuted: matches!(verdict, Verdict::Refuted(_)), allowed: 0 };
    if !counts.proved {
        return Ok(counts);
    }
    let resource = scenario.of_type(catalogue);
    let of_type = matches!(&resource, TargetResource::Type { .. } | TargetResource::Wildcard);
    let demanding = scenario.demanding_query(resource, catalogue).filter(|_| of_type);
    for mode in [Mode::Evaluator, Mode::Lower, Mode::Upper, Mode::Mixed(1), Mode::Mixed(2)] {
        if scenario.call_evaluated(catalogue, mode) != Ok(Decision::Allow) {
            continue;
        }
        counts.allowed += 1;
        let Some(query) = &demanding else { continue };
        let encoded = encoded(query, scenario, catalogue, theory);
        // A request that cannot be made refutes nothing.
        if scenario.solved(&encoded, mode, theory) != Solved::Impossible {
            return Err(format!("{mode:?}: proved, but this request is allowed"));
        }
    }
    Ok(counts)
}

#[test]
fn nothing_is_proved_that_a_request_refutes() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let proofs = Proofs::default();
    let prover = RefCell::new(Prover::new(catalogue, &assumptions).observed(Some(&proofs)));
    let theory = RefCell::new(Theory::new(60_000));
    let [proved, refuted]: [Cell<u32>; 2] = Default::default();
    random::run("soundness", 400, &case(), Value::to_string, |case| {
        let Some(scenario) = scenario(&case, catalogue)? else { return Ok(()) };
        let counts = replayed(&scenario, catalogue, &mut prover.borrow_mut(), &mut theory.borrow_mut())?;
        proved.set(proved.get() + u32::from(counts.proved));
        refuted.set(refuted.get() + u32::from(counts.refuted));
        Ok(())
    });
    let (proved, refuted) = (proved.get(), refuted.get());
    assert!(proved >= 30 && refuted >= 30, "{proved} proved, {refuted} refuted: the cases say little");
    assert!(proofs.accepted() >= 30, "only {} proofs", proofs.accepted());
}

/// The first random case of which a verdict does not hold on the evaluator.
pub(crate) fn replay_fault(catalogue: &Catalogue) -> Option<String> {
    let assumptions = Assumptions::new();
    let prover = RefCell::new(Prover::new(catalogue, &assumptions));
    random::first_fault(60, &case(), |case| {
        let Some(scenario) = scenario(&case, catalogue)? else { return Ok(()) };
        replayed(&scenario, catalogue, &mut prover.borrow_mut(), &mut Theory::new(60_000)).map(|_| ())
    })
}

/// The first random case of which a question over many actions is answered otherwise than those about each.
pub(crate) fn class_fault(catalogue: &Catalogue) -> Option<String> {
    let assumptions = Assumptions::new();
    let prover = RefCell::new(Prover::new(catalogue, &assumptions));
    // A session of a role makes one of these calls always, the other never, and both without a resource.
    let session = json!({
        "request": {
            "principal": "arn:aws:sts::111122223333:assumed-role/app/x1", "action": "sts:GetSessionToken",
            "resource": "*", "context": {}
        },
        "policies": {}
    });
    let names = ["sts:GetSessionToken", "sts:GetCallerIdentity"];
    let directed = classes_agree(&session, &names, catalogue, &mut prover.borrow_mut()).err();
    directed.or_else(|| {
        random::first_fault(12, &case(), |case| {
            classes_agree(&case, &ACTIONS, catalogue, &mut prover.borrow_mut())
        })
    })
}

/// Actions of every rule: some with keys that others are not offered.
const ACTIONS: [&str; 18] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:GetObjectAcl",
    "s3:ListBucket",
    "s3:ListAllMyBuckets",
    "iam:GetUser",
    "iam:CreateUser",
    "iam:PassRole",
    "bedrock:InvokeModel",
    "bedrock:CreateModelInvocationJob",
    "kms:CreateAlias",
    "kms:UpdateAlias",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
    "sts:GetSessionToken",
    "sqs:SendMessage",
    "ec2:RunInstances",
];

/// The verdict on each action alone, and on all of them together.
type AloneAndTogether = (Vec<(&'static str, VerdictWord)>, VerdictWord);

/// The verdict on each action alone, and on all of them together. None if a limit was reached.
fn alone_and_together(
    scenario: &Scenario,
    names: &[&'static str],
    catalogue: &Catalogue,
    prover: &mut Prover<'_>,
) -> Result<Option<AloneAndTogether>, String> {
    let mut scenario = scenario.clone();
    let mut all = Vec::new();
    let mut words = Vec::new();
    for name in names.iter().copied() {
        scenario.action = catalogue.find_action(name).unwrap();
        let alone = prover.answer(&reach(&scenario, catalogue), &scenario.subject);
        let Some(alone) = settled(alone)? else { return Ok(None) };
        words.push((name, alone.word()));
        all.extend(targets(&scenario, catalogue));
    }
    let query = Query { targets: all, goal: Goal::Allowed, context: None, as_of: None };
    let Some(together) = settled(prover.answer(&query, &scenario.subject))? else { return Ok(None) };
    Ok(Some((words, together.word())))
}

/// A question over many actions is answered as the least favourable of the questions about each.
pub(crate) fn classes_agree(
    case: &Value,
    names: &[&'static str],
    catalogue: &Catalogue,
    prover: &mut Prover<'_>,
) -> Result<(), String> {
    let Some(scenario) = scenario(case, catalogue)? else {
        return Ok(());
    };
    let Some((alone, together)) = alone_and_together(&scenario, names, catalogue, prover)? else {
        return Ok(());
    };
    let most = alone.iter().map(|entry| entry.1).max();
    if most != Some(together) {
        return Err(format!("together {together:?}, alone {alone:?}"));
    }
    Ok(())
}

#[test]
fn classes_of_actions_change_no_verdict() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let proofs = Proofs::default();
    let prover = RefCell::new(Prover::new(catalogue, &assumptions).observed(Some(&proofs)));
    random::run("classes", 40, &case(), Value::to_string, |case| {
        classes_agree(&case, &ACTIONS, catalogue, &mut prover.borrow_mut())
    });
    assert!(proofs.accepted() >= 100, "only {} proofs", proofs.accepted());
}

#[test]
fn classes_of_actions_keep_apart_what_the_resource_side_tells_apart() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let prover = RefCell::new(Prover::new(catalogue, &assumptions));
    let document = |statements: Value| json!({ "Version": "2012-10-17", "Statement": statements });
    let own = document(json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }]));
    let all = json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" });
    let no_key = json!({ "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*" });
    let no_bucket = json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*" });
    let all_ec2 = document(json!([{ "Effect": "Deny", "Action": "ec2:*", "Resource": "*" }]));
    let that_key = document(json!([{
        "Effect": "Allow", "Action": "kms:*",
        "Resource": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    }]));
    let of_that_account = json!({
        "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
        "Condition": { "StringEquals": { "aws:ResourceAccount": "111122223333" } }
    });
    let in_one_region = document(json!([{
        "Effect": "Allow", "Action": "dynamodb:*",
        "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/orders",
        "Condition": { "StringEquals": { "aws:RequestedRegion": "eu-west-1" } }
    }]));
    let refuted = VerdictWord::Refuted;
    for (names, expected, principal, resource, policies) in [
        // The first is for the key's own account alone.
        (
            ["kms:CancelKeyDeletion", "kms:Decrypt"],
            [VerdictWord::Proved, refuted],
            "arn:aws:iam::444455556666:user/bob",
            "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            json!({ "identity": [that_key], "resource": document(json!([of_that_account])) }),
        ),
        // The second may name a table of another Region.
        (
            ["dynamodb:CreateTable", "dynamodb:CreateTableReplica"],
            [VerdictWord::Proved, refuted],
            "arn:aws:iam::111122223333:user/alice",
            "arn:aws:dynamodb:us-east-1:111122223333:table/orders",
            json!({ "identity": [in_one_region] }),
        ),
        // SCPs may not bind the second.
        (
            ["ec2:ReleaseAddress", "ec2:ModifyAddressAttribute"],
            [VerdictWord::Proved, VerdictWord::Inconclusive],
            "arn:aws:iam::111122223333:root",
            "arn:aws:ec2:us-east-1:111122223333:elastic-ip/eipalloc-1",
            json!({ "serviceControl": [{ "target": "r-root", "policies": [own, all_ec2] }] }),
        ),
        // RCPs bind the first, unless AWS manages the key, and not the second.
        (
            ["kms:Decrypt", "kms:RetireGrant"],
            [VerdictWord::Inconclusive, refuted],
            "arn:aws:iam::111122223333:user/alice",
            "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            json!({
                "identity": [own], "resource": document(json!([all])),
                "resourceControl": [{ "target": "r-root", "policies": [document(json!([no_key]))] }]
            }),
        ),
        // A root user may do the second whatever the bucket's policy says.
        (
            ["s3:GetBucketAcl", "s3:GetBucketPolicy"],
            [VerdictWord::Proved, refuted],
            "arn:aws:iam::111122223333:root",
            "arn:aws:s3:::data",
            json!({ "resource": document(json!([no_bucket])) }),
        ),
    ] {
        let case = json!({
            "request": { "principal": principal, "action": names[0], "context": {}, "resource": resource },
            "policies": policies
        });
        let scenario = crate::differential::scenario(&case, catalogue).unwrap().unwrap();
        let (alone, together) =
            alone_and_together(&scenario, &names, catalogue, &mut prover.borrow_mut()).unwrap().unwrap();
        assert_eq!(alone.iter().map(|entry| entry.1).max(), Some(together), "{alone:?}");
        assert_eq!([alone[0].1, alone[1].1], expected, "{names:?}");
    }
}

#[test]
fn what_statements_alone_exclude_from_a_difference_is_proved_by_the_formula_too() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let prover = RefCell::new(Prover::new(catalogue, &assumptions));
    let names = [
        "s3:GetObject",
        "s3:ListAllMyBuckets",
        "iam:CreateUser",
        "iam:PassRole",
        "bedrock:InvokeModel",
        "sts:GetCallerIdentity",
        "sqs:SendMessage",
        "ec2:RunInstances",
        "ec2:CreateTags",
    ];
    let [proved, refuted]: [Cell<u32>; 2] = Default::default();
    random::run(
        "differences",
        30,
        &(case(), case()),
        |pair| pair.0.to_string(),
        |(first, second)| {
            let Some(scenario) = scenario(&first, catalogue)? else { return Ok(()) };
            // The other policies: equal, with one document less, and with those of another case besides.
            let mut fewer = first.clone();
            fewer["policies"]["identity"].as_array_mut().unwrap().pop();
            let mut more = first.clone();
            let added = second["policies"]["identity"].as_array().unwrap().clone();
            more["policies"]["identity"].as_array_mut().unwrap().extend(added);
            for (what, other) in [("equal", first.clone()), ("fewer", fewer), ("more", more)] {
                let Some(other) = self::scenario(&other, catalogue)? else { continue };
                let beyond = |targets: Vec<Target>| Query {
                    targets,
                    goal: Goal::AllowedBeyond(Box::new(other.policies.clone())),
                    context: None,
                    as_of: None,
                };
                let mut all = Vec::new();
                let mut alone_proved = true;
                for name in names {
                    let mut named = reach(&scenario, catalogue);
                    named.targets = ringfence_solver::theorem::targets_of(catalogue, name, &[]);
                    let verdict =
                        prover.borrow_mut().answer(&beyond(named.targets.clone()), &scenario.subject);
                    let Some(verdict) = settled(verdict)? else { return Ok(()) };
                    alone_proved &= is_proof(&verdict);
                    all.extend(named.targets);
                }
                // Only questions over many targets are looked at statement by statement.
                assert!(all.len() > 48, "{} targets", all.len());
                let together = prover.borrow_mut().answer(&beyond(all), &scenario.subject);
                let Some(together) = settled(together)? else { return Ok(()) };
                if is_proof(&together) != alone_proved {
                    return Err(format!("{what}: together {together:?}, alone proved: {alone_proved}"));
                }
                if what == "equal" && !is_proof(&together) {
                    return Err(format!("policies allow more than themselves: {together:?}"));
                }
                let count = if alone_proved { &proved } else { &refuted };
                count.set(count.get() + 1);
            }
            Ok(())
        },
    );
    let (proved, refuted) = (proved.get(), refuted.get());
    assert!(proved >= 20 && refuted >= 5, "{proved} proved, {refuted} not: the cases say little");
}

/// The case with one more policy in the identity policies.
fn with_policy(case: &Value, statements: &Value) -> Value {
    let mut case = case.clone();
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    case["policies"]["identity"].as_array_mut().unwrap().push(policy);
    case
}

/// Two statements that have no effect, since they name no resource, with a condition each on every multivalued key
/// of the generator: the encoder then gives each key two more slots.
fn more_slots(case: &Value) -> Value {
    let keys = ["aws:TagKeys", "aws:PrincipalOrgPaths", "aws:CalledVia", "dynamodb:Attributes", "custom:key"];
    let operands: serde_json::Map<String, Value> =
        keys.iter().map(|key| ((*key).to_owned(), json!(["x"]))).collect();
    let statement = json!({
        "Effect": "Deny", "Action": "*", "Resource": [], "Condition": { "ForAnyValue:StringEquals": operands }
    });
    with_policy(case, &json!([statement.clone(), statement]))
}

/// The case with the statements of each document and the documents of each list in another order.
fn reordered(case: &Value, order: fn(&mut [Value])) -> Value {
    fn turn(value: &mut Value, order: fn(&mut [Value])) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| turn(value, order)),
            Value::Object(members) => {
                for (name, member) in members.iter_mut() {
                    turn(member, order);
                    if let (
                        "Statement" | "identity" | "policies" | "permissionsBoundary",
                        Value::Array(list),
                    ) = (name.as_str(), member)
                    {
                        order(list);
                    }
                }
            }
            _ => {}
        }
    }
    let mut case = case.clone();
    turn(&mut case["policies"], order);
    case
}

#[test]
fn more_slots_order_and_denies_change_what_they_may() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let proofs = Proofs::default();
    let prover = RefCell::new(Prover::new(catalogue, &assumptions).observed(Some(&proofs)));
    let verdict = |case: &Value| -> Result<Option<Verdict>, String> {
        let Some(scenario) = scenario(case, catalogue)? else { return Ok(None) };
        settled(prover.borrow_mut().answer(&reach(&scenario, catalogue), &scenario.subject))
    };
    let denies = json!([
        { "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*",
          "Condition": { "StringNotEquals": { "aws:PrincipalTag/team": "blue" } } },
        { "Effect": "Deny", "NotAction": ["s3:*", "iam:*", "sqs:*"], "NotResource": "arn:aws:ec2:*:*:instance/*" }
    ]);
    random::run("changes", 150, &case(), Value::to_string, |case| {
        let Some(before) = verdict(&case)? else { return Ok(()) };
        let rotated = |list: &mut [Value]| list.rotate_left(usize::from(list.len() > 1));
        for (what, other) in [
            ("two more slots", more_slots(&case)),
            ("in reverse", reordered(&case, <[Value]>::reverse)),
            ("rotated", reordered(&case, rotated)),
        ] {
            let Some(after) = verdict(&other)? else { continue };
            if after.word() != before.word() {
                return Err(format!("{what}: {after:?} instead of {before:?}"));
            }
        }
        if let Some(after) = verdict(&with_policy(&case, &denies))?
            && is_proof(&before)
            && !is_proof(&after)
        {
            return Err(format!("with more Deny statements: {after:?} instead of a proof"));
        }
        Ok(())
    });
    assert!(proofs.accepted() >= 100, "only {} proofs", proofs.accepted());
}

#[test]
fn a_list_has_as_many_values_as_conditions_need() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let key = "dynamodb:Attributes";
    let deny = |operator: &str, value: &str| json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { operator: { key: [value] } } });
    let case = json!({
        "request": {
            "principal": "arn:aws:iam::111122223333:user/alice", "action": "dynamodb:GetItem",
            "resource": "arn:aws:dynamodb:us-east-1:111122223333:table/t", "context": {}
        },
        "policies": { "identity": [{ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
                "ForAnyValue:StringEquals": { key: ["a"] }, "ForAnyValue:StringLike": { key: ["b*"] },
                "ForAnyValue:StringEqualsIgnoreCase": { key: ["C"] }, "Null": { key: "false" }
            } },
            deny("ForAllValues:StringNotEquals", "d"), deny("ForAllValues:StringNotLike", "e?")
        ] }] }
    });
    let scenario = scenario(&case, catalogue).unwrap().unwrap();
    let mut prover = Prover::new(catalogue, &assumptions);
    let verdict = prover.answer(&reach(&scenario, catalogue), &scenario.subject);
    let Verdict::Refuted(witness) = &verdict else { panic!("{verdict:?}") };
    let values = witness.requests()[0].request.context.get(&ContextKey::new(key)).unwrap().values().len();
    assert_eq!(values, 5, "{verdict:?}");
}

#[test]
fn not_action_is_the_complement_of_action() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let proofs = Proofs::default();
    let mut prover = Prover::new(catalogue, &assumptions).observed(Some(&proofs));
    let patterns = [
        "s3:*",
        "s3:Get*",
        "S3:GETobject",
        "s3:Get?bject",
        "s3:*Object",
        "iam:*",
        "sqs:SendMessage",
        "ec2:*",
    ];
    let actions = ["s3:GetObject", "s3:PutObject", "iam:GetUser", "sqs:SendMessage", "ec2:DescribeInstances"];
    let mut verdicts = 0;
    for pattern in patterns {
        for name in actions {
            let proved = ["Action", "NotAction"].map(|element| {
                let mut statement = json!({ "Effect": "Allow", "Resource": "*" });
                statement[element] = json!([pattern]);
                let case = json!({
                    "request": {
                        "principal": "arn:aws:iam::111122223333:user/alice", "action": name, "resource": "*", "context": {}
                    },
                    "policies": { "identity": [{ "Version": "2012-10-17", "Statement": [statement] }] }
                });
                let scenario = scenario(&case, catalogue).unwrap().unwrap();
                let verdict = prover.answer(&reach(&scenario, catalogue), &scenario.subject);
                assert!(!matches!(verdict, Verdict::Inconclusive(_)), "{pattern} {name}: {verdict:?}");
                verdicts += 1;
                is_proof(&verdict)
            });
            assert!(proved[0] != proved[1], "{pattern} {name}: {proved:?}");
        }
    }
    assert_eq!(verdicts, 2 * patterns.len() * actions.len());
    assert_eq!(proofs.accepted(), patterns.len() * actions.len());
}
