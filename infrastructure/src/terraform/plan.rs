//! Reading what `terraform show -json` says of a plan or a state.
//!
//! Sources: HashiCorp's "JSON Output Format" page, which promises that unknown members may be ignored and that another major version of the
//! format may not be read; and the plans in corpus/plans.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::json::Json;
use ringfence_model::location::{InputError, Location};
use serde_json::Value;

use super::address::{Step, modules};
use super::known::Unknown;
use crate::hole::{self, Holes};
use crate::plain::plain;

/// What becomes of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays as it is, or is read.
    Keep,
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is deleted and made anew.
    Replace,
    /// It is deleted.
    Delete,
    /// It stays, and Terraform manages it no more.
    Forget,
}

/// A resource or data source of a plan.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// Its address.
    pub(super) address: String,
    /// The module calls above it.
    pub(super) module: Vec<Step>,
    /// It is a data source.
    pub(super) is_data: bool,
    /// `aws_iam_role`.
    pub(super) kind: String,
    /// Its name in the configuration.
    pub(super) name: String,
    /// Its number or key, where there are several.
    pub(super) index: Option<Value>,
    /// What becomes of it.
    pub(super) fate: Fate,
    /// Its attributes before the change, `null` if it is not there.
    pub(super) before: Value,
    /// Its attributes after the change, with holes; `null` if it is not there any more.
    pub(super) after: Value,
    /// What is deleted is left from an earlier replacement: another of this address is there.
    pub(super) is_deposed: bool,
    /// It is replaced, and the new one is made before the old one is deleted.
    pub(super) is_made_first: bool,
    /// Where the plan speaks of it.
    pub(super) location: Location,
}

/// A plan or a state.
#[derive(Clone, Debug)]
pub struct Plan {
    /// All resources, and the data sources that are read at apply, in the order of the plan.
    pub(super) resources: Vec<Resource>,
    /// What was known before: resources, and data sources that were read.
    pub(super) prior: Vec<Resource>,
    /// The configuration; `null` for a state.
    pub(super) configuration: Value,
    /// Everything that is not known yet.
    pub holes: Holes,
    /// What is said of unknown values, and was found.
    pub assumed: BTreeMap<String, String>,
    /// When it was made, as Terraform writes it; a state does not say.
    pub timestamp: Option<String>,
    /// It changes nothing: a state, or what was there before a plan.
    pub(super) is_state: bool,
    /// Addresses of actions that are invoked at apply.
    pub(super) invoked: Vec<String>,
    /// Addresses before `moved` blocks.
    previous: BTreeSet<String>,
    /// The file.
    pub(super) file: Arc<str>,
}

const HELP: &str = "`terraform plan -out=FILE`, then `terraform show -json FILE`";

impl Plan {
    /// The plan in `bytes`: UTF-8 with or without a byte order mark, or UTF-16 as PowerShell writes it. `assumed` are values that unknown
    /// ones are taken to have, by address: a text, or JSON for what is no text.
    ///
    /// # Errors
    /// Whatever makes it unfit to prove anything from: no JSON, another format, a plan that failed or is not complete, nothing in it; and an
    /// assumed value of what is not unknown.
    pub fn read(
        bytes: &[u8],
        file: &Arc<str>,
        assumed: &BTreeMap<String, String>,
    ) -> Result<Self, Vec<InputError>> {
        let problem = |message: &str, help: &str| {
            vec![InputError {
                location: Location::new(file, 1, 1),
                statement: None,
                message: message.to_owned(),
                help: Some(help.to_owned()),
            }]
        };
        let text = decoded(bytes).ok_or_else(|| problem("this is neither UTF-8 nor UTF-16", HELP))?;
        let json = Json::parse(&text, file)?;
        if hole::is_reserved_in(&plain(&json)) {
            return Err(problem(
                "a text in it holds a character that stands for unknown values here",
                "take U+F5A0A and U+F5A0B out of it",
            ));
        }
        let version = json.get("format_version").and_then(Json::as_str).unwrap_or_default();
        if json.as_object().is_none() || version.is_empty() {
            return Err(problem("this is no plan and no state of Terraform as JSON", HELP));
        }
        if version.split('.').next() != Some("1") {
            return Err(problem(
                &format!("the format is version {version}, of which it is not known what it means"),
                "Terraform 1.x writes version 1; `terraform show -json` of an older one",
            ));
        }
        if json.get("errored").and_then(Json::as_bool) == Some(true) {
            return Err(problem(
                "the plan failed and is not whole",
                "mend what `terraform plan` complains of",
            ));
        }
        let deferred =
            json.get("deferred_changes").and_then(Json::as_array).is_some_and(|all| !all.is_empty());
        if deferred || json.get("complete").and_then(Json::as_bool) == Some(false) {
            return Err(problem(
                "the plan is not complete: what is put off may change anything",
                "apply it, and plan once more, until nothing is put off",
            ));
        }
        let reserved = assumed.iter().filter(|(_, value)| hole::is_reserved(value));
        if let Some((address, _)) = reserved.into_iter().next() {
            return Err(problem(
                &format!("the value of {address} holds a character that stands for unknown values here"),
                "take U+F5A0A and U+F5A0B out of it",
            ));
        }
        let mut plan = Self {
            resources: Vec::new(),
            prior: Vec::new(),
            configuration: json.get("configuration").map_or(Value::Null, plain),
            holes: Holes::default(),
            assumed: BTreeMap::new(),
            timestamp: json.get("timestamp").and_then(Json::as_str).map(str::to_owned),
            is_state: json.get("values").is_some(),
            invoked: invoked(&json),
            previous: BTreeSet::new(),
            file: Arc::clone(file),
        };
        if let Some(values) = json.get("values") {
            plan.state(values, true);
        } else {
            if let Some(values) = json.get("prior_state").and_then(|state| state.get("values")) {
                plan.state(values, false);
            }
            for change in json.get("resource_changes").and_then(Json::as_array).unwrap_or_default() {
                plan.change(change, assumed)?;
            }
        }
        let unused: Vec<InputError> = assumed
            .keys()
            .filter(|address| !plan.assumed.contains_key(*address))
            .map(|address| InputError {
                location: Location::new(file, 1, 1),
                statement: None,
                message: format!("`{address}` is no value that the plan leaves unknown"),
                help: Some(plan.unknown()),
            })
            .collect();
        if unused.is_empty() { Ok(plan) } else { Err(unused) }
    }

    /// The addresses of what is unknown, a few of them.
    fn unknown(&self) -> String {
        const SHOWN: usize = 12;
        let all: Vec<&str> = self.holes.iter().map(|hole| hole.address.as_str()).collect();
        if all.is_empty() {
            return "it leaves none unknown".to_owned();
        }
        let more = all.len().saturating_sub(SHOWN);
        let shown = all.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
        if more == 0 {
            format!("unknown are {shown}")
        } else {
            format!("unknown are {shown} and {more} more")
        }
    }

    /// What was there before the plan, as far as it was managed: with the addresses that the plan gives it.
    #[must_use]
    pub fn before(&self) -> Self {
        Self {
            resources: self.prior.clone(),
            holes: Holes::default(),
            is_state: true,
            invoked: Vec::new(),
            ..self.clone()
        }
    }

    /// What was there before and is none of what the plan speaks of, which stays as it is.
    pub(super) fn left_out(&self) -> impl Iterator<Item = &Resource> {
        let spoken: BTreeSet<&str> = self.resources.iter().map(|known| known.address.as_str()).collect();
        self.prior.iter().filter(move |known| {
            !known.is_data
                && !spoken.contains(known.address.as_str())
                && !self.previous.contains(&known.address)
        })
    }

    /// The resources of a state, of the root module and below.
    fn state(&mut self, values: &Json, now: bool) {
        let mut open: Vec<&Json> = values.get("root_module").into_iter().collect();
        while let Some(module) = open.pop() {
            open.extend(module.get("child_modules").and_then(Json::as_array).unwrap_or_default());
            let calls = module.get("address").and_then(Json::as_str).map(modules).unwrap_or_default();
            for found in module.get("resources").and_then(Json::as_array).unwrap_or_default() {
                let values = found.get("values").map_or(Value::Null, plain);
                let resource = self.resource(found, calls.clone(), Fate::Keep, values.clone(), values);
                if now {
                    self.resources.push(resource);
                } else {
                    self.prior.push(resource);
                }
            }
        }
    }

    fn resource(&self, json: &Json, module: Vec<Step>, fate: Fate, before: Value, after: Value) -> Resource {
        let text = |name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        Resource {
            address: text("address"),
            module,
            is_data: text("mode") == "data",
            kind: text("type"),
            name: text("name"),
            index: json.get("index").map(plain),
            fate,
            before,
            after,
            is_deposed: false,
            is_made_first: false,
            location: json.location(&self.file),
        }
    }

    fn change(&mut self, json: &Json, assumed: &BTreeMap<String, String>) -> Result<(), Vec<InputError>> {
        let module = json.get("module_address").and_then(Json::as_str).map(modules).unwrap_or_default();
        // What was taken from a resource of which a new one is made already.
        let is_deposed = json.get("deposed").is_some();
        let part = |name: &str| json.get("change").and_then(|change| change.get(name));
        let actions = part("actions").and_then(Json::as_array).unwrap_or_default();
        let actions: Vec<&str> = actions.iter().filter_map(Json::as_str).collect();
        let fate = match actions.as_slice() {
            ["no-op" | "read"] => Fate::Keep,
            ["create"] => Fate::Create,
            ["update"] => Fate::Update,
            ["delete"] => Fate::Delete,
            ["forget"] => Fate::Forget,
            ["delete", "create"] | ["create", "delete"] => Fate::Replace,
            other => {
                return Err(vec![InputError {
                    location: json.location(&self.file),
                    statement: None,
                    message: format!("it is not known what the actions `{}` do", other.join(", ")),
                    help: Some(
                        "only no-op, read, create, update, delete, forget and replacements are".to_owned(),
                    ),
                }]);
            }
        };
        let of = |name: &str| part(name).map_or(Value::Null, plain);
        let address = json.get("address").and_then(Json::as_str).unwrap_or_default();
        self.previous.extend(json.get("previous_address").and_then(Json::as_str).map(str::to_owned));
        let mut unknown = Unknown { holes: &mut self.holes, assumed, used: &mut self.assumed };
        let after = unknown.merged(&of("after"), &of("after_unknown"), address);
        // Only what was there before says that Terraform takes such a thing out of its state alone.
        let is_left = part("before").and_then(|before| before.get("skip_destroy")).and_then(Json::as_bool);
        let fate = if fate == Fate::Delete && is_left == Some(true) { Fate::Forget } else { fate };
        let mut resource = self.resource(json, module, fate, of("before"), after);
        resource.is_deposed = is_deposed;
        // Made before the old one is deleted.
        resource.is_made_first = actions.as_slice() == ["create", "delete"];
        if is_deposed {
            resource.after = Value::Null;
        } else if fate == Fate::Forget {
            // It stays as it was.
            resource.after = resource.before.clone();
        }
        self.resources.push(resource);
        Ok(())
    }
}

/// The bytes are those of a plan or a state, whatever else may be wrong with it: what tells the version of its format.
pub fn is_plan(bytes: &[u8], file: &Arc<str>) -> bool {
    let json = decoded(bytes).and_then(|text| Json::parse(&text, file).ok());
    json.is_some_and(|json| json.get("format_version").is_some() && json.get("Statement").is_none())
}

/// The addresses of the actions that a plan invokes, since Terraform 1.14.
fn invoked(json: &Json) -> Vec<String> {
    let all = json.get("action_invocations").and_then(Json::as_array).unwrap_or_default();
    let address =
        |action: &Json| action.get("address").and_then(Json::as_str).unwrap_or("an action").to_owned();
    all.iter().map(address).collect()
}

/// The text of `bytes`.
fn decoded(bytes: &[u8]) -> Option<String> {
    let wide = |from: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.get(2..)?.as_chunks::<2>();
        if !rest.is_empty() {
            return None;
        }
        String::from_utf16(&pairs.iter().map(|pair| from(*pair)).collect::<Vec<u16>>()).ok()
    };
    match bytes {
        [0xFF, 0xFE, ..] => wide(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => wide(u16::from_be_bytes),
        _ => std::str::from_utf8(bytes).ok().map(str::to_owned),
    }
}
