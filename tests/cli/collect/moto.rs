//! moto's server: an organisation of three accounts is collected, checked, changed and compared.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::super::harness::{Folder, corpus};

use super::{collected, states};

/// The server, which ends with the test.
struct Moto {
    child: Child,
    url: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn moto() -> Moto {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let program = corpus("..").join(".tools/moto/bin/moto_server");
    assert!(program.exists(), "{} is missing: run `make setup-tests`", program.display());
    let child = Command::new(program)
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Moto { child, url: format!("http://127.0.0.1:{port}") };
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(started.elapsed() < Duration::from_mins(2), "moto's server does not answer");
        std::thread::sleep(Duration::from_millis(100));
    }
    server
}

fn asked(server: &Moto, verb: &str) -> Value {
    let root = corpus("..");
    let script = root.join("tests/validators/organization.py");
    let output = Command::new(root.join(".tools/moto/bin/python"))
        .arg(script)
        .args([&server.url, verb])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Instants without their form.
fn comparable(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(name, _)| !name.ends_with("Date"));
            Value::Object(members.map(|(name, value)| (name.clone(), comparable(value))).collect())
        }
        Value::Array(elements) => Value::Array(elements.iter().map(comparable).collect()),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other.clone(),
    }
}

fn verdict<'v>(report: &'v Value, list: &str, principal: &str) -> Option<&'v Value> {
    let entries = report["guardrails"][0][list].as_array().unwrap().iter();
    let mut entries = entries.filter(|entry| entry["principal"] == principal);
    entries.next()
}

#[test]
fn an_organisation_is_collected_checked_changed_and_compared() {
    let server = moto();
    let accounts = asked(&server, "build");
    let id = |name: &str| accounts[name].as_str().unwrap().to_owned();
    let app = |name: &str| format!("arn:aws:iam::{}:role/app", id(name));
    let folder = Folder::new();
    let role = ["--role", "OrganizationAccountAccessRole"];

    let run = collected(&folder, &server.url, &[&["old"], &role[..]].concat());
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("the organisation, 3 accounts"), "{}", run.stdout);
    assert_eq!(states(&folder, "old").len(), 4);

    // Each file says what the AWS commands say.
    let answers = asked(&server, "answers");
    for (account, answer) in answers.as_object().unwrap() {
        let file = folder.read(&format!("old/accounts/{account}/authorization-details.json"));
        let file: Value = serde_json::from_str(&file).unwrap();
        for list in ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"] {
            let (found, expected) = (comparable(&file[list]), comparable(&answer[list]));
            assert_eq!(found, expected, "{account}: {list}");
        }
    }

    // The SCP of the inner unit stops what that of the outer one does not.
    folder.write("models.toml", "[[guardrail]]\nid = \"models\"\nkind = \"cannot-invoke\"\nmodels = \"all\"\n[models]\nall = { ids = [\"*\"] }\n");
    let check = |world: &str| {
        let run =
            folder.run(&["check", world, "--one-step", "--config", "models.toml", "-o", "json", "--quiet"]);
        serde_json::from_str::<Value>(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr))
    };
    let report = check("old");
    assert!(verdict(&report, "violations", &app("shop")).is_some(), "{report:#}");
    assert!(verdict(&report, "violations", &app("research")).is_none(), "{report:#}");
    assert!(verdict(&report, "inconclusive", &app("research")).is_none(), "{report:#}");

    // What was read is kept, and no file changes.
    let before = folder.read(&format!("old/accounts/{}/authorization-details.json", id("shop")));
    let run = collected(&folder, &server.url, &[&["old"], &role[..]].concat());
    assert!(run.stdout.contains("3 files of an earlier run kept"), "{}", run.stdout);
    assert_eq!(before, folder.read(&format!("old/accounts/{}/authorization-details.json", id("shop"))));

    asked(&server, "change");
    let run = collected(&folder, &server.url, &[&["new"], &role[..]].concat());
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let run = folder.run(&[
        "compare",
        "old",
        "new",
        "--one-step",
        "--config",
        "models.toml",
        "-o",
        "json",
        "--quiet",
    ]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let compared = run.json();
    let of = |name: &str| {
        let principals = compared["principals"].as_array().unwrap().iter();
        let mut found = principals.filter(|one| one["principal"] == app(name).as_str());
        found.next().unwrap()["relation"].as_str().unwrap().to_owned()
    };
    assert_eq!((of("shop"), of("research")), ("equivalent".to_owned(), "broader".to_owned()));
    let report = check("new");
    let found = verdict(&report, "violations", &app("research")).unwrap();
    assert!(!found.to_string().contains("anthropic."), "{found:#}");
}

#[test]
fn without_a_role_only_the_own_account_is_read_and_others_are_missing() {
    let server = moto();
    let accounts = asked(&server, "build");
    let folder = Folder::new();
    let run = collected(&folder, &server.url, &["world"]);
    assert!(run.stdout.contains("left out: 2 accounts"), "{}", run.stdout);
    // The management account of moto has no principals: nothing can be judged, which is said.
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("no user and no role in the world"), "{}", run.stderr);
    let shop = accounts["shop"].as_str().unwrap();
    let role = ["--role", "OrganizationAccountAccessRole", "--accounts", shop];
    let run = collected(&folder, &server.url, &[&["world"], &role[..]].concat());
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}
