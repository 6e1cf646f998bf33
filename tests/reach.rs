//! The blast radius against enumeration: every model asked for itself, every set of keys that may be left out.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::Path;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::ContextKey;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::check::blast_radius::{BlastRadius, blast_radius};
use ringfence_solver::check::{CheckOptions, check};
use ringfence_solver::encode::Assumptions;
use ringfence_solver::guardrail::{Configuration, Guardrail, ModelSet, PrincipalScope, cannot_invoke};
use ringfence_solver::inquiry::run::candidates;
use ringfence_solver::prove::Prover;
use ringfence_solver::prove::optimum::Wish;
use ringfence_solver::query::{Goal, KeyDemand, Query, Target};
use ringfence_solver::subject::{Federation, Subject};
use ringfence_solver::theorem::invoke::{self, invoked_model};
use ringfence_solver::theorem::models::ModelIds;
use ringfence_solver::theorem::route::Route;
use ringfence_solver::verdict::{Verdict, VerdictWord};

/// Principals of the sample organisation with different reach: one pattern, one model, tags, networks, another service,
/// a profile, everything, nothing.
const PRINCIPALS: [&str; 9] = [
    "role/ml/summarizer-nova",
    "role/ml/engineer",
    "role/ml/meeting-notes",
    "role/ml/gateway",
    "role/app/campaign-2027",
    "role/app/invoice-reader",
    "role/app/report-writer",
    "role/OrganizationAccountAccessRole",
    "user/anna",
];
/// Committed: the suite fails if it compares less.
const MODELS: usize = 900;
const REQUESTS: usize = 20;
const SETS: usize = 20;

fn world() -> World {
    read("organizations/acme")
}

fn read(folder: &str) -> World {
    World::read_directory(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(folder)).unwrap()
}

fn found(world: &World, threads: usize) -> BlastRadius {
    let asked = |subject: &Subject| PRINCIPALS.iter().any(|name| subject.arn.ends_with(name));
    found_of(world, threads, &asked)
}

fn found_of(world: &World, threads: usize, asked: &(dyn Fn(&Subject) -> bool + Sync)) -> BlastRadius {
    let options = CheckOptions::new(NonZeroUsize::new(threads).unwrap(), None, "2026-11-26");
    let pair = (Catalogue::embedded().unwrap(), ModelTable::embedded().unwrap());
    blast_radius(world, pair, (&Configuration::default(), "expensive"), &options, asked, &|_| {})
}

fn query(targets: Vec<Target>) -> Query {
    Query { targets, goal: Goal::Allowed, context: None, as_of: None }
}

/// The exact id of one model as a set, which is how a guardrail would name it.
fn only(id: &str) -> ModelIds {
    let set = ModelSet { ids: vec![id.to_owned()], output_price_above: None, unknown_price: false };
    ModelIds::of(&set, ModelTable::embedded().unwrap())
}

fn subjects(world: &World) -> BTreeMap<String, Subject> {
    let all = candidates(world).into_iter().map(|candidate| candidate.subject);
    all.filter(|subject| PRINCIPALS.iter().any(|name| subject.arn.ends_with(name)))
        .map(|subject| (subject.arn.clone(), Subject { federation: Federation::Never, ..subject }))
        .collect()
}

#[test]
fn models_that_are_reached_directly_are_those_that_enumeration_finds() {
    let world = world();
    let (catalogue, table) = (Catalogue::embedded().unwrap(), ModelTable::embedded().unwrap());
    let found = found(&world, 2);
    assert_eq!(found.principals, found_again(&world), "the number of threads matters");
    let subjects = subjects(&world);
    let assumptions = Assumptions::new();
    let mut prover = Prover::new(catalogue, &assumptions);
    let (mut compared, mut wrong) = (0, Vec::new());
    for principal in &found.principals {
        let reach = principal.reach.as_ref().unwrap();
        let subject = subjects.get(&principal.principal).unwrap();
        let direct: BTreeSet<&str> = reach
            .models
            .iter()
            .filter(|model| matches!(model.route, Route::Direct | Route::Mantle | Route::ClaudePlatform))
            .map(|model| model.id.as_str())
            .collect();
        let mut dearest = None;
        // Each tenth model that is reached, and each third that is not: the others differ in their names alone.
        for (index, row) in table.rows.iter().enumerate() {
            let expected = direct.contains(row.id.as_str());
            if expected {
                dearest = dearest.max(row.highest_output());
            }
            if index % if expected { 10 } else { 3 } != 0 {
                continue;
            }
            let targets = invoke::targets(catalogue, &only(&row.id), "aws").direct;
            let reached = matches!(prover.answer(&query(targets), subject), Verdict::Refuted(_));
            compared += 1;
            if reached != expected {
                wrong.push(format!("{} {}: {reached}", principal.principal, row.id));
            }
        }
        // The optimiser's dearest is the dearest of all that are reached.
        let by_optimum = reach
            .dearest
            .as_ref()
            .filter(|way| matches!(way.route, Route::Direct | Route::Mantle | Route::ClaudePlatform));
        if let Some(way) = by_optimum
            && way.price != dearest
        {
            wrong.push(format!("{}: dearest {:?}, not {dearest:?}", principal.principal, way.price));
        }
        if by_optimum.is_none() && dearest.is_some() {
            wrong.push(format!("{}: no dearest, not {dearest:?}", principal.principal));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= MODELS / 3, "only {compared} models");
}

/// Committed: the Regions of each principal of the world, one after another.
const REGIONS: [(&str, &[&str]); 5] = [
    ("role/mantle-in-two", &["eu-central-1", "us-east-1"]),
    ("role/mantle-by-two-arns", &["eu-central-1", "eu-west-1"]),
    ("role/claude-in-two", &["eu-central-1", "us-east-1"]),
    ("role/model-in-one-and-mantle-in-another", &["eu-central-1", "us-west-2"]),
    ("user/federated", &["eu-central-1", "us-east-1"]),
];

#[test]
fn regions_are_those_of_every_platform() {
    let world = read("worlds/regions-of-other-platforms");
    let found = found_of(&world, 1, &|_| true);
    for (name, expected) in REGIONS {
        let principal = found.principals.iter().find(|found| found.principal.ends_with(name)).unwrap();
        let reach = principal.reach.as_ref().unwrap();
        let regions: Vec<&str> = reach.regions.iter().map(String::as_str).collect();
        assert_eq!(regions, expected, "{name}");
        assert_eq!(reach.regions_open, None, "{name}");
    }
}

fn found_again(world: &World) -> Vec<ringfence_solver::check::blast_radius::PrincipalReach> {
    found(world, 1).principals
}

#[test]
fn no_request_has_fewer_keys_than_the_least_unusual_one() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let mut prover = Prover::new(catalogue, &assumptions);
    let (mut compared, mut sets) = (0, 0);
    let worlds =
        ["guardrails/guardrail-required", "guardrails/network-required", "guardrails/no-standing-access"];
    let subjects = worlds.iter().flat_map(|folder| candidates(&read(folder)));
    for candidate in subjects {
        let subject = &Subject { federation: Federation::Never, ..candidate.subject };
        let targets = invoke::targets(catalogue, &only("amazon.nova-lite-v1:0"), "aws").direct;
        let Some(best) = prover.best(&query(targets.clone()), subject, Wish::PlainContext) else { continue };
        let request = &best.witness.requests()[0].request;
        assert!(invoked_model(request).is_none_or(|id| id == "amazon.nova-lite-v1:0"), "{request:?}");
        // Every set of fewer of the keys that the formula knows: no request has these alone.
        let encoded = prover.encode(&query(targets.clone()), subject);
        let is_optional = |key: &&ContextKey| {
            let name = key.canonical();
            !name.starts_with("aws:principal") && !matches!(name, "aws:userid" | "aws:requestedregion")
        };
        let keys: Vec<ContextKey> = encoded.symbols.keys.keys().filter(is_optional).cloned().collect();
        let present = keys.iter().filter(|key| request.context.get(key).is_some()).count();
        assert!(keys.len() <= 12, "{keys:?}");
        for chosen in 0_u32..(1 << keys.len()) {
            if chosen.count_ones() as usize >= present {
                continue;
            }
            let fewer: Vec<Target> = targets
                .iter()
                .cloned()
                .map(|mut target| {
                    for (place, key) in keys.iter().enumerate() {
                        if chosen & (1 << place) == 0 {
                            target.keys.push((key.clone(), KeyDemand::Absent));
                        }
                    }
                    target
                })
                .collect();
            let verdict = prover.answer(&query(fewer), subject);
            assert!(!matches!(verdict, Verdict::Refuted(_)), "{}: {verdict:?}", subject.arn);
            sets += 1;
        }
        compared += 1;
    }
    assert!(compared >= REQUESTS && sets >= SETS, "only {compared} requests, {sets} sets of keys");
}

/// What `check` says of each model alone is what the blast radius of all principals together says.
#[test]
fn models_by_every_route_are_those_that_checks_of_one_model_refute() {
    let catalogue = Catalogue::embedded().unwrap();
    let table = ModelTable::embedded().unwrap();
    let mut compared = 0;
    for folder in ["worlds/routes-to-a-model", "worlds/jobs-of-several-principals"] {
        let world = read(folder);
        let [one, two] = [1, 2].map(|threads| found_of(&world, threads, &|_| true));
        assert_eq!(one, two, "{folder}: the answer hangs on the number of threads");
        let ids = [
            "anthropic.claude-opus-4-7",
            "anthropic.claude-opus-4-1-20250805-v1:0",
            "anthropic.claude-haiku-4-5-20251001-v1:0",
            "anthropic.claude-mythos-preview",
            "amazon.nova-micro-v1:0",
        ];
        for id in ids {
            assert!(table.row(id).is_some(), "{id}");
            let set = ModelSet { ids: vec![id.to_owned()], output_price_above: None, unknown_price: false };
            let mut configuration = Configuration::default();
            configuration.models.insert("one".to_owned(), set);
            configuration.guardrails = vec![Guardrail {
                id: "one".to_owned(),
                kind: cannot_invoke("one"),
                principals: PrincipalScope::default(),
                location: None,
            }];
            let options = CheckOptions::new(NonZeroUsize::MIN, None, "2026-11-26");
            let report = check(&world, catalogue, table, &configuration, &options, &|_| {});
            let verdicts = &report.guardrails.first().unwrap().results;
            for principal in &one.principals {
                let reach = principal.reach.as_ref().unwrap();
                let of_check = verdicts.iter().find(|of| of.principal == principal.principal);
                let word = of_check.unwrap_or_else(|| panic!("{}", principal.principal)).verdict.word();
                let open = reach.open.as_ref().is_some_and(|(ids, _)| ids.iter().any(|one| one == id));
                let reached = reach.models.iter().any(|one| one.id == id);
                let expected = match (reached, open) {
                    (true, _) => VerdictWord::Refuted,
                    (false, true) => VerdictWord::Inconclusive,
                    (false, false) => VerdictWord::Proved,
                };
                // Of many models that are open together some may be proved alone.
                let cautious = expected == VerdictWord::Inconclusive && word == VerdictWord::Proved;
                assert!(
                    word == expected || cautious,
                    "{}: {word:?} by check, {expected:?} for {id} in {folder}",
                    principal.principal
                );
                compared += u32::from(!cautious);
            }
        }
    }
    assert!(compared >= 250, "only {compared} are compared");
}
