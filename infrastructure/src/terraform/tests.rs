//! The plans in corpus/plans, which a real Terraform made.

mod asked;
mod reviewed;
mod reviewed_again;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Plan, Planned, Told};
use crate::draft::{AccountDraft, Draft};
use crate::hole;

const ACCOUNT: &str = "111122223333";

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/plans")
}

fn plan(name: &str) -> Plan {
    let path = corpus().join(name).join("plan.json");
    Plan::read(&std::fs::read(&path).unwrap(), &Arc::from(name), &BTreeMap::new()).unwrap()
}

fn told() -> Told {
    Told {
        account: Some(ACCOUNT.to_owned()),
        date: "2026-11-01T00:00:00Z".to_owned(),
        ignored: BTreeSet::new(),
        is_all: true,
    }
}

fn applied(name: &str, base: Draft) -> Planned {
    plan(name).applied(base, &told()).unwrap_or_else(|errors| panic!("{name}: {errors:#?}"))
}

/// Account 1 with a role `existing-role`, a user `somebody` and a file of policies of resources.
fn base() -> Draft {
    let mut details = AccountDraft::default().details;
    details["RoleDetailList"] =
        json!([{ "RoleName": "existing-role", "RolePolicyList": [], "AttachedManagedPolicies": [] }]);
    details["UserDetailList"] = json!([{ "UserName": "somebody", "UserPolicyList": [], "AttachedManagedPolicies": [], "GroupList": [] }]);
    let account =
        AccountDraft { details, resource_policies: Some(serde_json::Map::new()), ..AccountDraft::default() };
    Draft { accounts: [(ACCOUNT.to_owned(), account)].into(), organization: None }
}

fn find<'d>(draft: &'d Draft, list: &str, name: &str) -> Option<&'d Value> {
    let member = format!("{}Name", list.strip_suffix("DetailList").unwrap_or("Policy"));
    draft.accounts[ACCOUNT].details[list].as_array().unwrap().iter().find(|entity| entity[&member] == name)
}

fn attached(entity: &Value) -> Vec<&str> {
    let policies = entity["AttachedManagedPolicies"].as_array().unwrap();
    policies.iter().map(|policy| policy["PolicyName"].as_str().unwrap()).collect()
}

fn default_document(policy: &Value) -> &Value {
    let versions = policy["PolicyVersionList"].as_array().unwrap();
    &versions.iter().find(|version| version["IsDefaultVersion"] == true).unwrap()["Document"]
}

#[test]
fn what_is_known_but_for_arns_has_no_holes() {
    let planned = applied("known-create", Draft::default());
    assert!(!planned.draft.has_holes());
    let app = find(&planned.draft, "RoleDetailList", "app").unwrap();
    assert_eq!(
        (app["Arn"].as_str(), attached(app)),
        (Some("arn:aws:iam::111122223333:role/app/app"), vec!["app-read"])
    );
    let boundary = &app["PermissionsBoundary"]["PermissionsBoundaryArn"];
    assert_eq!(boundary, "arn:aws:iam::111122223333:policy/app-boundary");
    assert_eq!(app["RolePolicyList"][0]["PolicyName"], "queue");
    assert_eq!(app["InstanceProfileList"][0]["InstanceProfileName"], "app");
    assert_eq!(attached(find(&planned.draft, "RoleDetailList", "audit").unwrap()), ["SecurityAudit"]);
    assert_eq!(planned.assumptions.len(), 5, "{:?}", planned.assumptions);
}

#[test]
fn documents_have_holes_where_the_plan_has_them() {
    let planned = applied("data-document-holes", base());
    let of = |name: &str| default_document(find(&planned.draft, "Policies", name).unwrap()).clone();
    let addresses = |json: &Value| -> Vec<String> {
        hole::numbers(json)
            .into_iter()
            .map(|number| planned.holes.get(number).unwrap().address.clone())
            .collect()
    };
    let key = of("key");
    assert_eq!(addresses(&key), ["data.aws_iam_policy_document.key.statement[0].resources[0]"], "{key:#}");
    let condition = of("condition");
    assert_eq!(condition["Statement"][0]["Condition"]["Bool"]["aws:SecureTransport"], json!(["true"]));
    assert_eq!(addresses(&condition).len(), 1, "{condition:#}");
    // Of a text that was put together of several nothing is known.
    let planned = applied("jsonencode-holes", base());
    let details = &planned.draft.accounts[ACCOUNT].details;
    let whole =
        details["Policies"].as_array().unwrap().iter().filter(|policy| default_document(policy).is_string());
    assert!(whole.count() >= 2, "{details:#}");
}

#[test]
fn what_a_plan_changes_and_takes_away_is_changed_and_gone() {
    let before = plan("update-and-delete").before().applied(Draft::default(), &told()).unwrap();
    let after = applied("update-and-delete", before.draft.clone());
    let names = |draft: &Draft, list: &str| -> Vec<String> {
        let member = format!("{}Name", list.strip_suffix("DetailList").unwrap_or("Policy"));
        let all = draft.accounts[ACCOUNT].details[list].as_array().unwrap();
        let mut names: Vec<String> =
            all.iter().map(|entity| entity[&member].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let show =
        |draft: &Draft| ["RoleDetailList", "UserDetailList", "Policies"].map(|list| names(draft, list));
    let [roles, users, policies] = show(&after.draft);
    assert_eq!(show(&before.draft)[0].len(), 7);
    assert_eq!(roles, ["bounded", "forgotten", "moved", "moved-and-changed", "same", "switched-2"]);
    assert_eq!(
        (users, policies),
        (
            ["counted-0", "developer"].map(str::to_owned).to_vec(),
            ["app", "boundary", "formatted", "new-name", "watch"].map(str::to_owned).to_vec(),
        )
    );
    let bounded =
        |draft: &Draft| find(draft, "RoleDetailList", "bounded").unwrap()["PermissionsBoundary"].is_object();
    assert!(bounded(&before.draft) && !bounded(&after.draft));
    // One that is renamed keeps its id and what it has.
    let (dev, developer) =
        (find(&before.draft, "UserDetailList", "dev"), find(&after.draft, "UserDetailList", "developer"));
    assert_eq!(dev.unwrap()["UserId"], developer.unwrap()["UserId"]);
    assert_eq!(attached(developer.unwrap()), ["app"]);
    // A policy that says the same in another form is as it was, one that says something else has a version more.
    let versions = |name: &str| {
        let policy = find(&after.draft, "Policies", name).unwrap();
        (
            policy["PolicyVersionList"].as_array().unwrap().len(),
            policy["DefaultVersionId"].as_str().unwrap().to_owned(),
        )
    };
    // And earlier ones, which nobody shows.
    assert_eq!(versions("formatted"), (2, "v1".to_owned()));
    assert_eq!(versions("app"), (3, "v2".to_owned()));
    assert_eq!(
        default_document(find(&after.draft, "Policies", "app").unwrap())["Statement"][0]["Action"],
        "s3:*"
    );
    assert!(default_document(find(&after.draft, "Policies", "watch").unwrap()).is_string());
}

#[test]
fn what_cannot_be_placed_is_an_error() {
    for (name, texts) in [
        ("nothing-of-iam", vec!["nothing in the plan has to do with permissions"]),
        ("organizations", vec!["the world has no organization.json"]),
        ("members-and-exclusive", vec!["the role `existing-role` is neither in the account"]),
    ] {
        let errors = plan(name).applied(Draft::default(), &told()).unwrap_err();
        for text in texts {
            assert!(errors.iter().any(|error| error.message.contains(text)), "{name}: {errors:#?}");
        }
    }
    let nowhere = plan("known-create").applied(Draft::default(), &Told { is_all: true, ..Told::default() });
    assert!(nowhere.is_ok(), "its provider says in which account it is");
}

#[test]
fn what_proves_nothing_is_refused() {
    for (text, expected) in [
        ("{}", "no plan and no state"),
        ("[]", "no plan and no state"),
        (r#"{"format_version":"2.0"}"#, "the format is version 2.0"),
        (r#"{"format_version":"1.2","errored":true}"#, "failed and is not whole"),
        (r#"{"format_version":"1.2","complete":false}"#, "not complete"),
        (r#"{"format_version":"1.2","deferred_changes":[{}]}"#, "not complete"),
        (
            r#"{"format_version":"1.2","resource_changes":[{"change":{"actions":["dance"]}}]}"#,
            "it is not known what the actions `dance` do",
        ),
        (r#"{"format_version":"1.2","format_version":"1.2"}"#, "format_version"),
    ] {
        let errors = Plan::read(text.as_bytes(), &Arc::from("plan.json"), &BTreeMap::new()).unwrap_err();
        assert!(errors[0].message.contains(expected), "{text}: {errors:?}");
    }
    let wide: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(r#"{"format_version":"1.2"}"#.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert!(Plan::read(&wide, &Arc::from("plan.json"), &BTreeMap::new()).is_ok());
    assert!(
        Plan::read(b"\xEF\xBB\xBF{\"format_version\":\"1.2\"}", &Arc::from("plan.json"), &BTreeMap::new())
            .is_ok()
    );
    assert!(Plan::read(&wide[..wide.len() - 1], &Arc::from("plan.json"), &BTreeMap::new()).is_err());
    let reserved = "{\"format_version\":\"1.2\",\"x\":\"\u{F5A0A}\"}";
    assert!(Plan::read(reserved.as_bytes(), &Arc::from("plan.json"), &BTreeMap::new()).is_err());
}

/// The organisation from which corpus/plans/organization-moves starts.
fn organization() -> Value {
    let unit = |id: &str| json!({ "Id": id, "Name": id, "ParentId": "r-w3wn" });
    let target = |id: &str| json!({ "TargetId": id, "Type": "ACCOUNT" });
    json!({
        "Organization": { "Id": "o-0yt32six1m", "MasterAccountId": ACCOUNT, "Arn": "arn:aws:organizations::111122223333:organization/o-0yt32six1m" },
        "Roots": [{ "Id": "r-w3wn" }],
        "OrganizationalUnits": [unit("ou-w3wn-r9vsuoa1"), unit("ou-w3wn-dlg50x5w")],
        "Accounts": [
            { "Id": "424998537164", "ParentId": "ou-w3wn-r9vsuoa1" }, { "Id": "228395324846", "ParentId": "ou-w3wn-r9vsuoa1" },
            { "Id": "962349142362", "ParentId": "ou-w3wn-dlg50x5w" },
        ],
        "Policies": [{
            "PolicySummary": { "Id": "p-zy9aesls", "Type": "SERVICE_CONTROL_POLICY", "Name": "guard" }, "Content": "{}",
            "Targets": [target("962349142362"), target("ou-w3wn-dlg50x5w"), target("ou-w3wn-r9vsuoa1")]
        }],
    })
}

#[test]
fn accounts_move_and_what_is_told_to_stay_stays() {
    let mut plan = plan("organization-moves");
    let base = || Draft { organization: Some(organization()), ..base() };
    // New accounts have no number before they are made.
    let errors = plan.applied(base(), &told()).unwrap_err();
    let new = errors.iter().filter(|error| error.message.contains("does not list"));
    assert_eq!(new.count(), 2, "{errors:#?}");
    assert!(
        errors.iter().any(|error| error.message.contains("what the policy is attached to")),
        "{errors:#?}"
    );
    plan.resources.retain(|resource| !["new", "nowhere"].contains(&resource.name.as_str()));
    let planned = plan.applied(base(), &Told { is_all: false, ..told() }).unwrap();
    let organization = planned.draft.organization.unwrap();
    let parent = |id: &str| {
        let accounts = organization["Accounts"].as_array().unwrap();
        accounts.iter().find(|account| account["Id"] == id).unwrap()["ParentId"].as_str().unwrap().to_owned()
    };
    assert_eq!(parent("228395324846"), "ou-w3wn-dlg50x5w");
    assert!(parent("424998537164") != "ou-w3wn-r9vsuoa1");
    let targets: Vec<&str> = organization["Policies"][0]["Targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|target| target["TargetId"].as_str().unwrap())
        .collect();
    // Of the two that are deleted one says `skip_destroy`.
    assert_eq!(targets, ["962349142362", "ou-w3wn-r9vsuoa1"]);
}

/// `role[count.index]` of the call of a module, in which resources have indices of their own.
#[test]
fn an_index_is_that_of_the_block_in_which_it_stands() {
    let mut plan = plan("indices");
    let errors = plan.applied(base(), &told()).unwrap_err();
    // Nobody follows a value of `for_each`, nor an element of a splat.
    assert!(errors.iter().all(|error| {
        ["by_key", "each_value", "splat_index"].iter().any(|name| error.message.contains(name))
    }));
    plan.resources.retain(|resource| {
        !errors.iter().any(|error| error.message.starts_with(&format!("{}:", resource.address)))
    });
    let planned = plan.applied(base(), &told()).unwrap();
    let of = |name: &str| -> Vec<String> {
        let role = find(&planned.draft, "RoleDetailList", name).unwrap_or_else(|| panic!("no role {name}"));
        attached(role).into_iter().map(str::to_owned).collect()
    };
    assert_eq!(of("r-0"), ["p-0", "counted-0-0", "counted-0-1"]);
    let second: Vec<String> = of("r-1").into_iter().filter(|name| !name.starts_with("planned-")).collect();
    assert_eq!(second, ["p-1", "counted-1-0", "counted-1-1"]);
    // That it crosses them a plan does not show: it is told as a guess.
    let guess = "aws_iam_role_policy_attachment.crossed[0].policy_arn is what aws_iam_policy.p[0] has, the only resource that its expression mentions, by the index of its block";
    assert!(planned.assumptions.contains(guess), "{:#?}", planned.assumptions);
}

#[test]
fn hard_cases_are_bounded_or_an_error() {
    for (name, texts) in [
        (
            "two-addresses",
            vec![
                "the role same-name",
                "the inline policy inline",
                "the attachment arn:aws:iam::111122223333:policy/read",
            ],
        ),
        ("replaced-and-renamed", vec!["deletes: afterwards it is not there"]),
        ("other-types", vec!["aws_cloudformation_stack", "aws_ssoadmin_permission_set.new"]),
        ("accounts-unknown", vec!["nothing in the plan tells in which account"]),
    ] {
        let told = Told { account: None, is_all: false, ..told() };
        let errors = plan(name).applied(base(), &told).unwrap_err();
        for text in texts {
            assert!(errors.iter().any(|error| error.message.contains(text)), "{name}, {text}: {errors:#?}");
        }
    }
    let dynamic = applied("dynamic-blocks", base());
    let inline = |name: &str| find(&dynamic.draft, "RoleDetailList", name).unwrap()["RolePolicyList"].clone();
    for name in ["mixed", "becomes-unknown"] {
        assert!(!hole::numbers(&inline(name)).is_empty(), "{name}: {:#}", inline(name));
    }
    assert_eq!(inline("known").as_array().unwrap().len(), 2);
    let tags = applied("tags-unknown", base());
    assert!(tags.asked(&[]).len() >= 4, "{:?}", tags.asked(&[]));
}
