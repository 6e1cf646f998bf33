//! The goal `credentials` beside the evaluator: where it is proved, no request of a grid is allowed to the role that may be assumed
//! and refused to whoever assumes it.

use std::borrow::Cow;
use std::cell::Cell;
use std::path::Path;

use proptest::collection::vec;
use proptest::option;
use proptest::sample::select;
use proptest::strategy::Strategy;
use ringfence_model::arn::AccountId;
use ringfence_model::catalogue::Catalogue;
use ringfence_model::context::RequestContext;
use ringfence_model::evaluate::Pins;
use ringfence_model::principal::Principal;
use ringfence_model::request::Request;
use ringfence_model::steps::{Run, Step};
use ringfence_model::world::World;
use ringfence_solver::steps::verdict::GoalVerdict;
use serde_json::{Value, json};

use crate::escalation::{of_one, verdict};
use crate::random;

const ACCOUNT: &str = "111122223333";
const DEV: &str = "arn:aws:iam::111122223333:user/dev";
const READER: &str = "arn:aws:iam::111122223333:role/reader";
const BUCKET: &str = "arn:aws:s3:::ledger";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/0f1e2d3c-0000-4000-8000-000000000001";

/// Committed: fewer verdicts of a kind would show too little.
const PROVED: u32 = 200;
const REFUTED: u32 = 40;
const CASES: u32 = 400;

/// A statement of an identity policy or an SCP, with the places of its parts in the tables below.
#[derive(Clone, Debug)]
struct Drawn {
    denies: bool,
    action: &'static str,
    resource: &'static str,
    condition: Option<(&'static str, &'static str, &'static str)>,
    principal: usize,
}

/// What binds the accounts besides.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Control {
    /// An SCP that denies something.
    Denies,
    /// An SCP that allows something, and no other.
    Allows,
    /// An RCP.
    OfResources,
}

#[derive(Clone, Debug)]
struct DrawnWorld {
    dev: Vec<Drawn>,
    reader: Vec<Drawn>,
    bucket: Vec<Drawn>,
    key: Vec<Drawn>,
    control: Option<(Control, Drawn)>,
    dev_tag: Option<&'static str>,
    reader_tag: Option<&'static str>,
    owner: &'static str,
}

const CONDITIONS: [(&str, &str, &str); 9] = [
    ("StringEquals", "aws:PrincipalTag/team", "ml"),
    ("StringNotEquals", "aws:PrincipalTag/team", "ml"),
    ("StringEqualsIfExists", "aws:PrincipalTag/team", "web"),
    ("ArnEquals", "aws:PrincipalArn", READER),
    ("ArnNotLike", "aws:PrincipalArn", DEV),
    ("StringLike", "aws:username", "d*"),
    ("StringEquals", "aws:PrincipalType", "AssumedRole"),
    ("Bool", "aws:SecureTransport", "true"),
    ("StringEquals", "aws:PrincipalAccount", ACCOUNT),
];

fn statement(of_identity: bool) -> impl Strategy<Value = Drawn> {
    let resources = if of_identity {
        vec!["*", "arn:aws:s3:::ledger/*", "arn:aws:s3:::ledger/${aws:username}/*", "arn:aws:kms:*:*:key/*"]
    } else {
        vec!["*"]
    };
    (
        proptest::bool::weighted(0.25),
        select(vec!["s3:GetObject", "s3:*", "s3:PutObject", "kms:Decrypt", "kms:*"]),
        select(resources),
        option::weighted(0.5, select(CONDITIONS.to_vec())),
        0..5_usize,
    )
        .prop_map(|(denies, action, resource, condition, principal)| Drawn {
            denies,
            action,
            resource,
            condition,
            principal,
        })
}

fn world() -> impl Strategy<Value = DrawnWorld> {
    let tag = || option::of(select(vec!["ml", "web"]));
    let of_resource = |most: usize| vec(statement(false), 0..most);
    let of_identity = |most: usize| vec(statement(true), 0..most);
    (
        of_identity(3),
        of_identity(3),
        of_resource(3),
        of_resource(2),
        option::weighted(
            0.4,
            (select(vec![Control::Denies, Control::Allows, Control::OfResources]), statement(true)),
        ),
        tag(),
        tag(),
        select(vec![ACCOUNT, ACCOUNT, "444455556666"]),
    )
        .prop_map(|(dev, reader, bucket, key, control, dev_tag, reader_tag, owner)| DrawnWorld {
            dev,
            reader,
            bucket,
            key,
            control,
            dev_tag,
            reader_tag,
            owner,
        })
}

fn written(drawn: &Drawn) -> Value {
    let mut statement = json!({
        "Effect": if drawn.denies { "Deny" } else { "Allow" },
        "Action": drawn.action,
        "Resource": drawn.resource,
    });
    if let Some((operator, key, value)) = drawn.condition {
        statement["Condition"] = json!({ operator: { key: value } });
    }
    statement
}

fn document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// The policy of a resource, of which every statement is about the service of the resource.
fn of_resource(drawn: &[Drawn], service: &str, resources: &Value) -> Vec<Value> {
    let of_service = drawn.iter().filter(|one| one.action.starts_with(service));
    let named = |one: &Drawn| {
        let principals = [
            json!("*"),
            json!({ "AWS": DEV }),
            json!({ "AWS": READER }),
            json!({ "AWS": [DEV, READER] }),
            json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:root") }),
        ];
        let mut statement = written(one);
        statement["Principal"] = principals[one.principal].clone();
        statement["Resource"] = resources.clone();
        statement
    };
    of_service.map(named).collect()
}

fn details(users: &[Value], roles: &[Value]) -> Value {
    json!({ "UserDetailList": users, "GroupDetailList": [], "RoleDetailList": roles, "Policies": [] })
}

fn tags(tag: Option<&str>) -> Value {
    tag.map_or_else(|| json!([]), |value| json!([{ "Key": "team", "Value": value }]))
}

/// The world as files.
fn write(drawn: &DrawnWorld, folder: &Path) {
    let date = "2026-03-02T09:00:00+00:00";
    let inline = |drawn: &[Drawn], more: Option<Value>| {
        let statements: Vec<Value> = drawn.iter().map(written).chain(more).collect();
        if statements.is_empty() {
            return json!([]);
        }
        json!([{ "PolicyName": "w", "PolicyDocument": document(&statements) }])
    };
    let assume = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": READER });
    let trust = json!({ "Effect": "Allow", "Principal": { "AWS": DEV }, "Action": "sts:AssumeRole" });
    let user = json!({
        "Path": "/", "UserName": "dev", "UserId": "AIDAEXAMPLEDEVELOPER2", "Arn": DEV, "CreateDate": date,
        "GroupList": [], "AttachedManagedPolicies": [], "Tags": tags(drawn.dev_tag),
        "UserPolicyList": inline(&drawn.dev, Some(assume)),
    });
    let role = json!({
        "Path": "/", "RoleName": "reader", "RoleId": "AROAEXAMPLEREADERROL2", "Arn": READER, "CreateDate": date,
        "AssumeRolePolicyDocument": document(&[trust]), "InstanceProfileList": [], "AttachedManagedPolicies": [],
        "Tags": tags(drawn.reader_tag), "RoleLastUsed": {}, "RolePolicyList": inline(&drawn.reader, None),
    });
    let bucket = of_resource(&drawn.bucket, "s3", &json!([BUCKET, format!("{BUCKET}/*")]));
    let key = of_resource(&drawn.key, "kms", &json!("*"));
    for (account, found) in [(ACCOUNT, details(&[user], &[role])), ("444455556666", details(&[], &[]))] {
        let mut policies = json!({});
        if drawn.owner == account && !bucket.is_empty() {
            policies[BUCKET] = document(&bucket);
        }
        if account == ACCOUNT && !key.is_empty() {
            policies[KEY] = document(&key);
        }
        let place = folder.join("accounts").join(account);
        std::fs::create_dir_all(&place).unwrap();
        let put =
            |name: &str, content: &Value| std::fs::write(place.join(name), content.to_string()).unwrap();
        put("authorization-details.json", &found);
        put("inference-profiles.json", &json!({ "inferenceProfileSummaries": [] }));
        put("resource-policies.json", &policies);
        put("resources.json", &json!([]));
    }
    if let Some((control, statement)) = &drawn.control {
        let text = organization(*control, statement).to_string();
        std::fs::write(folder.join("organization.json"), text).unwrap();
    }
}

/// An organisation of both accounts with one SCP on the root beside the one that allows everything, or instead of it, or with an RCP.
fn organization(control: Control, drawn: &Drawn) -> Value {
    let mut statement = written(&Drawn { denies: control != Control::Allows, ..drawn.clone() });
    let of_resources = control == Control::OfResources;
    if of_resources {
        statement["Principal"] = json!("*");
        statement["Resource"] = json!("*");
    }
    let own = if control == Control::Allows {
        let assume = json!({ "Effect": "Allow", "Action": "sts:*", "Resource": "*" });
        document(&[statement, assume])
    } else {
        document(&[statement])
    };
    let kind = if of_resources { "RESOURCE_CONTROL_POLICY" } else { "SERVICE_CONTROL_POLICY" };
    let date = "2026-03-02T09:00:00+00:00";
    let management = "999900001111";
    let arn = |rest: &str| format!("arn:aws:organizations::{management}:{rest}");
    let account = |id: &str| {
        json!({
            "Id": id, "Arn": arn(&format!("account/o-exampleorg1/{id}")), "Email": format!("aws+{id}@example.com"),
            "Name": format!("account-{id}"), "Status": "ACTIVE", "JoinedMethod": "CREATED", "JoinedTimestamp": date,
            "ParentId": "r-ex01", "Tags": []
        })
    };
    let everything = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let root = json!([{ "TargetId": "r-ex01", "Type": "ROOT" }]);
    let policy = |id: &str, of_aws: bool, kind: &str, content: Value| {
        json!({
            "PolicySummary": {
                "Id": id, "Arn": arn(&format!("policy/o-exampleorg1/{}/{id}", kind.to_ascii_lowercase())), "Name": id,
                "Description": id, "Type": kind, "AwsManaged": of_aws
            },
            "Content": content.to_string(),
            "Targets": if of_aws && control == Control::Allows { json!([]) } else { root.clone() }
        })
    };
    let types = json!([
        { "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" },
        { "Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED" }
    ]);
    json!({
        "Organization": {
            "Id": "o-exampleorg1", "Arn": arn("organization/o-exampleorg1"), "FeatureSet": "ALL",
            "MasterAccountArn": arn(&format!("account/o-exampleorg1/{management}")), "MasterAccountId": management,
            "MasterAccountEmail": "aws@example.com", "AvailablePolicyTypes": types
        },
        "Roots": [{ "Id": "r-ex01", "Arn": arn("root/o-exampleorg1/r-ex01"), "Name": "Root", "PolicyTypes": types }],
        "OrganizationalUnits": [],
        "Accounts": [account(management), account(ACCOUNT), account("444455556666")],
        "Policies": [
            policy("p-FullAWSAccess", true, "SERVICE_CONTROL_POLICY", document(&[everything])),
            policy("p-examplepol1", false, kind, own),
        ]
    })
}

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
    random::run("lacked", CASES, &world(), show, |drawn| {
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
