//! Tests of the world: whole directories, and files that are wrong in every way that the field knows.

mod acme;
mod acme_verdicts;
mod directory;
mod entities;
mod inventory;
mod organization;
mod organization_answers;
mod resource_policies;
mod wholeness;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::World;
use crate::location::InputError;

/// A directory that is removed when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("ringfence-world-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a scratch directory");
        Self(path)
    }

    /// Writes `text` to `name` below the directory.
    fn with(self, name: &str, text: &str) -> Self {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
        self
    }

    fn path(&self) -> &Path {
        &self.0
    }

    fn world(&self) -> World {
        World::read_directory(&self.0).expect("a world")
    }

    /// The errors of reading the directory, the scratch directory's name taken out.
    fn errors(&self) -> Vec<String> {
        self.shown(&World::read_directory(&self.0).expect_err("errors"))
    }

    /// The errors as they are.
    fn world_errors(&self) -> Vec<InputError> {
        World::read_directory(&self.0).expect_err("errors")
    }

    fn shown(&self, errors: &[InputError]) -> Vec<String> {
        assert!(errors.iter().all(|error| error.help.is_some()), "{errors:?}");
        let prefix = format!("{}/", self.0.display());
        errors.iter().map(|error| error.to_string().replace(&prefix, "")).collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const ACCOUNT: &str = "accounts/111111111111/authorization-details.json";

/// An export with these lists.
fn export(users: &str, groups: &str, roles: &str, policies: &str) -> String {
    format!(
        r#"{{"UserDetailList": [{users}], "GroupDetailList": [{groups}], "RoleDetailList": [{roles}], "Policies": [{policies}]}}"#
    )
}

/// A role of account 111111111111, with `more` added to its object. Lists of policies that it does not hold are empty.
fn role(name: &str, more: &str) -> String {
    let lists = ["RolePolicyList", "AttachedManagedPolicies"];
    let absent = lists.iter().filter(|list| !more.contains(&format!("\"{list}\"")));
    let empty = absent.fold(String::new(), |empty, list| format!("{empty}, \"{list}\": []"));
    format!(
        r#"{{"Path": "/", "RoleName": "{name}", "RoleId": "AROA{name}", "Arn": "arn:aws:iam::111111111111:role/{name}", "CreateDate": "2026-01-02T03:04:05+00:00", "AssumeRolePolicyDocument": {{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"Service": "ec2.amazonaws.com"}}, "Action": "sts:AssumeRole"}}]}}{more}{empty}}}"#
    )
}

/// A document that allows `action` on everything.
fn document(action: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}]}}"#
    )
}
