//! Answers of AWS Organizations that contradict each other, or are of no known form.

use super::document;
use super::organization::{ACCOUNTS, UNITS, full_access, id, organization, policy, with};

const SCP: &str = r#"{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}"#;

fn whole() -> String {
    organization(
        UNITS,
        ACCOUNTS,
        &full_access(&["r-ab12", "ou-ab12-a", "ou-ab12-b", "111111111111", "999999999999"]),
    )
}

/// The only error of this organisation must have these words.
fn refused(text: &str, words: &str) {
    let errors = with(text).errors();
    assert!(errors.len() == 1 && errors[0].contains(words), "{words}: {errors:#?}");
    assert!(errors[0].starts_with("organization.json:"), "{errors:#?}");
}

fn accepted(text: &str) -> Vec<String> {
    with(text).world().warnings.iter().map(|warning| warning.message.clone()).collect()
}

/// The organisation with `member` at the start of the object that holds `anchor`.
fn with_member(anchor: &str, member: &str) -> String {
    let text = whole();
    assert!(text.contains(anchor), "{anchor}");
    text.replacen(anchor, &format!("{member}, {anchor}"), 1)
}

#[test]
fn all_names_of_the_management_account_must_agree() {
    let description = "\"FeatureSet\"";
    let arn = |key: &str, value: &str| {
        with_member(description, &format!("\"{key}\": \"arn:aws:organizations::{value}\""))
    };
    let own = "999999999999:account/o-abcdefghij/999999999999";
    let id_of = |value: &str| with_member(description, &format!("\"ManagementAccountId\": \"{value}\""));
    refused(
        &id_of("111111111111"),
        "MasterAccountId is `999999999999`, but ManagementAccountId is `111111111111`",
    );
    assert_eq!(accepted(&id_of("999999999999")), [""; 0]);
    for key in ["MasterAccountArn", "ManagementAccountArn"] {
        assert_eq!(accepted(&arn(key, own)), [""; 0]);
        for (from, to, words) in [
            ("::999999999999", "::111111111111", "does not name the management account 999999999999"),
            ("/999999999999", "/111111111111", "is not the ARN of `999999999999`"),
            ("o-abcdefghij", "o-other00000", "does not name the organisation o-abcdefghij"),
            (":account/", ":root/", "is not the ARN of `999999999999`"),
        ] {
            refused(
                &arn(key, own).replace(
                    &format!("organizations::{own}"),
                    &format!("organizations::{own}").replace(from, to),
                ),
                words,
            );
        }
    }
    refused(&arn("Arn", "111111111111:organization/o-abcdefghij"), "does not name the management account");
    refused(&arn("Arn", "999999999999:organization/o-other00000"), "does not name the organisation");
    assert_eq!(accepted(&arn("Arn", "999999999999:organization/o-abcdefghij")), [""; 0]);
    let managed = whole().replace("MasterAccountId", "ManagementAccountId");
    assert_eq!(accepted(&managed), [""; 0]);
    refused(
        &whole().replace("\"MasterAccountId\": \"999999999999\"", "\"MasterAccountId\": null"),
        "`MasterAccountId` is missing here",
    );
}

#[test]
fn arns_must_be_of_what_they_stand_at() {
    for (anchor, own) in [
        ("\"Id\": \"111111111111\"", "account/o-abcdefghij/111111111111"),
        ("\"Id\": \"r-ab12\"", "root/o-abcdefghij/r-ab12"),
        ("\"Id\": \"ou-ab12-a\"", "ou/o-abcdefghij/ou-ab12-a"),
    ] {
        let arn = |account: &str, resource: &str| {
            with_member(anchor, &format!("\"Arn\": \"arn:aws:organizations::{account}:{resource}\""))
        };
        assert_eq!(accepted(&arn("999999999999", own)), [""; 0]);
        refused(&arn("111111111111", own), "does not name the management account 999999999999");
        refused(&arn("999999999999", &own.replace("o-abcdefghij", "o-x")), "does not name the organisation");
        refused(&arn("999999999999", &format!("{own}1")), "is not the ARN of");
        refused(&arn("999999999999", &format!("x{own}")), "is not the ARN of");
    }
    let summary = "arn:aws:organizations::999999999999:policy/o-abcdefghij/x/p-FullAWSAccess";
    for (other, words) in [
        ("arn:aws:organizations::999999999999:policy/o-abcdefghij/x/p-1", "is not the ARN of the policy"),
        (
            "arn:aws:organizations::999999999999:policy/o-x/x/p-FullAWSAccess",
            "does not name the organisation",
        ),
        (
            "arn:aws:organizations::1:policy/o-abcdefghij/x/p-FullAWSAccess",
            "does not name the management account",
        ),
        ("arn:aws:organizations::aws:policy/o-abcdefghij/x/p-FullAWSAccess", "is not the ARN of the policy"),
    ] {
        refused(&whole().replace(summary, other), words);
    }
    let of_aws =
        whole().replace(summary, "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess");
    assert_eq!(accepted(&of_aws), [""; 0]);
}

#[test]
fn ids_have_their_form() {
    let unit = |id: &str| whole().replace("\"ou-ab12-b\"", &format!("\"{id}\""));
    for other in ["ou-ab12", "ou-ab12-", "ou-ab12-B", "ou-ab12-b-c", "ab12-b", "r-ab12-b", "ou-zz99-b"] {
        refused(
            &unit(other),
            &format!("`{other}` is no id of an organizational unit below the root `r-ab12`"),
        );
    }
    refused(&unit("222222222222"), "the organizational unit `222222222222` has the id of an account");
    assert_eq!(accepted(&unit("ou-ab12-0z")), [""; 0]);
    for other in ["x-ab12", "r-", "r-AB", "o-ab12"] {
        let errors = with(&whole().replace("\"r-ab12\"", &format!("\"{other}\""))).errors();
        assert!(errors[0].contains(&format!("`{other}` is no id of a root")), "{errors:#?}");
    }
    for other in ["o-", "abcdefghij", "o-ABC", "r-abc"] {
        let errors = with(&whole().replace("\"o-abcdefghij\"", &format!("\"{other}\""))).errors();
        assert!(errors[0].contains(&format!("`{other}` is no id of an organisation")), "{errors:#?}");
    }
    refused(
        &whole()
            .replace("{\"Id\": \"111111111111\"", "{\"Id\": \"11111111111\"")
            .replace("{\"TargetId\": \"111111111111\", \"Type\": \"X\"},", ""),
        "`11111111111` is no account id",
    );
    let below_account = whole().replace(
        "\"w\", \"Status\": \"ACTIVE\", \"ParentId\": \"ou-ab12-b\"",
        "\"w\", \"ParentId\": \"999999999999\"",
    );
    refused(
        &below_account,
        "the parent `999999999999` of `111111111111` is neither the root nor a listed unit",
    );
    let unit_below_account =
        whole().replace("\"B\", \"ParentId\": \"ou-ab12-a\"", "\"B\", \"ParentId\": \"999999999999\"");
    refused(&unit_below_account, "the parent `999999999999` of `ou-ab12-b` is neither");
}

#[test]
fn slips_of_the_types_that_decide_are_errors_and_new_types_warnings() {
    let of_type = |kind: &str| {
        organization(
            UNITS,
            ACCOUNTS,
            &format!(
                "{}, {}",
                full_access(&["r-ab12", "ou-ab12-a", "ou-ab12-b", "111111111111"]),
                policy("p-1", kind, &document("*"), &[])
            ),
        )
    };
    let at_root =
        |kind: &str| whole().replace(SCP, &format!("{SCP}, {}", SCP.replace("SERVICE_CONTROL_POLICY", kind)));
    for slip in [
        "service_control_policy",
        "SERVICE_CONTROL_POLICIES",
        "SERVICE-CONTROL-POLICY",
        "SERVICE_CONTROL",
        "SERVICE_CONTROL_POLICY_V2",
        "SERVCE_CONTROL_POLICY",
        "Resource_Control_Policy",
        "RESOURCE_CONTRL_POLICY",
    ] {
        refused(&of_type(slip), &format!("unknown policy type `{slip}`"));
        refused(&at_root(slip), &format!("unknown policy type `{slip}`"));
    }
    for known in ["TAG_POLICY", "DECLARATIVE_POLICY_EC2", "S3_POLICY", "NETWORK_SECURITY_DIRECTOR_POLICY"] {
        assert_eq!(accepted(&of_type(known)), [""; 0]);
        assert_eq!(accepted(&at_root(known)), [""; 0]);
    }
    for new in ["QUANTUM_POLICY", "tag_policy", "CONTROL"] {
        let expected = format!("the policy type `{new}` is not known; policies of this type are left out");
        assert_eq!(accepted(&of_type(new)), [expected.as_str()]);
        assert_eq!(accepted(&at_root(new)), [expected.as_str()]);
    }
    let world = with(&of_type("QUANTUM_POLICY")).world();
    assert!(world.notes.iter().all(|note| !note.contains("QUANTUM_POLICY")), "{:?}", world.notes);
}

#[test]
fn a_status_is_one_of_three() {
    for status in ["enabled", "ENABLE", "DISABLED", ""] {
        refused(
            &whole().replace("\"ENABLED\"", &format!("\"{status}\"")),
            &format!("unknown status `{status}` of a policy type"),
        );
    }
    for (status, enabled) in [("ENABLED", true), ("PENDING_ENABLE", false), ("PENDING_DISABLE", false)] {
        let world = with(&whole().replace("\"ENABLED\"", &format!("\"{status}\""))).world();
        let organization = world.organization.as_ref().expect("the organisation");
        assert_eq!(organization.service_control_enabled, enabled);
        assert_eq!(organization.service_control_levels(id("111111111111")).is_empty(), !enabled);
    }
    let other = SCP.replace("ENABLED", "PENDING_DISABLE");
    refused(
        &whole().replace(SCP, &format!("{SCP}, {other}")),
        "`SERVICE_CONTROL_POLICY` is listed twice at the root",
    );
}

#[test]
fn signs_of_further_pages_are_errors_in_every_answer() {
    let roots = whole().replace("\"Roots\": [", "\"Roots\": {\"Roots\": [").replace("}]}],\n", "}]}]},\n");
    assert_eq!(accepted(&roots), [""; 0]);
    for sign in ["\"NextToken\": \"x\"", "\"NextToken\": 1", "\"NextToken\": {\"a\": \"x\"}"] {
        refused(
            &roots.replace("{\"Roots\": [", &format!("{{{sign}, \"Roots\": [")),
            "it ends with `NextToken`",
        );
        refused(&with_member("\"Organization\": {", sign), "it ends with `NextToken`");
        refused(&with_member("\"Targets\": [", sign), "it ends with `NextToken`");
    }
    assert_eq!(accepted(&with_member("\"Targets\": [", "\"NextToken\": null")), [""; 0]);
}

#[test]
fn members_in_another_letter_case_are_errors() {
    for member in [
        "OrganizationalUnits",
        "Accounts",
        "Policies",
        "FeatureSet",
        "PolicyTypes",
        "Status",
        "ParentId",
        "PolicySummary",
        "Content",
        "Targets",
        "TargetId",
    ] {
        let quoted = format!("\"{member}\"");
        let errors = with(&whole().replace(&quoted, &quoted.to_ascii_uppercase())).errors();
        let words = format!("the member `{}` is spelled `{member}` by AWS", member.to_ascii_uppercase());
        assert!(errors.iter().any(|error| error.contains(&words)), "{words}: {errors:#?}");
    }
}
