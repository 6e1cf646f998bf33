//! What proofs cost, on the sample organisation: printed with `--nocapture`.

use std::time::{Duration, Instant};

use ringfence_kernel::check;
use ringfence_solver::certify::{ProofLimits, certify};
use ringfence_solver::wildcard::Theory;

use super::mutations::acme;
use super::say;

fn spread<T: Ord + Copy + std::fmt::Debug>(mut values: Vec<T>) -> String {
    values.sort();
    let at = |percent: usize| values[(values.len() - 1) * percent / 100];
    format!("median {:?}, 90th percentile {:?}, greatest {:?}", at(50), at(90), at(100))
}

#[test]
fn the_same_formula_gives_the_same_proof() {
    let (mut finding, mut checking, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    let (mut clauses, mut lemmas, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    let mut used = Theory::new(60_000);
    let certificates = acme();
    assert!(certificates.len() >= 90, "only {} proofs", certificates.len());
    for certificate in &certificates {
        let start = Instant::now();
        let proof =
            certify(&certificate.formula, &certificate.assumed, &mut used, ProofLimits::default()).unwrap();
        finding.push(start.elapsed());
        assert!(proof.bytes == certificate.bytes, "a theory that met other questions gives other bytes");
        let start = Instant::now();
        let accepted = check(&proof.bytes).unwrap();
        checking.push(start.elapsed());
        bytes.push(proof.bytes.len());
        clauses.push(accepted.clauses);
        lemmas.push(accepted.lemmas);
        steps.push(accepted.steps);
    }
    say(&format!("{} proofs", certificates.len()));
    say(&format!("finding  {}, all {:?}", spread(finding.clone()), finding.iter().sum::<Duration>()));
    say(&format!("checking {}, all {:?}", spread(checking.clone()), checking.iter().sum::<Duration>()));
    say(&format!("bytes    {}", spread(bytes)));
    say(&format!("clauses  {}", spread(clauses)));
    say(&format!("lemmas   {}", spread(lemmas)));
    say(&format!("steps    {}", spread(steps)));
}
