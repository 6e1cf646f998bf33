//! `ringfence import`: answers of the AWS CLI, as people have saved them, make the world that they are of.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::harness::{Folder, Run, corpus};

/// The answers of the AWS CLI about the sample organisation, by the names of their files.
fn answers() -> Vec<(String, Value)> {
    let acme = corpus("organizations/acme");
    let read = |path: &Path| -> Value { serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap() };
    let organization = read(&acme.join("organization.json"));
    let list = |name: &str| organization[name].as_array().unwrap().clone();
    let id = |value: &Value| value["Id"].as_str().unwrap().to_owned();
    let without = |value: &Value, names: &[&str]| {
        let mut value = value.clone();
        let members = value.as_object_mut().unwrap();
        for name in names {
            members.remove(*name);
        }
        value
    };
    let mut answers = vec![
        ("describe-organization.json".to_owned(), json!({ "Organization": organization["Organization"] })),
        ("list-roots.json".to_owned(), json!({ "Roots": organization["Roots"] })),
    ];
    let nodes = list("Roots").into_iter().chain(list("OrganizationalUnits"));
    for node in nodes.map(|node| id(&node)) {
        let below = |name: &str| -> Vec<Value> {
            let of = list(name).into_iter().filter(|value| value["ParentId"] == node.as_str());
            of.map(|value| without(&value, &["ParentId", "Tags"])).collect()
        };
        answers.push((
            format!("units-below-{node}.json"),
            json!({ "OrganizationalUnits": below("OrganizationalUnits") }),
        ));
        answers.push((format!("accounts-below-{node}.json"), json!({ "Accounts": below("Accounts") })));
    }
    for account in list("Accounts").iter().filter(|account| account.get("Tags").is_some()) {
        answers.push((format!("tags-of-{}.json", id(account)), json!({ "Tags": account["Tags"] })));
    }
    for kind in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] {
        let of_kind = list("Policies").into_iter().filter(|policy| policy["PolicySummary"]["Type"] == kind);
        let of_kind: Vec<Value> = of_kind.collect();
        let summaries: Vec<&Value> = of_kind.iter().map(|policy| &policy["PolicySummary"]).collect();
        answers.push((format!("list-policies-{kind}.json"), json!({ "Policies": summaries })));
        for policy in &of_kind {
            let name = id(&policy["PolicySummary"]);
            answers.push((
                format!("policies/{name}/policy.json"),
                json!({ "Policy": without(policy, &["Targets"]) }),
            ));
            answers.push((format!("policies/{name}/targets.json"), json!({ "Targets": policy["Targets"] })));
        }
    }
    for account in fs::read_dir(acme.join("accounts")).unwrap() {
        let path = account.unwrap().path().join("authorization-details.json");
        answers.push((format!("details {}.json", answers.len()), read(&path)));
    }
    answers
}

fn imported(answers: &[(String, Value)]) -> (Folder, Run) {
    let folder = Folder::new();
    for (name, answer) in answers {
        folder.write(&format!("answers/{name}"), &answer.to_string());
    }
    let run = folder.run(&["import", "answers", "--write", "world"]);
    (folder, run)
}

/// Everything that decides something: the lists of the file, whatever their order.
fn told(organization: &Value) -> BTreeSet<String> {
    let lists = ["Organization", "Roots", "OrganizationalUnits", "Accounts", "Policies"];
    let parts = lists.iter().flat_map(|name| {
        let one = &organization[*name];
        one.as_array().cloned().unwrap_or_else(|| vec![one.clone()])
    });
    let sorted = |mut part: Value| {
        if let Some(targets) = part.get_mut("Targets").and_then(Value::as_array_mut) {
            for target in targets.iter_mut() {
                *target = json!(target["TargetId"]);
            }
            targets.sort_by_key(ToString::to_string);
        }
        part.to_string()
    };
    parts.map(sorted).collect()
}

#[test]
fn answers_make_the_world_that_they_are_of() {
    let mut answers = answers();
    answers.push(("notes.json".to_owned(), json!({ "something": "else" })));
    let (folder, run) = imported(&answers);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("answers/notes.json is not read"), "{}", run.stderr);
    let made: Value = serde_json::from_str(&folder.read("world/organization.json")).unwrap();
    let acme = corpus("organizations/acme");
    let real: Value =
        serde_json::from_str(&fs::read_to_string(acme.join("organization.json")).unwrap()).unwrap();
    assert_eq!(told(&made), told(&real));
    for account in fs::read_dir(acme.join("accounts")).unwrap() {
        let account = account.unwrap();
        let name = account.file_name().into_string().unwrap();
        let made: Value =
            serde_json::from_str(&folder.read(&format!("world/accounts/{name}/authorization-details.json")))
                .unwrap();
        let real = fs::read_to_string(account.path().join("authorization-details.json")).unwrap();
        assert_eq!(made, serde_json::from_str::<Value>(&real).unwrap(), "{name}");
    }
}

#[test]
fn what_is_attached_may_be_listed_for_each_target() {
    let mut answers = answers();
    let is_targets = |name: &str| name.ends_with("targets.json");
    let mut by_target: std::collections::BTreeMap<(String, String), Vec<Value>> =
        std::collections::BTreeMap::new();
    let policies = answers.iter().filter(|(name, _)| name.ends_with("policy.json"));
    for ((_, policy), (_, targets)) in policies.zip(answers.iter().filter(|(name, _)| is_targets(name))) {
        let summary = policy["Policy"]["PolicySummary"].clone();
        let kind = summary["Type"].as_str().unwrap().to_owned();
        for target in targets["Targets"].as_array().unwrap() {
            let key = (target["TargetId"].as_str().unwrap().to_owned(), kind.clone());
            by_target.entry(key).or_default().push(summary.clone());
        }
    }
    answers.retain(|(name, _)| !is_targets(name));
    let (_, run) = imported(&answers);
    run.refused(&["list-targets-for-policy --policy-id p-FullAWSAccess"]);
    let targets: BTreeSet<String> = answers
        .iter()
        .filter_map(|(name, _)| {
            name.strip_prefix("accounts-below-")?.strip_suffix(".json").map(str::to_owned)
        })
        .chain(answers.iter().flat_map(|(_, answer)| {
            let accounts = answer["Accounts"].as_array().into_iter().flatten();
            accounts.map(|account| account["Id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }))
        .collect();
    for target in &targets {
        for kind in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] {
            let found = by_target.get(&(target.clone(), kind.to_owned())).cloned().unwrap_or_default();
            answers.push((format!("bound/{target}-{kind}.json"), json!({ "Policies": found })));
        }
    }
    let (folder, run) = imported(&answers);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let made: Value = serde_json::from_str(&folder.read("world/organization.json")).unwrap();
    let real = fs::read_to_string(corpus("organizations/acme/organization.json")).unwrap();
    assert_eq!(told(&made), told(&serde_json::from_str(&real).unwrap()));
}

/// Without any of them the organisation would be another one, in which less is denied, or more.
#[test]
fn an_organisation_that_is_not_whole_is_refused() {
    let all = answers();
    let without = |start: &str, texts: &[&str]| {
        let kept: Vec<(String, Value)> =
            all.iter().filter(|(name, _)| !name.starts_with(start)).cloned().collect();
        assert!(kept.len() < all.len(), "{start}");
        let (folder, run) = imported(&kept);
        run.refused(texts);
        assert!(!folder.path().join("world").exists());
    };
    without("describe-organization", &["which one it is", "aws organizations describe-organization"]);
    without("list-roots", &["list-roots"]);
    without("list-policies-SERVICE", &["list-policies --filter SERVICE_CONTROL_POLICY"]);
    without("units-below-r-", &["list-organizational-units-for-parent --parent-id r-"]);
    without("accounts-below-ou-", &["list-accounts-for-parent --parent-id ou-"]);
    without("policies/p-FullAWSAccess/policy", &["describe-policy --policy-id p-FullAWSAccess"]);
    without("policies/p-FullAWSAccess/targets", &["list-targets-for-policy --policy-id p-FullAWSAccess"]);
}

#[test]
fn answers_that_say_too_little_are_refused() {
    let refused = |name: &str, answer: Value, texts: &[&str]| {
        let (_, run) = imported(&[(name.to_owned(), answer)]);
        run.refused(texts);
    };
    refused(
        "targets.json",
        json!({ "Targets": [] }),
        &["list-targets-for-policy", "put the id of the policy into the name"],
    );
    refused(
        "a.json",
        json!({ "Parents": [{ "Id": "r-ab12" }] }),
        &["list-parents", "put the id of the account or unit"],
    );
    refused("a.json", json!({ "Roots": [], "NextToken": "x" }), &["more pages follow this one"]);
    refused("a.json", json!({ "x": 1 }), &["none of the files holds an answer that is known"]);
    let details = super::harness::details(&[super::harness::reader()]);
    let mut other = details.clone();
    other["RoleDetailList"][0]["Description"] = json!("other");
    let (_, run) = imported(&[("a.json".to_owned(), details.clone()), ("b.json".to_owned(), other)]);
    run.refused(&["two exports of the account 111122223333"]);
    let (folder, run) = imported(&[("a.json".to_owned(), details.clone()), ("b.json".to_owned(), details)]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    folder.run(&["import", "answers", "--write", "world"]).refused(&["world is not empty"]);
}
