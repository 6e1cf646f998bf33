//! SCPs and RCPs, what they are attached to, and OUs.

use serde_json::{Value, json};

use super::Application;
use crate::draft::{elements, push, put, retain, text_at};
use crate::hole;
use crate::terraform::known::text;
use crate::terraform::plan::Resource;

impl Application<'_> {
    /// organization.json; an error if the world has none, since what is attached where cannot be placed without its tree.
    fn organization(&mut self, resource: &Resource) -> Option<&mut Value> {
        if self.planned.draft.organization.is_none() {
            let message = "the world has no organization.json, into which the plan's policies would go";
            self.problem(resource, message, "give a world with --world: `ringfence collect` writes one");
        }
        self.planned.draft.organization.as_mut()
    }

    fn is_control(resource: &Resource) -> bool {
        let kind = text(&resource.after, "type").or_else(|| text(&resource.before, "type"));
        matches!(kind, None | Some("SERVICE_CONTROL_POLICY" | "RESOURCE_CONTROL_POLICY"))
    }

    pub(super) fn retract_control(&mut self, resource: &Resource) {
        let Some(id) = text(&resource.before, "id").map(str::to_owned) else { return };
        if let Some(organization) = &mut self.planned.draft.organization {
            retain(organization, "Policies", |policy| policy_id(policy) != id);
        }
    }

    pub(super) fn control(&mut self, resource: &Resource) {
        if !Self::is_control(resource) {
            return;
        }
        let Some(document) = self.document_of(resource, "content") else { return };
        let id = self.planned_id(resource);
        let name = self.name_of(resource);
        let kind = text(&resource.after, "type").unwrap_or("SERVICE_CONTROL_POLICY").to_owned();
        let Some(organization) = self.organization(resource) else { return };
        let content = if document.is_object() && hole::numbers(&document).is_empty() {
            Value::String(document.to_string())
        } else {
            document
        };
        if let Some(known) = elements(organization, "Policies").find(|policy| policy_id(policy) == id) {
            let is_same = known.get("Content").is_some_and(|known| same_document(known, &content));
            put(known, "Content", content);
            if !is_same {
                self.note_difference(resource, &format!("the policy {name} says what it says"));
            }
            return;
        }
        let of = organization.get("Organization").cloned().unwrap_or_default();
        let (own, management) = (text_at(&of, "Id").to_owned(), text_at(&of, "MasterAccountId").to_owned());
        let partition = text_at(&of, "Arn").split(':').nth(1).unwrap_or("aws").to_owned();
        let word = kind.to_ascii_lowercase();
        let arn = format!("arn:{partition}:organizations::{management}:policy/{own}/{word}/{id}");
        let summary = json!({ "Id": id, "Arn": arn, "Name": name, "Type": kind, "AwsManaged": false });
        push(
            organization,
            "Policies",
            json!({ "PolicySummary": summary, "Content": content, "Targets": [] }),
        );
    }

    pub(super) fn retract_control_attachment(&mut self, resource: &Resource) {
        let (Some(policy), Some(target)) = (
            text(&resource.before, "policy_id").map(str::to_owned),
            text(&resource.before, "target_id").map(str::to_owned),
        ) else {
            return;
        };
        if let Some(organization) = &mut self.planned.draft.organization {
            for known in elements(organization, "Policies").filter(|known| policy_id(known) == policy) {
                retain(known, "Targets", |known| text_at(known, "TargetId") != target);
            }
        }
    }

    pub(super) fn control_attachment(&mut self, resource: &Resource) {
        // Policies of other types, as for tags or backups, are not read.
        let source = self.plan.source(resource, "policy_id").map(|source| source.resource);
        if source.is_some_and(|policy| policy.kind == "aws_organizations_policy" && !Self::is_control(policy))
        {
            return;
        }
        let policy = self.text_of(resource, "policy_id").unwrap_or_default();
        let target = self.text_of(resource, "target_id").unwrap_or_default();
        if self.organization(resource).is_none() {
            return;
        }
        if hole::has_hole(&policy) || hole::has_hole(&target) {
            let what = if hole::has_hole(&target) {
                "what the policy is attached to"
            } else {
                "which policy is attached"
            };
            let help = "write its id, or mention the one resource alone that has it";
            self.problem(resource, &format!("it is not known {what}"), help);
            return;
        }
        let kind = match target.get(..2) {
            Some("r-") => "ROOT",
            Some("ou") => "ORGANIZATIONAL_UNIT",
            _ => "ACCOUNT",
        };
        let Some(organization) = &mut self.planned.draft.organization else { return };
        let Some(known) = elements(organization, "Policies").find(|known| policy_id(known) == policy) else {
            let is_other = self.plan.resources.iter().any(|known| {
                known.kind == "aws_organizations_policy"
                    && !Self::is_control(known)
                    && text(&known.after, "id").is_some_and(|id| id == policy)
            });
            if !is_other {
                let message = format!("the policy {policy} is neither in organization.json nor in the plan");
                let help = "give a world that has it with --world, of the time of the plan";
                self.problem(resource, &message, help);
            }
            return;
        };
        if !elements(known, "Targets").any(|known| text_at(known, "TargetId") == target) {
            push(known, "Targets", json!({ "TargetId": target, "Type": kind }));
            self.note_difference(resource, &format!("{policy} is attached to {target}"));
        }
    }

    /// An account of the organisation, which may move.
    pub(super) fn member(&mut self, resource: &Resource) {
        let id = text(&resource.after, "id").filter(|id| !hole::has_hole(id)).map(str::to_owned);
        let parent = self.text_of(resource, "parent_id").unwrap_or_default();
        let Some(organization) = self.organization(resource) else { return };
        let known =
            id.and_then(|id| elements(organization, "Accounts").find(|known| text_at(known, "Id") == id));
        let Some(known) = known else {
            let message = "it is an account that the world's organization.json does not list";
            self.problem(resource, message, "apply it by itself, and collect the world after that");
            return;
        };
        if hole::has_hole(&parent) {
            self.problem(resource, "it is not known where the account is", "write the id of its parent");
        } else if !parent.is_empty() && text_at(known, "ParentId") != parent {
            put(known, "ParentId", json!(parent));
            self.note_difference(resource, &format!("the account is in {parent}"));
        }
        self.tags_of_member(resource);
    }

    /// The tags of an account, as far as they are known.
    fn tags_of_member(&mut self, resource: &Resource) {
        let Some(id) = text(&resource.after, "id").map(str::to_owned) else { return };
        let mut all = ["tags_all", "tags"].into_iter().filter_map(|name| resource.after.get(name));
        let Some(tags) = all.find_map(Value::as_object) else { return };
        if tags.iter().any(|(key, value)| hole::has_hole(key) || value.as_str().is_none_or(hole::has_hole)) {
            self.planned.unknown_tags.insert((id, None), format!("{}.tags", resource.address));
            return;
        }
        let tags: Vec<Value> =
            tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
        let Some(organization) = &mut self.planned.draft.organization else { return };
        let Some(known) = elements(organization, "Accounts").find(|known| text_at(known, "Id") == id) else {
            return;
        };
        // Where the world shows none, nothing is known of any account's.
        if let Some(was) = known.get("Tags").and_then(Value::as_array).cloned() {
            let is_same = was.len() == tags.len() && was.iter().all(|tag| tags.contains(tag));
            if !is_same {
                put(known, "Tags", json!(tags));
                self.note_difference(resource, &format!("the account {id} has its tags"));
            }
        }
    }

    pub(super) fn unit(&mut self, resource: &Resource) {
        let id = self.planned_id(resource);
        let name = text(&resource.after, "name").unwrap_or_default().to_owned();
        let parent = self.text_of(resource, "parent_id").unwrap_or_default();
        if hole::has_hole(&parent) {
            self.problem(resource, "it is not known what the unit is in", "write the id of its parent");
            return;
        }
        let Some(organization) = self.organization(resource) else { return };
        if let Some(known) =
            elements(organization, "OrganizationalUnits").find(|known| text_at(known, "Id") == id)
        {
            put(known, "ParentId", json!(parent));
            return;
        }
        let of = organization.get("Organization").cloned().unwrap_or_default();
        let partition = text_at(&of, "Arn").split(':').nth(1).unwrap_or("aws").to_owned();
        let arn = format!(
            "arn:{partition}:organizations::{}:ou/{}/{id}",
            text_at(&of, "MasterAccountId"),
            text_at(&of, "Id")
        );
        let unit = json!({ "Id": id, "Arn": arn, "Name": name, "ParentId": parent });
        push(organization, "OrganizationalUnits", unit);
        // AWS attaches its own policy to every new unit.
        for known in elements(organization, "Policies") {
            let summary = known.get("PolicySummary").cloned().unwrap_or_default();
            if summary.get("AwsManaged") == Some(&json!(true))
                && text_at(&summary, "Id").ends_with("FullAWSAccess")
            {
                push(known, "Targets", json!({ "TargetId": id, "Type": "ORGANIZATIONAL_UNIT" }));
            }
        }
    }
}

/// Both are the same document, each as it is or as a text.
fn same_document(left: &Value, right: &Value) -> bool {
    let document = |value: &Value| {
        value
            .as_str()
            .and_then(|text| serde_json::from_str::<Value>(text).ok())
            .unwrap_or_else(|| value.clone())
    };
    document(left) == document(right)
}

fn policy_id(policy: &Value) -> String {
    policy.get("PolicySummary").map(|summary| text_at(summary, "Id").to_owned()).unwrap_or_default()
}
