//! Folders with small worlds, and runs of the program in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// The account of the small worlds.
pub(crate) const ACCOUNT: &str = "111122223333";

/// A folder of its own, removed at the end.
pub(crate) struct Folder(tempfile::TempDir);

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A world directory with one account that has these roles.
    pub(crate) fn world(roles: &[Value]) -> Self {
        let folder = Self::new();
        let details = details(roles).to_string();
        folder.write(&format!("accounts/{ACCOUNT}/authorization-details.json"), &details);
        folder
    }

    /// The same, of which the optional files are there and list nothing.
    pub(crate) fn with_empty_lists(self) -> Self {
        for (file, text) in [
            ("resource-policies", "{}"),
            ("resources", "[]"),
            ("inference-profiles", "{\"inferenceProfileSummaries\": []}"),
        ] {
            self.write(&format!("accounts/{ACCOUNT}/{file}.json"), text);
        }
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, file: &str, text: &str) -> PathBuf {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }

    /// The program, ready to run in this folder without a terminal.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.current_dir(self.path()).args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        finish(&self.command(arguments).output().unwrap())
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        use std::io::Write as _;
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        finish(&child.wait_with_output().unwrap())
    }
}

pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command.stdin(Stdio::null()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

/// The text of a run, which must not have crashed.
pub(crate) fn finish(output: &Output) -> Run {
    let run = Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout.clone()).unwrap(),
        stderr: String::from_utf8(output.stderr.clone()).unwrap(),
    };
    assert!((0..=3).contains(&run.code), "exit code {}: {}", run.code, run.stderr);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    run
}

impl Run {
    /// Refused as unusable: exit code 2, nothing on standard output, and this in the message.
    pub(crate) fn refused(&self, texts: &[&str]) {
        assert_eq!(self.code, 2, "{}{}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "");
        assert!(!self.stderr.replace("approved", "").contains("proved"), "{}", self.stderr);
        for text in texts {
            assert!(self.stderr.contains(text), "no `{text}` in:\n{}", self.stderr);
        }
    }

    /// The answer, which is what its published schema says.
    pub(crate) fn json(&self) -> Value {
        super::schemas::parsed(&self.stdout)
    }
}

/// The answer of get-account-authorization-details with these roles.
pub(crate) fn details(roles: &[Value]) -> Value {
    json!({ "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": [] })
}

/// A role with one inline policy.
pub(crate) fn role(name: &str, policy: &Value) -> Value {
    json!({
        "Path": "/",
        "RoleName": name,
        "RoleId": format!("AROAEXAMPLE{}", name.to_ascii_uppercase()),
        "Arn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
        "CreateDate": "2026-03-01T08:00:00Z",
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": "lambda.amazonaws.com" },
                "Action": "sts:AssumeRole"
            }]
        },
        "RolePolicyList": [{ "PolicyName": "inline", "PolicyDocument": policy }],
        "AttachedManagedPolicies": []
    })
}

/// A policy with these statements.
pub(crate) fn policy(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// `role` with the tools to read a bucket: it violates nothing.
pub(crate) fn reader() -> Value {
    let statement = json!({
        "Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"
    });
    role("reader", &policy(&[statement]))
}

/// `role` that may invoke every model.
pub(crate) fn invoker() -> Value {
    let statement =
        json!({ "Sid": "Invoke", "Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*" });
    role("invoker", &policy(&[statement]))
}

/// The corpus.
pub(crate) fn corpus(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(path)
}
