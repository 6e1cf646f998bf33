//! `ringfence why`: worlds made by hand of which it is known what each proof rests on.

use serde_json::{Value, json};

use super::harness::{ACCOUNT, Folder, Run, details, policy, reader, role};

const OTHER: &str = "999988887777";
const UNIT: &str = "ou-ab12-workloads";

/// A statement with a Sid.
pub(crate) fn statement(sid: &str, effect: &str, action: &str) -> Value {
    json!({ "Sid": sid, "Effect": effect, "Action": action, "Resource": "*" })
}

fn with(mut statement: Value, condition: Value) -> Value {
    statement["Condition"] = condition;
    statement
}

/// An organisation of another management account, whose OU has these SCPs beside the one that AWS makes, or only these.
pub(crate) fn organization(policies: &[(&str, Vec<Value>)], full_access: bool) -> String {
    let arn = |what: &str| format!("arn:aws:organizations::{OTHER}:{what}");
    let account = |id: &str, parent: &str| {
        json!({ "Id": id, "Arn": arn(&format!("account/o-abcdefghij/{id}")), "Email": format!("{id}@example.com"),
            "Name": format!("account {id}"), "Status": "ACTIVE", "ParentId": parent, "Tags": [] })
    };
    let root = json!({ "TargetId": "r-ab12", "Arn": arn("root/o-abcdefghij/r-ab12"), "Name": "Root", "Type": "ROOT" });
    let unit = json!({ "TargetId": UNIT, "Arn": arn(&format!("ou/o-abcdefghij/{UNIT}")), "Name": "Workloads",
        "Type": "ORGANIZATIONAL_UNIT" });
    let own = json!({ "TargetId": ACCOUNT, "Arn": arn(&format!("account/o-abcdefghij/{ACCOUNT}")), "Name": "own",
        "Type": "ACCOUNT" });
    let mut targets = vec![root, own];
    if full_access {
        targets.push(unit.clone());
    }
    let mut all = vec![json!({
        "PolicySummary": { "Id": "p-FullAWSAccess", "Name": "FullAWSAccess", "Description": "",
            "Arn": "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
            "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": true },
        "Content": policy(&[json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })]).to_string(),
        "Targets": targets
    })];
    for (index, (name, statements)) in policies.iter().enumerate() {
        let id = format!("p-{index:08}");
        all.push(json!({
            "PolicySummary": { "Id": id, "Name": name, "Description": "",
                "Arn": arn(&format!("policy/o-abcdefghij/service_control_policy/{id}")),
                "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": false },
            "Content": policy(statements).to_string(),
            "Targets": [unit]
        }));
    }
    json!({
        "Organization": { "Id": "o-abcdefghij", "Arn": arn("organization/o-abcdefghij"), "FeatureSet": "ALL",
            "MasterAccountArn": arn(&format!("account/o-abcdefghij/{OTHER}")), "MasterAccountId": OTHER,
            "AvailablePolicyTypes": [{ "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" }] },
        "Roots": [{ "Id": "r-ab12", "Arn": arn("root/o-abcdefghij/r-ab12"), "Name": "Root",
            "PolicyTypes": [{ "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" }] }],
        "OrganizationalUnits": [{ "Id": UNIT, "Arn": arn(&format!("ou/o-abcdefghij/{UNIT}")), "Name": "Workloads",
            "ParentId": "r-ab12" }],
        "Accounts": [account(OTHER, "r-ab12"), account(ACCOUNT, UNIT)],
        "Policies": all
    })
    .to_string()
}

/// A world of one role `app` with these statements, a boundary and SCPs, and the guardrail that nobody makes users.
pub(crate) fn world(own: &[Value], boundary: Option<&[Value]>, controls: &[(&str, Vec<Value>)]) -> Folder {
    let mut app = role("app", &policy(own));
    let arn = format!("arn:aws:iam::{ACCOUNT}:policy/edge");
    let mut policies = Vec::new();
    if let Some(statements) = boundary {
        app["PermissionsBoundary"] =
            json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn });
        policies.push(json!({ "PolicyName": "edge", "PolicyId": "ANPAEXAMPLEEDGE", "Arn": arn, "Path": "/",
            "DefaultVersionId": "v1", "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 1, "IsAttachable": true,
            "CreateDate": "2026-03-01T08:00:00Z", "UpdateDate": "2026-03-01T08:00:00Z",
            "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true,
                "CreateDate": "2026-03-01T08:00:00Z", "Document": policy(statements) }] }));
    }
    let mut export = details(&[app]);
    export["Policies"] = Value::from(policies);
    let folder = Folder::new().with_empty_lists();
    folder.write(&format!("accounts/{ACCOUNT}/authorization-details.json"), &export.to_string());
    let of_others =
        details(&[reader()]).to_string().replace(ACCOUNT, OTHER).replace("EXAMPLEREADER", "ELSEWHERE");
    folder.write(&format!("accounts/{OTHER}/authorization-details.json"), &of_others);
    folder.write(&format!("accounts/{OTHER}/resource-policies.json"), "{}");
    folder.write("organization.json", &organization(controls, true));
    folder.write("ringfence.toml", &no_users("accounts = [\"111122223333\"]"));
    folder
}

/// The guardrail that nobody of these principals makes users.
pub(crate) fn no_users(principals: &str) -> String {
    let actions = "[\"iam:CreateUser\"]";
    format!(
        "[[guardrail]]\nid = \"no-users\"\nkind = \"forbid\"\nactions = {actions}\nprincipals = {{ {principals} }}\n"
    )
}

pub(crate) fn everything() -> Value {
    statement("All", "Allow", "*")
}

fn run(folder: &Folder, more: &[&str]) -> Run {
    let mut arguments = vec!["why"];
    arguments.extend(more);
    if !more.contains(&"no-users") {
        return folder.run(&arguments);
    }
    arguments.push("--one-step");
    folder.run(&arguments)
}

/// What JSON says of a part, in short: the Sid of a statement, or the layer and where it is.
fn short(ground: &Value) -> String {
    if let Some(policy) = ground["policy"].as_str() {
        return ground["sid"].as_str().unwrap_or(policy).to_owned();
    }
    match ground["target"].as_str() {
        Some(target) => format!("{} {target}", ground["layer"].as_str().unwrap()),
        None => ground["layer"].as_str().unwrap().to_owned(),
    }
}

fn all_short(grounds: &Value) -> Vec<String> {
    let mut all: Vec<String> = grounds.as_array().unwrap().iter().map(short).collect();
    all.sort();
    all
}

/// Minimal sets, single points of failure, and sets that break the proof with the verdict then.
struct Rests {
    sets: Vec<Vec<String>>,
    points: Vec<String>,
    breaking: Vec<(Vec<String>, String)>,
    answer: Value,
    text: String,
}

/// The answer about `app`, which is proved and explained in full.
fn rests(folder: &Folder, guardrail: &str, more: &[&str]) -> Rests {
    let asked = |format: &str| {
        let mut arguments = vec![guardrail, "role/app", "--today", "2026-11-26", "-o", format];
        arguments.extend(more);
        run(folder, &arguments)
    };
    let (json, text) = (asked("json"), asked("text"));
    assert_eq!((json.code, text.code), (0, 0), "{}{}", text.stdout, json.stderr);
    let answer = json.json();
    let result = &answer["results"][0];
    assert_eq!(result["verdict"], "proved");
    let rests = &result["rests"];
    assert_eq!((&rests["complete"], &rests["singlePointsComplete"]), (&json!(true), &json!(true)));
    let breaking = rests["breaking"].as_array().unwrap().iter();
    let mut sets: Vec<Vec<String>> = rests["sets"].as_array().unwrap().iter().map(all_short).collect();
    sets.sort();
    Rests {
        sets,
        points: all_short(&rests["singlePoints"]),
        breaking: breaking
            .map(|one| (all_short(&one["without"]), one["verdict"].as_str().unwrap().to_owned()))
            .collect(),
        text: text.stdout,
        answer,
    }
}

pub(crate) fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

#[test]
fn one_statement_of_an_scp_alone_protects() {
    let folder =
        world(&[everything()], None, &[("NoUsers", vec![statement("Scp", "Deny", "iam:CreateUser")])]);
    let found = rests(&folder, "no-users", &[]);
    assert_eq!((found.sets, found.points), (vec![vec!["Scp".to_owned()]], vec!["Scp".to_owned()]));
    assert_eq!(found.breaking, [(vec!["Scp".to_owned()], "refuted".to_owned())]);
    has(
        &found.text,
        &[
            "proved for single requests",
            "It rests on 1 minimal set of statements and layers",
            "Single points of failure: 1",
            "Of all that could be taken away only this protects it:",
            "service control policy NoUsers, statement 0 (Sid Scp), at organization.json:1",
            "Without it:",
            "request     iam:CreateUser",
            "allowed by  identity policy inline (inline), statement 0 (Sid All)",
            "This answer ends with exit code 0.",
        ],
    );
    assert!(!found.text.contains("no stop"), "{}", found.text);
    let request = &found.answer["results"][0]["rests"]["breaking"][0]["witness"]["requests"][0];
    assert_eq!(request["action"], "iam:CreateUser");
}

#[test]
fn either_of_an_scp_and_a_boundary_suffices() {
    let boundary = [everything(), statement("Edge", "Deny", "iam:*")];
    let folder = world(
        &[everything()],
        Some(&boundary),
        &[("NoUsers", vec![statement("Scp", "Deny", "iam:CreateUser")])],
    );
    let found = rests(&folder, "no-users", &[]);
    assert_eq!(found.sets, [["Edge"], ["Scp"]]);
    assert_eq!(found.points, Vec::<String>::new());
    assert_eq!(found.breaking, [(vec!["Edge".to_owned(), "Scp".to_owned()], "refuted".to_owned())]);
    has(
        &found.text,
        &[
            "It rests on 2 minimal sets",
            "Single points of failure: 0",
            "It holds without any one of them.",
            "Without all 2 of these:",
            "request     iam:CreateUser",
        ],
    );
}

#[test]
fn two_statements_are_needed_together() {
    let tag = |absent: &str| json!({ "Null": { "aws:RequestTag/team": absent } });
    let statements = vec![
        with(statement("Tagged", "Deny", "iam:CreateUser"), tag("false")),
        with(statement("Untagged", "Deny", "iam:CreateUser"), tag("true")),
        statement("Else", "Deny", "iam:DeleteUser"),
    ];
    let found = rests(&world(&[everything()], None, &[("Tags", statements)]), "no-users", &[]);
    assert_eq!(found.sets, [["Tagged", "Untagged"]]);
    assert_eq!(found.points, ["Tagged", "Untagged"]);
    assert!(found.breaking.iter().all(|(set, verdict)| set.len() == 1 && verdict == "refuted"));
    has(&found.text, &["Single points of failure: 2"]);
}

#[test]
fn identity_policies_that_allow_nothing_are_all_that_a_proof_rests_on() {
    let folder = world(
        &[statement("Read", "Allow", "s3:GetObject")],
        None,
        &[("Else", vec![statement("Scp", "Deny", "s3:*")])],
    );
    let found = rests(&folder, "no-users", &[]);
    assert_eq!((found.sets, found.points), (vec![vec!["identity".to_owned()]], vec!["identity".to_owned()]));
    has(
        &found.text,
        &[
            "the identity policies allow no such request",
            "If everything were allowed there:",
            "allowed by  identity policy that allows everything, put in its place",
        ],
    );
}

#[test]
fn layers_that_do_not_allow_are_parts_with_their_place() {
    let boundary = [statement("Read", "Allow", "s3:*")];
    let folder = world(&[everything()], Some(&boundary), &[("Only", vec![statement("S3", "Allow", "s3:*")])]);
    folder.write(
        "organization.json",
        &organization(&[("Only", vec![statement("S3", "Allow", "s3:*")])], false),
    );
    let found = rests(&folder, "no-users", &[]);
    let unit = format!("serviceControl {UNIT}");
    assert_eq!(found.sets, [vec!["permissionsBoundary".to_owned()], vec![unit.clone()]]);
    assert_eq!(found.breaking, [(vec!["permissionsBoundary".to_owned(), unit], "refuted".to_owned())]);
    has(
        &found.text,
        &[
            "the permissions boundary allows no such request",
            "the service control policies at ou-ab12-workloads (Workloads) allow no such request",
            "allowed by  permissions boundary that allows everything, put in its place",
            "allowed by  service control policy that allows everything, put in its place",
        ],
    );
}

#[test]
fn over_steps_it_rests_on_a_deny_that_alone_stops_an_escape() {
    let own = [statement("Write", "Allow", "iam:PutRolePolicy"), statement("Read", "Allow", "s3:GetObject")];
    let folder = world(&own, None, &[("NoPolicies", vec![statement("Scp", "Deny", "iam:PutRolePolicy")])]);
    folder.write("ringfence.toml", "");
    let found = rests(&folder, "expensive-models", &[]);
    assert_eq!(found.answer["scope"], "steps");
    assert_eq!((found.sets, found.points), (vec![vec!["Scp".to_owned()]], vec!["Scp".to_owned()]));
    let witness = &found.answer["results"][0]["rests"]["breaking"][0]["witness"];
    assert_eq!(witness["kind"], "path");
    has(&found.text, &["proved over all steps", "iam:PutRolePolicy", "Over steps only Deny statements"]);
    // Request by request nobody allows a model, and that is what it rests on.
    let single = rests(&folder, "expensive-models", &["--one-step"]);
    assert_eq!(single.sets, [["identity"]]);
}

#[test]
fn nothing_that_can_be_taken_away() {
    let folder = world(&[statement("Read", "Allow", "s3:GetObject")], None, &[]);
    folder.write("ringfence.toml", "");
    let found = rests(&folder, "expensive-models", &[]);
    assert_eq!((found.sets, found.breaking), (vec![Vec::new()], Vec::new()));
    has(&found.text, &["There is nothing that could be taken away."]);
    assert!(!found.text.contains("Single points"), "{}", found.text);
}

#[test]
fn that_something_is_possible_rests_on_what_allows_it() {
    let guardrail = "[[guardrail]]\nid = \"work\"\nkind = \"must-be-able\"\naction = \"iam:CreateUser\"\n\
                     principals = { include = [\"arn:aws:iam::111122223333:role/app\"] }\n";
    let folder = world(&[statement("Iam", "Allow", "iam:*"), everything()], None, &[]);
    folder.write("ringfence.toml", guardrail);
    let found = rests(&folder, "work", &[]);
    // FullAWSAccess at three levels is one statement; there must be a session; and one of the two statements of the role suffices.
    assert_eq!(found.points.len(), 2);
    assert!(
        found.points[0].ends_with("role/app (trust policy)") && found.points[1].ends_with("p-FullAWSAccess")
    );
    let sets = ["All", "Iam"].map(|sid| [&[sid.to_owned()], found.points.as_slice()].concat());
    assert_eq!(found.sets, sets);
    assert!(found.breaking.contains(&(vec!["All".to_owned(), "Iam".to_owned()], "refuted".to_owned())));
    has(
        &found.text,
        &[
            "Nothing makes up for this:",
            "FullAWSAccess",
            "of arn:aws:iam::111122223333:role/app",
            "stopped by",
        ],
    );
}
