//! What `compare` says of two worlds beside the evaluator: where nothing is gained, no request of a grid is allowed in the new world and
//! refused in the old one, and the same the other way round; each request that is shown is such a one.

use std::borrow::Cow;
use std::cell::Cell;

use proptest::collection::vec;
use proptest::strategy::Strategy;
use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::RequestContext;
use ringfence_model::evaluate::Pins;
use ringfence_model::models::ModelTable;
use ringfence_model::principal::Principal;
use ringfence_model::request::Request;
use ringfence_model::steps::{Run, Step};
use ringfence_model::world::World;
use ringfence_solver::check::Attached;
use ringfence_solver::check::comparison::{Compared, Comparison, Worlds, compare};
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::verdict::Verdict;
use ringfence_tests::checks::options;

use crate::drawn_worlds::{
    ACCOUNT, BUCKET, DEV, DrawnCondition, DrawnWorld, KEY, READER, told_owner, world, write,
};
use crate::random;

const CASES: u32 = 120;
/// Committed: fewer answers of a kind would show too little.
const SAME: u32 = 250;
const DIFFERENT: u32 = 30;

/// Facts that two worlds may say differently, and what a request says itself.
const CONDITIONS: [DrawnCondition; 12] = [
    ("StringEquals", "aws:PrincipalTag/team", "ml"),
    ("StringNotEquals", "aws:PrincipalTag/team", "ml"),
    ("StringEqualsIfExists", "aws:PrincipalTag/team", "web"),
    ("Null", "aws:PrincipalTag/team", "true"),
    ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-exampleorg1/r-ex01/ou-ex01-*"),
    ("ForAllValues:StringNotLike", "aws:PrincipalOrgPaths", "o-exampleorg1/r-ex01/ou-ex01-*"),
    ("StringEquals", "aws:PrincipalOrgID", "o-exampleorg1"),
    ("ForAnyValue:StringLike", "aws:ResourceOrgPaths", "o-exampleorg1/r-ex01/ou-ex01-*"),
    ("StringNotEqualsIfExists", "aws:ResourceOrgID", "o-exampleorg1"),
    ("ArnEquals", "aws:PrincipalArn", READER),
    ("StringLike", "aws:username", "d*"),
    ("Bool", "aws:SecureTransport", "true"),
];

/// A world and a change of it: of some parts those of another one.
fn pair() -> impl Strategy<Value = (DrawnWorld, DrawnWorld)> {
    (
        world(&CONDITIONS),
        world(&CONDITIONS),
        vec(proptest::bool::weighted(0.25), 9),
        vec(proptest::bool::ANY, 2),
    )
        .prop_map(|(mut old, other, changed, in_unit)| {
            let mut new = old.clone();
            let mut parts = changed.into_iter();
            let mut is_changed = || parts.next().unwrap();
            if is_changed() {
                new.dev.clone_from(&other.dev);
            }
            if is_changed() {
                new.reader.clone_from(&other.reader);
            }
            if is_changed() {
                new.bucket.clone_from(&other.bucket);
            }
            if is_changed() {
                new.key.clone_from(&other.key);
            }
            if is_changed() {
                new.control.clone_from(&other.control);
            }
            if is_changed() {
                new.dev_tag = other.dev_tag;
            }
            if is_changed() {
                new.reader_tag = other.reader_tag;
            }
            if is_changed() {
                new.owner = other.owner;
            }
            old.in_unit = in_unit[0];
            new.in_unit = if is_changed() { in_unit[1] } else { in_unit[0] };
            (old, new)
        })
}

fn compared(old: &World, new: &World) -> Comparison {
    let configuration = Configuration { guardrails: Vec::new(), ..Configuration::default() };
    let (catalogue, models) = (Catalogue::embedded().unwrap(), ModelTable::embedded().unwrap());
    let worlds = Worlds { old, new, catalogue, models, configuration: &configuration };
    compare(worlds, &options(1), &|_| {}, Attached::default())
}

/// Requests of the principal that tell the statements apart, about a bucket of `owner`.
fn grid(arn: &str, owner: &str) -> Vec<Request> {
    let principal = Principal::of_arn(arn, "ringfence").unwrap();
    let mut all: Vec<(&str, String, &str)> = vec![("kms:Decrypt", KEY.to_owned(), ACCOUNT)];
    for end in ["/a", "/dev/a"] {
        for action in ["s3:GetObject", "s3:PutObject"] {
            all.push((action, format!("{BUCKET}{end}"), owner));
        }
    }
    let mut requests = Vec::new();
    for (action, resource, owner) in all {
        for secure in ["true", "false"] {
            let mut context = RequestContext::new();
            context.set("aws:SecureTransport", secure);
            requests.push(Request {
                principal: principal.clone(),
                action: action.to_owned(),
                resource: resource.clone(),
                resource_account: AccountId::parse(owner),
                context,
            });
        }
    }
    requests
}

/// A request that `first` allows to the principal and `second` refuses, each with whom it says that the bucket belongs to.
fn difference(
    (first, owner): (&World, Option<&str>),
    (second, other): (&World, Option<&str>),
    arn: &str,
) -> Option<Request> {
    let (catalogue, pins) = (Catalogue::embedded().unwrap(), Pins::default());
    let run = |world| Run::new(Cow::Borrowed(world), arn, catalogue, &pins).telling_organization();
    let (mut here, there) = (run(first), run(second));
    let of_bucket = |request: &Request| request.resource.starts_with(BUCKET);
    grid(arn, owner.unwrap_or(ACCOUNT)).into_iter().find(|request| {
        let step = Step { requests: vec![request.clone()], changes: Vec::new() };
        let told = other.filter(|_| of_bucket(request)).and_then(AccountId::parse);
        let asked = Request { resource_account: told.or(request.resource_account), ..request.clone() };
        here.make(&step).is_ok() && there.is_refused_to(arn, &asked)
    })
}

fn of<'c>(found: &'c Comparison, arn: &str) -> &'c Compared {
    found.principals.iter().find(|one| one.principal == arn).unwrap()
}

#[test]
fn no_difference_that_there_is_is_proved_away() {
    let (same, different) = (Cell::new(0), Cell::new(0));
    let show = |drawn: &(DrawnWorld, DrawnWorld)| format!("{drawn:#?}");
    random::run("comparison", CASES, &pair(), show, |(old, new)| {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        write(&old, folders[0].path());
        write(&new, folders[1].path());
        let worlds = [0, 1].map(|index: usize| World::read_directory(folders[index].path()).unwrap());
        let [before, after] = &worlds;
        let found = compared(before, after);
        if let Some(defect) = found.defects.first() {
            return Err(defect.clone());
        }
        let (before, after) = ((before, told_owner(&old)), (after, told_owner(&new)));
        for arn in [DEV, READER] {
            let one = of(&found, arn);
            for (verdict, first, second, what) in
                [(&one.gained, after, before, "gained"), (&one.lost, before, after, "lost")]
            {
                match (verdict, difference(first, second, arn)) {
                    (Verdict::Proved(_), Some(request)) => {
                        return Err(format!("{arn}: nothing is {what}, and this is: {request:?}"));
                    }
                    (Verdict::Proved(_), None) => same.set(same.get() + 1),
                    (Verdict::Refuted(witness), _) => {
                        different.set(different.get() + 1);
                        let refused = witness
                            .elsewhere()
                            .iter()
                            .any(|replayed| replayed.decision != ringfence_model::request::Decision::Allow);
                        if !refused {
                            return Err(format!("{arn}: {what} and not refused elsewhere: {witness:?}"));
                        }
                    }
                    (Verdict::Inconclusive(_) | Verdict::NotApplicable, _) => {}
                }
            }
        }
        // A world is as it is.
        let itself = compared(before.0, before.0);
        let is_same =
            |one: &Compared| matches!((&one.gained, &one.lost), (Verdict::Proved(_), Verdict::Proved(_)));
        match itself.principals.iter().find(|one| !is_same(one)) {
            Some(one) => Err(format!("a world is not as itself: {one:?}")),
            None => Ok(()),
        }
    });
    let (same, different) = (same.get(), different.get());
    assert!(same >= SAME && different >= DIFFERENT, "{same} without a difference, {different} with one");
}
