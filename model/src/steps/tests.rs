//! Runs in worlds of corpus/escalation: what a step takes, what it changes, and what the world tells of its keys.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use super::{
    Change, ChangeError, Failure, Means, OrganizationChange, Run, Step, everything_allowed, letting_in,
    trusting,
};
use crate::arn::AccountId;
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
fn whoever_is_deleted_has_no_credentials_any_more() {
    let mut world = world("assume-role/fires");
    let account = world.accounts.get_mut(&AccountId::parse("111122223333").unwrap()).unwrap();
    let everything = crate::policy::NamedPolicy { name: Arc::from("all"), document: everything_allowed() };
    account.users.iter_mut().for_each(|user| user.identity.push(everything.clone()));
    let started =
        || Run::new(Cow::Owned(world.clone()), ANNA, Catalogue::embedded().unwrap(), &Pins::default());
    let deleted = || Change::Delete { principal: Arc::from(ANNA) };
    let made = Change::Create {
        principal: Arc::from(ANNA),
        boundary: None,
        trust: None,
        tags: std::collections::BTreeMap::new(),
    };
    let requests = ["iam:DeleteUser", "iam:CreateUser"].map(|action| request(ANNA, action, ANNA));

    let by_itself = step(requests.to_vec(), vec![deleted(), made]);
    assert!(matches!(started().make(&by_itself), Err(Failure::NotHeld { .. })));

    // IAM deletes nobody who has policies.
    let mut run = started();
    let in_use = run.make(&step(requests[..1].to_vec(), vec![deleted()]));
    assert!(matches!(in_use, Err(Failure::Impossible(ChangeError::InUse { .. }))));
    let mut run = started();
    let policies = run.world().principal(ANNA).unwrap().1.identity().to_vec();
    let holder = || Arc::from(ANNA);
    let mut changes: Vec<Change> = policies
        .iter()
        .map(|policy| Change::DeletePolicy { holder: holder(), policy: Arc::clone(&policy.name) })
        .collect();
    changes.push(deleted());
    let asked = ["iam:DeleteUserPolicy", "iam:DeleteUser"].map(|action| request(ANNA, action, ANNA));
    run.make(&step(asked.to_vec(), changes)).unwrap();
    assert!(!run.holds(ANNA));
    let again = step(vec![request(ANNA, "s3:ListAllMyBuckets", "*")], Vec::new());
    assert!(matches!(run.make(&again), Err(Failure::NotHeld { .. })));
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
    for policy in world.principal(ANNA).unwrap().1.identity().to_vec() {
        let holder = Arc::from(ANNA);
        Change::DeletePolicy { holder, policy: policy.name }.apply(&mut world).unwrap();
    }
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

const MANAGER: &str = "arn:aws:iam::999988887777:user/anna";
const MEMBER: &str = "arn:aws:organizations::999988887777:account/o-abcdefghij/111122223333";
const CONTROL: &str =
    "arn:aws:organizations::999988887777:policy/o-abcdefghij/service_control_policy/p-nomodels";
const FULL: &str = "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess";

fn by_manager(action: &str, resources: &[&str], change: OrganizationChange) -> Step {
    let requests = resources.iter().map(|resource| request(MANAGER, action, resource)).collect();
    step(requests, vec![Change::Organization(change)])
}

fn of_manager(name: &str) -> Run<'static> {
    Run::new(Cow::Owned(world(name)), MANAGER, Catalogue::embedded().unwrap(), &Pins::default())
}

#[test]
fn a_control_is_detached_by_a_call_on_it_and_on_its_target() {
    let detach = |policy: &str| OrganizationChange::Detach {
        policy: Arc::from(policy),
        target: Arc::from("111122223333"),
    };
    let action = "organizations:DetachPolicy";
    for one in [CONTROL, MEMBER] {
        let mut run = of_manager("scp-detach/fires");
        let half = by_manager(action, &[one], detach(CONTROL));
        assert!(matches!(run.make(&half), Err(Failure::NotMade)), "{one}");
    }
    let mut run = of_manager("scp-detach/fires");
    run.make(&by_manager(action, &[CONTROL, MEMBER], detach(CONTROL))).unwrap();
    let account = AccountId::parse("111122223333").unwrap();
    let levels = run.world().organization.as_ref().unwrap().service_control_levels(account);
    assert_eq!(levels.iter().map(|level| level.policies.len()).collect::<Vec<_>>(), [1, 1]);
    // The last SCP of a target stays.
    let last = by_manager(action, &[FULL, MEMBER], detach(FULL));
    assert!(matches!(run.make(&last), Err(Failure::Impossible(ChangeError::Last { .. }))));
}

#[test]
fn accounts_move_between_nodes_that_are_there_and_the_management_account_stays() {
    let mut run = of_manager("scp-leave-unit/fires");
    let known = run.world().organization.as_ref().unwrap();
    let account = AccountId::parse("111122223333").unwrap();
    let unit = Arc::clone(&known.accounts[&account].parent);
    let root = Arc::clone(&known.root);
    let arns = [MEMBER.to_owned(), known.target_arn(&unit), known.target_arn(&root)];
    let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
    let to = |parent: &str| OrganizationChange::Move { account, parent: Arc::from(parent) };
    let action = "organizations:MoveAccount";
    assert!(matches!(run.make(&by_manager(action, &arns[..2], to(&root))), Err(Failure::NotMade)));
    run.make(&by_manager(action, &arns, to(&root))).unwrap();
    assert_eq!(run.world().organization.as_ref().unwrap().accounts[&account].parent, root);
    let management = AccountId::parse("999988887777").unwrap();
    let mut world = world("remove-account/fires");
    let leave = |account| Change::Organization(OrganizationChange::Leave { account });
    assert!(matches!(leave(management).apply(&mut world), Err(ChangeError::OfAws { .. })));
    leave(account).apply(&mut world).unwrap();
    assert!(world.organization.unwrap().service_control_levels(account).is_empty());
}

#[test]
fn what_somebody_lacks_is_refused_to_it_whoever_asked() {
    let run = of_manager("scp-detach/fires");
    let as_role = "arn:aws:sts::111122223333:assumed-role/target/ringfence";
    assert!(run.is_refused_to(MANAGER, &request(as_role, "bedrock:InvokeModel", MODEL)));
    assert!(!run.is_refused_to(MANAGER, &request(as_role, "organizations:DetachPolicy", CONTROL)));
    // Of whom nothing is held nothing is said.
    assert!(!run.is_refused_to(TARGET, &request(as_role, "s3:ListAllMyBuckets", "*")));
}

#[test]
fn policies_of_resources_are_written_and_deleted() {
    const BUCKET: &str = "arn:aws:s3:::jobs";
    let account = AccountId::parse("111122223333").unwrap();
    let resource: Arc<str> = Arc::from(BUCKET);
    let mut world = world("bucket-policy/fires");
    let names = |world: &World| {
        let policies = world.accounts[&account].resource_policies.as_ref().unwrap();
        policies.keys().cloned().collect::<Vec<Arc<str>>>()
    };
    let document = Some(letting_in(BUCKET, vec![PrincipalPattern::Aws(ANNA.to_owned())]));
    let write = Change::SetResourcePolicy { account, resource: Arc::clone(&resource), document };
    let delete = Change::SetResourcePolicy { account, resource: Arc::clone(&resource), document: None };
    let by = |action: &str| [request(ANNA, action, BUCKET)];
    assert!(write.is_made_by(&by("s3:PutBucketPolicy"), &world));
    assert!(!write.is_made_by(&by("s3:GetBucketPolicy"), &world));
    assert!(!write.is_made_by(&by("s3:DeleteBucketPolicy"), &world));
    assert!(!write.is_made_by(&[request(ANNA, "s3:PutBucketPolicy", "arn:aws:s3:::other")], &world));
    assert!(delete.is_made_by(&by("s3:DeleteBucketPolicy"), &world));
    assert!(!delete.is_made_by(&by("s3:PutBucketPolicy"), &world));
    write.apply(&mut world).unwrap();
    assert_eq!(names(&world), std::slice::from_ref(&resource));
    // Of another account it cannot be at the same time.
    let other = AccountId::parse("999988887777").unwrap();
    let elsewhere = Change::SetResourcePolicy { account: other, resource, document: None };
    assert_eq!(elsewhere.apply(&mut world), Err(ChangeError::Present { arn: BUCKET.to_owned() }));
    delete.apply(&mut world).unwrap();
    assert_eq!(delete.apply(&mut world), Err(ChangeError::Absent { arn: BUCKET.to_owned() }));
    // Where no policies are known none is written.
    world.accounts.get_mut(&account).unwrap().resource_policies = None;
    assert!(matches!(write.apply(&mut world), Err(ChangeError::Unknown { .. })));
}

#[test]
fn what_adds_to_the_policy_of_a_function_keeps_it() {
    const FUNCTION: &str = "arn:aws:lambda:eu-central-1:111122223333:function:app";
    let account = AccountId::parse("111122223333").unwrap();
    let resource: Arc<str> = Arc::from(FUNCTION);
    let mut world = world("lambda-permission/fires");
    let of = |names: &[&str]| {
        letting_in(FUNCTION, names.iter().map(|name| PrincipalPattern::Aws((*name).to_owned())).collect())
    };
    let set = |document| Change::SetResourcePolicy { account, resource: Arc::clone(&resource), document };
    set(Some(of(&[TARGET]))).apply(&mut world).unwrap();
    let add = [request(ANNA, "lambda:AddPermission", FUNCTION)];
    let anew = [request(ANNA, "lambda:PutResourcePolicy", FUNCTION)];
    let alone = set(Some(of(&[ANNA])));
    assert!(!alone.is_made_by(&add, &world));
    assert!(alone.is_made_by(&anew, &world));
    let mut both = of(&[TARGET]).as_ref().clone();
    both.statements.extend(of(&[ANNA]).statements.clone());
    assert!(set(Some(Arc::new(both))).is_made_by(&add, &world));
}

#[test]
fn a_renamed_user_is_the_same_to_whoever_named_it() {
    const LEAD: &str = "arn:aws:iam::111122223333:user/leads/lead";
    let (anna, lead): (Arc<str>, Arc<str>) = (Arc::from(ANNA), Arc::from(LEAD));
    let mut run = run("assume-role/fires");
    let mut changed = run.world().clone();
    let named = Change::SetTrust {
        role: Arc::from(TARGET),
        document: trusting(vec![PrincipalPattern::Aws(ANNA.to_owned())]),
    };
    named.apply(&mut changed).unwrap();
    let rename = Change::Rename { entity: Arc::clone(&anna), to: Arc::clone(&lead) };
    let both = [request(ANNA, "iam:UpdateUser", ANNA), request(ANNA, "iam:UpdateUser", LEAD)];
    assert!(rename.is_made_by(&both, &changed));
    assert!(!rename.is_made_by(&both[..1], &changed));
    rename.apply(&mut changed).unwrap();
    assert!(changed.principal(ANNA).is_none());
    let (account, found) = changed.principal(LEAD).unwrap();
    assert_eq!(found.name(), "lead");
    let role = account.roles.iter().find(|role| *role.arn == *TARGET).unwrap();
    let trusted = &role.trust.document.statements[0].principal.as_ref().unwrap().values;
    assert_eq!(*trusted, [PrincipalPattern::Aws(LEAD.to_owned())]);
    // No other kind, no other account, and no name that somebody has, whatever its path.
    for to in [TARGET, "arn:aws:iam::999988887777:user/lead"] {
        let change = Change::Rename { entity: Arc::clone(&lead), to: Arc::from(to) };
        assert!(matches!(change.apply(&mut changed), Err(ChangeError::Absent { .. })), "{to}");
    }
    let other: Arc<str> = Arc::from(ANNA.replace("anna", "other"));
    let (boundary, trust, tags) = (None, None, std::collections::BTreeMap::new());
    Change::Create { principal: Arc::clone(&other), boundary, trust, tags }.apply(&mut changed).unwrap();
    let taken = Change::Rename { entity: other, to: Arc::from(ANNA.replace("anna", "x/LEAD")) };
    assert!(matches!(taken.apply(&mut changed), Err(ChangeError::Present { .. })));
    // Credentials are those of the user, under its new name alone.
    let mut free = run.world().clone();
    rename.apply(&mut free).unwrap();
    let asked = step(vec![request(LEAD, "sts:AssumeRole", TARGET)], Vec::new());
    assert!(matches!(run.make(&asked), Err(Failure::NotHeld { .. })));
}

#[test]
fn a_new_account_is_made_from_the_management_account_alone() {
    const MANAGER: &str = "arn:aws:iam::999988887777:user/anna";
    let world = world("create-account/fires");
    let new = AccountId::parse("100000000001").unwrap();
    let role: Arc<str> = Arc::from(super::administration_role("aws", new));
    let root: Arc<str> = Arc::from("arn:aws:iam::100000000001:root");
    let created = || Change::Organization(OrganizationChange::CreateAccount { account: new });
    let password = |principal: &Arc<str>| Change::Obtain {
        principal: Arc::clone(principal),
        means: Means::Mailbox,
        limits: None,
    };
    let asked = || request(MANAGER, "organizations:CreateAccount", "*");
    let started =
        || Run::new(Cow::Owned(world.clone()), MANAGER, Catalogue::embedded().unwrap(), &Pins::default());

    let mut run = started();
    run.make(&step(vec![asked()], vec![created(), password(&root)])).unwrap();
    let organization = run.world().organization.as_ref().unwrap();
    assert_eq!(organization.service_control_levels(new).len(), 2);
    assert!(run.world().principal(&role).is_some_and(|(_, found)| found.boundary().is_none()));
    let mut asked_by_root = request("arn:aws:iam::100000000001:root", "s3:ListAllMyBuckets", "*");
    asked_by_root.resource_account = Some(new);
    run.make(&step(vec![asked_by_root], Vec::new())).unwrap();
    assert!(run.make(&step(vec![asked()], vec![created()])).is_err());

    // The mailbox of an account that was there before is somebody else's, and a role has none.
    let old = Arc::from("arn:aws:iam::111122223333:root");
    for principal in [&old, &role] {
        let failed = started().make(&step(vec![asked()], vec![created(), password(principal)]));
        assert_eq!(failed, Err(Failure::NotMade));
    }
    assert_eq!(started().make(&step(Vec::new(), vec![created()])), Err(Failure::NotMade));
}

#[test]
fn capacity_is_provisioned_for_the_model_that_is_asked_for() {
    const ANALYST: &str = "arn:aws:iam::123456789012:user/analyst";
    const OPUS: &str = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-1-20250805-v1:0";
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/escalation/designs");
    let world = World::read_directory(&corpus.join("11a-provisioned-throughput/broken")).unwrap();
    let mut run = Run::new(Cow::Owned(world), ANALYST, Catalogue::embedded().unwrap(), &Pins::default());
    let capacity = |region: &str, id: &str| -> Arc<str> {
        Arc::from(format!("arn:aws:bedrock:{region}:123456789012:provisioned-model/{id}"))
    };
    let provision = |capacity: Arc<str>, model: &str| Change::Provision { capacity, model: Arc::from(model) };
    let asked = || vec![request(ANALYST, "bedrock:CreateProvisionedModelThroughput", OPUS)];
    let own = capacity("us-east-1", "ringfence000");
    for change in [
        provision(Arc::clone(&own), MODEL),
        provision(capacity("eu-west-1", "ringfence000"), OPUS),
        provision(Arc::from(own.replace("123456789012", "111122223333")), OPUS),
    ] {
        assert_eq!(run.make(&step(asked(), vec![change])), Err(Failure::NotMade));
    }
    run.make(&step(asked(), vec![provision(Arc::clone(&own), OPUS)])).unwrap();
    let account = AccountId::parse("123456789012").unwrap();
    let listed = run.world().accounts[&account].resources.clone().unwrap();
    assert!(listed.iter().any(|known| known.arn == own && known.model.as_deref() == Some(OPUS)));
    let again = run.make(&step(asked(), vec![provision(own, OPUS)]));
    assert!(matches!(again, Err(Failure::Impossible(ChangeError::Present { .. }))));
}

#[test]
fn an_opened_provider_lets_in_whom_the_trust_policy_admits() {
    const PROVIDER: &str = "arn:aws:iam::111122223333:saml-provider/staff";
    const AUDIENCE: &str = "https://signin.aws.amazon.com/saml";
    let opened = || {
        let open = Change::OpenProvider { provider: Arc::from(PROVIDER) };
        step(vec![request(ANNA, "iam:UpdateSAMLProvider", PROVIDER)], vec![open])
    };
    let sign_in = |audience: &str| {
        let mut asked = request(PROVIDER, "sts:AssumeRoleWithSAML", TARGET);
        asked.context.set("SAML:aud", audience);
        let obtained = Change::Obtain { principal: Arc::from(TARGET), means: Means::Assume, limits: None };
        step(vec![asked], vec![obtained])
    };
    let mut run = run("update-saml-provider/fires");
    assert!(matches!(run.make(&sign_in(AUDIENCE)), Err(Failure::NotHeld { .. })));
    let elsewhere = Change::OpenProvider { provider: Arc::from(PROVIDER.replace("staff", "other")) };
    let asked = request(ANNA, "iam:UpdateSAMLProvider", PROVIDER);
    assert_eq!(run.make(&step(vec![asked], vec![elsewhere])), Err(Failure::NotMade));
    run.make(&opened()).unwrap();
    assert!(matches!(run.make(&sign_in("https://example.com")), Err(Failure::NotAllowed { .. })));
    run.make(&sign_in(AUDIENCE)).unwrap();
    run.make(&step(vec![request(SESSION, "bedrock:InvokeModel", MODEL)], Vec::new())).unwrap();
}
