//! What a design takes away: the answer is that of asking about every action, with and without it.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use ringfence_model::catalogue::Catalogue;
use ringfence_model::parse::policy_text;
use ringfence_model::policy::{NamedPolicy, PolicyType};
use ringfence_model::policy_set::ControlLevel;
use ringfence_model::world::World;
use ringfence_solver::check::CheckOptions;
use ringfence_solver::check::design_losses::{Change, losses};
use ringfence_solver::constraint::allows_everything;
use ringfence_solver::encode::Assumptions;
use ringfence_solver::guardrail::Configuration;
use ringfence_solver::principals;
use ringfence_solver::prove::Prover;
use ringfence_solver::resource_side::ResourceSides;
use ringfence_solver::subject::{Federation, Subject};
use ringfence_solver::theorem::asking::Asking;
use ringfence_solver::theorem::targets_of;
use ringfence_solver::verdict::{Verdict, VerdictWord};
use serde_json::{Value, json};

/// Actions of services with Regions, with one home Region and with none; some that need a policy of the resource, one that needs none.
const ACTIONS: [&str; 10] = [
    "s3:*BucketPolicy",
    "s3:DeleteBucket",
    "iam:*UserPolicy",
    "budgets:*",
    "account:Get*",
    "sts:*",
    "kms:*Key",
    "ec2:*Vpc",
    "bedrock:Invoke*",
    "route53domains:Get*",
];

fn deny(statement: &Value) -> Value {
    let mut statement = statement.clone();
    statement["Effect"] = json!("Deny");
    statement
}

fn document(statements: &[Value], policy_type: PolicyType) -> NamedPolicy {
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    let (document, _) = policy_text(&text, policy_type, &Arc::from("new.json")).unwrap();
    NamedPolicy { name: Arc::from("new.json"), document: Arc::new(document) }
}

/// A world with a role that may do [`ACTIONS`], under this boundary.
fn world(boundary: Option<&[Value]>) -> World {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }]
    });
    let allow = json!([{ "Effect": "Allow", "Action": ACTIONS, "Resource": "*" }]);
    let arn = "arn:aws:iam::111122223333:policy/boundary/now";
    let mut role = json!({
        "Path": "/", "RoleName": "app", "RoleId": "AROAEXAMPLEAPP", "Arn": "arn:aws:iam::111122223333:role/app",
        "CreateDate": "2026-03-01T08:00:00Z", "AssumeRolePolicyDocument": trust, "AttachedManagedPolicies": [],
        "RolePolicyList": [{ "PolicyName": "inline", "PolicyDocument": { "Version": "2012-10-17", "Statement": allow } }]
    });
    let mut policies = Vec::new();
    if let Some(statements) = boundary {
        role["PermissionsBoundary"] =
            json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn });
        policies.push(json!({
            "PolicyName": "now", "PolicyId": "ANPAEXAMPLENOW", "Arn": arn, "Path": "/boundary/", "DefaultVersionId": "v1",
            "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 1, "IsAttachable": true,
            "CreateDate": "2026-01-01T00:00:00Z", "UpdateDate": "2026-01-01T00:00:00Z",
            "PolicyVersionList": [{
                "Document": { "Version": "2012-10-17", "Statement": statements }, "VersionId": "v1",
                "IsDefaultVersion": true, "CreateDate": "2026-01-01T00:00:00Z"
            }]
        }));
    }
    let details = json!({ "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": policies });
    let folder = tempfile::tempdir().unwrap();
    let account = folder.path().join("accounts/111122223333");
    std::fs::create_dir_all(&account).unwrap();
    std::fs::write(account.join("authorization-details.json"), details.to_string()).unwrap();
    World::read_directory(folder.path()).unwrap()
}

/// Each action with and without the change, asked by itself.
fn one_by_one(world: &World, change: &Change) -> [BTreeSet<String>; 2] {
    let catalogue = Catalogue::embedded().unwrap();
    let assumptions = Assumptions::new();
    let mut prover = Prover::new(catalogue, &assumptions);
    let (account, principal) = world.principals().next().unwrap();
    let before = Subject {
        federation: Federation::Never,
        ..principals::subject(world, &Arc::new(ResourceSides::none_of(account.id)), account, principal)
    };
    let mut after = before.clone();
    match change {
        Change::Boundary(boundary) => after.policies.permissions_boundary = Some(vec![boundary.clone()]),
        Change::ServiceControl(policies) => after
            .policies
            .service_control
            .push(ControlLevel { target: Arc::from("new"), policies: policies.clone() }),
    }
    let asking = Asking { catalogue, constraint: None, as_of: None, besides: &[] };
    let (mut lost, mut open) = (BTreeSet::new(), BTreeSet::new());
    for action in catalogue.actions() {
        let name = action.full_name();
        let targets = || targets_of(catalogue, &name, &[]);
        let left = asking.ask(&mut prover, &after, targets()).word();
        if left == VerdictWord::Refuted
            || matches!(asking.ask(&mut prover, &before, targets()), Verdict::Proved(_))
        {
            continue;
        }
        if left == VerdictWord::Proved { &mut lost } else { &mut open }.insert(name);
    }
    [lost, open]
}

#[test]
fn losses_are_those_of_every_action_by_itself() {
    let catalogue = Catalogue::embedded().unwrap();
    let regions = json!({
        "NotAction": ["iam:*", "sts:*", "account:GetRegionOptStatus"], "Resource": "*",
        "Condition": { "StringNotEquals": { "aws:RequestedRegion": ["eu-west-1", "eu-central-1"] } }
    });
    let encrypted = json!({
        "Action": "*", "Resource": "*", "Condition": { "Bool": { "aws:SecureTransport": "false" } }
    });
    let tagged = json!({
        "Action": ["ec2:*", "s3:*"], "Resource": "*",
        "Condition": { "StringNotEquals": { "aws:ResourceTag/team": "ml", "aws:RequestedRegion": "eu-west-1" } }
    });
    let buckets = json!({ "Action": "s3:Delete*", "Resource": "*" });
    let never = json!({
        "Action": "sts:*", "Resource": "*", "Condition": { "StringLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/a*" } }
    });
    let allow = |actions: &Value| json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    let all = allow(&json!("*"));
    let narrow = allow(&json!(["s3:*", "ec2:DeleteVpc", "kms:*", "bedrock:InvokeModel"]));
    let there = json!({
        "Effect": "Allow", "Action": ["budgets:*", "ec2:*"], "Resource": "*",
        "Condition": { "StringEquals": { "aws:RequestedRegion": "eu-west-1" } }
    });
    let scp = |statement: &Value| {
        Change::ServiceControl(vec![
            allows_everything("FullAWSAccess"),
            document(&[deny(statement)], PolicyType::ServiceControl),
        ])
    };
    let boundary =
        |statements: &[Value]| Change::Boundary(document(statements, PolicyType::PermissionsBoundary));
    let options = CheckOptions::new(NonZeroUsize::MIN, None, "2026-11-22");
    let (mut all_lost, mut all_open) = (0, 0);
    for (now, change) in [
        (None, scp(&regions)),
        (None, scp(&encrypted)),
        (None, scp(&tagged)),
        (None, scp(&buckets)),
        (None, scp(&never)),
        (None, boundary(std::slice::from_ref(&narrow))),
        (None, boundary(&[all.clone(), deny(&tagged), deny(&buckets)])),
        (None, boundary(&[there.clone(), narrow.clone()])),
        // What is not allowed today cannot be lost.
        (Some(vec![narrow.clone()]), scp(&regions)),
        (Some(vec![narrow]), boundary(&[all.clone(), deny(&buckets)])),
        (Some(vec![all, deny(&tagged)]), boundary(&[there])),
    ] {
        let world = world(now.as_deref());
        let found =
            losses(&change, &world, catalogue, &Configuration::default(), &options, &|_| true, &|_| {});
        let (found, defects) = found;
        assert!(defects.is_empty(), "{defects:?}");
        let [one] = found.as_slice() else { panic!("{} principals", found.len()) };
        let [lost, open] = one_by_one(&world, &change);
        assert_eq!(one.lost.iter().cloned().collect::<BTreeSet<_>>(), lost, "{change:?}");
        // Of a class of which one action is left without the policy of a resource, none counts as open.
        let extra: Vec<&String> = one.open.iter().filter(|name| !open.contains(*name)).collect();
        assert!(extra.is_empty(), "{extra:?} for {change:?}");
        assert!(
            open.iter()
                .all(|name| one.open.contains(name) || name.starts_with("kms:") || name.starts_with("sts:"))
        );
        all_lost += lost.len();
        all_open += one.open.len();
    }
    assert!(all_lost >= 100, "only {all_lost} are lost");
    assert!(all_open >= 1, "{all_open}");
}
