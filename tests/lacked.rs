//! The goal `credentials` beside the evaluator: where it is proved, no request of a grid is allowed to the role that may be assumed
//! and refused to whoever assumes it.

use std::borrow::Cow;
use std::cell::Cell;

use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::RequestContext;
use ringfence_model::evaluate::Pins;
use ringfence_model::principal::Principal;
use ringfence_model::request::Request;
use ringfence_model::steps::{Run, Step};
use ringfence_model::world::World;
use ringfence_solver::steps::verdict::GoalVerdict;

use crate::drawn_worlds::{ACCOUNT, BUCKET, CONDITIONS, DEV, DrawnWorld, KEY, READER, world, write};
use crate::escalation::{of_one, verdict};
use crate::random;

/// Committed: fewer verdicts of a kind would show too little.
const PROVED: u32 = 200;
const REFUTED: u32 = 40;
const CASES: u32 = 400;

/// Requests that tell the statements apart.
fn grid(owner: &str) -> Vec<Request> {
    let own: AccountId = AccountId::parse(ACCOUNT).unwrap();
    let objects = ["/a", "/dev/a"].map(|end| format!("{BUCKET}{end}"));
    let mut all: Vec<(&str, String, AccountId)> = Vec::new();
    for object in objects {
        for action in ["s3:GetObject", "s3:PutObject"] {
            all.push((action, object.clone(), AccountId::parse(owner).unwrap()));
        }
    }
    all.push(("kms:Decrypt", KEY.to_owned(), own));
    let principal =
        Principal::parse(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/ringfence")).unwrap();
    let mut requests = Vec::new();
    for (action, resource, owner) in all {
        for secure in ["true", "false"] {
            let mut context = RequestContext::new();
            context.set("aws:SecureTransport", secure);
            requests.push(Request {
                principal: principal.clone(),
                action: action.to_owned(),
                resource: resource.clone(),
                resource_account: Some(owner),
                context,
            });
        }
    }
    requests
}

#[test]
fn no_right_that_is_lacked_is_proved_away() {
    let (proved, refuted) = (Cell::new(0), Cell::new(0));
    let catalogue = Catalogue::embedded().unwrap();
    let show = |drawn: &DrawnWorld| format!("{drawn:#?}");
    random::run("lacked", CASES, &world(&CONDITIONS), show, |drawn| {
        let folder = tempfile::tempdir().unwrap();
        write(&drawn, folder.path());
        let world = World::read_directory(folder.path()).unwrap();
        let report = of_one(&world, DEV);
        let pins = Pins::default();
        let began = Run::new(Cow::Borrowed(&world), DEV, catalogue, &pins);
        let mut reader = Run::new(Cow::Borrowed(&world), READER, catalogue, &pins);
        let lacked = grid(drawn.owner).into_iter().find(|request| {
            let step = Step { requests: vec![request.clone()], changes: Vec::new() };
            reader.make(&step).is_ok() && began.is_refused_to(DEV, request)
        });
        match (verdict(&report, "credentials"), lacked) {
            (GoalVerdict::Proved, Some(request)) => Err(format!("proved, and lacked: {request:?}")),
            (GoalVerdict::Proved, None) => {
                proved.set(proved.get() + 1);
                Ok(())
            }
            (GoalVerdict::Refuted(path), _) => {
                refuted.set(refuted.get() + 1);
                let lacks =
                    |decided: &ringfence_model::steps::Decided| began.is_refused_to(DEV, &decided.request);
                if path.reached_by.iter().any(lacks) { Ok(()) } else { Err(format!("not lacked: {path:?}")) }
            }
            (GoalVerdict::Inconclusive(..) | GoalVerdict::NotApplicable, _) => Ok(()),
        }
    });
    assert!(proved.get() >= PROVED, "only {} are proved", proved.get());
    assert!(refuted.get() >= REFUTED, "only {} are refuted", refuted.get());
}
