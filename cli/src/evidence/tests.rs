//! Evidence that is changed in any part is rejected, with the reason.

mod forged;

use std::path::{Path, PathBuf};

use clap::Parser;
use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use ringfence_model::files::Disk;
use ringfence_solver::evidence::exhaust::Bounds;
use serde_json::Value;

use super::archive::Package;
use super::manifest::{MANIFEST, Manifest};
use super::package::claim_of_name;
use super::question::{Asked, Question};
use super::replay::{Effort, digests};
use super::statement::{self, STATEMENT};
use super::{Against, Checked, check, made};
use crate::args::{Arguments, Command};

/// So many changes of each kind are tried; `make test-all` tries RINGFENCE_CASES times as many.
const CHANGES: usize = 100;

/// Evidence is checked many times here: few combinations of each claim are compared.
const FEW: Effort = (None, Bounds { combinations: 64, at_once: 4, total: Some(0), work: 20_000_000 });

fn corpus(world: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(world)
}

/// The evidence of the command.
fn evidence(arguments: &[&str]) -> Package {
    let arguments = Arguments::try_parse_from([&["ringfence"], arguments].concat()).unwrap();
    let asked = match arguments.command {
        Command::Check(arguments) => Asked::Check(Box::new(arguments)),
        Command::Can(arguments) => Asked::Can(Box::new(arguments)),
        Command::Boundary(arguments) => Asked::Boundary(Box::new(arguments)),
        Command::Paths(arguments) => Asked::Paths(Box::new(arguments)),
        other @ (Command::Merge(_)
        | Command::WhoCan(_)
        | Command::BlastRadius(_)
        | Command::Why(_)
        | Command::Compare(_)
        | Command::Simulate(_)
        | Command::Verify(_)
        | Command::Collect(_)
        | Command::Import(_)
        | Command::Plan(_)
        | Command::PreCommit(_)
        | Command::CheckNoNewAccess(_)
        | Command::Completions(_)
        | Command::Manual(_)
        | Command::Explain(_)
        | Command::Data(_)) => panic!("{other:?} leaves no evidence"),
    };
    let question: Question<'_> = asked.question();
    made(&question, None, None, |basis| Ok(((), asked.judge(basis)?))).unwrap().1
}

/// The same where the list of digests is that of what is there: as somebody would do who means harm.
fn relisted(mut package: Package) -> Package {
    let manifest = Manifest::of(&package).file();
    package.insert(MANIFEST.to_owned(), manifest);
    package
}

fn rejections(package: &Package) -> Vec<String> {
    checked(package).rejections
}

/// Held together with nothing, now.
fn checked(package: &Package) -> Checked {
    check(package, NOTHING, None, FEW, Timestamp::now())
}

const NOTHING: Against<'_> = Against { files: &Disk, world: None, others: &[] };

/// Small worlds with proofs, refutations and open questions, by single requests and over steps.
fn samples() -> Vec<Package> {
    let world = |name: &str| corpus(name).to_str().unwrap().to_owned();
    let (characters, services) =
        (world("worlds/boundary-path-characters"), world("worlds/global-service-region"));
    vec![
        evidence(&["check", &characters, "--today", "2026-11-26"]),
        evidence(&["check", &services, "--one-step", "--today", "2026-11-26"]),
        evidence(&["paths", "--world", &characters, "--today", "2026-11-26"]),
    ]
}

/// Numbers below limits, always the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        // A linear congruential generator: its upper bits are random enough for places in files.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

/// `package` with one change, and the name of the file that it is about.
fn changed(package: &Package, numbers: &mut Numbers) -> (Package, String) {
    let name = package.keys().nth(numbers.below(package.len())).unwrap().clone();
    let mut other = package.clone();
    let bytes = other.get_mut(&name).unwrap();
    match numbers.below(8) {
        0 => drop(other.remove(&name)),
        1 => bytes.truncate(numbers.below(bytes.len())),
        2 => {
            let place = numbers.below(bytes.len());
            bytes.insert(place, b"{}[]\",:0123456789ae"[numbers.below(19)]);
        }
        3 => drop(other.insert(format!("proofs/{}.json", numbers.below(1_000)), package[&name].clone())),
        _ => {
            let place = numbers.below(bytes.len());
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= 1 << numbers.below(7);
            }
        }
    }
    (other, name)
}

#[test]
fn what_was_made_is_accepted_and_says_what_it_holds() {
    for package in samples() {
        let checked = checked(&package);
        assert_eq!(checked.rejections, Vec::<String>::new());
        assert!(checked.proofs > 0 && checked.same["certificates"] > 0 && checked.same["refutations"] > 0);
    }
}

#[test]
fn the_same_question_gives_the_same_bytes() {
    assert!(samples() == samples());
}

/// A changed byte anywhere, a file too few or too many.
#[test]
fn no_change_gets_past_the_digests() {
    let mut numbers = Numbers(1);
    for package in samples() {
        for _ in 0..CHANGES * 8 {
            let (other, name) = changed(&package, &mut numbers);
            let mut rejections = Vec::new();
            digests(&other, &mut rejections);
            // The two that no digest is of: the run that is made again tells of changes in them.
            let is_listed = name != MANIFEST && name != STATEMENT;
            assert!(other == package || !rejections.is_empty() || !is_listed, "{name} was changed");
        }
    }
}

/// The same where the digests are made to fit: what follows from the inputs and the proofs is another thing then.
#[test]
fn no_change_gets_past_the_run_that_is_made_again() {
    let cases = std::env::var("RINGFENCE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1);
    let mut numbers = Numbers(2);
    let mut tried = 0;
    for package in samples() {
        for _ in 0..CHANGES * cases {
            let (other, name) = changed(&package, &mut numbers);
            let other = if name == MANIFEST { other } else { relisted(other) };
            if other != package {
                tried += 1;
                assert!(!rejections(&other).is_empty(), "{name} was changed, and its digest with it");
            }
        }
    }
    assert!(tried >= 2 * CHANGES * cases, "{tried}");
}

fn json(package: &Package, name: &str) -> Value {
    serde_json::from_slice(&package[name]).unwrap()
}

fn a_proof(package: &Package) -> String {
    let has_lemmas = |name: &&String| {
        name.starts_with("proofs/") && String::from_utf8_lossy(&package[*name]).contains("\"clause\"")
    };
    package.keys().find(has_lemmas).unwrap().clone()
}

/// The list that is the member of one of the lines of a proof.
fn list(proof: &str, member: &str) -> Vec<Value> {
    let of_line = |line: &str| serde_json::from_str::<Value>(line).ok()?.get(member)?.as_array().cloned();
    proof.lines().find_map(of_line).unwrap()
}

/// The proof where that list has other elements, and every other byte is as it was.
fn with_list(proof: &str, member: &str, elements: &[Value]) -> String {
    let written = |elements: &[Value]| format!("\"{member}\":{}", Value::from(elements.to_vec()));
    let before = written(&list(proof, member));
    assert_eq!(proof.matches(&before).count(), 1, "the form of proofs is another");
    proof.replace(&before, &written(elements))
}

fn assert_rejected(package: Package, reason: &str) {
    let found = rejections(&relisted(package));
    assert!(found.iter().any(|text| text.contains(reason)), "{reason:?} is not among {found:#?}");
}

#[test]
fn a_proof_without_one_of_its_lemmas_or_clauses_is_rejected() {
    let package = samples().remove(0);
    let name = a_proof(&package);
    let proof = String::from_utf8(package[&name].clone()).unwrap();
    let without = |member: &str, place: usize| {
        let mut rest = list(&proof, member);
        rest.remove(place);
        let mut other = package.clone();
        other.insert(name.clone(), with_list(&proof, member, &rest).into_bytes());
        other
    };
    for place in 0..list(&proof, "lemmas").len() {
        assert_rejected(without("lemmas", place), "the kernel rejects it");
    }
    for place in 0..list(&proof, "clauses").len() {
        // What shows it names the claim by its digest.
        assert_rejected(without("clauses", place), "the kernel rejects it");
    }
}

/// The claim of a proof is replaced by one that holds, and everything that names it with it: the policies do not make such a claim.
#[test]
fn a_proof_of_what_nobody_asked_is_no_proof() {
    let package = samples().remove(0);
    let name = a_proof(&package);
    let old = claim_of_name(&name).unwrap();
    let proof = String::from_utf8(package[&name].clone()).unwrap();
    let mut clauses = list(&proof, "clauses");
    // With the empty clause nothing is left to show.
    clauses[0] = serde_json::json!([]);
    let stronger = with_list(&proof, "clauses", &clauses);
    let stronger = with_list(&stronger, "steps", &[serde_json::json!([[], [0]])]);
    let new = crate::input::digest(stronger.lines().next().unwrap().as_bytes());
    let mut other = package.clone();
    other.remove(&name);
    other.insert(format!("proofs/{new}.json"), stronger.into_bytes());
    for bytes in other.values_mut() {
        *bytes = String::from_utf8(bytes.clone()).unwrap().replace(old, &new).into_bytes();
    }
    let kernel = ringfence_kernel::check(&other[&format!("proofs/{new}.json")]);
    assert_eq!(kernel.map(|proof| proof.claim), Ok(new), "the kernel accepts what is a proof");
    assert_rejected(other, "is not what the inputs and the proofs give");
}

/// Whoever has no proof cannot name the claim as one without a proof, and have it accepted.
#[test]
fn a_claim_that_is_only_believed_lowers_the_level_and_is_told() {
    let package = samples().remove(0);
    let name = a_proof(&package);
    let claim = claim_of_name(&name).unwrap();
    let mut other = package.clone();
    let proof = other.remove(&name).unwrap();
    let line = proof.split(|byte| *byte == b'\n').next().unwrap();
    other.insert(format!("claims/{claim}.json"), line.to_vec());
    let unproved = serde_json::json!({ claim: "too hard" });
    other.insert("unproved.json".to_owned(), crate::output::json::pretty(&unproved).into_bytes());
    let found = checked(&relisted(other));
    assert_eq!(found.believed, 1);
    // The certificates say that they are checked.
    assert!(
        found.rejections.iter().any(|reason| reason.contains("is not what the inputs and the proofs give"))
    );
}

/// A policy that says something else by one character, and every digest in the evidence with it.
#[test]
fn evidence_of_other_policies_is_rejected() {
    let package = samples().remove(0);
    let file = package.keys().find(|name| name.ends_with("authorization-details.json")).unwrap().clone();
    let text = String::from_utf8(package[&file].clone()).unwrap();
    let (before, after) = text.split_once(":PutRole").unwrap();
    let changed = format!("{before}:PutRol3{after}");
    let mut other = package.clone();
    let mut renamed = vec![(crate::input::digest(text.as_bytes()), crate::input::digest(changed.as_bytes()))];
    other.insert(file, changed.into_bytes());
    for list in ["inputs.json", "basis.json"] {
        let before = crate::input::digest(&other[list]);
        for bytes in other.values_mut() {
            for (old, new) in &renamed {
                *bytes = String::from_utf8(bytes.clone()).unwrap().replace(old, new).into_bytes();
            }
        }
        renamed.push((before, crate::input::digest(&other[list])));
    }
    assert_rejected(other, "is not what the inputs and the proofs give");
}

#[test]
fn certificates_of_another_question_are_rejected() {
    let mut all = samples();
    let (other, package) = (all.remove(1), all.remove(0));
    let certificate =
        |package: &Package| package.keys().find(|name| name.starts_with("certificates/")).unwrap().clone();
    let foreign = certificate(&other);
    let mut added = package.clone();
    added.insert(foreign.clone(), other[&foreign].clone());
    assert_rejected(added, "does not follow from the inputs and the proofs");
    let own = certificate(&package);
    let mut replaced = package.clone();
    replaced.insert(own, other[&foreign].clone());
    assert_rejected(replaced, "is not what the inputs and the proofs give");
    // Somebody else, of whom it was not shown.
    let own = certificate(&package);
    let mut renamed = package.clone();
    let mut object = json(&package, &own);
    object["principals"][0] = Value::from("arn:aws:iam::111122223333:user/somebody-else");
    renamed.insert(own, crate::output::json::pretty(&object).into_bytes());
    assert_rejected(renamed, "is not what the inputs and the proofs give");
}

#[test]
fn inputs_that_differ_from_those_of_the_world_are_told() {
    let root = corpus("worlds/boundary-path-characters");
    let package = samples().remove(0);
    let against = |world: &Path| {
        check(&package, Against { world: Some(world), ..NOTHING }, None, FEW, Timestamp::now())
    };
    let found = against(&root);
    assert_eq!(found.rejections, Vec::<String>::new());
    assert!(found.inputs_compared > 0);
    let elsewhere = corpus("worlds/global-service-region");
    let found = against(&elsewhere);
    let told = |text: &str| found.rejections.iter().any(|reason| reason.contains(text));
    assert!(told("is not the file that the evidence is about"), "{:#?}", found.rejections);
    let nowhere = corpus("worlds/there-is-no-such-world");
    assert!(!against(&nowhere).rejections.is_empty());
}

/// A key that is always the same.
fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

#[test]
fn a_statement_is_accepted_by_the_key_that_signed_it_alone() {
    let said = br#"{"_type":"https://in-toto.io/Statement/v1"}"#;
    let envelope = statement::envelope(said, Some(&key(1)));
    let (own, other) = (key(1).verifying_key(), key(2).verifying_key());
    let signed = |envelope: &[u8], said: &[u8], key| statement::check(envelope, said, key);
    assert!(signed(&envelope, said, Some(&own)).unwrap().by_given_key);
    assert!(!signed(&envelope, said, None).unwrap().by_given_key);
    assert!(signed(&envelope, said, Some(&other)).unwrap_err().contains("not signed by the given key"));
    assert!(signed(&envelope, b"{}", Some(&own)).unwrap_err().contains("says something else"));
    let unsigned = statement::envelope(said, None);
    assert!(signed(&unsigned, said, Some(&own)).unwrap_err().contains("not signed by the given key"));
    // The signature of another statement, under the id of the key.
    let text = String::from_utf8(envelope.clone()).unwrap();
    let of =
        |envelope: &[u8]| serde_json::from_slice::<Value>(envelope).unwrap()["signatures"][0]["sig"].clone();
    let foreign = of(&statement::envelope(b"{}", Some(&key(1))));
    let moved = text.replace(of(&envelope).as_str().unwrap(), foreign.as_str().unwrap());
    assert!(signed(moved.as_bytes(), said, Some(&own)).unwrap_err().contains("does not hold"));
    let typed = text.replace("application/vnd.in-toto+json", "application/json");
    assert!(signed(typed.as_bytes(), said, Some(&own)).unwrap_err().contains("no in-toto statement"));
    let spelled = text.trim_end();
    assert!(signed(spelled.as_bytes(), said, Some(&own)).unwrap_err().contains("not written as it would be"));
}

#[test]
fn evidence_without_its_statement_or_with_another_is_rejected() {
    let package = samples().remove(0);
    let mut without = package.clone();
    without.remove(STATEMENT);
    assert_rejected(without, "statement.dsse.json is not there");
    let mut other = package.clone();
    other.insert(STATEMENT.to_owned(), samples()[1][STATEMENT].clone());
    assert_rejected(other, "says something else than follows from the evidence");
    let own = key(3).verifying_key();
    let found = check(&package, NOTHING, Some(&own), FEW, Timestamp::now()).rejections;
    assert!(found.iter().any(|reason| reason.contains("not signed by the given key")), "{found:?}");
}
