//! Runs in worlds of corpus/escalation: what a step takes, what it changes, and what the world tells of its keys.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use super::{Change, Failure, Means, Run, Step, everything_allowed, trusting};
use crate::catalogue::Catalogue;
use crate::context::{ContextKey, RequestContext};
use crate::evaluate::Pins;
use crate::policy::PrincipalPattern;
use crate::principal::Principal;
use crate::request::Request;
use crate::world::World;

const ANNA: &str = "arn:aws:iam::111122223333:user/anna";
const TARGET: &str = "arn:aws:iam::111122223333:role/target";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/target/ringfence";
const MODEL: &str = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0";

fn world(name: &str) -> World {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/escalation/primitives");
    World::read_directory(&corpus.join(name)).unwrap()
}

fn run(name: &str) -> Run<'static> {
    Run::new(Cow::Owned(world(name)), ANNA, Catalogue::embedded().unwrap(), &Pins::default())
}

fn request(principal: &str, action: &str, resource: &str) -> Request {
    let mut context = RequestContext::new();
    context.set("aws:RequestedRegion", "us-east-1");
    Request {
        principal: Principal::parse(principal).unwrap(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        resource_account: None,
        context,
    }
}

fn step(requests: Vec<Request>, changes: Vec<Change>) -> Step {
    Step { requests, changes }
}

fn assumed() -> Step {
    let obtained = Change::Obtain { principal: Arc::from(TARGET), means: Means::Assume, limits: None };
    step(vec![request(ANNA, "sts:AssumeRole", TARGET)], vec![obtained])
}

#[test]
fn only_what_is_held_asks() {
    let mut before = run("assume-role/fires");
    let invoke = step(vec![request(SESSION, "bedrock:InvokeModel", MODEL)], Vec::new());
    assert!(matches!(before.make(&invoke), Err(Failure::NotHeld { .. })));
    let mut after = run("assume-role/fires");
    after.make(&assumed()).unwrap();
    let decided = after.make(&invoke).unwrap();
    assert!(!decided[0].allowed_by.is_empty());
    // The session has the name that the call gave it.
    let other = SESSION.replace("/ringfence", "/other");
    let other = step(vec![request(&other, "bedrock:InvokeModel", MODEL)], Vec::new());
    assert!(matches!(after.make(&other), Err(Failure::NotHeld { .. })));
}

#[test]
fn a_denied_request_ends_the_run() {
    assert!(matches!(run("assume-role/missing").make(&assumed()), Err(Failure::NotAllowed { .. })));
}

#[test]
fn credentials_with_limits_are_good_for_no_more() {
    let mut run = run("assume-role/fires");
    let limits = Some(vec!["s3:*".to_owned()]);
    let obtained = Change::Obtain { principal: Arc::from(TARGET), means: Means::Assume, limits };
    run.make(&step(vec![request(ANNA, "sts:AssumeRole", TARGET)], vec![obtained])).unwrap();
    let invoke = step(vec![request(SESSION, "bedrock:InvokeModel", MODEL)], Vec::new());
    assert!(matches!(run.make(&invoke), Err(Failure::Limited { .. })));
}

#[test]
fn a_change_takes_the_request_that_makes_it() {
    let document = everything_allowed();
    let put = Change::PutPolicy { holder: Arc::from(TARGET), name: "more".to_owned(), document };
    let asked = vec![request(ANNA, "sts:AssumeRole", TARGET)];
    let refused = run("assume-role/fires").make(&step(asked, vec![put.clone()]));
    assert_eq!(refused, Err(Failure::NotMade));
    let (start, session) = (TARGET.replace("target", "start"), SESSION.replace("target", "start"));
    let world = world("put-role-policy/fires");
    let mut run = Run::new(Cow::Owned(world), &start, Catalogue::embedded().unwrap(), &Pins::default());
    let holder: Arc<str> = Arc::from(start.as_str());
    let Change::PutPolicy { name, document, .. } = put else { return };
    let put = Change::PutPolicy { holder: Arc::clone(&holder), name, document };
    run.make(&step(vec![request(&session, "iam:PutRolePolicy", &holder)], vec![put])).unwrap();
    let (_, changed) = run.world().principal(&holder).unwrap();
    assert!(changed.identity().iter().any(|policy| policy.name.ends_with("#more")));
}

#[test]
fn the_world_tells_boundaries_and_ids() {
    let mut run = run("assume-role/fires");
    let mut asked = request(ANNA, "sts:AssumeRole", TARGET);
    asked.context.set("aws:PrincipalTag/team", "invented");
    asked.context.set("aws:userid", "AIDAINVENTED");
    let decided = run.make(&step(vec![asked], Vec::new())).unwrap();
    let context = &decided[0].request.context;
    assert_eq!(context.get(&ContextKey::new("aws:PrincipalTag/team")), None);
    let (_, anna) = run.world().principal(ANNA).unwrap();
    assert_eq!(context.get(&ContextKey::new("aws:userid")).unwrap().values(), [anna.id().to_owned()]);
}

#[test]
fn whoever_is_made_anew_is_somebody_else() {
    let mut world = world("assume-role/fires");
    let (_, anna) = world.principal(ANNA).unwrap();
    let id = anna.id().to_owned();
    let document = trusting(vec![PrincipalPattern::Aws(ANNA.to_owned())]);
    Change::SetTrust { role: Arc::from(TARGET), document }.apply(&mut world).unwrap();
    Change::Delete { principal: Arc::from(ANNA) }.apply(&mut world).unwrap();
    let account = world.accounts.values().next().unwrap();
    let role = account.roles.iter().find(|role| *role.arn == *TARGET).unwrap();
    let named = &role.trust.document.statements[0].principal.as_ref().unwrap().values;
    assert_eq!(*named, [PrincipalPattern::Aws(id)]);
    let again = Change::Delete { principal: Arc::from(ANNA) }.apply(&mut world);
    assert!(again.is_err());
}

#[test]
fn boundaries_come_and_go() {
    let mut world = world("delete-role-boundary/fires");
    let bound = world.principals().find(|(_, found)| found.boundary().is_some()).unwrap().1;
    let (arn, policy) = (Arc::clone(bound.arn()), Arc::clone(&bound.boundary().unwrap().name));
    Change::DeleteBoundary { principal: Arc::clone(&arn) }.apply(&mut world).unwrap();
    assert!(world.principal(&arn).unwrap().1.boundary().is_none());
    Change::SetBoundary { principal: Arc::clone(&arn), policy: Arc::clone(&policy) }
        .apply(&mut world)
        .unwrap();
    Change::Rewrite { policy: Arc::clone(&policy), document: everything_allowed() }
        .apply(&mut world)
        .unwrap();
    let boundary = world.principal(&arn).unwrap().1.boundary().unwrap().clone();
    assert_eq!((&boundary.name, &boundary.document), (&policy, &everything_allowed()));
    let nowhere = Arc::from("arn:aws:iam::111122223333:policy/nowhere");
    assert!(Change::SetBoundary { principal: arn, policy: nowhere }.apply(&mut world).is_err());
}
