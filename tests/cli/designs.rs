//! Random designs: what `boundary` proves for every identity policy, `check` refutes of no principal under them.
//!
//! Every principal of the world has an identity policy that allows everything, and the design binds all of them, as their
//! boundary or as the account's SCP. So what one of them can do, some identity policy allows under the design, and a
//! guardrail that is proved of its kind of principal must hold for it.

use std::cell::Cell;
use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::{Just, any};
use proptest::sample::{select, subsequence};
use proptest::strategy::{Strategy, Union};
use serde_json::{Value, json};

use super::boundary::ARN;
use super::harness::{ACCOUNT, Folder, policy};
use crate::random;

/// So many designs are drawn; of them at least so many verdicts must be ones that `check` could show to be wrong.
const CASES: u32 = 6;
const PROVED: usize = 8;

pub(super) const MANAGEMENT: &str = "999988887777";

/// So many guardrails are asked about one design.
const GUARDRAILS: usize = 5;

const ACTIONS: [&str; 14] = [
    "*",
    "bedrock:*",
    "bedrock:InvokeModel*",
    "bedrock:Create*",
    "bedrock-mantle:*",
    "iam:*",
    "iam:Create*",
    "iam:*Boundary",
    "iam:PassRole",
    "s3:*",
    "s3:DeleteBucket",
    "ec2:*",
    "sts:*",
    "sts:AssumeRole",
];

const RESOURCES: [&str; 12] = [
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::${aws:username}",
    "arn:aws:s3:::${aws:PrincipalTag/team}/*",
    "arn:aws:bedrock:*::foundation-model/*",
    "arn:aws:bedrock:*::foundation-model/anthropic.claude-opus-*",
    "arn:aws:bedrock:eu-*:*:*",
    "arn:aws:iam::*:role/app/*",
    "arn:aws:iam::111122223333:policy/boundary/*",
    "arn:aws:iam::111122223333:role/${aws:PrincipalTag/team}",
    "arn:aws:iam::444455556666:*",
];

/// Operator, key and values of a condition.
const CONDITIONS: [(&[&str], &str, &[&str]); 16] = [
    (&["StringEquals", "StringNotEquals", "StringNotEqualsIfExists"], "aws:PrincipalTag/team", &["x", "q"]),
    (&["Null"], "aws:PrincipalTag/team", &["true", "false"]),
    (&["ArnLike", "ArnNotLike"], "aws:PrincipalArn", &["arn:aws:iam::*:role/app/*", "arn:aws:iam::*:user/*"]),
    (&["StringLike", "StringNotLike"], "aws:PrincipalArn", &["*:user/*", "arn:aws:iam::111122223333:role/y"]),
    (&["StringEquals", "StringNotEquals"], "aws:username", &["ann", "bob"]),
    (&["StringEquals", "StringNotEquals"], "aws:PrincipalType", &["User", "AssumedRole"]),
    (&["StringEquals", "StringNotEquals"], "aws:PrincipalAccount", &["111122223333", "444455556666"]),
    (&["Null"], "aws:TokenIssueTime", &["true", "false"]),
    (
        &["StringEquals", "StringNotEquals"],
        "aws:ResourceAccount",
        &["${aws:PrincipalAccount}", "444455556666"],
    ),
    (&["StringEquals", "StringNotEquals"], "aws:ResourceTag/team", &["${aws:PrincipalTag/team}", "x"]),
    (
        &["StringEquals", "StringNotEquals", "StringNotEqualsIfExists"],
        "aws:RequestedRegion",
        &["eu-central-1"],
    ),
    (&["StringEquals", "StringNotEquals"], "iam:PermissionsBoundary", &[ARN]),
    (&["ArnNotLike"], "iam:PermissionsBoundary", &["arn:aws:iam::*:policy/boundary/*"]),
    (&["Bool", "BoolIfExists"], "aws:MultiFactorAuthPresent", &["true", "false"]),
    (&["StringEquals", "StringLike"], "iam:PassedToService", &["lambda.amazonaws.com", "bedrock*"]),
    (&["ForAnyValue:StringEquals", "ForAllValues:StringNotEquals"], "aws:TagKeys", &["team"]),
];

const SETTINGS: &str = "[boundaries]\napproved = [\"arn:aws:iam::*:policy/boundary/*\"]\n\n\
    [models]\nset = { ids = [\"anthropic.claude-opus-*\"] }\n\n";

/// Kind and settings of each guardrail that is asked about.
const KINDS: [(&str, &str); 14] = [
    ("cannot-invoke", "models = \"set\""),
    ("cannot-escape-boundary", ""),
    ("boundary-required-on-create", ""),
    ("boundary-protected", ""),
    ("must-be-bounded", ""),
    ("separation-of-duties", "tiers = [\"weights\"]\nmodels = \"set\""),
    ("forbid", "actions = [\"s3:DeleteBucket\", \"ec2:DeleteVpc\"]"),
    (
        "forbid",
        "actions = [\"s3:GetObject\"]\nunless = { StringEquals = { \"aws:ResourceTag/team\" = \"x\" } }",
    ),
    ("forbid", "actions = [\"iam:PassRole\"]\nresources = [\"arn:aws:iam::*:role/app/*\"]"),
    ("approved-accounts", "accounts = []\nactions = [\"s3:GetObject\", \"sts:AssumeRole\"]"),
    ("approved-regions", "regions = [\"eu-central-1\"]\nactions = [\"ec2:DeleteVpc\"]"),
    ("cannot-commit-spend", ""),
    ("no-standing-access", ""),
    ("must-be-able", "action = \"s3:GetObject\"\nresource = \"arn:aws:s3:::b/x\""),
];

const SCOPES: [&str; 8] = [
    "",
    "kinds = [\"user\"]",
    "kinds = [\"role\"]",
    "paths = [\"/app/*\"]",
    "tags = { team = \"x\" }",
    "include = [\"arn:aws:iam::*:role/app/*\"]",
    "exclude = [\"arn:aws:iam::*:role/app/*\"]",
    "include = [\"arn:aws:iam::111122223333:user/ann\"]",
];

#[derive(Debug, Clone)]
struct Case {
    /// The statements of the design.
    statements: Vec<Value>,
    service_control: bool,
    /// Each guardrail's place in [`KINDS`] and its scope.
    guardrails: Vec<(usize, &'static str)>,
}

fn condition() -> impl Strategy<Value = Value> {
    select(&CONDITIONS[..]).prop_flat_map(|(operators, key, values)| {
        (select(operators), select(values))
            .prop_map(move |(operator, value)| json!({ operator: { key: value } }))
    })
}

fn statement() -> impl Strategy<Value = Value> {
    let whom = (select(&["Allow", "Deny", "Deny"][..]), select(&ACTIONS[..]), select(&RESOURCES[..]));
    let how = (Union::new([Just(None).boxed(), condition().prop_map(Some).boxed()]), 0..8_u8, 0..8_u8);
    (whom, how).prop_map(|((effect, action, resource), (condition, not_action, not_resource))| {
        // What is negated must leave something.
        let action_key = if not_action == 0 && action != "*" { "NotAction" } else { "Action" };
        let resource_key = if not_resource == 0 && resource != "*" { "NotResource" } else { "Resource" };
        let mut statement = json!({ "Effect": effect, action_key: action, resource_key: resource });
        if let (Some(condition), Some(statement)) = (condition, statement.as_object_mut()) {
            statement.insert("Condition".to_owned(), condition);
        }
        statement
    })
}

fn case() -> impl Strategy<Value = Case> {
    let kinds = subsequence((0..KINDS.len()).collect::<Vec<_>>(), GUARDRAILS);
    (vec(statement(), 1..5), any::<(bool, bool)>(), kinds, vec(select(&SCOPES[..]), GUARDRAILS)).prop_map(
        |(mut statements, (service_control, all), kinds, scopes)| {
            if all || statements.iter().all(|one| one.get("Effect") == Some(&json!("Deny"))) {
                statements.push(super::boundary::allow_all());
            }
            Case { statements, service_control, guardrails: kinds.into_iter().zip(scopes).collect() }
        },
    )
}

fn configuration(case: &Case) -> String {
    let mut text = SETTINGS.to_owned();
    for (index, scope) in &case.guardrails {
        let (kind, settings) = KINDS.get(*index).unwrap();
        write!(text, "[[guardrail]]\nid = \"g{index}\"\nkind = \"{kind}\"\n{settings}\n").unwrap();
        if !scope.is_empty() {
            writeln!(text, "principals = {{ {scope} }}").unwrap();
        }
    }
    text
}

/// Roles and users by path, name and tag, each with everything allowed and, if the design is a boundary, bound by it.
fn principals(bound: bool) -> Value {
    let all = [json!({ "PolicyName": "all", "PolicyDocument": policy(&[super::boundary::allow_all()]) })];
    let trust = policy(&[json!({
        "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") },
        "Action": ["sts:AssumeRole", "sts:TagSession"]
    })]);
    let (mut roles, mut users) = (Vec::new(), Vec::new());
    for (kind, path, name, team) in [
        ("role", "/app/", "x", None),
        ("role", "/", "y", Some("x")),
        ("role", "/", "z", Some("q")),
        ("user", "/", "ann", Some("x")),
        ("user", "/app/", "bob", None),
    ] {
        let mut principal = json!({
            "Path": path, "Arn": format!("arn:aws:iam::{ACCOUNT}:{kind}{path}{name}"),
            "CreateDate": "2026-03-01T08:00:00Z", "AttachedManagedPolicies": [],
            "Tags": team.map(|team| json!({ "Key": "team", "Value": team })).into_iter().collect::<Vec<_>>(),
        });
        if bound {
            principal["PermissionsBoundary"] =
                json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": ARN });
        }
        if kind == "role" {
            principal["RoleName"] = json!(name);
            principal["RoleId"] = json!(format!("AROAEXAMPLE{}", name.to_ascii_uppercase()));
            principal["AssumeRolePolicyDocument"] = trust.clone();
            principal["RolePolicyList"] = json!(all);
            roles.push(principal);
        } else {
            principal["UserName"] = json!(name);
            principal["UserId"] = json!(format!("AIDAEXAMPLE{}", name.to_ascii_uppercase()));
            principal["GroupList"] = json!([]);
            principal["UserPolicyList"] = json!(all);
            users.push(principal);
        }
    }
    json!({ "UserDetailList": users, "GroupDetailList": [], "RoleDetailList": roles, "Policies": [] })
}

/// An organisation whose one member account has this SCP beside FullAWSAccess.
pub(super) fn organization(statements: &[Value]) -> Value {
    let arn = |rest: &str| format!("arn:aws:organizations::{MANAGEMENT}:{rest}");
    let account = |id: &str| json!({ "Id": id, "Arn": arn(&format!("account/o-exampleorg/{id}")), "Name": id, "Status": "ACTIVE", "ParentId": "r-ab12" });
    let to = |target: &str, kind: &str| json!({ "TargetId": target, "Type": kind });
    let attached = |id: &str, own: bool, document: &Value, targets: &[Value]| {
        json!({
            "PolicySummary": {
                "Id": id, "Arn": arn(&format!("policy/o-exampleorg/service_control_policy/{id}")), "Name": id,
                "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": !own
            },
            "Content": document.to_string(), "Targets": targets
        })
    };
    let everywhere = [to("r-ab12", "ROOT"), to(ACCOUNT, "ACCOUNT"), to(MANAGEMENT, "ACCOUNT")];
    json!({
        "Organization": {
            "Id": "o-exampleorg", "Arn": arn("organization/o-exampleorg"), "FeatureSet": "ALL", "MasterAccountId": MANAGEMENT
        },
        "Roots": [{
            "Id": "r-ab12", "Arn": arn("root/o-exampleorg/r-ab12"), "Name": "Root",
            "PolicyTypes": [{ "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" }]
        }],
        "OrganizationalUnits": [],
        "Accounts": [account(ACCOUNT), account(MANAGEMENT)],
        "Policies": [
            attached("p-FullAWSAccess", false, &policy(&[super::boundary::allow_all()]), &everywhere),
            attached("p-example001", true, &policy(statements), &[to(ACCOUNT, "ACCOUNT")]),
        ]
    })
}

/// The world whose principals the design binds.
fn world(case: &Case) -> Folder {
    let folder = Folder::new();
    let mut details = principals(!case.service_control);
    if case.service_control {
        folder.write("world/organization.json", &organization(&case.statements).to_string());
        let nobody = super::harness::details(&[]).to_string();
        folder.write(&format!("world/accounts/{MANAGEMENT}/authorization-details.json"), &nobody);
    } else {
        details["Policies"] = json!([{
            "PolicyName": "tier", "PolicyId": "ANPAEXAMPLETIER", "Arn": ARN, "Path": "/boundary/", "DefaultVersionId": "v1",
            "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 5, "IsAttachable": true,
            "CreateDate": "2026-01-01T00:00:00Z", "UpdateDate": "2026-01-01T00:00:00Z",
            "PolicyVersionList": [{
                "Document": policy(&case.statements), "VersionId": "v1", "IsDefaultVersion": true,
                "CreateDate": "2026-01-01T00:00:00Z"
            }]
        }]);
    }
    folder.write(&format!("world/accounts/{ACCOUNT}/authorization-details.json"), &details.to_string());
    folder.write("world/ringfence.toml", &configuration(case));
    folder.write("design.json", &policy(&case.statements).to_string());
    folder
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

/// The guardrails that hold of a kind of principal by the design, and how many; what `check` refutes of them is told.
fn guaranteed_and_refuted(case: &Case) -> Result<usize, String> {
    let folder = world(case);
    let mut arguments =
        vec!["boundary", "design.json", "--config", "world/ringfence.toml", "--guardrails-only", "-q"];
    arguments.extend(["--no-resource-policies", "-o", "json"]);
    arguments.extend(if case.service_control { &["--scp"][..] } else { &["--arn", ARN] });
    let design = folder.run(&arguments);
    let checked = folder.run(&["check", "world", "-q", "-o", "json"]);
    for run in [&design, &checked] {
        if run.code == 2 || run.stdout.contains("\"internal\"") {
            return Err(format!("{}{}", run.stderr, run.stdout));
        }
    }
    let (design, checked) = (design.json(), checked.json());
    let mut guaranteed = 0;
    for guardrail in list(&design, "guardrails") {
        let id = text(guardrail, "id");
        let same = list(&checked, "guardrails").iter().find(|other| text(other, "id") == id).unwrap();
        for verdict in list(guardrail, "verdicts") {
            let (kind, word) = (text(verdict, "principal"), text(verdict, "verdict"));
            if !matches!(word, "proved" | "not-applicable") {
                continue;
            }
            guaranteed += 1;
            let marker = format!(":iam::{ACCOUNT}:{kind}");
            let refuted = list(same, "violations").iter().map(|one| text(one, "principal"));
            if let Some(principal) = refuted.into_iter().find(|arn| arn.contains(&marker)) {
                return Err(format!("{id}: {word} for every {kind}, and refuted for {principal}"));
            }
        }
    }
    Ok(guaranteed)
}

#[test]
fn what_a_design_guarantees_no_principal_under_it_violates() {
    let guaranteed = Cell::new(0);
    let show = |case: &Case| format!("{}\n{}", policy(&case.statements), configuration(case));
    random::run("designs", CASES, &case(), show, |case| {
        guaranteed.set(guaranteed.get() + guaranteed_and_refuted(&case)?);
        Ok(())
    });
    assert!(guaranteed.get() >= PROVED, "only {} verdicts could have been wrong", guaranteed.get());
}
