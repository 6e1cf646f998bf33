//! A world under change: its files as JSON, in which policies may have holes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringfence_model::files::{FileKind, Files};
use ringfence_model::json::Json;
use ringfence_model::location::{InputError, Location};
use ringfence_model::managed::ManagedPolicies;
use ringfence_model::world::OptionalInput;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::bounds::{Bound, Bounds, Carrier, Unbounded};
use crate::hole;

/// The files of an account that a change may touch.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountDraft {
    /// authorization-details.json.
    pub details: Value,
    /// resource-policies.json; none if it is not there, so that nothing is known of policies of resources.
    pub resource_policies: Option<Map<String, Value>>,
    /// Other files of the account that say no more what is there afterwards.
    pub outdated: BTreeSet<OptionalInput>,
    /// The ARNs that resources.json lists.
    pub listed: BTreeSet<String>,
}

/// The files of a world that a change may touch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// By account.
    pub accounts: BTreeMap<String, AccountDraft>,
    /// organization.json.
    pub organization: Option<Value>,
}

/// What policies name, in lower case, whatever letter case counts there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyTexts {
    /// The values of resources, principals and conditions, and the keys of conditions.
    pub all: BTreeSet<String>,
    /// Those that are compared with the name of a user, or put it in.
    pub user_names: BTreeSet<String>,
}

impl PolicyTexts {
    fn note(&mut self, document: &Value) {
        let statements = match document.get("Statement") {
            Some(Value::Array(statements)) => statements.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => return,
        };
        for statement in statements {
            for name in ["Resource", "NotResource", "Principal", "NotPrincipal", "Condition"] {
                if let Some(element) = statement.get(name) {
                    self.note_values(element, false);
                }
            }
        }
    }

    fn note_values(&mut self, value: &Value, of_user_name: bool) {
        match value {
            Value::String(text) => {
                let text = text.to_lowercase();
                if of_user_name || text.contains("${aws:username") || text.contains("${aws:userid") {
                    self.user_names.insert(text.clone());
                }
                self.all.insert(text);
            }
            Value::Array(values) => values.iter().for_each(|value| self.note_values(value, of_user_name)),
            Value::Object(members) => {
                for (key, value) in members {
                    let key = key.to_lowercase();
                    let of_user_name = key == "aws:username" || key == "aws:userid";
                    self.all.insert(key);
                    self.note_values(value, of_user_name);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

impl Default for AccountDraft {
    fn default() -> Self {
        Self {
            details: json!({ "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": [] }),
            resource_policies: None,
            outdated: BTreeSet::new(),
            listed: BTreeSet::new(),
        }
    }
}

/// The elements of the list at `name`; none if there is no list.
pub(crate) fn elements<'v>(value: &'v mut Value, name: &str) -> std::slice::IterMut<'v, Value> {
    value.get_mut(name).and_then(Value::as_array_mut).map(|list| list.iter_mut()).unwrap_or_default()
}

/// Adds an element to the list at `name`, which is made if it is not there.
pub(crate) fn push(value: &mut Value, name: &str, element: Value) {
    let Some(members) = value.as_object_mut() else { return };
    match members.get_mut(name).and_then(Value::as_array_mut) {
        Some(list) => list.push(element),
        None => drop(members.insert(name.to_owned(), Value::Array(vec![element]))),
    }
}

/// Keeps those elements of the list at `name` of which `keep` is true. Returns whether one was taken out.
pub(crate) fn retain(value: &mut Value, name: &str, keep: impl FnMut(&Value) -> bool) -> bool {
    let Some(list) = value.get_mut(name).and_then(Value::as_array_mut) else { return false };
    let before = list.len();
    list.retain(keep);
    list.len() < before
}

/// Puts a member in.
pub(crate) fn put(value: &mut Value, name: &str, member: Value) {
    if let Some(members) = value.as_object_mut() {
        members.insert(name.to_owned(), member);
    }
}

/// The text at `name`.
pub(crate) fn text_at<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl Draft {
    /// The world in the directory `directory`.
    ///
    /// # Errors
    /// Every file that cannot be read or is no JSON. What else may be wrong with them a world's reader says.
    pub fn read(files: &dyn Files, directory: &Path) -> Result<Self, Vec<InputError>> {
        let mut draft = Self::default();
        let mut errors = Vec::new();
        let mut load = |path: &Path| match parsed(files, path) {
            Ok(json) => Some(json),
            Err(found) => {
                errors.extend(found);
                None
            }
        };
        let organization = directory.join("organization.json");
        if files.kind(&organization) != FileKind::Absent {
            draft.organization = load(&organization);
        }
        for entry in files.entries(&directory.join("accounts")).unwrap_or_default() {
            let Some(id) = entry.file_name().and_then(|name| name.to_str()) else { continue };
            if id.len() != 12 || files.kind(&entry) != FileKind::Folder {
                continue;
            }
            let mut details = load(&entry.join("authorization-details.json")).unwrap_or(Value::Null);
            each_document(&mut details, |policy, _, _| decode(policy));
            let policies = entry.join("resource-policies.json");
            let mut resource_policies = (files.kind(&policies) != FileKind::Absent)
                .then(|| load(&policies).and_then(|json| json.as_object().cloned()))
                .flatten();
            resource_policies.iter_mut().flat_map(|policies| policies.values_mut()).for_each(decode);
            let resources = entry.join("resources.json");
            let resources = (files.kind(&resources) != FileKind::Absent).then(|| load(&resources)).flatten();
            let listed = resources.as_ref().and_then(Value::as_array).into_iter().flatten();
            let listed = listed.map(|resource| text_at(resource, "arn").to_owned()).collect();
            draft.accounts.insert(
                id.to_owned(),
                AccountDraft { details, resource_policies, outdated: BTreeSet::new(), listed },
            );
        }
        if errors.is_empty() { Ok(draft) } else { Err(errors) }
    }

    /// The files below the world's directory, with bounds in the place of policies with holes. A boundary that is unknown is none in the
    /// widest world, and one that allows nothing in the narrowest.
    ///
    /// # Errors
    /// For each policy that has no bound, whose it is.
    pub fn files(&self, bounds: &Bounds<'_>) -> Result<BTreeMap<PathBuf, String>, Vec<(String, Unbounded)>> {
        let mut files = BTreeMap::new();
        let mut problems = Vec::new();
        for (id, account) in &self.accounts {
            let folder = Path::new("accounts").join(id);
            let mut details = account.details.clone();
            bound_details(&mut details, id, bounds, &mut problems);
            files.insert(folder.join("authorization-details.json"), text(&details));
            if let Some(policies) = &account.resource_policies {
                let mut policies = policies.clone();
                for (arn, policy) in &mut policies {
                    bound(policy, Carrier::Resource, arn, bounds, &mut problems);
                }
                files.insert(folder.join("resource-policies.json"), text(&Value::Object(policies)));
            }
        }
        if let Some(organization) = &self.organization {
            let mut organization = organization.clone();
            for policy in elements(&mut organization, "Policies") {
                let summary = policy.get("PolicySummary").cloned().unwrap_or_default();
                let name = text_at(&summary, "Name").to_owned();
                let controls_resources = text_at(&summary, "Type") == "RESOURCE_CONTROL_POLICY";
                let carrier = if controls_resources { Carrier::ResourceControl } else { Carrier::Identity };
                let Some(content) = policy.get_mut("Content") else { continue };
                bound(content, carrier, &name, bounds, &mut problems);
                if content.is_object() {
                    *content = Value::String(content.to_string());
                }
            }
            files.insert(PathBuf::from("organization.json"), text(&organization));
        }
        for (path, text) in &files {
            // Whatever is no policy has no bound.
            let left = hole::parts(text).into_iter().filter_map(|part| match part {
                hole::Part::Unknown(number) => bounds.holes.get(number).map(|hole| hole.address.clone()),
                hole::Part::Known(_) => None,
            });
            problems
                .extend(left.map(|address| (format!("{}: {address}", path.display()), Unbounded::NoPolicy)));
        }
        if problems.is_empty() { Ok(files) } else { Err(problems) }
    }

    /// What policies of the world name, and those of AWS that its principals carry, in lower case.
    pub fn policy_texts(&self) -> PolicyTexts {
        let mut texts = PolicyTexts::default();
        for account in self.accounts.values() {
            let mut details = account.details.clone();
            each_document(&mut details, |document, _, _| texts.note(document));
            for document in account.resource_policies.iter().flat_map(Map::values) {
                texts.note(document);
            }
            for document in documents_of_aws(&details) {
                texts.note(&document);
            }
        }
        let mut organization = self.organization.clone().unwrap_or_default();
        for policy in elements(&mut organization, "Policies") {
            if let Some(content) = policy.get_mut("Content") {
                decode(content);
                texts.note(content);
            }
        }
        texts
    }

    /// True if something in it is unknown.
    pub fn has_holes(&self) -> bool {
        let of_account = |account: &AccountDraft| {
            !hole::numbers(&account.details).is_empty()
                || account
                    .resource_policies
                    .iter()
                    .flat_map(Map::values)
                    .any(|policy| !hole::numbers(policy).is_empty())
        };
        self.accounts.values().any(of_account)
            || self.organization.as_ref().is_some_and(|organization| !hole::numbers(organization).is_empty())
    }
}

/// The documents of AWS's own policies that principals of the account carry, of those that the embedded table has.
fn documents_of_aws(details: &Value) -> Vec<Value> {
    let Ok(table) = ManagedPolicies::embedded() else { return Vec::new() };
    let lists = ["UserDetailList", "GroupDetailList", "RoleDetailList"];
    let entities = lists.iter().filter_map(|list| details.get(list)?.as_array()).flatten();
    let carried = entities.flat_map(|entity| {
        let attached = entity.get("AttachedManagedPolicies").and_then(Value::as_array);
        let attached = attached.into_iter().flatten().map(|policy| text_at(policy, "PolicyArn"));
        let boundary =
            entity.get("PermissionsBoundary").map(|boundary| text_at(boundary, "PermissionsBoundaryArn"));
        attached.chain(boundary)
    });
    let arns: BTreeSet<&str> = carried.collect();
    let document = |arn: &&str| serde_json::from_str(&table.document(arn)?.text).ok();
    arns.iter().filter_map(document).collect()
}

fn text(json: &Value) -> String {
    format!("{json:#}\n")
}

fn parsed(files: &dyn Files, path: &Path) -> Result<Value, Vec<InputError>> {
    let file: Arc<str> = Arc::from(path.to_string_lossy());
    let bytes = files.read(path).map_err(|error| {
        vec![InputError {
            location: Location::new(&file, 1, 1),
            statement: None,
            message: format!("it could not be read: {error}"),
            help: None,
        }]
    })?;
    let json = crate::plain::plain(&Json::parse_bytes(&bytes, &file)?);
    if hole::is_reserved_in(&json) {
        return Err(vec![InputError {
            location: Location::new(&file, 1, 1),
            statement: None,
            message: "a text in it holds a character that stands for unknown values here".to_owned(),
            help: Some("take U+F5A0A and U+F5A0B out of it".to_owned()),
        }]);
    }
    Ok(json)
}

type Problems = Vec<(String, Unbounded)>;

fn bound(policy: &mut Value, carrier: Carrier, whose: &str, bounds: &Bounds<'_>, problems: &mut Problems) {
    match bounds.document(policy, carrier) {
        Ok(bounded) => *policy = bounded,
        Err(problem) => problems.push((whose.to_owned(), problem)),
    }
}

/// Does `act` to each policy document in the details of an account, with what it is a policy of and the ARN of its owner.
pub(crate) fn each_document(details: &mut Value, mut act: impl FnMut(&mut Value, Carrier, &str)) {
    for (kind, of) in [("UserDetailList", "User"), ("GroupDetailList", "Group"), ("RoleDetailList", "Role")] {
        for entity in elements(details, kind) {
            let arn = text_at(entity, "Arn").to_owned();
            for policy in elements(entity, &format!("{of}PolicyList")) {
                if let Some(document) = policy.get_mut("PolicyDocument") {
                    act(document, Carrier::Identity, &arn);
                }
            }
            if let Some(document) = entity.get_mut("AssumeRolePolicyDocument") {
                act(document, Carrier::Trust, &arn);
            }
        }
    }
    for policy in elements(details, "Policies") {
        let arn = text_at(policy, "Arn").to_owned();
        for version in elements(policy, "PolicyVersionList") {
            if let Some(document) = version.get_mut("Document") {
                act(document, Carrier::Identity, &arn);
            }
        }
    }
}

/// Puts the document itself in the place of a text that holds it, plain or percent-encoded. What is none stays: the world's reader says so.
fn decode(policy: &mut Value) {
    let source = policy.to_string();
    let file = Arc::from("policy");
    let Some(json) = Json::parse(&source, &file).ok().filter(|json| json.as_str().is_some()) else { return };
    if let Ok(document) = ringfence_model::json::parse_embedded(&json, &source, &file) {
        *policy = crate::plain::plain(&document);
    }
}

fn bound_details(details: &mut Value, account: &str, bounds: &Bounds<'_>, problems: &mut Problems) {
    each_document(details, |policy, carrier, arn| bound(policy, carrier, arn, bounds, problems));
    let mut denies_all = false;
    for kind in ["UserDetailList", "RoleDetailList"] {
        for entity in elements(details, kind) {
            let unknown =
                entity.get("PermissionsBoundary").is_some_and(|boundary| !hole::numbers(boundary).is_empty());
            if let (true, Some(members)) = (unknown, entity.as_object_mut()) {
                members.remove("PermissionsBoundary");
                if bounds.bound == Bound::Narrowest {
                    denies_all = true;
                    let boundary = json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": nothing_arn(account) });
                    members.insert("PermissionsBoundary".to_owned(), boundary);
                }
            }
        }
    }
    if denies_all {
        let document = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "*", "Resource": "*" }] });
        let policy = managed_policy(&nothing_arn(account), &document, "2000-01-01T00:00:00Z");
        push(details, "Policies", policy);
    }
}

fn nothing_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:policy/ringfence-unknown-boundary")
}

/// A managed policy as an export has it.
pub(crate) fn managed_policy(arn: &str, document: &Value, date: &str) -> Value {
    let name = arn.rsplit('/').next().unwrap_or_default();
    let path = arn.split_once(":policy").map_or("/", |(_, rest)| rest.strip_suffix(name).unwrap_or("/"));
    json!({
        "PolicyName": name, "PolicyId": unique_id("ANPA", arn), "Arn": arn, "Path": path, "DefaultVersionId": "v1",
        "AttachmentCount": 1, "PermissionsBoundaryUsageCount": 0, "IsAttachable": true, "CreateDate": date, "UpdateDate": date,
        "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true, "CreateDate": date, "Document": document }],
    })
}

/// An id for what has none yet, made of its ARN. AWS gives none of this form.
pub(crate) fn unique_id(prefix: &str, arn: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = Sha256::digest(arn);
    let letters = digest.iter().take(13).filter_map(|byte| LETTERS.get(usize::from(byte % 32)));
    let tail: String = letters.map(|letter| char::from(*letter)).collect();
    format!("{prefix}PLAN{tail}")
}
