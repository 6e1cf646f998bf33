//! Answers that are not whole, or were edited.

use super::{ACCOUNT, Scratch, document, export, role};

fn read(text: &str) -> Scratch {
    Scratch::new().with(ACCOUNT, text)
}

const GROUP: &str = r#"{"GroupName": "dev", "Arn": "arn:aws:iam::111111111111:group/dev", "GroupPolicyList": [], "AttachedManagedPolicies": []}"#;
const USER: &str = r#"{"UserName": "ada", "Arn": "arn:aws:iam::111111111111:user/ada", "GroupList": ["dev"], "AttachedManagedPolicies": []}"#;

fn whole() -> String {
    export(USER, GROUP, &role("r", r#", "AttachedManagedPolicies": []"#), "")
}

#[test]
fn lists_that_aws_always_writes_must_be_there() {
    assert_eq!(read(&whole()).world().principals().count(), 2);
    for (list, owner, text) in [
        ("RolePolicyList", "role/r", whole().replace(", \"RolePolicyList\": []", "")),
        ("RolePolicyList", "role/r", whole().replace("\"RolePolicyList\": []", "\"RolePolicyList\": null")),
        ("AttachedManagedPolicies", "role/r", whole().replace("}, \"AttachedManagedPolicies\": []", "}")),
        ("GroupPolicyList", "group/dev", whole().replace(", \"GroupPolicyList\": []", "")),
        (
            "AttachedManagedPolicies",
            "group/dev",
            whole().replace("List\": [], \"AttachedManagedPolicies\": []", "List\": []"),
        ),
        ("GroupList", "user/ada", whole().replace(", \"GroupList\": [\"dev\"]", "")),
        (
            "AttachedManagedPolicies",
            "user/ada",
            whole().replace("[\"dev\"], \"AttachedManagedPolicies\": []", "[\"dev\"]"),
        ),
    ] {
        let errors = read(&text).errors();
        let words = format!("`arn:aws:iam::111111111111:{owner}` has no `{list}`, which AWS always writes");
        assert!(errors.len() == 1 && errors[0].contains(&words), "{words}: {errors:#?}");
    }
}

#[test]
fn members_in_another_letter_case_are_errors() {
    let policy = r#"{"PolicyName": "p", "Arn": "arn:aws:iam::111111111111:policy/p", "DefaultVersionId": "v1", "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}}]}"#;
    let inline =
        format!(r#", "RolePolicyList": [{{"PolicyName": "p", "PolicyDocument": {}}}]"#, document("s3:*"));
    let boundary = r#", "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::111111111111:policy/p"}, "Tags": [{"Key": "a", "Value": "b"}]"#;
    let text = export(USER, GROUP, &format!("{},{}", role("r", &inline), role("s", boundary)), policy);
    assert!(read(&text).world().warnings.is_empty());
    for member in [
        "UserName",
        "GroupList",
        "GroupPolicyList",
        "RolePolicyList",
        "AttachedManagedPolicies",
        "AssumeRolePolicyDocument",
        "PermissionsBoundary",
        "PermissionsBoundaryType",
        "Tags",
        "PolicyDocument",
        "DefaultVersionId",
        "IsDefaultVersion",
        "RoleDetailList",
        "Policies",
    ] {
        let quoted = format!("\"{member}\"");
        let other = quoted.to_ascii_lowercase();
        let errors = read(&text.replace(&quoted, &other)).errors();
        let words = format!("the member `{}` is spelled `{member}` by AWS", member.to_ascii_lowercase());
        assert!(errors.iter().any(|error| error.contains(&words)), "{words}: {errors:#?}");
    }
}

#[test]
fn members_that_are_nearly_known_are_warnings_and_new_ones_nothing() {
    let with =
        |member: &str| whole().replacen("{\"UserName\"", &format!("{{\"{member}\": [], \"UserName\""), 1);
    let near = read(&with("UserPoliciesList")).world();
    assert!(near.warnings.is_empty(), "three letters more: {:?}", near.warnings);
    let near = read(&with("UserPolicyLists")).world();
    assert_eq!(near.warnings.len(), 1);
    assert!(
        near.warnings[0].message.contains("the member `UserPolicyLists` is not read"),
        "{:?}",
        near.warnings
    );
    assert!(near.warnings[0].help.as_deref().is_some_and(|help| help.contains("`UserPolicyList`")));
    assert!(read(&with("LoginProfile")).world().warnings.is_empty());
}

#[test]
fn signs_of_further_pages_are_errors_wherever_they_stand() {
    for (sign, words) in [
        (r#""NextToken": "x""#, "it ends with `NextToken`"),
        (r#""NextToken": 7"#, "it ends with `NextToken`"),
        (r#""NextToken": {"a": 1}"#, "it ends with `NextToken`"),
        (r#""nextToken": ["x"]"#, "it ends with `nextToken`"),
        (r#""Marker": true"#, "Marker is true"),
        (r#""Marker": "x""#, "it ends with `Marker`"),
        (r#""IsTruncated": true"#, "IsTruncated is true"),
        (r#""IsTruncated": "true""#, "it ends with `IsTruncated`"),
    ] {
        for text in [
            whole().replacen('{', &format!("{{{sign}, "), 1),
            whole().replacen("{\"UserName\"", &format!("{{{sign}, \"UserName\""), 1),
        ] {
            let errors = read(&text).errors();
            assert!(errors.len() == 1 && errors[0].contains(words), "{sign}: {errors:#?}");
        }
    }
    for sign in [
        r#""NextToken": null"#,
        r#""NextToken": """#,
        r#""IsTruncated": false"#,
        r#""Marker": []"#,
        r#""Marker": {}"#,
    ] {
        read(&whole().replacen('{', &format!("{{{sign}, "), 1)).world();
    }
}
