//! Managed policies that are attached, members of groups, instance profiles.

use serde_json::{Value, json};

use super::Application;
use super::identities::{GROUP, Kind, ROLE, USER, kind_of};
use crate::draft::{elements, push, put, retain, text_at};
use crate::hole;
use crate::terraform::known::{list, text};
use crate::terraform::plan::Resource;

const ATTACHED: &str = "AttachedManagedPolicies";

impl Application<'_> {
    pub(super) fn retract_attachment(&mut self, resource: &Resource, before: &Value) {
        let Some(account) = self.account_of(resource) else { return };
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
        let Some(arn) = self.text_of(resource, "policy_arn") else { return };
        self.place(&account, (kind, &name), &arn, resource);
        self.attach(&account, (kind, &name), &arn, resource);
    }

    /// Notes that the plan puts something somewhere: a policy by its name or ARN, or a user into a group.
    pub(super) fn place(
        &mut self,
        account: &str,
        (kind, holder): (Kind, &str),
        what: &str,
        resource: &Resource,
    ) {
        let key = (account.to_owned(), kind.word, holder.to_ascii_lowercase(), what.to_ascii_lowercase());
        self.placed.insert(key, resource.address.clone());
    }

    /// What puts it there, if the plan does.
    pub(super) fn placed_at(
        &self,
        account: &str,
        (kind, holder): (Kind, &str),
        what: &str,
    ) -> Option<String> {
        let key = (account.to_owned(), kind.word, holder.to_ascii_lowercase(), what.to_ascii_lowercase());
        self.placed.get(&key).cloned()
    }

    /// An error if the plan puts there what `resource` takes off: no order is known.
    pub(super) fn is_placed(
        &mut self,
        account: &str,
        (kind, holder): (Kind, &str),
        what: &str,
        resource: &Resource,
    ) {
        if let Some(address) = self.placed_at(account, (kind, holder), what) {
            let message =
                format!("it takes {what} off the {} `{holder}`, and {address} puts it there", kind.word);
            self.problem(resource, &message, "name it in both, or in neither");
        }
    }

    /// Attaches a managed policy. One that is not there is unknown, and where it is not known which it is, it is any: the policy stands for whatever
    /// is attached in its place, or taken off for it.
    pub(super) fn attach(
        &mut self,
        account: &str,
        (kind, name): (Kind, &str),
        arn: &str,
        resource: &Resource,
    ) {
        let place =
            self.plan.resources.iter().position(|known| known.address == resource.address).unwrap_or(0);
        let any = format!("arn:{}:iam::{account}:policy/planned-{place}", self.accounts.partition(account));
        let arn = if hole::has_hole(arn) { &any } else { arn };
        self.provide(account, arn);
        let Some(entity) = self.entity(account, kind, name) else { return };
        if elements(entity, ATTACHED).any(|policy| text_at(policy, "PolicyArn") == arn) {
            return;
        }
        let policy = arn.rsplit('/').next().unwrap_or_default();
        push(entity, ATTACHED, json!({ "PolicyName": policy, "PolicyArn": arn }));
        self.note_difference(resource, &format!("{arn} is attached to the {} {name}", kind.word));
    }

    /// `aws_iam_policy_attachment`: those that it names have the policy. When it is made it takes it off nobody, and when it is changed off
    /// those whom it had before, which are all that were read.
    pub(super) fn attachment_of_many(&mut self, resource: &Resource) {
        let Some(account) = self.account_of(resource) else { return };
        let Some(arn) = self.text_of(resource, "policy_arn") else { return };
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
            for name in names {
                if self.is_there(resource, &account, kind, &name) {
                    self.place(&account, (kind, &name), &arn, resource);
                    self.attach(&account, (kind, &name), &arn, resource);
                }
            }
        }
    }

    pub(super) fn retract_membership(&mut self, resource: &Resource) {
        let Some(account) = self.account_of(resource) else { return };
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
            if self.is_there(resource, &account, GROUP, group) {
                self.place(&account, (USER, &user), &format!("the group {group}"), resource);
                self.join(resource, &account, (&user, group));
            }
        }
    }

    /// `aws_iam_group_membership`: those that it names are in the group. When it is made it takes nobody out, and when it is changed those
    /// whom it had before, which are all that were read.
    pub(super) fn users_of_group(&mut self, resource: &Resource) {
        let Some((account, group)) = self.holder(resource, GROUP) else { return };
        let users: Vec<&str> = list(&resource.after, "users").into_iter().filter_map(Value::as_str).collect();
        if users.iter().any(|user| hole::has_hole(user)) {
            self.problem(resource, "it is not known which users are in the group", "name them");
            return;
        }
        for user in users {
            if self.is_there(resource, &account, USER, user) {
                self.join(resource, &account, (user, &group));
            }
        }
    }

    fn join(&mut self, resource: &Resource, account: &str, (user, group): (&str, &str)) {
        let Some(member) = self.entity(account, USER, user) else { return };
        let is_member =
            |known: &mut Value| known.as_str().is_some_and(|known| known.eq_ignore_ascii_case(group));
        if !elements(member, "GroupList").any(is_member) {
            push(member, "GroupList", json!(group));
            self.note_difference(resource, &format!("{user} is in the group {group}"));
        }
    }

    pub(super) fn retract_profile(&mut self, resource: &Resource) {
        let Some(account) = self.account_of(resource) else { return };
        let Some(name) = text(&resource.before, "name").map(str::to_owned) else { return };
        let Some(draft) = self.planned.draft.accounts.get_mut(&account) else { return };
        for role in elements(&mut draft.details, ROLE.list) {
            retain(role, "InstanceProfileList", |known| text_at(known, "InstanceProfileName") != name);
        }
    }

    /// A role may be in a machine of the profile: exports list the profiles of a role.
    pub(super) fn instance_profile(&mut self, resource: &Resource) {
        let Some(role) = self.text_of(resource, "role") else { return };
        let Some((account, role)) = self.named_holder(resource, ROLE, &role) else { return };
        let (name, arn) =
            (self.name_of(resource), self.arn_of(resource, "instance-profile").unwrap_or_default());
        let path = text(&resource.after, "path").unwrap_or("/").to_owned();
        let Some(role) = self.entity(&account, ROLE, &role) else { return };
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
