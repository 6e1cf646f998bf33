//! `--evidence` and `ringfence verify`: what a command leaves is accepted, is the same bytes each time, and is not what anybody else left.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::harness::{Folder, Run, finish, program};
use super::outputs::python;
use super::schemas::valid;

const DAY: &str = "2026-11-26";
/// Committed: the suite fails if it finds fewer worlds.
const WORLDS: usize = 21;

fn corpus(world: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(world).to_str().unwrap().to_owned()
}

fn run(arguments: &[&str]) -> Run {
    finish(&program().args(arguments).output().unwrap())
}

/// The evidence is accepted, alone and for the world.
fn accepted(evidence: &str, world: &str) -> serde_json::Value {
    let found = checked(evidence, world);
    assert!(found["accepted"] == true && found["believed"] == 0, "{found}");
    found
}

/// Nothing speaks against the evidence. What has no proof is not accepted.
fn checked(evidence: &str, world: &str) -> serde_json::Value {
    let run = run(&["verify", evidence, "--inputs", world, "-o", "json"]);
    let found = run.json();
    assert!(found["rejections"].as_array().unwrap().is_empty(), "{evidence}: {found}");
    assert!(found["inputsCompared"].as_u64().unwrap() > 0, "{found}");
    // Each claim was compared with the evaluator, or counted with the reason why not.
    let compared = &found["comparedWithEvaluator"];
    let count = |member: &str| compared[member].as_u64().unwrap();
    let members = ["whole", "withoutRequests", "inPart", "tooLarge", "leftOut", "undecided"];
    assert_eq!(members.map(count).iter().sum::<u64>(), count("claims"), "{found}");
    let whole = found["believed"] == 0;
    assert_eq!((run.code, found["accepted"] == true), (if whole { 0 } else { 3 }, whole), "{found}");
    found
}

pub(super) fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
    found.sort();
}

/// Keys in PEM: a private one with its public half, and another's public half.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB
-----END PRIVATE KEY-----
";

#[test]
fn a_signed_statement_is_read_by_the_reference_implementation() {
    let (folder, world) = (Folder::new(), corpus("worlds/boundary-path-characters"));
    folder.write("key.pem", KEY);
    let (own, other) = (public_key(KEY), public_key(&KEY.replace("AEBAQEB", "AICAgIC")));
    folder.write("public.pem", &own);
    folder.write("other.pem", &other);
    let sign = ["--evidence", "evidence", "--signing-key", "key.pem"];
    folder.run(&[&["check", &world, "--today", DAY][..], &sign].concat());
    let signed = folder.run(&["verify", "evidence", "--public-key", "public.pem", "-o", "json"]);
    assert_eq!((signed.code, &signed.json()["byGivenKey"]), (0, &serde_json::Value::from(true)));
    let foreign = folder.run(&["verify", "evidence", "--public-key", "other.pem"]);
    assert_eq!(foreign.code, 1);
    assert!(foreign.stdout.contains("is not signed by the given key"), "{}", foreign.stdout);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let said = python(&["dsse.py", &path("evidence/statement.dsse.json"), &path("public.pem")]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(said["predicate"]["result"], "FAILED");
    let manifest = folder.read("evidence/manifest.json");
    let digest = said["predicate"]["configuration"][0]["digest"]["sha256"].as_str().unwrap().to_owned();
    assert_eq!(digest, ringfence_kernel::digest(manifest.as_bytes()));
    folder
        .run(&["verify", "evidence", "--public-key", "key.pem"])
        .refused(&["no public Ed25519 key", "openssl"]);
    let wrong = [&["check", &world, "--evidence", "e", "--signing-key", "public.pem"][..]].concat();
    folder.run(&wrong).refused(&["no private Ed25519 key"]);
}

/// The public half of a private key, both in PEM.
fn public_key(private: &str) -> String {
    use ed25519_dalek::SigningKey;
    use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
    use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePublicKey};
    let key = SigningKey::from_pkcs8_pem(private).unwrap();
    key.verifying_key().to_public_key_pem(LineEnding::LF).unwrap()
}

#[test]
fn scripts_for_other_solvers_are_part_of_the_evidence_where_they_are_wanted() {
    let (folder, world) = (Folder::new(), corpus("guardrails/must-be-bounded"));
    let place = folder.path().join("evidence");
    let evidence = place.to_str().unwrap();
    run(&["check", &world, "--today", DAY, "--evidence", evidence, "--scripts"]);
    let found = accepted(evidence, &world);
    let mut scripts = Vec::new();
    files(&place.join("scripts"), &mut scripts);
    let of_kind = |kind: &str| scripts.iter().filter(|path| path.to_string_lossy().contains(kind)).count();
    assert_eq!(found["proofs"].as_u64().unwrap(), of_kind(".skeleton.smt2") as u64);
    assert_eq!(of_kind(".direct.smt2") + of_kind(".weaker.smt2"), of_kind(".skeleton.smt2"));
    assert!(of_kind(".lemma-") > 3, "{scripts:?}");
    // They follow from the proofs, as all the rest.
    let text = fs::read_to_string(&scripts[0]).unwrap();
    fs::write(&scripts[0], text.replace("(check-sat)", "(assert false)\n(check-sat)")).unwrap();
    assert_eq!(run(&["verify", evidence]).code, 1);
}

/// The whole sample organisation, by single requests and over steps. What certificates take, and how long the kernel checks what they name, is
/// printed with `--nocapture`.
#[test]
fn evidence_for_the_sample_organisation_is_accepted() {
    let (folder, world) = (Folder::new(), corpus("organizations/acme"));
    let place = folder.path().join("evidence");
    for scope in [vec!["--one-step"], vec![]] {
        let place = place.to_str().unwrap();
        let check = run(&[&["check", &world, "--today", DAY, "--evidence", place][..], &scope].concat());
        assert!(check.stdout.contains("Proofs: checked."), "{}", check.stdout);
        let found = accepted(place, &world);
        let at_least = if scope.is_empty() { (2_000, 30) } else { (90, 0) };
        let counted = (found["proofs"].as_u64().unwrap(), found["closedSets"].as_u64().unwrap());
        assert!(counted.0 > at_least.0 && counted.1 >= at_least.1, "{found}");
        assert!(found["same"]["refutations"].as_u64().unwrap() > 40, "{found}");
        say(&found["comparedWithEvaluator"].to_string());
        assert!(found["comparedWithEvaluator"]["whole"].as_u64().unwrap() >= 25, "{found}");
        let (mut sizes, mut times) = (Vec::new(), Vec::new());
        let mut certificates = Vec::new();
        files(&Path::new(place).join("certificates"), &mut certificates);
        for path in &certificates {
            let bytes = fs::read(path).unwrap();
            let certificate = valid(serde_json::from_slice(&bytes).unwrap());
            let start = Instant::now();
            let mut named: BTreeSet<String> = names(&certificate["claims"]);
            let mut size = bytes.len();
            if let Some(name) = certificate["closedSet"].as_str() {
                let file = fs::read(Path::new(place).join(format!("closed-sets/{name}.json"))).unwrap();
                let set: serde_json::Value = serde_json::from_slice(&file).unwrap();
                let claims = names(&set["claims"]);
                assert_eq!(ringfence_kernel::closed(&file, &claims).unwrap().0, name);
                named.extend(claims);
                size += file.len();
            }
            for claim in &named {
                let proof = fs::read(Path::new(place).join(format!("proofs/{claim}.json"))).unwrap();
                assert_eq!(ringfence_kernel::check(&proof).unwrap().claim, *claim);
                size += proof.len();
            }
            sizes.push(size);
            times.push(start.elapsed());
        }
        assert!(sizes.len() > 40, "only {} certificates", sizes.len());
        say(&format!("{scope:?}: {} certificates with all that they name", sizes.len()));
        say(&format!("bytes    {}", spread(sizes)));
        say(&format!("checking {}", spread(times)));
    }
}

fn names(list: &serde_json::Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

fn spread<T: Ord + Copy + std::fmt::Debug>(mut values: Vec<T>) -> String {
    values.sort();
    let at = |percent: usize| values[(values.len() - 1) * percent / 100];
    format!("median {:?}, 90th percentile {:?}, greatest {:?}", at(50), at(90), at(100))
}

#[expect(clippy::print_stdout, reason = "what was measured is shown with --nocapture")]
fn say(text: &str) {
    println!("{text}");
}

#[test]
fn evidence_of_every_kind_of_guardrail_is_accepted() {
    // The others are worlds of which honest evidence was rejected once; that of many combinations has a test of its own.
    let all: Vec<PathBuf> = ["guardrails", "evidence"]
        .iter()
        .flat_map(|part| fs::read_dir(corpus(part)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() && !path.ends_with("a-claim-of-many-combinations"))
        .collect();
    assert!(all.len() >= WORLDS, "only {} worlds", all.len());
    let (mut proofs, mut without) = (0, 0);
    let (mut compared, mut claims, mut requests) = (0, 0, 0);
    for world in all {
        let (folder, world) = (Folder::new(), world.to_str().unwrap().to_owned());
        let evidence = folder.path().join("evidence").to_str().unwrap().to_owned();
        run(&["check", &world, "--today", DAY, "--evidence", &evidence]);
        let found = checked(&evidence, &world);
        proofs += found["proofs"].as_u64().unwrap();
        without += usize::from(found["believed"] != 0);
        let count = |member: &str| found["comparedWithEvaluator"][member].as_u64().unwrap();
        compared += count("whole");
        claims += count("claims");
        requests += count("combinations");
    }
    say(&format!("the evaluator says the same as {compared} of {claims} claims, on {requests} requests"));
    assert!(compared > 250, "{compared} of {claims}");
    // Of some claims of network-required, in which a text that may be several stands in a pattern, there is no proof yet.
    assert!(proofs > 300 && without == 1, "{proofs}, {without}");
}

/// Claims without a proof: a second solver calls them unsatisfiable, or they are only believed.
#[test]
fn a_second_solver_is_asked_about_claims_without_a_proof() {
    let (folder, world) = (Folder::new(), corpus("guardrails/network-required"));
    let evidence = folder.path().join("evidence").to_str().unwrap().to_owned();
    run(&["check", &world, "--today", DAY, "--evidence", &evidence]);
    let believed = checked(&evidence, &world)["believed"].as_u64().unwrap();
    assert!(believed > 0, "the corpus holds such claims");
    let root = PathBuf::from(corpus(".."));
    let python = root.join(".tools/venv/bin/python");
    assert!(python.exists(), "{} is missing: run `make setup-tests`", python.display());
    let cvc5 =
        format!("{} {} 20000000 20000000", python.display(), root.join("scripts/cvc5-check.py").display());
    let ask = |solver: &str| run(&["verify", &evidence, "--second-solver", solver, "-o", "json"]);
    let found = ask(&cvc5);
    let all = (found.json()["bySecondSolver"].as_u64(), found.json()["believed"].as_u64());
    assert_eq!((found.code, all), (0, (Some(believed), Some(0))), "{}", found.stdout);
    let script = |name: &str, says: &str| {
        let path = folder.write(name, &format!("echo {says}\n"));
        format!("sh {}", path.display())
    };
    let doubtful = ask(&script("unknown.sh", "unknown"));
    assert_eq!((doubtful.code, doubtful.json()["believed"].as_u64()), (3, Some(believed)));
    // These scripts say less than the claims do: a request that satisfies one says nothing.
    let beside = ask(&script("sat.sh", "sat"));
    assert_eq!((beside.code, beside.json()["believed"].as_u64()), (3, Some(believed)));
    assert_eq!(ask(&script("broken.sh", "Segmentation fault")).code, 1);
    assert_eq!(ask("no-such-solver").code, 1);
}

#[test]
fn every_command_leaves_evidence_of_its_answer() {
    let world = corpus("organizations/acme");
    let boundary = "MlEngineerBoundary";
    for question in [
        vec!["can", "role/ml/engineer", "bedrock:InvokeModel"],
        vec!["can", "role/ml/engineer", "iam:DeleteRolePermissionsBoundary"],
        vec!["paths", "role/ml/engineer"],
        vec!["boundary", boundary, "--one-step", "--guardrails-only"],
    ] {
        let arguments = [&question[..], &["--world", &world, "--today", DAY]].concat();
        let folder = Folder::new();
        let evidence = folder.path().join("evidence").to_str().unwrap().to_owned();
        let plain = run(&[&arguments[..], &["-o", "json"]].concat());
        assert_ne!(plain.code, 2, "{}", plain.stderr);
        let leaving = run(&[&arguments[..], &["-o", "json", "--evidence", &evidence]].concat());
        // Nothing but the level is another.
        let as_before = leaving.stdout.replace("\"level\": \"checked\"", "\"level\": \"one solver\"");
        assert_ne!(as_before, leaving.stdout, "{arguments:?}");
        assert_eq!((leaving.code, as_before == plain.stdout), (plain.code, true), "{arguments:?}");
        accepted(&evidence, &world);
    }
}

#[test]
fn the_same_run_leaves_the_same_bytes_in_any_number_of_threads() {
    let (folder, world) = (Folder::new(), corpus("guardrails/must-be-bounded"));
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let names = [("one.tar.gz", "1"), ("two.tar.gz", "2"), ("eight.tar.gz", "8"), ("folder", "2")];
    for (name, threads) in names {
        run(&["check", &world, "--today", DAY, "--threads", threads, "--evidence", &place(name)]);
    }
    let bytes = |name: &str| fs::read(place(name)).unwrap();
    assert!(bytes("one.tar.gz") == bytes("two.tar.gz") && bytes("one.tar.gz") == bytes("eight.tar.gz"));
    for name in ["one.tar.gz", "folder"] {
        accepted(&place(name), &world);
    }
    // A run into the same folder takes the place of the other.
    run(&["check", &world, "--one-step", "--today", DAY, "--evidence", &place("folder")]);
    accepted(&place("folder"), &world);
    let mut left = Vec::new();
    files(folder.path(), &mut left);
    let hidden = |path: &PathBuf| {
        let below = path.strip_prefix(folder.path()).unwrap();
        below.iter().any(|part| part.to_string_lossy().starts_with('.'))
    };
    assert!(!left.iter().any(hidden), "{left:?}");
}

#[test]
fn evidence_of_another_world_is_rejected() {
    let (folder, world) = (Folder::new(), corpus("guardrails/must-be-bounded"));
    let evidence = folder.path().join("evidence").to_str().unwrap().to_owned();
    run(&["check", &world, "--today", DAY, "--evidence", &evidence]);
    let other = run(&["verify", &evidence, "--inputs", &corpus("guardrails/forbid")]);
    assert_eq!(other.code, 1);
    assert!(other.stdout.contains("is not the file that the evidence is about"), "{}", other.stdout);
}

/// A world in which evidence of it lies, and a report: neither is a part of it.
#[test]
fn evidence_may_lie_in_the_world_that_it_is_about() {
    let folder = Folder::world(&[super::harness::reader()]).with_empty_lists();
    for place in ["evidence.tar.gz", "evidence"] {
        let check = || folder.run(&["check", "--today", DAY, "--evidence", place, "-o", "json=report.json"]);
        check();
        let found = folder.run(&["verify", place, "--inputs", "."]);
        assert_eq!(found.code, 0, "{}", found.stdout);
        check();
        let file = if place == "evidence" { "evidence/manifest.json" } else { place };
        let bytes = || fs::read(folder.path().join(file)).unwrap();
        let before = bytes();
        check();
        assert!(bytes() == before, "{place}");
        assert_eq!(folder.run(&["verify", place, "--inputs", "."]).code, 0);
    }
    for place in ["accounts/evidence", "accounts/new/evidence.tar.gz"] {
        folder
            .run(&["check", "--evidence", place])
            .refused(&["lies among the accounts of the world", "name a place outside"]);
    }
    // An account that came since is.
    folder.write("accounts/444455556666/authorization-details.json", "{}");
    let found = folder.run(&["verify", "evidence", "--inputs", "."]);
    assert!(found.code == 1 && found.stdout.contains("does not hold what it held"), "{}", found.stdout);
}

#[test]
fn nothing_but_evidence_is_written_over() {
    let (folder, world) = (Folder::new(), corpus("worlds/boundary-path-characters"));
    folder.write("letters/mother.txt", "dear mother");
    let check = |place: &str| folder.run(&["check", &world, "--today", DAY, "--evidence", place]);
    check("letters").refused(&["letters holds files that are no evidence", "name a new folder"]);
    assert_eq!(folder.read("letters/mother.txt"), "dear mother");
    check("evidence");
    folder.write("evidence/inputs/notes.txt", "notes");
    check("evidence").refused(&["holds \"inputs/notes.txt\", which is no part of evidence"]);
    check("letters/mother.txt").refused(&["is no folder"]);
    folder.run(&["check", &world, "--cache", "c", "--evidence", "e"]).refused(&["cannot be used with"]);
}

#[test]
fn what_is_no_evidence_is_rejected() {
    let folder = Folder::new();
    folder.write("empty/readme", "");
    folder.write("broken.tar.gz", "this is no archive");
    for (place, reason) in [
        ("empty", "manifest.json is not there"),
        ("broken.tar.gz", "it is no archive of evidence"),
        ("nowhere", "No such file"),
    ] {
        let found = folder.run(&["verify", place]);
        assert_eq!(found.code, 1, "{}", found.stderr);
        assert!(found.stdout.starts_with("rejected") && found.stdout.contains(reason), "{}", found.stdout);
    }
}

/// Of files that were named alone each is found by its name in the folder, or wherever it is named.
#[test]
fn files_of_a_run_without_a_world_may_lie_anywhere() {
    let folder = Folder::new();
    let export = super::harness::details(&[super::harness::reader()]).to_string();
    folder.write("d1/export.json", &export);
    folder.write("d2/guardrails.toml", "[[guardrail]]\nid = \"g\"\nkind = \"must-be-bounded\"\n");
    let files = ["--authorization-details", "d1/export.json", "--config", "d2/guardrails.toml"];
    folder.run(&[&["check", "--today", DAY, "--evidence", "e"], &files[..]].concat());
    for named in [["d1", "d2/guardrails.toml"], ["d1/export.json", "d2/guardrails.toml"]] {
        let found = folder.run(&["verify", "e", "--inputs", named[0], "--inputs", named[1]]);
        assert_eq!(found.code, 0, "{named:?}: {}", found.stdout);
    }
    folder.write("d2/guardrails.toml", "[[guardrail]]\nid = \"h\"\nkind = \"must-be-bounded\"\n");
    let found = folder.run(&["verify", "e", "--inputs", "d1", "--inputs", "d2/guardrails.toml"]);
    assert_eq!(found.code, 1, "{}", found.stdout);
}

/// What is expected to be denied is shown to be as far as no input is missing.
#[test]
fn an_expected_denial_passes_only_if_nothing_is_missing_that_it_needs() {
    let deny = serde_json::json!({ "Effect": "Deny", "Action": "kms:*", "Resource": "*" });
    let folder = Folder::world(&[super::harness::role("reader", &super::harness::policy(&[deny]))]);
    let ask = |evidence: &str| {
        let asked = ["can", "role/reader", "kms:Decrypt", "--expect", "denied"];
        folder.run(&[&asked[..], &["--today", DAY, "--evidence", evidence]].concat());
        folder.run(&["verify", evidence, "-o", "json"]).json()["about"]["questions"][0]["outcome"].clone()
    };
    assert_eq!(ask("first"), "open");
    folder.write("accounts/111122223333/resource-policies.json", "{}");
    assert_eq!(ask("second"), "passed");
}

/// A claim of very many combinations: finding them is bounded by what it takes. Half a minute, in `make test-all` alone.
#[test]
fn comparing_claims_comes_to_an_end() {
    if std::env::var_os("RINGFENCE_TEST_ALL").is_none() {
        return;
    }
    let (folder, world) = (Folder::new(), corpus("evidence/a-claim-of-many-combinations"));
    let evidence = folder.path().join("evidence").to_str().unwrap().to_owned();
    run(&["check", &world, "--today", DAY, "--evidence", &evidence]);
    let found = accepted(&evidence, &world);
    assert!(found["comparedWithEvaluator"]["undecided"].as_u64().unwrap() > 0, "{found}");
}
