//! Inference profiles, resources and credentials: read strictly, though no verdict depends on them yet.

use super::{ACCOUNT, Scratch, export, role};
use crate::arn::AccountId;
use crate::world::{
    Account, CredentialKind, CredentialOwner, CredentialStatus, InferenceProfileKind, OptionalInput,
    ResourcePolicyLookup, World,
};

const FOLDER: &str = "accounts/111111111111";

const USER: &str = r#"{"UserName": "ada", "Arn": "arn:aws:iam::111111111111:user/dev/ada", "GroupList": [], "AttachedManagedPolicies": []}"#;

/// A world with one role `r`, one user `ada`, and `text` in `name` of the account's folder.
fn with(name: &str, text: &str) -> Scratch {
    Scratch::new()
        .with(ACCOUNT, &export(USER, "", &role("r", ""), ""))
        .with(&format!("{FOLDER}/{name}"), text)
}

fn account(world: &World) -> &Account {
    world.accounts.values().next().expect("the account")
}

/// Each text must give errors of the file `name`, one of them with these words.
fn refused(name: &str, cases: &[(&str, &str)]) {
    for (text, words) in cases {
        let errors = with(name, text).errors();
        assert!(errors.iter().any(|error| error.contains(words)), "{text}: {words}: {errors:#?}");
        let place = format!("{FOLDER}/{name}:");
        assert!(errors.iter().all(|error| error.starts_with(&place)), "{text}: {errors:#?}");
    }
}

const SYSTEM: &str = r#"{"inferenceProfileName": "US Nova", "models": [{"modelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"}, {"modelArn": "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-pro-v1:0"}], "inferenceProfileArn": "arn:aws:bedrock:us-east-1:111111111111:inference-profile/us.amazon.nova-pro-v1:0", "inferenceProfileId": "us.amazon.nova-pro-v1:0", "status": "ACTIVE", "type": "SYSTEM_DEFINED", "createdAt": "2099-01-01T00:00:00Z", "new": 1}"#;
const APPLICATION: &str = r#"{"models": [{"modelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"}], "inferenceProfileArn": "arn:aws:bedrock:us-east-1:111111111111:application-inference-profile/a1b2", "inferenceProfileId": "a1b2", "status": "ACTIVE", "type": "APPLICATION"}"#;

fn profiles(list: &str) -> String {
    format!("{{\"inferenceProfileSummaries\": [{list}]}}")
}

#[test]
fn inference_profiles_are_read_in_the_order_of_their_arns() {
    let world = with("inference-profiles.json", &profiles(&format!("{SYSTEM},\n{APPLICATION}"))).world();
    let found = account(&world).inference_profiles.as_ref().expect("profiles");
    let shown: Vec<_> = found
        .iter()
        .map(|profile| (profile.id.as_str(), profile.kind, profile.models.len(), profile.location.line))
        .collect();
    assert_eq!(
        shown,
        [
            ("a1b2", InferenceProfileKind::Application, 1, 2),
            ("us.amazon.nova-pro-v1:0", InferenceProfileKind::SystemDefined, 2, 1),
        ]
    );
    assert_eq!(found[0].status, "ACTIVE");
    assert!(
        world.newest_timestamp.is_some_and(|date| date.to_string().starts_with("2026")),
        "of the details"
    );
    let none = with("inference-profiles.json", &profiles("")).world();
    assert_eq!(account(&none).inference_profiles.as_deref(), Some([].as_slice()));
    assert_eq!(account(&with("x.txt", "").world()).inference_profiles, None);
}

#[test]
fn wrong_inference_profiles_are_errors() {
    let change = |from: &str, to: &str| {
        assert!(APPLICATION.contains(from), "{from}");
        profiles(&APPLICATION.replace(from, to))
    };
    let whole = profiles(APPLICATION);
    let cases = [
        (whole.replacen('{', "{\"nextToken\": \"x\", ", 1), "it ends with `nextToken`"),
        (profiles(&format!("{APPLICATION}, {APPLICATION}")), "is listed twice, first at"),
        (profiles("7"), "an inference profile must be an object, not a number"),
        (profiles("{}"), "`inferenceProfileArn` is missing here"),
        (change("\"models\": [", "\"models\": {}, \"x\": ["), "`models` must be a list, not an object"),
        (change("{\"modelArn\"", "{\"modelARN\""), "`modelArn` is missing here"),
        (change("bedrock:us-east-1::", "s3:us-east-1::"), "is not the ARN of a model"),
        (
            change("arn:aws:bedrock:us-east-1::", "arn:aws-cn:bedrock:us-east-1::"),
            "is not the ARN of a model",
        ),
        (
            change("\"APPLICATION\"", "\"SYSTEM_DEFINED\""),
            "is not the ARN of an inference profile of this type",
        ),
        (change("\"APPLICATION\"", "\"OTHER\""), "unknown type `OTHER`"),
        (change("profile/a1b2", "profile/a1b3"), "is not the ARN of the inference profile `a1b2`"),
        (change("111111111111", "222222222222"), "is not of account 111111111111"),
        (change("\"ACTIVE\"", "true"), "`status` must be a string, not `true`"),
        (change("\"inferenceProfileId\": \"a1b2\",", ""), "`inferenceProfileId` is missing here"),
        ("{\"inferenceProfileSummaries\": {}}".to_owned(), "must be a list, not an object"),
        (
            "{\"modelSummaries\": []}".to_owned(),
            "it looks like the answer of aws bedrock list-foundation-models",
        ),
        ("[]".to_owned(), "this is not the answer of list-inference-profiles"),
        ("{\"inferenceProfileSummaries\": [".to_owned(), "the text ends in the middle"),
        (String::new(), "the file is empty"),
    ];
    let cases: Vec<(&str, &str)> = cases.iter().map(|(text, words)| (text.as_str(), *words)).collect();
    refused("inference-profiles.json", &cases);
    let empty = APPLICATION
        .replace("{\"modelArn\": \"arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0\"}", "");
    refused("inference-profiles.json", &[(&profiles(&empty), "the inference profile has no models")]);
}

const AGENT: &str = r#"{"arn": "arn:aws:bedrock:us-east-1:111111111111:agent/A1", "type": "agent", "roleArn": "arn:aws:iam::111111111111:role/r", "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0", "tags": {"team": "x"}}"#;

#[test]
fn resources_are_read_in_the_order_of_their_arns() {
    let bucket = r#"{"arn": "arn:aws:s3:::b", "type": "bucket", "tags": [{"Key": "k", "Value": "v"}]}"#;
    let world = with("resources.json", &format!("[{bucket},\n {AGENT}]")).world();
    assert!(world.warnings.is_empty(), "{:?}", world.warnings);
    let found = account(&world).resources.as_ref().expect("resources");
    assert_eq!((found[0].kind.as_str(), found[0].tags.as_ref().unwrap()["team"].as_str()), ("agent", "x"));
    assert_eq!(found[0].role.as_deref(), Some("arn:aws:iam::111111111111:role/r"));
    assert!(found[0].model.as_ref().is_some_and(|model| model.ends_with("nova-pro-v1:0")));
    assert_eq!((found[1].tags.as_ref().unwrap()["k"].as_str(), found[1].location.line), ("v", 1));
    let gone = with("resources.json", &format!("[{}]", AGENT.replace("role/r", "role/gone"))).world();
    assert!(gone.warnings[0].message.contains("role/gone` is not in the account's export"));
    assert_eq!(account(&with("resources.json", "[]").world()).resources.as_deref(), Some([].as_slice()));
}

#[test]
fn a_listed_bucket_has_an_owner() {
    let bucket = r#"[{"arn": "arn:aws:s3:::b", "type": "bucket"}]"#;
    let owner = AccountId::parse("111111111111").expect("an id");
    let world = with("resources.json", bucket).world();
    let key = "arn:aws:s3:::b/key";
    assert_eq!(world.resource_policy(key), ResourcePolicyLookup::Unknown { account: Some(owner) });
    let world =
        with("resources.json", bucket).with(&format!("{FOLDER}/resource-policies.json"), "{}").world();
    assert_eq!(world.resource_policy(key), ResourcePolicyLookup::Absent { account: owner });
    let other = "arn:aws:s3:::other";
    assert_eq!(world.resource_policy(other), ResourcePolicyLookup::Unknown { account: None });
}

#[test]
fn wrong_resources_are_errors() {
    let change = |from: &str, to: &str| {
        assert!(AGENT.contains(from), "{from}");
        format!("[{}]", AGENT.replace(from, to))
    };
    let cases = [
        (format!("[{AGENT},{AGENT}]"), "is listed twice, first at"),
        ("{}".to_owned(), "resources.json must hold a list, not an object"),
        ("{\"Resources\": {}}".to_owned(), "it looks like a CloudFormation template"),
        ("[7]".to_owned(), "a resource must be an object, not a number"),
        ("[{}]".to_owned(), "`arn` is missing here"),
        (change("\"type\": \"agent\",", ""), "`type` is missing here"),
        (change("\"agent\"", "\"\""), "the type is empty"),
        (change("\"agent\"", "[]"), "`type` must be a string, not a list"),
        (change("roleArn", "rolearn"), "unknown member `rolearn`"),
        (change("agent/A1", "agent/*"), "is not the ARN of a resource of account 111111111111"),
        (
            change("arn:aws:bedrock:us-east-1:1", "arn:aws:bedrock:us-east-1:2"),
            "is not the ARN of a resource",
        ),
        (
            change("arn:aws:bedrock:us-east-1:1", "arn:aws-cn:bedrock:us-east-1:1"),
            "is not the ARN of a resource",
        ),
        (change("\"arn:aws:bedrock:us-east-1:111111111111:agent/A1\"", "\"A1\""), "`A1` is not the ARN"),
        (change("iam::1", "iam::2"), "is not the ARN of a role of account 111111111111"),
        (change("role/r", "user/r"), "is not the ARN of a role"),
        (change("arn:aws:bedrock:us-east-1::", "arn:aws:s3:us-east-1::"), "is not the ARN of a model"),
        (change("{\"team\": \"x\"}", "{\"team\": 7}"), "`team` must be a string, not `7`"),
        (change("{\"team\": \"x\"}", "[{\"Key\": \"team\"}]"), "`Value` is missing here"),
        (change("{\"team\": \"x\"}", "\"team\""), "`tags` must be an object of strings"),
        (change("\"x\"}", "\"x\", \"team\": \"y\"}"), "stands twice in one object"),
    ];
    let cases: Vec<(&str, &str)> = cases.iter().map(|(text, words)| (text.as_str(), *words)).collect();
    refused("resources.json", &cases);
    let near = with("resources.json", &change("roleArn", "rolearn")).world_errors();
    assert!(near[0].help.as_deref().is_some_and(|help| help.contains("`roleArn`")), "{near:?}");
}

const KEY: &str = r#"{"user": "ada", "kind": "access-key", "id": "AKIA1", "status": "Active", "created": "2026-01-01T00:00:00Z", "expires": "2099-01-01T00:00:00Z"}"#;

#[test]
fn credentials_are_read_in_the_order_of_the_file() {
    let root = r#"{"user": "<root_account>", "kind": "password", "id": "root", "status": "Inactive", "created": 1767225600}"#;
    let api = KEY.replace("access-key", "bedrock-api-key");
    let world = with("credentials.json", &format!("[{root},\n{KEY}, {api}]")).world();
    let found = account(&world).credentials.as_ref().expect("credentials");
    assert_eq!((&found[0].owner, found[0].status), (&CredentialOwner::Root, CredentialStatus::Inactive));
    assert_eq!(found[1].owner, CredentialOwner::User("ada".to_owned()));
    assert_eq!((found[1].kind, found[1].location.line), (CredentialKind::AccessKey, 2));
    assert_eq!(found[2].kind, CredentialKind::BedrockApiKey);
    assert!(found[0].expires.is_none() && found[1].expires.is_some_and(|end| end > found[1].created));
    assert!(world.newest_timestamp.is_some_and(|date| date.to_string().starts_with("2026-01-02")));
}

#[test]
fn wrong_credentials_are_errors() {
    let change = |from: &str, to: &str| {
        assert!(KEY.contains(from), "{from}");
        format!("[{}]", KEY.replace(from, to))
    };
    let cases = [
        (format!("[{KEY},{KEY}]"), "the access-key `AKIA1` is listed twice, first at"),
        ("null".to_owned(), "credentials.json must hold a list, not null"),
        ("[null]".to_owned(), "a credential must be an object, not null"),
        ("[{}]".to_owned(), "`created` is missing here"),
        (change("\"ada\"", "\"bob\""), "`bob` is not the name of a user of account 111111111111"),
        (change("\"ada\"", "\"dev/ada\""), "`dev/ada` is not the name of a user"),
        (change("access-key", "acess-key"), "unknown kind `acess-key`"),
        (change("\"Active\"", "\"active\""), "unknown status `active`"),
        (change("\"AKIA1\"", "\"\""), "the id is empty"),
        (change("\"AKIA1\"", "1"), "`id` must be a string, not `1`"),
        (change("2026-01-01T00:00:00Z", "yesterday"), "`created` must be a date"),
        (change("2099-01-01T00:00:00Z", "2025-01-01T00:00:00Z"), "before it was created"),
        (change("\"expires\"", "\"expire\""), "unknown member `expire`"),
    ];
    let cases: Vec<(&str, &str)> = cases.iter().map(|(text, words)| (text.as_str(), *words)).collect();
    refused("credentials.json", &cases);
    let near = with("credentials.json", &change("access-key", "acess-key")).world_errors();
    assert!(
        near[0].help.as_deref().is_some_and(|help| help.contains("the nearest is `access-key`")),
        "{near:?}"
    );
}

#[test]
fn a_broken_export_does_not_hide_or_add_errors_of_the_other_files() {
    let errors = Scratch::new()
        .with(ACCOUNT, &export(&USER.replace("\"ada\"", "\"eve\""), "", &role("r", ""), ""))
        .with(&format!("{FOLDER}/credentials.json"), &format!("[{KEY}, {{}}]"))
        .with(&format!("{FOLDER}/resource-policies.json"), "[]")
        .errors();
    assert!(errors[0].starts_with(ACCOUNT), "{errors:#?}");
    assert!(errors.iter().any(|error| error.contains("`user` is missing here")), "{errors:#?}");
    assert!(errors.iter().any(|error| error.contains("this is not an object of resource policies")));
    assert!(errors.iter().all(|error| !error.contains("`ada` is not the name")), "{errors:#?}");
}

#[test]
fn what_is_read_is_not_missing() {
    let world = with("resources.json", "[]")
        .with(&format!("{FOLDER}/resource-policies.json"), "{}")
        .with(&format!("{FOLDER}/credentials.json"), "[]")
        .with(&format!("{FOLDER}/inference-profiles.json"), &profiles(""))
        .world();
    for input in OptionalInput::ALL {
        assert!(input.is_in(account(&world)), "{input:?}");
        let counts = world.missing().iter().any(|row| row.input.ends_with(input.file_name()));
        assert!(!counts, "{input:?}");
    }
}

#[test]
fn misnamed_files_are_warned_about_with_the_name_that_was_meant() {
    for (file, near) in [
        ("accounts/111111111111/resources.jsn", "resources.json"),
        ("accounts/111111111111/Credentials.json", "credentials.json"),
        ("accounts/111111111111/authorisation-details.json", "authorization-details.json"),
        ("accounts/111111111111/resource_policies.json", "resource-policies.json"),
        ("accounts/111111111111/inference-profile.json", "inference-profiles.json"),
        ("organisation.json", "organization.json"),
        ("ringfence.tml", "ringfence.toml"),
    ] {
        let world = with("notes.txt", "").with(file, "{").world();
        assert_eq!(world.warnings.len(), 1, "{file}: {:?}", world.warnings);
        assert!(world.warnings[0].location.file.ends_with(file), "{:?}", world.warnings);
        let help = world.warnings[0].help.as_deref().unwrap_or_default();
        assert!(help.contains(&format!("`{near}`")), "{help}");
    }
    let far = with("old.json", "{").with("README.md", "").world();
    assert!(far.warnings.is_empty() && far.notes.iter().any(|note| note.contains("old.json is not read")));
}
