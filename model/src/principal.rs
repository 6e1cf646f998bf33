//! Who makes a request (semantics:A2).

use std::fmt;

use crate::arn::{AccountId, Arn};

/// The principal of a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principal {
    /// The root user of an account.
    Root {
        /// Partition.
        partition: String,
        /// Account.
        account: AccountId,
    },
    /// An IAM user, with long-term keys or a GetSessionToken session.
    User {
        /// Partition.
        partition: String,
        /// Account.
        account: AccountId,
        /// Path with both slashes: `/` or `/dev/`.
        path: String,
        /// User name.
        name: String,
    },
    /// A session of a role.
    RoleSession {
        /// Partition.
        partition: String,
        /// Account.
        account: AccountId,
        /// Path of the role with both slashes, if known; the session ARN leaves it out.
        path: Option<String>,
        /// Role name.
        role: String,
        /// Session name.
        session: String,
    },
    /// A session from GetFederationToken.
    FederatedUser {
        /// Partition.
        partition: String,
        /// Account.
        account: AccountId,
        /// The name given at issue.
        name: String,
        /// The name of the user who made it, where that is known; it is taken for the session's otherwise (semantics:B3).
        user: Option<String>,
    },
    /// An AWS service calling for itself: `events.amazonaws.com`.
    Service(String),
    /// A SAML or OIDC provider whose user calls `AssumeRoleWith…`, as ARN or host name.
    FederatedProvider(String),
    /// An unsigned request.
    Anonymous,
}

/// The identity providers that a trust policy names by host name instead of an ARN.
const BUILT_IN_PROVIDERS: [&str; 4] =
    ["accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"];

impl Principal {
    /// The principal written `text`: `anonymous`, `<service>.amazonaws.com[.cn]`, one of the providers that AWS knows
    /// by host name, or an ARN of a root user, user, assumed-role session, federated-user session, or SAML/OIDC
    /// provider. None for anything else, a role ARN
    /// included (a role acts only through a session).
    pub fn parse(text: &str) -> Option<Self> {
        if text == "anonymous" {
            return Some(Self::Anonymous);
        }
        if BUILT_IN_PROVIDERS.contains(&text) {
            return Some(Self::FederatedProvider(text.to_owned()));
        }
        let Some(arn) = Arn::parse(text) else {
            let service = text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn");
            return service.then(|| Self::Service(text.to_owned()));
        };
        let partition = arn.partition.to_owned();
        let account = AccountId::parse(arn.account)?;
        let (kind, rest) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
        match (arn.service, kind) {
            ("iam", "root") if rest.is_empty() => Some(Self::Root { partition, account }),
            ("iam", "user") => {
                let (path, name) = match rest.rsplit_once('/') {
                    Some((path, name)) => (format!("/{path}/"), name),
                    None => ("/".to_owned(), rest),
                };
                (!name.is_empty()).then(|| Self::User { partition, account, path, name: name.to_owned() })
            }
            ("iam", "saml-provider" | "oidc-provider") => Some(Self::FederatedProvider(text.to_owned())),
            ("sts", "assumed-role") => {
                let (role, session) = rest.split_once('/')?;
                (!role.is_empty() && !session.is_empty()).then(|| Self::RoleSession {
                    partition,
                    account,
                    path: None,
                    role: role.to_owned(),
                    session: session.to_owned(),
                })
            }
            ("sts", "federated-user") if !rest.is_empty() => {
                Some(Self::FederatedUser { partition, account, name: rest.to_owned(), user: None })
            }
            _ => None,
        }
    }

    /// The user or root user whose ARN is `arn`, or the session of this name of the role; none if it names nothing of an account.
    pub fn of_arn(arn: &str, session: &str) -> Option<Self> {
        if let Some(principal) = Self::parse(arn) {
            return principal.account().map(|_| principal);
        }
        let parts = Arn::parse(arn)?;
        let (path, role) = parts.resource.strip_prefix("role")?.rsplit_once('/')?;
        Some(Self::RoleSession {
            partition: parts.partition.to_owned(),
            account: AccountId::parse(parts.account)?,
            path: Some(format!("{path}/")),
            role: role.to_owned(),
            session: session.to_owned(),
        })
    }

    /// The account it belongs to; none for services, providers and anonymous callers.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Root { account, .. }
            | Self::User { account, .. }
            | Self::RoleSession { account, .. }
            | Self::FederatedUser { account, .. } => Some(*account),
            Self::Service(_) | Self::FederatedProvider(_) | Self::Anonymous => None,
        }
    }

    /// The partition it belongs to; none for services, providers and anonymous callers.
    pub fn partition(&self) -> Option<&str> {
        match self {
            Self::Root { partition, .. }
            | Self::User { partition, .. }
            | Self::RoleSession { partition, .. }
            | Self::FederatedUser { partition, .. } => Some(partition),
            Self::Service(_) | Self::FederatedProvider(_) | Self::Anonymous => None,
        }
    }

    /// The value of `aws:PrincipalArn` (semantics:A2): for a session the role's ARN, with its path where that is
    /// known; none for services, providers and anonymous callers.
    pub fn principal_arn(&self) -> Option<String> {
        match self {
            Self::Root { .. } | Self::User { .. } | Self::FederatedUser { .. } => Some(self.to_string()),
            Self::RoleSession { partition, account, path, role, .. } => {
                let path = path.as_deref().unwrap_or("/");
                Some(format!("arn:{partition}:iam::{account}:role{path}{role}"))
            }
            Self::Service(_) | Self::FederatedProvider(_) | Self::Anonymous => None,
        }
    }
}

impl fmt::Display for Principal {
    /// The spelling that [`Principal::parse`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root { partition, account } => write!(f, "arn:{partition}:iam::{account}:root"),
            Self::User { partition, account, path, name } => {
                write!(f, "arn:{partition}:iam::{account}:user{path}{name}")
            }
            Self::RoleSession { partition, account, role, session, .. } => {
                write!(f, "arn:{partition}:sts::{account}:assumed-role/{role}/{session}")
            }
            Self::FederatedUser { partition, account, name, .. } => {
                write!(f, "arn:{partition}:sts::{account}:federated-user/{name}")
            }
            Self::Service(name) | Self::FederatedProvider(name) => f.write_str(name),
            Self::Anonymous => f.write_str("anonymous"),
        }
    }
}
