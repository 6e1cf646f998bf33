//! Values of attributes: as the plan has them, or by the one thing that their expression mentions.

use serde_json::{Value, json};

use super::{Application, MadeUp};
use crate::draft::AccountDraft;
use crate::hole;
use crate::terraform::document;
use crate::terraform::known::{list, text};
use crate::terraform::plan::{Fate, Resource};

impl Application<'_> {
    /// The account of the resource; an error if nothing tells it.
    pub(super) fn account_of(&mut self, resource: &Resource) -> Option<String> {
        let account = self.accounts.account(self.plan, resource);
        if account.is_none() {
            self.problem(
                resource,
                "nothing in the plan tells in which account it is",
                "set `allowed_account_ids` of its provider to the account; where one provider block alone is meant, --account says so too",
            );
        }
        if let Some(account) =
            account.as_ref().filter(|account| !self.planned.draft.accounts.contains_key(*account))
        {
            if self.told.is_all {
                // Nothing else is there, so no resource has a policy but those of the plan.
                let draft = AccountDraft {
                    resource_policies: Some(serde_json::Map::new()),
                    ..AccountDraft::default()
                };
                self.planned.draft.accounts.insert(account.clone(), draft);
            } else {
                let message = format!("it is in the account {account}, which the world does not show");
                self.problem(resource, &message, "give a world that has it: `ringfence collect` writes one");
                return None;
            }
        }
        account
    }

    /// The name of a user, role, group or policy: of one that AWS or the provider names at apply, one that nothing else has.
    pub(super) fn name_of(&mut self, resource: &Resource) -> String {
        let attributes = if resource.after.is_object() { &resource.after } else { &resource.before };
        if let Some(name) = text(attributes, "name").filter(|name| !hole::has_hole(name)) {
            return name.to_owned();
        }
        let named = text(attributes, "name");
        let prefix = text(attributes, "name_prefix").filter(|prefix| !hole::has_hole(prefix));
        let configured = self.plan.is_configured(resource, "name");
        // One that nothing names is called so by the provider.
        let prefix = prefix.unwrap_or(if configured { known_start(named) } else { "terraform-" });
        let place =
            self.plan.resources.iter().position(|known| known.address == resource.address).unwrap_or(0);
        let name = format!("{prefix}planned-{place}");
        if !self.planned.made_up.iter().any(|known| known.address == resource.address) {
            self.assume(format!(
                "the name of {} is unknown until it is made, and is taken for {name}",
                resource.address
            ));
            let (address, prefix) = (resource.address.clone(), prefix.to_owned());
            self.planned.made_up.push(MadeUp { address, name: name.clone(), prefix, arn: String::new() });
        }
        name
    }

    /// The ARN that an entity of IAM gets.
    pub(super) fn arn_of(&mut self, resource: &Resource, word: &str) -> Option<String> {
        let attributes = if resource.after.is_object() { &resource.after } else { &resource.before };
        let known = text(attributes, "arn").filter(|arn| !hole::has_hole(arn)).map(str::to_owned);
        // One that is renamed in place keeps its old ARN in the plan.
        if let Some(arn) = known.filter(|_| resource.fate != Fate::Update) {
            return Some(arn);
        }
        let path = text(attributes, "path").unwrap_or("/").to_owned();
        if hole::has_hole(&path) {
            self.problem(resource, "its path is unknown", "write it out in the configuration");
            return None;
        }
        let name = self.name_of(resource);
        let account = self.account_of(resource)?;
        let arn = format!("arn:{}:iam::{account}:{word}{path}{name}", self.accounts.partition(&account));
        if let Some(made_up) = self.planned.made_up.iter_mut().find(|known| known.address == resource.address)
        {
            made_up.arn.clone_from(&arn);
        }
        Some(arn)
    }

    /// The text of an attribute: as the plan has it, or of the resource that its expression mentions. It may be a hole.
    pub(super) fn text_of(&mut self, resource: &Resource, attribute: &str) -> Option<String> {
        let found = text(&resource.after, attribute)?.to_owned();
        if hole::whole(&found).is_none() {
            return Some(found);
        }
        let is_possible = |value: &String| !is_arn(attribute) || value.starts_with("arn:");
        Some(self.by_source(resource, attribute).filter(is_possible).unwrap_or(found))
    }

    /// The texts of a list. Where some of its elements are unknown, and as many resources are mentioned whose values follow, they are taken to be those.
    /// One that is unknown as a whole stays so: what is written out beside what it mentions stands nowhere in a plan.
    pub(super) fn texts_of(&mut self, resource: &Resource, attribute: &str) -> Vec<String> {
        let found: Vec<String> = list(&resource.after, attribute)
            .into_iter()
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect();
        if !found.iter().any(|text| hole::has_hole(text)) {
            return found;
        }
        let is_list = resource.after.get(attribute).is_some_and(Value::is_array);
        let unknown = found.iter().filter(|text| hole::has_hole(text)).count();
        let sources =
            self.plan.sources(resource, attribute).filter(|sources| is_list && sources.len() == unknown);
        let Some(sources) = sources else { return found };
        let values: Option<Vec<String>> = sources
            .iter()
            .map(|source| {
                let named = source.attribute.as_deref()?;
                let value = self.value_of(source.resource, named)?;
                (!hole::has_hole(&value) && (!is_arn(attribute) || value.starts_with("arn:")))
                    .then_some(value)
            })
            .collect();
        let Some(mut values) = values else { return found };
        let known: Vec<String> = found.into_iter().filter(|text| !hole::has_hole(text)).collect();
        let of: Vec<&str> = sources.iter().map(|source| source.resource.address.as_str()).collect();
        self.assume(format!(
            "what is unknown of {}.{attribute} is what {} have, the only resources that its expression mentions",
            resource.address,
            of.join(", ")
        ));
        values.extend(known);
        values.sort();
        values.dedup();
        values
    }

    /// The value that the attribute has if it is that of the one resource that its expression mentions.
    fn by_source(&mut self, resource: &Resource, attribute: &str) -> Option<String> {
        let source = self.plan.source(resource, attribute)?;
        let (of, named) = (source.resource, source.attribute.clone());
        let value = self.value_of(of, named.as_deref().unwrap_or(attribute))?;
        let how = if source.by_index { ", by the index of its block" } else { "" };
        self.assume(format!(
            "{}.{attribute} is what {} has, the only resource that its expression mentions{how}",
            resource.address, of.address
        ));
        Some(value)
    }

    /// The value of an attribute that AWS makes of others.
    fn value_of(&mut self, resource: &Resource, attribute: &str) -> Option<String> {
        if let Some(known) = text(&resource.after, attribute).filter(|known| !hole::has_hole(known)) {
            return Some(known.to_owned());
        }
        let word = match resource.kind.as_str() {
            "aws_iam_policy" => "policy",
            "aws_iam_role" => "role",
            "aws_iam_user" => "user",
            "aws_iam_group" => "group",
            "aws_s3_bucket" => {
                let bucket = text(&resource.after, "bucket").filter(|bucket| !hole::has_hole(bucket))?;
                return match attribute {
                    "arn" => self.bucket_arn(resource, bucket),
                    "id" | "bucket" => Some(bucket.to_owned()),
                    _ => None,
                };
            }
            "aws_organizations_policy" | "aws_organizations_organizational_unit" if attribute == "id" => {
                return Some(self.planned_id(resource));
            }
            _ => return None,
        };
        match attribute {
            "arn" | "policy_arn" | "permissions_boundary" => self.arn_of(resource, word),
            // What a policy is known by is its ARN.
            "id" if word == "policy" => self.arn_of(resource, word),
            "id" | "name" | "role" | "user" | "group" => Some(self.name_of(resource)),
            _ => None,
        }
    }

    /// An id of a policy or unit of an organisation that is made at apply.
    pub(super) fn planned_id(&self, resource: &Resource) -> String {
        if let Some(id) = text(&resource.after, "id").filter(|id| !hole::has_hole(id)) {
            return id.to_owned();
        }
        let tail: String = crate::draft::unique_id("", &resource.address).to_ascii_lowercase();
        let tail = tail.strip_prefix("plan").unwrap_or(&tail).get(..10).unwrap_or_default().to_owned();
        if resource.kind == "aws_organizations_policy" {
            return format!("p-{tail}");
        }
        let roots =
            self.planned.draft.organization.as_ref().and_then(|organization| organization.get("Roots"));
        let root = roots.and_then(|roots| roots.get(0)?.get("Id")?.as_str()).unwrap_or("r-0000");
        format!("ou-{}-{tail}", root.strip_prefix("r-").unwrap_or("0000"))
    }

    /// The policy document at `attribute`, with holes, and with those whom it names as AWS then does; none if there is none.
    pub(super) fn document_of(&mut self, resource: &Resource, attribute: &str) -> Option<Value> {
        let document = self.written_document_of(resource, attribute)?;
        let is_written = !matches!(resource.fate, Fate::Keep | Fate::Forget);
        Some(self.named(document, is_written, &format!("{}.{attribute}", resource.address)))
    }

    fn written_document_of(&mut self, resource: &Resource, attribute: &str) -> Option<Value> {
        let found = resource.after.get(attribute).filter(|found| !found.is_null());
        let Some(found) = found.and_then(Value::as_str).map(str::to_owned) else {
            if found.is_some() || is_required(&resource.kind) {
                let message = format!("`{attribute}` is no text that holds a policy document");
                self.problem(resource, &message, "a plan has it as a text, or tells that it is unknown");
            }
            return None;
        };
        let Some(_) = hole::whole(&found) else {
            return match document::of_text(&found) {
                Ok(document) => Some(document),
                Err(why) => {
                    self.problem(
                        resource,
                        &format!("`{attribute}` is no policy document: {why}"),
                        "a document is a JSON object",
                    );
                    None
                }
            };
        };
        let Some(source) = self.plan.source(resource, attribute) else { return Some(json!(found)) };
        let (of, named) = (source.resource, source.attribute.clone().unwrap_or_default());
        let is_document = of.is_data && of.kind == "aws_iam_policy_document";
        if !is_document || !matches!(named.as_str(), "json" | "minified_json") {
            return Some(json!(found));
        }
        let document = document::of_data_source(&of.after, &found);
        if document.is_object() {
            self.assume(format!(
                "{}.{attribute} is the document of {}, the only resource that its expression mentions",
                resource.address, of.address
            ));
        }
        Some(document)
    }
}

/// The values of the attribute are ARNs: what is mentioned and is none is a part of one.
fn is_arn(attribute: &str) -> bool {
    ["policy_arn", "policy_arns", "managed_policy_arns", "permissions_boundary"].contains(&attribute)
}

/// A resource of this type has a policy, or is none.
fn is_required(kind: &str) -> bool {
    kind == "aws_iam_policy"
        || kind == "aws_organizations_policy"
        || kind == "aws_iam_role"
        || kind.ends_with("_policy")
}

/// What a text begins with before anything is unknown.
fn known_start(text: Option<&str>) -> &str {
    match text.map(hole::parts).unwrap_or_default().first() {
        Some(hole::Part::Known(known)) => known,
        Some(hole::Part::Unknown(_)) | None => "",
    }
}
