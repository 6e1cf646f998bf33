//! Paths as graphs, and declared exits: names of principals stay names, and what proofs leave out is said.

use serde_json::json;

use super::harness::{ACCOUNT, Folder, corpus, finish, program};

/// A path of a name that languages of graphs would read as words of their own.
const PATH: &str = "/%%{init:{'theme':'forest'}}%%/#quot;\"<b>]/";

fn world() -> Folder {
    let folder = Folder::new();
    let arn = format!("arn:aws:iam::{ACCOUNT}:role{PATH}target");
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") }, "Action": "sts:AssumeRole" } ] });
    let policy = |action: &str| {
        json!([{ "PolicyName": "p", "PolicyDocument": { "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": action, "Resource": "*" } ] } }])
    };
    let details = json!({
        "UserDetailList": [{ "Path": "/", "UserName": "dev", "UserId": "AIDACKH7NWXRG6VUZDY6D",
            "Arn": format!("arn:aws:iam::{ACCOUNT}:user/dev"), "CreateDate": "2026-01-01T00:00:00+00:00",
            "UserPolicyList": policy("sts:AssumeRole"), "GroupList": [], "AttachedManagedPolicies": [], "Tags": [] }],
        "GroupDetailList": [],
        "RoleDetailList": [{ "Path": PATH, "RoleName": "target", "RoleId": "AROAVSSWYIGXGTFM7GABP", "Arn": arn,
            "CreateDate": "2026-01-01T00:00:00+00:00", "AssumeRolePolicyDocument": trust, "InstanceProfileList": [],
            "RolePolicyList": policy("bedrock:InvokeModel"), "AttachedManagedPolicies": [], "Tags": [], "RoleLastUsed": {} }],
        "Policies": [], "IsTruncated": false });
    folder.write(&format!("accounts/{ACCOUNT}/authorization-details.json"), &details.to_string());
    folder.with_empty_lists()
}

fn graph(format: &str) -> String {
    let folder = world();
    let mut command = program();
    command.args(["paths", "user/dev", "--world", folder.path().to_str().unwrap(), "--quiet", "-o", format]);
    let run = finish(&command.output().unwrap());
    assert_eq!(run.code, 1, "{}", run.stderr);
    run.stdout
}

#[test]
fn graphviz_gets_quoted_labels() {
    let text = graph("dot");
    assert!(text.starts_with("digraph paths {\n") && text.ends_with("}\n"), "{text}");
    let escaped = PATH.replace('"', "\\\"");
    assert!(text.contains(&format!("role{escaped}target\"];")), "{text}");
    assert!(text.lines().any(|line| line.contains("->") && line.contains("assume-role")), "{text}");
    assert!(text.contains("octagon"), "{text}");
    // Quotes come in pairs, but for those that are escaped.
    for line in text.lines() {
        let plain = line.replace("\\\\", "").replace("\\\"", "");
        assert_eq!(plain.matches('"').count() % 2, 0, "{line}");
    }
}

#[test]
fn mermaid_reads_no_directive_and_no_entity_out_of_a_name() {
    let text = graph("mermaid");
    assert!(text.starts_with("flowchart LR\n"), "{text}");
    // One is the comment that says how much of the proofs others can check.
    assert!(text.matches("%%").count() == 1 && !text.contains("#quot;"), "{text}");
    assert!(
        text.contains("role/#37;#37;{init:{'theme':'forest'}}#37;#37;/#35;quot;&quot;&lt;b&gt;]/target"),
        "{text}"
    );
    assert!(text.lines().any(|line| line.contains("-->|\"") && line.contains("assume-role")), "{text}");
    assert!(text.lines().any(|line| line.contains("==>")), "{text}");
}

#[test]
fn declared_exits_are_listed_with_who_answers_for_them() {
    let world = corpus("escalation/chains/declared-exit/world");
    for command in ["paths", "check"] {
        let mut run = program();
        run.args([command, "--world", world.to_str().unwrap(), "--quiet", "-o", "json"]);
        let report = finish(&run.output().unwrap()).json();
        let notes: Vec<&str> =
            report["notes"].as_array().unwrap().iter().filter_map(|note| note.as_str()).collect();
        let exit = notes.iter().find(|note| note.contains("declared exit"));
        let exit = exit.unwrap_or_else(|| panic!("{command}: {notes:?}"));
        assert!(exit.contains(":role/deploy (deployments; platform), which is 1 principal here"), "{exit}");
    }
}
