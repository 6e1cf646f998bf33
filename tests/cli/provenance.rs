//! Who can become a principal: whom trust policies admit, and what resource policies open to everybody, with what its role runs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::harness::{Run, corpus, finish, program};

/// Role, kind, name, and whether the statement says of nobody in particular who is meant.
const ADMITTED: [(&str, &str, &str, bool); 23] = [
    ("anybody", "everybody", "*", true),
    ("of-organization", "everybody", "*", false),
    // A shared secret says nothing of who knows it.
    ("external-id", "everybody", "*", true),
    ("organization-if-exists", "everybody", "*", true),
    ("not-an-account", "everybody", "*", true),
    ("any-arn", "everybody", "*", true),
    ("denied-outside", "everybody", "*", true),
    (
        "repository",
        "provider",
        "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
        false,
    ),
    (
        "any-repository",
        "provider",
        "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
        true,
    ),
    (
        "audience-only",
        "provider",
        "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
        true,
    ),
    ("pool", "provider", "cognito-identity.amazonaws.com", false),
    ("any-pool", "provider", "cognito-identity.amazonaws.com", true),
    ("saml", "provider", "arn:aws:iam::111122223333:saml-provider/acme", false),
    ("foreign", "foreign-account", "999999999999", false),
    ("foreign", "foreign-account", "arn:aws:iam::888888888888:role/vendor", false),
    ("other", "other-account", "arn:aws:iam::444455556666:root", false),
    ("own", "own-account", "arn:aws:iam::111122223333:root", false),
    ("named", "principal", "arn:aws:iam::111122223333:role/own", false),
    ("named", "absent-principal", "arn:aws:iam::111122223333:role/gone", false),
    ("named", "absent-principal", "AIDAGONEGONEGONEGONEQ", false),
    ("service", "service", "ec2.amazonaws.com", false),
    ("service", "service", "lambda.amazonaws.com", false),
    ("fn", "service", "lambda.amazonaws.com", false),
];

fn run(more: &[&str]) -> Run {
    let world = corpus("provenance");
    let mut command = program();
    command.args(["paths", "--world", world.to_str().unwrap(), "--quiet"]).args(more);
    finish(&command.output().unwrap())
}

#[test]
fn trust_policies_admit_whom_they_name() {
    let report = run(&["-o", "json"]).json();
    let mut found = Vec::new();
    let mut denied: BTreeMap<String, usize> = BTreeMap::new();
    for result in report["results"].as_array().unwrap() {
        let principal = result["principal"].as_str().unwrap();
        let Some(role) = principal.strip_prefix("arn:aws:iam::111122223333:role/") else { continue };
        for one in result["admitted"].as_array().unwrap() {
            let text = |key: &str| one[key].as_str().unwrap().to_owned();
            found.push((role.to_owned(), text("kind"), text("name"), one["wildcard"].as_bool().unwrap()));
            let calls = one["calls"].as_array().unwrap();
            let wanted = match text("kind").as_str() {
                "provider" if role == "saml" => "sts:AssumeRoleWithSAML",
                "provider" => "sts:AssumeRoleWithWebIdentity",
                _ => "sts:AssumeRole",
            };
            assert_eq!(calls, &[Value::from(wanted)], "{one}");
            assert!(one["statement"]["line"].as_u64().unwrap() > 1, "{one}");
        }
        denied.insert(role.to_owned(), result["denied"].as_array().unwrap().len());
    }
    let mut wanted: Vec<_> = ADMITTED
        .iter()
        .map(|(role, kind, name, wildcard)| {
            ((*role).to_owned(), (*kind).to_owned(), (*name).to_owned(), *wildcard)
        })
        .collect();
    wanted.sort();
    found.sort();
    assert_eq!(found, wanted);
    assert_eq!(denied.remove("denied-outside"), Some(1));
    assert!(denied.values().all(|count| *count == 0), "{denied:?}");
}

#[test]
fn wildcards_come_first_and_with_their_conditions() {
    let text = run(&[]).stdout;
    let section = text.split("Trust policies that say of nobody in particular").nth(1).unwrap();
    let section = section.split("\n\n").next().unwrap();
    let wildcards = ADMITTED.iter().filter(|(.., wildcard)| *wildcard).count();
    assert_eq!(section.matches("    by        ").count(), wildcards, "{section}");
    assert!(section.contains("    if        StringEquals sts:ExternalId 4711"), "{section}");
    assert!(!section.contains("role/of-organization"), "{section}");
    assert!(text.find("nobody in particular") < text.find("conditional:"), "{text}");
    let one = run(&["role/denied-outside"]).stdout;
    assert!(one.contains("Who can become it, by its trust policy\n  everybody * by sts:AssumeRole"), "{one}");
    assert!(one.contains("    if        StringNotEquals aws:PrincipalOrgID o-acmeacmeac"), "{one}");
}

#[test]
fn what_is_open_to_everybody_is_shown_with_what_its_role_runs() {
    let report = run(&["-o", "json"]).json();
    let public = report["public"].as_array().unwrap();
    let of = |end: &str| public.iter().find(|one| one["resource"].as_str().unwrap().ends_with(end));
    let open: Vec<bool> = public.iter().map(|one| one["open"].as_bool().unwrap()).collect();
    assert_eq!(open, [true, true, true, false], "{public:#?}");
    let url = of("function:open-url").unwrap();
    assert_eq!(url["role"], "arn:aws:iam::111122223333:role/fn");
    assert_eq!(url["reach"]["models"][0]["id"], "anthropic.claude-opus-4-1-20250805-v1:0");
    assert_eq!(url["reach"]["models"].as_array().unwrap().len(), 1);
    let gateway = of("gateway/tools-abcdefghij").unwrap();
    assert!(gateway["open"] == true && gateway["role"].is_null(), "{gateway}");
    // Everybody has an account of AWS to sign with.
    assert_eq!(of("function:signed-url").unwrap()["open"], true);
    assert_eq!(of("function:of-organization").unwrap()["open"], false);
    // Named for an account, for something that does not use it, or of a service without a role.
    for absent in ["function:of-account", "function:layers", "s3:::site"] {
        assert!(of(absent).is_none(), "{absent}");
    }
    let text = run(&["role/fn"]).stdout;
    assert!(text.contains("open arn:aws:lambda:eu-west-1:111122223333:function:open-url"), "{text}");
    assert!(
        text.contains("runs 1 known model, the dearest anthropic.claude-opus-4-1-20250805-v1:0"),
        "{text}"
    );
    assert!(!text.contains("gateway/tools"), "{text}");
}
