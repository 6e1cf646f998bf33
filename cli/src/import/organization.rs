//! organization.json of the answers about an organisation.
//!
//! What is missing would make it another one: an account that stands nowhere, a unit without the policies that bind it. So it is an error,
//! with the command that tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ringfence_model::location::InputError;
use serde_json::{Value, json};

use super::error;
use super::piece::Part;
use crate::input::shown;

/// The answers so far, and the first file of them.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    file: Option<String>,
    organization: Option<Value>,
    roots: Vec<Value>,
    units: BTreeMap<String, Value>,
    accounts: BTreeMap<String, Value>,
    parents: BTreeMap<String, String>,
    /// The roots and units of which the units, and the accounts, right below them are listed.
    units_listed: BTreeSet<String>,
    accounts_listed: BTreeSet<String>,
    all_accounts: bool,
    /// Types of which all policies are listed.
    listed: BTreeSet<String>,
    policies: BTreeMap<String, Value>,
    summaries: BTreeMap<String, Value>,
    /// By policy, what it is attached to.
    targets: BTreeMap<String, BTreeSet<String>>,
    /// The policies of which all targets are known, and the targets of which all policies of a type are.
    whole_policies: BTreeSet<String>,
    whole_targets: BTreeSet<(String, String)>,
    tags: BTreeMap<String, Vec<Value>>,
}

const TYPES: [&str; 2] = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"];

fn id_of(value: &Value) -> String {
    value.get("Id").and_then(Value::as_str).unwrap_or_default().to_owned()
}

impl Gathered {
    /// Adds an answer.
    ///
    /// # Errors
    /// Where it contradicts another one.
    pub(super) fn add(&mut self, path: &Path, part: Part) -> Result<(), InputError> {
        self.file.get_or_insert_with(|| shown(path));
        let twice = |what: &str| {
            let message = format!("another file says something else of {what}");
            error(path, &message, "give answers of one time, and of one organisation")
        };
        match part {
            Part::Organization(found) => {
                if self.organization.as_ref().is_some_and(|known| *known != found) {
                    return Err(twice("the organisation"));
                }
                self.organization = Some(found);
            }
            Part::Roots(found) => {
                if !self.roots.is_empty() && self.roots != found {
                    return Err(twice("the root"));
                }
                self.roots = found;
            }
            Part::Units(parent, found) => {
                for unit in found {
                    let parent = parent.clone().or_else(|| parent_in(&unit));
                    self.place(&id_of(&unit), parent).map_err(|what| twice(&what))?;
                    self.units.insert(id_of(&unit), unit);
                }
                self.units_listed.extend(parent);
            }
            Part::Accounts(found) => {
                self.all_accounts = true;
                for account in found {
                    self.place(&id_of(&account), parent_in(&account)).map_err(|what| twice(&what))?;
                    self.accounts.insert(id_of(&account), account);
                }
            }
            Part::AccountsOf(parent, found) => {
                for account in found {
                    self.place(&id_of(&account), Some(parent.clone())).map_err(|what| twice(&what))?;
                    self.accounts.insert(id_of(&account), account);
                }
                self.accounts_listed.insert(parent);
            }
            Part::Parent(child, parent) => self.place(&child, Some(parent)).map_err(|what| twice(&what))?,
            Part::Policies(kind, found) => {
                self.listed.extend(kind);
                self.summaries.extend(found.into_iter().map(|summary| (id_of(&summary), summary)));
            }
            Part::PoliciesOf(target, kind, found) => {
                for summary in found {
                    self.targets.entry(id_of(&summary)).or_default().insert(target.clone());
                    self.summaries.insert(id_of(&summary), summary);
                }
                self.whole_targets.extend(kind.map(|kind| (target, kind)));
            }
            Part::Policy(found) => {
                let id = found.get("PolicySummary").map(id_of).unwrap_or_default();
                if self.policies.get(&id).is_some_and(|known| *known != found) {
                    return Err(twice(&format!("the policy {id}")));
                }
                self.policies.insert(id, found);
            }
            Part::Targets(policy, found) => {
                let id = |target: &Value| target.get("TargetId").and_then(Value::as_str).map(str::to_owned);
                self.targets.entry(policy.clone()).or_default().extend(found.iter().filter_map(id));
                self.whole_policies.insert(policy);
            }
            Part::Tags(account, found) => drop(self.tags.insert(account, found)),
        }
        Ok(())
    }

    /// Notes what an account or unit is right below; the contradiction if another file says otherwise.
    fn place(&mut self, child: &str, parent: Option<String>) -> Result<(), String> {
        let Some(parent) = parent else { return Ok(()) };
        match self.parents.insert(child.to_owned(), parent.clone()) {
            Some(known) if known != parent => Err(format!("what {child} is below")),
            Some(_) | None => Ok(()),
        }
    }

    /// organization.json; none if there is no answer about an organisation.
    ///
    /// # Errors
    /// For each answer that is missing, how to get it.
    pub(super) fn organization(self) -> Result<Option<Value>, Vec<InputError>> {
        let Some(file) = self.file.clone() else { return Ok(None) };
        let missing = self.missing();
        if !missing.is_empty() {
            let found = missing.into_iter().map(|(what, command)| {
                error(
                    Path::new(&file),
                    &format!("of the organisation it is not known {what}"),
                    &format!("save the answer of `aws organizations {command}` too"),
                )
            });
            return Err(found.collect());
        }
        let below = |id: &str, mut value: Value| {
            if let (Some(members), Some(parent)) = (value.as_object_mut(), self.parents.get(id)) {
                members.insert("ParentId".to_owned(), json!(parent));
            }
            value
        };
        let units: Vec<Value> = self.units.iter().map(|(id, unit)| below(id, unit.clone())).collect();
        let accounts = self.accounts.iter().map(|(id, account)| {
            let mut account = below(id, account.clone());
            if let (Some(members), Some(tags)) = (account.as_object_mut(), self.tags.get(id)) {
                members.insert("Tags".to_owned(), json!(tags));
            }
            account
        });
        let accounts: Vec<Value> = accounts.collect();
        let policies = self.policies.iter().filter(|(id, _)| self.is_control(id)).map(|(id, policy)| {
            let targets = self.targets.get(id).into_iter().flatten();
            let targets: Vec<Value> =
                targets.map(|target| json!({ "TargetId": target, "Type": type_of(target) })).collect();
            json!({ "PolicySummary": policy.get("PolicySummary"), "Content": policy.get("Content"), "Targets": targets })
        });
        let policies: Vec<Value> = policies.collect();
        Ok(Some(json!({
            "Organization": self.organization, "Roots": self.roots, "OrganizationalUnits": units, "Accounts": accounts, "Policies": policies,
        })))
    }

    /// The policy is of a type that decides requests.
    fn is_control(&self, id: &str) -> bool {
        let summary = self.policies.get(id).and_then(|policy| policy.get("PolicySummary"));
        let summary = summary.or_else(|| self.summaries.get(id));
        summary
            .and_then(|summary| summary.get("Type"))
            .and_then(Value::as_str)
            .is_some_and(|kind| TYPES.contains(&kind))
    }

    /// What is not known, each with the command that tells it.
    fn missing(&self) -> Vec<(String, String)> {
        let mut missing = Vec::new();
        if self.organization.is_none() {
            missing.push(("which one it is".to_owned(), "describe-organization".to_owned()));
        }
        if self.roots.is_empty() {
            missing.push(("what its root is".to_owned(), "list-roots".to_owned()));
            return missing;
        }
        let nodes: Vec<String> = self.roots.iter().map(id_of).chain(self.units.keys().cloned()).collect();
        for node in &nodes {
            if !self.units_listed.contains(node) && !self.tells_paths() {
                let command = format!("list-organizational-units-for-parent --parent-id {node}");
                missing.push((format!("which units are below {node}"), command));
            }
            if !self.all_accounts && !self.accounts_listed.contains(node) {
                let command = format!("list-accounts-for-parent --parent-id {node}");
                missing.push((format!("which accounts are below {node}"), command));
            }
        }
        for (id, of) in
            self.units.keys().map(|id| (id, "unit")).chain(self.accounts.keys().map(|id| (id, "account")))
        {
            let parent = self.parents.get(id);
            if !parent.is_some_and(|parent| nodes.contains(parent)) {
                missing.push((format!("where the {of} {id} is"), format!("list-parents --child-id {id}")));
            }
        }
        let mut targets = nodes;
        targets.extend(self.accounts.keys().cloned());
        for kind in self.enabled() {
            self.missing_policies(kind, &targets, &mut missing);
        }
        missing
    }

    /// Every unit tells its own place, so that those that are missing would be seen by what is below them.
    fn tells_paths(&self) -> bool {
        !self.units.is_empty() && self.units_listed.is_empty()
    }

    /// The types of policies that are enabled at a root.
    fn enabled(&self) -> Vec<&'static str> {
        let is_enabled = |kind: &&&str| {
            let types = self.roots.iter().filter_map(|root| root.get("PolicyTypes")?.as_array()).flatten();
            let is = |known: &Value, member: &str, wanted: &str| {
                known.get(member).and_then(Value::as_str) == Some(wanted)
            };
            types.into_iter().any(|known| is(known, "Type", kind) && is(known, "Status", "ENABLED"))
        };
        TYPES.iter().filter(is_enabled).copied().collect()
    }

    fn missing_policies(&self, kind: &str, targets: &[String], missing: &mut Vec<(String, String)>) {
        let of_kind: Vec<&String> = self
            .summaries
            .iter()
            .filter(|(_, summary)| summary.get("Type").and_then(Value::as_str) == Some(kind))
            .map(|(id, _)| id)
            .collect();
        for id in &of_kind {
            if !self.policies.contains_key(*id) {
                missing.push((
                    format!("what the policy {id} says"),
                    format!("describe-policy --policy-id {id}"),
                ));
            }
        }
        // Either what each policy is attached to, or what is attached to each.
        let by_target =
            targets.iter().all(|target| self.whole_targets.contains(&(target.clone(), kind.to_owned())));
        if by_target {
            return;
        }
        if !self.listed.contains(kind) {
            missing.push((
                format!("which policies of the type {kind} there are"),
                format!("list-policies --filter {kind}"),
            ));
        }
        for id in of_kind.iter().filter(|id| !self.whole_policies.contains(**id)) {
            missing.push((
                format!("what {id} is attached to"),
                format!("list-targets-for-policy --policy-id {id}"),
            ));
        }
        // AWS leaves nothing without one; what is listed for some targets alone may lack others.
        let attached = |target: &String| {
            of_kind.iter().any(|id| self.targets.get(*id).is_some_and(|of| of.contains(target)))
        };
        for target in targets.iter().filter(|target| !of_kind.is_empty() && !attached(target)) {
            let command = format!("list-policies-for-target --target-id {target} --filter {kind}");
            missing.push((format!("which policy of the type {kind} binds {target}"), command));
        }
    }
}

/// What `value` says itself of what it is right below: `ParentId`, or the last but one of its `Path`.
fn parent_in(value: &Value) -> Option<String> {
    if let Some(parent) = value.get("ParentId").and_then(Value::as_str) {
        return Some(parent.to_owned());
    }
    let paths = value.get("Paths").and_then(Value::as_array).and_then(|paths| paths.first());
    let path = value.get("Path").or(paths)?.as_str()?;
    let mut parts = path.trim_matches('/').rsplit('/').filter(|part| !part.is_empty());
    let own = value.get("Id")?.as_str()?;
    parts.find(|part| *part != own).filter(|part| super::ids::is_parent(part)).map(str::to_owned)
}

fn type_of(target: &str) -> &'static str {
    match target.get(..2) {
        Some("r-") => "ROOT",
        Some("ou") => "ORGANIZATIONAL_UNIT",
        _ => "ACCOUNT",
    }
}
