//! The lists of policies that roles have by attributes of their own: `managed_policy_arns`, and blocks `inline_policy`.
//!
//! Source: the page of aws_iam_role in the documentation of the provider. Both are computed where they are not configured: then they list what was read,
//! whoever put it there.

use serde_json::{Value, json};

use super::Application;
use super::identities::ROLE;
use crate::draft::{elements, push, retain, text_at};
use crate::hole;
use crate::terraform::known::{list, text};
use crate::terraform::plan::{Fate, Resource};

impl Application<'_> {
    /// The managed policies that a role has by its own list.
    pub(super) fn attached_list(&mut self, resource: &Resource, account: &str, name: &str) {
        let puts = self.puts(resource, "managed_policy_arns");
        if puts && let Some(role) = self.entity(account, ROLE, name) {
            // What was read before and is not said any more is taken off; what came after that stays.
            let before = list(&resource.before, "managed_policy_arns");
            retain(role, "AttachedManagedPolicies", |known| {
                !before.iter().any(|before| before.as_str() == Some(text_at(known, "PolicyArn")))
            });
        }
        if !puts {
            self.not_read(
                resource,
                (account, name),
                ("AttachedManagedPolicies", "PolicyArn"),
                "managed_policy_arns",
            );
        }
        for arn in self.texts_of(resource, "managed_policy_arns") {
            if puts {
                self.place(account, (ROLE, name), &arn, resource);
                self.attach(account, (ROLE, name), &arn, resource);
            } else if !self.is_managed((account, name), &arn) && !hole::has_hole(&arn) {
                let is_there = |known: &mut Value| text_at(known, "PolicyArn") == arn;
                let role = self.entity(account, ROLE, name);
                if !role.is_some_and(|role| elements(role, "AttachedManagedPolicies").any(is_there)) {
                    self.attach(account, (ROLE, name), &arn, resource);
                    self.note_older(resource, &format!("{arn} is attached to the role {name}"));
                }
            }
        }
    }

    /// The plan puts the list of a role in force, and nothing that is not in it. What it does not change it leaves as it is, whether the
    /// configuration says it or the list was only read.
    pub(super) fn puts(&self, resource: &Resource, attribute: &str) -> bool {
        let after = resource.after.get(attribute);
        let is_known = after.and_then(Value::as_array).is_some_and(|list| !list.is_empty());
        match resource.fate {
            Fate::Keep | Fate::Forget | Fate::Delete => false,
            Fate::Update => after != resource.before.get(attribute),
            // A plan does not show blocks that are made by `dynamic` among what is configured.
            Fate::Create | Fate::Replace => is_known || self.plan.is_configured(resource, attribute),
        }
    }

    /// Tells what the plan did not read of a role, and the world shows: it stays. What other resources put there is what becomes of these.
    fn not_read(
        &mut self,
        resource: &Resource,
        (account, name): (&str, &str),
        (what, member): (&str, &str),
        attribute: &str,
    ) {
        let Some(Value::Array(read)) = resource.before.get(attribute) else { return };
        let read: Vec<String> = read
            .iter()
            .filter_map(|one| one.as_str().or_else(|| text(one, "name")).map(str::to_owned))
            .collect();
        let Some(role) = self.entity(account, ROLE, name) else { return };
        let there: Vec<String> =
            elements(role, what).map(|known| text_at(known, member).to_owned()).collect();
        for gone in there.iter().filter(|known| !read.contains(known)) {
            if self.told.is_all || self.plan.is_state || self.is_managed((account, name), gone) {
                continue;
            }
            self.assume(format!(
                "the role {name} has {gone}, as the world shows, though the plan did not read it of {}",
                resource.address
            ));
        }
    }

    /// A resource that was there before put this policy, by its name or ARN, on the role: whatever becomes of it says what becomes of the
    /// policy.
    fn is_managed(&self, (account, role): (&str, &str), policy: &str) -> bool {
        self.plan.resources.iter().any(|other| {
            let attribute = match other.kind.as_str() {
                "aws_iam_role_policy" => "name",
                "aws_iam_role_policy_attachment" | "aws_iam_policy_attachment" => "policy_arn",
                _ => return false,
            };
            let of = &other.before;
            let mut on =
                text(of, "role").into_iter().chain(list(of, "roles").into_iter().filter_map(Value::as_str));
            text(of, attribute) == Some(policy)
                && on.any(|name| name.eq_ignore_ascii_case(role))
                && self.accounts.account(self.plan, other).as_deref() == Some(account)
        })
    }

    /// The inline policies that a role has by blocks of its own. Without blocks the attribute lists those that are there; a plan does not show blocks
    /// that are made by `dynamic`.
    pub(super) fn inline_blocks(&mut self, resource: &Resource, account: &str, name: &str) {
        let is_configured = self.plan.is_configured(resource, "inline_policy");
        let blocks: Vec<Value> = list(&resource.after, "inline_policy").into_iter().cloned().collect();
        let is_unknown = blocks.iter().any(Value::is_string);
        // What is computed and not configured is unknown when it is new, though there is none.
        let is_new = matches!(resource.fate, Fate::Create | Fate::Replace);
        if is_unknown && !is_configured && is_new {
            let text = "no new role has a `dynamic \"inline_policy\"` of which it is unknown how many there are: plans do not show them";
            self.assume(text.to_owned());
            return;
        }
        let mut inline = Vec::new();
        for block in &blocks {
            let whole = block.as_str();
            let policy = whole.or_else(|| text(block, "policy")).unwrap_or_default();
            if policy.is_empty() {
                continue;
            }
            let document = crate::terraform::document::of_text(policy).unwrap_or_else(|_| json!(policy));
            let policy_name = text(block, "name").filter(|name| !hole::has_hole(name)).unwrap_or("planned");
            inline.push(json!({ "PolicyName": policy_name, "PolicyDocument": document }));
        }
        if self.puts(resource, "inline_policy") {
            let before = list(&resource.before, "inline_policy");
            let mut taken: Vec<String> =
                before.into_iter().filter_map(|block| text(block, "name")).map(str::to_owned).collect();
            for policy in &inline {
                let policy_name = text_at(policy, "PolicyName").to_owned();
                self.place(account, (ROLE, name), &policy_name, resource);
                taken.push(policy_name);
            }
            if let Some(role) = self.entity(account, ROLE, name) {
                retain(role, ROLE.inline, |known| {
                    !taken.iter().any(|name| name == text_at(known, "PolicyName"))
                });
                for policy in inline {
                    push(role, ROLE.inline, policy);
                }
            }
            return;
        }
        self.not_read(resource, (account, name), (ROLE.inline, "PolicyName"), "inline_policy");
        for policy in inline {
            let policy_name = text_at(&policy, "PolicyName").to_owned();
            if self.is_managed((account, name), &policy_name) {
                continue;
            }
            let Some(role) = self.entity(account, ROLE, name) else { return };
            if !elements(role, ROLE.inline).any(|known| *known == policy) {
                retain(role, ROLE.inline, |known| text_at(known, "PolicyName") != policy_name);
                push(role, ROLE.inline, policy);
                self.note_older(resource, &format!("the role {name} has the inline policy {policy_name}"));
            }
        }
    }
}
