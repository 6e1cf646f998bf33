//! Plans that are written here, each for one rule by which something is bounded, refused or told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::{Plan, Planned, Told};
use super::{ACCOUNT, attached, find};
use crate::bounds::{Bound, Bounds, Vocabulary};
use crate::draft::{AccountDraft, Draft};

/// A resource: its address, actions, attributes before and after, what is unknown, and what the expressions of its attributes mention.
pub(super) struct Change(
    pub(super) &'static str,
    pub(super) &'static [&'static str],
    pub(super) Value,
    pub(super) Value,
    pub(super) Value,
    pub(super) Value,
);

pub(super) fn plan_of(changes: &[Change]) -> Value {
    let parts = |address: &str| {
        let (kind, name) = address.split_once('.').unwrap();
        (kind.to_owned(), name.to_owned())
    };
    let resources: Vec<Value> = changes
        .iter()
        .map(|Change(address, actions, before, after, unknown, _)| {
            let (kind, name) = parts(address);
            json!({
                "address": address, "mode": "managed", "type": kind, "name": name,
                "change": { "actions": actions, "before": before, "after": after, "after_unknown": unknown }
            })
        })
        .collect();
    let configured: Vec<Value> = changes
        .iter()
        .map(|Change(address, .., expressions)| {
            let (kind, name) = parts(address);
            json!({ "mode": "managed", "type": kind, "name": name, "provider_config_key": "aws", "expressions": expressions })
        })
        .collect();
    json!({
        "format_version": "1.2", "resource_changes": resources,
        "configuration": {
            "provider_config": { "aws": { "expressions": { "allowed_account_ids": { "constant_value": [ACCOUNT] } } } },
            "root_module": { "resources": configured }
        }
    })
}

pub(super) fn read(plan: &Value, assumed: &[(&str, &str)]) -> Result<Plan, String> {
    let assumed: BTreeMap<String, String> =
        assumed.iter().map(|(address, value)| ((*address).to_owned(), (*value).to_owned())).collect();
    let bytes = plan.to_string();
    Plan::read(bytes.as_bytes(), &Arc::from("plan.json"), &assumed).map_err(|errors| format!("{errors:?}"))
}

pub(super) fn apply(changes: &[Change], base: Draft) -> Result<Planned, String> {
    apply_told(changes, base, &[])
}

fn apply_told(changes: &[Change], base: Draft, ignored: &[&str]) -> Result<Planned, String> {
    let ignored: BTreeSet<String> = ignored.iter().map(|kind| (*kind).to_owned()).collect();
    let told = Told { account: None, date: "2026-11-01T00:00:00Z".to_owned(), ignored, is_all: false };
    read(&plan_of(changes), &[])?.applied(base, &told).map_err(|errors| format!("{errors:?}"))
}

/// A world with the roles `app` and `other`, the user `ann` in the group `team`, and a bucket whose policy names both roles.
pub(super) fn base() -> Draft {
    let trust = |name: &str| json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": arn(name) } }] });
    let role = |name: &str, trusted: &str| {
        json!({
            "RoleName": name, "RoleId": format!("AROA{name}"), "Arn": arn(&format!("role/{name}")), "Path": "/",
            "AssumeRolePolicyDocument": trust(trusted), "RolePolicyList": [{ "PolicyName": "old", "PolicyDocument": document("s3:*") }],
            "AttachedManagedPolicies": [{ "PolicyName": "p", "PolicyArn": arn("policy/p") }, { "PolicyName": "q", "PolicyArn": arn("policy/q") }]
        })
    };
    let policies = ["p", "q"].map(|name| {
        let arn = arn(&format!("policy/{name}"));
        crate::draft::managed_policy(&arn, &document("s3:GetObject"), "2026-01-01T00:00:00Z")
    });
    let details = json!({
        "RoleDetailList": [role("app", "user/ann"), role("other", "role/app")],
        "UserDetailList": [{
            "UserName": "ann", "UserId": "AIDAann", "Arn": arn("user/ann"), "Path": "/", "UserPolicyList": [], "GroupList": ["Team"],
            "AttachedManagedPolicies": [{ "PolicyName": "p", "PolicyArn": arn("policy/p") }]
        }],
        "GroupDetailList": [{ "GroupName": "Team", "Arn": arn("group/Team"), "GroupPolicyList": [], "AttachedManagedPolicies": [] }],
        "Policies": policies,
    });
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": { "AWS": [arn("role/app"), arn("role/other")] } }]
    });
    let resource_policies = Some([("arn:aws:s3:::b".to_owned(), policy)].into_iter().collect());
    let account = AccountDraft { details, resource_policies, ..AccountDraft::default() };
    Draft { accounts: [(ACCOUNT.to_owned(), account)].into(), organization: None }
}

pub(super) fn arn(rest: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{rest}")
}

pub(super) fn document(action: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": action, "Resource": "*" }] })
}

pub(super) fn role(name: &str) -> Value {
    json!({ "name": name, "path": "/", "arn": arn(&format!("role/{name}")), "assume_role_policy": document("sts:AssumeRole").to_string() })
}

fn refused(changes: &[Change], expected: &str) {
    let error = apply(changes, base()).err().unwrap_or_default();
    assert!(error.contains(expected), "{expected}: {error}");
}

/// The files of both bounds.
fn bounded(planned: &Planned) -> [String; 2] {
    let vocabulary = Vocabulary { services: vec!["ec2.amazonaws.com".to_owned()], controlled: Vec::new() };
    [Bound::Widest, Bound::Narrowest].map(|bound| {
        let bounds = Bounds { bound, vocabulary: &vocabulary, holes: &planned.holes };
        planned.draft.files(&bounds).unwrap().into_values().collect()
    })
}

pub(super) const CREATE: &[&str] = &["create"];
pub(super) const UPDATE: &[&str] = &["update"];
const DELETE: &[&str] = &["delete"];
const KEEP: &[&str] = &["no-op"];
const REPLACE: &[&str] = &["delete", "create"];

#[test]
fn what_may_be_attached_or_taken_off_is_any_policy() {
    let (mut before, mut after) = (role("app"), role("app"));
    before["managed_policy_arns"] = json!([arn("policy/p"), arn("policy/q")]);
    after["managed_policy_arns"] = json!(null);
    let mentions =
        json!({ "managed_policy_arns": { "references": ["terraform_data.x.output", "terraform_data.x"] } });
    let change =
        Change("aws_iam_role.app", UPDATE, before, after, json!({ "managed_policy_arns": true }), mentions);
    let planned = apply(&[change], base()).unwrap();
    let policies = attached(find(&planned.draft, "RoleDetailList", "app").unwrap());
    assert_eq!(policies, ["planned-0"]);
    let [widest, narrowest] = bounded(&planned);
    assert!(widest.contains("\"Action\": \"*\"") && !widest.contains("\"Effect\": \"Deny\""));
    assert!(narrowest.contains("\"Effect\": \"Deny\""));
}

/// A plan that keeps nothing of a list tells nothing of what is written out in it; one that keeps its elements does.
#[test]
fn elements_are_those_of_the_resources_that_are_mentioned() {
    let policy = |address, name: &str| {
        let after = json!({ "name": name, "path": "/", "policy": document("s3:GetObject").to_string() });
        let unknown = json!({ "arn": true, "id": true });
        Change(address, CREATE, json!(null), after, unknown, json!({ "name": { "constant_value": name } }))
    };
    let exclusive = |after: Value, unknown: Value| {
        let mentions = json!({ "policy_arns": { "references": ["aws_iam_policy.x.arn", "aws_iam_policy.x", "aws_iam_policy.y.arn", "aws_iam_policy.y"] } });
        let address = "aws_iam_role_policy_attachments_exclusive.app";
        Change(address, CREATE, json!(null), after, unknown, mentions)
    };
    let of = |after: Value, unknown: Value| {
        let changes =
            [policy("aws_iam_policy.x", "x"), policy("aws_iam_policy.y", "y"), exclusive(after, unknown)];
        apply(&changes, base()).unwrap()
    };
    let names = |planned: &Planned| -> Vec<String> {
        attached(find(&planned.draft, "RoleDetailList", "app").unwrap())
            .into_iter()
            .map(str::to_owned)
            .collect()
    };
    let some = of(
        json!({ "role_name": "app", "policy_arns": [null, arn("policy/q"), null] }),
        json!({ "policy_arns": [true, false, true] }),
    );
    assert_eq!(names(&some), ["q", "x", "y"]);
    assert!(some.assumptions.iter().any(|text| text.contains("aws_iam_policy.x, aws_iam_policy.y have")));
    let whole = of(json!({ "role_name": "app" }), json!({ "policy_arns": true }));
    assert_eq!(names(&whole), ["planned-2"]);
    let more = of(
        json!({ "role_name": "app", "policy_arns": [null, null, null] }),
        json!({ "policy_arns": [true, true, true] }),
    );
    assert_eq!(names(&more), ["planned-2"]);
}

#[test]
fn what_one_resource_takes_off_and_another_puts_there_is_an_error() {
    let attachment = |name: &str| json!({ "role": "app", "policy_arn": arn(&format!("policy/{name}")) });
    let exclusive = Change(
        "aws_iam_role_policy_attachments_exclusive.app",
        CREATE,
        json!(null),
        json!({ "role_name": "app", "policy_arns": [arn("policy/q")] }),
        json!({}),
        json!({}),
    );
    let attach = |address, name: &str| {
        Change(address, CREATE, json!(null), attachment(name), json!({ "id": true }), json!({}))
    };
    refused(
        &[attach("aws_iam_role_policy_attachment.a", "p"), exclusive],
        "it takes arn:aws:iam::111122223333:policy/p off",
    );
    let gone = Change(
        "aws_iam_role_policy_attachment.b",
        DELETE,
        attachment("p"),
        json!(null),
        json!({}),
        json!({}),
    );
    refused(&[attach("aws_iam_role_policy_attachment.a", "p"), gone], "no order is known");
    let first: &[&str] = &["create", "delete"];
    let again = Change(
        "aws_iam_role_policy_attachment.a",
        first,
        attachment("p"),
        attachment("p"),
        json!({}),
        json!({}),
    );
    refused(&[again], "is made before what it replaces is deleted");
    let kept = Change(
        "aws_iam_role_policy_attachment.a",
        KEEP,
        attachment("p"),
        attachment("p"),
        json!({}),
        json!({}),
    );
    let replaced = Change("aws_iam_role.app", REPLACE, role("app"), role("app"), json!({}), json!({}));
    refused(&[kept, replaced], "which aws_iam_role.app deletes");
}

#[test]
fn blocks_that_a_configuration_does_not_show_are_read_too() {
    let with = |names: &[&str]| {
        let mut role = role("app");
        role["inline_policy"] = names
            .iter()
            .map(|name| json!({ "name": name, "policy": document("sqs:*").to_string() }))
            .collect();
        role
    };
    let inline = |changes: &[Change]| -> Vec<String> {
        let planned = apply(changes, base()).unwrap();
        let role = find(&planned.draft, "RoleDetailList", "app").unwrap().clone();
        role["RolePolicyList"]
            .as_array()
            .unwrap()
            .iter()
            .map(|policy| policy["PolicyName"].as_str().unwrap().to_owned())
            .collect()
    };
    let change = |actions, before: &[&str], after: &[&str]| {
        Change("aws_iam_role.app", actions, with(before), with(after), json!({}), json!({}))
    };
    assert_eq!(inline(&[change(UPDATE, &["old", "a"], &["a"])]), ["a"]);
    assert_eq!(inline(&[change(KEEP, &["a"], &["a"])]), ["old", "a"]);
    // Those that a resource of the plan puts there the role was only read to have: one that is deleted does not come back.
    let policy = json!({ "role": "app", "name": "old", "policy": document("s3:*").to_string() });
    let gone =
        || Change("aws_iam_role_policy.old", DELETE, policy.clone(), json!(null), json!({}), json!({}));
    assert_eq!(inline(&[change(KEEP, &["old"], &["old"]), gone()]), Vec::<String>::new());
    assert_eq!(inline(&[gone(), change(KEEP, &["old", "a"], &["old", "a"])]), ["a"]);
    // Nor does one that stays come back where the role's own list takes it off.
    let kept = Change("aws_iam_role_policy.old", KEEP, policy.clone(), policy, json!({}), json!({}));
    let error = apply(&[kept, change(UPDATE, &["old", "a"], &["a"])], base()).unwrap_err();
    assert!(error.contains("is taken away here and put there by aws_iam_role_policy.old"), "{error}");
    // Of a role that was there what becomes unknown is made by blocks that nobody shows.
    let unknown = Change(
        "aws_iam_role.app",
        UPDATE,
        with(&["a"]),
        role("app"),
        json!({ "inline_policy": true }),
        json!({}),
    );
    let [widest, narrowest] = bounded(&apply(&[unknown], base()).unwrap());
    assert!(widest.contains("\"Action\": \"*\"") && narrowest.contains("\"Effect\": \"Deny\""));
}

#[test]
fn whoever_is_renamed_stays_named_and_whoever_is_made_anew_is_another() {
    let user = |name: &str| json!({ "name": name, "path": "/", "arn": arn("user/ann") });
    let rename = || Change("aws_iam_user.ann", UPDATE, user("ann"), user("anna"), json!({}), json!({}));
    let gone = Change(
        "aws_iam_user_policy_attachment.p",
        DELETE,
        json!({ "user": "ann", "policy_arn": arn("policy/p") }),
        json!(null),
        json!({}),
        json!({}),
    );
    // By which name it is taken off is not known.
    refused(&[rename(), gone], "which aws_iam_user.ann renames: what comes first is not known");
    let planned = apply(&[rename()], base()).unwrap();
    let anna = find(&planned.draft, "UserDetailList", "anna").unwrap();
    assert_eq!((attached(anna), &anna["GroupList"]), (vec!["p"], &json!(["Team"])));
    let trusted = |planned: &Planned, name: &str| {
        find(&planned.draft, "RoleDetailList", name).unwrap()["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"].clone()
    };
    assert_eq!(trusted(&planned, "app"), json!(arn("user/anna")));

    // What stays names the one who is gone; what is written by the same plan names one of both.
    let mut other = role("other");
    other["assume_role_policy"] =
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": arn("role/app") } }] })
            .to_string()
            .into();
    let replaced = || Change("aws_iam_role.app", REPLACE, role("app"), role("app"), json!({}), json!({}));
    let planned = apply(
        &[replaced(), Change("aws_iam_role.other", KEEP, other.clone(), other.clone(), json!({}), json!({}))],
        base(),
    )
    .unwrap();
    assert_eq!(trusted(&planned, "other"), json!("AROAapp"));
    let bucket = &planned.draft.accounts[ACCOUNT].resource_policies.as_ref().unwrap()["arn:aws:s3:::b"];
    assert_eq!(bucket["Statement"][0]["Principal"]["AWS"], json!(["AROAapp", arn("role/other")]));
    let written = apply(
        &[replaced(), Change("aws_iam_role.other", UPDATE, role("other"), other, json!({}), json!({}))],
        base(),
    )
    .unwrap();
    let [widest, narrowest] = bounded(&written);
    let names = |text: &str| text.contains(&format!("\"AWS\": \"{}\"", arn("role/app")));
    assert!(names(&widest) && !names(&narrowest), "{widest}");
}

#[test]
fn what_is_not_read_makes_files_unknown_or_is_an_error() {
    let of = |address, after| Change(address, CREATE, json!(null), after, json!({ "arn": true }), json!({}));
    let files = |changes: &[Change]| -> Vec<&'static str> {
        let planned = apply(changes, base()).unwrap();
        planned.outdated.keys().map(|(_, file)| *file).collect()
    };
    let user = || {
        Change(
            "aws_iam_user.new",
            CREATE,
            json!(null),
            json!({ "name": "new", "path": "/" }),
            json!({ "arn": true }),
            json!({}),
        )
    };
    assert_eq!(files(&[user(), of("aws_vpc.v", json!({ "cidr_block": "10.0.0.0/8" }))]), Vec::<&str>::new());
    assert_eq!(files(&[user(), of("aws_lambda_function.f", json!({ "role": "r" }))]), ["resources.json"]);
    assert_eq!(files(&[user(), of("aws_iam_access_key.k", json!({ "user": "new" }))]), ["credentials.json"]);
    assert_eq!(
        files(&[user(), of("aws_lambda_permission.p", json!({ "principal": "*" }))]),
        ["resource-policies.json"]
    );
    assert_eq!(files(&[user(), of("aws_kms_key.k", json!({}))]), ["resource-policies.json"]);
    let left_out = apply(&[user(), of("aws_kms_key.k", json!({}))], base()).unwrap();
    assert!(left_out.draft.accounts[ACCOUNT].resource_policies.is_none());
    let set = || of("aws_ssoadmin_permission_set.s", json!({ "name": "s" }));
    refused(&[user(), set()], "may make principals");
    let ignored = apply_told(&[user(), set()], base(), &["aws_ssoadmin_permission_set"]).unwrap();
    assert!(ignored.assumptions.iter().any(|text| text.contains("aws_ssoadmin_permission_set")));
    // What the plan leaves as it is the world has.
    let kept = Change(
        "aws_lambda_function.f",
        KEEP,
        json!({ "role": "r" }),
        json!({ "role": "r" }),
        json!({}),
        json!({}),
    );
    assert_eq!(files(&[user(), kept]), Vec::<&str>::new());
}

#[test]
fn versions_are_pruned_as_the_provider_does() {
    let mut base = base();
    let account = base.accounts.get_mut(ACCOUNT).unwrap();
    let version = |number: usize, is_default: bool| json!({ "VersionId": format!("v{number}"), "IsDefaultVersion": is_default, "CreateDate": format!("2026-01-0{number}T00:00:00Z"), "Document": document("s3:List*") });
    account.details["Policies"][0]["PolicyVersionList"] =
        (1..=5).map(|number| version(number, number == 1)).collect();
    let policy = |action: &str| json!({ "name": "p", "path": "/", "arn": arn("policy/p"), "policy": document(action).to_string() });
    let change = Change("aws_iam_policy.p", UPDATE, policy("s3:List*"), policy("s3:*"), json!({}), json!({}));
    let planned = apply(&[change], base).unwrap();
    let found = find(&planned.draft, "Policies", "p").unwrap();
    let ids: Vec<&str> = found["PolicyVersionList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["VersionId"].as_str().unwrap())
        .collect();
    // The oldest is the default one, and stays.
    assert_eq!((ids, &found["DefaultVersionId"]), (vec!["v1", "v3", "v4", "v5", "v6"], &json!("v6")));
}

#[test]
fn memberships_go_by_names_whatever_their_letter_case() {
    let of = |users: &[&str]| json!({ "group": "team", "users": users });
    let address = "aws_iam_group_membership.m";
    let groups = |change: Change| {
        let planned = apply(&[change], base()).unwrap();
        find(&planned.draft, "UserDetailList", "ann").unwrap()["GroupList"].clone()
    };
    // Who is in the group stays when the resource is made, and is taken out when it is changed.
    assert_eq!(groups(Change(address, CREATE, json!(null), of(&[]), json!({}), json!({}))), json!(["Team"]));
    assert_eq!(groups(Change(address, UPDATE, of(&["ann"]), of(&[]), json!({}), json!({}))), json!([]));
    assert_eq!(groups(Change(address, DELETE, of(&["ANN"]), json!(null), json!({}), json!({}))), json!([]));
}

#[test]
fn an_account_that_nothing_tells_is_an_error() {
    let mut plan = plan_of(&[Change(
        "aws_iam_user.new",
        CREATE,
        json!(null),
        json!({ "name": "new" }),
        json!({ "arn": true }),
        json!({}),
    )]);
    plan["configuration"]["provider_config"]["aws"]["expressions"] = json!({});
    let error = read(&plan, &[]).unwrap().applied(base(), &Told::default()).unwrap_err();
    assert!(error[0].message.contains("nothing in the plan tells in which account"), "{error:?}");
    let told = Told { account: Some("444455556666".to_owned()), ..Told::default() };
    let error = read(&plan, &[]).unwrap().applied(base(), &told).unwrap_err();
    assert!(error[0].message.contains("which the world does not show"), "{error:?}");
}

#[test]
fn what_is_unknown_and_no_policy_is_an_error_in_the_end() {
    let profile = json!({ "name": "i", "role": "app", "arn": arn("instance-profile/i") });
    let change = Change(
        "aws_iam_instance_profile.i",
        CREATE,
        json!(null),
        profile,
        json!({ "path": true }),
        json!({}),
    );
    let planned = apply(&[change], base()).unwrap();
    let vocabulary = Vocabulary::default();
    let bounds = Bounds { bound: Bound::Widest, vocabulary: &vocabulary, holes: &planned.holes };
    let problems = planned.draft.files(&bounds).unwrap_err();
    assert!(problems.iter().all(|(whose, problem)| {
        whose.contains("aws_iam_instance_profile.i.path") && *problem == crate::bounds::Unbounded::NoPolicy
    }));
}

#[test]
fn what_is_taken_off_in_an_account_that_nothing_tells_is_an_error() {
    let before = json!({ "user": "ann", "policy_arn": arn("policy/p") });
    let mut plan = plan_of(&[Change(
        "aws_iam_user_policy_attachment.p",
        DELETE,
        before,
        json!(null),
        json!({}),
        json!({}),
    )]);
    plan["configuration"] = json!({ "root_module": {} });
    let error = read(&plan, &[]).unwrap().applied(base(), &Told::default()).unwrap_err();
    assert!(error[0].message.contains("nothing in the plan tells in which account"), "{error:?}");
}

/// Holes are characters of a private-use plane; written as escapes they are the same characters.
#[test]
fn nobody_forges_what_is_unknown() {
    let text = r#"{"format_version":"1.2","x":"\uDB96\uDE0A0\uDB96\uDE0B"}"#;
    let error = Plan::read(text.as_bytes(), &Arc::from("plan.json"), &BTreeMap::new()).unwrap_err();
    assert!(error[0].message.contains("stands for unknown values"), "{error:?}");
}

#[test]
fn a_policy_that_was_there_has_earlier_versions_that_nobody_shows() {
    let policy = || json!({ "name": "new", "path": "/", "arn": arn("policy/new"), "policy": document("s3:*").to_string() });
    let versions = |fate, before| {
        let change = Change("aws_iam_policy.new", fate, before, policy(), json!({}), json!({}));
        let planned = apply(&[change], base()).unwrap();
        find(&planned.draft, "Policies", "new").unwrap()["PolicyVersionList"].as_array().unwrap().len()
    };
    assert_eq!((versions(CREATE, json!(null)), versions(KEEP, policy())), (1, 2));
}

#[test]
fn policies_that_aws_gives_or_loses_are_unknown_or_an_error() {
    let lost = |changes: &[Change]| {
        apply(changes, base()).unwrap().draft.accounts[ACCOUNT].resource_policies.is_none()
    };
    let topic =
        json!({ "arn": "arn:aws:sns:eu-west-1:111122223333:t", "policy": document("sns:*").to_string() });
    let user = || {
        Change(
            "aws_iam_user.new",
            CREATE,
            json!(null),
            json!({ "name": "new", "path": "/" }),
            json!({ "arn": true }),
            json!({}),
        )
    };
    assert!(lost(&[
        user(),
        Change(
            "aws_sns_topic.t",
            CREATE,
            json!(null),
            json!({ "name": "t" }),
            json!({ "arn": true }),
            json!({})
        )
    ]));
    assert!(lost(&[
        user(),
        Change("aws_sns_topic_policy.t", DELETE, topic, json!(null), json!({}), json!({}))
    ]));
    let bucket = json!({ "bucket": "b", "policy": document("s3:*").to_string() });
    assert!(!lost(&[
        user(),
        Change("aws_s3_bucket_policy.b", DELETE, bucket.clone(), json!(null), json!({}), json!({}))
    ]));
    let kept = Change("aws_s3_bucket_policy.b", KEEP, bucket.clone(), bucket, json!({}), json!({}));
    let whole = json!({ "bucket": "b", "arn": "arn:aws:s3:::b" });
    let replaced = Change("aws_s3_bucket.b", REPLACE, whole.clone(), whole, json!({}), json!({}));
    refused(&[user(), kept, replaced], "it stays as it is on aws_s3_bucket.b");
}
