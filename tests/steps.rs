//! Laws of steps: a path needs each of its permissions, and more permissions take no path away.

use std::borrow::Cow;
use std::sync::Arc;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::evaluate::Pins;
use ringfence_model::parse::policy_text;
use ringfence_model::policy::{NamedPolicy, PolicyDocument, PolicyType, StatementReference};
use ringfence_model::steps::{Run, Step};
use ringfence_model::world::World;
use ringfence_solver::steps::verdict::{GoalVerdict, Path};
use ringfence_tests::generator::steps::StepsPlan;
use ringfence_tests::generator::world::GeneratedWorld;

use crate::escalation::{cases, of_one, of_some, verdict, word};

/// Committed: fewer would show too little.
const PERMISSIONS: usize = 100;
const REFUTATIONS: usize = 380;

/// The path as it was found, made anew in `world`.
fn replays(world: World, principal: &str, path: &Path) -> bool {
    let catalogue = Catalogue::embedded().unwrap();
    let mut run = Run::new(Cow::Owned(world), principal, catalogue, &Pins::default());
    let mut make = |requests: &[ringfence_model::steps::Decided], changes| {
        let requests = requests.iter().map(|decided| decided.request.clone()).collect();
        run.make(&Step { requests, changes }).is_ok()
    };
    path.steps.iter().all(|step| make(&step.requests, step.changes.clone()) && make(&step.itself, Vec::new()))
        && make(&path.reached_by, Vec::new())
}

/// Takes a statement out of every document that holds it, versions of policies among them.
fn without(world: &World, statement: &StatementReference) -> World {
    let mut world = world.clone();
    let take = |document: &mut Arc<PolicyDocument>| {
        let mut less: PolicyDocument = document.as_ref().clone();
        less.statements.retain(|known| known.location != statement.location);
        *document = Arc::new(less);
    };
    for account in world.accounts.values_mut() {
        let users = account.users.iter_mut().flat_map(|user| &mut user.identity);
        let groups = account.groups.iter_mut().flat_map(|group| &mut group.identity);
        let roles = account.roles.iter_mut().flat_map(|role| &mut role.identity);
        users.chain(groups).chain(roles).map(|policy| &mut policy.document).for_each(take);
        for managed in account.managed_policies.values_mut() {
            take(&mut managed.policy.document);
            managed.versions.iter_mut().filter_map(|version| version.document.as_mut()).for_each(take);
        }
    }
    world
}

#[test]
fn a_minimised_path_needs_each_of_its_permissions() {
    let (mut permissions, mut replayed) = (0, 0);
    for case in cases() {
        for entry in
            case.expected.iter().filter(|entry| entry["verdict"] == "refuted" && entry.get("now").is_none())
        {
            let principal = entry["principal"].as_str().unwrap();
            let report = of_one(&case.world, principal);
            let GoalVerdict::Refuted(path) = verdict(&report, entry["goal"].as_str().unwrap()) else {
                panic!()
            };
            // Some goals are reached by requests that a service makes.
            if path.steps.is_empty() || !replays(case.world.clone(), principal, path) {
                continue;
            }
            replayed += 1;
            let of_steps = path.steps.iter().flat_map(|step| &step.requests).chain(&path.reached_by);
            for decided in of_steps {
                let own: Vec<&StatementReference> = decided
                    .allowed_by
                    .iter()
                    .filter(|statement| statement.policy_type == PolicyType::Identity)
                    .collect();
                let granted = decided.allowed_by.iter().any(|statement| {
                    matches!(statement.policy_type, PolicyType::Resource | PolicyType::Trust)
                });
                // What allows twice, or what the run wrote itself, can be missed.
                let [only] = own.as_slice() else { continue };
                if granted || only.location.file.starts_with('<') {
                    continue;
                }
                permissions += 1;
                let less = without(&case.world, only);
                assert!(!replays(less, principal, path), "{}: {} without {only:?}", case.name, entry);
            }
        }
    }
    assert!(permissions >= PERMISSIONS, "only {permissions} permissions of {replayed} paths");
}

#[test]
fn more_permissions_take_no_refutation_away() {
    const MORE: [&str; 6] = [
        r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":["iam:TagRole","iam:TagUser","iam:UntagRole"],"Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":["lambda:*","ec2:*"],"Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":["iam:CreatePolicy","iam:CreatePolicyVersion"],"Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":["iam:UpdateAssumeRolePolicy","iam:DeleteRole","iam:CreateRole"],"Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":["iam:PutRolePermissionsBoundary","iam:PutUserPermissionsBoundary"],"Resource":"*"}"#,
    ];
    let mut refutations = 0;
    let mut lost = Vec::new();
    for case in cases() {
        for entry in
            case.expected.iter().filter(|entry| entry["verdict"] == "refuted" && entry.get("now").is_none())
        {
            let principal = entry["principal"].as_str().unwrap();
            let goal = entry["goal"].as_str().unwrap();
            // Who can do more may lack nothing that others have.
            if !["expensive-model", "outside", "integrity", "modify-and-invoke"].contains(&goal) {
                continue;
            }
            // Two of them in turn, but for `make test-all`.
            let (all, first) = (std::env::var_os("RINGFENCE_TEST_ALL").is_some(), refutations);
            let taken = MORE.iter().cycle().skip(first).take(if all { MORE.len() } else { 2 });
            for statement in taken {
                refutations += 1;
                let report = of_one(&with(&case.world, principal, statement), principal);
                let found = word(verdict(&report, goal));
                if found != "refuted" {
                    lost.push(format!("{}: {found}, not {entry} with {statement}", case.name));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
    assert!(refutations >= REFUTATIONS, "only {refutations}");
}

/// The world in which an identity policy of the principal has the statement besides.
fn with(world: &World, principal: &str, statement: &str) -> World {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    let (document, _) = policy_text(&text, PolicyType::Identity, &Arc::from("more.json")).unwrap();
    let more = NamedPolicy { name: Arc::from(format!("{principal}#more")), document: Arc::new(document) };
    let mut world = world.clone();
    for account in world.accounts.values_mut() {
        for user in account.users.iter_mut().filter(|user| *user.arn == *principal) {
            user.identity.push(more.clone());
        }
        for role in account.roles.iter_mut().filter(|role| *role.arn == *principal) {
            role.identity.push(more.clone());
        }
    }
    world
}

/// Of so many principals that are asked alone the closure must hold as much as where it was shared.
const LARGE: usize = 5;

#[test]
fn who_else_is_asked_and_in_how_many_threads_changes_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let plan = StepsPlan { accounts: 2, principals: 80, ..StepsPlan::default() };
    let world = GeneratedWorld::of_steps(&plan).read(folder.path()).unwrap().unwrap();
    let all = of_some(&world, 1, &|_| true);
    assert!(all.principals.len() == 80 && all.defects.is_empty());
    assert!(all == of_some(&world, 3, &|_| true), "one thread and three answer alike");
    let mut large = 0;
    for together in all.principals.iter().step_by(5) {
        let alone = of_one(&world, &together.principal).principals.remove(0);
        assert_eq!(together.goals, alone.goals, "{}", together.principal);
        let facts =
            |closed: &ringfence_solver::steps::verdict::ClosedSet| (closed.held.clone(), closed.facts);
        assert_eq!(facts(&together.closed), facts(&alone.closed), "{}", together.principal);
        large += usize::from(alone.closed.facts > 50);
    }
    assert!(large >= LARGE, "only {large} large closures were compared");
}
