//! Scripts with less in them than a proof needs: solvers find that they can be satisfied.

use std::collections::BTreeMap;

use ringfence_kernel::{Claim, Derivation, Lemma};
use ringfence_solver::scripts::{ScriptError, lemma, of, skeleton};

use super::acme;
use super::solvers::{Answer, Limit, Tools, without_source};
use crate::proofs::say;

fn read(proof: &[u8]) -> (Claim, Derivation) {
    let mut lines = proof.split(|byte| *byte == b'\n').map(<[u8]>::to_vec);
    let claim = serde_json::from_slice(&lines.next().unwrap()).unwrap();
    (claim, serde_json::from_slice(&lines.next().unwrap()).unwrap())
}

/// How many of the scripts both solvers call satisfiable; neither contradicts the other.
fn satisfiable(tools: &Tools, scripts: &[String]) -> usize {
    let [z3, cvc5] = tools.ask(scripts, Limit::Long);
    for ((script, left), right) in scripts.iter().zip(&z3).zip(&cvc5) {
        assert!(left == right, "z3 {left:?}, cvc5 {right:?}:\n{script}");
    }
    z3.iter().filter(|answer| **answer == Answer::Sat).count()
}

#[test]
fn lemmas_need_all_their_literals() {
    let Some(tools) = Tools::find() else { return };
    let mut scripts = BTreeMap::new();
    for proof in acme(false) {
        let (claim, derivation) = read(&proof);
        for found in derivation.lemmas {
            for place in 0..found.clause.len() {
                let mut clause = found.clause.clone();
                clause.remove(place);
                let less = Lemma { clause, reason: found.reason.clone() };
                let script = lemma(&claim, &derivation.claim, 0, &less).unwrap();
                scripts.insert(without_source(&script), script);
            }
        }
    }
    let scripts: Vec<String> = scripts.into_values().take(150).collect();
    let found = satisfiable(&tools, &scripts);
    say(&format!("{found} of {} lemmas with a literal less can be false", scripts.len()));
    assert!(scripts.len() >= 100 && found == scripts.len(), "{found} of {}", scripts.len());
}

#[test]
fn skeletons_need_lemmas_and_clauses() {
    let Some(tools) = Tools::find() else { return };
    let mut scripts = [BTreeMap::new(), BTreeMap::new()];
    for proof in acme(false) {
        let (claim, derivation) = read(&proof);
        let lemmas: Vec<Vec<i32>> = derivation.lemmas.iter().map(|lemma| lemma.clause.clone()).collect();
        let mut add = |which: usize, claim: &Claim, lemmas: &[Vec<i32>]| {
            let script = skeleton(claim, &derivation.claim, lemmas).unwrap();
            scripts[which].insert(without_source(&script), script);
        };
        for place in 0..lemmas.len() {
            let mut fewer = lemmas.clone();
            fewer.remove(place);
            add(0, &claim, &fewer);
        }
        // Unit clauses are the restrictions that the proof assumes, each of which it needs.
        for place in 0..claim.clauses.len() {
            if claim.clauses[place].len() == 1 {
                let mut fewer = claim.clone();
                fewer.clauses.remove(place);
                add(1, &fewer, &lemmas);
            }
        }
    }
    for (what, scripts) in ["lemma", "unit clause"].into_iter().zip(scripts) {
        let scripts: Vec<String> = scripts.into_values().take(200).collect();
        let found = satisfiable(&tools, &scripts);
        say(&format!("{found} of {} skeletons without a {what} can be satisfied", scripts.len()));
        assert!(found >= 20 && found * 2 >= scripts.len(), "{what}: {found} of {}", scripts.len());
    }
}

#[test]
fn what_is_no_proof_has_no_scripts() {
    let proof = acme(false).into_iter().find(|proof| !of(proof).unwrap().lemmas.is_empty()).unwrap();
    let (claim, derivation) = read(&proof);
    let written = |claim: &Claim| {
        let line = serde_json::to_string(claim).unwrap();
        let digest = ringfence_kernel::digest(line.as_bytes());
        let derivation = serde_json::to_string(&Derivation { claim: digest, ..derivation.clone() }).unwrap();
        of(format!("{line}\n{derivation}\n").as_bytes())
    };
    assert_eq!(written(&claim), of(&proof));
    assert!(matches!(of(b""), Err(ScriptError::NotAProof(_))));
    assert!(matches!(of(b"{}\n{}\n"), Err(ScriptError::NotAProof(_))));
    let other = String::from_utf8(proof).unwrap().replacen("restriction", "restrictions", 1);
    assert_eq!(of(other.as_bytes()), Err(ScriptError::OtherClaim));
    let without_languages = Claim { languages: Vec::new(), ..claim.clone() };
    assert!(matches!(written(&without_languages), Err(ScriptError::NoLanguage(_))));
    let without_attributes = Claim { attributes: Vec::new(), ..claim.clone() };
    assert!(matches!(written(&without_attributes), Err(ScriptError::NoAttribute(_))));
    let fewer_variables = Claim { variables: 1, ..claim };
    assert!(matches!(written(&fewer_variables), Err(ScriptError::NoVariable(_))));
}
