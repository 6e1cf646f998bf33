//! Books that runs write: a run that goes by one alone says the same, and no other book is believed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ringfence_kernel as kernel;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::open_point::OpenPoint;
use ringfence_model::world::World;
use ringfence_solver::certificate::Level;
use ringfence_solver::certify::{NoProof, Proof};
use ringfence_solver::check::{Attached, CheckOptions, check_with};
use ringfence_solver::evidence::{Answers, ClosedBook, OpenBook, Written};
use ringfence_solver::formula::Openness;
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::prove::{Ledger, Question, Solved};
use ringfence_solver::report::Report;
use ringfence_solver::verdict::{Reason, Verdict, VerdictWord};
use ringfence_tests::checks::options;

use crate::worlds;

fn run(
    world: &World,
    configuration: &Configuration,
    options: &CheckOptions,
    ledger: Option<&dyn Ledger>,
) -> Report {
    let catalogue = Catalogue::embedded().unwrap();
    let models = ModelTable::embedded().unwrap();
    let attached = Attached { ledger, ..Attached::default() };
    check_with(world, catalogue, models, configuration, options, &|_| {}, attached)
}

/// What the report says of each guardrail and principal.
fn words(report: &Report) -> BTreeMap<(String, String), Verdict> {
    let of = |guardrail: &ringfence_solver::report::GuardrailResult| {
        let id = guardrail.id.clone();
        guardrail
            .results
            .iter()
            .map(move |result| ((id.clone(), result.principal.clone()), result.verdict.clone()))
            .collect::<Vec<_>>()
    };
    report.guardrails.iter().flat_map(of).collect()
}

/// The whole report but for how many formulas were solved.
fn bytes(report: &Report) -> String {
    format!("{:#?}", Report { classes: 0, ..report.clone() })
}

fn closed(written: &Written) -> ClosedBook {
    ClosedBook::new(written.answers.clone(), accepted(written), written.unproved.clone())
}

fn accepted(written: &Written) -> BTreeSet<String> {
    written
        .proofs
        .iter()
        .map(|(claim, proof)| {
            let checked = kernel::check(proof).unwrap();
            assert_eq!(checked.claim, *claim);
            checked.claim
        })
        .collect()
}

#[test]
fn a_run_that_goes_by_the_book_alone_says_the_same() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/organizations/acme");
    let (world, configuration) = (World::read_directory(&place).unwrap(), Configuration::default());
    // Over steps with `make test-all` alone, and by the program itself (tests/cli).
    let all = std::env::var_os("RINGFENCE_TEST_ALL").is_some();
    for steps in if all { vec![false, true] } else { vec![false] } {
        let options = CheckOptions { steps, ..options(2) };
        let plain = run(&world, &configuration, &options, None);
        let book = OpenBook::new();
        let writing = run(&world, &configuration, &options, Some(&book));
        let written = book.close();
        assert_eq!(written.unproved, BTreeMap::new());
        let by_the_book = run(&world, &configuration, &options, Some(&closed(&written)));
        assert!(bytes(&writing) == bytes(&by_the_book), "steps {steps}");
        let verdict_words = |report: &Report| {
            words(report).into_iter().map(|(key, verdict)| (key, verdict.word())).collect::<BTreeMap<_, _>>()
        };
        assert_eq!(verdict_words(&plain), verdict_words(&by_the_book));
        // Without proofs nothing is proved that rests on one.
        let nothing = ClosedBook::new(written.answers.clone(), BTreeSet::new(), BTreeMap::new());
        let without = run(&world, &configuration, &options, Some(&nothing));
        for (key, verdict) in words(&without) {
            let Verdict::Proved(certificate) = &verdict else { continue };
            assert!(certificate.claims.is_empty(), "{key:?}: {verdict:?}");
        }
        // Without answers nothing is found.
        let empty = ClosedBook::new(Answers::new(), accepted(&written), BTreeMap::new());
        let without = run(&world, &configuration, &options, Some(&empty));
        assert!(words(&without).values().all(|verdict| verdict.word() != VerdictWord::Refuted
            || matches!(verdict, Verdict::Refuted(witness) if witness.requests().is_empty())));
    }
}

/// Worlds of the corpus, by single requests: each eighth, but for `make test-all`.
#[test]
fn every_small_world_is_judged_alike_by_the_book() {
    let (mut proofs, mut unproved) = (0, BTreeMap::new());
    let all = std::env::var_os("RINGFENCE_TEST_ALL").is_some();
    let (step, least) = if all { (1, 600) } else { (8, 60) };
    for (directory, world, configuration, _) in worlds::all().step_by(step) {
        let book = OpenBook::new();
        let writing = run(&world, &configuration, &options(2), Some(&book));
        let written = book.close();
        let by_the_book = run(&world, &configuration, &options(2), Some(&closed(&written)));
        if written.unproved.is_empty() {
            assert!(bytes(&writing) == bytes(&by_the_book), "{}", directory.display());
        }
        proofs += written.proofs.len();
        unproved.extend(written.unproved);
    }
    assert!(proofs >= least && unproved.is_empty(), "{proofs} proofs, {unproved:#?}");
}

/// A book of somebody who means harm: the proofs are as they were, and of every other question it says why it is open as suits it.
#[derive(Debug)]
struct Lying<'b> {
    book: &'b ClosedBook,
    reason: Reason,
}

impl Ledger for Lying<'_> {
    fn is_closed(&self) -> bool {
        true
    }

    fn answer(&self, question: &Question) -> Option<Solved> {
        match self.book.answer(question) {
            Some(found @ Solved::Unsatisfiable { .. }) => Some(found),
            Some(Solved::Satisfiable { .. }) | None => Some(Solved::Satisfiable {
                candidates: Vec::new(),
                only_first_phase: false,
                otherwise: self.reason.clone(),
            }),
        }
    }

    fn note(&self, _: &Question, _: &Solved, _: &mut dyn FnMut() -> Result<Proof, NoProof>) {}

    fn claim(&self, question: &Question, core: &[usize]) -> Option<String> {
        self.book.claim(question, core)
    }

    fn level(&self) -> Level {
        self.book.level()
    }
}

#[test]
fn why_something_is_open_makes_no_proof() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    let mut worlds = vec![corpus.join("evidence/open-by-another-policy")];
    let designs = std::fs::read_dir(corpus.join("escalation/designs")).unwrap();
    let mut designs: Vec<_> = designs.map(|entry| entry.unwrap().path()).collect();
    designs.sort();
    let all = std::env::var_os("RINGFENCE_TEST_ALL").is_some();
    let some = designs.iter().step_by(if all { 1 } else { 4 });
    worlds.extend(some.flat_map(|design| ["fixed", "broken"].map(|twin| design.join(twin))));
    let options = CheckOptions { steps: true, ..options(2) };
    let reasons = [
        Reason::OpenMatters(vec![Openness::ResourcePolicies]),
        Reason::OpenMatters(vec![Openness::Point(OpenPoint(34))]),
        Reason::Limit("none".to_owned()),
    ];
    let mut open = 0;
    for place in worlds {
        let (world, configuration) = (World::read_directory(&place).unwrap(), Configuration::default());
        let book = OpenBook::new();
        let honest = words(&run(&world, &configuration, &options, Some(&book)));
        let book = closed(&book.close());
        open += honest.values().filter(|verdict| verdict.word() > VerdictWord::Proved).count();
        for reason in reasons.clone() {
            let lying = Lying { book: &book, reason };
            for (key, verdict) in words(&run(&world, &configuration, &options, Some(&lying))) {
                let was = honest[&key].word();
                let is_new = verdict.word() == VerdictWord::Proved && was > VerdictWord::Proved;
                assert!(!is_new, "{}: {key:?} was {was:?}: {lying:?}", place.display());
            }
        }
    }
    assert!(open >= 10, "only {open} verdicts were no proofs");
}
