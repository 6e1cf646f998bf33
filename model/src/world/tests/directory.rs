//! Accounts and files.

use super::{ACCOUNT, Scratch, document, export, role};
use crate::world::{MissingEffect, World};

const TEAM: &str = r#"{"PolicyName": "team", "Arn": "arn:aws:iam::111111111111:policy/team", "DefaultVersionId": "v2", "PolicyVersionList": [
  {"VersionId": "v2", "IsDefaultVersion": true, "Document": "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Deny%22%2C%22Action%22%3A%22iam%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D"},
  {"VersionId": "v1", "IsDefaultVersion": false, "Document": "not even JSON"}]}"#;

#[test]
fn users_get_the_policies_of_their_groups() {
    let group = format!(
        r#"{{"Path": "/g/", "GroupName": "dev", "Arn": "arn:aws:iam::111111111111:group/g/dev", "GroupPolicyList": [{{"PolicyName": "inline", "PolicyDocument": {}}}], "AttachedManagedPolicies": [{{"PolicyArn": "arn:aws:iam::111111111111:policy/team"}}]}}"#,
        document("s3:*")
    );
    let user = format!(
        r#"{{"Path": "/p/q/", "UserName": "ada", "UserId": "AIDAADA", "Arn": "arn:aws:iam::111111111111:user/p/q/ada", "UserPolicyList": [{{"PolicyName": "own", "PolicyDocument": {}}}], "GroupList": ["dev"], "AttachedManagedPolicies": [{{"PolicyName": "team", "PolicyArn": "arn:aws:iam::111111111111:policy/team"}}], "PermissionsBoundary": {{"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": "arn:aws:iam::111111111111:policy/team"}}, "Tags": [{{"Key": "Team", "Value": "x"}}], "PasswordLastUsed": 1767225600.5}}"#,
        document("ec2:*")
    );
    let world = Scratch::new().with(ACCOUNT, &export(&user, &group, "", TEAM)).world();
    let (account, ada) = world.principal("arn:aws:iam::111111111111:user/p/q/ada").expect("the user");
    let names: Vec<&str> = ada.identity().iter().map(|policy| policy.name.as_ref()).collect();
    assert_eq!(
        names,
        [
            "arn:aws:iam::111111111111:user/p/q/ada#own",
            "arn:aws:iam::111111111111:policy/team",
            "arn:aws:iam::111111111111:group/g/dev#inline",
        ]
    );
    assert_eq!(
        ada.boundary().map(|boundary| boundary.name.as_ref()),
        Some("arn:aws:iam::111111111111:policy/team")
    );
    assert_eq!((ada.path(), ada.name(), ada.tags()["Team"].as_str()), ("/p/q/", "ada", "x"));
    let versions = &account.managed_policies["arn:aws:iam::111111111111:policy/team"].versions;
    assert_eq!(versions.iter().map(|version| version.id.as_str()).collect::<Vec<_>>(), ["v2", "v1"]);
    assert_eq!(world.newest_timestamp.map(|date| date.to_string()).as_deref(), Some("2026-01-01T00:00:00Z"));
    assert_eq!(world.inputs.len(), 1);
    assert_eq!(world.inputs[0].sha256.len(), 64);
    assert_eq!(account.root_arn(), "arn:aws:iam::111111111111:root");
}

#[test]
fn roles_carry_trust_tags_and_kind() {
    let linked = r#"{"Path": "/aws-service-role/x.amazonaws.com/", "RoleName": "AWSServiceRoleForX", "RoleId": "AROAX", "Arn": "arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", "AssumeRolePolicyDocument": "{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"x.amazonaws.com\"}, \"Action\": \"sts:AssumeRole\"}]}", "RolePolicyList": [], "AttachedManagedPolicies": [], "RoleLastUsed": {"LastUsedDate": "2026-05-01T00:00:00Z", "Region": "eu-west-1"}}"#;
    let world = Scratch::new()
        .with(ACCOUNT, &export("", "", &format!("{},{linked}", role("r", r#", "RoleLastUsed": {}"#)), ""))
        .with("accounts/111111111111/resources.json", "[]")
        .with("accounts/111111111111/resource.json", "[]")
        .world();
    let roles = &world.accounts.values().next().expect("the account").roles;
    assert!(roles[0].service_linked && !roles[1].service_linked);
    assert_eq!(roles[0].last_used.as_ref().and_then(|used| used.region.as_deref()), Some("eu-west-1"));
    assert_eq!(roles[1].last_used, None);
    assert_eq!(roles[1].trust.name.as_ref(), "arn:aws:iam::111111111111:role/r (trust policy)");
    assert!(world.warnings[0].location.file.ends_with("/resource.json"), "{:?}", world.warnings);
    assert!(world.warnings[0].help.as_deref().is_some_and(|help| help.contains("`resources.json`")));
    let missing = world.missing();
    assert_eq!(
        (missing[0].input.as_str(), missing[0].effect),
        ("organization.json", MissingEffect::Conditional)
    );
    assert!(
        missing.iter().any(|row| row.input.ends_with("resource-policies.json") && row.accounts.len() == 1)
    );
}

#[test]
fn what_is_named_but_absent_is_an_error_that_says_which() {
    let more = r#", "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::111111111111:policy/a"}], "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::111111111111:policy/b"}"#;
    let user = r#"{"UserName": "u", "Arn": "arn:aws:iam::111111111111:user/u", "GroupList": ["gone"], "AttachedManagedPolicies": []}"#;
    let errors = Scratch::new().with(ACCOUNT, &export(user, "", &role("r", more), "")).errors();
    assert_eq!(errors.len(), 3, "{errors:#?}");
    assert!(errors[0].contains("`arn:aws:iam::111111111111:user/u` is in the group `gone`"));
    assert!(errors[1].contains("role/r` names the policy `arn:aws:iam::111111111111:policy/a`"));
    assert!(errors[2].contains("the boundary of `arn:aws:iam::111111111111:role/r` names the policy"));
}

#[test]
fn a_policy_must_hold_its_default_version() {
    let gone = TEAM.replace("\"DefaultVersionId\": \"v2\"", "\"DefaultVersionId\": \"v3\"");
    let two = TEAM.replace("\"IsDefaultVersion\": false", "\"IsDefaultVersion\": true");
    let none = TEAM.replace("\"IsDefaultVersion\": true", "\"IsDefaultVersion\": false");
    for policy in [gone, two, none] {
        let errors = Scratch::new().with(ACCOUNT, &export("", "", &role("r", ""), &policy)).errors();
        assert_eq!(errors.len(), 1, "{errors:#?}");
        assert!(errors[0].contains("policy/team"), "{errors:#?}");
    }
    let flag_only =
        TEAM.replace("\"DefaultVersionId\": \"v2\",", "").replace("\"PolicyName\": \"team\",", "");
    let world = Scratch::new().with(ACCOUNT, &export("", "", &role("r", ""), &flag_only)).world();
    let account = world.accounts.values().next().expect("the account");
    assert_eq!(account.managed_policies["arn:aws:iam::111111111111:policy/team"].name, "team");
}

#[test]
fn errors_of_policies_name_file_place_and_owner() {
    let more = r#", "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": [{"Sid": "S", "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringLikes": {"a": "b"}}}]}}]"#;
    let other = "accounts/222222222222/authorization-details.json";
    let errors = Scratch::new()
        .with(ACCOUNT, &export("", "", &format!("\n{}", role("r", more)), ""))
        .with(other, "{\"RoleDetailList\": [1], \"RoleDetailList\": []}")
        .errors();
    assert_eq!(errors.len(), 2, "{errors:#?}");
    assert!(errors[0].starts_with("accounts/111111111111/authorization-details.json:2:"), "{errors:#?}");
    assert!(errors[0].contains("unknown condition operator `StringLikes`, in the statement with Sid `S`"));
    assert!(errors[0].contains("inline policy `arn:aws:iam::111111111111:role/r#p`"));
    assert!(errors[1].starts_with(other), "{errors:#?}");
}

#[test]
fn wrong_types_of_known_fields_are_errors_and_unknown_fields_are_not() {
    for more in [
        r#", "Tags": {}"#,
        r#", "Tags": [{"Key": "a"}]"#,
        r#", "Tags": [{"Key": "a", "Value": "b"}, {"Key": "a", "Value": "c"}]"#,
        r#", "RolePolicyList": "x""#,
        r#", "RolePolicyList": [7]"#,
        r#", "RolePolicyList": [{"PolicyName": "p"}]"#,
        r#", "AttachedManagedPolicies": [{"PolicyName": "p"}]"#,
        r#", "PermissionsBoundary": "x""#,
        r#", "PermissionsBoundary": {"PermissionsBoundaryType": "Role", "PermissionsBoundaryArn": "x"}"#,
        r#", "RoleLastUsed": {"LastUsedDate": "yesterday"}"#,
    ] {
        let errors = Scratch::new().with(ACCOUNT, &export("", "", &role("r", more), "")).errors();
        assert!(!errors.is_empty(), "{more}");
    }
    let world =
        Scratch::new().with(ACCOUNT, &export("", "", &role("r", r#", "New": [1], "Description": null"#), ""));
    assert_eq!(world.world().principals().count(), 1);
}

#[test]
fn accounts_and_arns_must_agree() {
    let wrong_folder = "accounts/222222222222/authorization-details.json";
    let foreign = role("s", "").replace("111111111111", "333333333333");
    let renamed = role("t", "").replace("\"RoleName\": \"t\"", "\"RoleName\": \"u\"");
    let moved = role("v", "").replace("\"Path\": \"/\"", "\"Path\": \"/x/\"");
    for (file, roles, words) in [
        (wrong_folder, role("r", ""), "is not of account 222222222222"),
        (ACCOUNT, format!("{},{foreign}", role("r", "")), "is not of account 111111111111"),
        (ACCOUNT, format!("{},{}", role("r", ""), role("r", "")), "is listed twice"),
        (ACCOUNT, renamed, "is not the ARN of a role named `u`"),
        (ACCOUNT, moved, "Path is `/x/`"),
    ] {
        let errors = Scratch::new().with(file, &export("", "", &roles, "")).errors();
        assert!(errors.iter().any(|error| error.contains(words)), "{errors:#?}");
    }
}

#[test]
fn incomplete_and_empty_worlds_are_errors() {
    let truncated =
        export("", "", &role("r", ""), "").replacen('{', "{\"IsTruncated\": true, \"Marker\": \"x\",", 1);
    let token = export("", "", &role("r", ""), "").replacen('{', "{\"NextToken\": \"x\",", 1);
    let pages = format!("{0}\n{0}", export("", "", &role("r", ""), ""));
    for (text, words) in [
        (truncated.as_str(), "IsTruncated is true"),
        (token.as_str(), "it ends with `NextToken`"),
        (pages.as_str(), "a second JSON value follows the first"),
        (export("", "", "", "").as_str(), "there is no user and no role"),
        ("", "the file is empty"),
        ("{\"RoleDetailList\": [", "the text ends in the middle"),
        ("{\"RoleDetailList\": []}", "`Policies` is missing here"),
    ] {
        let errors = Scratch::new().with(ACCOUNT, text).errors();
        assert!(errors.iter().any(|error| error.contains(words)), "{errors:#?}");
    }
    assert!(Scratch::new().errors()[0].contains("does not exist"));
    assert!(Scratch::new().with("accounts/.keep", "").errors()[0].contains("holds no account"));
    assert!(Scratch::new().with("accounts/prod/x.json", "").errors()[0].contains("named by an account id"));
    assert!(Scratch::new().with("accounts/111111111111/x.txt", "").errors()[0].contains("does not exist"));
    let scratch = Scratch::new();
    let errors = World::read_directory(&scratch.path().join("nowhere")).expect_err("no folder");
    assert!(errors[0].message.contains("no such folder"));
}

#[test]
fn a_wrong_file_is_recognized_and_the_right_command_named() {
    for (text, words) in [
        ("{\"Users\": []}", "aws iam list-users"),
        ("{\"Role\": {}}", "aws iam get-role"),
        ("{\"Organization\": {}, \"Roots\": []}", "an organization.json"),
        ("{\"Version\": \"2012-10-17\", \"Statement\": []}", "a single policy document"),
        ("[{\"RoleDetailList\": []}]", "a list of pages of it"),
        ("user,arn,user_creation_time\nroot,arn:aws:iam::1:root,x", "a credential report (CSV)"),
        ("UserDetailList:\n- Arn: x\n", "as YAML"),
        ("\nAn error occurred (AccessDenied) when calling", "an error message of the AWS CLI"),
        ("7", "this is not the answer of get-account-authorization-details"),
    ] {
        let scratch = Scratch::new().with("x.json", text);
        let errors = World::read_files(&scratch.path().join("x.json"), None).expect_err("a wrong file");
        assert_eq!(errors.len(), 1, "{errors:#?}");
        assert!(errors[0].message.contains(words), "{errors:#?}");
        let help = errors[0].help.as_deref().unwrap_or_default();
        assert!(help.contains("aws ") || help.contains("message"), "{help}");
    }
}

#[test]
fn ten_thousand_statements_and_ten_megabytes_are_read() {
    let statement = r#"{"Effect": "Deny", "Action": "*a*a*a*a*a*b", "Resource": "*a????????????"}"#;
    let more = format!(
        r#", "RolePolicyList": [{{"PolicyName": "p", "PolicyDocument": {{"Statement": [{}]}}}}]"#,
        vec![statement; 150_000].join(",")
    );
    assert!(more.len() > 10_000_000);
    let world = Scratch::new().with(ACCOUNT, &export("", "", &role("r", &more), "")).world();
    let (_, found) = world.principals().next().expect("the role");
    assert_eq!(found.identity()[0].document.statements.len(), 150_000);
}

#[test]
fn aws_managed_policies_come_from_the_embedded_table() {
    let more = r#", "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::aws:policy/PowerUserAccess"}, "AttachedManagedPolicies": [{"PolicyName": "x", "PolicyArn": "arn:aws:iam::aws:policy/NoSuchPolicy"}]"#;
    let scratch = Scratch::new().with(ACCOUNT, &export("", "", &role("r", more), ""));
    let errors = scratch.errors();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].contains("policy/NoSuchPolicy"));
    let more = more.replace("NoSuchPolicy", "AdministratorAccess");
    let world = Scratch::new().with(ACCOUNT, &export("", "", &role("r", &more), "")).world();
    let (account, found) = world.principals().next().expect("the role");
    assert_eq!(found.identity()[0].document.statements[0].action.values[0].0, "*");
    assert_eq!(found.boundary().map(|boundary| boundary.document.statements.len()), Some(2));
    assert!(account.managed_policies["arn:aws:iam::aws:policy/PowerUserAccess"].aws_managed);
}
