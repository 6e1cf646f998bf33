//! The principal that a query is about, with everything that its session cannot change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringfence_model::arn::{AccountId, path_and_name};
use ringfence_model::policy::NamedPolicy;
use ringfence_model::policy_set::PolicySet;

use crate::resource_side::ResourceSides;
use crate::wildcard::Language;

/// What kind of principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectKind {
    /// The root user of an account.
    Root,
    /// An IAM user.
    User {
        /// Path with both slashes.
        path: String,
        /// User name.
        name: String,
    },
    /// A role.
    Role {
        /// Path with both slashes.
        path: String,
        /// Role name.
        name: String,
        /// Which session tags its trust policy may admit.
        session_tags: SessionTags,
        /// The trust policy lets a SAML or OIDC provider in.
        federated: bool,
        /// The trust policy; none where the question is not about how a session begins.
        trust: Option<NamedPolicy>,
    },
    /// An AWS service that calls for itself, for questions in a pinned context.
    Service {
        /// `events.amazonaws.com`.
        name: String,
    },
    /// A user of an identity provider that calls AssumeRoleWith…, for questions in a pinned context.
    Provider {
        /// ARN or host name of the provider.
        name: String,
    },
    /// An unsigned request, for questions in a pinned context.
    Anonymous,
}

impl SubjectKind {
    /// The root user, a user or a role of an account, which has policies of its own.
    pub fn is_identity(&self) -> bool {
        match self {
            Self::Root | Self::User { .. } | Self::Role { .. } => true,
            Self::Service { .. } | Self::Provider { .. } | Self::Anonymous => false,
        }
    }

    /// Which tags sessions of its own may carry; none where there are no such sessions.
    pub fn session_tags(&self) -> SessionTags {
        match self {
            Self::Role { session_tags, .. } => *session_tags,
            Self::Root
            | Self::User { .. }
            | Self::Service { .. }
            | Self::Provider { .. }
            | Self::Anonymous => SessionTags::Never,
        }
    }

    /// The trust policy of a role, if it is known; none of all others.
    pub fn trust(&self) -> Option<&NamedPolicy> {
        match self {
            Self::Role { trust, .. } => trust.as_ref(),
            Self::Root
            | Self::User { .. }
            | Self::Service { .. }
            | Self::Provider { .. }
            | Self::Anonymous => None,
        }
    }
}

/// Whether sessions of a role can carry tags of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionTags {
    /// No statement of the trust policy may allow sts:TagSession.
    Never,
    /// One allows it without a condition.
    Free,
    /// One may allow it under conditions that are not examined.
    Conditional,
}

/// What is known of the organisation of the subject's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrganizationFacts {
    /// Nothing: it may be in one.
    Unknown,
    /// The account is in this organisation, at this path (`o-x/r-y/ou-z/`).
    Member {
        /// Organisation id.
        id: String,
        /// Path with the trailing slash.
        path: String,
    },
}

/// The principal of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its kind.
    pub kind: SubjectKind,
    /// ARN of the user, role or root user.
    pub arn: String,
    /// Partition.
    pub partition: String,
    /// Account.
    pub account: AccountId,
    /// Unique id (`AIDA…`, `AROA…`), if the export names it.
    pub unique_id: Option<String>,
    /// Its own tags.
    pub tags: BTreeMap<String, String>,
    /// Its organisation.
    pub organization: OrganizationFacts,
    /// The policies that decide its requests. `session` is for pinned questions only.
    pub policies: PolicySet,
    /// Whether a federated-user session of this user may exist.
    pub federation: Federation,
    /// The name of the session, where the question is about one: of a role's or of a federated user's.
    pub session_name: Option<String>,
    /// What is attached to the resources that it may ask for.
    pub resources: Arc<ResourceSides>,
    /// The subject stands for every user or role of the account with such a name and such tags: `arn` is that of one of them.
    /// A question about it is proved for all of them, and never refuted: what was found is a name to ask about.
    pub any_name: Option<AnyName>,
    /// Tags that it may have instead of its own: for questions about what somebody may make of it.
    pub open_tags: OpenTags,
    /// What tags sessions of a role may be given by those who begin them; none where that is for its trust policy alone to say.
    pub given_tags: Option<OpenTags>,
}

/// Tags of a principal that may be others than its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenTags {
    /// Tags of every key that is not among `listed` may be any, or missing.
    pub others: bool,
    /// Keys in small letters of which `values` says all: where it says nothing, the principal has its own tag, or none.
    pub listed: Arc<BTreeSet<String>>,
    /// By key in small letters.
    pub values: BTreeMap<String, OpenTag>,
}

/// What one tag may be instead of the principal's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenTag {
    /// It may be missing.
    pub absent: bool,
    /// It may have a value of one of these languages that is in none of those beside it.
    pub values: Vec<(Language, Vec<Language>)>,
}

impl OpenTags {
    /// All tags may be any, or missing.
    pub fn any() -> Self {
        Self { others: true, ..Self::default() }
    }

    /// Whether nothing is known of the tag of this key.
    pub fn is_any(&self, tag: &str) -> bool {
        self.others && !self.listed.contains(&tag.to_ascii_lowercase())
    }

    /// What the tag of this key may be besides the own one, if that is known.
    pub fn of(&self, tag: &str) -> Option<&OpenTag> {
        self.values.get(&tag.to_ascii_lowercase())
    }

    /// Whether the tag of this key may be another than the own one.
    pub fn is_open(&self, tag: &str) -> bool {
        self.is_any(tag) || self.of(tag).is_some()
    }
}

/// The names and tags of the principals for which one subject stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnyName {
    /// ARNs: of each of these lists one must hold the principal's; none for any.
    pub include: Vec<Vec<Language>>,
    /// ARNs of principals that do not count.
    pub exclude: Vec<Language>,
    /// Names, in small letters, that none of them has, whatever its path.
    pub taken: Arc<BTreeSet<String>>,
    /// ARNs, in small letters, by which Principal elements mean somebody else: AWS keeps the unique id of whoever had the name when the
    /// policy was written.
    pub pinned: Arc<BTreeSet<String>>,
    /// The subject is one user with another name: Principal elements that name it as it was called before still mean it, for the same
    /// reason.
    pub renamed: bool,
    /// What is found about them is not kept: they are not those that the question is about.
    pub silent: bool,
    /// Tags that all of them carry: the key, in any letter case, and values of which one is its own. Any others may be there too.
    pub tags: Vec<(String, Vec<Language>)>,
}

/// Whether a user can make federated-user sessions of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Federation {
    /// It is proved that it cannot, or it is no user.
    Never,
    /// A replayed request shows that it can.
    Possible,
    /// Undecided.
    Unknown,
}

impl Subject {
    /// The user has this ARN, which ends with its path and name.
    pub fn call(&mut self, arn: &str) {
        if let SubjectKind::User { path, name } = &mut self.kind {
            (*path, *name) = path_and_name(arn);
        }
        arn.clone_into(&mut self.arn);
    }
}
