//! The plans in corpus/plans are those of a real Terraform.

use std::process::Command;

use super::harness::{Folder, corpus};

/// Committed: so many plans.
const PLANS: usize = 24;

/// Where the Terraform that made the plans is there, it makes them again: of that they are real nothing else speaks.
#[test]
fn a_real_terraform_makes_the_plans_of_the_corpus() {
    let root = corpus("..");
    let python = root.join(".tools/terraform/bin/python");
    let plan: serde_json::Value =
        serde_json::from_slice(&std::fs::read(corpus("plans/known-create/plan.json")).unwrap()).unwrap();
    let version = format!("Terraform v{}\n", plan["terraform_version"].as_str().unwrap());
    let terraform = Command::new("terraform").arg("version").output();
    let is_that_version = terraform.is_ok_and(|found| found.stdout.starts_with(version.as_bytes()));
    if !is_that_version || !python.is_file() {
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
        "skipped: {PLANS} plans are not made anew, for the terraform that made them or .tools/terraform is not there (`make setup-tests`)"
    );
}
