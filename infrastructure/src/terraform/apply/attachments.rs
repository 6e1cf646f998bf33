//! Managed policies that are attached, members of groups, instance profiles.

use serde_json::{Value, json};

use super::Application;
use super::identities::{GROUP, Kind, ROLE, USER, is_named, kind_of};
use crate::draft::{elements, push, put, retain, text_at};
use crate::hole;
use crate::terraform::known::{list, text};
use crate::terraform::plan::Resource;

const ATTACHED: &str = "AttachedManagedPolicies";

impl Application<'_> {
    pub(super) fn retract_attachment(&mut self, resource: &Resource, before: &Value) {
        let Some(account) = self.accounts.account(self.plan, resource) else { return };
        let Some(arn) = text(before, "policy_arn").map(str::to_owned) else { return };
        for kind in [ROLE, USER, GROUP] {
            let single = text(before, kind.word).into_iter();
            let many = list(before, &format!("{}s", kind.word)).into_iter().filter_map(Value::as_str);
            let names: Vec<String> = single.chain(many).map(str::to_owned).collect();
            for name in names {
                if let Some(entity) = self.entity(&account, kind, &name) {
                    retain(entity, ATTACHED, |policy| text_at(policy, "PolicyArn") != arn);
                }
            }
        }
    }

    pub(super) fn attachment(&mut self, resource: &Resource) {
        let kind = kind_of(&resource.kind);
        let Some((account, name)) = self.holder(resource, kind) else { return };
        let Some(arn) = self.policy_of(resource, &account, "policy_arn") else { return };
        self.attach(&account, (kind, &name), &arn);
    }

    /// The ARN of the policy that is attached: if that is unknown, one of which nothing is known.
    fn policy_of(&mut self, resource: &Resource, account: &str, attribute: &str) -> Option<String> {
        let arn = self.text_of(resource, attribute)?;
        if !hole::has_hole(&arn) {
            return Some(arn);
        }
        let place =
            self.plan.resources.iter().position(|known| known.address == resource.address).unwrap_or(0);
        Some(format!("arn:{}:iam::{account}:policy/planned-{place}", self.accounts.partition))
    }

    /// Attaches a managed policy; one that is not there is unknown.
    pub(super) fn attach(&mut self, account: &str, (kind, name): (Kind, &str), arn: &str) {
        if hole::has_hole(arn) {
            return;
        }
        self.provide(account, arn);
        let Some(entity) = self.entity(account, kind, name) else { return };
        if elements(entity, ATTACHED).any(|policy| text_at(policy, "PolicyArn") == arn) {
            return;
        }
        let policy = arn.rsplit('/').next().unwrap_or_default();
        push(entity, ATTACHED, json!({ "PolicyName": policy, "PolicyArn": arn }));
    }

    /// `aws_iam_policy_attachment`: those that it names have the policy, and nobody else of the account.
    pub(super) fn attachment_of_many(&mut self, resource: &Resource) {
        let Some(account) = self.account_of(resource) else { return };
        let Some(arn) = self.policy_of(resource, &account, "policy_arn") else { return };
        for kind in [ROLE, USER, GROUP] {
            let attribute = format!("{}s", kind.word);
            let names: Vec<String> = list(&resource.after, &attribute)
                .into_iter()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect();
            if names.iter().any(|name| hole::has_hole(name)) {
                let message = format!("it is not known which {attribute} have the policy");
                self.problem(
                    resource,
                    &message,
                    "name them, or attach the policy to each by a resource of its own",
                );
                continue;
            }
            if let Some(draft) = self.planned.draft.accounts.get_mut(&account) {
                for entity in elements(&mut draft.details, kind.list) {
                    if !names.iter().any(|name| is_named(entity, kind, name)) {
                        retain(entity, ATTACHED, |policy| text_at(policy, "PolicyArn") != arn);
                    }
                }
            }
            for name in names {
                self.attach(&account, (kind, &name), &arn);
            }
        }
    }

    /// The managed policies that an entity has, and no others.
    pub(super) fn exclusive_attachments(&mut self, resource: &Resource) {
        let kind = kind_of(&resource.kind);
        let attribute = format!("{}_name", kind.word);
        let (Some(account), Some(holder)) = (self.account_of(resource), self.text_of(resource, &attribute))
        else {
            return;
        };
        let arns: Vec<String> = list(&resource.after, "policy_arns")
            .into_iter()
            .filter_map(|arn| arn.as_str().map(str::to_owned))
            .collect();
        // What is unknown may name any of those that are attached, so all stay.
        if arns.iter().any(|arn| hole::has_hole(arn)) {
            return;
        }
        if let Some(entity) = self.entity(&account, kind, &holder) {
            retain(entity, ATTACHED, |policy| arns.iter().any(|arn| arn == text_at(policy, "PolicyArn")));
        }
        for arn in arns {
            self.attach(&account, (kind, &holder), &arn);
        }
    }

    pub(super) fn retract_membership(&mut self, resource: &Resource) {
        let Some(account) = self.accounts.account(self.plan, resource) else { return };
        let before = &resource.before;
        let names = |single: &str, many: &str| -> Vec<String> {
            let single = text(before, single).into_iter();
            single
                .chain(list(before, many).into_iter().filter_map(Value::as_str))
                .map(str::to_owned)
                .collect()
        };
        let (users, groups) = (names("user", "users"), names("group", "groups"));
        for user in users {
            if let Some(user) = self.entity(&account, USER, &user) {
                retain(user, "GroupList", |group| {
                    !groups
                        .iter()
                        .any(|name| group.as_str().is_some_and(|group| group.eq_ignore_ascii_case(name)))
                });
            }
        }
    }

    pub(super) fn groups_of_user(&mut self, resource: &Resource) {
        let Some((account, user)) = self.holder(resource, USER) else { return };
        for group in list(&resource.after, "groups").into_iter().filter_map(Value::as_str) {
            if hole::has_hole(group) {
                self.problem(resource, "it is not known which groups the user is in", "name them");
                return;
            }
            self.join(&account, &user, group);
        }
    }

    /// `aws_iam_group_membership`: those that it names are in the group, and nobody else.
    pub(super) fn users_of_group(&mut self, resource: &Resource) {
        let Some((account, group)) = self.holder(resource, GROUP) else { return };
        let users: Vec<&str> = list(&resource.after, "users").into_iter().filter_map(Value::as_str).collect();
        if users.iter().any(|user| hole::has_hole(user)) {
            self.problem(resource, "it is not known which users are in the group", "name them");
            return;
        }
        if let Some(draft) = self.planned.draft.accounts.get_mut(&account) {
            for user in elements(&mut draft.details, USER.list) {
                retain(user, "GroupList", |known| known.as_str() != Some(&group));
            }
        }
        for user in users {
            self.join(&account, user, &group);
        }
    }

    fn join(&mut self, account: &str, user: &str, group: &str) {
        let Some(user) = self.entity(account, USER, user) else { return };
        if !elements(user, "GroupList").any(|known| known.as_str() == Some(group)) {
            push(user, "GroupList", json!(group));
        }
    }

    /// A role may be in a machine of the profile: exports list the profiles of a role.
    pub(super) fn instance_profile(&mut self, resource: &Resource) {
        let Some(account) = self.account_of(resource) else { return };
        let (name, arn) =
            (self.name_of(resource), self.arn_of(resource, "instance-profile").unwrap_or_default());
        let role = self.text_of(resource, "role").filter(|role| !hole::has_hole(role));
        let path = text(&resource.after, "path").unwrap_or("/").to_owned();
        let Some(role) = role.and_then(|role| self.entity(&account, ROLE, &role)) else { return };
        if elements(role, "InstanceProfileList").any(|known| text_at(known, "InstanceProfileName") == name) {
            return;
        }
        let id = crate::draft::unique_id("AIPA", &arn);
        let profile = json!({ "InstanceProfileName": name, "InstanceProfileId": id, "Arn": arn, "Path": path, "Roles": [] });
        if role.get("InstanceProfileList").is_none() {
            put(role, "InstanceProfileList", json!([]));
        }
        push(role, "InstanceProfileList", profile);
    }
}
