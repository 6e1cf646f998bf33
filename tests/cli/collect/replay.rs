//! A server that replays answers of AWS that moto does not give: pages, throttling, denials, boundaries of users, percent-encoded documents.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::super::harness::Folder;
use super::{OPERATIONS, collected, states};

const OWN: &str = "999900001111";
const SHOP: &str = "111122223333";
const LAB: &str = "444455556666";

/// One call, as it came.
struct Call {
    /// `iam:GetAccountAuthorizationDetails`, `organizations:ListRoots`, …
    action: String,
    /// Of a form, or of JSON, or of the query of the URL.
    parameters: Value,
    /// Whose credentials signed it.
    account: String,
}

impl Call {
    fn parameter(&self, name: &str) -> &str {
        self.parameters[name].as_str().unwrap_or_default()
    }
}

/// Status, type of the content, and content.
type Answer = (u16, &'static str, String);

/// The server; it ends with the suite.
struct Replay {
    url: String,
    calls: Arc<Mutex<Vec<(String, String)>>>,
}

impl Replay {
    /// Answers each call by `answer`, which is also told how many calls of the same action of the same account came before.
    fn start(answer: impl Fn(&Call, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let calls: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let (seen, answer) = (Arc::clone(&calls), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let stream = stream.unwrap();
                    let Some(call) = read_call(&stream) else { return };
                    let before = {
                        let mut seen = seen.lock().unwrap();
                        let key = (call.action.clone(), call.account.clone());
                        let before = seen.iter().filter(|known| **known == key).count();
                        seen.push(key);
                        before
                    };
                    let (status, kind, body) = answer(&call, before);
                    let head = format!(
                        "HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                        body.len()
                    );
                    let _ = (&stream).write_all(format!("{head}{body}").as_bytes());
                });
            }
        });
        Self { url, calls }
    }

    fn actions(&self) -> Vec<String> {
        self.calls.lock().unwrap().iter().map(|(action, _)| action.clone()).collect()
    }

    fn count(&self, action: &str) -> usize {
        self.actions().iter().filter(|known| *known == action).count()
    }
}

fn read_call(stream: &TcpStream) -> Option<Call> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut length, mut target, mut key, mut service) = (0, None, String::new(), String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "x-amz-target" => target = value.rsplit('.').next().map(str::to_owned),
            "authorization" => {
                let scope = value.split("Credential=").nth(1)?;
                let mut parts = scope.split('/');
                parts.next()?.clone_into(&mut key);
                parts.nth(2)?.clone_into(&mut service);
            }
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    let form = |text: &str| -> Value {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(name, value)| {
                (name.to_owned(), Value::from(value.replace("%2F", "/").replace("%3A", ":")))
            })
            .collect()
    };
    let (action, parameters) = match target {
        Some(name) => (format!("organizations:{name}"), serde_json::from_str(&body).ok()?),
        None if path.starts_with("/inference-profiles") => (
            "bedrock:ListInferenceProfiles".to_owned(),
            form(path.split_once('?').map_or("", |(_, query)| query)),
        ),
        None => {
            let parameters = form(&body);
            (format!("{service}:{}", parameters["Action"].as_str()?), parameters)
        }
    };
    // The key id of a session of a member's role names the member.
    let account = key.strip_prefix("ASIA").map_or_else(|| OWN.to_owned(), str::to_owned);
    Some(Call { action, parameters, account })
}

fn xml(body: &str) -> Answer {
    (200, "text/xml", body.to_owned())
}

fn denied_xml() -> Answer {
    let text = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not you</Message></Error><RequestId>r</RequestId></ErrorResponse>";
    (403, "text/xml", text.to_owned())
}

fn amazon_json(body: &Value) -> Answer {
    (200, "application/x-amz-json-1.1", body.to_string())
}

fn denied_json() -> Answer {
    let text = json!({ "__type": "AccessDeniedException", "Message": "you may not" });
    (400, "application/x-amz-json-1.1", text.to_string())
}

/// Percent-encoded as IAM does, with a plus that is one.
fn encoded(document: &Value) -> String {
    document.to_string().bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte) {
            text.push(byte.into());
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

fn user(account: &str, name: &str, document: &Value, further: &str) -> String {
    format!(
        "<member><Path>/</Path><UserName>{name}</UserName><UserId>AIDA{name}{account}</UserId><Arn>arn:aws:iam::{account}:user/{name}</Arn>\
         <CreateDate>2026-03-02T09:00:00Z</CreateDate><UserPolicyList><member><PolicyName>p</PolicyName><PolicyDocument>{}</PolicyDocument>\
         </member></UserPolicyList><GroupList/><AttachedManagedPolicies/>{further}</member>",
        encoded(document)
    )
}

/// Two pages of an account: on the first a user in a boundary, on the second the policy that is the boundary, and another user.
fn details(account: &str, marker: &str) -> Answer {
    let allow = |action: &str| json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::a.b/x+y/${aws:username}/*" }] });
    let arn = format!("arn:aws:iam::{account}:policy/limit");
    let page = if marker.is_empty() {
        let boundary = format!(
            "<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType><PermissionsBoundaryArn>{arn}</PermissionsBoundaryArn></PermissionsBoundary>\
             <Tags><member><Key>team</Key><Value>a &amp; b</Value></member></Tags>"
        );
        let users = user(account, "ada", &allow("s3:GetObject"), &boundary);
        format!(
            "<UserDetailList>{users}</UserDetailList><IsTruncated>true</IsTruncated><Marker>next</Marker>"
        )
    } else {
        let users = user(account, "bob", &allow("s3:*"), "");
        let policy = format!(
            "<member><PolicyName>limit</PolicyName><PolicyId>ANPA1</PolicyId><Arn>{arn}</Arn><Path>/</Path><DefaultVersionId>v2</DefaultVersionId>\
             <AttachmentCount>0</AttachmentCount><PermissionsBoundaryUsageCount>1</PermissionsBoundaryUsageCount><IsAttachable>true</IsAttachable>\
             <PolicyVersionList><member><Document>{}</Document><VersionId>v2</VersionId><IsDefaultVersion>true</IsDefaultVersion></member></PolicyVersionList></member>",
            encoded(
                &json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "s3:List*", "Resource": "*" } })
            )
        );
        format!(
            "<UserDetailList>{users}</UserDetailList><Policies>{policy}</Policies><IsTruncated>false</IsTruncated>"
        )
    };
    xml(&format!(
        "<GetAccountAuthorizationDetailsResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetAccountAuthorizationDetailsResult>{page}\
         </GetAccountAuthorizationDetailsResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetAccountAuthorizationDetailsResponse>"
    ))
}

fn identity() -> Answer {
    xml(&format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:iam::{OWN}:user/auditor</Arn>\
         <UserId>AIDAAUDITOR</UserId><Account>{OWN}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    ))
}

fn assumed(call: &Call) -> Answer {
    let account = call.parameter("RoleArn").split(':').nth(4).unwrap().to_owned();
    xml(&format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials><AccessKeyId>ASIA{account}</AccessKeyId>\
         <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
         <AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId><Arn>arn:aws:sts::{account}:assumed-role/r/x</Arn></AssumedRoleUser></AssumeRoleResult>\
         <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>"
    ))
}

/// An organisation of three accounts, one of them suspended, of which lists come in pages, some of them empty.
fn organization(call: &Call) -> Answer {
    let account = |id: &str, status: &str| {
        json!({ "Id": id, "Arn": format!("arn:aws:organizations::{OWN}:account/o-exampleorg1/{id}"), "Name": id, "Email": format!("{id}@example.com"),
                "Status": status, "JoinedMethod": "CREATED", "JoinedTimestamp": 1_772_442_000.5 })
    };
    let token = call.parameter("NextToken");
    amazon_json(&match call.action.split(':').nth(1).unwrap() {
        "DescribeOrganization" => json!({ "Organization": {
            "Id": "o-exampleorg1", "Arn": format!("arn:aws:organizations::{OWN}:organization/o-exampleorg1"), "FeatureSet": "ALL",
            "MasterAccountArn": format!("arn:aws:organizations::{OWN}:account/o-exampleorg1/{OWN}"), "MasterAccountId": OWN,
            "MasterAccountEmail": "own@example.com", "AvailablePolicyTypes": [{ "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" }] } }),
        "ListRoots" => {
            json!({ "Roots": [{ "Id": "r-ex01", "Arn": format!("arn:aws:organizations::{OWN}:root/o-exampleorg1/r-ex01"), "Name": "Root",
            "PolicyTypes": [{ "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" }] }] })
        }
        "ListAccountsForParent" => match (call.parameter("ParentId"), token) {
            ("r-ex01", "") => json!({ "Accounts": [], "NextToken": "a" }),
            ("r-ex01", "a") => json!({ "Accounts": [account(OWN, "ACTIVE")], "NextToken": "b" }),
            ("r-ex01", "b") => json!({ "Accounts": [account("777777777777", "SUSPENDED")] }),
            _ => json!({ "Accounts": [account(SHOP, "ACTIVE"), account(LAB, "ACTIVE")] }),
        },
        "ListOrganizationalUnitsForParent" if call.parameter("ParentId") == "r-ex01" => {
            json!({ "OrganizationalUnits": [
            { "Id": "ou-ex01-workload", "Arn": format!("arn:aws:organizations::{OWN}:ou/o-exampleorg1/ou-ex01-workload"), "Name": "workloads" }] })
        }
        "ListOrganizationalUnitsForParent" => json!({ "OrganizationalUnits": [] }),
        "ListTagsForResource" => {
            json!({ "Tags": [{ "Key": "stage", "Value": call.parameter("ResourceId") }] })
        }
        "ListPolicies" if call.parameter("Filter") == "RESOURCE_CONTROL_POLICY" => {
            return (
                400,
                "application/x-amz-json-1.1",
                json!({ "__type": "PolicyTypeNotEnabledException", "Message": "no" }).to_string(),
            );
        }
        "ListPolicies" => json!({ "Policies": [summary()] }),
        "DescribePolicy" => {
            json!({ "Policy": { "PolicySummary": summary(), "Content": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}" } })
        }
        "ListTargetsForPolicy" if token.is_empty() => {
            json!({ "Targets": [target("r-ex01", "ROOT")], "NextToken": "t" })
        }
        "ListTargetsForPolicy" => {
            json!({ "Targets": [target("ou-ex01-workload", "ORGANIZATIONAL_UNIT"), target(OWN, "ACCOUNT"),
            target(SHOP, "ACCOUNT"), target(LAB, "ACCOUNT")] })
        }
        other => panic!("{other} is not replayed"),
    })
}

fn summary() -> Value {
    json!({ "Id": "p-FullAWSAccess", "Arn": "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess", "Name": "FullAWSAccess",
            "Description": "", "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": true })
}

fn target(id: &str, kind: &str) -> Value {
    json!({ "TargetId": id, "Arn": format!("arn:aws:organizations::{OWN}:x/o-exampleorg1/{id}"), "Name": id, "Type": kind })
}

fn profiles(call: &Call) -> Answer {
    let arn = format!("arn:aws:bedrock:us-east-1:{}:inference-profile/us.amazon.nova-pro-v1:0", call.account);
    let of_aws = json!({ "inferenceProfileName": "US Nova Pro", "createdAt": "2026-01-01T00:00:00Z", "inferenceProfileArn": arn,
        "models": [{ "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0" },
                   { "modelArn": "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-pro-v1:0" }],
        "inferenceProfileId": "us.amazon.nova-pro-v1:0", "status": "ACTIVE", "type": "SYSTEM_DEFINED" });
    let summaries = if call.parameter("type") == "SYSTEM_DEFINED" { vec![of_aws] } else { Vec::new() };
    (200, "application/json", json!({ "inferenceProfileSummaries": summaries }).to_string())
}

/// What AWS answers where nothing is denied.
fn whole(call: &Call, before: usize) -> Answer {
    match call.action.as_str() {
        "sts:GetCallerIdentity" => identity(),
        "sts:AssumeRole" => assumed(call),
        // The first call of each account is throttled.
        "iam:GetAccountAuthorizationDetails" if before == 0 => {
            let text = "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>";
            (400, "text/xml", text.to_owned())
        }
        "iam:GetAccountAuthorizationDetails" => details(&call.account, call.parameter("Marker")),
        "bedrock:ListInferenceProfiles" => profiles(call),
        _ => organization(call),
    }
}

const ARGUMENTS: [&str; 5] = ["world", "--role", "audit/Reader", "--regions", "us-east-1"];

fn file(folder: &Folder, path: &str) -> Value {
    serde_json::from_str(&folder.read(path)).unwrap()
}

#[test]
fn pages_boundaries_and_throttled_calls_are_read_whole() {
    let server = Replay::start(whole);
    let folder = Folder::new();
    let run = collected(&folder, &server.url, &ARGUMENTS);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("the organisation, 3 accounts, inference profiles of 3 accounts"),
        "{}",
        run.stdout
    );
    let states = states(&folder, "world");
    assert_eq!(states.len(), 7);
    assert!(states.iter().all(|(_, state)| state == "read"), "{states:?}");

    for account in [OWN, SHOP, LAB] {
        let found = file(&folder, &format!("world/accounts/{account}/authorization-details.json"));
        assert_eq!(found["UserDetailList"][0]["UserName"], "ada");
        assert_eq!(found["UserDetailList"][1]["UserName"], "bob");
        let boundary = format!("arn:aws:iam::{account}:policy/limit");
        assert_eq!(
            found["UserDetailList"][0]["PermissionsBoundary"]["PermissionsBoundaryArn"],
            boundary.as_str()
        );
        assert_eq!(found["UserDetailList"][0]["Tags"][0]["Value"], "a & b");
        assert_eq!(found["UserDetailList"][0]["CreateDate"], "2026-03-02T09:00:00+00:00");
        let document = &found["UserDetailList"][1]["UserPolicyList"][0]["PolicyDocument"];
        assert_eq!(document["Statement"][0]["Resource"], "arn:aws:s3:::a.b/x+y/${aws:username}/*");
        assert_eq!(
            found["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"]["Action"],
            "s3:List*"
        );
    }
    let organization = file(&folder, "world/organization.json");
    let ids: Vec<&str> = organization["Accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| account["Id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [OWN, "777777777777", SHOP, LAB]);
    assert_eq!(organization["Accounts"][2]["ParentId"], "ou-ex01-workload");
    assert_eq!(organization["Accounts"][2]["Tags"], json!([{ "Key": "stage", "Value": SHOP }]));
    assert_eq!(organization["Policies"][0]["Targets"].as_array().unwrap().len(), 5);

    // What is called is what the printed policy lists, and all of that.
    let called: std::collections::BTreeSet<String> = server.actions().into_iter().collect();
    let listed: std::collections::BTreeSet<String> =
        OPERATIONS.iter().map(|(action, _)| (*action).to_owned()).collect();
    assert_eq!(called, listed);

    // The boundary of the first page decides, by its policy of the second.
    for account in [OWN, SHOP, LAB] {
        folder.write(&format!("world/accounts/{account}/resource-policies.json"), "{}");
    }
    let can = |name: &str| {
        let user = format!("arn:aws:iam::{SHOP}:user/{name}");
        let run = folder.run(&["can", &user, "s3:GetObject", "--world", "world", "-o", "json", "--quiet"]);
        run.json()["results"][0]["answer"].clone()
    };
    assert_eq!((can("ada"), can("bob")), (json!("denied"), json!("allowed")));
}

#[test]
fn what_may_not_be_read_is_recorded_and_read_by_the_next_run() {
    let open = Arc::new(Mutex::new(false));
    let is_open = Arc::clone(&open);
    let server = Replay::start(move |call, before| {
        let is_lab = call.parameter("RoleArn").contains(LAB);
        // A suspended account stays missing, as nobody can read it.
        if call.parameter("NextToken") == "b" {
            return amazon_json(&json!({ "Accounts": [] }));
        }
        if call.action == "sts:AssumeRole" && is_lab && !*is_open.lock().unwrap() {
            denied_xml()
        } else {
            whole(call, before)
        }
    });
    let folder = Folder::new();
    let run = collected(&folder, &server.url, &ARGUMENTS);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    let denied = format!(
        "not read: accounts/{LAB}/authorization-details.json: sts:AssumeRole: access denied: not you"
    );
    assert!(run.stdout.contains(&denied), "{}", run.stdout);
    assert!(
        states(&folder, "world")
            .contains(&(format!("accounts/{LAB}/authorization-details.json"), "denied".to_owned()))
    );
    assert!(!folder.path().join(format!("world/accounts/{LAB}")).exists());
    // Proofs over everybody need what is missing.
    let lacks_an_account = || {
        let run = folder.run(&["who-can", "dynamodb:GetItem", "--world", "world", "-o", "json", "--quiet"]);
        let missing = run.json()["missing"].clone();
        let mut entries = missing.as_array().unwrap().iter();
        entries.any(|entry| {
            entry["input"] == "accounts/*/authorization-details.json" && entry["effect"] == "inconclusive"
        })
    };
    assert!(lacks_an_account());

    *open.lock().unwrap() = true;
    let before = server.count("iam:GetAccountAuthorizationDetails");
    let run = collected(&folder, &server.url, &ARGUMENTS);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("4 files of an earlier run kept"), "{}", run.stdout);
    // A throttled call and two pages of one account, and nothing of the others.
    assert_eq!(server.count("iam:GetAccountAuthorizationDetails") - before, 3);
    assert!(!lacks_an_account());

    let run = collected(&folder, &server.url, &[&ARGUMENTS[..], &["--refresh"]].concat());
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(!run.stdout.contains("kept"), "{}", run.stdout);
    // What cannot be read any more is not left as it was.
    *open.lock().unwrap() = false;
    let run = collected(&folder, &server.url, &[&ARGUMENTS[..], &["--refresh"]].concat());
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    assert!(!folder.path().join(format!("world/accounts/{LAB}/authorization-details.json")).exists());
}

#[test]
fn without_rights_on_the_organisation_the_own_account_is_read() {
    let server = Replay::start(|call, before| {
        if call.action == "organizations:DescribePolicy" { denied_json() } else { whole(call, before) }
    });
    let folder = Folder::new();
    let run = collected(&folder, &server.url, &ARGUMENTS);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains(
            "not read: organization.json: organizations:DescribePolicy: access denied: you may not"
        ),
        "{}",
        run.stdout
    );
    assert!(!folder.path().join("world/organization.json").exists());
    assert!(folder.path().join(format!("world/accounts/{OWN}/authorization-details.json")).exists());
    // What is allowed as far as is known may be denied by a policy of the organisation.
    let run = folder.run(&[
        "can",
        &format!("arn:aws:iam::{OWN}:user/ada"),
        "s3:ListAllMyBuckets",
        "--world",
        "world",
        "--quiet",
    ]);
    assert!(run.stdout.contains("organization.json"), "{}{}", run.stdout, run.stderr);

    // An account that is in none is read whole.
    let alone = Replay::start(|call, before| {
        if call.action == "organizations:DescribeOrganization" {
            (
                400,
                "application/x-amz-json-1.1",
                json!({ "__type": "AWSOrganizationsNotInUseException", "Message": "none" }).to_string(),
            )
        } else {
            whole(call, before)
        }
    });
    let folder = Folder::new();
    let run = collected(&folder, &alone.url, &["world"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("the account is in none"), "{}", run.stdout);
}

#[test]
fn a_directory_of_another_account_is_not_gone_on_with() {
    let server = Replay::start(whole);
    let folder = Folder::new();
    let run = collected(&folder, &server.url, &["world", "--accounts", OWN]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let record =
        folder.read("world/collection.json").replace(&format!("iam::{OWN}:user"), "iam::123123123123:user");
    folder.write("world/collection.json", &record);
    let run = collected(&folder, &server.url, &["world"]);
    run.refused(&["was begun by arn:aws:iam::123123123123:user/auditor", "another directory"]);
    let run = collected(&folder, &server.url, &["other", "--accounts", "777777777777"]);
    run.refused(&["--accounts names 777777777777"]);
}

#[test]
fn files_of_an_account_are_nothing_without_its_details() {
    let server = Replay::start(|call, before| {
        let is_lab = call.account == LAB && call.action == "iam:GetAccountAuthorizationDetails";
        if is_lab { denied_xml() } else { whole(call, before) }
    });
    let folder = Folder::new();
    let run = collected(&folder, &server.url, &ARGUMENTS);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    assert!(!folder.path().join(format!("world/accounts/{LAB}")).exists());
    let states = states(&folder, "world");
    let unread: Vec<&str> =
        states.iter().filter(|(_, state)| state != "read").map(|(_, state)| state.as_str()).collect();
    assert_eq!(unread, ["denied", "failed"]);
}

#[test]
fn an_answer_that_is_cut_off_is_no_answer_and_profiles_of_other_regions_go() {
    let cut = Arc::new(Mutex::new(false));
    let is_cut = Arc::clone(&cut);
    let server = Replay::start(move |call, before| {
        let (status, kind, body) = whole(call, before);
        let body = if *is_cut.lock().unwrap() { body.replace("<Marker>next</Marker>", "") } else { body };
        (status, kind, body)
    });
    let folder = Folder::new();
    assert_eq!(collected(&folder, &server.url, &ARGUMENTS).code, 0);
    let profiles = folder.path().join(format!("world/accounts/{OWN}/inference-profiles.json"));
    assert!(profiles.exists());
    let run = collected(&folder, &server.url, &["world"]);
    assert!(!profiles.exists(), "{}{}", run.stdout, run.stderr);
    *cut.lock().unwrap() = true;
    let run = collected(&folder, &server.url, &["world", "--refresh"]);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("though it says that more pages follow"), "{}", run.stdout);
    assert!(!folder.path().join(format!("world/accounts/{OWN}")).exists());
}
