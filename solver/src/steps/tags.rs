//! Which tags a run may have put on somebody, by kinds of tags that conditions tell apart.
//!
//! A kind is a key with the values that one pattern of a condition matches, or with those that none does: every tag is of some kind,
//! so that the kinds that may be written cover all tags that may be there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::context::ContextKey;
use ringfence_model::policy::Statement;
use ringfence_model::world::World;

use crate::encode::action::glob_ignoring_case;
use crate::query::KeyDemand;
use crate::subject::{OpenTag, OpenTags};
use crate::wildcard::Language;

/// What a run may have made of the tags of somebody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TagCell {
    /// Anything.
    Any,
    /// Tags of keys of which no condition is are any, or missing.
    Unlisted,
    /// The tag of this key, in small letters, has a value that the pattern matches.
    Like(Arc<str>, Arc<str>),
    /// It has a value that no pattern of a condition matches.
    Other(Arc<str>),
    /// It is missing.
    Gone(Arc<str>),
}

/// Nothing.
pub static NO_TAGS: BTreeSet<TagCell> = BTreeSet::new();

/// The tags of principals of which conditions are, and the patterns with which they are compared.
#[derive(Clone, Debug, Default)]
pub struct ListedTags {
    keys: Arc<BTreeSet<String>>,
    /// Those of them of which conditions on resources of services are.
    of_resources: BTreeSet<String>,
    patterns: BTreeMap<String, BTreeSet<Arc<str>>>,
}

/// A key that is compared with more patterns is not told apart by them.
const PATTERNS: usize = 24;
/// Where conditions are of more keys, none is told from others.
const KEYS: usize = 48;

/// Keys of tags of callers and of what they ask about.
const FAMILIES: [&str; 5] =
    ["aws:principaltag", "aws:resourcetag", "iam:resourcetag", "ec2:resourcetag", "ssm:resourcetag"];
/// Those of them that are about resources of services.
const OF_RESOURCES: [&str; 3] = ["aws:resourcetag", "ec2:resourcetag", "ssm:resourcetag"];

impl ListedTags {
    /// Those of the statements.
    pub fn of<'s>(statements: impl Iterator<Item = &'s Statement>) -> Self {
        let mut patterns: BTreeMap<String, BTreeSet<Arc<str>>> = BTreeMap::new();
        let mut of_resources = BTreeSet::new();
        for condition in statements.flat_map(|statement| &statement.conditions) {
            let (Some((family, _)), Some((_, tag))) =
                (condition.key.family(), condition.key.as_written().split_once('/'))
            else {
                continue;
            };
            if !FAMILIES.contains(&family) {
                continue;
            }
            if OF_RESOURCES.contains(&family) {
                of_resources.insert(tag.to_ascii_lowercase());
            }
            let known = patterns.entry(tag.to_ascii_lowercase()).or_default();
            let texts =
                condition.values.iter().map(|value| crate::account_pattern::with_wildcards(&value.raw));
            known.extend(texts.map(|text| Arc::from(text.as_str())));
        }
        if patterns.len() > KEYS {
            patterns.clear();
            of_resources.clear();
        }
        for known in patterns.values_mut().filter(|known| known.len() > PATTERNS) {
            *known = BTreeSet::from([Arc::from("*")]);
        }
        Self { keys: Arc::new(patterns.keys().cloned().collect()), of_resources, patterns }
    }

    /// All kinds that a call which writes tags may write, or one which takes them off may take.
    pub fn cells(&self, removes: bool) -> Vec<TagCell> {
        let mut all = vec![TagCell::Unlisted];
        for (key, patterns) in &self.patterns {
            let key: Arc<str> = Arc::from(key.as_str());
            if removes {
                all.push(TagCell::Gone(key));
                continue;
            }
            all.extend(patterns.iter().map(|pattern| TagCell::Like(Arc::clone(&key), Arc::clone(pattern))));
            if !patterns.contains("*") {
                all.push(TagCell::Other(key));
            }
        }
        all
    }

    /// All kinds of tags of resources of services of which conditions are.
    pub fn cells_of_resources(&self) -> BTreeSet<TagCell> {
        let all = [false, true].into_iter().flat_map(|removes| self.cells(removes));
        all.filter(|cell| match cell {
            TagCell::Like(key, _) | TagCell::Other(key) | TagCell::Gone(key) => {
                self.of_resources.contains(key.as_ref())
            }
            TagCell::Any | TagCell::Unlisted => false,
        })
        .collect()
    }

    /// Whether conditions on resources of services are of the tag.
    pub fn is_of_resources(&self, tag: &str) -> bool {
        self.of_resources.contains(&tag.to_ascii_lowercase())
    }

    /// The tags that somebody may have of whom these hold.
    pub fn open(&self, cells: &BTreeSet<TagCell>) -> OpenTags {
        if cells.contains(&TagCell::Any) {
            return OpenTags::any();
        }
        let mut open = OpenTags {
            others: cells.contains(&TagCell::Unlisted),
            listed: Arc::clone(&self.keys),
            values: BTreeMap::new(),
        };
        for cell in cells {
            let key = match cell {
                TagCell::Any | TagCell::Unlisted => continue,
                TagCell::Like(key, _) | TagCell::Other(key) | TagCell::Gone(key) => key,
            };
            let tag: &mut OpenTag = open.values.entry(key.to_string()).or_default();
            match self.values(cell) {
                Some(values) => tag.values.push(values),
                None => tag.absent = true,
            }
        }
        open
    }

    /// The values of a kind: those of the first language that are in none of the others; none where there is no tag.
    fn values(&self, cell: &TagCell) -> Option<(Language, Vec<Language>)> {
        match cell {
            TagCell::Like(_, pattern) => Some((Language::glob(pattern), Vec::new())),
            TagCell::Other(key) => {
                let patterns = self.patterns.get(key.as_ref()).into_iter().flatten();
                Some((Language::glob("*"), patterns.map(|pattern| Language::glob(pattern)).collect()))
            }
            TagCell::Any | TagCell::Unlisted => Some((Language::glob("*"), Vec::new())),
            TagCell::Gone(_) => None,
        }
    }

    /// What a request says that writes a tag of the kind, or takes it off, whatever else it does.
    pub fn demands(&self, cell: &TagCell) -> Vec<(ContextKey, KeyDemand)> {
        let key = match cell {
            TagCell::Any | TagCell::Unlisted => return Vec::new(),
            TagCell::Like(key, _) | TagCell::Other(key) | TagCell::Gone(key) => key,
        };
        match self.values(cell) {
            Some((within, outside)) => {
                let demand = KeyDemand::ValueOutside(within, outside);
                vec![(ContextKey::new(&format!("aws:RequestTag/{key}")), demand)]
            }
            None => vec![(ContextKey::new("aws:TagKeys"), KeyDemand::Listing(key.to_string()))],
        }
    }

    /// What the tag of this key of somebody who is asked about may be, where its own is `own`, if anything is known of that.
    pub fn demand(&self, cells: &BTreeSet<TagCell>, tag: &str, own: Option<&str>) -> Option<KeyDemand> {
        let open = self.open(cells);
        if open.is_any(tag) {
            return None;
        }
        let Some(changed) = open.of(tag) else {
            return Some(own.map_or(KeyDemand::Absent, |own| {
                KeyDemand::AbsentOrOutside(Language::exactly(own), Vec::new())
            }));
        };
        let key = tag.to_ascii_lowercase();
        let is_like = |cell: &TagCell, text: &str| match cell {
            TagCell::Like(of, pattern) => **of == *key && glob_ignoring_case(pattern, text),
            TagCell::Any | TagCell::Unlisted | TagCell::Other(_) | TagCell::Gone(_) => false,
        };
        let is_plain = |text: &str| !text.contains(['*', '?']);
        // Values that it may not have, among those that stand for themselves.
        let missing = self.patterns.get(&key).into_iter().flatten().filter(|text| {
            is_plain(text) && own != Some(text) && !cells.iter().any(|cell| is_like(cell, text))
        });
        if changed.values.is_empty() && own.is_none() {
            return Some(KeyDemand::Absent);
        }
        Some(KeyDemand::AbsentOrOutside(
            Language::glob("*"),
            missing.map(|text| Language::exactly(text)).collect(),
        ))
    }
}

/// All statements of the world's policies that may be of tags.
pub fn statements_of(world: &World) -> impl Iterator<Item = &Statement> {
    let controls = world.organization.iter().flat_map(|organization| {
        let service = organization.service_control_policies.iter().map(|policy| &policy.policy);
        service.chain(organization.resource_control_policies.iter().map(|policy| &policy.policy))
    });
    let of_accounts = world.accounts.values().flat_map(|account| {
        let trusts = account.roles.iter().map(|role| &role.trust);
        let managed = account.managed_policies.values().map(|policy| &policy.policy);
        let resources = account.resource_policies.iter().flat_map(BTreeMap::values);
        let groups = account.groups.iter().flat_map(|group| &group.identity);
        trusts.chain(managed).chain(resources).chain(groups)
    });
    let of_principals =
        world.principals().flat_map(|(_, principal)| principal.identity().iter().chain(principal.boundary()));
    let in_force = controls.chain(of_accounts).chain(of_principals).map(|policy| &policy.document);
    // Versions that a run may bring into force.
    let managed = world.accounts.values().flat_map(|account| account.managed_policies.values());
    let others = managed.flat_map(|policy| &policy.versions).filter_map(|version| version.document.as_ref());
    in_force.chain(others).flat_map(|document| &document.statements)
}
