//! What a collection calls, and the policy that allows it and nothing else.

use serde_json::{Value, json};

/// Every action that a collection may call, sorted, with the part that needs it. No call is made that is not listed here.
pub const OPERATIONS: [(&str, Needs); 12] = [
    ("bedrock:ListInferenceProfiles", Needs::Regions),
    ("iam:GetAccountAuthorizationDetails", Needs::Account),
    ("organizations:DescribeOrganization", Needs::Organization),
    ("organizations:DescribePolicy", Needs::Organization),
    ("organizations:ListAccountsForParent", Needs::Organization),
    ("organizations:ListOrganizationalUnitsForParent", Needs::Organization),
    ("organizations:ListPolicies", Needs::Organization),
    ("organizations:ListRoots", Needs::Organization),
    ("organizations:ListTagsForResource", Needs::Organization),
    ("organizations:ListTargetsForPolicy", Needs::Organization),
    ("sts:AssumeRole", Needs::Members),
    ("sts:GetCallerIdentity", Needs::Nothing),
];

/// For what an action is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// To read the organisation, from the management account or a delegated administrator's.
    Organization,
    /// To read an account.
    Account,
    /// To read what is in each Region.
    Regions,
    /// To read other accounts.
    Members,
    /// AWS lets everybody call it.
    Nothing,
}

/// The policy for whoever runs a collection in `partition`: that assumes the role `role` of member accounts, and that asks about Regions if
/// `with_regions`. The policy of such a role is the same without its statements `ReadOrganization` and `ReadMembers`.
pub fn policy(role: Option<&str>, partition: &str, with_regions: bool) -> Value {
    let of = |needs: Needs| -> Vec<&str> {
        OPERATIONS.iter().filter(|(_, part)| *part == needs).map(|(action, _)| *action).collect()
    };
    let statement = |name: &str, needs: Needs, resource: &str| json!({ "Sid": name, "Effect": "Allow", "Action": of(needs), "Resource": resource });
    let mut statements = vec![
        statement("ReadOrganization", Needs::Organization, "*"),
        statement("ReadAccount", Needs::Account, "*"),
    ];
    if with_regions {
        statements.push(statement("ReadRegions", Needs::Regions, "*"));
    }
    if let Some(role) = role {
        statements.push(statement(
            "ReadMembers",
            Needs::Members,
            &format!("arn:{partition}:iam::*:role/{role}"),
        ));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}
