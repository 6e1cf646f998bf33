//! The organisation.

use super::{ACCOUNT, Scratch, document, export, role};
use crate::arn::AccountId;
use crate::world::{MissingScope, World};

pub(super) const UNITS: &str = r#"{"Id": "ou-ab12-a", "Name": "A", "ParentId": "r-ab12"}, {"Id": "ou-ab12-b", "Name": "B", "ParentId": "ou-ab12-a"}"#;
pub(super) const ACCOUNTS: &str = r#"{"Id": "999999999999", "Name": "m", "Status": "ACTIVE", "ParentId": "r-ab12"}, {"Id": "111111111111", "Name": "w", "Status": "ACTIVE", "ParentId": "ou-ab12-b"}"#;

const RESOURCE_CONTROL: &str = r#"{"Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"}"#;

pub(super) fn organization(units: &str, accounts: &str, policies: &str) -> String {
    format!(
        r#"{{"Organization": {{"Id": "o-abcdefghij", "MasterAccountId": "999999999999", "FeatureSet": "ALL"}},
 "Roots": [{{"Id": "r-ab12", "Name": "Root", "PolicyTypes": [{{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}}]}}],
 "OrganizationalUnits": [{units}],
 "Accounts": [{accounts}],
 "Policies": [{policies}]}}"#
    )
}

/// A policy of `kind` attached to `targets`.
pub(super) fn policy(id: &str, kind: &str, content: &str, targets: &[&str]) -> String {
    let targets: Vec<String> =
        targets.iter().map(|id| format!(r#"{{"TargetId": "{id}", "Type": "X"}}"#)).collect();
    let content = content.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        r#"{{"PolicySummary": {{"Id": "{id}", "Arn": "arn:aws:organizations::999999999999:policy/o-abcdefghij/x/{id}", "Name": "N{id}", "Type": "{kind}"}}, "Content": "{content}", "Targets": [{}]}}"#,
        targets.join(",")
    )
}

pub(super) fn full_access(targets: &[&str]) -> String {
    policy("p-FullAWSAccess", "SERVICE_CONTROL_POLICY", &document("*"), targets)
}

pub(super) fn with(organization: &str) -> Scratch {
    Scratch::new().with("organization.json", organization).with(ACCOUNT, &export("", "", &role("r", ""), ""))
}

pub(super) fn id(text: &str) -> AccountId {
    AccountId::parse(text).expect("an account id")
}

#[test]
fn levels_run_from_the_root_to_the_account() {
    let all = full_access(&["r-ab12", "ou-ab12-a", "ou-ab12-b", "111111111111", "999999999999"]);
    let deny =
        policy("p-1", "SERVICE_CONTROL_POLICY", &document("iam:*").replace("Allow", "Deny"), &["ou-ab12-a"]);
    let world = with(&organization(UNITS, ACCOUNTS, &format!("{all},{deny}"))).world();
    let organization = world.organization.as_ref().expect("the organisation");
    let levels = organization.service_control_levels(id("111111111111"));
    let shown: Vec<(&str, usize)> =
        levels.iter().map(|level| (level.target.as_ref(), level.policies.len())).collect();
    assert_eq!(shown, [("r-ab12", 1), ("ou-ab12-a", 2), ("ou-ab12-b", 1), ("111111111111", 1)]);
    assert!(organization.service_control_levels(id("999999999999")).is_empty());
    assert!(organization.is_management(id("999999999999")));
    assert_eq!(
        organization.org_path(id("111111111111")).as_deref(),
        Some("o-abcdefghij/r-ab12/ou-ab12-a/ou-ab12-b/")
    );
    assert_eq!(organization.org_path(id("123456789012")), None);
    assert_eq!(organization.service_control_levels_of_node("ou-ab12-a").len(), 2);
    let (account, principal) = world.principals().next().expect("the role");
    assert_eq!(world.policy_set(account, principal).service_control.len(), 4);
    assert!(world.warnings.is_empty(), "{:?}", world.warnings);
    let missing = world.missing();
    assert!(missing.iter().all(|row| row.input != "organization.json"));
    let others =
        missing.iter().find(|row| row.scope == MissingScope::AllPrincipals).expect("the absent account");
    assert_eq!(others.accounts, [id("999999999999")]);
}

#[test]
fn locations_of_scps_point_into_the_file() {
    let bad = document("*").replace("Effect", "Efect");
    let errors =
        with(&organization(UNITS, ACCOUNTS, &policy("p-1", "SERVICE_CONTROL_POLICY", &bad, &[]))).errors();
    assert_eq!(errors.len(), 2, "{errors:#?}");
    assert!(errors[0].starts_with("organization.json:5:"), "{errors:#?}");
    assert!(errors[0].contains("unknown element `Efect`") && errors[0].contains("`Np-1`"));
}

#[test]
fn a_level_without_scps_denies_and_warns() {
    let world =
        with(&organization(UNITS, ACCOUNTS, &full_access(&["r-ab12", "ou-ab12-b", "111111111111"]))).world();
    let organization = world.organization.as_ref().expect("the organisation");
    let levels = organization.service_control_levels(id("111111111111"));
    assert!(levels[1].policies.is_empty());
    assert_eq!(world.warnings.len(), 1);
    assert!(world.warnings[0].message.contains("no SCP is attached to `ou-ab12-a`"));
}

#[test]
fn scps_drop_out_where_they_are_not_in_force() {
    let text = organization(UNITS, ACCOUNTS, &full_access(&["r-ab12"]));
    for (from, to) in [
        ("\"ENABLED\"", "\"PENDING_ENABLE\""),
        ("{\"Type\": \"SERVICE_CONTROL_POLICY\", \"Status\": \"ENABLED\"}", ""),
        ("\"ALL\"", "\"CONSOLIDATED_BILLING\""),
    ] {
        let world = with(&text.replace(from, to)).world();
        let organization = world.organization.as_ref().expect("the organisation");
        assert!(organization.service_control_levels(id("111111111111")).is_empty());
        assert!(world.notes.iter().any(|note| note.contains("no SCP is in force")), "{:?}", world.notes);
    }
}

#[test]
fn broken_trees_are_errors() {
    let scp = full_access(&["r-ab12"]);
    let cycle = UNITS.replace("\"ParentId\": \"r-ab12\"", "\"ParentId\": \"ou-ab12-b\"");
    let own_parent = UNITS.replace("\"ParentId\": \"r-ab12\"", "\"ParentId\": \"ou-ab12-a\"");
    let orphan = UNITS.replace("\"ParentId\": \"r-ab12\"", "\"ParentId\": \"ou-ab12-z\"");
    let two = format!("{UNITS}, {{\"Id\": \"ou-ab12-b\", \"ParentId\": \"r-ab12\"}}");
    let twice = format!("{UNITS}, {{\"Id\": \"ou-ab12-b\", \"ParentId\": \"ou-ab12-a\"}}");
    for (units, words, count) in [
        (cycle, "is its own ancestor", 2),
        (own_parent, "is its own ancestor", 1),
        (orphan, "is neither the root nor a listed unit", 1),
        (two, "has two parents, `ou-ab12-a` and `r-ab12`", 1),
        (twice, "is listed twice", 1),
    ] {
        let errors = with(&organization(&units, ACCOUNTS, &scp)).errors();
        assert_eq!(errors.iter().filter(|error| error.contains(words)).count(), count, "{errors:#?}");
        assert_eq!(errors.len(), count, "{errors:#?}");
    }
    let moved = format!("{ACCOUNTS}, {{\"Id\": \"111111111111\", \"ParentId\": \"r-ab12\"}}");
    assert!(with(&organization(UNITS, &moved, &scp)).errors()[0].contains("has two parents"));
    let lost = ACCOUNTS.replace("\"ou-ab12-b\"", "\"ou-ab12-z\"");
    assert!(with(&organization(UNITS, &lost, &scp)).errors()[0].contains("the parent `ou-ab12-z`"));
}

#[test]
fn what_does_not_fit_together_is_an_error() {
    let scp = full_access(&["r-ab12"]);
    let unknown = organization(UNITS, ACCOUNTS, &full_access(&["r-ab12", "ou-none", "123456789012"]));
    assert_eq!(with(&unknown).errors().len(), 2);
    let absent = organization(UNITS, &ACCOUNTS.replace("111111111111", "222222222222"), &scp);
    assert!(with(&absent).errors()[0].contains("the account 111111111111 is not in"));
    let headless = organization(UNITS, &ACCOUNTS.replace("999999999999", "888888888888"), &scp);
    assert!(with(&headless).errors()[0].contains("the management account 999999999999"));
    let twice = organization(UNITS, ACCOUNTS, &format!("{scp},{scp}"));
    assert!(with(&twice).errors()[0].contains("is listed twice"));
    let bare = organization(
        UNITS,
        ACCOUNTS,
        r#"{"PolicySummary": {"Id": "p-1", "Type": "SERVICE_CONTROL_POLICY"}, "Targets": []}"#,
    );
    assert!(with(&bare).errors()[0].contains("has no Content"));
    let rootless = organization(UNITS, ACCOUNTS, &scp).replace("\"Roots\": [{", "\"Roots\": [{}, {");
    assert!(with(&rootless).errors()[0].contains("exactly one root"));
    let wrong = with("{\"Accounts\": []}").errors();
    assert!(wrong[0].contains("aws organizations list-accounts"), "{wrong:?}");
}

#[test]
fn whole_answers_and_other_policy_types_are_taken() {
    let rcp = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}"#;
    let policies = [
        full_access(&["r-ab12", "ou-ab12-a", "ou-ab12-b", "111111111111"]),
        policy("p-2", "RESOURCE_CONTROL_POLICY", rcp, &["r-ab12"]),
        policy("p-3", "TAG_POLICY", "{}", &["r-ab12"]),
    ];
    let text = organization(UNITS, ACCOUNTS, &policies.join(","))
        .replace("\"Organization\": {", "\"Organization\": {\"Organization\": {")
        .replace("\"ALL\"}", "\"ALL\"}}")
        .replace("\"PolicyTypes\": [", &format!("\"PolicyTypes\": [{RESOURCE_CONTROL}, "));
    let world = with(&text).world();
    assert_eq!(world.organization.as_ref().map(|found| found.resource_control_policies.len()), Some(1));
    assert!(world.notes.iter().any(|note| note.contains("TAG_POLICY")));
    // They are evaluated: nothing is missing.
    assert!(!world.missing().iter().any(|row| row.input.contains("resource control")));
}

#[test]
fn one_account_can_be_read_with_its_organisation() {
    let scratch = with(&organization(UNITS, ACCOUNTS, &full_access(&["r-ab12"])));
    let world =
        World::read_files(&scratch.path().join(ACCOUNT), Some(&scratch.path().join("organization.json")))
            .expect("a world");
    assert!(!world.whole_organization);
    assert!(world.missing().iter().all(|row| row.scope != MissingScope::AllPrincipals));
    assert_eq!(world.inputs.len(), 2);
}

/// A customer's RCP, and an organization with RCPs enabled.
const DENY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}"#;

fn with_resource_control(policies: &[String]) -> String {
    let scp = full_access(&["r-ab12", "ou-ab12-a", "ou-ab12-b", "111111111111", "999999999999"]);
    organization(UNITS, ACCOUNTS, &format!("{scp}, {}", policies.join(",")))
        .replace("\"PolicyTypes\": [", &format!("\"PolicyTypes\": [{RESOURCE_CONTROL}, "))
}

#[test]
fn resource_control_policies_bind_member_accounts_from_the_root_down() {
    let full = DENY.replace("Deny", "Allow").replace("s3:*", "*");
    let own = policy("p-RCPFullAWSAccess", "RESOURCE_CONTROL_POLICY", &full, &["r-ab12"])
        .replace("\"Type\": \"RES", "\"AwsManaged\": true, \"Type\": \"RES");
    let customer = [
        policy("p-1", "RESOURCE_CONTROL_POLICY", DENY, &["ou-ab12-a", "999999999999"]),
        policy("p-2", "RESOURCE_CONTROL_POLICY", DENY, &["111111111111", "ou-ab12-a"]),
        policy("p-3", "RESOURCE_CONTROL_POLICY", DENY, &[]),
    ];
    for listed in [customer.to_vec(), [vec![own], customer.to_vec()].concat()] {
        let text = with_resource_control(&listed);
        let world = with(&text).world();
        let organization = world.organization.as_ref().expect("the organisation");
        assert_eq!(organization.resource_control_policies.len(), 3);
        let levels = organization.resource_control_levels(id("111111111111"));
        let shown: Vec<(&str, usize)> =
            levels.iter().map(|level| (level.target.as_ref(), level.policies.len())).collect();
        assert_eq!(shown, [("ou-ab12-a", 2), ("111111111111", 1)]);
        assert!(levels[0].policies[0].name.ends_with("/p-1"));
        assert!(organization.resource_control_levels(id("999999999999")).is_empty());
        assert!(world.notes.is_empty(), "{:?}", world.notes);
        assert!(organization.resource_control_levels(id("123456789012")).is_empty());
        let off = text.replace(RESOURCE_CONTROL, &RESOURCE_CONTROL.replace("ENABLED", "PENDING_ENABLE"));
        let world = with(&off).world();
        let organization = world.organization.as_ref().expect("the organisation");
        assert!(organization.resource_control_levels(id("111111111111")).is_empty());
        assert!(world.notes.iter().any(|note| note.contains("RCPs are not enabled")), "{:?}", world.notes);
        assert!(world.missing().iter().all(|row| row.input != "resource control policies"));
    }
}

#[test]
fn resource_control_policies_that_aws_could_not_store_are_errors() {
    let full = DENY.replace("Deny", "Allow").replace("s3:*", "*");
    let rcp = |content: &str| policy("p-1", "RESOURCE_CONTROL_POLICY", content, &["r-ab12"]);
    let own = rcp(&full).replace("\"Type\": \"RES", "\"AwsManaged\": false, \"Type\": \"RES");
    let mixed = full.replace(
        "[{",
        "[{\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"s3:*\", \"Resource\": \"*\"}, {",
    );
    for (policy, words) in [
        (rcp(&DENY.replace("Deny", "Allow")), "must not allow"),
        (rcp(&DENY.replace("\"s3:*\"", "\"*\"")), "must name its service"),
        (rcp(&DENY.replace("\"Action\"", "\"NotAction\"")), "must not have NotAction"),
        (rcp(&DENY.replace("\"Principal\"", "\"NotPrincipal\"")), "must not have NotPrincipal"),
        (rcp(&DENY.replace("2012", "2008")), "must have Version"),
        (own, "allows something"),
        (rcp(&mixed), "allows something"),
    ] {
        let errors = with(&with_resource_control(&[policy])).errors();
        assert!(errors.len() == 1 && errors[0].contains(words), "{words}: {errors:#?}");
    }
    let wide = with(&with_resource_control(&[rcp(&DENY.replace("s3:*", "s*:Get*"))])).world();
    assert!(wide.warnings[0].message.contains("has a wildcard for its service"), "{:?}", wide.warnings);
}

/// `organization` without the ARNs of policies, which tell the partition too.
fn without_policy_arns(organization: &str) -> String {
    organization.replace(
        "\"Arn\": \"arn:aws:organizations::999999999999:policy/o-abcdefghij/x/p-FullAWSAccess\", ",
        "",
    )
}

/// An account without principals beside one that has a role.
fn with_empty_account(organization: &str) -> Scratch {
    with(organization).with("accounts/999999999999/authorization-details.json", &export("", "", "", ""))
}

#[test]
fn the_partition_of_an_account_without_principals_is_its_organisations() {
    let text =
        organization(UNITS, ACCOUNTS, &full_access(&["r-ab12", "ou-ab12-a", "ou-ab12-b", "111111111111"]));
    let text = without_policy_arns(&text);
    let arn = |partition: &str| {
        format!(
            "\"Id\": \"999999999999\", \"Arn\": \"arn:{partition}:organizations::999999999999:account/o-abcdefghij/999999999999\""
        )
    };
    let partition_of = |scratch: &Scratch| scratch.world().accounts[&id("999999999999")].partition.clone();
    let member = text.replace("\"Id\": \"999999999999\"", &arn("aws"));
    assert_eq!(partition_of(&with_empty_account(&member)), "aws");
    assert_eq!(partition_of(&with_empty_account(&text)), "aws", "that of the other account");
    let alone = Scratch::new()
        .with("organization.json", &text.replace("\"Id\": \"999999999999\"", &arn("aws-cn")))
        .with(
            "accounts/111111111111/authorization-details.json",
            &export("", "", &role("r", "").replace("arn:aws:", "arn:aws-cn:"), ""),
        )
        .with("accounts/999999999999/authorization-details.json", &export("", "", "", ""));
    assert_eq!(partition_of(&alone), "aws-cn");
    let policy = r#"{"Arn": "arn:aws-us-gov:iam::999999999999:policy/p", "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": {"Statement": []}}]}"#;
    let without = Scratch::new()
        .with("accounts/111111111111/authorization-details.json", &export("", "", &role("r", ""), ""))
        .with("accounts/999999999999/authorization-details.json", &export("", "", "", policy));
    assert_eq!(partition_of(&without), "aws-us-gov", "that of its own policies");
    let unknown = Scratch::new()
        .with("accounts/111111111111/authorization-details.json", &export("", "", &role("r", ""), ""))
        .with("accounts/999999999999/authorization-details.json", &export("", "", "", ""));
    assert_eq!(partition_of(&unknown), "", "no organisation, no ARN");
}

#[test]
fn partitions_that_contradict_each_other_are_errors() {
    let text = organization(UNITS, ACCOUNTS, &full_access(&["r-ab12"]));
    let text = without_policy_arns(&text);
    let arn = |partition: &str| {
        format!(
            "\"Id\": \"999999999999\", \"Arn\": \"arn:{partition}:organizations::999999999999:account/o-abcdefghij/999999999999\""
        )
    };
    let other = with(&text.replace("\"Id\": \"999999999999\"", &arn("aws-cn"))).errors();
    assert!(other.len() == 1 && other[0].contains("its organisation is in aws-cn"), "{other:#?}");
    let two = text.replace("\"Id\": \"999999999999\"", &arn("aws-cn")).replace(
        "\"FeatureSet\"",
        "\"Arn\": \"arn:aws:organizations::999999999999:organization/o-abcdefghij\", \"FeatureSet\"",
    );
    let two = with(&two).errors();
    assert!(two.iter().any(|error| error.contains("is not in the partition aws")), "{two:#?}");
    let none = with(&text.replace("\"FeatureSet\"", "\"Arn\": \"x\", \"FeatureSet\"")).errors();
    assert!(none[0].contains("`x` is not an ARN of AWS Organizations"), "{none:#?}");
}
