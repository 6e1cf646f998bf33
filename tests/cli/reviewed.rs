//! What a hostile reading of outputs and suppressions found wrong, each as it was found.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::harness::{ACCOUNT, Folder, Run, corpus, details, policy, role};
use super::outputs::{list, python, text};

const OPEN_FORMATS: [&str; 3] = ["junit", "github", "sarif"];

fn doing(name: &str, action: &str) -> Value {
    role(name, &policy(&[json!({ "Sid": "Do", "Effect": "Allow", "Action": action, "Resource": "*" })]))
}

fn world(roles: &[Value], toml: &str) -> Folder {
    let folder = Folder::world(roles).with_empty_lists();
    folder.write("ringfence.toml", toml);
    folder
}

fn forbid(id: &str, actions: &str) -> String {
    format!(
        "[[guardrail]]\nid = \"{id}\"\nkind = \"forbid\"\nactions = [{actions}]\nprincipals = {{ kinds = [\"role\"] }}\n"
    )
}

fn exception(guardrail: &str, owner: &str, expires: &str) -> String {
    format!(
        "[[exception]]\nguardrail = \"{guardrail}\"\nprincipal = \"*role/*\"\nreason = \"r\"\nowner = \"{owner}\"\nexpires = {expires}\n"
    )
}

fn check(folder: &Folder, further: &[&str]) -> Run {
    folder.run(&[&["check", "--today", "2026-11-30", "--quiet"], further].concat())
}

fn write_baseline(folder: &Folder) {
    let run = check(
        folder,
        &[
            "--write-baseline",
            "b.json",
            "--baseline-reason",
            "r",
            "--baseline-owner",
            "o",
            "--baseline-expires",
            "2027-01-31",
        ],
    );
    assert_eq!(run.code, 1, "{}", run.stderr);
}

#[test]
fn ten_digits_are_no_day() {
    for expires in ["9999999999", "\"2026120100\"", "1798761600", "\"9999999999\""] {
        let folder = world(
            &[doing("w", "s3:PutObject")],
            &(forbid("g", "\"s3:PutObject\"") + &exception("g", "o", expires)),
        );
        let run = check(&folder, &[]);
        assert_eq!(run.code, 1, "{expires}: {}", run.stdout);
        assert!(run.stderr.contains("is no day"), "{expires}: {}", run.stderr);
    }
    let folder = world(&[doing("w", "s3:PutObject")], &forbid("g", "\"s3:PutObject\""));
    write_baseline(&folder);
    folder.write("b.json", &folder.read("b.json").replace("2027-01-31", "9999999999"));
    assert_eq!(check(&folder, &["--baseline", "b.json"]).code, 1);
}

/// Formats of the answer in files of their names.
fn formats(folder: &Folder, arguments: &[&str]) -> Run {
    let targets: Vec<String> = OPEN_FORMATS.iter().map(|format| format!("{format}={format}")).collect();
    let outputs: Vec<&str> = targets.iter().flat_map(|target| ["-o", target]).collect();
    folder.run(&[arguments, &outputs, &["--quiet"]].concat())
}

/// Something is open in each format.
fn all_say_that_something_is_open(folder: &Folder) {
    assert!(folder.read("junit").contains("<error"), "{}", folder.read("junit"));
    assert!(folder.read("github").contains("::warning "), "{}", folder.read("github"));
    let log: Value = serde_json::from_str(&folder.read("sarif")).unwrap();
    let open = list(&log, "/runs/0/results").iter().filter(|result| text(result, "/level") == "warning");
    assert!(open.count() > 0, "{log}");
}

#[test]
fn what_ends_with_3_is_open_in_every_format() {
    // Every violation is accepted, and an account of the organisation is missing.
    let folder = Folder::new();
    let copied = corpus("guardrails/forbid");
    let organization = std::fs::read_to_string(copied.join("organization.json")).unwrap();
    let account = "999988887777";
    let mut organization: Value = serde_json::from_str(&organization).unwrap();
    let mut further = organization["Accounts"][0].clone();
    let known = further["Id"].as_str().unwrap().to_owned();
    further["Id"] = json!(account);
    further["Arn"] =
        json!(further["Arn"].as_str().unwrap().replace(&format!("/{known}"), &format!("/{account}")));
    let parent = organization["Roots"][0]["Id"].clone();
    further["ParentId"] = parent;
    organization["Accounts"].as_array_mut().unwrap().push(further);
    let listed = organization["Accounts"].as_array().unwrap();
    assert!(listed.len() > 1);
    folder.write("organization.json", &organization.to_string());
    let own = listed
        .iter()
        .map(|one| one["Id"].as_str().unwrap())
        .find(|id| copied.join("accounts").join(id).exists());
    let own = own.unwrap().to_owned();
    let of_account =
        serde_json::to_string(&details(&[doing("w", "s3:PutObject")])).unwrap().replace(ACCOUNT, &own);
    folder.write(&format!("accounts/{own}/authorization-details.json"), &of_account);
    folder.write(&format!("accounts/{own}/resource-policies.json"), "{}");
    folder.write("ringfence.toml", &(forbid("g", "\"s3:PutObject\"") + &exception("g", "o", "2027-01-31")));
    let run = formats(&folder, &["check", "--today", "2026-11-30"]);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    all_say_that_something_is_open(&folder);

    let path = corpus("worlds/root-user-with-mfa");
    let run = formats(&folder, &["paths", "--world", path.to_str().unwrap()]);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    all_say_that_something_is_open(&folder);

    let design = policy(&[json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })]);
    folder.write("scp.json", &design.to_string());
    folder.write("unused.toml", "[[guardrail]]\nid = \"g\"\nkind = \"cannot-escape-boundary\"\n");
    let run =
        formats(&folder, &["boundary", "scp.json", "--scp", "--config", "unused.toml", "--guardrails-only"]);
    if run.code == 3 {
        all_say_that_something_is_open(&folder);
    }
}

#[test]
fn a_baseline_counts_again_what_asks_something_else_or_is_somebody_else() {
    let toml = forbid("g", "\"s3:*\"");
    let folder = world(&[doing("w", "s3:AbortMultipartUpload")], &toml);
    write_baseline(&folder);
    let with = ["--baseline", "b.json"];
    assert_eq!(check(&folder, &with).code, 0);
    // The role becomes an administrator.
    let file = format!("accounts/{ACCOUNT}/authorization-details.json");
    folder.write(&file, &details(&[doing("w", "*")]).to_string());
    let run = check(&folder, &with);
    assert_eq!(run.code, 1, "{}", run.stdout);

    for (before, after) in [
        ("kind = \"owned\"\ntags = [\"owner\"]\n", "kind = \"cannot-invoke\"\nmodels = \"expensive\"\n"),
        ("kind = \"owned\"\ntags = [\"owner\"]\n", "kind = \"owned\"\ntags = [\"team\"]\n"),
        (
            "kind = \"cannot-invoke\"\nmodels = \"some\"\n[models]\nsome = { ids = [\"amazon.nova-lite*\"] }\n",
            "kind = \"cannot-invoke\"\nmodels = \"some\"\n[models]\nsome = { ids = [\"anthropic.claude-opus*\"] }\n",
        ),
        (
            "kind = \"must-be-able\"\naction = \"s3:PutObject\"\n",
            "kind = \"must-be-able\"\naction = \"s3:GetObject\"\n",
        ),
        (
            "kind = \"forbid\"\nactions = [\"bedrock:InvokeModel\"]\nresources = [\"arn:aws:bedrock:*::foundation-model/amazon.*\"]\n",
            "kind = \"forbid\"\nactions = [\"bedrock:InvokeModel\"]\nresources = [\"arn:aws:bedrock:*::foundation-model/*\"]\n",
        ),
    ] {
        let toml = |kind: &str| {
            let (own, rest) = kind
                .split_once("[models]")
                .map_or((kind, String::new()), |(own, rest)| (own, format!("[models]{rest}")));
            format!("{rest}[[guardrail]]\nid = \"g\"\n{own}principals = {{ kinds = [\"role\"] }}\n")
        };
        let folder = world(&[doing("w", "bedrock:InvokeModel")], &toml(before));
        write_baseline(&folder);
        // What must be possible may be denied by the SCPs that nothing shows.
        let run = check(&folder, &with);
        assert!([0, 3].contains(&run.code), "{before}: {}", run.stdout);
        folder.write("ringfence.toml", &toml(after));
        let run = check(&folder, &with);
        assert_eq!(run.code, 1, "{before} {after}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn no_two_findings_have_one_fingerprint() {
    let folder = Folder::new();
    for name in [
        "names-of-sessions",
        "routes-to-a-model",
        "sessions-that-trust-admits",
        "sessions-that-nobody-begins",
    ] {
        let path = corpus("worlds").join(name);
        let path = path.to_str().unwrap();
        for command in [&["check", path, "-o", "oscal=oscal.json"][..], &["paths", "--world", path]] {
            folder.run(&[command, &["-o", "sarif=sarif", "--quiet"]].concat());
            let log: Value = serde_json::from_str(&folder.read("sarif")).unwrap();
            let results = list(&log, "/runs/0/results");
            let fingerprints: BTreeSet<&str> = results
                .iter()
                .map(|result| text(result, "/partialFingerprints/primaryLocationLineHash"))
                .collect();
            assert_eq!(fingerprints.len(), results.len(), "{name}: {command:?}");
        }
        python(&["oscal.py", folder.path().join("oscal.json").to_str().unwrap()]);
    }
}

/// The fingerprint of each result by the first principal that it names.
fn fingerprints(folder: &Folder) -> Vec<(String, String)> {
    check(folder, &["-o", "sarif=sarif"]);
    let log: Value = serde_json::from_str(&folder.read("sarif")).unwrap();
    let of = |result: &Value| {
        let hash = text(result, "/partialFingerprints/ringfence~1v1").to_owned();
        (text(result, "/properties/principals/0").to_owned(), hash)
    };
    list(&log, "/runs/0/results").iter().filter(|result| text(result, "/level") == "error").map(of).collect()
}

#[test]
fn who_is_accepted_and_who_is_not_keep_their_fingerprints() {
    let accepted = |role: &str, owner: &str| {
        exception("g", owner, "2027-01-31").replace("*role/*", &format!("*role/{role}*"))
    };
    let both = forbid("g", "\"s3:PutObject\"") + &accepted("a", "anna") + &accepted("b", "ben");
    let one = forbid("g", "\"s3:PutObject\"") + &accepted("a", "anna");
    let shared = |name: &str| {
        let mut role = role(name, &policy(&[]));
        role["RolePolicyList"] = json!([]);
        role["AttachedManagedPolicies"] = json!([{ "PolicyName": "AmazonS3FullAccess", "PolicyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess" }]);
        role
    };
    let of = |found: &[(String, String)], role: &str| {
        let wanted = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
        found.iter().find(|(principal, _)| *principal == wanted).unwrap().1.clone()
    };
    let folder = world(&[shared("a1"), shared("b1")], &both);
    let before = fingerprints(&folder);
    assert_eq!(before.len(), 2);
    let folder = world(&[shared("a1"), shared("b1"), shared("b2")], &both);
    let more = fingerprints(&folder);
    assert_eq!((of(&before, "a1"), of(&before, "b1")), (of(&more, "a1"), of(&more, "b1")));
    let folder = world(&[shared("a1"), shared("b1"), shared("b2")], &one);
    let after = fingerprints(&folder);
    assert_eq!(of(&before, "a1"), of(&after, "a1"));
    // A violation that counts again is news.
    assert!(!before.iter().any(|(_, known)| *known == of(&after, "b1")));
}

#[test]
fn what_is_stopped_keeps_its_fingerprint_while_lines_move() {
    let denied = policy(&[
        json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }),
        json!({ "Sid": "No", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*" }),
    ]);
    let toml = "[[guardrail]]\nid = \"g\"\nkind = \"must-be-able\"\naction = \"s3:GetObject\"\nprincipals = { kinds = [\"role\"] }\n";
    let folder = world(&[role("w", &denied)], toml);
    let before = fingerprints(&folder);
    let file = format!("accounts/{ACCOUNT}/authorization-details.json");
    folder.write(&file, &format!("\n\n{}", folder.read(&file)));
    assert_eq!(before, fingerprints(&folder));
    assert_eq!(before.len(), 1);
}

#[test]
fn a_path_with_a_delete_character_is_told_as_it_is() {
    let mut own = doing("r", "s3:PutObject");
    own["Path"] = json!("/x\u{7f}y/");
    own["Arn"] = json!(format!("arn:aws:iam::{ACCOUNT}:role/x\u{7f}y/r"));
    let folder = world(&[own.clone()], &forbid("g", "\"s3:PutObject\""));
    check(&folder, &["-o", "json=json"]);
    let raw = folder.read("json");
    assert!(raw.contains("role/x\\u007fy/r"), "{raw}");
    let report: Value = serde_json::from_str(&raw).unwrap();
    assert_eq!(report.pointer("/guardrails/0/violations/0/principal"), Some(&own["Arn"]));
    write_baseline(&folder);
    let run = check(&folder, &["--baseline", "b.json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn what_stands_in_no_file_is_shown_by_its_arn() {
    let folder = Folder::new();
    let design = ["boundary", "arn:aws:iam::aws:policy/PowerUserAccess", "--guardrails-only"];
    formats(&folder, &design);
    let log: Value = serde_json::from_str(&folder.read("sarif")).unwrap();
    let results = list(&log, "/runs/0/results");
    assert!(!results.is_empty());
    for result in results {
        let place = "/locations/0/physicalLocation/artifactLocation";
        assert_eq!(text(result, &format!("{place}/uri")), "arn:aws:iam::aws:policy/PowerUserAccess");
        assert_eq!(result.pointer(&format!("{place}/uriBaseId")), None);
    }
    assert!(!folder.read("github").contains("file="), "{}", folder.read("github"));
}

#[test]
fn an_administrator_is_accepted_where_it_is_and_not_elsewhere() {
    let toml = forbid("g", "\"s3:PutObject\"")
        + &forbid("h", "\"s3:DeleteBucket\"")
        + &exception("g", "o", "2027-01-31");
    let folder = world(&[doing("admin", "*")], &toml);
    let run = check(&folder, &[]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("administrators  1: 1 violating, of them 0 accepted"), "{}", run.stdout);
    assert!(run.stdout.contains("under g accepted by o, until 2027-01-31: r"), "{}", run.stdout);
    assert!(run.stdout.contains("h: s3:DeleteBucket on arn:aws:s3:::"), "{}", run.stdout);
}

#[test]
fn an_entry_that_another_makes_needless_is_not_called_unused() {
    let toml = forbid("g", "\"s3:PutObject\"");
    let folder = world(&[doing("w", "s3:PutObject")], &toml);
    write_baseline(&folder);
    let shorter = exception("g", "short", "2026-12-01");
    folder.write("ringfence.toml", &(toml.clone() + &shorter + &exception("g", "long", "2027-06-30")));
    let run = check(&folder, &["--baseline", "b.json", "-o", "json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(!run.stderr.contains("remove it"), "{}", run.stderr);
    let report = run.json();
    assert_eq!(report["guardrails"][0]["accepted"][0]["owner"], "long", "the one that holds longest");
    let states: Vec<&str> =
        list(&report, "/suppressions").iter().map(|entry| text(entry, "/state")).collect();
    assert_eq!(states, ["covered", "accepts", "covered"]);
    // Written anew, the baseline keeps what the exception accepts meanwhile.
    folder.write("ringfence.toml", &(toml.clone() + &shorter));
    let arguments = [
        "--baseline",
        "b.json",
        "--write-baseline",
        "b.json",
        "--baseline-reason",
        "x",
        "--baseline-owner",
        "x",
        "--baseline-expires",
        "2027-03-31",
    ];
    assert_eq!(check(&folder, &arguments).code, 0);
    folder.write("ringfence.toml", &toml);
    assert_eq!(check(&folder, &["--baseline", "b.json"]).code, 0);
}

#[test]
fn no_markup_gets_out_of_a_title_of_oscal() {
    let mut own = doing("r", "s3:PutObject");
    own["Path"] = json!("/![t](https://evil.example/t.png)[x](y)**b**/");
    own["Arn"] = json!(format!("arn:aws:iam::{ACCOUNT}:role{}r", own["Path"].as_str().unwrap()));
    let folder = world(&[own], &forbid("g", "\"s3:PutObject\""));
    check(&folder, &["-o", "oscal=oscal"]);
    let text = folder.read("oscal");
    assert!(text.contains("\\\\!\\\\[t\\\\](https://evil.example/t.png)"), "{text}");
}

#[test]
fn ids_that_look_like_others_are_other_rules() {
    let folder = world(
        &[doing("w", "s3:PutObject")],
        &["a", "a/inconclusive", "a b", "a_b"].map(|id| forbid(id, "\"s3:PutObject\"")).concat(),
    );
    check(&folder, &["-o", "sarif=sarif", "-o", "oscal=oscal"]);
    let log: Value = serde_json::from_str(&folder.read("sarif")).unwrap();
    let ids: BTreeSet<&str> =
        list(&log, "/runs/0/tool/driver/rules").iter().map(|rule| text(rule, "/id")).collect();
    let violated = ["a", "a%2Finconclusive", "a b", "a_b"];
    assert!(violated.iter().all(|id| ids.contains(id)), "{ids:?}");
    assert_eq!(ids.len(), 2 * violated.len(), "each has one for what is open: {ids:?}");
    let oscal: Value = serde_json::from_str(&folder.read("oscal")).unwrap();
    let findings = list(&oscal, "/assessment-results/results/0/findings");
    let targets: BTreeSet<&str> = findings.iter().map(|found| text(found, "/target/target-id")).collect();
    assert_eq!(targets.len(), 4, "{targets:?}");
}

#[test]
fn an_annotation_has_the_verdict_of_its_finding_and_its_own_lines_alone() {
    let folder = Folder::new();
    let world = corpus("guardrails/forbid");
    folder.run(&[
        "check",
        world.to_str().unwrap(),
        "--today",
        "2026-11-26",
        "-o",
        "github=github",
        "--quiet",
    ]);
    let text = folder.read("github");
    let warnings: Vec<&str> = text.lines().filter(|line| line.starts_with("::warning ")).collect();
    assert!(!warnings.is_empty());
    for line in warnings {
        let (_, title) = line.split_once("title=").unwrap();
        let (title, _) = title.split_once("::").unwrap();
        assert!(title.ends_with(" inconclusive"), "{line}");
    }
}

#[test]
fn an_answer_never_takes_the_place_of_an_input() {
    let toml = forbid("g", "\"s3:PutObject\"");
    let folder = world(&[doing("w", "s3:PutObject")], &toml);
    let file = format!("accounts/{ACCOUNT}/authorization-details.json");
    let export = folder.read(&file);
    folder.write("c.toml", &toml);
    folder.write("questions.jsonl", "{\"name\":\"q\",\"action\":\"s3:PutObject\"}\n");
    folder.write("case.jsonl", "{}\n");
    for arguments in [
        &["check", "-o", "text=ringfence.toml"][..],
        &["check", "--config", "c.toml", "-o", "json=./c.toml"],
        &["check", "-o", &format!("json={file}")],
        &["paths", "-o", &format!("json={file}")],
        &["who-can", "--batch", "questions.jsonl", "-o", "json=questions.jsonl"],
        &["simulate", "--batch", "case.jsonl", "-o", "json=case.jsonl"],
        &[
            "check",
            "--write-baseline",
            "ringfence.toml",
            "--baseline-reason",
            "r",
            "--baseline-owner",
            "o",
            "--baseline-expires",
            "2027-01-31",
        ],
    ] {
        let run = folder.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stdout);
        assert!(run.stderr.contains("input of this run"), "{arguments:?}: {}", run.stderr);
    }
    assert_eq!(
        (folder.read("ringfence.toml"), folder.read("c.toml"), folder.read(&file)),
        (toml.clone(), toml, export)
    );
    assert_eq!(folder.read("case.jsonl"), "{}\n");
}
