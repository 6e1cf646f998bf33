//! What a second hostile reading found wrong with evidence and reports, each as it was found.

use serde_json::{Value, json};

use super::harness::{ACCOUNT, Folder, Run, policy, reader, role};

const TOML: &str = "[[guardrail]]\nid = \"b\"\nkind = \"forbid\"\nactions = [\"s3:DeleteBucket\"]\nprincipals = { kinds = [\"role\"] }\n";

fn world(roles: &[Value]) -> Folder {
    let folder = Folder::world(roles).with_empty_lists();
    folder.write("ringfence.toml", TOML);
    folder
}

fn accepted(run: &Run) {
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

#[test]
fn what_came_from_standard_input_lies_nowhere_in_a_world() {
    let folder = world(&[reader()]);
    let made = folder.run_with_input(
        &["check", ".", "--config", "-", "--one-step", "--evidence", "../e.tar.gz", "--exit-zero"],
        TOML,
    );
    assert_eq!(made.code, 0, "{}", made.stderr);
    accepted(&folder.run(&["verify", "../e.tar.gz", "--inputs", ".", "--inputs", "ringfence.toml"]));
    // Without it not all is compared.
    assert_eq!(folder.run(&["verify", "../e.tar.gz", "--inputs", "."]).code, 3);
}

#[test]
fn a_file_of_the_world_may_be_named_besides() {
    let folder = world(&[reader()]);
    let outside = Folder::new();
    let (place, evidence) = (folder.path().to_str().unwrap(), "e.tar.gz");
    let config = folder.path().join("ringfence.toml");
    let config = config.to_str().unwrap();
    outside.run(&["check", place, "--config", config, "--one-step", "--evidence", evidence]);
    accepted(&outside.run(&["verify", evidence, "--inputs", place, "--inputs", config]));
}

#[test]
fn a_file_that_is_named_by_hand_goes_before_one_that_is_called_so() {
    let folder = world(&[reader()]);
    let other = Folder::new();
    other.write("strict/ringfence.toml", &TOML.replace("\"b\"", "\"strict\""));
    let details = folder.path().join(format!("accounts/{ACCOUNT}/authorization-details.json"));
    let export = std::fs::read_to_string(&details).unwrap();
    other.write("account/authorization-details.json", &export);
    other.write("account/ringfence.toml", TOML);
    let files = [
        "--authorization-details",
        "account/authorization-details.json",
        "--config",
        "strict/ringfence.toml",
    ];
    other.run(&[&["check"][..], &files[..], &["--one-step", "--evidence", "e.tar.gz"]].concat());
    let run = other.run(&["verify", "e.tar.gz", "--inputs", "account", "--inputs", "strict/ringfence.toml"]);
    accepted(&run);
    assert_eq!(other.run(&["verify", "e.tar.gz", "--inputs", "account"]).code, 1);
}

#[test]
fn a_file_that_may_be_misnamed_was_there_or_is_told() {
    let folder = world(&[reader()]);
    let outside = Folder::new();
    let place = folder.path().to_str().unwrap();
    outside.run(&["check", place, "--one-step", "--evidence", "e.tar.gz"]);
    folder.write("notes.txt", "");
    accepted(&outside.run(&["verify", "e.tar.gz", "--inputs", place]));
    for name in ["organisation.json".to_owned(), format!("accounts/{ACCOUNT}/resource-policy.json")] {
        let written = folder.write(&name, "{}");
        let run = outside.run(&["verify", "e.tar.gz", "--inputs", place]);
        assert!(run.code == 1 && run.stdout.contains("may be a misnamed file"), "{name}: {}", run.stdout);
        std::fs::remove_file(written).unwrap();
    }
}

#[test]
fn evidence_is_written_over_nothing_of_others() {
    let folder = world(&[reader()]);
    for (name, written) in [("e", "e"), ("e.tar.gz", "e.tar.gz")] {
        for word in ["new", "old"] {
            folder.write(&format!(".{name}.{word}/data.txt"), "kept");
        }
        for _ in 0..2 {
            let run = folder.run(&["check", ".", "--one-step", "--evidence", written]);
            assert_eq!(run.code, 0, "{}", run.stderr);
        }
        for word in ["new", "old"] {
            assert_eq!(folder.read(&format!(".{name}.{word}/data.txt")), "kept");
        }
    }
    let hidden = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(hidden.filter(|name| name.to_string_lossy().starts_with(".e")).count(), 4);
    #[cfg(unix)]
    {
        // A link to a folder stays one.
        std::os::unix::fs::symlink("e", folder.path().join("link")).unwrap();
        accepted(&folder.run(&["check", ".", "--one-step", "--evidence", "link"]));
        assert!(folder.path().join("link").is_symlink() && folder.path().join("e/manifest.json").is_file());
        let kept = folder.write("kept", "kept");
        std::os::unix::fs::symlink(&kept, folder.path().join(".f.tar.gz.new")).unwrap();
        accepted(&folder.run(&["check", ".", "--one-step", "--evidence", "f.tar.gz"]));
        assert!(
            folder.read("kept") == "kept"
                && folder.path().join("f.tar.gz").symlink_metadata().unwrap().is_file()
        );
    }
}

/// Two statements that let in one role each, without a Sid that tells them apart.
#[test]
fn a_finding_keeps_its_fingerprint_when_another_goes() {
    let allows = |sid: Option<&str>, name: &str| {
        let mut statement = json!({
            "Effect": "Allow", "Action": "s3:DeleteBucket", "Resource": "*",
            "Condition": { "StringEquals": { "aws:PrincipalArn": format!("arn:aws:iam::{ACCOUNT}:role/{name}") } }
        });
        if let Some(sid) = sid {
            statement["Sid"] = json!(sid);
        }
        statement
    };
    let arn = format!("arn:aws:iam::{ACCOUNT}:policy/P");
    for (first, second) in [(Some(""), Some("")), (Some("1"), None)] {
        let document = policy(&[allows(first, "a"), allows(second, "z")]);
        let prints = |holders: &[&str]| -> Vec<Value> {
            let with = |name: &str| {
                let mut role = role(
                    name,
                    &policy(&[json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" })]),
                );
                if holders.contains(&name) {
                    role["AttachedManagedPolicies"] = json!([{ "PolicyName": "P", "PolicyArn": arn }]);
                }
                role
            };
            let folder = world(&[with("a"), with("z")]);
            let details = json!({
                "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [with("a"), with("z")],
                "Policies": [{
                    "PolicyName": "P", "PolicyId": "ANPAEXAMPLEPP", "Arn": arn, "Path": "/", "DefaultVersionId": "v1", "AttachmentCount": 1,
                    "PermissionsBoundaryUsageCount": 0, "IsAttachable": true, "CreateDate": "2026-03-01T08:00:00Z", "UpdateDate": "2026-03-01T08:00:00Z",
                    "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true, "CreateDate": "2026-03-01T08:00:00Z", "Document": document }]
                }]
            });
            folder.write(&format!("accounts/{ACCOUNT}/authorization-details.json"), &details.to_string());
            let run = folder.run(&["check", ".", "--one-step", "-o", "sarif"]);
            assert_eq!(run.code, 1, "{}", run.stderr);
            let log: Value = serde_json::from_str(&run.stdout).unwrap();
            let results = log["runs"][0]["results"].as_array().unwrap().clone();
            results.iter().map(|result| result["partialFingerprints"]["ringfence/v1"].clone()).collect()
        };
        let (both, one) = (prints(&["a", "z"]), prints(&["z"]));
        assert!(both.len() == 2 && one.len() == 1 && both[0] != both[1], "{both:?} {one:?}");
        assert_eq!(both[1], one[0]);
    }
}

#[test]
fn csv_tells_what_is_open_as_a_whole() {
    let folder = world(&[reader()]);
    folder.write(
        "ringfence.toml",
        &TOML.replace("kinds = [\"role\"]", "include = [\"arn:aws:iam::*:user/nobody\"]"),
    );
    let run = folder.run(&["check", ".", "--one-step", "-o", "csv"]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(run.code, 3);
    assert!(lines.len() == 2 && lines[1].starts_with("b,forbid,"), "{}", run.stdout);
}

#[test]
fn every_output_says_how_much_of_the_proofs_others_can_check() {
    let folder = world(&[reader()]);
    let one = |arguments: &[&str]| {
        let run = folder.run(arguments);
        assert!(run.stdout.contains("one solver"), "{arguments:?}: {}{}", run.stdout, run.stderr);
    };
    for format in ["text", "json", "html", "sarif", "junit", "markdown", "github", "csv", "oscal"] {
        one(&["check", ".", "--one-step", "-o", format]);
    }
    for format in ["text", "json", "dot", "mermaid"] {
        one(&["paths", "--world", ".", "-o", format]);
    }
    for format in ["text", "json"] {
        one(&["why", "b", "--one-step", "-o", format]);
        one(&["blast-radius", "-o", format]);
    }
}

#[test]
fn what_verdicts_do_to_the_exit_code_is_said_alike() {
    let folder = world(&[reader()]);
    std::fs::remove_file(folder.path().join(format!("accounts/{ACCOUNT}/resource-policies.json"))).unwrap();
    let code = |arguments: &[&str], more: &[&str]| folder.run(&[arguments, more].concat()).code;
    for arguments in
        [&["check", ".", "--one-step"][..], &["paths", "--world", "."], &["why", "b", "--one-step"]]
    {
        assert!([0, 3].contains(&code(arguments, &["--fail-on", "refuted"])), "{arguments:?}");
        assert_eq!(code(arguments, &["--exit-zero"]), 0, "{arguments:?}");
    }
    let open = folder.write("open.json", "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}");
    let boundary = ["boundary", open.to_str().unwrap(), "--one-step"];
    assert_eq!((code(&boundary, &[]), code(&boundary, &["--exit-zero"])), (1, 0));
}
