//! Names, ids, policies and tags of users, groups and roles.

use super::{ACCOUNT, Scratch, document, export, role};
use crate::managed::ManagedPolicies;
use crate::world::{World, WorldReader};

const TEAM: &str = r#"{"PolicyName": "team", "Arn": "arn:aws:iam::111111111111:policy/team", "DefaultVersionId": "v2", "PolicyVersionList": [
  {"VersionId": "v2", "IsDefaultVersion": true, "Document": "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Deny%22%2C%22Action%22%3A%22iam%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D"},
  {"VersionId": "v1", "IsDefaultVersion": false, "Document": "not even JSON"}]}"#;

/// A group of account 111111111111 in the path `path`, with one inline policy that allows `action`.
fn group(path: &str, name: &str, action: &str) -> String {
    format!(
        r#"{{"Path": "{path}", "GroupName": "{name}", "Arn": "arn:aws:iam::111111111111:group{path}{name}", "GroupPolicyList": [{{"PolicyName": "inline", "PolicyDocument": {}}}], "AttachedManagedPolicies": []}}"#,
        document(action)
    )
}

/// A user of account 111111111111 in the path `path` who is in `groups`.
fn user(path: &str, name: &str, groups: &str) -> String {
    format!(
        r#"{{"Path": "{path}", "UserName": "{name}", "Arn": "arn:aws:iam::111111111111:user{path}{name}", "GroupList": [{groups}], "AttachedManagedPolicies": []}}"#
    )
}

/// A role whose path is `path`.
fn role_in(path: &str, name: &str) -> String {
    role(name, "")
        .replace("\"Path\": \"/\"", &format!("\"Path\": \"{path}\""))
        .replace(":role/", &format!(":role{path}"))
}

#[test]
fn names_are_unique_over_paths_and_letter_case() {
    let (dev, other) = (group("/", "dev", "s3:*"), group("/x/", "Dev", "iam:*"));
    let (ada, eve) = (user("/", "ada", "\"dev\""), user("/x/", "ADA", ""));
    let moved = TEAM.replace("policy/team", "policy/x/Team").replace("\"team\"", "\"Team\"");
    for (text, words) in [
        (export("", &format!("{dev},\n{other}"), &role("r", ""), ""), "group/x/Dev` has the same name as"),
        (export(&format!("{ada},\n{eve}"), &dev, "", ""), "user/x/ADA` has the same name as"),
        (
            export("", "", &format!("{},\n{}", role("r", ""), role_in("/x/", "R")), ""),
            "role/x/R` has the same name as",
        ),
        (export("", "", &role("r", ""), &format!("{TEAM},\n{moved}")), "policy/x/Team` has the same name as"),
        (
            export("", "", &role("r", ""), &format!("{TEAM},\n{TEAM}")),
            "policy/team` is listed twice, first at",
        ),
    ] {
        let errors = Scratch::new().with(ACCOUNT, &text).errors();
        assert_eq!(errors.len(), 1, "{errors:#?}");
        assert!(errors[0].contains(words), "{words}: {errors:#?}");
        assert!(errors[0].contains(&format!("at {ACCOUNT}:1:")), "the first place: {errors:#?}");
    }
}

#[test]
fn names_of_different_kinds_and_of_aws_may_be_equal() {
    let of_aws = TEAM.replace("111111111111:policy", "aws:policy");
    let text = export(
        &user("/", "team", ""),
        &group("/", "team", "s3:*"),
        &role("team", ""),
        &format!("{TEAM},{of_aws}"),
    );
    let world = Scratch::new().with(ACCOUNT, &text).world();
    assert_eq!(world.principals().count(), 2);
    assert_eq!(world.accounts.values().next().map(|account| account.managed_policies.len()), Some(2));
}

#[test]
fn a_group_is_found_in_any_letter_case() {
    let text = export(&user("/", "ada", "\"DEV\""), &group("/x/", "dev", "s3:*"), "", "");
    let world = Scratch::new().with(ACCOUNT, &text).world();
    let (_, ada) = world.principals().next().expect("the user");
    assert_eq!(ada.identity()[0].name.as_ref(), "arn:aws:iam::111111111111:group/x/dev#inline");
}

/// The errors of an export with this role.
fn errors_of(role: &str) -> Vec<String> {
    Scratch::new().with(ACCOUNT, &export("", "", role, "")).errors()
}

/// The only warning of the world with these lists.
fn warned(users: &str, groups: &str, roles: &str) -> String {
    let world = Scratch::new().with(ACCOUNT, &export(users, groups, roles, "")).world();
    assert_eq!(world.warnings.len(), 1, "{:?}", world.warnings);
    assert!(world.warnings[0].help.is_some());
    world.warnings[0].message.clone()
}

#[test]
fn two_inline_policies_of_one_name_are_an_error() {
    let inline = |name: &str, action: &str| {
        format!(r#"{{"PolicyName": "{name}", "PolicyDocument": {}}}"#, document(action))
    };
    let two = |first: &str, second: &str| format!("{},\n{}", inline(first, "s3:*"), inline(second, "iam:*"));
    let of_role = |policies: &str| role("r", &format!(", \"RolePolicyList\": [{policies}]"));
    let of_group = |policies: &str| {
        group("/", "dev", "s3:*")
            .replacen("[{", &format!("[{policies}, {{"), 1)
            .replace("\"inline\"", "\"other\"")
    };
    let of_user = |policies: &str| {
        user("/", "ada", "\"dev\"").replacen('{', &format!("{{\"UserPolicyList\": [{policies}], "), 1)
    };
    let twice = two("p", "p");
    for (users, groups, roles, owner) in [
        (String::new(), String::new(), of_role(&twice), "role/r"),
        (user("/", "ada", "\"dev\""), of_group(&twice), String::new(), "group/dev"),
        (of_user(&twice), of_group(&inline("q", "s3:*")), String::new(), "user/ada"),
    ] {
        let errors = Scratch::new().with(ACCOUNT, &export(&users, &groups, &roles, "")).errors();
        let words = format!("{owner}` has two inline policies named `p`, the first at {ACCOUNT}:1:");
        assert!(errors.len() == 1 && errors[0].contains(&words), "{errors:#?}");
    }
    // All of them count, whoever holds another of the same name.
    let text = export(&of_user(&two("p", "P")), &of_group(&two("p", "P")), "", "");
    let world = Scratch::new().with(ACCOUNT, &text).world();
    let (_, ada) = world.principals().next().expect("the user");
    assert_eq!(ada.identity().len(), 5);
}

#[test]
fn an_inline_policy_has_a_name() {
    let nameless = format!(r#", "RolePolicyList": [{{"PolicyDocument": {}}}]"#, document("s3:*"));
    let errors = errors_of(&role("r", &nameless));
    assert!(errors.len() == 1 && errors[0].contains("`PolicyName` is missing here"), "{errors:#?}");
}

#[test]
fn a_group_is_listed_once_and_its_managed_policies_count_once() {
    let twice = export(&user("/", "ada", "\"dev\", \"Dev\""), &group("/", "dev", "s3:*"), "", "");
    let errors = Scratch::new().with(ACCOUNT, &twice).errors();
    assert!(errors.len() == 1 && errors[0].contains("is in the group `dev` twice"), "{errors:#?}");
    let attached = |text: String| {
        let list =
            "\"AttachedManagedPolicies\": [{\"PolicyArn\": \"arn:aws:iam::111111111111:policy/team\"}]";
        text.replace("\"AttachedManagedPolicies\": []", list)
    };
    let text = export(
        &attached(user("/", "ada", "\"dev\", \"ops\"")),
        &format!("{},{}", attached(group("/", "dev", "s3:*")), attached(group("/", "ops", "ec2:*"))),
        "",
        TEAM,
    );
    let world = Scratch::new().with(ACCOUNT, &text).world();
    let (_, ada) = world.principals().next().expect("the user");
    assert_eq!(ada.identity().len(), 3);
}

#[test]
fn tags_that_differ_in_letter_case_only_are_an_error() {
    let tags = |other: &str| {
        format!(r#", "Tags": [{{"Key": "team", "Value": "a"}}, {{"Key": "{other}", "Value": "b"}}]"#)
    };
    for (other, words) in [
        ("Team", "the tags `team` and `Team` differ in letter case only"),
        ("team", "the tag `team` is there twice"),
    ] {
        let errors = errors_of(&role("r", &tags(other)));
        assert!(errors.len() == 1 && errors[0].contains(words), "{errors:#?}");
    }
    let world = Scratch::new().with(ACCOUNT, &export("", "", &role("r", &tags("teams")), "")).world();
    assert_eq!(world.principals().next().map(|(_, role)| role.tags().len()), Some(2));
}

#[test]
fn policies_of_other_accounts_and_of_no_form_are_errors() {
    let read = |policy: &str| Scratch::new().with(ACCOUNT, &export("", "", &role("r", ""), policy));
    for (from, to, words) in [
        ("111111111111", "222222222222", "is not of account 111111111111"),
        ("arn:aws:iam", "arn:aws-cn:iam", "is not of account 111111111111 in partition aws"),
        ("arn:aws:iam::111111111111", "arn:aws-cn:iam::aws", "is not in partition aws, as the account is"),
        ("policy/team", "role/team", "is not the ARN of a policy"),
        ("policy/team", "policy/", "is not the ARN of a policy"),
        ("policy/team", "policyteam", "is not the ARN of a policy"),
        ("arn:aws:iam::", "arn:aws:iam:eu-west-1:", "is not the ARN of a policy"),
        ("arn:aws:iam::111111111111:policy/team", "team", "`team` is not the ARN of a policy"),
        ("\"team\"", "\"Team\"", "PolicyName is `Team`, but the ARN"),
        ("\"PolicyName\"", "\"Path\": \"/x/\", \"PolicyName\"", "Path is `/x/`, but the ARN"),
    ] {
        let errors = read(&TEAM.replace(from, to)).errors();
        assert!(errors.len() == 1 && errors[0].contains(words), "{words}: {errors:#?}");
    }
    let moved = TEAM
        .replace("policy/team", "policy/x/team")
        .replace("\"PolicyName\"", "\"Path\": \"/x/\", \"PolicyName\"");
    let of_aws = TEAM.replace("111111111111:policy", "aws:policy/job-function");
    assert_eq!(read(&format!("{moved},{of_aws}")).world().principals().count(), 1);
}

#[test]
fn ids_are_unique_and_of_the_form_of_their_kind() {
    let with_id =
        |text: String, kind: &str, id: &str| text.replacen('{', &format!("{{\"{kind}Id\": \"{id}\", "), 1);
    let role_id = |name: &str, id: &str| role(name, "").replace(&format!("AROA{name}"), id);
    let errors = errors_of(&format!("{},\n{}", role_id("r", "AROAX"), role_id("s", "AROAX")));
    let words =
        format!("role/s` has the same RoleId `AROAX` as `arn:aws:iam::111111111111:role/r` at {ACCOUNT}:1:");
    assert!(errors.len() == 1 && errors[0].contains(&words), "{errors:#?}");
    let mixed = export(&with_id(user("/", "ada", ""), "User", "AIDAX"), "", &role_id("r", "AIDAX"), "");
    assert!(Scratch::new().with(ACCOUNT, &mixed).errors()[0].contains("the same RoleId `AIDAX`"));
    let dev = group("/", "dev", "s3:*");
    assert!(warned("", "", &role_id("r", "AIDAX")).contains("the RoleId `AIDAX`"));
    assert!(
        warned(&with_id(user("/", "ada", ""), "User", "AROAX"), "", "")
            .contains("does not begin with `AIDA`")
    );
    assert!(
        warned("", &with_id(dev.clone(), "Group", "x"), &role("r", ""))
            .contains("does not begin with `AGPA`")
    );
    let whole = export(
        &with_id(user("/", "ada", ""), "User", "AIDAX"),
        &with_id(dev, "Group", "AGPAX"),
        &format!("{},{}", role("r", ""), role("s", "")),
        "",
    );
    assert!(Scratch::new().with(ACCOUNT, &whole).world().warnings.is_empty());
}

#[test]
fn ids_are_unique_over_accounts() {
    let other = export("", "", &role("r", ""), "").replace("111111111111", "222222222222");
    let both = |other: &str| {
        Scratch::new()
            .with(ACCOUNT, &export("", "", &role("r", ""), ""))
            .with("accounts/222222222222/authorization-details.json", other)
    };
    let errors = both(&other).errors();
    assert!(errors.len() == 1 && errors[0].contains("has the same unique id `AROAr` as"), "{errors:#?}");
    assert_eq!(both(&other.replace("AROAr", "AROAs")).world().principals().count(), 2);
}

#[test]
fn only_services_make_a_role_service_linked() {
    let linked = role_in("/aws-service-role/ec2.amazonaws.com/", "AWSServiceRoleForX");
    let service = r#"{"Service": "ec2.amazonaws.com"}"#;
    for trusted in [
        r#"{"AWS": "arn:aws:iam::111111111111:root"}"#,
        r#""*""#,
        r#"{"Service": "ec2.amazonaws.com", "AWS": "arn:aws:iam::111111111111:role/r"}"#,
        r#"{"Federated": "arn:aws:iam::111111111111:saml-provider/x"}"#,
    ] {
        let text = export("", "", &linked.replace(service, trusted), "");
        let world = Scratch::new().with(ACCOUNT, &text).world();
        assert!(world.warnings[0].message.contains("names others than services"), "{:?}", world.warnings);
        let (_, role) = world.principals().next().expect("the role");
        assert!(!role.is_service_linked(), "{trusted}");
    }
    let world = Scratch::new().with(ACCOUNT, &export("", "", &linked, "")).world();
    assert!(world.warnings.is_empty(), "{:?}", world.warnings);
    assert!(world.principals().all(|(_, role)| role.is_service_linked()));
}

/// The world with `text` as its only export, and `table` as AWS's managed policies.
fn with_table(text: &str, table: &str) -> Result<World, Vec<String>> {
    let scratch = Scratch::new().with(ACCOUNT, text);
    let header = "ringfence-managed-policies\t1\nsource\tp\t1\t2026-01-01\tMIT\tff\n";
    let own = ManagedPolicies::parse(format!("{header}{table}").as_bytes(), "mine.tsv").expect("a table");
    let reader = WorldReader { managed_policies: Some(&own), ..WorldReader::default() };
    reader.read_directory(scratch.path()).map_err(|errors| scratch.shown(&errors))
}

#[test]
fn policies_of_aws_are_taken_from_a_table_of_their_own_partition_only() {
    let attached = r#", "AttachedManagedPolicies": [{"PolicyArn": "arn:aws-us-gov:iam::aws:policy/AdministratorAccess"}]"#;
    let own = TEAM.replace(
        "arn:aws:iam::111111111111:policy/team",
        "arn:aws-us-gov:iam::aws:policy/AdministratorAccess",
    );
    let own = own.replace("\"team\"", "\"AdministratorAccess\"");
    let gov = |policies: &str| {
        export("", "", &role("r", attached), policies).replace("arn:aws:iam::111", "arn:aws-us-gov:iam::111")
    };
    let scratch = Scratch::new().with(ACCOUNT, &gov(""));
    let errors = scratch.world_errors();
    let words = "names the policy `arn:aws-us-gov:iam::aws:policy/AdministratorAccess`, which is not in the export; only \
                 the documents of partition aws are embedded";
    assert!(errors.len() == 1 && errors[0].message.contains(words), "{errors:#?}");
    let help = errors[0].help.as_deref().unwrap_or_default();
    assert!(
        help.contains("get-account-authorization-details") && help.contains("without --filter"),
        "{help}"
    );
    assert_eq!(Scratch::new().with(ACCOUNT, &gov(&own)).world().principals().count(), 1);
    let table = format!("policy\t/\tAdministratorAccess\tv1\t2026-01-01\t{}\n", document("*"));
    let errors = with_table(&gov(""), &table).expect_err("of another partition");
    assert!(errors[0].contains("only the documents of partition aws are"), "{errors:#?}");
    let world = with_table(&gov(""), &format!("partition\taws-us-gov\n{table}")).expect("a world");
    assert_eq!(world.principals().next().map(|(_, role)| role.identity().len()), Some(1));
}

#[test]
fn a_policy_of_another_partition_cannot_be_attached() {
    let attached =
        r#", "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]"#;
    let text = export("", "", &role("r", attached), "").replace("arn:aws:iam::111", "arn:aws-cn:iam::111");
    let errors = Scratch::new().with(ACCOUNT, &text).errors();
    assert!(errors.len() == 1 && errors[0].contains("which is not in its partition aws-cn"), "{errors:#?}");
    let world = Scratch::new().with(ACCOUNT, &export("", "", &role("r", attached), "")).world();
    assert_eq!(world.principals().count(), 1);
}
