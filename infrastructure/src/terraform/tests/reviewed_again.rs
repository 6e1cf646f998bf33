//! What a second reading found, siblings of the first among it.

use ringfence_model::world::OptionalInput;
use serde_json::{Value, json};

use super::super::{Planned, Told};
use super::reviewed::{CREATE, DELETE, KEEP, REPLACE, UPDATE, gone, kept, policies_of_resources, role, told};
use super::written::{Change, apply, arn, base, document, plan_of, read};
use super::{ACCOUNT, attached, find};
use crate::draft::Draft;

#[test]
fn a_list_of_a_role_takes_off_what_it_had_and_no_more() {
    let with = |policies: &[&str]| {
        let mut role = role("app");
        role["managed_policy_arns"] = policies.iter().map(|name| arn(&format!("policy/{name}"))).collect();
        role
    };
    let change = |actions, before: &[&str], after: &[&str]| {
        let list = json!({ "managed_policy_arns": {} });
        Change("aws_iam_role.app", actions, with(before), with(after), json!({}), list)
    };
    // The world has `q` too, which somebody attached since.
    let planned = apply(&[change(UPDATE, &["p"], &["x"])], base()).unwrap();
    assert_eq!(attached(find(&planned.draft, "RoleDetailList", "app").unwrap()), ["q", "x"]);
    // A resource that is exclusive and does not name what the list adds is run before or after it, or not at all.
    let exclusive = json!({ "role_name": "app", "policy_arns": [arn("policy/p")] });
    let exclusive = kept("aws_iam_role_policy_attachments_exclusive.e", &exclusive);
    let error = apply(&[change(UPDATE, &["p"], &["p", "x"]), exclusive], base()).unwrap_err();
    assert!(error.contains("and aws_iam_role.app puts it there"), "{error}");
    let many =
        json!({ "name": "m", "policy_arn": arn("policy/x"), "roles": ["app"], "users": [], "groups": [] });
    let many = Change("aws_iam_policy_attachment.m", CREATE, json!(null), many, json!({}), json!({}));
    let exclusive = json!({ "role_name": "app", "policy_arns": [arn("policy/p")] });
    let error =
        apply(&[many, kept("aws_iam_role_policy_attachments_exclusive.e", &exclusive)], base()).unwrap_err();
    assert!(error.contains("and aws_iam_policy_attachment.m puts it there"), "{error}");
}

#[test]
fn one_inline_policy_at_two_addresses_is_an_error() {
    let put = |address, action: &str| {
        let policy = json!({ "role": "app", "name": "n", "policy": document(action).to_string() });
        Change(address, CREATE, json!(null), policy, json!({}), json!({}))
    };
    let two =
        |action| apply(&[put("aws_iam_role_policy.a", "s3:*"), put("aws_iam_role_policy.b", action)], base());
    assert!(
        two("sqs:*").unwrap_err().contains("aws_iam_role_policy.a puts another policy of this name there")
    );
    assert!(two("s3:*").is_ok());
}

#[test]
fn what_was_read_of_a_role_goes_only_with_what_put_it_there() {
    let mut app = role("app");
    app["managed_policy_arns"] = json!([arn("policy/x")]);
    let has_it = |other: Change| {
        let planned = apply(&[kept("aws_iam_role.app", &app), other], base()).unwrap();
        attached(find(&planned.draft, "RoleDetailList", "app").unwrap()).contains(&"x")
    };
    let of = |role: Value| json!({ "role": role, "policy_arn": arn("policy/x") });
    assert!(!has_it(gone("aws_iam_role_policy_attachment.x", of(json!("app")))));
    assert!(has_it(gone("aws_iam_role_policy_attachment.x", of(json!("other")))));
}

#[test]
fn policies_of_resources_that_were_read_stay_unless_what_put_them_there_goes() {
    let queue = "arn:aws:sqs:eu-west-1:111122223333:q";
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*" }] });
    let read_of = json!({ "name": "q", "arn": queue, "policy": policy.to_string() });
    let others = |other: Change| {
        let planned = apply(&[kept("aws_sqs_queue.q", &read_of), other], base()).unwrap();
        policies_of_resources(&planned.draft).unwrap().contains(&&queue.to_owned())
    };
    let bucket = json!({ "bucket": "q", "policy": document("s3:*").to_string() });
    let unknown = json!({ "bucket": true });
    assert!(others(gone("aws_s3_bucket_policy.b", bucket.clone())));
    let new = Change("aws_iam_user.new", CREATE, json!(null), json!({ "name": "new" }), unknown, json!({}));
    assert!(others(new));
    let of_queue = json!({ "queue_url": "https://sqs.eu-west-1.amazonaws.com/111122223333/q", "policy": policy.to_string() });
    assert!(!others(gone("aws_sqs_queue_policy.q", of_queue)));
    // A bucket that stays does not put back the policy that is taken from it.
    let bucket_itself = json!({ "bucket": "b", "arn": "arn:aws:s3:::b", "policy": policy.to_string() });
    let taken = json!({ "bucket": "b", "policy": policy.to_string() });
    let planned =
        apply(&[kept("aws_s3_bucket.b", &bucket_itself), gone("aws_s3_bucket_policy.b", taken)], base())
            .unwrap();
    assert_eq!(policies_of_resources(&planned.draft).unwrap().len(), 0);
}

#[test]
fn what_an_arn_is_made_of_is_none() {
    let policy = Change(
        "aws_iam_policy.x",
        CREATE,
        json!(null),
        json!({ "name": "x", "path": "/", "policy": document("s3:*").to_string() }),
        json!({ "arn": true, "id": true }),
        json!({ "name": { "constant_value": "x" } }),
    );
    let mentions = json!({ "policy_arn": { "references": ["aws_iam_policy.x.name", "aws_iam_policy.x"] } });
    let attachment = Change(
        "aws_iam_role_policy_attachment.x",
        CREATE,
        json!(null),
        json!({ "role": "app" }),
        json!({ "policy_arn": true }),
        mentions,
    );
    let planned = apply(&[policy, attachment], base()).unwrap();
    // Any policy may be meant.
    assert!(planned.draft.has_holes());
    assert!(attached(find(&planned.draft, "RoleDetailList", "app").unwrap()).contains(&"planned-1"));
}

#[test]
fn what_guardrails_go_by_is_asked_for() {
    let user = |known: Value, unknown: Value| {
        let new = Change("aws_iam_user.new", CREATE, json!(null), known, unknown, json!({}));
        apply(&[new], base()).unwrap()
    };
    let tagged = user(
        json!({ "name": "new", "tags": { "team": null } }),
        json!({ "arn": true, "tags": { "team": true } }),
    );
    let asked = |planned: &Planned, text: &str| planned.asked(&[text.to_owned()]).len();
    assert_eq!(asked(&tagged, "aws:PrincipalTag/team"), 1);
    assert_eq!(asked(&tagged, "aws:PrincipalTag/other"), 0);
    let made_up = user(json!({ "path": "/" }), json!({ "name": true, "arn": true }));
    assert_eq!((asked(&made_up, "aws:username"), asked(&made_up, "s3:DeleteBucket")), (1, 0));
}

#[test]
fn who_is_renamed_has_keys_of_which_no_file_tells() {
    let user = |name: &str| json!({ "name": name, "path": "/", "arn": arn("user/ann") });
    let renamed = Change("aws_iam_user.ann", UPDATE, user("ann"), user("anna"), json!({}), json!({}));
    let planned = apply(&[renamed], base()).unwrap();
    let outdated = &planned.draft.accounts[ACCOUNT].outdated;
    assert!(outdated.contains(&OptionalInput::Credentials));
}

#[test]
fn tags_of_what_is_listed_are_no_more_known() {
    let outdated = |actions, before: Value, after: Value| {
        let mut base = base();
        let listed = "arn:aws:s3:::b".to_owned();
        base.accounts.get_mut(ACCOUNT).unwrap().listed.insert(listed);
        let planned =
            apply(&[Change("aws_s3_bucket.b", actions, before, after, json!({}), json!({}))], base).unwrap();
        planned.draft.accounts[ACCOUNT].outdated.contains(&OptionalInput::Resources)
    };
    let bucket = |team: &str| json!({ "bucket": "b", "arn": "arn:aws:s3:::b", "tags": { "team": team } });
    assert!(outdated(UPDATE, bucket("a"), bucket("b")));
    assert!(!outdated(KEEP, bucket("a"), bucket("a")));
    assert!(outdated(DELETE, bucket("a"), json!(null)));
}

#[test]
fn what_the_plan_did_not_read_of_a_role_is_told() {
    let mut app = role("app");
    app["managed_policy_arns"] = json!([arn("policy/p")]);
    let planned = apply(&[kept("aws_iam_role.app", &app)], base()).unwrap();
    assert_eq!(attached(find(&planned.draft, "RoleDetailList", "app").unwrap()), ["p", "q"]);
    let told = |text: &&String| text.contains("though the plan did not read it of aws_iam_role.app");
    assert_eq!(planned.assumptions.iter().filter(told).count(), 1, "{:?}", planned.assumptions);
}

#[test]
fn what_a_plan_for_some_targets_leaves_out_is_there() {
    let user = json!({ "name": "new", "path": "/", "arn": arn("user/new") });
    let attachment = json!({ "user": "new", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess" });
    let mut plan = plan_of(&[kept("aws_iam_user.new", &user)]);
    let of_state = |kind: &str, values: &Value| json!({ "address": format!("{kind}.new"), "mode": "managed", "type": kind, "name": "new", "values": values });
    plan["prior_state"] = json!({ "values": { "root_module": { "resources": [
        of_state("aws_iam_user", &user), of_state("aws_iam_user_policy_attachment", &attachment)
    ] } } });
    let all = Told { is_all: true, ..told(&[], None) };
    let planned = read(&plan, &[]).unwrap().applied(Draft::default(), &all).unwrap();
    assert_eq!(attached(find(&planned.draft, "UserDetailList", "new").unwrap()), ["AdministratorAccess"]);
}

#[test]
fn a_role_at_two_addresses_is_an_error() {
    let mut other = role("app");
    other["tags"] = json!({ "a": "1" });
    let change = Change("aws_iam_role.a", UPDATE, role("app"), other, json!({}), json!({}));
    let error = apply(&[change, kept("aws_iam_role.b", &role("app"))], base()).unwrap_err();
    assert!(error.contains("the role app of 111122223333 is at aws_iam_role.a too"), "{error}");
    assert!(
        apply(&[kept("aws_iam_role.a", &role("app")), kept("aws_iam_role.b", &role("app"))], base()).is_ok()
    );
}

#[test]
fn what_is_deleted_and_in_no_block_may_be_in_any_account() {
    let attachment = json!({ "role": "app", "policy_arn": arn("policy/q") });
    let mut plan = plan_of(&[gone("aws_iam_role_policy_attachment.q", attachment)]);
    plan["configuration"]["root_module"]["resources"] = json!([]);
    let blocks = |blocks: Value, account: Option<&str>| {
        let mut plan = plan.clone();
        plan["configuration"]["provider_config"] = blocks;
        read(&plan, &[]).unwrap().applied(base(), &told(&[], account)).is_ok()
    };
    let of =
        |account: &str| json!({ "expressions": { "allowed_account_ids": { "constant_value": [account] } } });
    assert!(blocks(json!({ "aws": of(ACCOUNT) }), None));
    assert!(blocks(json!({ "aws": of(ACCOUNT), "aws.b": of(ACCOUNT) }), None));
    assert!(!blocks(json!({ "aws": of(ACCOUNT), "aws.b": {} }), Some("444455556666")));
    // The block without an alias is not shown where it says nothing.
    assert!(!blocks(json!({ "aws.b": of(ACCOUNT) }), None));
    assert!(blocks(json!({ "aws.b": of(ACCOUNT) }), Some(ACCOUNT)));
}

#[test]
fn without_a_world_the_plan_tells_who_was_renamed_or_made_anew() {
    let all = Told { is_all: true, ..told(&[], None) };
    let queue = |names: &str| {
        let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "AWS": arn(names) }, "Action": "sqs:*", "Resource": "*" }] });
        kept(
            "aws_sqs_queue_policy.q",
            &json!({ "queue_url": "https://sqs.eu-west-1.amazonaws.com/111122223333/q", "policy": policy.to_string() }),
        )
    };
    let names = |changes: &[Change]| {
        let planned = read(&plan_of(changes), &[]).unwrap().applied(Draft::default(), &all).unwrap();
        let policies = planned.draft.accounts[ACCOUNT].resource_policies.clone().unwrap();
        policies.values().next().unwrap()["Statement"][0]["Principal"]["AWS"].as_str().unwrap().to_owned()
    };
    let user = |name: &str| json!({ "name": name, "path": "/", "arn": arn("user/ann") });
    let renamed = Change("aws_iam_user.ann", UPDATE, user("ann"), user("anna"), json!({}), json!({}));
    assert_eq!(names(&[renamed, queue("user/ann")]), arn("user/anna"));
    let mut app = role("app");
    app["unique_id"] = json!("AROAOLD");
    let anew = Change("aws_iam_role.app", REPLACE, app, role("app"), json!({}), json!({}));
    assert_eq!(names(&[anew, queue("role/app")]), "AROAOLD");
}
