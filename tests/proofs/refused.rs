//! Questions over all targets of the catalogue: what is asked alone, what is asked together, and what no formula was
//! asked about since a layer refuses it, are all certified.

use std::path::Path;
use std::sync::Arc;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::parse::policy_text;
use ringfence_model::policy::{NamedPolicy, PolicyType};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::world::World;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::evidence::{Answer, ClosedBook, OpenBook};
use ringfence_solver::formula::{Layer, Restriction};
use ringfence_solver::principals;
use ringfence_solver::prove::Prover;
use ringfence_solver::query::{Goal, Query, Target, TargetResource};
use ringfence_solver::resource_side::ResourceSides;
use ringfence_solver::theorem::Answers as _;
use ringfence_solver::theorem::targets_of;
use ringfence_solver::verdict::Verdict;
use ringfence_tests::generator::question::{Kind, random_query};
use serde_json::json;

use super::Proofs;

#[test]
fn every_part_of_a_proof_over_many_targets_is_certified() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    // What the statements alone exclude is one formula; what has to be searched is several.
    for (index, kind, least) in [(0, Kind::Narrower, 1), (1, Kind::Narrower, 1), (9, Kind::Wider, 2)] {
        let question = random_query(catalogue, 2_026, index, 30, kind).unwrap();
        let proofs = Proofs::default();
        let mut plain = Prover::new(catalogue, &assumptions);
        let expected = plain.answer(&question.query, &question.subject);
        let mut prover = Prover::new(catalogue, &assumptions).observed(Some(&proofs));
        let verdict = prover.answer(&question.query, &question.subject);
        assert!(matches!(verdict, Verdict::Proved(_)), "{verdict:?}");
        assert_eq!(format!("{verdict:?}"), format!("{expected:?}"), "an observer changes no answer");
        assert!(proofs.accepted() >= least, "only {} proofs", proofs.accepted());
    }
}

/// Statements on resources of these services; other services are named by ARNs of their own, `backup` by those of any.
const RESOURCES: [&str; 6] = [
    "arn:aws:s3:::reports/*",
    "arn:aws:IAM::111122223333:role/app/*",
    "arn:aws:bedrock",
    "arn:aws:execute-api:eu-west-1:*",
    "arn:aws:sts:*:111122223333:*",
    "arn:aws:sns:eu-west-1:111122223333:${aws:PrincipalTag/team}",
];

#[test]
fn what_no_resource_of_a_policy_fits_is_certified() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let question = random_query(catalogue, 2_026, 0, 30, Kind::Narrower).unwrap();
    let mut subject = question.subject;
    let text = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": RESOURCES }]
    });
    let (document, _) =
        policy_text(&text.to_string(), PolicyType::Identity, &Arc::from("narrow.json")).unwrap();
    let narrow = NamedPolicy { name: Arc::from("narrow.json"), document: Arc::new(document) };
    let account = subject.account;
    subject.policies = PolicySet { identity: vec![narrow], ..PolicySet::default() };
    subject.resources = Arc::new(ResourceSides::none_of(account));
    let targets: Vec<_> = catalogue
        .actions()
        .iter()
        .flat_map(|action| targets_of(catalogue, &action.full_name(), &[]))
        .collect();
    let proofs = Proofs::default();
    let mut prover = Prover::new(catalogue, &assumptions).observed(Some(&proofs));
    let query = Query { targets, goal: Goal::Allowed, context: None, as_of: None };
    let (open, layers) = prover.unrefused(&query, &subject);
    assert!(open.len() * 4 < query.targets.len(), "{} of {} are left", open.len(), query.targets.len());
    assert_eq!(layers.into_iter().collect::<Vec<_>>(), [Restriction::Layer(Layer::Identity)]);
    assert!(proofs.accepted() >= 5, "only {} proofs", proofs.accepted());
}

/// Of many targets a search comes upon some that it asks about alone: a run that goes by the book asks about the same, and leaves nothing of
/// the book unused.
#[test]
fn what_is_asked_alone_of_many_targets_is_asked_again() {
    let (catalogue, assumptions) = (Catalogue::embedded().unwrap(), Assumptions::new());
    let mut subject = random_query(catalogue, 2_026, 0, 30, Kind::Narrower).unwrap().subject;
    // Nothing fits the first statement, though no element of it says so alone.
    let text = json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
                "StringLike": { "aws:RequestTag/team": ["a*"] }, "StringNotLike": { "aws:RequestTag/team": "a*" }
            } },
            { "Effect": "Allow", "Action": "xray:PutTraceSegments", "Resource": "*" }
        ]
    });
    let (document, _) =
        policy_text(&text.to_string(), PolicyType::Identity, &Arc::from("some.json")).unwrap();
    let some = NamedPolicy { name: Arc::from("some.json"), document: Arc::new(document) };
    subject.policies = PolicySet { identity: vec![some], ..PolicySet::default() };
    subject.resources = Arc::new(ResourceSides::none_of(subject.account));
    let actions = catalogue.actions().iter();
    let asked = actions.filter(|action| ["ec2", "iam", "xray"].contains(&action.service.as_ref()));
    let targets: Vec<_> = asked.flat_map(|action| targets_of(catalogue, &action.full_name(), &[])).collect();
    // The one that is allowed comes last, behind several formulas' worth of others.
    assert!(targets.len() > 1_500, "{}", targets.len());
    let query = Query { targets, goal: Goal::Allowed, context: None, as_of: None };
    let book = OpenBook::new();
    let found = Prover::new(catalogue, &assumptions).led_by(Some(&book)).answer(&query, &subject);
    assert!(matches!(found, Verdict::Refuted(_)), "{found:?}");
    let written = book.close();
    let alone = |answer: &&Answer| matches!(answer, Answer::AskedAlone { .. });
    assert_eq!(written.answers.values().filter(alone).count(), 1);
    let claims = written.proofs.keys().cloned().collect();
    let closed = ClosedBook::new(written.answers.clone(), claims, written.unproved.clone());
    let again = Prover::new(catalogue, &assumptions).led_by(Some(&closed)).answer(&query, &subject);
    assert_eq!(format!("{again:?}"), format!("{found:?}"));
    assert!(closed.used().questions.iter().eq(written.answers.keys()));
    // A book that names others, however many, makes nothing proved.
    let mut forged = written.answers.clone();
    for answer in forged.values_mut() {
        if let Answer::AskedAlone { targets } = answer {
            *targets = vec![0; 1_000_000];
        }
    }
    let claims = written.proofs.keys().cloned().collect();
    let lying = ClosedBook::new(forged, claims, written.unproved.clone());
    let found = Prover::new(catalogue, &assumptions).led_by(Some(&lying)).answer(&query, &subject);
    assert!(matches!(found, Verdict::Inconclusive(_)), "{found:?}");
}

/// What a trust policy grants to the account alone, its principals' own policies and boundaries must allow: that needs no search, and
/// is certified all the same. What it grants by name or to everybody is searched.
#[test]
fn what_a_trust_policy_leaves_to_the_account_is_certified() {
    let (catalogue, assumptions) = (Catalogue::embedded().unwrap(), Assumptions::new());
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/worlds/trust-by-account");
    let world = World::read_directory(&directory).unwrap();
    let resources = Arc::new(ResourceSides::of(&world));
    let asked = targets_of(catalogue, "sts:AssumeRole", &[]);
    let role = asked.iter().find_map(|target| target.resource.resource_type()).unwrap();
    for (caller, layer) in [("bounded", Layer::PermissionsBoundary), ("reader", Layer::Identity)] {
        let caller = format!("arn:aws:iam::111122223333:role/{caller}");
        let (account, principal) = world.principal(&caller).unwrap();
        let subject = principals::subject(&world, &resources, account, principal);
        for (name, is_refused) in [
            ("by-account", true),
            ("by-id", true),
            ("by-account-and-service", true),
            ("by-session", false),
            ("by-role", false),
            ("by-everybody", false),
        ] {
            let arn = format!("arn:aws:iam::111122223333:role/{name}");
            let exactly = TargetResource::Exactly { resource_type: role, arn };
            let target = Target::new(asked[0].action.clone(), exactly, Vec::new());
            let query = Query { targets: vec![target], goal: Goal::Allowed, context: None, as_of: None };
            let proofs = Proofs::default();
            let mut prover = Prover::new(catalogue, &assumptions).observed(Some(&proofs));
            let (open, layers) = prover.unrefused(&query, &subject);
            assert_eq!(open.is_empty(), is_refused, "{caller}: {name}");
            assert_eq!(proofs.accepted(), usize::from(is_refused), "{caller}: {name}");
            if is_refused {
                let layers: Vec<_> = layers.into_iter().collect();
                assert_eq!(layers, [Restriction::Layer(layer.clone())], "{caller}: {name}");
            }
        }
    }
}
