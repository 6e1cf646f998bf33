//! How a principal acts: its kind of credentials and what they cannot do (semantics:A2).

use super::known_key::{ASSUMED_ROOT, MFA_PRESENT, PRINCIPAL_ARN, TOKEN_ISSUE_TIME};
use crate::context::{ContextKey, RequestContext};
use crate::principal::Principal;

/// The credentials of a signed request by an identity of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    /// A root user's own.
    Root,
    /// A session of sts:AssumeRoot.
    AssumedRoot,
    /// A user's access keys or password.
    LongTerm,
    /// A user's GetSessionToken session.
    SessionToken { mfa: bool },
    /// A session of a role.
    AssumedRole { service_linked: bool },
    /// A GetFederationToken session.
    FederationToken,
}

impl Credential {
    /// The credentials by which `principal` acts; none for principals that are no identities of an account. `context`
    /// is complete.
    pub(super) fn of(principal: &Principal, context: &RequestContext) -> Option<Self> {
        match principal {
            Principal::Root { .. } if is_true(context, &ASSUMED_ROOT) => Some(Self::AssumedRoot),
            Principal::Root { .. } => Some(Self::Root),
            Principal::User { .. } => {
                let session = [&TOKEN_ISSUE_TIME, &MFA_PRESENT].iter().any(|key| context.get(key).is_some());
                let mfa = is_true(context, &MFA_PRESENT);
                Some(if session { Self::SessionToken { mfa } } else { Self::LongTerm })
            }
            Principal::RoleSession { .. } => {
                let service_linked = single(context, &PRINCIPAL_ARN)
                    .and_then(|arn| arn.split_once(":role/"))
                    .is_some_and(|(_, path)| path.starts_with("aws-service-role/"));
                Some(Self::AssumedRole { service_linked })
            }
            Principal::FederatedUser { .. } => Some(Self::FederationToken),
            Principal::Service(_) | Principal::FederatedProvider(_) | Principal::Anonymous => None,
        }
    }

    /// True for those of users and roles, to which a permissions boundary can be attached.
    pub(super) fn takes_boundary(self) -> bool {
        match self {
            Self::LongTerm | Self::SessionToken { .. } | Self::AssumedRole { .. } | Self::FederationToken => {
                true
            }
            Self::Root | Self::AssumedRoot => false,
        }
    }

    /// True if credentials of this kind cannot make the call, whatever the policies say. iam:PassRole,
    /// sts:TagSession, sts:SetSourceIdentity and sts:SetContext are no calls but checks that other calls make.
    pub(super) fn cannot_call(self, action: &str) -> bool {
        let Some((service, name)) = action.split_once(':') else { return false };
        let one_of = |names: &[&str]| names.iter().any(|other| name.eq_ignore_ascii_case(other));
        let iam = service.eq_ignore_ascii_case("iam") && !one_of(&["PassRole"]);
        let sts = service.eq_ignore_ascii_case("sts");
        match self {
            Self::LongTerm => false,
            Self::Root | Self::AssumedRoot => sts && one_of(&["AssumeRoot", "AssumeRole"]),
            Self::AssumedRole { .. } => sts && one_of(&["GetFederationToken", "GetSessionToken"]),
            Self::FederationToken => iam || (sts && !one_of(&["GetCallerIdentity"])),
            Self::SessionToken { mfa } => {
                let allowed =
                    ["AssumeRole", "GetCallerIdentity", "TagSession", "SetSourceIdentity", "SetContext"];
                (iam && !mfa) || (sts && !one_of(&allowed))
            }
        }
    }
}

/// The value of a key that has exactly one.
pub(super) fn single<'a>(context: &'a RequestContext, key: &ContextKey) -> Option<&'a str> {
    match context.get(key)?.values() {
        [value] => Some(value),
        _ => None,
    }
}

fn is_true(context: &RequestContext, key: &ContextKey) -> bool {
    single(context, key).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::Credential;

    #[test]
    fn limits_of_each_kind() {
        let role = Credential::AssumedRole { service_linked: false };
        let token = Credential::SessionToken { mfa: false };
        let token_with_mfa = Credential::SessionToken { mfa: true };
        for (credential, action) in [
            (role, "sts:GetFederationToken"),
            (role, "STS:getsessiontoken"),
            (Credential::FederationToken, "iam:GetUser"),
            (Credential::FederationToken, "sts:AssumeRole"),
            (token, "iam:GetUser"),
            (token_with_mfa, "sts:GetFederationToken"),
            (Credential::AssumedRoot, "sts:AssumeRoot"),
            (Credential::Root, "sts:AssumeRole"),
        ] {
            assert!(credential.cannot_call(action), "{credential:?} {action}");
        }
        for (credential, action) in [
            (role, "sts:AssumeRole"),
            (Credential::LongTerm, "sts:GetFederationToken"),
            (Credential::FederationToken, "sts:GetCallerIdentity"),
            (Credential::FederationToken, "s3:GetObject"),
            (Credential::FederationToken, "iam:PassRole"),
            (token_with_mfa, "iam:GetUser"),
            (token, "sts:AssumeRole"),
            (token, "sts:TagSession"),
            (Credential::Root, "sts:GetFederationToken"),
        ] {
            assert!(!credential.cannot_call(action), "{credential:?} {action}");
        }
    }
}
