//! Scripts say no more than their claims: values that make a formula true, and its claim false therefore, satisfy the direct script.
//! And what is said exactly is said in full: other values do not.
//!
//! The values are tried by `Interpretation`, which knows nothing of scripts, and reads texts by itself.

use ringfence_kernel::{Atom, Claim, Kind};
use ringfence_solver::certify::{ProofLimits, certify, claim};
use ringfence_solver::decimal::Decimal;
use ringfence_solver::formula::Formula;
use ringfence_solver::interpretation::Interpretation;
use ringfence_solver::scripts::{self, direct};
use ringfence_solver::text::{parse_address, parse_instant};
use ringfence_solver::wildcard::Theory;
use ringfence_tests::generator::random::Random;

use super::solvers::{Answer, Limit, SOLVERS, Tools, with};
use super::{all_unsatisfiable, distinct};
use crate::proofs::meanings::Maker;
use crate::proofs::say;

/// Committed: of how many lemmas of a hundred cvc5 may not tell. What one text reads as in two ways is hard for it.
const UNDECIDED: usize = 20;

/// A random formula, as `proofs::meanings` makes them.
fn maker(seed: u64, case: u64) -> Maker {
    let mut maker = Maker::new(Random::new(seed).part(case));
    let depth = maker.random.pick(&[0, 0, 1, 2, 3]);
    for _ in 0..maker.random.between(2, 7) {
        let term = maker.term(depth);
        maker.formula.assert(term);
    }
    maker
}

/// That the symbols of the script have these values.
fn pins(formula: &Formula, claim: &Claim, script: &str, values: &Interpretation) -> Vec<String> {
    let mut pins = Vec::new();
    for (number, attribute) in claim.attributes.iter().enumerate() {
        let place = formula.attributes.iter().position(|info| info.name == attribute.name).unwrap();
        let text = &values.texts[place];
        assert!(
            text.chars().all(|character| (' '..='~').contains(&character) && !"\"\\".contains(character))
        );
        if script.contains(&format!("(declare-const text-{number} ")) {
            pins.push(format!("(= text-{number} \"{text}\")"));
        }
        for kind in [Kind::Number, Kind::Instant] {
            let (word, value) = match kind {
                Kind::Number => ("number", Decimal::parse(text)),
                _ => ("instant", parse_instant(text)),
            };
            if script.contains(&format!("(declare-const {word}-{number} ")) {
                pins.push(match value {
                    None => format!("(not reads-{word}-{number})"),
                    Some(value) => {
                        let (numerator, denominator) = value.as_fraction();
                        let size = numerator.trim_start_matches('-');
                        let size = format!("(/ {size}.0 {denominator}.0)");
                        let value = if numerator.starts_with('-') { format!("(- {size})") } else { size };
                        format!("(and reads-{word}-{number} (= {word}-{number} {value}))")
                    }
                });
            }
        }
        if script.contains(&format!("(declare-const v4-{number} ")) {
            pins.push(match parse_address(text) {
                None => format!("(not reads-address-{number})"),
                Some((v6, bits)) => {
                    let reads = format!("reads-address-{number}");
                    if v6 {
                        format!("(and {reads} is-v6-{number} (= v6-{number} #x{bits:032x}))")
                    } else {
                        format!("(and {reads} (not is-v6-{number}) (= v4-{number} #x{bits:08x}))")
                    }
                }
            });
        }
    }
    for (atom, variable) in claim.atoms.iter().zip(1..) {
        let number = |name: &str| name.split(' ').next().unwrap().parse::<usize>().unwrap();
        let holds = match atom {
            Atom::Flag(name) => values.flags[number(name)],
            Atom::Chosen(name, value) => values.choices[number(name)] == *value,
            _ => continue,
        };
        if script.contains(&format!("(declare-const variable-{variable} ")) {
            pins.push(if holds {
                format!("variable-{variable}")
            } else {
                format!("(not variable-{variable})")
            });
        }
    }
    pins
}

#[test]
fn scripts_hold_of_the_values_of_which_the_formula_does() {
    let Some(tools) = Tools::find() else { return };
    let (mut texts, mut expected) = (Vec::new(), Vec::new());
    for case in 0..500 {
        let mut maker = maker(7, case);
        let values: Vec<Interpretation> = (0..40).filter_map(|_| maker.values()).collect();
        let claim = claim(&maker.formula, &[]);
        let (script, is_exact) = direct(&claim, "0").unwrap();
        let holds = |values: &&Interpretation| values.all(&maker.formula, &maker.formula.assertions);
        let fits = values.iter().find(holds);
        let others = values.iter().filter(|values| !holds(values)).take(2);
        for values in fits.into_iter().chain(others) {
            texts.push(with(&script, &pins(&maker.formula, &claim, &script, values)));
            expected.push((holds(&values), is_exact));
        }
    }
    let answers = tools.ask(&texts, Limit::Direct);
    for (solver, answers) in SOLVERS.iter().zip(answers) {
        let (mut satisfied, mut excluded) = (0, 0);
        for ((script, answer), (holds, is_exact)) in texts.iter().zip(answers).zip(&expected) {
            match (answer, holds) {
                (Answer::Sat, true) => satisfied += 1,
                (Answer::Unsat, false) => excluded += 1,
                (Answer::Unknown, _) => {}
                (Answer::Sat, false) if !is_exact => {}
                (answer, _) => panic!("{solver}: {answer:?}, though the formula is {holds}\n{script}"),
            }
        }
        say(&format!("{solver}: {} pinned scripts, {satisfied} satisfied, {excluded} excluded", texts.len()));
        assert!(satisfied >= 100 && excluded >= 300, "{solver}: {satisfied} satisfied, {excluded} excluded");
    }
}

#[test]
fn other_solvers_agree_on_random_formulas() {
    let Some(tools) = Tools::find() else { return };
    let (mut lemmas, mut skeletons) = (Vec::new(), Vec::new());
    for case in 0..1_000 {
        let maker = maker(1, case);
        let proof = certify(&maker.formula, &[], &mut Theory::new(10_000), ProofLimits::default());
        let Ok(proof) = proof else { continue };
        let scripts = scripts::of(&proof.bytes).unwrap();
        lemmas.extend(scripts.lemmas);
        skeletons.push(scripts.skeleton);
    }
    assert!(lemmas.len() >= 100 && skeletons.len() >= 100, "{} {}", lemmas.len(), skeletons.len());
    all_unsatisfiable(&tools, "random lemmas", &distinct(&lemmas), Limit::Short, UNDECIDED);
    all_unsatisfiable(&tools, "random skeletons", &distinct(&skeletons), Limit::Long, 0);
}
