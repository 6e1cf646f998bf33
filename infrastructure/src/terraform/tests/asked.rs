//! What a plan leaves unknown outside of policies is refused where something asks for it, until it is said.

use serde_json::{Value, json};

use super::super::Told;
use super::written::{CREATE, Change, UPDATE, apply, arn, base, plan_of, read, role};
use super::{ACCOUNT, find};

#[test]
fn tags_that_are_unknown_are_told_and_refused_where_something_asks() {
    let tagged = |tags: Value, unknown: Value| {
        let mut after = role("app");
        after["tags"] = tags;
        Change("aws_iam_role.app", UPDATE, role("app"), after, unknown, json!({}))
    };
    let asking = |key: &str| {
        let mut base = base();
        let account = base.accounts.get_mut(ACCOUNT).unwrap();
        account.details["RoleDetailList"][1]["RolePolicyList"][0]["PolicyDocument"]["Statement"][0]["Condition"] =
            json!({ "StringEquals": { key: "red" } });
        base
    };
    for (change, count) in [
        (tagged(json!({ "other": "x" }), json!({ "tags": { "Team": true } })), 1),
        (tagged(json!(null), json!({ "tags": true })), 1),
        // Its provider gives none.
        (tagged(json!({ "other": "x" }), json!({ "tags_all": true })), 0),
    ] {
        let changes = [change];
        let asked = |base| apply(&changes, base).unwrap().asked(&[]).len();
        assert_eq!((asked(base()), asked(asking("aws:PrincipalTag/team"))), (0, count));
        let all = apply(&changes, base()).unwrap();
        assert_eq!(all.asked(&["tags".to_owned(), "team".to_owned()]).len(), count);
    }
}

#[test]
fn tags_that_a_provider_gives_are_unknown_until_they_are_said() {
    let mut after = role("app");
    after["tags"] = json!({ "other": "x" });
    let mut plan = plan_of(&[Change(
        "aws_iam_role.app",
        UPDATE,
        role("app"),
        after,
        json!({ "tags_all": true }),
        json!({}),
    )]);
    plan["configuration"]["provider_config"]["aws"]["expressions"]["default_tags"] = json!([{ "tags": {} }]);
    let told = Told::default();
    let asked = |assumed: &[(&str, &str)]| {
        let planned = read(&plan, assumed).unwrap().applied(base(), &told).unwrap();
        planned.asked(&["tags".to_owned()]).len()
    };
    assert_eq!((asked(&[]), asked(&[("aws_iam_role.app.tags_all", "{\"other\":\"x\"}")])), (1, 0));
}

#[test]
fn a_name_that_is_made_up_is_refused_where_a_pattern_may_tell_it() {
    let made = |prefix: &str| {
        let mut after = role("x");
        for name in ["name", "arn"] {
            after.as_object_mut().unwrap().remove(name);
        }
        after["name_prefix"] = json!(prefix);
        Change(
            "aws_iam_role.made",
            CREATE,
            json!(null),
            after,
            json!({ "name": true, "arn": true }),
            json!({ "name_prefix": {} }),
        )
    };
    let asking = |pattern: &str| {
        let mut base = base();
        let account = base.accounts.get_mut(ACCOUNT).unwrap();
        account.details["RoleDetailList"][1]["RolePolicyList"][0]["PolicyDocument"]["Statement"][0]["Resource"] =
            json!(pattern);
        base
    };
    for (prefix, pattern, expected) in [
        ("app-", "arn:aws:iam::*:role/app-*", 0),
        ("app-", "arn:aws:iam::*:role/app-1*", 1),
        ("app", "arn:aws:iam::*:role/app-*", 1),
        ("app-", "arn:aws:sts::*:assumed-role/app-*/admin", 1),
        ("app-", "arn:aws:s3:::app-*", 0),
    ] {
        let planned = apply(&[made(prefix)], asking(pattern)).unwrap();
        assert_eq!(planned.asked(&[]).len(), expected, "{prefix} {pattern}");
    }
    let planned = apply(&[made("app-")], base()).unwrap();
    assert_eq!(planned.asked(&["arn:aws:iam::*:role/app-2026".to_owned()]).len(), 1);
}

#[test]
fn an_unknown_boundary_is_refused_until_it_is_said() {
    let mut after = role("app");
    after["permissions_boundary"] = json!(null);
    let mentions = json!({ "permissions_boundary": { "references": ["terraform_data.x.output"] } });
    let changes = [Change(
        "aws_iam_role.app",
        UPDATE,
        role("app"),
        after,
        json!({ "permissions_boundary": true }),
        mentions,
    )];
    assert_eq!(apply(&changes, base()).unwrap().asked(&[]).len(), 1);
    let json = plan_of(&changes);
    let told = Told { date: "2026-11-01T00:00:00Z".to_owned(), ..Told::default() };
    let assumed = |value: &str| {
        read(&json, &[("aws_iam_role.app.permissions_boundary", value)])
            .unwrap()
            .applied(base(), &told)
            .unwrap()
    };
    let planned = assumed(&arn("policy/p"));
    assert!(
        planned.asked(&[]).is_empty() && planned.assumptions.iter().any(|text| text.contains("--assume"))
    );
    let app = find(&planned.draft, "RoleDetailList", "app").unwrap();
    assert_eq!(app["PermissionsBoundary"]["PermissionsBoundaryArn"], json!(arn("policy/p")));
    assert!(find(&assumed("null").draft, "RoleDetailList", "app").unwrap()["PermissionsBoundary"].is_null());
    let wrong = read(&json, &[("aws_iam_role.app.name", "x")]).unwrap_err();
    assert!(
        wrong.contains("no value that the plan leaves unknown") && wrong.contains("permissions_boundary")
    );
}
