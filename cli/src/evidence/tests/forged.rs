//! Evidence that somebody wrote who means harm, or who asked something else than it seems: all digests fit.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_solver::evidence::{Answer, Answers, ClosedBook, Otherwise};
use ringfence_solver::formula::Openness;
use ringfence_solver::verdict::VerdictWord;

use super::super::certificate::Finding;
use super::super::inputs::Inputs;
use super::*;
use crate::basis::Basis;
use crate::files::{Recorded, Recorder};

/// `package` where `list` says something else, and every digest of it with that.
fn listing(package: &Package, list: &str, edit: impl FnOnce(&mut Value)) -> Package {
    let mut other = package.clone();
    let mut object = json(package, list);
    edit(&mut object);
    other.insert(list.to_owned(), crate::output::json::pretty(&object).into_bytes());
    // The basis names the digest of the inputs, and the certificates that of the basis.
    for name in if list == "basis.json" { vec![list] } else { vec![list, "basis.json"] } {
        let (before, after) = (crate::input::digest(&package[name]), crate::input::digest(&other[name]));
        for bytes in other.values_mut() {
            *bytes = String::from_utf8(bytes.clone()).unwrap().replace(&before, &after).into_bytes();
        }
    }
    relisted(other)
}

fn world(name: &str) -> String {
    corpus(name).to_str().unwrap().to_owned()
}

fn statement_of(package: &Package) -> Value {
    use base64::Engine as _;
    let envelope = json(package, STATEMENT);
    let payload = base64::engine::general_purpose::STANDARD.decode(envelope["payload"].as_str().unwrap());
    serde_json::from_slice(&payload.unwrap()).unwrap()
}

fn certificates(package: &Package) -> Vec<Value> {
    let folders = ["certificates/", "refutations/", "undecided/"];
    let names = package.keys().filter(|name| folders.iter().any(|folder| name.starts_with(folder)));
    names.map(|name| json(package, name)).collect()
}

/// A run that was kept from a file of the world is one that looked at it and found nothing: whoever takes that out of the list is told.
#[test]
fn no_list_leaves_out_where_the_run_looked() {
    let package = samples().remove(0);
    let looked_at = json(&package, "inputs.json")["lookedAt"].as_object().unwrap().clone();
    let absent: Vec<&String> =
        looked_at.iter().filter(|(_, kind)| *kind == "absent").map(|(path, _)| path).collect();
    assert!(
        absent.iter().any(|path| path.ends_with("ringfence.toml") || path.ends_with("organization.json"))
    );
    for path in absent {
        let forged = listing(&package, "inputs.json", |inputs| {
            inputs["lookedAt"].as_object_mut().unwrap().remove(path).unwrap();
        });
        assert_rejected(forged, "inputs.json is not what the inputs and the proofs give");
    }
}

/// What nothing reads is no input, and no subject of what is said.
#[test]
fn no_list_holds_what_nothing_reads() {
    let package = samples().remove(0);
    let mut forged = listing(&package, "inputs.json", |inputs| {
        inputs["files"]["unread.json"] =
            serde_json::json!({ "copy": "inputs/other/unread.json", "sha256": crate::input::digest(b"{}") });
    });
    forged.insert("inputs/other/unread.json".to_owned(), b"{}".to_vec());
    assert_rejected(forged, "inputs.json is not what the inputs and the proofs give");
}

/// What is about the future alone says nothing of requests that can be made.
#[test]
fn requests_of_the_future_alone_are_no_answer() {
    let package = evidence(&[
        "can",
        "role/app",
        "iam:CreateUser",
        "--world",
        &world("worlds/boundary-path-characters"),
        "--as-of",
        "2026-08-01T00:00:00Z",
        "--today",
        "2026-08-02",
    ]);
    let at = |now: &str| check(&package, NOTHING, None, FEW, now.parse().unwrap());
    assert_eq!(at("2026-08-02T00:00:00Z").rejections, Vec::<String>::new());
    // A clock that is some hours late says nothing.
    assert_eq!(at("2026-07-31T12:00:00Z").rejections, Vec::<String>::new());
    let early = at("2026-07-01T00:00:00Z").rejections;
    assert!(early.iter().any(|reason| reason.contains("is later than this machine's clock")), "{early:?}");
}

/// The age of tables is that on the day of the run.
#[test]
fn no_clock_makes_evidence_too_old() {
    let package = evidence(&[
        "check",
        &world("worlds/boundary-path-characters"),
        "--one-step",
        "--max-data-age",
        "100000",
    ]);
    let later = "8000-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(check(&package, NOTHING, None, FEW, later).rejections, Vec::<String>::new());
}

#[test]
fn a_question_in_a_context_is_told_with_it() {
    let root = world("worlds/conditions-on-dates");
    let ask = |context: [&str; 2]| {
        evidence(&[&["can", "role/over", "sns:CreateTopic", "--world", &root][..], &context].concat())
    };
    let pinned = ask(["--context", "aws:CurrentTime=2026-07-01T00:00:00Z"]);
    let text = "in any context in which aws:CurrentTime is 2026-07-01T00:00:00Z.";
    let all = certificates(&pinned);
    assert!(
        !all.is_empty() && all.iter().all(|one| one["asked"].as_str().unwrap().ends_with(text)),
        "{all:?}"
    );
    assert!(checked(&pinned).told.unwrap().run.contains("aws:CurrentTime"), "whoever verifies is told");
    // There is no request without an instant: nothing is proved.
    let none = ask(["--context-absent", "aws:CurrentTime"]);
    assert!(certificates(&none).iter().all(|one| one["verdict"] != "proved"));
    assert_eq!(statement_of(&none)["predicate"]["result"], "WARNED");
}

#[test]
fn tables_in_place_of_embedded_ones_are_told() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/data").join(MODELS);
    let package = evidence(&[
        "check",
        &world("worlds/boundary-path-characters"),
        "--one-step",
        "--models",
        models.to_str().unwrap(),
    ]);
    let replaced = |text: &str| text.contains("in place of the embedded one");
    for one in certificates(&package) {
        let tables = one["tables"].as_array().unwrap();
        assert_eq!(tables.iter().filter(|table| replaced(table.as_str().unwrap())).count(), 1, "{one}");
    }
    let checked = checked(&package);
    assert_eq!(checked.rejections, Vec::<String>::new());
    assert!(checked.told.unwrap().tables.iter().any(|table| replaced(table)));
    assert!(replaced(std::str::from_utf8(&package["RECHECK.md"]).unwrap()));
}

/// Claims are compared with the evaluator by the catalogue of the run, those that are put off to the end too.
#[test]
fn the_comparison_goes_by_the_tables_of_the_run() {
    use std::io::Read as _;
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    let embedded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/data/catalogue.txt.gz");
    let packed = std::fs::File::open(embedded).unwrap();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    // A service that AWS does not have.
    let catalogue = folder.path().join("catalogue.txt");
    std::fs::write(&catalogue, format!("{text}service\tzz-new\naction\tDoIt\tW\t\t\t\n")).unwrap();
    // Denied whatever the user agent is.
    let denying = |operator: &str| {
        serde_json::json!({ "Effect": "Deny", "Action": "zz-new:DoIt", "Resource": "*",
            "Condition": { operator: { "aws:UserAgent": "curl" } } })
    };
    let allowing = serde_json::json!({ "Effect": "Allow", "Action": "zz-new:*", "Resource": "*" });
    let statements = [denying("StringEquals"), denying("StringNotEquals"), allowing];
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": statements });
    let role = serde_json::json!({
        "Path": "/", "RoleName": "app", "RoleId": "AROAEXAMPLEAPP", "Arn": "arn:aws:iam::111122223333:role/app",
        "CreateDate": "2026-03-01T08:00:00Z",
        "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }] },
        "RolePolicyList": [{ "PolicyName": "inline", "PolicyDocument": policy }], "AttachedManagedPolicies": []
    });
    let details = folder.path().join("details.json");
    let export = serde_json::json!(
        { "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": [] });
    std::fs::write(&details, export.to_string()).unwrap();
    let package = evidence(&[
        "can",
        "role/app",
        "zz-new:DoIt",
        "--authorization-details",
        details.to_str().unwrap(),
        "--catalogue",
        catalogue.to_str().unwrap(),
    ]);
    let bounds = Bounds { at_once: 1, ..Bounds::whole(4_096) };
    let found = check(&package, NOTHING, None, (None, bounds), Timestamp::now());
    assert_eq!(found.rejections, Vec::<String>::new());
    let comparison = found.comparison.unwrap();
    assert!(comparison.whole > 0 && comparison.whole == comparison.claims, "{comparison:?}");
    assert!(comparison.combinations > 1, "put off, since there are several: {comparison:?}");
}

/// The file of the prices.
const MODELS: &str = "bedrock-models.tsv";

/// What lies outside the world is compared with what is named, or told of; then it is not whole.
#[test]
fn inputs_from_elsewhere_are_named_or_told_of() {
    let (root, folder) = (corpus("worlds/boundary-path-characters"), tempfile::tempdir().unwrap());
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let weak = write(
        "weak.toml",
        "[[guardrail]]\nid = \"nobody\"\nkind = \"forbid\"\nactions = [\"s3:DeleteBucket\"]\nprincipals = { include = [\"*\"] }\n",
    );
    let package =
        evidence(&["check", root.to_str().unwrap(), "--one-step", "--config", weak.to_str().unwrap()]);
    let against = |others: &[PathBuf]| {
        check(&package, Against { world: Some(&root), others, ..NOTHING }, None, FEW, Timestamp::now())
    };
    let without = against(&[]);
    assert_eq!(without.rejections, Vec::<String>::new());
    assert_eq!(without.not_compared, [weak.to_str().unwrap()]);
    assert!(!without.is_whole());
    let with = against(&[write("copy.toml", &std::fs::read_to_string(&weak).unwrap())]);
    assert!(with.rejections.is_empty() && with.is_whole());
    assert_eq!(with.inputs_compared, without.inputs_compared + 1);
    let other = against(&[write("ringfence.toml", "")]);
    assert!(other.rejections.iter().any(|reason| reason.contains("is none of the inputs")), "{other:?}");
    let text = crate::output::verify::text(&without, true);
    assert!(text.contains("not all of its inputs were compared") && text.contains("weak.toml"), "{text}");
}

/// How a run ended is how the statement tells it.
#[test]
fn what_is_not_passed_is_not_told_as_passed() {
    let (root, folder) = (world("worlds/boundary-path-characters"), tempfile::tempdir().unwrap());
    let config = folder.path().join("nobody.toml");
    let text = "[[guardrail]]\nid = \"holds\"\nkind = \"forbid\"\nactions = [\"s3:DeleteBucket\"]\n\n\
                [[guardrail]]\nid = \"applies-to-nobody\"\nkind = \"cannot-escape-boundary\"\nprincipals = { include = [\"*:root\"] }\n";
    std::fs::write(&config, text).unwrap();
    let package = evidence(&["check", &root, "--one-step", "--config", config.to_str().unwrap()]);
    let said = statement_of(&package);
    assert!(!said["predicate"]["result"].as_str().unwrap().contains("PASSED"), "{said}");
    assert!(said["predicate"]["warnedTests"].as_array().unwrap().contains(&Value::from("applies-to-nobody")));

    let batch = folder.path().join("batch.jsonl");
    let lines = "{\"principal\": \"role/app\", \"action\": \"s3:DeleteBucket\", \"name\": \"q\"}\n\
                 {\"principal\": \"role/app\", \"action\": \"s3:NoSuchCall\", \"name\": \"q\"}\n";
    std::fs::write(&batch, lines).unwrap();
    let package = evidence(&["can", "--batch", batch.to_str().unwrap(), "--world", &root]);
    let said = statement_of(&package);
    assert_eq!(said["predicate"]["result"], "FAILED", "one could not be asked");
    let names = ["passedTests", "warnedTests", "failedTests"].map(|list| &said["predicate"][list]);
    assert_eq!(names.iter().map(|list| list.as_array().unwrap().len()).sum::<usize>(), 2, "{said}");
}

/// A claim that is only believed makes no pass.
#[test]
fn what_is_only_believed_does_not_pass() {
    let package = evidence(&[
        "can",
        "role/app",
        "s3:DeleteBucket",
        "--world",
        &world("worlds/boundary-path-characters"),
    ]);
    let inputs: super::super::inputs::Inputs = serde_json::from_slice(&package["inputs.json"]).unwrap();
    let outcomes = [("question-1".to_owned(), statement::TestOutcome::Passed)];
    let result = |package: &Package| {
        let said: Value = serde_json::from_slice(&statement::statement(package, &inputs, &outcomes)).unwrap();
        said["predicate"]["result"].as_str().unwrap().to_owned()
    };
    assert_eq!(result(&package), "PASSED");
    let mut believed = package.clone();
    believed.insert("unproved.json".to_owned(), b"{}".to_vec());
    assert_eq!(result(&believed), "WARNED");
}

/// The command line takes no such evidence.
#[test]
fn a_run_that_leaves_no_evidence_is_not_made_again() {
    let package = samples().remove(0);
    let forged = listing(&package, "basis.json", |basis| {
        basis["question"]["arguments"]["encoding"] = Value::from("strings");
    });
    assert_rejected(forged, "basis.json has no question that is known");
}

/// The reasons of what is open are words of whoever made the evidence.
#[test]
fn reasons_are_told_as_not_checked() {
    let package = samples().remove(2);
    let open = certificates(&package).into_iter().find(|one| one["verdict"] == "inconclusive");
    if let Some(open) = open {
        assert!(open["trustedBase"][0].as_str().unwrap().contains("nothing checks that"), "{open}");
    }
    let text = crate::output::verify::text(&checked(&package), false);
    assert!(text.contains("told and not checked"), "{text}");
}

/// By single requests, whatever kind of guardrail asks: proofs alone make proofs, and no reason why a question is open does.
#[test]
fn why_a_question_is_open_makes_no_proof() {
    let all = std::env::var_os("RINGFENCE_TEST_ALL").is_some();
    let mut worlds: Vec<_> =
        std::fs::read_dir(corpus("guardrails")).unwrap().map(|entry| entry.unwrap().path()).collect();
    worlds.sort();
    let (mut others, mut lost) = (0, 0);
    for place in worlds.iter().step_by(if all { 1 } else { 3 }) {
        let package = evidence(&["check", place.to_str().unwrap(), "--one-step", "--today", "2026-11-26"]);
        let inputs: Inputs = serde_json::from_value(json(&package, "inputs.json")).unwrap();
        let record = inputs.record(&package).unwrap();
        let accepted: BTreeSet<String> =
            package.keys().filter_map(|name| claim_of_name(name).map(str::to_owned)).collect();
        let answers: Answers = serde_json::from_value(json(&package, "answers.json")).unwrap();
        let asked = Asked::read(&json(&package, "basis.json")["question"]).unwrap();
        let asked = asked.again("2026-11-26".parse().unwrap(), None);
        let verdicts = |answers: Answers| {
            let book = ClosedBook::new(answers, accepted.clone(), BTreeMap::new());
            let recorded = Recorded(&record);
            let recorder = Recorder::new(&recorded, None);
            let basis =
                Basis { files: &recorder, now: Timestamp::now(), ledger: Some(&book), evidence: None };
            let findings = asked.judge(basis).unwrap().findings.into_iter();
            let key = |finding: Finding| ((finding.question, finding.principal), finding.verdict);
            findings.map(key).collect::<BTreeMap<_, _>>()
        };
        let honest = verdicts(answers.clone());
        for reason in [Otherwise::Open(vec![Openness::ResourcePolicies]), Otherwise::Limit("none".to_owned())]
        {
            let mut forged = answers.clone();
            for answer in forged.values_mut() {
                if let Answer::Satisfiable { candidates, otherwise, .. } = answer {
                    candidates.clear();
                    *otherwise = reason.clone();
                    others += 1;
                }
            }
            for (key, verdict) in verdicts(forged) {
                let was = honest.get(&key).copied();
                let is_proof = verdict == VerdictWord::Proved;
                assert!(
                    !is_proof || was == Some(VerdictWord::Proved),
                    "{}: {key:?} {was:?}",
                    place.display()
                );
                lost += usize::from(Some(verdict) != was);
            }
        }
    }
    assert!(others >= 50 && lost >= 20, "{others} answers were changed, {lost} verdicts with them");
}

/// Nobody is called an administrator because a proof is not there: a role that nobody can assume is allowed nothing that could be denied.
#[test]
fn nobody_is_an_administrator_for_want_of_a_proof() {
    let folder = tempfile::tempdir().unwrap();
    let account = folder.path().join("accounts/111122223333");
    std::fs::create_dir_all(&account).unwrap();
    let text = r#"{"UserDetailList":[],"GroupDetailList":[],"Policies":[],"RoleDetailList":[{"Path":"/","RoleName":"ghost","RoleId":"AROAEXAMPLEGHOST",
        "Arn":"arn:aws:iam::111122223333:role/ghost","CreateDate":"2026-03-01T08:00:00Z","AttachedManagedPolicies":[],
        "AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:*"}]},
        "RolePolicyList":[{"PolicyName":"p","PolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}}]}]}"#;
    std::fs::write(account.join("authorization-details.json"), text).unwrap();
    let package =
        evidence(&["check", folder.path().to_str().unwrap(), "--one-step", "--today", "2026-11-26"]);
    let inputs: Inputs = serde_json::from_value(json(&package, "inputs.json")).unwrap();
    let record = inputs.record(&package).unwrap();
    let accepted: BTreeSet<String> =
        package.keys().filter_map(|name| claim_of_name(name).map(str::to_owned)).collect();
    let answers: Answers = serde_json::from_value(json(&package, "answers.json")).unwrap();
    let asked = Asked::read(&json(&package, "basis.json")["question"]).unwrap();
    let asked = asked.again("2026-11-26".parse().unwrap(), None);
    assert!(answers.len() >= 2, "{}", answers.len());
    for key in answers.keys() {
        let mut fewer = answers.clone();
        fewer.remove(key);
        let book = ClosedBook::new(fewer, accepted.clone(), BTreeMap::new());
        let recorded = Recorded(&record);
        let recorder = Recorder::new(&recorded, None);
        let basis = Basis { files: &recorder, now: Timestamp::now(), ledger: Some(&book), evidence: None };
        let report: Value = serde_json::from_str(&asked.judge(basis).unwrap().report).unwrap();
        assert_eq!(report["summary"]["administrators"], serde_json::json!([]), "{key}");
    }
}

/// A request that a second solver finds speaks against a claim of which its script says all.
#[cfg(unix)]
#[test]
fn a_request_that_a_second_solver_finds_is_told() {
    let (package, folder) = (samples().remove(0), tempfile::tempdir().unwrap());
    let lines = package.iter().filter(|(name, _)| claim_of_name(name).is_some());
    let mut lines = lines.map(|(_, proof)| proof.split(|byte| *byte == b'\n').next().unwrap().to_vec());
    let is_exact = |line: &Vec<u8>| ringfence_solver::scripts::direct_of(line).unwrap().1;
    let line = lines.find(is_exact).expect("a claim of which a script says all");
    let asked = |says: &str| {
        let path = folder.path().join("solver.sh");
        std::fs::write(&path, format!("echo {says}\n")).unwrap();
        let claims = [(crate::input::digest(&line), line.clone())].into();
        let mut found = Checked { claims, believed: 1, ..Checked::default() };
        super::super::second_solver::ask(&format!("sh {}", path.display()), &mut found);
        found
    };
    let agreed = asked("unsat");
    assert_eq!((agreed.believed, agreed.by_second, agreed.rejections.len()), (0, 1, 0));
    let open = asked("unknown");
    assert_eq!((open.believed, open.by_second, open.rejections.len()), (1, 0, 0));
    let contrary = asked("sat");
    assert!(contrary.rejections[0].contains("does not hold"), "{contrary:?}");
    assert!(asked("nonsense").rejections[0].contains("says \"nonsense\""));
}
