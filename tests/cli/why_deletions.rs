//! `ringfence why` held against `ringfence check` of worlds from whose files statements were deleted: what it says alone protects is exactly
//! what a check cannot do without. The files are edited as JSON, and nothing of the program has a part in that.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::harness::{Folder, corpus, finish, program};
use super::why_refused::many;

/// Committed: so many statements are deleted at least, one at a time, and so many proofs fail of it.
const DELETED: usize = 50;
const FAILED: usize = 30;
/// Committed: so many minimal sets are left alone with all else deleted, and so many sets of several are deleted at once.
const SETS: usize = 25;
const TOGETHER: usize = 2;
/// Worlds that take seconds to check, and are deleted from in `make test-all` alone.
const SLOW: [&str; 2] = ["all-but-the-session-tag-denied", "network-required"];
/// A statement as answers cite it: the policy's name, with the version if that is not in force, and the index.
type Cited = (String, usize);

/// Where a policy document stands: the file, and the place in it.
#[derive(Clone, Debug)]
struct Document {
    file: PathBuf,
    pointer: String,
}

/// A world whose statements can be deleted.
struct Original {
    folder: PathBuf,
    documents: BTreeMap<String, Vec<Document>>,
}

/// The document, which may be a string that holds it, perhaps percent-encoded.
fn parsed(document: &Value) -> Value {
    let Some(text) = document.as_str() else { return document.clone() };
    let text = if text.starts_with('%') { decoded(text) } else { text.to_owned() };
    serde_json::from_str(&text).unwrap()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn statements(document: &Value) -> Vec<Value> {
    let all = &document["Statement"];
    all.as_array().cloned().unwrap_or_else(|| vec![all.clone()])
}

fn read(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

fn entries<'v>(value: &'v Value, key: &str) -> Vec<(usize, &'v Value)> {
    value[key].as_array().into_iter().flatten().enumerate().collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Inline and managed policies and trust policies of an export, by the name under which answers cite them.
fn of_export(export: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (list, inline) in [
        ("UserDetailList", "UserPolicyList"),
        ("GroupDetailList", "GroupPolicyList"),
        ("RoleDetailList", "RolePolicyList"),
    ] {
        for (index, holder) in entries(export, list) {
            let arn = text(&holder["Arn"]);
            for (place, policy) in entries(holder, inline) {
                let name = format!("{arn}#{}", text(&policy["PolicyName"]));
                found.push((name, format!("/{list}/{index}/{inline}/{place}/PolicyDocument")));
            }
            if holder.get("AssumeRolePolicyDocument").is_some() {
                let pointer = format!("/{list}/{index}/AssumeRolePolicyDocument");
                found.push((format!("{arn} (trust policy)"), pointer));
            }
        }
    }
    for (index, policy) in entries(export, "Policies") {
        for (place, version) in entries(policy, "PolicyVersionList") {
            let pointer = format!("/Policies/{index}/PolicyVersionList/{place}/Document");
            if version["IsDefaultVersion"] == true {
                found.push((text(&policy["Arn"]).to_owned(), pointer));
            } else if version.get("Document").is_some() {
                found.push((format!("{} {}", text(&policy["Arn"]), text(&version["VersionId"])), pointer));
            }
        }
    }
    found
}

impl Original {
    fn read(folder: PathBuf) -> Self {
        let mut documents: BTreeMap<String, Vec<Document>> = BTreeMap::new();
        let mut add = |file: &str, found: Vec<(String, String)>| {
            for (name, pointer) in found {
                documents.entry(name).or_default().push(Document { file: PathBuf::from(file), pointer });
            }
        };
        for account in fs::read_dir(folder.join("accounts")).unwrap() {
            let account = account.unwrap().file_name().into_string().unwrap();
            let file = format!("accounts/{account}/authorization-details.json");
            add(&file, of_export(&read(&folder.join(&file))));
            let file = format!("accounts/{account}/resource-policies.json");
            if folder.join(&file).exists() {
                let policies = read(&folder.join(&file));
                let named = policies.as_object().unwrap().keys().map(|arn| {
                    let pointer = arn.replace('~', "~0").replace('/', "~1");
                    (format!("resource policy of {arn}"), format!("/{pointer}"))
                });
                add(&file, named.collect());
            }
        }
        if folder.join("organization.json").exists() {
            let organization = read(&folder.join("organization.json"));
            let policies = entries(&organization, "Policies").into_iter();
            let named = policies.map(|(index, policy)| {
                (text(&policy["PolicySummary"]["Arn"]).to_owned(), format!("/Policies/{index}/Content"))
            });
            add("organization.json", named.collect());
        }
        Self { folder, documents }
    }

    /// All statements of this effect.
    fn all(&self, effect: &str) -> BTreeSet<Cited> {
        let mut found = BTreeSet::new();
        for (name, places) in &self.documents {
            for place in places {
                let file = read(&self.folder.join(&place.file));
                for (index, statement) in
                    statements(&parsed(file.pointer(&place.pointer).unwrap())).iter().enumerate()
                {
                    if statement["Effect"] == effect {
                        found.insert((name.clone(), index));
                    }
                }
            }
        }
        found
    }

    /// The ARN of the boundary of a user or role.
    fn boundary(&self, principal: &str) -> String {
        let account = principal.split(':').nth(4).unwrap();
        let export = read(&self.folder.join(format!("accounts/{account}/authorization-details.json")));
        let holders = ["UserDetailList", "RoleDetailList"].map(|list| entries(&export, list)).concat();
        let holder = holders.iter().find(|(_, holder)| holder["Arn"] == principal).unwrap().1;
        text(&holder["PermissionsBoundary"]["PermissionsBoundaryArn"]).to_owned()
    }

    /// Adds to the copy a group without members, of whose inline policy no statement is about any action, which names the models that the
    /// deleted statements name: what is asked about them stays, while what the statements say is gone.
    fn add_names(&self, deleted: &BTreeSet<Cited>, copy: &Path) {
        let of_policy = |(name, index): &Cited| {
            let place = self.documents[name].first().unwrap();
            let file = read(&self.folder.join(&place.file));
            statements(&parsed(file.pointer(&place.pointer).unwrap()))[*index].clone()
        };
        let names = |statement: &Value| {
            let text = statement.to_string().to_lowercase();
            statement.get("Principal").is_none()
                && ["foundation-model/", "inference-profile/", "bedrock-mantle:model"]
                    .iter()
                    .any(|word| text.contains(word))
        };
        let mut named: Vec<Value> = deleted.iter().map(of_policy).filter(names).collect();
        for statement in &mut named {
            let members = statement.as_object_mut().unwrap();
            members.retain(|member, _| {
                ["Effect", "Resource", "NotResource", "Condition"].contains(&member.as_str())
            });
            members.insert("Action".to_owned(), json!("iam:NothingOfThisName"));
        }
        if named.is_empty() {
            return;
        }
        let account = fs::read_dir(copy.join("accounts")).unwrap().next().unwrap().unwrap();
        let path = account.path().join("authorization-details.json");
        let mut export = read(&path);
        let document = json!({"Version": "2012-10-17", "Statement": named});
        let group = json!({
            "Path": "/", "GroupName": "names", "GroupId": "AGPAEXAMPLENAMES1",
            "Arn": format!("arn:aws:iam::{}:group/names", account.file_name().to_str().unwrap()),
            "CreateDate": "2025-01-01T00:00:00Z", "AttachedManagedPolicies": [],
            "GroupPolicyList": [{"PolicyName": "names", "PolicyDocument": document}],
        });
        export["GroupDetailList"].as_array_mut().unwrap().push(group);
        fs::write(&path, export.to_string()).unwrap();
    }

    /// A copy of the world without these statements.
    fn without(&self, deleted: &BTreeSet<Cited>) -> Folder {
        let copy = Folder::new();
        copy_folder(&self.folder, copy.path());
        self.add_names(deleted, copy.path());
        for (name, places) in &self.documents {
            let of_policy: BTreeSet<usize> =
                deleted.iter().filter(|(policy, _)| policy == name).map(|(_, index)| *index).collect();
            if of_policy.is_empty() {
                continue;
            }
            for place in places {
                let path = copy.path().join(&place.file);
                let mut file = read(&path);
                let document = file.pointer_mut(&place.pointer).unwrap();
                let mut edited = parsed(document);
                let all = statements(&edited);
                let kept = all.iter().enumerate().filter(|(index, _)| !of_policy.contains(index));
                let mut kept: Vec<Value> = kept.map(|(_, statement)| statement.clone()).collect();
                if kept.is_empty() {
                    // A policy without a statement cannot be: one that is about nothing takes their place.
                    let mut nothing = all[0].clone();
                    let members = nothing.as_object_mut().unwrap();
                    members.retain(|member, _| {
                        ["Effect", "Principal", "NotPrincipal", "Resource", "NotResource"]
                            .contains(&member.as_str())
                    });
                    members.insert("Action".to_owned(), json!("iam:NothingOfThisName"));
                    kept.push(nothing);
                }
                edited["Statement"] = Value::from(kept);
                *document = if document.is_string() { Value::from(edited.to_string()) } else { edited };
                fs::write(&path, file.to_string()).unwrap();
            }
        }
        copy
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn answer(world: &Path, arguments: &[&str], more: &[&str]) -> Value {
    let mut run = program();
    run.args(arguments).args(["--world", world.to_str().unwrap(), "--today", "2026-11-26"]);
    run.args(["--as-of", "2026-11-01T00:00:00Z", "-o", "json", "--quiet"]).args(more);
    let run = finish(&run.output().unwrap());
    assert!(run.code != 2, "{}: {arguments:?}: {}", world.display(), run.stderr);
    run.json()
}

/// Whom a report names under a guardrail.
type Key = (String, String);

/// Of `proved`, which a check of another world proves, what a check of this one does not. A report counts proofs and names the others; of
/// `must-be-able` it names the proofs.
fn lost(world: &Path, more: &[&str], proved: &BTreeSet<&Key>) -> BTreeSet<Key> {
    let report = answer(world, &["check"], more);
    let mut found = BTreeSet::new();
    for guardrail in report["guardrails"].as_array().unwrap() {
        let id = text(&guardrail["id"]);
        let listed = |lists: &[&str]| -> BTreeSet<String> {
            let entries = lists.iter().flat_map(|list| guardrail[*list].as_array().into_iter().flatten());
            entries.map(|entry| text(&entry["principal"]).to_owned()).collect()
        };
        let able = guardrail["kind"] == "must-be-able";
        let (shown, named) = (listed(&["shown"]), listed(&["violations", "accepted", "inconclusive"]));
        let of_guardrail = proved.iter().filter(|(guardrail, _)| guardrail == id);
        let (kept, gone): (Vec<&Key>, Vec<&Key>) =
            of_guardrail.partition(|(_, one)| if able { shown.contains(one) } else { !named.contains(one) });
        // Nobody else is proved who was not, and nobody turned out to be asked nothing.
        if kept.len() + gone.len() > 0 {
            assert_eq!(guardrail["proved"], kept.len(), "{}: {id}", world.display());
        }
        found.extend(gone.into_iter().cloned());
    }
    found
}

/// The statements among `grounds`; none if a layer is there too.
fn cited(grounds: &Value) -> Option<BTreeSet<Cited>> {
    let index = |ground: &Value| usize::try_from(ground["statement"].as_u64().unwrap()).unwrap();
    let name = |ground: &Value| {
        let policy = ground["policy"].as_str()?;
        Some(ground["version"].as_str().map_or(policy.to_owned(), |version| format!("{policy} {version}")))
    };
    let one = |ground: &Value| Some((name(ground)?, index(ground)));
    grounds.as_array().unwrap().iter().map(one).collect()
}

fn cited_among(grounds: &Value) -> BTreeSet<Cited> {
    let single = |ground: &Value| cited(&json!([ground]));
    grounds.as_array().unwrap().iter().filter_map(single).flatten().collect()
}

/// What `why` says of everybody of whom something is proved.
struct Told {
    /// By guardrail and principal what alone protects.
    points: BTreeMap<Key, BTreeSet<Cited>>,
    /// The kinds of the guardrails.
    kinds: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Counts {
    deleted: usize,
    failed: usize,
    sets: usize,
    together: usize,
    wrong: Vec<String>,
}

fn told(world: &Path, more: &[&str]) -> Told {
    let (mut found, mut kinds) = (BTreeMap::new(), BTreeMap::new());
    for guardrail in answer(world, &["check"], more)["guardrails"].as_array().unwrap() {
        let id = text(&guardrail["id"]);
        kinds.insert(id.to_owned(), text(&guardrail["kind"]).to_owned());
        for result in answer(world, &["why", id], more)["results"].as_array().unwrap() {
            if result["verdict"] == "proved" {
                let rests = &result["rests"];
                assert_eq!(rests["singlePointsComplete"], true, "{}: {id}: {result}", world.display());
                let key = (id.to_owned(), text(&result["principal"]).to_owned());
                found.insert(key, cited_among(&rests["singlePoints"]));
            }
        }
    }
    Told { points: found, kinds }
}

/// Deletes each statement of the world, and what answers about some principals say suffices or breaks.
fn compare(folder: PathBuf, more: &[&str], counts: &mut Counts) {
    let original = Original::read(folder);
    let world = original.folder.as_path();
    let Told { points: told, kinds } = told(world, more);
    let effect = |guardrail: &str| if kinds[guardrail] == "must-be-able" { "Allow" } else { "Deny" };
    for wanted in ["Deny", "Allow"] {
        let proved: BTreeSet<&Key> =
            told.keys().filter(|(guardrail, _)| effect(guardrail) == wanted).collect();
        if proved.is_empty() {
            continue;
        }
        let all = original.all(wanted);
        let mut found: BTreeMap<Key, BTreeSet<Cited>> = BTreeMap::new();
        for statement in &all {
            counts.deleted += 1;
            let copy = original.without(&BTreeSet::from([statement.clone()]));
            for key in lost(copy.path(), more, &proved) {
                counts.failed += 1;
                found.entry(key).or_default().insert(statement.clone());
            }
        }
        for key in &proved {
            let found = found.remove(key).unwrap_or_default();
            if found != told[*key] {
                let world = world.display();
                counts.wrong.push(format!("{world}: {key:?}: {:?}, and deletions say {found:?}", told[*key]));
            }
        }
        // So many principals of each guardrail.
        let asked_in_full = if everything() { 3 } else { 1 };
        let mut asked: BTreeMap<&str, usize> = BTreeMap::new();
        for key in &proved {
            let count = asked.entry(&key.0).or_default();
            *count += 1;
            if *count <= asked_in_full {
                sets(&original, (key, &proved), &all, more, counts);
            }
        }
    }
}

/// Leaves of one minimal set after the other nothing else, and deletes what breaks the proof together.
fn sets(
    original: &Original,
    (key, proved): (&Key, &BTreeSet<&Key>),
    all: &BTreeSet<Cited>,
    more: &[&str],
    counts: &mut Counts,
) {
    let fails =
        |deleted: &BTreeSet<Cited>| lost(original.without(deleted).path(), more, proved).contains(key);
    let answer = answer(&original.folder, &["why", &key.0, &key.1], more);
    let rests = &answer["results"][0]["rests"];
    let resting = rests["sets"].as_array().unwrap();
    // What is outside a boundary is asked of it: it is left as it is.
    let is_aside = |(policy, _): &&Cited| rests["aside"] != 0 && *policy == original.boundary(&key.1);
    let all: BTreeSet<Cited> = all.iter().filter(|one| !is_aside(one)).cloned().collect();
    for set in resting.first().into_iter().chain(resting.last().filter(|_| resting.len() > 1)) {
        counts.sets += 1;
        let kept = cited_among(set);
        assert!(kept.is_subset(&all), "{key:?}: {kept:?}");
        let others: BTreeSet<Cited> = all.difference(&kept).cloned().collect();
        if fails(&others) {
            counts.wrong.push(format!("{}: {key:?} does not hold by {set}", original.folder.display()));
        }
    }
    let breaking = rests["breaking"].as_array().unwrap().iter().map(|one| &one["without"]);
    for set in breaking.filter_map(cited).filter(|set| set.len() > 1).take(2) {
        counts.together += 1;
        if !fails(&set) {
            counts.wrong.push(format!("{}: {key:?} holds without {set:?}", original.folder.display()));
        }
        let fewer: BTreeSet<Cited> = set.iter().skip(1).cloned().collect();
        if fails(&fewer) {
            counts.wrong.push(format!("{}: {key:?} fails without {fewer:?}", original.folder.display()));
        }
    }
}

/// The run is one of `make test-all`.
fn everything() -> bool {
    std::env::var_os("RINGFENCE_TEST_ALL").is_some()
}

fn folders(path: &str) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(corpus(path))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("accounts").is_dir())
        .collect();
    all.sort();
    all
}

#[test]
fn what_alone_protects_is_what_a_check_cannot_do_without() {
    // Some of those with few Deny statements, but for `make test-all`.
    let (step, most) = if everything() { (1, 20) } else { (2, 8) };
    let small = folders("worlds").into_iter().step_by(step * step);
    let worlds = folders("guardrails").into_iter().step_by(step).chain(small);
    let quick = worlds.filter(|world| everything() || !SLOW.iter().any(|name| world.ends_with(name)));
    let with_few =
        quick.filter(|world| (1..=most).contains(&Original::read(world.clone()).all("Deny").len()));
    let mut counts = Counts::default();
    for world in with_few {
        compare(world, &["--one-step"], &mut counts);
    }
    // Of two statements that do the same each can be deleted, and both cannot.
    let doubled = many();
    compare(doubled.path().to_owned(), &["--one-step"], &mut counts);
    assert!(counts.wrong.is_empty(), "{:#?}", counts.wrong);
    assert!(counts.deleted >= DELETED && counts.failed >= FAILED, "{counts:?}");
    assert!(counts.sets >= SETS && counts.together >= TOGETHER, "{counts:?}");
}

/// Committed: worlds made by hand in which it is easy to be wrong.
const HARD: usize = 8;

#[test]
fn worlds_in_which_it_is_easy_to_be_wrong() {
    let worlds = folders("why");
    assert!(worlds.len() >= HARD, "only {}", worlds.len());
    let mut counts = Counts::default();
    for world in worlds {
        compare(world.clone(), &[], &mut counts);
        compare(world, &["--one-step"], &mut counts);
    }
    assert!(counts.wrong.is_empty(), "{:#?}", counts.wrong);
    assert!(counts.deleted >= 26 && counts.failed >= 13 && counts.sets >= 30, "{counts:?}");
}

/// Committed: the same over steps.
const OVER_STEPS: usize = 11;
const FAILED_OVER_STEPS: usize = 5;

#[test]
fn over_steps_too() {
    let designs = fs::read_dir(corpus("escalation/designs")).unwrap().map(|entry| entry.unwrap().path());
    let mut designs: Vec<PathBuf> = designs.map(|design| design.join("fixed")).collect();
    // Those with few Deny statements, but for `make test-all`: the others take minutes each.
    let most = if everything() { 20 } else { 2 };
    designs.retain(|world| (1..=most).contains(&Original::read(world.clone()).all("Deny").len()));
    designs.sort();
    let mut counts = Counts::default();
    for world in designs {
        compare(world, &[], &mut counts);
    }
    assert!(counts.wrong.is_empty(), "{:#?}", counts.wrong);
    assert!(counts.deleted >= OVER_STEPS && counts.failed >= FAILED_OVER_STEPS, "{counts:?}");
}
