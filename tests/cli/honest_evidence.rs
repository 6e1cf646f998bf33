//! Random organisations: the evidence that a command leaves of its answers is accepted, whatever they are.
//!
//! Evidence is rejected where a claim and the evaluator differ, where a proof is not one, and where the same run says something else the
//! second time; so this holds encoder, certificates and evaluator against each other where nobody chose what to look at.

use std::env;
use std::fs;

use ringfence_tests::generator::varied::VariedWorld;
use serde_json::Value;

use super::harness::{Folder, Run};

/// So many worlds are drawn in `make test`, `RINGFENCE_CASES` times as many where it is set, from `RINGFENCE_SEED` on.
const CASES: u64 = 24;
/// The first world.
const FIRST: u64 = 0;
/// Worlds of which evidence was rejected once, or took minutes.
const ONCE_WRONG: [u64; 7] = [4_008, 20_098, 20_187, 20_198, 20_457, 20_599, 30_604];
/// Committed: of these many worlds there are at least so many proofs, closed sets, refutations that come out again, and claims of which every
/// combination was compared.
const LEAST: [u64; 4] = [400, 6, 120, 200];

const DAY: &str = "2026-11-26";

/// What is asked about the world of a seed.
fn questions(seed: u64) -> Vec<&'static str> {
    let design = "arn:aws:iam::111122223333:policy/bd";
    match seed % 12 {
        0..6 => vec!["check", ".", "--one-step"],
        6 => vec!["check", "."],
        7 => vec!["paths", "--world", "."],
        8 | 9 => vec!["boundary", design, "--one-step", "--guardrails-only", "--world", "."],
        _ => vec!["can", "--batch", "questions.jsonl", "--world", "."],
    }
}

/// The totals of one world, or what is wrong.
fn judged(seed: u64, folder: &Folder) -> Result<[u64; 4], String> {
    let varied = VariedWorld::new(seed);
    varied.world.write(folder.path()).unwrap();
    folder.write("questions.jsonl", &varied.questions);
    let asked = questions(seed);
    let leave = ["--today", DAY, "--evidence", "evidence.tar.gz", "-o", "json"];
    let answered = folder.run(&[&asked[..], &leave].concat());
    let says = |what: &str, run: &Run| format!("{what}: {}\n{}{}", asked.join(" "), run.stdout, run.stderr);
    if answered.code == 2 {
        return Err(says("no answer", &answered));
    }
    for sign in ["internal-disagreement", "two engines disagree", "internal defect"] {
        if answered.stdout.contains(sign) {
            return Err(says(sign, &answered));
        }
    }
    let verified = folder.run(&["verify", "evidence.tar.gz", "--inputs", ".", "-o", "json"]);
    let found = verified.json();
    let rejected = found["rejections"].as_array().is_none_or(|all| !all.is_empty());
    let expected = if found["believed"] == 0 { 0 } else { 3 };
    if rejected || verified.code != expected {
        return Err(says(&format!("verify ends with {}", verified.code), &verified));
    }
    // Where there are no claims none were compared, and nothing is said of it.
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    Ok([
        count(&found["proofs"]),
        count(&found["closedSets"]),
        count(&found["same"]["refutations"]),
        count(&found["comparedWithEvaluator"]["whole"]),
    ])
}

#[test]
fn evidence_of_random_organisations_is_accepted() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (first, times) = (number("RINGFENCE_SEED").unwrap_or(FIRST), number("RINGFENCE_CASES").unwrap_or(1));
    let mut totals = [0; 4];
    for seed in (first..first + CASES * times).chain(ONCE_WRONG) {
        let folder = Folder::new();
        match judged(seed, &folder) {
            Ok(counted) => totals.iter_mut().zip(counted).for_each(|(total, one)| *total += one),
            Err(why) => {
                // The start of an answer says what it is about; the world can be had again.
                let short: String = why.chars().take(4_000).collect();
                panic!("seed {seed} (`generate-world DIRECTORY --varied --seed {seed}`): {short}");
            }
        }
        fs::remove_dir_all(folder.path()).unwrap();
    }
    assert!(totals.iter().zip(LEAST).all(|(total, least)| *total >= least), "{totals:?}");
}
