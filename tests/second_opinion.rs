//! What other solvers say of the scripts of proofs: z3's own program and cvc5 are asked about every lemma, every skeleton, and
//! every claim without lemmas.
//!
//! Scripts of lemmas and skeletons must be unsatisfiable in both, in `make test-all` every one; in `make test` cvc5 has less
//! time, and may leave a few lemmas undecided. A claim as a whole is harder, and may stay undecided: the shares
//! that are decided are printed and may only become more. A script that everything is said in and that a solver
//! calls satisfiable is a disagreement, and fails the suite.

mod refused;
mod solvers;
mod texts;
mod values;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::check::{Attached, CheckOptions, check_with};
use ringfence_solver::evidence::OpenBook;
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::scripts::{self, Scripts};
use ringfence_tests::checks::options;

use crate::proofs::say;
use crate::worlds;
use solvers::{Answer, Limit, SOLVERS, Tools, without_source};

/// Committed: the greatest share of lemmas, in percent, that cvc5 does not decide within the short limit.
const UNDECIDED: usize = 20;
/// Committed: the least share of direct scripts, in percent, that each solver decides.
const DECIDED: [usize; 2] = [93, 93];

fn written(world: &World, configuration: &Configuration, options: &CheckOptions) -> Vec<Vec<u8>> {
    let (catalogue, models) = (Catalogue::embedded().unwrap(), ModelTable::embedded().unwrap());
    let book = OpenBook::new();
    let attached = Attached { ledger: Some(&book), ..Attached::default() };
    check_with(world, catalogue, models, configuration, options, &|_| {}, attached);
    book.close().proofs.into_values().collect()
}

/// The proofs of the sample organisation.
fn acme(steps: bool) -> Vec<Vec<u8>> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/organizations/acme");
    let world = World::read_directory(&place).unwrap();
    written(&world, &Configuration::default(), &CheckOptions { steps, ..options(2) })
}

/// The proofs of the small worlds of the corpus, by single requests.
fn small_worlds() -> Vec<Vec<u8>> {
    let proofs = worlds::all()
        .map(|(_, world, configuration, _)| written(&world, &configuration, &options(2)))
        .collect::<Vec<_>>();
    proofs.concat()
}

/// Scripts without those that differ in the claim's digest alone.
fn distinct<'a>(scripts: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let by_text: BTreeMap<String, &String> =
        scripts.into_iter().map(|script| (without_source(script), script)).collect();
    by_text.into_values().cloned().collect()
}

/// Asserts that both solvers call all scripts unsatisfiable; with the short limit cvc5 may leave so many of a hundred undecided.
fn all_unsatisfiable(tools: &Tools, what: &str, scripts: &[String], limit: Limit, percent: usize) {
    let start = Instant::now();
    let [z3, cvc5] = tools.ask(scripts, limit);
    let mut undecided = 0;
    for ((script, z3), cvc5) in scripts.iter().zip(z3).zip(cvc5) {
        assert_eq!(z3, Answer::Unsat, "z3, {what}:\n{script}");
        if limit == Limit::Short && cvc5 == Answer::Unknown {
            undecided += 1;
        } else {
            assert_eq!(cvc5, Answer::Unsat, "cvc5, {what}:\n{script}");
        }
    }
    say(&format!(
        "{} {what}, unsatisfiable for z3; for cvc5 but {undecided}; {:?}",
        scripts.len(),
        start.elapsed()
    ));
    assert!(undecided * 100 <= scripts.len() * percent, "{what}: {undecided} undecided");
}

/// How many of the direct scripts each solver decides.
fn decided(tools: &Tools, scripts: &[&Scripts]) -> [usize; 2] {
    let start = Instant::now();
    let texts: Vec<String> = scripts.iter().map(|scripts| scripts.direct.clone()).collect();
    let answers = tools.ask(&texts, Limit::Direct);
    let mut decided = [0, 0];
    for ((solver, answers), decided) in SOLVERS.iter().zip(&answers).zip(&mut decided) {
        for (scripts, answer) in scripts.iter().zip(answers) {
            match answer {
                Answer::Unsat => *decided += 1,
                Answer::Unknown => {}
                // What could not be said may be why.
                Answer::Sat if !scripts.direct_is_exact => {}
                Answer::Sat | Answer::Error(_) => panic!("{solver}: {answer:?}\n{}", scripts.direct),
            }
        }
        say(&format!("{solver} decides {decided} of {} direct scripts", scripts.len()));
    }
    say(&format!("direct scripts took {:?}", start.elapsed()));
    decided
}

fn second_opinion(what: &str, proofs: &[Vec<u8>], direct_step: usize) {
    let Some(tools) = Tools::find() else { return };
    let scripts: Vec<Scripts> = proofs.iter().map(|proof| scripts::of(proof).unwrap()).collect();
    let again: Vec<Scripts> = proofs.iter().map(|proof| scripts::of(proof).unwrap()).collect();
    assert!(scripts == again, "the same proof gives the same scripts");
    say(&format!("{what}: {} proofs", scripts.len()));
    let limit = if all() { Limit::Long } else { Limit::Short };
    all_unsatisfiable(
        &tools,
        "lemmas",
        &distinct(scripts.iter().flat_map(|scripts| &scripts.lemmas)),
        limit,
        UNDECIDED,
    );
    let skeletons = distinct(scripts.iter().map(|scripts| &scripts.skeleton));
    all_unsatisfiable(&tools, "skeletons", &skeletons, Limit::Long, 0);
    let asked: Vec<&Scripts> = scripts.iter().step_by(direct_step).collect();
    let decided = decided(&tools, &asked);
    for (decided, least) in decided.into_iter().zip(DECIDED) {
        assert!(decided * 100 >= asked.len() * least, "{what}: {decided} of {} are decided", asked.len());
    }
}

fn all() -> bool {
    std::env::var_os("RINGFENCE_TEST_ALL").is_some()
}

/// Each fourth claim as a whole, but for `make test-all`.
#[test]
fn other_solvers_agree_on_the_corpus() {
    let mut proofs = small_worlds();
    proofs.extend(acme(false));
    assert!(proofs.len() >= 700, "only {} proofs", proofs.len());
    second_opinion("single requests", &proofs, if all() { 1 } else { 4 });
}

/// With `make test-all` alone.
#[test]
fn other_solvers_agree_over_steps() {
    if !all() {
        return;
    }
    let proofs = acme(true);
    assert!(proofs.len() >= 3_000, "only {} proofs", proofs.len());
    second_opinion("steps", &proofs, 1);
}
