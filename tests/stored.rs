//! Answers of earlier runs: they change no byte of a report, and nothing that a store says is believed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::check::{Attached, CheckOptions, Shard, check_with};
use ringfence_solver::guardrail::{Configuration, Guardrail, GuardrailKind, ModelSet, PrincipalScope};
use ringfence_solver::interpretation::Interpretation;
use ringfence_solver::prove::{Key, Store};
use ringfence_solver::report::Report;
use ringfence_solver::verdict::{Verdict, VerdictWord};
use ringfence_tests::checks::options;
use ringfence_tests::generator::random::Random;
use ringfence_tests::generator::world::{GeneratedWorld, WorldPlan};
use serde_json::json;

use crate::proofs::Proofs;
use crate::worlds;

/// Entries in memory, with what became of them.
#[derive(Debug, Default)]
struct Entries {
    held: Mutex<BTreeMap<Key, Vec<u8>>>,
    confirmed: Mutex<usize>,
    rejected: Mutex<usize>,
}

impl Entries {
    fn of(entries: BTreeMap<Key, Vec<u8>>) -> Self {
        Self { held: Mutex::new(entries), ..Self::default() }
    }

    fn all(&self) -> BTreeMap<Key, Vec<u8>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn confirmed(&self) -> usize {
        *self.confirmed.lock().unwrap()
    }

    fn rejected(&self) -> usize {
        *self.rejected.lock().unwrap()
    }
}

impl Store for Entries {
    fn find(&self, key: &Key) -> Option<Vec<u8>> {
        self.held.lock().unwrap().get(key).cloned()
    }

    fn keep(&self, key: &Key, entry: Vec<u8>) {
        self.held.lock().unwrap().insert(*key, entry);
    }

    fn confirm(&self, _: &Key) {
        *self.confirmed.lock().unwrap() += 1;
    }

    fn reject(&self, _: &Key) {
        *self.rejected.lock().unwrap() += 1;
    }
}

fn report(
    world: &World,
    configuration: &Configuration,
    options: &CheckOptions,
    store: Option<&Entries>,
    proofs: Option<&Proofs>,
) -> Report {
    let (catalogue, models) = (Catalogue::embedded().unwrap(), ModelTable::embedded().unwrap());
    let attached = Attached {
        observer: proofs.map(|proofs| proofs as _),
        store: store.map(|entries| entries as _),
        ..Attached::default()
    };
    check_with(world, catalogue, models, configuration, options, &|_| {}, attached)
}

/// The whole report but for how many formulas were solved.
fn bytes(report: Report) -> String {
    format!("{:#?}", Report { classes: 0, ..report })
}

fn words(report: &Report) -> Vec<(String, String, VerdictWord)> {
    let results = |guardrail: &ringfence_solver::report::GuardrailResult| {
        let id = guardrail.id.clone();
        let named: Vec<_> = guardrail
            .results
            .iter()
            .map(|result| (id.clone(), result.principal.clone(), result.verdict.word()))
            .collect();
        named
    };
    report.guardrails.iter().flat_map(results).collect()
}

fn acme() -> World {
    World::read_directory(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/organizations/acme"))
        .unwrap()
}

fn generated() -> World {
    let plan =
        WorldPlan { principals: 60, accounts: 3, duplicates: 30, boundaries: 4, ..WorldPlan::default() };
    let place: PathBuf = std::env::temp_dir().join(format!("ringfence-stored-{}", std::process::id()));
    let world = GeneratedWorld::new(&plan).read(&place).unwrap().unwrap();
    std::fs::remove_dir_all(&place).unwrap();
    world
}

#[test]
fn what_was_kept_changes_no_byte_with_any_number_of_threads() {
    for world in [acme(), generated()] {
        let configuration = Configuration::default();
        let plain = bytes(report(&world, &configuration, &options(1), None, None));
        let entries = Entries::default();
        for threads in [2, 1, 8, 2] {
            let stored = report(&world, &configuration, &options(threads), Some(&entries), None);
            assert!(plain == bytes(stored), "{threads} threads with a store");
        }
        // The second run and all after it were answered from the store.
        assert!(entries.confirmed() >= 3 * 50, "only {} were used", entries.confirmed());
        assert_eq!(entries.rejected(), 0);
    }
}

/// Every world of the corpus, the slow ones included.
#[test]
fn no_small_world_depends_on_how_it_is_checked() {
    let mut confirmed = 0;
    for (directory, world, configuration, _) in worlds::all() {
        let plain = bytes(report(&world, &configuration, &options(1), None, None));
        let entries = Entries::default();
        for threads in [2, 8] {
            let stored = report(&world, &configuration, &options(threads), Some(&entries), None);
            assert!(plain == bytes(stored), "{}: {threads} threads with a store", directory.display());
        }
        confirmed += entries.confirmed();
        assert_eq!(entries.rejected(), 0, "{}", directory.display());
    }
    assert!(confirmed >= 150, "only {confirmed} answers were kept");
}

#[test]
fn the_parts_are_everybody_once() {
    for (world, most) in [(acme(), 7), (generated(), 70)] {
        let configuration = Configuration::default();
        let whole = report(&world, &configuration, &options(2), None, None);
        // With the last some parts are nobody.
        for of in [1, 2, 3, most] {
            let mut joined = Vec::new();
            let mut count = 0;
            for index in 1..=of {
                let shard = Shard::new(index, of);
                assert!(shard.is_some());
                let options = CheckOptions { shard, ..options(2) };
                let part = report(&world, &configuration, &options, None, None);
                count += part.principals;
                joined.extend(part.guardrails.into_iter().flat_map(|guardrail| {
                    let id = guardrail.id;
                    guardrail.results.into_iter().map(move |result| (id.clone(), result))
                }));
            }
            assert_eq!(count, whole.principals);
            joined.sort_by(|left, right| (&left.0, &left.1.principal).cmp(&(&right.0, &right.1.principal)));
            let mut all: Vec<_> = whole
                .guardrails
                .iter()
                .flat_map(|guardrail| {
                    guardrail.results.iter().map(|result| (guardrail.id.clone(), result.clone()))
                })
                .collect();
            all.sort_by(|left, right| (&left.0, &left.1.principal).cmp(&(&right.0, &right.1.principal)));
            assert!(joined == all, "{of} parts");
        }
    }
    assert_eq!(Shard::new(0, 3), None);
    assert_eq!(Shard::new(4, 3), None);
}

/// Entries that are damaged, cut, exchanged or turned around: no verdict changes, and what is proved from them is accepted by
/// the kernel once more.
#[test]
fn nothing_that_a_store_says_is_believed() {
    let world = generated();
    let configuration = Configuration::default();
    let entries = Entries::default();
    let plain = report(&world, &configuration, &options(2), Some(&entries), None);
    let kept = entries.all();
    assert!(kept.len() >= 40, "only {} entries", kept.len());
    let expected = words(&plain);
    let proved = plain.guardrails.iter().flat_map(|guardrail| &guardrail.results);
    let proved = proved.filter(|result| matches!(result.verdict, Verdict::Proved(_))).count();
    assert!(proved >= 20, "only {proved} proofs");
    let mut random = Random::new(5);
    let mut rejected = 0;
    for round in 0..24 {
        let keys: Vec<Key> = kept.keys().copied().collect();
        let changed: BTreeMap<Key, Vec<u8>> = kept
            .iter()
            .enumerate()
            .map(|(place, (key, entry))| {
                let mut entry = entry.clone();
                match round % 4 {
                    0 => {
                        let place = random.below(entry.len());
                        if let Some(byte) = entry.get_mut(place) {
                            *byte ^= 1 << random.below(8);
                        }
                    }
                    1 => entry.truncate(random.below(entry.len())),
                    // The answer to another question.
                    2 => {
                        let other = keys[(place + 1 + round / 4) % keys.len()];
                        entry.clone_from(&kept[&other]);
                    }
                    // Bytes of two entries.
                    _ => {
                        let other = &kept[&keys[random.below(keys.len())]];
                        let from = random.below(entry.len().min(other.len()));
                        entry.truncate(from);
                        entry.extend_from_slice(other.get(from..).unwrap_or_default());
                    }
                }
                (*key, entry)
            })
            .collect();
        let forged = Entries::of(changed);
        let proofs = Proofs::default();
        let other = report(&world, &configuration, &options(2), Some(&forged), Some(&proofs));
        assert!(words(&other) == expected, "round {round}");
        rejected += forged.rejected();
    }
    assert!(rejected >= 24 * 30, "only {rejected} were rejected");
}

/// Refutations of another question whose formula has the same symbols: the request is one that AWS allows, and not one that is asked
/// about, so that a replay alone would pass it.
#[test]
fn a_request_that_is_allowed_and_off_the_question_refutes_nothing() {
    let plan = WorldPlan {
        principals: 16,
        accounts: 2,
        mixture: "models=100".parse().unwrap(),
        ..WorldPlan::default()
    };
    let place: PathBuf = std::env::temp_dir().join(format!("ringfence-off-{}", std::process::id()));
    let world = GeneratedWorld::new(&plan).read(&place).unwrap().unwrap();
    std::fs::remove_dir_all(&place).unwrap();
    let asking_about = |id: &str| {
        let ids = vec![id.to_owned()];
        let mut configuration = Configuration::default();
        let set = ModelSet { ids, output_price_above: None, unknown_price: false };
        configuration.models.insert("expensive".to_owned(), set);
        configuration
    };
    let ids =
        ["amazon.nova-lite-v1:0", "meta.llama3-70b-instruct-v1:0", "anthropic.claude-3-haiku-20240307-v1:0"];
    let is_refuted = |entry: &&Vec<u8>| entry.first() == Some(&1);
    let mut tried = 0;
    for asked in ids {
        let configuration = asking_about(asked);
        let entries = Entries::default();
        let expected = words(&report(&world, &configuration, &options(2), Some(&entries), None));
        let keys: Vec<Key> = entries.all().into_keys().collect();
        for other in ids.into_iter().filter(|other| *other != asked) {
            let others = Entries::default();
            report(&world, &asking_about(other), &options(2), Some(&others), None);
            let others = others.all();
            for refuted in others.values().filter(is_refuted) {
                let forged = keys.iter().map(|key| (*key, refuted.clone())).collect();
                let found =
                    words(&report(&world, &configuration, &options(2), Some(&Entries::of(forged)), None));
                assert!(found == expected, "{asked} by {other}");
                tried += 1;
            }
        }
    }
    assert!(tried >= 20, "only {tried} refutations of others");
}

/// A user with a key of Bedrock that may call through it, and the Claude platform, of which AWS does not say whether it lets such a key in:
/// a forged request to the platform is asked about and allowed, and hides no violation.
#[test]
fn a_request_that_leaves_a_verdict_open_hides_no_violation() {
    let world = |region: &str| {
        let folder = tempfile::tempdir().unwrap();
        let account = folder.path().join("accounts/111122223333");
        std::fs::create_dir_all(&account).unwrap();
        let allow = |service: &str, invoke: &str, region: &str| {
            json!({
                "Effect": "Allow", "Resource": "*",
                "Action": [format!("{service}:{invoke}"), format!("{service}:CallWithBearerToken")],
                "Condition": { "StringEquals": { "aws:RequestedRegion": region } },
            })
        };
        let document = json!({ "Version": "2012-10-17", "Statement": [
            allow("bedrock", "InvokeModel", region),
            allow("aws-external-anthropic", "CreateInference", "us-east-1"),
        ]});
        let user = json!({
            "Path": "/", "UserName": "k", "UserId": "AIDAEXAMPLEEXAMPLE111",
            "Arn": "arn:aws:iam::111122223333:user/k", "CreateDate": "2026-01-01T00:00:00Z",
            "UserPolicyList": [{ "PolicyName": "p", "PolicyDocument": document }],
            "GroupList": [], "AttachedManagedPolicies": [], "Tags": [],
        });
        let key = json!({
            "user": "k", "kind": "bedrock-api-key", "id": "ACCAEXAMPLEEXAMPLE11",
            "status": "Active", "created": "2026-03-01T08:00:00Z",
        });
        for (file, content) in [
            (
                "authorization-details.json",
                json!({ "UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [], "Policies": [] }),
            ),
            ("credentials.json", json!([key])),
            ("resource-policies.json", json!({})),
            ("resources.json", json!([])),
            ("inference-profiles.json", json!({ "inferenceProfileSummaries": [] })),
        ] {
            std::fs::write(account.join(file), content.to_string()).unwrap();
        }
        World::read_directory(folder.path()).unwrap()
    };
    let set = ModelSet {
        ids: vec!["anthropic.claude-opus-*".to_owned()],
        output_price_above: None,
        unknown_price: false,
    };
    let mut configuration = Configuration {
        guardrails: vec![Guardrail {
            id: "standing".to_owned(),
            kind: GuardrailKind::NoStandingAccess { models: Some("dear".to_owned()) },
            principals: PrincipalScope::default(),
            location: None,
        }],
        ..Configuration::default()
    };
    configuration.models.insert("dear".to_owned(), set);
    let world = world("us-east-1");
    let asked = Entries::default();
    let expected = words(&report(&world, &configuration, &options(1), Some(&asked), None));
    assert!(expected.iter().any(|(_, name, word)| name.ends_with("user/k") && *word == VerdictWord::Refuted));
    let entries = asked.all();
    let (key, honest) = entries
        .iter()
        .filter_map(|(key, entry)| {
            Some((*key, postcard::from_bytes::<(u32, Vec<Interpretation>)>(entry).ok()?))
        })
        .filter(|(_, (kind, _))| *kind == 1)
        .max_by_key(|(_, (_, found))| found[0].texts.len())
        .unwrap();
    let honest = &honest.1[0];
    assert!(honest.texts[0].starts_with("arn:aws:bedrock:"), "{honest:?}");
    // The same request to the platform, whose key of the kind of credential is its own: which flags go with it is tried.
    let mut texts = honest.texts.clone();
    texts[0] = "arn:aws:aws-external-anthropic:us-east-1:111122223333:workspace/a".to_owned();
    let of_key = texts.iter().position(|text| text == "LONG_TERM").unwrap();
    let of_other = texts.iter().position(String::is_empty).unwrap();
    texts.swap(of_key, of_other);
    let flags: Vec<usize> = (0..honest.flags.len()).collect();
    let pairs = flags.iter().flat_map(|one| flags.iter().map(move |other| [*one, *other]));
    let mut used = false;
    for (turned, target, kind) in
        pairs.flat_map(|turned| (1..6).flat_map(move |target| [0, 1].map(|kind| (turned, target, kind))))
    {
        let mut forged = Interpretation { texts: texts.clone(), ..honest.clone() };
        for flag in turned {
            forged.flags[flag] ^= true;
        }
        (forged.choices[0], forged.choices[2]) = (target, kind);
        let mut entries = entries.clone();
        entries.insert(key, postcard::to_allocvec(&(1_u32, vec![forged])).unwrap());
        let forged = Entries::of(entries);
        let found = words(&report(&world, &configuration, &options(1), Some(&forged), None));
        assert!(found == expected, "{found:?}");
        used = forged.rejected() == 0;
        if used {
            break;
        }
    }
    assert!(used, "no forged request passed its check: this test says nothing");
}
