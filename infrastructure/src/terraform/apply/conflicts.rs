//! What a plan does to one thing at two addresses, of which no order is known.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Application;
use super::identities::{GROUP, ROLE, USER, kind_of};
use super::resource_policies::{is_read, is_unchanged, owner_of};
use crate::hole;
use crate::terraform::known::{list, text};
use crate::terraform::plan::{Fate, Resource};

impl Application<'_> {
    /// Errors for whatever one resource takes away and another puts there, and for what hangs on something that is replaced and is not made
    /// anew with it.
    pub(super) fn find_conflicts(&mut self) {
        let plan = self.plan;
        let managed = || plan.resources.iter().filter(|resource| !resource.is_data);
        let mut there: BTreeMap<String, &Resource> = BTreeMap::new();
        for resource in managed().filter(|resource| resource.after.is_object()) {
            for thing in self.things(resource, &resource.after) {
                let Some(other) = there.insert(thing.clone(), resource) else { continue };
                let is_kept = |one: &Resource| matches!(one.fate, Fate::Keep | Fate::Forget);
                // Two may attach the same.
                let is_whole = !thing.starts_with("the attachment") && !thing.starts_with("the membership");
                if is_whole && !(is_kept(other) && is_kept(resource)) && other.after != resource.after {
                    let message = format!("{thing} is at {} too: no order is known", other.address);
                    self.problem(resource, &message, "name it at one address");
                }
            }
        }
        for resource in managed() {
            let is_changed = matches!(resource.fate, Fate::Delete | Fate::Replace | Fate::Update);
            if !is_changed && !resource.is_deposed {
                continue;
            }
            let mut gone: BTreeSet<String> = self.things(resource, &resource.before).into_iter().collect();
            if !resource.is_made_first && !resource.is_deposed {
                for kept in self.things(resource, &resource.after) {
                    gone.remove(&kept);
                }
            }
            let conflict = gone.iter().find_map(|thing| Some((thing, *there.get(thing)?)));
            if let Some((thing, other)) = conflict {
                let message = if other.address == resource.address {
                    format!(
                        "{thing} is made before what it replaces is deleted, so that it may be gone afterwards"
                    )
                } else {
                    format!(
                        "{thing} is taken away here and put there by {}: no order is known",
                        other.address
                    )
                };
                self.problem(
                    resource,
                    &message,
                    "name it at one address: `moved` blocks say what went where",
                );
            }
        }
        self.find_orphans();
    }

    /// Errors for what stays as it is on an entity that is deleted, or deleted and made anew.
    fn find_orphans(&mut self) {
        let plan = self.plan;
        let mut gone: BTreeMap<(Option<String>, &str, String), &Resource> = BTreeMap::new();
        for resource in &plan.resources {
            let is_entity =
                matches!(resource.kind.as_str(), "aws_iam_role" | "aws_iam_user" | "aws_iam_group");
            if let (true, Fate::Replace | Fate::Delete, Some(name)) =
                (is_entity, resource.fate, text(&resource.before, "name"))
            {
                let account = self.accounts.account(plan, resource);
                gone.insert((account, kind_of(&resource.kind).word, name.to_ascii_lowercase()), resource);
            }
        }
        self.find_lost(&gone);
        self.find_renamed();
        let deleted = |resource: &&Resource| matches!(resource.fate, Fate::Replace | Fate::Delete);
        let owners: BTreeMap<String, &Resource> = plan
            .resources
            .iter()
            .filter(|resource| has_policy(&resource.kind))
            .filter(deleted)
            .flat_map(|resource| {
                let of = |name: &str| text(&resource.before, name).map(str::to_owned);
                let names = ["arn", "bucket", "url", "id", "key_id"].into_iter().filter_map(of);
                names.map(|name| (name, resource)).collect::<Vec<_>>()
            })
            .collect();
        let kept =
            || plan.resources.iter().filter(|resource| resource.fate == Fate::Keep && !resource.is_data);
        for resource in kept().filter(|resource| resource.kind.ends_with("_policy")) {
            let owner = owner_of(resource, &resource.after);
            if let Some(owner) = owner.and_then(|owner| owners.get(&owner)) {
                let message = format!(
                    "it stays as it is on {}, which is deleted: afterwards it is not there, or the apply fails",
                    owner.address
                );
                self.problem(resource, &message, "let it be replaced too: `replace_triggered_by` says so");
            }
        }
        for resource in kept() {
            let account = self.accounts.account(plan, resource);
            for (word, holder) in holders(resource) {
                let key = (account.clone(), word, holder.to_ascii_lowercase());
                if let Some(entity) = gone.get(&key) {
                    let message = format!(
                        "it stays as it is on the {word} `{holder}`, which {} deletes: afterwards it is not there, or the apply fails",
                        entity.address
                    );
                    self.problem(
                        resource,
                        &message,
                        "let it be replaced too: `replace_triggered_by` says so",
                    );
                }
            }
        }
    }

    /// Errors for what is put on an entity that is deleted and made anew, if nothing says that this comes after.
    fn find_lost(&mut self, gone: &BTreeMap<(Option<String>, &str, String), &Resource>) {
        let plan = self.plan;
        let put = |resource: &&Resource| {
            matches!(resource.fate, Fate::Create | Fate::Update | Fate::Replace) && !resource.is_data
        };
        for resource in plan.resources.iter().filter(put) {
            let account = self.accounts.account(plan, resource);
            for (word, holder) in holders(resource) {
                let key = (account.clone(), word, holder.to_ascii_lowercase());
                let entity = gone.get(&key).filter(|entity| !plan.depends_on(resource, entity));
                if let Some(entity) = entity {
                    let message = format!(
                        "it is put on the {word} `{holder}`, which {} deletes, and nothing says that it comes after that",
                        entity.address
                    );
                    let help = format!("mention {} in place of the name, or say depends_on", entity.address);
                    self.problem(resource, &message, &help);
                }
            }
        }
    }

    /// Errors for what is taken off somebody by a name that the same plan changes: by which name that is asked for is not known.
    fn find_renamed(&mut self) {
        let plan = self.plan;
        let is_entity =
            |resource: &&Resource| matches!(resource.kind.as_str(), "aws_iam_user" | "aws_iam_group");
        for entity in plan.resources.iter().filter(is_entity).filter(|entity| entity.fate == Fate::Update) {
            let (Some(old), word) = (text(&entity.before, "name"), kind_of(&entity.kind).word) else {
                continue;
            };
            if text(&entity.after, "name").is_some_and(|new| new.eq_ignore_ascii_case(old)) {
                continue;
            }
            let account = self.accounts.account(plan, entity);
            let taken =
                plan.resources.iter().filter(|other| matches!(other.fate, Fate::Delete | Fate::Replace));
            for other in taken {
                // What is put back under the new name is there whatever comes first.
                let stays = |name: &str| other.before.get(name) == other.after.get(name);
                let is_put_back = other.fate == Fate::Replace
                    && ["policy_arn", "name", "group", "groups"].into_iter().all(stays);
                if is_put_back || self.accounts.account(plan, other) != account {
                    continue;
                }
                let names = holders_in(&other.kind, &other.before);
                if names.iter().any(|(of, name)| *of == word && name.eq_ignore_ascii_case(old)) {
                    let message = format!(
                        "it is taken off the {word} `{old}`, which {} renames: what comes first is not known",
                        entity.address
                    );
                    self.problem(other, &message, "rename by itself, apply that, and plan again");
                }
            }
        }
    }

    /// What a resource is about, as texts that are equal for one thing.
    fn things(&self, resource: &Resource, attributes: &Value) -> Vec<String> {
        let account = self.accounts.account(self.plan, resource).unwrap_or_default();
        let of = |name: &str| {
            text(attributes, name).filter(|text| !hole::has_hole(text)).map(str::to_ascii_lowercase)
        };
        let each = |single: &str, many: &str| -> Vec<String> {
            let many = list(attributes, many).into_iter().filter_map(Value::as_str);
            many.chain(text(attributes, single))
                .filter(|text| !hole::has_hole(text))
                .map(str::to_ascii_lowercase)
                .collect()
        };
        let kind = kind_of(&resource.kind);
        let pairs = |firsts: &[String], seconds: &[String], what: &str| -> Vec<String> {
            let pair = |first: &String| {
                let first = first.clone();
                seconds.iter().map(move |second| (first.clone(), second.clone()))
            };
            firsts
                .iter()
                .flat_map(pair)
                .map(|(first, second)| format!("{what} {second} of {first} in {account}"))
                .collect()
        };
        match resource.kind.as_str() {
            "aws_iam_role" | "aws_iam_user" | "aws_iam_group" => {
                let name: Vec<String> = of("name").into_iter().collect();
                let mut found: Vec<String> =
                    name.iter().map(|name| format!("the {} {name} of {account}", kind.word)).collect();
                let holder: Vec<String> =
                    name.iter().map(|name| format!("the {} {name}", kind.word)).collect();
                if self.puts(resource, "managed_policy_arns") {
                    found.extend(pairs(&holder, &each("", "managed_policy_arns"), "the attachment"));
                }
                if self.puts(resource, "inline_policy") {
                    let blocks = list(attributes, "inline_policy").into_iter();
                    let names: Vec<String> =
                        blocks.filter_map(|block| text(block, "name")).map(str::to_ascii_lowercase).collect();
                    found.extend(pairs(&holder, &names, "the inline policy"));
                }
                found
            }
            "aws_iam_policy" => {
                of("name").map(|name| format!("the policy {name} of {account}")).into_iter().collect()
            }
            "aws_iam_instance_profile" => of("name")
                .map(|name| format!("the instance profile {name} of {account}"))
                .into_iter()
                .collect(),
            "aws_iam_role_policy" | "aws_iam_user_policy" | "aws_iam_group_policy" => {
                let holder = of(kind.word).map(|holder| format!("the {} {holder}", kind.word));
                pairs(
                    &holder.into_iter().collect::<Vec<_>>(),
                    &of("name").into_iter().collect::<Vec<_>>(),
                    "the inline policy",
                )
            }
            "aws_iam_role_policy_attachment"
            | "aws_iam_user_policy_attachment"
            | "aws_iam_group_policy_attachment"
            | "aws_iam_policy_attachment" => {
                let arn: Vec<String> = of("policy_arn").into_iter().collect();
                let kinds = [ROLE, USER, GROUP].into_iter();
                kinds
                    .flat_map(|kind| {
                        let holders = each(kind.word, &format!("{}s", kind.word));
                        let holders: Vec<String> =
                            holders.into_iter().map(|holder| format!("the {} {holder}", kind.word)).collect();
                        pairs(&holders, &arn, "the attachment")
                    })
                    .collect()
            }
            "aws_iam_user_group_membership" | "aws_iam_group_membership" => {
                let users: Vec<String> =
                    each("user", "users").into_iter().map(|user| format!("the user {user}")).collect();
                pairs(&users, &each("group", "groups"), "the membership")
            }
            "aws_organizations_policy_attachment" => {
                let target: Vec<String> = of("target_id").into_iter().collect();
                pairs(&target, &of("policy_id").into_iter().collect::<Vec<_>>(), "the attachment")
            }
            "aws_organizations_policy" => {
                of("name").map(|name| format!("the policy {name}")).into_iter().collect()
            }
            // A resource that may have its policy from another one has none of its own where it does not change.
            kind if !kind.ends_with("_policy") && is_unchanged(resource) => Vec::new(),
            _ => {
                owner_of(resource, attributes).map(|arn| format!("the policy of {arn}")).into_iter().collect()
            }
        }
    }
}

/// What resources of this type are may have a policy from another resource.
fn has_policy(kind: &str) -> bool {
    !kind.ends_with("_policy")
        && (is_read(kind) || ["aws_dynamodb_table", "aws_backup_vault"].contains(&kind))
}

/// The entities that a resource is attached to, by kind and name.
fn holders(resource: &Resource) -> Vec<(&'static str, &str)> {
    holders_in(&resource.kind, &resource.after)
}

/// The same of a resource of this type with these attributes.
fn holders_in<'v>(kind: &str, attributes: &'v Value) -> Vec<(&'static str, &'v str)> {
    let is_attached =
        kind.contains("_policy") || kind.contains("membership") || kind == "aws_iam_instance_profile";
    if !kind.starts_with("aws_iam_") || !is_attached {
        return Vec::new();
    }
    let mut found = Vec::new();
    for of in [ROLE, USER, GROUP] {
        let many = format!("{}s", of.word);
        let named = list(attributes, &many).into_iter().filter_map(Value::as_str);
        let single = [of.word.to_owned(), format!("{}_name", of.word)];
        let single = single.iter().filter_map(|name| text(attributes, name));
        found.extend(named.chain(single).map(|name| (of.word, name)));
    }
    found
}
