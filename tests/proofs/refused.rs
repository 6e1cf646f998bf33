//! Questions over all targets of the catalogue: what is asked alone, what is asked together, and what no formula was
//! asked about since a layer refuses it, are all certified.

use ringfence_model::catalogue::Catalogue;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::prove::Prover;
use ringfence_solver::verdict::Verdict;
use ringfence_tests::generator::question::{Kind, random_query};

use super::Proofs;

#[test]
fn every_part_of_a_proof_over_many_targets_is_certified() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    // What the statements alone exclude is one formula; what has to be searched is several.
    for (index, kind, least) in [(0, Kind::Narrower, 1), (1, Kind::Narrower, 1), (9, Kind::Wider, 2)] {
        let question = random_query(catalogue, 2_026, index, 30, kind).unwrap();
        let proofs = Proofs::default();
        let mut plain = Prover::new(catalogue, &assumptions);
        let expected = plain.answer(&question.query, &question.subject);
        let mut prover = Prover::new(catalogue, &assumptions).observed(Some(&proofs));
        let verdict = prover.answer(&question.query, &question.subject);
        assert!(matches!(verdict, Verdict::Proved(_)), "{verdict:?}");
        assert_eq!(format!("{verdict:?}"), format!("{expected:?}"), "an observer changes no answer");
        assert!(proofs.accepted() >= least, "only {} proofs", proofs.accepted());
    }
}
