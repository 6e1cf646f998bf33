//! The plans in corpus/plans are those of a real Terraform.

use std::process::Command;

use super::harness::{Folder, corpus};

/// Committed: so many plans.
const PLANS: usize = 14;

/// Where Terraform is there, it makes the same plans: of that they are real nothing else speaks.
#[test]
fn a_real_terraform_makes_the_plans_of_the_corpus() {
    let root = corpus("..");
    let python = root.join(".tools/terraform/bin/python");
    let terraform = Command::new("terraform").arg("version").output();
    if terraform.is_err() || !python.is_file() {
        skipped();
        return;
    }
    let folder = Folder::new();
    let copy = Command::new("cp").arg("-r").arg(corpus("plans/.")).arg(folder.path()).status().unwrap();
    assert!(copy.success());
    let made = Command::new(root.join("tests/terraform/make_plans.sh"))
        .env("PLANS", folder.path())
        .output()
        .unwrap();
    let (said, wrong) = (String::from_utf8_lossy(&made.stdout), String::from_utf8_lossy(&made.stderr));
    assert!(made.status.success(), "{said}{wrong}");
    let is_as_committed = |line: &str| line.contains(": unchanged, ");
    assert!(said.lines().count() >= PLANS && said.lines().all(is_as_committed), "{said}");
}

#[expect(clippy::print_stderr, reason = "a test that does nothing says so")]
fn skipped() {
    eprintln!(
        "skipped: {PLANS} plans are not made anew, for terraform or .tools/terraform is not there (`make setup-tests`)"
    );
}
