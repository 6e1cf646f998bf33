//! The worlds of corpus/escalation: paths that must be found, and proofs that there are none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ringfence_model::catalogue::Catalogue;
use ringfence_model::resource_policy_types::can_carry_policy;
use ringfence_solver::steps::primitive::{Effect, Primitive, Primitives};
use serde_json::Value;

use super::harness::{finish, program};

/// Committed: the suite fails if it compares fewer verdicts, or finds fewer that are as they should be.
const EXPECTATIONS: usize = 1506;
/// Verdicts that are not yet as they should be: each is inconclusive, or a path under an assumption that is named. None may become
/// a proof, or a path that takes nothing for granted.
const NOT_YET: usize = 62;

fn folder(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/escalation").join(part)
}

fn folders(part: &str) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(folder(part)).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn paths(world: &Path) -> Value {
    let mut command = program();
    command.args(["paths", "--world", world.to_str().unwrap(), "-o", "json", "--quiet"]);
    let run = finish(&command.output().unwrap());
    assert!(run.code != 2, "{}: {}", world.display(), run.stderr);
    super::schemas::parsed(&run.stdout)
}

/// What a world shows beside what it should.
struct Compared {
    verdicts: usize,
    not_yet: usize,
    wrong: Vec<String>,
}

fn compare(world: &Path, expected: &[Value]) -> Compared {
    let report = paths(world);
    let results: BTreeMap<&str, &Value> = report["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| (result["principal"].as_str().unwrap(), result))
        .collect();
    let mut compared = Compared { verdicts: 0, not_yet: 0, wrong: Vec::new() };
    for entry in expected {
        let (principal, goal) = (entry["principal"].as_str().unwrap(), entry["goal"].as_str().unwrap());
        let result = results[principal];
        let found = |list: &str| {
            let all = result[list].as_array().unwrap().iter();
            all.filter(|one| one["goal"] == goal).cloned().collect::<Vec<Value>>()
        };
        let verdict = found("goals")[0]["verdict"].clone();
        let wanted = entry.get("now").unwrap_or(&entry["verdict"]);
        compared.verdicts += 1;
        compared.not_yet += usize::from(entry.get("now").is_some());
        let path = found("paths").into_iter().next().unwrap_or_default();
        let steps: Vec<&str> = path["steps"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|step| step["primitive"].as_str().unwrap())
            .collect();
        let assumptions = path["assumptions"].as_array().map_or(0, Vec::len);
        let of_path = |key: &str| entry.get(key).is_none_or(|value| *value == path[key]);
        let assumes = entry["status"] != "conditional" || entry["assumptions"] == assumptions;
        let reached_by = path["reachedBy"].as_array().into_iter().flatten();
        let on: Vec<Value> = reached_by.map(|request| request["resource"].clone()).collect();
        let ends =
            of_path("reached") && entry.get("reached_on").is_none_or(|wanted| *wanted == Value::from(on));
        let fires = |named: &Value| {
            let fired = result["closed"]["fired"].as_array().unwrap();
            named.as_array().unwrap().iter().all(|primitive| fired.contains(primitive))
        };
        // The accounts from which a proof takes nothing to lead back.
        let leaves = |named: &Value| {
            let beyond = result["closed"]["beyond"].as_array().unwrap().iter();
            *named == beyond.map(|one| one["account"].clone()).collect::<Value>()
        };
        let as_wanted = verdict == *wanted
            && entry.get("beyond").is_none_or(leaves)
            && (verdict != "inconclusive" || entry.get("primitives").is_none_or(fires))
            && (verdict != "refuted"
                || (of_path("status")
                    && assumes
                    && ends
                    && entry.get("primitives").is_none_or(|wanted| *wanted == Value::from(steps.clone()))));
        if !as_wanted {
            compared.wrong.push(format!(
                "{}: {principal} {goal}: {verdict} {} ({assumptions} assumptions) {steps:?}, not {entry}",
                world.display(),
                path["status"]
            ));
        }
    }
    compared
}

#[test]
fn every_world_is_as_expected() {
    let mut worlds: Vec<(PathBuf, Vec<Value>)> = Vec::new();
    for folder in ["designs", "chains", "primitives"].into_iter().flat_map(folders) {
        let expected = read(&folder.join("expected.json"));
        for (world, entries) in expected["worlds"].as_object().unwrap() {
            worlds.push((folder.join(world), entries.as_array().unwrap().clone()));
        }
    }
    let next = AtomicUsize::new(0);
    let all: Mutex<Vec<Compared>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((world, expected)) = worlds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let compared = compare(world, expected);
                    all.lock().unwrap().push(compared);
                }
            });
        }
    });
    let all = all.into_inner().unwrap();
    let wrong: Vec<&String> = all.iter().flat_map(|compared| &compared.wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(all.iter().map(|compared| compared.verdicts).sum::<usize>(), EXPECTATIONS);
    assert_eq!(all.iter().map(|compared| compared.not_yet).sum::<usize>(), NOT_YET);
}

/// Each primitive that is searched for has a world in which it fires, one in which a permission is missing, and one in which a boundary
/// caps it.
#[test]
fn every_primitive_has_a_folder() {
    let table = Primitives::embedded().unwrap();
    let names: BTreeSet<String> = folders("primitives")
        .iter()
        .map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    for primitive in &table.primitives {
        let searched =
            !matches!(primitive.effect, Effect::Enable | Effect::Weaken | Effect::Model | Effect::Declared);
        assert!(!searched || names.contains(&primitive.id), "{}", primitive.id);
    }
    for name in &names {
        assert!(table.find(name).is_some(), "{name}");
        let worlds = read(&folder("primitives").join(name).join("expected.json"));
        let worlds = worlds["worlds"].as_object().unwrap();
        for (kind, proved) in [("fires", false), ("missing", true), ("bounded", true)] {
            let verdicts = worlds[kind].as_array().unwrap().iter().map(|entry| entry["verdict"] == "proved");
            assert!(verdicts.into_iter().all(|found| found == proved), "{name} {kind}");
        }
    }
}

/// Every row of the catalogue has an entry, every entry a source, and every action is one that AWS has.
#[test]
fn the_table_is_whole() {
    let table = Primitives::embedded().unwrap();
    let catalogue = Catalogue::embedded().unwrap();
    let rows: BTreeSet<&str> =
        table.primitives.iter().map(|primitive| primitive.catalogue.as_str()).collect();
    for (group, count) in
        [("A", 14), ("B", 31), ("C", 20), ("D", 16), ("E", 10), ("F", 9), ("G", 4), ("H", 8)]
    {
        for number in 1..=count {
            let row = format!("{group}{number}");
            assert!(rows.contains(row.as_str()), "{row}");
        }
    }
    let ids: BTreeSet<&str> = table.primitives.iter().map(|primitive| primitive.id.as_str()).collect();
    assert_eq!(ids.len(), table.primitives.len());
    for primitive in &table.primitives {
        assert!(!primitive.source.is_empty() && !primitive.summary.is_empty(), "{}", primitive.id);
        for asked in primitive.all_requests().chain(&primitive.as_x) {
            let known = catalogue.find_action(&asked.action).is_some();
            assert_eq!(known, !asked.uncatalogued, "{}: {}", primitive.id, asked.action);
        }
        for kind in primitive.resources.iter().flat_map(|kinds| kinds.split('|')) {
            let (service, name) = kind.split_once(':').unwrap();
            assert!(catalogue.find_resource_type(service, name).is_some(), "{}: {kind}", primitive.id);
        }
        for service in primitive.services.iter() {
            let known = table.services.contains_key(service) || service.contains('*');
            assert!(known, "{}: {service}", primitive.id);
        }
    }
    for action in table.harmless.iter().flat_map(|entry| &entry.actions) {
        assert!(catalogue.find_action(action).is_some(), "{action}");
    }
}

/// Actions of the catalogue whose names say that they write a policy or permission of something, and that let nobody in: rules of
/// caches, networks, retention, routing and protection of data, and what a model reasons by.
const WRITE_OTHERS: [&str; 32] = [
    "bedrock:CreateAutomatedReasoningPolicy",
    "bedrock:UpdateAutomatedReasoningPolicy",
    "cloudfront:CreateCachePolicy",
    "cloudfront:CreateContinuousDeploymentPolicy",
    "cloudfront:CreateOriginRequestPolicy",
    "cloudfront:CreateResponseHeadersPolicy",
    "cloudfront:UpdateCachePolicy",
    "cloudfront:UpdateContinuousDeploymentPolicy",
    "cloudfront:UpdateOriginRequestPolicy",
    "cloudfront:UpdateResponseHeadersPolicy",
    "datazone:PutAgentApprovalPolicy",
    "ecr:PutLifecyclePolicy",
    "elasticfilesystem:PutBackupPolicy",
    "glacier:SetDataRetrievalPolicy",
    "imagebuilder:CreateLifecyclePolicy",
    "imagebuilder:UpdateLifecyclePolicy",
    "logs:PutAccountPolicy",
    "logs:PutDataProtectionPolicy",
    "logs:PutIndexPolicy",
    "logs:PutRetentionPolicy",
    "logs:PutStorageTierPolicy",
    "mediastore:PutCorsPolicy",
    "mediastore:PutLifecyclePolicy",
    "mediastore:PutMetricPolicy",
    "network-firewall:CreateFirewallPolicy",
    "network-firewall:UpdateFirewallPolicy",
    "networkmanager:PutCoreNetworkPolicy",
    "organizations:CreatePolicy",
    "ses:CreateTrafficPolicy",
    "ses:UpdateReputationEntityPolicy",
    "ses:UpdateTrafficPolicy",
    "sns:PutDataProtectionPolicy",
];

/// Every action that writes, or adds to, the policy of a resource is one of a primitive, of the further writers, or known to write
/// something else: a proof about boundaries rests on that.
#[test]
fn writers_of_policies_are_listed() {
    let table = Primitives::embedded().unwrap();
    let catalogue = Catalogue::embedded().unwrap();
    for name in table.further_writers() {
        assert!(catalogue.find_action(name).is_some(), "{name}: AWS has no such action");
    }
    let of_primitives = table.primitives.iter().flat_map(Primitive::all_requests);
    let listed: BTreeSet<String> = of_primitives
        .map(|asked| asked.action.clone())
        .chain(table.further_writers().map(str::to_owned))
        .collect();
    let mut missing = Vec::new();
    for action in catalogue.actions() {
        // Taking out one statement may let somebody in whom it kept out.
        let starts = ["Put", "Set", "Add", "Create", "Update", "Remove"];
        let writes = starts.iter().any(|front| action.name.starts_with(front))
            || action.name.starts_with("Delete") && action.name.ends_with("PolicyStatement");
        let of_policy =
            ["Policy", "Permission", "PolicyStatement"].iter().any(|end| action.name.ends_with(end));
        let kinds =
            action.resource_types.iter().filter_map(|taken| catalogue.resource_type(taken.resource_type));
        let mut services =
            kinds.flat_map(|kind| &kind.arn_formats).filter_map(|format| format.split(':').nth(2));
        let carried = services.any(|service| can_carry_policy(service, None))
            || can_carry_policy(&action.service, None);
        let name = action.full_name();
        if writes && of_policy && carried && !listed.contains(&name) && !WRITE_OTHERS.contains(&name.as_str())
        {
            missing.push(name);
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    for name in WRITE_OTHERS {
        assert!(catalogue.find_action(name).is_some() && !listed.contains(name), "{name}");
    }
}

/// The public catalogues of escalation paths, each id of which an entry covers.
#[test]
fn public_catalogues_are_covered() {
    let table = Primitives::embedded().unwrap();
    let covered: BTreeSet<&str> =
        table.primitives.iter().flat_map(|primitive| &primitive.public).map(String::as_str).collect();
    let counts = [
        ("apprunner", 2),
        ("bedrock", 7),
        ("cloudformation", 5),
        ("codebuild", 4),
        ("datapipeline", 1),
        ("ec2", 4),
        ("ecs", 9),
        ("glue", 7),
        ("iam", 23),
        ("lambda", 6),
        ("sagemaker", 5),
        ("ssm", 3),
        ("sts", 3),
        ("amplify", 1),
        ("batch", 3),
        ("braket", 1),
        ("codedeploy", 1),
        ("cognitoidentity", 1),
        ("emr", 1),
        ("emrserverless", 1),
        ("gamelift", 1),
        ("imagebuilder", 1),
        ("kinesisanalytics", 1),
        ("omics", 1),
        ("scheduler", 1),
        ("sso", 3),
        ("stepfunctions", 2),
    ];
    let mut ids = 1;
    assert!(covered.contains("pathfinding:ec2instanceconnect-003"));
    for (service, count) in counts {
        for number in 1..=count {
            let id = format!("pathfinding:{service}-{number:03}");
            assert!(covered.contains(id.as_str()), "{id}");
            ids += 1;
        }
    }
    assert_eq!(ids, 99);
    for number in 1..=28 {
        let id = format!("rhino:{number}");
        assert!(covered.contains(id.as_str()), "{id}");
    }
}
