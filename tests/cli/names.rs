//! Names in ringfence.toml that nothing in the world has.

use serde_json::json;

use super::harness::{ACCOUNT, Folder, details, invoker, reader};

fn guardrail(principals: &str) -> String {
    format!(
        "[[guardrail]]\nid = \"g\"\nkind = \"cannot-invoke\"\nmodels = \"expensive\"\nprincipals = {principals}\n"
    )
}

#[test]
fn a_scope_that_names_nobody_is_refused_with_the_nearest() {
    let folder = Folder::world(&[reader(), invoker()]);
    let cases = [
        (
            "{ include = [\"arn:aws:iam::111122223333:role/reader\", \"arn:aws:iam::111122223333:role/invokr\"] }",
            "5:68",
            "the nearest is `arn:aws:iam::111122223333:role/invoker`",
        ),
        ("{ exclude = [\"arn:aws:iam::111122223333:role/Invoker\"] }", "5:27", "role/invoker`"),
        ("{ include = [\"111122223333\", \"999999999999\"] }", "5:43", "the nearest is `111122223333`"),
        ("{ exclude = [\"111122223334\"] }", "5:27", "matches no account of this world"),
        ("{ include = [\"arn:aws:iam::999999999999:role/reader\"] }", "5:27", "matches no principal"),
    ];
    for (principals, place, message) in cases {
        folder.write("ringfence.toml", &guardrail(principals));
        folder.run(&["check"]).refused(&[&format!("ringfence.toml:{place}"), message, "help:"]);
    }
}

#[test]
fn a_scope_that_names_somebody_is_not_remarked_on() {
    let folder = Folder::world(&[reader(), invoker()]);
    for principals in [
        "{ include = [\"arn:aws:iam::111122223333:role/reader\"] }",
        "{ include = [\"111122223333\"], exclude = [\"arn:aws:iam::*:role/invoker\"] }",
        "{ include = [\"arn:aws:iam::111122223333:root\"], exclude = [] }",
    ] {
        folder.write("ringfence.toml", &guardrail(principals));
        let run = folder.run(&["check"]);
        assert_ne!(run.code, 2, "{}", run.stderr);
        assert!(!run.stdout.contains("of this world"), "{}", run.stdout);
    }
}

#[test]
fn a_pattern_that_matches_nobody_is_a_warning() {
    let folder = Folder::world(&[reader(), invoker()]).with_empty_lists();
    let principals = "{ include = [\"arn:aws:iam::*:role/reader\", \"arn:aws:iam::*:role/app-*\"], \
                      exclude = [\"arn:aws:iam::*:user/?\"] }";
    folder.write("ringfence.toml", &guardrail(principals));
    let run = folder.run(&["check", "-o", "json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let warnings = run.json()["warnings"].to_string();
    for text in ["`arn:aws:iam::*:role/app-*` matches no principal of this world; the nearest is", "user/?"] {
        assert!(warnings.contains(text), "{text}: {warnings}");
    }
    assert!(!warnings.contains("role/reader` matches"), "{warnings}");
    // About nobody at all: nothing is checked, and that is no success.
    folder.write("ringfence.toml", &guardrail("{ include = [\"arn:aws:iam::*:role/app-*\"] }"));
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stdout.contains("`arn:aws:iam::*:role/app-*` matches no principal of this world"));
}

#[test]
fn what_is_accepted_or_approved_and_matches_nothing_is_a_warning() {
    let folder = Folder::world(&[reader()]);
    let by = "reason = \"r\", owner = \"o\"";
    let text = format!(
        "[boundaries]\n\
         approved = [\"arn:aws:iam::{ACCOUNT}:policy/boundry\"]\n\
         exits = [{{ principal = \"arn:aws:iam::{ACCOUNT}:role/deploi\", {by} }}]\n\
         [administrators]\n\
         accepted = [{{ principal = \"arn:aws:iam::{ACCOUNT}:role/admn\", {by} }},\n\
                     {{ principal = \"arn:aws:iam::*:root\", {by} }}]\n\
         [[exception]]\n\
         guardrail = \"expensive-models\"\n\
         principal = \"arn:aws:iam::{ACCOUNT}:role/invokr\"\n\
         reason = \"r\"\nowner = \"o\"\nexpires = 2027-01-31\n"
    );
    folder.write("ringfence.toml", &text);
    let run = folder.run(&["check", "-o", "json"]);
    assert_ne!(run.code, 2, "{}", run.stderr);
    let warnings = run.json()["warnings"].clone();
    let lines: Vec<i64> =
        warnings.as_array().unwrap().iter().map(|warning| warning["line"].as_i64().unwrap()).collect();
    assert_eq!(lines, [2, 3, 5, 9], "{warnings}");
    assert!(warnings.to_string().contains("boundry` matches no policy of this world"), "{warnings}");
}

#[test]
fn an_account_whose_export_is_missing_is_a_warning() {
    let folder = Folder::new();
    folder.write("details.json", &details(&[reader()]).to_string());
    let account = |id: &str| {
        json!({ "Id": id, "Arn": format!("arn:aws:organizations::{ACCOUNT}:account/o-example1/{id}"),
        "Name": "a", "Email": "a@example.org", "Status": "ACTIVE", "ParentId": "r-ab12", "Tags": [] })
    };
    let organization = json!({
        "Organization": { "Id": "o-example1", "Arn": format!("arn:aws:organizations::{ACCOUNT}:organization/o-example1"),
            "FeatureSet": "ALL", "MasterAccountId": ACCOUNT },
        "Roots": [{ "Id": "r-ab12", "Arn": format!("arn:aws:organizations::{ACCOUNT}:root/o-example1/r-ab12"),
            "Name": "Root", "PolicyTypes": [] }],
        "OrganizationalUnits": [], "Accounts": [account(ACCOUNT), account("444455556666")], "Policies": [] });
    folder.write("organization.json", &organization.to_string());
    let principals =
        "{ include = [\"111122223333\", \"444455556666\", \"arn:aws:iam::444455556666:role/x\"] }";
    folder.write("r.toml", &guardrail(principals));
    let run = folder.run(&[
        "check",
        "--authorization-details",
        "details.json",
        "--organization",
        "organization.json",
        "--config",
        "r.toml",
        "-o",
        "json",
    ]);
    assert_ne!(run.code, 2, "{}", run.stderr);
    let warnings = run.json()["warnings"].to_string();
    assert!(warnings.contains("lacks the authorization details of account 444455556666"), "{warnings}");
}
