//! Who may make the call that begins a session of a role (semantics:B5, C4).

use ringfence_model::arn::{AccountId, Arn};
use ringfence_model::policy::{Effect, PrincipalPattern, Statement};

use super::action::may_match;

/// Who makes the call that begins a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Maker {
    /// A user, a role or a root user, by sts:AssumeRole.
    Identity,
    /// An AWS service, by sts:AssumeRole.
    Service,
    /// A user of a SAML provider.
    Saml,
    /// A user of an OIDC provider.
    WebIdentity,
}

impl Maker {
    pub(super) const ALL: [Self; 4] = [Self::Identity, Self::Service, Self::Saml, Self::WebIdentity];

    /// The call by which it begins a session.
    pub fn action(self) -> &'static str {
        match self {
            Self::Identity | Self::Service => "sts:AssumeRole",
            Self::Saml => "sts:AssumeRoleWithSAML",
            Self::WebIdentity => "sts:AssumeRoleWithWebIdentity",
        }
    }

    /// Whether a Principal value may name such a maker.
    pub fn may_be(self, pattern: &PrincipalPattern) -> bool {
        match (self, pattern) {
            (_, PrincipalPattern::Everyone) | (Self::Service, PrincipalPattern::Service(_)) => true,
            (Self::Identity, PrincipalPattern::Aws(text)) => names_caller_of_sts(text),
            (Self::Saml, PrincipalPattern::Federated(provider)) => provider.contains(":saml-provider/"),
            (Self::WebIdentity, PrincipalPattern::Federated(provider)) => {
                !provider.contains(":saml-provider/")
            }
            (
                _,
                PrincipalPattern::Aws(_)
                | PrincipalPattern::CanonicalUser(_)
                | PrincipalPattern::Service(_)
                | PrincipalPattern::Federated(_),
            ) => false,
        }
    }
}

/// Whether an Allow statement's actions and Principal may let `maker` begin a session.
pub(super) fn may_let_in(statement: &Statement, maker: Maker) -> bool {
    let action = maker.action().to_ascii_lowercase();
    let name = action.split_once(':').map_or("", |(_, name)| name);
    statement.effect == Effect::Allow && may_match(statement, "sts", name) && may_name(statement, maker)
}

/// Whether a statement's Principal element may name `maker`.
pub(super) fn may_name(statement: &Statement, maker: Maker) -> bool {
    statement
        .principal
        .as_ref()
        .is_none_or(|element| element.negated || element.values.iter().any(|value| maker.may_be(value)))
}

/// Whether a value under `AWS` may name somebody who can call sts:AssumeRole. A unique id is left only where nobody has it
/// (semantics:C4), and federated-user sessions may not call (semantics:A2).
fn names_caller_of_sts(text: &str) -> bool {
    let federated = |arn: &Arn<'_>| arn.service == "sts" && arn.resource.starts_with("federated-user/");
    text == "*" || AccountId::parse(text).is_some() || Arn::parse(text).is_some_and(|arn| !federated(&arn))
}
