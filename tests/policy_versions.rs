//! Versions of AWS managed policies: what each new one adds and takes away is decided, and shown by requests that the evaluator decides so.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::sync::Arc;

use flate2::read::GzDecoder;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::evaluate::{ChosenReadings, complete_context, evaluate};
use ringfence_model::models::ModelTable;
use ringfence_model::parse::policy_text;
use ringfence_model::policy::{NamedPolicy, PolicyType};
use ringfence_model::policy_set::PolicySet;
use ringfence_model::principal::Principal;
use ringfence_model::request::Decision;
use ringfence_solver::check::CheckOptions;
use ringfence_solver::check::comparison::{Attachment, Policies, Relation, compare_policies};
use ringfence_solver::constraint::allows_everything;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::verdict::Verdict;
use ringfence_solver::witness::full_session_policy;
use serde_json::Value;

/// Committed: so many pairs.
const PAIRS: usize = 500;
/// `make test` takes every so manieth.
const EVERY: usize = 12;

struct Versions {
    name: String,
    old: NamedPolicy,
    new: NamedPolicy,
}

fn pairs() -> Vec<Versions> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../corpus/policy-versions/pairs.jsonl.gz");
    let lines = BufReader::new(GzDecoder::new(File::open(path).unwrap())).lines();
    let pairs: Vec<Versions> = lines
        .map(|line| {
            let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
            let name = line["policy"].as_str().unwrap().to_owned();
            let read = |side: &str| {
                let file: Arc<str> = Arc::from(format!("{name} {side}"));
                let (document, _) =
                    policy_text(&line[side].to_string(), PolicyType::Identity, &file).unwrap();
                NamedPolicy { name: file, document: Arc::new(document) }
            };
            let (old, new) = (read("old"), read("new"));
            Versions { name, old, new }
        })
        .collect();
    assert_eq!(pairs.len(), PAIRS);
    pairs
}

/// How many comparisons ended how.
#[derive(Debug, Default)]
struct Tally {
    pairs: usize,
    equivalent: usize,
    decided: usize,
    shown: usize,
}

fn compared(pairs: impl Iterator<Item = Versions>) -> Tally {
    let (catalogue, models) = (Catalogue::embedded().unwrap(), ModelTable::embedded().unwrap());
    let assumptions = Assumptions::new();
    let options = CheckOptions::new(1.try_into().unwrap(), None, "2026-11-26");
    let mut tally = Tally::default();
    for pair in pairs {
        let found = compare_policies(
            Policies {
                old: &pair.old,
                new: &pair.new,
                attachment: Attachment::Identity,
                account: None,
                catalogue,
                models,
                assumptions: &assumptions,
            },
            &options,
        );
        tally.pairs += 1;
        tally.equivalent += usize::from(found.relation() == Relation::Equivalent);
        let open = |verdict: &Verdict| matches!(verdict, Verdict::Inconclusive(_));
        tally.decided +=
            usize::from(!found.principals.iter().any(|one| open(&one.gained) || open(&one.lost)));
        for one in &found.principals {
            for (verdict, has, lacks) in
                [(&one.gained, &pair.new, &pair.old), (&one.lost, &pair.old, &pair.new)]
            {
                let Verdict::Refuted(witness) = verdict else { continue };
                let mut some_denied = false;
                assert!(!witness.requests().is_empty() && !witness.elsewhere().is_empty(), "{}", pair.name);
                for replayed in witness.requests() {
                    // By itself, or beside a policy that allows everything.
                    let beside = replayed.deciding.iter().any(|one| one.policy != has.name);
                    let decide = |policy: &NamedPolicy| {
                        let others = beside.then(|| allows_everything("another"));
                        let identity = std::iter::once(policy.clone()).chain(others).collect();
                        let federated = matches!(replayed.request.principal, Principal::FederatedUser { .. });
                        let session = federated.then(|| vec![full_session_policy()]);
                        let set = PolicySet { identity, session, ..PolicySet::default() };
                        let request = complete_context(&replayed.request);
                        evaluate(&request, &set, catalogue, &ChosenReadings::default()).unwrap().decision
                    };
                    assert_eq!(decide(has), Decision::Allow, "{}: {:?}", pair.name, replayed.request);
                    some_denied |= decide(lacks) != Decision::Allow;
                }
                assert!(some_denied, "{}: {:?}", pair.name, witness.requests());
                tally.shown += 1;
            }
        }
    }
    tally
}

#[test]
fn versions_of_managed_policies_are_compared() {
    let tally = compared(pairs().into_iter().step_by(EVERY));
    assert!(tally.pairs == 42 && tally.decided >= 36 && tally.shown >= 50, "{tally:?}");
    assert!((5..tally.pairs).contains(&tally.equivalent), "{tally:?}");
}

#[test]
#[ignore = "minutes: all pairs, by `make long-random`"]
fn all_versions_of_managed_policies_are_compared() {
    let tally = compared(pairs().into_iter());
    assert!(tally.decided >= 400 && tally.shown >= 600, "{tally:?}");
    assert!((60..tally.pairs).contains(&tally.equivalent), "{tally:?}");
}
