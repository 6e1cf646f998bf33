//! The clause-learning solver on formulas of flags alone: it finds a proof exactly if no values make the formula true.

use ringfence_kernel::check;
use ringfence_solver::certify::{NoProof, ProofLimits, certify};
use ringfence_solver::formula::Formula;
use ringfence_solver::term::{Term, Terms};
use ringfence_solver::wildcard::Theory;
use ringfence_tests::generator::random::Random;

/// A formula of so many flags, and the flags.
fn flags(count: usize) -> (Formula, Vec<Term>) {
    let mut formula = Formula::default();
    let flags = (0..count).map(|index| formula.flag(&format!("{index}")).1).collect();
    (formula, flags)
}

/// A clause as the flags that must be true or false.
type Clause = Vec<(usize, bool)>;

fn random_clauses(random: &mut Random, variables: usize, count: usize, width: usize) -> Vec<Clause> {
    let all: Vec<usize> = (0..variables).collect();
    let clause =
        |_| random.pick_some(&all, width).into_iter().map(|flag| (flag, random.chance(50))).collect();
    (0..count).map(clause).collect()
}

fn assert_all(formula: &mut Formula, flags: &[Term], clauses: &[Clause]) {
    for clause in clauses {
        let literals: Vec<Term> = clause
            .iter()
            .map(|(flag, positive)| if *positive { flags[*flag] } else { formula.terms.not(flags[*flag]) })
            .collect();
        let clause = formula.terms.or(literals);
        formula.assert(clause);
    }
}

/// The steps of the proof; none if there is a model.
fn steps(formula: &Formula) -> Option<usize> {
    match certify(formula, &[], &mut Theory::new(1_000), ProofLimits::default()) {
        Ok(proof) => Some(check(&proof.bytes).unwrap().steps),
        Err(NoProof::Model(_)) => None,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn random_clauses_are_refuted_exactly_if_no_values_fulfil_them() {
    const FLAGS: usize = 10;
    let [mut refuted, mut fulfilled] = [0; 2];
    for case in 0..400 {
        let mut random = Random::new(3).part(case);
        let count = random.between(30, 60);
        let clauses = random_clauses(&mut random, FLAGS, count, 3);
        let (mut formula, flags) = flags(FLAGS);
        assert_all(&mut formula, &flags, &clauses);
        let fits = |values: usize| {
            clauses
                .iter()
                .all(|clause| clause.iter().any(|(flag, positive)| ((values >> flag) & 1 == 1) == *positive))
        };
        let possible = (0..1 << FLAGS).any(fits);
        assert_eq!(steps(&formula).is_none(), possible, "case {case}");
        if possible { fulfilled += 1 } else { refuted += 1 }
    }
    assert!(refuted >= 100 && fulfilled >= 100, "{refuted} refuted, {fulfilled} fulfilled");
}

#[test]
fn long_refutations_are_accepted() {
    for case in 0..3 {
        let mut random = Random::new(4).part(case);
        let clauses = random_clauses(&mut random, 90, 540, 3);
        let (mut formula, flags) = flags(90);
        assert_all(&mut formula, &flags, &clauses);
        let steps = steps(&formula);
        assert!(steps.is_some_and(|steps| steps > 50), "case {case}: {steps:?} steps");
    }
}

/// So many pigeons, each in one of the holes, no two in one.
fn pigeons(pigeons: usize, holes: usize) -> Formula {
    let (mut formula, flags) = flags(pigeons * holes);
    let place = |pigeon: usize, hole: usize| pigeon * holes + hole;
    let mut clauses: Vec<Clause> =
        (0..pigeons).map(|pigeon| (0..holes).map(|hole| (place(pigeon, hole), true)).collect()).collect();
    for hole in 0..holes {
        for left in 0..pigeons {
            clauses
                .extend((0..left).map(|right| vec![(place(left, hole), false), (place(right, hole), false)]));
        }
    }
    assert_all(&mut formula, &flags, &clauses);
    formula
}

#[test]
fn one_pigeon_too_many_is_refuted_and_as_many_as_holes_are_not() {
    assert!(steps(&pigeons(7, 6)).is_some_and(|steps| steps > 100));
    assert_eq!(steps(&pigeons(6, 6)), None);
}

#[test]
fn a_choice_has_exactly_one_of_its_values() {
    for values in [2, 5, 6, 17] {
        let mut formula = Formula::default();
        let choice = formula.choice("choice", values);
        let each: Vec<Term> = (0..values).map(|value| formula.chosen(choice, value)).collect();
        let with = |formula: &Formula, terms: &[Term]| {
            let mut formula = formula.clone();
            for term in terms {
                formula.assert(*term);
            }
            steps(&formula)
        };
        let negated: Vec<Term> = each.iter().map(|term| formula.terms.not(*term)).collect();
        assert!(with(&formula, &negated).is_some(), "one of {values} must be chosen");
        assert_eq!(with(&formula, &negated[1..]), None);
        // A value that does not occur may be the one.
        let mut fewer = Formula::default();
        let choice = fewer.choice("choice", values);
        let not = fewer.chosen(choice, 0);
        let not = fewer.terms.not(not);
        assert_eq!(with(&fewer, &[not]), None);
        for left in 0..values as usize {
            let right = (left + 1) % values as usize;
            assert!(with(&formula, &[each[left], each[right]]).is_some(), "two of {values} cannot be chosen");
            assert_eq!(with(&formula, &[each[left]]), None);
        }
    }
}

#[test]
fn a_false_assertion_is_its_own_proof() {
    let (mut formula, _) = flags(1);
    assert_eq!(steps(&formula), None);
    formula.assert(Terms::FALSE);
    assert_eq!(steps(&formula), Some(1));
}
