//! AWS's catalogue: which actions exist, on which resource types, with which condition keys, and the Regions.
//!
//! The table is embedded (`model/data/catalogue.txt.gz`, format and sources in docs/data.md); [`Catalogue::parse`]
//! reads a user's own in its place. Everything is held in sorted vectors addressed by small ids, so that a set of
//! actions can be a bit set. Trusted: an action, resource type or key missing here makes a proof narrower than it says.

mod families;
mod nearest;
mod table;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::Serialize;

use crate::catalogue::families::Families;
use crate::context::ContextKey;
use crate::data_source::{DataSource, TableError, sha256_hex, unpack};

pub use nearest::distance;

const EMBEDDED: &[u8] = include_bytes!("../data/catalogue.txt.gz");

/// An action: its index in [`Catalogue::actions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ActionId(pub u32);

/// A resource type: its index in [`Catalogue::resource_types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ResourceTypeId(pub u32);

/// A condition key: its index in [`Catalogue::keys`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u32);

/// AWS's access level of an action. Levels do not rank risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// `List`
    List,
    /// `Permissions management`
    PermissionsManagement,
    /// `Read`
    Read,
    /// `Tagging`
    Tagging,
    /// `Write`
    Write,
}

impl AccessLevel {
    /// All levels.
    pub const ALL: [Self; 5] =
        [Self::List, Self::PermissionsManagement, Self::Read, Self::Tagging, Self::Write];

    /// The letter that stands for the level in the table.
    fn letter(self) -> char {
        match self {
            Self::List => 'L',
            Self::PermissionsManagement => 'P',
            Self::Read => 'R',
            Self::Tagging => 'T',
            Self::Write => 'W',
        }
    }
}

/// A set of access levels; an action may have several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessLevels(u8);

impl AccessLevels {
    /// The set with `level` besides.
    #[must_use]
    pub fn with(self, level: AccessLevel) -> Self {
        Self(self.0 | 1 << level as u8)
    }

    /// True when `level` is in the set.
    pub fn contains(self, level: AccessLevel) -> bool {
        self == self.with(level)
    }

    /// The levels in the set, in the order of [`AccessLevel::ALL`].
    pub fn iter(self) -> impl Iterator<Item = AccessLevel> {
        AccessLevel::ALL.into_iter().filter(move |level| self.contains(*level))
    }
}

/// A resource type that an action takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionResourceType {
    /// The type.
    pub resource_type: ResourceTypeId,
    /// The keys that the action's row for this type lists, sorted.
    pub condition_keys: Vec<KeyId>,
}

/// An action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The service prefix.
    pub service: Arc<str>,
    /// The name without the prefix, as AWS spells it.
    pub name: String,
    /// Its access levels.
    pub access_levels: AccessLevels,
    /// The resource types that it takes, sorted; a request needs one of them, not all. Empty for an action that can be
    /// granted on `*` only.
    pub resource_types: Vec<ActionResourceType>,
    /// It takes resource types and none is required: it may be asked about `*` too.
    pub resource_is_optional: bool,
    /// The keys listed for the action itself, sorted.
    pub condition_keys: Vec<KeyId>,
    /// Actions that a caller may need besides, such as `iam:PassRole`. From an older version of the source.
    pub dependent_actions: Vec<String>,
}

impl Action {
    /// `service:Name`.
    pub fn full_name(&self) -> String {
        format!("{}:{}", self.service, self.name)
    }

    /// True when the action takes no resource: a policy reaches it only where `*` matches (semantics:A1).
    pub fn is_wildcard_only(&self) -> bool {
        self.resource_types.is_empty()
    }
}

/// A resource type of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// The service whose actions take it; its ARN may name another.
    pub service: Arc<str>,
    /// The name.
    pub name: String,
    /// Its ARN formats, usually one, with placeholders:
    /// `arn:${Partition}:bedrock:${Region}::foundation-model/${ResourceId}`. A part may also be `*` or fixed text.
    pub arn_formats: Vec<String>,
    /// The keys listed for the type, sorted.
    pub condition_keys: Vec<KeyId>,
}

/// What kind of value a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// Text.
    String,
    /// A number.
    Numeric,
    /// A date or time.
    Date,
    /// `true` or `false`.
    Bool,
    /// An IP address.
    Ip,
    /// An ARN.
    Arn,
    /// Bytes in base64.
    Binary,
}

/// A condition key, or a family of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionKeyInfo {
    /// The name as AWS spells it. For a family with the variable part as a placeholder: `aws:ResourceTag/${TagKey}`.
    pub name_pattern: String,
    /// Kind of its values.
    pub kind: KeyKind,
    /// True when it can hold a list (semantics:A3). A key that services disagree about counts as a list.
    pub multivalued: bool,
    /// True when it is one of AWS's global keys.
    pub global: bool,
}

/// Why a catalogue could not be read.
pub type CatalogueError = TableError;

/// The catalogue.
#[derive(Clone, Debug)]
pub struct Catalogue {
    source: DataSource,
    other_sources: Vec<DataSource>,
    digest: String,
    partitions: Vec<(String, Vec<String>)>,
    rcp_services: BTreeSet<String>,
    services: Vec<Arc<str>>,
    resource_types: Vec<ResourceType>,
    /// Each service's first resource type; its others follow.
    first_types: BTreeMap<Arc<str>, u32>,
    actions: Vec<Action>,
    keys: Vec<ConditionKeyInfo>,
    key_names: Vec<String>,
    families: Families,
    per_request_keys: Vec<KeyId>,
    typeless_services: BTreeSet<String>,
}

/// Keys that guides of AWS document for an action whose reference does not list them: the Bedrock User Guide, on access to models
/// of third parties.
const DOCUMENTED_ELSEWHERE: [(&str, &str, &str); 1] =
    [("aws-marketplace", "Subscribe", "aws-marketplace:productid")];

fn is_documented_elsewhere(action: &Action, key: &ContextKey) -> bool {
    DOCUMENTED_ELSEWHERE.iter().any(|(service, name, documented)| {
        action.service.as_ref() == *service && action.name == *name && key.canonical() == *documented
    })
}

impl Catalogue {
    /// The embedded catalogue, read once.
    ///
    /// # Errors
    /// When the embedded table does not parse, which a test of this crate rules out. A caller must stop then: an empty
    /// catalogue in its place would make guardrails hold for lack of actions.
    pub fn embedded() -> Result<&'static Self, &'static CatalogueError> {
        static CATALOGUE: OnceLock<Result<Catalogue, CatalogueError>> = OnceLock::new();
        CATALOGUE.get_or_init(Self::load_embedded).as_ref()
    }

    /// The embedded catalogue, read anew.
    ///
    /// # Errors
    /// As [`Catalogue::embedded`].
    pub fn load_embedded() -> Result<Self, CatalogueError> {
        Self::parse(EMBEDDED, "<catalogue>")
    }

    /// The catalogue in `bytes`, plain or gzip, called `file` in errors.
    ///
    /// # Errors
    /// Everything that is wrong with the table, by line.
    pub fn parse(bytes: &[u8], file: &str) -> Result<Self, CatalogueError> {
        table::parse(&unpack(bytes, file)?, file, sha256_hex(bytes))
    }

    /// The main source: that of actions, resource types and keys.
    pub fn source(&self) -> &DataSource {
        &self.source
    }

    /// All sources, the main one first.
    pub fn sources(&self) -> impl Iterator<Item = &DataSource> {
        std::iter::once(&self.source).chain(&self.other_sources)
    }

    /// SHA-256 of the file that the catalogue was read from, compressed if it was.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// All actions, sorted by `service:name` in lower case.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// All actions with their ids, in the order of [`Self::actions`].
    pub fn numbered_actions(&self) -> impl Iterator<Item = (ActionId, &Action)> {
        (0..).map(ActionId).zip(&self.actions)
    }

    /// The action `id`; none if `id` is of another, larger catalogue.
    pub fn action(&self, id: ActionId) -> Option<&Action> {
        self.actions.get(index(id.0))
    }

    /// The action called `name`, such as `s3:GetObject`, in any case.
    pub fn find_action(&self, name: &str) -> Option<ActionId> {
        let (service, action) = name.split_once(':')?;
        let found =
            self.actions.binary_search_by(|candidate| compare_names(candidate, service, action)).ok()?;
        u32::try_from(found).ok().map(ActionId)
    }

    /// The actions of `service`, in any case; empty when there is no such service.
    pub fn actions_of(&self, service: &str) -> impl Iterator<Item = (ActionId, &Action)> {
        let range = self.action_range(service);
        let start = range.start;
        let actions = self.actions.get(range).unwrap_or_default();
        (start..)
            .zip(actions)
            .filter_map(|(position, action)| Some((ActionId(u32::try_from(position).ok()?), action)))
    }

    fn action_range(&self, service: &str) -> Range<usize> {
        // Names hold no control characters, so these two enclose all actions of the service.
        let start =
            self.actions.partition_point(|action| compare_names(action, service, "") == Ordering::Less);
        let end =
            self.actions.partition_point(|action| compare_names(action, service, "\u{7f}") == Ordering::Less);
        start..end
    }

    /// Up to `count` actions whose names are closest to `name`, closest first.
    pub fn nearest_actions(&self, name: &str, count: usize) -> Vec<ActionId> {
        nearest::nearest_actions(self, name, count)
    }

    /// All service prefixes, sorted.
    pub fn services(&self) -> &[Arc<str>] {
        &self.services
    }

    /// All resource types, by service.
    pub fn resource_types(&self) -> &[ResourceType] {
        &self.resource_types
    }

    /// The resource type `id`; none if `id` is of another, larger catalogue.
    pub fn resource_type(&self, id: ResourceTypeId) -> Option<&ResourceType> {
        self.resource_types.get(index(id.0))
    }

    /// The resource type `name` of `service`, both as the catalogue spells them.
    pub fn find_resource_type(&self, service: &str, name: &str) -> Option<ResourceTypeId> {
        let first = *self.first_types.get(service)?;
        (first..)
            .zip(self.resource_types.get(index(first)..)?)
            .take_while(|(_, candidate)| &*candidate.service == service)
            .find(|(_, candidate)| candidate.name == name)
            .map(|(id, _)| ResourceTypeId(id))
    }

    /// True when some ARN format under the service prefix `service` has a resource part that starts with a placeholder,
    /// so that no resource-type token can be told from a name (S3, SQS, SNS; F6). Letter case does not count.
    pub fn has_typeless_resource(&self, service: &str) -> bool {
        self.typeless_services.contains(service)
            || (service.bytes().any(|byte| byte.is_ascii_uppercase())
                && self.typeless_services.contains(&service.to_ascii_lowercase()))
    }

    /// All condition keys, sorted by name in lower case.
    pub fn keys(&self) -> &[ConditionKeyInfo] {
        &self.keys
    }

    /// What is known of `key`: a key of that name, else the family that it belongs to.
    pub fn key(&self, key: &ContextKey) -> Option<&ConditionKeyInfo> {
        self.key_info(self.key_id(key)?)
    }

    /// The id of `key` or of the family that it belongs to. A family needs a variable part of one character or more.
    pub fn key_id(&self, key: &ContextKey) -> Option<KeyId> {
        let name = key.canonical();
        match self.key_names.binary_search_by(|candidate| candidate.as_str().cmp(name)) {
            Ok(found) => u32::try_from(found).ok().map(KeyId),
            Err(_) => self.families.find(name),
        }
    }

    /// The key `id`; none if `id` is of another, larger catalogue.
    pub fn key_info(&self, id: KeyId) -> Option<&ConditionKeyInfo> {
        self.keys.get(index(id.0))
    }

    /// True when a request for `action` on a resource of `resource_type` may carry `key`: the key is listed for the
    /// action, in the action's row for that type, or for the type itself, or it is global. `aws:RequestTag/…`,
    /// `aws:TagKeys` and `aws:ResourceTag/…` are global in name only and count where they are listed.
    pub fn offers(&self, action: ActionId, resource_type: Option<ResourceTypeId>, key: &ContextKey) -> bool {
        let (Some(row), Some(id)) = (self.action(action), self.key_id(key)) else { return false };
        if self.key_info(id).is_some_and(|info| info.global)
            && self.per_request_keys.binary_search(&id).is_err()
        {
            return true;
        }
        let lists = |keys: &[KeyId]| keys.binary_search(&id).is_ok();
        if lists(&row.condition_keys) || is_documented_elsewhere(row, key) {
            return true;
        }
        let Some(resource_type) = resource_type else { return false };
        let Ok(found) = row.resource_types.binary_search_by_key(&resource_type, |taken| taken.resource_type)
        else {
            return false;
        };
        row.resource_types.get(found).is_some_and(|taken| lists(&taken.condition_keys))
            || self.resource_type(resource_type).is_some_and(|known| lists(&known.condition_keys))
    }

    /// The partitions, sorted.
    pub fn partitions(&self) -> impl Iterator<Item = &str> {
        self.partitions.iter().map(|(partition, _)| partition.as_str())
    }

    /// The Regions of `partition`, sorted; empty for an unknown partition.
    pub fn regions(&self, partition: &str) -> &[String] {
        self.partitions.iter().find(|(name, _)| name == partition).map_or(&[], |(_, regions)| regions)
    }

    /// The service prefixes to which resource control policies apply (semantics:B7).
    pub fn rcp_services(&self) -> &BTreeSet<String> {
        &self.rcp_services
    }
}

fn index(id: u32) -> usize {
    // A target with 16-bit addresses could not hold the table; the lookup then finds nothing.
    usize::try_from(id).unwrap_or(usize::MAX)
}

/// Order of `action` against `service:name`, both in lower case.
fn compare_names(action: &Action, service: &str, name: &str) -> Ordering {
    if action.service.eq_ignore_ascii_case(service) {
        return lower_case(&action.name).cmp(lower_case(name));
    }
    // The colon decides where one prefix continues the other: `bedrock-mantle:` comes before `bedrock:`.
    let colon = std::iter::once(b':');
    lower_case(&action.service).chain(colon.clone()).cmp(lower_case(service).chain(colon))
}

fn lower_case(text: &str) -> impl Iterator<Item = u8> + '_ {
    text.bytes().map(|byte| byte.to_ascii_lowercase())
}
