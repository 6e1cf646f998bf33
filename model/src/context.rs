//! Condition keys and the context of a request.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// The name of a condition key. Names compare without regard to ASCII case, the part after `/` included
/// (semantics:A3); the spelling first seen is kept for display.
#[derive(Clone)]
pub struct ContextKey {
    canonical: Arc<str>,
    display: Arc<str>,
}

impl ContextKey {
    /// The key spelled `name`.
    pub fn new(name: &str) -> Self {
        let display: Arc<str> = Arc::from(name);
        let canonical = if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Arc::from(name.to_ascii_lowercase())
        } else {
            Arc::clone(&display)
        };
        Self { canonical, display }
    }

    /// The name in lower case.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The name as it was written.
    pub fn as_written(&self) -> &str {
        &self.display
    }

    /// For a tag-family key such as `aws:PrincipalTag/team`, the part before and after the first `/` in lower case.
    pub fn family(&self) -> Option<(&str, &str)> {
        self.canonical.split_once('/')
    }
}

/// As its name in lower case.
impl Serialize for ContextKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.canonical)
    }
}

impl PartialEq for ContextKey {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}
impl Eq for ContextKey {}
impl Hash for ContextKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical.hash(state);
    }
}
impl PartialOrd for ContextKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for ContextKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.canonical.cmp(&other.canonical)
    }
}
impl fmt::Debug for ContextKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.display)
    }
}
impl fmt::Display for ContextKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display)
    }
}

/// The value of a key that is present.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContextValue {
    /// One value: the key is single-valued.
    Single(String),
    /// A list, possibly of one or no values: the key is multivalued.
    List(Vec<String>),
}

impl ContextValue {
    /// The values in order; one for [`ContextValue::Single`].
    pub fn values(&self) -> &[String] {
        match self {
            Self::Single(value) => std::slice::from_ref(value),
            Self::List(values) => values,
        }
    }
}

/// The keys of one authorization check and their values; a key that is not in it is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestContext(BTreeMap<ContextKey, ContextValue>);

impl RequestContext {
    /// An empty context.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of `key`, if it is present.
    pub fn get(&self, key: &ContextKey) -> Option<&ContextValue> {
        self.0.get(key)
    }

    /// Sets `key`, replacing what was there.
    pub fn insert(&mut self, key: ContextKey, value: ContextValue) {
        self.0.insert(key, value);
    }

    /// Sets `key` to one value.
    pub fn set(&mut self, key: &str, value: &str) {
        self.insert(ContextKey::new(key), ContextValue::Single(value.to_owned()));
    }

    /// Sets `key` unless it is present already.
    pub fn set_default(&mut self, key: &str, value: &str) {
        let key = ContextKey::new(key);
        self.0.entry(key).or_insert_with(|| ContextValue::Single(value.to_owned()));
    }

    /// Removes `key`.
    pub fn remove(&mut self, key: &ContextKey) -> Option<ContextValue> {
        self.0.remove(key)
    }

    /// All keys and values, by canonical name.
    pub fn iter(&self) -> impl Iterator<Item = (&ContextKey, &ContextValue)> {
        self.0.iter()
    }
}
