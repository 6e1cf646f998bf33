//! The same queries wholly in Z3's theory of sequences: the same answer or unknown, never the opposite.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prop_oneof;
use proptest::sample::select;
use proptest::strategy::{Just, Strategy};
use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_model::request::Decision;
use ringfence_model::world::World;
use ringfence_solver::backend::z3::strings::{Answer, decide};
use ringfence_solver::backend::{Encoding, Literal};
use ringfence_solver::encode::Assumptions;
use ringfence_solver::formula::{Domain, Formula};
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::interpretation::Interpretation;
use ringfence_solver::principals;
use ringfence_solver::prove::Prover;
use ringfence_solver::query::{Goal, Query};
use ringfence_solver::resource_side::ResourceSides;
use ringfence_solver::search::Limits;
use ringfence_solver::term::{Atom, Attribute, TemplateForm, TemplatePart};
use ringfence_solver::theorem::invoke::targets;
use ringfence_solver::theorem::models::ModelIds;
use ringfence_solver::wildcard::{Language, Theory};
use serde_json::Value;

use crate::corpus;
use crate::differential::case;
use crate::engines::{Mode, Scenario, Solved, encoded};
use crate::proofs::{self, Proofs};
use crate::random;
use crate::soundness;

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
    let resources = Arc::new(ResourceSides::of(&world));
    // All of them in `make test-all`.
    let step = if std::env::var_os("RINGFENCE_TEST_ALL").is_some() { 1 } else { 8 };
    for (account, principal) in world.principals().step_by(step) {
        let subject = principals::subject(&world, &resources, account, principal);
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

/// How the answers of Z3's strings stood to those of the wildcard theory.
#[derive(Debug, Default)]
struct Answers {
    same: Cell<u32>,
    unknown: Cell<u32>,
}

impl Answers {
    fn count(&self, known: bool) {
        let counter = if known { &self.same } else { &self.unknown };
        counter.set(counter.get() + 1);
    }
}

#[test]
fn the_corpus_gets_the_same_answers_from_z3s_own_strings() {
    let catalogue = Catalogue::embedded().unwrap();
    let mut theory = Theory::new(60_000);
    let answers = Answers::default();
    for case in &corpus::cases() {
        let scenario = Scenario::new(&case.request, &case.policies, catalogue).unwrap();
        let exactly = scenario.exactly(catalogue);
        let queries = [Some(scenario.pinned_query()), scenario.demanding_query(exactly, catalogue)];
        for (query, free) in queries.into_iter().zip([false, true]) {
            let Some(query) = query else { continue };
            let encoded = encoded(&query, &scenario, catalogue, &mut theory);
            let open = !encoded.formula.uncertain.is_empty();
            let modes: &[Mode] =
                if open { &[Mode::Evaluator, Mode::Lower, Mode::Upper] } else { &[Mode::Evaluator] };
            for mode in modes.iter().copied() {
                let call = if free { Scenario::call_evaluated } else { Scenario::evaluated };
                let allowed = call(&scenario, catalogue, mode).unwrap() == Decision::Allow;
                let found = scenario.solved_by_strings(&encoded, mode, &mut theory);
                let opposite = if allowed { Solved::NotAllowed } else { Solved::Allowed };
                assert_ne!(found, opposite, "{}, free keys: {free}, {mode:?}", case.name);
                answers.count(!matches!(found, Solved::Unknown(_)));
            }
        }
    }
    proofs::say(&format!("the corpus: {answers:?}"));
    assert!(answers.same.get() >= 700 && answers.unknown.get() <= 20, "{answers:?}");
}

#[test]
fn random_queries_get_the_same_answers_from_z3s_own_strings() {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let answers = Answers::default();
    let satisfiable = Cell::new(0_u32);
    random::run_cheap("strings", (1_300, 100), &case(), Value::to_string, |mut case| {
        // Small ones: past a few patterns Z3's strings give up.
        let policies = case["policies"].as_object_mut().unwrap();
        policies.remove("serviceControl");
        for document in policies.values_mut().filter_map(Value::as_array_mut).flatten() {
            if let Some(statements) = document.get_mut("Statement").and_then(Value::as_array_mut) {
                statements.truncate(2);
            }
        }
        let Some(scenario) = soundness::scenario(&case, catalogue)? else { return Ok(()) };
        let mut query = soundness::reach(&scenario, catalogue);
        query.targets.truncate(1);
        let limits = Limits { encoding: Encoding::Strings, ..Limits::default() };
        let theory = Prover::new(catalogue, &assumptions).satisfiability(&query, &scenario.subject);
        let strings =
            Prover::with_limits(catalogue, &assumptions, limits).satisfiability(&query, &scenario.subject);
        if let (Some(theory), Some(strings)) = (theory, strings) {
            if theory != strings {
                return Err(format!("the theory says {theory}, the strings {strings}"));
            }
            satisfiable.set(satisfiable.get() + u32::from(theory));
        }
        answers.count(theory.is_some() && strings.is_some());
        Ok(())
    });
    proofs::say(&format!("random queries: {answers:?}, {} satisfiable", satisfiable.get()));
    let (same, satisfiable) = (answers.same.get(), satisfiable.get());
    assert!(
        same > 500 && (same / 5..same * 4 / 5).contains(&satisfiable),
        "{answers:?}, {satisfiable} satisfiable"
    );
}

/// A literal's atom about three attributes.
fn atom() -> impl Strategy<Value = AtomPlan> {
    let attribute = || 0..3_u32;
    let text = || select(vec!["a", "b", "aB", "A", ":", "::", "a:b", "", "-"]);
    let pattern = || select(vec!["*", "?", "a*", "*b", "?*", ":*", "*:", "a?", "::::", "a:*:b:", "*:*:*:*:"]);
    let part = prop_oneof![
        3 => attribute().prop_map(|attribute| TemplatePart::Value(Attribute(attribute))),
        2 => text().prop_map(|text| TemplatePart::Literal(text.to_owned())),
        3 => prop_oneof![text(), pattern()].prop_map(|text| TemplatePart::Pattern(text.to_owned())),
    ];
    let form =
        select(vec![TemplateForm::Text, TemplateForm::Pattern, TemplateForm::Pattern, TemplateForm::Arn]);
    let glob = vec(select(vec!["a", "B", "b", ":", "*", "?"]), 0..5).prop_map(|parts| parts.concat());
    prop_oneof![
        5 => (attribute(), vec(part, 1..5), form, proptest::bool::weighted(0.2))
            .prop_map(|(attribute, parts, form, fold)| AtomPlan::Template(attribute, parts, form, fold)),
        2 => (attribute(), glob).prop_map(|(attribute, glob)| AtomPlan::Matches(attribute, glob)),
        1 => (attribute(), attribute()).prop_map(|(left, right)| AtomPlan::Equal(left, right)),
    ]
}

#[derive(Clone, Debug)]
enum AtomPlan {
    Template(u32, Vec<TemplatePart>, TemplateForm, bool),
    Matches(u32, String),
    Equal(u32, u32),
}

fn text() -> impl Strategy<Value = String> {
    let any = vec(select(vec!["a", "b", ":", "A", "*", "\u{1F600}", "\u{0}", "é"]), 0..5)
        .prop_map(|parts| parts.concat());
    let arn = vec(select(vec!["a", "b", "", "ab"]), 6..9).prop_map(|parts| parts.join(":"));
    prop_oneof![3 => any, 1 => arn, 1 => Just("a:b:a:b:a:ab".to_owned())]
}

/// Whatever is true of some texts, Z3's strings must not call it a conflict; and the texts that they find should be
/// right, but for what they could not be told.
#[test]
fn what_is_true_of_some_texts_is_no_conflict() {
    let [found, right, wrong]: [Cell<u32>; 3] = Default::default();
    let cases = (vec(text(), 3..4), vec(atom(), 1..5), vec(proptest::bool::ANY, 5..6));
    random::run(
        "conflicts",
        500,
        &cases,
        |case| format!("{case:?}"),
        |(texts, plans, signs)| {
            let mut formula = Formula::default();
            for name in ["x", "y", "z"] {
                formula.attribute(name, Domain::Text(None));
            }
            let interpretation = Interpretation { texts, ..Interpretation::default() };
            let mut literals = Vec::new();
            let mut random = Vec::new();
            for (plan, sign) in plans.into_iter().zip(signs) {
                let atom = match plan {
                    AtomPlan::Template(attribute, parts, form, fold) => Atom::MatchesTemplate {
                        attribute: Attribute(attribute),
                        parts,
                        ignore_case: fold && form != TemplateForm::Arn,
                        form,
                    },
                    AtomPlan::Matches(attribute, glob) => {
                        Atom::Matches(Attribute(attribute), formula.languages.intern(Language::glob(&glob)))
                    }
                    AtomPlan::Equal(left, right) => Atom::Equal(Attribute(left), Attribute(right)),
                };
                let holds = interpretation.atom(&formula, &atom);
                let id = formula.terms.atom_id(atom);
                literals.push(Literal::new(id, holds));
                random.push(Literal::new(id, sign));
            }
            if let Answer::Conflict(conflict) = decide(&formula, &literals) {
                return Err(format!(
                    "{:?} fit what is called a conflict: {conflict:?}",
                    interpretation.texts
                ));
            }
            if let Answer::Texts(texts) = decide(&formula, &random) {
                found.set(found.get() + 1);
                let of = |index| texts.get(&Attribute(index)).cloned().unwrap_or_default();
                let interpretation =
                    Interpretation { texts: (0..3).map(of).collect(), ..Interpretation::default() };
                let fits = random.iter().all(|literal| {
                    interpretation.atom(&formula, formula.terms.atom(literal.atom).unwrap())
                        == literal.positive
                });
                let count = if fits { &right } else { &wrong };
                count.set(count.get() + 1);
            }
            Ok(())
        },
    );
    let (found, right, wrong) = (found.get(), right.get(), wrong.get());
    assert!(found > 100 && wrong * 5 < right, "{found} found, {right} right, {wrong} wrong");
}
