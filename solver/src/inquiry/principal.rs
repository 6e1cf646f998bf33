//! Which principal of the world a text means.

use ringfence_model::arn::Arn;
use ringfence_model::context::ContextKey;
use ringfence_model::principal::Principal;

use super::run::Candidate;
use crate::encode::form::session_name_characters;
use crate::query::KeyDemand;
use crate::subject::SubjectKind;
use crate::wildcard::LanguageBuilder;
use crate::wildcard::character::CharacterSet;

pub use ringfence_model::catalogue::distance;

/// Principals that an error offers.
const NEAREST: usize = 5;

/// A principal of the world, perhaps in a session of a given name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Which of the principals.
    pub index: usize,
    /// What the session's name asks of the keys.
    pub keys: Vec<(ContextKey, KeyDemand)>,
}

/// Why a text means no principal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrincipalError {
    /// The world has none of that name.
    #[error("the world has no principal `{text}`")]
    Unknown {
        /// As asked.
        text: String,
        /// The nearest that it has.
        nearest: Vec<String>,
    },
    /// Several have it.
    #[error("`{text}` may be one of {} principals", candidates.len())]
    Ambiguous {
        /// As asked.
        text: String,
        /// Their ARNs.
        candidates: Vec<String>,
    },
    /// It is a session that no user or role of the world has as such.
    #[error("`{text}` is a federated-user session")]
    FederatedUser {
        /// As asked.
        text: String,
    },
    /// A role session cannot have such a name.
    #[error("`{name}` cannot be the name of a session")]
    SessionName {
        /// The name.
        name: String,
    },
}

impl PrincipalError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Unknown { nearest, .. } if nearest.is_empty() => {
                "name a user, role or root user by its ARN, or write role/NAME or user/NAME".to_owned()
            }
            Self::Unknown { nearest, .. } => format!("the nearest are {}", nearest.join(", ")),
            Self::Ambiguous { candidates, .. } => format!("name one of {}", candidates.join(", ")),
            Self::FederatedUser { .. } => {
                "ask about the user, and pin aws:PrincipalArn to the ARN of the session".to_owned()
            }
            Self::SessionName { .. } => {
                "it has 2 to 64 characters: letters, digits and any of `+=,.@-_`".to_owned()
            }
        }
    }
}

/// The principal that `text` means: the ARN of a user, role or root user; the ARN of a role session, which is the role
/// under that session name; `role/NAME`, `user/NAME`, with the path or without, where only one principal has it; `root`
/// where there is only one.
///
/// # Errors
/// When nobody or more than one is meant.
pub fn find(text: &str, principals: &[Candidate]) -> Result<Caller, PrincipalError> {
    let plain = |index: usize| Ok(Caller { index, keys: Vec::new() });
    if let Some(index) = principals.iter().position(|candidate| candidate.subject.arn == text) {
        return plain(index);
    }
    match Principal::parse(text) {
        Some(Principal::FederatedUser { .. }) => {
            return Err(PrincipalError::FederatedUser { text: text.to_owned() });
        }
        Some(Principal::RoleSession { partition, account, role, session, .. }) => {
            let found = principals.iter().position(|candidate| {
                let named =
                    matches!(&candidate.subject.kind, SubjectKind::Role { name, .. } if *name == role);
                named && candidate.subject.account == account && candidate.subject.partition == partition
            });
            let index = found.ok_or_else(|| {
                unknown(text, &format!("arn:{partition}:iam::{account}:role/{role}"), principals)
            })?;
            return Ok(Caller { index, keys: vec![session_key(&session)?] });
        }
        Some(
            Principal::Root { .. }
            | Principal::User { .. }
            | Principal::Service(_)
            | Principal::FederatedProvider(_)
            | Principal::Anonymous,
        )
        | None => {}
    }
    let matching: Vec<usize> = (0..)
        .zip(principals)
        .filter(|(_, candidate)| has_short_name(candidate, text))
        .map(|(index, _)| index)
        .collect();
    match matching.as_slice() {
        [index] => plain(*index),
        [] => Err(unknown(text, text, principals)),
        several => Err(PrincipalError::Ambiguous {
            text: text.to_owned(),
            candidates: several
                .iter()
                .filter_map(|index| principals.get(*index))
                .map(|candidate| candidate.subject.arn.clone())
                .collect(),
        }),
    }
}

/// `role/NAME`, `role/path/NAME` and the same for users, and `root`.
fn has_short_name(candidate: &Candidate, text: &str) -> bool {
    let resource = Arn::parse(&candidate.subject.arn).map_or("", |arn| arn.resource);
    let without_path = match &candidate.subject.kind {
        SubjectKind::Root => return text == resource,
        SubjectKind::User { name, .. } => format!("user/{name}"),
        SubjectKind::Role { name, .. } => format!("role/{name}"),
        SubjectKind::Service { .. } | SubjectKind::Provider { .. } | SubjectKind::Anonymous => return false,
    };
    text == resource || text == without_path
}

/// aws:userid ends with the name of the session.
fn session_key(session: &str) -> Result<(ContextKey, KeyDemand), PrincipalError> {
    let characters = session_name_characters();
    let length = session.chars().count();
    if !(2..=64).contains(&length) || !session.chars().all(|character| characters.contains(character)) {
        return Err(PrincipalError::SessionName { name: session.to_owned() });
    }
    let mut builder = LanguageBuilder::new();
    builder.star(CharacterSet::except(':')).text(":").text(session);
    Ok((ContextKey::new("aws:userid"), KeyDemand::Value(builder.build())))
}

fn unknown(text: &str, meant: &str, principals: &[Candidate]) -> PrincipalError {
    // Only names of the same form can be near.
    let short = !meant.starts_with("arn:");
    let mut ranked: Vec<(usize, &str)> = principals
        .iter()
        .map(|candidate| {
            let arn = candidate.subject.arn.as_str();
            let name = if short { Arn::parse(arn).map_or(arn, |parts| parts.resource) } else { arn };
            (distance(meant, name), arn)
        })
        .collect();
    ranked.sort_unstable();
    let nearest = ranked.into_iter().take(NEAREST).map(|(_, arn)| arn.to_owned()).collect();
    PrincipalError::Unknown { text: text.to_owned(), nearest }
}
