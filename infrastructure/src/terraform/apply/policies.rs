//! Managed policies and inline policies.

use serde_json::{Value, json};

use super::Application;
use super::identities::{Kind, kind_of};
use crate::draft::{elements, managed_policy, push, put, retain, text_at};
use crate::hole;
use crate::terraform::known::text;
use crate::terraform::plan::{Fate, Resource};

/// AWS keeps so many versions of a policy; Terraform deletes the oldest that is not the default to make room.
const VERSIONS: usize = 5;

impl Application<'_> {
    pub(super) fn retract_policy(&mut self, resource: &Resource) {
        let Some(arn) = text(&resource.before, "arn") else { return };
        let Some(account) = self.account_of(resource) else { return };
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
        let Some(draft) = self.planned.draft.accounts.get_mut(&account) else { return };
        let known = elements(&mut draft.details, "Policies").find(|policy| text_at(policy, "Arn") == arn);
        let Some(known) = known else {
            self.note_difference(resource, &format!("{arn} is there"));
            let mut policy = managed_policy(&arn, &document, &date);
            if !matches!(resource.fate, Fate::Create | Fate::Replace) {
                // Every update leaves a version, which somebody may put in force again.
                let earlier = self.planned.holes.text(&format!("an earlier version of {}", resource.address));
                push(
                    &mut policy,
                    "PolicyVersionList",
                    json!({ "VersionId": "v0", "IsDefaultVersion": false, "CreateDate": date, "Document": earlier }),
                );
                self.assume(format!("what earlier versions of {arn} say, if there are any, is unknown"));
            }
            let Some(draft) = self.planned.draft.accounts.get_mut(&account) else { return };
            push(&mut draft.details, "Policies", policy);
            return;
        };
        let is_default = |version: &Value| version.get("IsDefaultVersion") == Some(&json!(true));
        let current = elements(known, "PolicyVersionList").find(|version| is_default(version));
        let current = current.and_then(|version| version.get("Document").cloned());
        if current.is_some_and(|current| current == document) {
            return;
        }
        self.note_difference(resource, &format!("{arn} says what it says"));
        let Some(draft) = self.planned.draft.accounts.get_mut(&account) else { return };
        let known = elements(&mut draft.details, "Policies").find(|policy| text_at(policy, "Arn") == arn);
        let Some(known) = known else { return };
        let number = |version: &Value| {
            text_at(version, "VersionId").trim_start_matches('v').parse::<u32>().unwrap_or(0)
        };
        let (mut newest, mut count) = (0, 0);
        for version in elements(known, "PolicyVersionList") {
            newest = newest.max(number(version));
            count += 1;
        }
        if count >= VERSIONS {
            // The provider makes room by the oldest version that is not the default one.
            let others = elements(known, "PolicyVersionList").filter(|version| !is_default(version));
            let oldest =
                others.map(|version| (text_at(version, "CreateDate").to_owned(), number(version))).min();
            retain(known, "PolicyVersionList", |version| {
                is_default(version) || oldest.as_ref().is_none_or(|(_, oldest)| number(version) != *oldest)
            });
        }
        for version in elements(known, "PolicyVersionList") {
            put(version, "IsDefaultVersion", json!(false));
        }
        let id = format!("v{}", newest + 1);
        put(known, "DefaultVersionId", json!(id));
        let version =
            json!({ "VersionId": id, "IsDefaultVersion": true, "CreateDate": date, "Document": document });
        push(known, "PolicyVersionList", version);
    }

    pub(super) fn retract_inline(&mut self, resource: &Resource) {
        let kind = kind_of(&resource.kind);
        let Some(account) = self.account_of(resource) else { return };
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
        let other = self.placed_at(&account, (kind, &holder), &name);
        self.place(&account, (kind, &holder), &name, resource);
        let Some(entity) = self.entity(&account, kind, &holder) else { return };
        let mut known = elements(entity, kind.inline).filter(|policy| text_at(policy, "PolicyName") == name);
        if known.any(|policy| policy.get("PolicyDocument") == Some(&document)) {
            return;
        }
        if let Some(other) = other {
            let message = format!("{other} puts another policy of this name there: no order is known");
            self.problem(resource, &message, "name it at one address");
            return;
        }
        retain(entity, kind.inline, |policy| text_at(policy, "PolicyName") != name);
        push(entity, kind.inline, json!({ "PolicyName": name, "PolicyDocument": document }));
        self.note_difference(resource, &format!("the {} {holder} has the inline policy {name}", kind.word));
    }

    /// Account and name of the entity that a resource is attached to; an error if it is not known which.
    pub(super) fn holder(&mut self, resource: &Resource, kind: Kind) -> Option<(String, String)> {
        let name = self.text_of(resource, kind.word).unwrap_or_default();
        self.named_holder(resource, kind, &name)
    }

    /// The same of the entity called `name`.
    pub(super) fn named_holder(
        &mut self,
        resource: &Resource,
        kind: Kind,
        name: &str,
    ) -> Option<(String, String)> {
        let account = self.account_of(resource)?;
        if hole::has_hole(name) || name.is_empty() {
            let message = format!("it is not known which {} it belongs to", kind.word);
            let help =
                format!("write the {}'s name, or mention the one resource alone that has it", kind.word);
            self.problem(resource, &message, &help);
            return None;
        }
        self.is_there(resource, &account, kind, name).then(|| (account, name.to_owned()))
    }

    /// The entity is there; an error if not.
    pub(super) fn is_there(&mut self, resource: &Resource, account: &str, kind: Kind, name: &str) -> bool {
        let found = self.entity(account, kind, name).is_some();
        if !found {
            let message =
                format!("the {} `{name}` is neither in the account {account} nor in the plan", kind.word);
            self.problem(
                resource,
                &message,
                "give a world that has it with --world, of the time of the plan",
            );
        }
        found
    }
}
