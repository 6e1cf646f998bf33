//! Roles, users and groups.

use std::collections::BTreeSet;

use ringfence_model::world::OptionalInput;
use serde_json::{Value, json};

use super::Application;
use crate::draft::{elements, managed_policy, push, put, retain, text_at, unique_id};
use crate::hole;
use crate::terraform::known::text;
use crate::terraform::plan::{Fate, Resource};

/// What differs between them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// `Role`
    pub(super) title: &'static str,
    /// `role`
    pub(super) word: &'static str,
    /// `RoleDetailList`
    pub(super) list: &'static str,
    /// `RoleName`
    pub(super) name: &'static str,
    /// `RolePolicyList`
    pub(super) inline: &'static str,
    id: &'static str,
    prefix: &'static str,
}

pub(super) const ROLE: Kind = Kind {
    title: "Role",
    word: "role",
    list: "RoleDetailList",
    name: "RoleName",
    inline: "RolePolicyList",
    id: "RoleId",
    prefix: "AROA",
};
pub(super) const USER: Kind = Kind {
    title: "User",
    word: "user",
    list: "UserDetailList",
    name: "UserName",
    inline: "UserPolicyList",
    id: "UserId",
    prefix: "AIDA",
};
pub(super) const GROUP: Kind = Kind {
    title: "Group",
    word: "group",
    list: "GroupDetailList",
    name: "GroupName",
    inline: "GroupPolicyList",
    id: "GroupId",
    prefix: "AGPA",
};

/// The kind that a type of resource is about.
pub(super) fn kind_of(resource: &str) -> Kind {
    match resource {
        kind if kind.starts_with("aws_iam_user") => USER,
        kind if kind.starts_with("aws_iam_group") => GROUP,
        _ => ROLE,
    }
}

/// True if the names are of one entity: IAM tells none apart by letter case.
pub(super) fn is_named(entity: &Value, kind: Kind, name: &str) -> bool {
    text_at(entity, kind.name).eq_ignore_ascii_case(name)
}

impl Application<'_> {
    /// The entity of this name, if the account has it.
    pub(super) fn entity(&mut self, account: &str, kind: Kind, name: &str) -> Option<&mut Value> {
        let details = &mut self.planned.draft.accounts.get_mut(account)?.details;
        elements(details, kind.list).find(|entity| is_named(entity, kind, name))
    }

    pub(super) fn retract_entity(&mut self, resource: &Resource) {
        let kind = kind_of(&resource.kind);
        let (Some(account), Some(name)) = (self.account_of(resource), text(&resource.before, "name")) else {
            return;
        };
        // Without a world the plan tells who it was.
        let of_plan = |name: &str| text(&resource.before, name).map(str::to_owned);
        let of_world = self
            .entity(&account, kind, name)
            .map(|entity| (text_at(entity, "Arn").to_owned(), text_at(entity, kind.id).to_owned()));
        let who = of_world.or_else(|| Some((of_plan("arn")?, of_plan("unique_id").unwrap_or_default())));
        if let Some((arn, id)) = who {
            let id = if id.is_empty() { unique_id(kind.prefix, &arn) } else { id };
            self.note_deletion(&arn, &id, resource.fate == Fate::Replace);
        }
        if let Some(account) = self.planned.draft.accounts.get_mut(&account) {
            retain(&mut account.details, kind.list, |entity| !is_named(entity, kind, name));
            if kind.title == "Group" {
                for user in elements(&mut account.details, USER.list) {
                    retain(user, "GroupList", |group| {
                        group.as_str().is_none_or(|group| !group.eq_ignore_ascii_case(name))
                    });
                }
            }
        }
    }

    /// A user or group whose name or path is changed in place.
    pub(super) fn rename(&mut self, resource: &Resource) {
        let kind = kind_of(&resource.kind);
        let Some(old) = text(&resource.before, "name").map(str::to_owned) else { return };
        let Some(account) = self.account_of(resource) else { return };
        let (new, arn) = (self.name_of(resource), self.arn_of(resource, kind.word).unwrap_or_default());
        let path = text(&resource.after, "path").unwrap_or("/").to_owned();
        let mut was = text(&resource.before, "arn").unwrap_or(&arn).to_owned();
        if let Some(entity) = self.entity(&account, kind, &old) {
            text_at(entity, "Arn").clone_into(&mut was);
            put(entity, kind.name, json!(new));
            put(entity, "Arn", json!(arn));
            put(entity, "Path", json!(path));
            if kind.title == "User" && old != new {
                // It names users.
                self.outdate(resource, &[OptionalInput::Credentials]);
            }
        }
        if was != arn {
            self.note_rename(&was, &arn);
        }
        if kind.title == "Group"
            && let Some(account) = self.planned.draft.accounts.get_mut(&account)
        {
            for user in elements(&mut account.details, USER.list) {
                for group in elements(user, "GroupList") {
                    if group.as_str().is_some_and(|group| group.eq_ignore_ascii_case(&old)) {
                        *group = json!(new);
                    }
                }
            }
        }
    }

    pub(super) fn role(&mut self, resource: &Resource) {
        let trust = self.document_of(resource, "assume_role_policy");
        let Some((account, name)) = self.any(resource, ROLE) else { return };
        if let (Some(trust), Some(role)) = (trust, self.entity(&account, ROLE, &name)) {
            let was = role.get("AssumeRolePolicyDocument").cloned();
            put(role, "AssumeRolePolicyDocument", trust.clone());
            if was.is_some_and(|was| was != trust) {
                self.note_difference(resource, &format!("the role {name} trusts whom it trusts"));
            }
        }
        self.inline_blocks(resource, &account, &name);
        self.attached_list(resource, &account, &name);
    }

    pub(super) fn user(&mut self, resource: &Resource) {
        self.any(resource, USER);
    }

    pub(super) fn group(&mut self, resource: &Resource) {
        self.any(resource, GROUP);
    }

    /// What users, roles and groups have alike. Returns account and name.
    fn any(&mut self, resource: &Resource, kind: Kind) -> Option<(String, String)> {
        let account = self.account_of(resource)?;
        let name = self.name_of(resource);
        let arn = self.arn_of(resource, kind.word)?;
        let path = text(&resource.after, "path").unwrap_or("/").to_owned();
        let boundary =
            if kind.title == "Group" { None } else { self.text_of(resource, "permissions_boundary") };
        // What is computed and not configured is unknown when it is new, though there is none.
        let boundary = boundary.filter(|boundary| {
            hole::whole(boundary).is_none() || self.plan.is_configured(resource, "permissions_boundary")
        });
        let date = text(&resource.after, "create_date").filter(|date| !hole::has_hole(date));
        let date = date.unwrap_or(&self.told.date).to_owned();
        let is_new = self.entity(&account, kind, &name).is_none();
        if is_new {
            self.note_difference(resource, &format!("{arn} is there"));
            if kind.title != "Group" && matches!(resource.fate, Fate::Keep | Fate::Update | Fate::Forget) {
                self.assume(format!(
                    "{arn} was not used yet: neither the plan nor the world tells when it was"
                ));
            }
            let mut entity = json!({
                "Path": path, kind.name: name, kind.id: unique_id(kind.prefix, &arn), "Arn": arn, "CreateDate": date,
                kind.inline: [], "AttachedManagedPolicies": [],
            });
            match kind.title {
                "Role" => {
                    put(&mut entity, "InstanceProfileList", json!([]));
                    put(&mut entity, "RoleLastUsed", json!({}));
                }
                "User" => put(&mut entity, "GroupList", json!([])),
                _ => {}
            }
            let draft = self.planned.draft.accounts.get_mut(&account)?;
            push(&mut draft.details, kind.list, entity);
        }
        if kind.title == "Group" {
            return Some((account, name));
        }
        let tags = self.tags(resource, &arn);
        let unknown = boundary.as_deref().is_some_and(hole::has_hole);
        if unknown {
            let place = format!("{}.permissions_boundary", resource.address);
            self.planned.unknown_boundaries.insert(arn, place);
        } else if let Some(boundary) = &boundary {
            self.provide(&account, boundary);
        }
        let entity = self.entity(&account, kind, &name)?;
        let carried = |entity: &Value| {
            let boundary = entity.get("PermissionsBoundary");
            let boundary = boundary.map(|boundary| text_at(boundary, "PermissionsBoundaryArn").to_owned());
            let tags = entity.get("Tags").and_then(Value::as_array).into_iter().flatten();
            let tags: BTreeSet<(String, String)> =
                tags.map(|tag| (text_at(tag, "Key").to_owned(), text_at(tag, "Value").to_owned())).collect();
            (boundary, tags)
        };
        let was = carried(entity);
        put(entity, "Tags", tags);
        match (boundary, entity.as_object_mut()) {
            (Some(boundary), Some(entity)) => {
                let boundary =
                    json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary });
                entity.insert("PermissionsBoundary".to_owned(), boundary);
            }
            (None, Some(entity)) => drop(entity.remove("PermissionsBoundary")),
            (_, None) => {}
        }
        let now = carried(entity);
        if !is_new && was != now {
            self.note_difference(resource, &format!("the {} {name} has its boundary and tags", kind.word));
        }
        Some((account, name))
    }

    /// The tags of an entity; those that are unknown are left out and told.
    fn tags(&mut self, resource: &Resource, arn: &str) -> Value {
        let place = format!("{}.tags", resource.address);
        let (mut tags, mut any) = (Vec::new(), false);
        // All tags are those of the resource with those of its provider, or of the environment of who plans.
        let all = resource.after.get("tags_all").filter(|all| !all.is_null());
        let is_known = all.is_some_and(Value::is_object);
        if !is_known && !self.plan.is_state && !self.plan.gives_tags(resource) {
            self.assume("no variable TF_AWS_DEFAULT_TAGS_… of the environment gives tags".to_owned());
        }
        // Where the provider's block gives none, what is computed is known though it is shown as unknown.
        let names: &[&str] =
            if is_known || self.plan.gives_tags(resource) { &["tags", "tags_all"] } else { &["tags"] };
        // Tags that the provider is told to ignore are on the entity, and in no plan.
        any |= !self.plan.is_state && self.plan.ignores_tags(resource);
        for name in names {
            match resource.after.get(*name) {
                Some(Value::Object(members)) => {
                    for (key, value) in members {
                        any |= hole::has_hole(key);
                        match value.as_str() {
                            Some(value) if !hole::has_hole(value) && !hole::has_hole(key) => {
                                let tag = json!({ "Key": key, "Value": value });
                                if !tags.contains(&tag) {
                                    tags.push(tag);
                                }
                            }
                            Some(_) | None => {
                                let key = (arn.to_owned(), Some(key.clone()));
                                self.planned.unknown_tags.insert(key, place.clone());
                            }
                        }
                    }
                }
                Some(Value::String(_)) => any = true,
                Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) | None => {}
            }
        }
        if any {
            self.planned.unknown_tags.insert((arn.to_owned(), None), place);
        }
        Value::Array(tags)
    }

    /// Makes sure that the policy of this ARN is there: one that is unknown as a whole, unless the account has it or it is AWS's.
    pub(super) fn provide(&mut self, account: &str, arn: &str) {
        let of_aws = arn.split(':').nth(4) == Some("aws");
        let date = self.told.date.clone();
        let Some(draft) = self.planned.draft.accounts.get_mut(account) else { return };
        let is_there = elements(&mut draft.details, "Policies").any(|policy| text_at(policy, "Arn") == arn);
        if is_there || of_aws || !arn.starts_with("arn:") {
            return;
        }
        // It is managed elsewhere, and no export shows it.
        let unknown = self.planned.holes.text(arn);
        push(&mut draft.details, "Policies", managed_policy(arn, &json!(unknown), &date));
        self.assume(format!("what {arn} says is unknown: neither the world nor the plan has it"));
    }
}
