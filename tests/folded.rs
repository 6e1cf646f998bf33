//! What folds to a constant reaches no solver, and what a watcher is told of adds up.

use std::collections::BTreeMap;
use std::sync::Mutex;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::models::ModelTable;
use ringfence_solver::check::{Attached, Watcher, check_with};
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::search::Statistics;
use ringfence_tests::checks::options;
use ringfence_tests::generator::world::{GeneratedWorld, WorldPlan};

/// By guardrail, or none for the groups, what was counted after each verdict, with one thread.
#[derive(Debug, Default)]
struct Counted(Mutex<Vec<(Option<String>, Statistics)>>);

impl Watcher for Counted {
    fn decided(&self, guardrail: Option<&str>, so_far: Statistics) {
        self.0.lock().unwrap().push((guardrail.map(str::to_owned), so_far));
    }
}

/// How many verdicts each guardrail has, of how many no assignment was asked for, and of how many Z3 was asked.
fn counted(plan: &WorldPlan) -> BTreeMap<Option<String>, [usize; 3]> {
    let place = tempfile::tempdir().unwrap();
    let world = GeneratedWorld::new(plan).read(place.path()).unwrap().unwrap();
    let options = options(1);
    let told = Counted::default();
    let attached = Attached { watcher: Some(&told), ..Attached::default() };
    let (catalogue, models) = (Catalogue::embedded().unwrap(), ModelTable::embedded().unwrap());
    let report =
        check_with(&world, catalogue, models, &Configuration::default(), &options, &|_| {}, attached);
    let mut counts: BTreeMap<Option<String>, [usize; 3]> = BTreeMap::new();
    let mut before = Statistics::default();
    for (guardrail, so_far) in told.0.into_inner().unwrap() {
        let (checks, z3) = (so_far.checks - before.checks, so_far.z3_checks - before.z3_checks);
        let [all, folded, by_z3] = counts.entry(guardrail).or_default();
        *all += 1;
        *folded += usize::from(checks == 0 && z3 == 0);
        *by_z3 += usize::from(z3 > 0);
        before = so_far;
    }
    let principals = plan.principals + report.roots;
    assert_eq!(counts.len(), 4, "three theorems and the group of each principal");
    assert!(counts.values().all(|[all, ..]| *all == principals), "{counts:?}");
    counts
}

#[test]
fn what_no_statement_is_about_reaches_no_solver() {
    let plan = WorldPlan {
        principals: 40,
        accounts: 2,
        mixture: "storage=60,messages=40".parse().unwrap(),
        ..WorldPlan::default()
    };
    let counts = counted(&plan);
    for (guardrail, [all, folded, by_z3]) in &counts {
        // Root users may do whatever their SCPs allow.
        assert!(*folded >= *all - 3 && *by_z3 <= 3, "{guardrail:?}: {folded} of {all} fold, {by_z3} ask Z3");
    }
}

#[test]
fn most_verdicts_fold_and_few_ask_z3() {
    let counts = counted(&WorldPlan { principals: 60, accounts: 2, ..WorldPlan::default() });
    let [all, folded, by_z3] =
        counts.values().fold([0; 3], |sum, entry| [sum[0] + entry[0], sum[1] + entry[1], sum[2] + entry[2]]);
    assert!(folded * 2 > all && by_z3 * 10 < all, "of {all} verdicts {folded} fold and {by_z3} ask Z3");
    assert!(folded < all, "some verdicts need a formula");
}
