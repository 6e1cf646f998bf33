//! Symbolic questions: who can do this, and can this principal do it? As asked, as targets, and answered.
//!
//! An [`Inquiry`] is what people write: an action or a pattern of actions, a resource or a pattern, keys that are
//! pinned. [`Prepared`] is the same after everything in it was looked up in the catalogue. Its [`Targets`] hang on the
//! account alone, so one `Query` serves all principals of an account; [`run::answer_all`] asks it of each.

mod action;
pub mod answer;
mod context;
pub mod cover;
mod format;
pub mod ground;
pub mod principal;
pub mod run;
mod target;

use ringfence_model::catalogue::{ActionId, Catalogue, ResourceTypeId};
use ringfence_model::context::ContextKey;

use crate::query::KeyDemand;
use crate::wildcard::Theory;

pub use target::Targets;

/// A question as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inquiry {
    /// `service:Name`, in any letter case, with `*` and `?` as wildcards.
    pub action: String,
    /// An ARN or a wildcard pattern over ARNs; none, or `*`, for any resource that the action takes.
    pub resource: Option<String>,
    /// How wildcards in the resource are read.
    pub wildcards: Wildcards,
    /// The keys that are pinned, in the order in which they were given, each at most once; all others are free.
    pub context: Vec<(String, Pin)>,
}

/// How far `*` and `?` in a resource reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wildcards {
    /// They match any characters.
    #[default]
    CrossEverything,
    /// In the first five parts of an ARN they match no colon, as in the scopes of guardrails.
    WithinParts,
}

/// How a key is pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// It is absent.
    Absent,
    /// It has these values, at least one.
    Values(Vec<String>),
}

/// Why a question cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InquiryError {
    /// The action is not in the catalogue.
    #[error("no such action: `{name}`")]
    NoSuchAction {
        /// As asked.
        name: String,
        /// The nearest that there are.
        nearest: Vec<String>,
    },
    /// No action of the catalogue matches the pattern.
    #[error("no action matches `{pattern}`")]
    NoMatchingAction {
        /// As asked.
        pattern: String,
        /// The nearest that there are.
        nearest: Vec<String>,
    },
    /// No resource type of the actions can have such an ARN.
    #[error("{actions} cannot be asked about `{resource}`")]
    NoSuchResource {
        /// The action, or how many there are.
        actions: String,
        /// As asked.
        resource: String,
        /// The formats of the ARNs that they take.
        formats: Vec<String>,
        /// The ARN names a Region that the catalogue does not know.
        unknown_region: Option<String>,
    },
    /// The actions take no resource.
    #[error("{actions} can be granted on `*` only, not on `{resource}`")]
    TakesNoResource {
        /// The action, or how many there are.
        actions: String,
        /// As asked.
        resource: String,
    },
    /// A value is not of the type of its key.
    #[error("`{value}` is no value of {key}, which holds {wanted}")]
    WrongValue {
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// What it holds.
        wanted: &'static str,
    },
    /// A single-valued key is given several values.
    #[error("{key} holds one value, and {count} are given")]
    TooManyValues {
        /// The key.
        key: String,
        /// How many.
        count: usize,
    },
    /// A key is pinned more than once.
    #[error("{key} is pinned more than once")]
    PinnedTwice {
        /// The key.
        key: String,
    },
}

impl InquiryError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::NoSuchAction { nearest, .. } | Self::NoMatchingAction { nearest, .. } => {
                format!("the nearest are {}", nearest.join(", "))
            }
            Self::NoSuchResource { unknown_region: Some(region), .. } => {
                format!("the catalogue knows no Region `{region}`")
            }
            Self::NoSuchResource { formats, .. } => format!("they take {}", formats.join(", ")),
            Self::TakesNoResource { .. } => "leave the resource out".to_owned(),
            Self::WrongValue { .. } => "write one that it holds, or leave the key free".to_owned(),
            Self::TooManyValues { .. } => "give one of them".to_owned(),
            Self::PinnedTwice { .. } => {
                "pin it to a value, to a list of values, or as absent, and only once".to_owned()
            }
        }
    }
}

/// A question of which everything is known to the catalogue.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// As asked.
    pub inquiry: Inquiry,
    /// The actions on which a resource of the question can be, in the order of the catalogue. Never empty.
    pub actions: Vec<PreparedAction>,
    /// How many actions the pattern matches, those included that take no such resource.
    pub matching: usize,
    /// What is asked of the pinned keys.
    pub demands: Vec<(ContextKey, KeyDemand)>,
    /// What the person who asks should know, one sentence each without a full stop.
    pub remarks: Vec<String>,
}

/// An action with the resource types on which the question can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedAction {
    /// The action.
    pub id: ActionId,
    /// The types whose ARNs can be what the question asks about; none for an action that takes `*` only.
    pub resource_types: Vec<ResourceTypeId>,
}

impl Inquiry {
    /// Looks everything up in the catalogue.
    ///
    /// # Errors
    /// Everything that keeps the question from being asked.
    pub fn prepare(&self, catalogue: &Catalogue, theory: &mut Theory) -> Result<Prepared, Vec<InquiryError>> {
        let mut errors = Vec::new();
        let mut remarks = Vec::new();
        let demands = context::demands(&self.context, catalogue, &mut errors, &mut remarks);
        let found = action::matching(&self.action, catalogue)
            .and_then(|ids| {
                let matching = ids.len();
                target::applicable(self, ids, catalogue, theory).map(|actions| (actions, matching))
            })
            .map_err(|error| errors.insert(0, error));
        match found {
            Ok((actions, matching)) if errors.is_empty() => {
                remarks.extend(context::not_carried(&demands, &actions, catalogue));
                Ok(Prepared { inquiry: self.clone(), actions, matching, demands, remarks })
            }
            Ok(_) | Err(()) => Err(errors),
        }
    }

    /// The resource, unless any will do.
    fn resource_pattern(&self) -> Option<(&str, Wildcards)> {
        self.resource.as_deref().filter(|pattern| *pattern != "*").map(|text| (text, self.wildcards))
    }
}
