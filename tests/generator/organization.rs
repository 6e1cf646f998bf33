//! `organization.json` of a random organisation: a chain of OUs, and accounts below it.

use serde_json::{Value, json};

use super::policy;
use super::random::Random;

const ORGANIZATION: &str = "o-gen0000001";
const ROOT: &str = "r-gen1";

/// The id of account `index`; account 0 is the management account.
pub fn account_id(index: usize) -> String {
    format!("{:012}", 200_300_400_000_usize.saturating_add(index))
}

/// The file: a management account without principals, `accounts` members, `ou_depth` OUs one below the other with the
/// members spread over the deepest, and an SCP beside FullAWSAccess at the root, at every OU and at every member.
/// With `ou_depth` 1 there are three levels.
pub fn organization(random: &mut Random, accounts: usize, ou_depth: usize) -> Value {
    let management = account_id(0);
    let arn =
        |kind: &str, id: &str| format!("arn:aws:organizations::{management}:{kind}/{ORGANIZATION}/{id}");
    let mut units = Vec::new();
    let mut parent = ROOT.to_owned();
    let mut targets = vec![ROOT.to_owned()];
    for depth in 0..ou_depth {
        let id = format!("ou-gen1-{depth:08}");
        units.push(
            json!({ "Id": id, "Arn": arn("ou", &id), "Name": format!("level-{depth}"), "ParentId": parent }),
        );
        targets.push(id.clone());
        parent = id;
    }
    let mut members = vec![member(&arn, &management, "management", ROOT)];
    for index in 1..=accounts {
        let id = account_id(index);
        members.push(member(&arn, &id, &format!("member-{index}"), &parent));
        targets.push(id);
    }
    let mut policies = vec![service_control(
        &arn,
        "p-FullAWSAccess",
        "FullAWSAccess",
        &json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] }),
        &targets,
        true,
    )];
    for (index, target) in targets.iter().enumerate() {
        let document = policy::service_control(random, &format!("node-{index}"), target == ROOT);
        let name = format!("guard-{index}");
        policies.push(service_control(
            &arn,
            &format!("p-gen{index:05}"),
            &name,
            &document,
            std::slice::from_ref(target),
            false,
        ));
    }
    let enabled = json!([{ "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" }]);
    json!({
        "Organization": {
            "Id": ORGANIZATION,
            "Arn": format!("arn:aws:organizations::{management}:organization/{ORGANIZATION}"),
            "FeatureSet": "ALL",
            "MasterAccountId": management,
            "AvailablePolicyTypes": enabled,
        },
        "Roots": [{ "Id": ROOT, "Arn": arn("root", ROOT), "Name": "Root", "PolicyTypes": enabled }],
        "OrganizationalUnits": units,
        "Accounts": members,
        "Policies": policies,
    })
}

fn member(arn: &impl Fn(&str, &str) -> String, id: &str, name: &str, parent: &str) -> Value {
    json!({
        "Id": id, "Arn": arn("account", id), "Name": name, "Email": format!("{name}@example.com"), "Status": "ACTIVE",
        "ParentId": parent, "Tags": []
    })
}

fn service_control(
    arn: &impl Fn(&str, &str) -> String,
    id: &str,
    name: &str,
    document: &Value,
    targets: &[String],
    aws_managed: bool,
) -> Value {
    let listed: Vec<Value> = targets
        .iter()
        .map(|target| {
            let kind = match target.get(..2) {
                Some("r-") => "ROOT",
                Some("ou") => "ORGANIZATIONAL_UNIT",
                _ => "ACCOUNT",
            };
            json!({ "TargetId": target, "Type": kind })
        })
        .collect();
    json!({
        "PolicySummary": {
            "Id": id, "Arn": arn("policy", &format!("service_control_policy/{id}")), "Name": name,
            "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": aws_managed
        },
        "Content": document.to_string(),
        "Targets": listed,
    })
}
