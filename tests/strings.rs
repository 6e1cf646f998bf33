//! The same queries wholly in Z3's theory of sequences: the same answer or unknown, never the opposite.

use std::path::Path;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::world::World;
use ringfence_solver::backend::Encoding;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::principals;
use ringfence_solver::prove::Prover;
use ringfence_solver::query::{Goal, Query};
use ringfence_solver::search::Limits;
use ringfence_solver::theorem::invoke::{ModelIds, targets};

use crate::proofs::Proofs;

#[test]
fn acme_gets_the_same_answers_from_z3s_own_strings() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/organizations/acme");
    let world = World::read_directory(&directory).unwrap();
    let catalogue = Catalogue::embedded().unwrap();
    let configuration = Configuration::default();
    let ids = ModelIds::of(configuration.models.get("expensive").unwrap(), ModelTable::embedded().unwrap());
    let query = Query {
        targets: targets(catalogue, &ids, "aws").direct,
        goal: Goal::Allowed,
        context: None,
        as_of: None,
    };
    let assumptions = Assumptions::new();
    let proofs = Proofs::default();
    let mut theory = Prover::new(catalogue, &assumptions).observed(Some(&proofs));
    let limits = Limits { encoding: Encoding::Strings, ..Limits::default() };
    let mut strings = Prover::with_limits(catalogue, &assumptions, limits);
    let (mut agreed, mut asked) = (0, 0);
    // All of them in `make test-all`.
    let step = if std::env::var_os("RINGFENCE_TEST_ALL").is_some() { 1 } else { 8 };
    for (account, principal) in world.principals().step_by(step) {
        let subject = principals::subject(&world, account, principal);
        let expected = theory.is_impossible(&query, &subject);
        let found = strings.satisfiability(&query, &subject);
        asked += 1;
        if let Some(satisfiable) = found {
            assert_eq!(satisfiable, !expected, "{}", subject.arn);
            agreed += 1;
        }
    }
    assert!(asked >= 11 && agreed * 2 > asked, "{agreed} of {asked} decided");
    assert!(proofs.accepted() >= 5, "only {} proofs", proofs.accepted());
}
