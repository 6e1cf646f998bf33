//! Managed policies and inline policies.

use serde_json::{Value, json};

use super::Application;
use super::identities::{Kind, kind_of};
use crate::draft::{elements, managed_policy, push, put, retain, text_at};
use crate::hole;
use crate::terraform::document;
use crate::terraform::known::{list, text};
use crate::terraform::plan::Resource;

/// AWS keeps so many versions of a policy; Terraform deletes the oldest that is not the default to make room.
const VERSIONS: usize = 5;

impl Application<'_> {
    pub(super) fn retract_policy(&mut self, resource: &Resource) {
        let Some(arn) = text(&resource.before, "arn") else { return };
        let Some(account) = self.accounts.account(self.plan, resource) else { return };
        if let Some(account) = self.planned.draft.accounts.get_mut(&account) {
            retain(&mut account.details, "Policies", |policy| text_at(policy, "Arn") != arn);
        }
    }

    pub(super) fn policy(&mut self, resource: &Resource) {
        let Some(document) = self.document_of(resource, "policy") else { return };
        let (Some(account), Some(arn)) = (self.account_of(resource), self.arn_of(resource, "policy")) else {
            return;
        };
        let date = self.told.date.clone();
        let draft = self.planned.draft.accounts.entry(account).or_default();
        let known = elements(&mut draft.details, "Policies").find(|policy| text_at(policy, "Arn") == arn);
        let Some(known) = known else {
            push(&mut draft.details, "Policies", managed_policy(&arn, &document, &date));
            return;
        };
        let is_default = |version: &Value| version.get("IsDefaultVersion") == Some(&json!(true));
        let current = elements(known, "PolicyVersionList").find(|version| is_default(version));
        let current = current.and_then(|version| version.get("Document").cloned());
        if current.is_some_and(|current| is_same(&current, &document)) {
            return;
        }
        let number = |version: &Value| {
            text_at(version, "VersionId").trim_start_matches('v').parse::<u32>().unwrap_or(0)
        };
        let (mut newest, mut count) = (0, 0);
        for version in elements(known, "PolicyVersionList") {
            newest = newest.max(number(version));
            count += 1;
            put(version, "IsDefaultVersion", json!(false));
        }
        if count >= VERSIONS {
            let oldest = elements(known, "PolicyVersionList").map(|version| number(version)).min();
            retain(known, "PolicyVersionList", |version| Some(number(version)) != oldest);
        }
        let id = format!("v{}", newest + 1);
        put(known, "DefaultVersionId", json!(id));
        let version =
            json!({ "VersionId": id, "IsDefaultVersion": true, "CreateDate": date, "Document": document });
        push(known, "PolicyVersionList", version);
    }

    pub(super) fn retract_inline(&mut self, resource: &Resource) {
        let kind = kind_of(&resource.kind);
        let Some(account) = self.accounts.account(self.plan, resource) else { return };
        let (Some(holder), Some(name)) = (
            text(&resource.before, kind.word).map(str::to_owned),
            text(&resource.before, "name").map(str::to_owned),
        ) else {
            return;
        };
        if let Some(entity) = self.entity(&account, kind, &holder) {
            retain(entity, kind.inline, |policy| text_at(policy, "PolicyName") != name);
        }
    }

    pub(super) fn inline(&mut self, resource: &Resource) {
        let kind = kind_of(&resource.kind);
        let document = self.document_of(resource, "policy");
        let name = self.name_of(resource);
        let (Some((account, holder)), Some(document)) = (self.holder(resource, kind), document) else {
            return;
        };
        let Some(entity) = self.entity(&account, kind, &holder) else { return };
        retain(entity, kind.inline, |policy| text_at(policy, "PolicyName") != name);
        push(entity, kind.inline, json!({ "PolicyName": name, "PolicyDocument": document }));
    }

    /// Account and name of the entity that a resource is attached to; an error if it is not known which.
    pub(super) fn holder(&mut self, resource: &Resource, kind: Kind) -> Option<(String, String)> {
        let account = self.account_of(resource)?;
        let name = self.text_of(resource, kind.word).unwrap_or_default();
        if hole::has_hole(&name) || name.is_empty() {
            let message = format!("it is not known which {} it belongs to", kind.word);
            let help =
                format!("write the {}'s name, or mention the one resource alone that has it", kind.word);
            self.problem(resource, &message, &help);
            return None;
        }
        if self.entity(&account, kind, &name).is_none() {
            let message =
                format!("the {} `{name}` is neither in the account {account} nor in the plan", kind.word);
            self.problem(
                resource,
                &message,
                "give a world that has it with --world, of the time of the plan",
            );
            return None;
        }
        Some((account, name))
    }

    /// The inline policies that an entity has, and no others.
    pub(super) fn exclusive_inline(&mut self, resource: &Resource) {
        let kind = kind_of(&resource.kind);
        let attribute = format!("{}_name", kind.word);
        let names: Option<Vec<String>> = list(&resource.after, "policy_names")
            .into_iter()
            .map(|name| name.as_str().filter(|name| !hole::has_hole(name)).map(str::to_owned))
            .collect();
        let (Some(account), Some(holder)) = (self.account_of(resource), self.text_of(resource, &attribute))
        else {
            return;
        };
        // What is unknown may name any of them, so all stay.
        let Some(names) = names else { return };
        if let Some(entity) = self.entity(&account, kind, &holder) {
            retain(entity, kind.inline, |policy| {
                names.iter().any(|name| name == text_at(policy, "PolicyName"))
            });
        }
    }
}

/// The documents say the same: in an export one may be a text, plain or percent-encoded.
fn is_same(exported: &Value, document: &Value) -> bool {
    let written = exported.as_str().map(document::of_text);
    written.map_or(exported == document, |written| written.is_ok_and(|written| written == *document))
}
