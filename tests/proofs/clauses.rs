//! The clause-learning solver on formulas of flags and choices: it finds a proof exactly if no values make the formula true,
//! and Z3 says the same.

use ringfence_kernel::check;
use ringfence_solver::backend::Literal;
use ringfence_solver::certify::{NoProof, ProofLimits, certify};
use ringfence_solver::formula::Formula;
use ringfence_solver::search::{Limits, Outcome, Proposals, Search};
use ringfence_solver::term::{Atom, Flag, Term, Terms};
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

/// A choice without values says nothing: such are made of callers that nobody is.
#[test]
fn a_choice_without_values_is_no_contradiction() {
    let (mut formula, flags) = flags(1);
    formula.choice("nobody", 0);
    formula.assert(flags[0]);
    assert_eq!(steps(&formula), None);
    for proposals in [Proposals::Own, Proposals::Z3] {
        let outcome = decide(&mut formula.clone(), &[], proposals);
        assert!(matches!(outcome, Outcome::Sat(_)), "{outcome:?}");
    }
}

fn decide(formula: &mut Formula, assumptions: &[Literal], proposals: Proposals) -> Outcome {
    let mut theory = Theory::new(1_000);
    let limits = Limits { proposals, ..Limits::default() };
    Search::new(formula, &mut theory, limits).prove(assumptions)
}

/// Our own solver and Z3 say the same of flags and choices, under any assumptions, one question after the other in one search;
/// what propagation alone refutes is unsatisfiable.
#[test]
fn both_solvers_say_the_same_of_flags_and_choices() {
    const FLAGS: usize = 8;
    let [mut sat, mut unsat, mut folded, mut asked] = [0; 4];
    for case in 0..300 {
        let mut random = Random::new(11).part(case);
        let (mut formula, mut terms) = flags(FLAGS);
        for (index, count) in [0_u32, 1, 3, 9].into_iter().enumerate() {
            let choice = formula.choice(&format!("choice {index}"), count);
            // Some values are named by no clause.
            for value in 0..count {
                if random.chance(70) {
                    terms.push(formula.chosen(choice, value));
                }
            }
        }
        let count = random.between(20, 60);
        let clauses = random_clauses(&mut random, terms.len(), count, 3);
        assert_all(&mut formula, &terms, &clauses);
        let mut by_own = formula.clone();
        let mut theory = Theory::new(1_000);
        let mut own = Search::new(&mut by_own, &mut theory, Limits::default());
        for _ in 0..6 {
            let assumptions: Vec<Literal> = (0..random.below(4))
                .map(|_| {
                    let flag = Atom::Flag(Flag(u32::try_from(random.below(FLAGS)).unwrap()));
                    Literal::new(formula.terms.atom_id(flag), random.chance(50))
                })
                .collect();
            let found = own.prove(&assumptions);
            let other = decide(&mut formula.clone(), &assumptions, Proposals::Z3);
            match (&found, &other) {
                (Outcome::Sat(_), Outcome::Sat(_)) => sat += 1,
                (Outcome::Unsat(_), Outcome::Unsat(_)) => unsat += 1,
                _ => panic!("{found:?} and {other:?}"),
            }
        }
        folded += own.statistics().folded;
        asked += own.statistics().z3_checks;
    }
    assert!(sat > 300 && unsat > 300 && folded > 50 && asked > 50, "{sat} {unsat} {folded} {asked}");
}
