//! Plans by which somebody who meant harm made a world prove what does not hold, or got an answer that helps nobody.

use serde_json::{Value, json};

use super::super::Told;
use super::written::{Change, apply, arn, base, document, plan_of, read};
use super::{ACCOUNT, attached, find};
use crate::draft::Draft;

pub(super) const CREATE: &[&str] = &["create"];
pub(super) const UPDATE: &[&str] = &["update"];
pub(super) const DELETE: &[&str] = &["delete"];
pub(super) const KEEP: &[&str] = &["no-op"];
pub(super) const REPLACE: &[&str] = &["delete", "create"];

pub(super) fn role(name: &str) -> Value {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "ec2.amazonaws.com" } }] });
    json!({ "name": name, "path": "/", "arn": arn(&format!("role/{name}")), "assume_role_policy": trust.to_string() })
}

pub(super) fn gone(address: &'static str, before: Value) -> Change {
    Change(address, DELETE, before, json!(null), json!({}), json!({}))
}

pub(super) fn kept(address: &'static str, value: &Value) -> Change {
    Change(address, KEEP, value.clone(), value.clone(), json!({}), json!({}))
}

pub(super) fn told(ignored: &[&str], account: Option<&str>) -> Told {
    Told {
        account: account.map(str::to_owned),
        date: "2026-11-01T00:00:00Z".to_owned(),
        ignored: ignored.iter().map(|kind| (*kind).to_owned()).collect(),
        is_all: false,
    }
}

pub(super) fn policies_of_resources(draft: &Draft) -> Option<Vec<&String>> {
    Some(draft.accounts[ACCOUNT].resource_policies.as_ref()?.keys().collect())
}

#[test]
fn what_is_left_of_an_earlier_replacement_goes_with_the_plan() {
    let attachment = json!({ "role": "app", "policy_arn": arn("policy/q") });
    let mut plan = plan_of(&[gone("aws_iam_role_policy_attachment.old", attachment)]);
    plan["resource_changes"][0]["deposed"] = json!("0a1b2c3d");
    let planned = read(&plan, &[]).unwrap().applied(base(), &told(&[], None)).unwrap();
    assert_eq!(attached(find(&planned.draft, "RoleDetailList", "app").unwrap()), ["p"]);
}

#[test]
fn an_arn_of_something_else_takes_no_policy_away() {
    let with = |arn: &str| {
        let mut base = base();
        let account = base.accounts.get_mut(ACCOUNT).unwrap();
        account.resource_policies.as_mut().unwrap().insert(arn.to_owned(), document("s3:*"));
        base
    };
    let app = || kept("aws_iam_role.app", &role("app"));
    let secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-abcdef";
    let version = json!({ "arn": secret, "secret_id": secret });
    let planned =
        apply(&[gone("aws_secretsmanager_secret_version.v", version), app()], with(secret)).unwrap();
    assert_eq!(policies_of_resources(&planned.draft), None);
    let queue = "arn:aws:sqs:eu-west-1:111122223333:q";
    let target = json!({ "arn": queue, "rule": "r" });
    let planned = apply(&[gone("aws_cloudwatch_event_target.t", target), app()], with(queue)).unwrap();
    assert_eq!(policies_of_resources(&planned.draft), None);
    // The queue itself takes its policy with it.
    let planned = apply(&[gone("aws_sqs_queue.q", json!({ "arn": queue }))], with(queue)).unwrap();
    assert_eq!(policies_of_resources(&planned.draft).unwrap(), ["arn:aws:s3:::b"]);
    // What does not matter takes nothing away.
    let topic = "arn:aws:sns:eu-west-1:111122223333:t";
    let kind = "aws_sns_topic_data_protection_policy";
    let protection = gone("aws_sns_topic_data_protection_policy.d", json!({ "arn": topic, "policy": "{}" }));
    let plan = plan_of(&[protection, app()]);
    let planned = read(&plan, &[]).unwrap().applied(with(topic), &told(&[kind], None)).unwrap();
    assert_eq!(policies_of_resources(&planned.draft).unwrap().len(), 2);
}

#[test]
fn an_attachment_of_many_takes_off_nobody_when_it_is_made() {
    let of = |roles: &[&str]| json!({ "name": "m", "policy_arn": arn("policy/p"), "roles": roles, "users": [], "groups": [] });
    let address = "aws_iam_policy_attachment.m";
    let app = |change: Change| {
        let planned = apply(&[change], base()).unwrap();
        attached(find(&planned.draft, "RoleDetailList", "app").unwrap()).contains(&"p")
    };
    assert!(app(Change(address, CREATE, json!(null), of(&["other"]), json!({}), json!({}))));
    assert!(!app(Change(address, UPDATE, of(&["app", "other"]), of(&["other"]), json!({}), json!({}))));
}

#[test]
fn a_list_of_a_role_takes_off_what_an_attachment_keeps() {
    let with = |policies: &[&str]| {
        let mut role = role("app");
        role["managed_policy_arns"] = policies.iter().map(|name| arn(&format!("policy/{name}"))).collect();
        role
    };
    let change = |actions, before: &[&str], after: &[&str]| {
        Change(
            "aws_iam_role.app",
            actions,
            with(before),
            with(after),
            json!({}),
            json!({ "managed_policy_arns": {} }),
        )
    };
    let attachment = json!({ "role": "app", "policy_arn": arn("policy/q") });
    let error = apply(
        &[change(UPDATE, &["p", "q"], &["p"]), kept("aws_iam_role_policy_attachment.q", &attachment)],
        base(),
    )
    .unwrap_err();
    assert!(
        error.contains("is taken away here and put there by aws_iam_role_policy_attachment.q"),
        "{error}"
    );
    // A list that does not change, as that of a variable that is null, puts nothing back.
    let planned = apply(
        &[
            change(KEEP, &["p", "q"], &["p", "q"]),
            gone("aws_iam_role_policy_attachment.q", attachment.clone()),
        ],
        base(),
    )
    .unwrap();
    assert_eq!(attached(find(&planned.draft, "RoleDetailList", "app").unwrap()), ["p"]);
    // What the plan read, and the world does not show, is told.
    let mut old = base();
    old.accounts.get_mut(ACCOUNT).unwrap().details["RoleDetailList"][0]["AttachedManagedPolicies"] =
        json!([]);
    let planned = apply(&[change(KEEP, &["p"], &["p"])], old).unwrap();
    assert_eq!(attached(find(&planned.draft, "RoleDetailList", "app").unwrap()), ["p"]);
    assert!(planned.assumptions.iter().any(|text| text.contains("is taken to be older")), "{planned:?}");
}

#[test]
fn what_the_plan_leaves_and_the_world_shows_otherwise_is_told() {
    let differs = |change: Change| {
        let planned = apply(&[change], base()).unwrap();
        planned.assumptions.iter().filter(|text| text.contains("is taken to be older")).count()
    };
    let inline = |text: Value| json!({ "role": "app", "name": "old", "policy": text.to_string() });
    assert_eq!(differs(kept("aws_iam_role_policy.old", &inline(document("s3:*")))), 0);
    assert_eq!(differs(kept("aws_iam_role_policy.old", &inline(document("sqs:*")))), 1);
    let attachment = |name: &str| json!({ "role": "app", "policy_arn": arn(&format!("policy/{name}")) });
    assert_eq!(differs(kept("aws_iam_role_policy_attachment.p", &attachment("p"))), 0);
    assert_eq!(differs(kept("aws_iam_role_policy_attachment.p", &attachment("x"))), 1);
    let membership = |user: &str| json!({ "user": user, "groups": ["Team"] });
    assert_eq!(differs(kept("aws_iam_user_group_membership.m", &membership("ann"))), 0);
    let exclusive = json!({ "role_name": "app", "policy_arns": [arn("policy/p")] });
    assert_eq!(differs(kept("aws_iam_role_policy_attachments_exclusive.e", &exclusive)), 1);
}

#[test]
fn accounts_are_told_by_arns_of_their_own_alone() {
    let account = |changes: &[Change], expressions: Value, told: &Told| {
        let mut plan = plan_of(changes);
        plan["configuration"]["provider_config"]["aws"]["expressions"] = expressions;
        let planned = read(&plan, &[]).unwrap().applied(base(), told);
        planned.map(|planned| find(&planned.draft, "UserDetailList", "new").is_some())
    };
    let new = || {
        Change(
            "aws_iam_user.new",
            CREATE,
            json!(null),
            json!({ "name": "new", "path": "/" }),
            json!({ "arn": true }),
            json!({}),
        )
    };
    let foreign =
        json!({ "arn": "arn:aws:sns:eu-west-1:444455556666:t:11111111-2222-3333-4444-555555555555" });
    let subscription = || kept("aws_sns_topic_subscription.s", &foreign);
    let allowed = json!({ "allowed_account_ids": { "constant_value": [ACCOUNT] } });
    assert!(account(&[subscription(), new()], allowed, &told(&[], None)).unwrap());
    assert!(account(&[subscription(), new()], json!({}), &told(&[], Some(ACCOUNT))).unwrap());
    // What is allowed contradicts what an ARN says.
    let other = json!({ "name": "q", "arn": "arn:aws:sqs:eu-west-1:444455556666:q" });
    let allowed = json!({ "allowed_account_ids": { "constant_value": [ACCOUNT] } });
    let error = account(&[kept("aws_sqs_queue.q", &other), new()], allowed, &told(&[], None)).unwrap_err();
    assert!(error.iter().any(|error| error.message.contains("in which account")), "{error:?}");
    // Of roles that are taken on one after the other the last counts.
    let through =
        |account: &str| json!({ "role_arn": { "constant_value": format!("arn:aws:iam::{account}:role/r") } });
    let chained = json!({ "assume_role": [through("444455556666"), through(ACCOUNT)] });
    assert!(account(&[new()], chained, &told(&[], None)).unwrap());
}

#[test]
fn blocks_of_other_providers_tell_no_account() {
    let mut plan = plan_of(&[gone(
        "aws_iam_role_policy_attachment.q",
        json!({ "role": "app", "policy_arn": arn("policy/q") }),
    )]);
    plan["configuration"]["root_module"]["resources"] = json!([]);
    plan["configuration"]["provider_config"]["random"] = json!({ "name": "random" });
    let planned = read(&plan, &[]).unwrap().applied(base(), &told(&[], None)).unwrap();
    assert_eq!(attached(find(&planned.draft, "RoleDetailList", "app").unwrap()), ["p"]);
    plan["configuration"]["provider_config"]["aws"]["expressions"] = json!({});
    let planned = read(&plan, &[]).unwrap().applied(base(), &told(&[], Some(ACCOUNT))).unwrap();
    assert_eq!(attached(find(&planned.draft, "RoleDetailList", "app").unwrap()), ["p"]);
}

#[test]
fn tags_that_no_plan_shows_are_unknown() {
    let tagged = |expressions: Value, all: Value| {
        let mut user = json!({ "name": "ann", "path": "/", "arn": arn("user/ann"), "tags": { "a": "1" } });
        user["tags_all"] = all;
        let mut plan = plan_of(&[kept("aws_iam_user.ann", &user)]);
        plan["configuration"]["provider_config"]["aws"]["expressions"]["ignore_tags"] = expressions;
        let planned = read(&plan, &[]).unwrap().applied(base(), &told(&[], None)).unwrap();
        let tags = find(&planned.draft, "UserDetailList", "ann").unwrap()["Tags"].as_array().unwrap().len();
        (tags, planned.unknown_tags.len())
    };
    let ignored = json!([{ "keys": { "constant_value": ["team"] } }]);
    assert_eq!(tagged(ignored, json!({ "a": "1" })), (1, 1));
    let mut plan = plan_of(&[kept(
        "aws_iam_user.ann",
        &json!({ "name": "ann", "path": "/", "arn": arn("user/ann"), "tags": { "a": "1" }, "tags_all": { "a": "1", "env": "prod" } }),
    )]);
    // Those of the environment of who plans are in no block.
    plan["configuration"]["provider_config"]["aws"]["expressions"] =
        json!({ "allowed_account_ids": { "constant_value": [ACCOUNT] } });
    let planned = read(&plan, &[]).unwrap().applied(base(), &told(&[], None)).unwrap();
    assert_eq!(find(&planned.draft, "UserDetailList", "ann").unwrap()["Tags"].as_array().unwrap().len(), 2);
}

#[test]
fn made_up_names_are_held_against_policies_of_aws_too() {
    let new = Change(
        "aws_iam_role.new",
        CREATE,
        json!(null),
        json!({ "path": "/", "assume_role_policy": role("x")["assume_role_policy"] }),
        json!({ "name": true, "arn": true }),
        json!({ "name": { "references": ["random_id.x.hex", "random_id.x"] } }),
    );
    let mut base = base();
    let attached = json!([{ "PolicyName": "AmazonBedrockFullAccess", "PolicyArn": "arn:aws:iam::aws:policy/AmazonBedrockFullAccess" }]);
    base.accounts.get_mut(ACCOUNT).unwrap().details["RoleDetailList"][0]["AttachedManagedPolicies"] =
        attached;
    let asked = apply(&[new], base).unwrap().asked(&[]);
    assert!(asked.iter().any(|(text, _)| text.contains("amazonbedrock")), "{asked:?}");
}

#[test]
fn what_is_put_on_a_role_that_is_made_anew_must_come_after_it() {
    let anew = || Change("aws_iam_role.app", REPLACE, role("app"), role("app"), json!({}), json!({}));
    let deny = json!({ "role": "app", "name": "deny", "policy": document("s3:*").to_string() });
    let put = |expressions: Value| {
        apply(
            &[
                anew(),
                Change("aws_iam_role_policy.deny", CREATE, json!(null), deny.clone(), json!({}), expressions),
            ],
            base(),
        )
    };
    let error = put(json!({ "role": { "constant_value": "app" } })).unwrap_err();
    assert!(error.contains("nothing says that it comes after that"), "{error}");
    assert!(put(json!({ "role": { "references": ["aws_iam_role.app.name", "aws_iam_role.app"] } })).is_ok());
}

#[test]
fn buckets_of_directories_have_arns_of_their_own() {
    let policy = json!({ "bucket": "b--euw1-az1--x-s3", "policy": document("s3express:*").to_string() });
    let change = Change("aws_s3_bucket_policy.b", CREATE, json!(null), policy, json!({}), json!({}));
    assert_eq!(policies_of_resources(&apply(&[change], base()).unwrap().draft), None);
}

#[test]
fn a_policy_that_is_empty_takes_away_what_was_there() {
    let policy = json!({ "bucket": "b", "policy": "{}" });
    let change = Change("aws_s3_bucket_policy.b", CREATE, json!(null), policy, json!({}), json!({}));
    assert_eq!(policies_of_resources(&apply(&[change], base()).unwrap().draft).unwrap().len(), 0);
    let wrong = json!({ "role": "app", "name": "n", "policy": { "Version": "2012-10-17" } });
    let change = Change("aws_iam_role_policy.n", CREATE, json!(null), wrong, json!({}), json!({}));
    assert!(apply(&[change], base()).unwrap_err().contains("is no text that holds a policy document"));
}

#[test]
fn what_is_run_at_apply_is_told() {
    let mut plan = plan_of(&[
        Change("terraform_data.run", CREATE, json!(null), json!({}), json!({}), json!({})),
        Change(
            "aws_lambda_invocation.run",
            CREATE,
            json!(null),
            json!({ "input": "{}" }),
            json!({}),
            json!({}),
        ),
        kept("aws_iam_role.app", &role("app")),
    ]);
    plan["configuration"]["root_module"]["resources"][0]["provisioners"] = json!([{ "type": "local-exec" }]);
    plan["action_invocations"] = json!([{ "address": "action.aws_lambda_invoke.x" }]);
    let planned = read(&plan, &[]).unwrap().applied(base(), &told(&[], None)).unwrap();
    for what in ["terraform_data.run", "aws_lambda_invocation.run", "action.aws_lambda_invoke.x"] {
        assert!(
            planned.assumptions.iter().any(|text| text.contains(what)),
            "{what}: {:?}",
            planned.assumptions
        );
    }
}

#[test]
fn a_plan_that_only_deletes_is_one() {
    let attachment = json!({ "role": "app", "policy_arn": arn("policy/q") });
    let planned = apply(&[gone("aws_iam_role_policy_attachment.q", attachment)], base()).unwrap();
    assert_eq!(attached(find(&planned.draft, "RoleDetailList", "app").unwrap()), ["p"]);
}

#[test]
fn partitions_are_those_of_the_world() {
    let mut base = base();
    let account = base.accounts.get_mut(ACCOUNT).unwrap();
    account.details =
        serde_json::from_str(&account.details.to_string().replace("arn:aws:", "arn:aws-us-gov:")).unwrap();
    let new = Change(
        "aws_iam_user.new",
        CREATE,
        json!(null),
        json!({ "name": "new", "path": "/" }),
        json!({ "arn": true }),
        json!({}),
    );
    let planned = apply(&[new], base).unwrap();
    let user = find(&planned.draft, "UserDetailList", "new").unwrap();
    assert_eq!(user["Arn"], "arn:aws-us-gov:iam::111122223333:user/new");
}

#[test]
fn a_value_that_is_given_holds_no_hole() {
    let plan = plan_of(&[Change(
        "aws_iam_user.u",
        CREATE,
        json!(null),
        json!({ "name": "u" }),
        json!({ "permissions_boundary": true }),
        json!({}),
    )]);
    let error = read(&plan, &[("aws_iam_user.u.permissions_boundary", "\u{F5A0A}0\u{F5A0B}")]).unwrap_err();
    assert!(error.contains("stands for unknown values"), "{error}");
}

#[test]
fn a_state_shows_what_roles_have() {
    let mut app = role("new");
    app["managed_policy_arns"] = json!(["arn:aws:iam::aws:policy/ReadOnlyAccess"]);
    let resource = json!({ "address": "aws_iam_role.new", "mode": "managed", "type": "aws_iam_role", "name": "new", "values": app });
    let state = json!({ "format_version": "1.0", "values": { "root_module": { "resources": [resource] } } });
    let all = Told { is_all: true, ..told(&[], None) };
    let planned = read(&state, &[]).unwrap().applied(Draft::default(), &all).unwrap();
    assert_eq!(attached(find(&planned.draft, "RoleDetailList", "new").unwrap()), ["ReadOnlyAccess"]);
}
