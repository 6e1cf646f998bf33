//! Reads the catalogue's text table (format: docs/data.md): tab-separated lines, each starting with its kind.
//!
//! Keys are numbered in file order over the whole table, resource types within their service; lists are of such numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::arn::Arn;
use crate::catalogue::families::Families;
use crate::catalogue::{
    AccessLevel, AccessLevels, Action, ActionResourceType, Catalogue, ConditionKeyInfo, KeyId, KeyKind,
    ResourceType, ResourceTypeId, compare_names,
};
use crate::data_source::{DataSource, TableError, TableErrors};

/// Errors past this many are not collected: one wrong line can make many others wrong.
const MAXIMUM_ERRORS: usize = 100;

/// The catalogue that `text` describes.
///
/// # Errors
/// Everything that is wrong with it, at most [`MAXIMUM_ERRORS`].
pub(super) fn parse(text: &str, file: &str, digest: String) -> Result<Catalogue, TableError> {
    let mut reader = Reader { errors: TableErrors::new(file), ..Reader::default() };
    // A little more than a line a 60 bytes is what generated tables have; a wrong guess costs a reallocation.
    reader.actions.reserve(text.len() / 50);
    reader.action_lines.reserve(text.len() / 50);
    let mut lines = (1..).zip(text.lines());
    if lines.next().map(|(_, line)| line) != Some("ringfence-catalogue\t1") {
        reader.errors.add(1, "a catalogue starts with the line `ringfence-catalogue`, tab, `1`");
        return reader.errors.finish(None);
    }
    for (number, line) in lines {
        reader.line = number;
        if let Err(message) = reader.read(line) {
            reader.errors.add(number, message);
        }
        if reader.errors.len() >= MAXIMUM_ERRORS {
            break;
        }
    }
    reader.finish(digest)
}

#[derive(Default)]
struct Reader {
    line: u32,
    errors: TableErrors,
    sources: Vec<DataSource>,
    partitions: Vec<(String, Vec<String>)>,
    rcp_services: BTreeSet<String>,
    services: Vec<Arc<str>>,
    /// Index of the current service's first resource type.
    first_type: u32,
    first_types: BTreeMap<Arc<str>, u32>,
    resource_types: Vec<ResourceType>,
    actions: Vec<Action>,
    /// The line of each action, in the order of `actions` until they are sorted.
    action_lines: Vec<u32>,
    keys: Vec<ConditionKeyInfo>,
    key_count: u32,
}

impl Reader {
    fn read(&mut self, line: &str) -> Result<(), String> {
        let mut fields = line.split('\t');
        let kind = fields.next().unwrap_or_default();
        match kind {
            "action" => self.action(take(fields)?),
            "type" => self.resource_type(take(fields)?),
            "service" => self.service(take(fields)?),
            "key" => self.key(take(fields)?),
            "source" => {
                let fields: Vec<&str> = fields.collect();
                let source = DataSource::from_fields(&fields)
                    .ok_or("a source needs package, version, date, licence and SHA-256")?;
                self.sources.push(source);
                Ok(())
            }
            "partition" => {
                let [partition, regions] = take(fields)?;
                let mut regions: Vec<String> = list(regions).map(str::to_owned).collect();
                regions.sort_unstable();
                self.partitions.push((partition.to_owned(), regions));
                Ok(())
            }
            "rcp" => {
                let [services] = take(fields)?;
                self.rcp_services.extend(list(services).map(str::to_owned));
                Ok(())
            }
            "" => Ok(()),
            _ if kind.starts_with('#') => Ok(()),
            _ => Err(format!("unknown kind of line `{kind}`")),
        }
    }

    fn key(&mut self, [name, kind, arity, scope]: [&str; 4]) -> Result<(), String> {
        if !self.services.is_empty() {
            return Err("keys stand before the first service".to_owned());
        }
        // Counted even when the line is wrong, so that one error does not shift all later numbers.
        self.key_count += 1;
        let kind = match kind {
            "String" => KeyKind::String,
            "Numeric" => KeyKind::Numeric,
            "Date" => KeyKind::Date,
            "Bool" => KeyKind::Bool,
            "Ip" => KeyKind::Ip,
            "Arn" => KeyKind::Arn,
            "Binary" => KeyKind::Binary,
            _ => return Err(format!("unknown kind of key `{kind}`")),
        };
        let flag = |text: &str, yes: &str, no: &str| match text {
            _ if text == yes => Ok(true),
            _ if text == no => Ok(false),
            _ => Err(format!("expected `{yes}` or `{no}`, found `{text}`")),
        };
        self.keys.push(ConditionKeyInfo {
            name_pattern: graphic(name)?.to_owned(),
            kind,
            multivalued: flag(arity, "list", "single")?,
            global: flag(scope, "global", "service")?,
        });
        Ok(())
    }

    fn service(&mut self, [name]: [&str; 1]) -> Result<(), String> {
        let name = graphic(name)?;
        if name.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b':') {
            return Err(format!("`{name}` is not a service prefix: lower case, without a colon"));
        }
        self.first_type = u32::try_from(self.resource_types.len()).map_err(|_| "too many resource types")?;
        let service: Arc<str> = Arc::from(name);
        self.services.push(Arc::clone(&service));
        match self.first_types.insert(service, self.first_type) {
            None => Ok(()),
            Some(_) => Err(format!("service `{name}` stands twice")),
        }
    }

    fn current_service(&self) -> Result<Arc<str>, String> {
        self.services.last().cloned().ok_or_else(|| "stands before the first `service` line".to_owned())
    }

    fn resource_type(&mut self, [name, formats, keys]: [&str; 3]) -> Result<(), String> {
        let service = self.current_service()?;
        let keys = self.key_list(keys);
        let arn_formats: Vec<String> = list(formats).map(str::to_owned).collect();
        let wrong = arn_formats.iter().find(|format| Arn::parse(format).is_none()).cloned();
        let empty = arn_formats.is_empty();
        // Kept even when the line is wrong, so that one error does not shift all later numbers.
        self.resource_types.push(ResourceType {
            service,
            name: name.to_owned(),
            arn_formats,
            condition_keys: keys.as_ref().cloned().unwrap_or_default(),
        });
        keys?;
        if name.trim().is_empty() {
            return Err("a resource type needs a name".to_owned());
        }
        if let Some(format) = wrong {
            return Err(format!("`{format}` is not an ARN format"));
        }
        if empty { Err(format!("resource type `{name}` has no ARN format")) } else { Ok(()) }
    }

    fn action(&mut self, [name, levels, types, keys, dependent]: [&str; 5]) -> Result<(), String> {
        let service = self.current_service()?;
        // `*` first where no type is required.
        let (resource_is_optional, types) = match types.strip_prefix('*') {
            Some(others) => (true, others.strip_prefix(';').ok_or("`*` stands before resource types")?),
            None => (false, types),
        };
        let resource_types = pieces(types, ';')
            .map(|piece| {
                let (number, keys) = piece.split_once(':').unwrap_or((piece, ""));
                let id = self.first_type.checked_add(self::number(number.as_bytes())?).filter(|id| {
                    usize::try_from(*id).is_ok_and(|position| position < self.resource_types.len())
                });
                let resource_type =
                    ResourceTypeId(id.ok_or_else(|| format!("no resource type {number} in `{service}`"))?);
                Ok(ActionResourceType { resource_type, condition_keys: self.key_list(keys)? })
            })
            .collect::<Result<Vec<_>, String>>()?;
        let mut action = Action {
            name: graphic(name)?.to_owned(),
            access_levels: access_levels(levels)?,
            resource_types,
            resource_is_optional,
            condition_keys: self.key_list(keys)?,
            dependent_actions: list(dependent).map(str::to_owned).collect(),
            service,
        };
        action.resource_types.sort_unstable_by_key(|taken| taken.resource_type);
        self.actions.push(action);
        self.action_lines.push(self.line);
        Ok(())
    }

    /// The keys that a comma-separated list of numbers names, sorted.
    fn key_list(&self, text: &str) -> Result<Vec<KeyId>, String> {
        // Splitting bytes is much faster here than splitting text: the pieces are a few digits each.
        let pieces = text.as_bytes().split(|byte| *byte == b',').filter(|_| !text.is_empty());
        let mut keys = pieces
            .map(|piece| match number(piece)? {
                id if id < self.key_count => Ok(KeyId(id)),
                id => Err(format!("no condition key {id}")),
            })
            .collect::<Result<Vec<_>, String>>()?;
        keys.sort_unstable();
        Ok(keys)
    }

    /// Sorts the actions, unless they are sorted already as a generated table's are, and refuses repeated ones.
    fn sort_actions(&mut self) {
        let order = |left: &Action, right: &Action| compare_names(left, &right.service, &right.name);
        if self.actions.is_sorted_by(|left, right| order(left, right).is_lt()) {
            return;
        }
        let lines = std::mem::take(&mut self.action_lines);
        let mut actions: Vec<(u32, Action)> =
            lines.into_iter().zip(std::mem::take(&mut self.actions)).collect();
        actions.sort_by(|(_, left), (_, right)| order(left, right));
        for ((_, left), (line, right)) in actions.iter().zip(actions.iter().skip(1)) {
            if order(left, right).is_eq() {
                self.errors.add(*line, format!("action `{}` stands twice", right.full_name()));
            }
        }
        self.actions = actions.into_iter().map(|(_, action)| action).collect();
    }

    fn finish(mut self, digest: String) -> Result<Catalogue, TableError> {
        let end = self.line.max(1);
        self.sort_actions();
        let key_names: Vec<String> =
            self.keys.iter().map(|key| key.name_pattern.to_ascii_lowercase()).collect();
        // INVARIANT: the numbers in lists are ids, and ids are positions in the sorted names.
        let misplaced: Vec<String> = key_names
            .iter()
            .zip(key_names.iter().skip(1))
            .filter(|(left, right)| left >= right)
            .map(|(_, right)| {
                format!("key `{right}` is out of order: keys are sorted by lower-case name and stand once")
            })
            .collect();
        for message in misplaced {
            self.errors.add(end, message);
        }
        for (missing, what) in [
            (self.actions.is_empty(), "actions"),
            (self.sources.is_empty(), "a source"),
            (self.partitions.is_empty(), "partitions"),
            (self.keys.is_empty(), "condition keys"),
        ] {
            if missing {
                self.errors.add(end, format!("the catalogue has no `{what}`"));
            }
        }
        self.partitions.sort_unstable();
        self.services.sort_unstable();
        let mut sources = self.sources.into_iter();
        let Some(source) = sources.next() else { return self.errors.finish(None) };
        let position: BTreeMap<&str, KeyId> =
            (0..).map(KeyId).zip(&key_names).map(|(id, name)| (name.as_str(), id)).collect();
        let mut per_request_keys: Vec<KeyId> =
            ["aws:requesttag/${tagkey}", "aws:resourcetag/${tagkey}", "aws:tagkeys"]
                .iter()
                .filter_map(|name| position.get(name).copied())
                .collect();
        per_request_keys.sort_unstable();
        self.errors.finish(Some(Catalogue {
            source,
            other_sources: sources.collect(),
            digest,
            partitions: self.partitions,
            rcp_services: self.rcp_services,
            services: self.services,
            first_types: self.first_types,
            typeless_services: typeless_services(&self.resource_types),
            resource_types: self.resource_types,
            actions: self.actions,
            families: Families::new(&key_names),
            keys: self.keys,
            key_names,
            per_request_keys,
        }))
    }
}

/// The service prefixes of ARN formats whose resource part starts with a placeholder.
fn typeless_services(resource_types: &[ResourceType]) -> BTreeSet<String> {
    resource_types
        .iter()
        .flat_map(|resource_type| &resource_type.arn_formats)
        .filter_map(|format| Arn::parse(format))
        // One format of the source lacks its account part, so that its token stands in the account's place.
        .filter(|arn| matches!(arn.account, "" | "*" | "aws") || arn.account.starts_with("${"))
        .filter(|arn| arn.resource.starts_with("${") && !arn.service.starts_with("${"))
        .map(|arn| arn.service.to_owned())
        .collect()
}

fn access_levels(letters: &str) -> Result<AccessLevels, String> {
    letters.chars().try_fold(AccessLevels::default(), |levels, letter| {
        let level = AccessLevel::ALL.into_iter().find(|level| level.letter() == letter);
        level.map(|level| levels.with(level)).ok_or_else(|| format!("unknown access level `{letter}`"))
    })
}

/// Exactly `N` fields.
fn take<'a, const N: usize>(mut fields: impl Iterator<Item = &'a str>) -> Result<[&'a str; N], String> {
    let mut taken = [""; N];
    let mut found = 0;
    for slot in &mut taken {
        if let Some(field) = fields.next() {
            *slot = field;
            found += 1;
        }
    }
    found += fields.count();
    if found == N { Ok(taken) } else { Err(format!("expected {N} fields after the first, found {found}")) }
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    pieces(text, ',')
}

/// The pieces of `text` between separators; none for the empty text.
fn pieces(text: &str, separator: char) -> impl Iterator<Item = &str> {
    text.split(separator).filter(move |_| !text.is_empty())
}

fn number(digits: &[u8]) -> Result<u32, String> {
    let value = digits.iter().try_fold(0_u32, |value, byte| match byte {
        b'0'..=b'9' => value.checked_mul(10)?.checked_add(u32::from(byte - b'0')),
        _ => None,
    });
    value
        .filter(|_| !digits.is_empty())
        .ok_or_else(|| format!("`{}` is not a number", String::from_utf8_lossy(digits)))
}

/// `text` if it is a name: printable ASCII without spaces, not empty.
fn graphic(text: &str) -> Result<&str, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text)
    } else {
        Err(format!("`{text}` is not a name"))
    }
}
