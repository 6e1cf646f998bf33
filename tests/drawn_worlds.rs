//! Random small worlds as files: a user that may assume a role, a bucket and a key with policies, an SCP or RCP, tags.

use std::path::Path;

use proptest::collection::vec;
use proptest::option;
use proptest::sample::select;
use proptest::strategy::Strategy;
use serde_json::{Value, json};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const DEV: &str = "arn:aws:iam::111122223333:user/dev";
pub(crate) const READER: &str = "arn:aws:iam::111122223333:role/reader";
pub(crate) const BUCKET: &str = "arn:aws:s3:::ledger";
pub(crate) const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/0f1e2d3c-0000-4000-8000-000000000001";
/// An OU in which the account may be.
const UNIT: &str = "ou-ex01-aaaaaaaa";

/// A statement of an identity policy or an SCP, with the places of its parts in the tables below.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    pub(crate) denies: bool,
    pub(crate) action: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) condition: Option<DrawnCondition>,
    pub(crate) principal: usize,
}

/// What binds the accounts besides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Control {
    /// An SCP that denies something.
    Denies,
    /// An SCP that allows something, and no other.
    Allows,
    /// An RCP.
    OfResources,
}

#[derive(Clone, Debug)]
pub(crate) struct DrawnWorld {
    pub(crate) dev: Vec<Drawn>,
    pub(crate) reader: Vec<Drawn>,
    pub(crate) bucket: Vec<Drawn>,
    pub(crate) key: Vec<Drawn>,
    pub(crate) control: Option<(Control, Drawn)>,
    pub(crate) dev_tag: Option<&'static str>,
    pub(crate) reader_tag: Option<&'static str>,
    pub(crate) owner: &'static str,
    /// The account is in an OU.
    pub(crate) in_unit: bool,
}

/// An operator, a key and a value.
pub(crate) type DrawnCondition = (&'static str, &'static str, &'static str);

pub(crate) const CONDITIONS: [DrawnCondition; 9] = [
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

pub(crate) fn statement(
    of_identity: bool,
    conditions: &'static [DrawnCondition],
) -> impl Strategy<Value = Drawn> {
    let resources = if of_identity {
        vec!["*", "arn:aws:s3:::ledger/*", "arn:aws:s3:::ledger/${aws:username}/*", "arn:aws:kms:*:*:key/*"]
    } else {
        vec!["*"]
    };
    (
        proptest::bool::weighted(0.25),
        select(vec!["s3:GetObject", "s3:*", "s3:PutObject", "kms:Decrypt", "kms:*"]),
        select(resources),
        option::weighted(0.5, select(conditions.to_vec())),
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

pub(crate) fn world(conditions: &'static [DrawnCondition]) -> impl Strategy<Value = DrawnWorld> {
    let tag = || option::of(select(vec!["ml", "web"]));
    let of_resource = move |most: usize| vec(statement(false, conditions), 0..most);
    let of_identity = move |most: usize| vec(statement(true, conditions), 0..most);
    (
        of_identity(3),
        of_identity(3),
        of_resource(3),
        of_resource(2),
        option::weighted(
            0.4,
            (
                select(vec![Control::Denies, Control::Allows, Control::OfResources]),
                statement(true, conditions),
            ),
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
            in_unit: false,
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

/// The account that owns the bucket, where the world has a policy of it.
pub(crate) fn told_owner(drawn: &DrawnWorld) -> Option<&'static str> {
    let is_there = drawn.bucket.iter().any(|one| one.action.starts_with("s3"));
    is_there.then_some(drawn.owner)
}

fn details(users: &[Value], roles: &[Value]) -> Value {
    json!({ "UserDetailList": users, "GroupDetailList": [], "RoleDetailList": roles, "Policies": [] })
}

fn tags(tag: Option<&str>) -> Value {
    tag.map_or_else(|| json!([]), |value| json!([{ "Key": "team", "Value": value }]))
}

/// The world as files.
pub(crate) fn write(drawn: &DrawnWorld, folder: &Path) {
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
        let text = organization(*control, statement, drawn.in_unit).to_string();
        std::fs::write(folder.join("organization.json"), text).unwrap();
    }
}

/// An organisation of both accounts with one SCP on the root beside the one that allows everything, or instead of it, or with an RCP.
fn organization(control: Control, drawn: &Drawn, in_unit: bool) -> Value {
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
            "ParentId": if in_unit && id == ACCOUNT { UNIT } else { "r-ex01" }, "Tags": []
        })
    };
    let everything = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let root = json!([{ "TargetId": "r-ex01", "Type": "ROOT" }]);
    // Each level must allow.
    let mut everywhere: Vec<Value> =
        [management, ACCOUNT, "444455556666"].map(|id| json!({ "TargetId": id, "Type": "ACCOUNT" })).to_vec();
    if control != Control::Allows {
        everywhere.extend(root.as_array().into_iter().flatten().cloned());
    }
    if in_unit {
        everywhere.push(json!({ "TargetId": UNIT, "Type": "ORGANIZATIONAL_UNIT" }));
    }
    let policy = |id: &str, of_aws: bool, kind: &str, content: Value| {
        json!({
            "PolicySummary": {
                "Id": id, "Arn": arn(&format!("policy/o-exampleorg1/{}/{id}", kind.to_ascii_lowercase())), "Name": id,
                "Description": id, "Type": kind, "AwsManaged": of_aws
            },
            "Content": content.to_string(),
            "Targets": if of_aws { Value::from(everywhere.clone()) } else { root.clone() }
        })
    };
    let unit = json!({
        "Id": UNIT, "Arn": arn(&format!("ou/o-exampleorg1/{UNIT}")), "Name": "unit", "ParentId": "r-ex01"
    });
    let units = if in_unit { json!([unit]) } else { json!([]) };
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
        "OrganizationalUnits": units,
        "Accounts": [account(management), account(ACCOUNT), account("444455556666")],
        "Policies": [
            policy("p-FullAWSAccess", true, "SERVICE_CONTROL_POLICY", document(&[everything])),
            policy("p-examplepol1", false, kind, own),
        ]
    })
}
